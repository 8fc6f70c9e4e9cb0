//! The end of a subscription (D27), and a new claim from an earlier one (R6, R26).

use chrono::{NaiveDate, TimeDelta};
use claim_domain::rule::Rule;
use e2e::{ClaimDriver, Failed};
use serde_json::json;

use crate::fixtures::{Case, case, etag, history, holds, rejected, same, status, submitted};

pub(crate) fn cases() -> Vec<Case> {
    vec![
        case("a_claim_is_made_anew_from_another_one", made).proves(&[Rule::R6, Rule::R26]),
        case("the_partner_is_reminded_before_a_subscription_ends", reminded).proves(&[Rule::D27]),
    ]
}

fn reminded(claim: &mut ClaimDriver<'_>) -> Result<(), Failed> {
    claim.day(0, 9)?;
    submitted(claim, "Ends on day 40")?;
    let day = |day: i64| claim.environment.at(day, 12).date_naive();
    let products = |end: NaiveDate| {
        let until = json!({ "product": "Teams", "endsOn": end });
        json!({ "products": [until, { "product": "Exchange" }] })
    };
    let (past, end) = (products(day(0)), products(day(40)));
    let seen = etag(claim, "nadia")?;
    let refused = claim.call("nadia", "PATCH", &claim.path(""), &[("if-match", &seen)], Some(&past))?;
    status(&refused, 422, "a day that does not lie ahead")?;
    same(
        refused.json()["errors"][0]["pointer"].clone(),
        json!("/products/0/endsOn"),
        "the place of the day",
    )?;
    claim.edit("says when the subscription ends", &end)?;
    claim.act("rita", "starts the review", "/review/start", &json!({}))?;
    claim.act("rita", "approves", "/review/approve", &json!({}))?;
    // 30 days before day 40 at 09:00 in Warsaw.
    let nine = claim.environment.at(10, 8);
    same(claim.due("renewalReminder")?, nine, "the reminder")?;
    claim.until(nine + TimeDelta::minutes(1))?;
    let email = claim.email("nadia@northwind.example", "A subscription ends on")?;
    let last_day = day(40).format("Teams: %A %-d %B %Y").to_string();
    holds(email.text.contains(&last_day), "the email names the last day")?;
    let entry =
        history(claim, "nadia")?.into_iter().rfind(|entry| entry["type"] == "reminded").unwrap_or_default();
    same(entry["clock"].clone(), json!("renewalReminder"), "the history says which reminder it was")?;
    let made = claim.call("nadia", "POST", &claim.path("/clone"), &[], None)?;
    status(&made, 201, "what continues is claimed anew")?;
    same(
        made.json()["products"].clone(),
        json!([{ "product": "Teams" }, { "product": "Exchange" }]),
        "without the day",
    )
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
