//! The roles in a token (R1, R2): which of its claims holds them, in which form, and under which names.
//!
//! API Gateway hands a claim on as text: an array flattened to `[a b]`, an object as JSON. In a flattened list nobody can
//! tell the group *Code reviewer* from two groups, so there a role's own name does not count: only names that the operator
//! has chosen for the purpose do. The groups of a Cognito user pool cannot hold a blank, so theirs can be told apart.

use std::collections::HashMap;

use claim_domain::people::Role;
use claim_runtime::{ConfigError, Variables};
use serde_json::Value;

/// The claim with the groups of a Cognito user pool.
const COGNITO_GROUPS: &str = "cognito:groups";

/// The claim with the role of a program in such a pool: no trigger can put it among the groups (D25).
const ROLE_OF_PROGRAM: &str = "role";

/// Where a token's roles are, and what other names they have there.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct RoleClaim {
    /// The name of the claim, or the path to it within a claim: `realm_access.roles`.
    pub(crate) claim: String,
    /// Names of the issuer's, each with the role that it stands for.
    names: Vec<(String, Role)>,
}

impl RoleClaim {
    /// From `CLAIM_ROLES`, and from `ROLE_NAMES`: `name=role` pairs, separated by semicolons.
    ///
    /// # Errors
    /// A pair that is none, an unknown role, or a role's own name, which would make it count in flattened lists.
    pub(crate) fn of(variables: &Variables) -> Result<Self, ConfigError> {
        let claim = variables.optional("CLAIM_ROLES").unwrap_or(COGNITO_GROUPS).to_owned();
        let pairs = variables.optional("ROLE_NAMES").unwrap_or_default();
        let names = pairs.split(';').map(str::trim).filter(|pair| !pair.is_empty()).map(named);
        let names = names
            .collect::<Result<_, String>>()
            .map_err(|why| ConfigError::Malformed { name: "ROLE_NAMES", why })?;
        Ok(Self { claim, names })
    }

    /// The roles that a token carries, the one that decides most first.
    pub(crate) fn roles(&self, token: &HashMap<String, String>) -> Vec<Role> {
        let of_program = || found(token, ROLE_OF_PROGRAM).filter(|_| self.claim == COGNITO_GROUPS);
        let held = match found(token, &self.claim).or_else(of_program) {
            Some(Found::Text(text)) => Held::read(&text, self.claim == COGNITO_GROUPS),
            Some(Found::Json(value)) => Held::Apart(texts(&value)),
            None => return Vec::new(),
        };
        let has = |role: &Role| {
            let own = matches!(&held, Held::Apart(names) if names.iter().any(|name| name == role.as_str()));
            own || self.names.iter().any(|(name, of)| of == role && held.names(name))
        };
        Role::OF_TOKENS.into_iter().filter(has).collect()
    }
}

/// A name of the issuer's with its role.
fn named(pair: &str) -> Result<(String, Role), String> {
    let known = Role::OF_TOKENS.map(Role::as_str).join(", ");
    let (name, role) = pair
        .rsplit_once('=')
        .map(|(name, role)| (name.trim(), role.trim()))
        .filter(|(name, _)| !name.is_empty())
        .ok_or_else(|| format!("{pair:?} is not a name and a role, such as CPOR-Reviewers=reviewer"))?;
    let is_own = Role::OF_TOKENS.iter().any(|role| role.as_str() == name);
    match Role::OF_TOKENS.into_iter().find(|known| known.as_str() == role) {
        _ if is_own => {
            Err(format!("{name:?} is a role's own name: choose one that is no word of another group's name"))
        }
        Some(role) => Ok((name.to_owned(), role)),
        None => Err(format!("{role:?} is no role; the roles are {known}")),
    }
}

/// What a claim holds.
enum Found {
    Text(String),
    Json(Value),
}

/// The claim of this name, or what lies at the path that the name is: the first part of it names a claim that is a JSON
/// object.
fn found(token: &HashMap<String, String>, name: &str) -> Option<Found> {
    if let Some(text) = token.get(name) {
        return Some(Found::Text(text.clone()));
    }
    name.match_indices('.').find_map(|(at, _)| {
        let (claim, path) = (name.get(..at)?, name.get(at + 1..)?);
        let object: Value = serde_json::from_str(token.get(claim)?).ok()?;
        path.split('.').try_fold(&object, |value, part| value.get(part)).cloned().map(Found::Json)
    })
}

/// The names in a claim.
enum Held {
    /// Each by itself.
    Apart(Vec<String>),
    /// Flattened: blanks may separate names, or be in them.
    Flattened(String),
}

impl Held {
    fn read(text: &str, without_blanks: bool) -> Self {
        let text = text.trim();
        if let Ok(value @ Value::Array(_)) = serde_json::from_str(text) {
            return Self::Apart(texts(&value));
        }
        let flat = text.strip_prefix('[').and_then(|text| text.strip_suffix(']')).map(str::trim);
        match flat {
            Some(list) if !without_blanks && list.contains(char::is_whitespace) => {
                Self::Flattened(list.split_whitespace().collect::<Vec<_>>().join(" "))
            }
            _ => {
                let separates = |c: char| c == ',' || without_blanks && c.is_whitespace();
                let names = flat.unwrap_or(text).split(separates).map(str::trim);
                Self::Apart(names.filter(|name| !name.is_empty()).map(str::to_owned).collect())
            }
        }
    }

