//! `template.yaml` as JSON: a tag becomes the intrinsic function that it abbreviates, and loops are expanded.

use std::collections::BTreeMap;
use std::fs;
use std::path::Path;

use saphyr::{LoadableYamlNode, Scalar, Yaml};
use serde_json::{Map, Value, json};

/// A template.
#[derive(Debug, Clone, PartialEq)]
pub struct Template(Value);

/// Why a template cannot be read.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error("template.yaml {0}")]
pub struct TemplateError(String);

fn wrong(what: impl Into<String>) -> TemplateError {
    TemplateError(what.into())
}

impl Template {
    /// The product's, as it is on disk.
    ///
    /// # Errors
    /// When it is not there, or has something that these tests cannot read.
    pub fn of_product() -> Result<Self, TemplateError> {
        let path = Path::new(env!("CARGO_MANIFEST_DIR")).join("../../template.yaml");
        Self::parse(&fs::read_to_string(path).map_err(|error| wrong(format!("cannot be read: {error}")))?)
    }

    /// Reads a template.
    ///
    /// # Errors
    /// When it is not one document of YAML, or has something that these tests cannot read.
    pub fn parse(text: &str) -> Result<Self, TemplateError> {
        let documents = Yaml::load_from_str(text).map_err(|error| wrong(format!("is not YAML: {error}")))?;
        let [document] = documents.as_slice() else { return Err(wrong("must be one document")) };
        json_of(document).map(Self)
    }

    /// A section of the template, such as `Globals`, as it is written; `null` if there is none.
    pub fn section(&self, name: &str) -> &Value {
        &self.0[name]
    }

    /// All sections, as they are written.
    pub fn sections(&self) -> impl Iterator<Item = (&String, &Value)> {
        self.0.as_object().into_iter().flatten()
    }

    /// The resources by their logical ids, those of loops included.
    ///
    /// # Errors
    /// When a loop or a look-up has another form than CloudFormation takes.
    pub fn resources(&self) -> Result<Map<String, Value>, TemplateError> {
        let loops = Loops { mappings: &self.0["Mappings"] };
        match loops.expand(&self.0["Resources"], &BTreeMap::new())? {
            Value::Object(resources) => Ok(resources),
            _ => Err(wrong("has no resources")),
        }
    }
}

/// Expands the template's loops (`Fn::ForEach`), as CloudFormation does, and looks up what is in mappings.
struct Loops<'a> {
    mappings: &'a Value,
}

/// The names of the surrounding loops, with their current items.
type Bound = BTreeMap<String, String>;

impl Loops<'_> {
    fn expand(&self, value: &Value, bound: &Bound) -> Result<Value, TemplateError> {
        match value {
            Value::Array(items) => items.iter().map(|item| self.expand(item, bound)).collect(),
            Value::Object(entries) => match single(entries) {
                Some(("Ref", Value::String(name))) if bound.contains_key(name) => Ok(json!(bound[name])),
                Some(("Fn::Sub", Value::String(text))) => Ok(plain(filled(text, bound))),
                Some(("Fn::Sub", Value::Array(pair))) => match pair.as_slice() {
                    [Value::String(text), Value::Object(own)] => self.substituted(text, own, bound),
                    _ => Err(wrong(format!("has a Fn::Sub of another form: {value}"))),
                },
                Some(("Fn::FindInMap", path)) => self.mapped(&self.expand(path, bound)?),
                _ => self.entries(entries, bound).map(Value::Object),
            },
            other => Ok(other.clone()),
        }
    }

    fn mapped(&self, path: &Value) -> Result<Value, TemplateError> {
        let keys = [0, 1, 2].map(|nth| path[nth].as_str().unwrap_or_default());
        match &self.mappings[keys[0]][keys[1]][keys[2]] {
            Value::Null => Err(wrong(format!("has no mapping {path}"))),
            found => Ok(found.clone()),
        }
    }

    /// A text with variables of its own; those whose values are texts are filled in.
    fn substituted(
        &self,
        text: &str,
        own: &Map<String, Value>,
        bound: &Bound,
    ) -> Result<Value, TemplateError> {
        let mut text = filled(text, bound);
        let mut open = Map::new();
        for (name, value) in own {
            match self.expand(value, bound)? {
                Value::String(known) => text = text.replace(&format!("${{{name}}}"), &known),
                unknown => _ = open.insert(name.clone(), unknown),
            }
        }
        Ok(if open.is_empty() { plain(text) } else { json!({ "Fn::Sub": [text, open] }) })
    }

    /// The entries of an object; a loop becomes one set of entries per item.
    fn entries(
        &self,
        entries: &Map<String, Value>,
        bound: &Bound,
    ) -> Result<Map<String, Value>, TemplateError> {
        let mut expanded = Map::new();
        for (name, entry) in entries {
            if !name.starts_with("Fn::ForEach::") {
                expanded.insert(filled(name, bound), self.expand(entry, bound)?);
                continue;
            }
            let (Some(identifier), Some(items), Some(fragment)) =
                (entry[0].as_str(), entry[1].as_array(), entry[2].as_object())
            else {
                return Err(wrong(format!("has a loop {name} of another form")));
            };
            for item in items {
                let item =
                    item.as_str().ok_or_else(|| wrong(format!("loops over what is no text: {item}")))?;
                let mut bound = bound.clone();
                bound.insert(identifier.to_owned(), item.to_owned());
                expanded.extend(self.entries(fragment, &bound)?);
            }
        }
        Ok(expanded)
    }
}

