//! A new claim: its list of tasks, the page of each part, and what is not lost on them.

use claim_domain::rule::Rule;
use e2e::Failed;
use e2e::stages::draft;
use serde_json::json;

use crate::fixtures::{CAME_BACK, Case, World, case, has_focus_on_the_summary, is_light, is_sound, same};
use crate::sessions::signed_in;
use crate::writing::{create, fill, parts, prove, submit, was_created};

pub(crate) fn cases() -> Vec<Case> {
    vec![
        case("a_claim_is_written_proven_and_submitted_on_pages_alone", written)
            .complains(CAME_BACK)
            .proves(&[Rule::R6]),
        case("a_claim_of_the_other_family_has_its_own_fields", other_family).complains(CAME_BACK),
        case("two_windows_on_one_begun_claim_lose_nothing", raced).complains(CAME_BACK),
        case("a_session_over_in_the_middle_of_a_part_loses_nothing", over),
        case("a_part_of_a_submitted_claim_offers_what_may_change", edited)
            .complains(CAME_BACK)
            .proves(&[Rule::R24, Rule::D27]),
        case("a_begun_claim_is_given_up", given_up).complains(CAME_BACK),
    ]
}

fn written(world: &World) -> Result<(), Failed> {
    let body = draft("Written on pages", &["Teams", "Exchange"]);
    let nadia = signed_in(world, "nadia", "/claims")?;
    nadia.press("New claim")?;
    nadia.shows("New claim")?;
    nadia.says("Not started")?;
    is_sound(&nadia)?;
    let begun = nadia.address()?;
    is_light(&nadia, &begun)?;
    for part in parts(&body) {
        nadia.open(&begun)?;
        nadia.follow(part.0)?;
        nadia.shows(part.0)?;
        is_sound(&nadia)?;
        match part.0 {
            "Customer" => nadia.fill("Tenant id", "contoso")?,
            "Contacts" => nadia.fill("Your contact: Email address", "nobody")?,
            _ => {
                fill(&nadia, &part)?;
                nadia.press("Save and go on")?;
                nadia.says("Complete")?;
                continue;
            }
        }
        nadia.press("Save and go on")?;
        nadia.says("What you typed is saved.")?;
        has_focus_on_the_summary(&nadia)?;
        is_sound(&nadia)?;
        nadia.open(&begun)?;
        nadia.says("Needs a correction")?;
        is_sound(&nadia)?;
        nadia.follow(part.0)?;
        fill(&nadia, &part)?;
        nadia.press("Save and go on")?;
    }
    let mut claim = world.claim();
    was_created(&mut claim, &nadia)?;
    is_sound(&nadia)?;
    is_light(&nadia, &format!("/claims/{}/proof", claim.id))?;
    nadia.follow("Go on to check your answers")?;
    nadia.shows("Check your answers")?;
    nadia.says("There is no document yet.")?;
    is_sound(&nadia)?;
    nadia.follow("Add proof, to submit the claim")?;
    prove(&nadia, &["acknowledgment.pdf", "usage report.pdf"])?;
    is_sound(&nadia)?;
    nadia.follow("Go on to check your answers")?;
    nadia.says("What will happen")?;
    is_sound(&nadia)?;
    is_light(&nadia, &format!("/claims/{}/check", claim.id))?;
    nadia.press("Submit the claim")?;
    nadia.says("The claim was submitted. A reviewer looks at it next.")?;
    claim.becomes("/status", &json!("submitted"))?;
    // Whoever goes back to where it was begun comes to the claim that it has become.
    nadia.open(&begun)?;
    nadia.is_at(&format!("/claims/{}/proof", claim.id))
}

fn other_family(world: &World) -> Result<(), Failed> {
    let nadia = signed_in(world, "nadia", "/claims")?;
    nadia.press("New claim")?;
    nadia.shows("New claim")?;
    nadia.follow("Products")?;
    nadia.says("Choose the product family first.")?;
    is_sound(&nadia)?;
    nadia.follow("Go back")?;
    nadia.follow("About the claim")?;
    nadia.tick("Business Applications")?;
    nadia.tick("Revenue association")?;
    nadia.press("Save and go on")?;
    nadia.says("Begun")?;
    nadia.follow("Products")?;
    nadia.fill("Subscription id of product 1", "no id")?;
    nadia.press("Save and go on")?;
    nadia.says("There is a problem")?;
    has_focus_on_the_summary(&nadia)?;
    is_sound(&nadia)?;
    nadia.open("/claims")?;
    nadia.says("A claim without a name")?;
    is_sound(&nadia)
}

