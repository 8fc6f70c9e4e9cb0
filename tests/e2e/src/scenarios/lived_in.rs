//! The first ten scenarios lived only so far that on one day each claim is at another point of its life.

use std::sync::Arc;

use chrono::{DateTime, Utc};
use serde_json::Value;

use super::{SCENARIOS, Scenario, play};
use crate::{Environment, Failed};

/// How many days after day 0 of the oldest claim today is: a Monday, as day 0 is.
const DAYS: i64 = 28;
/// The hour of today at which all lives are left: before anybody acts.
const HOUR: i64 = 8;

/// Where a scenario's claim stands today.
pub struct LivedIn {
    /// The number of the scenario.
    pub scenario: u8,
    /// How many days ago its day 0 was.
    pub days: i64,
    /// Where it stands, in words.
    pub stands: &'static str,
    /// The user who has something to see or to do on its page.
    pub user: &'static str,
    /// Whether a claim, as its partner sees it, stands there.
    pub is_there: fn(&Value) -> bool,
}

/// The claims, a row each: what waits, is late, contested or disputed for reviewers, and for partners a draft, something
/// asked, something approved that the customer may still deny, a rejection to dispute, and what was handed off.
pub static LIVED_IN: [LivedIn; 10] = [
    LivedIn {
        scenario: 1,
        days: 28,
        stands: "handed off to incentive assessment",
        user: "nadia",
        is_there: |claim| claim["status"] == "approved" && claim["consent"]["state"] == "passed",
    },
    LivedIn {
        scenario: 2,
        days: 7,
        stands: "the customer's signature is asked for",
        user: "ada",
        is_there: |claim| claim["status"] == "partnerActionRequired",
    },
    LivedIn {
        scenario: 3,
        days: 14,
        stands: "rejected, because nobody answered in time",
        user: "fiona",
        is_there: |claim| claim["rejection"]["reason"] == "noPartnerResponse",
    },
    // Its day 0 is a Sunday: so its dispute is a day old, and nobody has taken it yet.
    LivedIn {
        scenario: 4,
        days: 15,
        stands: "disputed with new proof, and nobody has taken the dispute yet",
        user: "ravi",
        is_there: |claim| claim["status"] == "underReview" && claim["dispute"]["state"] == "open",
    },
    LivedIn {
        scenario: 5,
        days: 7,
        stands: "denied by the customer",
        user: "ada",
        is_there: |claim| claim["rejection"]["reason"] == "customerDecline",
    },
    LivedIn {
        scenario: 6,
        days: 7,
        stands: "resubmitted without a product, and waiting for its review",
        user: "rita",
        is_there: |claim| claim["status"] == "submitted",
    },
    LivedIn {
        scenario: 7,
        days: 7,
        stands: "withdrawn; a new draft has its proof and can be submitted",
        user: "nora",
        is_there: |claim| claim["status"] == "editing",
    },
    LivedIn {
        scenario: 8,
        days: 14,
        stands: "approved, and the customer may still deny it",
        user: "aron",
        is_there: |claim| claim["status"] == "approved" && claim["consent"]["state"] == "open",
    },
    LivedIn {
        scenario: 9,
        days: 28,
        stands: "contested by claim 1, and its decision is late",
        user: "rita",
        is_there: |claim| claim["contested"] == true && is_late(claim),
    },
    LivedIn {
        scenario: 10,
        days: 7,
        stands: "rejected, and can be disputed",
        user: "nils",
        is_there: |claim| claim["rejection"]["disputable"] == true,
    },
];

fn is_late(claim: &Value) -> bool {
    claim["clocks"].as_array().is_some_and(|clocks| clocks.iter().any(|clock| clock["breached"] == true))
}

/// The instant at which the lives are left.
pub fn today(environment: &Environment) -> DateTime<Utc> {
    environment.at(DAYS, HOUR)
}

