//! The services other than the table. Each succeeds with one fixed answer.

use std::ops::Range;
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
use aws_sdk_scheduler::operation::create_schedule::builders::CreateScheduleInputBuilder;
use aws_sdk_scheduler::operation::create_schedule::{CreateScheduleError, CreateScheduleOutput};
use aws_sdk_scheduler::operation::delete_schedule::builders::DeleteScheduleInputBuilder;
use aws_sdk_scheduler::operation::delete_schedule::{DeleteScheduleError, DeleteScheduleOutput};
use aws_sdk_sesv2::operation::send_email::builders::SendEmailInputBuilder;
use aws_sdk_sesv2::operation::send_email::{SendEmailError, SendEmailOutput};
use aws_sdk_sqs::operation::send_message::builders::SendMessageInputBuilder;
use aws_sdk_sqs::operation::send_message::{SendMessageError, SendMessageOutput};
use aws_smithy_types::error::ErrorMetadata;
use base64::Engine;
use base64::engine::general_purpose::STANDARD;
use claim_ports::Answer;
use dispatch::services::{Bucket, Bus, Mailer, Queue, Scheduler};
use evidence::{Content, DocumentBucket, Documents, Download, Signed, Upload};

use crate::moments::{LENGTH, SHA256};

/// All of them. Addresses are really signed, since that takes no call.
#[derive(Debug)]
pub(crate) struct StubServices {
    pub(crate) signer: DocumentBucket,
}

/// The SHA-256 of the document, as S3 writes it.
fn checksum() -> String {
    let bytes: Vec<u8> = (0..SHA256.len())
        .step_by(2)
        .filter_map(|at| u8::from_str_radix(SHA256.get(at..at + 2)?, 16).ok())
        .collect();
    STANDARD.encode(bytes)
}

impl Scheduler for StubServices {
    fn create_schedule(
        &self,
        _: CreateScheduleInputBuilder,
    ) -> Answer<'_, CreateScheduleOutput, CreateScheduleError> {
        let output = CreateScheduleOutput::builder().schedule_arn("arn").build();
        Box::pin(std::future::ready(output.map_err(aws_sdk_scheduler::error::SdkError::construction_failure)))
    }

    fn delete_schedule(
        &self,
        _: DeleteScheduleInputBuilder,
    ) -> Answer<'_, DeleteScheduleOutput, DeleteScheduleError> {
        Box::pin(std::future::ready(Ok(DeleteScheduleOutput::builder().build())))
    }
}

impl Bus for StubServices {
    fn put_events(&self, _: PutEventsInputBuilder) -> Answer<'_, PutEventsOutput, PutEventsError> {
        Box::pin(std::future::ready(Ok(PutEventsOutput::builder().build())))
    }
}

impl Queue for StubServices {
    fn send_message(&self, _: SendMessageInputBuilder) -> Answer<'_, SendMessageOutput, SendMessageError> {
        Box::pin(std::future::ready(Ok(SendMessageOutput::builder().message_id("id").build())))
    }
}

impl Mailer for StubServices {
    fn send_email(&self, _: SendEmailInputBuilder) -> Answer<'_, SendEmailOutput, SendEmailError> {
        Box::pin(std::future::ready(Ok(SendEmailOutput::builder().message_id("id").build())))
    }
}

impl Bucket for StubServices {
    fn list_object_versions(
        &self,
        _: ListObjectVersionsInputBuilder,
    ) -> Answer<'_, ListObjectVersionsOutput, ListObjectVersionsError> {
        Box::pin(std::future::ready(Ok(ListObjectVersionsOutput::builder().build())))
    }

    fn put_object(&self, _: PutObjectInputBuilder) -> Answer<'_, PutObjectOutput, PutObjectError> {
        Box::pin(std::future::ready(Ok(PutObjectOutput::builder().build())))
    }

    fn delete_object(
        &self,
        _: DeleteObjectInputBuilder,
    ) -> Answer<'_, DeleteObjectOutput, DeleteObjectError> {
        Box::pin(std::future::ready(Ok(DeleteObjectOutput::builder().build())))
    }
}

impl Documents for StubServices {
    fn read(&self, _: &str, _: Option<Range<u64>>) -> Answer<'_, Content, ErrorMetadata> {
        let body = ByteStream::from_static(b"%PDF-1.7\n");
        Box::pin(std::future::ready(Ok(Content { length: LENGTH, sha256: Some(checksum()), body })))
    }

    fn copy(&self, _: &str, _: &str) -> Answer<'_, (), ErrorMetadata> {
        Box::pin(std::future::ready(Ok(())))
    }

    fn sign_upload(&self, upload: Upload, within: Duration) -> Answer<'_, Signed, ErrorMetadata> {
        self.signer.sign_upload(upload, within)
    }

    fn sign_download(&self, download: Download, within: Duration) -> Answer<'_, Signed, ErrorMetadata> {
        self.signer.sign_download(download, within)
    }
}
