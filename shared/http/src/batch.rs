//! Many claims with one request: each row is a request of its own, with its own result, and none waits for another (D19).

use std::time::Duration;

use chrono::TimeDelta;
use claim_command::IdempotencyKey;
use claim_domain::calendar::Instant;
use claim_domain::ids::ClaimId;
use claim_domain::refusal::{FieldError, Kind, Refusal};
use lambda_http::http::StatusCode;
use lambda_http::http::header::CONTENT_TYPE;
use lambda_http::{Body, Response};
use serde::Serialize;
use serde_json::{Map, Value, json};

use crate::idempotency::{idempotency_key, of_row};
#[cfg(feature = "contract")]
use crate::problem::Document;
use crate::problem::{Problem, status_of};
use crate::request::Request;
use crate::respond;

/// The most rows of a request.
pub const MAX_ROWS: usize = 100;
/// When the rows that are left are given back, so that the answer comes in time.
const ENOUGH: Duration = Duration::from_secs(9);
/// The columns of a CSV file whose cells are lists.
const LISTS: [&str; 2] = ["activities", "customer.mailDomains"];
/// The column of products: each its name, or its name and its subscription.
const PRODUCTS: &str = "products";

/// A CSV file with every column, and one claim of each kind.
pub const TEMPLATE: &str = include_str!("template.csv");

/// The results of all rows, in their order.
#[derive(Debug, Serialize)]
#[cfg_attr(feature = "contract", derive(schemars::JsonSchema), schemars(rename = "BatchResults"))]
pub(crate) struct Results {
    /// One for each row.
    items: Vec<RowResult>,
}

/// The result of a row.
#[derive(Debug, Serialize)]
#[cfg_attr(feature = "contract", derive(schemars::JsonSchema), schemars(rename = "BatchResult"))]
#[serde(rename_all = "camelCase")]
struct RowResult {
    /// Which row, from 1 on.
    row: usize,
    /// The status that a request for this row alone would have got.
    status: u16,
    /// The claim's id; left out of a dry run that makes a claim.
    #[serde(skip_serializing_if = "Option::is_none")]
    claim_id: Option<ClaimId>,
    /// Why the row was refused, if it was.
    #[cfg_attr(feature = "contract", schemars(with = "Option<Document<'static>>"))]
    #[serde(skip_serializing_if = "Option::is_none")]
    problem: Option<Value>,
}

impl Request {
    /// The rows of the body: of a JSON object with the one field `claims`, or of a CSV file.
    ///
    /// # Errors
    /// `unsupported-media-type`, `malformed-request`, or `invalid-input` if there is no row or there are too many.
    pub fn rows(&self) -> Result<Vec<Value>, Problem> {
        let kind = self.received().header(&CONTENT_TYPE).unwrap_or_default().to_ascii_lowercase();
        let is_csv = kind.split(';').next().is_some_and(|kind| kind.trim() == "text/csv");
        let may_be_csv = self.route().body.media_types().contains(&"text/csv");
        let rows = if is_csv && may_be_csv { of_csv(self.body())? } else { of_json(self.json()?)? };
        if (1..=MAX_ROWS).contains(&rows.len()) {
            return Ok(rows);
        }
        let detail = format!("must have 1 to {MAX_ROWS} rows, and has {}", rows.len());
        Err(Refusal::invalid(vec![FieldError::at("/claims", "length", detail)]).into())
    }

    /// Carries each row out, one after another, and answers with all results. Rows that are not reached in time are given
    /// back, to be sent again under the same Idempotency-Key, under which nothing happens twice.
    ///
    /// # Errors
    /// A malformed Idempotency-Key. Whatever becomes of a row is its result.
    pub async fn each_row(
        &self,
        principal: &str,
        now: impl Fn() -> Instant,
        done: StatusCode,
        carry_out: impl AsyncFn(Value, Option<IdempotencyKey>) -> Result<Option<ClaimId>, Problem>,
    ) -> Result<Response<Body>, Problem> {
        let key = idempotency_key(self, principal)?;
        let until = now() + TimeDelta::from_std(ENOUGH).unwrap_or_default();
        let mut items = Vec::new();
        for (place, row) in self.rows()?.into_iter().enumerate() {
            let key = key.as_ref().map(|key| of_row(key, place, &row));
            let result = if now() < until { carry_out(row, key).await } else { Err(too_late()) };
            items.push(RowResult::of(place + 1, result, done));
        }
        Ok(respond::json(StatusCode::OK, &Results { items }))
    }
}

impl RowResult {
    fn of(row: usize, result: Result<Option<ClaimId>, Problem>, done: StatusCode) -> Self {
        match result {
            Ok(claim_id) => Self { row, status: done.as_u16(), claim_id, problem: None },
            Err(problem) => {
                if let Some(cause) = &problem.cause {
                    tracing::error!(
                        row,
                        cause = claim_runtime::logging::chain(cause.as_ref()),
                        "a row failed"
                    );
                }
                let status = status_of(problem.kind);
                Self { row, status, claim_id: None, problem: Some(json!(problem.document(None))) }
            }
        }
    }
}

