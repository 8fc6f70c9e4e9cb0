//! S3: the versioned evidence bucket.

use std::collections::BTreeMap;
use std::ops::Range;
use std::time::Duration;

use aws_sdk_dynamodb::error::SdkError;
use aws_sdk_s3::error::ErrorMetadata;
use aws_sdk_s3::operation::delete_object::builders::DeleteObjectInputBuilder;
use aws_sdk_s3::operation::delete_object::{DeleteObjectError, DeleteObjectInput, DeleteObjectOutput};
use aws_sdk_s3::operation::list_object_versions::builders::ListObjectVersionsInputBuilder;
use aws_sdk_s3::operation::list_object_versions::{
    ListObjectVersionsError, ListObjectVersionsInput, ListObjectVersionsOutput,
};
use aws_sdk_s3::operation::put_object::builders::PutObjectInputBuilder;
use aws_sdk_s3::operation::put_object::{PutObjectError, PutObjectInput, PutObjectOutput};
use aws_sdk_s3::primitives::ByteStream;
use aws_sdk_s3::types::ObjectVersion;
use base64::Engine;
use base64::engine::general_purpose::STANDARD;
use claim_ports::Answer;
use dispatch::services::Bucket;
use evidence::{Content, Documents, Download, Signed, Upload};
use sha2::{Digest, Sha256};

use super::{CallOutcome, Operation, refused};
use crate::engine::Simulation;
use crate::faults::Fault;
use crate::state::SimulationState;

/// The objects by key, with their versions. The newest version is the last one.
#[derive(Debug, Default)]
pub(crate) struct Objects(BTreeMap<String, Vec<Version>>);

#[derive(Debug)]
struct Version {
    id: String,
    content: Vec<u8>,
}

impl Objects {
    /// The content of an object.
    fn current(&self, key: &str) -> Option<&[u8]> {
        Some(&self.0.get(key)?.last()?.content)
    }

    /// Uploads to a URL that the product signed, which succeeds only if there is no object (`If-None-Match: *`).
    /// Returns whether it succeeded.
    pub(crate) fn upload(&mut self, key: &str, content: Vec<u8>) -> bool {
        let is_free = self.current(key).is_none();
        if is_free {
            self.put(key, content);
        }
        is_free
    }

    fn put(&mut self, key: &str, content: Vec<u8>) -> String {
        let versions = self.0.entry(key.to_owned()).or_default();
        // Ids are unique among the versions of an object because they rise.
        let last = versions.last().and_then(|version| version.id.parse::<u64>().ok()).unwrap_or(0);
        let id = (last + 1).to_string();
        versions.push(Version { id: id.clone(), content });
        id
    }

    /// The keys under which content is kept, in whatever version.
    pub(crate) fn kept(&self) -> impl Iterator<Item = &str> {
        let has_content = |versions: &[Version]| versions.iter().any(|version| !version.content.is_empty());
        self.0.iter().filter(move |(_, versions)| has_content(versions)).map(|(key, _)| key.as_str())
    }

    /// Whether a document is gone for good: no content is left, and an empty object prevents another upload.
    pub(crate) fn is_gone(&self, key: &str) -> bool {
        self.0.get(key).is_some_and(|versions| {
            !versions.is_empty() && versions.iter().all(|version| version.content.is_empty())
        })
    }
}

impl Bucket for Simulation {
    fn list_object_versions(
        &self,
        input: ListObjectVersionsInputBuilder,
    ) -> Answer<'_, ListObjectVersionsOutput, ListObjectVersionsError> {
        Box::pin(async move {
            let input = input.build().map_err(SdkError::construction_failure)?;
            LIST.call(self, input).await
        })
    }

    fn put_object(&self, input: PutObjectInputBuilder) -> Answer<'_, PutObjectOutput, PutObjectError> {
        Box::pin(async move {
            let input = input.build().map_err(SdkError::construction_failure)?;
            PUT.call(self, Put::new(input)).await
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
}

impl Documents for Simulation {
    fn read(&self, key: &str, range: Option<Range<u64>>) -> Answer<'_, Content, ErrorMetadata> {
        let read = Read { key: key.to_owned(), range };
        Box::pin(READ.call(self, read))
    }

    fn copy(&self, from: &str, to: &str) -> Answer<'_, (), ErrorMetadata> {
        Box::pin(COPY.call(self, Copy { from: from.to_owned(), to: to.to_owned() }))
    }

    fn sign_upload(&self, upload: Upload, _: Duration) -> Answer<'_, Signed, ErrorMetadata> {
        let headers = BTreeMap::from([("x-amz-checksum-sha256".to_owned(), upload.sha256)]);
        Box::pin(std::future::ready(Ok(Signed { url: unsigned_url(&upload.key), headers })))
    }

    fn sign_download(&self, download: Download, _: Duration) -> Answer<'_, Signed, ErrorMetadata> {
        Box::pin(std::future::ready(Ok(Signed {
            url: unsigned_url(&download.key),
            headers: BTreeMap::new(),
        })))
    }
}

/// The URL of an object. Signing calls no service, and the simulation does not check signatures.
fn unsigned_url(key: &str) -> String {
    format!("https://evidence.example/{key}")
}

/// An operation of the bucket. All of them fail in the same way.
macro_rules! operation {
    ($name:literal, $error:ident, $carry_out:expr) => {
        Operation {
            name: $name,
            down: None,
            draw_outcome: |state, _| draw_outcome(state),
            carry_out: |state, input, _| $carry_out(&mut state.objects, input),
            refusal: |()| refused($error::generic(ErrorMetadata::builder().code("SlowDown").build()), 503),
        }
    };
}

