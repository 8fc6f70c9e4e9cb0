//! The files: presigned addresses, and a look at what was uploaded.

use std::collections::BTreeMap;
use std::ops::Range;
use std::sync::Arc;

use aws_sdk_s3::error::{DisplayErrorContext, SdkError};
use aws_sdk_s3::operation::get_object::{GetObjectError, GetObjectInput};
use aws_sdk_s3::operation::head_object::{HeadObjectError, HeadObjectInput};
use aws_sdk_s3::presigning::PresigningConfig;
use aws_sdk_s3::types::ChecksumMode;
use base64::Engine;
use base64::engine::general_purpose::STANDARD;
use chrono::TimeDelta;
use claim_domain::claim::Evidence;
use claim_domain::command::Found;
use claim_domain::ids::ClaimId;
use claim_ports::Bucket;
use claim_runtime::{ConfigError, Variables};

use crate::sniff::media_type;

/// Where the documents lie.
#[derive(Debug, Clone)]
pub struct Files {
    store: Arc<dyn Bucket>,
    bucket: String,
    /// Whether a scanner looks at what is uploaded, and only what it found clean can be read.
    pub(crate) scanned: bool,
}

/// An address to upload to, with the headers that must be sent along.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Upload {
    /// The address.
    pub url: String,
    /// The headers, by name.
    pub headers: BTreeMap<String, String>,
}

/// The store of files failed, or an address cannot be signed.
#[derive(Debug, thiserror::Error)]
pub enum FileError {
    /// The file was deleted while it was looked at.
    #[error("the store of files: the file is gone")]
    Gone,
    /// Anything else, in the store's words.
    #[error("the store of files: {0}")]
    Failed(String),
}

impl<E: std::error::Error + 'static, R: std::fmt::Debug> From<SdkError<E, R>> for FileError {
    fn from(error: SdkError<E, R>) -> Self {
        Self::Failed(DisplayErrorContext(&error).to_string())
    }
}

impl Files {
    /// The files in a bucket, which nobody scans.
    pub fn new(store: Arc<dyn Bucket>, bucket: String) -> Self {
        Self { store, bucket, scanned: false }
    }

    /// The same, scanned or not.
    pub fn scanned(self, scanned: bool) -> Self {
        Self { scanned, ..self }
    }

    /// The files as configured.
    ///
    /// # Errors
    /// The variable that is missing or malformed.
    pub fn configured(store: Arc<dyn Bucket>, variables: &Variables) -> Result<Self, ConfigError> {
        let scanned = match variables.or("EVIDENCE_SCANNING", "off") {
            "off" => false,
            "guardduty" => true,
            other => {
                let why = format!("{other:?} is neither guardduty nor off");
                return Err(ConfigError::Malformed { name: "EVIDENCE_SCANNING", why });
            }
        };
        Ok(Self::new(store, variables.required("EVIDENCE_BUCKET")?.to_owned()).scanned(scanned))
    }

    /// An address that accepts the announced document only: its length, media type and SHA-256 are signed, and so is
    /// that nothing is there yet.
    ///
    /// # Errors
    /// When it cannot be signed.
    pub async fn upload(
        &self,
        claim: &ClaimId,
        document: &Evidence,
        within: TimeDelta,
    ) -> Result<Upload, FileError> {
        let upload = claim_ports::Upload {
            bucket: self.bucket.clone(),
            key: key(claim, document),
            length: i64::try_from(document.size).unwrap_or(i64::MAX),
            media_type: document.media_type.clone(),
            sha256: base64_of(&document.sha256),
        };
        let signed = self.store.sign_upload(upload, expiring(within)?).await?;
        Ok(Upload { url: signed.url, headers: signed.headers })
    }

    /// An address from which a document can be downloaded, to be kept as a file under its name.
    ///
    /// # Errors
    /// When it cannot be signed.
    pub async fn download(
        &self,
        claim: &ClaimId,
        document: &Evidence,
        within: TimeDelta,
    ) -> Result<String, FileError> {
        let download = claim_ports::Download {
            bucket: self.bucket.clone(),
            key: key(claim, document),
            disposition: attachment(&document.file_name),
            media_type: document.media_type.clone(),
        };
        let signed = self.store.sign_download(download, expiring(within)?).await?;
        Ok(signed.url)
    }

