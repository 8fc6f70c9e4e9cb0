//! Logs: JSON, one line per outcome, identifiers as fields; never a token, a link, a document's content or a contact.
//! What strangers wrote stands in a line as a JSON text at most, so that it forges none (I12).

use tracing::Subscriber;
use tracing::level_filters::LevelFilter;
use tracing_subscriber::filter::Targets;
use tracing_subscriber::fmt::MakeWriter;
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
    lines(level, function, std::io::stdout).init();
}

/// What writes the lines of a function. Tests read with it what a function logs, in the form in which it is logged.
pub fn lines<W>(level: LevelFilter, function: &str, writer: W) -> impl Subscriber + Send + Sync + use<W>
where
    W: for<'w> MakeWriter<'w> + Send + Sync + 'static,
{
    let ours = [function, "claim"].map(|name| (name, level));
    let shown = Targets::new().with_default(LevelFilter::WARN).with_targets(ours);
    let lines = fmt::layer().json().flatten_event(true).with_target(false).with_current_span(false);
    registry().with(lines.with_writer(writer)).with(shown)
}

/// An error and all its causes, in one line.
pub fn chain(error: &(dyn std::error::Error + 'static)) -> String {
    let causes = std::iter::successors(Some(error), |error| error.source());
    causes.map(ToString::to_string).collect::<Vec<_>>().join(": ")
}
