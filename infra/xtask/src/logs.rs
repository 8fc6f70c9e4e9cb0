use chrono::DateTime;
use clap::Args;
use local_stack::{Error, Stack};
use serde_json::json;

use crate::Outcome;

/// Print the log of all functions, or of one; newest last
#[derive(Args)]
#[command(after_help = "\
Examples:
  cargo xtask logs                  all functions
  cargo xtask logs dispatch -n 200  the last 200 lines of one function
  cargo xtask logs emulator         MiniStack itself")]
pub(crate) struct Logs {
    /// A function's name, such as claims; `emulator` for MiniStack itself
    function: Option<String>,

    /// How many lines
    #[arg(short = 'n', long, default_value_t = 50)]
    lines: usize,
}

impl Logs {
    pub(crate) fn run(self, port: u16) -> Outcome {
        let stack = Stack::attach(port)?;
        if self.function.as_deref() == Some("emulator") {
            println!("{}", local_stack::tail(&stack.layout().log(), self.lines));
            return Ok(());
        }
        let functions = &stack.deployment().functions;
        let mut lines = Vec::new();
        for (name, function) in functions {
            if self.function.as_ref().is_none_or(|wanted| wanted == name) {
                lines.extend(read(&stack, name, &function.log_group)?);
            }
        }
        if let Some(wanted) = self.function.filter(|wanted| !functions.contains_key(wanted)) {
            let names: Vec<&str> = functions.keys().map(String::as_str).collect();
            let names = names.join(", ");
            return Err(Error::Unexpected(format!(
                "there is no function {wanted}; the functions are {names}"
            ))
            .into());
        }
        lines.sort();
        for (_, line) in &lines[lines.len().saturating_sub(self.lines)..] {
            println!("{line}");
        }
        Ok(())
    }
}

/// A function's own lines with their instants; the platform's START, END and REPORT are left out.
fn read(stack: &Stack, function: &str, group: &str) -> Result<Vec<(i64, String)>, Error> {
    let mut lines = Vec::new();
    let mut body = json!({ "logGroupName": group });
    loop {
        let page = stack.aws().json("logs", "Logs_20140328.FilterLogEvents", &body)?;
        for event in page["events"].as_array().into_iter().flatten() {
            let (at, message) = (event["timestamp"].as_i64().unwrap_or_default(), event["message"].as_str());
            let message = message.unwrap_or_default().trim_end();
            if message.is_empty()
                || ["START ", "END ", "REPORT "].iter().any(|word| message.starts_with(word))
            {
                continue;
            }
            let time = DateTime::from_timestamp_millis(at).unwrap_or_default().format("%Y-%m-%d %H:%M:%S");
            lines.push((at, format!("{time} {function:<9} {message}")));
        }
        match page["nextToken"].as_str() {
            Some(token) => body["nextToken"] = json!(token),
            None => return Ok(lines),
        }
    }
}
