use serde_json::json;

use super::*;
use crate::document;

/// The present contract with a value put, or removed if it is null, at a JSON pointer.
fn with(present: &Value, pointer: &str, value: Value) -> Value {
    let mut document = present.clone();
    let (parent, name) = pointer.rsplit_once('/').unwrap();
    let name = name.replace("~1", "/").replace("~0", "~");
    let parent = document.pointer_mut(parent).unwrap_or_else(|| panic!("the contract has no {parent}"));
    match (parent, value) {
        (Value::Array(items), value) => items[name.parse::<usize>().unwrap()] = value,
        (parent, Value::Null) => {
            let removed = parent.as_object_mut().unwrap().remove(&name);
            assert!(removed.is_some(), "the contract has no {pointer}");
        }
        (parent, value) => parent[name] = value,
    }
    document
}

#[test]
fn a_contract_is_compatible_with_itself() {
    let present = document();
    assert_eq!(breaks(&present, &present), Vec::<String>::new());
}

#[test]
fn every_kind_of_incompatible_change_is_found() {
    let present = document();
    let comment = "/components/schemas/WriteCommentBody";
    let resend = "/components/schemas/ResendNoticeBody";
    let claim = "/components/schemas/Claim";
    let table = [
        ("a route goes", "/paths/~1v1~1claims~1{id}~1withdraw".to_owned(), Value::Null),
        ("a method goes", "/paths/~1v1~1claims~1{id}/patch".to_owned(), Value::Null),
        ("an operation is renamed", "/paths/~1v1~1claims/post/operationId".to_owned(), json!("makeClaim")),
        ("a token is needed", "/paths/~1v1~1problems/get/security".to_owned(), json!([{ "token": [] }])),
        ("a parameter goes", "/paths/~1v1~1claims/get/parameters".to_owned(), json!([])),
        (
            "a parameter takes fewer values",
            "/components/parameters/sort/schema/enum".to_owned(),
            json!(["due"]),
        ),
        ("a parameter's bound shrinks", "/components/parameters/limit/schema/maximum".to_owned(), json!(50)),
        ("a parameter is required", "/components/parameters/IfMatch/required".to_owned(), json!(true)),
        ("a field is required", format!("{resend}/required"), json!(["email"])),
        ("a field is refused", format!("{comment}/properties/internal"), Value::Null),
        ("a field's type changes", format!("{comment}/properties/text/type"), json!("integer")),
        ("a text may be less long", format!("{comment}/properties/text/maxLength"), json!(100)),
        ("a field gets another form", format!("{resend}/properties/email/format"), json!("uuid")),
        ("an answer's status goes", "/paths/~1v1~1claims~1{id}/get/responses/304".to_owned(), Value::Null),
        ("a problem goes", "/paths/~1v1~1claims~1{id}/get/responses/404".to_owned(), Value::Null),
        ("an answer's field goes", format!("{claim}/properties/revision"), Value::Null),
        ("an answer's field may be missing", format!("{claim}/required"), json!(["id"])),
        ("an answer's field changes its type", format!("{claim}/properties/contested/type"), json!("string")),
        ("a header goes", "/paths/~1v1~1claims~1{id}/get/responses/200/headers".to_owned(), Value::Null),
        (
            "an answer that clients do not know",
            "/paths/~1v1~1claims~1{id}/delete/responses/202".to_owned(),
            json!({ "description": "Later." }),
        ),
    ];
    for (what, pointer, value) in table {
        let found = breaks(&present, &with(&present, &pointer, value));
        assert!(!found.is_empty(), "{what}: nothing was found");
    }
}

#[test]
fn what_clients_do_not_notice_is_no_break() {
    let present = document();
    let comment = "/components/schemas/WriteCommentBody";
    let table = [
        ("a route comes", "/paths/~1v1~1news".to_owned(), json!({ "get": { "operationId": "readNews" } })),
        ("words change", "/paths/~1v1~1claims/post/summary".to_owned(), json!("Begin a claim")),
        ("a field may come", format!("{comment}/properties/tone"), json!({ "type": "string" })),
        ("a text may be longer", format!("{comment}/properties/text/maxLength"), json!(10_000)),
        ("a bound grows", "/components/parameters/limit/schema/maximum".to_owned(), json!(500)),
        (
            "a parameter takes more",
            "/components/parameters/sort/schema/enum".to_owned(),
            json!(["due", "name", "updated"]),
        ),
        (
            "another problem",
            "/paths/~1v1~1claims~1{id}/get/responses/418".to_owned(),
            json!({ "description": "No." }),
        ),
    ];
    for (what, pointer, value) in table {
        assert_eq!(breaks(&present, &with(&present, &pointer, value)), Vec::<String>::new(), "{what}");
    }
}
