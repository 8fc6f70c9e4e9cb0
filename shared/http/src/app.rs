//! What the functions behind the API are made of: who calls, what is asked, and what is shown of a claim afterwards.

use claim_command::{Desk, Done, IdempotencyKey, Order};
use claim_domain::action::{Action, gate};
use claim_domain::claim::{Claim, Status};
use claim_domain::command::Command;
use claim_domain::event::{Change, Event, FieldChange};
use claim_domain::ids::ClaimId;
use claim_domain::people::Caller;
use claim_domain::refusal::{Holder, Refusal};
use claim_runtime::{Aws, ConfigError, Variables};
use claim_store::Contacts;
use lambda_http::http::{Method, StatusCode};
use lambda_http::{Body, Response};
use serde_json::Value;

use crate::edge::Call;
use crate::etag::if_match;
use crate::idempotency::idempotency_key;
use crate::kind::Kind;
use crate::principal::PrincipalConfig;
use crate::problem::{Problem, complete};
use crate::respond;
use crate::view::{self, Scene, Viewer};

/// A function behind the API.
#[derive(Clone)]
pub struct App {
    /// Where commands are carried out and claims are read.
    pub desk: Desk,
    /// How tokens name people.
    pub principal: PrincipalConfig,
}

/// A command as it was asked for: by whom, of which claim, on what conditions.
#[derive(Debug, Clone)]
pub struct Ask {
    /// Who asks.
    pub caller: Caller,
    /// Of which claim.
    pub claim: ClaimId,
    /// The revision that the caller saw.
    pub if_match: Option<u64>,
    /// The Idempotency-Key of a POST.
    pub key: Option<IdempotencyKey>,
}

impl Ask {
    /// The same, on condition that the caller says which revision it saw: an edit and a reviewer's decision never race
    /// (D11). A caller whose role never does this is not asked, since it is to be told that instead.
    ///
    /// # Errors
    /// `revision-required`.
    pub fn of_a_revision(self, action: Action) -> Result<Self, Problem> {
        if self.if_match.is_some() || !action.is_open_to(self.caller.actor.role) {
            return Ok(self);
        }
        Err(Problem::new(
            Kind::RevisionRequired,
            "The request does not say which revision of the claim it is meant for.",
            "Read the claim and send its ETag in the header If-Match.",
        ))
    }

    /// The order to the desk.
    pub fn order(&self) -> Order<'_> {
        Order { caller: &self.caller, claim: &self.claim, if_match: self.if_match, key: self.key.as_ref() }
    }
}

impl App {
    /// The function of this configuration.
    ///
    /// # Errors
    /// The variable that is missing or malformed, by name (D3).
    pub fn new(variables: &Variables, aws: &Aws) -> Result<Self, ConfigError> {
        Ok(Self { desk: claim_runtime::desk(variables, aws)?, principal: PrincipalConfig::of(variables) })
    }

    /// Who calls.
    ///
    /// # Errors
    /// As [`PrincipalConfig::caller`].
    pub fn caller(&self, call: &Call) -> Result<Caller, Problem> {
        self.principal.caller(call)
    }

    /// What a call asks of the claim named in its path.
    ///
    /// # Errors
    /// Who may not call, an id that is none, a malformed header.
    pub fn ask(&self, call: &Call, claim: &str) -> Result<Ask, Problem> {
        let caller = self.caller(call)?;
        let key = match call.method() == Method::POST.as_str() {
            true => idempotency_key(call, &caller.actor.id)?,
            false => None,
        };
        let claim = claim_id(claim)?;
        Ok(Ask { caller, claim, if_match: if_match(call.headers())?, key })
    }

    /// The input of an action, read from the body of a request. A caller whose role never does this is told so, rather
    /// than what is wrong with the body.
    ///
    /// # Errors
    /// The refusal, with the claim's status and what is allowed now.
    pub fn input<T>(
        &self,
        claim: &Claim,
        caller: &Caller,
        action: Action,
        body: &Value,
        read: impl FnOnce(&Value) -> Result<T, Refusal>,
    ) -> Result<T, Refusal> {
        let program = &self.desk.program;
        let input = if action.is_open_to(caller.actor.role) {
            read(body)
        } else {
            gate(claim, action, caller, program.dispute_needs_another_reviewer).and_then(|()| read(body))
        };
        input.map_err(|refusal| complete(refusal, claim, caller, program))
    }

