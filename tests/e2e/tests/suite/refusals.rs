//! Every refusal with its exact problem document: its snapshot is what a client reads.

use claim_domain::rule::Rule;
use e2e::{ClaimDriver, Failed};
use serde_json::{Value, json};

use crate::fixtures::{
    Case, action_required, approved, case, draft, etag, holds, rejected, same, status, submitted,
    under_review,
};

pub(crate) fn cases() -> Vec<Case> {
    vec![
        case("a_person_without_a_role_sees_and_changes_nothing", no_role).proves(&[Rule::R1]),
        case("reviewers_do_not_see_a_claim_before_its_first_submission", unsubmitted).proves(&[Rule::R2]),
        case("partners_do_not_review_and_reviewers_do_not_claim", wrong_role).proves(&[Rule::R1, Rule::R2]),
        case("only_the_assigned_reviewer_decides_and_only_the_lead_takes_over", not_assigned)
            .proves(&[Rule::D17]),
        case("a_claim_is_not_submitted_without_proof", evidence_missing).proves(&[Rule::R6]),
        case("after_submission_only_some_fields_are_edited", not_editable).proves(&[Rule::R24]),
        case("nothing_is_edited_under_review", illegal_state).proves(&[Rule::R24]),
        case("a_submitted_claim_is_not_discarded_and_a_draft_not_withdrawn", discard_or_withdraw)
            .proves(&[Rule::D8]),
        case("a_request_to_remove_every_product_is_refused", every_product).proves(&[Rule::D10]),
        case("a_withdrawn_claim_cannot_be_disputed", not_disputable).proves(&[Rule::D7]),
        case("a_dispute_needs_a_justification_or_new_proof", dispute_empty).proves(&[Rule::R21]),
        case("a_claim_is_disputed_once", disputed_once).proves(&[Rule::D6]),
        case("an_mpn_id_of_another_organisation_is_refused", foreign_mpn).proves(&[Rule::D10]),
        case("every_bad_field_is_named", invalid_input).proves(&[Rule::D14, Rule::D19]),
        case("the_address_is_corrected_only_after_a_bounce", resend).proves(&[Rule::D16]),
        case("a_contact_outside_the_domains_is_confirmed_and_corrected_within", outside_domain)
            .proves(&[Rule::D16]),
        case("a_handed_off_claim_takes_no_decisions", handed_off).proves(&[Rule::D12]),
        case("an_edit_or_a_decision_without_a_revision_is_refused", no_revision).proves(&[Rule::D11]),
        case("a_stale_revision_is_refused_on_every_route_that_takes_one", stale_revision)
            .proves(&[Rule::D11]),
        case("what_is_not_json_or_too_large_is_refused", malformed).proves(&[Rule::D19]),
    ]
}

/// Compares a problem with its snapshot; what differs from run to run is blanked out.
fn document(
    claim: &ClaimDriver<'_>,
    name: &str,
    answer: &local_stack::Response,
    expected: u16,
) -> Result<(), Failed> {
    status(answer, expected, name)?;
    let media = answer.header("content-type").unwrap_or_default();
    same(media.split(';').next().unwrap_or_default(), "application/problem+json", "the media type")?;
    let text = if claim.id.is_empty() { answer.text() } else { answer.text().replace(&claim.id, "{id}") };
    let problem: Value = serde_json::from_str(&text).unwrap_or_default();
    insta::assert_json_snapshot!(name, problem);
    Ok(())
}

/// A POST without If-Match.
fn post(
    claim: &ClaimDriver<'_>,
    user: &str,
    rest: &str,
    body: &Value,
) -> Result<local_stack::Response, Failed> {
    claim.call(user, "POST", &claim.path(rest), &[], Some(body))
}

/// A POST with the revision that the user sees.
fn decide(
    claim: &ClaimDriver<'_>,
    user: &str,
    rest: &str,
    body: &Value,
) -> Result<local_stack::Response, Failed> {
    let seen = etag(claim, user)?;
    claim.call(user, "POST", &claim.path(rest), &[("if-match", &seen)], Some(body))
}

fn no_role(claim: &mut ClaimDriver<'_>) -> Result<(), Failed> {
    claim.day(0, 9)?;
    claim.create(&draft("No role", &["Teams"]))?;
    document(claim, "no-role", &claim.call("otto", "GET", &claim.path(""), &[], None)?, 403)?;
    status(
        &claim.call("otto", "POST", "/v1/claims", &[], Some(&draft("No role", &["Teams"])))?,
        403,
        "create",
    )?;
    status(&claim.call("otto", "GET", "/v1/claims", &[], None)?, 403, "list")
}

