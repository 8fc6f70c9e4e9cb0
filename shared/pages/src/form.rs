//! A form as it was sent: read into the input that the API would read as JSON, and drawn again with everything that was
//! typed when something is wrong with it.
//!
//! A field is named by its place in that input: `customer.contact.email`, `products.0.product`. A name that ends with `[]`
//! is one of several values: `activities[]`. What is left blank is left out.

use claim_domain::refusal::{Kind, Place};
use claim_http::{ONCE, Problem, Request};
use serde_json::{Map, Value};

use crate::frame::Message;

/// The field with the session's secret.
pub(crate) const CSRF: &str = "csrf";
/// The field with the revision that the form was drawn from (D11).
const REVISION: &str = "revision";

/// A form: its fields in their order, and what is wrong with them.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Form {
    fields: Vec<(String, String)>,
    /// What is wrong, field by field, in the order of the form's labels.
    pub faults: Vec<Fault>,
    /// What is wrong with the form as a whole.
    pub message: Option<Message>,
}

/// What is wrong with a field.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Fault {
    /// The field's name.
    pub name: String,
    /// What is wrong and what is allowed, as a sentence that names the field.
    pub sentence: String,
}

impl Form {
    /// The form that a request sends.
    pub fn sent(request: &Request) -> Self {
        Self::of(form_urlencoded::parse(request.body()).into_owned())
    }

    /// A form with these fields.
    pub fn of(fields: impl IntoIterator<Item = (String, String)>) -> Self {
        Self { fields: fields.into_iter().collect(), ..Self::default() }
    }

    /// The fields of an input as the API takes it, for a form that shows what is there already.
    pub fn showing(input: &Value) -> Self {
        let mut fields = Vec::new();
        flatten("", input, &mut fields);
        Self::of(fields)
    }

    /// The value of a field; empty if it has none.
    pub fn value(&self, name: &str) -> &str {
        self.fields.iter().find(|(known, _)| known == name).map_or("", |(_, value)| value)
    }

    /// Whether a field has this value, alone or among others: whether a box is ticked, a choice chosen.
    pub fn has(&self, name: &str, value: &str) -> bool {
        self.fields.iter().any(|(known, given)| known == name && given == value)
    }

    /// The numbers of the rows of a list that have something in them: `products.0.…`, `products.3.…`.
    pub fn rows(&self, list: &str) -> Vec<usize> {
        let of_list = self.fields.iter().filter(|(_, value)| !value.trim().is_empty());
        let mut rows: Vec<usize> = of_list
            .filter_map(|(name, _)| {
                name.strip_prefix(list)?.strip_prefix('.')?.split('.').next()?.parse().ok()
            })
            .collect();
        rows.sort_unstable();
        rows.dedup();
        rows
    }

    /// The form, drawn from this revision (D11).
    #[must_use]
    pub fn at(mut self, revision: u64) -> Self {
        self.fields.retain(|(name, _)| name != REVISION);
        self.fields.push((REVISION.to_owned(), revision.to_string()));
        self
    }

    /// Every field that somebody filled in, by name, without those about the form itself: to be sent along once more.
    pub fn typed(&self) -> impl Iterator<Item = (&str, &str)> {
        let fields = self.fields.iter().map(|(name, value)| (name.as_str(), value.as_str()));
        fields.filter(|(name, value)| !value.is_empty() && ![CSRF, REVISION, ONCE].contains(name))
    }

    /// The form with something that no other page has, so that it counts once however often it is sent.
    #[must_use]
    pub fn once(mut self, id: &str) -> Self {
        self.fields.retain(|(name, _)| name != ONCE);
        self.fields.push((ONCE.to_owned(), id.to_owned()));
        self
    }

    /// The revision that the form was drawn from, if it says so (D11).
    pub fn revision(&self) -> Option<u64> {
        self.value(REVISION).parse().ok()
    }

