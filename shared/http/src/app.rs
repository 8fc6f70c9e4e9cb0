//! What the functions behind the API share: who calls, what is asked, and what is shown of a claim afterwards.

use claim_command::{
    AlsoRead, CommandHandler, CommandRequest, Expected, Outcome, Rehearsal, Unchanged, Viewed, Written,
};
use claim_domain::action::Action;
use claim_domain::claim::{Claim, Status};
use claim_domain::ids::ClaimId;
use claim_domain::people::Caller;
use claim_domain::refusal::{Holder, Refusal};
use claim_runtime::{Aws, ConfigError, Variables};
use claim_store::Contacts;
use lambda_http::http::header::ETAG;
use lambda_http::http::{Method, StatusCode};
use lambda_http::{Body, Response};
use serde_json::Value;

use crate::etag::if_match;
use crate::idempotency::idempotency_key;
use crate::principal::PrincipalConfig;
use crate::problem::Problem;
use crate::request::Request;
use crate::respond;
use crate::view::{self, Rehearsed, ViewContext, Viewer};

/// What every function behind the API has.
#[derive(Clone)]
pub struct App {
    /// Where commands are carried out and claims are read.
    pub commands: CommandHandler,
    /// How tokens name people.
    pub principal: PrincipalConfig,
}

impl App {
    /// The parts that every function behind the API has, as the variables configure them.
    ///
    /// # Errors
    /// The variable that is missing or malformed, by name (D3).
    pub fn new(variables: &Variables, aws: &Aws) -> Result<Self, ConfigError> {
        let commands = claim_runtime::command_handler(variables, aws)?;
        Ok(Self { commands, principal: PrincipalConfig::of(variables)? })
    }

    /// The same, for a function that calls nothing else on AWS.
    ///
    /// # Errors
    /// As [`App::new`].
    pub fn configured(variables: &Variables) -> Result<Self, ConfigError> {
        Self::new(variables, &Aws::new(variables)?)
    }

    /// Who calls.
    ///
    /// # Errors
    /// As [`PrincipalConfig::caller`].
    pub fn caller(&self, request: &Request) -> Result<Caller, Problem> {
        self.principal.caller(request)
    }

    /// What a request asks of the claim named in its path. An edit and a reviewer's decision have to say which revision
    /// they were made on (D11).
    ///
    /// # Errors
    /// `unauthenticated` or `forbidden`, not found for a malformed id, a malformed header.
    pub fn command_request(&self, request: &Request) -> Result<CommandRequest, Problem> {
        let caller = self.caller(request)?;
        let key = match request.route().method == Method::POST.as_str() {
            true => idempotency_key(request, &caller.actor.id)?,
            false => None,
        };
        let claim = request.claim()?;
        let expected = match if_match(request.headers())? {
            Some(revisions) => Expected::Revision(revisions),
            None if request.route().body.requires_revision() => Expected::Unsaid,
            None => Expected::Anything,
        };
        Ok(CommandRequest { caller, claim, expected, key })
    }

    /// The answer to a command: the claim as the caller sees it now.
    ///
    /// What was read to carry out the command is not read again.
    ///
    /// # Errors
    /// Why the command was not accepted, or a failing table.
    pub async fn answer(
        &self,
        caller: &Caller,
        outcome: Outcome,
        status: StatusCode,
    ) -> Result<Response<Body>, Problem> {
        let (claim, read) = match outcome {
            Outcome::Unchanged(Unchanged { claim, answered: Some(_), .. }) => {
                return self.read_as(caller, &claim.id, status).await;
            }
            Outcome::Unchanged(Unchanged { claim, read, .. })
            | Outcome::Written(Written { claim, read, .. }) => (claim, read),
            Outcome::Stale(stale) => return Err(stale.into()),
            Outcome::Refused(refusal) => return Err((*refusal).into()),
        };
        let AlsoRead { contacts, holders } = read;
        let contacts = match contacts {
            Some(contacts) => contacts,
            None => self.commands.store.contacts(&claim.id, &claim.details.contacts()).await?,
        };
        let viewed = Viewed { stored: claim.clone(), current: claim };
        self.show(caller, &viewed, (&contacts, holders), status, None).await
    }

