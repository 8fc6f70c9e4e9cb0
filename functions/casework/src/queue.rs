//! *The queue*: the claims that reviewers have to deal with (R2), what is late on top (D5).

use askama::Template;
use claim_domain::calendar::Instant;
use claim_domain::ids::ClaimId;
use claim_domain::people::Caller;
use claim_domain::program::Program;
use claim_http::{Cursor, Problem, Query, Request};
use claim_pages::{Due, Frame, Place, to, words};
use claim_store::{
    Assigned, EXAMINED, Filter, ListOrder, ListPage, ListQuery, ListScope, Listed, Position, StoreError,
};
use lambda_http::http::StatusCode;
use lambda_http::{Body, Response};

use crate::Casework;

/// How many claims a page shows.
const PAGE: u32 = 20;

/// A part of the queue.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Tab {
    All,
    Mine,
    Unassigned,
    Contested,
    Disputes,
}

impl Tab {
    const ALL: [Self; 5] = [Self::All, Self::Mine, Self::Unassigned, Self::Contested, Self::Disputes];

    /// The part that a query asks for; all of it, if it asks for none.
    pub(crate) fn of(query: &Query) -> Self {
        let asked = query.all("tab").next().unwrap_or_default();
        Self::ALL.into_iter().find(|tab| tab.name() == asked).unwrap_or(Self::All)
    }

    pub(crate) fn name(self) -> &'static str {
        match self {
            Self::All => "all",
            Self::Mine => "mine",
            Self::Unassigned => "unassigned",
            Self::Contested => "contested",
            Self::Disputes => "disputes",
        }
    }

    fn label(self) -> &'static str {
        match self {
            Self::All => "All",
            Self::Mine => "Mine",
            Self::Unassigned => "Unassigned",
            Self::Contested => "Contested",
            Self::Disputes => "Disputes",
        }
    }

    /// What an empty page of it teaches.
    fn empty(self) -> &'static str {
        match self {
            Self::All => {
                "Nothing waits for a reviewer. Claims appear here when partners submit them, and leave when they are decided."
            }
            Self::Mine => "No claim is assigned to you. Open one that is unassigned and start its review.",
            Self::Unassigned => "Every claim in the queue has a reviewer.",
            Self::Contested => "No claim in the queue wants a product that another partner holds.",
            Self::Disputes => "No rejection is disputed.",
        }
    }

    pub(crate) fn filter(self, caller: &Caller) -> Filter {
        match self {
            Self::All => Filter::default(),
            Self::Mine => {
                Filter { assigned: Some(Assigned::To(caller.actor.id.clone())), ..Filter::default() }
            }
            Self::Unassigned => Filter { assigned: Some(Assigned::Nobody), ..Filter::default() },
            Self::Contested => Filter { contested: Some(true), ..Filter::default() },
            Self::Disputes => Filter { disputed: Some(true), ..Filter::default() },
        }
    }
}

/// A part of the queue, to choose.
struct Choice {
    address: String,
    label: &'static str,
    is_chosen: bool,
}

/// A claim in the queue.
pub(crate) struct Row {
    address: String,
    name: String,
    customer: String,
    partner: String,
    products: String,
    status: &'static str,
    tone: &'static str,
    party: &'static str,
    due: Option<Due>,
    reviewer: Option<String>,
    marks: Vec<&'static str>,
}

#[derive(Template)]
#[template(path = "casework/queue.html.j2")]
struct QueuePage {
    frame: Frame,
    tabs: Vec<Choice>,
    rows: Vec<Row>,
    empty: &'static str,
    /// The page is short, though there may be more: how many claims it looked at.
    looked_at: Option<u32>,
    is_first: bool,
    first: String,
    next: Option<String>,
}

/// The page, or the way to the claim that comes after the one that the address names.
pub(crate) async fn show(casework: &Casework, request: &Request) -> Result<Response<Body>, Problem> {
    let caller = casework.reviewer(request)?;
    if let Some(left) = request.query().all("next").next()
        && let Some(claim) = next_claim(casework, &caller, left).await?
    {
        return Ok(to(&format!("/review/{claim}")));
    }
    let tab = Tab::of(request.query());
    let after: Option<Position> = request.query().all("after").find_map(Position::from_text);
    let is_first = after.is_none();
    let list = listed(casework, &caller, tab, PAGE, after).await?;
    let commands = &casework.app.commands;
    let (program, now) = (&commands.program, commands.host.now());
    let mut frame = Frame::of("Queue", Place::Queue, request, &caller, program.calendar.zone.name());
    frame.done = done(request.query());
    let is_short = list.next.is_some() && list.rows.len() < PAGE as usize;
    let page = QueuePage {
        frame,
        tabs: Tab::ALL
            .into_iter()
            .map(|one| Choice { address: address(one, None), label: one.label(), is_chosen: one == tab })
            .collect(),
        rows: list.rows.iter().map(|row| Row::of(row, &caller, program, now)).collect(),
        empty: tab.empty(),
        looked_at: is_short.then_some(EXAMINED),
        is_first,
        first: address(tab, None),
        next: list.next.map(|place| address(tab, Some(&place.to_text()))),
    };
    claim_pages::page(StatusCode::OK, &page)
}

