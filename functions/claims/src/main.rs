//! Skeleton: answers with the event's path, so that the stack can be wired before the rooms are furnished.
use lambda_http::{Body, Error, Request, Response, run, service_fn};

#[tokio::main(flavor = "current_thread")]
async fn main() -> Result<(), Error> {
    run(service_fn(|request: Request| async move {
        Ok::<_, Error>(Response::new(Body::from(request.uri().path())))
    }))
    .await
}
