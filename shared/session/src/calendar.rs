//! The private address of a person's calendar: who has it reads what is due, without signing in, since calendar programs
//! cannot.
//!
//! A person has one address at most. The table holds it under a hash of whose it is, with the hash of its secret and the
//! claims of the sign-in that it was made or prolonged at. It works for [`CALENDAR_DAYS`] days after the last sign-in, and
//! every sign-in replaces the claims: a role that was taken away takes the calendar along (I7).

use std::collections::HashMap;
use std::fmt;
use std::str::FromStr;

use aws_sdk_dynamodb::operation::update_item::UpdateItemInput;
use aws_sdk_dynamodb::types::AttributeValue;
use chrono::TimeDelta;
use claim_domain::calendar::Instant;
use claim_domain::ids::Sha256;
use claim_store::sha256;
use serde::{Deserialize, Serialize};

use crate::cookie::{NotASecret, Secret};
use crate::record::{Key, Stored, person};
use crate::session::Session;
use crate::table::{SessionError, Sessions};

/// For how many days after its person signed in last the address works.
pub const CALENDAR_DAYS: i64 = 14;
/// For how long it is kept after that, so that signing in makes it work again.
const REMEMBERED: TimeDelta = TimeDelta::days(90);

/// The private part of a calendar's address: `<whose>-<secret>.ics`.
#[derive(Clone, PartialEq, Eq)]
pub struct CalendarAddress {
    person: Sha256,
    secret: Secret,
}

impl CalendarAddress {
    /// The address of a person, by the token's `sub`, with this secret.
    pub fn new(subject: &str, secret: Secret) -> Self {
        Self { person: hash_of(subject), secret }
    }

    /// Its text, which goes to its person and nowhere else.
    pub fn reveal(&self) -> String {
        format!("{}-{}.ics", self.person, self.secret.reveal())
    }
}

impl fmt::Debug for CalendarAddress {
    fn fmt(&self, out: &mut fmt::Formatter<'_>) -> fmt::Result {
        out.write_str("the address of a calendar")
    }
}

impl FromStr for CalendarAddress {
    type Err = NotASecret;

    fn from_str(text: &str) -> Result<Self, NotASecret> {
        let (person, secret) = text.strip_suffix(".ics").unwrap_or(text).split_once('-').ok_or(NotASecret)?;
        Ok(Self { person: person.parse().map_err(|_| NotASecret)?, secret: secret.parse()? })
    }
}

/// What is known of a person's address; not the address, since only the hash of its secret is stored.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct KnownCalendar {
    /// When it was made.
    pub made_at: Instant,
    /// Until when it works if its person does not sign in again.
    pub until: Instant,
}

/// What is stored of an address.
#[derive(Debug, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
struct Calendar {
    secret_hash: Sha256,
    claims: HashMap<String, String>,
    made_at: Instant,
}

impl Sessions {
    /// Gives a person an address in place of the one that they may have had, with the claims of their session.
    ///
    /// # Errors
    /// When the table fails.
    pub async fn make_calendar(
        &self,
        claims: &HashMap<String, String>,
        secret: Secret,
        now: Instant,
    ) -> Result<CalendarAddress, SessionError> {
        let subject = subject_of(claims);
        let address = CalendarAddress::new(subject, secret);
        let until = now + TimeDelta::days(CALENDAR_DAYS);
        let calendar = Calendar { secret_hash: address.secret.hash(), claims: claims.clone(), made_at: now };
        let key = Key::Calendar(&address.person);
        self.put(&key, Some(person(subject)), until, until + REMEMBERED, &calendar, None).await?;
        Ok(address)
    }

    /// What is known of a person's address, if they have one.
    ///
    /// # Errors
    /// When the table fails.
    pub async fn known_calendar(&self, subject: &str) -> Result<Option<KnownCalendar>, SessionError> {
        let stored = self.stored_calendar(&hash_of(subject)).await?;
        Ok(stored.map(|stored| KnownCalendar { made_at: stored.content.made_at, until: stored.ends_at }))
    }

    /// Whose calendar an address is, by the claims of their last sign-in; nobody's if it is unknown, was replaced or switched
    /// off, or if they signed in too long ago.
    ///
    /// # Errors
    /// When the table fails.
    pub async fn calendar(
        &self,
        address: &CalendarAddress,
        now: Instant,
    ) -> Result<Option<HashMap<String, String>>, SessionError> {
        let stored = self.stored_calendar(&address.person).await?;
        let works = |stored: &Stored<Calendar>| {
            stored.content.secret_hash == address.secret.hash() && now < stored.ends_at
        };
        Ok(stored.filter(works).map(|stored| stored.content.claims))
    }

    /// Switches a person's address off.
    ///
    /// # Errors
    /// When the table fails.
    pub async fn end_calendar(&self, subject: &str) -> Result<(), SessionError> {
        self.end_item(&Key::Calendar(&hash_of(subject)).text()).await
    }

    /// Lets the address of whoever signed in work on, if they have one, as who they are now.
    pub(crate) async fn prolong_calendar(&self, session: &Session) -> Result<(), SessionError> {
        let until = session.began_at + TimeDelta::days(CALENDAR_DAYS);
        let input = UpdateItemInput::builder()
            .table_name(&self.name)
            .key("pk", AttributeValue::S(Key::Calendar(&hash_of(session.subject())).text()))
            .update_expression("SET #claims = :claims, endsAt = :until, #ttl = :ttl")
            .condition_expression("attribute_exists(pk) AND attribute_not_exists(ended)")
            .expression_attribute_names("#claims", "claims")
            .expression_attribute_names("#ttl", "ttl")
            .expression_attribute_values(":claims", serde_dynamo::to_attribute_value(&session.claims)?)
            .expression_attribute_values(":until", serde_dynamo::to_attribute_value(until)?)
            .expression_attribute_values(
                ":ttl",
                AttributeValue::N((until + REMEMBERED).timestamp().to_string()),
            );
        match self.table.update_item(input).await {
            Ok(_) => Ok(()),
            // Most people have none.
            Err(error)
                if error.as_service_error().is_some_and(|e| e.is_conditional_check_failed_exception()) =>
            {
                Ok(())
            }
            Err(error) => Err(SessionError::Table(Box::new(error))),
        }
    }

    async fn stored_calendar(&self, person: &Sha256) -> Result<Option<Stored<Calendar>>, SessionError> {
        let item = self.get(&Key::Calendar(person)).await?.filter(|item| !item.contains_key("ended"));
        Ok(item.map(serde_dynamo::from_item).transpose()?)
    }
}

fn subject_of(claims: &HashMap<String, String>) -> &str {
    claims.get("sub").map_or("", String::as_str)
}

fn hash_of(subject: &str) -> Sha256 {
    sha256(format!("calendar of {subject}").as_bytes())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_address_of_a_calendar_is_read_as_it_was_written_and_never_shown() {
        let secret: Secret = "-_AAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAA".parse().unwrap();
        let address = CalendarAddress::new("u-1", secret);
        assert_eq!(address.reveal().parse::<CalendarAddress>().unwrap(), address);
        assert!(!address.reveal().contains("u-1"));
        assert_eq!(format!("{address:?}"), "the address of a calendar");
        for other in ["", ".ics", "-.ics", "abc-def.ics", &address.reveal()[1..]] {
            assert!(other.parse::<CalendarAddress>().is_err(), "{other}");
        }
    }
}
