use std::{io, path::PathBuf};

/// What can go wrong around the local stack. Each variant says what was tried and, if possible, what to do next.
#[derive(Debug, thiserror::Error)]
pub enum Error {
    /// A file or a process could not be reached.
    #[error("{what}")]
    Io {
        /// What was tried.
        what: String,
        /// Why it failed.
        #[source]
        source: io::Error,
    },
    /// A tool ended with a failure; its last lines say why.
    #[error("{tool} failed; the whole output is in {}\n{tail}", log.display())]
    Tool {
        /// The command as it was called.
        tool: String,
        /// Where its output went.
        log: PathBuf,
        /// The end of that output.
        tail: String,
    },
    /// Something that the stack needs is not on this machine.
    #[error("{what} is missing: {how}")]
    Missing {
        /// What is missing.
        what: String,
        /// How to get it.
        how: String,
    },
    /// The emulated AWS refused a call.
    #[error("{action} answered {status}: {body}")]
    Aws {
        /// Service and operation.
        action: String,
        /// The HTTP status.
        status: u16,
        /// The answer's body.
        body: String,
    },
    /// No answer came at all.
    #[error("no answer from {url}")]
    Http {
        /// What was called.
        url: String,
        /// Why it failed.
        #[source]
        source: Box<ureq::Error>,
    },
    /// Something that was waited for did not happen in time.
    #[error("gave up after {seconds} s, waiting for: {what}")]
    Timeout {
        /// What was waited for.
        what: String,
        /// How long.
        seconds: u64,
    },
    /// An answer, a file or an argument does not have the form it should have.
    #[error("{0}")]
    Unexpected(String),
}

impl Error {
    /// For `map_err`: names what was tried when an `io::Error` comes back.
    pub fn io(what: impl Into<String>) -> impl FnOnce(io::Error) -> Self {
        let what = what.into();
        move |source| Self::Io { what, source }
    }

    /// Whether a connection was made, and no answer came in time.
    pub fn is_silence(&self) -> bool {
        matches!(self, Self::Http { source, .. } if matches!(**source, ureq::Error::Timeout(_)))
    }

    /// The error and its causes, in one line.
    pub fn chain(&self) -> String {
        let mut text = self.to_string();
        let mut cause = std::error::Error::source(self);
        while let Some(next) = cause {
            text = format!("{text}: {next}");
            cause = next.source();
        }
        text
    }
}

impl From<serde_json::Error> for Error {
    fn from(error: serde_json::Error) -> Self {
        Self::Unexpected(format!("unexpected JSON: {error}"))
    }
}

/// How a command ends: with nothing, or with a sentence for the person who gave it.
pub type Outcome = Result<(), Failure>;

/// Why a command failed, with all causes.
#[derive(Debug)]
pub struct Failure(pub String);

impl From<Error> for Failure {
    fn from(error: Error) -> Self {
        Self(error.chain())
    }
}
