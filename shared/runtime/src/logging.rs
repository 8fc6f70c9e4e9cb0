//! Logs: JSON, one line per outcome, identifiers as fields; never a token, a link, a document's content or a contact.

use tracing_subscriber::filter::{LevelFilter, Targets};
use tracing_subscriber::layer::SubscriberExt;
use tracing_subscriber::util::SubscriberInitExt;
use tracing_subscriber::{fmt, registry};

use crate::config::Variables;

/// Starts logging to standard output at the level in `RUST_LOG`; at `info` if it is not set.
///
/// The level holds for the function's own crate and for the shared crates, whose names begin with `claim`. Libraries
/// always stay at `warn`: below it they would log whole requests, with tokens, links and contacts.
pub(crate) fn start(variables: &Variables, function: &str) {
    let level =
        variables.optional("RUST_LOG").and_then(|level| level.parse().ok()).unwrap_or(LevelFilter::INFO);
    let ours = [function, "claim"].map(|name| (name, level));
    let shown = Targets::new().with_default(LevelFilter::WARN).with_targets(ours);
    let lines = fmt::layer().json().flatten_event(true).with_target(false).with_current_span(false);
    registry().with(lines).with(shown).init();
}

/// An error and all its causes, in one line.
pub fn chain(error: &(dyn std::error::Error + 'static)) -> String {
    let causes = std::iter::successors(Some(error), |error| error.source());
    causes.map(ToString::to_string).collect::<Vec<_>>().join(": ")
}
