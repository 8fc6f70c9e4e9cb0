//! `cargo xtask invoke`: an event of `tests/events`, about something that exists on the running stack.

use std::io::Write;
use std::sync::Arc;

use claim_http::registry::FUNCTIONS;
use clap::Args;
use e2e::Environment;
use e2e::invocation::Row;
use local_stack::{Stack, user};
use serde_json::Value;

use crate::{Failure, Outcome, PROGRESS};

/// Invoke a function with an event of tests/events, about a claim made for it on the running stack
#[derive(Args)]
#[command(after_help = "\
The events name a claim, a document, a link and a person that are all invented. This brings a new claim to where the event
makes sense, puts its ids, its revision and a real person's token or session into the event, and invokes the deployed
function through Lambda, as API Gateway, the stream or Scheduler would: with its own role and environment.

Examples:
  cargo xtask invoke                           the functions, and the events of each
  cargo xtask invoke claims                    the simplest event of a function
  cargo xtask invoke claims claims-read        a certain one
  cargo xtask invoke --all                     every event, a line each
  cargo xtask invoke submit --print > target/event.json
  cargo lambda invoke submit --data-file target/event.json
                                               the same with a function that `cargo lambda watch` runs")]
pub(crate) struct Invoke {
    /// The function, such as claims
    function: Option<String>,

    /// The event: a file of tests/events, without its ending
    #[arg(requires = "function")]
    event: Option<String>,

    /// Invoke every function with each of its events
    #[arg(long, conflicts_with_all = ["function", "print"])]
    all: bool,

    /// Print the event and invoke nothing
    #[arg(long, requires = "function")]
    print: bool,
}

impl Invoke {
    pub(crate) fn run(self, port: u16) -> Outcome {
        match &self.function {
            Some(function) => self.one(found(function, self.event.as_deref())?, port),
            None if self.all => all(port),
            None => list(),
        }
    }

    fn one(&self, row: &Row, port: u16) -> Outcome {
        let environment = environment(port)?;
        PROGRESS.say(&format!("{}.json needs {}", row.event, row.given));
        let prepared = row.prepare(&environment).map_err(|failed| Failure(failed.0))?;
        if self.print {
            println!("{:#}", prepared.event);
            return Ok(());
        }
        if let Some(claim) = &prepared.claim {
            PROGRESS.say(&format!("  made for it: claim {claim}"));
        }
        let caller = user(row.user).map(|user| format!(", as {}", user.full_name)).unwrap_or_default();
        PROGRESS.say(&format!("Invoking {}{caller} …", row.function()));
        let answer = invoke(&environment.stack, row, &prepared.event)?;
        println!("{}", shown(&answer.json()));
        row.answers.check(&answer).map_err(|failed| Failure(failed.0))?;
        if !row.note.is_empty() {
            PROGRESS.say(&format!("This event {}.", row.note));
        }
        let port = if port == local_stack::DEFAULT_PORT { String::new() } else { format!(" --port {port}") };
        PROGRESS.say(&format!("What it wrote: cargo xtask logs {}{port}", row.function()));
        Ok(())
    }
}

/// The event of a function, by name, or its simplest one.
fn found(function: &str, event: Option<&str>) -> Result<&'static Row, Failure> {
    let events: Vec<&Row> = Row::of_function(function).collect();
    if events.is_empty() {
        let known: Vec<&str> = FUNCTIONS.iter().map(|function| function.name).collect();
        return Err(Failure(format!(
            "there is no function {function}; the functions are {}",
            known.join(", ")
        )));
    }
    let mut named =
        events.iter().filter(|row| event.is_none_or(|event| event.trim_end_matches(".json") == row.event));
    named.next().copied().ok_or_else(|| {
        let known: Vec<&str> = events.iter().map(|row| row.event).collect();
        Failure(format!(
            "{function} has no event {}; its events are {}",
            event.unwrap_or_default(),
            known.join(", ")
        ))
    })
}

