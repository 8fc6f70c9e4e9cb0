//! The Lambda function `feedback`: from SES, through EventBridge, to [`feedback::handle`].

use claim_runtime::{Aws, Meter, Variables, logging};
use feedback::MailEvent;
use lambda_runtime::{Error, LambdaEvent, Runtime, service_fn};

#[tokio::main(flavor = "current_thread")]
async fn main() -> Result<(), Error> {
    let variables = Variables::from_env();
    logging::start(&variables);
    let desk = &claim_runtime::desk(&variables, &Aws::new(&variables)?)?;
    let meter = &Meter::new(&variables)?;
    Runtime::new(service_fn(async move |event: LambdaEvent<MailEvent>| {
        meter.write(&feedback::measured(&event.payload));
        feedback::handle(desk, &event.payload).await.map(|_| ()).map_err(Error::from)
    }))
    .run()
    .await
}
