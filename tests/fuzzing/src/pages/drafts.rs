//! The pages on which partners write a claim: what they type is saved, becomes one claim, and is submitted.

use claim_domain::claim::Status;
use claim_session::MOST_DRAFTS;
use regex_lite::Regex;

use super::{FABIO, Pages, revision_in};

const ABOUT: [(&str, &str); 4] = [
    ("name", "Rollout by pages"),
    ("mpnId", "1001"),
    ("solutionArea", "Microsoft 365"),
    ("activities[]", "usage"),
];
const CUSTOMER: [(&str, &str); 4] = [
    ("customer.name", "Customer"),
    ("customer.tenantId", "11111111-2222-3333-4444-555555555555"),
    ("customer.domain", "customer.example"),
    ("customer.mailDomains", "mail.example\nother.example"),
];
const PRODUCTS: [(&str, &str); 2] = [("products.0.product", "Exchange"), ("products.2.product", "Teams")];
const CONTACTS: [(&str, &str); 5] = [
    ("customer.contact.name", "Cleo"),
    ("customer.contact.title", "CIO"),
    ("customer.contact.email", "cleo@customer.example"),
    ("partnerContact.name", "Ana"),
    ("partnerContact.email", "ana@partner.example"),
];

/// Begins a claim, and returns its address.
fn begun(pages: &Pages) -> String {
    let begun = pages.post("/drafts", &[]);
    assert_eq!(begun.status, 303, "{}", begun.body);
    begun.header("location").to_owned()
}

/// Saves a part as the page of it was drawn.
fn save(pages: &Pages, draft: &str, part: &str, fields: &[(&str, &str)]) -> crate::fixture::Answer {
    let address = format!("{draft}/{part}");
    let revision = revision_in(&pages.page(&address));
    let fields: Vec<_> = fields.iter().copied().chain([("revision", revision.as_str())]).collect();
    pages.post(&address, &fields)
}

#[test]
fn a_begun_claim_becomes_one_claim_when_all_parts_are_complete() {
    claim_domain::proves!(R6);
    let pages = Pages::new();
    let draft = begun(&pages);
    assert!(pages.page(&draft).contains("Not started"));
    for (part, fields) in [("contacts", &CONTACTS[..]), ("customer", &CUSTOMER), ("about", &ABOUT)] {
        let saved = save(&pages, &draft, part, fields);
        assert_eq!((saved.status, saved.header("location")), (303, draft.as_str()), "{part}: {}", saved.body);
    }
    assert!(pages.page("/claims").contains("Rollout by pages"), "others go on with it from the list");
    let created = save(&pages, &draft, "products", &PRODUCTS);
    let proof = created.header("location").to_owned();
    assert!(proof.starts_with("/claims/") && proof.ends_with("/proof?done=created"), "{created:?}");
    let claim = proof.trim_end_matches("/proof?done=created");
    let page = pages.page(claim);
    for said in ["Rollout by pages", "Exchange", "Teams", "mail.example", "other.example"] {
        assert!(page.contains(said), "{said}: {page}");
    }
    let again = pages.post(&format!("{draft}/products"), &PRODUCTS);
    assert_eq!(again.header("location"), format!("{claim}/proof"), "pressed twice, it is still one claim");
}

#[test]
fn what_is_wrong_is_saved_and_said_and_what_is_missing_can_wait() {
    let pages = Pages::new();
    let draft = begun(&pages);
    let wrong = [("customer.name", "Customer"), ("customer.tenantId", "not a tenant")];
    let told = save(&pages, &draft, "customer", &wrong);
    assert_eq!(told.status, 422);
    assert!(
        told.body.contains("href=\"#customer.tenantId\"") && told.body.contains("value=\"not a tenant\"")
    );
    assert!(!told.body.contains("href=\"#customer.domain\""), "what is missing can wait: {}", told.body);
    let tasks = pages.page(&draft);
    assert!(tasks.contains("Needs a correction") && tasks.contains("Domain is missing."), "{tasks}");
    assert!(pages.page(&format!("{draft}/customer")).contains("value=\"not a tenant\""), "it was saved");
}

#[test]
fn the_second_of_two_who_save_is_told_and_keeps_what_was_typed() {
    claim_domain::proves!(D11);
    let pages = Pages::new();
    let draft = begun(&pages);
    let seen = revision_in(&pages.page(&format!("{draft}/about")));
    assert_eq!(save(&pages, &draft, "about", &[("name", "By one")]).status, 303);
    let told = pages.post(&format!("{draft}/about"), &[("name", "By another"), ("revision", &seen)]);
    assert_eq!(told.status, 412);
    assert!(told.body.contains("Somebody else has saved this claim"), "{}", told.body);
    assert!(told.body.contains("value=\"By another\""), "{}", told.body);
    let again = [("name", "By another"), ("revision", &revision_in(&told.body))];
    assert_eq!(pages.post(&format!("{draft}/about"), &again).status, 303);
    assert!(pages.page("/claims").contains("By another"));
}

