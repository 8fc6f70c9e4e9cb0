//! Deleting documents, all their versions (D8, R24).

use std::sync::Arc;

use aws_sdk_s3::operation::delete_object::DeleteObjectInput;
use aws_sdk_s3::operation::list_object_versions::ListObjectVersionsInput;
use claim_domain::ids::{ClaimId, EvidenceId};
use claim_ports::Bucket;
use claim_runtime::{ConfigError, Variables};

use crate::failure::Failure;

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

    /// Deletes every version of a document; one that was never uploaded has none.
    ///
    /// # Errors
    /// When the bucket fails.
    pub(crate) async fn delete(&self, claim: &ClaimId, evidence: &EvidenceId) -> Result<(), Failure> {
        let key = format!("claims/{claim}/{evidence}");
        let input = ListObjectVersionsInput::builder().bucket(&self.bucket).prefix(&key);
        let listed = self.store.list_object_versions(input).await;
        let listed = listed.map_err(|error| Failure::transient("documents not listed", error))?;
        let versions = listed.versions().iter().filter_map(|version| version.version_id());
        let markers = listed.delete_markers().iter().filter_map(|marker| marker.version_id());
        for version in versions.chain(markers) {
            let input = DeleteObjectInput::builder().bucket(&self.bucket).key(&key).version_id(version);
            self.store
                .delete_object(input)
                .await
                .map_err(|error| Failure::transient("document not deleted", error))?;
        }
        Ok(())
    }
}
