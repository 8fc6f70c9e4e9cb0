//! The Lambda function `sweep`: every few minutes, [`sweep::Sweep::pass`].

use claim_runtime::{Aws, Meter, Variables, logging};
use lambda_runtime::{Error, LambdaEvent, Runtime, service_fn};
use sweep::Sweep;

#[tokio::main(flavor = "current_thread")]
async fn main() -> Result<(), Error> {
    let variables = Variables::from_env();
    logging::start(&variables);
    let desk = claim_runtime::desk(&variables, &Aws::new(&variables)?)?;
    let sweep = &Sweep::new(desk, &variables)?;
    let meter = &Meter::new(&variables)?;
    Runtime::new(service_fn(async move |_: LambdaEvent<serde_json::Value>| {
        let swept = sweep.pass().await?;
        meter.write(&sweep.measured(&swept).await?);
        Ok::<_, Error>(swept)
    }))
    .run()
    .await
}
