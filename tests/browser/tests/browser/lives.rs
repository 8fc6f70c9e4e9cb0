//! Claims lived through pages: partners, reviewers and customers act on pages alone. The claims are those of the rulebook's
//! list, by their numbers.

use claim_domain::rule::Rule;
use e2e::stages::draft;
use e2e::{ClaimDriver, Failed};
use serde_json::{Value, json};

use crate::fixtures::{CAME_BACK, Case, World, case, is_sound};
use crate::reviewers::{self, confirm};
use crate::sessions::signed_in;
use crate::writing::{create, prove, submit};

pub(crate) fn cases() -> Vec<Case> {
    vec![
        case("claims_1_and_9_are_lived_through_pages", one_and_nine)
            .complains(CAME_BACK)
            .proves(&[Rule::R14, Rule::D15]),
        case("claim_4_is_lived_through_pages", four).complains(CAME_BACK).proves(&[Rule::D6, Rule::D17]),
        case("claim_5_is_lived_through_pages", five).proves(&[Rule::R15]),
        case("claim_6_is_lived_through_pages", six).proves(&[Rule::R19]),
    ]
}

/// A claim that its partner has written, proven and submitted.
fn submitted<'a>(world: &'a World, body: &Value) -> Result<ClaimDriver<'a>, Failed> {
    let mut claim = world.claim();
    submit_new(world, &mut claim, body, "proof.pdf")?;
    Ok(claim)
}

fn submit_new(
    world: &World,
    claim: &mut ClaimDriver<'_>,
    body: &Value,
    document: &str,
) -> Result<(), Failed> {
    let partner = create(world, claim, body)?;
    prove(&partner, &[document])?;
    submit(claim, &partner, "Submit the claim")
}

/// A reviewer starts the review of a claim and approves it.
fn approve(world: &World, claim: &mut ClaimDriver<'_>, reviewer: &str) -> Result<(), Failed> {
    let reviewer = signed_in(world, reviewer, &reviewers::page(claim, ""))?;
    reviewer.press("Start the review")?;
    reviewer.follow("Approve the claim")?;
    confirm(&reviewer, "Approve the claim")?;
    reviewer.says("The claim was approved.")?;
    claim.is_notified()
}

/// The customer is silent for seven days, and the claim goes to assessment.
fn hands_off(world: &World, claim: &mut ClaimDriver<'_>) -> Result<(), Failed> {
    claim.until_due("consent")?;
    claim.becomes("/assessment/state", &json!("requested"))?;
    let partner = signed_in(world, claim.partner, &format!("/claims/{}", claim.id))?;
    partner.says("Approved")?;
    is_sound(&partner)
}

fn one_and_nine(world: &World) -> Result<(), Failed> {
    let one = draft("Contoso Teams rollout", &["Teams", "Teams Meetings", "Exchange"]);
    let mut nine = one.clone();
    let mut holder = submitted(world, &one)?;
    approve(world, &mut holder, "rita")?;
    hands_off(world, &mut holder)?;
    // Felix's organisation claims Exchange and Teams Phone for the same customer.
    nine["name"] = json!("Woodgrove Exchange and Phone");
    nine["mpnId"] = json!("4722001");
    nine["partnerContact"] = json!({ "name": "Felix Moreau", "email": "felix@fabrikam.example" });
    nine["products"] = json!([{ "product": "Exchange" }, { "product": "Teams Phone" }]);
    let mut claim = holder.another("felix");
    submit_new(world, &mut claim, &nine, "exchange-migration.pdf")?;
    let felix = signed_in(world, "felix", &format!("/claims/{}", claim.id))?;
    felix.says("Another partner holds one of the products")?;
    felix.says_nothing_of("Northwind Consulting")?;
    is_sound(&felix)?;
    let rita = signed_in(world, "rita", &reviewers::page(&claim, ""))?;
    rita.press("Start the review")?;
    rita.says("Give the claim back")?;
    claim.until_due("reviewDecision")?;
    let rita = signed_in(world, "rita", &reviewers::page(&claim, ""))?;
    rita.says("Late")?;
    rita.says("Other partners hold what is claimed")?;
    is_sound(&rita)?;
    rita.follow("End the association of Northwind Consulting")?;
    rita.tick("Exchange")?;
    rita.fill("Why it ends", "The newer proof shows who moved the mailboxes.")?;
    is_sound(&rita)?;
    confirm(&rita, "End the association")?;
    rita.says("The association was ended for these products.")?;
    rita.open(&reviewers::page(&claim, "/approve"))?;
    confirm(&rita, "Approve the claim")?;
    claim.is_notified()?;
    hands_off(world, &mut claim)
}

