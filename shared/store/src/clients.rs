//! The machine clients (D25): an item for each, in one partition, so that they can be listed. The function `token` reads one
//! each time that it makes a token for a program; who revoked one leaves the item, which says so.

use aws_sdk_dynamodb::operation::put_item::PutItemInput;
use aws_sdk_dynamodb::operation::query::QueryInput;
use claim_domain::claim::SCHEMA;
use claim_domain::client::MachineClient;
use claim_domain::ids::ClientId;

use crate::Store;
use crate::error::StoreError;
use crate::item::{number, read, text, to_value};
use crate::key::{CLIENTS, Key};

impl Store {
    /// A machine client, read consistently.
    ///
    /// # Errors
    /// When the table fails or the item cannot be read.
    pub async fn machine_client(&self, id: &ClientId) -> Result<Option<MachineClient>, StoreError> {
        let item = self.get(&Key::Client(id.clone())).await?;
        item.map(|item| read(&item, "client")).transpose()
    }

    /// Every machine client, revoked ones among them.
    ///
    /// # Errors
    /// When the table fails or an item cannot be read.
    pub async fn machine_clients(&self) -> Result<Vec<MachineClient>, StoreError> {
        let (mut clients, mut start) = (Vec::new(), None);
        loop {
            let input = QueryInput::builder()
                .table_name(&self.name)
                .key_condition_expression("pk = :pk")
                .expression_attribute_values(":pk", text(CLIENTS))
                .set_exclusive_start_key(start)
                .consistent_read(true);
            let page = self.table.query(input).await?;
            for item in page.items() {
                clients.push(read(item, "client")?);
            }
            start = page.last_evaluated_key.filter(|key| !key.is_empty());
            if start.is_none() {
                return Ok(clients);
            }
        }
    }

    /// Keeps a machine client as it is now.
    ///
    /// # Errors
    /// When the table fails.
    pub async fn keep_machine_client(&self, client: &MachineClient) -> Result<(), StoreError> {
        let mut item = Key::Client(client.id.clone()).attributes();
        item.insert("schema".to_owned(), number(SCHEMA));
        item.insert("client".to_owned(), to_value(client)?);
        self.table.put_item(PutItemInput::builder().table_name(&self.name).set_item(Some(item))).await?;
        Ok(())
    }
}
