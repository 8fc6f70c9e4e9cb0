//! A claim's events, as far as they are shown.

use claim_domain::event::Event;
use claim_domain::ids::ClaimId;
use claim_store::{Store, StoreError};

/// How many events are read at once.
const READ: u32 = 100;

/// The events of a claim that are shown, after the first `shown` of them, at most `limit`; and whether there are more.
///
/// What is shown has no numbers of its own in the table, since a partner's cursor says no version (D13): the history is
/// read from its beginning.
///
/// # Errors
/// When the table fails.
pub async fn shown_events(
    store: &Store,
    claim: &ClaimId,
    shows: impl Fn(&Event) -> bool,
    shown: u64,
    limit: u32,
) -> Result<(Vec<Event>, bool), StoreError> {
    let (mut after, mut seen, mut found) = (0, 0, Vec::new());
    loop {
        let page = store.events(claim, after, READ).await?;
        let read = page.events.len();
        for event in page.events {
            after = event.version;
            if !shows(&event) {
                continue;
            }
            seen += 1;
            if seen <= shown {
                continue;
            }
            if found.len() >= limit as usize {
                return Ok((found, true));
            }
            found.push(event);
        }
        if !page.more || read == 0 {
            return Ok((found, false));
        }
    }
}
