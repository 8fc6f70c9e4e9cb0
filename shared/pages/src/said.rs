//! What was said about a claim, as messages (R25, D13).

use claim_domain::event::{Change, Event};
use claim_domain::zone::Zone;
use claim_http::view::Viewer;

use crate::history::who;
use crate::words;

/// A message.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Said {
    /// Who wrote it, with the role.
    pub who: String,
    /// When, for machines.
    pub machine: String,
    /// When, in the program's zone.
    pub local: String,
    /// What it says, line by line.
    pub lines: Vec<String>,
    /// Whether the viewer's own side wrote it: partners, or reviewers.
    pub is_ours: bool,
    /// Whether it is a note that only reviewers see (D13).
    pub is_note: bool,
}

/// The message in an event, if it has one that the viewer sees.
pub fn said(event: &Event, viewer: Viewer, zone: &Zone) -> Option<Said> {
    let (text, is_note) = match (&event.change, viewer) {
        (Change::Commented { text, .. }, _) => (text, false),
        (Change::Noted { text, .. }, Viewer::Reviewer) => (text, true),
        _ => return None,
    };
    Some(Said {
        who: who(&event.actor, event.partner_name.as_deref()),
        machine: words::machine(event.at),
        local: words::moment(event.at, zone),
        lines: words::lines(text),
        is_ours: (viewer == Viewer::Reviewer) == event.actor.role.is_reviewer(),
        is_note,
    })
}
