use clap::Args;
use local_stack::Stack;

use crate::Outcome;

/// Sign a user in and print the access token
#[derive(Args)]
#[command(after_help = "\
Example:
  curl -H \"Authorization: Bearer $(cargo xtask token rita)\" http://claims.localhost:4566/v1/review/queue")]
pub(crate) struct Token {
    /// Short name or email address, as `cargo xtask up` lists them
    user: String,
}

impl Token {
    pub(crate) fn run(self, port: u16) -> Outcome {
        println!("{}", Stack::attach(port)?.token(&self.user)?);
        Ok(())
    }
}
