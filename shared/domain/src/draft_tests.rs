use serde_json::json;

use super::*;
use crate::refusal::Kind;

const GUID: &str = "11111111-2222-3333-4444-555555555555";

/// A valid Microsoft 365 claim.
fn m365() -> Value {
    json!({
        "name": "Contoso Teams rollout",
        "mpnId": "1001",
        "solutionArea": "Microsoft 365",
        "activities": ["usage"],
        "customer": {
            "tenantId": GUID,
            "domain": "contoso.example",
            "name": "Contoso",
            "contact": { "name": "Cleo", "title": "CIO", "email": "cleo@contoso.example" },
        },
        "partnerContact": { "name": "Ana", "email": "ana@partner.example" },
        "products": [{ "product": "Teams" }, { "product": "Exchange" }],
    })
}

/// A valid Business Applications claim.
fn business() -> Value {
    let mut body = m365();
    body["solutionArea"] = json!("Business Applications");
    body["activities"] = json!(["preSales", "usage"]);
    body["technicalContact"] = json!({ "name": "Timo", "email": "timo@partner.example" });
    body["products"] = json!([
        { "product": "Sales", "subscriptionId": GUID },
        { "product": "Sales", "subscriptionId": GUID.replace('5', "6") },
    ]);
    body
}

/// A valid claim for revenue association.
fn revenue() -> Value {
    let mut body = business();
    body["activities"] = json!(["revenueAssociation"]);
    body["revenueAssociation"] =
        json!({ "solutionSeller": "Sam", "customerName": "Contoso", "isvProduct": "Ledger" });
    body
}

/// Sets the place to `value`, or removes it.
#[track_caller]
fn put(body: &mut Value, pointer: &str, value: Option<Value>) {
    let (parent, last) = pointer.rsplit_once('/').unwrap();
    match (body.pointer_mut(parent).unwrap(), value) {
        (Value::Object(map), Some(value)) => drop(map.insert(last.to_owned(), value)),
        (Value::Object(map), None) => drop(map.remove(last)),
        (Value::Array(list), Some(value)) => list[last.parse::<usize>().unwrap()] = value,
        (parent, _) => panic!("{parent}"),
    }
}

/// The faults found, as place and code; none if the body is good.
#[track_caller]
fn faults(read: Result<Draft, Refusal>) -> Vec<String> {
    let Err(refusal) = read else { return Vec::new() };
    assert_eq!(refusal.kind, Kind::InvalidInput);
    assert!(refusal.errors.iter().all(|error| !error.detail.is_empty()), "each says what is allowed");
    let mut errors: Vec<_> =
        refusal.errors.iter().map(|error| format!("{} {}", error.place(), error.code)).collect();
    errors.sort();
    errors
}

/// The base with one place changed has these faults.
#[track_caller]
fn check(base: fn() -> Value, pointer: &str, value: impl Into<Option<Value>>, expected: &[&str]) {
    let mut body = base();
    put(&mut body, pointer, value.into());
    assert_eq!(faults(Draft::parse(&body)), expected, "{pointer}");
}

/// The field takes 1 to 200 characters on one line.
#[track_caller]
fn is_a_name(base: fn() -> Value, pointer: &str) {
    let length = format!("{pointer} length");
    check(base, pointer, json!(7), &[&format!("{pointer} type")]);
    check(base, pointer, json!(["x"]), &[&format!("{pointer} type")]);
    for bad in ["", "   ", "\u{200b}\u{200b}", "\u{feff}", "\u{2800}"] {
        check(base, pointer, json!(bad), &[&length]);
    }
    for bad in ["two\nlines", "a\u{0}b", "a\u{202e}b", "a\u{200b}b", "J\u{fffd}rgen"] {
        check(base, pointer, json!(bad), &[&format!("{pointer} character")]);
    }
    for bad in ["renew at https://evil.example", "www.evil.example", "evil.example/pay"] {
        check(base, pointer, json!(bad), &[&format!("{pointer} address")]);
    }
    check(base, pointer, json!("ż".repeat(200)), &[]);
    check(base, pointer, json!("ż".repeat(201)), &[&length]);
}

