//! Acts of partners, confirmed on pages of their own.

use chrono::TimeDelta;
use claim_domain::claim::Status;
use claim_domain::command::{Command, Feedback};
use serde_json::{Value, json};

use super::{ANA, Pages, cookie, revision_in, values};
use crate::fixture::{TestRequest, ana};

#[test]
fn an_act_says_what_follows_and_is_confirmed_once() {
    claim_domain::proves!(D8);
    let pages = Pages::new();
    let claim = pages.claim(Status::Submitted);
    let page = pages.page(&format!("{claim}/withdraw"));
    assert!(page.contains("You cannot undo this."), "{page}");
    assert!(page.contains("Ana (ana@partner.example) is told by email of the rejection."), "{page}");
    let revision = values(&page, "value").last().map(|_| revision_in(&page)).unwrap();
    let sent = pages.post(
        &format!("{claim}/withdraw"),
        &[("revision", &revision), ("cause", "incorrectMpn"), ("note", "A typing error.")],
    );
    assert_eq!((sent.status, sent.header("location")), (303, format!("{claim}?done=withdrawn").as_str()));
    let page = pages.page(&format!("{claim}?done=withdrawn"));
    assert!(page.contains("The claim was withdrawn.") && page.contains("The MPN id is wrong"), "{page}");
    assert!(page.contains("A typing error.") && !page.contains("/withdraw\""), "{page}");
}

#[test]
fn a_form_that_is_sent_twice_counts_once() {
    claim_domain::proves!(D11);
    let pages = Pages::new();
    let claim = pages.claim(Status::Submitted);
    let once = |page: &str| {
        let pattern = regex_lite::Regex::new("name=\"once\" value=\"([^\"]+)\"").unwrap();
        pattern.captures(page).unwrap()[1].to_owned()
    };
    let first = once(&pages.page(&claim));
    let second = once(&pages.page(&claim));
    for (once, said) in [(&first, 1), (&first, 1), (&second, 2)] {
        let sent = pages.post(&format!("{claim}/comment"), &[("once", once), ("text", "Thank you.")]);
        assert_eq!(
            (sent.status, sent.header("location")),
            (303, format!("{claim}?done=commented#comments").as_str())
        );
        assert_eq!(pages.page(&claim).matches("Thank you.").count(), said);
    }
    let form = pages.page(&format!("{claim}/withdraw"));
    let (once, revision) = (once(&form), revision_in(&form));
    for _ in 0..2 {
        let typed = [("once", once.as_str()), ("revision", revision.as_str()), ("cause", "incorrectMpn")];
        assert_eq!(pages.post(&format!("{claim}/withdraw"), &typed).status, 303);
    }
}

#[test]
fn a_stale_form_is_told_so_and_keeps_what_was_typed() {
    claim_domain::proves!(D11);
    let pages = Pages::new();
    let claim = pages.claim(Status::Submitted);
    let seen = revision_in(&pages.page(&format!("{claim}/withdraw")));
    let api = format!("/v1{claim}");
    let tag = pages.fixture.send(&TestRequest::new("GET", &api, ana()));
    let edit = TestRequest::new("PATCH", &api, ana()).header("if-match", tag.header("etag"));
    pages.fixture.does(edit.json(&json!({ "mpnId": "1002" })));
    let typed = [("revision", seen.as_str()), ("cause", "other"), ("note", "I had typed this.")];
    let told = pages.post(&format!("{claim}/withdraw"), &typed);
    assert_eq!(told.status, 412);
    assert!(told.body.contains("The claim has changed") && told.body.contains("I had typed this."));
    assert!(told.body.contains("value=\"other\" checked"), "{}", told.body);
    let now = revision_in(&told.body);
    let typed = [("revision", now.as_str()), ("cause", "other"), ("note", "I had typed this.")];
    assert_eq!(pages.post(&format!("{claim}/withdraw"), &typed).status, 303);
}

