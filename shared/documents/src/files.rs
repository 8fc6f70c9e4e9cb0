//! The files: presigned addresses, and a look at what was uploaded.

use std::ops::Range;
use std::sync::Arc;

use aws_smithy_runtime_api::client::result::SdkError;
use aws_smithy_types::byte_stream::ByteStream;
use aws_smithy_types::error::ErrorMetadata;
use aws_smithy_types::error::display::DisplayErrorContext;
use base64::Engine;
use base64::engine::general_purpose::STANDARD;
use chrono::TimeDelta;
use claim_command::CommandHandler;
use claim_domain::calendar::Instant;
use claim_domain::claim::{Claim, Evidence, Status};
use claim_domain::command::{self, Source, UploadedFile};
use claim_domain::content::{Content, Unaccepted};
use claim_domain::ids::{ClaimId, DocumentKey, EvidenceId, Sha256};
use claim_domain::people::Caller;
use claim_domain::refusal::{FieldError, Refusal};
use claim_domain::rule::Rule;
use claim_http::Problem;
use claim_runtime::{ConfigError, Variables};

use crate::documents::{self, Documents, Download, Signed, Upload};
use crate::reading;
use crate::sniff::content;

/// How long an upload address is valid.
pub const UPLOAD_WITHIN: TimeDelta = TimeDelta::minutes(15);
/// How long a download address is valid.
pub const DOWNLOAD_WITHIN: TimeDelta = TimeDelta::minutes(5);

/// How much of a file is read together with its length and checksum: enough to tell most kinds.
const BEGINNING: usize = 4096;
/// The longest file that is read whole.
const SHORT: u64 = 256 * 1024;

/// Where the documents are kept.
#[derive(Debug, Clone)]
pub struct Files {
    store: Arc<dyn Documents>,
    /// Whether uploads are scanned, so that only what was found clean can be read.
    scanned: bool,
}

/// The bucket failed, or an address cannot be signed.
#[derive(Debug, thiserror::Error)]
pub enum FileError {
    /// The file was deleted while it was being looked at.
    #[error("the evidence bucket: the file is gone")]
    Gone,
    /// Anything else, in the SDK's words.
    #[error("the evidence bucket: {0}")]
    Failed(String),
}

impl<E: std::error::Error + 'static, R: std::fmt::Debug> From<SdkError<E, R>> for FileError {
    fn from(error: SdkError<E, R>) -> Self {
        Self::Failed(DisplayErrorContext(&error).to_string())
    }
}

impl Files {
    /// The files in a bucket that nobody scans.
    pub fn new(store: Arc<dyn Documents>) -> Self {
        Self { store, scanned: false }
    }

    /// The same files, scanned or not.
    pub fn scanned(self, scanned: bool) -> Self {
        Self { scanned, ..self }
    }

    /// The files as configured.
    ///
    /// # Errors
    /// The variable that is missing or malformed.
    pub fn configured(store: Arc<dyn Documents>, variables: &Variables) -> Result<Self, ConfigError> {
        let scanned = match variables.or("EVIDENCE_SCANNING", "off") {
            "off" => false,
            "guardduty" => true,
            other => {
                let why = format!("{other:?} is neither guardduty nor off");
                return Err(ConfigError::Malformed { name: "EVIDENCE_SCANNING", why });
            }
        };
        Ok(Self::new(store).scanned(scanned))
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
    ) -> Result<Signed, FileError> {
        let upload = Upload {
            key: key(claim, document).to_string(),
            length: document.size,
            media_type: document.media_type.clone(),
            sha256: STANDARD.encode(document.sha256.digest()),
        };
        Ok(self.store.sign_upload(upload, within.to_std().unwrap_or_default()).await?)
    }