fn single(entries: &Map<String, Value>) -> Option<(&str, &Value)> {
    let mut all = entries.iter();
    let (name, value) = all.next()?;
    all.next().is_none().then_some((name, value))
}

fn filled(text: &str, bound: &Bound) -> String {
    bound.iter().fold(text.to_owned(), |text, (name, item)| text.replace(&format!("${{{name}}}"), item))
}

/// A text as such if nothing is left to be filled in, otherwise as `Fn::Sub`.
fn plain(text: String) -> Value {
    if text.contains("${") { json!({ "Fn::Sub": text }) } else { json!(text) }
}

fn json_of(yaml: &Yaml<'_>) -> Result<Value, TemplateError> {
    Ok(match yaml {
        Yaml::Value(Scalar::Null) => Value::Null,
        Yaml::Value(Scalar::Boolean(flag)) => json!(flag),
        Yaml::Value(Scalar::Integer(number)) => json!(number),
        Yaml::Value(Scalar::FloatingPoint(number)) => json!(number.into_inner()),
        Yaml::Value(Scalar::String(text)) => json!(text),
        Yaml::Sequence(items) => items.iter().map(json_of).collect::<Result<_, _>>()?,
        Yaml::Mapping(entries) => {
            let entry = |(name, value): (&Yaml<'_>, &Yaml<'_>)| {
                let name =
                    name.as_str().ok_or_else(|| wrong(format!("has a name that is no text: {name:?}")))?;
                Ok::<_, TemplateError>((name.to_owned(), json_of(value)?))
            };
            Value::Object(entries.iter().map(entry).collect::<Result<_, _>>()?)
        }
        Yaml::Tagged(tag, value) => {
            let function = match tag.suffix.as_str() {
                short @ ("Ref" | "Condition") => short.to_owned(),
                short => format!("Fn::{short}"),
            };
            json!({ function: json_of(value)? })
        }
        other => return Err(wrong(format!("has something that these tests cannot read: {other:?}"))),
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    fn resources(yaml: &str) -> Value {
        Value::Object(Template::parse(yaml).unwrap().resources().unwrap())
    }

    #[test]
    fn tags_are_read_as_intrinsic_functions() {
        let yaml = "{ a: !Ref B, c: !If [D, !GetAtt E.Arn, \"1\"], f: [2, true] }";
        let expected = json!({ "a": { "Ref": "B" }, "c": { "Fn::If": ["D", { "Fn::GetAtt": "E.Arn" }, "1"] }, "f": [2, true] });
        assert_eq!(Template::parse(yaml), Ok(Template(expected)));
    }

    #[test]
    fn loops_are_expanded() {
        let yaml = "\
{ Mappings: { M: { A: { T: 1 }, B: { T: 2 } } }, Resources: { Fn::ForEach::L: [X, [A, B], { 'Fn::ForEach::N': [Y, [C],
  { '${X}${Y}Q': { n: !Sub '${AWS::StackName}-${X}', t: !FindInMap [M, !Ref X, T], r: { Ref: !Sub '${Y}' }, s: !Ref S } } ] } ] } }";
        let copy = |x: &str, t: u8| json!({ "n": { "Fn::Sub": format!("${{AWS::StackName}}-{x}") }, "t": t, "r": { "Ref": "C" }, "s": { "Ref": "S" } });
        assert_eq!(resources(yaml), json!({ "ACQ": copy("A", 1), "BCQ": copy("B", 2) }));
    }

    #[test]
    fn variables_of_a_text_are_filled_in_once_they_are_known() {
        let yaml = "\
{ Mappings: { M: { A: { T: a } } }, Resources: { Fn::ForEach::L: [X, [A],
  { '${X}Q': { n: !Sub ['${N} of ${X}', { N: !FindInMap [M, !Ref X, T] }], o: !Sub ['${N}${X}', { N: !Ref S }] } } ] } }";
        let expected =
            json!({ "AQ": { "n": "a of A", "o": { "Fn::Sub": ["${N}A", { "N": { "Ref": "S" } }] } } });
        assert_eq!(resources(yaml), expected);
    }

    #[test]
    fn a_template_of_another_form_is_refused_and_says_why() {
        let refused = [
            ("a: b\n---\nc: d\n", "must be one document"),
            ("{ 1: a }", "has a name that is no text"),
            ("{ Resources: [] }", "has no resources"),
            ("{ Resources: { Fn::ForEach::L: [X, A, {}] } }", "has a loop Fn::ForEach::L of another form"),
            ("{ Resources: { a: !FindInMap [M, A, T] } }", "has no mapping"),
            ("{ Resources: { a: !Sub [1] } }", "has a Fn::Sub of another form"),
        ];
        for (yaml, why) in refused {
            let read = Template::parse(yaml).and_then(|template| template.resources());
            assert!(read.clone().is_err_and(|error| error.to_string().contains(why)), "{yaml}: {read:?}");
        }
    }
}
