//! Who calls, from the access token's claims as the API's authorizer checked them (R1, R2, I7).

use std::collections::HashMap;

use claim_domain::ids::{MpnId, PartnerId};
use claim_domain::people::{Actor, Caller, Role};
use claim_domain::refusal::Kind;
use claim_domain::text;
use claim_runtime::{ConfigError, Variables};
use serde_json::Value;

use crate::problem::Problem;
use crate::request::Request;
use crate::roles::RoleClaim;

/// Which claims of a token hold what. It is configuration, so any issuer can be used.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct PrincipalConfig {
    roles: RoleClaim,
    /// The claim with the partner organisation.
    pub partner: String,
    /// The claim with the organisation's display name (D21).
    pub partner_name: String,
    /// The claim with the organisation's MPN ids.
    pub mpn_ids: String,
    /// The claim with the person's name.
    pub name: String,
    /// The claim with the person's email address.
    pub email: String,
    /// The claim that says `true` if that address was verified; empty if the issuer verifies every address.
    pub email_verified: String,
    /// The claim and its value that mark a program's token (D25); `None` if the issuer has no programs.
    client: Option<(String, String)>,
    /// The claim that must say `access`, since the authorizer does not tell id tokens from access tokens; empty if the
    /// issuer has none.
    pub token_use: String,
}

impl PrincipalConfig {
    /// The names of the claims, from `CLAIM_*`, and of roles, from `ROLE_NAMES`; unset ones are the names that the stack's
    /// own user pool uses.
    ///
    /// # Errors
    /// A name of a role, or a mark of programs, that cannot be meant (D3).
    pub fn of(variables: &Variables) -> Result<Self, ConfigError> {
        let name = |variable, default| variables.optional(variable).unwrap_or(default).to_owned();
        Ok(Self {
            roles: RoleClaim::of(variables)?,
            partner: name("CLAIM_PARTNER", "partner_id"),
            partner_name: name("CLAIM_PARTNER_NAME", "partner_name"),
            mpn_ids: name("CLAIM_MPN_IDS", "mpn_ids"),
            name: name("CLAIM_NAME", "name"),
            email: name("CLAIM_EMAIL", "email"),
            email_verified: variables.or("CLAIM_EMAIL_VERIFIED", "email_verified").to_owned(),
            client: mark(variables.or("CLAIM_CLIENT", "gty=client-credentials"))?,
            token_use: variables.or("CLAIM_TOKEN_USE", "token_use").to_owned(),
        })
    }

    /// Who calls.
    ///
    /// # Errors
    /// `unauthenticated` without a checked token; `forbidden` for a token of another use, without a role (R1), with
    /// roles of both sides, with a partner's role and no organisation (I7), or for a program as the lead (D25).
    pub fn caller(&self, request: &Request) -> Result<Caller, Problem> {
        self.caller_of(request.received().token().ok_or_else(unauthenticated)?)
    }

