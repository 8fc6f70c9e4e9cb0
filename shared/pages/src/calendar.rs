//! What is due, as a calendar that people subscribe to in a program of theirs (RFC 5545), and the page where they get its
//! private address.

use askama::Template;
use chrono::{NaiveDate, TimeDelta};
use claim_domain::calendar::Instant;
use claim_domain::ids::ClaimId;
use claim_domain::people::{Caller, Role};
use claim_domain::zone::Zone;
use claim_http::{App, Problem, Request, respond};
use claim_session::{CALENDAR_DAYS, CalendarAddress, KnownCalendar, Secret};
use claim_store::{ListPage, Listed, Position, sha256};
use icalendar::{Calendar, Component, Event, EventLike, Property};
use lambda_http::http::StatusCode;
use lambda_http::http::header::{CACHE_CONTROL, CONTENT_DISPOSITION, ETAG};
use lambda_http::{Body, Response};

use crate::form::Form;
use crate::frame::{Frame, Place};
use crate::gate::Pages;
use crate::{send, words};

/// How many hexadecimal digits of a file's SHA-256 are its tag.
const DIGITS: usize = 32;

/// How many claims are read at once, the earliest due first.
const AT_ONCE: u32 = 100;
/// How often they are read at most.
const READS: u32 = 5;

/// How often programs are asked to look again.
const LOOK_AGAIN: TimeDelta = TimeDelta::hours(1);

/// Something that has to be done, on its last day; or that the calendar holds no more from some day on.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Entry {
    /// The claim that it is about, unless it is about the calendar.
    claim: Option<ClaimId>,
    /// What is to be done, in one word for programs. With the claim it names the entry for as long as it is there, however
    /// often it moves.
    what: &'static str,
    /// The last day, in the program's time zone: due is the first instant after it (D1).
    day: NaiveDate,
    summary: String,
    created_at: Instant,
    updated_at: Instant,
}

impl Entry {
    /// The entry for what is due next on a claim, if anything is: `what` it is in one word for programs, and `sentence` for
    /// people. A clock that pauses is not due, so it has none.
    fn of(row: &Listed, what: &'static str, sentence: &str, zone: &Zone) -> Option<Self> {
        Some(Self {
            claim: Some(row.id.clone()),
            what,
            day: last_day(row.next_due_at?, zone),
            summary: words::line(&format!("{sentence}: {} ({})", row.name, row.customer.name)),
            created_at: row.created_at,
            updated_at: row.updated_at,
        })
    }

    /// The entry of a calendar that ends with these claims, though more are due: on the last day that it knows of. Claims
    /// on which nothing is due come after all others.
    fn of_more(read: &[Listed], zone: &Zone) -> Option<Self> {
        let changed = read.iter().map(|row| row.updated_at).max()?;
        Some(Self {
            claim: None,
            what: "more",
            day: last_day(read.last()?.next_due_at?, zone),
            summary: "This calendar ends here: there are too many claims for it. Your list has them all."
                .to_owned(),
            created_at: Instant::UNIX_EPOCH,
            updated_at: changed,
        })
    }

    fn event(&self, address: &str) -> Event {
        let (name, opens) = match &self.claim {
            Some(claim) => (format!("{claim}-{}", self.what), "Open the claim"),
            None => (self.what.to_owned(), "Open the list"),
        };
        let changed = (self.updated_at - self.created_at).num_seconds();
        let mut event = Event::new();
        event
            .uid(&format!("{name}@claimed-partner-of-record"))
            // Programs take a later number, or a later stamp, for the entry moved.
            .sequence(u32::try_from(changed).unwrap_or_default())
            .timestamp(self.updated_at)
            .last_modified(self.updated_at)
            .starts(self.day)
            .ends(self.day + TimeDelta::days(1))
            .summary(&self.summary)
            .description(&format!("{opens}: {address}"))
            .url(address)
            // A day on which something ends does not make anybody busy.
            .append_property(Property::new("TRANSP", "TRANSPARENT"));
        event.done()
    }
}

/// The last day of what is due: due is the first instant after it (D1).
fn last_day(due: Instant, zone: &Zone) -> NaiveDate {
    (due - TimeDelta::nanoseconds(1)).with_timezone(zone).date_naive()
}

