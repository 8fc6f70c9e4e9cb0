//! The bodies of all other requests: everything bad in them is named, with what is allowed (D19).

use claim_domain::command::Announcement;
use claim_domain::content::DOCUMENT_KINDS;
use claim_domain::draft::*;
use claim_domain::reason::ActionCode;
use claim_domain::refusal::{Kind, Refusal};
use serde_json::{Value, json};

/// The faults found in a body, in order; none if it is good.
#[track_caller]
fn refused<T>(read: fn(&Value) -> Result<T, Refusal>, body: Value, expected: &[&str]) {
    let errors = read(&body).map_or_else(
        |refusal| {
            assert_eq!(refusal.kind, Kind::InvalidInput);
            refusal.errors
        },
        |_| Vec::new(),
    );
    let mut errors: Vec<_> = errors.iter().map(|error| format!("{} {}", error.place(), error.code)).collect();
    errors.sort();
    assert_eq!(errors, expected, "{body}");
}

fn announced(change: impl FnOnce(&mut Value)) -> Value {
    let mut body = json!({ "fileName": "Proof.PDF", "mediaType": "application/pdf", "size": 1000, "sha256": "Ab".repeat(32) });
    change(&mut body);
    body
}

#[test]
fn documents_have_at_most_20_mb() {
    claim_domain::proves!(D19);
    assert_eq!(parse_upload(&announced(|_| {})).unwrap().sha256.as_str(), "ab".repeat(32));
    refused(parse_upload, announced(|body| body["size"] = json!(20_000_000)), &[]);
    for bad in [json!(20_000_001), json!(-1), json!(1.5), json!("1000")] {
        refused(parse_upload, announced(|body| body["size"] = bad), &["/size range"]);
    }
    refused(parse_upload, announced(|body| body["size"] = json!(0)), &["/size empty"]);
}

#[test]
fn an_announcement_has_one_of_its_two_forms() {
    claim_domain::proves!(D20);
    let id = "01j0000000000000000000000a";
    let from = json!({ "claimId": id, "evidenceId": id });
    let Ok(Announcement::Copy(source)) = parse_announcement(&json!({ "from": from })) else {
        panic!("a document of another claim is announced by where it is")
    };
    assert_eq!((source.claim.as_str(), source.evidence.as_str()), (&*id.to_uppercase(), &*id.to_uppercase()));
    assert!(matches!(parse_announcement(&announced(|_| {})), Ok(Announcement::Upload(_))));
    refused(
        parse_announcement,
        json!({ "from": {} }),
        &["/from/claimId required", "/from/evidenceId required"],
    );
    refused(parse_announcement, json!({ "from": null }), &["/from required"]);
    let both = ["/fileName unknown", "/mediaType unknown", "/sha256 unknown", "/size unknown"];
    refused(parse_announcement, announced(|body| body["from"] = from.clone()), &both);
}

#[test]
fn documents_are_of_a_known_kind_whose_media_type_belongs_to_the_name() {
    for (kind, media_type) in DOCUMENT_KINDS {
        let body = announced(|body| {
            body["fileName"] = json!(format!("proof.{kind}"));
            body["mediaType"] = json!(media_type);
        });
        refused(parse_upload, body, &[]);
    }
    for bad in ["proof.exe", "proof", "pdf", "proof.pdf.exe", "proof."] {
        refused(parse_upload, announced(|body| body["fileName"] = json!(bad)), &["/fileName kind"]);
    }
    refused(parse_upload, announced(|body| body["mediaType"] = json!("image/png")), &["/mediaType kind"]);
    for bad in ["", "ab", &"g".repeat(64), &"a".repeat(65)] {
        refused(parse_upload, announced(|body| body["sha256"] = json!(bad)), &["/sha256 format"]);
    }
    let missing = ["/fileName required", "/sha256 required", "/size required"];
    refused(parse_upload, json!({}), &missing);
}

