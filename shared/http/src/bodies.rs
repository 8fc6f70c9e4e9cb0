//! What the bodies of requests may hold, as JSON Schemas (2020-12), written down by the code that reads them.

use claim_domain::draft::{
    Draft, parse_action_request, parse_comment, parse_copy, parse_denial, parse_rejection, parse_resend,
    parse_upload,
};
use claim_domain::input::outline::{Assumed, outline_of};
use claim_domain::reason::{ActionCode, RejectCode};
use claim_domain::webhook::{Reach, parse_replay, parse_webhook};
use serde_json::{Map, Value, json};

use crate::app::no_fields;
use crate::batch::MAX_ROWS;
use crate::commands::step;
use crate::registry::{BodyKind, Operation};

/// What the body of an operation may hold; `None` if it has none.
pub fn body(operation: Operation) -> Option<Value> {
    Some(match operation {
        Operation::CreateClaim => {
            any_of(claims().iter().map(|(name, claim)| titled(name, outline_of(claim, Draft::parse))))
        }
        Operation::CreateClaims => rows(&json!({ "type": "object" }), "As for one claim."),
        Operation::SubmitClaims => rows(&json!({ "type": "string" }), "The ids of claims."),
        Operation::EditClaim | Operation::CloneClaim => patch(&outline_of(&[], Draft::parse)),
        Operation::AnnounceEvidence => any_of(
            [
                titled("UploadAnnouncement", outline_of(&[], parse_upload)),
                titled("CopyAnnouncement", outline_of(&[], parse_copy)),
            ]
            .into_iter(),
        ),
        Operation::CompleteEvidence => outline_of(&[], no_fields),
        Operation::ResendNotice => outline_of(&[], parse_resend),
        Operation::WriteComment => outline_of(&[], parse_comment),
        // Nothing less than true denies (D9).
        Operation::DenyConsent => {
            let mut schema = outline_of(&[], parse_denial);
            let about = schema["properties"]["confirm"]["description"].take();
            schema["properties"]["confirm"] = json!({ "const": true, "description": about });
            schema["required"] = json!(["confirm"]);
            schema
        }
        Operation::RequestAction => {
            let (known, other) = with_other(ActionCode::ALL.iter().map(|code| code.as_str()));
            let mut schema = outline_of(&[], parse_action_request);
            let reason = |assumed: &[&str]| {
                outline_of(&[("code", assumed)], parse_action_request)["properties"]["reasons"]["items"]
                    .take()
            };
            let reasons =
                [titled("ListedActionReason", reason(&known)), titled("OtherActionReason", reason(&other))];
            schema["properties"]["reasons"]["items"] = any_of(reasons.into_iter());
            schema
        }
        Operation::RejectClaim => {
            let (known, other) = with_other(RejectCode::of_reviewers().iter().map(|code| code.as_str()));
            let rejection = |codes: &[&str]| outline_of(&[("reason", codes)], parse_rejection);
            let forms =
                [titled("ListedRejection", rejection(&known)), titled("OtherRejection", rejection(&other))];
            any_of(forms.into_iter())
        }
        Operation::CreateWebhook => outline_of(&[], |body| parse_webhook(body, Reach::Public)),
        Operation::ReplayChanges => outline_of(&[], parse_replay),
        _ if operation.route().body == BodyKind::None => return None,
        _ => {
            let (_, read) = step(operation)?;
            outline_of(&[], read)
        }
    })
}

/// The kinds of claim there are (D14), each with a name: each has fields that others do not have.
fn claims() -> [(&'static str, Assumed<'static>); 3] {
    const USAGE: &[&str] = &["usage"];
    const SALES: &[&str] = &["preSales", "usage"];
    const REVENUE: &[&str] = &["revenueAssociation"];
    const MICROSOFT: &[&str] = &["Microsoft 365"];
    const BUSINESS: &[&str] = &["Business Applications"];
    [
        ("Microsoft365Claim", &[("solutionArea", MICROSOFT), ("activities", USAGE)]),
        ("BusinessApplicationsClaim", &[("solutionArea", BUSINESS), ("activities", SALES)]),
        ("RevenueAssociationClaim", &[("solutionArea", BUSINESS), ("activities", REVENUE)]),
    ]
}

/// Codes that say something by themselves, and the one that needs words.
fn with_other(codes: impl Iterator<Item = &'static str>) -> (Vec<&'static str>, Vec<&'static str>) {
    codes.partition(|code| *code != "other")
}

/// One of several forms, under the name that it has in the contract.
fn titled(name: &str, mut schema: Value) -> Value {
    schema["title"] = name.into();
    schema
}

/// A list of rows. What is wrong with a row is its own result, so that its schema is open here.
fn rows(row: &Value, about: &str) -> Value {
    json!({
        "type": "object", "additionalProperties": false, "required": ["claims"],
        "properties": {
            "claims": { "type": "array", "minItems": 1, "maxItems": MAX_ROWS, "items": row, "description": about },
        },
    })
}

fn any_of(schemas: impl Iterator<Item = Value>) -> Value {
    json!({ "anyOf": schemas.collect::<Vec<_>>() })
}

/// A merge patch (RFC 7396) of such an object: every field may be left out, and objects within are patched in turn; lists
/// are replaced.
fn patch(schema: &Value) -> Value {
    let mut patch = schema.clone();
    if let Some(object) = patch.as_object_mut() {
        object.remove("required");
    }
    if let Some(Value::Object(properties)) = patch.get_mut("properties") {
        let of_each = properties.iter().map(|(name, field)| {
            let is_object = field["type"] == "object" || field["type"] == json!(["object", "null"]);
            (name.clone(), if is_object { self::patch(field) } else { field.clone() })
        });
        *properties = of_each.collect::<Map<_, _>>();
    }
    patch
}

#[cfg(test)]
mod tests {
    use claim_domain::catalogue::{Activity, SolutionArea};

    use super::*;
    use crate::registry::ROUTES;

    #[test]
    fn every_route_that_reads_a_body_says_what_it_may_hold() {
        for route in ROUTES.iter().filter(|route| !route.is_page()) {
            let has_body = route.body != BodyKind::None;
            assert_eq!(body(route.operation).is_some(), has_body, "{}", route.key());
        }
    }

    #[test]
    fn the_kinds_of_claim_know_every_area_and_every_activity() {
        claim_domain::proves!(D14);
        let named = |field: &str| -> Vec<&str> {
            let fields = claims().into_iter().flat_map(|(_, claim)| claim).filter(|(name, _)| *name == field);
            fields.flat_map(|(_, values)| values.iter().copied()).collect()
        };
        assert!(SolutionArea::ALL.iter().all(|area| named("solutionArea").contains(&area.as_str())));
        assert!(Activity::ALL.iter().all(|activity| named("activities").contains(&activity.as_str())));
    }

    #[test]
    fn a_reason_in_words_needs_its_words() {
        let schema = body(Operation::RejectClaim).unwrap();
        let required = |nth: usize| schema["anyOf"][nth]["required"].clone();
        assert_eq!((required(0), required(1)), (json!(["reason"]), json!(["note", "reason"])));
    }

    #[test]
    fn a_patch_may_leave_out_every_field_at_every_depth() {
        let patch = body(Operation::EditClaim).unwrap();
        assert_eq!(patch.get("required"), None);
        let customer = &patch["properties"]["customer"];
        assert_eq!(
            (customer.get("required"), customer["properties"]["contact"].get("required")),
            (None, None)
        );
        let product = &patch["properties"]["products"]["items"];
        assert_eq!(product["required"], json!(["product"]), "a list is replaced whole");
    }
}
