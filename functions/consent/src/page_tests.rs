//! Every page as people read it, as snapshots; what hostile input does to it; and that its policy fits its style.

use base64::Engine;
use base64::engine::general_purpose::STANDARD;
use claim_domain::calendar::Calendar;
use claim_domain::program::Periods;
use serde_json::{Value, json};
use sha2::{Digest, Sha256};

use super::*;

/// Somebody who reads a language, and may ask the program.
fn reader(language: Language) -> Reader<'static> {
    Reader { language, contact: Some("questions@program.example") }
}

fn token() -> ConsentToken {
    "07".repeat(32).parse().unwrap()
}

fn program() -> Program {
    Program {
        calendar: Calendar::parse("default", "Europe/Warsaw", "MON,TUE,WED,THU,FRI", "").unwrap(),
        periods: Periods::default(),
        dispute_needs_another_reviewer: true,
        retention: claim_domain::program::Retention::default(),
        daily: claim_domain::bound::DailyLimits::default(),
        language: claim_domain::language::Language::En,
        guide_url: "https://guide.example".to_owned(),
        changes_feed: false,
    }
}

/// An approved claim whose consent has the given fields, and whose rejection the given reason, if there is one.
fn claim(consent: Value, rejected: Option<&str>) -> Claim {
    let products =
        json!([{ "product": "Teams" }, { "product": "Teams Meetings" }, { "product": "Exchange" }]);
    let mut whole = json!({
        "approval": 7, "approvedAt": "2026-11-19T09:00:00Z", "notice": "01K7AB0000000000000000C1A1/7/0",
        "mpnId": "4711000", "products": products,
    });
    whole.as_object_mut().unwrap().extend(consent.as_object().unwrap().clone());
    let rejection = rejected.map(|reason| {
        json!({
            "reason": reason, "disputable": false, "rejectedAt": "2026-11-23T08:15:00Z",
            "rejectedBy": {"role": "system", "id": "system", "name": "System"},
        })
    });
    serde_json::from_value(json!({
        "schema": 1,
        "id": "01K7AB0000000000000000C1A1",
        "version": 9,
        "revision": 6,
        "status": if rejected.is_some() { "rejected" } else { "approved" },
        "partner": "blue-yonder-partners",
        "partnerName": "Blue Yonder Partners",
        "details": {
            "name": "Contoso Teams rollout",
            "mpnId": "4711002",
            "solutionArea": "Microsoft 365",
            "activities": ["usage"],
            "customer": {
                "tenantId": "11111111-2222-3333-4444-555555555555", "domain": "contoso.example",
                "name": "Contoso & Söhne", "contact": "01K7AB0000000000000000C0N1",
            },
            "partnerContact": "01K7AB0000000000000000C0N2",
            "products": [{"product": "Yammer"}],
        },
        "rejection": rejection,
        "consents": [whole],
        "contested": false,
        "createdAt": "2026-11-09T09:00:00Z",
        "updatedAt": "2026-11-19T09:00:00Z",
        "lastEventAt": "2026-11-19T09:00:00Z",
    }))
    .unwrap()
}

fn open() -> Claim {
    let notified =
        json!({"state": "open", "notifiedAt": "2026-11-19T09:00:06Z", "dueAt": "2026-11-26T23:00:00Z"});
    claim(notified, None)
}

/// A claim whose association the customer denied, with a reason or without.
fn denied(note: Option<&str>) -> Claim {
    let ended = json!({"state": "denied", "endedAt": "2026-11-23T08:15:00Z"});
    let mut denied = serde_json::to_value(claim(ended, Some("customerDecline"))).unwrap();
    denied["rejection"]["note"] = json!(note);
    serde_json::from_value(denied).unwrap()
}

fn page(claim: &Claim) -> Page {
    Page::of(claim, 7, &program()).unwrap()
}

