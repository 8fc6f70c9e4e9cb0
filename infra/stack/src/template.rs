//! The processed template. SAM's `HttpApi` has become an OpenAPI document full of intrinsic functions, which
//! MiniStack's CloudFormation ignores. Here it is read as routes and authorizers, with the intrinsic functions
//! resolved.

use std::collections::BTreeMap;

use serde_json::{Map, Value, json};

use crate::{Error, aws};

#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord)]
pub(crate) struct Route {
    /// Method and path as API Gateway writes them: `GET /v1/claims/{id}`.
    pub(crate) key: String,
    /// Its authorizer; a public route has none.
    pub(crate) authorizer: Option<String>,
    /// What it calls.
    pub(crate) integration: String,
}

#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct Authorizer {
    /// The name that routes use.
    pub(crate) name: String,
    /// Where the token is found.
    pub(crate) identity_source: String,
    /// Who must have issued it.
    pub(crate) issuer: String,
    /// The audience that it must be for.
    pub(crate) audience: Value,
}

/// A processed template with its parameters and the resources that were created from it.
#[derive(Debug)]
pub(crate) struct Processed {
    template: Value,
    parameters: BTreeMap<String, String>,
    physical: BTreeMap<String, String>,
}

impl Processed {
    /// `parameters` are those given at deployment; `physical` maps logical to physical ids.
    pub(crate) fn new(
        template: Value,
        parameters: BTreeMap<String, String>,
        physical: BTreeMap<String, String>,
    ) -> Self {
        Self { template, parameters, physical }
    }

    /// The physical id of a resource by its logical one.
    pub(crate) fn physical(&self, logical: &str) -> Option<&str> {
        self.physical.get(logical).map(String::as_str)
    }

    /// Logical ids of all resources of a type.
    pub(crate) fn of_type(&self, kind: &str) -> Vec<&str> {
        let resources = self.template["Resources"].as_object();
        resources
            .into_iter()
            .flatten()
            .filter(|(logical, resource)| resource["Type"] == kind && self.physical.contains_key(*logical))
            .map(|(logical, _)| logical.as_str())
            .collect()
    }

    /// Routes of the HTTP API with this logical id, in a fixed order.
    pub(crate) fn routes(&self, api: &str) -> Result<Vec<Route>, Error> {
        let body = self.body(api)?;
        let mut routes = Vec::new();
        for (path, methods) in body["paths"].as_object().into_iter().flatten() {
            for (method, operation) in methods.as_object().into_iter().flatten() {
                let method = match method.as_str() {
                    "x-amazon-apigateway-any-method" => "ANY".to_owned(),
                    other => other.to_uppercase(),
                };
                let key = if path.trim_start_matches('/') == "$default" {
                    "$default".to_owned()
                } else {
                    format!("{method} {path}")
                };
                let integration = &operation["x-amazon-apigateway-integration"]["uri"];
                let integration = integration
                    .as_str()
                    .ok_or_else(|| Error::Unexpected(format!("route {key} calls nothing: {operation}")))?;
                let authorizer =
                    operation["security"][0].as_object().and_then(|security| security.keys().next());
                routes.push(Route {
                    key,
                    authorizer: authorizer.filter(|name| *name != "NONE").cloned(),
                    integration: integration.to_owned(),
                });
            }
        }
        routes.sort();
        Ok(routes)
    }

    /// Authorizers of the HTTP API with this logical id.
    pub(crate) fn authorizers(&self, api: &str) -> Result<Vec<Authorizer>, Error> {
        let body = self.body(api)?;
        let schemes = body["components"]["securitySchemes"].as_object().cloned().unwrap_or_default();
        let authorizers = schemes.into_iter().filter_map(|(name, scheme)| {
            let authorizer = &scheme["x-amazon-apigateway-authorizer"];
            let jwt = &authorizer["jwtConfiguration"];
            Some(Authorizer {
                name,
                identity_source: authorizer["identitySource"].as_str()?.to_owned(),
                issuer: jwt["issuer"].as_str()?.to_owned(),
                audience: jwt["audience"].clone(),
            })
        });
        Ok(authorizers.collect())
    }

