//! Comments and internal notes (R25, D12, D13).

use claim_domain::rule::Rule;
use e2e::{ClaimDriver, Failed};
use serde_json::json;

use crate::fixtures::{Case, case, history, holds, same, status, submitted};

pub(crate) fn cases() -> Vec<Case> {
    vec![
        case("reviewers_and_partner_talk_in_the_comments", comments).proves(&[Rule::R25]),
        case("an_internal_note_is_never_shown_to_the_partner_not_even_as_a_gap", notes).proves(&[Rule::D13]),
    ]
}

fn comments(claim: &mut ClaimDriver<'_>) -> Result<(), Failed> {
    claim.day(0, 9)?;
    submitted(claim, "Comments")?;
    let before = claim.look("nadia")?["revision"].clone();
    claim.act("rita", "asks", "/comments", &json!({ "text": "Who signed?" }))?;
    claim.email("nadia@northwind.example", "New comment")?;
    claim.act("nora", "answers", "/comments", &json!({ "text": "Cleo Marsh." }))?;
    let all = claim.call("nadia", "GET", &claim.path("/comments"), &[], None)?;
    status(&all, 200, "the comments")?;
    let texts: Vec<_> =
        all.json()["items"].as_array().into_iter().flatten().map(|comment| comment["text"].clone()).collect();
    same(texts, vec![json!("Who signed?"), json!("Cleo Marsh.")], "the comments")?;
    same(claim.look("nadia")?["revision"].clone(), before, "a comment leaves the revision alone")
}

fn notes(claim: &mut ClaimDriver<'_>) -> Result<(), Failed> {
    claim.day(0, 9)?;
    submitted(claim, "Notes")?;
    let seen = claim.look("nadia")?;
    let note = json!({ "text": "The signature looks odd.", "internal": true });
    let refused = claim.call("nadia", "POST", &claim.path("/comments"), &[], Some(&note))?;
    status(&refused, 403, "a partner's internal note")?;
    let made = claim.call("rita", "POST", &claim.path("/comments"), &[], Some(&note))?;
    status(&made, 201, "a reviewer's internal note")?;
    same(claim.look("nadia")?, seen, "the partner's view afterwards")?;
    claim.act("nadia", "comments", "/comments", &json!({ "text": "Anything missing?" }))?;
    let partner = history(claim, "nadia")?;
    holds(!json!(partner).to_string().contains("odd"), "the note is not in the partner's history")?;
    let numbers: Vec<_> = partner.iter().map(|entry| entry["number"].as_u64().unwrap_or_default()).collect();
    same(numbers.clone(), (1..=numbers.len() as u64).collect(), "no gap")?;
    let talk = claim.call("nadia", "GET", &claim.path("/comments"), &[], None)?;
    holds(!talk.text().contains("odd"), "the note is not in the partner's comments")?;
    let reviewers = history(claim, "ravi")?;
    holds(json!(reviewers).to_string().contains("odd"), "reviewers see it")?;
    same(reviewers.len(), partner.len() + 1, "entries")
}
