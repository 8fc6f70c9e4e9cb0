//! The checks of every page notice what is wrong: each is shown a page that was made wrong.

use e2e::Failed;
use e2e::stages::approved;

use crate::fixtures::{Case, World, case, holds, is_sound};

pub(crate) fn cases() -> Vec<Case> {
    vec![
        case("the_checks_of_every_page_notice_what_is_wrong_with_one", noticing),
        case("an_error_on_the_console_is_noticed", complaining),
    ]
}

/// What is done to a page, and what the checks say then.
const FAULTS: [(&str, &str); 6] = [
    ("document.documentElement.removeAttribute('lang')", "html-has-lang"),
    ("document.querySelector('h1').style.color = '#bbb'", "color-contrast"),
    ("document.querySelector('button').textContent = ''", "button-name"),
    ("document.querySelector('h1').style.width = '400px'", "scroll sideways for: h1"),
    ("document.querySelector('nav a').tabIndex = 1", "Tab goes from"),
    ("document.querySelector('nav a').style.outline = 'none'", "one does not see that the focus is on"),
];

fn noticing(world: &World) -> Result<(), Failed> {
    let mut claim = world.claim();
    approved(&mut claim, "Shown wrong")?;
    let visitor = world.browsers.somebody()?;
    for (fault, noticed) in FAULTS {
        visitor.open(&claim.consent_path()?)?;
        visitor.is_wide(1280)?;
        visitor.run(fault)?;
        let said = is_sound(&visitor).err().map(|error| error.0).unwrap_or_default();
        holds(said.contains(noticed), &format!("{fault} should be noticed by “{noticed}”, but: {said}"))?;
    }
    Ok(())
}

fn complaining(world: &World) -> Result<(), Failed> {
    let visitor = world.browsers.somebody()?;
    visitor.open("/v1/problems")?;
    visitor.run("console.error('a fault of the test')")?;
    let noticed = world.is_quiet(None).err().map(|error| error.0).unwrap_or_default();
    holds(noticed.contains("a fault of the test"), &format!("the error is noticed, but: {noticed}"))
}