    /// An address from which a caller who sees the claim can download one of its documents now.
    ///
    /// # Errors
    /// Not found, if it has no such document; why nobody can read it now; an address that cannot be signed.
    pub async fn open(
        &self,
        commands: &CommandHandler,
        caller: &Caller,
        claim: &Claim,
        document: &EvidenceId,
    ) -> Result<String, Problem> {
        let found = claim.evidence.iter().find(|known| known.id == *document);
        let found = found.ok_or_else(Problem::not_found)?;
        let erased = reading::erased(claim, &commands.program.calendar);
        let refusal = erased.or_else(|| reading::refusal(found, self.scanned, commands.host.now()));
        if let Some(refusal) = refusal {
            return Err(commands.policy(caller).complete(refusal, claim).into());
        }
        self.download(&claim.id, found, DOWNLOAD_WITHIN).await.map_err(Problem::internal)
    }

    /// Whether a document of the claim can be read at `now`.
    pub fn can_open(&self, claim: &Claim, document: &Evidence, now: Instant) -> bool {
        claim.erased_at.is_none() && reading::refusal(document, self.scanned, now).is_none()
    }

    /// What is announced when a document of another claim, as the caller sees it, is added to a claim (D20).
    ///
    /// # Errors
    /// Why it cannot be added.
    pub(crate) fn as_upload(
        &self,
        claim: &Claim,
        other: Option<&Claim>,
        source: &Source,
        now: Instant,
    ) -> Result<command::Upload, Refusal> {
        let refused = |field: &str, code: &str, detail: String| {
            let errors = vec![FieldError::at(format!("/from/{field}"), code, detail)];
            Refusal::invalid(errors).by(Rule::D20)
        };
        if source.claim == claim.id {
            let detail = "must be another claim: what this one has needs not be added once more";
            return Err(refused("claimId", "same", detail.to_owned()));
        }
        let Some(other) = other else {
            return Err(refused("claimId", "unknown", "must be a claim of your organisation".to_owned()));
        };
        if other.status == Status::Discarded || other.erased_at.is_some() {
            let detail = "must be a claim whose documents are kept: those of this one were deleted";
            return Err(refused("claimId", "deleted", detail.to_owned()));
        }
        let Some(document) = other.evidence.iter().find(|document| document.id == source.evidence) else {
            return Err(refused("evidenceId", "unknown", "must be a document of that claim".to_owned()));
        };
        if let Some(why) = reading::refusal(document, self.scanned, now) {
            let detail = format!("must be a document that can be read: {}", why.detail);
            return Err(refused("evidenceId", "unreadable", detail));
        }
        Ok(command::Upload {
            file_name: document.file_name.clone(),
            media_type: document.media_type.clone(),
            size: document.size,
            sha256: document.sha256.clone(),
        })
    }

    /// An address from which a document can be downloaded, to be saved as a file under its name.
    ///
    /// # Errors
    /// When it cannot be signed.
    pub async fn download(
        &self,
        claim: &ClaimId,
        document: &Evidence,
        within: TimeDelta,
    ) -> Result<String, FileError> {
        let download = Download {
            key: key(claim, document).to_string(),
            disposition: attachment(&document.file_name),
            media_type: document.media_type.clone(),
        };
        let signed = self.store.sign_download(download, within.to_std().unwrap_or_default()).await?;
        Ok(signed.url)
    }

    /// An address from which a document of the claim is shown in a frame, in the bucket's own origin, where it can do
    /// nothing; `None` unless it is a PDF or a picture that can be read now.
    ///
    /// # Errors
    /// When it cannot be signed.
    pub async fn show(
        &self,
        claim: &Claim,
        document: &Evidence,
        now: Instant,
    ) -> Result<Option<String>, FileError> {
        let is_shown = matches!(document.media_type.as_str(), "application/pdf" | "image/jpeg" | "image/png");
        if !is_shown || !self.can_open(claim, document, now) {
            return Ok(None);
        }
        let download = Download {
            key: key(&claim.id, document).to_string(),
            disposition: "inline".to_owned(),
            media_type: document.media_type.clone(),
        };
        let within = DOWNLOAD_WITHIN.to_std().unwrap_or_default();
        Ok(Some(self.store.sign_download(download, within).await?.url))
    }

