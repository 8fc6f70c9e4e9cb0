use std::collections::BTreeMap;
use std::ops::Range;
use std::time::Duration;

use aws_smithy_types::byte_stream::ByteStream;
use aws_smithy_types::error::ErrorMetadata;
use claim_ports::Answer;

/// What may be uploaded: nothing else, and nothing over what is there already.
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

/// What may be downloaded, and how it is to be answered.
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
    /// The SHA-256 in Base64: of a whole object only, and only if it was told at the upload.
    pub sha256: Option<String>,
    /// The bytes.
    pub body: ByteStream,
}

/// The evidence bucket, as those see it who take documents in and hand them out.
pub trait Documents: std::fmt::Debug + Send + Sync {
    /// An object's content, or the bytes of a range of it. The error of one that is not there has the code `NoSuchKey`.
    fn read(&self, key: &str, range: Option<Range<u64>>) -> Answer<'_, Content, ErrorMetadata>;
    /// Signs an address to upload to, good from now on for so long. Nothing is sent.
    fn sign_upload(&self, upload: Upload, within: Duration) -> Answer<'_, Signed, ErrorMetadata>;
    /// Signs an address to download from, good from now on for so long. Nothing is sent.
    fn sign_download(&self, download: Download, within: Duration) -> Answer<'_, Signed, ErrorMetadata>;
}
