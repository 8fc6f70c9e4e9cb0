use clap::Args;
use local_stack::Stack;

use crate::Outcome;

/// Stop the stack; its claims, its emails and its moved clock are gone
#[derive(Args)]
pub(crate) struct Down;

impl Down {
    pub(crate) fn run(self, port: u16) -> Outcome {
        Stack::down(port)?;
        println!("The stack on port {port} is down.");
        Ok(())
    }
}
