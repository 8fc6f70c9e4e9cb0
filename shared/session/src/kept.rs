//! A form that somebody sent when their session was over, kept until they have signed in again.

use serde::{Deserialize, Serialize};

/// The largest form that is kept, in bytes.
pub(crate) const LARGEST: usize = 64_000;

/// What somebody had typed.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub struct KeptForm {
    /// The path of the page that it was sent to.
    pub path: String,
    /// Its fields, in their order.
    pub fields: Vec<(String, String)>,
}

impl KeptForm {
    /// How many bytes it has.
    pub(crate) fn size(&self) -> usize {
        let fields = self.fields.iter().map(|(name, value)| name.len() + value.len());
        self.path.len() + fields.sum::<usize>()
    }
}
