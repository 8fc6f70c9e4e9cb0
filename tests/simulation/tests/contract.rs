//! The contract against the simulated table and bucket. The same cases run against the local stack's DynamoDB and S3 in
//! the end-to-end suite.

use libtest_mimic::{Arguments, Trial};
use simulation::contract::{Model, Scene, Shelf, cases};
use simulation::table::{Schema, Table};

fn main() {
    let trials = cases().into_iter().map(|case| {
        Trial::test(case.name, move || {
            let model = Model::new(Table::new(Schema::of_product()));
            let name = Schema::of_product().name.clone();
            let shelf = Shelf::new();
            let scene = Scene::new(shelf.clone(), shelf, model.clone(), name, case.name, model);
            let runtime = tokio::runtime::Builder::new_current_thread().enable_time().build()?;
            Ok(runtime.block_on((case.run)(&scene))?)
        })
    });
    libtest_mimic::run(&Arguments::from_args(), trials.collect()).exit();
}
