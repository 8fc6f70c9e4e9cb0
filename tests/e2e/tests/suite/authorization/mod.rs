//! Nobody gets in: who may do what, on a stack where nothing else happens, before the scenarios begin.
//!
//! Each check is a test of its own and looks at everything that a request could leave behind, so they run one after
//! another.

mod callers;
mod matrix;
mod rows;
mod witness;
mod worthless;

use std::sync::{Arc, OnceLock};

use callers::Tokens;
use e2e::{Failed, Stage};
use libtest_mimic::Trial;
use rows::{GUARDED, PUBLIC};

pub(crate) use witness::items;

/// A check on what one organisation holds.
type Check = fn(&Stage) -> Result<(), Failed>;

const CHECKS: [(&str, Check); 7] = [
    ("i7_every_route_of_the_template_has_its_row_in_the_authorization_matrix", matrix::is_complete),
    ("i7_a_cursor_leads_nobody_into_another_organisations_list", worthless::cursors),
    ("i7_an_idempotency_key_is_its_persons_alone", worthless::keys),
    ("i7_a_documents_id_is_worthless_to_another_claim_and_another_organisation", worthless::documents),
    ("d9_a_link_is_about_one_approval_whoever_opens_it", worthless::links),
    ("d9_every_unknown_link_gets_the_same_answer_to_the_byte", worthless::unknown_links),
    ("r2_a_reviewer_sees_nothing_of_a_draft_by_whatever_way", worthless::drafts),
];

/// The tokens that the matrix was walked with, once it was.
pub(crate) type Shared = Arc<OnceLock<Result<Tokens, String>>>;

fn tokens<'a>(shared: &'a Shared, stage: &Stage) -> Result<&'a Tokens, Failed> {
    let tokens = shared.get_or_init(|| Tokens::of(stage).map_err(|failed| failed.0));
    tokens.as_ref().map_err(|wrong| Failed::new(wrong.clone()))
}

/// Every token that the gate was tried with.
pub(crate) fn tried(shared: &Shared) -> Vec<String> {
    shared.get().and_then(|tokens| tokens.as_ref().ok()).map(Tokens::all).unwrap_or_default()
}

fn name_of(route: &str) -> String {
    let plain = route.to_lowercase().replace(|letter: char| !letter.is_ascii_alphanumeric(), "_");
    format!("i7_at_{plain}_only_those_get_in_who_should").replace("___", "_").replace("__", "_")
}

/// The names of the checks.
pub(crate) fn names() -> Vec<String> {
    let routes = GUARDED.iter().map(|row| row.route).chain(PUBLIC.iter().map(|(route, _, _)| *route));
    CHECKS.iter().map(|(name, _)| (*name).to_owned()).chain(routes.map(name_of)).collect()
}

/// The checks.
pub(crate) fn trials(stage: &Arc<Stage>, shared: &Shared) -> Vec<Trial> {
    let checks = CHECKS.iter().map(|(name, check)| {
        let stage = Arc::clone(stage);
        Trial::test(*name, move || Ok(check(&stage)?))
    });
    let guarded = GUARDED.iter().zip(0..).map(|(row, nth)| {
        let (stage, shared) = (Arc::clone(stage), Arc::clone(shared));
        Trial::test(name_of(row.route), move || Ok(matrix::walk(&stage, tokens(&shared, &stage)?, nth, row)?))
    });
    let public = PUBLIC.iter().map(|row| {
        let (stage, shared) = (Arc::clone(stage), Arc::clone(shared));
        Trial::test(name_of(row.0), move || Ok(matrix::is_public(&stage, tokens(&shared, &stage)?, row)?))
    });
    checks.chain(guarded).chain(public).collect()
}
