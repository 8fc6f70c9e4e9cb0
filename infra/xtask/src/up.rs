use clap::Args;
use local_stack::{PASSWORD, Plan, Stack, USERS, User};

use crate::{Outcome, PROGRESS, lived_in};

/// Set the stack up: install, build, start, deploy; a second time, only what has changed
#[derive(Args)]
#[command(after_help = "\
Examples:
  cargo xtask up
  cargo xtask up --lived-in                           with ten claims at different points of their lives, to look around
  cargo xtask up --fresh                              discard what an earlier run left
  cargo xtask up --port 4570                          a second stack beside the first
  cargo xtask up --set PeriodConsent=3m               with a parameter of template.yaml set by you")]
pub(crate) struct Up {
    /// Discard the claims, emails and time of an earlier run
    #[arg(long)]
    fresh: bool,

    /// Live ten claims to different points of their lives; takes a minute longer, and discards what an earlier run left
    #[arg(long)]
    lived_in: bool,

    /// A parameter of template.yaml; may be given several times
    #[arg(long = "set", value_name = "NAME=VALUE", value_parser = pair)]
    parameters: Vec<(String, String)>,
}

impl Up {
    pub(crate) fn run(self, port: u16) -> Outcome {
        let parameters = self.parameters.into_iter().collect();
        let plan = Plan { port, fresh: self.fresh || self.lived_in, parameters, ..Plan::default() };
        let mut stack = Stack::up(&plan, &PROGRESS)?;
        if self.lived_in {
            lived_in::live(stack)?;
            stack = Stack::attach(port)?;
        }
        let address = stack.address();
        println!("\nThe claims API and the pages are at {address}");
        println!("The stack's time is {}", stack.now().format("%A, %Y-%m-%d %H:%M:%S UTC"));
        println!("\nUsers, all with the password {PASSWORD}, and the page where each begins:");
        for user in USERS {
            let place = user.organisation.map_or_else(
                || "the program".to_owned(),
                |organisation| format!("{}, MPN {}", organisation.id, organisation.mpn_ids.join(" and ")),
            );
            let role = user.role.unwrap_or("no role");
            println!("  {:<6} {:<24} {role:<17} {:<10} {place}", user.name, user.email, first_page(user));
        }
        let port = if port == local_stack::DEFAULT_PORT { String::new() } else { format!(" --port {port}") };
        println!(
            "\nOpen {address} in a browser and sign in as one of them. Sign out before you are somebody else."
        );
        println!("\nOr call the API (the token is good for an hour of the stack's time):");
        println!("  TOKEN=$(cargo xtask token nora{port})");
        println!("  curl {address}/v1/problems/invalid-input");
        println!("  curl -H \"Authorization: Bearer $TOKEN\" {address}/v1/claims");
        println!(
            "  curl -H \"Authorization: Bearer $(cargo xtask token rita{port})\" '{address}/v1/review/queue?limit=5'"
        );
        println!("\nLet time pass with `cargo xtask clock +7d{port}`; stop with `cargo xtask down{port}`.");
        Ok(())
    }
}

/// The page that a user comes to after signing in.
fn first_page(user: &User) -> &'static str {
    match (user.role, user.organisation) {
        (None, _) => "none",
        (_, Some(_)) => "/claims",
        (_, None) => "/review",
    }
}

fn pair(text: &str) -> Result<(String, String), String> {
    let (name, value) = text.split_once('=').ok_or("write it as Name=value, such as PeriodConsent=3m")?;
    Ok((name.to_owned(), value.to_owned()))
}
