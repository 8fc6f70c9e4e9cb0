//! Runs the contract against the simulated table and bucket. The end-to-end suite runs the same cases against the local
//! stack's DynamoDB and S3.

use std::sync::Arc;

use libtest_mimic::{Arguments, Trial};
use simulation::contract::{Fixture, InMemoryBucket, cases};
use test_support::{MemoryTable, TABLE};

fn main() {
    let trials = cases().into_iter().map(|case| {
        Trial::test(case.name, move || {
            let table = Arc::new(MemoryTable::of_claims().lagging());
            let bucket = InMemoryBucket::new();
            let fixture =
                Fixture::new(bucket.clone(), bucket, table.clone(), TABLE.to_owned(), case.name, table);
            let runtime = tokio::runtime::Builder::new_current_thread().enable_time().build()?;
            Ok(runtime.block_on((case.run)(&fixture))?)
        })
    });
    libtest_mimic::run(&Arguments::from_args(), trials.collect()).exit();
}
