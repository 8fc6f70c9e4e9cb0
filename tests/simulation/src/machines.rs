//! The machines on which the functions run: the product's own code, over the simulated services and with clocks that
//! differ.

use std::pin::Pin;
use std::sync::Arc;
use std::time::Duration;

use claim_command::{CommandHandler, Host};
use claim_domain::calendar::Instant;
use claim_domain::timer::TimerFired;
use claim_domain::webhook::Reach;
use claim_http::{App, PrincipalConfig};
use claim_pages::Pages;
use claim_runtime::{BatchResponse, ConfigError, Variables, program};
use claim_session::Sessions;
use claim_store::Store;
use deliver::send::Sender;
use dispatch::services::Services;
use every_function::{Deliveries, Functions};
use evidence::Files;
use feedback::{Heard, MailEvent};
use lambda_http::{Body, Response};
use test_support::{SESSIONS, TABLE};
use verdict::{ScanEvent, Scanned};

use crate::engine::{Millis, Simulation};
use crate::people::SentRequest;
use crate::services::sessions::SessionTable;
use crate::services::webhook_queue::ReceivedMessage;
use crate::state::MACHINES;
use crate::stream::Batch;

/// A machine, as its functions see it.
#[derive(Debug)]
struct Machine {
    simulation: Simulation,
    number: usize,
}

impl Host for Machine {
    fn now(&self) -> Instant {
        let mut state = self.simulation.state();
        let now = state.clock_of(self.number);
        let task = state.agenda.current();
        if let Some(invocation) = task.and_then(|task| state.invocations.get_mut(&task)) {
            invocation.clock_read = Some(now);
        }
        now
    }

    fn new_id(&self) -> String {
        let mut state = self.simulation.state();
        let (now, number) = (state.agenda.now(), state.random.ids.u128(..));
        ulid::Ulid::from_parts(now.unsigned_abs(), number).to_string()
    }

    fn secret(&self) -> std::io::Result<[u8; 32]> {
        let mut bytes = [0; 32];
        self.simulation.state().random.secrets.fill(&mut bytes);
        Ok(bytes)
    }

    fn pause(&self, about: Duration) -> Pin<Box<dyn Future<Output = ()> + Send + '_>> {
        let about = Millis::try_from(about.as_millis()).unwrap_or(Millis::MAX);
        let factor = self.simulation.state().random.latency.i64(500..1_500);
        Box::pin(self.simulation.sleep(about * factor / 1_000))
    }
}

/// The functions on each machine.
#[derive(Clone)]
pub(crate) struct Machines(Arc<[Functions]>);

impl Machines {
    /// Starts the functions over the simulated services, configured as the template configures them.
    ///
    /// # Errors
    /// When an environment variable is missing or malformed.
    pub(crate) fn start(simulation: &Simulation) -> Result<Self, ConfigError> {
        let variables = variables(&simulation.state().setup.program);
        let program = program(&variables)?;
        let service = || Arc::new(simulation.clone());
        let functions = (0..MACHINES).map(|number| {
            let host = Arc::new(Machine { simulation: simulation.clone(), number });
            let store = Store::new(service(), TABLE.to_owned(), SHARDS);
            let commands = CommandHandler { store, program: program.clone(), host };
            let app = App { commands, principal: PrincipalConfig::of(&variables)? };
            let files = Files::new(service()).scanned(true);
            let services = Services {
                scheduler: service(),
                queue: service(),
                mailer: service(),
                bucket: service(),
                bus: service(),
            };
            let pages = Pages::over(sessions(simulation), String::new());
            let deliveries = Deliveries {
                sending: service(),
                receiving: service(),
                sender: Sender::over(service(), service(), Reach::Public),
            };
            Functions::with_deliveries(app, files, services, pages, deliveries, &variables)
        });
        Ok(Self(functions.collect::<Result<Vec<_>, _>>()?.into()))
    }

    /// Lets the function that has the route of a request handle it.
    pub(crate) async fn handle_request(&self, machine: usize, request: &SentRequest) -> Response<Body> {
        let response = self.0[machine].answer(request.function(), request.event()).await;
        response.unwrap_or_else(|| gateway_response(404))
    }

