//! The kinds of command that people give, known from the request that asks for one and from the event that records it.

use std::fmt;

use claim_domain::event::{Change, Event};
use claim_domain::people::Role;
use claim_domain::reason::RejectCode;

/// A kind of command: something that a person does to a claim.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum CommandKind {
    /// Creating it.
    Create,
    /// Editing it.
    Edit,
    /// Asking to upload a document.
    Announce,
    /// Completing an upload.
    Complete,
    /// Discarding it.
    Discard,
    /// Submitting or resubmitting it.
    Submit,
    /// Withdrawing it.
    Withdraw,
    /// Disputing its rejection.
    Dispute,
    /// Commenting on it, or noting something.
    Comment,
    /// Starting its review, or taking it over.
    Take,
    /// Giving its review back.
    Release,
    /// Asking the partner for action.
    Ask,
    /// Approving it.
    Approve,
    /// Rejecting it.
    Reject,
    /// Ending its association.
    EndAssociation,
    /// Sending the customer's notice again.
    Resend,
    /// Denying the association, as the customer.
    Deny,
}

impl CommandKind {
    /// What a request asks for, if it asks for a change.
    pub fn of_request(method: &str, path: &str) -> Option<Self> {
        let parts: Vec<&str> = path.split('?').next()?.trim_matches('/').split('/').collect();
        Some(match (method, parts.as_slice()) {
            ("POST", ["v1", "claims"]) => Self::Create,
            ("PATCH", ["v1", "claims", _]) => Self::Edit,
            ("DELETE", ["v1", "claims", _]) => Self::Discard,
            ("POST", ["v1", "claims", _, "evidence"]) => Self::Announce,
            ("POST", ["v1", "claims", _, "evidence", _, "complete"]) => Self::Complete,
            ("POST", ["v1", "claims", _, "submit"]) => Self::Submit,
            ("POST", ["v1", "claims", _, "withdraw"]) => Self::Withdraw,
            ("POST", ["v1", "claims", _, "dispute"]) => Self::Dispute,
            ("POST", ["v1", "claims", _, "comments"]) => Self::Comment,
            ("POST", ["v1", "claims", _, "review", "start" | "take-over"]) => Self::Take,
            ("POST", ["v1", "claims", _, "review", "release"]) => Self::Release,
            ("POST", ["v1", "claims", _, "review", "request-action"]) => Self::Ask,
            ("POST", ["v1", "claims", _, "review", "approve"]) => Self::Approve,
            ("POST", ["v1", "claims", _, "review", "reject"]) => Self::Reject,
            ("POST", ["v1", "claims", _, "review", "end-association"]) => Self::EndAssociation,
            ("POST", ["v1", "claims", _, "consent", "resend"]) => Self::Resend,
            ("POST", ["v1", "consent", _, "deny"]) => Self::Deny,
            _ => return None,
        })
    }

    /// What an event records, if a person did it.
    pub fn of_event(event: &Event) -> Option<Self> {
        Some(match &event.change {
            Change::Created { .. } => Self::Create,
            Change::Edited { .. } => Self::Edit,
            Change::UploadRequested { .. } => Self::Announce,
            Change::EvidenceAdded { .. } => Self::Complete,
            Change::Discarded { .. } => Self::Discard,
            Change::Submitted { .. } => Self::Submit,
            Change::Disputed { .. } => Self::Dispute,
            Change::Commented { .. } | Change::Noted { .. } => Self::Comment,
            Change::ReviewStarted | Change::Assigned | Change::TakenOver => Self::Take,
            Change::Released => Self::Release,
            Change::ActionRequested { .. } => Self::Ask,
            Change::Approved { .. } => Self::Approve,
            Change::Rejected { .. } if event.actor.role == Role::System => return None,
            Change::Rejected { rejection, .. } => match rejection.reason {
                RejectCode::PartnerRequest => Self::Withdraw,
                RejectCode::CustomerDecline => Self::Deny,
                _ => Self::Reject,
            },
            Change::ProductsRemoved { .. } | Change::AssociationEnded { .. } => Self::EndAssociation,
            Change::NoticeResent { .. } => Self::Resend,
            Change::CustomerNotified { .. }
            | Change::NoticeFailed { .. }
            | Change::EvidenceScanned { .. }
            | Change::NoticeSoftBounced { .. }
            | Change::UploadsDropped { .. }
            | Change::EmailBounced { .. }
            | Change::NoticeComplained { .. }
            | Change::ConsentPassed { .. }
            | Change::AssessmentSent { .. }
            | Change::Challenged { .. }
            | Change::DisputeWindowClosed { .. }
            | Change::Erased { .. }
            | Change::Breached { .. }
            | Change::Escalated { .. }
            | Change::Reminded { .. } => return None,
        })
    }
}

impl fmt::Display for CommandKind {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(match self {
            Self::Create => "create",
            Self::Edit => "edit",
            Self::Announce => "announce a document",
            Self::Complete => "complete an upload",
            Self::Discard => "discard",
            Self::Submit => "submit",
            Self::Withdraw => "withdraw",
            Self::Dispute => "dispute",
            Self::Comment => "comment",
            Self::Take => "start the review",
            Self::Release => "release",
            Self::Ask => "request action",
            Self::Approve => "approve",
            Self::Reject => "reject",
            Self::EndAssociation => "end the association",
            Self::Resend => "resend the notice",
            Self::Deny => "deny",
        })
    }
}

#[cfg(test)]
mod tests {
    use claim_http::registry::ROUTES;

    use super::*;

    /// What no scenario does: many claims at once, and a claim that is begun from another one.
    const IN_NO_SCENARIO: [&str; 3] =
        ["POST /v1/claims/batch", "POST /v1/claims/submit", "POST /v1/claims/{id}/clone"];

    #[test]
    fn every_route_that_changes_something_is_a_command_and_no_other_is() {
        let of_claims = ROUTES.iter().filter(|route| !route.is_page() && !route.is_of_webhooks());
        for route in of_claims.filter(|route| !IN_NO_SCENARIO.contains(&&*route.key())) {
            let kind = CommandKind::of_request(route.method, route.path);
            assert_eq!(kind.is_some(), route.method != "GET", "{}", route.key());
        }
        assert_eq!(CommandKind::of_request("POST", "/v1/consent/a-token/deny"), Some(CommandKind::Deny));
    }
}
