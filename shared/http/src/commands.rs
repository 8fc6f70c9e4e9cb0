//! What each route that changes a claim asks of it: how its input is read and becomes a command. The API reads the input
//! from a body, a page from the fields of a form; both ask here, so that neither has a rule of its own (I10).

use claim_command::{CommandRequest, Outcome, Prepared, Reads, Rehearsal, Unprepared};
use claim_domain::action::Action;
use claim_domain::claim::Claim;
use claim_domain::command::{Command, Correction};
use claim_domain::draft::{
    Contact, Draft, parse_action_request, parse_approval, parse_association_end, parse_comment,
    parse_dispute, parse_rejection, parse_resend, parse_withdrawal,
};
use claim_domain::ids::{CommentId, ContactRef};
use claim_domain::people::Caller;
use claim_domain::refusal::Refusal;
use claim_store::Contacts;
use lambda_http::http::StatusCode;
use lambda_http::{Body, Response};
use serde_json::{Value, json};

use crate::app::{App, no_fields};
use crate::edit;
use crate::problem::Problem;
use crate::registry::{BodyKind, Operation};
use crate::request::Request;

impl App {
    /// Carries out what a request to the API asks of a claim, and answers with the claim.
    ///
    /// # Errors
    /// Why it is refused, or what failed.
    pub async fn execute(&self, request: &Request) -> Result<Response<Body>, Problem> {
        let command = self.command_request(request)?;
        if request.is_dry_run() {
            return self.try_out(request, &command).await;
        }
        let outcome = self.carry_out(request.operation(), &command, &request.json()?).await?;
        self.answer(&command.caller, outcome, StatusCode::OK).await
    }

    /// Carries out what an operation asks of a claim.
    ///
    /// # Errors
    /// What failed; that it is refused is an outcome.
    pub async fn carry_out(
        &self,
        operation: Operation,
        command: &CommandRequest,
        input: &Value,
    ) -> Result<Outcome, Problem> {
        let prepare = async |claim: &Claim, contacts: &Contacts| {
            self.prepare(operation, &command.caller, input, claim, contacts).await
        };
        Ok(self.commands.execute_with(command, reads(operation), prepare).await?)
    }

    /// What [`App::carry_out`] would do now. Nothing is written.
    ///
    /// # Errors
    /// As [`App::carry_out`].
    pub async fn rehearse(
        &self,
        operation: Operation,
        command: &CommandRequest,
        input: &Value,
    ) -> Result<Rehearsal, Problem> {
        let prepare = async |claim: &Claim, contacts: &Contacts| {
            self.prepare(operation, &command.caller, input, claim, contacts).await
        };
        Ok(self.commands.rehearse(command, reads(operation), prepare).await?)
    }

    /// Answers a dry run with what the command would lead to.
    ///
    /// # Errors
    /// As [`App::execute`]: a dry run is refused as the command would be.
    pub async fn try_out(
        &self,
        request: &Request,
        command: &CommandRequest,
    ) -> Result<Response<Body>, Problem> {
        let input = if request.route().body == BodyKind::None { json!({}) } else { request.json()? };
        let action = action(request.operation(), &input).ok_or_else(Problem::not_found)?;
        let rehearsal = self.rehearse(request.operation(), command, &input).await?;
        self.foretell(&command.caller, action, rehearsal).await
    }

    async fn prepare(
        &self,
        operation: Operation,
        caller: &Caller,
        input: &Value,
        claim: &Claim,
        contacts: &Contacts,
    ) -> Result<Prepared, Unprepared> {
        match operation {
            Operation::EditClaim => {
                let draft = Draft::parse(&edit::merged(&claim.details, contacts, input)?);
                let draft = self.commands.admit(claim, caller, Action::Edit, draft)?;
                edit::prepared(&self.commands, caller, &claim.details, contacts, input, draft)
            }
            Operation::ResendNotice => {
                let address =
                    self.commands.admit(claim, caller, Action::ResendNotice, parse_resend(input))?;
                self.resend(claim, contacts, address).await
            }
            Operation::WriteComment => {
                let input = self.commands.admit(claim, caller, Action::Comment, parse_comment(input))?;
                Ok(comment(self.commands.id()?, input))
            }
            _ => {
                let (action, read) = step(operation).ok_or_else(Refusal::not_found)?;
                Ok(self.commands.admit(claim, caller, action, read(input))?.into())
            }
        }
    }

    /// The customer's notice sent again; after a bounce, to a corrected address (D16).
    async fn resend(
        &self,
        claim: &Claim,
        contacts: &Contacts,
        address: Option<String>,
    ) -> Result<Prepared, Unprepared> {
        let Some(email) = address else { return Ok(Command::ResendNotice { correction: None }.into()) };
        let approved = self.approved_email(claim, contacts).await?;
        let whose = claim.details.customer.whose(&email, approved.as_deref());
        let place = &claim.details.customer.contact;
        let corrected = match contacts.get(place) {
            Some(known) => Contact { email, ..known.clone() },
            None => Contact {
                name: claim.details.customer.name.clone(),
                title: None,
                email,
                language: None,
                proven: false,
            },
        };
        let contact: ContactRef = self.commands.id()?;
        let command =
            Command::ResendNotice { correction: Some(Correction { contact: contact.clone(), whose }) };
        Ok(Prepared { command, contacts: vec![(contact, corrected)], made: None })
    }

