//! The bodies of requests.

use chrono::{Days, NaiveDate};
use claim_domain::claim::{Claim, Product};
use fastrand::Rng;
use serde_json::{Value, json};

use crate::setup::{MPN_IDS, ORGANISATIONS, SUBSCRIPTIONS, Setup, TENANTS, WORKLOADS};

/// The body that creates a claim.
pub(crate) fn draft(
    setup: &Setup,
    organisation: usize,
    number: u64,
    today: NaiveDate,
    random: &mut Rng,
) -> Value {
    let tenant = random.usize(0..setup.tenants);
    let mut draft = json!({
        "name": named(number, "Claim"),
        "mpnId": MPN_IDS[organisation][random.usize(0..2)],
        "solutionArea": "Microsoft 365",
        "activities": ["usage"],
        "customer": {
            "tenantId": TENANTS[tenant],
            "domain": "customer.example",
            "name": named(number + 700, &format!("Customer {tenant} of")),
            "contact": { "name": "Carla", "title": "Head of IT", "email": format!("carla@{}", host(number)) },
        },
        "partnerContact": { "name": "Anna", "email": "anna@partner.example" },
    });
    if number.is_multiple_of(3) {
        draft["customer"]["mailDomains"] = json!(["branch.example"]);
    }
    match random.u32(0..10) {
        _ if setup.is_crowded => draft["products"] = crowded(organisation),
        0..7 => draft["products"] = products(&some(&WORKLOADS, random), |name| json!({ "product": name })),
        _ => {
            draft["solutionArea"] = json!("Business Applications");
            draft["activities"] = json!(["preSales"]);
            let named = |(name, id)| json!({ "product": name, "subscriptionId": id });
            draft["products"] = products(&some(&SUBSCRIPTIONS, random), named);
        }
    }
    end(&mut draft["products"], number, today);
    draft
}

/// Gives some products of some requests the last day of their subscriptions (D27), now and then one that has passed. The
/// number of the request decides.
fn end(products: &mut Value, number: u64, today: NaiveDate) {
    let step = number / 100 + number;
    if !step.is_multiple_of(3) {
        return;
    }
    for (place, product) in (0..).zip(products.as_array_mut().into_iter().flatten()) {
        let days = match step % 31 {
            0 => 0,
            _ => 1 + (step * 17 + place * 29) % 90,
        };
        if place != 2 {
            product["endsOn"] = json!(today + Days::new(days));
        }
    }
}

/// A name, sometimes one that would act by itself where it is shown: in a header, as a link, on the text around it. The
/// number of the request decides.
fn named(number: u64, what: &str) -> String {
    match number / 100 % 31 {
        9 => format!("{what} {number}\r\nBcc: all@elsewhere.example"),
        19 => format!("{what} {number} https://elsewhere.example/{number}"),
        29 => format!("{what} \u{202e}{number}"),
        _ => format!("{what} {number}"),
    }
}

fn products<T: Copy>(chosen: &[T], write: impl Fn(T) -> Value) -> Value {
    Value::Array(chosen.iter().map(|product| write(*product)).collect())
}

/// At least one of the things, in random order.
fn some<T: Copy>(things: &[T], random: &mut Rng) -> Vec<T> {
    let mut chosen = things.to_vec();
    random.shuffle(&mut chosen);
    chosen.truncate(random.usize(1..=things.len()));
    chosen
}

/// Where a customer's contact has its address: mostly in the customer's domain, sometimes in one that only its mail domains
/// explain, in another one, or with a provider where anybody has one. The number of the request decides, which
/// begins with that of the step, so that the draws of a life stay as they were.
pub(crate) fn host(number: u64) -> &'static str {
    ["customer.example", "customer.example", "branch.example", "elsewhere.example", "gmail.com"]
        [(number / 100 + number) as usize % 5]
}

/// The body of an approval: a contact whose address tells nothing is confirmed, in most cases.
pub(crate) fn approval(claim: &Claim, number: u64) -> Option<Value> {
    let confirms = claim.details.contact_outside_domain && !number.is_multiple_of(7);
    confirms.then(|| json!({ "confirmContact": true }))
}

/// The body of a denial: now and then with a reason, which can sometimes not be taken.
pub(crate) fn denial(number: u64) -> Value {
    let mut body = json!({ "confirm": true });
    match (number / 100 + number) % 8 {
        0 => body["note"] = json!(format!("  We work with somebody else.\nSince {number}. ")),
        1 => body["note"] = json!("Grüße, „nein“ <b>& danke</b> ✋"),
        2 => body["note"] = json!("n".repeat(8_001)),
        _ => {}
    }
    body
}

/// The body of an edit.
pub(crate) fn patch(
    claim: &Claim,
    organisation: usize,
    number: u64,
    today: NaiveDate,
    random: &mut Rng,
) -> Value {
    match random.u32(0..10) {
        0 => json!({ "name": named(number, "Claim") }),
        1 => json!({ "mpnId": MPN_IDS[organisation][random.usize(0..2)] }),
        2 => json!({ "mpnId": "9999999" }),
        3 => {
            json!({ "customer": { "contact": { "email": format!("carla{number}@{}", host(number)) } } })
        }
        4 => json!({ "customer": { "mailDomains": ["branch.example"] } }),
        5 => json!({ "partnerContact": { "email": format!("anna{number}@partner.example") } }),
        6 => json!({}),
        _ => {
            let mut products = match claim.details.named().any(|product| product.subscription_id.is_some()) {
                true => products(
                    &some(&SUBSCRIPTIONS, random),
                    |(name, id)| json!({ "product": name, "subscriptionId": id }),
                ),
                false => products(&some(&WORKLOADS, random), |name| json!({ "product": name })),
            };
            end(&mut products, number, today);
            json!({ "products": products })
        }
    }
}

/// What an organisation wants in a crowded life: a workload of its own, and the last organisation all of them.
fn crowded(organisation: usize) -> Value {
    let own = WORKLOADS.get(organisation..=organisation).filter(|_| organisation + 1 < ORGANISATIONS.len());
    products(own.unwrap_or(&WORKLOADS), |name| json!({ "product": name }))
}

/// Some of a claim's products, or sometimes all of them.
fn some_of(claim: &Claim, random: &mut Rng) -> Vec<Product> {
    let all: Vec<Product> = claim.details.named().cloned().collect();
    if all.is_empty() || random.u32(0..4) == 0 {
        return all;
    }
    let places: Vec<usize> = some(&(0..all.len()).collect::<Vec<_>>(), random);
    places.into_iter().map(|place| all[place].clone()).collect()
}

/// The body that requests an action of the partner.
pub(crate) fn action_request(claim: &Claim, random: &mut Rng) -> Value {
    let mut body = json!({ "reasons": [{ "code": "missingAllPoe" }] });
    if random.u32(0..3) == 0 {
        body["removeProducts"] = json!(some_of(claim, random));
    }
    body
}

/// The body that ends an association.
pub(crate) fn association_end(claim: &Claim, random: &mut Rng) -> Value {
    json!({ "products": some_of(claim, random), "reason": "another partner has shown newer proof" })
}

/// The body of a dispute. A dispute without a justification needs a document.
pub(crate) fn dispute(random: &mut Rng) -> Value {
    match random.u32(0..4) {
        0 => json!({}),
        _ => json!({ "justification": "the proof is complete" }),
    }
}