#[test]
fn valid_claims_of_each_kind_are_read() {
    for body in [m365(), business(), revenue()] {
        assert_eq!(faults(Draft::parse(&body)), [""; 0]);
    }
    let draft = Draft::parse(&business()).unwrap();
    assert_eq!(draft.products[0].subscription_id, Some(GUID.parse().unwrap()));
    assert_eq!(serde_json::to_value(&draft).unwrap(), business(), "and written as they were read");
}

#[test]
fn every_missing_field_is_named_at_once() {
    let expected = [
        "/activities required",
        "/customer required",
        "/mpnId required",
        "/name required",
        "/partnerContact required",
        "/products required",
        "/solutionArea required",
    ];
    assert_eq!(faults(Draft::parse(&json!({}))), expected);
    let nothing =
        json!({ "name": null, "customer": { "contact": {} }, "partnerContact": {}, "products": [{}] });
    let expected = [
        "/activities required",
        "/customer/contact/email required",
        "/customer/contact/name required",
        "/customer/contact/title required",
        "/customer/domain required",
        "/customer/name required",
        "/customer/tenantId required",
        "/mpnId required",
        "/name required",
        "/partnerContact/email required",
        "/partnerContact/name required",
        "/products/0/product required",
        "/solutionArea required",
    ];
    assert_eq!(faults(Draft::parse(&nothing)), expected);
}

#[test]
fn each_required_field_is_required() {
    for pointer in [
        "/name",
        "/mpnId",
        "/solutionArea",
        "/activities",
        "/customer",
        "/customer/tenantId",
        "/customer/domain",
        "/customer/name",
        "/customer/contact",
        "/customer/contact/name",
        "/customer/contact/title",
        "/customer/contact/email",
        "/partnerContact",
        "/partnerContact/name",
        "/partnerContact/email",
        "/products",
        "/products/0/product",
    ] {
        check(m365, pointer, None, &[&format!("{pointer} required")]);
        check(m365, pointer, Value::Null, &[&format!("{pointer} required")]);
    }
    check(business, "/products/1/subscriptionId", None, &["/products/1/subscriptionId required"]);
    check(business, "/technicalContact", None, &[]);
    check(m365, "/partnerContact/title", json!("Partner manager"), &[]);
}

#[test]
fn names_have_200_characters_on_one_line() {
    crate::proves!(D19);
    is_a_name(m365, "/name");
    is_a_name(m365, "/customer/name");
    is_a_name(m365, "/customer/contact/name");
    is_a_name(m365, "/customer/contact/title");
    is_a_name(m365, "/partnerContact/name");
    is_a_name(m365, "/partnerContact/title");
    is_a_name(business, "/technicalContact/name");
    is_a_name(revenue, "/revenueAssociation/solutionSeller");
    is_a_name(revenue, "/revenueAssociation/customerName");
    is_a_name(revenue, "/revenueAssociation/isvProduct");
}

#[test]
fn a_field_of_the_wrong_type_is_named() {
    for body in [json!(null), json!([]), json!("claim"), json!(7)] {
        assert_eq!(faults(Draft::parse(&body)), [" type"]);
    }
    for pointer in ["/customer", "/customer/contact", "/partnerContact", "/products/1"] {
        check(m365, pointer, json!("text"), &[&format!("{pointer} type")]);
        check(m365, pointer, json!([]), &[&format!("{pointer} type")]);
    }
    check(business, "/technicalContact", json!(true), &["/technicalContact type"]);
    check(m365, "/products", json!({}), &["/products length"]);
    check(m365, "/activities", json!("usage"), &["/activities length"]);
    check(m365, "/activities", json!([7]), &["/activities/0 value"]);
    check(m365, "/solutionArea", json!(365), &["/solutionArea type"]);
    check(m365, "/mpnId", json!(1001), &["/mpnId type"]);
}

