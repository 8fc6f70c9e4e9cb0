//! S3: objects and their versions, in a versioned bucket.

use std::ops::Range;

use aws_sdk_dynamodb::error::{ProvideErrorMetadata, SdkError};
use aws_sdk_s3::operation::delete_object::DeleteObjectInput;
use aws_sdk_s3::operation::list_object_versions::ListObjectVersionsInput;
use aws_sdk_s3::operation::put_object::PutObjectInput;
use aws_sdk_s3::operation::put_object::builders::PutObjectInputBuilder;
use aws_sdk_s3::primitives::ByteStream;

use super::fixture::check_eq;
use super::{CaseResult, Failed, Fixture};

cases![
    a_conditional_put_does_not_overwrite_an_object,
    an_empty_object_blocks_a_conditional_put_like_any_other,
    versions_are_listed_with_their_sizes_the_newest_first,
    deleting_the_newest_version_restores_the_one_before_it,
    a_key_is_free_again_once_every_version_is_deleted,
    a_range_is_read_and_a_missing_object_is_reported,
    a_copy_has_the_content_and_overwrites_nothing,
];

/// A put of this case's object, to be completed by the caller.
fn put(fixture: &Fixture, content: &str) -> PutObjectInputBuilder {
    let body = ByteStream::from(content.as_bytes().to_vec());
    PutObjectInput::builder().bucket(fixture.name()).key(fixture.unique_name("object")).body(body)
}

/// Puts the object, and returns its version.
async fn put_version(fixture: &Fixture, content: &str) -> Result<String, Failed> {
    let version = fixture.files().put_object(put(fixture, content)).await?.version_id;
    version.ok_or_else(|| Failed("the bucket is not versioned".to_owned()))
}

/// The status of a put on the condition that there is no object yet.
async fn put_if_free(fixture: &Fixture, content: &str) -> Result<u16, Failed> {
    match fixture.files().put_object(put(fixture, content).if_none_match("*")).await {
        Ok(_) => Ok(200),
        Err(SdkError::ServiceError(error)) => Ok(error.raw().status().as_u16()),
        Err(error) => Err(error.into()),
    }
}

/// The versions of this case's object, with their sizes.
async fn versions(fixture: &Fixture) -> Result<Vec<(String, i64)>, Failed> {
    let list =
        ListObjectVersionsInput::builder().bucket(fixture.name()).prefix(fixture.unique_name("object"));
    let listed = fixture.files().list_object_versions(list).await?;
    let version = |version: &aws_sdk_s3::types::ObjectVersion| {
        (version.version_id().unwrap_or_default().to_owned(), version.size().unwrap_or(-1))
    };
    Ok(listed.versions().iter().map(version).collect())
}

async fn delete_version(fixture: &Fixture, version: &str) -> CaseResult {
    let delete = DeleteObjectInput::builder()
        .bucket(fixture.name())
        .key(fixture.unique_name("object"))
        .version_id(version);
    fixture.files().delete_object(delete).await?;
    Ok(())
}

async fn read(fixture: &Fixture, range: Range<u64>) -> Result<String, Failed> {
    let body =
        fixture.documents().read(&fixture.unique_name("object"), Some(range)).await?.body.collect().await;
    let body = body.map_err(|error| Failed(error.to_string()))?;
    Ok(String::from_utf8_lossy(&body.into_bytes()).into_owned())
}

async fn a_conditional_put_does_not_overwrite_an_object(fixture: &Fixture) -> CaseResult {
    check_eq(put_if_free(fixture, "one").await?, 200, "where there is no object")?;
    check_eq(put_if_free(fixture, "other").await?, 412, "where there is an object")?;
    check_eq(versions(fixture).await?.len(), 1, "the number of versions")?;
    check_eq(read(fixture, 0..10).await?, "one".to_owned(), "the object")
}

async fn an_empty_object_blocks_a_conditional_put_like_any_other(fixture: &Fixture) -> CaseResult {
    let empty =
        PutObjectInput::builder().bucket(fixture.name()).key(fixture.unique_name("object")).content_length(0);
    fixture.files().put_object(empty).await?;
    check_eq(put_if_free(fixture, "other").await?, 412, "where there is an empty object")?;
    check_eq(versions(fixture).await?.first().map(|(_, size)| *size), Some(0), "its size")
}

async fn versions_are_listed_with_their_sizes_the_newest_first(fixture: &Fixture) -> CaseResult {
    let (first, second) = (put_version(fixture, "one").await?, put_version(fixture, "").await?);
    check_eq(versions(fixture).await?, vec![(second, 0), (first, 3)], "the versions")
}

async fn deleting_the_newest_version_restores_the_one_before_it(fixture: &Fixture) -> CaseResult {
    put_version(fixture, "older").await?;
    let newer = put_version(fixture, "newer").await?;
    delete_version(fixture, &newer).await?;
    check_eq(read(fixture, 0..10).await?, "older".to_owned(), "the object")?;
    check_eq(put_if_free(fixture, "other").await?, 412, "where the older version is")
}

async fn a_key_is_free_again_once_every_version_is_deleted(fixture: &Fixture) -> CaseResult {
    let only = put_version(fixture, "only").await?;
    delete_version(fixture, &only).await?;
    delete_version(fixture, &only).await?;
    check_eq(versions(fixture).await?.len(), 0, "the number of versions")?;
    check_eq(put_if_free(fixture, "other").await?, 200, "where no version is left")
}

async fn a_range_is_read_and_a_missing_object_is_reported(fixture: &Fixture) -> CaseResult {
    let key = fixture.unique_name("object");
    let missing = fixture.documents().read(&key, None).await;
    check_eq(
        missing.is_err_and(|error| error.code() == Some("NoSuchKey")),
        true,
        "whether a missing object is not found",
    )?;
    put_version(fixture, "0123456789").await?;
    check_eq(fixture.documents().read(&key, None).await?.length, 10, "the length")?;
    check_eq(read(fixture, 2..5).await?, "234".to_owned(), "a range")
}

async fn a_copy_has_the_content_and_overwrites_nothing(fixture: &Fixture) -> CaseResult {
    let (from, to) = (fixture.unique_name("object"), fixture.unique_name("copy"));
    let code =
        |answer: Result<(), SdkError<_>>| answer.err().and_then(|error| error.code().map(str::to_owned));
    check_eq(
        code(fixture.documents().copy(&from, &to).await),
        Some("NoSuchKey".to_owned()),
        "of a missing object",
    )?;
    put_version(fixture, "0123456789").await?;
    check_eq(code(fixture.documents().copy(&from, &to).await), None, "of an object")?;
    check_eq(fixture.documents().read(&to, None).await?.length, 10, "the length of the copy")?;
    check_eq(
        code(fixture.documents().copy(&from, &to).await),
        Some("PreconditionFailed".to_owned()),
        "to where an object is",
    )
}
