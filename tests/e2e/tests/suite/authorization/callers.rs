//! The callers: every kind of token that a request may come with.

use std::collections::HashMap;

use e2e::{Environment, Failed};
use local_stack::{Aws, PASSWORD};
use serde_json::{Value, json};

/// What a caller comes with.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Caller {
    /// No token at all.
    Nobody,
    /// Something that is no token.
    Malformed,
    /// The right token with another payload under its signature.
    Tampered,
    /// The right token, with no signature and an algorithm that asks for none.
    Unsigned,
    /// The right person's token of an hour ago.
    Expired,
    /// The right person's token from another user pool.
    WrongIssuer,
    /// The right person's token for another application.
    WrongAudience,
    /// The right person's id token.
    WrongUse,
    /// A person of the organisation who has no role (R1).
    NoRole,
    /// Somebody with the right role, of another organisation (I7).
    OtherOrganisation,
    Reviewer,
    /// A partner, of the claim's organisation.
    Partner,
    /// A reviewer whom the claim is not assigned to (D17).
    Unassigned,
}

impl Caller {
    pub(super) const ALL: [Self; 13] = [
        Self::Nobody,
        Self::Malformed,
        Self::Tampered,
        Self::Unsigned,
        Self::Expired,
        Self::WrongIssuer,
        Self::WrongAudience,
        Self::WrongUse,
        Self::NoRole,
        Self::OtherOrganisation,
        Self::Reviewer,
        Self::Partner,
        Self::Unassigned,
    ];

    pub(super) fn is_refused_by_the_gateway(self) -> bool {
        use Caller::{Expired, Malformed, Nobody, Tampered, Unsigned, WrongAudience, WrongIssuer};
        matches!(self, Nobody | Malformed | Tampered | Unsigned | Expired | WrongIssuer | WrongAudience)
    }
}

/// Those who may call some route; each kind of wrong token is made for each of them.
const PEOPLE: [&str; 3] = ["nadia", "rita", "lena"];

