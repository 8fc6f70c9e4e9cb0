//! The pages of partners: what strangers wrote is text on them, what they say is said in words, and their forms bring along
//! what they must.

use std::collections::BTreeSet;

use base64::Engine;
use base64::engine::general_purpose::URL_SAFE_NO_PAD;
use chrono::TimeDelta;
use claim_domain::claim::Status;
use claim_session::{Secret, Session};
use regex_lite::Regex;
use serde_json::{Value, json};

use crate::fixture::{Answer, Fixture, TestRequest, ana, draft, rita};

const CSRF: &str = "the session's secret";

/// A fixture with two people signed in: Ana, a partner, and Rita, a reviewer.
struct Pages {
    fixture: Fixture,
}

/// The cookie of a person.
fn cookie(number: u8) -> Secret {
    URL_SAFE_NO_PAD.encode([number; 32]).parse().unwrap()
}

const ANA: u8 = 1;
const RITA: u8 = 2;
const FABIO: u8 = 3;

impl Pages {
    fn new() -> Self {
        let pages = Self { fixture: Fixture::new() };
        let fabio = json!({
            "sub": "fabio", "token_use": "access", "cognito:groups": "[incentives-admin]", "name": "Fabio",
            "partner_id": "fabrikam", "mpn_ids": "2001",
        });
        for (number, claims) in [(ANA, ana()), (RITA, rita()), (FABIO, fabio)] {
            pages.sign_in(number, &claims);
        }
        pages
    }

    fn sign_in(&self, number: u8, claims: &Value) {
        let now = self.fixture.commands().host.now();
        let claims = claims.as_object().unwrap().iter();
        let session = Session {
            claims: claims.map(|(name, value)| (name.clone(), value.as_str().unwrap().to_owned())).collect(),
            csrf: CSRF.to_owned(),
            refresh_token: None,
            id_token: None,
            began_at: now,
            fresh_until: now + TimeDelta::hours(1),
        };
        self.fixture.wait(self.fixture.sessions().begin(&cookie(number), &session)).unwrap();
    }

    fn get_as(&self, number: u8, address: &str) -> Answer {
        let (path, query) = address.split_once('?').unwrap_or((address, ""));
        let header = format!("__Host-session={}", cookie(number).reveal());
        let mut request = TestRequest::new("GET", path, Value::Null).header("cookie", &header);
        request.token = None;
        request.query = query.to_owned();
        self.fixture.send(&request)
    }

    fn get(&self, address: &str) -> Answer {
        self.get_as(ANA, address)
    }

    fn page(&self, address: &str) -> String {
        let answer = self.get(address);
        assert_eq!(answer.status, 200, "{address}: {}", answer.body);
        answer.body
    }

    fn post(&self, path: &str, fields: &[(&str, &str)]) -> Answer {
        let mut body = form_urlencoded::Serializer::new(String::new());
        body.append_pair("csrf", CSRF).extend_pairs(fields);
        let header = format!("__Host-session={}", cookie(ANA).reveal());
        let mut request = TestRequest::new("POST", path, Value::Null)
            .header("cookie", &header)
            .header("content-type", "application/x-www-form-urlencoded")
            .bytes(body.finish());
        request.token = None;
        self.fixture.send(&request)
    }

    fn claim(&self, status: Status) -> String {
        format!("/claims/{}", self.fixture.claim(status))
    }

    /// Every page of partners about what there is, whatever they can do on it.
    fn addresses(&self) -> Vec<String> {
        let mut all = vec!["/claims".to_owned(), "/claims?search=contoso&status=in-review".to_owned()];
        for status in self.fixture.statuses() {
            let claim = self.claim(status);
            all.extend([claim.clone(), format!("{claim}/history")]);
        }
        let acts = [
            (Status::Submitted, "withdraw"),
            (Status::Editing, "discard"),
            (Status::Rejected, "dispute"),
            (Status::Submitted, "comment"),
        ];
        all.extend(acts.map(|(status, act)| format!("{}/{act}", self.claim(status))));
        all
    }
}

