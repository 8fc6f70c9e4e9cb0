//! The fields that a partner writes (the rulebook's "Fields"), checked (D14, D19), with contacts in full.

use std::collections::BTreeSet;

use serde::{Deserialize, Serialize};
use serde_json::{Value, json};

use crate::catalogue::{Activity, SolutionArea};
use crate::claim::{ClaimedProduct, Customer, Details, Product, RevenueAssociation};
use crate::command::{Announcement, Source, Upload};
use crate::content::{DOCUMENT_KINDS, Unaccepted, ending_of, kind_of};
use crate::ids::Sha256;
use crate::input::{NOT_HERE, Reader, read};
use crate::language::Language;
use crate::mailbox::{self, Whose};
use crate::reason::{ActionCode, ActionReason, RejectCode, WithdrawCause};
use crate::refusal::Refusal;

/// The most products of a claim (D19).
pub const MAX_PRODUCTS: usize = 50;
/// The most documents of a claim (D19).
pub const MAX_EVIDENCE: usize = 30;
/// The most mail domains of a customer (D16).
pub const MAX_MAIL_DOMAINS: usize = 10;
/// The largest document, in bytes (D19): 20 MB.
pub const MAX_DOCUMENT_BYTES: u64 = 20_000_000;

/// How an id of a claim or a document is written.
const ULID: &str = "^[0-7][0-9A-HJKMNP-TV-Za-hjkmnp-tv-z]{25}$";

/// A person to write to.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "contract", derive(schemars::JsonSchema))]
#[serde(rename_all = "camelCase")]
pub struct Contact {
    /// The person's name.
    pub name: String,
    /// The person's position.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub title: Option<String>,
    /// The email address.
    pub email: String,
    /// The language to write to the person in; the customer's contact only, and the program's if absent (D21).
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub language: Option<Language>,
    /// Whether a signed-in user of the organisation showed that the address is their own. Kept beside the contact, since
    /// nobody is shown it and nobody can write it.
    #[serde(skip)]
    pub proven: bool,
}

/// All fields that a partner writes, valid, with contacts in full.
pub type Draft = Details<Contact>;

impl Draft {
    /// Reads a claim's fields.
    ///
    /// # Errors
    /// `InvalidInput` with every bad field: missing, unknown, malformed, out of bounds (D19), or against D14.
    pub fn parse(body: &Value) -> Result<Self, Refusal> {
        read(body, |fields| {
            let area = fields.one_of("solutionArea", &SolutionArea::ALL, SolutionArea::as_str);
            let activities = fields.many_of("activities", &Activity::ALL, Activity::as_str);
            check_activities(fields, area, activities.as_deref());
            let revenue = revenue_association(fields, activities.as_deref());
            let technical = fields.optional_nested("technicalContact", read_contact);
            if area == Some(SolutionArea::Microsoft365) && fields.has("technicalContact") {
                fields.fault("technicalContact", NOT_HERE, "belongs to Business Applications claims only");
            }
            let name = fields.name("name");
            let mpn_id = fields.parsed("mpnId", "an MPN id of 1 to 20 digits", "^[0-9]{1,20}$");
            let customer = fields.nested("customer", |customer| {
                let tenant_id = customer.guid("tenantId");
                let domain = customer.domain("domain");
                let mail_domains = customer.domains("mailDomains", MAX_MAIL_DOMAINS);
                check_mail_domains(customer, domain.as_deref(), mail_domains.as_deref());
                let name = customer.name("name");
                let contact = customer.nested("contact", read_customer_contact);
                Some(Customer {
                    tenant_id: tenant_id?,
                    domain: domain?,
                    mail_domains: mail_domains?,
                    name: name?,
                    contact: contact?,
                })
            });
            let outside = |customer: &Customer<Contact>| {
                customer.whose(&customer.contact.email, None) != Whose::Customers
            };
            let partner_contact = fields.nested("partnerContact", read_contact);
            let products = fields.list("products", 1, MAX_PRODUCTS, |product| read_product(product, area));
            check_distinct(fields, products.as_deref());
            Some(Self {
                name: name?,
                mpn_id: mpn_id?,
                solution_area: area?,
                activities: activities?,
                contact_outside_domain: customer.as_ref().is_some_and(outside),
                customer: customer?,
                technical_contact: technical,
                partner_contact: partner_contact?,
                products: products?,
                revenue_association: revenue,
            })
        })
    }
}

fn read_contact(fields: &mut Reader<'_, '_>) -> Option<Contact> {
    read_person(fields, false)
}