    /// What is wrong with a field.
    pub fn fault(&self, name: &str) -> Option<&str> {
        self.faults.iter().find(|fault| fault.name == name).map(|fault| fault.sentence.as_str())
    }

    /// Whether nothing is wrong.
    pub fn is_fine(&self) -> bool {
        self.faults.is_empty() && self.message.is_none()
    }

    /// Notes what is wrong with a field.
    pub fn blame(&mut self, name: &str, sentence: impl Into<String>) {
        self.faults.push(Fault { name: name.to_owned(), sentence: sentence.into() });
    }

    /// The input that the fields make, in the form that the API reads: without what is left blank, and without the fields
    /// that are about the form itself. The rows of a list are numbered anew.
    pub fn input(&self) -> Value {
        let mut input = Value::Object(Map::new());
        for (name, value) in &self.fields {
            let value = value.trim();
            if value.is_empty() || [CSRF, REVISION, ONCE].contains(&name.as_str()) {
                continue;
            }
            match name.strip_suffix("[]") {
                Some(list) => put(&mut input, list, |place| match place {
                    Value::Array(items) => items.push(value.into()),
                    other => *other = Value::Array(vec![value.into()]),
                }),
                None => put(&mut input, name, |place| *place = value.into()),
            }
        }
        listed(&mut input);
        input
    }

    /// The name of the field that a pointer is about: the rows of a list were numbered anew on their way into the input.
    fn placed(&self, pointer: &str) -> String {
        let mut name = String::new();
        for segment in pointer.split('/').skip(1) {
            let row = segment.parse().ok().and_then(|nth: usize| self.rows(&name).get(nth).copied());
            let segment = row.map_or_else(|| segment.to_owned(), |row| row.to_string());
            name = if name.is_empty() { segment } else { format!("{name}.{segment}") };
        }
        name
    }

    /// The form with what a problem says about it: at its fields where it names them, and else as a whole. `labels` has the
    /// names of the form's fields in their order and their labels; a field without one is spoken of in the summary alone.
    pub fn refused(mut self, problem: &Problem, labels: &[(&str, &str)]) -> Self {
        let mut unplaced = Vec::new();
        for error in &problem.errors {
            let Place::Pointer(pointer) = &error.place else { continue };
            let name = self.placed(pointer);
            let known = labels.iter().find(|(known, _)| fits(known, &name));
            match known {
                Some((_, label)) => {
                    let many = format!("{name}[]");
                    let name = if labels.iter().any(|(known, _)| *known == many) { many } else { name };
                    self.blame(&name, format!("{label} {}.", error.detail.trim_end_matches('.')));
                }
                None => unplaced.push(error.detail.clone()),
            }
        }
        let place = |fault: &Fault| labels.iter().position(|(known, _)| fits(known, &fault.name));
        self.faults.sort_by_key(|fault| place(fault).unwrap_or(labels.len()));
        if problem.kind != Kind::InvalidInput || !unplaced.is_empty() || self.faults.is_empty() {
            let mut message = Message::of(problem);
            message.sentences.extend(unplaced);
            self.message = Some(message);
        }
        self
    }
}

/// Whether a label's name is that of a field: `products.#.product` is that of every row.
fn fits(label: &str, name: &str) -> bool {
    let label = label.trim_end_matches("[]");
    let mut segments = name.trim_end_matches("[]").split('.');
    label.split('.').all(|known| {
        segments.next().is_some_and(|given| given == known || known == "#" && given.parse::<usize>().is_ok())
    })
}

/// Puts a value at a dotted place of an input.
fn put(input: &mut Value, name: &str, set: impl FnOnce(&mut Value)) {
    let mut place = input;
    for segment in name.split('.') {
        if !place.is_object() {
            *place = Value::Object(Map::new());
        }
        let Value::Object(fields) = place else { return };
        place = fields.entry(segment.to_owned()).or_insert(Value::Null);
    }
    set(place);
}

