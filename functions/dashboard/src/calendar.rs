//! What an organisation has to do, and what it waits for, as a calendar (D1).

use claim_domain::claim::Status;
use claim_domain::clock::Party;
use claim_http::{Problem, Request};
use claim_pages::{entries, entries_file};
use claim_store::{Filter, ListOrder, ListQuery, ListScope, Listed};
use lambda_http::{Body, Response};

use crate::Dashboard;

/// The calendar.
pub(crate) async fn file(dashboard: &Dashboard, request: &Request) -> Result<Response<Body>, Problem> {
    let caller = dashboard.partner(request)?;
    let commands = &dashboard.app.commands;
    let partner = caller.partner.ok_or_else(Problem::not_found)?;
    let read = async |limit, after| {
        let statuses = vec![Status::PartnerActionRequired, Status::Approved, Status::Rejected];
        let query = ListQuery {
            scope: ListScope::Partner(partner.clone()),
            order: ListOrder::Due,
            limit,
            after,
            filter: Filter { statuses, ..Filter::default() },
        };
        Ok(commands.store.list(&query).await?)
    };
    let entries = entries(&commands.program.calendar.zone, read, duty).await?;
    entries_file(&dashboard.pages, request, "/claims", &entries)
}

/// What a claim waits for that concerns its organisation: in one word, and in a sentence.
fn duty(row: &Listed) -> Option<(&'static str, &'static str)> {
    Some(match (row.status, row.awaits?) {
        (Status::PartnerActionRequired, _) => ("answer", "Last day to answer and submit again"),
        (Status::Approved, Party::Partner) => ("correction", "Last day to correct the customer’s address"),
        (Status::Approved, _) => ("consent", "Last day on which the customer can deny"),
        (Status::Rejected, _) => ("dispute-window", "Last day to dispute the rejection"),
        _ => return None,
    })
}
