//! A midnight at which very many consent periods end (R13: whole days in the program's zone), second by second.
//!
//! What one of them writes is counted; how much of that is possible in a second is what AWS promises to an account in
//! one of its large regions.

use std::collections::BTreeMap;
use std::sync::Arc;

use crate::hand_off::whole_claim;
use crate::metered::Metered;

/// How many periods end at once.
const CLOCKS: usize = 100_000;
/// Over how many seconds the scheduler spreads its invocations: `ScheduleWindowMinutes` of the template, by default.
const WINDOW: usize = 15 * 60;
/// Invocations of the scheduler in a second.
const INVOCATIONS: f64 = 1_000.0;
/// Write units of one partition in a second, of the table or of an index.
const PARTITION: f64 = 1_000.0;
/// Messages to a FIFO queue in a second, without batches and without its high throughput.
const MESSAGES: f64 = 300.0;
/// The partitions that the `work` index has for claims and for events each: `WorkShards` of the template, by default.
const SHARDS: f64 = 4.0;

/// How many clocks can be dealt with in a second, for each thing that limits them.
fn bounds(written: &BTreeMap<String, usize>) -> BTreeMap<&'static str, f64> {
    let units = |name: &str| written.get(name).copied().unwrap_or_default() as f64;
    BTreeMap::from([
        ("invocations of the scheduler", INVOCATIONS),
        ("messages to assessment", MESSAGES),
        // All of them could be one organisation's.
        ("index partner-due", PARTITION / units("index partner-due")),
        ("index partner-updated", PARTITION / units("index partner-updated")),
        ("index work", PARTITION * SHARDS / units("index work")),
    ])
}

/// The second in which the last clock is dealt with, if they come over `window` seconds and `bound` are possible in each.
fn drained(window: usize, bound: f64) -> usize {
    let arriving = CLOCKS as f64 / window.max(1) as f64;
    let (mut waiting, mut second) = (0.0, 0);
    while second < window.max(1) || waiting >= 1.0 {
        if second < window.max(1) {
            waiting += arriving;
        }
        waiting -= bound.min(waiting);
        second += 1;
    }
    second
}

#[tokio::test]
async fn a_midnight_of_100_000_due_clocks_ends_with_the_schedulers_window() {
    let steps = whole_claim(&Arc::new(Metered::default()), true).await.unwrap();
    let written = &steps.iter().find(|step| step.what == "silence").unwrap().cost.written;
    let bounds = bounds(written);
    let (narrow, bound) = bounds.iter().min_by(|one, other| one.1.total_cmp(other.1)).unwrap();
    let (spread, at_once) = (drained(WINDOW, *bound), drained(0, *bound));
    println!("the tightest limit is {narrow}: {bound:.0} a second of {bounds:.0?}");
    println!("over after {spread} s, spread over {WINDOW} s; after {at_once} s if they came at once");
    assert!(spread <= WINDOW + 1, "they pile up: over after {spread} s, because of {narrow}");
    // Half of what is possible stays free for people, even if all clocks are one organisation's.
    assert!(CLOCKS as f64 / WINDOW as f64 <= bound / 2.0, "{narrow} leaves no room for anything else");
}
