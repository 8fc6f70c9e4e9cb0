//! An event of the scanner, as far as this function reads it: which document, and what was found.

use claim_domain::claim::Verdict;
use claim_domain::ids::DocumentKey;
use claim_runtime::{Measured, Metric};
use serde::Deserialize;

/// `GuardDuty Malware Protection Object Scan Result`.
#[derive(Debug, Clone, Deserialize)]
pub struct ScanEvent {
    detail: Detail,
}

#[derive(Debug, Clone, Deserialize)]
#[serde(rename_all = "camelCase")]
struct Detail {
    s3_object_details: Object,
    scan_result_details: ScanResult,
}

#[derive(Debug, Clone, Deserialize)]
#[serde(rename_all = "camelCase")]
struct Object {
    object_key: String,
}

#[derive(Debug, Clone, Deserialize)]
#[serde(rename_all = "camelCase")]
struct ScanResult {
    scan_result_status: Status,
}

/// What the scanner says it found.
#[derive(Debug, Clone, Copy, Deserialize)]
#[serde(rename_all = "SCREAMING_SNAKE_CASE")]
enum Status {
    NoThreatsFound,
    ThreatsFound,
    /// The document cannot be looked into: it has a password, or is too deep.
    Unsupported,
    /// `ACCESS_DENIED`, `FAILED` and every unknown word: none of them says that the document is clean.
    #[serde(other)]
    Failed,
}

impl ScanEvent {
    /// The document; `None` for an object that is not one.
    pub fn document(&self) -> Option<DocumentKey> {
        self.detail.s3_object_details.object_key.parse().ok()
    }

    /// What was found.
    pub fn verdict(&self) -> Verdict {
        match self.detail.scan_result_details.scan_result_status {
            Status::NoThreatsFound => Verdict::Clean,
            Status::ThreatsFound => Verdict::Infected,
            Status::Unsupported | Status::Failed => Verdict::Unscannable,
        }
    }

    /// What the event measures: whether the scan failed for a reason that is not in the document.
    pub fn measured(&self) -> Measured {
        let failed = matches!(self.detail.scan_result_details.scan_result_status, Status::Failed);
        let mut measured = Measured::default();
        measured.count(Metric::ScansFailed, u32::from(failed));
        measured
    }
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;

    fn event(key: &str, status: &str) -> ScanEvent {
        let detail = json!({
            "s3ObjectDetails": { "objectKey": key },
            "scanResultDetails": { "scanResultStatus": status },
        });
        serde_json::from_value(json!({ "source": "aws.guardduty", "detail": detail })).unwrap()
    }

    #[test]
    fn only_one_word_means_clean_and_a_failing_scanner_is_counted() {
        let table = [
            ("NO_THREATS_FOUND", Verdict::Clean, 0.0),
            ("THREATS_FOUND", Verdict::Infected, 0.0),
            ("UNSUPPORTED", Verdict::Unscannable, 0.0),
            ("ACCESS_DENIED", Verdict::Unscannable, 1.0),
            ("FAILED", Verdict::Unscannable, 1.0),
            ("A_WORD_OF_TOMORROW", Verdict::Unscannable, 1.0),
        ];
        for (word, verdict, failed) in table {
            let event = event("claims/a/b", word);
            assert_eq!(event.verdict(), verdict, "{word}");
            assert_eq!(event.measured().values(Metric::ScansFailed), [failed], "{word}");
        }
    }

    #[test]
    fn a_document_is_known_by_its_place() {
        let key = "claims/01J00000000000000000000001/01J0000000000000000000000E";
        assert_eq!(event(key, "FAILED").document().unwrap().to_string(), key);
        for key in
            ["", "claims/", "claims/a/b", "other/01J00000000000000000000001/01J0000000000000000000000E"]
        {
            assert_eq!(event(key, "FAILED").document(), None, "{key}");
        }
    }
}