/// What a page says, without its tags.
fn text(page: &str) -> String {
    let body = page.split_once("<body").map_or(page, |(_, body)| body);
    Regex::new("<[^>]*>").unwrap().replace_all(body, " ").into_owned()
}

/// The values of an attribute.
fn values<'p>(page: &'p str, attribute: &str) -> Vec<&'p str> {
    let pattern = Regex::new(&format!(" {attribute}=\"([^\"]*)\"")).unwrap();
    pattern.captures_iter(page).map(|found| found.get(1).unwrap().as_str()).collect()
}

#[test]
fn what_strangers_wrote_is_text_on_every_page() {
    let hostile = "\"><img src=x onerror=alert(1)>'&lt;";
    let pages = Pages::new();
    let mut draft = draft();
    draft["name"] = json!(hostile);
    draft["customer"]["name"] = json!(hostile);
    let created = pages.fixture.does(TestRequest::new("POST", "/v1/claims", ana()).json(&draft));
    let claim = format!("/claims/{}", created["id"].as_str().unwrap());
    let sent = pages.post(&format!("{claim}/comment"), &[("text", hostile)]);
    assert_eq!(sent.status, 303, "{}", sent.body);
    for address in ["/claims", &claim, &format!("{claim}/history"), &format!("{claim}/discard")] {
        let page = pages.page(address);
        assert!(page.contains("&#60;img") && !page.contains("<img"), "{address}: {page}");
    }
    let refused = pages.post(&format!("{claim}/withdraw"), &[("cause", hostile), ("note", hostile)]);
    assert!(!refused.body.contains("<img"), "{}", refused.body);
}

#[test]
fn pages_speak_to_people_and_not_to_programs() {
    let pages = Pages::new();
    let names = Regex::new("[a-z]+[A-Z][a-z]+").unwrap();
    let rules = Regex::new("\\b[RDI][0-9]{1,2}\\b").unwrap();
    for address in pages.addresses() {
        let said = text(&pages.page(&address));
        for pattern in [&names, &rules] {
            assert!(pattern.find(&said).is_none(), "{address}: {:?}", pattern.find(&said).unwrap().as_str());
        }
        for word in ["HTTP", "JSON", "ETag", "If-Match", "GET ", "POST "] {
            assert!(!said.contains(word), "{address}: {word}");
        }
    }
}

#[test]
fn every_form_brings_its_session_and_its_revision_along() {
    claim_domain::proves!(D11);
    let pages = Pages::new();
    let form = Regex::new("(?s)<form method=\"post\" action=\"([^\"]*)\".*?</form>").unwrap();
    let mut seen = BTreeSet::new();
    for address in pages.addresses() {
        let page = pages.page(&address);
        for found in form.captures_iter(&page) {
            let (form, action) = (found.get(0).unwrap().as_str(), found.get(1).unwrap().as_str());
            assert!(form.contains("name=\"csrf\" value=\"the session&#39;s secret\""), "{address}: {form}");
            if action.starts_with("/claims/") {
                assert!(form.contains("name=\"revision\""), "{address}: {form}");
                seen.insert(action.rsplit('/').next().unwrap().to_owned());
            }
        }
    }
    assert_eq!(seen.into_iter().collect::<Vec<_>>(), ["comment", "discard", "dispute", "withdraw"]);
}