/// Compares both forms of a page with their snapshots, without the style, which has a file of its own.
#[track_caller]
fn check(name: &str, claim: &Claim) -> (String, Value) {
    let page = page(claim);
    let (html, json) = (html(&page, &token(), reader(Language::En)).unwrap(), json(&page));
    insta::assert_snapshot!(format!("{name}.html"), html.replace(STYLE, "…"));
    insta::assert_json_snapshot!(format!("{name}.json"), json);
    (html, json)
}

#[test]
fn a_link_gets_its_page_for_90_days_though_the_claim_is_erased() {
    claim_domain::proves!(D9, D22);
    let denied = denied(None);
    let mut erased = serde_json::to_value(&denied).unwrap();
    erased["erasedAt"] = json!("2027-01-24T00:00:00Z");
    let erased: Claim = serde_json::from_value(erased).unwrap();
    let known = |now: &str| Page::known(&erased, 7, &program(), now.parse().unwrap());
    assert_eq!(known("2027-02-21T08:14:59Z"), Some(page(&denied)));
    assert_eq!(known("2027-02-21T08:15:00Z"), None);
    assert!(Page::known(&open(), 7, &program(), "2036-01-01T00:00:00Z".parse().unwrap()).is_some());
}

#[test]
fn an_open_page_says_who_what_and_until_when_and_denies_without_script() {
    claim_domain::proves!(D9);
    let (html, json) = check("open", &open());
    assert!(html.contains("Teams Meetings") && html.contains("Blue Yonder Partners"));
    assert!(!html.contains("blue-yonder-partners"), "people read no id");
    assert!(html.contains("The last day is Thursday 26 November 2026."));
    assert!(!html.contains("method=\"post\"") && !html.contains("<script"), "its button only leads on");
    assert_eq!(json["denyUntil"], "2026-11-26T23:00:00Z");
}

#[test]
fn the_customer_can_deny_before_the_notice_is_recorded_or_if_it_bounced() {
    claim_domain::proves!(D9, D16);
    for state in ["awaitingNotice", "suspended"] {
        let (html, json) = check("awaiting-notice", &claim(json!({"state": state}), None));
        assert!(html.contains("7 calendar days from the notice"));
        assert_eq!(json["denyUntil"], Value::Null);
    }
}

#[test]
fn the_page_that_asks_before_denying_has_a_box_that_nobody_ticked() {
    claim_domain::proves!(D9);
    let page = page(&open());
    let asked = |asks| confirm(&page, &token(), reader(Language::En), asks).unwrap().replace(STYLE, "…");
    let back = |fault| asked(Asks { fault: Some(fault), note: "We <work> with\nsomebody else.".to_owned() });
    let (first, missing, faulty) = (asked(Asks::default()), back(Fault::NotTicked), back(Fault::Note));
    insta::assert_snapshot!("confirm.html", first);
    insta::assert_snapshot!("confirm-missing.html", missing);
    for html in [&first, &missing, &faulty] {
        assert!(html.contains("type=\"checkbox\" name=\"confirm\"") && !html.contains("checked"));
        assert!(!html.contains("type=\"hidden\""), "nothing else of the form denies");
    }
    for html in [&missing, &faulty] {
        assert!(html.contains("Nothing has been denied yet."));
        assert!(
            html.contains(">We &#60;work&#62; with\nsomebody else.</textarea>"),
            "what was typed is kept"
        );
    }
    assert!(faulty.contains("longer than 8,000 characters") && !missing.contains("longer than"));
}

