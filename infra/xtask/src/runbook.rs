//! `cargo xtask runbook`: runs the commands of the runbook on the local stack, so that they work when they are
//! needed.

use std::fs;
use std::process::Command;

use clap::Args;
use e2e::{ClaimDriver, Environment, Failed};
use local_stack::{Aws, Error, Layout, REGION, ROOT_KEY, Stack, on_path, root, run};
use serde_json::json;

use crate::{Failure, Outcome, PROGRESS};

/// Run every command of infra/docs/runbook.md on the local stack, after making failures to look at
#[derive(Args)]
#[command(after_help = "\
Examples:
  cargo xtask runbook                          all sections, on a stack that `cargo xtask up` started
  cargo xtask runbook --section parked-events  one section; in a name, dashes stand for blanks
`cargo xtask restore` runs the section about a restored table, which needs a stack of its own.
What the commands print goes to target/local-stack/<port>/runbook-<section>.log. It needs the AWS CLI.")]
pub(crate) struct Runbook {
    /// Only this section
    #[arg(long)]
    section: Option<String>,
}

/// The section that changes which table the stack works on: `cargo xtask restore` runs it.
pub(crate) const RESTORE: &str = "working-on-a-restored-table";

/// A section with commands.
struct Section {
    name: String,
    commands: String,
}

/// The runbook, ready to be run on a stack.
pub(crate) struct Page {
    /// What a person has from their profile and their shell, and the commands that all sections begin with.
    first: String,
    sections: Vec<Section>,
    layout: Layout,
}

impl Page {
    /// Reads the runbook for the stack on a port.
    pub(crate) fn read(stack: &Stack) -> Result<Self, Failure> {
        if !on_path("aws") {
            return Err(Failure(
                "the AWS CLI is missing: `pip install awscli`, or see aws.amazon.com/cli".into(),
            ));
        }
        let page = root().join("infra/docs/runbook.md");
        let page =
            fs::read_to_string(&page).map_err(|error| Failure(format!("{}: {error}", page.display())))?;
        let (first, sections) = sections(&page);
        let layout = stack.layout().clone();
        let (port, endpoint) = (layout.port, Aws::on(layout.port).endpoint().to_owned());
        // Here, `cargo xtask up` deploys what `sam deploy` is given, because it also does what the emulator leaves out.
        let shell = format!(
            "set -euo pipefail\naws() {{ command aws --endpoint-url {endpoint} \"$@\"; }}\n\
             cargo() {{ command cargo \"$@\" --port {port}; }}\n\
             sam() {{ local word given=(); for word in \"$@\"; do [[ $word != *=* ]] || given+=(--set \"$word\"); done; \
             cargo xtask up --set Retain=true \"${{given[@]}}\"; }}\n"
        );
        Ok(Self { first: shell + &first, sections, layout })
    }

    /// Runs the commands of a section.
    pub(crate) fn run(&self, name: &str) -> Result<(), Error> {
        let section = self.sections.iter().find(|section| section.name == name);
        let section = section.ok_or_else(|| {
            Error::Unexpected(format!("infra/docs/runbook.md has no section {name} with commands"))
        })?;
        let log = self.layout.tool_log(&format!("runbook-{name}"));
        let script = log.with_extension("sh");
        fs::write(&script, format!("{}{}", self.first, section.commands))
            .map_err(|error| Error::Unexpected(format!("{}: {error}", script.display())))?;
        let mut bash = Command::new("bash");
        bash.arg(&script).current_dir(root());
        bash.env("AWS_ACCESS_KEY_ID", ROOT_KEY).env("AWS_SECRET_ACCESS_KEY", ROOT_KEY);
        bash.env("AWS_DEFAULT_REGION", REGION).env("AWS_PAGER", "").env_remove("AWS_SESSION_TOKEN");
        bash.env("AWS_REGION", REGION)
            .env("AWS_ENDPOINT_URL", Aws::on(self.layout.port).endpoint())
            .env("SAM_CLI_TELEMETRY", "0");
        run(&mut bash, &log)
    }
}

