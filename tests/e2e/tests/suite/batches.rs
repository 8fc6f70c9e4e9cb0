//! Many claims with one request (R6, R7, D11).

use claim_domain::rule::Rule;
use e2e::{ClaimDriver, Failed};
use serde_json::{Value, json};

use crate::fixtures::{Case, case, draft, holds, same, status};

pub(crate) fn cases() -> Vec<Case> {
    vec![
        case("each_row_of_a_batch_has_a_result_of_its_own", made).proves(&[Rule::R6, Rule::D11]),
        case("a_file_from_the_template_makes_claims", filled_in).proves(&[Rule::R6]),
    ]
}

fn statuses(body: &Value) -> Vec<Value> {
    body["items"].as_array().into_iter().flatten().map(|row| row["status"].clone()).collect()
}

fn made(claim: &mut ClaimDriver<'_>) -> Result<(), Failed> {
    claim.day(0, 9)?;
    let batch = json!({ "claims": [draft("First of many", &["Teams"]), { "name": "Incomplete" }, draft("Third of many", &["Yammer"])] });
    let key = [("idempotency-key", "many")];
    let tried = claim.call("nadia", "POST", "/v1/claims/batch?dryRun=true", &key, Some(&batch))?;
    same(statuses(&tried.json()), vec![json!(200), json!(422), json!(200)], "what would become of the rows")?;
    let first = claim.call("nadia", "POST", "/v1/claims/batch", &key, Some(&batch))?;
    status(&first, 200, "a batch")?;
    let first = first.json();
    same(statuses(&first), vec![json!(201), json!(422), json!(201)], "what became of the rows")?;
    holds(first["items"][1]["problem"]["errors"][0]["pointer"].is_string(), "the fault is named")?;
    let again = claim.call("nadia", "POST", "/v1/claims/batch", &key, Some(&batch))?.json();
    same(again, first.clone(), "the same batch again")?;
    let id = |row: usize| first["items"][row]["claimId"].as_str().unwrap_or_default().to_owned();
    claim.was_created(&id(0))?;
    claim.upload("proof.pdf")?;
    let ids = json!({ "claims": [id(0), id(2), "no-id"] });
    let submitted = claim.call("nadia", "POST", "/v1/claims/submit", &[], Some(&ids))?;
    same(statuses(&submitted.json()), vec![json!(200), json!(409), json!(404)], "with and without proof")?;
    same(claim.look("nadia")?["status"].clone(), json!("submitted"), "the one with proof")?;
    let others =
        claim.call("fiona", "POST", "/v1/claims/submit", &[], Some(&json!({ "claims": [id(2)] })))?;
    same(statuses(&others.json()), vec![json!(404)], "another organisation's claim")?;
    let many = json!({ "claims": vec![json!({}); 101] });
    let refused = claim.call("nadia", "POST", "/v1/claims/batch", &[], Some(&many))?;
    status(&refused, 422, "one row too many")
}

fn filled_in(claim: &mut ClaimDriver<'_>) -> Result<(), Failed> {
    claim.day(0, 9)?;
    let template = claim.call("nadia", "GET", "/v1/claims/template.csv", &[], None)?;
    status(&template, 200, "the template")?;
    let stack = &claim.environment.stack;
    let bearer = format!("Bearer {}", stack.token("nadia")?);
    let headers = [("authorization", bearer.as_str()), ("content-type", "text/csv")];
    let text = template.text();
    let made = stack.send("POST", "/v1/claims/batch", &headers, Some(text.as_bytes()))?;
    status(&made, 200, "the template, sent back")?;
    same(statuses(&made.json()), vec![json!(201); 3], "a claim of each kind")
}