fn too_late() -> Problem {
    Problem::new(
        Kind::Busy,
        "The rows before this one took so long that it was not looked at. Nothing was changed.",
        "Send the same request again with the same Idempotency-Key: what was done is not done twice.",
    )
}

fn of_json(body: Value) -> Result<Vec<Value>, Problem> {
    let mut errors = Vec::new();
    let mut rows = None;
    match body {
        Value::Object(fields) => {
            for (name, value) in fields {
                match (name.as_str(), value) {
                    ("claims", Value::Array(found)) => rows = Some(found),
                    ("claims", _) => errors.push(FieldError::at("/claims", "type", "must be a list")),
                    _ => errors.push(FieldError::at(
                        format!("/{name}"),
                        "unknown",
                        "is not a field here; the field is claims",
                    )),
                }
            }
        }
        _ => errors.push(FieldError::at("", "type", "must be an object with the field claims")),
    }
    if rows.is_none() && errors.is_empty() {
        errors.push(FieldError::at("/claims", "required", "must be given: a list of rows"));
    }
    match rows.filter(|_| errors.is_empty()) {
        Some(rows) => Ok(rows),
        None => Err(Refusal::invalid(errors).into()),
    }
}

/// The rows of a CSV file (RFC 4180): each column is a field, by its place in the claim, such as `customer.contact.email`.
/// An empty cell is a field that is left out.
fn of_csv(bytes: &[u8]) -> Result<Vec<Value>, Problem> {
    let bytes = bytes.strip_prefix(b"\xef\xbb\xbf").unwrap_or(bytes);
    let mut reader = csv::ReaderBuilder::new().trim(csv::Trim::All).from_reader(bytes);
    let columns = reader.headers().map_err(malformed)?.clone();
    // As spreadsheets write it where a comma is in numbers.
    if columns.len() == 1 && columns[0].contains([';', '\t']) {
        return Err(Problem::new(
            Kind::MalformedRequest,
            "The columns of the file are not parted by commas.",
            "Save it with commas between the columns, as GET /v1/claims/template.csv has them.",
        ));
    }
    let mut rows = Vec::new();
    for record in reader.records().take(MAX_ROWS + 1) {
        let mut row = Value::Object(Map::new());
        for (column, cell) in columns.iter().zip(&record.map_err(malformed)?) {
            if !cell.is_empty() {
                put(&mut row, column, value_of(column, cell));
            }
        }
        rows.push(row);
    }
    if rows.is_empty() {
        let detail = format!(
            "must have 1 to {MAX_ROWS} rows below the first line, which names the columns, and has none; send the file with \
             its line breaks"
        );
        return Err(Refusal::invalid(vec![FieldError::at("/claims", "length", detail)]).into());
    }
    Ok(rows)
}

fn malformed(error: csv::Error) -> Problem {
    let line = error.position().map(|place| format!(", line {}", place.line())).unwrap_or_default();
    Problem::new(
        Kind::MalformedRequest,
        format!("The body is not CSV in UTF-8 in which every row has a cell for each column{line}."),
        "Begin with the columns of GET /v1/claims/template.csv, and quote cells that have a comma.",
    )
}

fn value_of(column: &str, cell: &str) -> Value {
    let parts = || cell.split(';').map(str::trim).filter(|part| !part.is_empty());
    if column == PRODUCTS {
        return parts().map(product).collect();
    }
    if LISTS.contains(&column) { parts().map(Value::from).collect() } else { cell.into() }
}

/// A product in a cell: its name, its subscription after `=` and the last day of that after `@`, if there are any.
fn product(part: &str) -> Value {
    let (named, ends_on) = split(part, '@');
    let (name, subscription) = split(named, '=');
    let mut product = json!({ "product": name });
    for (field, value) in [("subscriptionId", subscription), ("endsOn", ends_on)] {
        if let Some(value) = value {
            product[field] = value.into();
        }
    }
    product
}

fn split(text: &str, at: char) -> (&str, Option<&str>) {
    let (before, after) = text.split_once(at).map_or((text, None), |(before, after)| (before, Some(after)));
    (before.trim(), after.map(str::trim))
}

/// Puts a value at its place, named with dots.
fn put(row: &mut Value, place: &str, value: Value) {
    let mut at = row;
    for name in place.split('.') {
        if !at.is_object() {
            *at = Value::Object(Map::new());
        }
        at = &mut at[name];
    }
    *at = value;
}

#[cfg(test)]
mod tests {
    use std::cell::Cell;

    use claim_domain::draft::Draft;
    use proptest::prelude::*;

    use super::*;
    use crate::testing::request;