fn list() -> Outcome {
    let mut lines = String::new();
    for function in FUNCTIONS {
        lines.push_str(&format!("{}\n", function.name));
        for row in Row::of_function(function.name) {
            let route = row.route().map_err(|failed| Failure(failed.0))?.unwrap_or_default();
            let note = if row.note.is_empty() { format!("needs {}", row.given) } else { row.note.to_owned() };
            lines.push_str(&format!("  {:<34} {route:<54} {note}\n", row.event));
        }
    }
    lines.push_str(
        "\nInvoke one with `cargo xtask invoke claims claims-read`; `cargo xtask up` starts a stack.\n",
    );
    // Whoever reads only the first lines closes the pipe.
    let _ = std::io::stdout().write_all(lines.as_bytes());
    Ok(())
}

fn all(port: u16) -> Outcome {
    let environment = environment(port)?;
    let mut wrong = Vec::new();
    for row in Row::all() {
        let invoked = row.prepare(&environment).and_then(|prepared| {
            let answer =
                environment.stack.aws().invoke(&name_of(&environment.stack, row), &prepared.event)?;
            row.answers.check(&answer).map(|()| answer.json())
        });
        match invoked {
            Ok(answer) => println!("{:<34} {}", row.event, in_short(&answer)),
            Err(failed) => {
                println!("{:<34} {}", row.event, failed.0);
                wrong.push(row.event);
            }
        }
    }
    if wrong.is_empty() {
        println!("{} events, each answered as it should be", Row::all().len());
        return Ok(());
    }
    Err(Failure(format!("not answered as they should be: {}", wrong.join(", "))))
}

fn environment(port: u16) -> Result<Arc<Environment>, Failure> {
    let stack = Stack::attach(port)?;
    let monday = Environment::next_monday(stack.now());
    Ok(Environment::new(stack, monday, |step| PROGRESS.say(&format!("  {} {}", step.who, step.what))))
}

fn name_of(stack: &Stack, row: &Row) -> String {
    let deployed = stack.deployment().functions.get(row.function());
    deployed.map(|function| function.name.clone()).unwrap_or_default()
}

fn invoke(stack: &Stack, row: &Row, event: &Value) -> Result<local_stack::Response, Failure> {
    Ok(stack.aws().invoke(&name_of(stack, row), event)?)
}

/// An answer as a person reads it: a request's with its status first and its body as it is meant.
fn shown(answer: &Value) -> String {
    let Some(status) = answer["statusCode"].as_u64() else { return format!("{answer:#}") };
    let to = answer["headers"]["location"].as_str().map(|to| format!(" → {to}")).unwrap_or_default();
    let body = answer["body"].as_str().unwrap_or_default();
    let body =
        serde_json::from_str::<Value>(body).map_or_else(|_| body.to_owned(), |body| format!("{body:#}"));
    format!("{status}{to}\n{body}").trim_end().to_owned()
}

fn in_short(answer: &Value) -> String {
    let whole = || answer.to_string().chars().take(80).collect();
    answer["statusCode"].as_u64().map_or_else(whole, |status| status.to_string())
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;

    #[test]
    fn a_function_alone_means_its_simplest_event() {
        assert_eq!(found("claims", None).ok().unwrap().event, "claims-list");
        assert_eq!(found("claims", Some("claims-read.json")).ok().unwrap().event, "claims-read");
    }

    #[test]
    fn what_does_not_exist_is_answered_with_what_does() {
        assert!(found("claim", None).err().unwrap().0.contains("claims, "));
        assert!(found("claims", Some("submit-claim")).err().unwrap().0.contains("claims-read, "));
    }

    #[test]
    fn an_answer_is_shown_as_it_is_meant() {
        let answer = json!({ "statusCode": 200, "body": "{\"id\":\"A\"}" });
        assert_eq!(shown(&answer), "200\n{\n  \"id\": \"A\"\n}");
        let led = json!({ "statusCode": 303, "headers": { "location": "/claims" }, "body": "" });
        assert_eq!(shown(&led), "303 → /claims");
        assert_eq!(shown(&Value::Null), "null");
    }
}
