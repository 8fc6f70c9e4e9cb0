//! AWS where tests are about something else: services that take everything, a bucket in which all documents are the same, and
//! no network.

use std::io;
use std::net::SocketAddr;
use std::ops::Range;
use std::sync::Arc;
use std::time::Duration;

use aws_sdk_eventbridge::operation::put_events::builders::PutEventsInputBuilder;
use aws_sdk_eventbridge::operation::put_events::{PutEventsError, PutEventsOutput};
use aws_sdk_s3::operation::delete_object::builders::DeleteObjectInputBuilder;
use aws_sdk_s3::operation::delete_object::{DeleteObjectError, DeleteObjectOutput};
use aws_sdk_s3::operation::list_object_versions::builders::ListObjectVersionsInputBuilder;
use aws_sdk_s3::operation::list_object_versions::{ListObjectVersionsError, ListObjectVersionsOutput};
use aws_sdk_s3::operation::put_object::builders::PutObjectInputBuilder;
use aws_sdk_s3::operation::put_object::{PutObjectError, PutObjectOutput};
use aws_sdk_s3::primitives::ByteStream;
use aws_sdk_scheduler::error::SdkError;
use aws_sdk_scheduler::operation::create_schedule::builders::CreateScheduleInputBuilder;
use aws_sdk_scheduler::operation::create_schedule::{CreateScheduleError, CreateScheduleOutput};
use aws_sdk_scheduler::operation::delete_schedule::builders::DeleteScheduleInputBuilder;
use aws_sdk_scheduler::operation::delete_schedule::{DeleteScheduleError, DeleteScheduleOutput};
use aws_sdk_sesv2::operation::send_email::builders::SendEmailInputBuilder;
use aws_sdk_sesv2::operation::send_email::{SendEmailError, SendEmailOutput};
use aws_sdk_sqs::operation::change_message_visibility::builders::ChangeMessageVisibilityInputBuilder;
use aws_sdk_sqs::operation::change_message_visibility::{
    ChangeMessageVisibilityError, ChangeMessageVisibilityOutput,
};
use aws_sdk_sqs::operation::send_message::builders::SendMessageInputBuilder;
use aws_sdk_sqs::operation::send_message::{SendMessageError, SendMessageOutput};
use aws_smithy_types::error::ErrorMetadata;
use claim_domain::webhook::{Parts, Reach};
use claim_ports::Answer;
use claim_runtime::{Aws, ConfigError, Variables};
use deliver::send::{Addresses, Answered, Resolver, SendError, Sender, Transport};
use dispatch::services::{Bucket, Bus, Mailer, Queue, Scheduler, Services};
use evidence::{Content, DocumentBucket, Documents, Download, Signed, Upload};
use lambda_http::http::Request;

/// What webhooks have around them: both ends of the queue of changes on their way, and the way to servers.
#[derive(Clone)]
pub struct Deliveries {
    /// The end where `webhooks` puts changes that are sent again.
    pub sending: Arc<dyn ::webhooks::Queue>,
    /// The end where `deliver` takes changes.
    pub receiving: Arc<dyn deliver::Queue>,
    /// What `deliver` sends with.
    pub sender: Sender,
}

impl Deliveries {
    /// A queue that takes everything, and no network.
    pub fn nowhere() -> Self {
        let sender = Sender::over(Arc::new(Nowhere), Arc::new(Nowhere), Reach::Public);
        Self { sending: Arc::new(Accepting), receiving: Arc::new(Accepting), sender }
    }
}

/// Services that take everything, and remember nothing.
#[derive(Debug, Clone, Copy)]
struct Accepting;

/// A machine without a network.
#[derive(Debug, Clone, Copy)]
struct Nowhere;

/// A bucket in which every document is the same. Addresses are really signed, since that takes no call.
#[derive(Debug)]
pub struct OneDocument {
    signer: DocumentBucket,
    /// Its length in bytes, as the bucket says it.
    length: u64,
    /// Its SHA-256 in Base64, as the bucket says it.
    sha256: Option<String>,
    /// Its first bytes.
    bytes: &'static [u8],
}

impl OneDocument {
    /// A bucket whose documents begin with these bytes, and are said to have this length and this SHA-256.
    ///
    /// # Errors
    /// The variable that is missing or malformed.
    pub fn new(
        variables: &Variables,
        length: u64,
        sha256: Option<String>,
        bytes: &'static [u8],
    ) -> Result<Self, ConfigError> {
        Ok(Self {
            signer: DocumentBucket::new(&Aws::new(variables)?, "claims-evidence"),
            length,
            sha256,
            bytes,
        })
    }
}

