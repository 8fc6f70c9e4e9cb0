use aws_sdk_s3::Client;
use aws_sdk_s3::operation::delete_object::builders::DeleteObjectInputBuilder;
use aws_sdk_s3::operation::delete_object::{DeleteObjectError, DeleteObjectOutput};
use aws_sdk_s3::operation::list_object_versions::builders::ListObjectVersionsInputBuilder;
use aws_sdk_s3::operation::list_object_versions::{ListObjectVersionsError, ListObjectVersionsOutput};
use aws_sdk_s3::operation::put_object::builders::PutObjectInputBuilder;
use aws_sdk_s3::operation::put_object::{PutObjectError, PutObjectOutput};
use claim_ports::Answer;

/// S3, as far as deleting documents needs it.
pub trait Bucket: std::fmt::Debug + Send + Sync {
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
}

impl Bucket for Client {
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
}