impl Runbook {
    pub(crate) fn run(self, port: u16) -> Outcome {
        let stack = Stack::attach(port)?;
        let page = Page::read(&stack)?;
        let wanted: Vec<&str> = page
            .sections
            .iter()
            .map(|section| section.name.as_str())
            .filter(|name| self.section.as_deref().map_or(*name != RESTORE, |wanted| wanted == *name))
            .collect();
        PROGRESS.step("Making failures to look at", || {
            leave_failures(&stack).map_err(|failed| Error::Unexpected(failed.0))
        })?;
        for name in &wanted {
            PROGRESS.step(name, || page.run(name))?;
        }
        println!("the commands of {} sections of the runbook work", wanted.len());
        Ok(())
    }
}

/// The commands that all sections begin with, and those of each section: what stands in blocks of `sh`.
fn sections(page: &str) -> (String, Vec<Section>) {
    let mut sections = vec![Section { name: String::new(), commands: String::new() }];
    let mut inside = false;
    for line in page.lines() {
        match line {
            "```sh" => inside = true,
            "```" => inside = false,
            _ if inside => {
                if let Some(section) = sections.last_mut() {
                    section.commands = format!("{}{line}\n", section.commands);
                }
            }
            _ => {
                if let Some(heading) = line.strip_prefix("## ") {
                    let name = heading.trim_matches('`').to_lowercase().replace(' ', "-");
                    sections.push(Section { name, commands: String::new() });
                }
            }
        }
    }
    let first = sections.remove(0).commands;
    sections.retain(|section| !section.commands.is_empty());
    (first, sections)
}

/// Leaves something in each failure queue, and two claims with an email that could not be sent: one to be tried
/// again, one to be settled.
fn leave_failures(stack: &Stack) -> Result<(), Failed> {
    let bounce = r#"{"source":"aws.ses","detail":{"mail":{"tags":{}},"bounce":{"bounceType":"Permanent"}}}"#;
    for (output, body, group) in [
        ("AssessmentDeadLettersUrl", "{}", Some("made-for-the-runbook")),
        ("ScheduleDeadLettersUrl", "{}", None),
        ("EventDeadLettersUrl", bounce, None),
        ("InvocationFailuresUrl", "{}", None),
        ("StreamFailuresUrl", "{}", None),
    ] {
        let mut message = json!({ "QueueUrl": stack.deployment().output(output)?, "MessageBody": body });
        if let Some(group) = group {
            message["MessageGroupId"] = json!(group);
            message["MessageDeduplicationId"] = json!(stack.now().to_rfc3339());
        }
        stack.aws().json("sqs", "AmazonSQS.SendMessage", &message)?;
    }
    let environment = Environment::new(Stack::attach(stack.layout().port)?, stack.now(), |_| {});
    for name in ["Made for the runbook", "Made for the runbook too"] {
        let mut claim = ClaimDriver::new(&environment, environment.timeline.participant(), 1, "nadia");
        claim.create(&json!({
            "name": name, "mpnId": "4711001", "solutionArea": "Microsoft 365", "activities": ["usage"],
            "customer": {
                "tenantId": "e2e00000-0000-4000-8000-00000000feed", "domain": "customer.example", "name": "Customer",
                "contact": { "name": "Cleo Marsh", "title": "Head of IT", "email": "cleo@customer.example" },
            },
            // The local stack refuses email to this address for good.
            "partnerContact": { "name": "Nadia Rahman", "email": "nadia@refused.example" },
            "products": [{ "product": "Teams" }],
        }))?;
        claim.upload("proof.pdf")?;
        claim.act("nadia", "submits", "/submit", &json!({}))?;
    }
    stack.settle()?;
    Ok(())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_sections_commands_are_its_blocks_of_sh() {
        let page = "# Page\n```sh\nA=1\n```\n## `one`\ntext\n```sh\necho $A\n```\nmore\n```sh\necho b\n```\n## `two`\n\
                    ## Who asks\n```sh\necho c\n```\n";
        let (first, sections) = sections(page);
        assert_eq!(first, "A=1\n");
        let named: Vec<_> =
            sections.iter().map(|section| (section.name.as_str(), section.commands.as_str())).collect();
        assert_eq!(named, [("one", "echo $A\necho b\n"), ("who-asks", "echo c\n")]);
    }
}
