//! Lists, read from an index and never by a scan. A page examines a bounded number of claims and may be short; only a
//! missing next position means the end.

use std::collections::HashMap;

use aws_sdk_dynamodb::operation::query::QueryInput;
use aws_sdk_dynamodb::types::AttributeValue;
use claim_domain::calendar::Instant;
use claim_domain::catalogue::SolutionArea;
use claim_domain::claim::{Claim, Status};
use claim_domain::clock::Party;
use claim_domain::ids::{ClaimId, MpnId, PartnerId, TenantId};
use claim_domain::people::Actor;
use serde::{Deserialize, Serialize, de, ser};

use crate::Store;
use crate::error::StoreError;
use crate::item::{Item, NEVER, read, sortable, text};
use crate::key::Key;

/// How many claims a page with filters examines at most.
pub const EXAMINED: u32 = 200;

/// Whose list it is.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum ListScope {
    /// A partner organisation's claims (I7); discarded ones have left it (D8).
    Partner(PartnerId),
    /// Those of them that need the organisation before anything goes on, always by due instant ([`Listed::needs_partner`]).
    Needing(PartnerId),
    /// The reviewers' queue: claims that are submitted, under review or with the partner.
    Review,
}

/// In which order.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub enum ListOrder {
    /// The latest change first.
    Updated,
    /// The earliest due instant first, missed ones before all others, and claims without one last.
    Due,
}

/// What is asked of a list.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct ListQuery {
    /// Whose.
    pub scope: ListScope,
    /// In which order.
    pub order: ListOrder,
    /// At most how many claims.
    pub limit: u32,
    /// Where the previous page ended.
    pub after: Option<Position>,
    /// Which claims.
    pub filter: Filter,
}

/// Which claims a list shows; an empty filter shows all.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Filter {
    /// In one of these statuses.
    pub statuses: Vec<Status>,
    /// With this product, by name.
    pub product: Option<String>,
    /// Of this customer.
    pub customer: Option<TenantId>,
    /// Where somebody was or is to act before this.
    pub due_before: Option<Instant>,
    /// Contested, or not.
    pub contested: Option<bool>,
    /// Of this product family.
    pub area: Option<SolutionArea>,
    /// With this in the claim's or the customer's name, in any letter case.
    pub named: Option<String>,
    /// In a dispute, or not.
    pub disputed: Option<bool>,
    /// Assigned to this person, or to nobody.
    pub assigned: Option<Assigned>,
}

/// Whom a claim is assigned to.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Assigned {
    /// Nobody reviews it.
    Nobody,
    /// The person with this id does.
    To(String),
}

/// Where a page ended. It names its list and is good for no other. It comes back from outside, so only what we write
/// ourselves is read: anything else would be no key of the table.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(try_from = "Unchecked")]
pub struct Position {
    list: String,
    order: ListOrder,
    place: String,
    claim: ClaimId,
}

/// A position as it came from outside.
#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct Unchecked {
    list: String,
    order: ListOrder,
    place: String,
    claim: ClaimId,
}

impl TryFrom<Unchecked> for Position {
    type Error = &'static str;

    fn try_from(Unchecked { list, order, place, claim }: Unchecked) -> Result<Self, Self::Error> {
        let at = place.strip_suffix(claim.as_str()).and_then(|rest| rest.strip_suffix('#'));
        let is_ours =
            |at: &str| at == NEVER || at.parse::<Instant>().is_ok_and(|instant| sortable(instant) == at);
        if at.is_some_and(is_ours) {
            Ok(Self { list, order, place, claim })
        } else {
            Err("not a place in a list")
        }
    }
}

impl Position {
    /// Whether a page can start here: in this list and order, before the list's end.
    fn belongs_to(&self, index: &Index, query: &ListQuery) -> bool {
        let end = query.filter.due_before.filter(|_| query.order == ListOrder::Due).map(sortable);
        self.list == index.partition && self.order == query.order && end.is_none_or(|end| self.place < end)
    }
}

