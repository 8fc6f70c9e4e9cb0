//! The function `comment`: reviewers and partner talk; reviewers also leave notes among themselves (R25, D13).

use claim_command::{CommandError, Prepared};
use claim_domain::action::Action;
use claim_domain::claim::Claim;
use claim_domain::command::Command;
use claim_domain::draft::parse_comment;
use claim_domain::ids::CommentId;
use claim_http::view::{Page, Viewer, comment, comments};
use claim_http::{App, Call, Cursor, Offset, PageRequest, Problem, claim_id, respond, shown_events};
use lambda_http::http::StatusCode;
use lambda_http::{Body, Request, Response};

/// How many events are read at once: comments are some of them.
const READ: u32 = 100;
/// What a cursor of this list belongs to.
const COMMENTS: &str = "comments";

/// Answers one request to the function.
pub async fn handle(app: &App, request: Request) -> Response<Body> {
    let call = Call::of(request);
    let answer = route(app, &call).await;
    call.conclude(answer)
}

async fn route(app: &App, call: &Call) -> Result<Response<Body>, Problem> {
    let (method, path) = call.target()?;
    match (method, path.as_slice()) {
        ("GET", ["v1", "claims", claim, "comments"]) => list(app, call, claim).await,
        ("POST", ["v1", "claims", claim, "comments"]) => write(app, call, claim).await,
        _ => Err(call.no_such_route()),
    }
}

/// A page of comments, the oldest first.
async fn list(app: &App, call: &Call, claim: &str) -> Result<Response<Body>, Problem> {
    let caller = app.caller(call)?;
    let claim = claim_id(claim)?;
    let page = PageRequest::parse(call.query())?;
    let passed = Offset::passed(page.after.as_ref(), &claim, COMMENTS)?;
    app.desk.view(&caller, &claim).await?;
    let viewer = Viewer::of(&caller);
    let is_comment = |event: &_| comment(viewer, event).is_some();
    let store = &app.desk.store;
    let (events, next) = shown_events(store, &claim, viewer, is_comment, passed, page.limit, READ).await?;
    let items: Vec<_> = comments(viewer, &events).collect();
    let next = next.map(|passed| Offset::new(&claim, COMMENTS, passed).to_text());
    Ok(respond::json(StatusCode::OK, &Page { items, next, notice: None }))
}

/// Writes a comment, or an internal note.
async fn write(app: &App, call: &Call, claim: &str) -> Result<Response<Body>, Problem> {
    let ask = app.ask(call, claim)?;
    let body = call.json()?;
    let prepare = async |claim: &Claim| -> Result<Prepared, CommandError> {
        let (text, internal) = app.input(claim, &ask.caller, Action::Comment, &body, parse_comment)?;
        let comment: CommentId = app.desk.id()?;
        let made = Some(comment.to_string());
        let command = match internal {
            true => Command::Note { comment, text },
            false => Command::Comment { comment, text },
        };
        Ok(Prepared { command, contacts: Vec::new(), made })
    };
    let done = app.desk.execute(ask.order(), prepare).await?;
    let viewer = Viewer::of(&ask.caller);
    // The command's own event is its last. A repeated comment was written long ago, at a version that is known.
    let event = match done.replayed {
        Some(version) => app.desk.store.event(&done.claim.id, version).await?.map(|stored| stored.event),
        None => done.events.last().cloned(),
    };
    match event.as_ref().and_then(|event| comment(viewer, event)) {
        Some(comment) => Ok(respond::json(StatusCode::CREATED, &comment)),
        None => Err(Problem::not_found()),
    }
}
