//! A window of a browser, and what a person does in it: reads, follows links, fills in forms, presses buttons.

use std::path::PathBuf;
use std::sync::Arc;
use std::time::{Duration, Instant};

use e2e::Failed;
use local_stack::{PASSWORD, user};
use serde_json::{Value, json};

use crate::Colours;
use crate::driver::{Session, element, is_stale, reference, text};

/// Finds elements by what people see of them.
const FIND: &str = include_str!("find.js");
/// How long something may take to appear.
const PATIENCE: Duration = Duration::from_secs(10);
/// The pause between two looks.
const LOOK_AGAIN: Duration = Duration::from_millis(30);

/// A window. What people see in it says how it is found: a field by its label, a button and a link by their words.
pub struct Window {
    session: Arc<Session>,
    handle: String,
    /// The address that paths of pages begin with.
    origin: String,
}

impl Window {
    pub(crate) fn new(session: Arc<Session>, handle: String, origin: String) -> Result<Self, Failed> {
        let window = Self { session, handle, origin };
        window.is_wide(1280)?;
        window.prefers(Colours::Light)?;
        Ok(window)
    }

    /// Another window of the same person.
    ///
    /// # Errors
    /// When the browser does not answer.
    pub fn another(&self) -> Result<Self, Failed> {
        self.session.switch_to(&self.handle)?;
        Self::new(Arc::clone(&self.session), self.session.window()?, self.origin.clone())
    }

    /// Opens a page by its path, or by its whole address.
    ///
    /// # Errors
    /// When it cannot be loaded.
    pub fn open(&self, page: &str) -> Result<(), Failed> {
        let address = if page.starts_with('/') { format!("{}{page}", self.origin) } else { page.to_owned() };
        self.post("/url", &json!({ "url": address })).map(|_| ())
    }

    /// Loads the page again.
    ///
    /// # Errors
    /// When it cannot be loaded.
    pub fn reload(&self) -> Result<(), Failed> {
        self.post("/refresh", &json!({})).map(|_| ())
    }

    /// Signs in through the pool's own page, and comes back to the page that was asked for.
    ///
    /// # Errors
    /// When one of the pages is another one.
    pub fn sign_in(&self, name: &str) -> Result<(), Failed> {
        self.fill("Username", user(name)?.email)?;
        self.fill("Password", PASSWORD)?;
        self.press("Sign in")?;
        let is_back = |page: &str| page.starts_with('/');
        self.until(Self::address, is_back, |_| format!("{name} is not signed in"))
    }

    /// The cookies of our pages, by which somebody stays signed in.
    ///
    /// # Errors
    /// When the browser does not answer.
    pub fn cookies(&self) -> Result<Value, Failed> {
        let asked = json!({ "urls": [self.origin] });
        let mut cookies = self.session()?.tools("Network.getCookies", &asked)?["cookies"].take();
        for cookie in cookies.as_array_mut().into_iter().flatten() {
            let kept = ["name", "value", "domain", "path", "secure", "httpOnly", "sameSite"];
            cookie
                .as_object_mut()
                .into_iter()
                .for_each(|cookie| cookie.retain(|field, _| kept.contains(&&**field)));
        }
        Ok(cookies)
    }

    /// Takes the cookies that another browser of the same person had.
    ///
    /// # Errors
    /// When the browser does not answer.
    pub fn take_cookies(&self, cookies: &Value) -> Result<(), Failed> {
        self.tools("Network.setCookies", &json!({ "cookies": cookies }))
    }

    /// Expects to be on this page, by its path and query, sooner or later.
    ///
    /// # Errors
    /// The page that one is on.
    pub fn is_at(&self, page: &str) -> Result<(), Failed> {
        self.until(Self::address, |found| found == page, |_| format!("expected to be on {page}"))
    }

