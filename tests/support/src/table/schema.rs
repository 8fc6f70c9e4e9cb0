//! The keys and indexes of the tables, read from the template that deploys them, so that the tables in memory cannot
//! drift from the product's.

use std::sync::{Arc, OnceLock};

use serde_json::Value;

use crate::template::{Template, TemplateError};
use crate::{SESSIONS, TABLE};

/// The keys and indexes of a table.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Schema {
    /// The table's name.
    pub name: String,
    /// The attributes of its key.
    pub keys: Keys,
    /// The attribute that holds the time to live of an item.
    pub ttl: Option<String>,
    /// Its global secondary indexes.
    pub indexes: Vec<Index>,
}

/// The attributes of a key, all of them text.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Keys {
    /// The partition key.
    pub partition: String,
    /// The sort key, if there is one.
    pub sort: Option<String>,
}

impl Keys {
    /// The names of the attributes.
    pub fn names(&self) -> impl Iterator<Item = &String> + Clone {
        std::iter::once(&self.partition).chain(&self.sort)
    }
}

/// A global secondary index. It is sparse: it contains only the items that have all attributes of its key.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Index {
    /// Its name.
    pub name: String,
    /// The attributes of its key.
    pub keys: Keys,
    /// Which attributes of an item it contains.
    pub projection: Projection,
}

/// Which attributes of an item an index contains.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Projection {
    /// All attributes.
    All,
    /// The keys of the table and the index, and these attributes.
    With(Vec<String>),
}

/// Why the table of a template cannot be simulated.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum UnsupportedTemplate {
    /// The template cannot be read.
    #[error(transparent)]
    Template(#[from] TemplateError),
    /// The table is not there, or has something that the simulated table does not support.
    #[error("the template's table {table} cannot be simulated: {what}")]
    Table {
        /// The table.
        table: String,
        /// What is missing or not supported.
        what: String,
    },
}

impl Schema {
    /// The table of claims, as template.yaml defines it. The file is read once.
    pub fn of_claims() -> Arc<Self> {
        static SCHEMA: OnceLock<Arc<Schema>> = OnceLock::new();
        Self::of_product(&SCHEMA, TABLE)
    }

    /// The table of sessions.
    pub fn of_sessions() -> Arc<Self> {
        static SCHEMA: OnceLock<Arc<Schema>> = OnceLock::new();
        Self::of_product(&SCHEMA, SESSIONS)
    }

    fn of_product(once: &'static OnceLock<Arc<Self>>, table: &str) -> Arc<Self> {
        let read = || Self::read(&Template::of_product()?, table);
        Arc::clone(once.get_or_init(|| Arc::new(read().unwrap_or_else(|error| unreachable!("{error}")))))
    }

    /// The table with this logical id in a template, which is also its name here.
    ///
    /// # Errors
    /// When the template has no such table, or one with features that the simulated table does not support.
    pub fn read(template: &Template, logical: &str) -> Result<Self, UnsupportedTemplate> {
        let resources = template.resources()?;
        let properties = resources.get(logical).map_or(&Value::Null, |resource| &resource["Properties"]);
        Self::of(logical, properties)
            .map_err(|what| UnsupportedTemplate::Table { table: logical.to_owned(), what })
    }

    fn of(name: &str, table: &Value) -> Result<Self, String> {
        // What was before is for checks alone, which see it in any case.
        if let Some(stream) = table.get("StreamSpecification")
            && stream["StreamViewType"] != "NEW_IMAGE"
        {
            return Err("its stream has other images than the new ones".to_owned());
        }
        let definitions = list(table, "AttributeDefinitions")?;
        if definitions.iter().any(|definition| definition["AttributeType"] != "S") {
            return Err("an attribute of a key is not text".to_owned());
        }
        let indexes = list(table, "GlobalSecondaryIndexes")?.iter().map(index).collect::<Result<_, _>>()?;
        let ttl = table["TimeToLiveSpecification"]["AttributeName"].as_str().map(str::to_owned);
        Ok(Self { name: name.to_owned(), keys: keys(table)?, ttl, indexes })
    }
}

fn index(index: &Value) -> Result<Index, String> {
    let projection = &index["Projection"];
    let projection = match text(projection, "ProjectionType")?.as_str() {
        "ALL" => Projection::All,
        "KEYS_ONLY" => Projection::With(Vec::new()),
        "INCLUDE" => {
            let names = list(projection, "NonKeyAttributes")?.iter();
            let name =
                |name: &Value| name.as_str().map(str::to_owned).ok_or("a projected attribute has no name");
            Projection::With(names.map(name).collect::<Result<_, _>>()?)
        }
        other => return Err(format!("a projection {other}")),
    };
    Ok(Index { name: text(index, "IndexName")?, keys: keys(index)?, projection })
}

fn keys(of: &Value) -> Result<Keys, String> {
    let schema = list(of, "KeySchema")?;
    let of_kind = |kind: &str| {
        let found = schema.iter().find(|key| key["KeyType"] == kind);
        found.map(|key| text(key, "AttributeName")).transpose()
    };
    Ok(Keys { partition: of_kind("HASH")?.ok_or("a key without a partition key")?, sort: of_kind("RANGE")? })
}

fn text(of: &Value, name: &str) -> Result<String, String> {
    of[name].as_str().map(str::to_owned).ok_or_else(|| format!("{name} is not text"))
}

fn list<'a>(of: &'a Value, name: &str) -> Result<&'a [Value], String> {
    of[name].as_array().map(Vec::as_slice).ok_or_else(|| format!("{name} is not a list"))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_table_of_claims_is_read_from_its_template() {
        let schema = Schema::of_claims();
        assert_eq!(schema.keys, Keys { partition: "pk".to_owned(), sort: Some("sk".to_owned()) });
        assert_eq!(schema.ttl.as_deref(), Some("ttl"));
        let names: Vec<_> = schema.indexes.iter().map(|index| index.name.as_str()).collect();
        assert_eq!(
            names,
            ["partner-updated", "partner-due", "partner-needs", "review-updated", "review-due", "work"]
        );
        assert_eq!(schema.indexes[0].projection, Projection::With(vec!["listed".to_owned()]));
        assert_eq!(schema.indexes[5].projection, Projection::With(Vec::new()));
    }

    #[test]
    fn the_table_of_sessions_has_no_sort_key() {
        let schema = Schema::of_sessions();
        assert_eq!(schema.keys, Keys { partition: "pk".to_owned(), sort: None });
        assert_eq!(schema.indexes[0].keys, Keys { partition: "subject".to_owned(), sort: None });
    }

    #[test]
    fn a_table_that_cannot_be_simulated_is_refused() {
        let template = Template::parse(
            "{ Resources: { Table: { Properties: { AttributeDefinitions: [{ AttributeType: N }] } } } }",
        );
        let template = template.unwrap();
        for (table, why) in
            [("Table", "an attribute of a key is not text"), ("Other", "AttributeDefinitions is not a list")]
        {
            let error = Schema::read(&template, table).unwrap_err().to_string();
            assert_eq!(error, format!("the template's table {table} cannot be simulated: {why}"));
        }
    }
}
