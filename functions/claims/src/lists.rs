//! Lists, page by page: a partner's claims, the reviewers' queue, and a claim's history; as JSON, or in files.

use claim_domain::people::Caller;
use claim_domain::refusal::Refusal;
use claim_domain::rule::Rule;
use claim_http::seal::seals;
use claim_http::view::{self, Page, Viewer};
use claim_http::{App, Cursor, ListRequest, Offset, PageRequest, Problem, Request, listed, shown_events};
use claim_store::{Contacts, ListOrder, ListScope};
use lambda_http::{Body, Response};

/// What a cursor of a history belongs to.
const HISTORY: &str = "history";
/// How many events one read takes, whatever the limit: so the length of a partner's page tells nothing of notes (D13).
const READ: u32 = 101;

/// The claims of the caller's organisation (I7), the latest change first unless asked otherwise.
pub(crate) async fn own(app: &App, request: &Request) -> Result<Response<Body>, Problem> {
    let caller = app.caller(request)?;
    let Some(partner) = caller.partner.clone() else {
        return Err(Refusal {
            detail: "This list shows the claims of a partner organisation.".to_owned(),
            ..Refusal::forbidden(Rule::R1, "Reviewers find submitted claims in GET /v1/review/queue.")
        }
        .into());
    };
    list(app, request, &caller, ListScope::Partner(partner), ListOrder::Updated).await
}

/// The claims that reviewers have to deal with (R2), the earliest due first unless asked otherwise.
pub(crate) async fn queue(app: &App, request: &Request) -> Result<Response<Body>, Problem> {
    let caller = app.caller(request)?;
    if !caller.actor.role.is_reviewer() {
        return Err(Refusal {
            detail: "The queue is for reviewers.".to_owned(),
            ..Refusal::forbidden(Rule::R2, "Your organisation's claims are in GET /v1/claims.")
        }
        .into());
    }
    list(app, request, &caller, ListScope::Review, ListOrder::Due).await
}

async fn list(
    app: &App,
    request: &Request,
    caller: &Caller,
    scope: ListScope,
    order: ListOrder,
) -> Result<Response<Body>, Problem> {
    let query = ListRequest::parse(request.query(), order)?.within(scope);
    let page = app.commands.store.list(&query).await?;
    let next = page.next.map(|place| place.to_text());
    let viewer = Viewer::of(caller);
    listed(request, view::claim_columns(viewer), &view::rows(viewer, &page.rows, next), &[])
}

/// What happened to a claim, from the beginning on (R16, R26).
pub(crate) async fn history(app: &App, request: &Request) -> Result<Response<Body>, Problem> {
    let caller = app.caller(request)?;
    let claim = request.claim()?;
    let page = PageRequest::parse(request.query())?;
    let passed = Offset::passed(page.after.as_ref(), &claim, HISTORY)?;
    let current = app.view(&caller, &claim).await?.current;
    let viewer = Viewer::of(&caller);
    let store = &app.commands.store;
    let (events, next) = shown_events(store, &claim, viewer, |_| true, passed, page.limit, READ).await?;
    // What is erased is not shown, though its items may be there for a moment longer (D22).
    let contacts = match current.erased_at {
        None => store.contacts(&claim, &view::references_in(&events)).await?,
        Some(_) => Contacts::new(),
    };
    let items = view::entries(viewer, &events, passed, &contacts);
    // A cursor knows the hash of the entry before it, unless it is of a list without hashes.
    let before = page.after.as_ref().and_then(Offset::hash);
    let hashes = match (passed, before) {
        (1.., None) => Vec::new(),
        (_, before) => seals(&claim, &items, before).map_err(Problem::internal)?,
    };
    let last = hashes.last().or(before).cloned();
    let next = next.map(|passed| Offset::new(&claim, HISTORY, passed).sealed(last).to_text());
    listed(request, view::entry_columns(viewer), &Page { items, next, notice: None }, &hashes)
}
