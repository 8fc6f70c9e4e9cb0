//! What a caller may do with a claim under the program's rules: one gate, asked by [`crate::decide`] and by every view
//! for its `allowedActions` (R1, R2, D17).

use crate::action::Action;
use crate::claim::{Claim, ConsentState, Evidence, Status};
use crate::consent::MAX_RESENDS;
use crate::people::{Caller, Role};
use crate::program::Program;
use crate::refusal::{Kind, Refusal};
use crate::rule::Rule;

/// The program's rules, asked about one caller.
#[derive(Debug, Clone, Copy)]
pub struct Policy<'a> {
    /// The program's rules.
    pub program: &'a Program,
    /// Who asks.
    pub caller: &'a Caller,
}

impl Policy<'_> {
    /// What the caller may do with the claim as it stands.
    pub fn allowed(&self, claim: &Claim) -> Vec<Action> {
        Action::ALL.into_iter().filter(|action| self.gate(claim, *action).is_ok()).collect()
    }

    /// Lets an action pass, or refuses it: by role, by status, by assignment.
    ///
    /// # Errors
    /// The refusal, without what is allowed; [`Policy::complete`] adds that.
    pub fn gate(&self, claim: &Claim, action: Action) -> Result<(), Refusal> {
        self.by_role(action)?;
        by_status(claim, action)?;
        self.by_assignment(claim, action)
    }

    /// Lets an announced document be completed, or refuses it: it is completed where documents can be added, and in a
    /// dispute if it was announced before (D20).
    ///
    /// # Errors
    /// As [`Policy::gate`] of adding documents.
    pub fn gate_completion(&self, claim: &Claim, document: &Evidence) -> Result<(), Refusal> {
        self.by_role(Action::AddEvidence)?;
        match claim.may_join_dispute(document) {
            true => Ok(()),
            false => self.gate(claim, Action::AddEvidence),
        }
    }

    /// Lets an action pass if the caller's role may do it with some claim; otherwise refuses it, whatever the claim.
    ///
    /// # Errors
    /// `Forbidden`, with who may.
    pub fn by_role(&self, action: Action) -> Result<(), Refusal> {
        const PARTNERS: &str =
            "Sign in as a billing admin, global admin or incentives admin of the partner organisation.";
        if action.is_open_to(self.caller.actor.role) {
            return Ok(());
        }
        Err(match action {
            Action::Create => Refusal {
                detail: "Only partners create claims.".to_owned(),
                ..Refusal::forbidden(Rule::R1, PARTNERS)
            },
            Action::TakeOver => Refusal::forbidden(Rule::D17, "Ask the review lead to take the claim over."),
            Action::Comment => Refusal::forbidden(
                Rule::R25,
                "Sign in as a user of the claim's partner organisation, or as a reviewer.",
            ),
            Action::ResendNotice => Refusal::forbidden(
                Rule::D16,
                "Sign in as a user of the claim's partner organisation, or as a reviewer.",
            ),
            Action::Deny => {
                Refusal::forbidden(Rule::D9, "The customer denies through the link in the notice.")
            }
            action if action.is_open_to(Role::Reviewer) => {
                Refusal::forbidden(Rule::R2, "Sign in as a reviewer.")
            }
            _ => Refusal::forbidden(Rule::R1, PARTNERS),
        })
    }

    /// Adds the claim's status and what is allowed now to a refusal.
    pub fn complete(&self, refusal: Refusal, claim: &Claim) -> Refusal {
        Refusal { status: Some(claim.status), allowed: self.allowed(claim), ..refusal }
    }

    fn by_assignment(&self, claim: &Claim, action: Action) -> Result<(), Refusal> {
        let assigned = claim.assigned_to.as_ref();
        let is_mine = assigned.is_some_and(|reviewer| reviewer.is(&self.caller.actor));
        match action {
            Action::StartReview
            | Action::TakeOver
            | Action::RequestAction
            | Action::Approve
            | Action::Reject
                if self.is_bound_by_own_rejection(claim) =>
            {
                Err(Refusal::new(
                    Kind::AnotherReviewer,
                    Rule::D17,
                    "You rejected this claim; another person takes its dispute, asks about it and decides it.",
                    match is_mine {
                        true => "Release the claim so that another reviewer can take it.",
                        false => "Leave the dispute to another reviewer.",
                    },
                ))
            }
            Action::ResendNotice if self.caller.actor.role.is_reviewer() && !claim.is_suspended() => {
                Err(Refusal::new(
                    Kind::IllegalState,
                    Rule::D16,
                    "A reviewer corrects the customer's address once no notice is left that arrived.",
                    "Leave it to the partner to send the notice again.",
                ))
            }
            Action::RequestAction | Action::Approve | Action::Reject if !is_mine => Err(Refusal::new(
                Kind::NotAssigned,
                Rule::D17,
                match assigned {
                    Some(_) => "Another reviewer is assigned to the claim.",
                    None => "No reviewer is assigned to the claim.",
                },
                match assigned {
                    Some(_) => "Ask the review lead to take the claim over.",
                    None => "Start the review to take the claim.",
                },
            )),
            Action::Release if !is_mine && self.caller.actor.role != Role::ReviewLead => Err(Refusal::new(
                Kind::NotAssigned,
                Rule::D17,
                "Another reviewer is assigned to the claim.",
                "Ask that reviewer to release it, or the review lead to take it over.",
            )),
            Action::TakeOver if is_mine => Err(Refusal::new(
                Kind::IllegalState,
                Rule::D17,
                "The claim is yours already.",
                "Decide it, or release it.",
            )),
            _ => Ok(()),
        }
    }

    /// Whether the caller made the disputed rejection, and the program wants another person to see to it (D17).
    fn is_bound_by_own_rejection(&self, claim: &Claim) -> bool {
        self.program.dispute_needs_another_reviewer
            && claim.in_dispute()
            && claim.dispute.as_ref().is_some_and(|dispute| dispute.against.is(&self.caller.actor))
    }
}

