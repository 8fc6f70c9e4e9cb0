//! `cargo xtask doctor`: what is missing, and how to get it.

use std::process::{Command, Stdio};

use clap::Args;
use local_stack::{BROWSER, BROWSER_HOW, FAKETIME_HOW, faketime, installed, on_path, tool};
use serde_json::Value;

use crate::{Failure, Outcome};

/// Say what is missing on this machine, or in an AWS account, and how to get it
#[derive(Args)]
#[command(after_help = "\
Examples:
  cargo xtask doctor         this machine, for the local stack
  cargo xtask doctor --aws   the AWS account that the AWS CLI is signed in to, for a deployment")]
pub(crate) struct Doctor {
    /// Check the AWS account instead
    #[arg(long)]
    aws: bool,
}

/// One thing that was checked: what it is, what was found, or what to do if it is not as it should be.
struct Finding {
    what: &'static str,
    found: Result<String, String>,
}

impl Doctor {
    pub(crate) fn run(self) -> Outcome {
        let findings = if self.aws { account() } else { machine() };
        let missing = findings.iter().filter(|finding| finding.found.is_err()).count();
        for Finding { what, found } in &findings {
            match found {
                Ok(found) => println!("ok       {what:<22} {found}"),
                Err(how) => println!("MISSING  {what:<22} {how}"),
            }
        }
        if missing == 0 {
            Ok(())
        } else {
            Err(Failure(format!("{missing} of {} are missing", findings.len())))
        }
    }
}

fn machine() -> Vec<Finding> {
    let in_venv = || {
        let later = "not yet installed: `cargo xtask up` installs it into target/local-stack/venv".to_owned();
        Ok(if installed() { "installed in target/local-stack/venv".to_owned() } else { later })
    };
    vec![
        Finding {
            what: "Rust",
            found: says("cargo", &["--version"]).ok_or_else(|| "install Rust with rustup".to_owned()),
        },
        Finding {
            what: "C linker",
            found: program("cc", "install a C toolchain (Debian: sudo apt-get install build-essential)"),
        },
        Finding {
            what: "Python with venv",
            found: says("python3", &["-c", "import sys, venv, ensurepip; print(sys.version.split()[0])"])
                .ok_or_else(|| {
                    "install Python 3.10 or later (Debian: sudo apt-get install python3 python3-venv)"
                        .to_owned()
                }),
        },
        Finding {
            what: "libfaketime",
            found: faketime().map(|path| path.display().to_string()).ok_or_else(|| FAKETIME_HOW.to_owned()),
        },
        Finding {
            what: "Chromium and driver",
            found: BROWSER
                .iter()
                .try_for_each(|name| program(name, BROWSER_HOW).map(|_| ()))
                .map(|()| "found on the path".to_owned()),
        },
        Finding {
            what: "Node.js with npm",
            found: says("npm", &["--version"]).ok_or_else(|| {
                "install Node.js with npm (Debian: sudo apt-get install nodejs npm)".to_owned()
            }),
        },
        Finding { what: "MiniStack", found: in_venv() },
        Finding { what: "SAM CLI", found: in_venv() },
        Finding { what: "cargo-lambda", found: in_venv() },
    ]
}

fn account() -> Vec<Finding> {
    let cli = "install version 2 of the AWS CLI, and sign in (`aws configure sso` or `aws login`)";
    let ask = |words: &[&str]| {
        let words: Vec<&str> = words.iter().copied().chain(["--output", "json"]).collect();
        says("aws", &words).and_then(|text| serde_json::from_str::<Value>(&text).ok())
    };
    let identity = ask(&["sts", "get-caller-identity"]);
    let mut findings = vec![
        Finding { what: "AWS CLI", found: program("aws", cli) },
        Finding {
            what: "signed in",
            found: identity
                .as_ref()
                .and_then(|answer| answer["Arn"].as_str().map(str::to_owned))
                .ok_or(cli.into()),
        },
        Finding {
            what: "region",
            found: says("aws", &["configure", "get", "region"])
                .or_else(|| {
                    std::env::var_os("AWS_REGION").map(|region| region.to_string_lossy().into_owned())
                })
                .ok_or_else(|| "choose one with `aws configure set region eu-central-1`".to_owned()),
        },
        Finding {
            what: "SAM CLI",
            found: program(
                "sam",
                "install it, or use target/local-stack/venv/bin/sam after `cargo xtask up`",
            )
            .or_else(|how| {
                if tool("sam").exists() { Ok(tool("sam").display().to_string()) } else { Err(how) }
            }),
        },
        Finding {
            what: "cargo-lambda",
            found: program("cargo-lambda", "install it, or put target/local-stack/venv/bin on the path")
                .or_else(|how| {
                    let ours = tool("cargo-lambda");
                    if ours.exists() { Ok(ours.display().to_string()) } else { Err(how) }
                }),
        },
    ];
    if identity.is_none() {
        return findings;
    }
    findings.push(Finding {
        what: "SES out of sandbox",
        found: match ask(&["sesv2", "get-account"]).map(|answer| answer["ProductionAccessEnabled"] == true) {
            Some(true) => Ok("email may go to anybody".to_owned()),
            _ => {
                Err("request production access in the SES console; until then, verify every recipient"
                    .to_owned())
            }
        },
    });
    let senders = ask(&["sesv2", "list-email-identities"])
        .and_then(|answer| answer["EmailIdentities"].as_array().cloned())
        .unwrap_or_default()
        .iter()
        .filter(|identity| identity["SendingEnabled"] == true)
        .filter_map(|identity| identity["IdentityName"].as_str().map(str::to_owned))
        .collect::<Vec<_>>();
    findings.push(Finding {
        what: "verified sender",
        found: if senders.is_empty() {
            Err("verify the address or domain of MailFrom: \
                 `aws sesv2 create-email-identity --email-identity example.com`"
                .to_owned())
        } else {
            Ok(senders.join(", "))
        },
    });
    let limit = ask(&["lambda", "get-account-settings"])
        .and_then(|answer| answer["AccountLimit"]["ConcurrentExecutions"].as_i64());
    findings.push(Finding {
        what: "Lambda concurrency",
        found: match limit {
            Some(limit) if limit >= 100 => Ok(format!("{limit} concurrent executions")),
            Some(limit) => Err(format!(
                "only {limit} concurrent executions: leave ReservedConcurrency at 0, and ask for more in Service Quotas"
            )),
            None => Err("cannot be read: the signed-in identity lacks lambda:GetAccountSettings".to_owned()),
        },
    });
    findings
}

fn program(name: &str, how: &str) -> Result<String, String> {
    if on_path(name) { Ok("found on the path".to_owned()) } else { Err(how.to_owned()) }
}

/// What a program prints, if it succeeds.
fn says(program: &str, words: &[&str]) -> Option<String> {
    let output =
        Command::new(program).args(words).stdin(Stdio::null()).stderr(Stdio::null()).output().ok()?;
    let text = String::from_utf8_lossy(&output.stdout).trim().to_owned();
    (output.status.success() && !text.is_empty()).then_some(text)
}
