//! What the interface says of itself: what problems and an approval mean.

use claim_domain::rule::Rule;
use e2e::{ClaimDriver, Failed};
use serde_json::json;

use crate::fixtures::{Case, case, draft, same, status};

pub(crate) fn cases() -> Vec<Case> {
    vec![
        case("every_problem_type_is_served_where_it_points", problems),
        case("an_approved_claim_says_what_approval_means", meaning).proves(&[Rule::R4]),
    ]
}

fn problems(claim: &mut ClaimDriver<'_>) -> Result<(), Failed> {
    claim.day(0, 9)?;
    claim.create(&draft("Problem types", &["Teams"]))?;
    let problem = claim.call("nadia", "POST", &claim.path("/submit"), &[], Some(&json!({})))?.json();
    let at = problem["type"].as_str().unwrap_or_default();
    let page = claim.environment.stack.send("GET", at, &[], None)?;
    status(&page, 200, "the problem's own page, without a token")?;
    same(page.json()["status"].clone(), json!(409), "its status")?;
    status(
        &claim.environment.stack.send("GET", "/v1/problems/colour", &[], None)?,
        404,
        "a type that there is not",
    )
}

fn meaning(claim: &mut ClaimDriver<'_>) -> Result<(), Failed> {
    claim.day(0, 9)?;
    crate::fixtures::approved(claim, "Meaning")?;
    let approval = claim.look("nadia")?["approval"].clone();
    let meaning = approval["meaning"].as_str().unwrap_or_default().to_owned();
    crate::fixtures::holds(meaning.contains("does not mean"), "the claim says that approval is not payout")?;
    let email = claim.email("nadia@northwind.example", "Claim approved")?;
    let guide = approval["guideUrl"].as_str().unwrap_or("?").to_owned();
    crate::fixtures::holds(email.text.contains(&guide), "the email links the guide")
}