fn unsubmitted(claim: &mut ClaimDriver<'_>) -> Result<(), Failed> {
    claim.day(0, 9)?;
    claim.create(&draft("Not yet submitted", &["Teams"]))?;
    document(claim, "unsubmitted", &claim.call("rita", "GET", &claim.path(""), &[], None)?, 404)?;
    status(&post(claim, "rita", "/review/start", &json!({}))?, 404, "start")?;
    status(&post(claim, "lena", "/comments", &json!({ "text": "?" }))?, 404, "comment")
}

fn wrong_role(claim: &mut ClaimDriver<'_>) -> Result<(), Failed> {
    claim.day(0, 9)?;
    submitted(claim, "Wrong role")?;
    document(claim, "partner-reviews", &post(claim, "nadia", "/review/start", &json!({}))?, 403)?;
    document(
        claim,
        "reviewer-withdraws",
        &post(claim, "rita", "/withdraw", &json!({ "cause": "other" }))?,
        403,
    )?;
    status(&claim.call("nadia", "GET", "/v1/review/queue", &[], None)?, 403, "the queue")?;
    let create = claim.call("rita", "POST", "/v1/claims", &[], Some(&draft("By a reviewer", &["Teams"])))?;
    document(claim, "reviewer-creates", &create, 403)
}

fn not_assigned(claim: &mut ClaimDriver<'_>) -> Result<(), Failed> {
    claim.day(0, 9)?;
    under_review(claim, "Not assigned")?;
    document(claim, "not-assigned", &decide(claim, "ravi", "/review/approve", &json!({}))?, 403)?;
    document(
        claim,
        "take-over-by-a-reviewer",
        &decide(claim, "ravi", "/review/take-over", &json!({}))?,
        403,
    )?;
    document(claim, "release-by-another", &decide(claim, "ravi", "/review/release", &json!({}))?, 403)?;
    document(claim, "start-of-a-taken-claim", &decide(claim, "ravi", "/review/start", &json!({}))?, 409)?;
    claim.act("lena", "takes over", "/review/take-over", &json!({}))?;
    status(&decide(claim, "rita", "/review/approve", &json!({}))?, 403, "the former reviewer")?;
    claim.act("lena", "releases", "/review/release", &json!({}))?;
    document(claim, "nobody-assigned", &decide(claim, "rita", "/review/approve", &json!({}))?, 403)
}

fn evidence_missing(claim: &mut ClaimDriver<'_>) -> Result<(), Failed> {
    claim.day(0, 9)?;
    claim.create(&draft("Without proof", &["Teams"]))?;
    claim.announce("announced-only.pdf", "application/pdf", b"%PDF-1.4\n")?;
    document(claim, "evidence-missing", &post(claim, "nadia", "/submit", &json!({}))?, 409)
}

fn patch(claim: &ClaimDriver<'_>, body: &Value) -> Result<local_stack::Response, Failed> {
    let seen = etag(claim, "nadia")?;
    let headers = [("if-match", seen.as_str()), ("content-type", "application/merge-patch+json")];
    claim.call("nadia", "PATCH", &claim.path(""), &headers, Some(body))
}

fn not_editable(claim: &mut ClaimDriver<'_>) -> Result<(), Failed> {
    claim.day(0, 9)?;
    submitted(claim, "Edited after submission")?;
    let body =
        json!({ "name": "Another name", "customer": { "domain": "other.example" }, "mpnId": "4711002" });
    document(claim, "not-editable", &patch(claim, &body)?, 409)?;
    let allowed = json!({
        "mpnId": "4711002", "products": [{ "product": "Teams" }],
        "customer": { "contact": { "title": "CIO" } }, "partnerContact": { "name": "Nora Lind" },
    });
    let edited = patch(claim, &allowed)?;
    status(&edited, 200, "the fields that can be edited")?;
    let edited = edited.json();
    same(
        edited["customer"]["contact"]["name"].clone(),
        json!("Cleo Marsh"),
        "a field left out is never wiped",
    )?;
    same(edited["customer"]["contact"]["title"].clone(), json!("CIO"), "the title")
}

