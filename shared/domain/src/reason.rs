//! Why action is required and why a claim was rejected (R17, R18).

use serde::{Deserialize, Serialize};

use crate::claim::Claim;

/// Declares a closed list of codes with their names in JSON.
macro_rules! codes {
    ($(#[$doc:meta])* $name:ident { $($(#[$code_doc:meta])* $code:ident = $text:literal,)* }) => {
        $(#[$doc])*
        #[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
        pub enum $name {
            $($(#[$code_doc])* #[serde(rename = $text)] $code,)*
        }

        impl $name {
            /// Every code.
            pub const ALL: &'static [Self] = &[$(Self::$code,)*];

            /// The code, as it is written in JSON.
            pub fn as_str(self) -> &'static str {
                match self { $(Self::$code => $text,)* }
            }
        }
    };
}

codes! {
    /// Why action is required (R17).
    ActionCode {
        /// Wrong file, or not about this claim.
        MissingAllPoe = "missingAllPoe",
        /// No customer signature.
        MissingCustomerAcknowledgment = "missingCustomerAcknowledgment",
        /// Dates are missing or too old.
        MissingOrOldDates = "missingOrOldDates",
        /// The work performed is not described.
        MissingPartnerSolution = "missingPartnerSolution",
        /// A claimed product is not in the proof of execution.
        MissingProducts = "missingProducts",
        /// Another reason, in words.
        Other = "other",
    }
}

codes! {
    /// Why a claim was rejected (R18).
    RejectCode {
        /// The partner asked for it (D8).
        PartnerRequest = "partnerRequest",
        /// The customer denied the association (R15).
        CustomerDecline = "customerDecline",
        /// The proof of execution does not suffice.
        InsufficientPoe = "insufficientPoe",
        /// The customer's consent is missing on the proof of execution.
        MissingCustomerConsentOnPoe = "missingCustomerConsentOnPoe",
        /// A claimed product is not in the proof of execution.
        MissingProducts = "missingProducts",
        /// The partner did not answer in time (R9).
        NoPartnerResponse = "noPartnerResponse",
        /// The proof of execution cannot be opened.
        PoeUnavailable = "poeUnavailable",
        /// Another reason, in words.
        Other = "other",
    }
}

impl RejectCode {
    /// The codes that a reviewer may give; the rest follow from what others do.
    pub const OF_REVIEWERS: [Self; 5] = [
        Self::InsufficientPoe,
        Self::MissingCustomerConsentOnPoe,
        Self::MissingProducts,
        Self::PoeUnavailable,
        Self::Other,
    ];
}

codes! {
    /// Why a partner withdraws (R18).
    WithdrawCause {
        /// The MPN id is wrong.
        IncorrectMpn = "incorrectMpn",
        /// The activity is wrong.
        IncorrectActivity = "incorrectActivity",
        /// The partner does not work with the customer any more.
        NoLongerWorkingWithCustomer = "noLongerWorkingWithCustomer",
        /// Another cause.
        Other = "other",
    }
}

/// One reason why action is required, with the reviewer's words (R17).
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub struct ActionReason {
    /// Why.
    pub code: ActionCode,
    /// In words; mandatory for `other`.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub note: Option<String>,
}

/// Why a claim was rejected, and whether that can be disputed.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub struct Rejection {
    /// Why (R18).
    pub reason: RejectCode,
    /// Why the partner withdrew, if it did.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub cause: Option<WithdrawCause>,
    /// In words; mandatory for `other`.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub note: Option<String>,
    /// Whether it can be disputed (R20, D6, D7).
    pub disputable: bool,
}

impl Rejection {
    /// The rejection of a claim for a reason. Only here is it decided whether a rejection is final: one that the
    /// partner asked for cannot be disputed (D7), and neither can one that follows a dispute (D6).
    pub fn of(claim: &Claim, reason: RejectCode, note: Option<&str>) -> Self {
        let disputable = reason != RejectCode::PartnerRequest && claim.dispute.is_none();
        Self { reason, cause: None, note: note.map(str::to_owned), disputable }
    }

    /// The rejection that the partner asks for (D8).
    pub fn at_partners_request(claim: &Claim, cause: WithdrawCause, note: Option<&str>) -> Self {
        Self { cause: Some(cause), ..Self::of(claim, RejectCode::PartnerRequest, note) }
    }
}
