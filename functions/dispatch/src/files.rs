//! Deleting documents, all their versions (D8, R24).
//!
//! An upload address outlives the document: what was deleted could be uploaded again until the address expires. The
//! address accepts a document only where there is none, so an empty object is left in the document's place. The
//! bucket's lifecycle removes it long after the last address has expired.

use std::sync::Arc;

use aws_sdk_s3::operation::delete_object::DeleteObjectInput;
use aws_sdk_s3::operation::list_object_versions::ListObjectVersionsInput;
use aws_sdk_s3::operation::put_object::PutObjectInput;
use claim_domain::ids::{ClaimId, DocumentKey, EvidenceId};
use claim_runtime::{ConfigError, Variables};

use crate::failure::Failure;
use crate::services::Bucket;

/// The evidence bucket.
#[derive(Debug, Clone)]
pub(crate) struct Files {
    store: Arc<dyn Bucket>,
    bucket: String,
}

impl Files {
    /// The bucket as configured.
    ///
    /// # Errors
    /// The variable that is missing.
    pub(crate) fn new(store: Arc<dyn Bucket>, variables: &Variables) -> Result<Self, ConfigError> {
        Ok(Self { store, bucket: variables.required("EVIDENCE_BUCKET")?.to_owned() })
    }

    /// Deletes every version of a document, and keeps its place taken. A document that was never uploaded has no
    /// versions, but may be on its way.
    ///
    /// # Errors
    /// When the bucket fails.
    pub(crate) async fn delete(&self, claim: &ClaimId, evidence: &EvidenceId) -> Result<(), Failure> {
        let key = DocumentKey { claim: claim.clone(), evidence: evidence.clone() }.to_string();
        let input = PutObjectInput::builder().bucket(&self.bucket).key(&key).content_length(0);
        let placed = self.store.put_object(input).await;
        placed.map_err(|error| Failure::transient("place not taken", error))?;
        let input = ListObjectVersionsInput::builder().bucket(&self.bucket).prefix(&key);
        let listed = self.store.list_object_versions(input).await;
        let listed = listed.map_err(|error| Failure::transient("documents not listed", error))?;
        // Empty versions stay: another attempt may rely on one, and no document is empty.
        let documents = listed.versions().iter().filter(|version| version.size() != Some(0));
        for version in documents.filter_map(|version| version.version_id()) {
            let input = DeleteObjectInput::builder().bucket(&self.bucket).key(&key).version_id(version);
            self.store
                .delete_object(input)
                .await
                .map_err(|error| Failure::transient("document not deleted", error))?;
        }
        Ok(())
    }
}
