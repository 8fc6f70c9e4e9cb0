//! Every event of `tests/events` is answered, with the expected number of calls to the table.

use std::collections::BTreeSet;
use std::fs;
use std::path::Path;
use std::sync::Arc;

use bench_inside::{cases, functions_over};

#[tokio::test]
#[expect(clippy::disallowed_methods, reason = "the functions use the machine's time")]
async fn every_event_is_answered_with_the_expected_calls_to_the_table() {
    let mut wrong = Vec::new();
    for case in cases() {
        let prepared = case
            .moment
            .prepared(chrono::Utc::now())
            .await
            .unwrap_or_else(|error| panic!("{}: {error}", case.event));
        let handlers = functions_over(Arc::clone(&prepared.table) as _).unwrap();
        let event = case.event(&prepared).unwrap();
        let answer = handlers.invoke(case.function(), &event).await.unwrap();
        let calls = prepared.table.calls();
        if !case.is_answer(&answer) {
            wrong.push(format!("{}: {}", case.event, String::from_utf8_lossy(&answer)));
        }
        if calls.len() != case.calls {
            wrong.push(format!("{}: {} calls, not {}: {calls:?}", case.event, calls.len(), case.calls));
        }
    }
    assert!(wrong.is_empty(), "\n  {}\n", wrong.join("\n  "));
}

/// What is not measured: forms, which are commands of the API behind a session; what asks the issuer; the lead's charts, which
/// read the whole queue; and a file that browsers keep for a year.
const NOT_MEASURED: [&str; 13] = [
    "casework-approve",
    "casework-cover",
    "casework-workload",
    "dashboard-draft",
    "dashboard-register",
    "dashboard-rotate",
    "dashboard-save",
    "dashboard-withdraw",
    "sign-in-asset",
    "sign-in-callback",
    "sign-in-out",
    "sign-in-renew",
    "sign-in-start",
];

#[test]
fn every_event_is_measured() {
    let folder = Path::new(env!("CARGO_MANIFEST_DIR")).join("../../events");
    let events: BTreeSet<String> = fs::read_dir(folder)
        .unwrap()
        .map(|entry| entry.unwrap().path().file_stem().unwrap().to_str().unwrap().to_owned())
        .collect();
    let left_out: BTreeSet<String> = NOT_MEASURED.iter().map(|event| (*event).to_owned()).collect();
    assert!(left_out.is_subset(&events), "an event that is left out is not there any more");
    let events: BTreeSet<String> = events.difference(&left_out).cloned().collect();
    let measured: BTreeSet<String> = cases().iter().map(|case| case.event.to_owned()).collect();
    assert_eq!(events, measured, "add each event of tests/events to tests/bench/inside/src/cases.rs");
}