#[test]
fn a_media_type_that_says_nothing_is_taken_from_the_name() {
    claim_domain::proves!(D20);
    for silent in [json!(null), json!(""), json!(" "), json!("application/octet-stream")] {
        let upload = parse_upload(&announced(|body| body["mediaType"] = silent.clone())).unwrap();
        assert_eq!(upload.media_type, "application/pdf", "{silent}");
    }
    let mut left_out = announced(|_| {});
    left_out.as_object_mut().unwrap().remove("mediaType");
    assert_eq!(parse_upload(&left_out).unwrap().media_type, "application/pdf");
    // An answer says which type it should have been.
    let refusal = parse_upload(&announced(|body| body["mediaType"] = json!("image/png"))).unwrap_err();
    assert!(refusal.errors[0].detail.contains("application/pdf"), "{}", refusal.errors[0].detail);
}

#[test]
fn a_path_before_a_file_name_is_left_out() {
    claim_domain::proves!(D20);
    for path in [
        "C:\\Users\\ana\\Proof.PDF",
        "/mnt/share/Proof.PDF",
        "../../Proof.PDF",
        "a\\b/Proof.PDF",
        " Proof.PDF ",
    ] {
        let upload = parse_upload(&announced(|body| body["fileName"] = json!(path))).unwrap();
        assert_eq!(upload.file_name, "Proof.PDF", "{path}");
    }
    refused(parse_upload, announced(|body| body["fileName"] = json!("proofs.pdf/")), &["/fileName kind"]);
}

#[test]
fn a_lock_file_of_office_is_no_document() {
    claim_domain::proves!(D20);
    for name in ["~$Proof.docx", "C:\\Users\\ana\\~$Proof.docx"] {
        refused(parse_upload, announced(|body| body["fileName"] = json!(name)), &["/fileName lockFile"]);
    }
}

#[test]
fn action_is_required_for_known_reasons_and_other_needs_words() {
    claim_domain::proves!(R17);
    let asks = |reasons: Value| json!({ "reasons": reasons });
    let all: Value =
        ActionCode::ALL.iter().map(|code| json!({ "code": code.as_str(), "note": "Words." })).collect();
    let (reasons, products) = parse_action_request(&asks(all)).unwrap();
    assert_eq!((reasons.len(), products.len()), (6, 0));
    let names = [
        "missingAllPoe",
        "missingCustomerAcknowledgment",
        "missingOrOldDates",
        "missingPartnerSolution",
        "missingProducts",
        "other",
    ];
    assert_eq!(ActionCode::ALL.iter().map(|code| code.as_str()).collect::<Vec<_>>(), names);
    refused(parse_action_request, asks(json!([{ "code": "missingAllPoe" }])), &[]);
    refused(parse_action_request, asks(json!([])), &["/reasons length"]);
    refused(parse_action_request, json!({}), &["/reasons required"]);
    refused(parse_action_request, asks(json!([{ "code": "other" }])), &["/reasons/0/note required"]);
    refused(
        parse_action_request,
        asks(json!([{ "code": "other", "note": " " }])),
        &["/reasons/0/note length"],
    );
    refused(parse_action_request, asks(json!([{ "code": "tooNice" }])), &["/reasons/0/code value"]);
    refused(parse_action_request, asks(json!([{ "note": "x" }])), &["/reasons/0/code required"]);
}

#[test]
fn products_to_remove_are_named() {
    claim_domain::proves!(R19);
    let asks =
        |products: Value| json!({ "reasons": [{ "code": "missingProducts" }], "removeProducts": products });
    let (_, products) = parse_action_request(&asks(json!([{ "product": "Viva Topics" }]))).unwrap();
    assert_eq!(products[0].product, "Viva Topics");
    refused(parse_action_request, asks(json!([])), &[]);
    refused(parse_action_request, asks(json!([{}])), &["/removeProducts/0/product required"]);
    refused(
        parse_action_request,
        asks(json!([{ "product": "Sales", "subscriptionId": "x" }])),
        &["/removeProducts/0/subscriptionId format"],
    );
}

#[test]
fn a_reviewer_rejects_for_a_known_reason_and_other_needs_words() {
    claim_domain::proves!(R18);
    let names = ["insufficientPoe", "missingCustomerConsentOnPoe", "missingProducts", "poeUnavailable"];
    for name in names {
        refused(parse_rejection, json!({ "reason": name }), &[]);
    }
    refused(parse_rejection, json!({ "reason": "other" }), &["/note required"]);
    refused(parse_rejection, json!({ "reason": "other", "note": "Words." }), &[]);
    for name in ["partnerRequest", "customerDecline", "noPartnerResponse", "because"] {
        refused(parse_rejection, json!({ "reason": name }), &["/reason value"]);
    }
    refused(parse_rejection, json!({}), &["/reason required"]);
}