    /// Who may call an API from a page of another site; none without an origin.
    pub(crate) fn cors(&self, api: &str) -> Result<Option<Value>, Error> {
        let mut cors = self.body(api)?["x-amazon-apigateway-cors"].clone();
        // MiniStack fills the parameters of the body in with their defaults.
        let origin = self.parameters.get("WebOrigin").cloned().unwrap_or_default();
        let allows = cors["allowOrigins"].is_array() && !origin.is_empty();
        if allows {
            cors["allowOrigins"] = json!([origin]);
        }
        Ok(allows.then_some(cors))
    }

    fn body(&self, api: &str) -> Result<Value, Error> {
        self.resolve(&self.template["Resources"][api]["Properties"]["Body"])
    }

    /// The value with every intrinsic function replaced by what it stands for.
    pub(crate) fn resolve(&self, value: &Value) -> Result<Value, Error> {
        match value {
            Value::Array(items) => {
                let items = items.iter().map(|item| self.resolve(item)).collect::<Result<Vec<_>, _>>()?;
                Ok(Value::Array(items.into_iter().filter(|item| !is_no_value(item)).collect()))
            }
            Value::Object(object) => match single(object) {
                Some(("Ref", name)) => self.reference(name.as_str().unwrap_or_default()),
                Some(("Fn::GetAtt", path)) => self.attribute(&dotted(path)),
                Some(("Fn::Sub", text)) => self.substitute(text),
                Some(("Fn::Join", parts)) => self.join(parts),
                Some(("Fn::Split", parts)) => self.split(parts),
                Some(("Fn::If", branches)) => {
                    let holds = self.condition(branches[0].as_str().unwrap_or_default())?;
                    self.resolve(&branches[if holds { 1 } else { 2 }])
                }
                _ => {
                    let mut resolved = Map::new();
                    for (key, item) in object {
                        let item = self.resolve(item)?;
                        if !is_no_value(&item) {
                            resolved.insert(key.clone(), item);
                        }
                    }
                    Ok(Value::Object(resolved))
                }
            },
            other => Ok(other.clone()),
        }
    }

    fn reference(&self, name: &str) -> Result<Value, Error> {
        let pseudo = match name {
            "AWS::Region" => Some(aws::REGION),
            "AWS::AccountId" => Some(aws::ACCOUNT),
            "AWS::Partition" => Some("aws"),
            "AWS::URLSuffix" => Some("amazonaws.com"),
            "AWS::StackName" => Some(crate::deploy::STACK_NAME),
            "AWS::NoValue" => return Ok(json!({ "Ref": "AWS::NoValue" })),
            _ => None,
        };
        let known =
            pseudo.or_else(|| self.parameters.get(name).map(String::as_str)).or_else(|| self.physical(name));
        if let Some(text) = known {
            return Ok(Value::String(text.to_owned()));
        }
        let default = &self.template["Parameters"][name]["Default"];
        if default.is_null() { Err(unknown("Ref", name)) } else { Ok(default.clone()) }
    }

    fn attribute(&self, path: &str) -> Result<Value, Error> {
        let (logical, attribute) = path.split_once('.').ok_or_else(|| unknown("Fn::GetAtt", path))?;
        let physical = self.physical(logical).ok_or_else(|| unknown("Fn::GetAtt", path))?;
        let kind = self.template["Resources"][logical]["Type"].as_str().unwrap_or_default();
        let prefix = match (kind, attribute) {
            ("AWS::Lambda::Function", "Arn") => "lambda:us-east-1:000000000000:function:",
            ("AWS::Cognito::UserPool", "Arn") => "cognito-idp:us-east-1:000000000000:userpool/",
            ("AWS::Cognito::UserPool", "ProviderURL") => {
                return Ok(json!(format!("https://cognito-idp.{}.amazonaws.com/{physical}", aws::REGION)));
            }
            _ => return Err(unknown("Fn::GetAtt", path)),
        };
        Ok(json!(format!("arn:aws:{prefix}{physical}")))
    }

