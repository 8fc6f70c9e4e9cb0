//! Objects and their versions, in a bucket that keeps versions.

use std::ops::Range;

use aws_sdk_dynamodb::error::{ProvideErrorMetadata, SdkError};
use aws_sdk_s3::operation::delete_object::DeleteObjectInput;
use aws_sdk_s3::operation::list_object_versions::ListObjectVersionsInput;
use aws_sdk_s3::operation::put_object::PutObjectInput;
use aws_sdk_s3::operation::put_object::builders::PutObjectInputBuilder;
use aws_sdk_s3::primitives::ByteStream;

use super::scene::same;
use super::{Failed, Outcome, Scene};

cases![
    nothing_is_put_over_what_lies_there_if_that_is_the_condition,
    an_empty_object_takes_a_place_as_any_other_does,
    versions_are_listed_with_their_sizes_the_newest_first,
    what_lies_below_a_deleted_version_lies_there_again,
    a_place_is_free_again_once_every_version_is_deleted,
    a_part_of_an_object_is_read_and_a_missing_one_is_told,
];

/// A put of this case's object, to be completed.
fn put(scene: &Scene, content: &str) -> PutObjectInputBuilder {
    let body = ByteStream::from(content.as_bytes().to_vec());
    PutObjectInput::builder().bucket(scene.name()).key(scene.own("object")).body(body)
}

/// Puts it, and says which version it is.
async fn puts(scene: &Scene, content: &str) -> Result<String, Failed> {
    let version = scene.files().put_object(put(scene, content)).await?.version_id;
    version.ok_or_else(|| Failed("the bucket keeps no versions".to_owned()))
}

/// The status with which a put is answered where nothing may lie.
async fn puts_if_free(scene: &Scene, content: &str) -> Result<u16, Failed> {
    match scene.files().put_object(put(scene, content).if_none_match("*")).await {
        Ok(_) => Ok(200),
        Err(SdkError::ServiceError(error)) => Ok(error.raw().status().as_u16()),
        Err(error) => Err(error.into()),
    }
}

/// The versions, with their sizes.
async fn versions(scene: &Scene) -> Result<Vec<(String, i64)>, Failed> {
    let list = ListObjectVersionsInput::builder().bucket(scene.name()).prefix(scene.own("object"));
    let listed = scene.files().list_object_versions(list).await?;
    let version = |version: &aws_sdk_s3::types::ObjectVersion| {
        (version.version_id().unwrap_or_default().to_owned(), version.size().unwrap_or(-1))
    };
    Ok(listed.versions().iter().map(version).collect())
}

async fn deletes(scene: &Scene, version: &str) -> Outcome {
    let delete =
        DeleteObjectInput::builder().bucket(scene.name()).key(scene.own("object")).version_id(version);
    scene.files().delete_object(delete).await?;
    Ok(())
}

async fn read(scene: &Scene, range: Range<u64>) -> Result<String, Failed> {
    let body = scene.documents().read(&scene.own("object"), Some(range)).await?.body.collect().await;
    let body = body.map_err(|error| Failed(error.to_string()))?;
    Ok(String::from_utf8_lossy(&body.into_bytes()).into_owned())
}

async fn nothing_is_put_over_what_lies_there_if_that_is_the_condition(scene: &Scene) -> Outcome {
    same(puts_if_free(scene, "one").await?, 200, "where nothing lies")?;
    same(puts_if_free(scene, "other").await?, 412, "where something lies")?;
    same(versions(scene).await?.len(), 1, "the number of versions")?;
    same(read(scene, 0..10).await?, "one".to_owned(), "what lies there")
}

async fn an_empty_object_takes_a_place_as_any_other_does(scene: &Scene) -> Outcome {
    let empty = PutObjectInput::builder().bucket(scene.name()).key(scene.own("object")).content_length(0);
    scene.files().put_object(empty).await?;
    same(puts_if_free(scene, "other").await?, 412, "where an empty object lies")?;
    same(versions(scene).await?.first().map(|(_, size)| *size), Some(0), "its size")
}

async fn versions_are_listed_with_their_sizes_the_newest_first(scene: &Scene) -> Outcome {
    let (first, second) = (puts(scene, "one").await?, puts(scene, "").await?);
    same(versions(scene).await?, vec![(second, 0), (first, 3)], "the versions")
}

async fn what_lies_below_a_deleted_version_lies_there_again(scene: &Scene) -> Outcome {
    puts(scene, "below").await?;
    let above = puts(scene, "above").await?;
    deletes(scene, &above).await?;
    same(read(scene, 0..10).await?, "below".to_owned(), "what lies there")?;
    same(puts_if_free(scene, "other").await?, 412, "where it lies")
}

async fn a_place_is_free_again_once_every_version_is_deleted(scene: &Scene) -> Outcome {
    let only = puts(scene, "only").await?;
    deletes(scene, &only).await?;
    deletes(scene, &only).await?;
    same(versions(scene).await?.len(), 0, "the number of versions")?;
    same(puts_if_free(scene, "other").await?, 200, "where nothing lies any more")
}

async fn a_part_of_an_object_is_read_and_a_missing_one_is_told(scene: &Scene) -> Outcome {
    let key = scene.own("object");
    let missing = scene.documents().read(&key, None).await;
    same(
        missing.is_err_and(|error| error.code() == Some("NoSuchKey")),
        true,
        "a missing object is not found",
    )?;
    puts(scene, "0123456789").await?;
    same(scene.documents().read(&key, None).await?.length, 10, "its length")?;
    same(read(scene, 2..5).await?, "234".to_owned(), "a part")
}
