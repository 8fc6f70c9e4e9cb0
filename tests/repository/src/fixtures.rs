//! The events in `tests/events`. Each is named after the function that it is for.

use claim_http::registry::FUNCTIONS;
use serde_json::Value;

use crate::tree::{names, text};

/// An event that a function may receive.
pub(crate) struct Fixture {
    pub(crate) name: String,
    /// The function that it is for.
    pub(crate) function: String,
    pub(crate) event: Value,
}

impl Fixture {
    pub(crate) fn all() -> Vec<Self> {
        let read = |name: String| {
            let event = text(&format!("tests/events/{name}"));
            let event = serde_json::from_str(&event).unwrap_or_else(|error| panic!("{name}: {error}"));
            let functions = FUNCTIONS.iter().map(|function| function.name);
            let function = functions
                .into_iter()
                .find(|function| name.strip_prefix(function).is_some_and(|rest| rest.starts_with('-')));
            Self { function: function.unwrap_or(&name).to_owned(), event, name }
        };
        names("tests/events").into_iter().map(read).collect()
    }

    /// Its route, if it is a request to the API.
    pub(crate) fn route(&self) -> Option<&str> {
        self.event["routeKey"].as_str()
    }

    /// Whether it has the claims of a caller's token, as the authorizer passes them on.
    pub(crate) fn has_token(&self) -> bool {
        self.event.pointer("/requestContext/authorizer/jwt/claims").is_some()
    }

    /// The same event without the caller's token, from a client that wants JSON.
    pub(crate) fn without_token(&self) -> Value {
        let mut event = self.event.clone();
        event["requestContext"].as_object_mut().unwrap().remove("authorizer");
        event["headers"]["accept"] = "application/json".into();
        event
    }
}
