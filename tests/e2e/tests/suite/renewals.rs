//! A new claim from an earlier one (R6, R26).

use claim_domain::rule::Rule;
use e2e::{ClaimDriver, Failed};
use serde_json::json;

use crate::fixtures::{Case, case, history, holds, rejected, same, status};

pub(crate) fn cases() -> Vec<Case> {
    vec![case("a_claim_is_made_anew_from_another_one", made).proves(&[Rule::R6, Rule::R26])]
}

fn made(claim: &mut ClaimDriver<'_>) -> Result<(), Failed> {
    claim.day(0, 9)?;
    rejected(claim, "Made anew")?;
    let old = claim.look("nadia")?;
    let path = claim.path("/clone");
    let key = [("idempotency-key", "once-more")];
    let made = claim.call("nadia", "POST", &path, &key, None)?;
    status(&made, 201, "a new claim")?;
    let new = made.json();
    same(new["status"].clone(), json!("editing"), "its status")?;
    same(new["evidence"].clone(), json!([]), "it has no proof")?;
    for field in ["name", "mpnId", "solutionArea", "activities", "customer", "partnerContact", "products"] {
        same(new[field].clone(), old[field].clone(), field)?;
    }
    let again = claim.call("nadia", "POST", &path, &key, None)?;
    same(again.json()["id"].clone(), new["id"].clone(), "the same request makes one claim")?;
    let patch = json!({ "name": "Another year", "mpnId": "9999999" });
    let refused = claim.call("nadia", "POST", &path, &[], Some(&patch))?;
    status(&refused, 422, "somebody else's location")?;
    let others = claim.call("fiona", "POST", &path, &[], None)?;
    status(&others, 404, "another organisation")?;
    let mut second = claim.another("nadia");
    second.was_created(new["id"].as_str().unwrap_or_default())?;
    let begun = history(&second, "nadia")?;
    same(begun[0]["from"].clone(), json!(claim.id), "the history says where it comes from")?;
    holds(old == claim.look("nadia")?, "the old claim stays as it was")
}
