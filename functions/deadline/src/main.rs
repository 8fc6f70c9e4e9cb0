//! The Lambda function `deadline`: from EventBridge Scheduler to [`deadline::handle`].

use chrono::TimeDelta;
use claim_domain::command::TimerFired;
use claim_runtime::{Aws, Meter, Variables, logging};
use lambda_runtime::{Error, LambdaEvent, Runtime, service_fn};

#[tokio::main(flavor = "current_thread")]
async fn main() -> Result<(), Error> {
    let variables = Variables::from_env();
    logging::start(&variables);
    let desk = &claim_runtime::desk(&variables, &Aws::new(&variables)?)?;
    let window = &TimeDelta::minutes(variables.parsed("SCHEDULE_WINDOW_MINUTES", "15")?);
    let meter = &Meter::new(&variables)?;
    Runtime::new(service_fn(async move |event: LambdaEvent<TimerFired>| {
        let came = desk.world.now();
        let outcome = deadline::handle(desk, &event.payload).await;
        meter.write(&deadline::measured(&event.payload, came, *window, &outcome));
        outcome.map(|_| ()).map_err(Error::from)
    }))
    .run()
    .await
}
