//! Lists in files, page by page: as CSV (RFC 4180) or as lines of JSON, for whoever asks for that in `Accept`.
//!
//! The pages are those of the list in JSON, by the same cursor. A file has no place for it, so the next page is named in the
//! header `Link` (RFC 8288). Only the first page of CSV begins with the names of its columns, so that all pages, one after
//! another, are one file.

use claim_domain::ids::{ClaimId, Sha256};
use lambda_http::http::StatusCode;
use lambda_http::http::header::{CONTENT_TYPE, LINK};
use lambda_http::{Body, Response};
use serde::Serialize;
use serde_json::{Map, Value};

use crate::accept::Form;
use crate::problem::Problem;
use crate::request::Request;
use crate::respond;
use crate::view::Page;

/// The parameter of the query that says where a page begins.
const CURSOR: &str = "cursor";
/// The column of everything that an item has and no other column shows, as a JSON object.
pub(crate) const FACTS: &str = "facts";

/// An item of a file. One of a claim says of which, since a file has no address.
#[derive(Serialize)]
pub(crate) struct Line<'a, T> {
    #[serde(skip_serializing_if = "Option::is_none")]
    pub(crate) claim: Option<&'a ClaimId>,
    #[serde(flatten)]
    pub(crate) item: &'a T,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub(crate) hash: Option<&'a Sha256>,
}

/// A page of a list in the form that the caller likes best. `columns` are those of CSV: fields of an item by their places in
/// JSON, such as `customer.name`. Lines of JSON have the `hashes` of their items, where there are any.
///
/// # Errors
/// `internal`, for an item that cannot be written.
pub fn listed<T: Serialize>(
    request: &Request,
    columns: &[&str],
    page: &Page<T>,
    hashes: &[Sha256],
) -> Result<Response<Body>, Problem> {
    let claim = request.claim().ok();
    let lines = page.items.iter().map(|item| Line { claim: claim.as_ref(), item, hash: None });
    let file = match request.received().form() {
        Form::Json => return Ok(respond::json(StatusCode::OK, page)),
        Form::Lines => {
            let hashes = hashes.iter().map(Some).chain(std::iter::repeat(None));
            let lines = lines.zip(hashes).map(|(line, hash)| serde_json::to_string(&Line { hash, ..line }));
            let lines: Result<Vec<_>, _> = lines.collect();
            let text = lines.map_err(Problem::internal)?.into_iter().map(|line| line + "\n").collect();
            respond::text(StatusCode::OK, Form::JSON_LINES, text)
        }
        Form::Csv => {
            let is_first = request.query().all(CURSOR).next().is_none();
            let rows = lines.map(|line| Ok(cells(columns, serde_json::to_value(line)?)));
            let rows: Result<Vec<_>, serde_json::Error> = rows.collect();
            let text = sheet(is_first.then_some(columns), rows.map_err(Problem::internal)?);
            let header = if is_first { "present" } else { "absent" };
            let kind = format!("{}; charset=utf-8; header={header}", Form::TEXT_CSV);
            let response = respond::text(StatusCode::OK, Form::TEXT_CSV, text.map_err(Problem::internal)?);
            respond::with(response, &[(CONTENT_TYPE, &kind)])
        }
    };
    Ok(match &page.next {
        Some(cursor) => respond::with(file, &[(LINK, &format!("<{}>; rel=\"next\"", next(request, cursor)))]),
        None => file,
    })
}

/// The address of the next page: the same question, with another place to begin.
fn next(request: &Request, cursor: &str) -> String {
    let query = request.query().with(CURSOR, cursor);
    format!("{}?{query}", request.path())
}

/// What stands in the columns of an item.
fn cells(columns: &[&str], mut item: Value) -> Vec<String> {
    let found = |item: &Value, column: &str| text(column.split('.').try_fold(item, |at, name| at.get(name)));
    let cells: Vec<_> = columns.iter().map(|column| found(&item, column)).collect();
    let Some(rest) = item.as_object_mut().filter(|_| columns.contains(&FACTS)) else { return cells };
    rest.retain(|name, _| !columns.iter().any(|column| column.split('.').next() == Some(name)));
    let facts = match rest.is_empty() {
        true => String::new(),
        false => Value::Object(Map::clone(rest)).to_string(),
    };
    let placed = columns.iter().zip(cells);
    placed.map(|(column, cell)| if *column == FACTS { facts.clone() } else { cell }).collect()
}

