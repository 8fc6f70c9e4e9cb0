//! *The history* of a claim as a page: the newest entry first (R26).

use askama::Template;
use claim_domain::people::Caller;
use claim_http::view::{Viewer, references_in};
use claim_http::{App, Cursor, Offset, Problem, Request, shown_events};
use claim_store::Contacts;
use lambda_http::http::StatusCode;
use lambda_http::{Body, Response};

use crate::bar::Bar;
use crate::frame::{Frame, Place};
use crate::history::{Context, Entry, entries};
use crate::send;

/// What a cursor of this page belongs to.
const HISTORY: &str = "history page";
/// How many entries a page has.
const PAGE: u64 = 20;

#[derive(Template)]
#[template(path = "history.html.j2")]
struct HistoryPage {
    frame: Frame,
    bar: Bar,
    entries: Vec<Entry>,
    /// The address of the page with earlier entries.
    earlier: Option<String>,
    is_first: bool,
}

/// A page of the history of the claim that a request names. A partner's address counts what the partner may see, and no
/// versions (D13).
///
/// # Errors
/// Not found, if the caller may not know of the claim; a failing table.
pub async fn history_page(app: &App, request: &Request, caller: &Caller) -> Result<Response<Body>, Problem> {
    let (commands, id, viewer) = (&app.commands, request.claim()?, Viewer::of(caller));
    let viewed = app.view(caller, &id).await?;
    let (all, here) = match viewer {
        Viewer::Partner => (viewed.stored.version.saturating_sub(viewed.stored.notes), Place::Claims),
        Viewer::Reviewer => (viewed.stored.version, Place::Queue),
    };
    let place: Option<Offset> = request.query().all("before").find_map(Offset::from_text);
    // A place in another list, as an address that somebody changed may name, is the newest entry.
    let before = match &place {
        Some(_) => Offset::passed(place.as_ref(), &id, HISTORY).ok(),
        None => None,
    };
    let before = before.unwrap_or(all).min(all);
    let passed = before.saturating_sub(PAGE);
    let limit = u32::try_from(before - passed).unwrap_or(u32::MAX);
    let (events, _) = shown_events(&commands.store, &id, viewer, |_| true, passed, limit, limit + 1).await?;
    let claim = &viewed.current;
    // What is erased is not shown, though its items may be there for a moment longer (D22).
    let contacts = match claim.erased_at {
        None => commands.store.contacts(&id, &references_in(&events)).await?,
        Some(_) => Contacts::new(),
    };
    let zone = &commands.program.calendar.zone;
    let mut entries = entries(&events, passed, Context { claim, contacts: &contacts, zone, viewer });
    entries.reverse();
    let bar = Bar::of(claim, viewer, &commands.program, commands.host.now());
    let page = HistoryPage {
        frame: Frame::of("History", here, request, caller, zone.name()),
        entries,
        earlier: (passed > 0).then(|| {
            format!("{}/history?before={}", bar.address, Offset::new(&id, HISTORY, passed).to_text())
        }),
        is_first: before == all,
        bar,
    };
    send::page(StatusCode::OK, &page)
}
