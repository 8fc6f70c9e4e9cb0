//! How long what is kept in the table of sessions means something, and when the table may clean it up. The table in memory
//! deletes nothing by itself.

use test_support::MemoryTable;

use super::*;
use crate::calendar::CalendarAddress;

const BEGAN: &str = "2026-03-02T09:00:00Z";

fn at(text: &str) -> Instant {
    text.parse().unwrap()
}

fn secret() -> Secret {
    "AAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAA".parse().unwrap()
}

fn partner() -> PartnerId {
    "contoso".parse().unwrap()
}

fn sessions() -> Sessions {
    Sessions::over(Arc::new(MemoryTable::of_sessions()), test_support::SESSIONS)
}

fn claims() -> HashMap<String, String> {
    [("sub".to_owned(), "u-1".to_owned())].into()
}

/// A session that began at an instant, whose token is good for a day.
fn session(began: &str) -> Session {
    let began_at = at(began);
    Session {
        claims: claims(),
        csrf: "c".to_owned(),
        refresh_token: None,
        id_token: None,
        began_at,
        fresh_until: began_at + TimeDelta::days(1),
    }
}

/// A begun claim that was saved at an instant.
fn draft(saved: &str) -> Draft {
    Draft {
        id: "01J0000000000000000000000A".to_owned(),
        name: "Rollout".to_owned(),
        fields: Vec::new(),
        saved_at: at(saved),
        revision: 1,
    }
}

/// When the table may clean an item up.
async fn cleaned_up(sessions: &Sessions, key: Key<'_>) -> Instant {
    let item = sessions.get(&key).await.unwrap().unwrap();
    let seconds = item["ttl"].as_n().unwrap().parse().unwrap();
    chrono::DateTime::from_timestamp(seconds, 0).unwrap()
}

#[tokio::test]
async fn a_sign_in_has_ten_minutes_and_comes_back_once() {
    for (now, is_known) in [("2026-03-02T09:09:59Z", true), ("2026-03-02T09:10:00Z", false)] {
        let sessions = sessions();
        sessions.begin_sign_in(&secret(), &claims(), at(BEGAN)).await.unwrap();
        let known = sessions.finish_sign_in(&secret(), at(now)).await.unwrap();
        assert_eq!(known, is_known.then(claims), "begun at {BEGAN}, back at {now}");
        let again = sessions.finish_sign_in::<HashMap<String, String>>(&secret(), at(BEGAN)).await.unwrap();
        assert_eq!(again, None, "it is over once it came back");
    }
}

#[tokio::test]
async fn a_session_that_is_over_is_known_for_another_day() {
    let sessions = sessions();
    sessions.begin(&secret(), &session(BEGAN)).await.unwrap();
    let over = Standing::Over { subject: "u-1".to_owned() };
    for (now, expected) in [
        ("2026-03-02T20:59:59Z", Standing::Fresh(session(BEGAN))),
        ("2026-03-02T21:00:00Z", over.clone()),
        ("2026-03-03T20:59:59Z", over),
    ] {
        let found = sessions.find(&secret(), at(now)).await.unwrap();
        assert_eq!(found, Some(expected), "begun at {BEGAN}, for twelve hours: at {now}");
    }
    let until = cleaned_up(&sessions, Key::Session(&secret().hash())).await;
    assert_eq!(until, at("2026-03-03T21:00:00Z"), "twelve hours, and a day in which its form can be kept");
}

#[tokio::test]
async fn a_form_is_kept_for_an_hour_and_for_its_person_alone() {
    let sessions = sessions();
    let form =
        KeptForm { path: "/claims".to_owned(), fields: vec![("name".to_owned(), "Rollout".to_owned())] };
    sessions.keep(&secret(), "u-1", &form, at(BEGAN)).await.unwrap().unwrap();
    for (now, whose, is_kept) in [
        ("2026-03-02T09:59:59Z", "u-1", true),
        ("2026-03-02T09:59:59Z", "u-2", false),
        ("2026-03-02T10:00:00Z", "u-1", false),
    ] {
        let kept = sessions.kept(&secret(), whose, at(now)).await.unwrap();
        assert_eq!(kept, is_kept.then(|| form.clone()), "kept at {BEGAN} for u-1; for {whose} at {now}");
    }
}

#[tokio::test]
async fn a_begun_claim_is_kept_for_90_days_after_it_was_saved() {
    let sessions = sessions();
    assert!(sessions.save_draft(&partner(), &draft(BEGAN)).await.unwrap());
    for (now, is_kept) in [("2026-05-31T08:59:59Z", true), ("2026-05-31T09:00:00Z", false)] {
        let found = sessions.draft(&partner(), &draft(BEGAN).id, at(now)).await.unwrap();
        assert_eq!(found, is_kept.then(|| draft(BEGAN)), "saved at {BEGAN}, read at {now}");
        let listed = sessions.drafts(&partner(), at(now)).await.unwrap().len();
        assert_eq!(listed, usize::from(is_kept), "saved at {BEGAN}, listed at {now}");
    }
    let until = cleaned_up(&sessions, Key::Draft(&draft(BEGAN).id)).await;
    assert_eq!(until, at("2026-05-31T09:00:00Z"));
}

#[tokio::test]
async fn a_calendar_works_for_14_days_after_its_person_signed_in() {
    claim_domain::proves!(I7);
    let sessions = sessions();
    let address = sessions.make_calendar(&claims(), secret(), at(BEGAN)).await.unwrap();
    let works = async |now| sessions.calendar(&address, at(now)).await.unwrap().is_some();
    assert!(works("2026-03-16T08:59:59Z").await, "made on 2 March at 9:00, it works for 14 days");
    assert!(!works("2026-03-16T09:00:00Z").await, "the 14 days are over, and nobody signed in");
    sessions.begin(&secret(), &session("2026-04-20T07:00:00Z")).await.unwrap();
    assert!(works("2026-05-04T06:59:59Z").await, "its person signed in on 20 April at 7:00");
    assert!(!works("2026-05-04T07:00:00Z").await, "14 days later it is over again");
    let other = CalendarAddress::new("u-1", "BAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAA".parse().unwrap());
    assert_eq!(sessions.calendar(&other, at(BEGAN)).await.unwrap(), None, "the secret is another one");
    let whose = claim_store::sha256(b"calendar of u-1");
    let until = cleaned_up(&sessions, Key::Calendar(&whose)).await;
    assert_eq!(until, at("2026-08-02T07:00:00Z"), "90 days more, in which signing in makes it work again");
}
