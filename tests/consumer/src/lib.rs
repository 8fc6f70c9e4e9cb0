//! Reference consumer.
