//! Editing: a JSON merge patch (RFC 7396) on the fields that a partner writes, so that a field left out is never wiped.

use claim_command::{CommandError, Desk, Prepared};
use claim_domain::action::Action;
use claim_domain::claim::{Claim, Details};
use claim_domain::command::Command;
use claim_domain::draft::{ContactOf, Draft};
use claim_domain::ids::ContactRef;
use claim_http::view::{Contacts, Fields};
use claim_http::{App, Call, Problem};
use lambda_http::{Body, Response};
use serde_json::Value;

/// The media types of a patch.
const PATCHES: [&str; 2] = ["application/merge-patch+json", "application/json"];

/// Edits a claim (R24), on condition of the revision that the caller saw (D11).
pub(crate) async fn edit(app: &App, call: &Call, claim: &str) -> Result<Response<Body>, Problem> {
    let ask = app.ask(call, claim)?.of_a_revision(Action::Edit)?;
    let patch = call.json_as(&PATCHES)?;
    let prepare = async |claim: &Claim, contacts: &Contacts| {
        let merged = merged(&claim.details, contacts, &patch)?;
        let draft = app.input(claim, &ask.caller, Action::Edit, &merged, Draft::parse)?;
        prepared(&app.desk, &claim.details, contacts, &patch, draft)
    };
    let done = app.desk.execute_with_contacts(ask.order(), prepare).await?;
    app.done(&ask.caller, done).await
}

/// The fields as they are, with the patch merged in.
fn merged(details: &Details, contacts: &Contacts, patch: &Value) -> Result<Value, CommandError> {
    let fields = serde_json::to_value(Fields::of(details, contacts));
    let mut fields = fields.map_err(|error| CommandError::Other(Box::new(error)))?;
    json_patch::merge(&mut fields, patch);
    Ok(fields)
}

/// The edit that makes the draft of the details. A contact that did not change stays in its place; a changed one gets a
/// place of its own, so that history still shows the old one (I2, R26).
fn prepared(
    desk: &Desk,
    old: &Details,
    contacts: &Contacts,
    patch: &Value,
    draft: Draft,
) -> Result<Prepared, CommandError> {
    let mut fresh = Vec::new();
    let mut details = draft.refer(|of, new| -> Result<ContactRef, CommandError> {
        let place = match of {
            ContactOf::Customer => Some(&old.customer.contact),
            ContactOf::Technical => old.technical_contact.as_ref(),
            ContactOf::Partner => Some(&old.partner_contact),
        };
        if let Some(place) = place.filter(|place| contacts.get(*place) == Some(&new)) {
            return Ok(place.clone());
        }
        let place: ContactRef = desk.id()?;
        fresh.push((place.clone(), new));
        Ok(place)
    })?;
    // An erased contact is not in the fields; who does not speak of it does not remove it.
    if details.technical_contact.is_none() && patch.get("technicalContact").is_none() {
        details.technical_contact.clone_from(&old.technical_contact);
    }
    Ok(Prepared { command: Command::Edit { details }, contacts: fresh, made: None })
}

#[cfg(test)]
#[path = "edit_tests.rs"]
mod tests;
