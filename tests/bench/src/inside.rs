//! The handler's own work: everything in an invocation except the runtime, the SDK and TLS.

use std::sync::Arc;
use std::time::Duration;

use bench_inside::{Failure, cases, functions_over};
use nix::time::{ClockId, clock_gettime};

use crate::measure::median;
use crate::process::{Cores, captured};

/// How many times an event is answered.
const TIMES: u32 = 400;

/// The CPU time that the handler of an event takes over a table in memory: the median of three processes.
pub(crate) fn measured(event: &str, cores: Cores) -> Result<Duration, Failure> {
    let mut took = Vec::new();
    for _ in 0..3 {
        let said = captured(&std::env::current_exe()?, &["--inside", event], cores.theirs)?;
        took.push(said.trim().parse().map_err(|_| format!("{event}: {said}"))?);
    }
    Ok(Duration::from_nanos(median(took)))
}

/// The nanoseconds of CPU time that answering an event takes in this process.
pub(crate) fn measure(event: &str) -> Result<u128, Failure> {
    let case = cases().into_iter().find(|case| case.event == event).ok_or("there is no such event")?;
    tokio::runtime::Builder::new_current_thread().enable_time().build()?.block_on(async {
        #[expect(clippy::disallowed_methods, reason = "the table is prepared up to now")]
        let prepared = case.moment.prepared(chrono::Utc::now()).await?;
        let handlers = functions_over(Arc::clone(&prepared.table) as _)?;
        let event = case.event(&prepared)?;
        let clock = ClockId::CLOCK_THREAD_CPUTIME_ID;
        let mut began = clock_gettime(clock)?;
        for time in 0..TIMES + TIMES / 4 {
            // The first fifth warms up and does not count.
            if time == TIMES / 4 {
                began = clock_gettime(clock)?;
            }
            let answer = handlers.invoke(case.function(), &event).await?;
            if time == 0 && !case.is_answer(&answer) {
                return Err(format!("the answer was {}", String::from_utf8_lossy(&answer)).into());
            }
            prepared.table.calls();
        }
        let took = Duration::from(clock_gettime(clock)? - began);
        Ok(took.as_nanos() / u128::from(TIMES))
    })
}
