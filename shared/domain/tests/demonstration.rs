//! The claims of the demonstration, with every area and activity, are valid claims.

use claim_domain::draft::Draft;
use serde_json::{Value, json};

/// Name, area, activities, products, and the number of the customer.
type Row = (&'static str, &'static str, &'static [&'static str], &'static [&'static str], u32);

const M365: &str = "Microsoft 365";
const BUSINESS: &str = "Business Applications";

const CLAIMS: [Row; 13] = [
    ("Contoso Teams rollout", M365, &["usage"], &["Teams", "Teams Meetings", "Exchange"], 1),
    ("Fabrikam Intune and ProPlus", M365, &["usage"], &["Intune", "ProPlus"], 2),
    ("Northwind Sales pre-sales", BUSINESS, &["preSales"], &["Sales", "Customer Service"], 3),
    ("Adatum Business Central", BUSINESS, &["usage"], &["Business Central"], 4),
    ("Litware revenue association", BUSINESS, &["revenueAssociation"], &["Finance", "Supply Chain"], 5),
    (
        "Tailspin SharePoint and Viva",
        M365,
        &["usage"],
        &["SharePoint", "Viva Connections", "Viva Learning", "Viva Topics"],
        6,
    ),
    ("Wingtip Power Platform", BUSINESS, &["usage"], &["Power Apps", "Power Automate", "Power BI"], 7),
    (
        "Proseware Field Service",
        BUSINESS,
        &["usage", "preSales"],
        &["Field Service", "Project Operations", "Remote Assist"],
        8,
    ),
    ("Woodgrove Exchange and Phone", M365, &["usage"], &["Exchange", "Teams Phone"], 1),
    ("Relecloud Finance", BUSINESS, &["preSales"], &["Finance", "Commerce"], 10),
    ("Lucerne SharePoint", M365, &["usage"], &["SharePoint"], 11),
    ("Alpine Power BI", BUSINESS, &["usage"], &["Power BI"], 12),
    ("Margie Intune", M365, &["usage"], &["Intune"], 13),
];

fn body((name, area, activities, products, tenant): Row) -> Value {
    let products = products.iter().enumerate().map(|(index, product)| match area {
        M365 => json!({ "product": product }),
        _ => {
            json!({ "product": product, "subscriptionId": format!("{tenant:08}-0000-0000-0000-{index:012}") })
        }
    });
    let mut body = json!({
        "name": name,
        "mpnId": "1001",
        "solutionArea": area,
        "activities": activities,
        "customer": {
            "tenantId": format!("00000000-0000-0000-0000-{tenant:012}"),
            "domain": "customer.example",
            "name": name.split(' ').next(),
            "contact": { "name": "Cleo", "title": "CIO", "email": "cleo@customer.example" },
        },
        "partnerContact": { "name": "Ana", "email": "ana@partner.example" },
        "products": products.collect::<Vec<_>>(),
    });
    if activities.contains(&"revenueAssociation") {
        body["revenueAssociation"] =
            json!({ "solutionSeller": "Sam", "customerName": "Litware", "isvProduct": "Ledger" });
    }
    body
}

#[test]
fn every_claim_of_the_demonstration_is_valid() {
    claim_domain::proves!(D14);
    for claim in CLAIMS {
        let draft =
            Draft::parse(&body(claim)).unwrap_or_else(|refusal| panic!("{}: {:?}", claim.0, refusal.errors));
        assert_eq!(draft.products.len(), claim.3.len());
    }
}

#[test]
fn the_first_and_the_ninth_want_the_same_workload_of_the_same_tenant() {
    claim_domain::proves!(D15);
    let key = |claim: Row| {
        let draft = Draft::parse(&body(claim)).unwrap();
        let exchange = draft.products.iter().find(|product| product.product == "Exchange").unwrap();
        exchange.association(&draft.customer.tenant_id)
    };
    assert_eq!(key(CLAIMS[0]), key(CLAIMS[8]));
}