const READ: Operation<Read, Content, ErrorMetadata, ()> = Operation {
    name: "GetObject",
    down: None,
    draw_outcome: |state, _| draw_outcome(state),
    carry_out: |state, input, _| read(&mut state.objects, &input),
    refusal: |()| refused(ErrorMetadata::builder().code("SlowDown").build(), 503),
};
const COPY: Operation<Copy, (), ErrorMetadata, ()> = Operation {
    name: "CopyObject",
    down: None,
    draw_outcome: |state, _| draw_outcome(state),
    carry_out: |state, input, _| copy(&mut state.objects, input),
    refusal: |()| refused(ErrorMetadata::builder().code("SlowDown").build(), 503),
};
const LIST: Operation<ListObjectVersionsInput, ListObjectVersionsOutput, ListObjectVersionsError, ()> =
    operation!("ListObjectVersions", ListObjectVersionsError, list);
const PUT: Operation<Put, PutObjectOutput, PutObjectError, ()> = operation!("PutObject", PutObjectError, put);
const DELETE: Operation<DeleteObjectInput, DeleteObjectOutput, DeleteObjectError, ()> =
    operation!("DeleteObject", DeleteObjectError, delete);

/// The input of a read.
#[derive(Debug, Clone)]
pub(crate) struct Read {
    pub(crate) key: String,
    pub(crate) range: Option<Range<u64>>,
}

/// The input of a copy.
#[derive(Debug, Clone)]
pub(crate) struct Copy {
    pub(crate) from: String,
    pub(crate) to: String,
}

/// The input of a put.
#[derive(Debug, Clone)]
pub(crate) struct Put {
    key: String,
    content: Vec<u8>,
    only_if_free: bool,
}

impl Put {
    /// Reads the body of the SDK's input, which can be read only once, so that the put can be sent more than once.
    pub(crate) fn new(input: PutObjectInput) -> Self {
        Self {
            content: input.body.bytes().map(<[u8]>::to_vec).unwrap_or_default(),
            key: input.key.unwrap_or_default(),
            only_if_free: input.if_none_match.as_deref() == Some("*"),
        }
    }
}

fn draw_outcome(state: &mut SimulationState) -> CallOutcome<()> {
    match state.faults.inject_one(&mut state.random.files, &[Fault::FilesFailed]) {
        Some(_) => CallOutcome::Refused(()),
        None => CallOutcome::Normal,
    }
}

pub(crate) fn read(objects: &mut Objects, input: &Read) -> Result<Content, SdkError<ErrorMetadata>> {
    let Some(content) = objects.current(&input.key) else {
        return Err(refused(ErrorMetadata::builder().code("NoSuchKey").build(), 404));
    };
    let part = match &input.range {
        Some(range) => {
            let end = usize::try_from(range.end).unwrap_or(usize::MAX).min(content.len());
            content.get(usize::try_from(range.start).unwrap_or(usize::MAX)..end).unwrap_or_default()
        }
        None => content,
    };
    // S3 does not return the checksum for a range.
    let sha256 = input.range.is_none().then(|| STANDARD.encode(Sha256::digest(content)));
    let length = u64::try_from(part.len()).unwrap_or(0);
    Ok(Content { length, sha256, body: ByteStream::from(part.to_vec()) })
}

/// Copies an object to where none is, as `If-None-Match: *` asks for.
pub(crate) fn copy(objects: &mut Objects, input: Copy) -> Result<(), SdkError<ErrorMetadata>> {
    let Some(content) = objects.current(&input.from).map(<[u8]>::to_vec) else {
        return Err(refused(ErrorMetadata::builder().code("NoSuchKey").build(), 404));
    };
    match objects.upload(&input.to, content) {
        true => Ok(()),
        false => Err(refused(ErrorMetadata::builder().code("PreconditionFailed").build(), 412)),
    }
}

pub(crate) fn list(
    objects: &mut Objects,
    input: ListObjectVersionsInput,
) -> Result<ListObjectVersionsOutput, SdkError<ListObjectVersionsError>> {
    let prefix = input.prefix().unwrap_or_default();
    let found = objects.0.iter().filter(|(key, _)| key.starts_with(prefix));
    let versions = found.flat_map(|(key, versions)| {
        versions.iter().rev().map(move |version| {
            let size = i64::try_from(version.content.len()).unwrap_or(0);
            ObjectVersion::builder().key(key).version_id(&version.id).size(size).build()
        })
    });
    Ok(ListObjectVersionsOutput::builder().set_versions(Some(versions.collect())).build())
}

pub(crate) fn put(objects: &mut Objects, input: Put) -> Result<PutObjectOutput, SdkError<PutObjectError>> {
    if input.only_if_free && objects.current(&input.key).is_some() {
        let meta = ErrorMetadata::builder().code("PreconditionFailed").build();
        return Err(refused(PutObjectError::generic(meta), 412));
    }
    let id = objects.put(&input.key, input.content);
    Ok(PutObjectOutput::builder().version_id(id).build())
}

pub(crate) fn delete(
    objects: &mut Objects,
    input: DeleteObjectInput,
) -> Result<DeleteObjectOutput, SdkError<DeleteObjectError>> {
    if let Some(versions) = objects.0.get_mut(input.key().unwrap_or_default()) {
        versions.retain(|version| Some(version.id.as_str()) != input.version_id());
    }
    Ok(DeleteObjectOutput::builder().build())
}
