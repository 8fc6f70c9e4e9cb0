//! Why action is required and why a claim was rejected (R17, R18).

use serde::{Deserialize, Serialize};

use crate::claim::Claim;

/// Declares a closed list of codes, one row each: its name in JSON, and what it means in the words of an email.
macro_rules! codes {
    ($(#[$doc:meta])* $name:ident { $($code:ident = $text:literal, $words:literal;)* }) => {
        $(#[$doc])*
        #[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
        #[cfg_attr(feature = "contract", derive(schemars::JsonSchema))]
        pub enum $name {
            $(#[doc = $words] #[serde(rename = $text)] $code,)*
        }

        impl $name {
            /// Every code.
            pub const ALL: &'static [Self] = &[$(Self::$code,)*];

            /// The code, as it is written in JSON.
            pub fn as_str(self) -> &'static str {
                match self { $(Self::$code => $text,)* }
            }

            /// What it means, to the partner: part of a sentence.
            pub fn words(self) -> &'static str {
                match self { $(Self::$code => $words,)* }
            }
        }
    };
}

codes! {
    /// Why action is required (R17).
    ActionCode {
        MissingAllPoe = "missingAllPoe",
            "The proof of execution is missing: the file is the wrong one, or not about this claim";
        MissingCustomerAcknowledgment = "missingCustomerAcknowledgment", "The customer's signature is missing";
        MissingOrOldDates = "missingOrOldDates", "Dates are missing or too old";
        MissingPartnerSolution = "missingPartnerSolution", "The work that you performed is not described";
        MissingProducts = "missingProducts", "A claimed product is not in the proof of execution";
        Other = "other", "Another reason";
    }
}

codes! {
    /// Why a claim was rejected (R18): by a reviewer, the partner (D8), the customer (R15), or because no answer came
    /// (R9).
    RejectCode {
        PartnerRequest = "partnerRequest", "your organisation asked for it";
        CustomerDecline = "customerDecline", "the customer denied the association";
        InsufficientPoe = "insufficientPoe", "the proof of execution does not suffice";
        MissingCustomerConsentOnPoe = "missingCustomerConsentOnPoe",
            "the customer's consent is missing on the proof of execution";
        MissingProducts = "missingProducts", "a claimed product is not in the proof of execution";
        NoPartnerResponse = "noPartnerResponse", "no answer came in time";
        PoeUnavailable = "poeUnavailable", "the proof of execution could not be opened";
        Other = "other", "the reason is given in words";
    }
}

impl RejectCode {
    /// The codes that follow from what others do; a reviewer may give every other one.
    const OF_OTHERS: [Self; 3] = [Self::PartnerRequest, Self::CustomerDecline, Self::NoPartnerResponse];

    /// The codes that a reviewer may give.
    pub fn of_reviewers() -> Vec<Self> {
        Self::ALL.iter().copied().filter(|code| !Self::OF_OTHERS.contains(code)).collect()
    }
}

codes! {
    /// Why a partner withdraws (R18).
    WithdrawCause {
        IncorrectMpn = "incorrectMpn", "the MPN id was wrong";
        IncorrectActivity = "incorrectActivity", "the activity was wrong";
        NoLongerWorkingWithCustomer = "noLongerWorkingWithCustomer", "you no longer work with the customer";
        Other = "other", "another cause";
    }
}

/// One reason why action is required, with the reviewer's words (R17).
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "contract", derive(schemars::JsonSchema))]
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
