//! What a command would lead to, in words, so that people read it before the button that names the act.

use claim_command::{Outcome, Rehearsal};
use claim_domain::calendar::Instant;
use claim_domain::claim::AssessmentState;
use claim_domain::clock::ClockName;
use claim_domain::effect::{Effect, EmailContent, Recipient};
use claim_domain::ids::ContactRef;
use claim_domain::program::Program;
use claim_http::Problem;
use claim_store::Contacts;

use crate::due::Due;
use crate::history::of;
use crate::words;

/// What a command would lead to, if it were carried out now.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Ahead {
    /// Who gets which email, a sentence each.
    pub emails: Vec<String>,
    /// What would be due when.
    pub dates: Vec<Expected>,
    /// What else would follow, a sentence each.
    pub also: Vec<String>,
}

/// Something that would be due.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Expected {
    /// What: `Decision on the claim`.
    pub what: &'static str,
    /// When.
    pub due: Due,
}

impl Ahead {
    /// What a rehearsed command would lead to, as seen at `now`.
    ///
    /// # Errors
    /// Why the command would not be carried out.
    pub fn of(rehearsal: Rehearsal, program: &Program, now: Instant) -> Result<Self, Problem> {
        let contacts = match &rehearsal.outcome {
            Outcome::Written(written) => written.read.contacts.clone().unwrap_or_default(),
            _ => Contacts::new(),
        };
        rehearsal.outcome.into_claim()?;
        let mut ahead = Self::default();
        for effect in &rehearsal.effects {
            ahead.add(effect, &contacts, program, now);
        }
        ahead.dates.sort_by(|one, other| one.due.at.cmp(&other.due.at));
        Ok(ahead)
    }

    /// Whether nothing would follow that people notice.
    pub fn is_empty(&self) -> bool {
        *self == Self::default()
    }

    fn add(&mut self, effect: &Effect, contacts: &Contacts, program: &Program, now: Instant) {
        match effect {
            Effect::ArmTimer { clock: ClockName::Escalation, .. } => {}
            Effect::ArmTimer { clock, due_at, .. } => {
                let due = Due::new(*due_at, now, &program.calendar);
                self.dates.push(Expected { what: words::clock(*clock), due });
            }
            Effect::NotifyCustomer { contact, .. } => {
                let whom = addressed(contact, contacts, "The customer’s contact");
                self.emails.push(format!("{whom} gets the notice, with a link to deny the association."));
            }
            Effect::SendEmail { to, content, .. } => self.emails.push(email(to, content, contacts)),
            Effect::SendToAssessment { message } => self.also.push(
                match message.kind {
                    AssessmentState::Requested => "The claim is sent to incentive assessment.",
                    AssessmentState::Amended => "Incentive assessment is told which products were removed.",
                    AssessmentState::Recalled => {
                        "The claim was sent to incentive assessment already; it is taken back from there."
                    }
                }
                .to_owned(),
            ),
            Effect::DeleteFiles { evidence } if !evidence.is_empty() => {
                let what = if evidence.len() == 1 { "A document is" } else { "Documents are" };
                self.also.push(format!("{what} deleted for good."));
            }
            Effect::DeleteFiles { .. }
            | Effect::DisarmTimer { .. }
            | Effect::EraseContacts
            | Effect::DeleteClaim { .. }
            | Effect::TellHolder { .. }
            | Effect::Publish { .. } => {}
        }
    }
}

fn email(to: &Recipient, content: &EmailContent, contacts: &Contacts) -> String {
    let whom = match to {
        Recipient::Partner { contact } => addressed(contact, contacts, "The partner’s contact"),
        Recipient::Lead => "The review lead".to_owned(),
    };
    format!("{whom} is told by email {}.", of(content.subject_matter()))
}

/// A contact with its address, or what it is if it is not known.
fn addressed(place: &ContactRef, contacts: &Contacts, what: &str) -> String {
    match contacts.get(place) {
        Some(contact) => format!("{} ({})", words::line(&contact.name), words::line(&contact.email)),
        None => what.to_owned(),
    }
}
