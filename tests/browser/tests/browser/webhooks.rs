//! The pages of webhooks (D24).

use claim_domain::rule::Rule;
use e2e::Failed;

use crate::fixtures::{
    CAME_BACK, Case, World, case, has_focus_on_the_summary, holds, is_light, is_sound, same,
};
use crate::sessions::signed_in;

pub(crate) fn cases() -> Vec<Case> {
    vec![
        case("a_partner_registers_replaces_and_removes_a_webhook", webhook)
            .complains(CAME_BACK)
            .proves(&[Rule::D24]),
    ]
}

fn webhook(world: &World) -> Result<(), Failed> {
    let fiona = signed_in(world, "fiona", "/claims")?;
    fiona.follow("Webhooks")?;
    fiona.shows("Webhooks")?;
    fiona.says("You have no webhook yet.")?;
    is_sound(&fiona)?;
    is_light(&fiona, "/webhooks")?;
    fiona.fill("Address", "https://10.0.0.1/hooks")?;
    fiona.fill("Description (optional)", "Our portal")?;
    fiona.tick("A claim was approved")?;
    fiona.press("Register the webhook")?;
    fiona.says("must be on a public server")?;
    has_focus_on_the_summary(&fiona)?;
    same(fiona.value("Description (optional)")?, "Our portal".to_owned(), "what was typed")?;
    is_sound(&fiona)?;
    fiona.fill("Address", "https://hooks.contoso.example/claims")?;
    fiona.press("Register the webhook")?;
    fiona.shows("The webhook is registered")?;
    fiona.says("it is not shown again")?;
    is_sound(&fiona)?;
    let first = fiona.value("Secret")?;
    holds(first.starts_with("whsec_"), "the secret")?;
    fiona.follow("I have copied it")?;
    fiona.says("Nothing sent yet")?;
    fiona.says("A claim was approved")?;
    fiona.says("No change was sent within the last 30 days.")?;
    fiona.says_nothing_of(&first)?;
    is_sound(&fiona)?;
    is_light(&fiona, &fiona.address()?)?;
    fiona.fill("First number", "many")?;
    fiona.press("Send again")?;
    fiona.says("There is a problem")?;
    same(fiona.value("First number")?, "many".to_owned(), "what was typed")?;
    fiona.fill("First number", "1")?;
    fiona.press("Send again")?;
    fiona.says("No change is of a kind that the webhook asks for.")?;
    fiona.follow("Replace the secret")?;
    fiona.says("What will happen")?;
    is_sound(&fiona)?;
    fiona.press("Replace the secret")?;
    fiona.shows("The secret is replaced")?;
    fiona.says("deliveries are signed with the old secret as well")?;
    holds(fiona.value("Secret")? != first, "another secret")?;
    is_sound(&fiona)?;
    fiona.follow("I have copied it")?;
    fiona.follow("Remove the webhook")?;
    fiona.says("Nothing is sent to this address any more")?;
    is_sound(&fiona)?;
    fiona.press("Remove the webhook")?;
    fiona.says("The webhook was removed.")?;
    fiona.says("You have no webhook yet.")
}
