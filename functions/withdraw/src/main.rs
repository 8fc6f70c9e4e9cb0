//! Starts the function: logging, configuration and clients once, then one library call for each request.

use claim_http::{App, serve};
use claim_runtime::{Aws, Variables, logging};
use lambda_http::Error;

#[tokio::main(flavor = "current_thread")]
async fn main() -> Result<(), Error> {
    let variables = Variables::from_env();
    logging::start(&variables);
    let app = App::new(&variables, &Aws::new(&variables)?)?;
    serve(async |request| withdraw::handle(&app, request).await).await
}