    /// The answer to a dry run: the claim as the caller would see it, with what would follow. It has no ETag, since there is
    /// no such revision.
    ///
    /// # Errors
    /// Why the command would not be accepted, or a failing table.
    pub async fn foretell(
        &self,
        caller: &Caller,
        action: Action,
        rehearsal: Rehearsal,
    ) -> Result<Response<Body>, Problem> {
        let rehearsed = Rehearsed::of(action, &rehearsal);
        let (claim, read) = match &rehearsal.outcome {
            Outcome::Unchanged(Unchanged { claim, read, .. })
            | Outcome::Written(Written { claim, read, .. }) => (claim, read),
            Outcome::Stale(stale) => return Err((*stale).into()),
            Outcome::Refused(refusal) => return Err(Refusal::clone(refusal).into()),
        };
        let contacts = match &read.contacts {
            Some(contacts) => contacts.clone(),
            None => self.commands.store.contacts(&claim.id, &claim.details.contacts()).await?,
        };
        // Of a claim that was never submitted nobody is told who holds what it wants (D13).
        let was_submitted = rehearsal.before.as_ref().unwrap_or(claim).submitted_at.is_some();
        let holders = if was_submitted { read.holders.clone() } else { Some(Vec::new()) };
        let viewed = Viewed { stored: claim.clone(), current: claim.clone() };
        let told = (&contacts, holders);
        let mut answer = self.show(caller, &viewed, told, StatusCode::OK, Some(rehearsed)).await?;
        answer.headers_mut().remove(ETAG);
        Ok(answer)
    }

    /// The answer to a read of the claim named in the path: the claim as the caller sees it now, unless the caller has
    /// exactly that already.
    ///
    /// # Errors
    /// Not found, if the caller may not know of it; a malformed header; otherwise a failing table.
    pub async fn read(&self, request: &Request) -> Result<Response<Body>, Problem> {
        let shown = self.read_as(&self.caller(request)?, &request.claim()?, StatusCode::OK).await?;
        respond::unless_known(request.headers(), shown)
    }

    /// A claim as the caller may see it, for answers that show a part of it.
    ///
    /// # Errors
    /// Not found, if the caller may not know of it; otherwise a failing table.
    pub async fn view(&self, caller: &Caller, id: &ClaimId) -> Result<Viewed, Problem> {
        self.commands.view(caller, id).await?.ok_or_else(Problem::not_found)
    }

    /// The other claims that hold what a claim wants, as far as it may be told (D15). They are read now: the stored mark may
    /// lag.
    ///
    /// # Errors
    /// A failing table.
    pub async fn holders(&self, claim: &Claim) -> Result<Vec<Holder>, Problem> {
        match wants(claim) {
            true => Ok(self.commands.store.holders(&claim.id, &claim.details).await?),
            false => Ok(Vec::new()),
        }
    }

    async fn read_as(
        &self,
        caller: &Caller,
        id: &ClaimId,
        status: StatusCode,
    ) -> Result<Response<Body>, Problem> {
        let found = self.commands.view_with_contacts(caller, id).await?;
        let (viewed, contacts) = found.ok_or_else(Problem::not_found)?;
        self.show(caller, &viewed, (&contacts, None), status, None).await
    }

    /// A claim as the caller sees it, with its contacts, under an ETag of the stored revision (I3). Who holds what it wants
    /// is read now, unless it was passed: the stored mark may lag (D15).
    async fn show(
        &self,
        caller: &Caller,
        Viewed { stored, current }: &Viewed,
        (contacts, holders): (&Contacts, Option<Vec<Holder>>),
        status: StatusCode,
        rehearsed: Option<Rehearsed<'_>>,
    ) -> Result<Response<Body>, Problem> {
        let holders = match holders {
            Some(holders) if wants(current) => holders,
            _ => self.holders(current).await?,
        };
        let context = ViewContext {
            claim: current,
            revision: stored.revision,
            version: stored.version,
            contacts,
            holders: &holders,
            policy: self.commands.policy(caller),
            now: self.commands.host.now(),
            rehearsed,
        };
        let response = match Viewer::of(caller) {
            Viewer::Partner => respond::json(status, &view::for_partner(&context)),
            Viewer::Reviewer => respond::json(status, &view::for_reviewer(&context)),
        };
        Ok(respond::tagged(response, stored.revision))
    }
}

/// Whether a claim still wants something that another may hold, and may be told so.
fn wants(claim: &Claim) -> bool {
    match claim.status {
        // An approved claim holds what it wants; a discarded one wants nothing any more.
        Status::Approved | Status::Discarded => false,
        // A draft can name anybody's directory, and must not tell what is held there (D13).
        _ => !claim.is_closed() && claim.submitted_at.is_some(),
    }
}

/// Reads the body of a command that has no fields.
///
/// # Errors
/// `InvalidInput`, naming every field that is there.
pub fn no_fields(body: &Value) -> Result<(), Refusal> {
    claim_domain::input::read(body, |_| Some(()))
}
