//! Takes the pictures of the pages for the documentation: each page at two widths and in both schemes.
//!
//! `cargo xtask pictures` runs it. The pages are those of a stack of its own, on a Monday, with claims at different points of
//! their lives.

use std::fs;
use std::path::Path;
use std::process::ExitCode;
use std::sync::Arc;

use browser::{Browsers, Colours, Window};
use e2e::stages::{action_required, approved, draft, rejected, submitted, under_review};
use e2e::{ClaimDriver, Environment, Failed};
use local_stack::{Error, Plan, Progress, Stack, install_browser, root};

/// The port of its stack.
const PORT: u16 = 4596;
/// The widths, in CSS pixels: a phone and a desk.
const WIDTHS: [u32; 2] = [390, 1280];
/// The schemes, and what the files say of them.
const SCHEMES: [(Colours, &str); 2] = [(Colours::Light, "light"), (Colours::Dark, "dark")];

fn main() -> ExitCode {
    match take() {
        Ok(()) => ExitCode::SUCCESS,
        Err(error) => {
            say(&error.0);
            ExitCode::FAILURE
        }
    }
}

fn take() -> Result<(), Failed> {
    let progress = Progress::to(say);
    install_browser(&progress)?;
    Stack::down(PORT)?;
    let stack = Stack::up(&Plan { port: PORT, fresh: true, ..Plan::default() }, &progress)?;
    let browsers = Browsers::start(stack.address())?;
    let monday = Environment::next_monday(stack.now());
    stack.travel_to(monday + chrono::TimeDelta::hours(9))?;
    let environment = Environment::new(stack, monday, |_| ());
    customers(&environment, &browsers)?;
    partners(&environment, &browsers)?;
    reviewers(&environment, &browsers)?;
    Ok(Stack::down(PORT)?)
}

/// The customer's page, from the link in the notice.
fn customers(environment: &Arc<Environment>, browsers: &Browsers) -> Result<(), Failed> {
    let mut claim = claim(environment, 1);
    approved(&mut claim, "Contoso Teams rollout")?;
    let customer = browsers.somebody()?;
    customer.open(&claim.consent_path()?)?;
    picture(&customer, "customer-open")?;
    customer.press("I do not agree")?;
    picture(&customer, "customer-asks")?;
    customer.fill("Reason, if you want to give one", "We have worked with somebody else since May.")?;
    customer.tick("Yes, I want to deny this association.")?;
    customer.press("Deny the association")?;
    picture(&customer, "customer-denied")
}

/// The pages of a partner.
fn partners(environment: &Arc<Environment>, browsers: &Browsers) -> Result<(), Failed> {
    let [mut begun, mut waiting, mut asked, mut turned_down, mut reviewed] =
        [2, 3, 4, 5, 6].map(|number| claim(environment, number));
    begun.create(&draft("Adatum Business Central", &["Intune"]))?;
    submitted(&mut waiting, "Fabrikam Intune")?;
    action_required(&mut asked, "Tailspin SharePoint and Viva")?;
    rejected(&mut turned_down, "Litware Teams Phone")?;
    under_review(&mut reviewed, "Woodgrove Exchange")?;
    let nadia = browsers.somebody()?;
    nadia.open("/claims")?;
    nadia.sign_in("nadia")?;
    nadia.shows("Customer associations")?;
    picture(&nadia, "claims")?;
    for (claim, name) in [(&asked, "claim-asked"), (&turned_down, "claim-rejected")] {
        nadia.open(&format!("/claims/{}", claim.id))?;
        nadia.says("What comes next")?;
        picture(&nadia, name)?;
    }
    nadia.follow("History")?;
    picture(&nadia, "claim-history")?;
    nadia.open(&format!("/claims/{}/dispute", turned_down.id))?;
    picture(&nadia, "claim-dispute")?;
    nadia.open(&format!("/claims/{}/withdraw", waiting.id))?;
    picture(&nadia, "claim-withdraw")?;
    for page in ["proof", "check"] {
        nadia.open(&format!("/claims/{}/{page}", begun.id))?;
        picture(&nadia, &format!("draft-{page}"))?;
    }
    nadia.open("/claims/calendar")?;
    picture(&nadia, "calendar")?;
    nadia.open("/webhooks")?;
    picture(&nadia, "webhooks")?;
    nadia.open("/claims")?;
    nadia.press("New claim")?;
    nadia.shows("New claim")?;
    picture(&nadia, "draft-tasks")
}

/// The pages of a reviewer and of the lead, after the partners' claims came in.
fn reviewers(environment: &Arc<Environment>, browsers: &Browsers) -> Result<(), Failed> {
    let mut waiting = claim(environment, 7);
    submitted(&mut waiting, "Proseware Teams")?;
    let rita = browsers.somebody()?;
    rita.open("/review")?;
    rita.sign_in("rita")?;
    rita.shows("Queue")?;
    picture(&rita, "queue")?;
    rita.open(&format!("/review/{}", waiting.id))?;
    rita.press("Start the review")?;
    rita.says("Give the claim back")?;
    picture(&rita, "case")?;
    rita.follow("Reject the claim")?;
    rita.shows("Reject the claim")?;
    picture(&rita, "case-reject")?;
    let lena = browsers.somebody()?;
    lena.open("/workload")?;
    lena.sign_in("lena")?;
    lena.shows("Workload")?;
    picture(&lena, "workload")
}

fn claim(environment: &Arc<Environment>, number: u8) -> ClaimDriver<'_> {
    ClaimDriver::new(environment, environment.timeline.participant(), number, "nadia")
}

/// Takes a page at every width and in both schemes.
fn picture(window: &Window, name: &str) -> Result<(), Failed> {
    let folder = root().join("infra/docs/pictures");
    fs::create_dir_all(&folder).map_err(Error::io("cannot create the folder of the pictures"))?;
    for width in WIDTHS {
        window.is_wide(width)?;
        for (colours, scheme) in SCHEMES {
            window.prefers(colours)?;
            let file: &Path = &folder.join(format!("{name}-{width}-{scheme}.webp"));
            fs::write(file, window.picture()?)
                .map_err(Error::io(format!("cannot write {}", file.display())))?;
        }
    }
    Ok(())
}

#[expect(clippy::print_stderr, reason = "a command talks to a person")]
fn say(line: &str) {
    eprintln!("{line}");
}
