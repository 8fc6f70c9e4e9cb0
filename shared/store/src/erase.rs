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
    use std::cell::RefCell;
    use std::sync::Arc;

    use aws_sdk_dynamodb::Client;
    use aws_sdk_dynamodb::config::BehaviorVersion;
    use aws_sdk_dynamodb::operation::scan::builders::ScanInputBuilder;
    use aws_sdk_dynamodb::operation::scan::{ScanError, ScanOutput};
    use claim_ports::Answer;

    use super::*;
    use crate::item::to_value;

    /// A table that answers a scan with one item a page, and goes on behind the key that it is given. As DynamoDB does,
    /// it filters after it has cut the page, so that a page may be empty and not the last.
    #[derive(Debug)]
    struct OneByOne(Vec<Item>);

    impl WholeTable for OneByOne {
        fn scan(&self, input: ScanInputBuilder) -> Answer<'_, ScanOutput, ScanError> {
            let input = input.build().unwrap();
            assert_eq!(input.filter_expression(), Some("begins_with(sk, :contact)"));
            let key = |item: &Item| Key::of(item).unwrap().attributes();
            let behind = |last: &Item| self.0.iter().position(|item| key(item) == *last).unwrap() + 1;
            let at = input.exclusive_start_key().map_or(0, behind);
            let items = self.0.get(at).cloned().into_iter();
            let items = items.filter(|item| matches!(Key::of(item), Ok(Key::Contact(..)))).collect();
            let page = ScanOutput::builder()
                .set_items(Some(items))
                .scanned_count(i32::from(at < self.0.len()))
                .set_last_evaluated_key(self.0.get(at).map(key))
                .build();
            Box::pin(std::future::ready(Ok(page)))
        }
    }

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
    #[tokio::test]
    async fn a_person_is_looked_for_on_every_page_of_the_table() {
        claim_domain::proves!(D22);
        let whole = OneByOne(vec![
            Key::Claim(key(1, 11).0).attributes(),
            contact(1, 11, "carla@customer.example"),
            contact(2, 21, "ana@partner.example"),
            Key::Event(key(2, 21).0, 1).attributes(),
            contact(3, 31, "carla@customer.example"),
        ]);
        let config = aws_sdk_dynamodb::Config::builder().behavior_version(BehaviorVersion::latest()).build();
        let store = Store::new(Arc::new(Client::from_conf(config)), "claims".to_owned(), 1);
        let seen = RefCell::new(Vec::new());
        let progress = |items| seen.borrow_mut().push(items);
        let found = store.contacts_at(&whole, "carla@customer.example", progress).await.unwrap();
        assert_eq!(found, [key(1, 11), key(3, 31)]);
        assert_eq!(seen.into_inner(), [1, 2, 3, 4, 5, 5], "how far it is, after each page");
    }
}
