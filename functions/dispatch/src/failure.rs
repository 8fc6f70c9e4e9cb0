//! Why an effect could not be carried out, and whether trying again can help.

/// A failed effect.
#[derive(Debug, thiserror::Error)]
pub(crate) enum Failure {
    /// Trying again can help.
    #[error("{what}")]
    Transient {
        what: &'static str,
        #[source]
        source: Box<dyn std::error::Error + Send + Sync>,
    },
    /// Trying again cannot help: the effect is parked (I5).
    #[error("{what}")]
    Permanent {
        what: &'static str,
        #[source]
        source: Box<dyn std::error::Error + Send + Sync>,
    },
}

impl Failure {
    /// A failure that trying again can cure.
    pub(crate) fn transient(
        what: &'static str,
        source: impl Into<Box<dyn std::error::Error + Send + Sync>>,
    ) -> Self {
        Self::Transient { what, source: source.into() }
    }

    /// A failure that stays.
    pub(crate) fn permanent(
        what: &'static str,
        source: impl Into<Box<dyn std::error::Error + Send + Sync>>,
    ) -> Self {
        Self::Permanent { what, source: source.into() }
    }

    pub(crate) fn is_permanent(&self) -> bool {
        matches!(self, Self::Permanent { .. })
    }
}
