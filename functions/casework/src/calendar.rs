//! What reviewers have to do, as a calendar: each reviewer's own claims, and the whole queue for their lead (D1, D17).

use claim_domain::claim::Status;
use claim_domain::clock::Party;
use claim_domain::people::Role;
use claim_http::{Problem, Request};
use claim_pages::{entries, entries_file};
use claim_store::Listed;
use lambda_http::{Body, Response};

use crate::Casework;
use crate::queue::{Tab, listed};

/// The calendar.
pub(crate) async fn file(casework: &Casework, request: &Request) -> Result<Response<Body>, Problem> {
    let caller = casework.reviewer(request)?;
    let tab = if caller.actor.role == Role::ReviewLead { Tab::All } else { Tab::Mine };
    let zone = &casework.app.commands.program.calendar.zone;
    let read = async |limit, after| listed(casework, &caller, tab, limit, after).await;
    let entries = entries(zone, read, duty).await?;
    entries_file(&casework.pages, request, "/review", &entries)
}

/// What reviewers have to do with a claim: in one word, and in a sentence. What is late stays on the day it was due (D5).
fn duty(row: &Listed) -> Option<(&'static str, &'static str)> {
    let is_late = row.late_since.is_some();
    Some(match (row.status, row.awaits?) {
        (_, Party::Partner | Party::Customer) => return None,
        (Status::Submitted, _) if is_late => ("start", "Late: start the review"),
        (Status::Submitted, _) => ("start", "Last day to start the review"),
        (Status::UnderReview, _) if row.disputed && is_late => ("dispute", "Late: decide the dispute"),
        (Status::UnderReview, _) if row.disputed => ("dispute", "Last day to decide the dispute"),
        (Status::UnderReview, _) if is_late => ("decision", "Late: decide"),
        (Status::UnderReview, _) => ("decision", "Last day to decide"),
        _ => return None,
    })
}
