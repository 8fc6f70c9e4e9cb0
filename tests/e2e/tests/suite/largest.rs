//! Everything at its bound at once (D19): items of the table have bounds of their own, and nothing may fail for them.

use claim_domain::rule::Rule;
use e2e::{ClaimDriver, Failed, pdf};
use serde_json::{Value, json};
use sha2::{Digest, Sha256};

use crate::fixtures::{Case, case, history, holds, same, status};

/// A letter of four bytes, for texts that are counted in characters.
const LETTER: &str = "\u{1F9FE}";
const PRODUCTS: usize = 50;
const DOCUMENTS: usize = 30;

pub(crate) fn cases() -> Vec<Case> {
    vec![case("the_largest_of_everything_is_kept_shown_and_sent_by_email", largest).proves(&[Rule::D19])]
}

fn products() -> Vec<Value> {
    let id = |number: usize| format!("1a49e570-0000-4000-8000-{number:012}");
    (0..PRODUCTS).map(|number| json!({ "product": "Sales", "subscriptionId": id(number) })).collect()
}

fn draft() -> Value {
    let (name, email) = (LETTER.repeat(200), |who: &str| format!("{who}@{}.example", "largest".repeat(9)));
    let contact = |who: &str| json!({ "name": name, "title": name, "email": email(who) });
    json!({
        "name": name, "mpnId": "4711001", "solutionArea": "Business Applications",
        "activities": ["revenueAssociation"],
        "customer": {
            "tenantId": "1a49e570-0000-4000-8000-ffffffffffff", "domain": format!("{}.example", "largest".repeat(9)),
            "name": name, "contact": contact("customer"),
        },
        "technicalContact": contact("technical"), "partnerContact": contact("partner"), "products": products(),
        "revenueAssociation": { "solutionSeller": name, "customerName": name, "isvProduct": name },
    })
}

fn largest(claim: &mut ClaimDriver<'_>) -> Result<(), Failed> {
    claim.day(0, 9)?;
    let (draft, text) = (draft(), LETTER.repeat(8_000));
    claim.create(&draft)?;
    let bytes = pdf("Large");
    let sha256: String = Sha256::digest(&bytes).iter().map(|byte| format!("{byte:02x}")).collect();
    for number in 0..DOCUMENTS {
        let name = format!("{}{number:02}.pdf", LETTER.repeat(194));
        let body = json!({
            "fileName": name, "mediaType": "application/pdf", "size": bytes.len(), "sha256": sha256,
        });
        let asked = claim.call("nadia", "POST", &claim.path("/evidence"), &[], Some(&body))?;
        status(&asked, 201, "a document is announced")?;
        let asked = asked.json();
        claim.put(&asked, &bytes)?;
        let id = asked["evidence"]["id"].as_str().unwrap_or_default();
        let complete =
            claim.call("nadia", "POST", &claim.path(&format!("/evidence/{id}/complete")), &[], None)?;
        status(&complete, 200, "a document is completed")?;
    }
    claim.act("nadia", "submits", "/submit", &json!({}))?;
    claim.act("rita", "starts", "/review/start", &json!({}))?;
    let codes = [
        "missingAllPoe",
        "missingCustomerAcknowledgment",
        "missingOrOldDates",
        "missingPartnerSolution",
        "missingProducts",
        "other",
    ];
    let reasons: Vec<Value> = codes.iter().map(|code| json!({ "code": code, "note": text })).collect();
    let ask = json!({ "reasons": reasons, "removeProducts": products()[1..] });
    claim.act("rita", "asks for everything", "/review/request-action", &ask)?;
    claim.email(draft["partnerContact"]["email"].as_str().unwrap_or_default(), "Action required")?;
    claim.act("nadia", "comments", "/comments", &json!({ "text": text }))?;
    claim.act("nadia", "resubmits", "/submit", &json!({}))?;
    claim.act("rita", "starts again", "/review/start", &json!({}))?;
    claim.act("rita", "rejects", "/review/reject", &json!({ "reason": "other", "note": text }))?;
    claim.act("nadia", "disputes", "/dispute", &json!({ "justification": text }))?;
    claim.act("ravi", "takes the dispute", "/review/start", &json!({}))?;
    claim.act("ravi", "approves", "/review/approve", &json!({}))?;
    for user in ["nadia", "ravi"] {
        let seen = claim.look(user)?;
        same(seen["products"].as_array().map(Vec::len), Some(PRODUCTS), "the products")?;
        same(seen["evidence"].as_array().map(Vec::len), Some(DOCUMENTS), "the documents")?;
        let told = json!(history(claim, user)?).to_string();
        holds(told.matches(&text).count() >= codes.len() + 3, "every text is in the history, whole")?;
    }
    claim.hands_off()?;
    same(claim.environment.assessed_products(&claim.id).len(), PRODUCTS, "what assessment has")
}
