//! Whatever is accepted comes back as it was sent.

use claim_domain::catalogue::SolutionArea;
use claim_domain::claim::Status;
use claim_domain::draft::Draft;
use claim_domain::ids::{ClaimId, EvidenceId, MAX_VERSION, MpnId, PartnerId, SubscriptionId, TenantId};
use claim_domain::text;
use claim_http::{Cursor, Offset};
use claim_store::Position;
use proptest::prelude::*;
use proptest::sample::{select, subsequence};
use serde_json::{Value, json};

use crate::fixture::{Fixture, TestRequest, ana};
use crate::noise;

/// A name that is accepted.
fn name() -> impl Strategy<Value = String> {
    "[\\PC&&\\PM]{0,40}[a-zż\u{1F9FE}]"
        .prop_filter("a name", |name| text::name(name).is_ok_and(|kept| kept == name))
}

fn guid() -> impl Strategy<Value = String> {
    "[0-9a-fA-F]{8}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9A-F]{4}-[0-9a-f]{12}"
}

fn contact() -> impl Strategy<Value = Value> {
    (name(), name(), "[a-z0-9]([.+_-]?[a-z0-9]){0,9}@[a-z]{1,9}\\.[a-z]{2,5}")
        .prop_map(|(name, title, email)| json!({ "name": name, "title": title, "email": email }))
}

/// A claim of either product family that is accepted.
fn draft() -> impl Strategy<Value = Value> {
    let microsoft = SolutionArea::Microsoft365;
    let workloads = subsequence(microsoft.products().to_vec(), 1..=microsoft.products().len());
    let products = workloads.prop_map(|names| {
        let products = names.into_iter().map(|name| json!({ "product": name })).collect();
        ("Microsoft 365", json!(["usage"]), Value::Array(products), false)
    });
    let business = SolutionArea::BusinessApplications.products().to_vec();
    let activities =
        select(vec![json!(["preSales"]), json!(["usage", "preSales"]), json!(["revenueAssociation"])]);
    let subscribed =
        proptest::collection::btree_map(guid().prop_map(|id| id.to_lowercase()), select(business), 1..=50);
    let sold = (activities, subscribed, any::<bool>()).prop_map(|(activities, products, technical)| {
        let products =
            products.into_iter().map(|(id, name)| json!({ "product": name, "subscriptionId": id })).collect();
        ("Business Applications", activities, Value::Array(products), technical)
    });
    let of_area = prop_oneof![products.boxed(), sold.boxed()];
    let customer = (guid(), "[A-Za-z0-9]{1,20}(-[a-z]{1,5})?\\.[a-z]{2,6}", name(), contact());
    (of_area, name(), customer, contact(), contact(), [name(), name(), name()]).prop_map(
        |(
            (area, activities, products, technical),
            title,
            customer,
            partner,
            other,
            [seller, buyer, product],
        )| {
            let (tenant, domain, customer, contact) = customer;
            let mut draft = json!({
                "name": title, "mpnId": "1001", "solutionArea": area, "activities": activities,
                "customer": { "tenantId": tenant, "domain": domain, "name": customer, "contact": contact },
                "partnerContact": partner, "products": products,
            });
            if technical {
                draft["technicalContact"] = other;
            }
            if activities[0] == "revenueAssociation" {
                draft["revenueAssociation"] =
                    json!({ "solutionSeller": seller, "customerName": buyer, "isvProduct": product });
            }
            draft
        },
    )
}

/// A draft as it is stored: ids and domains have only one spelling.
fn kept(draft: &Value) -> Value {
    let mut kept = draft.clone();
    for place in ["/customer/tenantId", "/customer/domain"] {
        let lower = kept.pointer(place).and_then(Value::as_str).unwrap().to_ascii_lowercase();
        *kept.pointer_mut(place).unwrap() = json!(lower);
    }
    kept
}

/// The draft as it is read: with a mark if the customer's contact lies outside the customer's domain (D16).
fn marked(draft: &Value) -> Value {
    let mut kept = kept(draft);
    let text = |place| kept.pointer(place).and_then(Value::as_str).unwrap();
    let (domain, email) = (text("/customer/domain"), text("/customer/contact/email"));
    let host = email.rsplit_once('@').unwrap().1;
    if host != domain && !host.ends_with(&format!(".{domain}")) {
        kept["contactOutsideDomain"] = json!(true);
    }
    kept
}

/// The fields of a claim that its partner wrote.
fn written(claim: &Value) -> Value {
    let names = [
        "name",
        "mpnId",
        "solutionArea",
        "activities",
        "customer",
        "partnerContact",
        "products",
        "technicalContact",
        "revenueAssociation",
    ];
    let fields = names.iter().filter_map(|name| Some(((*name).to_owned(), claim.get(*name)?.clone())));
    Value::Object(fields.filter(|(_, value)| !value.is_null()).collect())
}