/// A page of a part of the queue. A place in another list, as an address that somebody changed may name, is its beginning.
pub(crate) async fn listed(
    casework: &Casework,
    caller: &Caller,
    tab: Tab,
    limit: u32,
    after: Option<Position>,
) -> Result<ListPage, Problem> {
    let query = ListQuery {
        scope: ListScope::Review,
        order: ListOrder::Due,
        limit,
        after,
        filter: tab.filter(caller),
    };
    let store = &casework.app.commands.store;
    match store.list(&query).await {
        Err(StoreError::ForeignPosition) => Ok(store.list(&ListQuery { after: None, ..query }).await?),
        page => Ok(page?),
    }
}

/// Where the claim opens that comes after this one. It is looked for only when somebody goes there: by then the queue may
/// be another one, and every page of a claim would pay for it.
pub(crate) fn next_address(left: &ClaimId) -> String {
    format!("/review?next={left}")
}

/// The claim that comes after one for a reviewer: the first of theirs, or else of those that nobody has.
async fn next_claim(casework: &Casework, caller: &Caller, left: &str) -> Result<Option<ClaimId>, Problem> {
    for tab in [Tab::Mine, Tab::Unassigned] {
        let list = listed(casework, caller, tab, 2, None).await?;
        if let Some(next) = list.rows.into_iter().find(|row| row.id.as_str() != left) {
            return Ok(Some(next.id));
        }
    }
    Ok(None)
}

fn address(tab: Tab, after: Option<&str>) -> String {
    let mut query = form_urlencoded::Serializer::new(String::new());
    if tab != Tab::All {
        query.append_pair("tab", tab.name());
    }
    if let Some(after) = after {
        query.append_pair("after", after);
    }
    let query = query.finish();
    if query.is_empty() { "/review".to_owned() } else { format!("/review?{query}") }
}

impl Row {
    pub(crate) fn of(listed: &Listed, caller: &Caller, program: &Program, now: Instant) -> Self {
        let mut marks = Vec::new();
        if listed.contested {
            marks.push("Contested");
        }
        if listed.disputed {
            marks.push("Dispute");
        }
        Self {
            address: format!("/review/{}", listed.id),
            name: words::line(&listed.name),
            customer: words::line(&listed.customer.name),
            partner: words::partner(listed.partner_name.as_deref(), &listed.mpn_id),
            products: listed.products.join(", "),
            status: words::status(listed.status),
            tone: words::tone(listed.status),
            party: listed.awaits.map_or("", words::party),
            due: listed.next_due_at.map(|due| Due::new(due, now, &program.calendar)),
            reviewer: listed.assigned_to.as_ref().map(|reviewer| match reviewer.is(&caller.actor) {
                true => "You".to_owned(),
                false => words::line(&reviewer.shown()),
            }),
            marks,
        }
    }
}

/// What has just been done, which the address says after it.
fn done(query: &Query) -> Option<String> {
    if query.all("next").next().is_some() {
        return Some("No other claim is yours, and none waits for a reviewer.".to_owned());
    }
    let sentence = match query.all("done").next()? {
        "approved" => "The claim was approved. The customer gets the notice.",
        "rejected" => "The claim was rejected. The partner gets an email.",
        "asked" => "The partner was asked for more.",
        "released" => "The claim was given back.",
        _ => return None,
    };
    Some(sentence.to_owned())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_part_of_the_queue_stands_in_the_address() {
        for tab in Tab::ALL {
            let query = address(tab, None);
            let query = Query::parse(query.split_once('?').map_or("", |(_, query)| query));
            assert_eq!(Tab::of(&query), tab);
        }
        assert_eq!(Tab::of(&Query::parse("tab=nothing")), Tab::All, "an address that somebody changed");
    }
}