    /// Who has a token with these claims.
    ///
    /// # Errors
    /// As [`PrincipalConfig::caller`].
    pub fn caller_of(&self, token: &HashMap<String, String>) -> Result<Caller, Problem> {
        let claim = |name: &str| token.get(name).map(|text| text.trim()).filter(|text| !text.is_empty());
        let id = claim("sub").ok_or_else(unauthenticated)?;
        if !self.token_use.is_empty() && claim(&self.token_use) != Some("access") {
            return Err(forbidden(
                "The token is not an access token.",
                "Send the access token of your sign-in, not the id token.",
            ));
        }
        let client = self.client.as_ref().is_some_and(|(name, value)| claim(name) == Some(value.as_str()));
        let mut known = self.roles.roles(token).into_iter();
        let Some(role) = known.next() else {
            if client {
                return Err(forbidden(
                    "The token carries no role: the machine client is not registered here, or was revoked.",
                    "Ask whoever runs this API to register a machine client.",
                ));
            }
            return Err(forbidden(
                "The token carries no role in this program.",
                "Ask your organisation's administrator for the role of a billing, global or incentives admin.",
            ));
        };
        // People who review claims must not make any: such a token is refused, and neither side is chosen.
        if role.is_reviewer() && known.any(|role| role.is_partner()) {
            return Err(forbidden(
                "The token carries a partner's role and a reviewer's role at once.",
                "Sign in with an account that has roles of one side only.",
            ));
        }
        if client && role == Role::ReviewLead {
            return Err(forbidden(
                "The token makes a machine client the review lead.",
                "Register it as a reviewer: a person has to answer for what the lead decides.",
            ));
        }
        // Names are shown to others and stand in emails: one that no form would accept is passed over.
        let shown = |text: Option<&str>| text.and_then(|text| text::name(text).ok()).map(str::to_owned);
        let name =
            shown(claim(&self.name)).or_else(|| shown(claim("username"))).unwrap_or_else(|| id.to_owned());
        let caller = Caller::without_organisation(Actor { role, id: id.to_owned(), name, client });
        if role.is_reviewer() {
            return Ok(caller);
        }
        let Some(partner) = claim(&self.partner).and_then(|text| text.parse::<PartnerId>().ok()) else {
            return Err(forbidden(
                "The token names no partner organisation.",
                "Ask your organisation's administrator to join your account to the organisation.",
            ));
        };
        let mpn_ids = list(claim(&self.mpn_ids).unwrap_or_default());
        let mpn_ids = mpn_ids.iter().filter_map(|text| text.parse::<MpnId>().ok()).collect();
        let is_verified = self.email_verified.is_empty() || claim(&self.email_verified) == Some("true");
        let verified_email = claim(&self.email).filter(|_| is_verified).map(str::to_owned);
        let partner_name = shown(claim(&self.partner_name));
        Ok(Caller { partner: Some(partner), partner_name, verified_email, mpn_ids, ..caller })
    }
}

/// A claim and the value that it has in a program's token: `idtyp=app`.
fn mark(text: &str) -> Result<Option<(String, String)>, ConfigError> {
    if text.is_empty() {
        return Ok(None);
    }
    let pair = text.split_once('=').filter(|(name, value)| !name.is_empty() && !value.is_empty());
    let (name, value) = pair.ok_or_else(|| ConfigError::Malformed {
        name: "CLAIM_CLIENT",
        why: format!("{text:?} is not a token claim and its value, such as idtyp=app"),
    })?;
    Ok(Some((name.to_owned(), value.to_owned())))
}

/// The items of a list in a token, in any of three forms: a JSON array, the authorizer's flattened `[a b]`, or
/// separated by commas.
fn list(text: &str) -> Vec<String> {
    if let Ok(Value::Array(items)) = serde_json::from_str(text) {
        let text_of = |item: Value| match item {
            Value::String(text) => Some(text),
            Value::Number(number) => Some(number.to_string()),
            _ => None,
        };
        return items.into_iter().filter_map(text_of).collect();
    }
    let flat = text.strip_prefix('[').and_then(|text| text.strip_suffix(']')).unwrap_or(text);
    flat.split(|c: char| c == ',' || c.is_whitespace())
        .filter(|item| !item.is_empty())
        .map(str::to_owned)
        .collect()
}

fn unauthenticated() -> Problem {
    Problem::new(
        Kind::Unauthenticated,
        "The request carries no access token that the API has checked.",
        "Sign in and send the access token in the header Authorization: Bearer.",
    )
}

