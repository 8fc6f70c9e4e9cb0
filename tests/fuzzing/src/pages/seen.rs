//! What partners see, and what pages are made of.

use std::collections::BTreeSet;

use claim_domain::catalogue::SolutionArea;
use claim_domain::claim::Status;
use regex_lite::Regex;
use serde_json::json;

use super::{FABIO, Pages, RITA, text, values};
use crate::fixture::{TestRequest, ana, draft};

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
        let products = SolutionArea::ALL.into_iter().flat_map(SolutionArea::products);
        // Products are called as they are called, those that documents are made with too.
        let known = products.map(String::as_str).chain(["PowerPoint"]);
        let said = known.fold(text(&pages.page(&address)), |said, product| said.replace(product, ""));
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
    assert_eq!(
        seen.into_iter().collect::<Vec<_>>(),
        [
            "about", "comment", "contacts", "customer", "discard", "dispute", "products", "proof", "renew",
            "submit", "withdraw"
        ]
    );
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
