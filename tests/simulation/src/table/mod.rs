//! One DynamoDB table, in memory.