fn forbidden(detail: &str, next: &str) -> Problem {
    Problem::new(Kind::Forbidden, detail, next)
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    fn config() -> PrincipalConfig {
        PrincipalConfig::of(&Variables::default()).unwrap()
    }

    fn token(claims: &[(&str, &str)]) -> HashMap<String, String> {
        let always = [("sub", "u-1"), ("token_use", "access")];
        always.iter().chain(claims).map(|(name, value)| ((*name).to_owned(), (*value).to_owned())).collect()
    }

    fn refused(claims: &[(&str, &str)]) -> (Kind, String) {
        let problem = config().caller_of(&token(claims)).unwrap_err();
        (problem.kind, problem.refusal.detail)
    }

    #[test]
    fn lists_arrive_in_three_forms() {
        for text in ["[a b]", "[\"a\",\"b\"]", "a,b", " a , b ", "[a, b]", "[ a  b ]", "a b"] {
            assert_eq!(list(text), ["a", "b"], "{text}");
        }
        assert_eq!(list("[1234567]"), ["1234567"]);
        assert_eq!(list("[1234567 7654321]"), ["1234567", "7654321"]);
        assert_eq!(list("1234567"), ["1234567"]);
        assert!(list("").is_empty());
        assert!(list("[]").is_empty());
    }

    #[test]
    fn a_partner_acts_for_the_organisation_of_the_token() {
        claim_domain::proves!(R1);
        for groups in ["[incentives-admin]", "[\"incentives-admin\"]", "incentives-admin"] {
            let claims = [
                ("cognito:groups", groups),
                ("partner_id", "contoso"),
                ("mpn_ids", "1234567,7654321"),
                ("name", "Ana"),
            ];
            let caller = config().caller_of(&token(&claims)).unwrap();
            assert_eq!(
                caller.actor,
                Actor { role: Role::IncentivesAdmin, id: "u-1".into(), name: "Ana".into(), client: false }
            );
            assert_eq!(caller.partner.unwrap().as_str(), "contoso");
            assert_eq!(caller.mpn_ids.len(), 2);
        }
    }

    #[test]
    fn the_lead_is_a_reviewer_and_has_no_organisation() {
        claim_domain::proves!(R2);
        let claims = [("cognito:groups", "[reviewer review-lead]"), ("partner_id", "contoso")];
        let caller = config().caller_of(&token(&claims)).unwrap();
        assert_eq!((caller.actor.role, caller.partner), (Role::ReviewLead, None));
    }

    #[test]
    fn without_a_role_nothing_is_allowed() {
        claim_domain::proves!(R1);
        assert_eq!(refused(&[]).0, Kind::Forbidden);
        assert_eq!(refused(&[("cognito:groups", "[janitor]"), ("partner_id", "contoso")]).0, Kind::Forbidden);
        // Roles that no token can carry.
        assert_eq!(refused(&[("cognito:groups", "[system customer]")]).0, Kind::Forbidden);
    }

    #[test]
    fn a_partner_role_without_an_organisation_is_refused() {
        claim_domain::proves!(I7);
        let (kind, detail) = refused(&[("cognito:groups", "billing-admin")]);
        assert_eq!((kind, detail.as_str()), (Kind::Forbidden, "The token names no partner organisation."));
        assert_eq!(refused(&[("cognito:groups", "billing-admin"), ("partner_id", "a#b")]).0, Kind::Forbidden);
    }

    #[test]
    fn a_token_with_roles_of_both_sides_is_refused() {
        let claims = [("cognito:groups", "[reviewer billing-admin]"), ("partner_id", "contoso")];
        assert!(refused(&claims).1.contains("at once"));
    }

    #[test]
    fn an_id_token_is_not_accepted() {
        let claims = [("token_use", "id"), ("cognito:groups", "reviewer")];
        assert_eq!(refused(&claims).1, "The token is not an access token.");
        let unchecked = PrincipalConfig { token_use: String::new(), ..config() };
        assert!(unchecked.caller_of(&token(&claims)).is_ok());
    }

    #[test]
    fn a_name_is_the_name_claim_or_the_user_name_or_the_subject() {
        let named = |claims: &[(&str, &str)]| {
            let claims: Vec<_> = [("cognito:groups", "reviewer")].iter().chain(claims).copied().collect();
            config().caller_of(&token(&claims)).unwrap().actor.name
        };
        assert_eq!(named(&[("name", "Rita"), ("username", "rita-1")]), "Rita");
        assert_eq!(named(&[("username", "rita-1")]), "rita-1");
        assert_eq!(named(&[]), "u-1");
        // What no form would accept as a name is passed over.
        for hostile in ["x\u{202e}y", "see https://evil.example", "\u{200b}", &"x".repeat(999)] {
            assert_eq!(named(&[("name", hostile), ("username", "rita-1")]), "rita-1");
            assert_eq!(named(&[("name", hostile)]), "u-1");
        }
    }

    #[test]
    fn a_program_acts_as_one_in_the_role_of_its_registration() {
        claim_domain::proves!(D25, I7);
        let program = [("gty", "client-credentials"), ("name", "Nightly sync")];
        let acting = |claims: &[(&str, &str)]| config().caller_of(&token(&[&program, claims].concat()));
        let caller =
            acting(&[("role", "billing-admin"), ("partner_id", "contoso"), ("mpn_ids", "1")]).unwrap();
        let name = "Nightly sync".to_owned();
        assert_eq!(
            caller.actor,
            Actor { role: Role::BillingAdmin, id: "u-1".to_owned(), name, client: true }
        );
        assert_eq!((caller.partner.unwrap().as_str(), caller.mpn_ids.len()), ("contoso", 1));
        assert_eq!(acting(&[("role", "reviewer")]).unwrap().actor.role, Role::Reviewer);
        assert!(acting(&[("role", "billing-admin")]).is_err());
        for claims in [[("role", "review-lead")], [("cognito:groups", "[reviewer review-lead]")]] {
            assert_eq!(
                acting(&claims).unwrap_err().refusal.detail,
                "The token makes a machine client the review lead."
            );
        }
        let detail = acting(&[]).unwrap_err().refusal.detail;
        assert!(detail.contains("not registered here, or was revoked"), "{detail}");
        // A person's token is never a program's, whatever else it carries.
        assert!(
            !config().caller_of(&token(&[("role", "reviewer"), ("gty", "password")])).unwrap().actor.client
        );
    }

    #[test]
    fn what_marks_a_program_is_configuration() {
        claim_domain::proves!(D25, D3);
        let of = |mark: &str| {
            PrincipalConfig::of(&Variables::from_iter([("CLAIM_CLIENT".to_owned(), mark.to_owned())]))
        };
        let is_client = |mark: &str| {
            let claims = [("cognito:groups", "reviewer"), ("idtyp", "app"), ("gty", "client-credentials")];
            of(mark).unwrap().caller_of(&token(&claims)).unwrap().actor.client
        };
        assert!(is_client("idtyp=app") && is_client("gty=client-credentials"));
        assert!(!is_client("idtyp=user") && !is_client(""));
        for text in ["idtyp", "=app", "idtyp="] {
            let error = of(text).unwrap_err().to_string();
            assert!(error.starts_with("CLAIM_CLIENT: ") && error.contains("idtyp=app"), "{error}");
        }
    }

    fn partner(claims: &[(&str, &str)]) -> Caller {
        let always = [("cognito:groups", "billing-admin"), ("partner_id", "contoso")];
        config().caller_of(&token(&[&always, claims].concat())).unwrap()
    }

    #[test]
    fn the_organisation_has_its_display_name_from_the_token() {
        claim_domain::proves!(D21);
        let named = |name: &str| partner(&[("partner_name", name)]).partner_name;
        assert_eq!(named(" Contoso Consulting\u{feff}").as_deref(), Some("Contoso Consulting"));
        for hostile in ["", "\u{200b}", "evil.example/pay", "a\u{202e}b", "a\nb", &"x".repeat(201)] {
            assert_eq!(named(hostile), None, "{hostile:?}");
        }
        assert_eq!(partner(&[]).partner_name, None);
    }

    #[test]
    fn an_address_is_the_persons_own_only_if_the_issuer_verified_it() {
        let shown = |claims: &[(&str, &str)]| partner(claims).has_shown("Ana@contoso.example");
        assert!(shown(&[("email", "ana@contoso.example"), ("email_verified", "true")]));
        assert!(!shown(&[("email", "ana@contoso.example"), ("email_verified", "false")]));
        assert!(!shown(&[("email", "ana@contoso.example")]));
        assert!(!shown(&[("email", "leo@contoso.example"), ("email_verified", "true")]));
    }

    #[test]
    fn a_request_that_no_authorizer_saw_is_unauthenticated() {
        let request = crate::testing::request("GET", "/v1/claims", &[], "");
        assert_eq!(config().caller(&request).unwrap_err().kind, Kind::Unauthenticated);
        assert_eq!(config().caller_of(&HashMap::new()).unwrap_err().kind, Kind::Unauthenticated);
    }

    #[test]
    fn the_names_of_the_claims_are_configuration() {
        let variables: Variables = [("CLAIM_ROLES", "https://x/roles"), ("CLAIM_TOKEN_USE", "")]
            .map(|(name, value)| (name.to_owned(), value.to_owned()))
            .into_iter()
            .collect();
        let config = PrincipalConfig::of(&variables).unwrap();
        assert_eq!((config.roles.claim.as_str(), config.token_use.as_str()), ("https://x/roles", ""));
    }

    proptest! {
        #[test]
        fn no_token_panics(roles in ".{0,60}", partner in ".{0,60}", mpn_ids in ".{0,60}", name in ".{0,60}") {
            let claims = [
                ("cognito:groups", roles.as_str()), ("partner_id", &partner), ("mpn_ids", &mpn_ids), ("name", &name),
            ];
            let _ = config().caller_of(&token(&claims));
        }
    }
}
