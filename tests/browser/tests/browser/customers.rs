//! The customer's page: read from the link in the notice, without an account (D9, D21).

use std::collections::BTreeSet;

use browser::{Key, Window};
use claim_domain::rule::Rule;
use e2e::stages::approved;
use e2e::{ClaimDriver, Failed};
use serde_json::json;

use crate::fixtures::{Case, World, case, holds, is_light, is_sound, same};
use crate::reviewers;
use crate::sessions::signed_in;

pub(crate) fn cases() -> Vec<Case> {
    vec![
        case("a_customer_denies_by_the_keyboard_alone", by_keyboard).proves(&[Rule::D9, Rule::R15]),
        case("a_customer_denies_without_scripts", without_scripts).proves(&[Rule::D9]),
        case("a_customer_gives_a_reason_and_keeps_the_page_as_a_receipt", reason)
            .proves(&[Rule::R15, Rule::D9]),
        case("a_customer_who_does_not_tick_the_box_has_denied_nothing", without_the_box).proves(&[Rule::D9]),
        case("the_page_says_that_a_silent_customers_time_has_passed", passed).proves(&[Rule::D9, Rule::R13]),
        case("the_page_says_that_a_claim_was_withdrawn", withdrawn).proves(&[Rule::D9]),
        case("a_link_that_leads_nowhere_says_what_to_do", unknown)
            .complains("status of 404")
            .proves(&[Rule::D9]),
        case("the_page_speaks_five_languages_and_says_which", languages).proves(&[Rule::D21]),
        case("a_link_opens_whatever_a_mail_program_has_made_of_it", spoilt_links).proves(&[Rule::D9]),
        case("a_scanner_that_sends_every_form_as_it_came_denies_nothing", scanner)
            .proves(&[Rule::D9, Rule::I8]),
        case("a_hostile_name_is_shown_and_not_run", hostile),
    ]
}

const OPEN: &str = "A partner is associated with your organisation";
const ASKS: &str = "Do you want to deny the association?";
const DENIED: &str = "The association was denied";
const REASON: &str = "Reason, if you want to give one";

/// An approved claim and its customer, who has just opened the link in the notice.
fn notified<'a>(world: &'a World, name: &str) -> Result<(ClaimDriver<'a>, Window), Failed> {
    let mut claim = world.claim();
    approved(&mut claim, name)?;
    let customer = world.browsers.somebody()?;
    customer.open(&claim.consent_path()?)?;
    customer.shows(OPEN)?;
    Ok((claim, customer))
}

fn by_keyboard(world: &World) -> Result<(), Failed> {
    let (mut claim, customer) = notified(world, "Denied by keyboard")?;
    is_sound(&customer)?;
    customer.reload()?;
    customer.tab_to("I do not agree")?;
    customer.key(Key::Enter)?;
    customer.shows(ASKS)?;
    is_sound(&customer)?;
    customer.reload()?;
    customer.tab_to("Yes, I want to deny this association.")?;
    customer.key(Key::Space)?;
    customer.tab_to("Deny the association")?;
    customer.key(Key::Enter)?;
    customer.shows(DENIED)?;
    is_sound(&customer)?;
    claim.becomes("/status", &json!("rejected"))?;
    claim.becomes("/rejection/reason", &json!("customerDecline"))
}

fn without_scripts(world: &World) -> Result<(), Failed> {
    let (mut claim, customer) = notified(world, "Denied without scripts")?;
    customer.runs_no_scripts()?;
    customer.is_wide(320)?;
    customer.reload()?;
    customer.shows(OPEN)?;
    customer.press("I do not agree")?;
    customer.shows(ASKS)?;
    customer.tick("Yes, I want to deny this association.")?;
    customer.press("Deny the association")?;
    customer.shows(DENIED)?;
    claim.becomes("/status", &json!("rejected"))
}

fn reason(world: &World) -> Result<(), Failed> {
    let (claim, customer) = notified(world, "Denied with a reason")?;
    let link = claim.consent_path()?;
    let why = "We work with <b>somebody</b> else.";
    customer.press("I do not agree")?;
    customer.shows(ASKS)?;
    customer.fill(REASON, why)?;
    customer.run("document.querySelector('form').noValidate = true")?;
    customer.press("Deny the association")?;
    customer.says("Nothing has been denied yet.")?;
    same(customer.value(REASON)?, why.to_owned(), "what was typed")?;
    is_sound(&customer)?;
    customer.tick("Yes, I want to deny this association.")?;
    customer.press("Deny the association")?;
    // The receipt is there for good, in every language.
    for _ in 0..2 {
        customer.shows(DENIED)?;
        for said in [why, &claim.id, "Northwind Consulting", "questions@program.example"] {
            customer.says(said)?;
        }
        holds(customer.run("return document.forms.length")? == 0, "there is nothing more to send")?;
        is_sound(&customer)?;
        customer.open(&link)?;
    }
    customer.follow("Deutsch")?;
    customer.shows("Der Zuordnung wurde widersprochen")?;
    customer.says(why)?;
    for (name, page) in [("nadia", format!("/claims/{}", claim.id)), ("rita", reviewers::page(&claim, ""))] {
        let somebody = signed_in(world, name, &page)?;
        somebody.says("In the customer’s own words:")?;
        somebody.says(why)?;
        is_sound(&somebody)?;
        somebody.open(&format!("{page}/history"))?;
        somebody.says(&format!("“{why}”"))?;
    }
    Ok(())
}