fn illegal_state(claim: &mut ClaimDriver<'_>) -> Result<(), Failed> {
    claim.day(0, 9)?;
    under_review(claim, "Under review")?;
    document(claim, "edit-under-review", &patch(claim, &json!({ "mpnId": "4711002" }))?, 409)?;
    document(claim, "submit-under-review", &post(claim, "nadia", "/submit", &json!({}))?, 409)?;
    let dispute = post(claim, "nadia", "/dispute", &json!({ "justification": "?" }))?;
    document(claim, "dispute-under-review", &dispute, 409)?;
    let upload = json!({
        "fileName": "late.pdf", "mediaType": "application/pdf", "size": 9, "sha256": "0".repeat(64),
    });
    document(claim, "upload-under-review", &post(claim, "nadia", "/evidence", &upload)?, 409)
}

fn discard_or_withdraw(claim: &mut ClaimDriver<'_>) -> Result<(), Failed> {
    claim.day(0, 9)?;
    claim.create(&draft("Discard or withdraw", &["Teams"]))?;
    document(
        claim,
        "withdraw-a-draft",
        &post(claim, "nadia", "/withdraw", &json!({ "cause": "other" }))?,
        409,
    )?;
    claim.upload("proof.pdf")?;
    claim.act("nadia", "submits", "/submit", &json!({}))?;
    document(
        claim,
        "discard-a-submitted-claim",
        &claim.call("nadia", "DELETE", &claim.path(""), &[], None)?,
        409,
    )
}

fn every_product(claim: &mut ClaimDriver<'_>) -> Result<(), Failed> {
    claim.day(0, 9)?;
    under_review(claim, "Every product")?;
    let body = json!({
        "reasons": [{ "code": "missingProducts" }],
        "removeProducts": [{ "product": "Teams" }, { "product": "Exchange" }],
    });
    document(claim, "every-product-removed", &decide(claim, "rita", "/review/request-action", &body)?, 422)?;
    let body = json!({ "reasons": [{ "code": "other" }], "removeProducts": [{ "product": "Yammer" }] });
    document(claim, "other-without-words", &decide(claim, "rita", "/review/request-action", &body)?, 422)
}

fn not_disputable(claim: &mut ClaimDriver<'_>) -> Result<(), Failed> {
    claim.day(0, 9)?;
    submitted(claim, "Withdrawn")?;
    claim.act("nadia", "withdraws", "/withdraw", &json!({ "cause": "incorrectMpn" }))?;
    let dispute = post(claim, "nadia", "/dispute", &json!({ "justification": "?" }))?;
    document(claim, "dispute-of-a-withdrawal", &dispute, 409)?;
    document(claim, "withdraw-twice", &post(claim, "nadia", "/withdraw", &json!({ "cause": "other" }))?, 409)
}

fn dispute_empty(claim: &mut ClaimDriver<'_>) -> Result<(), Failed> {
    claim.day(0, 9)?;
    rejected(claim, "Empty dispute")?;
    document(claim, "dispute-empty", &post(claim, "nadia", "/dispute", &json!({}))?, 422)?;
    claim.announce("announced-only.pdf", "application/pdf", b"%PDF-1.4\n")?;
    status(&post(claim, "nadia", "/dispute", &json!({}))?, 422, "an announced document is no proof")?;
    claim.upload("new-proof.pdf")?;
    claim.act("nadia", "disputes with new proof alone", "/dispute", &json!({}))
}

fn disputed_once(claim: &mut ClaimDriver<'_>) -> Result<(), Failed> {
    claim.day(0, 9)?;
    rejected(claim, "Disputed once")?;
    claim.act("nadia", "disputes", "/dispute", &json!({ "justification": "Look again." }))?;
    claim.act("ravi", "takes the claim", "/review/start", &json!({}))?;
    claim.act("ravi", "rejects again", "/review/reject", &json!({ "reason": "insufficientPoe" }))?;
    claim.email("nadia@northwind.example", "Dispute refused")?;
    let again = post(claim, "nadia", "/dispute", &json!({ "justification": "Once more." }))?;
    document(claim, "dispute-twice", &again, 409)
}

fn foreign_mpn(claim: &mut ClaimDriver<'_>) -> Result<(), Failed> {
    claim.day(0, 9)?;
    let mut foreign = draft("Foreign MPN id", &["Teams"]);
    foreign["mpnId"] = json!("4722001");
    document(claim, "foreign-mpn", &claim.call("nadia", "POST", "/v1/claims", &[], Some(&foreign))?, 422)
}