    /// `Fn::Sub`, with or without variables of its own.
    fn substitute(&self, argument: &Value) -> Result<Value, Error> {
        let (text, own) =
            if argument.is_array() { (&argument[0], &argument[1]) } else { (argument, &Value::Null) };
        let mut rest = text.as_str().unwrap_or_default();
        let mut out = String::new();
        while let Some((before, after)) = rest.split_once("${") {
            let (name, behind) = after.split_once('}').ok_or_else(|| unknown("Fn::Sub", rest))?;
            out.push_str(before);
            rest = behind;
            if let Some(literal) = name.strip_prefix('!') {
                out.push_str(&format!("${{{literal}}}"));
                continue;
            }
            let value = match own.get(name) {
                Some(value) => self.resolve(value)?,
                None if name.contains('.') => self.attribute(name)?,
                None => self.reference(name)?,
            };
            out.push_str(&plain(&value));
        }
        Ok(Value::String(out + rest))
    }

    fn join(&self, argument: &Value) -> Result<Value, Error> {
        let parts = self.resolve(&argument[1])?;
        let parts: Vec<String> = parts.as_array().into_iter().flatten().map(plain).collect();
        Ok(Value::String(parts.join(argument[0].as_str().unwrap_or_default())))
    }

    fn split(&self, argument: &Value) -> Result<Value, Error> {
        let whole = plain(&self.resolve(&argument[1])?);
        let parts = whole.split(argument[0].as_str().unwrap_or_default());
        Ok(parts.map(Value::from).collect())
    }

    fn condition(&self, name: &str) -> Result<bool, Error> {
        self.holds(&self.template["Conditions"][name]).map_err(|_| unknown("condition", name))
    }

    fn holds(&self, expression: &Value) -> Result<bool, Error> {
        let all = |operands: &Value| {
            operands
                .as_array()
                .into_iter()
                .flatten()
                .map(|operand| self.holds(operand))
                .collect::<Result<Vec<_>, _>>()
        };
        match expression.as_object().and_then(single) {
            Some(("Fn::Equals", sides)) => {
                Ok(plain(&self.resolve(&sides[0])?) == plain(&self.resolve(&sides[1])?))
            }
            Some(("Fn::Not", operands)) => Ok(!self.holds(&operands[0])?),
            Some(("Fn::And", operands)) => Ok(all(operands)?.into_iter().all(|holds| holds)),
            Some(("Fn::Or", operands)) => Ok(all(operands)?.into_iter().any(|holds| holds)),
            Some(("Condition", name)) => self.condition(name.as_str().unwrap_or_default()),
            _ => Err(unknown("condition", &expression.to_string())),
        }
    }
}

fn unknown(kind: &str, what: &str) -> Error {
    Error::Unexpected(format!(
        "the processed template has a {kind} that the local stack does not know: {what}"
    ))
}

fn single(object: &Map<String, Value>) -> Option<(&str, &Value)> {
    let mut entries = object.iter();
    let (key, value) = entries.next()?;
    entries.next().is_none().then_some((key.as_str(), value))
}

fn dotted(path: &Value) -> String {
    match path {
        Value::Array(parts) => parts.iter().map(plain).collect::<Vec<_>>().join("."),
        other => plain(other),
    }
}

fn plain(value: &Value) -> String {
    value.as_str().map_or_else(|| value.to_string(), str::to_owned)
}

fn is_no_value(value: &Value) -> bool {
    value["Ref"] == "AWS::NoValue"
}

#[cfg(test)]
mod tests {
    use super::*;

