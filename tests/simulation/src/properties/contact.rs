//! D16: whose the address of the customer's contact is, who confirms it, and who corrects it to what.

use claim_domain::claim::Customer;
use claim_domain::event::{Change, FieldChange};
use claim_domain::ids::{ClaimId, ContactRef};

use super::Property;
use crate::engine::TaskId;
use crate::invocation::Invocation;
use crate::model::{KnownClaim, read};
use crate::people::SentRequest;
use crate::state::SimulationState;
use test_support::table::Key;

/// [`Property::ContactConfirmed`]: an approval says that a contact outside the customer's domains was confirmed, and its
/// request said so; a partner corrects an address within them, or to the domain of the contact that was approved.
pub(crate) fn check_contact(state: &mut SimulationState, task: TaskId, id: &ClaimId) {
    let Some(known) = state.model.claims.get(id) else { return };
    let Some(last) = known.events.last() else { return };
    let customer = &known.claim.details.customer;
    let wrong = match &last.event.change {
        Change::Approved { contact_confirmed } => {
            let Some(host) = host(state, id, &customer.contact) else { return };
            let request = state.invocations.get(&task).and_then(Invocation::request);
            let confirms = request.map(SentRequest::confirms_contact);
            let is_outside = !lies_within(&host, customer);
            (is_outside != *contact_confirmed || is_outside && confirms != Some(true)).then(|| {
                format!("{host} is approved, confirmed: {contact_confirmed}, asked for: {confirms:?}")
            })
        }
        Change::NoticeResent { contact: Some(contact), .. } if last.event.actor.role.is_partner() => {
            let Some(host_now) = host(state, id, &contact.new) else { return };
            let approved = approved_contact(known).and_then(|approved| host(state, id, &approved));
            let is_approved = approved.as_ref() == Some(&host_now) && host_now != "gmail.com";
            (!lies_within(&host_now, customer) && !is_approved)
                .then(|| format!("a partner corrects to {host_now}, though {approved:?} was approved"))
        }
        _ => return,
    };
    if let Some(what) = wrong {
        let what = format!("{id}/{}: {what}", last.event.version);
        state.violated(Property::ContactConfirmed, what);
    }
}

/// The domain of a contact's address; `None` if the contact was erased.
fn host(state: &SimulationState, claim: &ClaimId, contact: &ContactRef) -> Option<String> {
    let key = Key { partition: format!("CLAIM#{claim}"), sort: format!("CONTACT#{contact}") };
    let email: String =
        read::<serde_json::Value>(state.table.item(&key)?, "contact")?["email"].as_str()?.to_owned();
    Some(email.split_once('@')?.1.to_owned())
}

/// In lives there are no addresses below a domain.
fn lies_within(host: &str, customer: &Customer) -> bool {
    host == customer.domain || customer.mail_domains.iter().any(|domain| domain == host)
}

/// The contact that the newest approval was about, by the history alone.
fn approved_contact(known: &KnownClaim) -> Option<ContactRef> {
    let (mut contact, mut approved) = (None, None);
    for committed in &known.events {
        match &committed.event.change {
            Change::Created { details, .. } => contact = Some(details.customer.contact.clone()),
            Change::Edited { fields, .. } => {
                for field in fields {
                    if let FieldChange::CustomerContact(changed) = field {
                        contact = Some(changed.new.clone());
                    }
                }
            }
            Change::NoticeResent { contact: Some(changed), .. } => contact = Some(changed.new.clone()),
            Change::Approved { .. } => approved.clone_from(&contact),
            _ => {}
        }
    }
    approved
}
