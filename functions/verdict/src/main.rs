//! The Lambda function `verdict`: from GuardDuty, through EventBridge, to [`verdict::handle`].

use claim_runtime::{Aws, Meter, Variables, logging};
use lambda_runtime::{Error, LambdaEvent, Runtime, service_fn};
use verdict::ScanEvent;

#[tokio::main(flavor = "current_thread")]
async fn main() -> Result<(), Error> {
    let variables = Variables::from_env();
    logging::start(&variables);
    let desk = claim_runtime::desk(&variables, &Aws::new(&variables)?)?;
    let (desk, meter) = (&desk, &Meter::new(&variables)?);
    Runtime::new(service_fn(async move |event: LambdaEvent<ScanEvent>| {
        verdict::handle(desk, &event.payload).await.map_err(Error::from)?;
        meter.write(&event.payload.measured());
        Ok::<(), Error>(())
    }))
    .run()
    .await
}