/// What is due on the claims that `read` gives, so many at a time, from a position on, the earliest due first. `duty` says
/// what is to be done with a claim: in one word for programs, and in a sentence. A calendar that cannot hold them all says
/// so on its last day.
///
/// # Errors
/// Those of reading.
pub async fn entries(
    zone: &Zone,
    read: impl AsyncFn(u32, Option<Position>) -> Result<ListPage, Problem>,
    duty: impl Fn(&Listed) -> Option<(&'static str, &'static str)>,
) -> Result<Vec<Entry>, Problem> {
    let (mut rows, mut after) = (Vec::new(), None);
    for _ in 0..READS {
        let page = read(AT_ONCE, after).await?;
        rows.extend(page.rows);
        after = page.next;
        if after.is_none() {
            break;
        }
    }
    let due = rows.iter().filter_map(|row| duty(row).and_then(|(what, say)| Entry::of(row, what, say, zone)));
    let more = after.and_then(|_| Entry::of_more(&rows, zone));
    Ok(due.chain(more).collect())
}

/// The calendar with these entries, or only that it has not changed (304). `place` is the path below which claims are.
///
/// # Errors
/// `malformed-request` for an `If-None-Match` of another form.
pub fn entries_file(
    pages: &Pages,
    request: &Request,
    place: &str,
    entries: &[Entry],
) -> Result<Response<Body>, Problem> {
    let text = written(entries, |claim| match claim {
        Some(claim) => pages.whole(request, &format!("{place}/{claim}")),
        None => pages.whole(request, place),
    });
    let tag = sha256(text.as_bytes());
    let tag = format!("\"{}\"", tag.as_str().get(..DIGITS).unwrap_or_default());
    let response = respond::text(StatusCode::OK, "text/calendar; charset=utf-8", text);
    let response =
        respond::with(response, &[(ETAG, &tag), (CONTENT_DISPOSITION, "inline; filename=\"deadlines.ics\"")]);
    let response = respond::unless_known(request.headers(), response)?;
    Ok(respond::with(response, &[(CACHE_CONTROL, "private, no-cache")]))
}

fn written(entries: &[Entry], address: impl Fn(Option<&ClaimId>) -> String) -> String {
    let mut calendar = Calendar::empty();
    calendar.append_property(Property::new("VERSION", "2.0"));
    calendar.append_property(Property::new("PRODID", "-//Claimed Partner of Record//Deadlines//EN"));
    calendar.append_property(Property::new("METHOD", "PUBLISH"));
    calendar.name("Claimed Partner of Record: deadlines").ttl(&LOOK_AGAIN);
    for entry in entries {
        calendar.push(entry.event(&address(entry.claim.as_ref())));
    }
    calendar.to_string()
}

/// Says on a request for a calendar whose it is, by its private address. Nothing else is asked of whoever has it.
///
/// # Errors
/// Not found, for an address that is unknown or has ended, always the same; a failing table.
pub async fn enter_calendar(pages: &Pages, app: &App, request: &mut Request) -> Result<(), Problem> {
    let address: CalendarAddress = request.named("token")?;
    let found = pages.sessions.calendar(&address, app.commands.host.now()).await;
    let claims = found.map_err(Problem::internal)?.ok_or_else(Problem::not_found)?;
    request.sign_in(claims, String::new());
    // A role that is none of ours any more has no calendar either.
    app.caller(request).map(drop).map_err(|_| Problem::not_found())
}

#[derive(Template)]
#[template(path = "calendar.html.j2")]
struct CalendarPage {
    frame: Frame,
    form: Form,
    /// Where the form goes.
    path: String,
    /// When the address was made, and until when it works, if there is one.
    known: Option<(String, String)>,
    /// The address, on the page that made it alone.
    made: Option<String>,
    days: i64,
    what: &'static str,
}

/// The page that says whether one has a private address.
///
/// # Errors
/// A failing table.
pub async fn calendar_page(
    pages: &Pages,
    app: &App,
    request: &Request,
    caller: &Caller,
) -> Result<Response<Body>, Problem> {
    let known = pages.sessions.known_calendar(subject(request)?).await.map_err(Problem::internal)?;
    let mut page = CalendarPage::of(app, request, caller, known);
    if request.query().all("done").any(|done| done == "off") {
        page.frame.done = Some("Your calendar’s address was switched off.".to_owned());
    }
    send::page(StatusCode::OK, &page)
}

