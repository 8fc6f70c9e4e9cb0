//! What the template's roles may do according to the deployed policies, and what they were seen doing.

use std::{collections::BTreeSet, fs};

use serde_json::Value;

use crate::{
    Aws, Error,
    deploy::{STACK_NAME, elements},
    layout::Layout,
};

/// One action on one resource that a statement of a role allows.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord)]
pub struct Grant {
    /// The role's logical id in the template.
    pub role: String,
    /// The statement's Sid.
    pub statement: String,
    /// The action.
    pub action: String,
    /// The resource, which may hold wildcards.
    pub resource: String,
    /// The role's name in IAM.
    pub role_name: String,
}

/// One action on one resource that a role was allowed to do.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord)]
pub struct Use {
    /// The role's name in IAM.
    pub role_name: String,
    /// The action.
    pub action: String,
    /// The resource.
    pub resource: String,
}

impl Grant {
    /// Whether a use needed this grant.
    pub fn covers(&self, used: &Use) -> bool {
        self.role_name == used.role_name
            && matches(&self.action, &used.action)
            && matches(&self.resource, &used.resource)
    }
}

/// What the roles of the deployed template may do.
pub(crate) fn grants(aws: &Aws) -> Result<BTreeSet<Grant>, Error> {
    let iam =
        |action: &str, rest: &str| aws.query("iam", &format!("Action={action}&Version=2010-05-08{rest}"));
    let form = format!("Action=DescribeStackResources&StackName={STACK_NAME}&Version=2010-05-15");
    let resources = aws.query("cloudformation", &form)?;
    let types = elements(&resources, "ResourceType");
    let names =
        elements(&resources, "LogicalResourceId").into_iter().zip(elements(&resources, "PhysicalResourceId"));
    let mut grants = BTreeSet::new();
    for ((logical, physical), _) in names.zip(types).filter(|(_, kind)| kind == "AWS::IAM::Role") {
        let of_role = format!("&RoleName={physical}");
        // A managed policy counts as one grant that nothing uses: our policies are written out in the template.
        let attached = elements(&iam("ListAttachedRolePolicies", &of_role)?, "PolicyArn");
        grants.extend(attached.into_iter().map(|arn| Grant {
            role: logical.clone(),
            statement: "attached".to_owned(),
            action: arn,
            resource: "*".to_owned(),
            role_name: physical.clone(),
        }));
        for policy in elements(&iam("ListRolePolicies", &of_role)?, "member") {
            let answer = iam("GetRolePolicy", &format!("{of_role}&PolicyName={policy}"))?;
            let document = decoded(&elements(&answer, "PolicyDocument").concat());
            let document: Value = serde_json::from_str(&document)?;
            for statement in document["Statement"].as_array().into_iter().flatten() {
                for action in texts(&statement["Action"]) {
                    grants.extend(texts(&statement["Resource"]).into_iter().map(|resource| Grant {
                        role: logical.clone(),
                        statement: statement["Sid"].as_str().unwrap_or_default().to_owned(),
                        action: action.clone(),
                        resource,
                        role_name: physical.clone(),
                    }));
                }
            }
        }
    }
    Ok(grants)
}

/// What roles were allowed to do since the stack was started.
pub(crate) fn uses(layout: &Layout) -> Result<BTreeSet<Use>, Error> {
    let record = fs::read_to_string(layout.access()).unwrap_or_default();
    let whole = record.split_inclusive('\n').filter(|line| line.ends_with('\n'));
    whole
        .map(|line| {
            let (role_name, action, resource) = serde_json::from_str(line)?;
            Ok(Use { role_name, action, resource })
        })
        .collect()
}

fn texts(value: &Value) -> Vec<String> {
    match value {
        Value::Array(items) => items.iter().flat_map(texts).collect(),
        other => other.as_str().map(str::to_owned).into_iter().collect(),
    }
}

/// Whether a text fits a pattern in which `*` stands for any text.
fn matches(pattern: &str, text: &str) -> bool {
    let Some((start, rest)) = pattern.split_once('*') else { return pattern == text };
    let Some(text) = text.strip_prefix(start) else { return false };
    (0..=text.len()).any(|at| text.get(at..).is_some_and(|tail| matches(rest, tail)))
}

/// A text without its percent-encoding, which IAM uses when it answers with policies.
fn decoded(text: &str) -> String {
    let bytes = text.as_bytes();
    let mut plain = Vec::with_capacity(bytes.len());
    let mut at = 0;
    while let Some(byte) = bytes.get(at) {
        let hex = (*byte == b'%').then(|| text.get(at + 1..at + 3)).flatten();
        match hex.and_then(|hex| u8::from_str_radix(hex, 16).ok()) {
            Some(decoded) => {
                plain.push(decoded);
                at += 3;
            }
            None => {
                plain.push(*byte);
                at += 1;
            }
        }
    }
    String::from_utf8_lossy(&plain).into_owned()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_wildcard_stands_for_any_text() {
        for (pattern, text) in [("a*", "abc"), ("*", ""), ("a/*/c", "a/b/x/c"), ("a", "a"), ("a*b*", "ab")] {
            assert!(matches(pattern, text), "{pattern} {text}");
        }
        for (pattern, text) in [("a*", "ba"), ("a", "ab"), ("a/*/c", "a/b/d"), ("*a", "ab")] {
            assert!(!matches(pattern, text), "{pattern} {text}");
        }
    }

    #[test]
    fn a_policy_is_read_whether_it_is_encoded_or_not() {
        assert_eq!(decoded("%7B%22a%22%3A%201%7D"), "{\"a\": 1}");
        assert_eq!(decoded("{\"a\": \"50%\"}"), "{\"a\": \"50%\"}");
    }
}