/// A value as a cell; one that is not there is an empty cell, and a list of words is parted as in the file of a batch.
fn text(value: Option<&Value>) -> String {
    match value {
        None | Some(Value::Null) => String::new(),
        Some(Value::String(text)) => text.clone(),
        Some(Value::Array(items)) if items.iter().all(Value::is_string) => {
            items.iter().filter_map(Value::as_str).collect::<Vec<_>>().join("; ")
        }
        Some(other) => other.to_string(),
    }
}

/// Rows of CSV, with the names of their columns before them if they are given. No cell is taken for a formula.
///
/// # Errors
/// A row with another number of cells than the first.
pub fn sheet(
    columns: Option<&[&str]>,
    rows: impl IntoIterator<Item = impl IntoIterator<Item = String>>,
) -> Result<String, Box<dyn std::error::Error + Send + Sync>> {
    let mut writer = csv::WriterBuilder::new().terminator(csv::Terminator::CRLF).from_writer(Vec::new());
    if let Some(columns) = columns {
        writer.write_record(columns)?;
    }
    for row in rows {
        writer.write_record(row.into_iter().map(harmless))?;
    }
    Ok(String::from_utf8(writer.into_inner()?)?)
}

/// A cell that no spreadsheet takes for a formula, whichever signs it knows and wherever it parts cells: an apostrophe makes it
/// text. Many parts of the world part them by `;`, and so a formula may begin in the middle of a cell.
fn harmless(cell: String) -> String {
    const SIGNS: [char; 8] = ['=', '+', '-', '@', '＝', '＋', '－', '＠'];
    const PARTING: [char; 4] = [';', '\t', '\r', '\n'];
    let mut text = String::with_capacity(cell.len());
    let mut may_begin = true;
    for character in cell.chars() {
        if may_begin && (SIGNS.contains(&character) || text.is_empty() && PARTING[1..].contains(&character)) {
            text.push('\'');
        }
        may_begin = PARTING.contains(&character) || may_begin && character.is_whitespace();
        text.push(character);
    }
    text
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;
    use serde_json::json;

    use super::*;
    use crate::testing::request;

    const COLUMNS: &[&str] = &["id", "customer.name", "products", "late", FACTS];
    const CLAIM: &str = "01J0000000000000000000000A";

    fn page(next: Option<&str>) -> Page<Value> {
        let items = vec![
            json!({ "id": "1", "customer": { "name": "Contoso, Ltd.", "size": 3 }, "products": ["Teams", "Intune"] }),
            json!({ "id": "2", "customer": { "name": "=cmd|' /C calc'!A0" }, "late": true, "why": "two\nlines" }),
        ];
        Page { items, next: next.map(str::to_owned), notice: Some("Lists may lag.") }
    }

    fn asked(path: &str, accept: &str, next: Option<&str>) -> Response<Body> {
        listed(&request("GET", path, &[("accept", accept)], ""), COLUMNS, &page(next), &[]).unwrap()
    }

    fn said(response: &Response<Body>) -> (&str, Option<&str>, &str) {
        let header = |name| response.headers().get(name).map(|value| value.to_str().unwrap());
        let Body::Text(text) = response.body() else { panic!("an answer has a text") };
        (header(CONTENT_TYPE).unwrap(), header(LINK), text)
    }

    #[test]
    fn the_pages_of_a_csv_file_are_one_file() {
        let first = asked("/v1/claims?limit=2&product=Power%20BI", "text/csv", Some("abc"));
        let (kind, link, text) = said(&first);
        assert_eq!(kind, "text/csv; charset=utf-8; header=present");
        assert_eq!(link, Some("</v1/claims?limit=2&product=Power+BI&cursor=abc>; rel=\"next\""));
        let rows = "1,\"Contoso, Ltd.\",Teams; Intune,,\r\n2,'=cmd|' /C calc'!A0,,true,\"{\"\"why\"\":\"\"two\\nlines\"\"}\"\r\n";
        assert_eq!(text, format!("id,customer.name,products,late,facts\r\n{rows}"));
        let last = asked("/v1/claims?cursor=abc&limit=2&product=Power+BI", "text/csv", None);
        assert_eq!(said(&last), ("text/csv; charset=utf-8; header=absent", None, rows));
    }

    #[test]
    fn a_line_of_json_is_an_item_and_says_of_which_claim() {
        let path = format!("/v1/claims/{}/history?cursor=abc", CLAIM.to_lowercase());
        let of = request("GET", &path, &[("accept", "application/jsonl")], "");
        let hash = Sha256::of([7; 32]);
        let response = listed(&of, COLUMNS, &page(Some("d-_")), std::slice::from_ref(&hash)).unwrap();
        let (kind, link, text) = said(&response);
        assert_eq!(kind, "application/jsonl");
        assert_eq!(link, Some(format!("</v1/claims/{CLAIM}/history?cursor=d-_>; rel=\"next\"").as_str()));
        let lines: Vec<Value> = text.lines().map(|line| serde_json::from_str(line).unwrap()).collect();
        assert!(text.ends_with('\n') && lines.len() == 2);
        assert_eq!((&lines[1]["claim"], &lines[1]["why"]), (&json!(CLAIM), &json!("two\nlines")));
        assert_eq!((&lines[0]["hash"], lines[1].get("hash")), (&json!(hash), None));
        let of_list = asked("/v1/claims", "application/jsonl", None);
        assert!(!said(&of_list).2.contains("claim"), "a claim in a list has its id");
    }

    #[test]
    fn whoever_asks_for_no_file_gets_json() {
        let response = asked("/v1/claims", "*/*", Some("abc"));
        let (kind, link, text) = said(&response);
        assert_eq!((kind, link), ("application/json", None));
        let answer: Value = serde_json::from_str(text).unwrap();
        assert_eq!((&answer["next"], &answer["items"]), (&json!("abc"), &json!(page(None).items)));
    }

    #[test]
    fn an_empty_last_page_has_no_rows() {
        let empty = Page::<Value> { items: Vec::new(), next: None, notice: None };
        for accept in ["text/csv", "application/jsonl"] {
            let of = request("GET", "/v1/claims?cursor=abc", &[("accept", accept)], "");
            assert_eq!(said(&listed(&of, COLUMNS, &empty, &[]).unwrap()).2, "", "{accept}");
        }
    }

    #[test]
    fn no_cell_is_taken_for_a_formula() {
        for hostile in ["=1+1", "+1", "-1", "@SUM(A1)", "\t1", "\r1", "\n1", "＝1"] {
            assert_eq!(harmless(hostile.to_owned()), format!("'{hostile}"));
        }
        for plain in ["", "Contoso", "a=b", "1-2", "Teams; Intune", "ana@partner.example"] {
            assert_eq!(harmless(plain.to_owned()), plain);
        }
    }

    #[test]
    fn no_part_of_a_cell_is_taken_for_a_formula_either() {
        for (hostile, harmless_text) in [
            ("x;=cmd|' /C calc'!A0;y", "x;'=cmd|' /C calc'!A0;y"),
            ("a; +1", "a; '+1"),
            ("a\n=1", "a\n'=1"),
            (" =1", " '=1"),
            ("\t=1", "'\t'=1"),
        ] {
            assert_eq!(harmless(hostile.to_owned()), harmless_text);
            let parts = harmless_text.split([';', '\t', '\n']).map(str::trim_start);
            assert!(parts.filter(|part| part.starts_with(['=', '+', '-', '@'])).count() == 0);
        }
    }

    proptest! {
        #[test]
        fn every_cell_comes_back_as_it_was_written(rows in proptest::collection::vec(proptest::array::uniform3(".{0,12}"), 0..6)) {
            let text = sheet(Some(&["a", "b", "c"]), rows.clone()).unwrap();
            let mut reader = csv::Reader::from_reader(text.as_bytes());
            let read: Vec<Vec<String>> = reader.deserialize().map(|row| row.unwrap()).collect();
            let expected: Vec<Vec<String>> = rows.into_iter().map(|row| row.map(harmless).to_vec()).collect();
            prop_assert_eq!(read, expected);
        }
    }
}