    fn processed() -> Processed {
        let template = json!({
            "Parameters": { "Issuer": { "Default": "" }, "Zone": { "Default": "Etc/UTC" } },
            "Conditions": {
                "OwnPool": { "Fn::Equals": [{ "Ref": "Issuer" }, ""] },
                "Both": { "Fn::And": [{ "Condition": "OwnPool" }, { "Fn::Not": [{ "Condition": "OwnPool" }] }] },
            },
            "Resources": {
                "Pool": { "Type": "AWS::Cognito::UserPool" },
                "Claims": { "Type": "AWS::Lambda::Function" },
                "Api": { "Type": "AWS::ApiGatewayV2::Api", "Properties": { "Body": {
                    "paths": {
                        "/v1/claims": { "get": {
                            "x-amazon-apigateway-integration": { "uri": { "Fn::Sub": "path/${Claims.Arn}/invocations" } },
                            "security": [{ "Jwt": [] }],
                        } },
                        "/v1/problems/{type}": { "get": {
                            "x-amazon-apigateway-integration": { "uri": { "Fn::GetAtt": ["Claims", "Arn"] } },
                            "security": [{ "NONE": [] }],
                        } },
                    },
                    "components": { "securitySchemes": { "Jwt": { "x-amazon-apigateway-authorizer": {
                        "identitySource": "$request.header.Authorization",
                        "jwtConfiguration": {
                            "issuer": { "Fn::If": [
                                "OwnPool",
                                { "Fn::Sub": "https://cognito-idp.${AWS::Region}.amazonaws.com/${Pool}" },
                                { "Ref": "Issuer" },
                            ] },
                            "audience": [{ "Ref": "Zone" }, { "Ref": "AWS::NoValue" }],
                        },
                    } } } },
                } } },
            },
        });
        let physical = [("Pool", "us-east-1_x"), ("Claims", "claims-1"), ("Api", "a1")];
        let physical =
            physical.into_iter().map(|(logical, id)| (logical.to_owned(), id.to_owned())).collect();
        Processed::new(template, BTreeMap::new(), physical)
    }

    #[test]
    fn whom_an_authorizer_lets_in_may_be_split_from_a_text() {
        let clients = json!({ "Fn::Split": [",", { "Fn::Sub": "${Pool},a,b" }] });
        assert_eq!(processed().resolve(&clients).unwrap(), json!(["us-east-1_x", "a", "b"]));
    }

    #[test]
    fn who_may_call_from_a_page_is_read_if_anybody_may() {
        let of = |origins: Value| {
            let mut processed = processed();
            processed.parameters.insert("WebOrigin".to_owned(), "https://a.example".to_owned());
            processed.template["Resources"]["Api"]["Properties"]["Body"]["x-amazon-apigateway-cors"] =
                json!({ "allowOrigins": origins, "maxAge": 60 });
            processed.cors("Api").unwrap()
        };
        let allowed = of(json!([""])).unwrap();
        assert_eq!(
            (&allowed["maxAge"], &allowed["allowOrigins"]),
            (&json!(60), &json!(["https://a.example"]))
        );
        assert_eq!(of(json!({ "Ref": "AWS::NoValue" })), None);
        assert_eq!(processed().cors("Api").unwrap(), None);
    }

    #[test]
    fn routes_are_read_with_their_authorizer_and_target() {
        let arn = "arn:aws:lambda:us-east-1:000000000000:function:claims-1";
        let routes = processed().routes("Api").unwrap();
        assert_eq!(routes.len(), 2);
        assert_eq!(routes[0].key, "GET /v1/claims");
        assert_eq!(routes[0].authorizer.as_deref(), Some("Jwt"));
        assert_eq!(routes[0].integration, format!("path/{arn}/invocations"));
        assert_eq!(routes[1].authorizer, None, "a public route has no authorizer");
        assert_eq!(routes[1].integration, arn);
    }

    #[test]
    fn an_authorizer_is_read_through_conditions() {
        let authorizers = processed().authorizers("Api").unwrap();
        assert_eq!(authorizers[0].issuer, "https://cognito-idp.us-east-1.amazonaws.com/us-east-1_x");
        assert_eq!(authorizers[0].audience, json!(["Etc/UTC"]));
    }

    #[test]
    fn conditions_combine() {
        assert!(processed().condition("OwnPool").unwrap());
        assert!(!processed().condition("Both").unwrap());
    }

    #[test]
    fn what_is_unknown_is_named() {
        let error = processed().resolve(&json!({ "Ref": "Nobody" })).unwrap_err().to_string();
        assert!(error.contains("Nobody"), "{error}");
    }

    #[test]
    fn text_substitution_keeps_escaped_variables() {
        let text = json!({ "Fn::Sub": ["${A}-${!B}-${Pool}", { "A": { "Ref": "Zone" } }] });
        assert_eq!(processed().resolve(&text).unwrap(), json!("Etc/UTC-${B}-us-east-1_x"));
    }
}
