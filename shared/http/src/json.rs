//! JSON from outside, in which every name is given once (RFC 8259, 4): of two values under one name, each reader would
//! take another.

use std::collections::HashSet;
use std::fmt;

use claim_domain::refusal::FieldError;
use serde::de::{DeserializeSeed, Deserializer, Error, MapAccess, SeqAccess, Visitor};
use serde_json::{Map, Number, Value};

/// The byte-order mark that some editors and shells begin a text with; it means nothing (RFC 8259, 8.1).
const BYTE_ORDER_MARK: &[u8] = b"\xef\xbb\xbf";

/// What a body says, without a byte-order mark and blanks around it.
pub(crate) fn trimmed(body: &[u8]) -> &[u8] {
    body.strip_prefix(BYTE_ORDER_MARK).unwrap_or(body).trim_ascii()
}

/// The value in a text, and what is given more than once in it, at every depth.
///
/// # Errors
/// When the text is not JSON.
pub(crate) fn read(text: &[u8]) -> Result<(Value, Vec<FieldError>), serde_json::Error> {
    let (mut path, mut repeated) = (Vec::new(), Vec::new());
    let mut from = serde_json::Deserializer::from_slice(text.strip_prefix(BYTE_ORDER_MARK).unwrap_or(text));
    let value = Place { path: &mut path, repeated: &mut repeated }.deserialize(&mut from)?;
    from.end()?;
    Ok((value, repeated))
}

/// How many places are told; of more, only how many there are.
const TOLD: usize = 100;

/// A place in a text: the names and numbers that lead to it, and what was found to be given more than once so far.
struct Place<'a> {
    path: &'a mut Vec<String>,
    repeated: &'a mut Vec<FieldError>,
}

impl Place<'_> {
    /// The same place, for a part of it.
    fn again(&mut self) -> Place<'_> {
        Place { path: self.path, repeated: self.repeated }
    }

    fn pointer(&self) -> String {
        let escaped = |segment: &String| format!("/{}", segment.replace('~', "~0").replace('/', "~1"));
        self.path.iter().map(escaped).collect()
    }
}

impl<'de> DeserializeSeed<'de> for Place<'_> {
    type Value = Value;

    fn deserialize<D: Deserializer<'de>>(self, from: D) -> Result<Value, D::Error> {
        from.deserialize_any(self)
    }
}

impl<'de> Visitor<'de> for Place<'_> {
    type Value = Value;

    fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("JSON")
    }

    fn visit_unit<E: Error>(self) -> Result<Value, E> {
        Ok(Value::Null)
    }

    fn visit_bool<E: Error>(self, value: bool) -> Result<Value, E> {
        Ok(value.into())
    }

    fn visit_i64<E: Error>(self, value: i64) -> Result<Value, E> {
        Ok(value.into())
    }

    fn visit_u64<E: Error>(self, value: u64) -> Result<Value, E> {
        Ok(value.into())
    }

    fn visit_f64<E: Error>(self, value: f64) -> Result<Value, E> {
        Ok(Number::from_f64(value).map_or(Value::Null, Value::Number))
    }

    fn visit_str<E: Error>(self, value: &str) -> Result<Value, E> {
        Ok(value.into())
    }

    fn visit_string<E: Error>(self, value: String) -> Result<Value, E> {
        Ok(value.into())
    }

    fn visit_seq<A: SeqAccess<'de>>(mut self, mut from: A) -> Result<Value, A::Error> {
        let mut items = Vec::new();
        loop {
            self.path.push(items.len().to_string());
            let item = from.next_element_seed(self.again())?;
            self.path.pop();
            match item {
                Some(item) => items.push(item),
                None => return Ok(items.into()),
            }
        }
    }

    fn visit_map<A: MapAccess<'de>>(mut self, mut from: A) -> Result<Value, A::Error> {
        let (mut fields, mut told) = (Map::new(), HashSet::new());
        while let Some(name) = from.next_key::<String>()? {
            self.path.push(name.clone());
            let value = from.next_value_seed(self.again())?;
            if fields.insert(name.clone(), value).is_some() && told.insert(name) {
                let pointer = if self.repeated.len() < TOLD { self.pointer() } else { String::new() };
                self.repeated.push(FieldError::at(pointer, "repeated", "must be given once"));
            }
            self.path.pop();
        }
        Ok(Value::Object(fields))
    }
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;
    use serde_json::json;

    use super::*;

    fn repeated(text: &str) -> Vec<String> {
        let (_, repeated) = read(text.as_bytes()).unwrap();
        repeated.iter().map(|error| error.place().to_owned()).collect()
    }

    #[test]
    fn every_name_that_is_given_twice_is_told_with_its_place() {
        assert_eq!(repeated(r#"{"internal": true, "internal": false}"#), ["/internal"]);
        assert_eq!(repeated(r#"{"a": 1, "a": 2, "a": 3, "b": {"c/d": 1, "c/d": 2}}"#), ["/a", "/b/c~1d"]);
        assert_eq!(
            repeated(r#"[{"x": [{"y": 1, "\u0079": 2}]}]"#),
            ["/0/x/0/y"],
            "whichever way it is spelled"
        );
        assert!(repeated(r#"{"a": {"x": 1}, "b": {"x": 1}, "A": 1}"#).is_empty());
    }

    #[test]
    fn a_byte_order_mark_and_blanks_around_it_say_nothing() {
        assert_eq!(read("\u{feff}{\"a\": 1}".as_bytes()).unwrap().0, json!({ "a": 1 }));
        assert_eq!(trimmed("\u{feff} \r\n".as_bytes()), b"");
        assert!(read("{\"a\": 1}\u{feff}".as_bytes()).is_err());
    }

    proptest! {
        #[test]
        fn what_serde_reads_is_read_alike(text in "[\\[\\]{}\":,\\\\a-c0-9eE+. -]{0,40}") {
            let read = read(text.as_bytes()).map(|(value, _)| value);
            prop_assert_eq!(read.ok(), serde_json::from_str::<Value>(&text).ok());
        }
    }
}
