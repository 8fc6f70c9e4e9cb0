//! The claims that the partners file. Companies, ids and addresses are invented.

use serde_json::{Value, json};

/// The customer whose tenant two scenarios claim.
const CONTOSO: &str = "c0470500-0000-4000-8000-000000000001";

fn subscription(number: u32) -> String {
    format!("5b5c0000-0000-4000-8000-{number:012}")
}

fn customer(tenant: &str, domain: &str, name: &str, contact: &str, title: &str) -> Value {
    let email = format!("{}@{domain}", contact.to_lowercase().replace(' ', "."));
    json!({
        "tenantId": tenant, "domain": domain, "name": name,
        "contact": { "name": contact, "title": title, "email": email },
    })
}

fn workloads(names: &[&str]) -> Value {
    names.iter().map(|name| json!({ "product": name })).collect()
}

fn subscribed(products: &[(&str, u32)]) -> Value {
    products
        .iter()
        .map(|(name, number)| json!({ "product": name, "subscriptionId": subscription(*number) }))
        .collect()
}

fn m365(name: &str, mpn: &str, customer: Value, partner: (&str, &str), products: &[&str]) -> Value {
    json!({
        "name": name, "mpnId": mpn, "solutionArea": "Microsoft 365", "activities": ["usage"],
        "customer": customer, "partnerContact": { "name": partner.0, "email": partner.1 },
        "products": workloads(products),
    })
}

fn bizapps(
    name: &str,
    mpn: &str,
    activities: &[&str],
    customer: Value,
    partner: (&str, &str),
    products: &[(&str, u32)],
) -> Value {
    json!({
        "name": name, "mpnId": mpn, "solutionArea": "Business Applications", "activities": activities,
        "customer": customer, "partnerContact": { "name": partner.0, "email": partner.1 },
        "products": subscribed(products),
    })
}

const NADIA: (&str, &str) = ("Nadia Rahman", "nadia@northwind.example");
const ADA: (&str, &str) = ("Ada Kowalska", "ada@adatum.example");
const FIONA: (&str, &str) = ("Fiona Clarke", "fiona@fabrikam.example");

pub(super) fn contoso() -> Value {
    let customer = customer(CONTOSO, "contoso.example", "Contoso", "Carla Diaz", "Head of Collaboration");
    m365("Contoso Teams rollout", "4711001", customer, NADIA, &["Teams", "Teams Meetings", "Exchange"])
}

pub(super) fn fabrikam() -> Value {
    let tenant = "fab00000-0000-4000-8000-000000000002";
    let customer = customer(tenant, "fabrikam.example", "Fabrikam", "Finn Olsen", "IT Director");
    m365("Fabrikam Intune and ProPlus", "4733001", customer, ADA, &["Intune", "ProPlus"])
}

pub(super) fn northwind() -> Value {
    let tenant = "00720000-0000-4000-8000-000000000003";
    let customer =
        customer(tenant, "northwind-traders.example", "Northwind Traders", "Nina Falk", "Sales Director");
    let products = [("Sales", 31), ("Customer Service", 32)];
    bizapps("Northwind Sales pre-sales", "4722001", &["preSales"], customer, FIONA, &products)
}

pub(super) fn adatum() -> Value {
    let tenant = "ada00000-0000-4000-8000-000000000004";
    let customer =
        customer(tenant, "adatum-works.example", "Adatum Works", "Anton Becker", "Finance Director");
    bizapps("Adatum Business Central", "4711002", &["usage"], customer, NADIA, &[("Business Central", 41)])
}

pub(super) fn litware() -> Value {
    let tenant = "11700000-0000-4000-8000-000000000005";
    let customer = customer(tenant, "litware.example", "Litware", "Lina Moretti", "Chief Operating Officer");
    let products = [("Finance", 51), ("Supply Chain", 52)];
    let mut draft =
        bizapps("Litware revenue association", "4733001", &["revenueAssociation"], customer, ADA, &products);
    draft["revenueAssociation"] = json!({
        "solutionSeller": "Sam Iversen", "customerName": "Litware", "isvProduct": "Litware Warehouse Optimizer",
    });
    draft
}

pub(super) fn tailspin() -> Value {
    let tenant = "7a115000-0000-4000-8000-000000000006";
    let customer = customer(tenant, "tailspin.example", "Tailspin Toys", "Theo Lund", "Head of Workplace");
    let products = ["SharePoint", "Viva Connections", "Viva Learning", "Viva Topics"];
    m365("Tailspin SharePoint and Viva", "4722001", customer, FIONA, &products)
}

pub(super) fn wingtip(activities: &[&str]) -> Value {
    let tenant = "31090000-0000-4000-8000-000000000007";
    let customer = customer(tenant, "wingtip.example", "Wingtip Toys", "Willa Brandt", "Automation Lead");
    let partner = ("Nora Lind", "nora@northwind.example");
    let products = [("Power Apps", 71), ("Power Automate", 72), ("Power BI", 73)];
    bizapps("Wingtip Power Platform", "4711001", activities, customer, partner, &products)
}

pub(super) fn proseware() -> Value {
    let tenant = "94053000-0000-4000-8000-000000000008";
    let customer = customer(tenant, "proseware.example", "Proseware", "Petra Novak", "Service Director");
    let partner = ("Aron Silva", "aron@adatum.example");
    let products = [("Field Service", 81), ("Project Operations", 82), ("Remote Assist", 83)];
    let activities = ["usage", "preSales"];
    let mut draft = bizapps("Proseware Field Service", "4733001", &activities, customer, partner, &products);
    draft["technicalContact"] = json!({ "name": "Pavel Horak", "email": "pavel.horak@proseware.example" });
    draft
}

pub(super) fn woodgrove() -> Value {
    let customer = customer(CONTOSO, "contoso.example", "Contoso", "Carla Diaz", "Head of Collaboration");
    let partner = ("Felix Moreau", "felix@fabrikam.example");
    m365("Woodgrove Exchange and Phone", "4722001", customer, partner, &["Exchange", "Teams Phone"])
}

pub(super) fn relecloud(name: &str) -> Value {
    let tenant = "4e1ec000-0000-4000-8000-000000000010";
    let customer = customer(tenant, "relecloud.example", "Relecloud", "Rosa Petit", "Controller");
    let partner = ("Nils Berg", "nils@northwind.example");
    bizapps(name, "4711002", &["preSales"], customer, partner, &[("Finance", 101), ("Commerce", 102)])
}

pub(super) fn lucerne() -> Value {
    let tenant = "1c3e0000-0000-4000-8000-000000000011";
    let customer = customer(tenant, "lucerne.example", "Lucerne Publishing", "Luc Weber", "Head of IT");
    m365("Lucerne SharePoint", "4711001", customer, ("Laura Lind", "laura@gone.example"), &["SharePoint"])
}

pub(super) fn alpine() -> Value {
    let tenant = "a1919000-0000-4000-8000-000000000012";
    let customer = customer(tenant, "alpine.example", "Alpine Ski House", "Anja Keller", "Controller");
    let partner = ("Aron Silva", "aron@adatum.example");
    let mut draft =
        bizapps("Alpine Power BI", "4733001", &["usage"], customer, partner, &[("Power BI", 121)]);
    draft["customer"]["contact"]["email"] = json!("anja@alpine.example");
    draft
}

pub(super) fn margie() -> Value {
    let tenant = "3a491e00-0000-4000-8000-000000000013";
    let customer = customer(tenant, "margie.example", "Margie's Travel", "Marc Odum", "IT Manager");
    m365("Margie Intune", "4722001", customer, FIONA, &["Intune"])
}
