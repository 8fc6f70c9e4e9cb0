//! The customer's link (D9, I8, R13 to R15).

use claim_domain::rule::Rule;
use e2e::{ClaimDriver, Failed};
use serde_json::json;

use crate::fixtures::{Case, approved, case, draft, history, holds, same, status};

pub(crate) fn cases() -> Vec<Case> {
    vec![
        case("opening_the_link_changes_nothing", opening).proves(&[Rule::D9, Rule::I8]),
        case("the_customer_denies_once_and_sees_the_first_result_again", denying).proves(&[Rule::D9]),
        case("a_customers_reason_reaches_partner_and_reviewer_in_its_words", reason)
            .proves(&[Rule::R15, Rule::R26]),
        case("an_unknown_link_is_not_found_and_always_the_same", unknown).proves(&[Rule::D9]),
        case("a_refused_notice_suspends_and_a_corrected_one_starts_a_fresh_period", refused_notice)
            .proves(&[Rule::D16]),
        case("every_approval_has_a_link_of_its_own", another_approval).proves(&[Rule::D7]),
    ]
}

const JSON: [(&str, &str); 2] = [("accept", "application/json"), ("content-type", "application/json")];
const CONFIRMED: Option<&[u8]> = Some(br#"{"confirm":true}"#);
const HTML: [(&str, &str); 1] = [("accept", "text/html,application/xhtml+xml")];
const FORM: [(&str, &str); 2] =
    [("accept", "text/html,application/xhtml+xml"), ("content-type", "application/x-www-form-urlencoded")];

fn opening(claim: &mut ClaimDriver<'_>) -> Result<(), Failed> {
    claim.day(0, 9)?;
    approved(claim, "Opened link")?;
    let (before, page) = (claim.look("rita")?, claim.consent_path()?);
    for headers in [&JSON[..], &HTML, &JSON, &HTML, &[("accept", "*/*")]] {
        status(&claim.environment.stack.send("GET", &page, headers, None)?, 200, "the page")?;
    }
    let head = claim.environment.stack.send("HEAD", &page, &HTML, None)?;
    same(
        (head.status, head.text()),
        (200, String::new()),
        "what a mail program asks before it shows a link",
    )?;
    let seen = claim.environment.stack.send("GET", &page, &JSON, None)?;
    same(seen.json()["state"].clone(), json!("open"), "the state")?;
    let html = claim.environment.stack.send("GET", &page, &HTML, None)?;
    let text = html.text();
    holds(
        text.contains("Northwind Consulting") && text.contains("Exchange"),
        "the page names partner and products",
    )?;
    holds(!text.contains("northwind-consulting"), "the page shows no id of an organisation")?;
    holds(text.contains("<form") && !text.contains("<script"), "the form needs no script")?;
    let polish = claim.environment.stack.send("GET", &format!("{page}?lang=pl"), &HTML, None)?;
    holds(polish.text().contains("Partner został powiązany"), "the page speaks another language")?;
    for link in [page.to_uppercase().replace("/V1/CONSENT/", "/v1/consent/"), format!("{page}.")] {
        let opened = claim.environment.stack.send("GET", &link, &JSON, None)?;
        status(&opened, 200, "a link that a mail program changed")?;
    }
    same(html.header("referrer-policy"), Some("no-referrer"), "the link does not leak")?;
    same(html.header("cache-control"), Some("no-store"), "the page is not kept")?;
    same(claim.look("rita")?, before, "the claim afterwards")
}

fn denying(claim: &mut ClaimDriver<'_>) -> Result<(), Failed> {
    claim.day(0, 9)?;
    approved(claim, "Denied twice")?;
    let page = claim.consent_path()?;
    let deny = format!("{page}/deny");
    // What a mail scanner sends when it submits the form as it came.
    for (headers, body) in [(&FORM[..], &b""[..]), (&FORM, b"confirm="), (&HTML, b"")] {
        let asked = claim.environment.stack.send("POST", &deny, headers, Some(body))?;
        status(&asked, 200, "the page that asks")?;
        holds(asked.text().contains("type=\"checkbox\""), "it has a box to tick")?;
    }
    status(&claim.environment.stack.send("POST", &deny, &JSON, Some(b"{}"))?, 422, "not confirmed")?;
    same(claim.look("nadia")?["status"].clone(), json!("approved"), "the status")?;
    let first = claim.environment.stack.send("POST", &deny, &JSON, CONFIRMED)?;
    status(&first, 200, "the denial")?;
    same(first.json()["state"].clone(), json!("denied"), "the state")?;
    let before = claim.look("rita")?;
    claim.day(2, 9)?;
    let again = claim.environment.stack.send("POST", &deny, &JSON, CONFIRMED)?;
    status(&again, 200, "the second denial")?;
    same(again.json()["deniedAt"].clone(), first.json()["deniedAt"].clone(), "the first result")?;
    same(claim.look("rita")?["version"].clone(), before["version"].clone(), "the version")?;
    // A browser is sent to the page of the link, which shows what became of it.
    let form = claim.environment.stack.send("POST", &deny, &FORM, Some(b"confirm=yes"))?;
    status(&form, 303, "the form")?;
    holds(form.header("location").is_some_and(|to| to.starts_with(&page)), "it leads to the link's page")?;
    status(&claim.environment.stack.send("GET", &page, &HTML, None)?, 200, "the page stays")
}

fn reason(claim: &mut ClaimDriver<'_>) -> Result<(), Failed> {
    claim.day(0, 9)?;
    approved(claim, "Denied with a reason")?;
    let page = claim.consent_path()?;
    let deny = |note: &str| {
        let body = json!({ "confirm": true, "note": note }).to_string();
        claim.environment.stack.send("POST", &format!("{page}/deny"), &JSON, Some(body.as_bytes()))
    };
    let refused = deny(&"n".repeat(8_001))?;
    status(&refused, 422, "a reason that is too long")?;
    same(refused.json()["errors"][0]["pointer"].clone(), json!("/note"), "what is wrong")?;
    same(claim.look("nadia")?["status"].clone(), json!("approved"), "the status")?;
    let why = "We work with <somebody> else.\nSince May.";
    let denied = deny(&format!("  {why} "))?;
    status(&denied, 200, "the denial")?;
    same(denied.json()["note"].clone(), json!(why), "the reason")?;
    same(deny("Another reason.")?.json()["note"].clone(), json!(why), "the reason after a second denial")?;
    let receipt = claim.environment.stack.send("GET", &page, &HTML, None)?.text();
    holds(receipt.contains("We work with &#60;somebody&#62; else."), "the receipt shows the reason")?;
    holds(receipt.contains(&claim.id), "the receipt names the claim")?;
    holds(receipt.contains("href=\"mailto:questions@program.example?subject="), "it leads to the program")?;
    for user in ["nadia", "rita"] {
        same(claim.look(user)?["rejection"]["note"].clone(), json!(why), "the reason on the claim")?;
        let entry = history(claim, user)?.into_iter().rfind(|entry| entry["type"] == "rejected");
        same(entry.unwrap_or_default()["note"].clone(), json!(why), "the reason in the history")?;
    }
    Ok(())
}

fn unknown(claim: &mut ClaimDriver<'_>) -> Result<(), Failed> {
    claim.day(0, 9)?;
    approved(claim, "Unknown link")?;
    let mut other = claim.consent_path()?;
    let last = other.pop().unwrap_or('0');
    other.push(if last == '0' { '1' } else { '0' });
    let short = "/v1/consent/short".to_owned();
    for headers in [&JSON[..], &HTML] {
        let mut bodies = Vec::new();
        for path in [&other, &short] {
            let page = claim.environment.stack.send("GET", path, headers, None)?;
            status(&page, 404, path)?;
            bodies.push(page.text());
            let deny = claim.environment.stack.send("POST", &format!("{path}/deny"), headers, Some(b""))?;
            status(&deny, 404, "deny")?;
            bodies.push(deny.text());
        }
        bodies.dedup();
        same(bodies.len(), 1, "different answers to unknown links")?;
    }
    same(claim.look("nadia")?["status"].clone(), json!("approved"), "the status")
}

fn another_approval(claim: &mut ClaimDriver<'_>) -> Result<(), Failed> {
    claim.day(0, 9)?;
    approved(claim, "Approved twice")?;
    let first = claim.consent_path()?;
    status(
        &claim.environment.stack.send("POST", &format!("{first}/deny"), &JSON, CONFIRMED)?,
        200,
        "the denial",
    )?;
    claim.act(
        "nadia",
        "disputes the denial",
        "/dispute",
        &json!({ "justification": "A misunderstanding." }),
    )?;
    claim.act("ravi", "takes the claim", "/review/start", &json!({}))?;
    claim.act("ravi", "approves", "/review/approve", &json!({}))?;
    claim.is_notified()?;
    let stack = claim.environment.stack.clone();
    stack.eventually("a link of its own", || {
        let newest = claim.consent_path().map_err(|error| local_stack::Error::Unexpected(error.0))?;
        Ok((newest != first).then_some(()))
    })?;
    let old = stack.send("GET", &first, &JSON, None)?;
    same(old.json()["state"].clone(), json!("denied"), "the first link is about the first approval")?;
    let new = stack.send("GET", &claim.consent_path()?, &JSON, None)?;
    same(new.json()["state"].clone(), json!("open"), "the second link is about the second approval")?;
    claim.hands_off()
}

/// The local stack refuses email to refused.example for good, as SES does with an address that it will not send to.
fn refused_notice(claim: &mut ClaimDriver<'_>) -> Result<(), Failed> {
    claim.day(0, 9)?;
    let mut body = draft("Refused notice", &["Teams"]);
    body["customer"]["contact"]["email"] = json!("cleo@refused.example");
    claim.create(&body)?;
    same(claim.claim["contactOutsideDomain"].clone(), json!(true), "what the partner sees of the contact")?;
    claim.upload("proof.pdf")?;
    claim.act("nadia", "submits", "/submit", &json!({}))?;
    claim.act("rita", "starts", "/review/start", &json!({}))?;
    let seen = claim.call("rita", "GET", &format!("/v1/claims/{}", claim.id), &[], None)?.json();
    same(seen["contactOutsideDomain"].clone(), json!(true), "what the reviewer sees of the contact")?;
    claim.act("rita", "approves", "/review/approve", &json!({ "confirmContact": true }))?;
    claim.becomes("/consent/state", &json!("suspended"))?;
    crate::feedback::clocks_are(claim, &["noticeCorrection"])?;
    claim.email("nadia@northwind.example", "could not be delivered")?;
    claim.email("lena@program.example", "could not be delivered")?;
    let failed = history(claim, "nadia")?
        .into_iter()
        .find(|entry| entry["type"] == "noticeFailed")
        .unwrap_or_default();
    same(failed["why"].clone(), json!("email refused: MessageRejected"), "what the email service said")?;
    // The correction is due with day 8: Thursday, day 3, is a holiday.
    claim.day(8, 9)?;
    claim.assessed(&[])?;
    let corrected = json!({ "email": "cleo.marsh@corrected.example" });
    claim.act("rita", "corrects the address", "/consent/resend", &corrected)?;
    claim.is_notified()?;
    same(
        claim.due("consent")?,
        claim.environment.at(15, 22),
        "a fresh period, from day 8 on, in summer time",
    )?;
    same(claim.claim["customer"]["contact"]["email"].clone(), corrected["email"].clone(), "the address")?;
    same(claim.claim["customer"]["contact"]["name"].clone(), json!("Cleo Marsh"), "the rest of the contact")?;
    claim.hands_off()
}
