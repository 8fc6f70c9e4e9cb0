//! Authorization: who may do what, on a stack where nothing else happens, before all other cases begin.
//!
//! Each check is a test of its own and looks at everything that a request could leave behind, so they run one after
//! another.

mod calendars;
mod callers;
mod isolation;
mod matrix;
mod pages;
mod rows;
mod sessions;
mod side_effects;

use std::sync::{Arc, OnceLock};

use callers::Tokens;
use chrono::TimeDelta;
use claim_domain::rule::Rule;
use claim_http::registry::Route;
use e2e::{Environment, Failed};
use libtest_mimic::Trial;
use rows::matrix;
use sessions::Sessions;

use crate::fixtures::numbers;

pub(crate) use calendars::secrets as calendar_secrets;
pub(crate) use rows::body_of;
pub(crate) use sessions::{Session, send, signed_in};
pub(crate) use side_effects::{items, sessions};

/// A check that is none of the matrix's rows: its sentence, the rule behind it, and what it looks at.
struct Check {
    name: &'static str,
    rule: Rule,
    run: fn(&Environment) -> Result<(), Failed>,
}

const CHECKS: [Check; 9] = [
    Check {
        name: "every_deployed_route_has_its_row_in_the_authorization_matrix",
        rule: Rule::I7,
        run: matrix::is_complete,
    },
    Check {
        name: "a_cursor_leads_nobody_into_another_organisations_list",
        rule: Rule::I7,
        run: isolation::cursors,
    },
    Check { name: "an_idempotency_key_is_its_persons_alone", rule: Rule::I7, run: isolation::keys },
    Check {
        name: "a_documents_id_is_worthless_to_another_claim_and_organisation",
        rule: Rule::I7,
        run: isolation::documents,
    },
    Check { name: "a_link_is_about_one_approval_whoever_opens_it", rule: Rule::D9, run: isolation::links },
    Check {
        name: "every_unknown_link_gets_the_same_answer_to_the_byte",
        rule: Rule::D9,
        run: isolation::unknown_links,
    },
    Check {
        name: "somebody_without_a_role_gets_no_session",
        rule: Rule::R1,
        run: sessions::no_role_no_session,
    },
    Check {
        name: "a_calendars_address_opens_one_persons_calendar_until_it_ends",
        rule: Rule::I7,
        run: calendars::addresses,
    },
    Check { name: "a_reviewer_sees_nothing_of_a_draft_in_any_way", rule: Rule::R2, run: isolation::drafts },
];

/// What everybody comes with: tokens to the interface, sessions to pages.
#[derive(Debug)]
pub(crate) struct Everybody {
    tokens: Tokens,
    sessions: Sessions,
}

impl Everybody {
    /// Signs everybody in, everywhere; an hour passes for the first tokens and sessions.
    fn of(environment: &Environment) -> Result<Self, Failed> {
        let (tokens, sessions) = (Tokens::to_expire(environment)?, Sessions::to_grow_old(environment)?);
        environment.stack.advance(TimeDelta::minutes(61))?;
        Ok(Self {
            tokens: tokens.and_all_others(environment)?,
            sessions: sessions.and_all_others(environment)?,
        })
    }
}

/// Everybody with whom the matrix is tried, once they have signed in.
pub(crate) type SharedEverybody = Arc<OnceLock<Result<Everybody, String>>>;

fn everybody<'a>(shared: &'a SharedEverybody, environment: &Environment) -> Result<&'a Everybody, Failed> {
    let everybody = shared.get_or_init(|| Everybody::of(environment).map_err(|failed| failed.0));
    everybody.as_ref().map_err(|wrong| Failed::new(wrong.clone()))
}

/// Every token that the matrix was tried with.
pub(crate) fn tokens(shared: &SharedEverybody) -> Vec<String> {
    tried(shared).map(|everybody| everybody.tokens.all()).unwrap_or_default()
}

/// What was in every cookie that the matrix was tried with.
pub(crate) fn cookies(shared: &SharedEverybody) -> Vec<String> {
    tried(shared).map(|everybody| everybody.sessions.cookies().collect()).unwrap_or_default()
}

fn tried(shared: &SharedEverybody) -> Option<&Everybody> {
    shared.get().and_then(|everybody| everybody.as_ref().ok())
}

/// The name of a row's check: only some, or anybody, may call the route.
fn name_of(route: &Route) -> String {
    let who = if route.caller.is_public() { "anybody" } else { "only_some" };
    let plain = route.key().to_lowercase().replace(|letter: char| !letter.is_ascii_alphanumeric(), "_");
    let words: Vec<&str> = plain.split('_').filter(|word| !word.is_empty()).collect();
    format!("{who}_may_call_{}", words.join("_"))
}

pub(crate) fn names() -> Vec<String> {
    CHECKS
        .iter()
        .map(|check| check.name.to_owned())
        .chain(matrix().map(|(route, _)| name_of(route)))
        .collect()
}

pub(crate) fn trials(environment: &Arc<Environment>, shared: &SharedEverybody) -> Vec<Trial> {
    let checks = CHECKS.iter().map(|check| {
        let environment = Arc::clone(environment);
        Trial::test(check.name, move || Ok((check.run)(&environment)?)).with_kind(numbers(&[check.rule]))
    });
    let rows = matrix().zip(0..).map(|((route, row), nth)| {
        let (environment, shared) = (Arc::clone(environment), Arc::clone(shared));
        let trial = Trial::test(name_of(route), move || {
            let everybody = everybody(&shared, &environment)?;
            Ok(matrix::check_row(&environment, everybody, nth, (route, row))?)
        });
        trial.with_kind(numbers(&[Rule::I7]))
    });
    checks.chain(rows).collect()
}
