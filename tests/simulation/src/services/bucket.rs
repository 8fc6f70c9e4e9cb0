//! S3: the evidence bucket, with versions.

use std::collections::BTreeMap;

use aws_sdk_dynamodb::error::SdkError;
use aws_sdk_s3::error::ErrorMetadata;
use aws_sdk_s3::operation::delete_object::builders::DeleteObjectInputBuilder;
use aws_sdk_s3::operation::delete_object::{DeleteObjectError, DeleteObjectInput, DeleteObjectOutput};
use aws_sdk_s3::operation::get_object::builders::GetObjectInputBuilder;
use aws_sdk_s3::operation::get_object::{GetObjectError, GetObjectInput, GetObjectOutput};
use aws_sdk_s3::operation::head_object::builders::HeadObjectInputBuilder;
use aws_sdk_s3::operation::head_object::{HeadObjectError, HeadObjectInput, HeadObjectOutput};
use aws_sdk_s3::operation::list_object_versions::builders::ListObjectVersionsInputBuilder;
use aws_sdk_s3::operation::list_object_versions::{
    ListObjectVersionsError, ListObjectVersionsInput, ListObjectVersionsOutput,
};
use aws_sdk_s3::operation::put_object::PutObjectError;
use aws_sdk_s3::presigning::PresigningConfig;
use aws_sdk_s3::primitives::ByteStream;
use aws_sdk_s3::types::ObjectVersion;
use aws_sdk_s3::types::error::{NoSuchKey, NotFound};
use base64::Engine;
use base64::engine::general_purpose::STANDARD;
use claim_ports::{Answer, Bucket, Download, Signed, Upload};
use sha2::{Digest, Sha256};

use super::{By, Course, Operation, refused};
use crate::engine::Sim;
use crate::faults::Fault;
use crate::state::State;

/// The objects, by key; each has one version, since nothing can be uploaded over another.
pub(crate) type Objects = BTreeMap<String, Vec<u8>>;

impl Bucket for Sim {
    fn head_object(&self, input: HeadObjectInputBuilder) -> Answer<'_, HeadObjectOutput, HeadObjectError> {
        Box::pin(async move {
            let input = input.build().map_err(SdkError::construction_failure)?;
            HEAD.call(self, input).await
        })
    }

    fn get_object(&self, input: GetObjectInputBuilder) -> Answer<'_, GetObjectOutput, GetObjectError> {
        Box::pin(async move {
            let input = input.build().map_err(SdkError::construction_failure)?;
            GET.call(self, input).await
        })
    }

    fn list_object_versions(
        &self,
        input: ListObjectVersionsInputBuilder,
    ) -> Answer<'_, ListObjectVersionsOutput, ListObjectVersionsError> {
        Box::pin(async move {
            let input = input.build().map_err(SdkError::construction_failure)?;
            LIST.call(self, input).await
        })
    }

    fn delete_object(
        &self,
        input: DeleteObjectInputBuilder,
    ) -> Answer<'_, DeleteObjectOutput, DeleteObjectError> {
        Box::pin(async move {
            let input = input.build().map_err(SdkError::construction_failure)?;
            DELETE.call(self, input).await
        })
    }

    fn sign_upload(&self, upload: Upload, _: PresigningConfig) -> Answer<'_, Signed, PutObjectError> {
        let headers = BTreeMap::from([("x-amz-checksum-sha256".to_owned(), upload.sha256)]);
        Box::pin(std::future::ready(Ok(Signed { url: address(&upload.key), headers })))
    }

    fn sign_download(&self, download: Download, _: PresigningConfig) -> Answer<'_, Signed, GetObjectError> {
        Box::pin(std::future::ready(Ok(Signed { url: address(&download.key), headers: BTreeMap::new() })))
    }
}

/// Signing asks nobody, and nobody checks it here.
fn address(key: &str) -> String {
    format!("https://evidence.example/{key}")
}

/// An operation of the bucket, which fails as the others do.
macro_rules! operation {
    ($name:literal, $error:ident, $carry_out:expr) => {
        Operation {
            name: $name,
            course: |state, _| course(state),
            carry_out: $carry_out,
            refuse: |()| refused($error::generic(ErrorMetadata::builder().code("SlowDown").build()), 503),
        }
    };
}

const HEAD: Operation<HeadObjectInput, HeadObjectOutput, HeadObjectError, ()> =
    operation!("HeadObject", HeadObjectError, head);
const GET: Operation<GetObjectInput, GetObjectOutput, GetObjectError, ()> =
    operation!("GetObject", GetObjectError, get);
const LIST: Operation<ListObjectVersionsInput, ListObjectVersionsOutput, ListObjectVersionsError, ()> =
    operation!("ListObjectVersions", ListObjectVersionsError, list);
const DELETE: Operation<DeleteObjectInput, DeleteObjectOutput, DeleteObjectError, ()> =
    operation!("DeleteObject", DeleteObjectError, delete);

fn course(state: &mut State) -> Course<()> {
    match state.faults.draw(&mut state.random.files, &[Fault::FilesFailed]) {
        Some(_) => Course::Refused(()),
        None => Course::Fine,
    }
}

fn head(
    state: &mut State,
    input: HeadObjectInput,
    _: By,
) -> Result<HeadObjectOutput, SdkError<HeadObjectError>> {
    match state.objects.get(input.key().unwrap_or_default()) {
        Some(content) => Ok(HeadObjectOutput::builder()
            .content_length(i64::try_from(content.len()).unwrap_or(0))
            .checksum_sha256(STANDARD.encode(Sha256::digest(content)))
            .build()),
        None => {
            let meta = ErrorMetadata::builder().code("NotFound").build();
            Err(refused(HeadObjectError::NotFound(NotFound::builder().meta(meta).build()), 404))
        }
    }
}

fn get(state: &mut State, input: GetObjectInput, _: By) -> Result<GetObjectOutput, SdkError<GetObjectError>> {
    let Some(content) = state.objects.get(input.key().unwrap_or_default()) else {
        return Err(refused(GetObjectError::NoSuchKey(NoSuchKey::builder().build()), 404));
    };
    let range = input.range().and_then(|range| range.strip_prefix("bytes=")?.split_once('-'));
    let range = range.and_then(|(from, to)| Some((from.parse().ok()?, to.parse::<usize>().ok()?)));
    let (from, to) = range.unwrap_or((0, content.len()));
    let part = content.get(from..(to + 1).min(content.len())).unwrap_or_default();
    Ok(GetObjectOutput::builder().body(ByteStream::from(part.to_vec())).build())
}

fn list(
    state: &mut State,
    input: ListObjectVersionsInput,
    _: By,
) -> Result<ListObjectVersionsOutput, SdkError<ListObjectVersionsError>> {
    let prefix = input.prefix().unwrap_or_default();
    let found = state.objects.keys().filter(|key| key.starts_with(prefix));
    let versions: Vec<_> =
        found.map(|key| ObjectVersion::builder().key(key).version_id("1").build()).collect();
    if versions.is_empty() {
        state.cleared.insert(prefix.to_owned());
    }
    Ok(ListObjectVersionsOutput::builder().set_versions(Some(versions)).build())
}

fn delete(
    state: &mut State,
    input: DeleteObjectInput,
    _: By,
) -> Result<DeleteObjectOutput, SdkError<DeleteObjectError>> {
    let key = input.key().unwrap_or_default();
    state.objects.remove(key);
    state.cleared.insert(key.to_owned());
    Ok(DeleteObjectOutput::builder().build())
}
