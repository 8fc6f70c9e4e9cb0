//! The JSON Schema of a body, written down by the code that reads it: what a reader asks for is what a body may hold.
//!
//! While a body is outlined there is none. Each method of [`Reader`] notes what it would have read and reads nothing, and
//! [`Reader::has`] says that every field is there, so that what is read only then is noted too, as optional. What depends
//! on the value of another field is outlined once for each of its values: those are assumed.

use std::cell::RefCell;

use serde_json::{Map, Value, json};

use super::{Reader, words};

/// Fields with the values that they are assumed to have, at any depth.
pub type Assumed<'a> = &'a [(&'a str, &'a [&'a str])];

thread_local! {
    static OUTLINING: RefCell<Option<Pass>> = const { RefCell::new(None) };
}

struct Pass {
    assumed: Vec<(String, Vec<String>)>,
    schema: Value,
}

/// The JSON Schema (2020-12) of what a function reads with [`super::read`], when these fields have these values. Such a
/// field is described as having one of them.
pub fn outline_of<T>(assumed: Assumed<'_>, read: impl FnOnce(&Value) -> T) -> Value {
    let owned = |values: &[&str]| values.iter().map(|value| (*value).to_owned()).collect();
    let assumed = assumed.iter().map(|(name, values)| ((*name).to_owned(), owned(values))).collect();
    OUTLINING.set(Some(Pass { assumed, schema: Value::Null }));
    read(&Value::Null);
    OUTLINING.take().map_or(Value::Null, |pass| pass.schema)
}

/// Whether a body is being outlined, and not read.
pub(super) fn is_asked_for() -> bool {
    OUTLINING.with_borrow(Option::is_some)
}

/// Outlines what `read` asks for.
pub(super) fn outline<T>(read: impl FnOnce(&mut Reader<'_, '_>) -> Option<T>) {
    let assumed =
        OUTLINING.with_borrow(|pass| pass.as_ref().map(|pass| pass.assumed.clone())).unwrap_or_default();
    let nothing = Map::new();
    let mut outline = Outline { assumed, ..Outline::default() };
    outline.inner(&nothing, read);
    let schema = outline.schema();
    OUTLINING.with_borrow_mut(|pass| {
        if let Some(pass) = pass {
            pass.schema = schema;
        }
    });
}

/// What an object may hold.
#[derive(Debug, Clone, Default)]
pub(super) struct Outline {
    /// The field that holds it; empty for the body itself.
    owner: &'static str,
    assumed: Vec<(String, Vec<String>)>,
    properties: Map<String, Value>,
    optional: Vec<&'static str>,
    absent: Vec<String>,
}

impl Outline {
    /// Notes a field and what it holds.
    pub(super) fn note(&mut self, name: &str, mut schema: Value) {
        if let Some(about) = words::about(self.owner, name) {
            schema["description"] = about.into();
        }
        self.properties.insert(name.to_owned(), schema);
    }

    /// Adds keywords to what was noted of a field.
    pub(super) fn also(&mut self, name: &str, keywords: &Value) {
        if let (Some(Value::Object(noted)), Value::Object(more)) = (self.properties.get_mut(name), keywords) {
            noted.extend(more.clone());
        }
    }

    /// Notes that a field may be left out, or be null.
    pub(super) fn may_be_left_out(&mut self, name: &'static str) {
        self.optional.push(name);
    }

    /// Notes that a field must not be there.
    pub(super) fn must_be_left_out(&mut self, name: &str) {
        self.absent.push(name.to_owned());
    }

    /// Those of a closed list of values that a field is assumed to have; all, if nothing is assumed.
    pub(super) fn assumed<T: Copy>(
        &self,
        name: &str,
        all: &[T],
        text_of: fn(T) -> &'static str,
    ) -> (Vec<T>, bool) {
        match self.assumed.iter().find(|(known, _)| known == name) {
            Some((_, values)) => {
                let is_one = |value: &T| values.iter().any(|known| known == text_of(*value));
                (all.iter().copied().filter(is_one).collect(), true)
            }
            None => (all.to_vec(), false),
        }
    }

    /// What an object within this one may hold.
    pub(super) fn nested<'v, T>(
        &self,
        owner: &'static str,
        nothing: &'v Map<String, Value>,
        read: impl FnOnce(&mut Reader<'v, '_>) -> Option<T>,
    ) -> Value {
        let mut inside = Self { owner, assumed: self.assumed.clone(), ..Self::default() };
        inside.inner(nothing, read);
        inside.schema()
    }

    fn inner<'v, T>(
        &mut self,
        nothing: &'v Map<String, Value>,
        read: impl FnOnce(&mut Reader<'v, '_>) -> Option<T>,
    ) {
        let (mut errors, outline) = (Vec::new(), std::mem::take(self));
        let mut reader = Reader {
            map: nothing,
            pointer: String::new(),
            errors: &mut errors,
            known: Vec::new(),
            outline: Some(outline),
        };
        // What is read is nothing; what counts is what was asked for.
        let _ = read(&mut reader);
        *self = reader.outline.take().unwrap_or_default();
    }

    fn schema(self) -> Value {
        let Self { mut properties, optional, absent, .. } = self;
        properties.retain(|name, _| !absent.contains(name));
        let required: Vec<_> =
            properties.keys().filter(|name| !optional.contains(&name.as_str())).cloned().collect();
        for (name, schema) in &mut properties {
            if optional.contains(&name.as_str()) {
                allow_null(schema);
            }
        }
        let mut schema = json!({ "type": "object", "properties": properties, "additionalProperties": false });
        if !required.is_empty() {
            schema["required"] = json!(required);
        }
        schema
    }
}

/// Null counts as absent.
fn allow_null(schema: &mut Value) {
    if schema.get("enum").is_some() {
        // Beside the list and not in it: generated clients so get one type for the list.
        let about = schema.as_object_mut().and_then(|schema| schema.remove("description"));
        *schema = json!({ "anyOf": [schema.take(), { "type": "null" }] });
        schema["description"] = about.unwrap_or_default();
    } else if let Some(kind) = schema.get("type").and_then(Value::as_str) {
        schema["type"] = json!([kind, "null"]);
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::draft::{Draft, parse_comment, parse_rejection, parse_resend, parse_upload};

    const MICROSOFT_365: Assumed<'_> = &[("solutionArea", &["Microsoft 365"]), ("activities", &["usage"])];

    fn required(schema: &Value) -> Vec<&str> {
        schema["required"].as_array().unwrap().iter().filter_map(Value::as_str).collect()
    }

    #[test]
    fn what_is_read_only_if_it_is_there_is_optional_and_may_be_null() {
        let schema = outline_of(&[], parse_comment);
        assert_eq!(required(&schema), ["text"]);
        assert_eq!(schema["properties"]["internal"]["type"], json!(["boolean", "null"]));
        assert_eq!(schema["additionalProperties"], json!(false));
        let schema = outline_of(&[], parse_resend);
        assert_eq!(schema.get("required"), None);
        let email = &schema["properties"]["email"];
        assert_eq!((&email["type"], &email["format"]), (&json!(["string", "null"]), &json!("email")));
    }

    #[test]
    fn a_closed_list_is_written_down_with_its_values() {
        let schema = outline_of(&[], parse_rejection);
        let reasons = schema["properties"]["reason"]["enum"].as_array().unwrap();
        assert!(reasons.contains(&json!("insufficientPoe")) && !reasons.contains(&json!("customerDecline")));
    }

    #[test]
    fn what_depends_on_another_field_is_there_where_it_belongs() {
        crate::proves!(D14);
        let schema = outline_of(MICROSOFT_365, Draft::parse);
        assert!(schema["properties"].get("technicalContact").is_none());
        assert!(schema["properties"].get("revenueAssociation").is_none());
        let product = &schema["properties"]["products"]["items"];
        assert_eq!(required(product), ["product"]);
        assert!(product["properties"].get("subscriptionId").is_none());
        assert!(product["properties"]["product"]["enum"].as_array().unwrap().contains(&json!("Teams")));

        let revenue =
            [("solutionArea", &["Business Applications"][..]), ("activities", &["revenueAssociation"][..])];
        let schema = outline_of(&revenue, Draft::parse);
        assert!(required(&schema).contains(&"revenueAssociation"));
        assert!(!required(&schema).contains(&"technicalContact"));
        assert_eq!(required(&schema["properties"]["products"]["items"]), ["product", "subscriptionId"]);
        assert_eq!(
            required(&schema["properties"]["customer"]["properties"]["contact"]),
            ["email", "name", "title"]
        );
    }

    #[test]
    fn what_is_checked_after_reading_is_written_down_too() {
        let schema = outline_of(&[], parse_upload);
        let field = |name: &str| schema["properties"][name].clone();
        assert_eq!(field("size")["minimum"], json!(1), "an empty file is refused");
        assert_eq!(field("mediaType")["minLength"], json!(0), "a blank media type is none");
        assert!(field("fileName")["pattern"].as_str().unwrap().contains("[pP][dD][fF]"));
        let products = &outline_of(MICROSOFT_365, Draft::parse)["properties"]["products"];
        assert_eq!(products["uniqueItems"], json!(true));
    }

    #[test]
    fn after_an_outline_bodies_are_read_again() {
        outline_of(&[], parse_comment);
        assert_eq!(parse_comment(&json!({ "text": "Words." })).unwrap(), ("Words.".to_owned(), false));
    }
}
