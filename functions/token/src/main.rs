//! The Lambda function `token`: from Cognito's pre-token-generation trigger to [`token::handle`].

use claim_runtime::{Variables, logging};
use lambda_runtime::{Error, LambdaEvent, Runtime, service_fn};

#[tokio::main(flavor = "current_thread")]
async fn main() -> Result<(), Error> {
    logging::start(&Variables::from_env());
    Runtime::new(service_fn(async |event: LambdaEvent<serde_json::Value>| {
        Ok::<_, Error>(token::handle(event.payload))
    }))
    .run()
    .await
}
