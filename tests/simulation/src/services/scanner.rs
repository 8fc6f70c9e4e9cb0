//! GuardDuty: scans each upload and reports through EventBridge what it found: once, twice or never, soon or late.

use serde_json::json;

use crate::engine::Millis;
use crate::faults::Fault;
use crate::invocation::Job;
use crate::state::SimulationState;

const HOUR: Millis = 3_600_000;

/// Scans an object that was uploaded.
pub(crate) fn scan(state: &mut SimulationState, key: &str) {
    let SimulationState { faults, random, .. } = &mut *state;
    let random = &mut random.scans;
    let found = match random.u32(0..20) {
        0 | 1 => "THREATS_FOUND",
        2 => "UNSUPPORTED",
        3 => "FAILED",
        _ => "NO_THREATS_FOUND",
    };
    if faults.inject_one(random, &[Fault::VerdictNever]).is_some() {
        return;
    }
    let late = faults.inject_one(random, &[Fault::VerdictLate]).is_some();
    let twice = faults.inject_one(random, &[Fault::VerdictTwice]).is_some();
    let first = if late { random.i64(HOUR..20 * 24 * HOUR) } else { random.i64(500..90_000) };
    // A scan that failed is repeated.
    let second_found = if found == "FAILED" { "NO_THREATS_FOUND" } else { found };
    let second = first + random.i64(-400..HOUR);
    for (delay, found) in
        [Some((first, found)), twice.then_some((second, second_found))].into_iter().flatten()
    {
        let payload = json!({ "detail": {
            "s3ObjectDetails": { "objectKey": key },
            "scanResultDetails": { "scanResultStatus": found },
        }});
        state.agenda.after(delay, move |state| state.jobs.push(Job::ScanResult { payload, attempt: 1 }));
    }
}
