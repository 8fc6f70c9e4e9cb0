//! What a program can check of WCAG 2.2, level AA: the rules of axe-core.

use std::fs;
use std::sync::OnceLock;

use e2e::Failed;
use local_stack::{Error, Progress, install_packages};
use serde_json::{Value, json};

use crate::driver::{folder, text};
use crate::window::Window;

const PACKAGE: &str = include_str!("../package.json");
const LOCK: &str = include_str!("../package-lock.json");

/// Checks the page by some rules. It needs nothing from the network.
const CHECK: &str = "const [runOnly, done] = arguments;
    axe.run(document, { runOnly, resultTypes: ['violations'], preload: false })
        .then((result) => done(result.violations), (error) => done(String(error)));";

impl Window {
    /// Expects the page to break no rule of WCAG 2.2 AA that a program can check.
    ///
    /// # Errors
    /// Each rule that it breaks, and by which elements.
    pub fn is_accessible(&self) -> Result<(), Failed> {
        let levels = ["wcag2a", "wcag2aa", "wcag21a", "wcag21aa", "wcag22a", "wcag22aa"];
        self.breaks_none_of(&json!({ "type": "tag", "values": levels }))
    }

    /// Expects the page to break no rule about colours: what else there is of a page is the same in every scheme.
    ///
    /// # Errors
    /// Each rule that it breaks, and by which elements.
    pub fn has_contrast(&self) -> Result<(), Failed> {
        self.breaks_none_of(&json!({ "type": "rule", "values": ["color-contrast", "link-in-text-block"] }))
    }

    fn breaks_none_of(&self, rules: &Value) -> Result<(), Failed> {
        let session = self.session()?;
        if self.run("return typeof axe")? == "undefined" {
            session.run(axe()?, &[])?;
        }
        let violations = session.post("/execute/async", &json!({ "script": CHECK, "args": [rules] }))?;
        let Some(violations) = violations.as_array() else {
            return Err(self.failed(&format!("axe-core could not check the page: {violations}")));
        };
        if violations.is_empty() {
            return Ok(());
        }
        let broken: String = violations.iter().map(in_words).collect();
        Err(self.failed(&format!("the page breaks {} rules of WCAG 2.2 AA:{broken}", violations.len())))
    }
}

/// A rule that is broken, in lines: its name, what it asks for, and the elements that break it.
fn in_words(violation: &Value) -> String {
    let mut lines = format!(
        "\n  {}: {} ({})",
        text(&violation["id"]),
        text(&violation["help"]),
        text(&violation["helpUrl"])
    );
    for node in violation["nodes"].as_array().into_iter().flatten() {
        let why = text(&node["failureSummary"]).replace('\n', " ");
        lines.push_str(&format!("\n    {} {}: {why}", node["target"], text(&node["html"])));
    }
    lines
}

/// The program, as it is injected into pages.
fn axe() -> Result<&'static str, Failed> {
    static AXE: OnceLock<Result<String, String>> = OnceLock::new();
    AXE.get_or_init(|| installed().map_err(|error| error.0)).as_deref().map_err(Failed::new)
}

/// Installs the pinned version, unless it is there.
fn installed() -> Result<String, Failed> {
    let folder = folder();
    fs::create_dir_all(&folder)
        .and_then(|()| fs::write(folder.join("package.json"), PACKAGE))
        .and_then(|()| fs::write(folder.join("package-lock.json"), LOCK))
        .map_err(Error::io(format!("cannot write {}", folder.display())))?;
    install_packages(&folder, &Progress::silent())?;
    let program = folder.join("node_modules/axe-core/axe.min.js");
    Ok(fs::read_to_string(&program).map_err(Error::io(format!("cannot read {}", program.display())))?)
}