fn read_person(fields: &mut Reader<'_, '_>, needs_title: bool) -> Option<Contact> {
    let name = fields.name("name");
    let title = if needs_title || fields.has("title") { fields.name("title") } else { None };
    let email = fields.email("email");
    Some(Contact { name: name?, title, email: email?, language: None, proven: false })
}

/// Reads the customer's contact, which has a title, and may have a language (D21).
fn read_customer_contact(fields: &mut Reader<'_, '_>) -> Option<Contact> {
    let language = if fields.has("language") {
        fields.one_of("language", &Language::ALL, Language::as_str)
    } else {
        None
    };
    Some(Contact { language, ..read_person(fields, true)? })
}

/// D16: mail domains say more than the domain does, and a public provider's say nothing.
fn check_mail_domains(fields: &mut Reader<'_, '_>, domain: Option<&str>, mail_domains: Option<&[String]>) {
    for (index, mail_domain) in mail_domains.unwrap_or_default().iter().enumerate() {
        let place = format!("mailDomains/{index}");
        if domain == Some(mail_domain) {
            fields.fault(&place, "duplicate", "is the customer's domain already; leave it out");
        }
        if mailbox::is_public(mail_domain) {
            fields.fault(
                &place,
                "public",
                "is a provider's where anybody can have a mailbox; leave it out, and the reviewer is asked to confirm \
                 the contact",
            );
        }
    }
}

/// D14: which activities an area allows, and that `revenueAssociation` stands alone.
fn check_activities(
    fields: &mut Reader<'_, '_>,
    area: Option<SolutionArea>,
    activities: Option<&[Activity]>,
) {
    let Some((area, activities)) = area.zip(activities) else { return };
    let distinct: BTreeSet<_> = activities.iter().collect();
    let fault = if distinct.len() != activities.len() {
        Some("must be distinct")
    } else if area == SolutionArea::Microsoft365 && activities != [Activity::Usage] {
        Some("of a Microsoft 365 claim must be usage alone")
    } else if activities.len() > 1 && activities.contains(&Activity::RevenueAssociation) {
        Some("must be preSales and/or usage, or revenueAssociation alone")
    } else {
        None
    };
    if let Some(detail) = fault {
        fields.fault("activities", "combination", detail);
    }
}

/// D14: `revenueAssociation` requires its details, and nothing else has them.
fn revenue_association(
    fields: &mut Reader<'_, '_>,
    activities: Option<&[Activity]>,
) -> Option<RevenueAssociation> {
    let wanted = activities.map(|activities| activities.contains(&Activity::RevenueAssociation));
    if wanted != Some(true) {
        if !fields.has("revenueAssociation") {
            return None;
        }
        if wanted == Some(false) {
            fields.fault("revenueAssociation", NOT_HERE, "belongs to the activity revenueAssociation only");
        }
    }
    fields.nested("revenueAssociation", |details| {
        let solution_seller = details.name("solutionSeller");
        let customer_name = details.name("customerName");
        let isv_product = details.name("isvProduct");
        Some(RevenueAssociation {
            solution_seller: solution_seller?,
            customer_name: customer_name?,
            isv_product: isv_product?,
        })
    })
}

/// D14: Business Applications products carry a subscription id each; Microsoft 365 workloads none.
fn read_product(fields: &mut Reader<'_, '_>, area: Option<SolutionArea>) -> Option<ClaimedProduct> {
    let name = match area {
        Some(area) => fields.name_of("product", area.products()),
        None => fields.name("product"),
    };
    let subscription_id = match area {
        Some(SolutionArea::BusinessApplications) => fields.guid("subscriptionId"),
        Some(SolutionArea::Microsoft365) => {
            if fields.has("subscriptionId") {
                fields.fault("subscriptionId", NOT_HERE, "belongs to Business Applications products only");
            }
            None
        }
        None => fields.has("subscriptionId").then(|| fields.guid("subscriptionId")).flatten(),
    };
    let ends_on = if fields.has("endsOn") { fields.date("endsOn") } else { None };
    Some(ClaimedProduct { named: Product { product: name?, subscription_id }, ends_on })
}

/// D14: products are distinct, by workload or by subscription.
fn check_distinct(fields: &mut Reader<'_, '_>, products: Option<&[ClaimedProduct]>) {
    fields.also("products", || json!({ "uniqueItems": true }));
    let mut seen = BTreeSet::new();
    for (index, product) in products.unwrap_or_default().iter().enumerate() {
        let key = product.subscription_id.as_ref().map_or(product.product.as_str(), |id| id.as_str());
        if !seen.insert(key) {
            fields.fault(
                &format!("products/{index}"),
                "duplicate",
                "must be distinct: one per workload, one per subscription",
            );
        }
    }
}