#[test]
fn everything_on_a_page_has_its_name() {
    let pages = Pages::new();
    let heading = Regex::new("<h([1-6])").unwrap();
    let control = Regex::new("<(input|select|textarea)[^>]*>").unwrap();
    for address in pages.addresses() {
        let page = pages.page(&address);
        let ids = values(&page, "id");
        let distinct: BTreeSet<_> = ids.iter().copied().collect();
        assert_eq!(distinct.len(), ids.len(), "{address}: ids repeat: {ids:?}");
        for attribute in ["aria-labelledby", "aria-describedby", "for"] {
            for id in values(&page, attribute).into_iter().flat_map(str::split_whitespace) {
                assert!(distinct.contains(id), "{address}: {attribute} names {id}, which is not there");
            }
        }
        let labelled: BTreeSet<_> = values(&page, "for").into_iter().collect();
        for found in control.find_iter(&page) {
            let found = found.as_str();
            let is_inside = ["hidden", "radio", "checkbox"]
                .iter()
                .any(|kind| found.contains(&format!("type=\"{kind}\"")));
            let is_labelled = values(found, "id").iter().any(|id| labelled.contains(id));
            assert!(is_inside || is_labelled, "{address}: no label for {found}");
        }
        let levels: Vec<u32> = heading.captures_iter(&page).map(|found| found[1].parse().unwrap()).collect();
        assert_eq!((levels[0], levels.iter().filter(|level| **level == 1).count()), (1, 1), "{address}");
        assert!(levels.windows(2).all(|pair| pair[1] <= pair[0] + 1), "{address}: {levels:?}");
        for forbidden in ["style=", "onclick", "javascript:", "<script>"] {
            assert!(!page.contains(forbidden), "{address}: {forbidden}");
        }
    }
}

#[test]
fn a_claim_of_another_organisation_is_not_there() {
    claim_domain::proves!(I7);
    let pages = Pages::new();
    let claim = pages.claim(Status::Submitted);
    for page in ["", "/history", "/withdraw", "/proof/01J0000000000000000000000A"] {
        let foreign = pages.get_as(FABIO, &format!("{claim}{page}"));
        let missing = pages.get_as(FABIO, &format!("/claims/01J0000000000000000000000A{page}"));
        assert_eq!((foreign.status, foreign.body), (404, missing.body), "{page}");
    }
    assert!(!pages.get_as(FABIO, "/claims").body.contains("Contoso"));
}

#[test]
fn a_reviewer_is_led_to_the_page_of_reviewers() {
    claim_domain::proves!(R2);
    let pages = Pages::new();
    let claim = pages.fixture.claim(Status::UnderReview);
    let led = pages.get_as(RITA, &format!("/claims/{claim}"));
    assert_eq!((led.status, led.header("location")), (303, format!("/review/{claim}").as_str()));
    assert_eq!(pages.get_as(RITA, "/claims").header("location"), "/review");
}

#[test]
fn who_is_not_signed_in_is_asked_to_and_comes_back() {
    let pages = Pages::new();
    let asked = pages.get_as(9, "/claims?search=a");
    assert_eq!((asked.status, asked.header("location")), (303, "/sign-in?return=%2Fclaims%3Fsearch%3Da"));
}

#[test]
fn what_needs_the_partner_comes_first_with_its_date() {
    let pages = Pages::new();
    let page = pages.page("/claims");
    let (above, others) = page.split_once("id=\"all\"").unwrap();
    let asked = pages.claim(Status::PartnerActionRequired);
    assert!(above.contains(&asked) && !others.contains(&asked), "{page}");
    assert!(above.contains("Answer, and submit again") && above.contains("Monday 9 March 2026"), "{above}");
    assert!(above.contains("in 5 business days"), "{above}");
    let submitted = pages.claim(Status::Submitted);
    assert!(!above.contains(&submitted) && others.contains(&submitted));
}

#[test]
fn a_search_finds_by_claim_and_customer() {
    let pages = Pages::new();
    for found in ["contoso", "ROLLOUT", "customer"] {
        assert!(pages.page(&format!("/claims?search={found}")).contains("Contoso Teams rollout"), "{found}");
    }
    let page = pages.page("/claims?search=nobody");
    assert!(page.contains("No claim matches.") && page.contains("value=\"nobody\""), "{page}");
    assert!(!page.contains("Needs you"), "{page}");
}