fn four(world: &World) -> Result<(), Failed> {
    let mut claim = submitted(world, &draft("Adatum Business Central", &["Teams"]))?;
    let rita = signed_in(world, "rita", &reviewers::page(&claim, ""))?;
    rita.press("Start the review")?;
    rita.follow("Reject the claim")?;
    rita.tick("The proof is not sufficient")?;
    rita.fill("More about it", "Nothing shows that the system is in use.")?;
    confirm(&rita, "Reject the claim")?;
    claim.becomes("/status", &json!("rejected"))?;
    claim.until(world.environment.stack.now() + chrono::TimeDelta::days(12))?;
    let nadia = signed_in(world, "nadia", &format!("/claims/{}", claim.id))?;
    nadia.says("Nothing shows that the system is in use.")?;
    nadia.follow("Add or check proof")?;
    prove(&nadia, &["usage-report.pdf"])?;
    nadia.follow("Go on to the dispute")?;
    nadia.says("usage-report.pdf")?;
    nadia.fill("Justification", "The usage report of the last quarter says it.")?;
    nadia.press("Dispute the rejection")?;
    nadia.says("The rejection is disputed.")?;
    let ravi = signed_in(world, "ravi", &reviewers::page(&claim, ""))?;
    ravi.says("The usage report of the last quarter says it.")?;
    is_sound(&ravi)?;
    ravi.press("Take the claim")?;
    ravi.follow("Approve the claim")?;
    confirm(&ravi, "Approve the claim")?;
    claim.becomes("/dispute/state", &json!("accepted"))?;
    claim.is_notified()?;
    hands_off(world, &mut claim)
}

fn five(world: &World) -> Result<(), Failed> {
    let mut claim = submitted(world, &draft("Litware revenue association", &["Teams"]))?;
    approve(world, &mut claim, "ravi")?;
    claim.until(world.environment.stack.now() + chrono::TimeDelta::days(3))?;
    let customer = world.browsers.somebody()?;
    customer.open(&claim.consent_path()?)?;
    customer.press("I do not agree")?;
    customer.tick("Yes, I want to deny this association.")?;
    customer.press("Deny the association")?;
    customer.shows("The association was denied")?;
    let nadia = signed_in(world, "nadia", &format!("/claims/{}", claim.id))?;
    nadia.says("The customer denied the association")?;
    is_sound(&nadia)?;
    claim.assessed(&[])
}

fn six(world: &World) -> Result<(), Failed> {
    let body = draft("Tailspin SharePoint and Viva", &["SharePoint", "Viva Learning", "Viva Topics"]);
    let mut claim = submitted(world, &body)?;
    let rita = signed_in(world, "rita", &reviewers::page(&claim, ""))?;
    rita.press("Start the review")?;
    rita.follow("Ask for more")?;
    rita.tick("A claimed product is not in the proof")?;
    rita.fill("Note for “A claimed product is not in the proof”", "Viva Topics is nowhere in the report.")?;
    rita.tick("Viva Topics")?;
    confirm(&rita, "Ask for more")?;
    let nadia = signed_in(world, "nadia", &format!("/claims/{}", claim.id))?;
    nadia.says("Remove these products, which the proof does not cover: Viva Topics")?;
    is_sound(&nadia)?;
    nadia.follow("Check and submit again")?;
    nadia.follow("Change Products")?;
    nadia.tick("Viva Topics")?;
    nadia.press("Save")?;
    nadia.says("Your changes were saved.")?;
    submit(&mut claim, &nadia, "Submit the claim again")?;
    approve(world, &mut claim, "rita")?;
    hands_off(world, &mut claim)
}
