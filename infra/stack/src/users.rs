//! The people of the local stack: three partner organisations, reviewers and their lead. All invented.

use serde_json::{Value, json};

use crate::{Aws, Error, deploy::unless_there};

/// The password of every user.
pub const PASSWORD: &str = "Local-stack-2026";
/// The review lead's email address.
pub const LEAD_EMAIL: &str = "lena@program.example";

/// A person who can sign in.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct User {
    /// The short name that commands and tests use.
    pub name: &'static str,
    /// The name that the history shows.
    pub full_name: &'static str,
    /// What they sign in with.
    pub email: &'static str,
    /// Their role: a group of the pool. One partner user has none (R1).
    pub role: Option<&'static str>,
    /// Their organisation, unless they work for the program.
    pub organisation: Option<&'static Organisation>,
}

/// A partner organisation.
#[derive(Debug, PartialEq, Eq)]
pub struct Organisation {
    /// Its id in tokens and claims.
    pub id: &'static str,
    /// Its display name, which people see.
    pub name: &'static str,
    /// Its MPN ids.
    pub mpn_ids: &'static [&'static str],
}

/// The organisation with two MPN ids.
pub static NORTHWIND: Organisation = Organisation {
    id: "northwind-consulting",
    name: "Northwind Consulting",
    mpn_ids: &["4711001", "4711002"],
};
/// Another organisation.
pub static FABRIKAM: Organisation =
    Organisation { id: "fabrikam-services", name: "Fabrikam Services", mpn_ids: &["4722001"] };
/// A third one.
pub static ADATUM: Organisation =
    Organisation { id: "adatum-partners", name: "Adatum Partners", mpn_ids: &["4733001"] };

/// Everybody.
pub static USERS: &[User] = &[
    partner("nora", "Nora Lind", "nora@northwind.example", Some("billing-admin"), &NORTHWIND),
    partner("nils", "Nils Berg", "nils@northwind.example", Some("global-admin"), &NORTHWIND),
    partner("nadia", "Nadia Rahman", "nadia@northwind.example", Some("incentives-admin"), &NORTHWIND),
    partner("otto", "Otto Weiss", "otto@northwind.example", None, &NORTHWIND),
    partner("fiona", "Fiona Clarke", "fiona@fabrikam.example", Some("incentives-admin"), &FABRIKAM),
    partner("felix", "Felix Moreau", "felix@fabrikam.example", Some("billing-admin"), &FABRIKAM),
    partner("ada", "Ada Kowalska", "ada@adatum.example", Some("incentives-admin"), &ADATUM),
    partner("aron", "Aron Silva", "aron@adatum.example", Some("global-admin"), &ADATUM),
    program("rita", "Rita Okafor", "rita@program.example", "reviewer"),
    program("ravi", "Ravi Menon", "ravi@program.example", "reviewer"),
    program("lena", "Lena Fischer", LEAD_EMAIL, "review-lead"),
];

const fn partner(
    name: &'static str,
    full_name: &'static str,
    email: &'static str,
    role: Option<&'static str>,
    organisation: &'static Organisation,
) -> User {
    User { name, full_name, email, role, organisation: Some(organisation) }
}

const fn program(
    name: &'static str,
    full_name: &'static str,
    email: &'static str,
    role: &'static str,
) -> User {
    User { name, full_name, email, role: Some(role), organisation: None }
}

/// A user by their short name or email address.
pub fn find(name: &str) -> Result<&'static User, Error> {
    USERS.iter().find(|user| user.name == name || user.email == name).ok_or_else(|| {
        let names: Vec<&str> = USERS.iter().map(|user| user.name).collect();
        Error::Unexpected(format!("there is no user {name}; the users are {}", names.join(", ")))
    })
}

/// Creates everybody in the pool, with their password and role.
pub(crate) fn create(aws: &Aws, pool: &str) -> Result<(), Error> {
    for user in USERS {
        let mut attributes = vec![("email", user.email.to_owned()), ("name", user.full_name.to_owned())];
        attributes.push(("email_verified", "true".to_owned()));
        if let Some(organisation) = user.organisation {
            attributes.push(("custom:partner_id", organisation.id.to_owned()));
            attributes.push(("custom:partner_name", organisation.name.to_owned()));
            attributes.push(("custom:mpn_ids", organisation.mpn_ids.join(",")));
        }
        let attributes: Vec<Value> =
            attributes.into_iter().map(|(name, value)| json!({ "Name": name, "Value": value })).collect();
        let call = |operation: &str, more: Value| {
            let mut body = json!({ "UserPoolId": pool, "Username": user.email });
            if let (Some(body), Some(more)) = (body.as_object_mut(), more.as_object()) {
                body.extend(more.clone());
            }
            aws.json("cognito-idp", &format!("AWSCognitoIdentityProviderService.{operation}"), &body)
        };
        unless_there(call(
            "AdminCreateUser",
            json!({ "UserAttributes": attributes, "MessageAction": "SUPPRESS" }),
        ))?;
        call("AdminSetUserPassword", json!({ "Password": PASSWORD, "Permanent": true }))?;
        if let Some(role) = user.role {
            call("AdminAddUserToGroup", json!({ "GroupName": role }))?;
        }
    }
    Ok(())
}

/// Signs a user in and returns their access token.
pub(crate) fn sign_in(aws: &Aws, client: &str, user: &User) -> Result<String, Error> {
    let answer = aws.json(
        "cognito-idp",
        "AWSCognitoIdentityProviderService.InitiateAuth",
        &json!({
            "ClientId": client,
            "AuthFlow": "USER_PASSWORD_AUTH",
            "AuthParameters": { "USERNAME": user.email, "PASSWORD": PASSWORD },
        }),
    )?;
    answer["AuthenticationResult"]["AccessToken"]
        .as_str()
        .map(str::to_owned)
        .ok_or_else(|| Error::Unexpected(format!("{} could not sign in: {answer}", user.name)))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn everybody_is_found_by_name_and_address() {
        assert_eq!(find("rita").unwrap(), find("rita@program.example").unwrap());
        assert!(find("nobody").unwrap_err().to_string().contains("rita"));
    }

    #[test]
    fn names_and_addresses_are_distinct() {
        for (index, user) in USERS.iter().enumerate() {
            assert!(
                USERS[index + 1..].iter().all(|other| other.name != user.name && other.email != user.email)
            );
        }
    }
}
