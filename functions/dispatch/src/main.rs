//! The Lambda function `dispatch`: from the table's stream to [`dispatch::Dispatch`].

use claim_runtime::{Variables, logging};
use dispatch::Dispatch;
use lambda_runtime::{Error, LambdaEvent, run, service_fn};

#[tokio::main(flavor = "current_thread")]
async fn main() -> Result<(), Error> {
    let variables = Variables::from_env();
    logging::start(&variables);
    let dispatch = Dispatch::new(&variables)?;
    let dispatch = &dispatch;
    run(service_fn(async move |event: LambdaEvent<dispatch::stream::StreamEvent>| {
        Ok::<_, Error>(dispatch.handle(event.payload).await)
    }))
    .await
}
