//! The pages of partners: the list, a claim, and what they do with it.

use browser::Key;
use chrono::TimeDelta;
use claim_domain::rule::Rule;
use e2e::stages::{action_required, approved, draft, rejected, submitted, under_review};
use e2e::{ClaimDriver, Failed};
use serde_json::json;

use crate::fixtures::{
    CAME_BACK, Case, World, case, has_focus_on_the_summary, holds, is_light, is_sound, same,
};
use crate::sessions::signed_in;

pub(crate) fn cases() -> Vec<Case> {
    vec![
        case("the_list_of_claims_is_sound_empty_and_full", list),
        case("a_claim_is_sound_in_every_state_of_its_life", states).proves(&[Rule::R16]),
        case("every_act_of_a_partner_has_a_sound_page_before_it_counts", acts).proves(&[Rule::D8]),
        case("a_partner_gets_a_private_address_of_the_calendar", calendar).proves(&[Rule::D1]),
        case("a_partner_withdraws_without_scripts", without_scripts).proves(&[Rule::D8]),
        case("a_partner_comments_by_the_keyboard_alone", by_keyboard).proves(&[Rule::R25]),
        case("what_is_wrong_with_a_form_is_read_first", faults).complains(CAME_BACK),
        case("a_stale_form_is_told_so_and_keeps_what_was_typed", stale)
            .complains(CAME_BACK)
            .proves(&[Rule::D11]),
        case("a_session_over_in_mid_form_loses_nothing", over),
        case("a_session_is_renewed_in_mid_form_and_nobody_notices", renewed),
        case("hostile_names_and_comments_are_shown_and_not_run", hostile),
        case("a_claim_of_another_organisation_is_not_there", foreign)
            .complains(CAME_BACK)
            .proves(&[Rule::I7]),
    ]
}

/// The page of a claim.
fn page(claim: &ClaimDriver<'_>, rest: &str) -> String {
    format!("/claims/{}{rest}", claim.id)
}

fn list(world: &World) -> Result<(), Failed> {
    // Nobody has claimed anything for this organisation yet.
    let ada = signed_in(world, "ada", "/claims")?;
    ada.shows("Customer associations")?;
    ada.says("You have no claims yet.")?;
    is_sound(&ada)?;
    let (mut asked, mut approved_claim, mut begun) = (world.claim(), world.claim(), world.claim());
    action_required(&mut asked, "Asked for more")?;
    approved(&mut approved_claim, "Approved already")?;
    begun.create(&draft("Begun and not finished", &["Teams"]))?;
    let nadia = signed_in(world, "nadia", "/claims")?;
    nadia.says("Needs you")?;
    nadia.says("Asked for more")?;
    is_sound(&nadia)?;
    is_light(&nadia, "/claims")?;
    nadia.fill("Search by claim or customer", "Approved already")?;
    nadia.press("Search")?;
    nadia.says("Claims that match")?;
    nadia.says_nothing_of("Asked for more")?;
    holds(nadia.address()?.contains("search=Approved"), "what is searched for stands in the address")?;
    is_sound(&nadia)?;
    nadia.fill("Search by claim or customer", "Nothing is called so")?;
    nadia.press("Search")?;
    nadia.says("No claim matches.")?;
    is_sound(&nadia)
}

fn calendar(world: &World) -> Result<(), Failed> {
    let mut claim = world.claim();
    action_required(&mut claim, "Answer, by a day in a calendar")?;
    let nadia = signed_in(world, "nadia", "/claims/calendar")?;
    nadia.shows("Your deadlines in your calendar")?;
    nadia.says("You have no private address yet.")?;
    is_sound(&nadia)?;
    nadia.press("Make a private address")?;
    nadia.says("it is not shown again")?;
    is_sound(&nadia)?;
    let address = nadia.value("Address")?;
    let path = address.find("/claims/calendar/").and_then(|at| address.get(at..)).unwrap_or_default();
    let file = world.environment.stack.send("GET", path, &[], None)?;
    same(file.status, 200, "the calendar, without a session")?;
    let text = file.text().replace("\r\n ", "");
    let entry = text.split("BEGIN:VEVENT").find(|entry| entry.contains(&claim.id)).unwrap_or_default();
    holds(entry.contains("SUMMARY:Last day to answer and submit again: Answer\\, by a day in"), &text)?;
    holds(entry.contains(&format!("UID:{}-answer@", claim.id)), entry)?;
    holds(entry.contains("DTSTART;VALUE=DATE:"), entry)?;
    nadia.open("/claims/calendar")?;
    nadia.says("You have a private address since")?;
    is_sound(&nadia)?;
    nadia.press("Switch the address off")?;
    nadia.says("was switched off")?;
    same(world.environment.stack.send("GET", path, &[], None)?.status, 404, "the calendar, switched off")
}

