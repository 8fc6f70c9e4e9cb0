//! Changes of an organisation's claims: that something happened, and where to look (D23).

use claim_domain::webhook::ChangeView;
use claim_store::{Changes, Numbered};
use serde::Serialize;

/// A part of the changes of the organisation's claims.
#[derive(Debug, Serialize)]
#[cfg_attr(feature = "contract", derive(schemars::JsonSchema), schemars(rename = "Changes"))]
#[serde(rename_all = "camelCase")]
pub struct ChangesView<'a> {
    /// The changes, in the order of their numbers and without gaps.
    items: Vec<ChangeView<'a>>,
    /// What to read on after: the number of the last change so far.
    next: u64,
    /// Whether there are more changes now.
    has_more: bool,
}

/// A part of the changes, read after a number.
pub fn changes(after: u64, changes: &Changes) -> ChangesView<'_> {
    ChangesView {
        items: changes.found.iter().map(change).collect(),
        next: changes.found.last().map_or(after, |change| change.sequence),
        has_more: changes.more,
    }
}

fn change(change: &Numbered) -> ChangeView<'_> {
    ChangeView {
        sequence: change.sequence,
        claim: &change.claim,
        number: change.number,
        kind: &change.kind,
        at: change.at,
    }
}
