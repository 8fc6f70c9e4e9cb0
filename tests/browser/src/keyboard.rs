//! Pages without a mouse: what the keys reach, in which order, and whether one sees where one is.

use e2e::Failed;
use serde_json::{Value, json};

use crate::driver::text;
use crate::window::Window;

/// A key.
#[derive(Debug, Clone, Copy)]
pub enum Key {
    /// To the next thing that can be used.
    Tab,
    /// Follows a link, presses a button, sends a form.
    Enter,
    /// Presses a button, ticks a box.
    Space,
}

/// The most things that a page may have to tab through.
const MOST: usize = 300;

/// What has the focus: what it says, what it is, where it is, and whether one sees that it has the focus.
const FOCUSED: &str = "(() => {
    const element = document.activeElement;
    if (!element || element === document.body || element === document.documentElement) return null;
    const style = getComputedStyle(element), box = element.getBoundingClientRect();
    const label = element.labels?.[0] ?? element.closest('label');
    return {
        says: words(label?.innerText) || said(element) || element.id || element.localName,
        is: element.localName, top: box.top + scrollY, left: box.left,
        // A frame shows inside of it where one is.
        seen: element.localName === 'iframe' || style.outlineStyle !== 'none' && style.outlineWidth !== '0px' || style.boxShadow !== 'none',
        inside: box.width > 0 && box.bottom > 0 && box.top < innerHeight,
    };
})()";

impl Window {
    /// Presses a key and lets it go.
    ///
    /// # Errors
    /// When the browser does not answer.
    pub fn key(&self, key: Key) -> Result<(), Failed> {
        let value = match key {
            Key::Tab => "\u{e004}",
            Key::Enter => "\u{e007}",
            Key::Space => " ",
        };
        self.strokes(&[value.to_owned()])
    }

    fn strokes(&self, keys: &[String]) -> Result<(), Failed> {
        let strokes: Vec<Value> = keys
            .iter()
            .flat_map(|key| ["keyDown", "keyUp"].map(|way| json!({ "type": way, "value": key })))
            .collect();
        let actions = json!({ "actions": [{ "type": "key", "id": "keyboard", "actions": strokes }] });
        self.post("/actions", &actions).map(|_| ())
    }

    /// Types into what has the focus.
    ///
    /// # Errors
    /// When the browser does not answer.
    pub fn type_text(&self, typed: &str) -> Result<(), Failed> {
        let keys = typed.chars().map(String::from);
        self.strokes(&keys.collect::<Vec<_>>())
    }

    /// Presses Tab until the focus is on what says this.
    ///
    /// # Errors
    /// What the keys reach instead.
    pub fn tab_to(&self, wanted: &str) -> Result<(), Failed> {
        let mut reached = Vec::new();
        for _ in 0..MOST {
            self.key(Key::Tab)?;
            let says = text(&self.look(FOCUSED)?["says"]);
            if says.contains(wanted) {
                return Ok(());
            }
            if says.is_empty() || reached.contains(&says) {
                break;
            }
            reached.push(says);
        }
        Err(self.failed(&format!("the keys do not reach “{wanted}”, but: {}", reached.join(", "))))
    }

    /// What has the focus, by what it says.
    ///
    /// # Errors
    /// When the browser does not answer.
    pub fn focused(&self) -> Result<String, Failed> {
        Ok(text(&self.look(FOCUSED)?["says"]))
    }

    /// The order in which Tab goes through the page: what each stop says. Expects it to be the order in which one reads,
    /// line by line, and to see at every stop where one is.
    ///
    /// # Errors
    /// The first stop that is out of order, or that one does not see.
    pub fn reading_order(&self) -> Result<Vec<String>, Failed> {
        self.run(
            "scrollTo(0, 0); document.activeElement?.blur(); getSelection().collapse(document.body, 0);",
        )?;
        let mut stops: Vec<Value> = Vec::new();
        while stops.len() < MOST {
            self.key(Key::Tab)?;
            let stop = self.look(FOCUSED)?;
            if stop.is_null() || stops.first().is_some_and(|first| is_same(first, &stop)) {
                break;
            }
            if stop["seen"] != true || stop["inside"] != true {
                return Err(
                    self.failed(&format!("one does not see that the focus is on “{}”", text(&stop["says"])))
                );
            }
            if let Some(last) = stops.last().filter(|last| !follows(last, &stop)) {
                let (from, to) = (text(&last["says"]), text(&stop["says"]));
                return Err(self.failed(&format!("Tab goes from “{from}” back to “{to}”")));
            }
            stops.push(stop);
        }
        Ok(stops.iter().map(|stop| text(&stop["says"])).collect())
    }
}

fn is_same(one: &Value, other: &Value) -> bool {
    ["says", "is", "top", "left"].iter().all(|field| one[field] == other[field])
}

/// Whether one reads `next` after `last`: it is further down, or further to the right.
fn follows(last: &Value, next: &Value) -> bool {
    let at = |stop: &Value, edge: &str| stop[edge].as_f64().unwrap_or_default();
    at(next, "top") > at(last, "top") - 1.0 || at(next, "left") > at(last, "left")
}