    /// What lies where the document was to be uploaded; `None` if nothing does. Its content is looked at only if it has
    /// the announced length.
    ///
    /// # Errors
    /// When the store fails.
    pub async fn look(&self, claim: &ClaimId, document: &Evidence) -> Result<Option<Found>, FileError> {
        let key = key(claim, document);
        let head = HeadObjectInput::builder().bucket(&self.bucket).key(&key);
        let head = match self.store.head_object(head.checksum_mode(ChecksumMode::Enabled)).await {
            Ok(head) => head,
            Err(error) if error.as_service_error().is_some_and(HeadObjectError::is_not_found) => {
                return Ok(None);
            }
            Err(error) => return Err(error.into()),
        };
        let size = head.content_length().and_then(|length| u64::try_from(length).ok()).unwrap_or(0);
        let media_type = match size == document.size {
            true => match media_type(size, async |range| self.read(&key, range).await).await {
                Err(FileError::Gone) => return Ok(None),
                looked => looked?,
            },
            false => None,
        };
        Ok(Some(Found {
            size,
            sha256: head.checksum_sha256().and_then(hex_of),
            media_type: media_type.map(str::to_owned),
            scanned: self.scanned,
        }))
    }

    /// Some bytes of a file.
    async fn read(&self, key: &str, range: Range<u64>) -> Result<Vec<u8>, FileError> {
        if range.is_empty() {
            return Ok(Vec::new());
        }
        let bytes = format!("bytes={}-{}", range.start, range.end - 1);
        let part = GetObjectInput::builder().bucket(&self.bucket).key(key).range(bytes);
        let part = match self.store.get_object(part).await {
            Err(error) if error.as_service_error().is_some_and(GetObjectError::is_no_such_key) => {
                return Err(FileError::Gone);
            }
            part => part?,
        };
        let part = part.body.collect().await.map_err(|error| FileError::Failed(error.to_string()))?;
        Ok(part.to_vec())
    }
}

fn key(claim: &ClaimId, document: &Evidence) -> String {
    format!("claims/{claim}/{}", document.id)
}

fn expiring(within: TimeDelta) -> Result<PresigningConfig, FileError> {
    let within = within.to_std().unwrap_or_default();
    PresigningConfig::expires_in(within).map_err(|error| FileError::Failed(error.to_string()))
}

/// The Base64 form of hexadecimal digits: S3 writes checksums so.
fn base64_of(hex: &str) -> String {
    let bytes = (0..hex.len()).step_by(2).filter_map(|at| u8::from_str_radix(hex.get(at..at + 2)?, 16).ok());
    STANDARD.encode(bytes.collect::<Vec<_>>())
}

/// The hexadecimal digits of a Base64 form; `None` for the checksum of an upload in parts, which is not the document's.
fn hex_of(base64: &str) -> Option<String> {
    let bytes = STANDARD.decode(base64).ok()?;
    Some(bytes.iter().map(|byte| format!("{byte:02x}")).collect())
}

/// The disposition of a download: an attachment under its name (RFC 6266), in full for those who read UTF-8 and without
/// what is not plain for the others.
fn attachment(name: &str) -> String {
    let plain = |c: char| c.is_ascii_alphanumeric() || matches!(c, ' ' | '.' | '-' | '_' | '(' | ')');
    let ascii: String = name.chars().map(|c| if plain(c) { c } else { '_' }).collect();
    let exact: String = name
        .bytes()
        .map(|byte| match byte {
            b'0'..=b'9' | b'A'..=b'Z' | b'a'..=b'z' | b'.' | b'-' | b'_' | b'~' => {
                char::from(byte).to_string()
            }
            _ => format!("%{byte:02X}"),
        })
        .collect();
    format!("attachment; filename=\"{ascii}\"; filename*=UTF-8''{exact}")
}

#[cfg(test)]
#[path = "files_tests.rs"]
mod tests;
