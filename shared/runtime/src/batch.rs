//! The answer to a batch of records or messages (`ReportBatchItemFailures`). It has a type of its own, because a malformed one
//! would count as full success.

use serde::Serialize;

use crate::metrics::Measured;

/// Which items of a batch must come again.
#[derive(Debug, Clone, Default, PartialEq, Serialize)]
#[serde(rename_all = "camelCase")]
pub struct BatchResponse {
    /// The items that failed. Of a stream everything from the first of them on comes again, of a queue they alone.
    pub batch_item_failures: Vec<BatchItemFailure>,
    /// What was measured; not part of the answer.
    #[serde(skip)]
    pub measured: Measured,
}

/// An item that failed.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
#[serde(rename_all = "camelCase")]
pub struct BatchItemFailure {
    /// A record's place in its stream, or a message's id.
    pub item_identifier: String,
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;

    #[test]
    fn the_answer_has_the_names_that_lambda_reads() {
        let failed = BatchResponse {
            batch_item_failures: vec![BatchItemFailure { item_identifier: "111".to_owned() }],
            ..BatchResponse::default()
        };
        assert_eq!(
            serde_json::to_value(failed).unwrap(),
            json!({"batchItemFailures": [{"itemIdentifier": "111"}]})
        );
    }
}
