//! Who acts (R1, R2).

use std::borrow::Cow;

use serde::{Deserialize, Serialize};

use crate::ids::{MpnId, PartnerId};

crate::listed! {
    /// In which role somebody acts (R1, R2).
    #[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
    #[cfg_attr(feature = "contract", derive(schemars::JsonSchema))]
    #[serde(rename_all = "kebab-case")]
    pub enum Role {
        /// A partner's billing admin.
        BillingAdmin,
        /// A partner's global admin.
        GlobalAdmin,
        /// A partner's incentives admin.
        IncentivesAdmin,
        /// Validates the proof of execution.
        Reviewer,
        /// Watches over the reviewers.
        ReviewLead,
        /// The end customer, who acts through a link (D9).
        Customer,
        /// The system itself, when a clock is due or a delivery is recorded.
        System,
    }
}

impl Role {
    /// The roles that a token can carry, the one that decides most first.
    pub const OF_TOKENS: [Self; 5] =
        [Self::ReviewLead, Self::Reviewer, Self::GlobalAdmin, Self::IncentivesAdmin, Self::BillingAdmin];

    /// The name, as tokens and JSON write it.
    pub fn as_str(self) -> &'static str {
        match self {
            Self::BillingAdmin => "billing-admin",
            Self::GlobalAdmin => "global-admin",
            Self::IncentivesAdmin => "incentives-admin",
            Self::Reviewer => "reviewer",
            Self::ReviewLead => "review-lead",
            Self::Customer => "customer",
            Self::System => "system",
        }
    }

    /// Whether it is one of the three partner roles (R1).
    pub fn is_partner(self) -> bool {
        matches!(self, Self::BillingAdmin | Self::GlobalAdmin | Self::IncentivesAdmin)
    }

    /// Whether it reviews (R2); the lead is a reviewer too.
    pub fn is_reviewer(self) -> bool {
        matches!(self, Self::Reviewer | Self::ReviewLead)
    }
}

/// Who did something: role and person, or the program that acted in a person's place (R26, D25).
#[derive(Debug, Clone, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[cfg_attr(feature = "contract", derive(schemars::JsonSchema))]
#[serde(rename_all = "camelCase")]
pub struct Actor {
    /// In which role.
    pub role: Role,
    /// The person or the program, as the token's issuer names it.
    pub id: String,
    /// The name, to be shown.
    pub name: String,
    /// Whether it is a program, which has signed in as a machine client (D25); left out for people.
    #[serde(default, skip_serializing_if = "std::ops::Not::not")]
    pub client: bool,
}

impl Actor {
    /// The system, when a clock is due or a delivery is recorded.
    pub fn system() -> Self {
        Self { role: Role::System, id: "system".to_owned(), name: "System".to_owned(), client: false }
    }

    /// The end customer (D9).
    pub fn customer() -> Self {
        Self { role: Role::Customer, id: "customer".to_owned(), name: "Customer".to_owned(), client: false }
    }

    /// The name as people read it: that of a machine client says so (D25).
    pub fn shown(&self) -> Cow<'_, str> {
        match self.client {
            true => format!("{} (automated)", self.name).into(),
            false => self.name.as_str().into(),
        }
    }

    /// Whether it is the same person as `other`, in any role.
    pub fn is(&self, other: &Self) -> bool {
        self.id == other.id
    }
}

/// Who asks, and on whose behalf. Organisation and MPN ids come from the token alone (I7).
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Caller {
    /// The person.
    pub actor: Actor,
    /// The partner organisation, for partner roles.
    pub partner: Option<PartnerId>,
    /// The organisation's display name, which people see instead of its id (D21); `None` if the token has none that can
    /// be shown.
    pub partner_name: Option<String>,
    /// The person's own email address, if the token says that it was verified.
    pub verified_email: Option<String>,
    /// The organisation's MPN ids (D10).
    pub mpn_ids: Vec<MpnId>,
}

impl Caller {
    /// Somebody who acts for no partner organisation.
    pub fn without_organisation(actor: Actor) -> Self {
        Self { actor, partner: None, partner_name: None, verified_email: None, mpn_ids: Vec::new() }
    }

    /// The system itself.
    pub fn system() -> Self {
        Self::without_organisation(Actor::system())
    }

    /// Whether the person has shown that this email address is their own.
    pub fn has_shown(&self, email: &str) -> bool {
        self.verified_email.as_ref().is_some_and(|own| own.eq_ignore_ascii_case(email))
    }

    /// The end customer behind a consent link (D9).
    pub fn customer() -> Self {
        Self::without_organisation(Actor::customer())
    }
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;

    #[test]
    fn who_acted_is_told_as_a_program_or_as_a_person() {
        crate::proves!(D25);
        let person = json!({ "role": "reviewer", "id": "u-1", "name": "Rita" });
        let program = json!({ "role": "billing-admin", "id": "c-1", "name": "Nightly sync", "client": true });
        for (written, shown) in [(person, "Rita"), (program, "Nightly sync (automated)")] {
            // Events of earlier releases say nothing about it: a person did that.
            let actor: Actor = serde_json::from_value(written.clone()).unwrap();
            assert_eq!(actor.shown(), shown);
            assert_eq!(serde_json::to_value(actor).unwrap(), written);
        }
    }
}
