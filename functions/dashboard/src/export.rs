//! The list of claims as a file (RFC 4180).

use claim_domain::calendar::Instant;
use claim_domain::clock::Party;
use claim_domain::ids::PartnerId;
use claim_http::{App, Problem, respond, sheet};
use claim_pages::words;
use claim_store::{ListQuery, Listed};
use lambda_http::http::StatusCode;
use lambda_http::http::header::CONTENT_DISPOSITION;
use lambda_http::{Body, Response};

use crate::claims::{Asked, next};

/// How many claims a file has at most.
pub(crate) const BOUND: u32 = 1_000;
/// How many claims are read at once.
const AT_ONCE: u32 = 100;
/// How often they are read at most.
const READS: usize = 10;

/// The columns.
const COLUMNS: [&str; 16] = [
    "Claim",
    "Claim id",
    "Customer",
    "Tenant id",
    "Product family",
    "Products",
    "MPN id",
    "Status",
    "Next step",
    "Who acts",
    "Last day",
    "Late",
    "Contested",
    "Emails undeliverable",
    "Created",
    "Changed",
];

/// The list as it is asked for, in a file, from its beginning. If it is longer than the file can be, the file's name says so.
pub(crate) async fn file(
    app: &App,
    partner: &PartnerId,
    asked: &Asked,
    now: Instant,
) -> Result<Response<Body>, Problem> {
    let mut query = ListQuery { after: None, ..asked.list(partner, AT_ONCE) };
    let mut rows = Vec::new();
    for _ in 0..READS {
        let page = app.commands.store.list(&query).await?;
        rows.extend(page.rows);
        query.after = page.next;
        if query.after.is_none() {
            break;
        }
    }
    let is_cut = query.after.is_some();
    rows.truncate(BOUND as usize);
    let day = app.commands.program.calendar.day_of(now);
    let name = match is_cut {
        true => format!("customer-associations-{day}-first-{}.csv", rows.len()),
        false => format!("customer-associations-{day}.csv"),
    };
    let text = written(&rows, app, now).map_err(Problem::internal)?;
    let response = respond::text(StatusCode::OK, "text/csv; charset=utf-8; header=present", text);
    Ok(respond::with(response, &[(CONTENT_DISPOSITION, &format!("attachment; filename=\"{name}\""))]))
}

fn written(
    rows: &[Listed],
    app: &App,
    now: Instant,
) -> Result<String, Box<dyn std::error::Error + Send + Sync>> {
    let zone = &app.commands.program.calendar.zone;
    let yes = |is: bool| if is { "yes" } else { "no" }.to_owned();
    let cells = rows.iter().map(|row| {
        let cells = [
            row.name.clone(),
            row.id.to_string(),
            row.customer.name.clone(),
            row.customer.tenant_id.to_string(),
            words::area(row.solution_area).to_owned(),
            row.products.join("; "),
            row.mpn_id.to_string(),
            words::status(row.status).to_owned(),
            next(row).to_owned(),
            row.awaits.map(party).unwrap_or_default().to_owned(),
            row.next_due_at.map(|due| words::last_day(due, zone)).unwrap_or_default(),
            yes(row.next_due_at.is_some_and(|due| due <= now)),
            yes(row.contested),
            yes(row.undeliverable),
            words::machine(row.created_at),
            words::machine(row.updated_at),
        ];
        cells.map(|cell| words::line(&cell))
    });
    sheet(Some(&COLUMNS), cells)
}

fn party(party: Party) -> &'static str {
    match party {
        Party::Partner => "You",
        Party::Reviewers | Party::Customer => words::party(party),
    }
}
