//! *Workload*, for the review lead: who has how much, what is late, what comes due, and cover for a reviewer who is away.

use std::collections::BTreeMap;

use askama::Template;
use chrono::TimeDelta;
use claim_command::{CommandRequest, Expected, Outcome};
use claim_domain::calendar::{Calendar, Instant};
use claim_domain::claim::Status;
use claim_domain::clock::Party;
use claim_domain::people::{Caller, Role};
use claim_domain::refusal::Refusal;
use claim_domain::rule::Rule;
use claim_http::registry::Operation;
use claim_http::{Problem, Request};
use claim_pages::{Form, Frame, Message, Place, words};
use claim_store::{ListOrder, ListQuery, ListScope, Listed, Position};
use lambda_http::http::StatusCode;
use lambda_http::{Body, Response};
use serde_json::json;

use crate::Casework;

/// How many claims are looked at, the earliest due first.
const LOOKED_AT: usize = 500;
/// How many claims one page of the list has.
const PAGE: u32 = 100;
/// How many business days are looked ahead.
const AHEAD: u32 = 5;
/// How many claims are taken over at once.
const COVERED: usize = 25;
/// How long the longest bar of a chart is, in hundredths of the room for it.
const LONGEST: usize = 100;

/// A bar of a chart: what it counts, how many, and how long it is drawn.
struct Counted {
    label: String,
    count: usize,
    length: usize,
}

/// A chart: a table with a bar in each row.
struct Chart {
    id: &'static str,
    title: &'static str,
    what: &'static str,
    bars: Vec<Counted>,
}

/// A reviewer with claims.
struct Reviewer {
    id: String,
    name: String,
    claims: usize,
    late: usize,
    /// All that in words.
    label: String,
}

/// What became of a claim that was to be taken over.
struct Covered {
    address: String,
    name: String,
    result: String,
}

#[derive(Template)]
#[template(path = "casework/workload.html.j2")]
struct WorkloadPage {
    frame: Frame,
    form: Form,
    total: usize,
    late: usize,
    unassigned: usize,
    disputed: usize,
    /// Whether there are more claims than were looked at.
    is_cut: bool,
    charts: Vec<Chart>,
    reviewers: Vec<Reviewer>,
    covered: Vec<Covered>,
}

/// The page.
pub(crate) async fn show(casework: &Casework, request: &Request) -> Result<Response<Body>, Problem> {
    let caller = lead(casework, request)?;
    drawn(casework, request, &caller, Form::default(), Vec::new()).await
}

/// Takes over the claims of a reviewer who is away, each by a command of its own, and says what became of each.
pub(crate) async fn cover(casework: &Casework, request: &Request) -> Result<Response<Body>, Problem> {
    let caller = lead(casework, request)?;
    let mut form = Form::sent(request);
    let away = form.value("reviewer").to_owned();
    let (rows, _) = rows(casework).await?;
    let theirs = rows.iter().filter(|row| row.assigned_to.as_ref().is_some_and(|one| one.id == away));
    let theirs: Vec<&Listed> = theirs.take(COVERED).collect();
    if theirs.is_empty() {
        form.blame("reviewer", "Choose a reviewer who has claims.");
        return drawn(casework, request, &caller, form, Vec::new()).await;
    }
    let mut covered = Vec::new();
    for row in theirs {
        let command = CommandRequest {
            caller: caller.clone(),
            claim: row.id.clone(),
            expected: Expected::Anything,
            key: None,
        };
        let outcome = casework.app.carry_out(Operation::TakeOverClaim, &command, &json!({})).await?;
        let result = match outcome {
            Outcome::Written(_) | Outcome::Unchanged(_) => "Yours now.".to_owned(),
            Outcome::Stale(stale) => Message::of(&stale.into()).sentences.join(" "),
            Outcome::Refused(refusal) => Message::of(&Problem::from(*refusal)).sentences.join(" "),
        };
        covered.push(Covered {
            address: format!("/review/{}", row.id),
            name: words::line(&row.name),
            result,
        });
    }
    drawn(casework, request, &caller, Form::default(), covered).await
}

fn lead(casework: &Casework, request: &Request) -> Result<Caller, Problem> {
    let caller = casework.reviewer(request)?;
    match caller.actor.role {
        Role::ReviewLead => Ok(caller),
        _ => Err(Refusal::forbidden(Rule::D17, "The workload is the review lead’s page.").into()),
    }
}

/// The claims of the queue, the earliest due first, as far as they are looked at; and whether there are more.
async fn rows(casework: &Casework) -> Result<(Vec<Listed>, bool), Problem> {
    let (mut rows, mut after): (Vec<Listed>, Option<Position>) = (Vec::new(), None);
    loop {
        let query = ListQuery {
            scope: ListScope::Review,
            order: ListOrder::Due,
            limit: PAGE,
            after,
            filter: claim_store::Filter::default(),
        };
        let page = casework.app.commands.store.list(&query).await?;
        rows.extend(page.rows);
        after = page.next;
        if after.is_none() || rows.len() >= LOOKED_AT {
            return Ok((rows, after.is_some()));
        }
    }
}

