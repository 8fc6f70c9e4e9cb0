//! Erasing (D22): the contacts of a claim, a whole claim, and a person everywhere.
//!
//! Whatever is erased is deleted item by item: an erasure that was cut off is begun again and finds what is left.

use aws_sdk_dynamodb::operation::query::QueryInput;
use aws_sdk_dynamodb::operation::scan::ScanInput;
use aws_sdk_dynamodb::operation::transact_write_items::TransactWriteItemsInput;
use aws_sdk_dynamodb::types::{Delete, TransactWriteItem};
use claim_domain::ids::{ClaimId, ContactRef};
use claim_ports::WholeTable;

use crate::Store;
use crate::error::StoreError;
use crate::item::{Item, text};
use crate::key::{CONTACTS, EVENTS, Key};
use crate::read::contact_in;

/// How many items are deleted at once.
const BATCH: usize = 25;

impl Store {
    /// Erases every contact of a claim, those that were replaced as well (D22).
    ///
    /// # Errors
    /// When the table fails; some may be erased then.
    pub async fn erase_contacts(&self, claim: &ClaimId) -> Result<(), StoreError> {
        let contacts = self.keys_of(claim, CONTACTS).await?;
        self.delete(&contacts).await
    }

    /// Deletes a claim with its history and contacts. The claim itself goes first, so that nobody can add to it; the
    /// event `last`, whose effect this is, goes last, so that a deletion that was cut off is begun again (D22).
    ///
    /// # Errors
    /// When the table fails; a part may be deleted then.
    pub async fn delete_claim(&self, claim: &ClaimId, last: u64) -> Result<(), StoreError> {
        self.delete(&[Key::Claim(claim.clone())]).await?;
        self.erase_contacts(claim).await?;
        let last = Key::Event(claim.clone(), last);
        let events = self.keys_of(claim, EVENTS).await?;
        let earlier: Vec<Key> = events.into_iter().filter(|event| *event != last).collect();
        self.delete(&earlier).await?;
        self.delete(&[last]).await
    }

    /// Every contact with this address, in all claims, whatever the case of its letters. This reads the whole table;
    /// `progress` hears after each page how many items were looked at.
    ///
    /// # Errors
    /// When the table fails or an item cannot be read.
    pub async fn contacts_at(
        &self,
        whole: &dyn WholeTable,
        email: &str,
        progress: impl Fn(u64),
    ) -> Result<Vec<(ClaimId, ContactRef)>, StoreError> {
        let (mut found, mut start, mut seen) = (Vec::new(), None, 0);
        loop {
            let input = ScanInput::builder()
                .table_name(&self.name)
                .filter_expression("begins_with(sk, :contact)")
                .expression_attribute_values(":contact", text(CONTACTS))
                .consistent_read(true)
                .set_exclusive_start_key(start);
            let page = whole.scan(input).await?;
            seen += u64::try_from(page.scanned_count).unwrap_or_default();
            found.extend(with_address(page.items(), email)?);
            progress(seen);
            start = page.last_evaluated_key.filter(|key| !key.is_empty());
            if start.is_none() {
                return Ok(found);
            }
        }
    }

    /// Erases one contact of a claim, at an operator's word. The claim and its history go on without it.
    ///
    /// # Errors
    /// When the table fails.
    pub async fn erase_contact(&self, claim: &ClaimId, place: &ContactRef) -> Result<(), StoreError> {
        self.delete(&[Key::Contact(claim.clone(), place.clone())]).await
    }

    /// The keys of a claim's items whose sort keys begin so, read consistently.
    async fn keys_of(&self, claim: &ClaimId, begins_with: &str) -> Result<Vec<Key>, StoreError> {
        let (mut keys, mut start) = (Vec::new(), None);
        loop {
            let input = QueryInput::builder()
                .table_name(&self.name)
                .key_condition_expression("pk = :pk AND begins_with(sk, :kind)")
                .expression_attribute_values(":pk", text(Key::Claim(claim.clone()).partition()))
                .expression_attribute_values(":kind", text(begins_with))
                .projection_expression("pk, sk")
                .consistent_read(true)
                .set_exclusive_start_key(start);
            let page = self.table.query(input).await?;
            for item in page.items() {
                keys.push(Key::of(item)?);
            }
            start = page.last_evaluated_key.filter(|key| !key.is_empty());
            if start.is_none() {
                return Ok(keys);
            }
        }
    }

    /// Deletes items that may be gone already.
    async fn delete(&self, keys: &[Key]) -> Result<(), StoreError> {
        for batch in keys.chunks(BATCH) {
            let mut actions = Vec::with_capacity(batch.len());
            for key in batch {
                let delete = Delete::builder().table_name(&self.name).set_key(Some(key.attributes())).build();
                let delete = delete.map_err(|error| StoreError::Failed {
                    code: "unfinished request".to_owned(),
                    source: Box::new(error),
                })?;
                actions.push(TransactWriteItem::builder().delete(delete).build());
            }
            let input = TransactWriteItemsInput::builder().set_transact_items(Some(actions));
            self.table.transact_write_items(input).await?;
        }
        Ok(())
    }
}

/// The contacts with this address among these items, whatever the case of its letters.
fn with_address(items: &[Item], email: &str) -> Result<Vec<(ClaimId, ContactRef)>, StoreError> {
    let mut found = Vec::new();
    for item in items {
        if let Key::Contact(claim, place) = Key::of(item)?
            && contact_in(item)?.email.eq_ignore_ascii_case(email)
        {
            found.push((claim, place));
        }
    }
    Ok(found)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::item::to_value;

    fn key(claim: u32, place: u32) -> (ClaimId, ContactRef) {
        (format!("01J{claim:023}").parse().unwrap(), format!("01J{place:023}").parse().unwrap())
    }

    fn contact(claim: u32, place: u32, email: &str) -> Item {
        let (claim, place) = key(claim, place);
        let mut item = Key::Contact(claim, place).attributes();
        let contact = serde_json::json!({ "name": "Carla", "email": email });
        item.insert("contact".to_owned(), to_value(&contact).unwrap());
        item
    }

    #[test]
    fn a_person_is_found_in_every_claim_whatever_the_case_of_the_address() {
        claim_domain::proves!(D22);
        let (claim, _) = key(1, 11);
        let items = [
            Key::Claim(claim.clone()).attributes(),
            contact(1, 11, "Carla@Customer.example"),
            contact(1, 12, "carla@customer.example.org"),
            contact(2, 21, "ana@partner.example"),
            contact(3, 31, "carla@customer.example"),
            Key::Event(claim, 1).attributes(),
        ];
        let found = with_address(&items, "CARLA@customer.example").unwrap();
        assert_eq!(found, [key(1, 11), key(3, 31)]);
    }
}
