//! What an organisation has to do, and what it waits for, as a calendar (D1).

use claim_domain::claim::Status;
use claim_domain::clock::Party;
use claim_http::{Problem, Request};
use claim_pages::{Entry, entries_file};
use claim_store::{Filter, ListOrder, ListQuery, ListScope, Listed};
use lambda_http::{Body, Response};

use crate::Dashboard;

/// How many claims are read at once, the earliest due first.
const AT_ONCE: u32 = 100;
/// How often they are read at most.
const READS: usize = 5;

/// The calendar.
pub(crate) async fn file(dashboard: &Dashboard, request: &Request) -> Result<Response<Body>, Problem> {
    let caller = dashboard.partner(request)?;
    let commands = &dashboard.app.commands;
    let mut query = ListQuery {
        scope: ListScope::Partner(caller.partner.ok_or_else(Problem::not_found)?),
        order: ListOrder::Due,
        limit: AT_ONCE,
        after: None,
        filter: Filter {
            statuses: vec![Status::PartnerActionRequired, Status::Approved, Status::Rejected],
            ..Filter::default()
        },
    };
    let mut entries = Vec::new();
    for _ in 0..READS {
        let page = commands.store.list(&query).await?;
        entries.extend(page.rows.iter().filter_map(|row| {
            let (what, sentence) = duty(row)?;
            Entry::of(row, what, sentence, &commands.program.calendar.zone)
        }));
        query.after = page.next;
        if query.after.is_none() {
            break;
        }
    }
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