thread_local! {
    static FIXTURE: Fixture = Fixture::new();
}

fn fresh() -> Fixture {
    FIXTURE.with(Fixture::copy)
}

proptest! {
    #![proptest_config(ProptestConfig { cases: 100, ..ProptestConfig::default() })]

    #[test]
    fn an_accepted_claim_comes_back_as_it_was_sent(draft in draft()) {
        let read = Draft::parse(&draft);
        prop_assert!(read.is_ok(), "{:?}", read);
        prop_assert_eq!(serde_json::to_value(read.unwrap()).unwrap(), marked(&draft));
        let fixture = fresh();
        let made = fixture.does(TestRequest::new("POST", "/v1/claims", ana()).json(&draft));
        prop_assert_eq!(written(&made), kept(&draft));
        let path = format!("/v1/claims/{}", made["id"].as_str().unwrap());
        prop_assert_eq!(written(&fixture.does(TestRequest::new("GET", &path, ana()))), kept(&draft));
    }

    #[test]
    fn a_merge_patch_changes_what_it_names_and_nothing_else(draft in draft(), title in name(), job in name()) {
        let fixture = fresh();
        let path = format!("/v1/claims/{}", fixture.claim(Status::Editing));
        let before = fixture.send(&TestRequest::new("GET", &path, ana()));
        let patch = json!({ "name": title, "customer": { "contact": { "title": job } } });
        let request = TestRequest::new("PATCH", &path, ana()).json(&patch).header("if-match", before.header("etag"));
        let after = fixture.does(request);
        let mut expected = written(&before.json());
        expected["name"] = json!(title);
        expected["customer"]["contact"]["title"] = json!(job);
        prop_assert_eq!(written(&after), expected);
        // A whole claim is a patch as well; null removes what the new one does not have.
        let mut whole = draft.clone();
        for name in ["technicalContact", "revenueAssociation"] {
            if whole.get(name).is_none() {
                whole[name] = Value::Null;
            }
        }
        let contacts = ["/customer/contact", "/partnerContact", "/technicalContact"];
        prop_assert!(contacts.iter().all(|place| whole.pointer(place).is_none_or(|contact| contact.is_null() || contact["title"].is_string())));
        let seen = fixture.send(&TestRequest::new("GET", &path, ana()));
        let replaced = fixture.does(TestRequest::new("PATCH", &path, ana()).json(&whole).header("if-match", seen.header("etag")));
        prop_assert_eq!(written(&replaced), kept(&draft));
    }

    #[test]
    fn a_comment_comes_back_as_it_was_sent(text in "[\\PC\n\t]{0,60}[a-z]", spaces in "[ \n]{0,3}") {
        let fixture = fresh();
        let path = format!("/v1/claims/{}/comments", fixture.claim(Status::Submitted));
        let text = format!("{spaces}{text}{spaces}");
        prop_assume!(text::prose(&text).is_ok());
        let kept = text::trim(&text);
        let made = fixture.does(TestRequest::new("POST", &path, ana()).json(&json!({ "text": text })));
        prop_assert_eq!(&made["text"], &json!(kept));
        let listed = fixture.does(TestRequest::new("GET", &path, ana()));
        prop_assert_eq!(&listed["items"][0]["text"], &json!(kept));
    }

    #[test]
    fn a_cursor_that_is_read_is_written_in_the_same_way(
        shown in 0..=MAX_VERSION, what in "[a-z]{1,9}", place in noise::text(), order in select(&["updated", "due"][..]),
    ) {
        let claim: ClaimId = "01J0000000000000000000000A".parse().unwrap();
        let offset = Offset::new(&claim, &what, shown);
        prop_assert_eq!(Offset::from_text(&offset.to_text()), Some(offset));
        let forged = json!({ "list": "ORG#contoso", "order": order, "place": place, "claim": claim });
        if let Ok(position) = serde_json::from_value::<Position>(forged.clone()) {
            prop_assert_eq!(Position::from_text(&position.to_text()), Some(position.clone()));
            prop_assert_eq!(serde_json::to_value(position).unwrap(), forged);
        }
    }

    #[test]
    fn an_id_that_is_read_stays_the_same(text in prop_oneof![guid(), "[0-9A-Za-z]{26}", "[0-9]{1,22}", noise::text()]) {
        fn same<T: std::str::FromStr + ToString + PartialEq + std::fmt::Debug>(text: &str) -> bool {
            let Ok(id) = text.parse::<T>() else { return true };
            let again = id.to_string();
            again.eq_ignore_ascii_case(text) && again.parse::<T>().ok().map(|id| id.to_string()) == Some(again)
        }
        prop_assert!(same::<ClaimId>(&text) && same::<EvidenceId>(&text) && same::<MpnId>(&text));
        prop_assert!(same::<PartnerId>(&text) && same::<SubscriptionId>(&text) && same::<TenantId>(&text));
    }
}
