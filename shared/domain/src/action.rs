//! What a caller may do with a claim now: one gate, asked by [`crate::decide`] and by every view's `allowedActions`.

use serde::Serialize;

use crate::claim::{Claim, ConsentState, Status};
use crate::people::{Caller, Role};
use crate::refusal::{Refusal, RefusalKind};

/// Something that a person can do with an existing claim.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize)]
#[serde(rename_all = "camelCase")]
#[expect(missing_docs, reason = "each is the command of the same name")]
pub enum Action {
    Edit,
    AddEvidence,
    Discard,
    Submit,
    Withdraw,
    Dispute,
    ResendNotice,
    Comment,
    Note,
    StartReview,
    Release,
    TakeOver,
    RequestAction,
    Approve,
    Reject,
    EndAssociation,
    Deny,
}

impl Action {
    /// Every action.
    pub const ALL: [Self; 17] = [
        Self::Edit,
        Self::AddEvidence,
        Self::Discard,
        Self::Submit,
        Self::Withdraw,
        Self::Dispute,
        Self::ResendNotice,
        Self::Comment,
        Self::Note,
        Self::StartReview,
        Self::Release,
        Self::TakeOver,
        Self::RequestAction,
        Self::Approve,
        Self::Reject,
        Self::EndAssociation,
        Self::Deny,
    ];

    /// Whether a role may ever do it (R1, R2, D17), whatever the claim's status.
    pub fn is_open_to(self, role: Role) -> bool {
        match self {
            Self::Edit
            | Self::AddEvidence
            | Self::Discard
            | Self::Submit
            | Self::Withdraw
            | Self::Dispute
            | Self::ResendNotice => role.is_partner(),
            Self::Comment => role.is_partner() || role.is_reviewer(),
            Self::Note
            | Self::StartReview
            | Self::Release
            | Self::RequestAction
            | Self::Approve
            | Self::Reject
            | Self::EndAssociation => role.is_reviewer(),
            Self::TakeOver => role == Role::ReviewLead,
            Self::Deny => role == Role::Customer,
        }
    }
}

/// What the caller may do with the claim as it stands.
pub fn allowed(claim: &Claim, caller: &Caller, dispute_needs_another: bool) -> Vec<Action> {
    Action::ALL
        .into_iter()
        .filter(|action| gate(claim, *action, caller, dispute_needs_another).is_ok())
        .collect()
}

/// Lets an action pass, or refuses it: by role, by status, by assignment.
///
/// # Errors
/// The refusal, without what is allowed; [`crate::decide`] adds that.
pub fn gate(
    claim: &Claim,
    action: Action,
    caller: &Caller,
    dispute_needs_another: bool,
) -> Result<(), Refusal> {
    if !action.is_open_to(caller.actor.role) {
        return Err(forbidden(action));
    }
    by_status(claim, action)?;
    by_assignment(claim, action, caller, dispute_needs_another)
}

fn forbidden(action: Action) -> Refusal {
    let (rule, next) = match action {
        Action::TakeOver => ("D17", "Ask the review lead to take the claim over."),
        Action::Comment => ("R25", "Sign in as a partner or reviewer who has to do with the claim."),
        Action::Deny => ("D9", "The customer denies through the link in the notice."),
        action if action.is_open_to(Role::Reviewer) => ("R2", "Sign in as a reviewer."),
        _ => (
            "R1",
            "Sign in as a billing admin, global admin or incentives admin of the partner organisation.",
        ),
    };
    Refusal::new(RefusalKind::Forbidden, rule, "Your role may not do this.", next)
}