    /// The path and the query of the page.
    ///
    /// # Errors
    /// When the browser does not answer.
    pub fn address(&self) -> Result<String, Failed> {
        let whole = self.run("return location.href")?;
        let whole = whole.as_str().unwrap_or_default();
        Ok(whole.strip_prefix(&self.origin).unwrap_or(whole).to_owned())
    }

    /// Expects the page to have this first heading, sooner or later.
    ///
    /// # Errors
    /// The heading that it has.
    pub fn shows(&self, heading: &str) -> Result<(), Failed> {
        let has = |window: &Self| Ok(text(&window.look("heading()")?));
        self.until(
            has,
            |found| found == heading,
            |found| format!("expected the heading “{heading}”, got “{found}”"),
        )
    }

    /// Expects the page to have one of these first headings, sooner or later.
    ///
    /// # Errors
    /// The heading that it has.
    pub fn shows_one_of(&self, headings: &[&str]) -> Result<(), Failed> {
        let has = |window: &Self| Ok(text(&window.look("heading()")?));
        let is_right = |found: &str| headings.contains(&found);
        self.until(has, is_right, |found| format!("expected one of {headings:?}, got “{found}”"))
    }

    /// Expects the page to say this somewhere, sooner or later.
    ///
    /// # Errors
    /// What it says.
    pub fn says(&self, wanted: &str) -> Result<(), Failed> {
        let has = |window: &Self| window.words();
        self.until(has, |found| found.contains(wanted), |found| format!("expected “{wanted}” in: {found}"))
    }

    /// Expects the page not to say this anywhere.
    ///
    /// # Errors
    /// What it says.
    pub fn says_nothing_of(&self, unwanted: &str) -> Result<(), Failed> {
        let found = self.words()?;
        if found.contains(unwanted) {
            Err(self.failed(&format!("did not expect “{unwanted}” in: {found}")))
        } else {
            Ok(())
        }
    }

    /// Everything that the page says, in one line.
    ///
    /// # Errors
    /// When the browser does not answer.
    pub fn words(&self) -> Result<String, Failed> {
        Ok(text(&self.look("body()")?))
    }

    /// Presses the button with these words.
    ///
    /// # Errors
    /// The buttons that there are.
    pub fn press(&self, words: &str) -> Result<(), Failed> {
        self.on("button", words, |element| self.click(element))
    }

    /// Follows the link with these words.
    ///
    /// # Errors
    /// The links that there are.
    pub fn follow(&self, words: &str) -> Result<(), Failed> {
        self.on("link", words, |element| self.click(element))
    }

    /// Ticks the box, or makes the choice, with this label.
    ///
    /// # Errors
    /// The labels that there are.
    pub fn tick(&self, label: &str) -> Result<(), Failed> {
        self.on("field", label, |element| self.click(element))
    }

    /// Types into the field with this label, instead of what is in it.
    ///
    /// # Errors
    /// The labels that there are.
    pub fn fill(&self, label: &str, typed: &str) -> Result<(), Failed> {
        self.on("field", label, |field| {
            self.post(&format!("/element/{field}/clear"), &json!({}))?;
            self.post(&format!("/element/{field}/value"), &json!({ "text": typed })).map(|_| ())
        })
    }

    /// Chooses an option of the list with this label.
    ///
    /// # Errors
    /// The labels or the options that there are.
    pub fn choose(&self, label: &str, option: &str) -> Result<(), Failed> {
        let script = format!("{FIND}\nreturn one('option', [...arguments[0].options], said, arguments[1]);");
        self.on("field", label, |list| {
            let found = self.session()?.run(&script, &[reference(list), json!(option)])?;
            self.click(&self.found(&found)?)
        })
    }

    /// Gives files to the field with this label, all at once.
    ///
    /// # Errors
    /// The labels that there are.
    pub fn attach(&self, label: &str, files: &[PathBuf]) -> Result<(), Failed> {
        let files: Vec<String> = files.iter().map(|file| file.display().to_string()).collect();
        let files = json!({ "text": files.join("\n") });
        self.on("field", label, |field| self.post(&format!("/element/{field}/value"), &files).map(|_| ()))
    }

