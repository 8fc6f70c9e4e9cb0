//! What tests begin with, and what must hold of every page.

use std::collections::BTreeMap;
use std::sync::atomic::{AtomicU8, Ordering};
use std::sync::{Arc, Mutex, PoisonError};

use browser::{Browsers, Colours, Window};
use claim_domain::rule::Rule;
use e2e::{ClaimDriver, Environment, Failed};
use local_stack::{Plan, Progress, Stack, install_browser};
use serde_json::Value;

/// The port of the tests' stack, which leaves a developer's own alone; `BROWSER_PORT` names another one.
const PORT: u16 = 4597;
/// The most that a first view may weigh, in bytes: everything, as it comes over the wire.
const FIRST_VIEW: u64 = 20 << 10;

/// What the browser says of a form that comes back with what is wrong.
pub(crate) const CAME_BACK: &str = "the server responded with a status of 4";

/// A case: the sentence that it proves and the rules behind it, and what happens.
#[derive(Clone, Copy)]
pub(crate) struct Case {
    pub(crate) name: &'static str,
    pub(crate) rules: &'static [Rule],
    /// What the browser says on its console in this case, besides nothing.
    pub(crate) complaint: Option<&'static str>,
    pub(crate) run: fn(&World) -> Result<(), Failed>,
}

/// A case in which no page may complain.
pub(crate) const fn case(name: &'static str, run: fn(&World) -> Result<(), Failed>) -> Case {
    Case { name, rules: &[], complaint: None, run }
}

impl Case {
    /// The same, said to prove these rules.
    pub(crate) const fn proves(self, rules: &'static [Rule]) -> Self {
        Self { rules, ..self }
    }

    /// The same, in which the browser says this on its console.
    pub(crate) const fn complains(self, complaint: &'static str) -> Self {
        Self { complaint: Some(complaint), ..self }
    }
}

/// The numbers of rules, as a trial's kind.
pub(crate) fn numbers(rules: &[Rule]) -> String {
    rules.iter().map(|rule| rule.number()).collect::<Vec<_>>().join(" ")
}

/// The stack and the browser that all tests share.
pub(crate) struct World {
    pub(crate) environment: Arc<Environment>,
    pub(crate) browsers: Browsers,
    claims: AtomicU8,
    /// The cookies by which people stay signed in from one test to the next, by their names.
    cookies: Mutex<BTreeMap<String, Value>>,
}

impl World {
    /// Starts both. Day 0 is the next Monday.
    pub(crate) fn set_up() -> Result<Self, Failed> {
        let progress = Progress::to(say);
        install_browser(&progress)?;
        let port =
            std::env::var_os("BROWSER_PORT").and_then(|port| port.to_str()?.parse().ok()).unwrap_or(PORT);
        // The stack starts at the machine's time; day 0 lies ahead of it.
        Stack::down(port)?;
        let plan = Plan { port, parameters: BTreeMap::new(), fresh: true, ..Plan::default() };
        let stack = Stack::up(&plan, &progress)?;
        let browsers = Browsers::start(stack.address())?;
        let monday = Environment::next_monday(stack.now());
        stack.travel_to(monday)?;
        let environment = Environment::new(stack, monday, |_| ());
        Ok(Self { environment, browsers, claims: AtomicU8::new(1), cookies: Mutex::default() })
    }

    /// Stops the stack, unless `BROWSER_KEEP` is set.
    pub(crate) fn take_down(&self) {
        if std::env::var_os("BROWSER_KEEP").is_none() {
            let _ = Stack::down(self.environment.stack.layout().port);
        }
    }

    /// A claim of Nadia's organisation, driven over the API.
    pub(crate) fn claim(&self) -> ClaimDriver<'_> {
        let number = self.claims.fetch_add(1, Ordering::Relaxed);
        ClaimDriver::new(&self.environment, self.environment.timeline.participant(), number, "nadia")
    }

    /// The cookies that somebody had last.
    pub(crate) fn cookies_of(&self, name: &str) -> Option<Value> {
        self.cookies.lock().unwrap_or_else(PoisonError::into_inner).get(name).cloned()
    }

    /// Keeps the cookies that somebody has.
    pub(crate) fn keep_cookies(&self, name: &str, cookies: Value) {
        self.cookies.lock().unwrap_or_else(PoisonError::into_inner).insert(name.to_owned(), cookies);
    }

    /// Expects the browser to have said nothing on its console, but for one thing that it says about the pages meant.
    pub(crate) fn is_quiet(&self, expected: Option<&str>) -> Result<(), Failed> {
        let mut complaints = self.browsers.complaints()?;
        complaints.retain(|complaint| !expected.is_some_and(|expected| complaint.contains(expected)));
        if complaints.is_empty() {
            return Ok(());
        }
        Err(Failed::new(format!("the pages complained on the console:\n  {}", complaints.join("\n  "))))
    }
}

/// What must hold of every page in every state: it breaks no rule of WCAG 2.2 AA in any colours, it needs no scrolling
/// sideways at 320 px or enlarged to 400 %, and the keys go through it in the order in which one reads.
pub(crate) fn is_sound(page: &Window) -> Result<(), Failed> {
    for colours in [Colours::Dark, Colours::Forced] {
        page.prefers(colours)?;
        page.has_contrast().map_err(|error| Failed::new(format!("in {colours:?} colours, {error}")))?;
    }
    // In light colours, all rules are looked at.
    page.prefers(Colours::Light)?;
    page.is_accessible()?;
    page.reading_order()?;
    page.is_wide(320)?;
    page.fits()?;
    page.is_accessible().map_err(|error| Failed::new(format!("at 320 px, {error}")))?;
    page.is_enlarged()?;
    page.fits()?;
    page.is_wide(1280)
}

/// Expects the summary of what is wrong with a form to be read first.
pub(crate) fn has_focus_on_the_summary(window: &Window) -> Result<(), Failed> {
    same(window.run("return document.activeElement?.id")?, serde_json::json!("faults"), "what has the focus")
}

/// Expects the first view of a page to be light.
pub(crate) fn is_light(visitor: &Window, page: &str) -> Result<(), Failed> {
    let weight = visitor.weight_of(page)?;
    holds(weight.bytes() > 500, &format!("{page} was measured: {weight}"))?;
    holds(weight.bytes() <= FIRST_VIEW, &format!("{page} weighs at most {FIRST_VIEW} bytes, but: {weight}"))
}

pub(crate) fn same<T: PartialEq + std::fmt::Debug>(got: T, expected: T, what: &str) -> Result<(), Failed> {
    if got == expected {
        Ok(())
    } else {
        Err(Failed::new(format!("{what}: expected {expected:?}, got {got:?}")))
    }
}

pub(crate) fn holds(condition: bool, what: &str) -> Result<(), Failed> {
    if condition { Ok(()) } else { Err(Failed::new(what)) }
}

#[expect(clippy::print_stderr, reason = "a test runner talks to a person")]
pub(crate) fn say(line: &str) {
    eprintln!("{line}");
}