    /// A request with so many rows, as JSON or as CSV.
    fn batch(kind: &str, rows: usize) -> Request {
        let body = match kind {
            "text/csv" => format!("name\n{}", "Rollout\n".repeat(rows)),
            _ => json!({ "claims": vec![json!({ "name": "Rollout" }); rows] }).to_string(),
        };
        request("POST", "/v1/claims/batch", &[("content-type", kind)], &body)
    }

    #[test]
    fn a_batch_has_1_to_100_rows() {
        for kind in ["application/json", "text/csv"] {
            for (count, is_fine) in [(0, false), (1, true), (100, true), (101, false), (150, false)] {
                let rows = batch(kind, count).rows();
                let expected = if is_fine { Ok(count) } else { Err(vec![("/claims", "length")]) };
                let told = rows.as_ref().map(Vec::len).map_err(errors);
                assert_eq!(told, expected, "{count} rows of {kind}");
            }
        }
    }

    #[tokio::test]
    async fn rows_that_are_not_reached_in_nine_seconds_are_given_back() {
        let (began, passed) = ("2026-03-02T09:00:00Z".parse::<Instant>().unwrap(), Cell::new(0));
        let carry_out = async |_: Value, _| {
            passed.set(passed.get() + 3_000);
            Ok(None)
        };
        let now = || began + TimeDelta::milliseconds(passed.get());
        let answer = batch("application/json", 5).each_row("ana", now, StatusCode::CREATED, carry_out).await;
        let answer: Value = serde_json::from_slice(answer.unwrap().body()).unwrap();
        let statuses: Vec<_> = answer["items"].as_array().unwrap().iter().map(|row| &row["status"]).collect();
        assert_eq!(statuses, [201, 201, 201, 503, 503], "each takes 3 seconds: {answer}");
    }

    fn errors(problem: &Problem) -> Vec<(&str, &str)> {
        problem.errors.iter().map(|error| (error.place(), error.code.as_str())).collect()
    }

    #[test]
    fn every_row_of_the_template_is_a_claim() {
        claim_domain::proves!(R6);
        let rows = of_csv(TEMPLATE.as_bytes()).unwrap();
        assert_eq!(rows.len(), 3, "one of each kind");
        for row in rows {
            let read = Draft::parse(&row);
            assert!(read.is_ok(), "{row}: {:?}", read.err().map(|refusal| refusal.errors));
        }
    }

    #[test]
    fn a_cell_is_the_field_that_its_column_names() {
        let csv = "name,customer.contact.email,activities,products\n\"One, two\",a@b.example,usage; preSales,Teams;Sales = 7 @ 2027-06-30\n,,,\n";
        let rows = of_csv(csv.as_bytes()).unwrap();
        let expected = json!({
            "name": "One, two", "customer": { "contact": { "email": "a@b.example" } },
            "activities": ["usage", "preSales"],
            "products": [{ "product": "Teams" }, { "product": "Sales", "subscriptionId": "7", "endsOn": "2027-06-30" }],
        });
        assert_eq!(rows, [expected, json!({})]);
    }

    #[test]
    fn a_batch_is_a_list_of_claims_and_nothing_else() {
        let refused = |body: Value| of_json(body).unwrap_err();
        assert_eq!(errors(&refused(json!([]))), [("", "type")]);
        assert_eq!(errors(&refused(json!({}))), [("/claims", "required")]);
        assert_eq!(
            errors(&refused(json!({ "claims": 1, "more": 2 }))),
            [("/claims", "type"), ("/more", "unknown")]
        );
        assert_eq!(of_json(json!({ "claims": [1] })).unwrap(), [json!(1)]);
    }

    #[test]
    fn a_file_whose_rows_differ_in_length_is_refused_with_the_line() {
        let problem = of_csv(b"name,mpnId\nOne\n").unwrap_err();
        assert!(
            problem.kind == Kind::MalformedRequest && problem.detail.contains("line 2"),
            "{}",
            problem.detail
        );
    }

    #[test]
    fn a_file_with_other_separators_is_refused_as_a_whole() {
        for columns in ["name;mpnId", "name\tmpnId"] {
            let problem = of_csv(format!("{columns}\nOne;1\n").as_bytes()).unwrap_err();
            assert!(
                problem.kind == Kind::MalformedRequest && problem.next.contains("commas"),
                "{}",
                problem.next
            );
        }
    }

    #[test]
    fn a_file_without_line_breaks_is_told_that_they_are_missing() {
        for file in [String::new(), TEMPLATE.replace('\n', "")] {
            let problem = of_csv(file.as_bytes()).unwrap_err();
            assert_eq!(errors(&problem), [("/claims", "length")]);
            assert!(problem.errors[0].detail.contains("line breaks"), "{}", problem.errors[0].detail);
        }
    }

    proptest! {
        #[test]
        fn no_file_makes_the_reader_panic(bytes in proptest::collection::vec(any::<u8>(), 0..300), text in "[a-z.,;=\"\n]{0,80}") {
            let _ = (of_csv(&bytes), of_csv(text.as_bytes()));
        }
    }
}
