//! Authorization: who may do what, on a stack where nothing else happens, before all other cases begin.
//!
//! Each check is a test of its own and looks at everything that a request could leave behind, so they run one after
//! another.

mod callers;
mod isolation;
mod matrix;
mod rows;
mod side_effects;

use std::sync::{Arc, OnceLock};

use callers::Tokens;
use claim_domain::rule::Rule;
use claim_http::registry::Route;
use e2e::{Environment, Failed};
use libtest_mimic::Trial;
use rows::matrix;

use crate::fixtures::numbers;

pub(crate) use rows::body_of;
pub(crate) use side_effects::items;

/// A check that is none of the matrix's rows: its sentence, the rule behind it, and what it looks at.
struct Check {
    name: &'static str,
    rule: Rule,
    run: fn(&Environment) -> Result<(), Failed>,
}

const CHECKS: [Check; 7] = [
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
    Check { name: "a_reviewer_sees_nothing_of_a_draft_in_any_way", rule: Rule::R2, run: isolation::drafts },
];

/// The tokens that the matrix is tried with, once they are there.
pub(crate) type SharedTokens = Arc<OnceLock<Result<Tokens, String>>>;

fn tokens<'a>(shared: &'a SharedTokens, environment: &Environment) -> Result<&'a Tokens, Failed> {
    let tokens = shared.get_or_init(|| Tokens::of(environment).map_err(|failed| failed.0));
    tokens.as_ref().map_err(|wrong| Failed::new(wrong.clone()))
}

/// Every token that the matrix was tried with.
pub(crate) fn tried(shared: &SharedTokens) -> Vec<String> {
    shared.get().and_then(|tokens| tokens.as_ref().ok()).map(Tokens::all).unwrap_or_default()
}

/// The name of a row's check: only some, or anybody, may call the route.
fn name_of(route: &Route) -> String {
    let who = if route.needs_no_token() { "anybody" } else { "only_some" };
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

pub(crate) fn trials(environment: &Arc<Environment>, shared: &SharedTokens) -> Vec<Trial> {
    let checks = CHECKS.iter().map(|check| {
        let environment = Arc::clone(environment);
        Trial::test(check.name, move || Ok((check.run)(&environment)?)).with_kind(numbers(&[check.rule]))
    });
    let rows = matrix().zip(0..).map(|((route, row), nth)| {
        let (environment, shared) = (Arc::clone(environment), Arc::clone(shared));
        let trial = Trial::test(name_of(route), move || {
            let tokens = tokens(&shared, &environment)?;
            Ok(matrix::check_row(&environment, tokens, nth, (route, row))?)
        });
        trial.with_kind(numbers(&[Rule::I7]))
    });
    checks.chain(rows).collect()
}