fn without_the_box(world: &World) -> Result<(), Failed> {
    let (claim, customer) = notified(world, "Not confirmed")?;
    customer.press("I do not agree")?;
    customer.shows(ASKS)?;
    customer.press("Deny the association")?;
    customer.shows(ASKS)?;
    // A browser that does not know what a required box is.
    customer.run("document.querySelector('form').noValidate = true")?;
    customer.press("Deny the association")?;
    customer.says("Nothing has been denied yet.")?;
    is_sound(&customer)?;
    customer.follow("Deutsch")?;
    customer.shows("Möchten Sie der Zuordnung widersprechen?")?;
    customer.follow("English")?;
    same(claim.look("nadia")?["status"].clone(), json!("approved"), "the status")?;
    customer.follow("Back, without denying")?;
    customer.shows(OPEN)
}

fn passed(world: &World) -> Result<(), Failed> {
    let (mut claim, customer) = notified(world, "Silent customer")?;
    is_light(&customer, &claim.consent_path()?)?;
    claim.until_due("consent")?;
    claim.becomes("/consent/state", &json!("passed"))?;
    customer.reload()?;
    customer.shows("The time to deny the association is over")?;
    is_sound(&customer)
}

fn withdrawn(world: &World) -> Result<(), Failed> {
    let (mut claim, customer) = notified(world, "Withdrawn claim")?;
    claim.act("nadia", "withdraws", "/withdraw", &json!({ "cause": "noLongerWorkingWithCustomer" }))?;
    customer.reload()?;
    customer.shows("The association has ended")?;
    customer.says("The partner withdrew its claim.")?;
    is_sound(&customer)
}

fn unknown(world: &World) -> Result<(), Failed> {
    let somebody = world.browsers.somebody()?;
    for link in [format!("/v1/consent/{}", "0".repeat(64)), "/v1/consent/short".to_owned()] {
        somebody.open(&link)?;
        somebody.shows("There is no such page")?;
        somebody.says("Copy the whole address from the notice and open it again.")?;
        is_sound(&somebody)?;
    }
    Ok(())
}

fn languages(world: &World) -> Result<(), Failed> {
    let (_, customer) = notified(world, "Five languages")?;
    let mut headings = BTreeSet::new();
    for (name, tag) in
        [("Polski", "pl"), ("Deutsch", "de"), ("Français", "fr"), ("Español", "es"), ("English", "en")]
    {
        customer.follow(name)?;
        same(
            customer.run("return document.documentElement.lang")?,
            json!(tag),
            "the language that the page says",
        )?;
        headings.insert(customer.words()?);
        is_sound(&customer)?;
    }
    same(headings.len(), 5, "the texts")
}

fn spoilt_links(world: &World) -> Result<(), Failed> {
    let (claim, customer) = notified(world, "Spoilt link")?;
    let link = claim.consent_path()?;
    for end in
        [".", ",", ";", ":", "!", ")", "]", ">", "\"", "'", "”", "»", "…", "/", "/.", "?utm_source=mail"]
    {
        customer.open(&format!("{link}{end}"))?;
        customer.shows(OPEN).map_err(|error| Failed::new(format!("with {end} at its end: {error}")))?;
        customer.follow("Deutsch")?;
        customer.press("Ich bin nicht einverstanden")?;
        customer.shows("Möchten Sie der Zuordnung widersprechen?")?;
    }
    Ok(())
}

/// A scanner that runs scripts, follows every link, presses every button and sends every form, filled in as it came.
fn scanner(world: &World) -> Result<(), Failed> {
    let (claim, scanner) = notified(world, "Scanned link")?;
    let before = claim.look("rita")?;
    let (mut to_scan, mut reached) = (vec![scanner.address()?], BTreeSet::new());
    while let Some(page) = to_scan.pop() {
        // A page is the same in every language. What a form leads to is an answer, and has no address to open.
        if !reached.insert(page.replace("lang=", "\n").lines().next().map(str::to_owned))
            || page.contains("/deny")
        {
            continue;
        }
        scanner.open(&page)?;
        // It opens what is on the web, and writes to nobody.
        let links = scanner.run(
            "return [...document.links].filter((link) => link.protocol.startsWith('http')).map((link) => link.href)",
        )?;
        let forms = scanner.run("return document.forms.length")?.as_u64().unwrap_or_default();
        let links = links.as_array().into_iter().flatten().map(|link| format!("location.href = {link}"));
        let sends = (0..forms).flat_map(|form| {
            ["submit()", "requestSubmit()", "querySelector('button').click()"]
                .map(|send| format!("document.forms[{form}].{send}"))
        });
        for step in links.chain(sends) {
            scanner.open(&page)?;
            scanner.run(&step)?;
            to_scan.push(scanner.address()?);
        }
    }
    let has = |part: &str| reached.iter().flatten().any(|page| page.contains(part));
    holds(has("step=deny") && has("/deny"), &format!("the scanner sent the form that denies: {reached:?}"))?;
    same(claim.look("rita")?, before, "the claim afterwards")
}

fn hostile(world: &World) -> Result<(), Failed> {
    let name = "<img src=x onerror=document.title='run'> & \"Söhne\" <script>document.title='run'</script>";
    let mut claim = world.claim();
    let mut body = e2e::stages::draft("Hostile name", &["Teams"]);
    body["customer"]["name"] = json!(name);
    claim.create(&body)?;
    claim.upload("proof.pdf")?;
    claim.act("nadia", "submits", "/submit", &json!({}))?;
    claim.act("rita", "starts the review", "/review/start", &json!({}))?;
    claim.act("rita", "approves", "/review/approve", &json!({}))?;
    claim.is_notified()?;
    let customer = world.browsers.somebody()?;
    customer.open(&claim.consent_path()?)?;
    customer.says(name)?;
    holds(customer.run("return document.title")? != "run", "the name is shown and not run")?;
    is_sound(&customer)
}
