//! What a command would lead to, for its caller: told by a dry run beside the claim as it would be.

use claim_command::Rehearsal;
use claim_domain::action::Action;
use claim_domain::calendar::Instant;
use claim_domain::claim::{AssessmentState, Claim, Status};
use claim_domain::clock::{ClockChange, ClockName};
use claim_domain::effect::{Effect, Recipient};
use claim_domain::event::Event;
use claim_domain::ids::{ContactRef, EvidenceId};
use claim_domain::program::Program;
use claim_domain::warning::warnings;
use claim_store::Contacts;
use serde::Serialize;

use super::Viewer;
use super::entry::HistoryEntry;
use super::history::entries;

/// What would follow from the command. Nothing of it was done.
#[derive(Debug, Serialize)]
#[cfg_attr(feature = "contract", derive(schemars::JsonSchema), schemars(rename = "DryRun"))]
#[serde(rename_all = "camelCase")]
pub(super) struct DryRunView<'a> {
    /// What the history would gain; nothing, if everything asked for is so already. Entries have no number yet.
    events: Vec<HistoryEntry<'a>>,
    /// What would be due from then on, the soonest first.
    due: Vec<DueView>,
    /// Who would get an email.
    emails: Vec<EmailView<'a>>,
    /// The message that incentive assessment would get, if one.
    #[serde(skip_serializing_if = "Option::is_none")]
    assessment: Option<AssessmentState>,
    /// The documents whose files would be deleted for good.
    deleted_evidence: Vec<&'a EvidenceId>,
    /// What to know before, and what cannot be undone, a sentence each.
    warnings: Vec<String>,
    /// What only the command itself tells, by the names of fields of the claim: before the first submission it is not told
    /// whether others hold the products (D13), so `contested` is false here and may become true.
    left_open: &'static [&'static str],
}

/// A clock that would run.
#[derive(Debug, Serialize)]
#[cfg_attr(feature = "contract", derive(schemars::JsonSchema), schemars(rename = "DryRunDue"))]
#[serde(rename_all = "camelCase")]
struct DueView {
    /// Which clock.
    clock: ClockName,
    /// When its period would be over.
    due_at: Instant,
}

/// An email that would be sent.
#[derive(Debug, Serialize)]
#[cfg_attr(feature = "contract", derive(schemars::JsonSchema), schemars(rename = "DryRunEmail"))]
#[serde(rename_all = "camelCase")]
struct EmailView<'a> {
    /// To whom.
    to: Addressee,
    /// The contact's name, if it is a contact of the claim.
    #[serde(skip_serializing_if = "Option::is_none")]
    name: Option<&'a str>,
    /// The contact's address, if it is a contact of the claim.
    #[serde(skip_serializing_if = "Option::is_none")]
    email: Option<&'a str>,
    /// What it is about, in a few words.
    about: &'static str,
}

/// Who would get an email.
#[derive(Debug, Clone, Copy, Serialize)]
#[cfg_attr(feature = "contract", derive(schemars::JsonSchema), schemars(rename = "DryRunAddressee"))]
#[serde(rename_all = "camelCase")]
enum Addressee {
    /// The customer's contact.
    Customer,
    /// The partner's contact.
    Partner,
    /// The review lead.
    ReviewLead,
}

/// A command that was rehearsed, and what its view is made of.
#[derive(Debug, Clone, Copy)]
pub struct Rehearsed<'a> {
    /// What was asked.
    pub action: Action,
    /// The claim as it stands; none before it is created.
    pub before: Option<&'a Claim>,
    /// What would be recorded.
    pub events: &'a [Event],
    /// What would follow outside the table.
    pub effects: &'a [Effect],
}

impl<'a> Rehearsed<'a> {
    /// What a rehearsal of an action came to.
    pub fn of(action: Action, rehearsal: &'a Rehearsal) -> Self {
        Self {
            action,
            before: rehearsal.before.as_ref(),
            events: rehearsal.outcome.events(),
            effects: &rehearsal.effects,
        }
    }

    /// What would follow, as a viewer sees it; `after` is the claim as it would be.
    pub(super) fn view(
        &self,
        viewer: Viewer,
        after: &Claim,
        contacts: &'a Contacts,
        program: &Program,
    ) -> DryRunView<'a> {
        let mut events = entries(viewer, self.events, 0, contacts);
        events.iter_mut().for_each(|entry| entry.number = None);
        let mut view = DryRunView {
            events,
            due: self.due(after),
            emails: Vec::new(),
            assessment: None,
            deleted_evidence: Vec::new(),
            warnings: self.before.map(|claim| warnings(self.action, claim, program)).unwrap_or_default(),
            left_open: if self.leaves_holders_open() { &["contested"] } else { &[] },
        };
        for effect in self.effects {
            match effect {
                Effect::NotifyCustomer { contact, .. } => {
                    view.emails.push(EmailView::to_contact(
                        Addressee::Customer,
                        contact,
                        contacts,
                        "the notice, with a link to deny the association",
                    ));
                }
                Effect::SendEmail { to: Recipient::Partner { contact }, content, .. } => {
                    let about = content.subject_matter();
                    view.emails.push(EmailView::to_contact(Addressee::Partner, contact, contacts, about));
                }
                Effect::SendEmail { to: Recipient::Lead, content, .. } => view.emails.push(EmailView {
                    to: Addressee::ReviewLead,
                    name: None,
                    email: None,
                    about: content.subject_matter(),
                }),
                Effect::SendToAssessment { message } => view.assessment = Some(message.kind),
                Effect::DeleteFiles { evidence } | Effect::DeleteClaim { evidence } => {
                    view.deleted_evidence.extend(evidence);
                }
                Effect::ArmTimer { .. }
                | Effect::DisarmTimer { .. }
                | Effect::EraseContacts
                // What its own partner hears is another claim's matter (D26).
                | Effect::TellHolder { .. }
                | Effect::Publish { .. } => {}
            }
        }
        view
    }

    /// The clocks that would be armed or resumed, and run in the end.
    fn due(&self, after: &Claim) -> Vec<DueView> {
        let begins = |wanted: ClockName| {
            let changes = self.events.iter().flat_map(|event| &event.clocks);
            changes.into_iter().any(|change| {
                matches!(change, ClockChange::Armed { clock, .. } | ClockChange::Resumed { clock, .. } if *clock == wanted)
            })
        };
        let running = after.clocks.iter().filter(|(name, clock)| clock.is_ticking() && begins(**name));
        let mut due: Vec<_> =
            running.map(|(name, clock)| DueView { clock: *name, due_at: clock.due_at }).collect();
        due.sort_by_key(|due| due.due_at);
        due
    }

    fn leaves_holders_open(&self) -> bool {
        self.action == Action::Submit && self.before.is_some_and(|claim| claim.status == Status::Editing)
    }
}

impl<'a> EmailView<'a> {
    fn to_contact(to: Addressee, contact: &ContactRef, contacts: &'a Contacts, about: &'static str) -> Self {
        let contact = contacts.get(contact);
        Self {
            to,
            name: contact.map(|contact| contact.name.as_str()),
            email: contact.map(|contact| contact.email.as_str()),
            about,
        }
    }
}