/// Reads a product as it is named in other requests: `{product, subscriptionId?}`. Whoever sends a claim's product back as it
/// was read may leave `endsOn` in it, which names nothing.
fn named_product(fields: &mut Reader<'_, '_>) -> Option<Product> {
    let name = fields.name("product");
    let subscription_id = if fields.has("subscriptionId") { fields.guid("subscriptionId") } else { None };
    if fields.has("endsOn") {
        fields.date("endsOn")?;
    }
    Some(Product { product: name?, subscription_id })
}

/// Reads the announcement of a document, in one of its two forms ([`parse_upload`], [`parse_copy`]): the field `from` says
/// which.
///
/// # Errors
/// `InvalidInput` with every bad field, those of the other form among them.
pub fn parse_announcement(body: &Value) -> Result<Announcement, Refusal> {
    match body.get("from") {
        Some(_) => parse_copy(body).map(Announcement::Copy),
        None => parse_upload(body).map(Announcement::Upload),
    }
}

/// Reads which document of another claim is used once more: `{from: {claimId, evidenceId}}`.
///
/// # Errors
/// `InvalidInput` with every bad field.
pub fn parse_copy(body: &Value) -> Result<Source, Refusal> {
    read(body, |fields| {
        fields.nested("from", |from| {
            let claim = from.parsed("claimId", "the id of a claim", ULID);
            let evidence = from.parsed("evidenceId", "the id of a document", ULID);
            Some(Source { claim: claim?, evidence: evidence? })
        })
    })
}

/// Reads the announcement of a document that will be uploaded: `{fileName, mediaType?, size, sha256}`. A path before the name is left out. A
/// media type that is missing, empty or `application/octet-stream`, as browsers send it for files that they do not know,
/// is taken from the name's ending.
///
/// # Errors
/// `InvalidInput` with every bad field: another kind of document, more than 20 MB (D19), not a SHA-256.
pub fn parse_upload(body: &Value) -> Result<Upload, Refusal> {
    read(body, |fields| {
        let file_name = fields.line("fileName").and_then(|name| read_file_name(fields, &name));
        fields.also("fileName", || json!({ "format": "file-name", "pattern": ending_pattern() }));
        let given = fields.optional_line("mediaType").filter(|given| given != "application/octet-stream");
        fields.also("mediaType", || json!({ "format": "media-type" }));
        let size = fields.number("size", 0, MAX_DOCUMENT_BYTES);
        fields.also("size", || json!({ "minimum": 1 }));
        if size == Some(0) {
            fields.fault("size", "empty", "the file is empty; save the document anew and announce that");
        }
        let sha256: Option<Sha256> = fields.parsed("sha256", "64 hexadecimal digits", "^[0-9A-Fa-f]{64}$");
        let (kind, media_type) = file_name.as_deref().and_then(kind_of)?;
        if given.is_some_and(|given| !given.eq_ignore_ascii_case(media_type)) {
            fields.fault(
                "mediaType",
                "kind",
                format!("must be {media_type} for a {kind} document, or left out"),
            );
        }
        Some(Upload {
            file_name: file_name?,
            media_type: media_type.to_owned(),
            size: size?,
            sha256: sha256?,
        })
    })
}

/// What the names of accepted documents end in, in any case, as a regular expression.
fn ending_pattern() -> String {
    let letter = |c: char| match c.is_ascii_alphabetic() {
        true => format!("[{c}{}]", c.to_ascii_uppercase()),
        false => c.to_string(),
    };
    let endings = DOCUMENT_KINDS.iter().map(|(ending, _)| ending.chars().map(letter).collect::<String>());
    format!("\\.({})$", endings.collect::<Vec<_>>().join("|"))
}

/// The last segment of a file name, if it is the name of a document of an accepted kind.
fn read_file_name(fields: &mut Reader<'_, '_>, name: &str) -> Option<String> {
    let name = name.rsplit(['/', '\\']).next().unwrap_or_default().trim();
    if name.starts_with("~$") {
        let detail = "is a file that Office keeps while the document is open; announce the document itself";
        fields.fault("fileName", "lockFile", detail);
        return None;
    }
    if kind_of(name).is_none() {
        let mut kinds: Vec<_> = DOCUMENT_KINDS.iter().map(|(kind, _)| *kind).collect();
        kinds.sort_unstable();
        let mut detail = format!("must end in one of: {}", kinds.join(", "));
        if let Some(other) = ending_of(name).as_deref().and_then(Unaccepted::by_ending) {
            detail = format!("is {}, which is not accepted. {}", other.what(), other.next());
        }
        fields.fault("fileName", "kind", detail);
        return None;
    }
    Some(name.to_owned())
}

