//! Reading JSON from outside: every bad field is named, with what is allowed there, in one pass.

#[cfg(feature = "contract")]
pub mod outline;
#[cfg(feature = "contract")]
mod words;

use std::str::FromStr;

use chrono::NaiveDate;
#[cfg(feature = "contract")]
use serde_json::json;
use serde_json::{Map, Value};

use crate::address;
use crate::refusal::{FieldError, Refusal};
use crate::text::{self, Flaw};
#[cfg(feature = "contract")]
use crate::webhook::MAX_URL;
use crate::webhook::{Reach, WebhookUrl};

/// Reads a JSON object with `read`, and refuses it with every bad field if there is one.
///
/// # Errors
/// `InvalidInput` with the bad fields, unknown ones among them.
pub fn read<T>(body: &Value, read: impl FnOnce(&mut Reader<'_, '_>) -> Option<T>) -> Result<T, Refusal> {
    let mut errors = Vec::new();
    #[cfg(feature = "contract")]
    if outline::is_asked_for() {
        outline::outline(read);
        return Err(Refusal::invalid(errors));
    }
    let value = object(body, String::new(), &mut errors, read);
    match value {
        Some(value) if errors.is_empty() => Ok(value),
        _ => Err(Refusal::invalid(errors)),
    }
}

fn object<'v, T>(
    value: &'v Value,
    pointer: String,
    errors: &mut Vec<FieldError>,
    read: impl FnOnce(&mut Reader<'v, '_>) -> Option<T>,
) -> Option<T> {
    let Value::Object(map) = value else {
        errors.push(FieldError::at(pointer, "type", "must be an object"));
        return None;
    };
    let mut reader = Reader {
        map,
        pointer,
        errors,
        known: Vec::new(),
        #[cfg(feature = "contract")]
        outline: None,
    };
    let result = read(&mut reader);
    reader.refuse_unknown();
    result
}

/// The code of a fault: the field must be left out here.
pub const NOT_HERE: &str = "notHere";

/// One JSON object being read. Each method reads one field; if it is wrong, the method notes why and returns `None`.
pub struct Reader<'v, 'e> {
    map: &'v Map<String, Value>,
    pointer: String,
    errors: &'e mut Vec<FieldError>,
    known: Vec<&'static str>,
    /// What is asked for, when that is to be described instead of read.
    #[cfg(feature = "contract")]
    outline: Option<outline::Outline>,
}

/// Describes a field in place of reading it, where a body is being outlined.
macro_rules! outlined {
    ($reader:ident, $name:expr, $schema:tt) => {
        #[cfg(feature = "contract")]
        if let Some(outline) = &mut $reader.outline {
            outline.note($name, json!($schema));
            return None;
        }
    };
}