#[test]
fn a_withdrawal_has_a_known_cause() {
    claim_domain::proves!(R18);
    for name in ["incorrectMpn", "incorrectActivity", "noLongerWorkingWithCustomer", "other"] {
        refused(parse_withdrawal, json!({ "cause": name }), &[]);
    }
    refused(parse_withdrawal, json!({}), &["/cause required"]);
    refused(parse_withdrawal, json!({ "cause": "boredom", "note": 7 }), &["/cause value", "/note type"]);
}

/// The field takes a text of 1 to 8,000 characters.
#[track_caller]
fn is_a_text<T>(read: fn(&Value) -> Result<T, Refusal>, body: Value, field: &str) {
    let with = |text: String| {
        let mut body = body.clone();
        body[field] = json!(text);
        body
    };
    let length = format!("/{field} length");
    refused(read, with("ż".repeat(8_000)), &[]);
    refused(read, with("Two\nlines,\tand a tab.".to_owned()), &[]);
    refused(read, with("ż".repeat(8_001)), &[&length]);
    refused(read, with(" \n".to_owned()), &[&length]);
    refused(read, with("a\u{7}b".to_owned()), &[&format!("/{field} character")]);
}

#[test]
fn comments_notes_and_justifications_have_8000_characters() {
    claim_domain::proves!(D19);
    is_a_text(parse_comment, json!({}), "text");
    is_a_text(parse_dispute, json!({}), "justification");
    is_a_text(parse_withdrawal, json!({ "cause": "other" }), "note");
    is_a_text(parse_rejection, json!({ "reason": "other" }), "note");
    is_a_text(parse_denial, json!({ "confirm": true }), "note");
    is_a_text(parse_association_end, json!({ "products": [{ "product": "Teams" }] }), "reason");
}

#[test]
fn a_denial_is_confirmed_and_may_give_a_reason() {
    claim_domain::proves!(R15, D9);
    assert_eq!(parse_denial(&json!({})).unwrap(), (false, None));
    let why = json!({ "confirm": true, "note": " Not our partner. " });
    assert_eq!(parse_denial(&why).unwrap(), (true, Some("Not our partner.".to_owned())));
    refused(parse_denial, json!({ "confirm": "yes", "note": 7 }), &["/confirm type", "/note type"]);
}

#[test]
fn a_dispute_may_come_without_a_justification() {
    claim_domain::proves!(R21);
    assert_eq!(parse_dispute(&json!({})).unwrap(), None);
    refused(parse_dispute, json!({ "justification": 7 }), &["/justification type"]);
    refused(parse_dispute, json!({ "evidence": [] }), &["/evidence unknown"]);
}

#[test]
fn a_comment_is_internal_only_if_it_says_so() {
    claim_domain::proves!(D13);
    assert_eq!(parse_comment(&json!({ "text": "Hello." })).unwrap(), ("Hello.".to_owned(), false));
    assert!(parse_comment(&json!({ "text": "Hm.", "internal": true })).unwrap().1);
    refused(parse_comment, json!({ "text": "Hm.", "internal": "yes" }), &["/internal type"]);
    refused(parse_comment, json!({}), &["/text required"]);
}

#[test]
fn the_end_of_an_association_names_products_and_a_reason() {
    claim_domain::proves!(D15);
    refused(parse_association_end, json!({}), &["/products required", "/reason required"]);
    refused(parse_association_end, json!({ "products": [], "reason": "x" }), &["/products length"]);
}

#[test]
fn a_resend_may_correct_the_address() {
    claim_domain::proves!(D16);
    assert_eq!(parse_resend(&json!({})).unwrap(), None);
    let corrected = parse_resend(&json!({ "email": "cleo@contoso.example" })).unwrap();
    assert_eq!(corrected.as_deref(), Some("cleo@contoso.example"));
    refused(parse_resend, json!({ "email": "cleo" }), &["/email format"]);
}