/// The tokens of everybody.
#[derive(Debug)]
pub(crate) struct Tokens(HashMap<(Kind, &'static str), String>);

#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
enum Kind {
    Expired,
    OtherIssuer,
    OtherAudience,
    Id,
}

impl Tokens {
    /// The tokens that will have expired once an hour has passed.
    pub(super) fn to_expire(environment: &Environment) -> Result<Self, Failed> {
        let client = environment.stack.deployment().output("UserPoolClientId")?;
        let mut tokens = HashMap::new();
        for name in PEOPLE {
            tokens.insert((Kind::Expired, name), sign_in(environment.stack.aws(), client, name)?.0);
        }
        Ok(Self(tokens))
    }

    /// With all others: everybody signs in everywhere.
    pub(super) fn and_all_others(mut self, environment: &Environment) -> Result<Self, Failed> {
        let (aws, deployment) = (environment.stack.aws(), environment.stack.deployment());
        let (pool, client) = (deployment.output("UserPoolId")?, deployment.output("UserPoolClientId")?);
        let tokens = &mut self.0;
        let other_client = client_of(aws, pool)?;
        let other_pool = cognito(
            aws,
            "CreateUserPool",
            &json!({ "PoolName": "elsewhere", "UsernameAttributes": ["email"] }),
        )?;
        let other_pool = text(&other_pool["UserPool"]["Id"]);
        let client_elsewhere = client_of(aws, &other_pool)?;
        for name in PEOPLE {
            join(aws, &other_pool, name)?;
            tokens.insert((Kind::OtherIssuer, name), sign_in(aws, &client_elsewhere, name)?.0);
            tokens.insert((Kind::OtherAudience, name), sign_in(aws, &other_client, name)?.0);
            tokens.insert((Kind::Id, name), sign_in(aws, client, name)?.1);
        }
        Ok(self)
    }

    /// What a caller sends as its bearer token, in the place of the person who may call.
    pub(super) fn bearer(
        &self,
        environment: &Environment,
        caller: Caller,
        allowed: &'static str,
    ) -> Result<Option<String>, Failed> {
        let made = |kind| {
            self.0
                .get(&(kind, allowed))
                .cloned()
                .ok_or_else(|| Failed::new(format!("{allowed} has no {kind:?}")))
        };
        Ok(Some(match caller {
            Caller::Nobody => return Ok(None),
            Caller::Malformed => "not.a.token".to_owned(),
            Caller::Tampered => {
                with_payload(&environment.stack.token("otto")?, &environment.stack.token(allowed)?)
            }
            Caller::Unsigned => unsigned(&environment.stack.token(allowed)?),
            Caller::Expired => made(Kind::Expired)?,
            Caller::WrongIssuer => made(Kind::OtherIssuer)?,
            Caller::WrongAudience => made(Kind::OtherAudience)?,
            Caller::WrongUse => made(Kind::Id)?,
            Caller::NoRole => environment.stack.token("otto")?,
            Caller::OtherOrganisation => environment.stack.token("fiona")?,
            Caller::Reviewer => environment.stack.token("rita")?,
            Caller::Partner => environment.stack.token("nadia")?,
            Caller::Unassigned => environment.stack.token("ravi")?,
        }))
    }

    pub(super) fn all(&self) -> Vec<String> {
        self.0.values().cloned().collect()
    }
}

/// The header and signature of one token around the payload of another.
fn with_payload(token: &str, other: &str) -> String {
    let part = |token: &str, nth| token.split('.').nth(nth).unwrap_or_default().to_owned();
    [part(token, 0), part(other, 1), part(token, 2)].join(".")
}

/// The token under the header `{"alg":"none","typ":"JWT"}`, without a signature.
fn unsigned(token: &str) -> String {
    let payload = token.split('.').nth(1).unwrap_or_default();
    format!("eyJhbGciOiJub25lIiwidHlwIjoiSldUIn0.{payload}.")
}

fn cognito(aws: &Aws, operation: &str, body: &Value) -> Result<Value, Failed> {
    Ok(aws.json("cognito-idp", &format!("AWSCognitoIdentityProviderService.{operation}"), body)?)
}

/// Access token and id token of a person.
fn sign_in(aws: &Aws, client: &str, name: &str) -> Result<(String, String), Failed> {
    let email = local_stack::user(name)?.email;
    let parameters = json!({ "USERNAME": email, "PASSWORD": PASSWORD });
    let body = json!({ "ClientId": client, "AuthFlow": "USER_PASSWORD_AUTH", "AuthParameters": parameters });
    let tokens = &cognito(aws, "InitiateAuth", &body)?["AuthenticationResult"];
    Ok((text(&tokens["AccessToken"]), text(&tokens["IdToken"])))
}

/// A new client of a pool.
fn client_of(aws: &Aws, pool: &str) -> Result<String, Failed> {
    let flows = ["ALLOW_USER_PASSWORD_AUTH", "ALLOW_REFRESH_TOKEN_AUTH"];
    let body = json!({ "UserPoolId": pool, "ClientName": "another", "ExplicitAuthFlows": flows });
    Ok(text(&cognito(aws, "CreateUserPoolClient", &body)?["UserPoolClient"]["ClientId"]))
}

/// Makes a person known to another pool, with the same role.
fn join(aws: &Aws, pool: &str, name: &str) -> Result<(), Failed> {
    let user = local_stack::user(name)?;
    let of_user = |more: Value| {
        let mut body = json!({ "UserPoolId": pool, "Username": user.email });
        body.as_object_mut()
            .into_iter()
            .for_each(|body| body.extend(more.as_object().cloned().unwrap_or_default()));
        body
    };
    let role = user.role.unwrap_or_default();
    cognito(aws, "AdminCreateUser", &of_user(json!({ "MessageAction": "SUPPRESS" })))?;
    cognito(aws, "AdminSetUserPassword", &of_user(json!({ "Password": PASSWORD, "Permanent": true })))?;
    // The group is there already from the second person of the same role on.
    let _ = cognito(aws, "CreateGroup", &json!({ "UserPoolId": pool, "GroupName": role }));
    cognito(aws, "AdminAddUserToGroup", &of_user(json!({ "GroupName": role })))?;
    Ok(())
}

fn text(value: &Value) -> String {
    value.as_str().unwrap_or_default().to_owned()
}