#[test]
fn an_unknown_field_is_named_wherever_it_is() {
    check(m365, "/status", json!("approved"), &["/status unknown"]);
    check(m365, "/customer/phone", json!("1"), &["/customer/phone unknown"]);
    check(m365, "/customer/contact/phone", json!("1"), &["/customer/contact/phone unknown"]);
    check(m365, "/products/0/quantity", json!(1), &["/products/0/quantity unknown"]);
    check(revenue, "/revenueAssociation/share", json!(1), &["/revenueAssociation/share unknown"]);
    let mut body = m365();
    body["a/b~c"] = json!(1);
    assert_eq!(faults(Draft::parse(&body)), ["/a~1b~0c unknown"], "as a JSON pointer");
}

#[test]
fn every_bad_field_is_named_in_one_answer() {
    let mut body = business();
    put(&mut body, "/name", Some(json!("")));
    put(&mut body, "/mpnId", Some(json!("12a")));
    put(&mut body, "/customer/tenantId", Some(json!("x")));
    put(&mut body, "/customer/contact/email", Some(json!("x")));
    put(&mut body, "/products/0/product", Some(json!("Excel")));
    put(&mut body, "/extra", Some(json!(1)));
    let expected = [
        "/customer/contact/email format",
        "/customer/tenantId format",
        "/extra unknown",
        "/mpnId format",
        "/name length",
        "/products/0/product value",
    ];
    assert_eq!(faults(Draft::parse(&body)), expected);
}

#[test]
fn identifiers_addresses_and_domains_have_their_form() {
    for bad in ["", "12a", "123456789012345678901", "-1"] {
        check(m365, "/mpnId", json!(bad), &["/mpnId format"]);
    }
    for bad in [
        "",
        "contoso",
        "{11111111-2222-3333-4444-555555555555",
        "11111111222233334444555555555555",
        "00000000-0000-0000-0000-000000000000",
        "{00000000-0000-0000-0000-000000000000}",
    ] {
        check(m365, "/customer/tenantId", json!(bad), &["/customer/tenantId format"]);
        check(business, "/products/0/subscriptionId", json!(bad), &["/products/0/subscriptionId format"]);
    }
    for bad in [
        "",
        "cleo",
        "cleo@",
        "@contoso.example",
        "cleo@contoso",
        "Cleo <cleo@contoso.example>",
        "a b@c.example",
        "cleo@contoso.example\r\nBcc: x@y.example",
        "cleo@[127.0.0.1]",
        "żółw@contoso.example",
    ] {
        check(m365, "/customer/contact/email", json!(bad), &["/customer/contact/email format"]);
        check(m365, "/partnerContact/email", json!(bad), &["/partnerContact/email format"]);
        check(business, "/technicalContact/email", json!(bad), &["/technicalContact/email format"]);
    }
    for bad in [
        "",
        "contoso",
        ".example",
        "contoso..example",
        "-contoso.example",
        "contoso-.example",
        "con toso.example",
        "https://contoso.example",
    ] {
        check(m365, "/customer/domain", json!(bad), &["/customer/domain format"]);
    }
    check(m365, "/customer/domain", json!(format!("{}.example", "a".repeat(63))), &[]);
    check(
        m365,
        "/customer/domain",
        json!(format!("{}.example", "a".repeat(64))),
        &["/customer/domain format"],
    );
    let mut body = m365();
    put(&mut body, "/customer/domain", Some(json!("Contoso.Example")));
    assert_eq!(Draft::parse(&body).unwrap().customer.domain, "contoso.example");
}

