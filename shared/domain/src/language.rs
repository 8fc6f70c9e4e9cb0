//! The languages of the notice and of the customer's page (D21).

use std::fmt;
use std::str::FromStr;

use serde::{Deserialize, Serialize};

use crate::ids::NotAnId;

crate::listed! {
    /// A language that the program writes to customers in.
    #[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Default, Serialize, Deserialize)]
    #[cfg_attr(feature = "contract", derive(schemars::JsonSchema))]
    #[serde(rename_all = "lowercase")]
    pub enum Language {
        /// English.
        #[default]
        En,
        /// Polish.
        Pl,
        /// German.
        De,
        /// French.
        Fr,
        /// Spanish.
        Es,
    }
}

impl Language {
    /// The language's tag (BCP 47), as requests, pages and configuration write it.
    pub fn as_str(self) -> &'static str {
        match self {
            Self::En => "en",
            Self::Pl => "pl",
            Self::De => "de",
            Self::Fr => "fr",
            Self::Es => "es",
        }
    }

    /// The language's own name for itself.
    pub fn own_name(self) -> &'static str {
        match self {
            Self::En => "English",
            Self::Pl => "Polski",
            Self::De => "Deutsch",
            Self::Fr => "Français",
            Self::Es => "Español",
        }
    }
}

impl fmt::Display for Language {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.as_str())
    }
}

impl FromStr for Language {
    type Err = NotAnId;

    fn from_str(text: &str) -> Result<Self, NotAnId> {
        Self::ALL.into_iter().find(|language| language.as_str() == text).ok_or(NotAnId { kind: "language" })
    }
}
