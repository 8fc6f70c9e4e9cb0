//! The functions' handlers, each called as its `main.rs` calls it.

use std::sync::Arc;

use claim_command::Desk;
use claim_http::{App, PrincipalConfig, incoming, outgoing};
use claim_ports::Table;
use claim_runtime::{Aws, SystemWorld, Variables, program};
use claim_store::Store;
use dispatch::Dispatch;
use dispatch::services::Services;
use evidence::{DocumentBucket, Files, Function};
use lambda_http::aws_lambda_events::apigw::ApiGatewayV2httpRequest;
use lambda_http::{Body, Response};
use serde_json::Value;
use sweep::Sweep;

use crate::services::GoodDay;
use crate::{Failure, TABLE};

/// The variables that the functions are given, the endpoint apart.
pub fn configured() -> Vec<(&'static str, &'static str)> {
    vec![
        ("AWS_REGION", "us-east-1"),
        ("AWS_ACCESS_KEY_ID", "ASIAEXAMPLEEXAMPLE00"),
        ("AWS_SECRET_ACCESS_KEY", "example/example/example/example/example0"),
        ("AWS_SESSION_TOKEN", include_str!("session-token.txt").trim_ascii_end()),
        ("SERVICE_NAME", "claims"),
        ("TABLE_NAME", TABLE),
        ("EVIDENCE_BUCKET", "claims-evidence"),
        ("SCHEDULE_GROUP", "claims"),
        ("SCHEDULER_ROLE_ARN", "arn:aws:iam::123456789012:role/claims-scheduler"),
        ("DEADLINE_FUNCTION_ARN", "arn:aws:lambda:us-east-1:123456789012:function:claims-deadline"),
        ("SCHEDULE_DLQ_ARN", "arn:aws:sqs:us-east-1:123456789012:claims-schedules"),
        ("ASSESSMENT_QUEUE_URL", "https://sqs.us-east-1.amazonaws.com/123456789012/claims-assessment.fifo"),
        ("MAIL_FROM", "claims@contoso.example"),
        ("LEAD_EMAIL", "lead@contoso.example"),
        ("PUBLIC_URL", "https://claims.example"),
        ("PROGRAM_TIME_ZONE", "Europe/Warsaw"),
        ("PROGRAM_HOLIDAYS", "2026-12-25,2027-01-01,2027-05-03"),
    ]
}

/// Every handler, over one table.
pub struct Handlers {
    evidence: Function,
    /// What follows from events.
    pub dispatch: Dispatch,
    /// What was left undone.
    pub sweep: Sweep,
}

impl Handlers {
    /// The handlers over a table.
    ///
    /// # Errors
    /// When the configuration is refused.
    pub fn over(table: Arc<dyn Table>) -> Result<Self, Failure> {
        let pairs = configured().into_iter().map(|(name, value)| (name.to_owned(), value.to_owned()));
        let variables: Variables = pairs.collect();
        let store = Store::new(table, TABLE.to_owned(), 4);
        Self::at(Desk { store, program: program(&variables)?, world: Arc::new(SystemWorld) })
    }

    /// The handlers at a desk.
    ///
    /// # Errors
    /// When the configuration is refused.
    pub fn at(desk: Desk) -> Result<Self, Failure> {
        let pairs = configured().into_iter().map(|(name, value)| (name.to_owned(), value.to_owned()));
        let variables: Variables = pairs.collect();
        let app = App { desk: desk.clone(), principal: PrincipalConfig::of(&variables) };
        let day =
            Arc::new(GoodDay { signer: DocumentBucket::new(&Aws::new(&variables)?, "claims-evidence") });
        let services =
            Services { scheduler: day.clone(), queue: day.clone(), mailer: day.clone(), bucket: day.clone() };
        Ok(Self {
            dispatch: Dispatch::over(desk.clone(), services, &variables)?,
            sweep: Sweep::new(desk, &variables)?,
            evidence: Function { app, files: Files::new(day) },
        })
    }

    /// A function's answer to an event.
    ///
    /// # Errors
    /// When there is no such function, it cannot read the event, or it fails.
    pub async fn answer(&self, function: &str, event: &str) -> Result<Vec<u8>, Failure> {
        let answer = match function {
            "deadline" => {
                deadline::handle(&self.evidence.app.desk, &serde_json::from_str(event)?).await?;
                Value::Null
            }
            "feedback" => {
                feedback::handle(&self.evidence.app.desk, &serde_json::from_str(event)?).await?;
                Value::Null
            }
            "verdict" => {
                verdict::handle(&self.evidence.app.desk, &serde_json::from_str(event)?).await?;
                Value::Null
            }
            "dispatch" => serde_json::to_value(self.dispatch.handle(serde_json::from_str(event)?).await)?,
            "sweep" => serde_json::to_value(self.sweep.pass().await?)?,
            "token" => token::handle(serde_json::from_str(event)?),
            _ => return self.respond(function, event).await,
        };
        Ok(serde_json::to_vec(&answer)?)
    }

    async fn respond(&self, function: &str, event: &str) -> Result<Vec<u8>, Failure> {
        let event: ApiGatewayV2httpRequest = serde_json::from_str(event)?;
        let request = incoming(event);
        let app = &self.evidence.app;
        let response: Response<Body> = match function {
            "claims" => Box::pin(claims::handle(app, request)).await,
            "comment" => Box::pin(comment::handle(app, request)).await,
            "consent" => Box::pin(consent::handle(app, request)).await,
            "dispute" => Box::pin(dispute::handle(app, request)).await,
            "evidence" => Box::pin(evidence::handle(&self.evidence, request)).await,
            "review" => Box::pin(review::handle(app, request)).await,
            "submit" => Box::pin(submit::handle(app, request)).await,
            "withdraw" => Box::pin(withdraw::handle(app, request)).await,
            other => return Err(format!("{other} has no handler here: name it in tests/bench/inside").into()),
        };
        Ok(serde_json::to_vec(&outgoing(response))?)
    }
}