fn invalid_input(claim: &mut ClaimDriver<'_>) -> Result<(), Failed> {
    claim.day(0, 9)?;
    let body = json!({
        "name": "x".repeat(201), "mpnId": "twelve", "solutionArea": "Microsoft 365", "activities": ["preSales"],
        "customer": {
            "tenantId": "not-a-guid", "domain": "no domain", "name": "",
            "contact": { "name": "Cleo", "email": "not an address" },
        },
        "products": [{ "product": "Word" }, { "product": "Teams" }, { "product": "Teams" }], "colour": "red",
    });
    document(claim, "invalid-input", &claim.call("nadia", "POST", "/v1/claims", &[], Some(&body))?, 422)?;
    let query = "/v1/claims?limit=0&sort=colour&status=open&colour=red";
    document(claim, "invalid-query", &claim.call("nadia", "GET", query, &[], None)?, 400)
}

fn resend(claim: &mut ClaimDriver<'_>) -> Result<(), Failed> {
    claim.day(0, 9)?;
    approved(claim, "Resend")?;
    let due = claim.due("consent")?;
    let corrected = post(claim, "nadia", "/consent/resend", &json!({ "email": "new@customer.example" }))?;
    document(claim, "correction-without-a-bounce", &corrected, 409)?;
    let first = claim.consent_path()?;
    claim.act("nadia", "sends the notice again", "/consent/resend", &json!({}))?;
    claim.environment.stack.eventually("another link", || {
        let newest = claim.consent_path().map_err(|error| local_stack::Error::Unexpected(error.0))?;
        Ok((newest != first).then_some(()))
    })?;
    same(claim.due("consent")?, due, "a resend without a bounce changes no due instant")?;
    let open = claim.environment.stack.send("GET", &first, &[("accept", "application/json")], None)?;
    status(&open, 200, "the earlier link stays good")
}

fn outside_domain(claim: &mut ClaimDriver<'_>) -> Result<(), Failed> {
    claim.day(0, 9)?;
    let mut body = draft("Contact elsewhere", &["Teams"]);
    body["customer"]["domain"] = json!("elsewhere.onmicrosoft.example");
    body["customer"]["mailDomains"] = json!(["elsewhere.example"]);
    body["customer"]["contact"]["email"] = json!("cleo@agency.example");
    claim.create(&body)?;
    claim.upload("proof.pdf")?;
    claim.act("nadia", "submits", "/submit", &json!({}))?;
    claim.act("rita", "starts", "/review/start", &json!({}))?;
    document(claim, "contact-not-confirmed", &decide(claim, "rita", "/review/approve", &json!({}))?, 409)?;
    claim.act("rita", "approves", "/review/approve", &json!({ "confirmContact": true }))?;
    claim.is_notified()?;
    let notice = claim.eventually("the notice", || {
        Ok(claim.environment.emails("cleo@agency.example", "please check")?.pop())
    })?;
    claim.environment.stack.feed_back(&notice, local_stack::Feedback::Bounced)?;
    claim.becomes("/consent/state", &json!("suspended"))?;
    let own = post(claim, "nadia", "/consent/resend", &json!({ "email": "nadia@northwind.example" }))?;
    document(claim, "contact-outside-approval", &own, 409)?;
    claim.act(
        "nadia",
        "corrects it",
        "/consent/resend",
        &json!({ "email": "cleo@mail.elsewhere.example" }),
    )?;
    same(claim.claim.get("contactOutsideDomain").cloned(), None, "the mark, in one of the mail domains")?;
    claim.hands_off()
}

fn handed_off(claim: &mut ClaimDriver<'_>) -> Result<(), Failed> {
    claim.day(0, 9)?;
    approved(claim, "Handed off")?;
    document(
        claim,
        "decide-an-approved-claim",
        &decide(claim, "rita", "/review/reject", &json!({ "reason": "poeUnavailable" }))?,
        409,
    )?;
    claim.hands_off()?;
    document(claim, "resend-after-hand-off", &post(claim, "nadia", "/consent/resend", &json!({}))?, 409)?;
    claim.act("nadia", "comments", "/comments", &json!({ "text": "Thank you." }))
}

fn no_revision(claim: &mut ClaimDriver<'_>) -> Result<(), Failed> {
    claim.day(0, 9)?;
    under_review(claim, "Without a revision")?;
    let ask = json!({ "reasons": [{ "code": "missingOrOldDates" }] });
    document(claim, "revision-required", &post(claim, "rita", "/review/approve", &json!({}))?, 428)?;
    status(&post(claim, "rita", "/review/request-action", &ask)?, 428, "request action")?;
    status(&post(claim, "rita", "/review/reject", &json!({ "reason": "insufficientPoe" }))?, 428, "reject")?;
    let end = json!({ "products": [{ "product": "Teams" }], "reason": "?" });
    status(&post(claim, "rita", "/review/end-association", &end)?, 409, "its status comes before that")?;
    let edit = |claim: &ClaimDriver<'_>| {
        claim.call("nadia", "PATCH", &claim.path(""), &[], Some(&json!({ "name": "Other" })))
    };
    status(&edit(claim)?, 409, "its status comes before that as well")?;
    claim.act("rita", "asks for action", "/review/request-action", &ask)?;
    status(&edit(claim)?, 428, "edit")
}

