//! Races: one wins, the other is told (D11, D15).

use claim_domain::rule::Rule;
use e2e::{ClaimDriver, Failed};
use serde_json::json;

use crate::fixtures::{Case, case, draft, etag, holds, same, status, submitted, under_review};

pub(crate) fn cases() -> Vec<Case> {
    vec![
        case("of_two_decisions_on_one_revision_one_wins", decisions).proves(&[Rule::D11]),
        case("of_two_approvals_racing_for_one_product_one_wins", approvals).proves(&[Rule::D15]),
        case("ending_the_whole_association_rejects_the_claim_and_the_products_stay", whole_association)
            .proves(&[Rule::D15]),
        case("thirty_comments_at_once_are_all_written", comments).proves(&[Rule::R25]),
    ]
}

fn comments(claim: &mut ClaimDriver<'_>) -> Result<(), Failed> {
    claim.day(0, 9)?;
    submitted(claim, "Thirty comments")?;
    let shared = &*claim;
    let comment = &|nth: usize| {
        let user = ["nadia", "nora", "rita"][nth % 3];
        let body = json!({ "text": format!("Comment {nth}.") });
        shared.call(user, "POST", &shared.path("/comments"), &[], Some(&body))
    };
    let answers: Vec<_> = std::thread::scope(|scope| {
        let sent: Vec<_> = (0..30).map(|nth| scope.spawn(move || comment(nth))).collect();
        sent.into_iter()
            .map(|one| one.join().unwrap_or_else(|_| Err(Failed::new("a comment panicked"))))
            .collect()
    });
    for answer in answers {
        status(&answer?, 201, "comments cannot conflict")?;
    }
    let all = shared.call("nadia", "GET", &shared.path("/comments?limit=100"), &[], None)?;
    same(all.json()["items"].as_array().map(Vec::len), Some(30), "the comments")
}

fn decisions(claim: &mut ClaimDriver<'_>) -> Result<(), Failed> {
    claim.day(0, 9)?;
    under_review(claim, "Two decisions")?;
    let seen = etag(claim, "rita")?;
    let claim = &*claim;
    let decide = |rest: &'static str, body: serde_json::Value| {
        let headers = [("if-match", seen.as_str())];
        claim.call("rita", "POST", &claim.path(rest), &headers, Some(&body))
    };
    let answers = std::thread::scope(|scope| {
        let approve = scope.spawn(|| decide("/review/approve", json!({})));
        let reject = decide("/review/reject", json!({ "reason": "insufficientPoe" }));
        [approve.join().unwrap_or_else(|_| Err(Failed::new("the approval panicked"))), reject]
    });
    let mut statuses = Vec::new();
    for answer in answers {
        statuses.push(answer?.status);
    }
    statuses.sort_unstable();
    same(statuses, vec![200, 409], "one wins, and the claim is decided when the other comes")
}

fn approvals(claim: &mut ClaimDriver<'_>) -> Result<(), Failed> {
    claim.day(0, 9)?;
    let body = draft("Two approvals", &["Teams"]);
    let mut ids = Vec::new();
    for _ in 0..2 {
        claim.create(&body)?;
        claim.upload("proof.pdf")?;
        claim.act("nadia", "submits", "/submit", &json!({}))?;
        claim.act("rita", "starts", "/review/start", &json!({}))?;
        ids.push((claim.id.clone(), etag(claim, "rita")?));
    }
    let claim = &*claim;
    let approve = |(id, seen): &(String, String)| {
        let headers = [("if-match", seen.as_str())];
        claim.call("rita", "POST", &format!("/v1/claims/{id}/review/approve"), &headers, Some(&json!({})))
    };
    let answers = std::thread::scope(|scope| {
        let one = scope.spawn(|| approve(&ids[0]));
        let other = approve(&ids[1]);
        [one.join().unwrap_or_else(|_| Err(Failed::new("the approval panicked"))), other]
    });
    let mut statuses = Vec::new();
    for answer in answers {
        let answer = answer?;
        if answer.status == 409 {
            same(answer.json()["type"].clone(), json!("/v1/problems/association-held"), "the problem")?;
            holds(answer.json()["holders"][0]["claimId"].is_string(), "the holder is named")?;
        }
        statuses.push(answer.status);
    }
    statuses.sort_unstable();
    same(statuses, vec![200, 409], "one wins, the other is refused")
}

fn whole_association(claim: &mut ClaimDriver<'_>) -> Result<(), Failed> {
    claim.day(0, 9)?;
    under_review(claim, "Whole association")?;
    claim.act("rita", "approves", "/review/approve", &json!({}))?;
    claim.hands_off()?;
    let end = json!({ "products": [{ "product": "Teams" }, { "product": "Exchange" }], "reason": "Another partner." });
    claim.act("ravi", "ends the whole association", "/review/end-association", &end)?;
    claim.becomes("/status", &json!("rejected"))?;
    same(claim.claim["products"].as_array().map(Vec::len), Some(2), "the products stay")?;
    same(claim.claim["rejection"]["reason"].clone(), json!("other"), "the reason")?;
    same(claim.claim["rejection"]["disputable"].clone(), json!(true), "disputable")?;
    claim.email("nadia@northwind.example", "Association ended")?;
    claim.assessed(&["requested", "recalled"])?;
    let again = claim.call(
        "nadia",
        "POST",
        &claim.path("/dispute"),
        &[],
        Some(&json!({ "justification": "No." })),
    )?;
    status(&again, 200, "the dispute")
}