fn raced(world: &World) -> Result<(), Failed> {
    let one = signed_in(world, "nadia", "/claims")?;
    one.press("New claim")?;
    one.shows("New claim")?;
    one.follow("Customer")?;
    let other = one.another()?;
    other.open(&one.address()?)?;
    one.fill("Name of the customer", "Typed in the first window")?;
    other.fill("Name of the customer", "Typed in the second window")?;
    one.press("Save and go on")?;
    one.shows("New claim")?;
    other.press("Save and go on")?;
    other.says("Somebody else has saved this claim")?;
    has_focus_on_the_summary(&other)?;
    is_sound(&other)?;
    same(
        other.value("Name of the customer")?,
        "Typed in the second window".to_owned(),
        "what was typed in the second window",
    )?;
    one.follow("Customer")?;
    same(
        one.value("Name of the customer")?,
        "Typed in the first window".to_owned(),
        "what was saved meanwhile",
    )?;
    // Whoever was told may save it nevertheless.
    other.press("Save and go on")?;
    other.shows("New claim")?;
    one.reload()?;
    same(
        one.value("Name of the customer")?,
        "Typed in the second window".to_owned(),
        "what was saved in the end",
    )
}

fn over(world: &World) -> Result<(), Failed> {
    let nadia = signed_in(world, "nadia", "/claims")?;
    nadia.press("New claim")?;
    nadia.shows("New claim")?;
    nadia.follow("Customer")?;
    nadia.fill("Name of the customer", "Typed before the session was over")?;
    // In another window of the same browser, which has no cookie afterwards.
    let window = nadia.another()?;
    window.open("/claims")?;
    window.press("Nadia Rahman")?;
    window.press("Sign out")?;
    window.shows("You are signed out")?;
    nadia.press("Save and go on")?;
    nadia.sign_in("nadia")?;
    nadia.says("What you had typed is still here.")?;
    same(
        nadia.value("Name of the customer")?,
        "Typed before the session was over".to_owned(),
        "what was typed",
    )?;
    is_sound(&nadia)?;
    nadia.press("Save and go on")?;
    nadia.shows("New claim")?;
    nadia.follow("Customer")?;
    same(
        nadia.value("Name of the customer")?,
        "Typed before the session was over".to_owned(),
        "what was saved",
    )
}

fn edited(world: &World) -> Result<(), Failed> {
    let mut claim = world.claim();
    let nadia = create(world, &mut claim, &draft("Edited on pages", &["Teams"]))?;
    prove(&nadia, &["proof.pdf"])?;
    submit(&mut claim, &nadia, "Submit the claim")?;
    nadia.follow("Change or check these")?;
    is_sound(&nadia)?;
    for part in ["About the claim", "Customer", "Products", "Contacts"] {
        nadia.open(&format!("/claims/{}/check", claim.id))?;
        nadia.follow(&format!("Change {part}"))?;
        nadia.shows(part)?;
        nadia.says("The claim was submitted, so some of it can no longer be changed.")?;
        is_sound(&nadia)?;
    }
    nadia.fill("Your contact: Email address", "nobody")?;
    nadia.press("Save")?;
    nadia.says("There is a problem")?;
    has_focus_on_the_summary(&nadia)?;
    is_sound(&nadia)?;
    nadia.fill("Your contact: Email address", "nora@northwind.example")?;
    nadia.press("Save")?;
    nadia.says("Your changes were saved.")?;
    claim.becomes("/partnerContact/email", &json!("nora@northwind.example"))?;
    nadia.open(&format!("/claims/{}/products", claim.id))?;
    nadia.press("If you know when the subscription ends")?;
    nadia.fill("Last day of Exchange", "2031-12-31")?;
    nadia.press("Save")?;
    nadia.says("A last day has no product. Choose its product, or take the day away.")?;
    has_focus_on_the_summary(&nadia)?;
    is_sound(&nadia)?;
    same(
        nadia.value("Last day of Exchange")?,
        "2031-12-31".to_owned(),
        "the day of a box that is not ticked",
    )?;
    nadia.tick("Exchange")?;
    nadia.press("Save")?;
    nadia.says("Your changes were saved.")?;
    let ends = json!([{ "product": "Exchange", "endsOn": "2031-12-31" }, { "product": "Teams" }]);
    claim.becomes("/products", &ends)?;
    nadia.says("Exchange, until Wednesday 31 December 2031")?;
    is_sound(&nadia)?;
    // While a reviewer looks at it, nothing can be changed, and nothing is offered.
    claim.act("rita", "starts the review", "/review/start", &json!({}))?;
    nadia.open(&format!("/claims/{}/check", claim.id))?;
    nadia.shows("What you claim")?;
    nadia.says_nothing_of("Change")?;
    nadia.says_nothing_of("Add proof")?;
    is_sound(&nadia)?;
    nadia.open(&format!("/claims/{}/proof", claim.id))?;
    nadia.says_nothing_of("Choose files")?;
    is_sound(&nadia)
}

fn given_up(world: &World) -> Result<(), Failed> {
    let nadia = signed_in(world, "nadia", "/claims")?;
    nadia.press("New claim")?;
    nadia.shows("New claim")?;
    let begun = nadia.address()?;
    nadia.follow("Give this claim up")?;
    nadia.says("You cannot undo this.")?;
    is_sound(&nadia)?;
    nadia.press("Give the claim up")?;
    nadia.says("was discarded.")?;
    nadia.open(&begun)?;
    nadia.shows("There is no such page")
}