/// The table of every status and action; the rule that opens or closes each cell is named beside it.
fn by_status(claim: &Claim, action: Action) -> Result<(), Refusal> {
    use Status::{Approved, Discarded, Editing, PartnerActionRequired, Rejected, Submitted, UnderReview};
    let status = claim.status;
    let illegal = |rule, detail: &str, next: &str| {
        Err(Refusal::new(
            RefusalKind::IllegalState,
            rule,
            format!("{detail} The claim is {}.", status.as_str()),
            next,
        ))
    };
    match action {
        Action::Edit => match status {
            Editing | Submitted | PartnerActionRequired => Ok(()),
            _ => illegal(
                "R24",
                "A claim can be edited only while it is editing, submitted or partnerActionRequired.",
                "Write a comment, or withdraw the claim and create a new one.",
            ),
        },
        Action::AddEvidence => match status {
            Editing | Submitted | PartnerActionRequired => Ok(()),
            Rejected if claim.can_be_disputed() => Ok(()),
            _ => illegal(
                "R24",
                "Documents can be added only while the claim is editing, submitted or partnerActionRequired, or \
                 rejected and disputable.",
                "Wait until the reviewer asks for action, or create a new claim with updated proof of execution.",
            ),
        },
        Action::Discard => match status {
            Editing => Ok(()),
            Discarded => illegal("D8", "The claim is discarded already.", "Nothing is left to do."),
            _ => illegal(
                "D8",
                "Only a claim that was never submitted can be discarded.",
                "Withdraw the claim instead.",
            ),
        },
        Action::Submit => match status {
            Editing | PartnerActionRequired => Ok(()),
            _ => illegal(
                "R6",
                "A claim is submitted once, and again when the reviewer asked for action.",
                "Wait for the reviewer; the history shows what happened last.",
            ),
        },
        Action::Withdraw => match status {
            Submitted | UnderReview | PartnerActionRequired | Approved => Ok(()),
            Editing => illegal(
                "D8",
                "A claim that was never submitted is not withdrawn.",
                "Discard the claim instead.",
            ),
            Rejected | Discarded => {
                illegal("D8", "A claim that has ended cannot be withdrawn.", "Nothing is left to do.")
            }
        },
        Action::Dispute => dispute(claim),
        Action::ResendNotice => match claim.consents.last().map(|consent| consent.state) {
            Some(ConsentState::Open | ConsentState::Suspended) if status == Approved => Ok(()),
            Some(ConsentState::AwaitingNotice) if status == Approved => illegal(
                "D16",
                "The notice to the customer is on its way.",
                "Wait a minute and look at the claim again.",
            ),
            _ => illegal(
                "D16",
                "A notice is sent again only while the customer can deny the association.",
                "Nothing is left to do.",
            ),
        },
        Action::Comment | Action::Note => match claim.is_closed() {
            false => Ok(()),
            true => illegal(
                "D12",
                "A closed claim takes no comments.",
                "Create a new claim; comments can still be read.",
            ),
        },
        Action::StartReview => match status {
            Submitted => Ok(()),
            UnderReview if claim.assigned_to.is_none() => Ok(()),
            UnderReview => {
                illegal("D17", "The claim has a reviewer.", "Ask the review lead to take it over.")
            }
            _ => {
                illegal("R8", "A review begins with a submitted claim.", "Take another claim from the queue.")
            }
        },
        Action::Release => match status {
            UnderReview | PartnerActionRequired if claim.assigned_to.is_some() => Ok(()),
            _ => illegal("D17", "Only a claim with a reviewer can be released.", "Nothing is left to do."),
        },
        Action::TakeOver => match status {
            UnderReview | PartnerActionRequired => Ok(()),
            _ => illegal(
                "D17",
                "Only a claim under review is taken over.",
                "Start the review of a submitted claim.",
            ),
        },
        Action::RequestAction | Action::Approve | Action::Reject => match status {
            UnderReview => Ok(()),
            Submitted => illegal("R8", "The review has not begun.", "Start the review first."),
            _ => illegal(
                "R8",
                "A reviewer decides while the claim is under review.",
                "Look at the claim's history.",
            ),
        },
        Action::EndAssociation => match status {
            Approved => Ok(()),
            _ => illegal(
                "D15",
                "Only an approved claim holds an association.",
                "Look up the holder in the contested claim.",
            ),
        },
        Action::Deny => match claim.consents.last() {
            Some(consent) if status == Approved && consent.state.is_open() => Ok(()),
            _ => Err(Refusal::new(
                RefusalKind::ConsentEnded,
                "R13",
                "The time to deny this association is over.",
                "Write to the partner named in the notice.",
            )),
        },
    }
}

fn dispute(claim: &Claim) -> Result<(), Refusal> {
    let Some(rejected) = claim.rejection.as_ref().filter(|_| claim.status == Status::Rejected) else {
        return Err(Refusal::new(
            RefusalKind::IllegalState,
            "R20",
            format!("Only a rejected claim can be disputed. The claim is {}.", claim.status.as_str()),
            "Wait for the decision.",
        ));
    };
    if claim.can_be_disputed() {
        return Ok(());
    }
    if rejected.rejection.disputable {
        return Err(Refusal::new(
            RefusalKind::DisputeWindowOver,
            "R20",
            "The time to dispute this rejection is over.",
            "Create a new claim with updated proof of execution.",
        ));
    }
    let (rule, detail) = match claim.dispute {
        Some(_) => ("D6", "The claim was disputed once; the rejection that followed is final."),
        None => ("D7", "The claim was rejected at the partner's own request, which cannot be disputed."),
    };
    Err(Refusal::new(
        RefusalKind::NotDisputable,
        rule,
        detail,
        "Create a new claim with updated proof of execution.",
    ))
}

fn by_assignment(
    claim: &Claim,
    action: Action,
    caller: &Caller,
    dispute_needs_another: bool,
) -> Result<(), Refusal> {
    let assigned = claim.assigned_to.as_ref();
    let is_mine = assigned.is_some_and(|reviewer| reviewer.is(&caller.actor));
    match action {
        Action::RequestAction | Action::Approve | Action::Reject if !is_mine => Err(Refusal::new(
            RefusalKind::NotAssigned,
            "D17",
            match assigned {
                Some(_) => "Another reviewer is assigned to the claim.",
                None => "No reviewer is assigned to the claim.",
            },
            match assigned {
                Some(_) => "Ask the review lead to take the claim over.",
                None => "Start the review to take the claim.",
            },
        )),
        Action::Release if !is_mine && caller.actor.role != Role::ReviewLead => Err(Refusal::new(
            RefusalKind::NotAssigned,
            "D17",
            "Another reviewer is assigned to the claim.",
            "Ask that reviewer to release it, or the review lead to take it over.",
        )),
        Action::TakeOver if is_mine => Err(Refusal::new(
            RefusalKind::IllegalState,
            "D17",
            "The claim is yours already.",
            "Decide it, or release it.",
        )),
        Action::Approve | Action::Reject if dispute_needs_another && rejected_by(claim, caller) => {
            Err(Refusal::new(
                RefusalKind::AnotherReviewerNeeded,
                "D17",
                "You rejected this claim; another person decides its dispute.",
                "Release the claim so that another reviewer can take it.",
            ))
        }
        _ => Ok(()),
    }
}

fn rejected_by(claim: &Claim, caller: &Caller) -> bool {
    claim.in_dispute() && claim.dispute.as_ref().is_some_and(|dispute| dispute.against.is(&caller.actor))
}
