//! The pages of reviewers and of their lead: the queue, a claim beside its proof, decisions that ask once more.

use browser::Window;
use chrono::TimeDelta;
use claim_domain::rule::Rule;
use e2e::stages::{draft, rejected, submitted, under_review};
use e2e::{ClaimDriver, Failed};
use serde_json::json;

use crate::fixtures::{
    CAME_BACK, Case, World, case, has_focus_on_the_summary, holds, is_light, is_sound, same,
};
use crate::sessions::signed_in;

pub(crate) fn cases() -> Vec<Case> {
    vec![
        case("the_queue_and_each_of_its_parts_is_sound", queue),
        case("a_claim_under_review_is_sound_with_its_proof_in_view", in_view),
        case("every_decision_asks_once_more_before_it_counts", decisions),
        case("a_decision_on_what_changed_meanwhile_is_told_so", stale)
            .complains(CAME_BACK)
            .proves(&[Rule::D11]),
        case("an_internal_note_is_not_on_the_partners_pages", notes).proves(&[Rule::D13]),
        case("the_leads_workload_is_sound", workload),
        case("a_reviewer_gets_a_private_address_of_the_calendar", calendar).proves(&[Rule::D1, Rule::D17]),
        case("a_hostile_claim_runs_nothing_in_a_reviewers_browser", hostile),
    ]
}

/// The page of a claim.
pub(crate) fn page(claim: &ClaimDriver<'_>, rest: &str) -> String {
    format!("/review/{}{rest}", claim.id)
}

/// Decides something, and confirms it on the page that asks.
pub(crate) fn confirm(reviewer: &Window, decision: &str) -> Result<(), Failed> {
    reviewer.press("Continue")?;
    reviewer.says("What will happen")?;
    reviewer.press(decision)
}

fn queue(world: &World) -> Result<(), Failed> {
    let mut claim = world.claim();
    submitted(&mut claim, "First in the queue")?;
    let rita = signed_in(world, "rita", "/review")?;
    rita.says("First in the queue")?;
    is_sound(&rita)?;
    is_light(&rita, "/review")?;
    for part in ["Mine", "Unassigned", "Contested", "Disputes"] {
        rita.follow(part)?;
        rita.shows("Queue")?;
        is_sound(&rita)?;
    }
    Ok(())
}

fn calendar(world: &World) -> Result<(), Failed> {
    let (mut mine, mut waiting) = (world.claim(), world.claim());
    under_review(&mut mine, "Decided, by a day in a calendar")?;
    submitted(&mut waiting, "Nobody's yet")?;
    let rita = signed_in(world, "rita", "/review/calendar")?;
    rita.shows("Your deadlines in your calendar")?;
    rita.says("by when the claims that are assigned to you are to be decided")?;
    is_sound(&rita)?;
    rita.press("Make a private address")?;
    rita.says("it is not shown again")?;
    is_sound(&rita)?;
    let address = rita.value("Address")?;
    let path = address.find("/review/calendar/").and_then(|at| address.get(at..)).unwrap_or_default();
    let file = world.environment.stack.send("GET", path, &[], None)?;
    same(file.status, 200, "the calendar, without a session")?;
    let text = file.text().replace("\r\n ", "");
    let entry = text.split("BEGIN:VEVENT").find(|entry| entry.contains(&mine.id)).unwrap_or_default();
    holds(entry.contains("SUMMARY:Last day to decide: Decided\\, by a day in a calendar"), &text)?;
    holds(entry.contains(&format!("/review/{}", mine.id)), entry)?;
    holds(!text.contains(&waiting.id), "what is nobody's is in nobody's calendar but the lead's")?;
    rita.open("/review/calendar")?;
    rita.says("You have a private address since")?;
    is_sound(&rita)?;
    rita.press("Switch the address off")?;
    rita.says("was switched off")?;
    same(world.environment.stack.send("GET", path, &[], None)?.status, 404, "the calendar, switched off")
}

fn in_view(world: &World) -> Result<(), Failed> {
    let mut claim = world.claim();
    submitted(&mut claim, "Seen beside its proof")?;
    let rita = signed_in(world, "rita", &page(&claim, ""))?;
    is_sound(&rita)?;
    rita.press("Start the review")?;
    rita.says("The claim is yours now.")?;
    is_sound(&rita)?;
    is_light(&rita, &page(&claim, ""))?;
    rita.follow("History")?;
    is_sound(&rita)?;
    claim.becomes("/status", &json!("underReview"))
}