    /// What is at the place where the document was to be uploaded; `None` if nothing is. Its content is looked at only
    /// if it has the announced length. For most kinds the beginning is enough, which is read together with length and
    /// checksum.
    ///
    /// # Errors
    /// When the store fails.
    pub async fn look(
        &self,
        claim: &ClaimId,
        document: &Evidence,
    ) -> Result<Option<UploadedFile>, FileError> {
        let key = key(claim, document).to_string();
        let mut file = match self.get(&key, None).await {
            Err(FileError::Gone) => return Ok(None),
            file => file?,
        };
        let size = file.length;
        let content = match size == document.size {
            true => {
                let beginning = beginning(&mut file.body, size).await?;
                let read = async |range: Range<u64>| match within(&beginning, &range) {
                    Some(part) => Ok(part.to_vec()),
                    None => self.read(&key, range).await,
                };
                match content(size, read).await {
                    Err(FileError::Gone) => return Ok(None),
                    looked => looked?,
                }
            }
            // That it has another length is said before what it is.
            false => Content::Unaccepted(Unaccepted::Unknown),
        };
        Ok(Some(UploadedFile {
            size,
            sha256: file.sha256.as_deref().and_then(checksum),
            content,
            scanned: self.scanned,
        }))
    }

    /// Copies a document of another claim to the place of one that was announced, unless something is there already. Whether
    /// the file was still there to be copied.
    ///
    /// # Errors
    /// When the store fails.
    pub(crate) async fn copy(
        &self,
        source: &Source,
        claim: &ClaimId,
        document: &Evidence,
    ) -> Result<bool, FileError> {
        let from = DocumentKey { claim: source.claim.clone(), evidence: source.evidence.clone() };
        let copied = self.store.copy(&from.to_string(), &key(claim, document).to_string()).await;
        let code = copied.as_ref().err().and_then(SdkError::as_service_error).and_then(ErrorMetadata::code);
        match code {
            Some("NoSuchKey") => Ok(false),
            Some("PreconditionFailed") => Ok(true),
            _ => Ok(copied.map(|()| true)?),
        }
    }

    /// Some bytes of a file.
    async fn read(&self, key: &str, range: Range<u64>) -> Result<Vec<u8>, FileError> {
        if range.is_empty() {
            return Ok(Vec::new());
        }
        let part = self.get(key, Some(range)).await?.body.collect().await;
        Ok(part.map_err(|error| FileError::Failed(error.to_string()))?.to_vec())
    }

    async fn get(&self, key: &str, range: Option<Range<u64>>) -> Result<documents::Content, FileError> {
        let is_missing = |error: &ErrorMetadata| error.code() == Some("NoSuchKey");
        match self.store.read(key, range).await {
            Err(error) if error.as_service_error().is_some_and(is_missing) => Err(FileError::Gone),
            file => Ok(file?),
        }
    }
}

/// The first bytes of a file of that size. A short file is read to its end, so that the connection can be kept. The
/// rest of a long one is not read, and the connection is given up.
async fn beginning(body: &mut ByteStream, size: u64) -> Result<Vec<u8>, FileError> {
    let mut bytes = Vec::new();
    while bytes.len() < BEGINNING || size <= SHORT {
        match body.try_next().await.map_err(|error| FileError::Failed(error.to_string()))? {
            Some(more) => bytes.extend_from_slice(&more),
            None => break,
        }
    }
    Ok(bytes)
}

/// A range of a file, if it lies within the beginning.
fn within<'a>(beginning: &'a [u8], range: &Range<u64>) -> Option<&'a [u8]> {
    beginning.get(usize::try_from(range.start).ok()?..usize::try_from(range.end).ok()?)
}

fn key(claim: &ClaimId, document: &Evidence) -> DocumentKey {
    DocumentKey { claim: claim.clone(), evidence: document.id.clone() }
}

/// The SHA-256 from a checksum as S3 writes it; `None` for that of a multipart upload, which is not the document's.
fn checksum(base64: &str) -> Option<Sha256> {
    Some(Sha256::of(STANDARD.decode(base64).ok()?.try_into().ok()?))
}

/// The disposition of a download: an attachment under its name (RFC 6266), in full for those who read UTF-8, and
/// reduced to plain characters for the others.
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
