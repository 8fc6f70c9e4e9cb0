//! Editing: a JSON merge patch (RFC 7396) on the fields that a partner writes, which keeps every field that it leaves
//! out.

use claim_command::{CommandHandler, Prepared, Unprepared};
use claim_domain::claim::{Claim, ContactOf, Details};
use claim_domain::command::Command;
use claim_domain::draft::Draft;
use claim_domain::ids::ContactRef;
use claim_domain::people::Caller;
use claim_domain::refusal::{Kind, Refusal};
use claim_domain::rule::Rule;
use serde_json::{Map, Value};

use crate::problem::Problem;
use crate::view::{Contacts, fields};

/// What a new claim says that is made from another one, with the patch merged in. It is read as any new claim is, so that what
/// the rules no longer allow has to be changed on the way.
///
/// # Errors
/// The bad fields; that the other claim's contacts were erased (D22).
pub fn draft_from(claim: &Claim, contacts: &Contacts, patch: &Value) -> Result<Draft, Problem> {
    if claim.erased_at.is_some() {
        return Err(Refusal::new(
            Kind::IllegalState,
            Rule::D22,
            "The claim is kept without its contacts, so that no new claim can be made from it.",
            "Create a new claim.",
        )
        .into());
    }
    let mut details = claim.details.clone();
    // What is renewed ends on another day (D27).
    details.products.iter_mut().for_each(|product| product.ends_on = None);
    let fields = merged(&details, contacts, patch).map_err(|unprepared| match unprepared {
        Unprepared::Refused(refusal) => Problem::from(refusal),
        Unprepared::Failed(cause) => Problem::internal(cause),
    })?;
    Ok(Draft::parse(&fields)?)
}

/// The fields as they are, with the patch merged in.
pub(crate) fn merged(details: &Details, contacts: &Contacts, patch: &Value) -> Result<Value, Unprepared> {
    let fields = serde_json::to_value(fields(details, contacts));
    let mut fields = fields.map_err(|error| Unprepared::Failed(Box::new(error)))?;
    // This one is worked out from the others, and nobody writes it.
    if let Some(fields) = fields.as_object_mut() {
        fields.remove("contactOutsideDomain");
    }
    merge(&mut fields, patch);
    Ok(fields)
}

/// Merges a patch into a value. What the patch removes stays as null, which is read as absent, so that a name that is no
/// field's is refused even if it is to be removed.
fn merge(value: &mut Value, patch: &Value) {
    let Value::Object(patch) = patch else {
        *value = patch.clone();
        return;
    };
    if !value.is_object() {
        *value = Value::Object(Map::new());
    }
    for (name, patch) in patch {
        if let Some(fields) = value.as_object_mut() {
            merge(fields.entry(name.clone()).or_insert(Value::Null), patch);
        }
    }
}

/// The edit that turns the details into the draft. An unchanged contact keeps its place; a changed one gets a place of
/// its own, so that the history still shows the old one (I2, R26).
pub(crate) fn prepared(
    commands: &CommandHandler,
    caller: &Caller,
    old: &Details,
    contacts: &Contacts,
    patch: &Value,
    draft: Draft,
) -> Result<Prepared, Unprepared> {
    let mut fresh = Vec::new();
    let mut details = draft.try_map_contacts(|of, mut new| -> Result<ContactRef, Unprepared> {
        let place = match of {
            ContactOf::Customer => Some(&old.customer.contact),
            ContactOf::Technical => old.technical_contact.as_ref(),
            ContactOf::Partner => Some(&old.partner_contact),
        };
        let known = place.and_then(|place| Some((place, contacts.get(place)?)));
        let was_proven = known.is_some_and(|(_, known)| known.proven && known.email == new.email);
        new.proven = was_proven;
        if let Some((place, _)) = known.filter(|(_, known)| **known == new) {
            return Ok(place.clone());
        }
        new.proven |= of == ContactOf::Partner && caller.has_shown(&new.email);
        let place: ContactRef = commands.id()?;
        fresh.push((place.clone(), new));
        Ok(place)
    })?;
    // An erased contact is not among the fields; a patch that does not mention it does not remove it.
    if details.technical_contact.is_none() && patch.get("technicalContact").is_none() {
        details.technical_contact.clone_from(&old.technical_contact);
    }
    Ok(Prepared { command: Command::Edit { details }, contacts: fresh, made: None })
}

#[cfg(test)]
#[path = "edit_tests.rs"]
mod tests;