fn decisions(world: &World) -> Result<(), Failed> {
    let rita = signed_in(world, "rita", "/review")?;
    let (mut asked, mut refused, mut approved) = (world.claim(), world.claim(), world.claim());
    for (claim, name) in
        [(&mut asked, "To be asked"), (&mut refused, "To be rejected"), (&mut approved, "To be approved")]
    {
        under_review(claim, name)?;
    }
    rita.open(&page(&asked, ""))?;
    rita.follow("Ask for more")?;
    is_sound(&rita)?;
    rita.tick("The customer has not signed the proof")?;
    rita.fill("Note for “The customer has not signed the proof”", "Page 3 has no signature.")?;
    rita.press("Continue")?;
    rita.says("What will happen")?;
    is_sound(&rita)?;
    rita.press("Ask for more")?;
    rita.says("The partner was asked for more.")?;
    asked.becomes("/status", &json!("partnerActionRequired"))?;
    rita.open(&page(&refused, ""))?;
    rita.follow("Reject the claim")?;
    rita.tick("The proof is not sufficient")?;
    rita.fill("More about it", "Nothing shows that it is in use.")?;
    confirm(&rita, "Reject the claim")?;
    rita.says("The claim was rejected.")?;
    refused.becomes("/rejection/reason", &json!("insufficientPoe"))?;
    rita.open(&page(&approved, ""))?;
    rita.follow("Approve the claim")?;
    rita.press("Continue")?;
    rita.says("What will happen")?;
    same(
        approved.look("rita")?["status"].clone(),
        json!("underReview"),
        "the status before it is confirmed",
    )?;
    is_sound(&rita)?;
    rita.press("Approve the claim")?;
    rita.says("The claim was approved.")?;
    approved.becomes("/status", &json!("approved"))
}

fn stale(world: &World) -> Result<(), Failed> {
    let mut claim = world.claim();
    under_review(&mut claim, "Changed under review")?;
    let rita = signed_in(world, "rita", &page(&claim, "/reject"))?;
    rita.tick("The proof is not sufficient")?;
    rita.fill("More about it", "Typed before it changed.")?;
    claim.act(
        "rita",
        "asks for action",
        "/review/request-action",
        &json!({ "reasons": [{ "code": "missingOrOldDates" }] }),
    )?;
    claim.act("nadia", "resubmits", "/submit", &json!({}))?;
    claim.act("rita", "starts again", "/review/start", &json!({}))?;
    rita.press("Continue")?;
    rita.says("The claim has changed")?;
    has_focus_on_the_summary(&rita)?;
    same(rita.value("More about it")?, "Typed before it changed.".to_owned(), "what was typed")?;
    is_sound(&rita)
}

fn notes(world: &World) -> Result<(), Failed> {
    let mut claim = world.claim();
    under_review(&mut claim, "With a note")?;
    let rita = signed_in(world, "rita", &page(&claim, ""))?;
    rita.fill("Your note", "Ask Lena whether this is enough.")?;
    rita.press("Save the note")?;
    rita.says("Ask Lena whether this is enough.")?;
    is_sound(&rita)?;
    let nadia = signed_in(world, "nadia", &format!("/claims/{}", claim.id))?;
    nadia.says_nothing_of("Ask Lena")?;
    nadia.follow("History")?;
    nadia.says_nothing_of("Ask Lena")
}

fn workload(world: &World) -> Result<(), Failed> {
    let mut claim = world.claim();
    under_review(&mut claim, "Late in review")?;
    world.environment.stack.advance(TimeDelta::days(8))?;
    let lena = signed_in(world, "lena", "/workload")?;
    lena.says("Late")?;
    is_sound(&lena)?;
    is_light(&lena, "/workload")?;
    lena.open(&page(&claim, ""))?;
    lena.says("Late")?;
    is_sound(&lena)
}

fn hostile(world: &World) -> Result<(), Failed> {
    let name = "<script>document.title='run'</script><img src=x onerror=document.title='run'>";
    let mut claim = world.claim();
    claim.create(&draft(name, &["Teams"]))?;
    claim.upload("\"><img src=x onerror=run>.pdf")?;
    claim.act("nadia", "submits", "/submit", &json!({}))?;
    claim.act(
        "nadia",
        "comments",
        "/comments",
        &json!({ "text": "</textarea><svg onload=document.title='run'>" }),
    )?;
    let rita = signed_in(world, "rita", "/review")?;
    for page in [page(&claim, ""), page(&claim, "/history")] {
        rita.open(&page)?;
        rita.says(name)?;
        holds(rita.run("return document.title")? != "run", &format!("{page} shows names and runs none"))?;
        let foreign = rita.run("return document.querySelectorAll('main :is(svg, script, img)').length")?;
        same(foreign, json!(0), "foreign elements")?;
    }
    let mut disputed = world.claim();
    rejected(&mut disputed, "Disputed in words")?;
    let words = json!({ "justification": "<b onmouseover=alert(1)>Look again</b>" });
    disputed.act("nadia", "disputes", "/dispute", &words)?;
    rita.open(&page(&disputed, ""))?;
    rita.says("<b onmouseover=alert(1)>Look again</b>")?;
    is_sound(&rita)
}
