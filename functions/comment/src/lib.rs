//! The function `comment`: partner and reviewers comment; reviewers also leave internal notes (R25, D13).

use claim_command::{Outcome, Unchanged};
use claim_http::registry::Operation;
use claim_http::view::{Page, Viewer, comment, comments};
use claim_http::{Api, App, Cursor, Endpoint, Offset, PageRequest, Problem, Request, respond, shown_events};
use claim_runtime::{ConfigError, Variables};
use lambda_http::http::StatusCode;
use lambda_http::{Body, Response};

/// How many events are read at once; only some of them are comments.
const READ: u32 = 100;
/// What a cursor of this list belongs to.
const COMMENTS: &str = "comments";

/// The function as Lambda runs it.
pub type Function = Api<Comments>;

/// The function's endpoint, made of what every function behind the API has.
pub struct Comments(pub App);

impl Endpoint for Comments {
    const NAME: &'static str = env!("CARGO_PKG_NAME");

    fn new(variables: &Variables) -> Result<Self, ConfigError> {
        Ok(Self(App::configured(variables)?))
    }

    async fn answer(&self, request: &Request) -> Result<Response<Body>, Problem> {
        match request.operation() {
            Operation::WriteComment => write(&self.0, request).await,
            Operation::ListComments => list(&self.0, request).await,
            _ => Err(Problem::not_found()),
        }
    }
}

/// A page of comments, the oldest first.
async fn list(app: &App, request: &Request) -> Result<Response<Body>, Problem> {
    let caller = app.caller(request)?;
    let claim = request.claim()?;
    let page = PageRequest::parse(request.query())?;
    let passed = Offset::passed(page.after.as_ref(), &claim, COMMENTS)?;
    app.view(&caller, &claim).await?;
    let viewer = Viewer::of(&caller);
    let is_comment = |event: &_| comment(viewer, event).is_some();
    let store = &app.commands.store;
    let (events, next) = shown_events(store, &claim, viewer, is_comment, passed, page.limit, READ).await?;
    let items: Vec<_> = comments(viewer, &events).collect();
    let next = next.map(|passed| Offset::new(&claim, COMMENTS, passed).to_text());
    Ok(respond::json(StatusCode::OK, &Page { items, next, notice: None }))
}

/// Writes a comment, or an internal note.
async fn write(app: &App, request: &Request) -> Result<Response<Body>, Problem> {
    let command = app.command_request(request)?;
    if request.is_dry_run() {
        return app.try_out(request, &command).await;
    }
    let outcome = app.carry_out(Operation::WriteComment, &command, &request.json()?).await?;
    // The command's own event is its last one. A repeated comment was written earlier, at a version that is known.
    let event = match outcome {
        Outcome::Written(written) => written.events.last().cloned(),
        Outcome::Unchanged(Unchanged { answered: Some(first), .. }) => {
            let stored = app.commands.store.event(&first.claim, first.version).await?;
            stored.map(|stored| stored.event)
        }
        other => {
            other.into_claim()?;
            None
        }
    };
    match event.as_ref().and_then(|event| comment(Viewer::of(&command.caller), event)) {
        Some(comment) => Ok(respond::json(StatusCode::CREATED, &comment)),
        None => Err(Problem::not_found()),
    }
}