/// A claim as lists show it; the stored copy may lag behind the claim's clocks.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub struct Listed {
    /// The claim's id.
    pub id: ClaimId,
    /// Its revision.
    pub revision: u64,
    /// Its status.
    pub status: Status,
    /// Its name.
    pub name: String,
    /// Whose it is.
    pub partner_id: PartnerId,
    /// The organisation's display name (D21).
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub partner_name: Option<String>,
    /// The partner's location.
    pub mpn_id: MpnId,
    /// The product family.
    pub solution_area: SolutionArea,
    /// The customer.
    pub customer: ListedCustomer,
    /// The products' names.
    pub products: Vec<String>,
    /// The stored mark of D15.
    pub contested: bool,
    /// Whether it is in a dispute; rows from before this was stored do not say.
    #[serde(default, skip_serializing_if = "std::ops::Not::not")]
    pub disputed: bool,
    /// Whether emails cannot be delivered to the partner's contact (D18).
    #[serde(default, skip_serializing_if = "std::ops::Not::not")]
    pub undeliverable: bool,
    /// Who reviews it.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub assigned_to: Option<Actor>,
    /// By when somebody is to act, or was to (D5); lists sort by it.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub next_due_at: Option<Instant>,
    /// Who is to act by then; rows from before this was stored do not say.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub awaits: Option<Party>,
    /// Since when reviewers are late with it, if they are (D5).
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub late_since: Option<Instant>,
    /// When it was created.
    pub created_at: Instant,
    /// When it last changed.
    pub updated_at: Instant,
}

/// The customer of a listed claim.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "contract", derive(schemars::JsonSchema))]
#[serde(rename_all = "camelCase")]
pub struct ListedCustomer {
    /// Its directory.
    pub tenant_id: TenantId,
    /// Its name.
    pub name: String,
}

impl Listed {
    /// The claim as lists show it.
    pub fn of(claim: &Claim) -> Self {
        let (next_due_at, awaits) = claim.expected().unzip();
        Self {
            id: claim.id.clone(),
            revision: claim.revision,
            status: claim.status,
            name: claim.details.name.clone(),
            partner_id: claim.partner.clone(),
            partner_name: claim.partner_name.clone(),
            mpn_id: claim.details.mpn_id.clone(),
            solution_area: claim.details.solution_area,
            customer: ListedCustomer {
                tenant_id: claim.details.customer.tenant_id.clone(),
                name: claim.details.customer.name.clone(),
            },
            products: claim.details.named().map(|product| product.product.clone()).collect(),
            contested: claim.contested,
            disputed: claim.in_dispute(),
            undeliverable: claim.undeliverable_since.is_some(),
            assigned_to: claim.assigned_to.clone(),
            next_due_at,
            awaits,
            late_since: claim.late_since(),
            created_at: claim.created_at,
            updated_at: claim.updated_at,
        }
    }
}

impl Listed {
    /// The row as it is stored: JSON in one text. A page of a list reads many, and attributes of a table cost more to read.
    pub(crate) fn written(&self) -> Result<AttributeValue, StoreError> {
        let written = serde_json::to_string(self).map(AttributeValue::S);
        written.map_err(|fault| StoreError::Unwritable(ser::Error::custom(fault)))
    }

    /// The row of an item, which stands at a place of a list.
    fn read(item: &Item, place: &str) -> Result<Self, StoreError> {
        let written = item.get("listed").and_then(|listed| listed.as_s().ok());
        serde_json::from_str(written.map_or("", String::as_str))
            .map_err(|fault| StoreError::Corrupt { key: place.to_owned(), source: de::Error::custom(fault) })
    }

    /// Whether nothing goes on before its partner does something: finishes it, answers, or corrects an address. A rejection
    /// that can be disputed needs nobody.
    pub fn needs_partner(&self) -> bool {
        let is_awaited = self.awaits == Some(Party::Partner) && self.status != Status::Rejected;
        self.status == Status::Editing || is_awaited || self.undeliverable
    }

    fn is_assigned(&self, assigned: &Assigned) -> bool {
        match (assigned, &self.assigned_to) {
            (Assigned::Nobody, reviewer) => reviewer.is_none(),
            (Assigned::To(id), reviewer) => reviewer.as_ref().is_some_and(|reviewer| reviewer.id == *id),
        }
    }

    fn is_named(&self, text: &str) -> bool {
        let text = text.to_lowercase();
        [&self.name, &self.customer.name].into_iter().any(|name| name.to_lowercase().contains(&text))
    }
}

impl Filter {
    fn is_empty(&self) -> bool {
        *self == Self::default()
    }