/// The services of dispatch: they take everything.
pub fn accepting(documents: Arc<OneDocument>) -> Services {
    let service = || Arc::new(Accepting);
    Services { scheduler: service(), queue: service(), mailer: service(), bucket: documents, bus: service() }
}

fn ready<'a, O: Send + 'a, E: Send + 'a>(output: O) -> Answer<'a, O, E> {
    Box::pin(std::future::ready(Ok(output)))
}

impl Scheduler for Accepting {
    fn create_schedule(
        &self,
        _: CreateScheduleInputBuilder,
    ) -> Answer<'_, CreateScheduleOutput, CreateScheduleError> {
        let output = CreateScheduleOutput::builder().schedule_arn("arn").build();
        Box::pin(std::future::ready(output.map_err(SdkError::construction_failure)))
    }

    fn delete_schedule(
        &self,
        _: DeleteScheduleInputBuilder,
    ) -> Answer<'_, DeleteScheduleOutput, DeleteScheduleError> {
        ready(DeleteScheduleOutput::builder().build())
    }
}

impl Bus for Accepting {
    fn put_events(&self, _: PutEventsInputBuilder) -> Answer<'_, PutEventsOutput, PutEventsError> {
        ready(PutEventsOutput::builder().build())
    }
}

impl Queue for Accepting {
    fn send_message(&self, _: SendMessageInputBuilder) -> Answer<'_, SendMessageOutput, SendMessageError> {
        ready(SendMessageOutput::builder().message_id("id").build())
    }
}

impl deliver::Queue for Accepting {
    fn change_message_visibility(
        &self,
        _: ChangeMessageVisibilityInputBuilder,
    ) -> Answer<'_, ChangeMessageVisibilityOutput, ChangeMessageVisibilityError> {
        ready(ChangeMessageVisibilityOutput::builder().build())
    }
}

impl Mailer for Accepting {
    fn send_email(&self, _: SendEmailInputBuilder) -> Answer<'_, SendEmailOutput, SendEmailError> {
        ready(SendEmailOutput::builder().message_id("id").build())
    }
}

impl Bucket for OneDocument {
    fn list_object_versions(
        &self,
        _: ListObjectVersionsInputBuilder,
    ) -> Answer<'_, ListObjectVersionsOutput, ListObjectVersionsError> {
        ready(ListObjectVersionsOutput::builder().build())
    }

    fn put_object(&self, _: PutObjectInputBuilder) -> Answer<'_, PutObjectOutput, PutObjectError> {
        ready(PutObjectOutput::builder().version_id("1").build())
    }

    fn delete_object(
        &self,
        _: DeleteObjectInputBuilder,
    ) -> Answer<'_, DeleteObjectOutput, DeleteObjectError> {
        ready(DeleteObjectOutput::builder().build())
    }
}

impl Documents for OneDocument {
    fn read(&self, _: &str, _: Option<Range<u64>>) -> Answer<'_, Content, ErrorMetadata> {
        let body = ByteStream::from_static(self.bytes);
        ready(Content { length: self.length, sha256: self.sha256.clone(), body })
    }

    fn copy(&self, _: &str, _: &str) -> Answer<'_, (), ErrorMetadata> {
        ready(())
    }

    fn sign_upload(&self, upload: Upload, within: Duration) -> Answer<'_, Signed, ErrorMetadata> {
        self.signer.sign_upload(upload, within)
    }

    fn sign_download(&self, download: Download, within: Duration) -> Answer<'_, Signed, ErrorMetadata> {
        self.signer.sign_download(download, within)
    }
}

impl Resolver for Nowhere {
    fn resolve<'a>(&'a self, _: &'a str, _: u16) -> Addresses<'a> {
        Box::pin(std::future::ready(Err(io::ErrorKind::NetworkUnreachable.into())))
    }
}

impl Transport for Nowhere {
    fn exchange<'a>(&'a self, _: Parts<'a>, _: Vec<SocketAddr>, _: Request<String>) -> Answered<'a> {
        Box::pin(std::future::ready(Err(SendError::Unreachable(io::ErrorKind::NetworkUnreachable.into()))))
    }

    fn within<'a>(&'a self, _: Duration, answered: Answered<'a>) -> Answered<'a> {
        answered
    }
}