/// The table of every status and action, with the rule that opens or closes each cell.
fn by_status(claim: &Claim, action: Action) -> Result<(), Refusal> {
    use Status::{Approved, Discarded, Editing, PartnerActionRequired, Rejected, Submitted, UnderReview};
    let status = claim.status;
    let illegal = |rule, detail: &str, next: &str| {
        Err(Refusal::new(
            Kind::IllegalState,
            rule,
            format!("{detail} The claim is {}.", status.as_str()),
            next,
        ))
    };
    match action {
        Action::Create => {
            illegal(Rule::R6, "There is a claim with this id.", "Send the request again without an id.")
        }
        Action::Edit => match status {
            Editing | Submitted | PartnerActionRequired => Ok(()),
            _ => illegal(
                Rule::R24,
                "A claim can be edited only while it is editing, submitted or partnerActionRequired.",
                "Write a comment, or withdraw the claim and create a new one.",
            ),
        },
        Action::AddEvidence => match status {
            Editing | Submitted | PartnerActionRequired => Ok(()),
            Rejected if claim.can_be_disputed() => Ok(()),
            Approved if claim.challenged().next().is_some() => Ok(()),
            Rejected if claim.rejection.as_ref().is_some_and(|rejected| rejected.window_closed) => {
                dispute(claim)
            }
            _ => illegal(
                Rule::R24,
                "Documents can be added only while the claim is editing, submitted or partnerActionRequired, rejected \
                 and disputable, or approved and challenged by another organisation's claim.",
                "Wait until the reviewer asks for action, or create a new claim with updated proof of execution.",
            ),
        },
        Action::Discard => match status {
            Editing => Ok(()),
            Discarded => illegal(Rule::D8, "The claim is discarded already.", "Nothing is left to do."),
            _ => illegal(
                Rule::D8,
                "Only a claim that was never submitted can be discarded.",
                "Withdraw the claim instead.",
            ),
        },
        Action::Submit => match status {
            Editing | PartnerActionRequired => Ok(()),
            _ => illegal(
                Rule::R6,
                "A claim is submitted once, and again when the reviewer asked for action.",
                match status {
                    Submitted | UnderReview => "Wait for the reviewer; the history shows what happened last.",
                    _ => {
                        "The history shows what happened last. To claim once more, clone the claim and submit the new one."
                    }
                },
            ),
        },
        Action::Withdraw => match status {
            Submitted | UnderReview | PartnerActionRequired | Approved => Ok(()),
            Editing => illegal(
                Rule::D8,
                "A claim that was never submitted is not withdrawn.",
                "Discard the claim instead.",
            ),
            Rejected | Discarded => {
                illegal(Rule::D8, "A claim that has ended cannot be withdrawn.", "Nothing is left to do.")
            }
        },
        Action::Dispute => dispute(claim),
        Action::ResendNotice => match claim.consents.last().map(|consent| consent.state) {
            Some(ConsentState::Open) if status == Approved && has_resent_often(claim) => illegal(
                Rule::D16,
                "A notice that did not fail is sent again at most five times.",
                "Ask the customer to look for the notice; the consent period goes on.",
            ),
            Some(ConsentState::Open | ConsentState::Suspended) if status == Approved => Ok(()),
            Some(ConsentState::AwaitingNotice) if status == Approved => illegal(
                Rule::D16,
                "The notice to the customer is on its way.",
                "Wait a minute and look at the claim again.",
            ),
            _ => illegal(
                Rule::D16,
                "A notice is sent again only while the customer can deny the association.",
                "Nothing is left to do.",
            ),
        },
        Action::Comment | Action::Note => match claim.is_closed() {
            false => Ok(()),
            true => illegal(
                Rule::D12,
                "A closed claim takes no comments.",
                "Create a new claim; comments can still be read.",
            ),
        },
        Action::StartReview => match status {
            Submitted => Ok(()),
            UnderReview if claim.assigned_to.is_none() => Ok(()),
            UnderReview => {
                illegal(Rule::D17, "The claim has a reviewer.", "Ask the review lead to take it over.")
            }
            _ => illegal(
                Rule::R8,
                "A review begins with a submitted claim.",
                "Take another claim from the queue.",
            ),
        },
        Action::Release => match status {
            UnderReview | PartnerActionRequired if claim.assigned_to.is_some() => Ok(()),
            _ => {
                illegal(Rule::D17, "Only a claim with a reviewer can be released.", "Nothing is left to do.")
            }
        },
        Action::TakeOver => match status {
            UnderReview | PartnerActionRequired => Ok(()),
            _ => illegal(
                Rule::D17,
                "Only a claim under review is taken over.",
                "Start the review of a submitted claim.",
            ),
        },
        Action::RequestAction | Action::Approve | Action::Reject => match status {
            UnderReview => Ok(()),
            Submitted => illegal(Rule::R8, "The review has not begun.", "Start the review first."),
            _ => illegal(
                Rule::R8,
                "A reviewer decides while the claim is under review.",
                "Look at the claim's history.",
            ),
        },
        Action::EndAssociation => match status {
            Approved => Ok(()),
            _ => illegal(
                Rule::D15,
                "Only an approved claim holds an association.",
                "Look up the holder in the contested claim.",
            ),
        },
        Action::Deny => match claim.consents.last() {
            Some(consent) if status == Approved && consent.state.is_open() => Ok(()),
            _ => Err(Refusal::consent_ended()),
        },
    }
}

