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
    let ada = signed_in(world, "ada", "/claims")?;
    ada.follow("Webhooks")?;
    ada.shows("Webhooks")?;
    ada.says("You have no webhook yet.")?;
    is_sound(&ada)?;
    is_light(&ada, "/webhooks")?;
    ada.fill("Address", "https://10.0.0.1/hooks")?;
    ada.fill("Description (optional)", "Our portal")?;
    ada.tick("A claim was approved")?;
    ada.press("Register the webhook")?;
    ada.says("must be on a public server")?;
    has_focus_on_the_summary(&ada)?;
    same(ada.value("Description (optional)")?, "Our portal".to_owned(), "what was typed")?;
    is_sound(&ada)?;
    ada.fill("Address", "https://hooks.contoso.example/claims")?;
    ada.press("Register the webhook")?;
    ada.shows("The webhook is registered")?;
    ada.says("it is not shown again")?;
    is_sound(&ada)?;
    let first = ada.value("Secret")?;
    holds(first.starts_with("whsec_"), "the secret")?;
    ada.follow("I have copied it")?;
    ada.says("Nothing sent yet")?;
    ada.says("A claim was approved")?;
    ada.says("No change was sent within the last 30 days.")?;
    ada.says_nothing_of(&first)?;
    is_sound(&ada)?;
    is_light(&ada, &ada.address()?)?;
    ada.fill("First number", "many")?;
    ada.press("Send again")?;
    ada.says("There is a problem")?;
    same(ada.value("First number")?, "many".to_owned(), "what was typed")?;
    ada.fill("First number", "1")?;
    ada.press("Send again")?;
    ada.says("No change is of a kind that the webhook asks for.")?;
    ada.follow("Replace the secret")?;
    ada.says("What will happen")?;
    is_sound(&ada)?;
    ada.press("Replace the secret")?;
    ada.shows("The secret is replaced")?;
    ada.says("deliveries are signed with the old secret as well")?;
    holds(ada.value("Secret")? != first, "another secret")?;
    is_sound(&ada)?;
    ada.follow("I have copied it")?;
    ada.follow("Remove the webhook")?;
    ada.says("Nothing is sent to this address any more")?;
    is_sound(&ada)?;
    ada.press("Remove the webhook")?;
    ada.says("The webhook was removed.")?;
    ada.says("You have no webhook yet.")
}
