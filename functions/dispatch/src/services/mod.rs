//! The services that effects use, one trait each (`shared/ports` says why).

mod bucket;
mod bus;
mod scheduler;

use std::sync::Arc;

use claim_runtime::Aws;

pub use bucket::Bucket;
pub use bus::Bus;
pub use claim_mailer::Mailer;
pub use claim_queue::Queue;
pub use scheduler::Scheduler;

/// The services that effects use.
#[derive(Debug, Clone)]
pub struct Services {
    /// Where timers are set.
    pub scheduler: Arc<dyn Scheduler>,
    /// Where messages to assessment go.
    pub queue: Arc<dyn Queue>,
    /// Where emails are sent.
    pub mailer: Arc<dyn Mailer>,
    /// Where documents are kept.
    pub bucket: Arc<dyn Bucket>,
    /// Where changes are told.
    pub bus: Arc<dyn Bus>,
}

impl Services {
    /// The services of AWS.
    pub fn new(aws: &Aws) -> Self {
        Self {
            scheduler: Arc::new(aws_sdk_scheduler::Client::new(aws.config())),
            queue: Arc::new(queue(aws)),
            mailer: Arc::new(aws_sdk_sesv2::Client::new(aws.config())),
            bucket: Arc::new(bucket(aws)),
            bus: Arc::new(aws_sdk_eventbridge::Client::new(aws.config())),
        }
    }
}

/// A client for SQS.
pub fn queue(aws: &Aws) -> aws_sdk_sqs::Client {
    aws_sdk_sqs::Client::new(aws.config())
}

/// A client for S3. On the local stack the bucket's name is in the path, not in the host name.
pub fn bucket(aws: &Aws) -> aws_sdk_s3::Client {
    let config = aws_sdk_s3::config::Builder::from(aws.config()).force_path_style(aws.is_local()).build();
    aws_sdk_s3::Client::from_conf(config)
}
