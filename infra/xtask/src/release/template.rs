//! The template as CloudFormation receives it, and CloudFormation's limits.

use std::path::Path;
use std::process::Command;

use local_stack::{Error, root, run, tool};
use serde::Deserialize;

/// What the processed template has, and what it may have at most.
#[derive(Debug, Clone, Copy, Deserialize)]
#[serde(rename_all = "camelCase")]
pub(super) struct Template {
    /// Bytes as SAM CLI uploads it: with its loops expanded.
    pub(super) uploaded_bytes: u64,
    /// Bytes after SAM's transformation, without blanks.
    pub(super) processed_bytes: u64,
    pub(super) resources: u64,
    pub(super) parameters: u64,
    pub(super) outputs: u64,
}

impl Template {
    /// What there is, how much, and CloudFormation's limit: a template from S3 has at most 1 MB.
    pub(super) fn amounts(self) -> [(&'static str, u64, u64); 5] {
        [
            ("bytes as uploaded", self.uploaded_bytes, 1_000_000),
            ("bytes processed", self.processed_bytes, 1_000_000),
            ("resources", self.resources, 500),
            ("parameters", self.parameters, 200),
            ("outputs", self.outputs, 200),
        ]
    }

    fn checked(self) -> Result<Self, Error> {
        match self.amounts().into_iter().find(|(_, amount, limit)| amount > limit) {
            None => Ok(self),
            Some((what, amount, limit)) => Err(Error::Unexpected(format!(
                "template.yaml has {amount} {what} once it is expanded, and CloudFormation takes {limit}\n\
                 next: move a part of it, such as the alarms, into a stack of its own"
            ))),
        }
    }
}

/// Expands the template with SAM's own code.
pub(super) fn expand(folder: &Path) -> Result<Template, Error> {
    let log = folder.join("template.log");
    let mut python = Command::new(tool("python3"));
    // Isolated, because the folder of the script has a module with the name of one of Python's own.
    python.args(["-I", "infra/xtask/processed.py", "template.yaml"]).current_dir(root());
    run(&mut python, &log)?;
    let printed =
        std::fs::read_to_string(&log).map_err(Error::io(format!("cannot read {}", log.display())))?;
    let line = printed.lines().find(|line| line.starts_with('{')).unwrap_or_default();
    serde_json::from_str::<Template>(line)?.checked()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_template_over_a_limit_is_refused_with_its_number() {
        let template = Template {
            uploaded_bytes: 1_000_000,
            processed_bytes: 10,
            resources: 500,
            parameters: 200,
            outputs: 200,
        };
        assert!(template.checked().is_ok());
        let error = Template { resources: 501, ..template }.checked().unwrap_err().to_string();
        assert!(error.contains("501 resources"), "{error}");
    }
}