/// Makes a list of every object whose names are all numbers, in the order of the numbers.
fn listed(value: &mut Value) {
    let Value::Object(fields) = value else { return };
    fields.values_mut().for_each(listed);
    let mut rows: Vec<(usize, Value)> = Vec::new();
    for (name, row) in fields.iter() {
        let Ok(number) = name.parse() else { return };
        rows.push((number, row.clone()));
    }
    if rows.is_empty() {
        return;
    }
    rows.sort_by_key(|(number, _)| *number);
    *value = Value::Array(rows.into_iter().map(|(_, row)| row).collect());
}

fn flatten(name: &str, value: &Value, fields: &mut Vec<(String, String)>) {
    let inner =
        |segment: &str| if name.is_empty() { segment.to_owned() } else { format!("{name}.{segment}") };
    match value {
        Value::Object(known) => {
            known.iter().for_each(|(segment, value)| flatten(&inner(segment), value, fields))
        }
        Value::Array(items) => {
            for (number, item) in items.iter().enumerate() {
                match item {
                    Value::String(text) => fields.push((format!("{name}[]"), text.clone())),
                    item => flatten(&inner(&number.to_string()), item, fields),
                }
            }
        }
        Value::String(text) => fields.push((name.to_owned(), text.clone())),
        Value::Null => {}
        other => fields.push((name.to_owned(), other.to_string())),
    }
}

#[cfg(test)]
mod tests {
    use claim_domain::refusal::{FieldError, Refusal};
    use serde_json::json;

    use super::*;

    fn form(fields: &[(&str, &str)]) -> Form {
        Form::of(fields.iter().map(|(name, value)| ((*name).to_owned(), (*value).to_owned())))
    }

    #[test]
    fn the_fields_of_a_form_become_the_input_of_the_api() {
        let sent = form(&[
            ("csrf", "secret"),
            ("revision", "7"),
            ("name", " Rollout "),
            ("activities[]", "usage"),
            ("activities[]", "preSales"),
            ("customer.contact.email", "a@b.example"),
            ("customer.contact.title", "  "),
            ("products.3.product", "Teams"),
            ("products.10.product", "Intune"),
            ("products.4.product", ""),
        ]);
        let input = json!({
            "name": "Rollout",
            "activities": ["usage", "preSales"],
            "customer": { "contact": { "email": "a@b.example" } },
            "products": [{ "product": "Teams" }, { "product": "Intune" }],
        });
        assert_eq!(sent.input(), input);
        assert_eq!(Form::showing(&input).input(), input, "what is shown comes back as it is");
        assert_eq!((sent.revision(), sent.rows("products")), (Some(7), vec![3, 10]));
        assert!(sent.has("activities[]", "usage") && !sent.has("activities[]", "revenueAssociation"));
    }

    #[test]
    fn what_is_wrong_stands_at_its_field_in_the_order_of_the_form() {
        let labels = [("name", "Name"), ("activities[]", "Activities"), ("products.#.product", "Product")];
        let errors = vec![
            FieldError::at("/products/1/product", "value", "must be one of the catalogue"),
            FieldError::at("/activities", "required", "is required"),
            FieldError::at("/customer", "required", "is required"),
        ];
        let sent =
            form(&[("name", "typed"), ("products.3.product", "Teams"), ("products.10.product", "Nothing")]);
        let refused = sent.refused(&Refusal::invalid(errors).into(), &labels);
        let said: Vec<_> =
            refused.faults.iter().map(|fault| (fault.name.as_str(), fault.sentence.as_str())).collect();
        let expected = [
            ("activities[]", "Activities is required."),
            ("products.10.product", "Product must be one of the catalogue."),
        ];
        assert_eq!(said, expected);
        assert!(refused.message.is_some(), "what has no field here is said for the form as a whole");
        assert_eq!(refused.value("name"), "typed");
    }
}