/// Makes an address, in place of the one that there may have been, and shows it once; or switches it off.
///
/// # Errors
/// A failing table.
pub async fn change_calendar(
    pages: &Pages,
    app: &App,
    request: &Request,
    caller: &Caller,
) -> Result<Response<Body>, Problem> {
    let (form, path, now) = (Form::sent(request), request.path(), app.commands.host.now());
    if form.value("do") == "off" {
        pages.sessions.end_calendar(subject(request)?).await.map_err(Problem::internal)?;
        return Ok(send::to(&format!("{path}?done=off")));
    }
    let claims = request.received().token().ok_or_else(Problem::not_found)?;
    let secret = Secret::fresh(&*app.commands.host).map_err(Problem::internal)?;
    let address = pages.sessions.make_calendar(claims, secret, now).await.map_err(Problem::internal)?;
    let mut page = CalendarPage::of(app, request, caller, None);
    page.made = Some(pages.whole(request, &format!("{path}/{}", address.reveal())));
    send::page(StatusCode::OK, &page)
}

impl CalendarPage {
    fn of(app: &App, request: &Request, caller: &Caller, known: Option<KnownCalendar>) -> Self {
        let zone = &app.commands.program.calendar.zone;
        let day = |at: Instant| words::day(at.with_timezone(zone).date_naive());
        Self {
            frame: Frame::of(
                "Your deadlines in your calendar",
                Place::Elsewhere,
                request,
                caller,
                zone.name(),
            ),
            form: Form::default(),
            path: request.path(),
            known: known.map(|known| (day(known.made_at), day(known.until))),
            made: None,
            days: CALENDAR_DAYS,
            what: match caller.actor.role {
                role if role.is_partner() => {
                    "until when your organisation can answer a reviewer, correct a customer’s address or dispute a \
                     rejection, and until when a customer can deny"
                }
                Role::ReviewLead => "by when every claim in the queue is to be dealt with",
                _ => "by when the claims that are assigned to you are to be decided",
            },
        }
    }
}

/// Whose page it is: the token's `sub`.
fn subject(request: &Request) -> Result<&str, Problem> {
    let subject = request.received().token().and_then(|token| token.get("sub"));
    subject.map(String::as_str).ok_or_else(Problem::not_found)
}

#[cfg(test)]
mod tests {
    use std::cell::Cell;
    use std::pin::pin;
    use std::task::{Context, Poll, Waker};

    use super::*;

    const CLAIM: &str = "01J9ZK3E8Q0000000000000001";

    fn at(text: &str) -> Instant {
        text.parse().unwrap()
    }

    fn entry(day: &str, summary: &str, updated_at: &str) -> Entry {
        Entry {
            claim: Some(CLAIM.parse().unwrap()),
            what: "answer",
            day: day.parse().unwrap(),
            summary: summary.to_owned(),
            created_at: at("2026-11-02T08:00:00Z"),
            updated_at: at(updated_at),
        }
    }

    /// The lines of a calendar, those that were folded whole again.
    fn lines(entries: &[Entry]) -> Vec<String> {
        let text = written(entries, |claim| match claim {
            Some(claim) => format!("https://claims.example/claims/{claim}"),
            None => "https://claims.example/claims".to_owned(),
        });
        assert!(text.split("\r\n").all(|line| line.len() <= 75 && !line.contains(['\r', '\n'])), "{text}");
        text.replace("\r\n ", "").split("\r\n").map(str::to_owned).collect()
    }