fn states(world: &World) -> Result<(), Failed> {
    let stages: [(&str, Stage); 6] = [
        ("Draft", |claim| claim.create(&draft("In every state: a draft", &["Teams"]))),
        ("Waiting for review", |claim| submitted(claim, "In every state: submitted")),
        ("In review", |claim| under_review(claim, "In every state: in review")),
        ("Action required", |claim| action_required(claim, "In every state: asked")),
        ("Approved", |claim| approved(claim, "In every state: approved")),
        ("Rejected", |claim| rejected(claim, "In every state: rejected")),
    ];
    let nadia = signed_in(world, "nadia", "/claims")?;
    for (status, bring) in stages {
        let mut claim = world.claim();
        bring(&mut claim)?;
        nadia.open(&page(&claim, ""))?;
        nadia.says(status)?;
        nadia.says("What comes next")?;
        is_sound(&nadia)?;
        is_light(&nadia, &page(&claim, ""))?;
        nadia.follow("History")?;
        nadia.shows(&format!("History of {}", claim.claim["name"].as_str().unwrap_or_default()))?;
        is_sound(&nadia)?;
    }
    Ok(())
}

/// Brings a claim to a stage.
type Stage = fn(&mut ClaimDriver<'_>) -> Result<(), Failed>;

fn acts(world: &World) -> Result<(), Failed> {
    let (mut begun, mut waiting, mut denied) = (world.claim(), world.claim(), world.claim());
    begun.create(&draft("To be discarded", &["Teams"]))?;
    submitted(&mut waiting, "To be withdrawn")?;
    rejected(&mut denied, "To be disputed")?;
    let nadia = signed_in(world, "nadia", &page(&begun, ""))?;
    nadia.follow("Discard the claim")?;
    nadia.says("You cannot undo this.")?;
    is_sound(&nadia)?;
    nadia.press("Discard the claim")?;
    nadia.says("The claim was discarded.")?;
    nadia.open(&page(&waiting, ""))?;
    nadia.follow("Withdraw the claim")?;
    nadia.says("What will happen")?;
    is_sound(&nadia)?;
    nadia.tick("The MPN id is wrong")?;
    nadia.press("Withdraw the claim")?;
    nadia.says("The claim was withdrawn.")?;
    nadia.says("This cannot be disputed any more.")?;
    nadia.press("Begin a new claim from this one")?;
    nadia.says("The new claim was created from the other one.")?;
    is_sound(&nadia)?;
    nadia.open(&page(&denied, ""))?;
    nadia.says("Why the claim was rejected")?;
    nadia.follow("Dispute the rejection")?;
    nadia.says("A claim can be disputed once.")?;
    is_sound(&nadia)?;
    nadia.fill("Justification", "The usage report of the last quarter says it.")?;
    nadia.press("Dispute the rejection")?;
    nadia.says("The rejection is disputed.")?;
    is_sound(&nadia)?;
    denied.becomes("/dispute/state", &json!("open"))
}

fn without_scripts(world: &World) -> Result<(), Failed> {
    let mut claim = world.claim();
    submitted(&mut claim, "Withdrawn without scripts")?;
    let nadia = world.browsers.somebody()?;
    nadia.runs_no_scripts()?;
    nadia.open(&page(&claim, ""))?;
    nadia.sign_in("nadia")?;
    nadia.follow("Withdraw the claim")?;
    nadia.tick("We no longer work with the customer")?;
    nadia.press("Withdraw the claim")?;
    nadia.says("The claim was withdrawn.")?;
    claim.becomes("/rejection/reason", &json!("partnerRequest"))
}

fn by_keyboard(world: &World) -> Result<(), Failed> {
    let mut claim = world.claim();
    under_review(&mut claim, "Commented by keyboard")?;
    let nadia = signed_in(world, "nadia", &page(&claim, ""))?;
    nadia.key(Key::Tab)?;
    same(nadia.focused()?, "Skip to the content".to_owned(), "the first thing that the keys reach")?;
    nadia.key(Key::Enter)?;
    nadia.tab_to("Your comment")?;
    nadia.type_text("Carla Diaz signed it, on page 3.")?;
    nadia.tab_to("Send the comment")?;
    nadia.key(Key::Enter)?;
    nadia.says("Your comment was sent.")?;
    nadia.says("Carla Diaz signed it, on page 3.")
}

fn faults(world: &World) -> Result<(), Failed> {
    let mut claim = world.claim();
    submitted(&mut claim, "Faulty form")?;
    let nadia = signed_in(world, "nadia", &page(&claim, "/withdraw"))?;
    nadia.fill("More about it", "Nothing is chosen above.")?;
    nadia.press("Withdraw the claim")?;
    nadia.says("There is a problem")?;
    has_focus_on_the_summary(&nadia)?;
    is_sound(&nadia)?;
    same(nadia.value("More about it")?, "Nothing is chosen above.".to_owned(), "what was typed")?;
    same(claim.look("nadia")?["status"].clone(), json!("submitted"), "the status")
}

fn stale(world: &World) -> Result<(), Failed> {
    let mut claim = world.claim();
    submitted(&mut claim, "Two windows")?;
    let typed = "They have another partner now.";
    let one = signed_in(world, "nadia", &page(&claim, "/withdraw"))?;
    one.tick("We no longer work with the customer")?;
    one.fill("More about it", typed)?;
    // In the other window, or by a colleague, the claim changes meanwhile.
    let contact = json!({ "partnerContact": { "name": "Nils Berg", "email": "nils@northwind.example" } });
    claim.edit("changes the contact", &contact)?;
    one.press("Withdraw the claim")?;
    one.says("The claim has changed")?;
    has_focus_on_the_summary(&one)?;
    is_sound(&one)?;
    same(one.value("More about it")?, typed.to_owned(), "what was typed")?;
    same(claim.look("nadia")?["status"].clone(), json!("submitted"), "the status")?;
    // Somebody who has been told may send it again; in a third window it is then too late, and nothing typed is lost.
    let third = one.another()?;
    third.open(&page(&claim, "/withdraw"))?;
    third.tick("The MPN id is wrong")?;
    third.fill("More about it", "Typed in the third window.")?;
    one.press("Withdraw the claim")?;
    one.says("The claim was withdrawn.")?;
    third.press("Withdraw the claim")?;
    third.says("Typed in the third window.")?;
    is_sound(&third)
}

fn over(world: &World) -> Result<(), Failed> {
    let mut claim = world.claim();
    under_review(&mut claim, "Signed out in mid-form")?;
    let typed = "Typed before the session was over.";
    let nadia = signed_in(world, "nadia", &page(&claim, "/comment"))?;
    nadia.fill("Your comment", typed)?;
    let elsewhere = signed_in(world, "nadia", "/claims")?;
    elsewhere.press("Nadia Rahman")?;
    elsewhere.press("Sign out everywhere")?;
    elsewhere.shows("You are signed out")?;
    nadia.press("Send the comment")?;
    nadia.sign_in("nadia")?;
    nadia.says("What you had typed is still here.")?;
    same(nadia.value("Your comment")?, typed.to_owned(), "what was typed")?;
    is_sound(&nadia)?;
    nadia.press("Send the comment")?;
    nadia.says("Your comment was sent.")?;
    nadia.says(typed)
}

fn renewed(world: &World) -> Result<(), Failed> {
    let mut claim = world.claim();
    under_review(&mut claim, "Renewed in mid-form")?;
    let nadia = signed_in(world, "nadia", &page(&claim, "/comment"))?;
    nadia.fill("Your comment", "Typed for more than an hour.")?;
    world.environment.stack.advance(TimeDelta::minutes(70))?;
    nadia.press("Send the comment")?;
    nadia.says("Your comment was sent.")?;
    nadia.says("Typed for more than an hour.")
}

fn hostile(world: &World) -> Result<(), Failed> {
    let name = "<script>document.title='run'</script> & <img src=x onerror=document.title='run'>";
    let comment = "</textarea><script>document.title='run'</script> \u{202e}gnp.exe javascript:alert(1)";
    let mut claim = world.claim();
    let mut body = draft(name, &["Teams"]);
    body["customer"]["name"] = json!("\"><svg onload=document.title='run'>");
    claim.create(&body)?;
    claim.upload("<img src=x onerror=run>.pdf")?;
    claim.act("nadia", "submits", "/submit", &json!({}))?;
    claim.act("nadia", "comments", "/comments", &json!({ "text": comment }))?;
    let nadia = signed_in(world, "nadia", "/claims")?;
    for page in ["/claims".to_owned(), page(&claim, ""), page(&claim, "/history"), page(&claim, "/withdraw")]
    {
        nadia.open(&page)?;
        nadia.says(name)?;
        holds(nadia.run("return document.title")? != "run", &format!("{page} shows names and runs none"))?;
        same(
            nadia.run("return document.querySelectorAll('svg, img, main script').length")?,
            json!(0),
            "foreign elements",
        )?;
    }
    is_sound(&nadia)
}

fn foreign(world: &World) -> Result<(), Failed> {
    let mut claim = world.claim();
    submitted(&mut claim, "Not yours to see")?;
    let fiona = signed_in(world, "fiona", &page(&claim, ""))?;
    fiona.shows("There is no such page")?;
    fiona.says_nothing_of("Not yours to see")?;
    is_sound(&fiona)?;
    let otto = signed_in(world, "otto", "/claims")?;
    otto.says_nothing_of("Not yours to see")?;
    is_sound(&otto)
}
