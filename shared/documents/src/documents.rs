use std::collections::BTreeMap;
use std::ops::Range;
use std::time::Duration;

use aws_smithy_types::byte_stream::ByteStream;
use aws_smithy_types::error::ErrorMetadata;
use claim_ports::Answer;

/// What may be uploaded: nothing else, and not over an object that exists.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Upload {
    /// The object's key.
    pub key: String,
    /// Its length in bytes.
    pub length: u64,
    /// Its media type.
    pub media_type: String,
    /// Its SHA-256, in Base64.
    pub sha256: String,
}

/// What may be downloaded, and with which headers the answer comes.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Download {
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

/// An object's content, or a part of it.
#[derive(Debug)]
pub struct Content {
    /// How many bytes there are.
    pub length: u64,
    /// The SHA-256 in Base64: only of a whole object, and only if it was given at the upload.
    pub sha256: Option<String>,
    /// The bytes.
    pub body: ByteStream,
}

/// The evidence bucket, as far as taking documents in and handing them out needs it.
pub trait Documents: std::fmt::Debug + Send + Sync {
    /// An object's content, or a range of its bytes. If the object does not exist, the error has the code `NoSuchKey`.
    fn read(&self, key: &str, range: Option<Range<u64>>) -> Answer<'_, Content, ErrorMetadata>;
    /// Copies an object to where none is yet. The copy has none of its tags, so that it is scanned by itself. If the object
    /// does not exist, the error has the code `NoSuchKey`; if there is one already, `PreconditionFailed`.
    fn copy(&self, from: &str, to: &str) -> Answer<'_, (), ErrorMetadata>;
    /// Signs an address to upload to, valid for `within` from now. Nothing is sent.
    fn sign_upload(&self, upload: Upload, within: Duration) -> Answer<'_, Signed, ErrorMetadata>;
    /// Signs an address to download from, valid for `within` from now. Nothing is sent.
    fn sign_download(&self, download: Download, within: Duration) -> Answer<'_, Signed, ErrorMetadata>;
}