#[test]
fn a_begun_claim_is_its_organisations_alone_and_can_be_given_up() {
    claim_domain::proves!(I7);
    let pages = Pages::new();
    let draft = begun(&pages);
    for page in ["", "/about", "/discard"] {
        assert_eq!(pages.get_as(FABIO, &format!("{draft}{page}")).status, 404, "{page}");
    }
    assert!(pages.page(&format!("{draft}/discard")).contains("You cannot undo this."));
    assert_eq!(pages.post(&format!("{draft}/discard"), &[]).header("location"), "/claims?done=discarded");
    assert_eq!(pages.get(&draft).status, 404);
}

#[test]
fn an_organisation_begins_no_more_claims_than_its_list_can_hold() {
    let pages = Pages::new();
    let drafts: Vec<_> = (0..MOST_DRAFTS).map(|_| begun(&pages)).collect();
    let told = pages.post("/drafts", &[]);
    assert_eq!(told.status, 409);
    assert!(told.body.contains("Too many claims are begun"), "{}", told.body);
    assert!(pages.page("/claims").contains("40 more claims are begun"), "the list says what it leaves out");
    pages.post(&format!("{}/discard", drafts[0]), &[]);
    begun(&pages);
}

#[test]
fn a_part_of_a_claim_is_edited_on_the_page_of_a_begun_one() {
    claim_domain::proves!(R24, D11);
    let pages = Pages::new();
    let claim = pages.claim(Status::Editing);
    let page = pages.page(&format!("{claim}/products"));
    assert!(
        page.contains("value=\"Teams\" checked") && page.contains("value=\"Exchange\" checked"),
        "{page}"
    );
    let stale = revision_in(&page);
    let saved = save(&pages, &claim, "products", &[("products.2.product", "Teams")]);
    assert_eq!(saved.header("location"), format!("{claim}/check?done=saved"), "{}", saved.body);
    let told = pages.post(
        &format!("{claim}/products"),
        &[("products.5.product", "Teams Phone Calling"), ("revision", &stale)],
    );
    assert_eq!(told.status, 412);
    assert!(told.body.contains("value=\"Teams Phone Calling\" checked"), "{}", told.body);
    let page = pages.page(&format!("{claim}/products"));
    assert!(
        page.contains("value=\"Teams\" checked") && !page.contains("value=\"Exchange\" checked"),
        "{page}"
    );
}

#[test]
fn after_submission_only_some_fields_are_on_the_pages() {
    claim_domain::proves!(R24);
    let pages = Pages::new();
    let claim = pages.claim(Status::Submitted);
    let about = pages.page(&format!("{claim}/about"));
    assert!(about.contains("name=\"mpnId\"") && !about.contains("name=\"name\""), "{about}");
    let saved = save(&pages, &claim, "about", &[("mpnId", "1002"), ("name", "Not to be changed")]);
    assert_eq!(saved.header("location"), format!("{claim}?done=saved"), "{}", saved.body);
    let page = pages.page(&claim);
    assert!(page.contains("1002") && !page.contains("Not to be changed"), "{page}");
    let contacts = save(&pages, &claim, "contacts", &CONTACTS);
    assert_eq!(contacts.status, 303, "{}", contacts.body);
}

#[test]
fn every_page_of_a_draft_names_its_fields() {
    let pages = Pages::new();
    let draft = begun(&pages);
    save(&pages, &draft, "about", &[("solutionArea", "Business Applications"), ("activities[]", "preSales")]);
    let names = Regex::new("<(?:input|select|textarea) id=\"([^\"]+)\"").unwrap();
    for part in ["about", "customer", "products", "contacts"] {
        let page = pages.page(&format!("{draft}/{part}"));
        for found in names.captures_iter(&page) {
            assert!(page.contains(&format!("<label for=\"{}\">", &found[1])), "{part}: {}", &found[1]);
        }
        assert!(!page.contains("style=") && page.matches("<h1").count() == 1, "{part}");
    }
}

#[test]
fn the_check_says_what_follows_and_the_one_button_submits() {
    claim_domain::proves!(R7);
    let pages = Pages::new();
    let claim = pages.claim(Status::Editing);
    let page = pages.page(&format!("{claim}/check"));
    for said in [
        "Contoso Teams rollout",
        &format!("href=\"{claim}/contacts\""),
        "Ana (ana@partner.example) is told by email",
        "Monday 9 March 2026",
        "If another partner holds one of the products",
    ] {
        assert!(page.contains(said), "{said}: {page}");
    }
    let sent = pages.post(&format!("{claim}/submit"), &[("revision", &revision_in(&page))]);
    assert_eq!(sent.header("location"), format!("{claim}?done=submitted"), "{}", sent.body);
    assert!(pages.page(&claim).contains("Waiting for review"));
    let page = pages.page(&format!("{claim}/check"));
    assert!(!page.contains("/submit\""), "what is submitted is not submitted twice: {page}");
}

