//! Deleting documents, all their versions (D8, R24).

use aws_sdk_s3::Client;
use claim_domain::ids::{ClaimId, EvidenceId};
use claim_runtime::{ConfigError, Variables};

use crate::failure::Failure;

/// The evidence bucket.
#[derive(Debug, Clone)]
pub(crate) struct Files {
    client: Client,
    bucket: String,
}

impl Files {
    /// The bucket as configured.
    ///
    /// # Errors
    /// The variable that is missing.
    pub(crate) fn new(client: Client, variables: &Variables) -> Result<Self, ConfigError> {
        Ok(Self { client, bucket: variables.required("EVIDENCE_BUCKET")?.to_owned() })
    }

    /// Deletes every version of a document; one that was never uploaded has none.
    ///
    /// # Errors
    /// When the bucket fails.
    pub(crate) async fn delete(&self, claim: &ClaimId, evidence: &EvidenceId) -> Result<(), Failure> {
        let key = format!("claims/{claim}/{evidence}");
        let listed = self
            .client
            .list_object_versions()
            .bucket(&self.bucket)
            .prefix(&key)
            .send()
            .await
            .map_err(|error| Failure::transient("documents not listed", error))?;
        let versions = listed.versions().iter().filter_map(|version| version.version_id());
        let markers = listed.delete_markers().iter().filter_map(|marker| marker.version_id());
        for version in versions.chain(markers) {
            self.client
                .delete_object()
                .bucket(&self.bucket)
                .key(&key)
                .version_id(version)
                .send()
                .await
                .map_err(|error| Failure::transient("document not deleted", error))?;
        }
        Ok(())
    }
}
