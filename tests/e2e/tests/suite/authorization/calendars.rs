//! The private address of a calendar opens one person's calendar to whoever has it, and nothing else (I7).

use std::sync::{Mutex, PoisonError};

use e2e::{Environment, Failed};
use local_stack::Response;

use super::sessions::{Session, send, signed_in};
use crate::fixtures::{holds, same, status};

/// The secrets of all addresses that were made.
static MADE: Mutex<Vec<String>> = Mutex::new(Vec::new());

/// The secrets of all addresses that were made.
pub(crate) fn secrets() -> Vec<String> {
    MADE.lock().unwrap_or_else(PoisonError::into_inner).clone()
}

/// The address is made, read without a session, replaced and switched off, by a partner and by a reviewer.
pub(super) fn addresses(environment: &Environment) -> Result<(), Failed> {
    for (name, page, foreign) in
        [("nadia", "/claims/calendar", "/review/calendar"), ("rita", "/review/calendar", "/claims/calendar")]
    {
        let session = signed_in(environment, name)?;
        let first = made(environment, &session, page)?;
        let answer = read(environment, &first, None)?;
        status(&answer, 200, "the calendar, without a session")?;
        same(answer.header("content-type"), Some("text/calendar; charset=utf-8"), "what it is")?;
        let kept = answer.header("cache-control").unwrap_or_default();
        holds(kept.contains("private"), &format!("nobody between keeps it: {kept}"))?;
        holds(answer.text().starts_with("BEGIN:VCALENDAR\r\n"), &answer.text())?;
        let tag = answer.header("etag").unwrap_or_default().to_owned();
        status(&read(environment, &first, Some(&tag))?, 304, "the calendar that one has already")?;
        status(&read(environment, &first.replace(page, foreign), None)?, 403, "the calendar of others")?;
        let secret = first.split_once('-').map_or("", |(_, secret)| secret);
        holds(!answer.text().contains(secret), "the calendar does not name its address")?;
        let second = made(environment, &session, page)?;
        let gone = read(environment, &first, None)?;
        status(&gone, 404, "an address that was replaced")?;
        status(&read(environment, &second, None)?, 200, "the one in its place")?;
        let fields = [("do", "off"), ("csrf", session.csrf.as_str())];
        let off = send(environment, "POST", page, Some(&session), &[], Some(&fields))?;
        status(&off, 303, "switching it off")?;
        let ended = read(environment, &second, None)?;
        same((ended.status, ended.text()), (404, gone.text()), "an address that was switched off")?;
        signed_in(environment, name)?;
        status(&read(environment, &second, None)?, 404, "and signing in switches it on no more")?;
    }
    Ok(())
}

/// Makes an address; its path.
fn made(environment: &Environment, session: &Session, page: &str) -> Result<String, Failed> {
    let fields = [("do", "make"), ("csrf", session.csrf.as_str())];
    let answer = send(environment, "POST", page, Some(session), &[], Some(&fields))?;
    status(&answer, 200, "making an address")?;
    let text = answer.text();
    let begins = format!("{page}/");
    let path = text.split('"').find_map(|part| Some(&part[part.find(&begins)?..]));
    let path = path.ok_or_else(|| Failed::new(format!("the page shows no address: {text}")))?;
    let secret = path.split_once('-').map_or("", |(_, secret)| secret.trim_end_matches(".ics"));
    holds(secret.len() == 43, &format!("an address has its 256 bits: {path}"))?;
    MADE.lock().unwrap_or_else(PoisonError::into_inner).push(secret.to_owned());
    Ok(path.to_owned())
}

fn read(environment: &Environment, path: &str, known: Option<&str>) -> Result<Response, Failed> {
    let headers: Vec<_> = known.map(|tag| ("if-none-match", tag)).into_iter().collect();
    send(environment, "GET", path, None, &headers, None)
}