#[test]
fn what_is_wrong_with_a_form_stands_at_its_field() {
    let pages = Pages::new();
    let claim = pages.claim(Status::Submitted);
    let revision = revision_in(&pages.page(&format!("{claim}/withdraw")));
    let refused = pages.post(&format!("{claim}/withdraw"), &[("revision", &revision)]);
    assert_eq!(refused.status, 422);
    assert!(
        refused.body.contains("href=\"#cause\"") && refused.body.contains("id=\"cause\""),
        "{}",
        refused.body
    );
    let refused = pages.post(&format!("{claim}/comment"), &[("text", "  ")]);
    assert!(refused.body.contains("href=\"#text\""), "{}", refused.body);
}

#[test]
fn an_act_that_is_not_possible_says_why_and_where_to_go() {
    let pages = Pages::new();
    let claim = pages.claim(Status::Editing);
    let page = pages.get(&format!("{claim}/withdraw"));
    assert_eq!(page.status, 409);
    assert!(page.body.contains("Discard the claim instead.") && page.body.contains("Go to the claim"));
    assert!(!page.body.contains("<button type=\"submit\" class=\"danger\""), "{}", page.body);
}

#[test]
fn a_form_from_elsewhere_does_nothing() {
    let pages = Pages::new();
    let claim = pages.claim(Status::Submitted);
    let header = format!("__Host-session={}", cookie(ANA).reveal());
    let mut forged = TestRequest::new("POST", &format!("{claim}/withdraw"), Value::Null)
        .header("cookie", &header)
        .header("content-type", "application/x-www-form-urlencoded")
        .bytes("csrf=guessed&revision=2&cause=incorrectMpn");
    forged.token = None;
    assert_eq!(pages.fixture.send(&forged).status, 403);
    assert!(pages.page(&claim).contains("Waiting for review"));
}

#[test]
fn a_rejection_says_why_and_until_when_it_can_be_disputed() {
    claim_domain::proves!(R20, R21);
    let pages = Pages::new();
    let claim = pages.claim(Status::Rejected);
    let page = pages.page(&claim);
    assert!(
        page.contains("The proof is not sufficient") && page.contains("Wednesday 1 April 2026"),
        "{page}"
    );
    let revision = revision_in(&pages.page(&format!("{claim}/dispute")));
    let empty = pages.post(&format!("{claim}/dispute"), &[("revision", &revision)]);
    assert!(empty.body.contains("A dispute needs a reason"), "{}", empty.body);
    let words = [("revision", revision.as_str()), ("justification", "The signature is on page 2.")];
    assert_eq!(pages.post(&format!("{claim}/dispute"), &words).status, 303);
    let page = pages.page(&format!("{claim}/history"));
    assert!(
        page.contains("Disputed the rejection") && page.contains("The signature is on page 2."),
        "{page}"
    );
}

/// The approved claim after its notice bounced (D16).
fn suspended(pages: &Pages) -> String {
    let id = pages.fixture.claim(Status::Approved).parse().unwrap();
    let commands = pages.fixture.commands();
    let claim = pages.fixture.wait(commands.store.claim(&id)).unwrap().unwrap();
    let consent = claim.consents.last().unwrap();
    let feedback = Command::RecordFeedback {
        approval: consent.approval,
        notice: consent.notice.clone(),
        feedback: Feedback::Failed { why: "no such mailbox".to_owned() },
    };
    pages.fixture.wait(commands.execute_as_system(&id, feedback)).unwrap().into_claim().unwrap();
    format!("/claims/{id}")
}

#[test]
fn a_notice_that_bounced_is_sent_to_a_corrected_address() {
    claim_domain::proves!(D16);
    let pages = Pages::new();
    let claim = suspended(&pages);
    assert!(pages.page("/claims").split_once("id=\"all\"").unwrap().0.contains(&claim));
    let page = pages.page(&claim);
    assert!(page.contains("The notice did not reach the customer"), "{page}");
    assert!(page.contains("Monday 9 March 2026") && page.contains(&format!("{claim}/resend")), "{page}");
    let form = pages.page(&format!("{claim}/resend"));
    assert!(!form.contains("cleo@customer.example) gets the notice"), "{form}");
    let revision = revision_in(&form);
    let outside = [("revision", revision.as_str()), ("email", "cleo@elsewhere.example")];
    let refused = pages.post(&format!("{claim}/resend"), &outside);
    assert_eq!(refused.status, 409);
    assert!(refused.body.contains("value=\"cleo@elsewhere.example\""), "{}", refused.body);
    let within = [("revision", revision.as_str()), ("email", "ada@customer.example")];
    let sent = pages.post(&format!("{claim}/resend"), &within);
    assert_eq!((sent.status, sent.header("location")), (303, format!("{claim}?done=sent").as_str()));
    let history = pages.page(&format!("{claim}/history"));
    assert!(history.contains("The notice did not reach the customer") && history.contains("no such mailbox"));
    assert!(history.contains("Cleo, CIO, ada@customer.example"), "{history}");
}

