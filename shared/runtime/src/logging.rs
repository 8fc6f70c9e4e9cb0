//! Logs: JSON, one line per outcome, identifiers as fields; never a token, a link, a document's content or a contact.

use tracing_subscriber::EnvFilter;

use crate::config::Variables;

/// The product's crates. Whatever level they log at, libraries stay at `warn`: below it they would log requests whole,
/// with tokens, links and contacts.
const OURS: [&str; 14] = [
    "claim", "comment", "consent", "deadline", "dispatch", "dispute", "evidence", "feedback", "review",
    "submit", "sweep", "token", "verdict", "withdraw",
];

/// Starts logging to standard output at `level`, the one in `RUST_LOG`; at `info` if there is none.
pub fn start(variables: &Variables) {
    let level = variables.optional("RUST_LOG").unwrap_or("info");
    let ours: Vec<_> = OURS.iter().map(|name| format!("{name}={level}")).collect();
    let filter = EnvFilter::new(format!("warn,{}", ours.join(",")));
    tracing_subscriber::fmt()
        .json()
        .flatten_event(true)
        .with_target(false)
        .with_current_span(false)
        .with_env_filter(filter)
        .init();
}

/// An error and all its causes, in one line.
pub fn chain(error: &(dyn std::error::Error + 'static)) -> String {
    let causes = std::iter::successors(Some(error), |error| error.source());
    causes.map(ToString::to_string).collect::<Vec<_>>().join(": ")
}
