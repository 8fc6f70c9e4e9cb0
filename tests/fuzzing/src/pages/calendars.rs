//! The private addresses of calendars: how long they work, and for whom.

use chrono::TimeDelta;
use claim_domain::claim::Status;
use serde_json::json;

use super::{ANA, Pages, RITA};
use crate::fixture::{Answer, TestRequest, ana, rita};

/// Gives a person an address; its path.
fn made(pages: &Pages, number: u8, page: &str) -> String {
    let made = pages.post_as(number, page, &[("do", "make")]);
    assert_eq!(made.status, 200, "{}", made.body);
    let begins = format!("{page}/");
    let path = made.body.split('"').find_map(|part| Some(&part[part.find(&begins)?..]));
    path.unwrap_or_else(|| panic!("no address: {}", made.body)).to_owned()
}

/// Reads a calendar as a program of its person does, which knows nothing but the address.
fn read(pages: &Pages, path: &str) -> Answer {
    let mut request = TestRequest::new("GET", path, json!(null));
    request.token = None;
    pages.fixture.send(&request)
}

#[test]
fn a_role_that_is_taken_away_takes_the_calendar_along() {
    claim_domain::proves!(I7);
    let pages = Pages::new();
    let unknown = read(&pages, &made(&pages, RITA, "/review/calendar").replace('-', "-A")).body;
    for (groups, status) in [("[]", 404), ("[somebody-else]", 404), ("[incentives-admin]", 403)] {
        let address = made(&pages, RITA, "/review/calendar");
        assert_eq!(read(&pages, &address).status, 200);
        let mut changed = rita();
        changed["cognito:groups"] = json!(groups);
        changed["partner_id"] = json!("contoso");
        changed["mpn_ids"] = json!("1001");
        pages.sign_in(RITA, &changed);
        let answer = read(&pages, &address);
        assert_eq!(answer.status, status, "{groups}: {}", answer.body);
        assert!(!answer.body.contains("BEGIN:VCALENDAR"), "{groups}");
        assert!(status != 404 || answer.body == unknown, "{groups}: as if it had never been there");
        pages.sign_in(RITA, &rita());
        assert_eq!(read(&pages, &address).status, 200, "{groups}: it comes back with the role");
    }
}

#[test]
fn a_calendar_works_for_14_days_after_the_last_sign_in() {
    claim_domain::proves!(I7);
    let pages = Pages::new();
    pages.claim(Status::Approved);
    let address = made(&pages, ANA, "/claims/calendar");
    let at = |days: i64, seconds| {
        pages.fixture.passes(TimeDelta::days(days) + TimeDelta::seconds(seconds));
        read(&pages, &address).status
    };
    assert_eq!((at(0, 0), at(14, -1), at(14, 0)), (200, 200, 404));
    // Whoever signs in again finds it working, as before.
    pages.sign_in(ANA, &ana());
    assert_eq!((at(14, 0), at(28, -1), at(28, 0)), (200, 200, 404));
}