/// Lives the ten lives until [`today`], and waits until nothing is under way; returns each claim as its partner sees it.
///
/// # Errors
/// The first claim whose life went another way or that does not stand where its row says.
pub fn live_in(environment: &Arc<Environment>) -> Result<Vec<(&'static LivedIn, Value)>, Failed> {
    let today = today(environment);
    let scenarios: Vec<&'static Scenario> =
        SCENARIOS.iter().filter(|scenario| row(scenario.number).is_some()).collect();
    let lives = play(environment, &scenarios, |scenario, claim| {
        let days = row(scenario.number).map_or(DAYS, |row| row.days);
        let mut claim = claim.living(environment.at(DAYS - days, 0), today);
        match (scenario.run)(&mut claim) {
            Err(failed) if !claim.is_left() => Err(failed),
            _ => Ok(claim.id),
        }
    });
    environment.stack.settle()?;
    let claims = lives.into_iter().filter_map(|(scenario, id)| Some((row(scenario.number)?, scenario, id)));
    let claims = claims.map(|(row, scenario, id)| {
        let called = |failed: Failed| Failed(format!("claim {}: {failed}", scenario.number));
        let path = format!("/v1/claims/{}", id.map_err(called)?);
        let claim = environment.call(Some(scenario.partner), "GET", &path, &[], None).map_err(called)?.json();
        if (row.is_there)(&claim) {
            return Ok((row, claim));
        }
        Err(called(Failed::new(format!("it should be {}, but is {claim}", row.stands))))
    });
    claims.collect()
}

/// Where the claim of a scenario is to stand, if it is among those that are lived in.
fn row(scenario: u8) -> Option<&'static LivedIn> {
    LIVED_IN.iter().find(|row| row.scenario == scenario)
}

#[cfg(test)]
mod tests {
    use std::collections::BTreeSet;

    use serde_json::json;

    use super::*;

    /// The scenarios at whose point a claim stands.
    fn standing(claim: &Value) -> Vec<u8> {
        LIVED_IN.iter().filter(|row| (row.is_there)(claim)).map(|row| row.scenario).collect()
    }

    #[test]
    fn the_first_ten_claims_are_lived_in_once_each() {
        let rows: Vec<u8> = LIVED_IN.iter().map(|row| row.scenario).collect();
        assert_eq!(rows, (1..=10).collect::<Vec<u8>>());
    }

    #[test]
    fn a_claim_is_as_old_as_those_that_it_needs() {
        for scenario in SCENARIOS.iter().filter(|scenario| row(scenario.number).is_some()) {
            let days = row(scenario.number).map(|row| row.days);
            for needed in scenario.needs {
                assert_eq!(days, row(*needed).map(|row| row.days), "{}", scenario.name);
            }
            assert!(days.is_some_and(|days| (1..=DAYS).contains(&days)), "{}", scenario.name);
        }
    }

    #[test]
    fn a_page_to_look_at_is_the_partners_own_or_a_reviewers() {
        let organisation = |name: &str| local_stack::user(name).unwrap().organisation.map(|place| place.id);
        for row in &LIVED_IN {
            let scenario = SCENARIOS.iter().find(|scenario| scenario.number == row.scenario).unwrap();
            let of_user = organisation(row.user);
            assert!(of_user.is_none() || of_user == organisation(scenario.partner), "{}", scenario.name);
        }
    }

    #[test]
    fn no_two_claims_are_described_in_the_same_words() {
        let words: BTreeSet<&str> = LIVED_IN.iter().map(|row| row.stands).collect();
        assert_eq!(words.len(), LIVED_IN.len());
    }

    #[test]
    fn a_contested_claim_is_only_there_when_it_is_late() {
        let claim = |breached: bool| {
            json!({
                "status": "underReview", "contested": true,
                "clocks": [{ "name": "overall", "breached": false }, { "name": "reviewDecision", "breached": breached }],
            })
        };
        assert_eq!(standing(&claim(true)), [9]);
        assert!(standing(&claim(false)).is_empty());
    }

    #[test]
    fn an_approval_is_handed_off_only_when_nobody_denied() {
        let approved = |consent: &str| json!({ "status": "approved", "consent": { "state": consent } });
        assert_eq!(standing(&approved("passed")), [1]);
        assert_eq!(standing(&approved("open")), [8]);
        assert!(standing(&approved("suspended")).is_empty());
    }
}
