//! *Customer associations*: the claims of an organisation, those that need it first.

use std::collections::BTreeSet;

use askama::Template;
use claim_domain::calendar::Instant;
use claim_domain::catalogue::SolutionArea;
use claim_domain::claim::Status;
use claim_domain::clock::Party;
use claim_domain::ids::PartnerId;
use claim_domain::people::Caller;
use claim_domain::program::Program;
use claim_http::{App, Cursor, Problem, Query, Request};
use claim_pages::{Due, Frame, Place, words};
use claim_session::BegunDraft;
use claim_store::{EXAMINED, Filter, ListOrder, ListPage, ListQuery, ListScope, Listed, Position};
use lambda_http::http::StatusCode;
use lambda_http::{Body, Response};

use crate::{Dashboard, export};

/// How many claims a page shows.
const PAGE: u32 = 20;
/// How many claims that need the organisation are shown above the others.
const NEEDS: u32 = 20;
/// How many begun claims are shown above the others.
const BEGUN: usize = 10;
/// The longest text that is searched for, in characters.
const LONGEST_SEARCH: usize = 200;

/// What the query of the page's address asks for. What it does not know it leaves alone, since people change addresses.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct Asked {
    /// The text to search for; empty for none.
    pub(crate) search: String,
    pub(crate) status: Option<Status>,
    pub(crate) area: Option<SolutionArea>,
    pub(crate) order: ListOrder,
    after: Option<Position>,
}

impl Asked {
    pub(crate) fn of(query: &Query) -> Self {
        let one = |name| query.all(name).next().unwrap_or_default();
        Self {
            search: one("search").trim().chars().take(LONGEST_SEARCH).collect(),
            status: Status::ALL.into_iter().find(|status| slug(words::status(*status)) == one("status")),
            area: SolutionArea::ALL.into_iter().find(|area| slug(words::area(*area)) == one("area")),
            order: if one("sort") == "updated" { ListOrder::Updated } else { ListOrder::Due },
            after: query.all("after").find_map(Position::from_text),
        }
    }

    fn is_filtered(&self) -> bool {
        !self.search.is_empty() || self.status.is_some() || self.area.is_some()
    }

    pub(crate) fn list(&self, partner: &PartnerId, limit: u32) -> ListQuery {
        ListQuery {
            scope: ListScope::Partner(partner.clone()),
            order: self.order,
            limit,
            after: self.after.clone(),
            filter: Filter {
                statuses: self.status.into_iter().collect(),
                area: self.area,
                named: Some(self.search.clone()).filter(|search| !search.is_empty()),
                ..Filter::default()
            },
        }
    }

    /// The address of the page with one thing more in its query.
    fn address(&self, more: Option<(&str, &str)>) -> String {
        let mut query = form_urlencoded::Serializer::new(String::new());
        if !self.search.is_empty() {
            query.append_pair("search", &self.search);
        }
        if let Some(status) = self.status {
            query.append_pair("status", &slug(words::status(status)));
        }
        if let Some(area) = self.area {
            query.append_pair("area", &slug(words::area(area)));
        }
        if self.order == ListOrder::Updated {
            query.append_pair("sort", "updated");
        }
        if let Some((name, value)) = more {
            query.append_pair(name, value);
        }
        let query = query.finish();
        if query.is_empty() { "/claims".to_owned() } else { format!("/claims?{query}") }
    }
}

/// A label as addresses write it: `in-review`.
fn slug(label: &str) -> String {
    label.to_lowercase().replace(' ', "-")
}

/// A choice of a filter.
struct Choice {
    value: String,
    label: &'static str,
    is_chosen: bool,
}

/// A claim in the list.
struct Row {
    address: String,
    name: String,
    customer: String,
    products: String,
    status: &'static str,
    tone: &'static str,
    /// What happens next, and who does it.
    next: &'static str,
    due: Option<Due>,
    /// What else there is to know.
    marks: Vec<&'static str>,
    updated: (String, String),
}

/// A claim that is begun and not yet complete enough to be one.
struct Begun {
    address: String,
    name: String,
    saved: (String, String),
}

