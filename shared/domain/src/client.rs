//! Machine clients (D25): programs that act in a person's place, by a registration that an operator makes.

use serde::{Deserialize, Serialize};

use crate::calendar::Instant;
use crate::ids::{ClientId, MpnId, PartnerId};
use crate::people::Role;

/// A partner organisation, as tokens name it (I7, D21).
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub struct Organisation {
    /// Its id.
    pub id: PartnerId,
    /// Its display name.
    pub name: String,
    /// Its MPN ids.
    pub mpn_ids: Vec<MpnId>,
}

/// For whom a program acts, in which role, and under which name.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub struct Registration {
    /// The program's name, as the history shows it.
    pub name: String,
    /// Its role.
    pub role: Role,
    /// The organisation that it acts for; none for a reviewer.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub organisation: Option<Organisation>,
}

/// Why a program cannot be registered like this.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
pub enum RegistrationError {
    /// Nobody else watches over reviewers, so this is for people.
    #[error("a program cannot be the review lead: a person has to answer for what the lead decides")]
    Lead,
    /// The role is none that signs in.
    #[error("nobody signs in in the role {}", .0.as_str())]
    NoSuchRole(Role),
    /// A partner's role without an organisation.
    #[error("the role {} is a partner's: say for which organisation, and with which MPN ids", .0.as_str())]
    WithoutOrganisation(Role),
    /// A reviewer with an organisation.
    #[error("a reviewer acts for no organisation: leave it out")]
    WithOrganisation,
}

impl Registration {
    /// A program of this name, in this role, for this organisation.
    ///
    /// # Errors
    /// When role and organisation do not go together (D25).
    pub fn new(
        name: String,
        role: Role,
        organisation: Option<Organisation>,
    ) -> Result<Self, RegistrationError> {
        match (role, &organisation) {
            (Role::ReviewLead, _) => Err(RegistrationError::Lead),
            (Role::Customer | Role::System, _) => Err(RegistrationError::NoSuchRole(role)),
            (Role::Reviewer, Some(_)) => Err(RegistrationError::WithOrganisation),
            (role, None) if role.is_partner() => Err(RegistrationError::WithoutOrganisation(role)),
            _ => Ok(Self { name, role, organisation }),
        }
    }
}

/// A machine client: a program with credentials of its own (D25).
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub struct MachineClient {
    /// Its id, which is also what the history knows it by.
    pub id: ClientId,
    /// For whom it acts.
    #[serde(flatten)]
    pub registration: Registration,
    /// When it was registered.
    pub created_at: Instant,
    /// Since when it may do nothing any more.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub revoked_at: Option<Instant>,
}

#[cfg(test)]
mod tests {
    use super::*;

    fn contoso() -> Option<Organisation> {
        let mpn_ids = vec!["4711001".parse().unwrap()];
        Some(Organisation { id: "contoso".parse().unwrap(), name: "Contoso".to_owned(), mpn_ids })
    }

    #[test]
    fn a_program_acts_for_one_organisation_or_as_a_reviewer() {
        crate::proves!(D25);
        let of = |role, organisation| Registration::new("Nightly sync".to_owned(), role, organisation).err();
        for role in [Role::BillingAdmin, Role::GlobalAdmin, Role::IncentivesAdmin] {
            assert_eq!(of(role, contoso()), None);
            assert_eq!(of(role, None), Some(RegistrationError::WithoutOrganisation(role)));
        }
        assert_eq!(of(Role::Reviewer, None), None);
        assert_eq!(of(Role::Reviewer, contoso()), Some(RegistrationError::WithOrganisation));
    }

    #[test]
    fn a_program_is_never_the_review_lead() {
        crate::proves!(D25);
        for organisation in [None, contoso()] {
            let of = |role| Registration::new("Robot".to_owned(), role, organisation.clone()).err();
            assert_eq!(of(Role::ReviewLead), Some(RegistrationError::Lead));
            assert_eq!(of(Role::Customer), Some(RegistrationError::NoSuchRole(Role::Customer)));
            assert_eq!(of(Role::System), Some(RegistrationError::NoSuchRole(Role::System)));
        }
    }
}
