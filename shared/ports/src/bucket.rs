use std::collections::BTreeMap;

use aws_sdk_s3::Client;
use aws_sdk_s3::operation::delete_object::builders::DeleteObjectInputBuilder;
use aws_sdk_s3::operation::delete_object::{DeleteObjectError, DeleteObjectOutput};
use aws_sdk_s3::operation::get_object::builders::GetObjectInputBuilder;
use aws_sdk_s3::operation::get_object::{GetObjectError, GetObjectOutput};
use aws_sdk_s3::operation::head_object::builders::HeadObjectInputBuilder;
use aws_sdk_s3::operation::head_object::{HeadObjectError, HeadObjectOutput};
use aws_sdk_s3::operation::list_object_versions::builders::ListObjectVersionsInputBuilder;
use aws_sdk_s3::operation::list_object_versions::{ListObjectVersionsError, ListObjectVersionsOutput};
use aws_sdk_s3::operation::put_object::builders::PutObjectInputBuilder;
use aws_sdk_s3::operation::put_object::{PutObjectError, PutObjectOutput};
use aws_sdk_s3::presigning::{PresignedRequest, PresigningConfig};

use crate::Answer;

/// What may be uploaded: nothing else, and nothing over what is there already.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Upload {
    /// The bucket.
    pub bucket: String,
    /// The object's key.
    pub key: String,
    /// Its length in bytes.
    pub length: i64,
    /// Its media type.
    pub media_type: String,
    /// Its SHA-256, in Base64.
    pub sha256: String,
}

/// What may be downloaded, and how it is to be answered.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Download {
    /// The bucket.
    pub bucket: String,
    /// The object's key.
    pub key: String,
    /// The `Content-Disposition` of the answer.
    pub disposition: String,
    /// The media type of the answer.
    pub media_type: String,
}

/// A signed address, with the headers that must be sent along.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Signed {
    /// The address.
    pub url: String,
    /// The headers, by name, in lower case.
    pub headers: BTreeMap<String, String>,
}

impl From<PresignedRequest> for Signed {
    fn from(request: PresignedRequest) -> Self {
        let headers = request.headers().map(|(name, value)| (name.to_ascii_lowercase(), value.to_owned()));
        Self { headers: headers.collect(), url: request.uri().to_owned() }
    }
}

/// S3.
pub trait Bucket: std::fmt::Debug + Send + Sync {
    /// What an object is, without its content.
    fn head_object(&self, input: HeadObjectInputBuilder) -> Answer<'_, HeadObjectOutput, HeadObjectError>;
    /// An object's content, or a part of it.
    fn get_object(&self, input: GetObjectInputBuilder) -> Answer<'_, GetObjectOutput, GetObjectError>;
    /// The versions of objects.
    fn list_object_versions(
        &self,
        input: ListObjectVersionsInputBuilder,
    ) -> Answer<'_, ListObjectVersionsOutput, ListObjectVersionsError>;
    /// Puts a new version of an object.
    fn put_object(&self, input: PutObjectInputBuilder) -> Answer<'_, PutObjectOutput, PutObjectError>;
    /// Deletes one version of an object.
    fn delete_object(
        &self,
        input: DeleteObjectInputBuilder,
    ) -> Answer<'_, DeleteObjectOutput, DeleteObjectError>;
    /// Signs an address to upload to. Nothing is sent.
    fn sign_upload(&self, upload: Upload, expiring: PresigningConfig) -> Answer<'_, Signed, PutObjectError>;
    /// Signs an address to download from. Nothing is sent.
    fn sign_download(
        &self,
        download: Download,
        expiring: PresigningConfig,
    ) -> Answer<'_, Signed, GetObjectError>;
}

impl Bucket for Client {
    fn head_object(&self, input: HeadObjectInputBuilder) -> Answer<'_, HeadObjectOutput, HeadObjectError> {
        Box::pin(input.send_with(self))
    }

    fn get_object(&self, input: GetObjectInputBuilder) -> Answer<'_, GetObjectOutput, GetObjectError> {
        Box::pin(input.send_with(self))
    }

    fn list_object_versions(
        &self,
        input: ListObjectVersionsInputBuilder,
    ) -> Answer<'_, ListObjectVersionsOutput, ListObjectVersionsError> {
        Box::pin(input.send_with(self))
    }

    fn put_object(&self, input: PutObjectInputBuilder) -> Answer<'_, PutObjectOutput, PutObjectError> {
        Box::pin(input.send_with(self))
    }

    fn delete_object(
        &self,
        input: DeleteObjectInputBuilder,
    ) -> Answer<'_, DeleteObjectOutput, DeleteObjectError> {
        Box::pin(input.send_with(self))
    }

    fn sign_upload(&self, upload: Upload, expiring: PresigningConfig) -> Answer<'_, Signed, PutObjectError> {
        let put = self
            .put_object()
            .bucket(upload.bucket)
            .key(upload.key)
            .content_length(upload.length)
            .content_type(upload.media_type)
            .checksum_sha256(upload.sha256)
            .if_none_match("*");
        Box::pin(async move { put.presigned(expiring).await.map(Signed::from) })
    }

    fn sign_download(
        &self,
        download: Download,
        expiring: PresigningConfig,
    ) -> Answer<'_, Signed, GetObjectError> {
        let get = self
            .get_object()
            .bucket(download.bucket)
            .key(download.key)
            .response_content_disposition(download.disposition)
            .response_content_type(download.media_type);
        Box::pin(async move { get.presigned(expiring).await.map(Signed::from) })
    }
}
