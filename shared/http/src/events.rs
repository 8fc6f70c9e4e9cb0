//! A claim's events, page by page, as the viewer counts them.

use claim_domain::event::Event;
use claim_domain::ids::ClaimId;
use claim_store::{Store, StoreError};

use crate::view::{Viewer, is_shown};

/// How many reads a page makes to find what is wanted, before it ends short, with a place to go on from.
const READS: u32 = 5;

/// Of the events that the viewer sees, those after the first `passed` that are `wanted`, at most `limit`. And how many
/// events the viewer has passed then, unless the history ends there. One read takes `at_once` events.
///
/// Reading begins at that place, however long the history is. For reviewers the place is a version. A partner's events
/// have no numbers of their own in the table, and a partner's cursor names no version (D13), so the place is found from
/// the number of notes before it.
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
        // Each step finds notes that the last one skipped, until there are no more.
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