    /// The address of the customer's contact whom the reviewer approved, unless it was erased.
    async fn approved_email(&self, claim: &Claim, contacts: &Contacts) -> Result<Option<String>, Unprepared> {
        let Some(approved) = claim.consents.last().and_then(|consent| consent.contact.clone()) else {
            return Ok(None);
        };
        // Until a first correction it is the claim's own contact, which was read with it.
        if let Some(contact) = contacts.get(&approved) {
            return Ok(Some(contact.email.clone()));
        }
        let contacts = self.commands.store.contacts(&claim.id, std::slice::from_ref(&approved)).await;
        let contacts = contacts.map_err(|error| Unprepared::Failed(Box::new(error)))?;
        Ok(contacts.get(&approved).map(|contact| contact.email.clone()))
    }
}

/// What has to be read with the claim.
fn reads(operation: Operation) -> Reads {
    match operation {
        Operation::WriteComment | Operation::DiscardClaim => Reads::Claim,
        _ => Reads::Contacts,
    }
}

fn comment(id: CommentId, (text, internal): (String, bool)) -> Prepared {
    let made = Some(id.to_string());
    let command = match internal {
        true => Command::Note { comment: id, text },
        false => Command::Comment { comment: id, text },
    };
    Prepared { command, contacts: Vec::new(), made }
}

/// The action that an operation is with this input; none, if it is no command that follows from a claim and its input.
pub fn action(operation: Operation, input: &Value) -> Option<Action> {
    match operation {
        Operation::EditClaim => Some(Action::Edit),
        Operation::ResendNotice => Some(Action::ResendNotice),
        Operation::WriteComment if input["internal"] == true => Some(Action::Note),
        Operation::WriteComment => Some(Action::Comment),
        _ => step(operation).map(|(action, _)| action),
    }
}

/// Reads the input of a command that follows from it alone.
pub(crate) type Read = fn(&Value) -> Result<Command, Refusal>;

/// The action that an operation is, and how its input is read.
pub(crate) fn step(operation: Operation) -> Option<(Action, Read)> {
    Some(match operation {
        Operation::DiscardClaim => (Action::Discard, |input| no_fields(input).map(|()| Command::Discard)),
        Operation::SubmitClaim => (Action::Submit, |input| no_fields(input).map(|()| Command::Submit)),
        Operation::WithdrawClaim => (Action::Withdraw, |input| {
            parse_withdrawal(input).map(|(cause, note)| Command::Withdraw { cause, note })
        }),
        Operation::DisputeRejection => (Action::Dispute, |input| {
            parse_dispute(input).map(|justification| Command::Dispute { justification })
        }),
        Operation::StartReview => {
            (Action::StartReview, |input| no_fields(input).map(|()| Command::StartReview))
        }
        Operation::ReleaseClaim => (Action::Release, |input| no_fields(input).map(|()| Command::Release)),
        Operation::TakeOverClaim => (Action::TakeOver, |input| no_fields(input).map(|()| Command::TakeOver)),
        Operation::RequestAction => (Action::RequestAction, |input| {
            let (reasons, remove_products) = parse_action_request(input)?;
            Ok(Command::RequestAction { reasons, remove_products })
        }),
        Operation::ApproveClaim => (Action::Approve, |input| {
            parse_approval(input).map(|confirm_contact| Command::Approve { confirm_contact })
        }),
        Operation::RejectClaim => (Action::Reject, |input| {
            let (reason, note) = parse_rejection(input)?;
            Ok(Command::Reject { reason, note })
        }),
        Operation::EndAssociation => (Action::EndAssociation, |input| {
            let (products, reason) = parse_association_end(input)?;
            Ok(Command::EndAssociation { products, reason })
        }),
        _ => return None,
    })
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::registry::ROUTES;

    #[test]
    fn every_step_is_the_command_of_its_path() {
        let product = json!({ "product": "Teams" });
        let table = [
            (Operation::SubmitClaim, json!({}), "submit"),
            (Operation::WithdrawClaim, json!({ "cause": "incorrectMpn" }), "withdraw"),
            (Operation::DisputeRejection, json!({ "justification": "Words." }), "dispute"),
            (Operation::StartReview, json!({}), "startReview"),
            (Operation::ReleaseClaim, json!({}), "release"),
            (Operation::TakeOverClaim, json!({}), "takeOver"),
            (Operation::RequestAction, json!({ "reasons": [{ "code": "missingAllPoe" }] }), "requestAction"),
            (Operation::ApproveClaim, json!({}), "approve"),
            (Operation::RejectClaim, json!({ "reason": "insufficientPoe" }), "reject"),
            (
                Operation::EndAssociation,
                json!({ "products": [product], "reason": "Ended." }),
                "endAssociation",
            ),
        ];
        for (operation, input, command) in table {
            let (_, read) = step(operation).unwrap();
            assert_eq!(read(&input).unwrap().name(), command);
        }
        assert!(step(Operation::ReadClaim).is_none());
    }

    #[test]
    fn a_decision_says_which_revision_it_was_made_on() {
        claim_domain::proves!(D11);
        let decisions = ROUTES.iter().filter(|route| route.body == BodyKind::Decision);
        let decisions: Vec<_> = decisions.map(|route| step(route.operation).unwrap().0).collect();
        let expected = [Action::RequestAction, Action::Approve, Action::Reject, Action::EndAssociation];
        assert_eq!(decisions, expected);
    }

    #[test]
    fn a_step_without_fields_refuses_those_that_are_there() {
        for operation in [
            Operation::StartReview,
            Operation::ReleaseClaim,
            Operation::TakeOverClaim,
            Operation::ApproveClaim,
        ] {
            let (_, read) = step(operation).unwrap();
            let refusal = read(&json!({ "note": "x" })).unwrap_err();
            assert_eq!(refusal.errors[0].place(), "/note", "{operation:?}");
        }
    }
}