    /// Lets deadline handle a timer. Returns what it did, unless it failed.
    pub(crate) async fn handle_timer(
        &self,
        machine: usize,
        fired: &TimerFired,
    ) -> Result<deadline::Fired, ()> {
        Box::pin(deadline::handle(&self.0[machine].commands, fired)).await.map_err(|_| ())
    }

    /// Lets feedback handle an event of the email service. Returns what it did, unless it failed.
    pub(crate) async fn handle_feedback(&self, machine: usize, event: &MailEvent) -> Result<Heard, ()> {
        Box::pin(feedback::handle(&self.0[machine].commands, event)).await.map_err(|_| ())
    }

    /// Lets verdict handle an event of the scanner. Returns what it did, unless it failed.
    pub(crate) async fn handle_scan_result(&self, machine: usize, event: &ScanEvent) -> Result<Scanned, ()> {
        Box::pin(verdict::handle(&self.0[machine].commands, event)).await.map_err(|_| ())
    }

    /// Lets dispatch handle a batch of the stream.
    pub(crate) async fn handle_batch(&self, machine: usize, batch: &Batch) -> BatchResponse {
        Box::pin(self.0[machine].dispatch.handle(batch.event())).await
    }

    /// Lets deliver handle a message.
    pub(crate) async fn handle_delivery(&self, machine: usize, message: &ReceivedMessage) -> BatchResponse {
        Box::pin(self.0[machine].deliver.handle(message.event())).await
    }

    /// The store, as operators use it.
    pub(crate) fn store(&self) -> Store {
        self.0[0].commands.store.clone()
    }

    /// Lets sweep make a pass. Returns whether it succeeded.
    pub(crate) async fn sweep(&self, machine: usize) -> bool {
        Box::pin(self.0[machine].sweep.pass()).await.is_ok()
    }
}

/// Who has signed in.
pub(crate) fn sessions(simulation: &Simulation) -> Sessions {
    Sessions::over(Arc::new(SessionTable(simulation.clone())), SESSIONS)
}

/// A response of the API gateway itself.
fn gateway_response(status: u16) -> Response<Body> {
    let mut response = Response::new(Body::Empty);
    *response.status_mut() = status.try_into().unwrap_or_default();
    response
}

/// The queue between dispatch and deliver.
pub(crate) const WEBHOOK_QUEUE_URL: &str = "https://sqs.us-east-1.amazonaws.com/123456789012/webhooks";
/// Over how many partitions the index of overdue work is spread: only a few, so that sweep is fast.
pub(crate) const SHARDS: u32 = 2;

/// How many months a closed claim keeps what it has (D22): the fewest, so that lives reach the end of them.
pub(crate) const RETENTION_MONTHS: u32 = 1;

fn variables(program: &[(&'static str, String)]) -> Variables {
    let months = RETENTION_MONTHS.to_string();
    let fixed = [
        ("SCHEDULE_GROUP", "claims"),
        ("SCHEDULER_ROLE_ARN", "arn:aws:iam::123456789012:role/scheduler"),
        ("DEADLINE_FUNCTION_ARN", "arn:aws:lambda:us-east-1:123456789012:function:deadline"),
        ("SCHEDULE_DLQ_ARN", "arn:aws:sqs:us-east-1:123456789012:schedules"),
        ("ASSESSMENT_QUEUE_URL", "https://sqs.us-east-1.amazonaws.com/123456789012/assessment.fifo"),
        ("WEBHOOK_QUEUE_URL", WEBHOOK_QUEUE_URL),
        ("MAIL_FROM", "claims@program.example"),
        ("LEAD_EMAIL", "lead@program.example"),
        ("EVIDENCE_BUCKET", "evidence"),
        ("CHANGES_BUS", "changes"),
        ("PUBLIC_URL", "https://claims.example"),
        ("PORTAL_URL", "https://portal.example"),
        ("PROGRAM_GUIDE_URL", "https://guide.example"),
        ("RETENTION_MONTHS", &months),
    ];
    let fixed = fixed.into_iter().map(|(name, value)| (name.to_owned(), value.to_owned()));
    fixed.chain(program.iter().map(|(name, value)| ((*name).to_owned(), value.clone()))).collect()
}
