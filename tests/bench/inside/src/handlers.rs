//! The functions, as they are configured for the bench.

use std::sync::Arc;

use base64::Engine;
use base64::engine::general_purpose::STANDARD;
use claim_command::CommandHandler;
use claim_http::{App, PrincipalConfig};
use claim_pages::Pages;
use claim_ports::Table;
use claim_runtime::{Machine, Variables, program};
use claim_session::Sessions;
use claim_store::Store;
use every_function::{Functions, OneDocument, accepting};
use evidence::Files;

use crate::{Failure, LENGTH, SHA256, TABLE};

/// The variables that the functions are given, except the endpoint.
pub fn configured() -> Vec<(&'static str, &'static str)> {
    vec![
        ("AWS_REGION", "us-east-1"),
        ("AWS_ACCESS_KEY_ID", "ASIAEXAMPLEEXAMPLE00"),
        ("AWS_SECRET_ACCESS_KEY", "example/example/example/example/example0"),
        ("AWS_SESSION_TOKEN", include_str!("session-token.txt").trim_ascii_end()),
        ("SERVICE_NAME", "claims"),
        ("TABLE_NAME", TABLE),
        ("SESSIONS_TABLE", "sessions"),
        ("EVIDENCE_BUCKET", "claims-evidence"),
        ("SCHEDULE_GROUP", "claims"),
        ("SCHEDULER_ROLE_ARN", "arn:aws:iam::123456789012:role/claims-scheduler"),
        ("DEADLINE_FUNCTION_ARN", "arn:aws:lambda:us-east-1:123456789012:function:claims-deadline"),
        ("SCHEDULE_DLQ_ARN", "arn:aws:sqs:us-east-1:123456789012:claims-schedules"),
        ("ASSESSMENT_QUEUE_URL", "https://sqs.us-east-1.amazonaws.com/123456789012/claims-assessment.fifo"),
        ("WEBHOOK_QUEUE_URL", "https://sqs.us-east-1.amazonaws.com/123456789012/claims-webhooks"),
        ("MAIL_FROM", "claims@contoso.example"),
        ("LEAD_EMAIL", "lead@contoso.example"),
        ("PUBLIC_URL", "https://claims.example"),
        ("PORTAL_URL", "https://portal.example"),
        ("PROGRAM_TIME_ZONE", "Europe/Warsaw"),
        ("PROGRAM_HOLIDAYS", "2026-12-25,2027-01-01,2027-05-03"),
    ]
}

/// Every function, over one table.
///
/// # Errors
/// When the configuration is refused.
pub fn functions_over(table: Arc<dyn Table>) -> Result<Functions, Failure> {
    let variables = variables();
    let store = Store::new(table.clone(), TABLE.to_owned(), 4);
    functions(CommandHandler { store, program: program(&variables)?, host: Arc::new(Machine) }, table)
}

/// Every function, over one command handler and a table of sessions.
///
/// # Errors
/// When the configuration is refused.
pub fn functions(commands: CommandHandler, sessions: Arc<dyn Table>) -> Result<Functions, Failure> {
    let variables = variables();
    let app = App { commands, principal: PrincipalConfig::of(&variables)? };
    let documents = Arc::new(OneDocument::new(&variables, LENGTH, Some(checksum()), b"%PDF-1.7\n")?);
    let pages = Pages::over(Sessions::over(sessions, "sessions"), String::new());
    Ok(Functions::over(app, Files::new(documents.clone()), accepting(documents), pages, &variables)?)
}

/// The SHA-256 of the document, as S3 writes it.
fn checksum() -> String {
    let byte = |at| u8::from_str_radix(SHA256.get(at..at + 2)?, 16).ok();
    STANDARD.encode((0..SHA256.len()).step_by(2).filter_map(byte).collect::<Vec<_>>())
}

fn variables() -> Variables {
    configured().into_iter().map(|(name, value)| (name.to_owned(), value.to_owned())).collect()
}
