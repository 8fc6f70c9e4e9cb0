//! A session: who signed in, and for how long that is believed.

use std::collections::HashMap;

use chrono::TimeDelta;
use claim_domain::calendar::Instant;
use serde::{Deserialize, Serialize};

/// How long a session lasts, whatever happens.
const LONGEST: TimeDelta = TimeDelta::hours(12);
/// How long the claims of a session are believed before they are renewed at the issuer.
const BELIEVED: TimeDelta = TimeDelta::hours(1);

/// Who signed in.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub struct Session {
    /// The claims of the access token, as the API's authorizer would hand them over.
    pub claims: HashMap<String, String>,
    /// What every form of the session brings along.
    pub csrf: String,
    /// With what the session is renewed, unless the issuer gives nothing.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub refresh_token: Option<String>,
    /// By what the issuer knows the session to end.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub id_token: Option<String>,
    /// When it began.
    pub began_at: Instant,
    /// Until when its claims are believed.
    pub fresh_until: Instant,
}

/// How a known session stands.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Standing {
    /// Its claims are believed.
    Fresh(Session),
    /// Its claims are to be renewed first.
    Stale(Session),
    /// It has ended. What its person had typed can still be kept for them.
    Over {
        /// Whose it was: the token's `sub`.
        subject: String,
    },
}

impl Session {
    /// Whose it is: the token's `sub`.
    pub fn subject(&self) -> &str {
        self.claims.get("sub").map_or("", String::as_str)
    }

    /// When it ends, whatever happens.
    pub fn ends_at(&self) -> Instant {
        self.began_at + LONGEST
    }

    /// Until when claims from a token are believed that itself is good until `token_until`.
    pub fn believed_until(now: Instant, token_until: Instant) -> Instant {
        token_until.min(now + BELIEVED)
    }

    /// How it stands at `now`.
    pub fn standing(self, now: Instant) -> Standing {
        if now >= self.ends_at() {
            return Standing::Over { subject: self.subject().to_owned() };
        }
        if now < self.fresh_until { Standing::Fresh(self) } else { Standing::Stale(self) }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn session(began_at: Instant) -> Session {
        Session {
            claims: [("sub".to_owned(), "u-1".to_owned())].into(),
            csrf: "c".to_owned(),
            refresh_token: None,
            id_token: None,
            began_at,
            fresh_until: began_at + BELIEVED,
        }
    }

    #[test]
    fn a_session_is_believed_for_an_hour_and_lasts_for_twelve() {
        let began = Instant::UNIX_EPOCH;
        let at = |minutes| session(began).standing(began + TimeDelta::minutes(minutes));
        assert_eq!(at(59), Standing::Fresh(session(began)));
        assert_eq!(at(60), Standing::Stale(session(began)));
        assert_eq!(at(12 * 60 - 1), Standing::Stale(session(began)));
        assert_eq!(at(12 * 60), Standing::Over { subject: "u-1".to_owned() });
    }

    #[test]
    fn claims_are_believed_no_longer_than_their_token_is_good() {
        let now = Instant::UNIX_EPOCH;
        let minutes = |count| now + TimeDelta::minutes(count);
        assert_eq!(Session::believed_until(now, minutes(5)), minutes(5));
        assert_eq!(Session::believed_until(now, minutes(600)), minutes(60), "an hour at most");
    }
}
