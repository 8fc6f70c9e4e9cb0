//! The simulated bucket behind the product's port, for the contract. No call fails, and no call takes time.

use std::collections::BTreeMap;
use std::ops::Range;
use std::sync::{Arc, Mutex, PoisonError};
use std::time::Duration;

use aws_sdk_dynamodb::error::{ErrorMetadata, SdkError};
use aws_sdk_s3::operation::delete_object::builders::DeleteObjectInputBuilder;
use aws_sdk_s3::operation::delete_object::{DeleteObjectError, DeleteObjectOutput};
use aws_sdk_s3::operation::list_object_versions::builders::ListObjectVersionsInputBuilder;
use aws_sdk_s3::operation::list_object_versions::{ListObjectVersionsError, ListObjectVersionsOutput};
use aws_sdk_s3::operation::put_object::builders::PutObjectInputBuilder;
use aws_sdk_s3::operation::put_object::{PutObjectError, PutObjectOutput};
use claim_ports::Answer;
use dispatch::services::Bucket;
use evidence::{Content, Documents, Download, Signed, Upload};

use crate::services::bucket::{self, Copy, Objects, Put, Read};

/// The simulated bucket behind the port.
#[derive(Debug, Default)]
pub struct InMemoryBucket(Mutex<Objects>);

impl InMemoryBucket {
    /// An empty bucket.
    pub fn new() -> Arc<Self> {
        Arc::default()
    }

    fn call<'a, I, O, E>(
        &self,
        input: Result<I, aws_sdk_s3::error::BuildError>,
        operation: impl FnOnce(&mut Objects, I) -> Result<O, SdkError<E>>,
    ) -> Answer<'a, O, E>
    where
        O: Send + 'a,
        E: Send + 'a,
    {
        let input = input.map_err(SdkError::construction_failure);
        let answer = input
            .and_then(|input| operation(&mut self.0.lock().unwrap_or_else(PoisonError::into_inner), input));
        Box::pin(std::future::ready(answer))
    }
}

impl Bucket for InMemoryBucket {
    fn list_object_versions(
        &self,
        input: ListObjectVersionsInputBuilder,
    ) -> Answer<'_, ListObjectVersionsOutput, ListObjectVersionsError> {
        self.call(input.build(), bucket::list)
    }

    fn put_object(&self, input: PutObjectInputBuilder) -> Answer<'_, PutObjectOutput, PutObjectError> {
        self.call(input.build().map(Put::new), bucket::put)
    }

    fn delete_object(
        &self,
        input: DeleteObjectInputBuilder,
    ) -> Answer<'_, DeleteObjectOutput, DeleteObjectError> {
        self.call(input.build(), bucket::delete)
    }
}

impl Documents for InMemoryBucket {
    fn read(&self, key: &str, range: Option<Range<u64>>) -> Answer<'_, Content, ErrorMetadata> {
        let input = Read { key: key.to_owned(), range };
        self.call(Ok(input), |objects, input| bucket::read(objects, &input))
    }

    fn copy(&self, from: &str, to: &str) -> Answer<'_, (), ErrorMetadata> {
        self.call(Ok(Copy { from: from.to_owned(), to: to.to_owned() }), bucket::copy)
    }

    fn sign_upload(&self, upload: Upload, _: Duration) -> Answer<'_, Signed, ErrorMetadata> {
        Box::pin(std::future::ready(Ok(unsigned(&upload.key))))
    }

    fn sign_download(&self, download: Download, _: Duration) -> Answer<'_, Signed, ErrorMetadata> {
        Box::pin(std::future::ready(Ok(unsigned(&download.key))))
    }
}

/// The contract does not need signatures: the end-to-end suite uploads and downloads by signed URLs.
fn unsigned(key: &str) -> Signed {
    Signed { url: key.to_owned(), headers: BTreeMap::new() }
}
