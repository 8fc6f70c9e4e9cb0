//! Views: what a caller sees of a claim. Each viewer has a projection of its own, so that what a partner must not see
//! is never put in, instead of being filtered out: versions, internal notes, who holds a contested product, who reviews
//! (D13, D15).

mod answer;
mod change;
mod claim;
mod clock;
mod comment;
mod dry_run;
mod entry;
mod fields;
mod history;
mod list;
mod webhook;

use claim_domain::people::Caller;

pub use answer::{
    AnnouncedView, AssociationState, AssociationView, ConsentPageState, ConsentPageView, DownloadView,
    Ending, KindView, RuleView, UploadView, association, kind, rule,
};
pub use change::{ChangesView, changes};
#[cfg(feature = "contract")]
pub(crate) use claim::ForReviewer;
pub use claim::{EvidenceView, ViewContext, evidence, for_partner, for_reviewer};
pub use claim_store::Contacts;
pub use clock::{ClockView, remaining};
pub use comment::{CommentView, comment, comments};
pub use dry_run::Rehearsed;
pub use entry::HistoryEntry;
pub use fields::{Fields, fields};
pub(crate) use history::is_shown;
pub use history::{entries, entry_columns, references_in};
#[cfg(feature = "contract")]
pub(crate) use list::Row;
pub use list::{Page, claim_columns, rows};
pub use webhook::{AttemptView, ReplayView, WebhookView, attempt, webhook, webhook_with_secret};

/// Who looks.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Viewer {
    /// A partner, or nobody in particular; sees the least.
    Partner,
    /// A reviewer or the review lead.
    Reviewer,
}

impl Viewer {
    /// The viewer that a caller is.
    pub fn of(caller: &Caller) -> Self {
        if caller.actor.role.is_reviewer() { Self::Reviewer } else { Self::Partner }
    }
}

#[cfg(test)]
mod tests;