async fn drawn(
    casework: &Casework,
    request: &Request,
    caller: &Caller,
    form: Form,
    covered: Vec<Covered>,
) -> Result<Response<Body>, Problem> {
    let (rows, is_cut) = rows(casework).await?;
    let commands = &casework.app.commands;
    let (calendar, now) = (&commands.program.calendar, commands.host.now());
    let status = if form.is_fine() { StatusCode::OK } else { StatusCode::UNPROCESSABLE_ENTITY };
    let page = WorkloadPage {
        frame: Frame::of("Workload", Place::Workload, request, caller, calendar.zone.name()),
        form,
        total: rows.len(),
        late: rows.iter().filter(|row| row.late_since.is_some()).count(),
        unassigned: rows.iter().filter(|row| row.assigned_to.is_none()).count(),
        disputed: rows.iter().filter(|row| row.disputed).count(),
        is_cut,
        charts: vec![
            Chart {
                id: "forecast",
                title: "What comes due",
                what: "Day",
                bars: forecast(&rows, calendar, now),
            },
            Chart {
                id: "ages",
                title: "How old the claims in the queue are",
                what: "Age",
                bars: ages(&rows, now),
            },
            Chart { id: "statuses", title: "Where they stand", what: "Status", bars: statuses(&rows) },
        ],
        reviewers: reviewers(&rows),
        covered,
    };
    claim_pages::page(status, &page)
}

/// How much reviewers have to do today and on each of the next business days, and what is late.
fn forecast(rows: &[Listed], calendar: &Calendar, now: Instant) -> Vec<Counted> {
    let today = calendar.day_of(now);
    let last_days = rows.iter().filter(|row| row.awaits == Some(Party::Reviewers)).filter_map(|row| {
        let due = row.next_due_at?;
        Some((due <= now, calendar.day_of(due - TimeDelta::nanoseconds(1))))
    });
    let last_days: Vec<_> = last_days.collect();
    let late = last_days.iter().filter(|(is_late, _)| *is_late).count();
    let mut bars = vec![("Late".to_owned(), late)];
    let (mut from, mut label) = (today, "Today".to_owned());
    for ahead in 1..=AHEAD {
        let until = calendar.business_day_after(today, ahead);
        let is_then = |day| from <= day && day < until;
        bars.push((label, last_days.iter().filter(|(is_late, day)| !is_late && is_then(*day)).count()));
        (from, label) = (until, words::day(until));
    }
    bars.push((label, last_days.iter().filter(|(is_late, day)| !is_late && *day == from).count()));
    drawn_bars(bars)
}

fn ages(rows: &[Listed], now: Instant) -> Vec<Counted> {
    let bounds = [("Up to a day", 1), ("Up to a week", 7), ("Up to two weeks", 14), ("Up to a month", 31)];
    let days: Vec<i64> = rows.iter().map(|row| (now - row.created_at).num_days()).collect();
    let mut from = i64::MIN;
    let mut bars = Vec::new();
    for (label, until) in bounds {
        bars.push((label.to_owned(), days.iter().filter(|age| (from..until).contains(*age)).count()));
        from = until;
    }
    bars.push(("Older".to_owned(), days.iter().filter(|age| **age >= from).count()));
    drawn_bars(bars)
}

fn statuses(rows: &[Listed]) -> Vec<Counted> {
    let shown = [Status::Submitted, Status::UnderReview, Status::PartnerActionRequired];
    let count = |status| rows.iter().filter(|row| row.status == status).count();
    drawn_bars(shown.map(|status| (words::status(status).to_owned(), count(status))).to_vec())
}

fn drawn_bars(bars: Vec<(String, usize)>) -> Vec<Counted> {
    let most = bars.iter().map(|(_, count)| *count).max().unwrap_or_default().max(1);
    bars.into_iter().map(|(label, count)| Counted { label, count, length: count * LONGEST / most }).collect()
}

/// Who reviews how much, the most first.
fn reviewers(rows: &[Listed]) -> Vec<Reviewer> {
    let mut by_id: BTreeMap<&str, Reviewer> = BTreeMap::new();
    for row in rows {
        let Some(reviewer) = &row.assigned_to else { continue };
        let known = by_id.entry(&reviewer.id).or_insert_with(|| Reviewer {
            id: reviewer.id.clone(),
            name: words::line(&reviewer.shown()),
            claims: 0,
            late: 0,
            label: String::new(),
        });
        known.claims += 1;
        known.late += usize::from(row.late_since.is_some());
    }
    let mut reviewers: Vec<Reviewer> = by_id.into_values().collect();
    for Reviewer { name, claims, late, label, .. } in &mut reviewers {
        *label = format!("{name}: {claims} in the queue, {late} of them late");
    }
    reviewers.sort_by_key(|reviewer| std::cmp::Reverse(reviewer.claims));
    reviewers
}
