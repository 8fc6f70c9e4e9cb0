//! Comments, and for reviewers the internal notes among them (R25, D13).

use claim_domain::calendar::Instant;
use claim_domain::event::{Change, Event};
use claim_domain::ids::CommentId;
use claim_domain::people::Actor;
use serde::Serialize;

use super::Viewer;

/// A comment, or a note.
#[derive(Debug, Serialize)]
#[cfg_attr(feature = "contract", derive(schemars::JsonSchema), schemars(rename = "Comment"))]
#[serde(rename_all = "camelCase")]
pub struct CommentView<'a> {
    /// Its id, a ULID.
    id: &'a CommentId,
    /// When it was written.
    at: Instant,
    /// Who wrote it.
    author: &'a Actor,
    /// What was said.
    text: &'a str,
    /// Reviewers only: whether it is a note that no partner sees. A partner is not even told that there could be some.
    #[serde(skip_serializing_if = "Option::is_none")]
    internal: Option<bool>,
}

impl CommentView<'_> {
    /// The comment's id.
    pub fn id(&self) -> &CommentId {
        self.id
    }
}

/// The comments among these events that the viewer sees.
pub fn comments(viewer: Viewer, events: &[Event]) -> impl Iterator<Item = CommentView<'_>> {
    events.iter().filter_map(move |event| comment(viewer, event))
}

/// The comment in an event, if it is one that the viewer sees.
pub fn comment(viewer: Viewer, event: &Event) -> Option<CommentView<'_>> {
    let (id, text, internal) = match (&event.change, viewer) {
        (Change::Commented { comment, text }, _) => (comment, text, false),
        (Change::Noted { comment, text }, Viewer::Reviewer) => (comment, text, true),
        _ => return None,
    };
    let internal = (viewer == Viewer::Reviewer).then_some(internal);
    Some(CommentView { id, at: event.at, author: &event.actor, text, internal })
}
