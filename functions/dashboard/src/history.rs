//! *The history* of a claim: the newest entry first, page by page (R26).

use askama::Template;
use claim_http::view::{Viewer, references_in};
use claim_http::{Cursor, Offset, Problem, Request, shown_events};
use claim_pages::history::{Context, Entry, entries};
use claim_pages::{Bar, Frame, Place};
use claim_store::Contacts;
use lambda_http::http::StatusCode;
use lambda_http::{Body, Response};

use crate::Dashboard;
use crate::claim::Opened;

/// What a cursor of this page belongs to.
const HISTORY: &str = "history page";
/// How many entries a page has.
const PAGE: u64 = 20;

#[derive(Template)]
#[template(path = "dashboard/history.html.j2")]
struct HistoryPage {
    frame: Frame,
    bar: Bar,
    entries: Vec<Entry>,
    /// The address of the page with earlier entries.
    earlier: Option<String>,
    is_first: bool,
}

/// A page of the history. Its address counts what the partner may see, and no versions (D13).
pub(crate) async fn show(dashboard: &Dashboard, request: &Request) -> Result<Response<Body>, Problem> {
    let (caller, id) = (dashboard.partner(request)?, request.claim()?);
    let opened = Opened::read(dashboard, &caller, &id).await?;
    let place: Option<Offset> = request.query().all("before").find_map(Offset::from_text);
    // A place in another list, as an address that somebody changed may name, is the newest entry.
    let before = match &place {
        Some(_) => Offset::passed(place.as_ref(), &id, HISTORY).ok(),
        None => None,
    };
    let before = before.unwrap_or(opened.entries).min(opened.entries);
    let passed = before.saturating_sub(PAGE);
    let limit = u32::try_from(before - passed).unwrap_or(u32::MAX);
    let store = &dashboard.app.commands.store;
    let (events, _) = shown_events(store, &id, Viewer::Partner, |_| true, passed, limit, limit + 1).await?;
    // What is erased is not shown, though its items may be there for a moment longer (D22).
    let contacts = match opened.claim.erased_at {
        None => store.contacts(&id, &references_in(&events)).await?,
        Some(_) => Contacts::new(),
    };
    let zone = &dashboard.app.commands.program.calendar.zone;
    let context = Context { claim: &opened.claim, contacts: &contacts, zone, viewer: Viewer::Partner };
    let mut entries = entries(&events, passed, context);
    entries.reverse();
    let address = format!("/claims/{id}/history");
    let page = HistoryPage {
        frame: Frame::of("History", Place::Claims, request, &caller, zone.name()),
        bar: opened.bar(dashboard),
        entries,
        earlier: (passed > 0)
            .then(|| format!("{address}?before={}", Offset::new(&id, HISTORY, passed).to_text())),
        is_first: before == opened.entries,
    };
    claim_pages::page(StatusCode::OK, &page)
}