    /// What is in the field with this label.
    ///
    /// # Errors
    /// The labels that there are.
    pub fn value(&self, label: &str) -> Result<String, Failed> {
        self.on("field", label, |field| {
            Ok(text(&self.session()?.run("return arguments[0].value", &[reference(field)])?))
        })
    }

    /// Runs a script of the test in the page, and returns what it returns. It runs where the page's own scripts may not.
    ///
    /// # Errors
    /// The error of the script.
    pub fn run(&self, script: &str) -> Result<Value, Failed> {
        self.session()?.run(script, &[])
    }

    /// The value of an expression about what people see.
    pub(crate) fn look(&self, expression: &str) -> Result<Value, Failed> {
        self.run(&format!("{FIND}\nreturn {expression};"))
    }

    /// The browser, at this window.
    pub(crate) fn session(&self) -> Result<&Session, Failed> {
        self.session.switch_to(&self.handle)?;
        Ok(&self.session)
    }

    /// Has the window do something.
    pub(crate) fn post(&self, path: &str, body: &Value) -> Result<Value, Failed> {
        self.session()?.post(path, body)
    }

    /// Has the window do something that only the browser's own developer tools can.
    pub(crate) fn tools(&self, command: &str, parameters: &Value) -> Result<(), Failed> {
        self.session()?.tools(command, parameters).map(|_| ())
    }

    /// The name under which the browser's log knows the window.
    pub(crate) fn handle(&self) -> &str {
        &self.handle
    }

    /// A failure that names the page.
    pub(crate) fn failed(&self, what: &str) -> Failed {
        let at = self.address().unwrap_or_default();
        Failed::new(format!("on {at}: {what}"))
    }

    /// The element that a function of `find.js` finds, sooner or later.
    fn find(&self, function: &str, words: &str) -> Result<String, Failed> {
        let script = format!("{FIND}\nreturn {function}(arguments[0]);");
        let until = Instant::now() + PATIENCE;
        loop {
            let value = self.session()?.run(&script, &[json!(words)])?;
            match self.found(&value) {
                Err(_) if Instant::now() < until => std::thread::sleep(LOOK_AGAIN),
                found => return found,
            }
        }
    }

    /// Does something with the element that a function of `find.js` finds. When the element goes with its page before that
    /// is done, the page that comes is looked at.
    fn on<T>(
        &self,
        function: &str,
        words: &str,
        act: impl Fn(&str) -> Result<T, Failed>,
    ) -> Result<T, Failed> {
        let until = Instant::now() + PATIENCE;
        loop {
            match act(&self.find(function, words)?) {
                Err(error) if is_stale(&error) && Instant::now() < until => std::thread::sleep(LOOK_AGAIN),
                done => return done,
            }
        }
    }

    fn found(&self, value: &Value) -> Result<String, Failed> {
        element(value)
            .map(str::to_owned)
            .ok_or_else(|| self.failed(value.as_str().unwrap_or("nothing is found")))
    }

    fn click(&self, element: &str) -> Result<(), Failed> {
        self.post(&format!("/element/{element}/click"), &json!({})).map(|_| ())
    }

    /// Looks until what is seen is right.
    fn until(
        &self,
        look: impl Fn(&Self) -> Result<String, Failed>,
        is_right: impl Fn(&str) -> bool,
        otherwise: impl Fn(&str) -> String,
    ) -> Result<(), Failed> {
        let until = Instant::now() + PATIENCE;
        loop {
            let found = look(self)?;
            if is_right(&found) {
                return Ok(());
            }
            if Instant::now() > until {
                return Err(self.failed(&otherwise(&found)));
            }
            std::thread::sleep(LOOK_AGAIN);
        }
    }
}