    fn value<'l>(lines: &'l [String], name: &str) -> &'l str {
        let found: Vec<_> = lines.iter().filter(|line| line.starts_with(name)).collect();
        assert_eq!(found.len(), 1, "{name} in {lines:?}");
        &found[0][name.len()..]
    }

    #[test]
    fn an_entry_is_the_whole_last_day_and_keeps_nobody_busy() {
        claim_domain::proves!(D1);
        let lines =
            lines(&[entry("2026-11-27", "Last day to answer: Rollout (Contoso)", "2026-11-20T08:00:00Z")]);
        assert_eq!(value(&lines, "DTSTART;VALUE=DATE:"), "20261127");
        assert_eq!(value(&lines, "DTEND;VALUE=DATE:"), "20261128", "the first day after it");
        assert_eq!(value(&lines, "TRANSP:"), "TRANSPARENT");
        assert_eq!(value(&lines, "SUMMARY:"), "Last day to answer: Rollout (Contoso)");
        assert_eq!(value(&lines, "URL:"), format!("https://claims.example/claims/{CLAIM}"));
    }

    #[test]
    fn an_entry_that_moves_keeps_its_name_and_rises_in_number() {
        claim_domain::proves!(D4);
        let before = lines(&[entry("2026-11-27", "Decide", "2026-11-20T08:00:00Z")]);
        let after = lines(&[entry("2026-12-04", "Decide", "2026-11-25T08:00:00Z")]);
        assert_eq!(value(&before, "UID:"), value(&after, "UID:"));
        let number = |lines: &[String]| value(lines, "SEQUENCE:").parse::<u32>().unwrap();
        assert!(number(&before) < number(&after));
        assert!(value(&before, "DTSTAMP:") < value(&after, "DTSTAMP:"));
    }

    #[test]
    fn a_hostile_name_is_a_text_and_no_line_of_a_calendar() {
        let hostile = "a,b;c\\n\r\nATTENDEE:mailto:x@y.example\nEND:VEVENT\u{2028}\u{85}";
        let summary = words::line(hostile);
        let lines =
            lines(&[entry("2026-11-27", &format!("{summary}{}", "ä".repeat(200)), "2026-11-20T08:00:00Z")]);
        assert!(!lines.iter().any(|line| line.starts_with("ATTENDEE")), "{lines:?}");
        assert_eq!(lines.iter().filter(|line| *line == "END:VEVENT").count(), 1);
        let summary = value(&lines, "SUMMARY:");
        assert!(summary.starts_with("a\\,b\\;c\\\\n"), "{summary}");
    }

    /// What is read of so many claims, one due on each day from 1 November on.
    fn read_of(claims: usize) -> Vec<Entry> {
        let row = |number: usize| -> Listed {
            let due = at("2026-11-02T00:00:00Z") + TimeDelta::days(i64::try_from(number).unwrap());
            serde_json::from_value(serde_json::json!({
                "id": CLAIM, "revision": 1, "status": "submitted", "name": "Rollout", "partnerId": "contoso",
                "mpnId": "1001", "solutionArea": "Microsoft 365", "products": ["Teams"], "contested": false,
                "customer": { "tenantId": "11111111-2222-3333-4444-555555555555", "name": "Customer" },
                "nextDueAt": due, "createdAt": "2026-10-01T00:00:00Z", "updatedAt": "2026-10-01T00:00:00Z",
            }))
            .unwrap()
        };
        let position = serde_json::json!({
            "list": "review", "order": "due", "place": format!("9999#{CLAIM}"), "claim": CLAIM,
        });
        let position: Position = serde_json::from_value(position).unwrap();
        let begun = Cell::new(0);
        let read = async |limit: u32, _: Option<Position>| {
            let from = begun.get();
            begun.set(claims.min(from + limit as usize));
            let next = (begun.get() < claims).then(|| position.clone());
            Ok(ListPage { rows: (from..begun.get()).map(row).collect(), next })
        };
        let duty = |_: &Listed| Some(("start", "Start"));
        let zone = "Etc/UTC".parse().unwrap();
        let read = pin!(entries(&zone, read, duty));
        match read.poll(&mut Context::from_waker(Waker::noop())) {
            Poll::Ready(entries) => entries.unwrap(),
            Poll::Pending => unreachable!("nothing waits"),
        }
    }

    #[test]
    fn a_calendar_that_cannot_hold_everything_says_so_on_its_last_day() {
        let whole = read_of(500);
        assert_eq!(whole.len(), 500);
        assert!(whole.iter().all(|entry| entry.claim.is_some()));
        let cut = read_of(501);
        assert_eq!((&cut[..500], cut.len()), (&whole[..], 501));
        let last = lines(&cut[500..]);
        assert!(value(&last, "SUMMARY:").starts_with("This calendar ends here"));
        assert_eq!(cut[500].day, whole[499].day);
        assert_eq!(value(&last, "URL:"), "https://claims.example/claims");
    }

    #[test]
    fn the_same_entries_are_the_same_calendar() {
        let one = || lines(&[entry("2026-11-27", "Decide", "2026-11-20T08:00:00Z")]);
        assert_eq!(one(), one(), "so that who has it is told so");
    }
}
