//! The product's functions, as they run: the real code, on machines whose clocks differ, over the simulated services.

use std::pin::Pin;
use std::sync::Arc;
use std::time::Duration;

use claim_command::{CommandHandler, Host};
use claim_domain::calendar::Instant;
use claim_domain::command::TimerFired;
use claim_http::{App, PrincipalConfig};
use claim_runtime::{ConfigError, Variables, program};
use claim_store::Store;
use dispatch::services::Services;
use evidence::Files;
use feedback::{Heard, MailEvent};
use lambda_http::{Body, Response};
use test_support::Functions;
use verdict::{ScanEvent, Scanned};

use crate::engine::{Millis, Sim};
use crate::people::Asked;
use crate::state::MACHINES;
use crate::stream::Batch;
use dispatch::stream::BatchResponse;

/// A machine, as the functions on it know it.
#[derive(Debug)]
struct Machine {
    sim: Sim,
    number: usize,
}

impl Host for Machine {
    fn now(&self) -> Instant {
        let mut state = self.sim.state();
        let now = state.clock_of(self.number);
        let task = state.agenda.current();
        if let Some(invocation) = task.and_then(|task| state.invocations.get_mut(&task)) {
            invocation.clock_read = Some(now);
        }
        now
    }

    fn new_id(&self) -> String {
        let mut state = self.sim.state();
        let (now, number) = (state.agenda.now(), state.random.ids.u128(..));
        ulid::Ulid::from_parts(now.unsigned_abs(), number).to_string()
    }

    fn secret(&self) -> std::io::Result<[u8; 32]> {
        let mut bits = [0; 32];
        self.sim.state().random.secrets.fill(&mut bits);
        Ok(bits)
    }

    fn pause(&self, about: Duration) -> Pin<Box<dyn Future<Output = ()> + Send + '_>> {
        let about = Millis::try_from(about.as_millis()).unwrap_or(Millis::MAX);
        let share = self.sim.state().random.latency.i64(500..1_500);
        Box::pin(self.sim.sleep(about * share / 1_000))
    }
}

/// The functions on every machine.
#[derive(Clone)]
pub(crate) struct Fleet(Arc<[Functions]>);

impl Fleet {
    /// The functions over a simulated world, configured as the template configures them.
    ///
    /// # Errors
    /// The variable that is missing or malformed.
    pub(crate) fn over(sim: &Sim) -> Result<Self, ConfigError> {
        let variables = variables(&sim.state().cast.program);
        let program = program(&variables)?;
        let service = || Arc::new(sim.clone());
        let functions = (0..MACHINES).map(|number| {
            let host = Arc::new(Machine { sim: sim.clone(), number });
            let store = Store::new(service(), TABLE.to_owned(), SHARDS);
            let commands = CommandHandler { store, program: program.clone(), host };
            let app = App { commands, principal: PrincipalConfig::of(&variables) };
            let files = Files::new(service()).scanned(true);
            let services =
                Services { scheduler: service(), queue: service(), mailer: service(), bucket: service() };
            Functions::over(app, files, services, &variables)
        });
        Ok(Self(functions.collect::<Result<Vec<_>, _>>()?.into()))
    }

    /// The function that has the route of a request answers it.
    pub(crate) async fn answer(&self, machine: usize, asked: &Asked) -> Response<Body> {
        let answer = self.0[machine].answer(asked.function(), asked.event()).await;
        answer.unwrap_or_else(|| outside(404))
    }

    /// The deadline function handles a firing; says whether it was stale, or failed.
    pub(crate) async fn fire(&self, machine: usize, fired: &TimerFired) -> Result<deadline::Fired, ()> {
        Box::pin(deadline::handle(&self.0[machine].commands, fired)).await.map_err(|_| ())
    }

    /// Feedback hears an event of the mail service; says what it came to, unless it failed.
    pub(crate) async fn hear(&self, machine: usize, event: &MailEvent) -> Result<Heard, ()> {
        Box::pin(feedback::handle(&self.0[machine].commands, event)).await.map_err(|_| ())
    }

    /// Verdict handles what the scanner found; says what it came to, unless it failed.
    pub(crate) async fn scanned(&self, machine: usize, event: &ScanEvent) -> Result<Scanned, ()> {
        Box::pin(verdict::handle(&self.0[machine].commands, event)).await.map_err(|_| ())
    }

    /// Dispatch works on a batch.
    pub(crate) async fn dispatch(&self, machine: usize, batch: &Batch) -> BatchResponse {
        Box::pin(self.0[machine].dispatch.handle(batch.event())).await
    }

    /// Sweep makes a pass; says whether it could.
    pub(crate) async fn sweep(&self, machine: usize) -> bool {
        Box::pin(self.0[machine].sweep.pass()).await.is_ok()
    }
}

/// What the gateway answers by itself.
fn outside(status: u16) -> Response<Body> {
    let mut response = Response::new(Body::Empty);
    *response.status_mut() = status.try_into().unwrap_or_default();
    response
}

/// The table's name.
pub(crate) const TABLE: &str = "Table";
/// How many partitions overdue work is spread over: few, to be fast.
pub(crate) const SHARDS: u32 = 2;

fn variables(program: &[(&'static str, String)]) -> Variables {
    let fixed = [
        ("SCHEDULE_GROUP", "claims"),
        ("SCHEDULER_ROLE_ARN", "arn:aws:iam::123456789012:role/scheduler"),
        ("DEADLINE_FUNCTION_ARN", "arn:aws:lambda:us-east-1:123456789012:function:deadline"),
        ("SCHEDULE_DLQ_ARN", "arn:aws:sqs:us-east-1:123456789012:schedules"),
        ("ASSESSMENT_QUEUE_URL", "https://sqs.us-east-1.amazonaws.com/123456789012/assessment.fifo"),
        ("MAIL_FROM", "claims@program.example"),
        ("LEAD_EMAIL", "lead@program.example"),
        ("EVIDENCE_BUCKET", "evidence"),
        ("PUBLIC_URL", "https://claims.example"),
        ("PROGRAM_GUIDE_URL", "https://guide.example"),
    ];
    let fixed = fixed.into_iter().map(|(name, value)| (name.to_owned(), value.to_owned()));
    fixed.chain(program.iter().map(|(name, value)| ((*name).to_owned(), value.clone()))).collect()
}
