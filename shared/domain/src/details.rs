//! What a claim says: the fields that the partner writes (the rulebook's "Fields"), as they are stored.

use std::fmt;
use std::ops::Deref;
use std::str::FromStr;

use chrono::NaiveDate;
use serde::{Deserialize, Serialize};

use crate::calendar::Instant;
use crate::catalogue::{Activity, SolutionArea};
use crate::clock::ClockName;
use crate::ids::{ContactRef, MpnId, NotAnId, SubscriptionId, TenantId};
use crate::program::Program;

/// What the partner claims. Claims and events hold references instead of contacts (I2); what is sent and shown holds
/// the contacts themselves.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(
    feature = "contract",
    derive(schemars::JsonSchema),
    schemars(rename = "ClaimFields", description = "What the partner claims.")
)]
#[serde(rename_all = "camelCase")]
pub struct Details<C = ContactRef> {
    /// The claim's name.
    pub name: String,
    /// The location of the partner organisation that claims.
    pub mpn_id: MpnId,
    /// The product family (R3).
    pub solution_area: SolutionArea,
    /// What the partner did (R3, D14).
    pub activities: Vec<Activity>,
    /// The end customer.
    pub customer: Customer<C>,
    /// Whether the customer's contact has an address that nothing tells to be the customer's (D16). It is worked out when
    /// the fields are written.
    #[serde(default, skip_serializing_if = "std::ops::Not::not")]
    pub contact_outside_domain: bool,
    /// Who answers technical questions; Business Applications only.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub technical_contact: Option<C>,
    /// Who gets the partner's emails (D18); shown as null once it was erased.
    pub partner_contact: C,
    /// What is claimed.
    pub products: Vec<ClaimedProduct>,
    /// What `revenueAssociation` requires (D14).
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub revenue_association: Option<RevenueAssociation>,
}

impl Details {
    /// Each product with the association record that it needs (D15).
    pub fn associations(&self) -> impl Iterator<Item = (&Product, AssociationKey)> {
        self.named().map(|product| (product, product.association(&self.customer.tenant_id)))
    }

    /// The references to the contacts.
    pub fn contacts(&self) -> Vec<ContactRef> {
        let always = [&self.customer.contact, &self.partner_contact];
        always.into_iter().chain(&self.technical_contact).cloned().collect()
    }
}

/// Which contact of a claim.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum ContactOf {
    /// The customer's, who is notified of an approval.
    Customer,
    /// The technical one.
    Technical,
    /// The partner's, who gets its emails.
    Partner,
}

impl<C> Details<C> {
    /// The products, without what else is known of them.
    pub fn named(&self) -> impl Iterator<Item = &Product> {
        self.products.iter().map(|claimed| &claimed.named)
    }

    /// The last days of the products' subscriptions, as far as they are known (D27).
    pub fn ends(&self) -> impl Iterator<Item = NaiveDate> {
        self.products.iter().filter_map(|product| product.ends_on)
    }

    /// The products whose subscriptions end soon at an instant: today or later, and so soon that the partner is reminded
    /// (D27).
    pub fn ending(&self, at: Instant, program: &Program) -> impl Iterator<Item = &ClaimedProduct> {
        let (period, calendar) = (program.periods.of(ClockName::RenewalReminder), &program.calendar);
        let is_soon = move |end| end >= calendar.day_of(at) && period.before(end, calendar) <= at;
        self.products.iter().filter(move |product| product.ends_on.is_some_and(is_soon))
    }

    /// Whether a product is one of the claim's.
    pub fn claims(&self, product: &Product) -> bool {
        self.named().any(|own| own == product)
    }

    /// The same details with something else in place of each contact.
    pub fn map_contacts<D>(self, mut put: impl FnMut(ContactOf, C) -> D) -> Details<D> {
        let put = |of, contact| Ok::<_, std::convert::Infallible>(put(of, contact));
        match self.try_map_contacts(put) {
            Ok(details) => details,
            Err(never) => match never {},
        }
    }