#[test]
fn a_contact_outside_the_customers_domains_is_marked() {
    crate::proves!(D16);
    let read = |email: &str, mail_domains: Value| {
        let mut body = m365();
        put(&mut body, "/customer/contact/email", Some(json!(email)));
        put(&mut body, "/customer/mailDomains", Some(mail_domains));
        Draft::parse(&body).unwrap()
    };
    let further = json!(["Contoso-IT.example", " müller.example "]);
    assert_eq!(
        read("cleo@contoso.example", further.clone()).customer.mail_domains,
        ["contoso-it.example", "xn--mller-kva.example"]
    );
    for (email, mail_domains, is_outside) in [
        ("cleo@contoso.example", json!([]), false),
        ("cleo@mail.contoso.example", Value::Null, false),
        ("cleo@contoso-it.example", json!([]), true),
        ("cleo@contoso-it.example", further.clone(), false),
        ("cleo@gmail.com", further, true),
    ] {
        assert_eq!(read(email, mail_domains).contact_outside_domain, is_outside, "{email}");
    }
}

#[test]
fn every_bad_mail_domain_is_named() {
    crate::proves!(D16);
    let bad = json!(["contoso.example", "a.example", "A.example", "gmail.com", "nowhere", 7]);
    check(
        m365,
        "/customer/mailDomains",
        bad,
        &[
            "/customer/mailDomains/2 duplicate",
            "/customer/mailDomains/4 format",
            "/customer/mailDomains/5 type",
        ],
    );
    check(
        m365,
        "/customer/mailDomains",
        json!(["contoso.example", "gmail.com"]),
        &["/customer/mailDomains/0 duplicate", "/customer/mailDomains/1 public"],
    );
    let many: Value = (0..11).map(|number| format!("d{number}.example")).collect();
    check(m365, "/customer/mailDomains", many, &["/customer/mailDomains length"]);
}

#[test]
fn what_other_programs_copy_with_an_identifier_is_cut_off() {
    for copied in [
        format!("{{{GUID}}}"),
        format!(" {GUID}\r\n"),
        format!("({GUID})"),
        format!("\u{feff}{GUID}\u{200b}"),
    ] {
        let mut body = business();
        put(&mut body, "/customer/tenantId", Some(json!(copied)));
        put(&mut body, "/products/0/subscriptionId", Some(json!(copied.to_uppercase())));
        put(&mut body, "/mpnId", Some(json!(" 1001 ")));
        put(&mut body, "/name", Some(json!("Contoso Teams rollout\u{a0}")));
        assert_eq!(Draft::parse(&body), Draft::parse(&business()), "{copied:?}");
    }
}

#[test]
fn notes_need_something_to_see() {
    for read in [
        |text: &str| parse_comment(&json!({ "text": text })).map(|(text, _)| text),
        |text: &str| {
            parse_rejection(&json!({ "reason": "other", "note": text })).map(|(_, note)| note.unwrap())
        },
        |text: &str| parse_dispute(&json!({ "justification": text })).map(Option::unwrap),
        |text: &str| {
            parse_withdrawal(&json!({ "cause": "other", "note": text })).map(|(_, note)| note.unwrap())
        },
    ] {
        for blank in ["", " ", "\u{200b}", "\u{feff}\n", "\u{2800}"] {
            assert_eq!(read(blank).unwrap_err().errors[0].code, "length", "{blank:?}");
        }
        assert_eq!(read("J\u{fffd}rgen").unwrap_err().errors[0].code, "character");
        assert_eq!(read("see https://contoso.example/x\n\n").unwrap(), "see https://contoso.example/x");
    }
}

#[test]
fn a_claim_has_one_to_50_products() {
    crate::proves!(D19);
    let many = |count: usize| -> Value {
        (0..count)
            .map(|n| json!({ "product": "Sales", "subscriptionId": format!("{n:08}{}", &GUID[8..]) }))
            .collect()
    };
    check(business, "/products", many(50), &[]);
    check(business, "/products", many(51), &["/products length"]);
    check(business, "/products", json!([]), &["/products length"]);
}

