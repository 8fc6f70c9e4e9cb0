//! Why a scenario did not go as expected.

use local_stack::Error;

/// A scenario that went another way, in words that say what was expected and what came.
#[derive(Debug, thiserror::Error)]
#[error("{0}")]
pub struct Failed(pub String);

impl From<Error> for Failed {
    fn from(error: Error) -> Self {
        Self(error.chain())
    }
}

impl Failed {
    /// A failure in words.
    pub fn new(words: impl Into<String>) -> Self {
        Self(words.into())
    }
}
