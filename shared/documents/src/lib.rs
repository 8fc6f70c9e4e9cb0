//! The documents of the proof of execution, where they are kept (R6, D10, D20): signed addresses to upload one to and to
//! read one from, and a look at what was uploaded. API and pages upload and read by the same functions.
//!
//! Where uploads are scanned, a document can be read once it was found clean. The bucket's policy allows it no earlier,
//! whoever signs the address; here, an earlier request is refused in words.

mod bucket;
mod documents;
mod files;
mod package;
mod reading;
mod sniff;
mod upload;
mod window;

pub use bucket::DocumentBucket;
pub use documents::{Content, Documents, Download, Signed, Upload};
pub use files::{DOWNLOAD_WITHIN, FileError, Files, UPLOAD_WITHIN};
pub use upload::Announced;
