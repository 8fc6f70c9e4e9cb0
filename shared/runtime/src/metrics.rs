//! What the functions measure, in CloudWatch's embedded metric format: a line of JSON on standard output, among the
//! logs, from which CloudWatch takes the metrics itself. `infra/docs/metrics.md` says what each means.
//!
//! A function knows everything that it measured when its work is done, and writes it as one object. The crates for this
//! format do more: `metrics_cloudwatch_embedded` collects behind global macros and takes names at run time, while here
//! a metric is a variant that tests can list; `metrique` brings its writers and macros into every cold start.

use std::collections::BTreeMap;
use std::io::Write;

use chrono::TimeDelta;
use claim_command::Host;
use claim_domain::calendar::Instant;
use serde_json::{Map, Value, json};

use crate::config::{ConfigError, Variables};
use crate::host::Machine;

/// The metrics' namespace. Their one dimension is the stack.
const NAMESPACE: &str = "Claims";
const DIMENSION: &str = "Service";

/// The most values of one metric that CloudWatch takes from one line.
const VALUES: usize = 100;

claim_domain::listed! {
    /// Something that a function measures.
    #[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
    #[expect(missing_docs, reason = "infra/docs/metrics.md explains each, and a test sees to it")]
    pub enum Metric {
        OldestUnsettledEvent,
        ParkedEvents,
        OverdueClocks,
        SweptEvents,
        SweepFailures,
        HolidaysEndSoon,
        TimerLateness,
        StaleTimers,
        EarlyTimers,
        EffectsDone,
        EffectsFailed,
        EffectsParked,
        EffectDelay,
        ClaimsSubmitted,
        ClaimsApproved,
        ClaimsRejected,
        ClaimsHandedOff,
        PeriodsBreached,
        Bounces,
        Complaints,
        ScansFailed,
        DeliveriesTaken,
        DeliveriesFailed,
        DeliveriesParked,
    }
}

impl Metric {
    /// Its name in CloudWatch.
    pub fn name(self) -> String {
        format!("{self:?}")
    }

    /// Its unit in CloudWatch.
    pub fn unit(self) -> &'static str {
        match self {
            Self::OldestUnsettledEvent | Self::TimerLateness | Self::EffectDelay => "Seconds",
            _ => "Count",
        }
    }
}

/// What was measured in one invocation.
#[derive(Debug, Clone, Default, PartialEq)]
pub struct Measured(BTreeMap<Metric, Vec<f64>>);

impl Measured {
    /// Adds `more` to a count. Adding 0 is worth writing too: it shows that somebody looked.
    pub fn count(&mut self, metric: Metric, more: u32) {
        let values = self.0.entry(metric).or_default();
        match values.first_mut() {
            Some(sum) => *sum += f64::from(more),
            None => values.push(f64::from(more)),
        }
    }

    /// Keeps how long something took. What ended before it began counts as no time, since clocks differ (I9).
    pub fn took(&mut self, metric: Metric, time: TimeDelta) {
        let seconds = time.max(TimeDelta::zero()).as_seconds_f64();
        self.0.entry(metric).or_default().push(seconds);
    }

    /// The values of a metric.
    pub fn values(&self, metric: Metric) -> &[f64] {
        self.0.get(&metric).map_or(&[], Vec::as_slice)
    }

    /// What is written: as many objects as the longest list of values needs.
    fn documents(&self, service: &str, at: Instant) -> Vec<Value> {
        let longest = self.0.values().map(Vec::len).max().unwrap_or_default();
        (0..longest.div_ceil(VALUES)).map(|part| self.document(part, service, at)).collect()
    }

    fn document(&self, part: usize, service: &str, at: Instant) -> Value {
        let mut document = Map::new();
        let mut metrics = Vec::new();
        for (metric, values) in &self.0 {
            if let Some(values) = values.chunks(VALUES).nth(part) {
                metrics.push(json!({ "Name": metric.name(), "Unit": metric.unit() }));
                document.insert(metric.name(), json!(values));
            }
        }
        document.insert(DIMENSION.to_owned(), json!(service));
        let directive = json!({ "Namespace": NAMESPACE, "Dimensions": [[DIMENSION]], "Metrics": metrics });
        let about = json!({ "Timestamp": at.timestamp_millis(), "CloudWatchMetrics": [directive] });
        document.insert("_aws".to_owned(), about);
        Value::Object(document)
    }
}

/// Writes what was measured.
#[derive(Debug, Clone)]
pub struct Meter {
    service: String,
    write: fn(&str),
}

impl Meter {
    /// The meter of the stack that `SERVICE_NAME` names.
    ///
    /// # Errors
    /// When the variable is missing.
    pub fn new(variables: &Variables) -> Result<Self, ConfigError> {
        Ok(Self::to(variables.required("SERVICE_NAME")?, to_standard_output))
    }

    /// A meter of a stack that gives its lines to `write`.
    pub fn to(service: &str, write: fn(&str)) -> Self {
        Self { service: service.to_owned(), write }
    }

    /// Writes a measurement.
    pub fn write(&self, measured: &Measured) {
        let documents = measured.documents(&self.service, Machine.now());
        let lines: String = documents.into_iter().map(|document| format!("{document}\n")).collect();
        (self.write)(&lines);
    }
}

/// If a measurement cannot be written, the work must not fail for that: the alarms notice the missing metric.
fn to_standard_output(lines: &str) {
    let _ = std::io::stdout().lock().write_all(lines.as_bytes());
}

#[cfg(test)]
mod tests {
    use chrono::{TimeZone, Utc};

    use super::*;

    fn at() -> Instant {
        Utc.with_ymd_and_hms(2026, 3, 2, 9, 0, 0).unwrap()
    }

    #[test]
    fn what_was_measured_is_one_object_in_the_embedded_metric_format() {
        let mut measured = Measured::default();
        measured.count(Metric::EffectsDone, 1);
        measured.count(Metric::EffectsDone, 2);
        measured.took(Metric::EffectDelay, TimeDelta::milliseconds(1500));
        measured.took(Metric::EffectDelay, TimeDelta::seconds(-90));
        assert_eq!(
            measured.documents("claims", at()),
            [json!({
                "_aws": {
                    "Timestamp": 1_772_442_000_000_u64,
                    "CloudWatchMetrics": [{
                        "Namespace": "Claims",
                        "Dimensions": [["Service"]],
                        "Metrics": [
                            { "Name": "EffectsDone", "Unit": "Count" },
                            { "Name": "EffectDelay", "Unit": "Seconds" },
                        ],
                    }],
                },
                "Service": "claims",
                "EffectsDone": [3.0],
                "EffectDelay": [1.5, 0.0],
            })]
        );
    }

    #[test]
    fn nothing_measured_writes_nothing() {
        assert!(Measured::default().documents("claims", at()).is_empty());
    }

    #[test]
    fn what_one_line_cannot_hold_goes_into_the_next() {
        let mut measured = Measured::default();
        measured.count(Metric::EffectsDone, 250);
        (0..250).for_each(|_| measured.took(Metric::EffectDelay, TimeDelta::seconds(1)));
        let documents = measured.documents("claims", at());
        let values: Vec<usize> =
            documents.iter().map(|document| document["EffectDelay"].as_array().unwrap().len()).collect();
        assert_eq!(values, [100, 100, 50]);
        assert_eq!(documents.iter().filter(|document| document.get("EffectsDone").is_some()).count(), 1);
    }
}