    fn shows(&self, row: &Listed) -> bool {
        (self.statuses.is_empty() || self.statuses.contains(&row.status))
            && self.product.as_ref().is_none_or(|product| row.products.contains(product))
            && self.customer.as_ref().is_none_or(|customer| row.customer.tenant_id == *customer)
            && self.due_before.is_none_or(|before| row.next_due_at.is_some_and(|due| due < before))
            && self.contested.is_none_or(|contested| row.contested == contested)
            && self.area.is_none_or(|area| row.solution_area == area)
            && self.named.as_ref().is_none_or(|text| row.is_named(text))
            && self.disputed.is_none_or(|disputed| row.disputed == disputed)
            && self.assigned.as_ref().is_none_or(|assigned| row.is_assigned(assigned))
    }
}

/// One page of a list.
#[derive(Debug, Clone, Default)]
pub struct ListPage {
    /// The claims.
    pub rows: Vec<Listed>,
    /// Where to go on; `None` at the end.
    pub next: Option<Position>,
}

/// An index: its name, its partition key, its sort key, and the partition.
struct Index {
    name: &'static str,
    pk: &'static str,
    sk: &'static str,
    partition: String,
}

impl Index {
    fn of(scope: &ListScope, order: ListOrder) -> Self {
        let (name, pk, sk) = match (scope, order) {
            (ListScope::Partner(_), ListOrder::Updated) => ("partner-updated", "partnerPk", "partnerUpdated"),
            (ListScope::Partner(_), ListOrder::Due) => ("partner-due", "partnerPk", "partnerDue"),
            (ListScope::Needing(_), _) => ("partner-needs", "needsPk", "partnerDue"),
            (ListScope::Review, ListOrder::Updated) => ("review-updated", "reviewPk", "reviewUpdated"),
            (ListScope::Review, ListOrder::Due) => ("review-due", "reviewPk", "reviewDue"),
        };
        Self { name, pk, sk, partition: scope.to_string() }
    }

    /// The key after which a query goes on. Its partition is that of the caller's list, whatever the position says.
    fn start(&self, position: &Position) -> Item {
        let mut key = Key::Claim(position.claim.clone()).attributes();
        key.insert(self.pk.to_owned(), text(self.partition.clone()));
        key.insert(self.sk.to_owned(), text(position.place.clone()));
        key
    }
}

impl Store {
    /// One page of a list, with one query.
    ///
    /// # Errors
    /// [`StoreError::ForeignPosition`] for a position of another list; otherwise when the table fails.
    pub async fn list(&self, query: &ListQuery) -> Result<ListPage, StoreError> {
        let index = Index::of(&query.scope, query.order);
        if query.after.as_ref().is_some_and(|after| !after.belongs_to(&index, query)) {
            return Err(StoreError::ForeignPosition);
        }
        let examined = if query.filter.is_empty() { query.limit } else { EXAMINED };
        // In a list by due instant, claims that are due later need not even be examined.
        let bounded = query.filter.due_before.filter(|_| query.order == ListOrder::Due);
        let names =
            HashMap::from([("#pk".to_owned(), index.pk.to_owned()), ("#sk".to_owned(), index.sk.to_owned())]);
        let mut values = HashMap::from([(":pk".to_owned(), text(index.partition.clone()))]);
        let mut condition = "#pk = :pk";
        if let Some(before) = bounded {
            condition = "#pk = :pk AND #sk < :before";
            values.insert(":before".to_owned(), text(sortable(before)));
        }
        let input = QueryInput::builder()
            .table_name(&self.name)
            .index_name(index.name)
            .key_condition_expression(condition)
            .set_expression_attribute_names(Some(names))
            .set_expression_attribute_values(Some(values))
            .scan_index_forward(query.order == ListOrder::Due)
            .projection_expression("listed, #sk")
            .set_exclusive_start_key(query.after.as_ref().map(|after| index.start(after)))
            .limit(i32::try_from(examined).unwrap_or(i32::MAX));
        let page = self.table.query(input).await?;
        let more = page.last_evaluated_key().is_some_and(|key| !key.is_empty());
        let mut rows = Vec::new();
        let mut last = None;
        let count = page.items().len();
        for (nth, item) in page.items().iter().enumerate() {
            let place: String = read(item, index.sk)?;
            let row = Listed::read(item, &place)?;
            let position =
                Position { list: index.partition.clone(), order: query.order, place, claim: row.id.clone() };
            if query.filter.shows(&row) {
                rows.push(row);
            }
            last = Some(position);
            if rows.len() >= query.limit as usize {
                let next = if more || nth + 1 < count { last } else { None };
                return Ok(ListPage { rows, next });
            }
        }
        Ok(ListPage { rows, next: last.filter(|_| more) })
    }
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;