#[test]
fn the_list_is_exported_as_it_is_asked_for() {
    let pages = Pages::new();
    let mut draft = draft();
    draft["name"] = json!("=HYPERLINK(\"a\"), and more");
    pages.fixture.does(TestRequest::new("POST", "/v1/claims", ana()).json(&draft));
    let file = pages.get("/claims?status=draft&format=csv");
    assert_eq!(file.header("content-type"), "text/csv; charset=utf-8; header=present");
    assert_eq!(
        file.header("content-disposition"),
        "attachment; filename=\"customer-associations-2026-03-02.csv\""
    );
    let lines: Vec<_> = file.body.split("\r\n").collect();
    assert!(lines[0].starts_with("Claim,Claim id,Customer,Tenant id,"), "{lines:?}");
    assert_eq!(lines.len(), 4, "a header, two drafts, and the end of the last line: {lines:?}");
    assert!(file.body.contains("\"'=HYPERLINK(\"\"a\"\"), and more\","), "{lines:?}");
}

#[test]
fn an_act_says_what_follows_and_is_confirmed_once() {
    claim_domain::proves!(I10, D8);
    let pages = Pages::new();
    let claim = pages.claim(Status::Submitted);
    let page = pages.page(&format!("{claim}/withdraw"));
    assert!(page.contains("You cannot undo this."), "{page}");
    assert!(page.contains("Ana (ana@partner.example) gets an email that tells of the rejection."), "{page}");
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

fn revision_in(page: &str) -> String {
    let pattern = Regex::new("name=\"revision\" value=\"([0-9]+)\"").unwrap();
    pattern.captures(page).unwrap()[1].to_owned()
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
fn the_claim_says_what_was_asked_and_until_when() {
    claim_domain::proves!(R9, R17);
    let pages = Pages::new();
    let page = pages.page(&pages.claim(Status::PartnerActionRequired));
    for said in [
        "The reviewer asks you for more",
        "The proof is missing, or is not about this claim",
        "Monday 9 March 2026",
        "Otherwise the claim is rejected.",
        "time stands still while you have the claim",
        "Check and submit again",
    ] {
        assert!(page.contains(said), "{said}: {page}");
    }
}

#[test]
fn an_approved_claim_says_what_approval_does_not_mean() {
    claim_domain::proves!(R4);
    let pages = Pages::new();
    let page = pages.page(&pages.claim(Status::Approved));
    assert!(page.contains("It does not mean that earnings or a payout are approved"), "{page}");
    assert!(page.contains(">the program guide</a>"), "{page}");
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

#[test]
fn the_history_has_old_and_new_values_and_the_newest_first() {
    claim_domain::proves!(R26);
    let pages = Pages::new();
    let claim = pages.claim(Status::Submitted);
    let api = format!("/v1{claim}");
    for mpn in ["1002", "1001"].repeat(15) {
        let tag = pages.fixture.send(&TestRequest::new("GET", &api, ana()));
        let edit = TestRequest::new("PATCH", &api, ana()).header("if-match", tag.header("etag"));
        pages.fixture.does(edit.json(&json!({ "mpnId": mpn })));
    }
    let page = pages.page(&format!("{claim}/history"));
    let newest = page.find("data-label=\"After\">1001").unwrap();
    assert!(newest < page.find("data-label=\"After\">1002").unwrap(), "{page}");
    assert!(page.contains("Ana, incentives admin") && !page.contains("Began the claim"), "{page}");
    let earlier = Regex::new("href=\"([^\"]*before=[^\"]*)\"").unwrap();
    let next = earlier.captures(&page).unwrap()[1].to_owned();
    let last = pages.page(&next);
    assert!(last.contains("Began the claim") && earlier.captures(&last).is_none(), "{last}");
    let changed = pages.page(&next.replace("before=", "before=x"));
    assert_eq!(changed, page, "a place that somebody changed is the newest entry");
}