#[test]
fn every_page_speaks_five_languages_and_switches_between_them() {
    claim_domain::proves!(D21);
    let pages = [open(), claim(json!({"state": "awaitingNotice"}), None), denied(Some("Nein."))];
    let missing = Asks { fault: Some(Fault::NotTicked), note: String::new() };
    for language in Language::ALL {
        let mut all: Vec<_> =
            pages.iter().map(|claim| html(&page(claim), &token(), reader(language)).unwrap()).collect();
        all.push(confirm(&page(&open()), &token(), reader(language), missing.clone()).unwrap());
        all.push(not_found(reader(language)).unwrap());
        all.push(try_again(reader(language)).unwrap());
        insta::assert_snapshot!(format!("pages-{language}.html"), all.join("\n").replace(STYLE, "…"));
        for html in all {
            assert!(html.contains(&format!("<html lang=\"{language}\">")), "{language}");
            for other in Language::ALL.into_iter().filter(|other| *other != language) {
                assert!(html.contains(&format!("lang={other}\"")), "{language} leads to {other}");
            }
            assert!(language == Language::En || !html.contains("the association"), "{language}: {html}");
        }
    }
    let asks = confirm(&page(&open()), &token(), reader(Language::En), Asks::default()).unwrap();
    let whole = format!("href=\"{}?step=deny", address(&token()));
    assert_eq!(
        asks.matches(&whole).count(),
        4,
        "the answer to the form has an address that cannot be opened: {asks}"
    );
}

#[test]
fn a_denied_page_says_when_and_offers_nothing_to_press() {
    claim_domain::proves!(R15);
    let (html, json) = check("denied", &denied(Some("We work with somebody else.\nSince <May>.")));
    assert!(html.contains("Monday 23 November 2026, 09:15 (Europe"));
    assert!(!html.contains("<button"));
    assert!(
        html.contains("We work with somebody else.\nSince &#60;May&#62;."),
        "the reason is on the receipt"
    );
    assert!(html.contains("<dd>01K7AB0000000000000000C1A1</dd>"), "and what to refer to");
    assert_eq!(json["deniedAt"], "2026-11-23T08:15:00Z");
    assert_eq!(json["note"], "We work with somebody else.\nSince <May>.");
}

#[test]
fn a_receipt_shows_the_reason_of_its_own_denial_alone() {
    claim_domain::proves!(D9);
    let mut later = serde_json::to_value(denied(Some("We work with somebody else."))).unwrap();
    later["rejection"]["rejectedAt"] = json!("2026-12-23T08:15:00Z");
    let state = |claim: &Value| page(&serde_json::from_value(claim.clone()).unwrap()).state;
    assert!(matches!(state(&later), Standing::Denied { note: None, .. }));
    later["consents"][0]["note"] = json!("In May we chose somebody else.");
    let Standing::Denied { note, .. } = state(&later) else { panic!("it stays denied") };
    assert_eq!(note.as_deref(), Some("In May we chose somebody else."));
}

#[test]
fn every_page_leads_to_the_program_if_it_has_an_address() {
    claim_domain::proves!(D9);
    let mailto = "href=\"mailto:questions@program.example?subject=Claimed%20Partner%20of%20Record";
    for contact in [Some("questions@program.example"), None] {
        let reader = Reader { language: Language::En, contact };
        let of_claim = [
            html(&page(&open()), &token(), reader).unwrap(),
            confirm(&page(&open()), &token(), reader, Asks::default()).unwrap(),
        ];
        let of_none = [not_found(reader).unwrap(), try_again(reader).unwrap()];
        for (pages, subject) in [(of_claim, "%2001K7AB0000000000000000C1A1\""), (of_none, "\"")] {
            for html in pages {
                assert_eq!(html.contains(&format!("{mailto}{subject}")), contact.is_some(), "{html}");
                assert_eq!(html.contains("mailto:"), contact.is_some());
            }
        }
    }
}

#[test]
fn when_the_period_has_passed_silence_was_consent() {
    claim_domain::proves!(R13);
    let passed = json!({"state": "passed", "passedAt": "2026-11-26T23:00:09Z"});
    let (html, _) = check("passed", &claim(passed, None));
    assert!(!html.contains("<button"));
}

#[test]
fn a_withdrawn_claim_has_nothing_left_to_deny() {
    claim_domain::proves!(D8);
    let ended =
        json!({"state": "ended", "endedAt": "2026-11-23T08:15:00Z", "endedBecause": "partnerRequest"});
    let (_, json) = check("withdrawn", &claim(ended, Some("partnerRequest")));
    assert_eq!(json["endedBy"], "withdrawn");
}