#[test]
fn a_claim_has_one_product_family_and_its_products() {
    crate::proves!(R3);
    for bad in ["", "microsoft 365", "Azure"] {
        check(m365, "/solutionArea", json!(bad), &["/solutionArea value"]);
    }
    check(m365, "/products/0/product", json!("Sales"), &["/products/0/product value"]);
    check(business, "/products/0/product", json!("Teams"), &["/products/0/product value"]);
    for area in SolutionArea::ALL {
        for (n, product) in area.products().iter().enumerate() {
            let mut body = if area == SolutionArea::Microsoft365 { m365() } else { business() };
            let subscription = format!("{n:08}{}", &GUID[8..]);
            body["products"] = match area {
                SolutionArea::Microsoft365 => json!([{ "product": product }]),
                SolutionArea::BusinessApplications => {
                    json!([{ "product": product, "subscriptionId": subscription }])
                }
            };
            assert_eq!(faults(Draft::parse(&body)), [""; 0], "{product}");
        }
    }
}

#[test]
fn microsoft_365_claims_have_the_activity_usage_alone() {
    crate::proves!(D14);
    check(m365, "/activities", json!(["usage"]), &[]);
    for bad in [json!(["preSales"]), json!(["preSales", "usage"]), json!(["usage", "usage"])] {
        check(m365, "/activities", bad, &["/activities combination"]);
    }
    check(
        m365,
        "/activities",
        json!(["revenueAssociation"]),
        &["/activities combination", "/revenueAssociation required"],
    );
}

#[test]
fn business_claims_combine_pre_sales_and_usage_or_have_revenue_alone() {
    crate::proves!(D14);
    for good in
        [json!(["preSales"]), json!(["usage"]), json!(["preSales", "usage"]), json!(["usage", "preSales"])]
    {
        check(business, "/activities", good, &[]);
    }
    for bad in [json!(["preSales", "preSales"]), json!(["usage", "usage"])] {
        check(business, "/activities", bad, &["/activities combination"]);
    }
    for bad in [
        json!(["revenueAssociation", "usage"]),
        json!(["preSales", "revenueAssociation"]),
        json!(["preSales", "usage", "revenueAssociation"]),
    ] {
        check(revenue, "/activities", bad, &["/activities combination"]);
    }
    check(business, "/activities", json!([]), &["/activities length"]);
    check(business, "/activities", json!(["sales"]), &["/activities/0 value"]);
}

#[test]
fn revenue_association_requires_its_details_and_nothing_else_has_them() {
    crate::proves!(D14);
    check(revenue, "/revenueAssociation", None, &["/revenueAssociation required"]);
    for field in ["solutionSeller", "customerName", "isvProduct"] {
        let pointer = format!("/revenueAssociation/{field}");
        check(revenue, &pointer, None, &[&format!("{pointer} required")]);
    }
    check(revenue, "/activities", json!(["usage"]), &["/revenueAssociation notHere"]);
    check(
        m365,
        "/revenueAssociation",
        revenue()["revenueAssociation"].clone(),
        &["/revenueAssociation notHere"],
    );
}

#[test]
fn business_applications_products_have_a_subscription_workloads_none() {
    crate::proves!(D14);
    check(business, "/products/0/subscriptionId", None, &["/products/0/subscriptionId required"]);
    check(m365, "/products/0/subscriptionId", json!(GUID), &["/products/0/subscriptionId notHere"]);
    check(
        m365,
        "/technicalContact",
        json!({ "name": "T", "email": "t@p.example" }),
        &["/technicalContact notHere"],
    );
}

#[test]
fn products_are_distinct_by_workload_or_by_subscription() {
    crate::proves!(D14);
    check(m365, "/products/1/product", json!("Teams"), &["/products/1 duplicate"]);
    let same = json!({ "product": "Finance", "subscriptionId": GUID.to_uppercase() });
    check(business, "/products/1", same, &["/products/1 duplicate"]);
}
