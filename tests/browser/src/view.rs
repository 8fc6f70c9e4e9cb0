//! How somebody looks at a page: how wide, how much enlarged, in which colours, with scripts or without.

use base64::Engine;
use base64::prelude::BASE64_STANDARD;
use e2e::Failed;
use serde_json::{Value, json};

use crate::driver::text;
use crate::window::Window;

/// The colours that somebody prefers.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Colours {
    /// Dark on light.
    Light,
    /// Light on dark.
    Dark,
    /// The few of their own system, whatever the page says.
    Forced,
}

/// What sticks out of the window to its right and cannot be scrolled on its own.
const TOO_WIDE: &str = "(() => {
    const width = document.documentElement.clientWidth;
    if (document.documentElement.scrollWidth <= width) return [];
    const scrolls = (element) => element && (getComputedStyle(element).overflowX !== 'visible' || scrolls(element.parentElement));
    return [...document.body.querySelectorAll('*')]
        .filter((element) => seen(element) && element.getBoundingClientRect().right > width && !scrolls(element.parentElement))
        .map((element) => `${element.localName} “${said(element).slice(0, 60)}”`);
})()";

impl Window {
    /// Makes the window this wide, in CSS pixels.
    ///
    /// # Errors
    /// When the browser does not answer.
    pub fn is_wide(&self, width: u32) -> Result<(), Failed> {
        self.measures(width, 900, 1)
    }

    /// Enlarges the page to 400 % in a window of 1280 by 1024 pixels.
    ///
    /// # Errors
    /// When the browser does not answer.
    pub fn is_enlarged(&self) -> Result<(), Failed> {
        self.measures(320, 256, 4)
    }

    fn measures(&self, width: u32, height: u32, scale: u32) -> Result<(), Failed> {
        let metrics =
            json!({ "width": width, "height": height, "deviceScaleFactor": scale, "mobile": false });
        self.tools("Emulation.setDeviceMetricsOverride", &metrics)
    }

    /// Prefers these colours.
    ///
    /// # Errors
    /// When the browser does not answer.
    pub fn prefers(&self, colours: Colours) -> Result<(), Failed> {
        let scheme = if colours == Colours::Dark { "dark" } else { "light" };
        let forced = if colours == Colours::Forced { "active" } else { "none" };
        let features = json!([
            { "name": "prefers-color-scheme", "value": scheme }, { "name": "forced-colors", "value": forced },
            // What is tested is where a page scrolls to, and not how.
            { "name": "prefers-reduced-motion", "value": "reduce" },
        ]);
        self.tools("Emulation.setEmulatedMedia", &json!({ "media": "", "features": features }))
    }

    /// Lets no page run scripts from now on.
    ///
    /// # Errors
    /// When the browser does not answer.
    pub fn runs_no_scripts(&self) -> Result<(), Failed> {
        self.tools("Emulation.setScriptExecutionDisabled", &json!({ "value": true }))
    }

    /// Expects the page to need no scrolling sideways.
    ///
    /// # Errors
    /// What is too wide.
    pub fn fits(&self) -> Result<(), Failed> {
        let wide = self.look(TOO_WIDE)?;
        let wide: Vec<&str> = wide.as_array().into_iter().flatten().filter_map(Value::as_str).collect();
        if wide.is_empty() {
            Ok(())
        } else {
            Err(self.failed(&format!("one has to scroll sideways for: {}", wide.join(", "))))
        }
    }

    /// A picture of the whole page, as WebP.
    ///
    /// # Errors
    /// When the browser does not answer.
    pub fn picture(&self) -> Result<Vec<u8>, Failed> {
        let size = "const { clientWidth, scrollHeight } = document.documentElement;
            return { x: 0, y: 0, width: clientWidth, height: scrollHeight, scale: 1 };";
        let clip = self.run(size)?;
        let whole = json!({ "format": "webp", "quality": 70, "captureBeyondViewport": true, "clip": clip });
        let taken = self.session()?.tools("Page.captureScreenshot", &whole)?;
        BASE64_STANDARD
            .decode(text(&taken["data"]))
            .map_err(|error| self.failed(&format!("no picture: {error}")))
    }
}
