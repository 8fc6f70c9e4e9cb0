//! GuardDuty: looks at what is uploaded, and tells EventBridge what it found, once or twice, soon or late, or never.

use serde_json::json;

use crate::engine::Millis;
use crate::faults::Fault;
use crate::state::State;
use crate::work::Job;

const HOUR: Millis = 3_600_000;

/// Something was uploaded to a place.
pub(crate) fn uploaded(state: &mut State, key: &str) {
    let State { faults, random, .. } = &mut *state;
    let random = &mut random.scans;
    let found = match random.u32(0..20) {
        0 | 1 => "THREATS_FOUND",
        2 => "UNSUPPORTED",
        3 => "FAILED",
        _ => "NO_THREATS_FOUND",
    };
    if faults.draw(random, &[Fault::VerdictNever]).is_some() {
        return;
    }
    let late = faults.draw(random, &[Fault::VerdictLate]).is_some();
    let twice = faults.draw(random, &[Fault::VerdictTwice]).is_some();
    let first = if late { random.i64(HOUR..20 * 24 * HOUR) } else { random.i64(500..90_000) };
    // A scan that failed is made again.
    let again = if found == "FAILED" { "NO_THREATS_FOUND" } else { found };
    let second = first + random.i64(-400..HOUR);
    for (delay, found) in [Some((first, found)), twice.then_some((second, again))].into_iter().flatten() {
        let said = json!({ "detail": {
            "s3ObjectDetails": { "objectKey": key },
            "scanResultDetails": { "scanResultStatus": found },
        }});
        state.agenda.after(delay, move |state| state.jobs.push(Job::Scanned { said, attempt: 1 }));
    }
}
