//! The Lambda function `sweep`: every few minutes, [`sweep::Sweep::pass`].

use claim_runtime::{Aws, Variables, logging};
use lambda_runtime::{Error, LambdaEvent, run, service_fn};
use sweep::Sweep;

#[tokio::main(flavor = "current_thread")]
async fn main() -> Result<(), Error> {
    let variables = Variables::from_env();
    logging::start(&variables);
    let desk = claim_runtime::desk(&variables, &Aws::new(&variables)?)?;
    let sweep = Sweep::new(desk, &variables)?;
    let sweep = &sweep;
    run(service_fn(async move |_: LambdaEvent<serde_json::Value>| sweep.pass().await.map_err(Error::from)))
        .await
}
