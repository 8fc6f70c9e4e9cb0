//! Starts the function: logging, configuration and clients once, then one library call for each request.

use claim_http::{App, serve};
use std::sync::Arc;

use claim_runtime::{Aws, Variables, logging};
use evidence::{DocumentBucket, Files, Function};
use lambda_http::Error;

#[tokio::main(flavor = "current_thread")]
async fn main() -> Result<(), Error> {
    let variables = Variables::from_env();
    logging::start(&variables);
    let aws = Aws::new(&variables)?;
    let documents = DocumentBucket::new(&aws, variables.required("EVIDENCE_BUCKET")?);
    let files = Files::configured(Arc::new(documents), &variables)?;
    let function = Function { app: App::new(&variables, &aws)?, files };
    serve(async |request| evidence::handle(&function, request).await).await
}
