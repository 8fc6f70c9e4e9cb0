//! What a page weighs: everything that came over the wire for a first view.

use std::fmt;

use e2e::Failed;
use serde_json::{Value, json};

use crate::driver::text;
use crate::window::Window;

/// What was loaded.
#[derive(Debug, Clone, Default)]
pub struct Weight {
    /// Address and size of each answer, headers included, in bytes as they were sent.
    pub answers: Vec<(String, u64)>,
}

impl Weight {
    /// All of it, in bytes.
    pub fn bytes(&self) -> u64 {
        self.answers.iter().map(|(_, bytes)| bytes).sum()
    }
}

impl fmt::Display for Weight {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{} bytes", self.bytes())?;
        self.answers.iter().try_for_each(|(address, bytes)| write!(f, "; {bytes} {address}"))
    }
}

impl Window {
    /// What a page weighs for somebody who has nothing of it in their cache.
    ///
    /// # Errors
    /// When it cannot be loaded.
    pub fn weight_of(&self, page: &str) -> Result<Weight, Failed> {
        self.tools("Network.clearBrowserCache", &json!({}))?;
        self.traffic()?;
        self.open(page)?;
        self.traffic()
    }

    /// What was loaded since this was asked last.
    fn traffic(&self) -> Result<Weight, Failed> {
        let mut sent: Vec<(String, String)> = Vec::new();
        let mut weight = Weight::default();
        for entry in self.session()?.log("performance")? {
            let event: Value = serde_json::from_str(&text(&entry["message"])).unwrap_or_default();
            if event["webview"] != self.handle() {
                continue;
            }
            let (method, parameters) = (text(&event["message"]["method"]), &event["message"]["params"]);
            let id = text(&parameters["requestId"]);
            match method.as_str() {
                "Network.requestWillBeSent" => {
                    if let Some(bytes) = parameters["redirectResponse"]["encodedDataLength"].as_u64() {
                        weight.answers.push((text(&parameters["redirectResponse"]["url"]), bytes));
                    }
                    sent.push((id, text(&parameters["request"]["url"])));
                }
                "Network.loadingFinished" => {
                    let bytes = parameters["encodedDataLength"].as_f64().unwrap_or_default();
                    let address =
                        sent.iter().rev().find(|(known, _)| *known == id).map(|(_, address)| address.clone());
                    #[expect(
                        clippy::cast_possible_truncation,
                        clippy::cast_sign_loss,
                        reason = "bytes of a page"
                    )]
                    weight.answers.push((address.unwrap_or(id), bytes as u64));
                }
                _ => {}
            }
        }
        Ok(weight)
    }
}
