//! A claim's events, page by page, as the viewer counts them.

use claim_domain::event::Event;
use claim_domain::ids::ClaimId;
use claim_store::{Store, StoreError};

use crate::view::{Viewer, is_shown};

/// How often a page reads on for what it looks for, before it ends short with a place to go on from.
const READS: u32 = 5;

/// The events that are `wanted` among those the viewer sees, after the first `passed` of these, at most `limit`; and,
/// unless the history ends there, how many the viewer has passed now. `at_once` events are read at once.
///
/// Reading begins at that place, however long the history is. To reviewers it is a version; a partner's history has no
/// numbers of its own in the table and its cursor says no version (D13), so its place is found from the number of notes
/// that lie before.
///
/// # Errors
/// When the table fails.
pub async fn shown_events(
    store: &Store,
    claim: &ClaimId,
    viewer: Viewer,
    wanted: impl Fn(&Event) -> bool,
    passed: u64,
    limit: u32,
    at_once: u32,
) -> Result<(Vec<Event>, Option<u64>), StoreError> {
    let mut after = passed;
    let mut page = store.events(claim, after, at_once).await?;
    if viewer == Viewer::Partner && page.notes_before > 0 {
        // Each step finds the notes that the last one passed, until it passes no more.
        while after < passed + page.notes_before {
            after = passed + page.notes_before;
            page = store.events(claim, after, 1).await?;
        }
        page = store.events(claim, after, at_once).await?;
    }
    let (mut passed, mut found) = (passed, Vec::new());
    for read in 1.. {
        for event in page.events {
            after = event.version;
            if !is_shown(viewer, &event) {
                continue;
            }
            if wanted(&event) {
                if found.len() >= limit as usize {
                    return Ok((found, Some(passed)));
                }
                found.push(event);
            }
            passed += 1;
        }
        if !page.more {
            break;
        }
        if read == READS {
            return Ok((found, Some(passed)));
        }
        page = store.events(claim, after, at_once).await?;
    }
    Ok((found, None))
}
