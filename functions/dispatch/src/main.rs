//! The Lambda function `dispatch`: from the table's stream to [`dispatch::Dispatch`].

use claim_runtime::{Meter, Variables, logging};
use dispatch::Dispatch;
use lambda_runtime::{Error, LambdaEvent, Runtime, service_fn};

#[tokio::main(flavor = "current_thread")]
async fn main() -> Result<(), Error> {
    let variables = Variables::from_env();
    logging::start(&variables);
    let dispatch = &Dispatch::new(&variables)?;
    let meter = &Meter::new(&variables)?;
    Runtime::new(service_fn(async move |event: LambdaEvent<dispatch::stream::StreamEvent>| {
        let response = dispatch.handle(event.payload).await;
        meter.write(&response.measured);
        Ok::<_, Error>(response)
    }))
    .run()
    .await
}
