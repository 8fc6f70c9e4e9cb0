//! Writes the contract down as it follows from the code: the OpenAPI document, the page that shows it, and the AsyncAPI
//! document of what the system says by itself.
#![allow(clippy::print_stdout, clippy::print_stderr, reason = "a command line talks to a person")]

use std::path::Path;
use std::process::ExitCode;
use std::{error, fs};

fn main() -> ExitCode {
    match write() {
        Ok(()) => ExitCode::SUCCESS,
        Err(error) => {
            eprintln!("error: {error}");
            ExitCode::FAILURE
        }
    }
}

fn write() -> Result<(), Box<dyn error::Error>> {
    let folder = Path::new(env!("CARGO_MANIFEST_DIR"));
    let document = contract::document();
    fs::write(folder.join("openapi.json"), contract::text(&document))?;
    fs::write(folder.join("openapi.html"), contract::page(&document)?)?;
    fs::write(folder.join("requests.http"), contract::collection(&document))?;
    fs::write(folder.join("asyncapi.json"), contract::text(&contract::asyncapi()?))?;
    if std::env::args().any(|argument| argument == "--publish") {
        let place = folder.join("published").join(format!("{}.json", contract::VERSION));
        fs::create_dir_all(folder.join("published"))?;
        fs::write(&place, contract::text(&document))?;
        println!("{} is published.", contract::VERSION);
    }
    println!(
        "infra/contract/openapi.json, openapi.html, requests.http and asyncapi.json are as the code says, version {}.",
        contract::VERSION
    );
    Ok(())
}