#[test]
fn a_claim_stored_without_the_reason_of_its_end_says_it_by_its_rejection() {
    claim_domain::proves!(D8);
    let ended = |at: &str| json!({"state": "ended", "endedAt": at});
    let withdrawn = |at: &str| page(&claim(ended(at), Some("partnerRequest"))).state;
    assert_eq!(withdrawn("2026-11-23T08:15:00Z"), Standing::Ended(Ending::Withdrawn));
    assert_eq!(
        withdrawn("2026-11-22T08:15:00Z"),
        Standing::Ended(Ending::AssociationEnded),
        "of another approval"
    );
}

#[test]
fn an_association_ended_after_the_period_is_not_shown_as_standing() {
    claim_domain::proves!(D15);
    let ended = json!({
        "state": "passed", "passedAt": "2026-11-20T23:00:09Z", "endedAt": "2026-11-23T08:15:00Z",
    });
    let (_, json) = check("association-ended", &claim(ended, Some("other")));
    assert_eq!(json["endedBy"], "associationEnded");
}

#[test]
fn an_approval_that_the_claim_does_not_have_has_no_page() {
    claim_domain::proves!(D9);
    assert_eq!(Page::of(&open(), 8, &program()), None);
}

#[test]
fn a_link_keeps_the_page_of_its_own_approval_after_another_one() {
    claim_domain::proves!(D7, D9);
    let mut twice = serde_json::to_value(open()).unwrap();
    let mut first = twice["consents"][0].clone();
    first["approval"] = json!(4);
    first["state"] = json!("ended");
    first["endedAt"] = json!("2026-11-18T08:00:00Z");
    first["endedBecause"] = json!("partnerRequest");
    first["products"] = json!([{ "product": "Intune" }]);
    twice["consents"] = json!([first, twice["consents"][0]]);
    let twice: Claim = serde_json::from_value(twice).unwrap();
    let of = |approval| Page::of(&twice, approval, &program()).unwrap();
    assert_eq!(
        (of(4).state, of(4).products),
        (Standing::Ended(Ending::Withdrawn), vec!["Intune".to_owned()])
    );
    assert_eq!(of(7), page(&open()));
}

#[test]
fn the_page_of_an_unknown_link_is_always_the_same() {
    claim_domain::proves!(D9);
    insta::assert_snapshot!("not-found.html", not_found(reader(Language::En)).unwrap().replace(STYLE, "…"));
    assert_eq!(not_found(reader(Language::En)).unwrap(), not_found(reader(Language::En)).unwrap());
    insta::assert_snapshot!("try-again.html", try_again(reader(Language::En)).unwrap().replace(STYLE, "…"));
}

#[test]
fn the_words_follow_the_configured_period() {
    claim_domain::proves!(D3);
    let mut program = program();
    program.periods = program.periods.with(ClockName::Consent, "3m".parse().unwrap());
    let page = Page::of(&claim(json!({"state": "awaitingNotice"}), None), 7, &program).unwrap();
    assert!(html(&page, &token(), reader(Language::En)).unwrap().contains("3 minutes from the notice"));
}

#[test]
fn hostile_names_are_text() {
    let hostile = "\"><script>alert(1)</script>\r\n<img src=x onerror=alert(1)>";
    let mut page = page(&open());
    page.customer = hostile.to_owned();
    page.products = vec![hostile.to_owned()];
    let html = html(&page, &token(), reader(Language::En)).unwrap();
    assert!(!html.contains("<script") && !html.contains("<img") && !html.contains("\"\">"), "{html}");
}

#[test]
fn the_policy_allows_exactly_the_style_of_the_page() {
    let hash = STANDARD.encode(Sha256::digest(STYLE));
    let (_, policy) = HEADERS[0];
    assert!(policy.contains(&format!("style-src 'sha256-{hash}'")), "write sha256-{hash} into the policy");
    assert!(
        html(&page(&open()), &token(), reader(Language::En))
            .unwrap()
            .contains(&format!("<style>{STYLE}</style>"))
    );
}