fn stale_revision(claim: &mut ClaimDriver<'_>) -> Result<(), Failed> {
    claim.day(0, 9)?;
    action_required(claim, "Stale revision")?;
    let stale = [("if-match", "\"1\"")];
    let call = |user: &str, method: &str, rest: &str, body: &Value| {
        claim.call(user, method, &claim.path(rest), &stale, Some(body))
    };
    let edit = call("nadia", "PATCH", "", &json!({ "mpnId": "4711002" }))?;
    document(claim, "revision-stale", &edit, 412)?;
    // What the role or the status forbids is said before that the revision is stale.
    for (user, rest, body, expected) in [
        ("nadia", "/submit", json!({}), 412),
        ("nadia", "/withdraw", json!({ "cause": "other" }), 412),
        ("nadia", "/dispute", json!({ "justification": "?" }), 409),
        ("nadia", "/consent/resend", json!({}), 409),
        ("nadia", "/comments", json!({ "text": "?" }), 412),
        ("rita", "/review/start", json!({}), 409),
        ("rita", "/review/release", json!({}), 412),
        ("lena", "/review/take-over", json!({}), 412),
        ("rita", "/review/request-action", json!({ "reasons": [{ "code": "missingAllPoe" }] }), 409),
        ("rita", "/review/approve", json!({}), 409),
        ("nadia", "/review/approve", json!({}), 403),
        ("fiona", "/submit", json!({}), 404),
    ] {
        status(&call(user, "POST", rest, &body)?, expected, rest)?;
    }
    // Forms that proxies make of the tag name the same revision, and of several one is enough.
    let seen = etag(claim, "nadia")?;
    let current = claim.look("nadia")?["revision"].to_string();
    for tag in [format!("W/{seen}"), format!("\"{current}-gzip\""), format!("\"1\", W/\"{current}\"")] {
        let answer =
            claim.call("nadia", "PATCH", &claim.path(""), &[("if-match", &tag)], Some(&json!({})))?;
        status(&answer, 200, &tag)?;
    }
    let known = claim.call("nadia", "GET", &claim.path(""), &[("if-none-match", &seen)], None)?;
    status(&known, 304, "an answer that the caller has already")?;
    let malformed =
        claim.call("nadia", "PATCH", &claim.path(""), &[("if-match", "one")], Some(&json!({})))?;
    document(claim, "if-match-malformed", &malformed, 400)
}

fn malformed(claim: &mut ClaimDriver<'_>) -> Result<(), Failed> {
    claim.day(0, 9)?;
    let token = format!("Bearer {}", claim.environment.stack.token("nadia")?);
    let send = |media: &str, body: &[u8]| {
        let headers = [("authorization", token.as_str()), ("content-type", media)];
        claim.environment.stack.send("POST", "/v1/claims", &headers, Some(body)).map_err(Failed::from)
    };
    document(claim, "not-json", &send("application/json", b"{\"name\": ")?, 400)?;
    document(claim, "not-an-object", &send("application/json", b"[1, 2]")?, 422)?;
    document(claim, "media-type", &send("text/plain", b"name")?, 415)?;
    document(claim, "given-twice", &send("application/json", b"{\"name\": \"a\", \"name\": \"b\"}")?, 400)?;
    let unknown = claim.environment.stack.send("GET", "/v1/nothing", &[], None)?;
    document(claim, "no-such-route", &unknown, 404)?;
    let put = claim.environment.stack.send("PUT", "/v1/claims", &[], None)?;
    document(claim, "method-not-allowed", &put, 405)?;
    same(put.header("allow"), Some("POST, GET, HEAD"), "the methods that the path has")?;
    let bearer = [("authorization", token.as_str())];
    let redirected = claim.environment.stack.send("GET", "/v1/claims/", &bearer, None)?;
    holds([200, 308].contains(&redirected.status), "a slash at the end means nothing")?;
    let large = format!("{{\"name\": \"{}\"}}", "x".repeat(256 * 1024));
    document(claim, "body-too-large", &send("application/json", large.as_bytes())?, 413)
}