    /// Like [`Details::map_contacts`], with a `put` that can fail.
    ///
    /// # Errors
    /// The first error of `put`.
    pub fn try_map_contacts<D, E>(
        self,
        mut put: impl FnMut(ContactOf, C) -> Result<D, E>,
    ) -> Result<Details<D>, E> {
        Ok(Details {
            name: self.name,
            mpn_id: self.mpn_id,
            solution_area: self.solution_area,
            activities: self.activities,
            customer: Customer {
                tenant_id: self.customer.tenant_id,
                domain: self.customer.domain,
                mail_domains: self.customer.mail_domains,
                name: self.customer.name,
                contact: put(ContactOf::Customer, self.customer.contact)?,
            },
            contact_outside_domain: self.contact_outside_domain,
            technical_contact: match self.technical_contact {
                Some(contact) => Some(put(ContactOf::Technical, contact)?),
                None => None,
            },
            partner_contact: put(ContactOf::Partner, self.partner_contact)?,
            products: self.products,
            revenue_association: self.revenue_association,
        })
    }
}

/// The end customer of a claim.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "contract", derive(schemars::JsonSchema), schemars(rename = "Customer"))]
#[serde(rename_all = "camelCase")]
pub struct Customer<C = ContactRef> {
    /// Its directory (R5), a GUID in lower case.
    pub tenant_id: TenantId,
    /// Its domain, such as `adatum.example`.
    pub domain: String,
    /// Further domains that it has addresses in: a tenant is often called `x.onmicrosoft.com` and writes from elsewhere
    /// (D16).
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub mail_domains: Vec<String>,
    /// Its name.
    pub name: String,
    /// Who is notified of an approval (R13); shown as null once it was erased.
    pub contact: C,
}

/// A product of a claim, with what its partner knows of it.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "contract", derive(schemars::JsonSchema))]
#[serde(rename_all = "camelCase")]
pub struct ClaimedProduct {
    /// Which product.
    #[serde(flatten)]
    pub named: Product,
    /// The last day of its subscription, if the partner knows it; the partner is reminded before (D27).
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub ends_on: Option<NaiveDate>,
}

impl Deref for ClaimedProduct {
    type Target = Product;

    fn deref(&self) -> &Product {
        &self.named
    }
}

impl From<Product> for ClaimedProduct {
    /// A product of which nothing else is known.
    fn from(named: Product) -> Self {
        Self { named, ends_on: None }
    }
}

/// A product that can be claimed: a workload of the tenant, or a product with its subscription (D14).
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[cfg_attr(feature = "contract", derive(schemars::JsonSchema))]
#[serde(rename_all = "camelCase")]
pub struct Product {
    /// Its name in the catalogue.
    pub product: String,
    /// Its subscription; Business Applications only.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub subscription_id: Option<SubscriptionId>,
}

impl Product {
    /// What only one approved claim can hold for this product (D15): the subscription, or the workload of the tenant.
    pub fn association(&self, tenant: &TenantId) -> AssociationKey {
        match &self.subscription_id {
            Some(subscription) => AssociationKey::Subscription(subscription.clone()),
            None => AssociationKey::Workload(tenant.clone(), self.product.clone()),
        }
    }
}

/// What only one claim can hold (D15); as text, `{tenant}#{workload}` or a subscription id.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum AssociationKey {
    /// A subscription.
    Subscription(SubscriptionId),
    /// A workload of a tenant.
    Workload(TenantId, String),
}

impl fmt::Display for AssociationKey {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Subscription(subscription) => write!(f, "{subscription}"),
            Self::Workload(tenant, workload) => write!(f, "{tenant}#{workload}"),
        }
    }
}

impl FromStr for AssociationKey {
    type Err = NotAnId;

    fn from_str(text: &str) -> Result<Self, NotAnId> {
        Ok(match text.split_once('#') {
            Some((tenant, workload)) => Self::Workload(tenant.parse()?, workload.to_owned()),
            None => Self::Subscription(text.parse()?),
        })
    }
}

/// What a claim for revenue association requires (D14).
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "contract", derive(schemars::JsonSchema))]
#[serde(rename_all = "camelCase")]
pub struct RevenueAssociation {
    /// The solution seller's name.
    pub solution_seller: String,
    /// The customer's name.
    pub customer_name: String,
    /// The ISV product's name.
    pub isv_product: String,
}