#[derive(Template)]
#[template(path = "dashboard/claims.html.j2")]
struct ClaimsPage {
    frame: Frame,
    search: String,
    statuses: Vec<Choice>,
    areas: Vec<Choice>,
    orders: Vec<Choice>,
    is_filtered: bool,
    is_first: bool,
    begun: Vec<Begun>,
    more_begun: usize,
    needs: Vec<Row>,
    /// Whether more claims need the organisation than are shown above the others.
    more_needs: bool,
    rows: Vec<Row>,
    /// The page is short, though there may be more.
    looked_at: Option<u32>,
    first: String,
    next: Option<String>,
    export: String,
    export_bound: String,
}

/// The page, or its list as a file.
pub(crate) async fn show(dashboard: &Dashboard, request: &Request) -> Result<Response<Body>, Problem> {
    let caller = dashboard.partner(request)?;
    let partner = caller.partner.clone().ok_or_else(Problem::not_found)?;
    let asked = Asked::of(request.query());
    let now = dashboard.app.commands.host.now();
    if request.query().all("format").any(|format| format == "csv") {
        return export::file(&dashboard.app, &partner, &asked, now).await;
    }
    let is_first = asked.after.is_none();
    let is_whole = is_first && !asked.is_filtered();
    let (list, needs, begun) = if is_whole {
        tokio::try_join!(
            listed(&dashboard.app, &asked, &partner),
            needing(&dashboard.app, &partner),
            begun(dashboard, &partner, now),
        )?
    } else {
        (listed(&dashboard.app, &asked, &partner).await?, ListPage::default(), Vec::new())
    };
    let page = made(&dashboard.app, request, &caller, asked, (list, needs, begun), now);
    claim_pages::page(StatusCode::OK, &page)
}

/// A page of the list. A place in another list, as an address that somebody changed may name, is the list's beginning.
async fn listed(app: &App, asked: &Asked, partner: &PartnerId) -> Result<ListPage, Problem> {
    let query = asked.list(partner, PAGE);
    match app.commands.store.list(&query).await {
        Err(claim_store::StoreError::ForeignPosition) => {
            Ok(app.commands.store.list(&ListQuery { after: None, ..query }).await?)
        }
        page => Ok(page?),
    }
}

/// The claims that need the organisation, the earliest due first. They have an index of their own, so that none is overlooked
/// however many others there are.
async fn needing(app: &App, partner: &PartnerId) -> Result<ListPage, Problem> {
    let query = ListQuery {
        scope: ListScope::Needing(partner.clone()),
        order: ListOrder::Due,
        limit: NEEDS,
        after: None,
        filter: Filter::default(),
    };
    Ok(app.commands.store.list(&query).await?)
}

async fn begun(dashboard: &Dashboard, partner: &PartnerId, now: Instant) -> Result<Vec<BegunDraft>, Problem> {
    dashboard.pages.sessions.drafts(partner, now).await.map_err(Problem::internal)
}