#[test]
fn a_discarded_claim_says_so_and_leaves_the_list() {
    claim_domain::proves!(D8);
    let pages = Pages::new();
    let claim = pages.claim(Status::Editing);
    let page = pages.page(&format!("{claim}/discard"));
    assert!(page.contains("deleted for good") && page.contains("class=\"danger\""), "{page}");
    let revision = revision_in(&page);
    let sent = pages.post(&format!("{claim}/discard"), &[("revision", &revision)]);
    assert_eq!((sent.status, sent.header("location")), (303, "/claims?done=discarded"));
    assert!(pages.page("/claims?done=discarded").contains("The claim was discarded."));
    assert!(pages.page(&claim).contains("It can be read until"));
}

#[test]
fn what_was_typed_when_the_session_ended_is_still_there() {
    let pages = Pages::new();
    let claim = pages.claim(Status::Submitted);
    let typed = [("revision", "3"), ("cause", "other"), ("note", "Typed for an hour.")];
    pages.fixture.passes(TimeDelta::hours(13));
    let sent = pages.post(&format!("{claim}/withdraw"), &typed);
    let back = sent.header("location").strip_prefix("/sign-in?form=yes&return=").unwrap().to_owned();
    let back = form_urlencoded::parse(format!("a={back}").as_bytes()).next().unwrap().1.into_owned();
    pages.sign_in(ANA, &ana());
    let page = pages.page(&back);
    assert!(
        page.contains("What you had typed is still here.") && page.contains("Typed for an hour."),
        "{page}"
    );
}

#[test]
fn a_form_without_a_cookie_is_kept_if_a_page_of_ours_sent_it() {
    let pages = Pages::new();
    let claim = pages.claim(Status::Submitted);
    let (site, origin, host) = ("sec-fetch-site", "origin", ("host", "claims.example"));
    let kept = [
        vec![(site, "same-origin")],
        vec![(site, "same-origin"), (origin, "null")],
        // A browser that says no more than this.
        vec![(origin, "https://claims.example")],
    ];
    let lost = [
        vec![],
        vec![(origin, "null")],
        vec![(origin, "https://evil.example")],
        vec![(origin, "http://claims.example")],
        vec![(origin, "https://claims.example.evil.example")],
        vec![(origin, "https://claims.example"), (site, "cross-site")],
        vec![(origin, "https://claims.example"), (site, "none")],
    ];
    let sent = |headers: &[(&str, &str)]| {
        let mut form = TestRequest::new("POST", &format!("{claim}/withdraw"), Value::Null)
            .header("content-type", "application/x-www-form-urlencoded")
            .bytes("csrf=gone&revision=3&cause=other&note=Typed+for+an+hour.");
        form.token = None;
        let form = headers.iter().chain([&host]).fold(form, |form, (name, value)| form.header(name, value));
        let sent = pages.fixture.send(&form);
        assert_eq!(sent.status, 303, "{headers:?}");
        let query = sent.header("location").split_once('?').unwrap().1.to_owned();
        form_urlencoded::parse(query.as_bytes()).find(|(name, _)| name == "return").unwrap().1.into_owned()
    };
    for headers in kept {
        let page = pages.page(&sent(&headers));
        assert!(page.contains("Typed for an hour."), "{headers:?}: {page}");
    }
    for headers in lost {
        assert_eq!(sent(&headers), "/", "{headers:?}: nobody finds what another site has put there");
    }
}
