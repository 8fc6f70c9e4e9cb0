//! What the interface says of itself: what problems, rules and an approval mean.

use std::collections::BTreeSet;

use claim_domain::rule::Rule;
use e2e::{ClaimDriver, Failed};
use serde_json::json;

use crate::fixtures::{Case, approved, case, draft, holds, same, status};

pub(crate) fn cases() -> Vec<Case> {
    vec![
        case("every_problem_type_is_served_where_it_points", problems),
        case("the_rule_of_every_problem_can_be_looked_up_as_json_and_as_a_page", rules),
        case("the_contract_is_served_as_a_document_and_as_a_page", contract),
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

fn rules(claim: &mut ClaimDriver<'_>) -> Result<(), Failed> {
    claim.day(0, 9)?;
    let stack = &claim.environment.stack;
    let list = |path: &str| {
        let answer = stack.send("GET", path, &[], None)?;
        status(&answer, 200, path)?;
        Ok::<_, Failed>(answer.json()["items"].as_array().cloned().unwrap_or_default())
    };
    let problems = list("/v1/problems")?;
    let rules: BTreeSet<&str> = problems.iter().filter_map(|problem| problem["rule"].as_str()).collect();
    holds(
        !rules.is_empty() && problems.iter().all(|problem| problem["rule"].is_string()),
        "problems have rules",
    )?;
    let listed = list("/v1/rules")?;
    for rule in rules {
        let path = format!("/v1/rules/{rule}");
        let answer = stack.send("GET", &path, &[("accept", "application/json")], None)?;
        status(&answer, 200, &path)?;
        let document = answer.json();
        same(document["id"].clone(), json!(rule), "the rule's number")?;
        let sentence = document["sentence"].as_str().unwrap_or_default();
        holds(!sentence.is_empty(), &format!("{path} says what the rule is"))?;
        holds(listed.contains(&document), &format!("{rule} is in the list of rules"))?;
        let page = stack.send("GET", &path, &[("accept", "text/html")], None)?;
        status(&page, 200, &format!("the page {path}"))?;
        let media = page.header("content-type").unwrap_or_default();
        holds(media.starts_with("text/html"), &format!("{path} is a page: {media}"))?;
        holds(page.text().contains(sentence), &format!("the page {path} has the rule's sentence"))?;
    }
    status(&stack.send("GET", "/v1/rules/colour", &[], None)?, 404, "a rule that there is not")
}

fn contract(claim: &mut ClaimDriver<'_>) -> Result<(), Failed> {
    let stack = &claim.environment.stack;
    let answer = stack.send("GET", "/v1/openapi.json", &[("accept", "application/json")], None)?;
    status(&answer, 200, "the contract")?;
    same(answer.json(), contract::document(), "the document that is served")?;
    let messages = stack.send("GET", "/v1/asyncapi.json", &[], None)?;
    status(&messages, 200, "what the system sends by itself")?;
    let expected = contract::asyncapi().map_err(|error| Failed::new(error.to_string()))?;
    same(messages.json(), expected, "the document of what it sends")?;
    let page = stack.send("GET", "/v1/openapi.json", &[("accept", "text/html")], None)?;
    status(&page, 200, "the page of the contract")?;
    holds(page.text().contains("<h3 id=\"createClaim\">"), "the page of the contract shows every route")
}

fn meaning(claim: &mut ClaimDriver<'_>) -> Result<(), Failed> {
    claim.day(0, 9)?;
    approved(claim, "Meaning")?;
    let approval = claim.look("nadia")?["approval"].clone();
    let meaning = approval["meaning"].as_str().unwrap_or_default().to_owned();
    holds(meaning.contains("does not mean"), "the claim says that approval is not payout")?;
    let email = claim.email("nadia@northwind.example", "Claim approved")?;
    let guide = approval["guideUrl"].as_str().unwrap_or("?").to_owned();
    holds(email.text.contains(&guide), "the email links the guide")
}
