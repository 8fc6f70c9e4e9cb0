//! The first answer of each function as it is packed for deployment: what `cargo xtask release` looks at.

use std::path::Path;

use bench_inside::Failure;
use serde_json::json;

use crate::measure::Laboratory;
use crate::subject::{PreparedTables, known_cases};

/// Starts each function from `<folder>/<name>/bootstrap` and has it answer its first event. Prints a line of JSON for each:
/// `function`, `event`, and the microseconds until it asked for an event (`init`) and of its first answer (`first`).
pub(crate) fn answer(folder: &Path) -> Result<(), Failure> {
    let laboratory = Laboratory::new()?;
    let prepared = PreparedTables::new()?;
    let mut last = "";
    for case in known_cases()? {
        if std::mem::replace(&mut last, case.function()) == case.function() {
            continue;
        }
        let subject = prepared.product_at(folder.join(case.function()).join("bootstrap"), case)?;
        // Whether it works at all, with what it writes if it does not; then how fast it is.
        laboratory.probe(&subject)?;
        let (init, first) = laboratory.measure_start(&subject)?;
        let (init, first) = (micros(init), micros(first));
        println!(
            "{}",
            json!({ "function": case.function(), "event": case.event, "init": init, "first": first })
        );
    }
    Ok(())
}

fn micros(time: std::time::Duration) -> u64 {
    u64::try_from(time.as_micros()).unwrap_or(u64::MAX)
}
