//! Lists, page by page: a partner's claims, the reviewers' queue, and a claim's history.

use claim_domain::people::Caller;
use claim_http::view::{self, Page, Viewer};
use claim_http::{
    App, Call, Cursor, Kind, ListRequest, Offset, PageRequest, Problem, claim_id, respond, shown_events,
};
use claim_store::{ListOrder, ListScope};
use lambda_http::http::StatusCode;
use lambda_http::{Body, Response};

/// What a cursor of a history belongs to.
const HISTORY: &str = "history";

/// The claims of the caller's organisation (I7), the latest change first unless asked otherwise.
pub(crate) async fn own(app: &App, call: &Call) -> Result<Response<Body>, Problem> {
    let caller = app.caller(call)?;
    let Some(partner) = caller.partner.clone() else {
        return Err(Problem::new(
            Kind::Forbidden,
            "This list shows the claims of a partner organisation.",
            "Reviewers find submitted claims in GET /v1/review/queue.",
        ));
    };
    list(app, call, &caller, ListScope::Partner(partner), ListOrder::Updated).await
}

/// The claims that reviewers have to do with (R2), the earliest due first unless asked otherwise.
pub(crate) async fn queue(app: &App, call: &Call) -> Result<Response<Body>, Problem> {
    let caller = app.caller(call)?;
    if !caller.actor.role.is_reviewer() {
        return Err(Problem {
            rule: "R2",
            ..Problem::new(
                Kind::Forbidden,
                "The queue is for reviewers.",
                "Your organisation's claims are in GET /v1/claims.",
            )
        });
    }
    list(app, call, &caller, ListScope::Review, ListOrder::Due).await
}

async fn list(
    app: &App,
    call: &Call,
    caller: &Caller,
    scope: ListScope,
    order: ListOrder,
) -> Result<Response<Body>, Problem> {
    let query = ListRequest::parse(call.query(), order)?.within(scope);
    let page = app.desk.store.list(&query).await?;
    let next = page.next.map(|place| place.to_text());
    Ok(respond::json(StatusCode::OK, &view::rows(Viewer::of(caller), &page.rows, next)))
}

/// What happened to a claim, from the beginning on (R16, R26).
pub(crate) async fn history(app: &App, call: &Call, claim: &str) -> Result<Response<Body>, Problem> {
    let caller = app.caller(call)?;
    let claim = claim_id(claim)?;
    let page = PageRequest::parse(call.query())?;
    let passed = Offset::passed(page.after.as_ref(), &claim, HISTORY)?;
    app.desk.view(&caller, &claim).await?;
    let viewer = Viewer::of(&caller);
    let store = &app.desk.store;
    let (events, next) =
        shown_events(store, &claim, viewer, |_| true, passed, page.limit, page.limit + 1).await?;
    let contacts = store.contacts(&claim, &view::references_in(&events)).await?;
    let items = view::entries(viewer, &events, passed, &contacts);
    let next = next.map(|passed| Offset::new(&claim, HISTORY, passed).to_text());
    Ok(respond::json(StatusCode::OK, &Page { items, next, notice: None }))
}