fn made(
    app: &App,
    request: &Request,
    caller: &Caller,
    asked: Asked,
    (list, needs, begun): (ListPage, ListPage, Vec<BegunDraft>),
    now: Instant,
) -> ClaimsPage {
    let program = &app.commands.program;
    let zone = &program.calendar.zone;
    let mut frame = Frame::of("Customer associations", Place::Claims, request, caller, zone.name());
    frame.done = done(request.query());
    let shown_above: BTreeSet<_> = needs.rows.iter().map(|row| row.id.clone()).collect();
    let is_short = list.next.is_some() && list.rows.len() < PAGE as usize;
    let choice = |label, is_chosen| Choice { value: slug(label), label, is_chosen };
    let statuses = Status::ALL.into_iter().filter(|status| *status != Status::Discarded);
    ClaimsPage {
        search: asked.search.clone(),
        statuses: statuses
            .map(|status| choice(words::status(status), asked.status == Some(status)))
            .collect(),
        areas: SolutionArea::ALL
            .into_iter()
            .map(|area| choice(words::area(area), asked.area == Some(area)))
            .collect(),
        orders: vec![
            Choice {
                value: "due".to_owned(),
                label: "What is due first",
                is_chosen: asked.order == ListOrder::Due,
            },
            Choice {
                value: "updated".to_owned(),
                label: "What changed last",
                is_chosen: asked.order == ListOrder::Updated,
            },
        ],
        is_filtered: asked.is_filtered(),
        is_first: asked.after.is_none(),
        more_begun: begun.len().saturating_sub(BEGUN),
        begun: begun
            .into_iter()
            .take(BEGUN)
            .map(|draft| Begun {
                address: format!("/drafts/{}", draft.id),
                name: match words::line(&draft.name) {
                    name if name.trim().is_empty() => "A claim without a name".to_owned(),
                    name => name,
                },
                saved: (words::machine(draft.saved_at), words::moment(draft.saved_at, zone)),
            })
            .collect(),
        needs: needs.rows.iter().map(|row| Row::of(row, program, now)).collect(),
        more_needs: needs.next.is_some(),
        rows: list
            .rows
            .iter()
            .filter(|row| !shown_above.contains(&row.id))
            .map(|row| Row::of(row, program, now))
            .collect(),
        looked_at: is_short.then_some(EXAMINED),
        first: asked.address(None),
        next: list.next.map(|place| asked.address(Some(("after", &place.to_text())))),
        export: asked.address(Some(("format", "csv"))),
        export_bound: format!("{},{:03}", export::BOUND / 1_000, export::BOUND % 1_000),
        frame,
    }
}

impl Row {
    fn of(listed: &Listed, program: &Program, now: Instant) -> Self {
        let due = listed.next_due_at.map(|due| Due::new(due, now, &program.calendar));
        let mut marks = Vec::new();
        // The mark of a claim that is decided is that of its last review.
        let is_open =
            matches!(listed.status, Status::Submitted | Status::UnderReview | Status::PartnerActionRequired);
        if listed.contested && is_open {
            marks.push("Contested: another partner holds one of the products");
        }
        if listed.undeliverable {
            marks.push("Emails do not reach your contact");
        }
        Self {
            address: format!("/claims/{}", listed.id),
            name: words::line(&listed.name),
            customer: words::line(&listed.customer.name),
            products: listed.products.join(", "),
            status: words::status(listed.status),
            tone: words::tone(listed.status),
            next: next(listed),
            due,
            marks,
            updated: (
                words::machine(listed.updated_at),
                words::moment(listed.updated_at, &program.calendar.zone),
            ),
        }
    }
}

/// What happens next to a claim, and who does it.
pub(crate) fn next(listed: &Listed) -> &'static str {
    match (listed.status, listed.awaits) {
        (Status::Editing, _) => "Finish the claim and submit it",
        (Status::Submitted, _) => "A reviewer begins",
        (Status::UnderReview, _) => "A reviewer decides",
        (Status::PartnerActionRequired, _) => "Answer, and submit again",
        (Status::Approved, Some(Party::Partner)) => "Correct the customer’s address",
        (Status::Approved, Some(_)) => "The customer can deny",
        (Status::Approved, None) => "Nothing for you to do",
        (Status::Rejected, Some(_)) => "You can dispute the rejection",
        (Status::Rejected | Status::Discarded, _) => "Closed",
    }
}

/// What has just been done, which the address of the list says after it.
fn done(query: &Query) -> Option<String> {
    let done = query.all("done").next()?;
    (done == "discarded").then(|| "The claim was discarded.".to_owned())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_is_asked_stands_in_the_address() {
        let text = "search=Zo%C3%AB+%26+co&status=in-review&area=microsoft-365&sort=updated";
        let asked = Asked::of(&Query::parse(text));
        assert_eq!((asked.search.as_str(), asked.status), ("Zoë & co", Some(Status::UnderReview)));
        assert_eq!((asked.area, asked.order), (Some(SolutionArea::Microsoft365), ListOrder::Updated));
        assert_eq!(asked.address(None), format!("/claims?{text}"));
    }

    #[test]
    fn an_address_that_somebody_changed_still_opens_the_list() {
        let asked = Asked::of(&Query::parse("status=underReview&area=x&sort=name&after=%%%&colour=red"));
        assert_eq!(asked, Asked::of(&Query::default()));
        assert_eq!(asked.address(None), "/claims");
    }
}