#[test]
fn the_check_says_what_is_missing_and_what_was_asked() {
    claim_domain::proves!(R6, R9);
    let pages = Pages::new();
    let draft = begun(&pages);
    for (part, fields) in [("contacts", &CONTACTS[..]), ("customer", &CUSTOMER), ("about", &ABOUT)] {
        save(&pages, &draft, part, fields);
    }
    let created = save(&pages, &draft, "products", &PRODUCTS);
    let claim = created.header("location").trim_end_matches("/proof?done=created").to_owned();
    let page = pages.page(&format!("{claim}/check"));
    assert!(page.contains("There is no document yet") && !page.contains("/submit\""), "{page}");
    let asked = pages.page(&format!("{}/check", pages.claim(Status::PartnerActionRequired)));
    assert!(asked.contains("The proof is missing, or is not about this claim"), "{asked}");
    assert!(asked.contains("Submit the claim again"), "{asked}");
}

#[test]
fn a_stale_check_submits_nothing() {
    claim_domain::proves!(D11);
    let pages = Pages::new();
    let claim = pages.claim(Status::Editing);
    let seen = revision_in(&pages.page(&format!("{claim}/check")));
    save(&pages, &claim, "products", &[("products.2.product", "Teams")]);
    let told = pages.post(&format!("{claim}/submit"), &[("revision", &seen)]);
    assert_eq!(told.status, 412);
    assert!(
        told.body.contains("The claim has changed") && told.body.contains("Submit the claim"),
        "{}",
        told.body
    );
    assert!(pages.page(&claim).contains(">Draft<"));
}

#[test]
fn a_document_of_another_claim_is_added_by_a_form() {
    claim_domain::proves!(D20);
    let pages = Pages::new();
    let (from, to) = (pages.claim(Status::Editing), pages.claim(Status::PartnerActionRequired));
    let size = crate::fixture::DOCUMENT.len().to_string();
    let hash = "cd".repeat(32);
    let file = [("fileName", "twice.pdf"), ("size", size.as_str()), ("sha256", hash.as_str())];
    let announced = pages.asks(&format!("{from}/proof"), &file).json();
    let document = announced["evidence"].as_str().unwrap();
    let address = format!("{to}/proof");
    assert!(!pages.page(&address).contains("twice.pdf"), "what was not uploaded cannot be added");
    pages.asks(&format!("{from}/proof/{document}"), &[]);
    assert!(pages.page(&address).contains("Use a document from another claim"));
    let claim = from.trim_start_matches("/claims/");
    let form = [("from.claimId", claim), ("from.evidenceId", document)];
    let added = pages.post(&address, &form);
    assert_eq!(
        (added.status, added.header("location")),
        (303, &*format!("{address}?done=added")),
        "{added:?}"
    );
    let page = pages.page(&format!("{address}?done=added"));
    assert!(page.contains("The document was added.") && page.contains("twice.pdf"), "{page}");
    assert!(!page.contains("Use a document from another claim"), "what a claim has is not offered again");
    let refused = pages.post(&address, &[("from.claimId", claim), ("from.evidenceId", claim)]);
    assert_eq!(refused.status, 422);
    let said = ["The document was not added", "It must be a document of that claim."];
    assert!(said.iter().all(|said| refused.body.contains(said)), "{}", refused.body);
}

#[test]
fn proof_is_announced_and_completed_and_refused_in_words() {
    claim_domain::proves!(D10);
    let pages = Pages::new();
    let claim = pages.claim(Status::Editing);
    let address = format!("{claim}/proof");
    let page = pages.page(&address);
    assert!(page.contains("proof.pdf") && page.contains("Has the customer signed it?"), "{page}");
    let hash = "ab".repeat(32);
    let size = crate::fixture::DOCUMENT.len().to_string();
    let file = [("fileName", "more.pdf"), ("size", size.as_str()), ("sha256", hash.as_str())];
    let announced = pages.asks(&address, &file);
    assert_eq!(announced.status, 200, "{}", announced.body);
    let told = announced.json();
    assert!(told["upload"]["url"].is_string() && told["upload"]["headers"].is_object(), "{told}");
    let completed = pages.asks(&format!("{address}/{}", told["evidence"].as_str().unwrap()), &[]);
    assert_eq!(completed.json()["state"], "Uploaded", "{}", completed.body);
    assert!(pages.page(&address).contains("more.pdf"));
    for (field, value, said) in [
        ("fileName", "proof.exe", "The file"),
        ("size", "0", "The file is empty."),
        ("size", "20000001", "larger than 20 MB"),
    ] {
        let wrong = file.map(|(name, given)| (name, if name == field { value } else { given }));
        let refused = pages.asks(&address, &wrong);
        assert_eq!(refused.status, 422, "{value}");
        assert!(refused.json()["why"].as_str().unwrap().contains(said), "{}", refused.body);
    }
}
