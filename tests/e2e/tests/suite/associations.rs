//! What a partner may ask before it claims (D15).

use claim_domain::rule::Rule;
use e2e::{ClaimDriver, Failed};
use serde_json::{Value, json};

use crate::fixtures::{Case, approved, case, holds, same, status};

pub(crate) fn cases() -> Vec<Case> {
    vec![case("a_partner_learns_whether_an_association_is_free_and_not_whose", asked).proves(&[Rule::D15])]
}

fn asked(claim: &mut ClaimDriver<'_>) -> Result<(), Failed> {
    claim.day(0, 9)?;
    approved(claim, "Asked about")?;
    let tenant = claim.look("nadia")?["customer"]["tenantId"].as_str().unwrap_or_default().to_owned();
    let held = claim.look("nadia")?["products"][0]["product"].as_str().unwrap_or_default().to_owned();
    let path = format!("/v1/associations/check?tenant={tenant}&product={held}&product=Yammer");
    let states = |body: &Value| -> Vec<(Value, Value)> {
        let items = body["items"].as_array().into_iter().flatten();
        items.map(|item| (item["product"].clone(), item["state"].clone())).collect()
    };
    let own = claim.call("nadia", "GET", &path, &[], None)?;
    status(&own, 200, "the holder asks")?;
    holds(states(&own.json()).contains(&(json!(held), json!("heldByYou"))), "the holder is told so")?;
    holds(states(&own.json()).contains(&(json!("Yammer"), json!("free"))), "what nobody holds is free")?;
    let again = claim.call("nora", "GET", &path, &[], None)?;
    status(&again, 429, "a colleague asks in the same minute")?;
    same(again.json()["type"].clone(), json!("/v1/problems/check-limit"), "the problem")?;
    holds(again.header("retry-after").is_some(), "when to come back")?;
    let others = claim.call("fiona", "GET", &path, &[], None)?;
    status(&others, 200, "another organisation asks")?;
    holds(states(&others.json()).contains(&(json!(held), json!("heldByAnother"))), "it is told so")?;
    holds(!others.text().to_lowercase().contains("northwind"), "and not by whom")?;
    let reviewer = claim.call("rita", "GET", &path, &[], None)?;
    status(&reviewer, 403, "a reviewer asks")
}
