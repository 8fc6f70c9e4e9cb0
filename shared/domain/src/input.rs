//! Reading JSON from outside: every bad field is named, with what is allowed there, in one pass.

use std::str::FromStr;

use email_address::EmailAddress;
use serde_json::{Map, Value};

use crate::refusal::{FieldError, Refusal};

/// The longest name (D19), in characters.
pub const MAX_NAME: usize = 200;
/// The longest comment or justification (D19), in characters.
pub const MAX_TEXT: usize = 8_000;

/// Reads a JSON object with `read`, and refuses it with every bad field if there is one.
///
/// # Errors
/// `InvalidInput` with the bad fields, unknown ones among them.
pub fn read<T>(body: &Value, read: impl FnOnce(&mut Reader<'_, '_>) -> Option<T>) -> Result<T, Refusal> {
    let mut errors = Vec::new();
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
    let mut reader = Reader { map, pointer, errors, known: Vec::new() };
    let result = read(&mut reader);
    reader.refuse_unknown();
    result
}

/// One JSON object being read. Each method reads one field; if it is wrong, the method notes why and returns `None`.
pub struct Reader<'v, 'e> {
    map: &'v Map<String, Value>,
    pointer: String,
    errors: &'e mut Vec<FieldError>,
    known: Vec<&'static str>,
}

impl<'v> Reader<'v, '_> {
    /// Notes a bad field of this object; an empty name stands for the object itself.
    pub fn fault(&mut self, name: &str, code: &str, detail: impl Into<String>) {
        let pointer = match name {
            "" => self.pointer.clone(),
            name => format!("{}/{name}", self.pointer),
        };
        self.errors.push(FieldError::at(pointer, code, detail));
    }

    /// The field's value; JSON null counts as absent.
    fn get(&mut self, name: &'static str) -> Option<&'v Value> {
        self.known.push(name);
        self.map.get(name).filter(|value| !value.is_null())
    }

    /// Whether the field is there.
    pub fn has(&mut self, name: &'static str) -> bool {
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

    /// A line of 1 to [`MAX_NAME`] characters, without control characters.
    pub fn name(&mut self, name: &'static str) -> Option<String> {
        let text = self.need_string(name)?;
        let fits = !text.trim().is_empty()
            && text.chars().count() <= MAX_NAME
            && !text.chars().any(char::is_control);
        if !fits {
            self.fault(name, "length", format!("must be 1 to {MAX_NAME} characters on one line"));
        }
        fits.then(|| text.to_owned())
    }

    /// A text of 1 to [`MAX_TEXT`] characters.
    pub fn text(&mut self, name: &'static str) -> Option<String> {
        let text = self.need_string(name)?;
        let fits = !text.trim().is_empty()
            && text.chars().count() <= MAX_TEXT
            && !text.chars().any(|c| c.is_control() && !matches!(c, '\n' | '\r' | '\t'));
        if !fits {
            self.fault(name, "length", format!("must be 1 to {MAX_TEXT} characters of text"));
        }
        fits.then(|| text.to_owned())
    }

    /// A text, if it is there.
    pub fn optional_text(&mut self, name: &'static str) -> Option<String> {
        if self.has(name) { self.text(name) } else { None }
    }

    /// True or false; false if it is absent.
    pub fn flag(&mut self, name: &'static str) -> Option<bool> {
        let Some(value) = self.get(name) else { return Some(false) };
        let flag = value.as_bool();
        if flag.is_none() {
            self.fault(name, "type", "must be true or false");
        }
        flag
    }

    /// A whole number within bounds.
    pub fn number(&mut self, name: &'static str, min: u64, max: u64) -> Option<u64> {
        let value = self.need(name)?;
        let number = value.as_u64().filter(|number| (min..=max).contains(number));
        if number.is_none() {
            self.fault(name, "range", format!("must be a whole number from {min} to {max}"));
        }
        number
    }

    /// An identifier or another value with a text form; `what` describes that form.
    pub fn parsed<T: FromStr>(&mut self, name: &'static str, what: &str) -> Option<T> {
        let text = self.need_string(name)?;
        let value = text.parse().ok();
        if value.is_none() {
            self.fault(name, "format", format!("must be {what}"));
        }
        value
    }

    /// An email address.
    pub fn email(&mut self, name: &'static str) -> Option<String> {
        let text = self.need_string(name)?;
        let options = email_address::Options::default()
            .without_display_text()
            .without_domain_literal()
            .with_required_tld();
        let valid = text.is_ascii() && EmailAddress::parse_with_options(text, options).is_ok();
        if !valid {
            self.fault(name, "format", "must be an email address such as ana@contoso.example");
        }
        valid.then(|| text.to_owned())
    }

    /// A domain name.
    pub fn domain(&mut self, name: &'static str) -> Option<String> {
        let text = self.need_string(name)?;
        let valid = text.len() <= 253 && text.contains('.') && text.split('.').all(is_label);
        if !valid {
            self.fault(name, "format", "must be a domain name such as contoso.example");
        }
        valid.then(|| text.to_ascii_lowercase())
    }

    /// One of a closed list of values.
    pub fn one_of<T: Copy>(
        &mut self,
        name: &'static str,
        all: &[T],
        text_of: fn(T) -> &'static str,
    ) -> Option<T> {
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
        for name in self.map.keys().filter(|name| !known.contains(&name.as_str())) {
            let escaped = name.replace('~', "~0").replace('/', "~1");
            self.fault(
                &escaped,
                "unknown",
                format!("is not a field here; the fields are: {}", unique(&known)),
            );
        }
    }
}

fn unique(names: &[&'static str]) -> String {
    let names: std::collections::BTreeSet<_> = names.iter().copied().collect();
    names.into_iter().collect::<Vec<_>>().join(", ")
}

fn is_label(label: &str) -> bool {
    (1..=63).contains(&label.len())
        && label.bytes().all(|b| b.is_ascii_alphanumeric() || b == b'-')
        && !label.starts_with('-')
        && !label.ends_with('-')
}
