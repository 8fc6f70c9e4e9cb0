//! Runs the contract against the simulated table and bucket. The end-to-end suite runs the same cases against the local
//! stack's DynamoDB and S3.

use libtest_mimic::{Arguments, Trial};
use simulation::contract::{Fixture, InMemoryBucket, InMemoryTable, cases};
use simulation::table::{Schema, Table};

fn main() {
    let trials = cases().into_iter().map(|case| {
        Trial::test(case.name, move || {
            let table = InMemoryTable::new(Table::new(Schema::of_product()));
            let name = Schema::of_product().name.clone();
            let bucket = InMemoryBucket::new();
            let fixture = Fixture::new(bucket.clone(), bucket, table.clone(), name, case.name, table);
            let runtime = tokio::runtime::Builder::new_current_thread().enable_time().build()?;
            Ok(runtime.block_on((case.run)(&fixture))?)
        })
    });
    libtest_mimic::run(&Arguments::from_args(), trials.collect()).exit();
}