    /// Carries out an action whose command follows from the request's body alone, and answers with the claim.
    ///
    /// # Errors
    /// Whatever the command is refused for, or fails of.
    pub async fn carry_out(
        &self,
        ask: &Ask,
        action: Action,
        body: &Value,
        read: impl Fn(&Value) -> Result<Command, Refusal> + Copy,
    ) -> Result<Response<Body>, Problem> {
        let prepare = async |claim: &Claim, _: &Contacts| {
            Ok(self.input(claim, &ask.caller, action, body, read)?.into())
        };
        let done = self.desk.execute_with_contacts(ask.order(), prepare).await?;
        self.done(&ask.caller, done).await
    }

    /// The answer to a command: the claim as the caller sees it now.
    ///
    /// What was read to carry it out is not read again. Who else holds what the claim wants is asked for only if the
    /// claim is marked as contested, or has other products than before: the mark may lag, and a view of the claim tells
    /// (D15).
    ///
    /// # Errors
    /// When the table fails.
    pub async fn done(&self, caller: &Caller, done: Done) -> Result<Response<Body>, Problem> {
        self.done_as(caller, done, StatusCode::OK).await
    }

    /// The same with another status.
    ///
    /// # Errors
    /// When the table fails.
    pub async fn done_as(
        &self,
        caller: &Caller,
        done: Done,
        status: StatusCode,
    ) -> Result<Response<Body>, Problem> {
        if done.replayed.is_some() {
            return self.read_as(caller, &done.claim.id, status).await;
        }
        let claim = &done.claim;
        let holders = match done.holders {
            Some(holders) => Some(holders),
            None if claim.contested || has_other_products(&done.events) => None,
            None => Some(Vec::new()),
        };
        let contacts = match done.contacts {
            Some(contacts) => contacts,
            None => self.desk.store.contacts(&claim.id, &claim.details.contacts()).await?,
        };
        self.show(caller, claim, claim, (&contacts, holders), status).await
    }

    /// The answer to a read: the claim as the caller sees it now.
    ///
    /// # Errors
    /// Not found, if the caller may not know of it; or a failing table.
    pub async fn read(&self, caller: &Caller, id: &ClaimId) -> Result<Response<Body>, Problem> {
        self.read_as(caller, id, StatusCode::OK).await
    }

    async fn read_as(
        &self,
        caller: &Caller,
        id: &ClaimId,
        status: StatusCode,
    ) -> Result<Response<Body>, Problem> {
        let (stored, current, contacts) = self.desk.view_with_contacts(caller, id).await?;
        self.show(caller, &stored, &current, (&contacts, None), status).await
    }

    /// A claim as the caller sees it, under the stored revision's ETag (I3), with its contacts and, unless they are known,
    /// those who hold what it wants as they are now.
    async fn show(
        &self,
        caller: &Caller,
        stored: &Claim,
        current: &Claim,
        (contacts, holders): (&Contacts, Option<Vec<Holder>>),
        status: StatusCode,
    ) -> Result<Response<Body>, Problem> {
        let holders = match current.status {
            // An approved claim holds what it wants; a discarded one wants nothing any more.
            Status::Approved | Status::Discarded => Vec::new(),
            _ if current.is_closed() => Vec::new(),
            _ => match holders {
                Some(holders) => holders,
                None => self.desk.store.holders(&current.id, &current.details).await?,
            },
        };
        let scene = Scene {
            claim: current,
            revision: stored.revision,
            version: stored.version,
            contacts,
            holders: &holders,
            caller,
            program: &self.desk.program,
            now: self.desk.world.now(),
        };
        let response = match Viewer::of(caller) {
            Viewer::Partner => respond::json(status, &view::for_partner(&scene)),
            Viewer::Reviewer => respond::json(status, &view::for_reviewer(&scene)),
        };
        Ok(respond::tagged(response, stored.revision))
    }
}

/// Whether an edit among these events changed the products, or whose directory they are in.
fn has_other_products(events: &[Event]) -> bool {
    let changes =
        |field: &FieldChange| matches!(field, FieldChange::Products(_) | FieldChange::CustomerTenantId(_));
    events
        .iter()
        .any(|event| matches!(&event.change, Change::Edited { fields, .. } if fields.iter().any(changes)))
}

/// Reads the body of a command that has no fields.
///
/// # Errors
/// `InvalidInput` with every field that is there.
pub fn no_fields(body: &Value) -> Result<(), Refusal> {
    claim_domain::input::read(body, |_| Some(()))
}

/// The claim named in a path.
///
/// # Errors
/// Not found, for a text that is no id: it is nobody's claim.
pub fn claim_id(text: &str) -> Result<ClaimId, Problem> {
    text.parse().map_err(|_| Problem::not_found())
}
