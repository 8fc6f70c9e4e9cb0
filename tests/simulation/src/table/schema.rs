//! The keys and indexes of the table, read from the template that deploys it, so that the simulated table cannot drift
//! from the product's.

use std::sync::{Arc, OnceLock};

use saphyr::{LoadableYamlNode, Yaml};

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

/// The two attributes of a key, both of them text.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Keys {
    /// The partition key.
    pub partition: String,
    /// The sort key.
    pub sort: String,
}

/// A global secondary index. It is sparse: it contains only the items that have both attributes of its key.
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
#[error("the template's table cannot be simulated: {0}")]
pub struct UnsupportedTemplate(String);

impl Schema {
    /// The product's table, as template.yaml defines it. The file is read once.
    pub fn of_product() -> Arc<Self> {
        static SCHEMA: OnceLock<Arc<Schema>> = OnceLock::new();
        let schema = SCHEMA.get_or_init(|| {
            let template = include_str!("../../../../template.yaml");
            Arc::new(Self::read(template, "Table").unwrap_or_else(|error| unreachable!("{error}")))
        });
        Arc::clone(schema)
    }

    /// The table with this logical id in a template, which is also its name here.
    ///
    /// # Errors
    /// When the template has no such table, or one with features that the simulated table does not support.
    pub fn read(template: &str, logical: &str) -> Result<Self, UnsupportedTemplate> {
        let documents =
            Yaml::load_from_str(template).map_err(|error| UnsupportedTemplate(error.to_string()))?;
        let document = documents.first().ok_or_else(|| unsupported("an empty template"))?;
        let table = at(document, &["Resources", logical, "Properties"])?;
        // What was before is for checks alone, which see it in any case.
        if text(table, &["StreamSpecification", "StreamViewType"])? != "NEW_IMAGE" {
            return Err(unsupported("its stream has other images than the new ones"));
        }
        let definitions = list(table, &["AttributeDefinitions"])?;
        for definition in definitions {
            if text(definition, &["AttributeType"])? != "S" {
                return Err(unsupported("an attribute of a key that is not text"));
            }
        }
        let indexes = list(table, &["GlobalSecondaryIndexes"])?;
        let indexes = indexes.iter().map(index).collect::<Result<_, _>>()?;
        Ok(Self {
            name: logical.to_owned(),
            keys: keys(table)?,
            ttl: text(table, &["TimeToLiveSpecification", "AttributeName"]).ok().map(str::to_owned),
            indexes,
        })
    }
}

fn index(index: &Yaml<'_>) -> Result<Index, UnsupportedTemplate> {
    let projection = match text(index, &["Projection", "ProjectionType"])? {
        "ALL" => Projection::All,
        "KEYS_ONLY" => Projection::With(Vec::new()),
        "INCLUDE" => {
            let names = list(index, &["Projection", "NonKeyAttributes"])?.iter();
            let name =
                |name: &Yaml<'_>| name.as_str().map(str::to_owned).ok_or_else(|| unsupported("an attribute"));
            Projection::With(names.map(name).collect::<Result<_, _>>()?)
        }
        other => return Err(unsupported(other)),
    };
    Ok(Index { name: text(index, &["IndexName"])?.to_owned(), keys: keys(index)?, projection })
}

fn keys(of: &Yaml<'_>) -> Result<Keys, UnsupportedTemplate> {
    let of_kind = |kind: &str| {
        let found = list(of, &["KeySchema"])?.iter().find(|key| text(key, &["KeyType"]).ok() == Some(kind));
        text(found.ok_or_else(|| unsupported("a key of one attribute"))?, &["AttributeName"])
            .map(str::to_owned)
    };
    Ok(Keys { partition: of_kind("HASH")?, sort: of_kind("RANGE")? })
}

fn at<'a, 'y>(yaml: &'a Yaml<'y>, path: &[&str]) -> Result<&'a Yaml<'y>, UnsupportedTemplate> {
    path.iter().try_fold(yaml, |yaml, name| {
        yaml.as_mapping_get(name).ok_or_else(|| unsupported(&format!("{} is missing", path.join("."))))
    })
}

fn text<'a>(yaml: &'a Yaml<'_>, path: &[&str]) -> Result<&'a str, UnsupportedTemplate> {
    at(yaml, path)?.as_str().ok_or_else(|| unsupported(&format!("{} is not text", path.join("."))))
}

fn list<'a, 'y>(yaml: &'a Yaml<'y>, path: &[&str]) -> Result<&'a [Yaml<'y>], UnsupportedTemplate> {
    let list = at(yaml, path)?.as_sequence().map(Vec::as_slice);
    list.ok_or_else(|| unsupported(&format!("{} is not a list", path.join("."))))
}

fn unsupported(what: &str) -> UnsupportedTemplate {
    UnsupportedTemplate(what.to_owned())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_products_table_is_read_from_its_template() {
        let schema = Schema::of_product();
        assert_eq!(schema.keys, Keys { partition: "pk".to_owned(), sort: "sk".to_owned() });
        assert_eq!(schema.ttl.as_deref(), Some("ttl"));
        let names: Vec<_> = schema.indexes.iter().map(|index| index.name.as_str()).collect();
        assert_eq!(
            names,
            ["partner-updated", "partner-due", "partner-needs", "review-updated", "review-due", "work"]
        );
        assert_eq!(schema.indexes[0].projection, Projection::With(vec!["listed".to_owned()]));
        assert_eq!(schema.indexes[5].projection, Projection::With(Vec::new()));
    }
}
