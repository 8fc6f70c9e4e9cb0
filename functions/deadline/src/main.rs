//! The Lambda function `deadline`: from EventBridge Scheduler to [`deadline::handle`].

use claim_domain::command::TimerFired;
use claim_runtime::{Aws, Variables, logging};
use lambda_runtime::{Error, LambdaEvent, run, service_fn};

#[tokio::main(flavor = "current_thread")]
async fn main() -> Result<(), Error> {
    let variables = Variables::from_env();
    logging::start(&variables);
    let desk = claim_runtime::desk(&variables, &Aws::new(&variables)?)?;
    let desk = &desk;
    run(service_fn(async move |event: LambdaEvent<TimerFired>| {
        deadline::handle(desk, &event.payload).await.map(|_| ()).map_err(Error::from)
    }))
    .await
}
