//! What to know before an action: what it means, and what of it cannot be undone. Pages say it before the button, and a dry
//! run in its answer.

use crate::action::Action;
use crate::claim::{Claim, Status};
use crate::clock::ClockName;
use crate::program::Program;

/// What to know before an action on a claim as it stands, a sentence or two each; nothing, if it can be undone and means no
/// more than its name says.
pub fn warnings(action: Action, claim: &Claim, program: &Program) -> Vec<String> {
    let said: &[&str] = match action {
        Action::Submit if claim.status == Status::PartnerActionRequired => {
            &["While a reviewer looks at it, nothing can be changed."]
        }
        Action::Submit => &[
            "From then on you can change the MPN id, the products and the contacts, and add proof; nothing else, and nothing \
             while a reviewer looks at it.",
        ],
        Action::Discard => {
            &["You cannot undo this. The claim leaves your list, and can be read at its address for 30 days."]
        }
        Action::Dispute => &["A claim can be disputed once. Another rejection is final."],
        Action::ResendNotice if claim.is_suspended() => {
            let time = program.periods.of(ClockName::Consent).words();
            return vec![format!(
                "The customer gets a notice at the address that you give, and has {time} to deny from that day on."
            )];
        }
        Action::ResendNotice => {
            &["The customer’s time to deny stays as it is. The earlier notice’s link stays good."]
        }
        Action::Withdraw if claim.is_handed_off() => &[
            "You cannot undo this. The claim is rejected at your request, which cannot be disputed.",
            "Your association with the customer for these products ends.",
        ],
        Action::Withdraw => {
            &["You cannot undo this. The claim is rejected at your request, which cannot be disputed."]
        }
        Action::Approve => &[
            "Approved means associated with the customer. It does not mean that earnings or a payout are approved.",
            "The customer can deny the association. Silence is consent.",
        ],
        Action::Reject => {
            &["You cannot undo this. The partner can dispute it once, and another reviewer answers."]
        }
        Action::EndAssociation => &["You cannot undo this. The partner is told why."],
        Action::TakeOver => &["The claim is assigned to you instead of its reviewer."],
        Action::Create
        | Action::Edit
        | Action::AddEvidence
        | Action::Comment
        | Action::Note
        | Action::StartReview
        | Action::Release
        | Action::RequestAction
        | Action::Deny => &[],
    };
    said.iter().map(|said| (*said).to_owned()).collect()
}