    /// Whether a name that the operator has chosen is among them.
    fn names(&self, name: &str) -> bool {
        match self {
            Self::Apart(names) => names.iter().any(|held| held == name),
            Self::Flattened(list) => format!(" {list} ").contains(&format!(" {name} ")),
        }
    }
}

fn texts(value: &Value) -> Vec<String> {
    let items = value.as_array().map_or(std::slice::from_ref(value), Vec::as_slice);
    items.iter().filter_map(Value::as_str).map(str::to_owned).collect()
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    fn claim(claim: &str, names: &str) -> Result<RoleClaim, ConfigError> {
        let pairs = [("CLAIM_ROLES", claim), ("ROLE_NAMES", names)];
        RoleClaim::of(&pairs.map(|(name, value)| (name.to_owned(), value.to_owned())).into_iter().collect())
    }

    #[track_caller]
    fn check(path: &str, names: &str, given: (&str, &str), expected: &[Role]) {
        let token = HashMap::from([(given.0.to_owned(), given.1.to_owned())]);
        assert_eq!(claim(path, names).unwrap().roles(&token), expected, "{given:?}");
    }

    #[test]
    fn the_tokens_of_each_issuer_are_read_as_the_guide_says() {
        claim_domain::proves!(R1);
        use Role::{IncentivesAdmin, ReviewLead, Reviewer};
        let roles = "https://claims.example/roles";
        // Cognito: the groups of the stack's own pool.
        check("cognito:groups", "", ("cognito:groups", "[reviewer review-lead]"), &[ReviewLead, Reviewer]);
        check("cognito:groups", "", ("cognito:groups", "[incentives-admin other]"), &[IncentivesAdmin]);
        // Entra ID: app roles, or the ids of groups.
        let entra = "Claims.IncentivesAdmin=incentives-admin;6f1c2b3a-1111-4222-8333-944455556666=reviewer";
        check("roles", entra, ("roles", "[Claims.IncentivesAdmin]"), &[IncentivesAdmin]);
        check("roles", entra, ("roles", "[Mail.Read Claims.IncentivesAdmin]"), &[IncentivesAdmin]);
        check("groups", entra, ("groups", "[0a0b 6f1c2b3a-1111-4222-8333-944455556666]"), &[Reviewer]);
        // Okta: groups, whose names may hold blanks.
        let okta = "CPOR Reviewers=reviewer;CPOR Leads=review-lead";
        check("groups", okta, ("groups", "[Everyone CPOR Reviewers]"), &[Reviewer]);
        check("groups", okta, ("groups", "[CPOR Leads]"), &[ReviewLead]);
        check("groups", okta, ("groups", "[Everyone CPOR Leads CPOR Reviewers]"), &[ReviewLead, Reviewer]);
        // Auth0: a namespaced claim.
        check(roles, "", (roles, "[reviewer]"), &[Reviewer]);
        check(roles, "claims:lead=review-lead", (roles, "[claims:lead reader]"), &[ReviewLead]);
        // Keycloak: an object, which arrives as JSON.
        let realm = r#"{"roles":["incentives-admin","offline_access"]}"#;
        check("realm_access.roles", "", ("realm_access", realm), &[IncentivesAdmin]);
        let client = r#"{"claims":{"roles":["reviewer"]}}"#;
        check("resource_access.claims.roles", "", ("resource_access", client), &[Reviewer]);
        // Anybody: JSON text, commas.
        check("roles", "", ("roles", r#"["reviewer","Code reviewer"]"#), &[Reviewer]);
        check("roles", "", ("roles", "reader, reviewer"), &[Reviewer]);
    }

    #[test]
    fn a_program_of_the_own_pool_has_its_role_beside_the_groups() {
        claim_domain::proves!(D25);
        check("cognito:groups", "", ("role", "reviewer"), &[Role::Reviewer]);
        for claim in ["roles", "groups"] {
            check(claim, "", ("role", "reviewer"), &[]);
        }
    }

    #[test]
    fn a_word_of_another_groups_name_is_no_role() {
        claim_domain::proves!(R2);
        for claim in ["groups", "roles", "https://claims.example/roles"] {
            for list in [
                "[Code reviewer]",
                "[reviewer of code]",
                "[a reviewer b]",
                "Code reviewer",
                r#"["Code reviewer"]"#,
            ] {
                check(claim, "", (claim, list), &[]);
            }
        }
        check("groups", "CPOR Reviewers=reviewer", ("groups", "[Old CPOR Reviewers2]"), &[]);
        check("realm_access.roles", "", ("realm_access", "not an object"), &[]);
        check("realm_access.roles", "", ("realm_access", r#"{"roles":{"reviewer":true}}"#), &[]);
    }

    #[test]
    fn a_name_that_cannot_be_meant_is_refused_at_the_start() {
        claim_domain::proves!(D3);
        for (names, why) in [
            ("reviewer", "not a name and a role"),
            ("=reviewer", "not a name and a role"),
            ("CPOR=judge", "no role; the roles are review-lead"),
            ("reviewer=review-lead", "a role's own name"),
        ] {
            let error = claim("groups", names).unwrap_err().to_string();
            assert!(error.starts_with("ROLE_NAMES") && error.contains(why), "{names}: {error}");
        }
        assert!(claim("groups", " A=reviewer ; ; B = C=review-lead ").is_ok());
    }

    proptest! {
        #[test]
        fn no_claim_panics(name in ".{0,20}", text in ".{0,60}", names in "([a-z .=]{0,8};?){0,3}") {
            if let Ok(claim) = claim(&name, &names) {
                let _ = claim.roles(&HashMap::from([(name, text)]));
            }
        }
    }
}