/// Reads a request for action: `{reasons: [{code, note?}], removeProducts?}` (R17, R19).
///
/// # Errors
/// `InvalidInput` with every bad field; `other` without a note among them.
pub fn parse_action_request(body: &Value) -> Result<(Vec<ActionReason>, Vec<Product>), Refusal> {
    read(body, |fields| {
        let reasons = fields.list("reasons", 1, ActionCode::ALL.len(), |reason| {
            let code = reason.one_of("code", ActionCode::ALL, ActionCode::as_str);
            let note = explained(reason, code == Some(ActionCode::Other));
            Some(ActionReason { code: code?, note })
        });
        let remove = fields.list("removeProducts", 0, MAX_PRODUCTS, named_product);
        Some((reasons?, remove?))
    })
}

/// Reads a rejection by a reviewer: `{reason, note?}` (R18).
///
/// # Errors
/// `InvalidInput` with every bad field; `other` without a note among them.
pub fn parse_rejection(body: &Value) -> Result<(RejectCode, Option<String>), Refusal> {
    read(body, |fields| {
        let reason = fields.one_of("reason", &RejectCode::of_reviewers(), RejectCode::as_str);
        let note = explained(fields, reason == Some(RejectCode::Other));
        Some((reason?, note))
    })
}

/// Reads the end of an association: `{products, reason}` (D15).
///
/// # Errors
/// `InvalidInput` with every bad field.
pub fn parse_association_end(body: &Value) -> Result<(Vec<Product>, String), Refusal> {
    read(body, |fields| {
        let products = fields.list("products", 1, MAX_PRODUCTS, named_product);
        let reason = fields.text("reason");
        Some((products?, reason?))
    })
}

/// Reads a withdrawal: `{cause, note?}` (D8).
///
/// # Errors
/// `InvalidInput` with every bad field.
pub fn parse_withdrawal(body: &Value) -> Result<(WithdrawCause, Option<String>), Refusal> {
    read(body, |fields| {
        let cause = fields.one_of("cause", WithdrawCause::ALL, WithdrawCause::as_str);
        let note = fields.optional_text("note");
        Some((cause?, note))
    })
}

/// Reads a dispute: `{justification?}` (R21).
///
/// # Errors
/// `InvalidInput` with every bad field.
pub fn parse_dispute(body: &Value) -> Result<Option<String>, Refusal> {
    read(body, |fields| Some(fields.optional_text("justification")))
}

/// Reads a comment: `{text, internal?}`; internal ones are notes between reviewers (D13).
///
/// # Errors
/// `InvalidInput` with every bad field.
pub fn parse_comment(body: &Value) -> Result<(String, bool), Refusal> {
    read(body, |fields| {
        let text = fields.text("text");
        let internal = fields.flag("internal");
        Some((text?, internal?))
    })
}

/// Reads a request to send the notice again: `{email?}` (D16).
///
/// # Errors
/// `InvalidInput` with every bad field.
pub fn parse_resend(body: &Value) -> Result<Option<String>, Refusal> {
    read(body, |fields| Some(if fields.has("email") { fields.email("email") } else { None }))
}

/// Reads a denial: `{confirm?, note?}` (R15); whether it is confirmed, and why it is made.
///
/// # Errors
/// `InvalidInput` with every bad field.
pub fn parse_denial(body: &Value) -> Result<(bool, Option<String>), Refusal> {
    read(body, |fields| {
        let confirmed = fields.flag("confirm");
        let note = fields.optional_text("note");
        Some((confirmed?, note))
    })
}

/// Reads an approval: `{confirmContact?}` (R10, D16).
///
/// # Errors
/// `InvalidInput` with every bad field.
pub fn parse_approval(body: &Value) -> Result<bool, Refusal> {
    read(body, |fields| {
        Some(if fields.has("confirmContact") { fields.flag("confirmContact")? } else { false })
    })
}

/// A note, mandatory where the code alone says nothing.
fn explained(fields: &mut Reader<'_, '_>, mandatory: bool) -> Option<String> {
    if mandatory { fields.text("note") } else { fields.optional_text("note") }
}

#[cfg(test)]
#[path = "draft_tests.rs"]
mod tests;