/// Whether the notice of the newest approval was sent again as often as it may be without a failure (D16).
fn has_resent_often(claim: &Claim) -> bool {
    claim.consents.last().is_some_and(|consent| consent.resends.len() >= MAX_RESENDS)
}

fn dispute(claim: &Claim) -> Result<(), Refusal> {
    let Some(rejected) = claim.rejection.as_ref().filter(|_| claim.status == Status::Rejected) else {
        return Err(Refusal::new(
            Kind::IllegalState,
            Rule::R20,
            format!("Only a rejected claim can be disputed. The claim is {}.", claim.status.as_str()),
            "Wait for the decision.",
        ));
    };
    if claim.can_be_disputed() {
        return Ok(());
    }
    if rejected.rejection.disputable {
        return Err(Refusal::new(
            Kind::DisputeOver,
            Rule::R20,
            "The time to dispute this rejection is over.",
            "Create a new claim with updated proof of execution.",
        ));
    }
    let (rule, detail) = match claim.dispute {
        Some(_) => (Rule::D6, "The claim was disputed once; the rejection that followed is final."),
        None => (Rule::D7, "The claim was rejected at the partner's own request, which cannot be disputed."),
    };
    Err(Refusal::new(
        Kind::NotDisputable,
        rule,
        detail,
        "Create a new claim with updated proof of execution.",
    ))
}
