//! Why a life did not go as its row says.

use local_stack::Error;

/// A life that went another way, told so that a reader sees what was expected and what came.
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
