//! Names for the objects within the bodies of requests: generated clients have a type for each schema that has a name, and
//! make one up, or give up, for one that has none.

use serde_json::{Map, Value, json};

/// Puts a body among the schemas, and every object within it as a schema of its own.
pub(crate) fn insert(schemas: &mut Map<String, Value>, name: &str, mut body: Value) {
    within(schemas, name, &mut body);
    schemas.insert(name.to_owned(), body);
}

fn within(schemas: &mut Map<String, Value>, owner: &str, schema: &mut Value) {
    for choice in schema.get_mut("anyOf").and_then(Value::as_array_mut).into_iter().flatten() {
        let title = choice.as_object_mut().and_then(|choice| choice.remove("title"));
        if let Some(title) = title.as_ref().and_then(Value::as_str) {
            let name = format!("{title}Body");
            insert(schemas, &name, choice.take());
            *choice = reference(&name);
        }
    }
    for (field, inner) in schema.get_mut("properties").and_then(Value::as_object_mut).into_iter().flatten() {
        let name = pascal(field);
        match inner.get_mut("items") {
            // What is listed differs from one kind of claim to another.
            Some(item) => object(schemas, owner, name.trim_end_matches('s'), true, item),
            None => object(schemas, owner, &name, false, inner),
        }
    }
}

/// Gives an object a name: the field's, or that of the body and the field if another object has the field's.
fn object(schemas: &mut Map<String, Value>, owner: &str, field: &str, is_listed: bool, schema: &mut Value) {
    let whole = format!("{}{field}Body", owner.trim_end_matches("Body"));
    within(schemas, &whole, schema);
    if schema.get("properties").is_none() {
        return;
    }
    let may_be_null = schema["type"].is_array();
    let mut object = schema.take();
    object["type"] = "object".into();
    let ending = format!("{field}Body");
    let equal = schemas.iter().find(|(name, known)| name.ends_with(&ending) && **known == object);
    let name = match equal {
        Some((name, _)) => name.clone(),
        None if is_listed || schemas.contains_key(&ending) => whole,
        None => ending,
    };
    *schema = match may_be_null {
        true => json!({ "anyOf": [reference(&name), { "type": "null" }] }),
        false => reference(&name),
    };
    schemas.insert(name, object);
}

fn reference(name: &str) -> Value {
    json!({ "$ref": format!("#/components/schemas/{name}") })
}

fn pascal(field: &str) -> String {
    let (first, rest) = field.split_at(1);
    first.to_ascii_uppercase() + rest
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn no_object_within_a_body_goes_without_a_name() {
        let document = crate::document();
        let bodies = document["components"]["schemas"].as_object().unwrap();
        let bodies: Vec<_> = bodies.iter().filter(|(name, _)| name.ends_with("Body")).collect();
        assert!(bodies.len() > 20, "the bodies are no longer found");
        for (name, body) in bodies {
            let fields = body["properties"].as_object().into_iter().flatten();
            for (field, schema) in fields {
                let inner = [schema, &schema["items"]].into_iter().find(|one| one["properties"].is_object());
                assert!(inner.is_none(), "{name} has an object without a name at {field}");
            }
            let choices = body["anyOf"].as_array().into_iter().flatten();
            assert!(choices.clone().all(|choice| choice["$ref"].is_string()), "{name} has nameless forms");
        }
    }

    #[test]
    fn equal_objects_have_one_name_and_others_have_their_owners() {
        let mut schemas = Map::new();
        let object = |kind: &str| json!({ "type": "object", "properties": { "name": { "type": kind } } });
        let body = |contact: Value| json!({ "type": "object", "properties": { "contact": contact } });
        insert(&mut schemas, "FirstBody", body(object("string")));
        insert(&mut schemas, "SecondBody", body(object("string")));
        insert(&mut schemas, "ThirdBody", body(object("integer")));
        let names: Vec<_> = schemas.keys().map(String::as_str).collect();
        assert_eq!(names, ["ContactBody", "FirstBody", "SecondBody", "ThirdBody", "ThirdContactBody"]);
        assert_eq!(schemas["SecondBody"]["properties"]["contact"], reference("ContactBody"));
    }
}