    fn row(status: Status, awaits: Option<Party>, undeliverable: bool) -> Listed {
        let row = json!({
            "id": "01J0000000000000000000000A", "revision": 1, "status": status, "name": "Zażółć rollout",
            "partnerId": "contoso", "mpnId": "1001", "solutionArea": "Microsoft 365",
            "customer": { "tenantId": "11111111-2222-3333-4444-555555555555", "name": "Wingtip" },
            "products": ["Teams"], "contested": false, "undeliverable": undeliverable, "awaits": awaits,
            "createdAt": "2026-03-02T09:00:00Z", "updatedAt": "2026-03-02T09:00:00Z",
        });
        serde_json::from_value(row).unwrap()
    }

    #[test]
    fn a_claim_needs_its_partner_where_nothing_else_goes_on() {
        let table = [
            (Status::Editing, None, false, true),
            (Status::Submitted, Some(Party::Reviewers), false, false),
            (Status::Submitted, Some(Party::Reviewers), true, true),
            (Status::PartnerActionRequired, Some(Party::Partner), false, true),
            (Status::Approved, Some(Party::Customer), false, false),
            (Status::Approved, Some(Party::Partner), false, true),
            (Status::Rejected, Some(Party::Partner), false, false),
            (Status::Rejected, None, false, false),
        ];
        for (status, awaits, undeliverable, needs) in table {
            let row = row(status, awaits, undeliverable);
            assert_eq!(row.needs_partner(), needs, "{status:?} {awaits:?} {undeliverable}");
        }
    }

    #[test]
    fn a_name_is_found_in_any_letter_case() {
        let row = row(Status::Submitted, None, false);
        for (text, is_found) in
            [("zażółć", true), ("ROLL", true), ("wing", true), ("Teams", false), ("contoso", false)]
        {
            let filter = Filter { named: Some(text.to_owned()), ..Filter::default() };
            assert_eq!(filter.shows(&row), is_found, "{text}");
        }
    }

    #[test]
    fn a_page_starts_only_where_the_same_list_was_left() {
        claim_domain::proves!(I7);
        let own = ListScope::Partner("contoso".parse().unwrap());
        let query = |scope: &ListScope, order| ListQuery {
            scope: scope.clone(),
            order,
            filter: Filter::default(),
            after: None,
            limit: 20,
        };
        let left = |scope: &ListScope, order| Position {
            list: scope.to_string(),
            order,
            place: "2026-03-02T10:00:00.000000Z#01J0000000000000000000000A".to_owned(),
            claim: "01J0000000000000000000000A".parse().unwrap(),
        };
        let (asked, index) = (query(&own, ListOrder::Due), Index::of(&own, ListOrder::Due));
        assert!(left(&own, ListOrder::Due).belongs_to(&index, &asked));
        assert!(!left(&own, ListOrder::Updated).belongs_to(&index, &asked), "in another order");
        for others in [ListScope::Partner("fabrikam".parse().unwrap()), ListScope::Review] {
            assert!(!left(&others, ListOrder::Due).belongs_to(&index, &asked), "a page of {others} was left");
        }
    }

    #[test]
    fn only_a_place_that_we_write_ourselves_is_read() {
        let claim = "01J0000000000000000000000A";
        let read = |place: String| {
            let text = format!(r#"{{"list":"ORG#a","order":"due","place":{place:?},"claim":"{claim}"}}"#);
            serde_json::from_str::<Position>(&text).is_ok()
        };
        assert!(read(format!("2026-03-02T10:00:00.000000Z#{claim}")) && read(format!("9999#{claim}")));
        let long = "9".repeat(2_000);
        for at in ["", "9998", "2026-03-02T10:00:00Z", "2026-03-02T10:00:00.000000+00:00", "x", &long] {
            assert!(!read(format!("{at}#{claim}")), "{at}");
        }
        assert!(!read("9999#01J0000000000000000000000B".to_owned()) && !read("9999".to_owned()));
    }
}