impl<'v> Reader<'v, '_> {
    /// Notes a bad field of this object; an empty name stands for the object itself.
    pub fn fault(&mut self, name: &str, code: &str, detail: impl Into<String>) {
        #[cfg(feature = "contract")]
        if let Some(outline) = &mut self.outline {
            if code == NOT_HERE {
                outline.must_be_left_out(name);
            }
            return;
        }
        let pointer = match name {
            "" => self.pointer.clone(),
            name => format!("{}/{name}", self.pointer),
        };
        self.errors.push(FieldError::at(pointer, code, detail));
    }

    /// Says of a field what is checked after it was read, as keywords of its JSON Schema. Nothing is read.
    pub fn also(&mut self, name: &str, keywords: impl FnOnce() -> Value) {
        #[cfg(feature = "contract")]
        if let Some(outline) = &mut self.outline {
            outline.also(name, &keywords());
        }
        #[cfg(not(feature = "contract"))]
        let _ = (name, keywords);
    }

    /// The field's value; JSON null counts as absent.
    fn get(&mut self, name: &'static str) -> Option<&'v Value> {
        self.known.push(name);
        self.map.get(name).filter(|value| !value.is_null())
    }

    /// Whether the field is there.
    pub fn has(&mut self, name: &'static str) -> bool {
        #[cfg(feature = "contract")]
        if let Some(outline) = &mut self.outline {
            outline.may_be_left_out(name);
            return true;
        }
        self.get(name).is_some()
    }

    fn need(&mut self, name: &'static str) -> Option<&'v Value> {
        let value = self.get(name);
        if value.is_none() {
            self.fault(name, "required", "is required");
        }
        value
    }

    fn need_string(&mut self, name: &'static str) -> Option<&'v str> {
        let value = self.need(name)?;
        let text = value.as_str();
        if text.is_none() {
            self.fault(name, "type", "must be a string");
        }
        text
    }

    /// Reads a string with one of the readers of [`text`] and [`address`].
    fn read<T>(&mut self, name: &'static str, read: impl FnOnce(&'v str) -> Result<T, Flaw>) -> Option<T> {
        read(self.need_string(name)?).map_err(|flaw| self.fault(name, flaw.code, flaw.detail)).ok()
    }

    /// A name: a line without a web address ([`text::name`]).
    pub fn name(&mut self, name: &'static str) -> Option<String> {
        outlined!(self, name, { "type": "string", "format": "name", "minLength": 1, "maxLength": text::MAX_NAME });
        self.read(name, text::name).map(str::to_owned)
    }

    /// A name out of a closed list. One that is not in it is noted, and returned all the same: it may be wrong in other ways
    /// too.
    pub fn name_of(&mut self, name: &'static str, all: &[String]) -> Option<String> {
        outlined!(self, name, { "type": "string", "enum": all });
        let given = self.name(name)?;
        if !all.contains(&given) {
            self.fault(name, "value", format!("must be one of: {}", all.join(", ")));
        }
        Some(given)
    }

    /// A line ([`text::line`]).
    pub fn line(&mut self, name: &'static str) -> Option<String> {
        outlined!(self, name, { "type": "string", "format": "line", "minLength": 1, "maxLength": text::MAX_NAME });
        self.read(name, text::line).map(str::to_owned)
    }

    /// A line, if it is there and not blank.
    pub fn optional_line(&mut self, name: &'static str) -> Option<String> {
        #[cfg(feature = "contract")]
        if let Some(outline) = &mut self.outline {
            outline.may_be_left_out(name);
            self.line(name);
            self.also(name, || json!({ "minLength": 0 }));
            return None;
        }
        let is_blank = |value: &Value| value.as_str().is_some_and(|text| text::trim(text).is_empty());
        if self.get(name).is_none_or(is_blank) { None } else { self.line(name) }
    }

    /// A text on any number of lines ([`text::prose`]).
    pub fn text(&mut self, name: &'static str) -> Option<String> {
        outlined!(self, name, { "type": "string", "format": "text", "minLength": 1, "maxLength": text::MAX_TEXT });
        self.read(name, text::prose).map(str::to_owned)
    }

    /// A text, if it is there.
    pub fn optional_text(&mut self, name: &'static str) -> Option<String> {
        if self.has(name) { self.text(name) } else { None }
    }

    /// True or false; false if it is absent.
    pub fn flag(&mut self, name: &'static str) -> Option<bool> {
        #[cfg(feature = "contract")]
        if let Some(outline) = &mut self.outline {
            outline.may_be_left_out(name);
        }
        outlined!(self, name, { "type": "boolean", "default": false });
        let Some(value) = self.get(name) else { return Some(false) };
        let flag = value.as_bool();
        if flag.is_none() {
            self.fault(name, "type", "must be true or false");
        }
        flag
    }

    /// A whole number within bounds; `200.0` is one as well, as JSON Schema has it.
    pub fn number(&mut self, name: &'static str, min: u64, max: u64) -> Option<u64> {
        outlined!(self, name, { "type": "integer", "minimum": min, "maximum": max });
        let value = self.need(name)?;
        let number = whole(value).filter(|number| (min..=max).contains(number));
        if number.is_none() {
            self.fault(name, "range", format!("must be a whole number from {min} to {max}"));
        }
        number
    }

    /// An identifier or another value with a text form; `what` describes that form, and so does the regular expression
    /// `pattern`. Blanks at its ends are cut.
    pub fn parsed<T: FromStr>(&mut self, name: &'static str, what: &str, pattern: &str) -> Option<T> {
        #[cfg(not(feature = "contract"))]
        let _ = pattern;
        outlined!(self, name, { "type": "string", "pattern": pattern });
        let text = self.need_string(name)?;
        let value = text::trim(text).parse().ok();
        if value.is_none() {
            self.fault(name, "format", format!("must be {what}"));
        }
        value
    }

    /// A GUID, as it is or as other programs write it, in braces or parentheses. One of zeros alone stands for nothing.
    pub fn guid<T: FromStr>(&mut self, name: &'static str) -> Option<T> {
        outlined!(self, name, { "type": "string", "format": "uuid" });
        let text = text::trim(self.need_string(name)?);
        let bare = [('{', '}'), ('(', ')')]
            .iter()
            .find_map(|(open, close)| text.strip_prefix(*open)?.strip_suffix(*close))
            .map_or(text, text::trim);
        let value = bare.parse().ok();
        match value {
            None => self.fault(name, "format", "must be a GUID such as 7f9c24e5-1b0d-4c9a-8a51-0d5e3f6b2c11"),
            Some(_) if bare.bytes().all(|b| matches!(b, b'0' | b'-')) => {
                self.fault(name, "format", "is all zeros, which stands for nothing: give the GUID itself");
            }
            Some(value) => return Some(value),
        }
        None
    }

    /// A local date, as ISO 8601 writes it.
    pub fn date(&mut self, name: &'static str) -> Option<NaiveDate> {
        outlined!(self, name, { "type": "string", "format": "date" });
        let text = text::trim(self.need_string(name)?);
        // The parser also takes days of one digit and years of five.
        let value = text.parse().ok().filter(|_| text.len() == "2027-06-30".len());
        if value.is_none() {
            self.fault(name, "format", "must be a date such as 2027-06-30");
        }
        value
    }

    /// An email address that can be sent to ([`address::email`]).
    pub fn email(&mut self, name: &'static str) -> Option<String> {
        outlined!(self, name, { "type": "string", "format": "email" });
        self.read(name, address::email)
    }

    /// A domain name, in lower case and in ASCII ([`address::domain`]).
    pub fn domain(&mut self, name: &'static str) -> Option<String> {
        outlined!(self, name, { "type": "string", "format": "hostname" });
        self.read(name, address::domain)
    }

    /// The address of a webhook ([`WebhookUrl::parse`]), within the bounds of `reach`.
    pub fn webhook_url(&mut self, name: &'static str, reach: Reach) -> Option<WebhookUrl> {
        outlined!(self, name, { "type": "string", "format": "uri", "pattern": "^https://", "maxLength": MAX_URL });
        self.read(name, |text| WebhookUrl::parse(text, reach))
    }

    /// A list of at most `max` different domains, which may be left out, with the place of each.
    pub fn domains(&mut self, name: &'static str, max: usize) -> Option<Vec<String>> {
        #[cfg(feature = "contract")]
        if let Some(outline) = &mut self.outline {
            outline.may_be_left_out(name);
        }
        outlined!(self, name, {
            "type": "array", "maxItems": max, "uniqueItems": true, "items": { "type": "string", "format": "hostname" }
        });
        let items = self.items(name, 0, max)?;
        let mut domains: Vec<String> = Vec::new();
        let mut is_sound = true;
        for (index, item) in items.iter().enumerate() {
            let place = format!("{name}/{index}");
            match item.as_str().map(address::domain) {
                None => self.fault(&place, "type", "must be a text"),
                Some(Err(flaw)) => self.fault(&place, flaw.code, flaw.detail),
                Some(Ok(domain)) if domains.contains(&domain) => {
                    self.fault(&place, "duplicate", "must be distinct");
                }
                Some(Ok(domain)) => {
                    domains.push(domain);
                    continue;
                }
            }
            is_sound = false;
        }
        is_sound.then_some(domains)
    }

    /// One of a closed list of values.
    pub fn one_of<T: Copy>(
        &mut self,
        name: &'static str,
        all: &[T],
        text_of: fn(T) -> &'static str,
    ) -> Option<T> {
        #[cfg(feature = "contract")]
        if let Some(outline) = &mut self.outline {
            let (values, is_assumed) = outline.assumed(name, all, text_of);
            let texts: Vec<_> = values.iter().copied().map(text_of).collect();
            outline.note(name, json!({ "type": "string", "enum": texts }));
            return values.first().copied().filter(|_| is_assumed);
        }
        let text = self.need_string(name)?;
        self.choose(name, text, all, text_of)
    }

    fn choose<T: Copy>(
        &mut self,
        name: &str,
        text: &str,
        all: &[T],
        text_of: fn(T) -> &'static str,
    ) -> Option<T> {
        let found = all.iter().copied().find(|value| text_of(*value) == text);
        if found.is_none() {
            let all: Vec<_> = all.iter().map(|value| text_of(*value)).collect();
            self.fault(name, "value", format!("must be one of: {}", all.join(", ")));
        }
        found
    }

    /// A list of values out of a closed list.
    pub fn many_of<T: Copy>(
        &mut self,
        name: &'static str,
        all: &[T],
        text_of: fn(T) -> &'static str,
    ) -> Option<Vec<T>> {
        #[cfg(feature = "contract")]
        if let Some(outline) = &mut self.outline {
            let (values, is_assumed) = outline.assumed(name, all, text_of);
            let texts: Vec<_> = values.iter().copied().map(text_of).collect();
            let items = json!({ "type": "string", "enum": texts });
            let list = json!({
                "type": "array", "minItems": 1, "maxItems": texts.len(), "uniqueItems": true, "items": items
            });
            outline.note(name, list);
            return is_assumed.then_some(values);
        }
        let items = self.items(name, 1, all.len())?;
        let chosen: Vec<_> = items
            .iter()
            .enumerate()
            .map(|(index, item)| {
                self.choose(&format!("{name}/{index}"), item.as_str().unwrap_or_default(), all, text_of)
            })
            .collect();
        chosen.into_iter().collect()
    }

    /// An object within this one.
    pub fn nested<T>(
        &mut self,
        name: &'static str,
        read: impl FnOnce(&mut Reader<'v, '_>) -> Option<T>,
    ) -> Option<T> {
        #[cfg(feature = "contract")]
        if let Some(outline) = &mut self.outline {
            let schema = outline.nested(name, self.map, read);
            outline.note(name, schema);
            return None;
        }
        let value = self.need(name)?;
        object(value, format!("{}/{name}", self.pointer), self.errors, read)
    }

    /// An object within this one, if it is there.
    pub fn optional_nested<T>(
        &mut self,
        name: &'static str,
        read: impl FnOnce(&mut Reader<'v, '_>) -> Option<T>,
    ) -> Option<T> {
        if self.has(name) { self.nested(name, read) } else { None }
    }

    /// A list of `min` to `max` objects.
    pub fn list<T>(
        &mut self,
        name: &'static str,
        min: usize,
        max: usize,
        mut read: impl FnMut(&mut Reader<'v, '_>) -> Option<T>,
    ) -> Option<Vec<T>> {
        #[cfg(feature = "contract")]
        if let Some(outline) = &mut self.outline {
            let items = outline.nested(name, self.map, read);
            outline.note(name, json!({ "type": "array", "minItems": min, "maxItems": max, "items": items }));
            if min == 0 {
                outline.may_be_left_out(name);
            }
            return None;
        }
        let items = self.items(name, min, max)?;
        let read: Vec<_> = items
            .iter()
            .enumerate()
            .map(|(index, item)| {
                object(item, format!("{}/{name}/{index}", self.pointer), self.errors, &mut read)
            })
            .collect();
        read.into_iter().collect()
    }

    fn items(&mut self, name: &'static str, min: usize, max: usize) -> Option<&'v [Value]> {
        let value = if min == 0 && !self.has(name) { return Some(&[]) } else { self.need(name)? };
        let items = value.as_array().filter(|items| (min..=max).contains(&items.len()));
        if items.is_none() {
            self.fault(name, "length", format!("must be a list of {min} to {max} items"));
        }
        items.map(Vec::as_slice)
    }

    fn refuse_unknown(&mut self) {
        let known = std::mem::take(&mut self.known);
        let fields = match known.as_slice() {
            [] => "there are none".to_owned(),
            known => format!("the fields are: {}", unique(known)),
        };
        for name in self.map.keys().filter(|name| !known.contains(&name.as_str())) {
            let escaped = name.replace('~', "~0").replace('/', "~1");
            self.fault(&escaped, "unknown", format!("is not a field here; {fields}"));
        }
    }
}

/// The whole number that a value is, however it is written.
fn whole(value: &Value) -> Option<u64> {
    #[expect(
        clippy::cast_possible_truncation,
        clippy::cast_sign_loss,
        reason = "it is whole, and within what is exact"
    )]
    let from_float =
        |float: f64| ((0.0..=MAX_EXACT).contains(&float) && float.fract() == 0.0).then_some(float as u64);
    value.as_u64().or_else(|| value.as_f64().and_then(from_float))
}

/// Up to here every whole number is a floating-point number of its own.
const MAX_EXACT: f64 = 9_007_199_254_740_992.0;

fn unique(names: &[&'static str]) -> String {
    let names: std::collections::BTreeSet<_> = names.iter().copied().collect();
    names.into_iter().collect::<Vec<_>>().join(", ")
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;

    #[test]
    fn a_whole_number_is_one_however_it_is_written() {
        let number = |value: &str| {
            let body: Value = serde_json::from_str(&format!("{{\"size\":{value}}}")).unwrap();
            read(&body, |fields| fields.number("size", 1, 200)).ok()
        };
        for whole in ["200", "200.0", "2e2"] {
            assert_eq!(number(whole), Some(200), "{whole}");
        }
        for other in ["200.5", "201.0", "0.0", "-1", "-1.0", "1e300", "\"200\""] {
            assert_eq!(number(other), None, "{other}");
        }
        assert!(read(&json!({}), |fields| fields.number("size", 1, 200)).is_err());
    }
}
