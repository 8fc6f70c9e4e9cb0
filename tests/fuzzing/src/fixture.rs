//! The functions over one table, with a claim in every status.

use std::sync::Arc;

use chrono::{DateTime, TimeDelta, Utc};
use claim_command::{CommandHandler, Host};
use claim_domain::claim::Status;
use claim_http::{App, PrincipalConfig};
use claim_pages::Pages;
use claim_runtime::Variables;
use claim_session::Sessions;
use claim_store::{ConsentLink, ConsentToken, Store};
pub(crate) use every_function::{Answer, DOCUMENT, TestRequest, ana, draft, lena, rita, upload};
use every_function::{Functions, OneDocument, accepting};
use evidence::Files;
use serde_json::{Value, json};
use test_support::table::Item;
use test_support::{MemoryTable, SESSIONS, TABLE, TestHost};

/// When the first claim is made.
const BEGINNING: &str = "2026-03-02T10:00:00Z";

fn beginning() -> DateTime<Utc> {
    BEGINNING.parse().unwrap()
}

/// The token of the approved claim's link.
pub(crate) const LINK: &str = "LinkLinkLinkLinkLinkLinkLinkLinkLinkLinkLin";

/// The functions, and a table with a claim in every status.
pub(crate) struct Fixture {
    table: Arc<MemoryTable>,
    sessions: Arc<MemoryTable>,
    host: Arc<TestHost>,
    runtime: tokio::runtime::Runtime,
    claims: Vec<(Status, String)>,
    /// A document of the claim in editing that was only announced.
    pub(crate) announced: String,
    /// A document of the same claim that was uploaded.
    pub(crate) uploaded: String,
}

impl Fixture {
    /// Takes a claim to every status.
    pub(crate) fn new() -> Self {
        let runtime = tokio::runtime::Builder::new_current_thread().enable_time().build().unwrap();
        let (table, sessions) = (Arc::new(MemoryTable::of_claims()), Arc::new(MemoryTable::of_sessions()));
        let host = Arc::new(TestHost::at(beginning()));
        let (claims, nothing) = (Vec::new(), String::new());
        let mut fixture =
            Self { table, sessions, host, runtime, claims, announced: nothing.clone(), uploaded: nothing };
        let all = [
            (Status::Editing, &[][..]),
            (Status::Submitted, &["submit"]),
            (Status::UnderReview, &["submit", "review/start"]),
            (Status::PartnerActionRequired, &["submit", "review/start", "review/request-action"]),
            (Status::Approved, &["submit", "review/start", "review/approve"]),
            (Status::Rejected, &["submit", "review/start", "review/reject"]),
        ];
        for (status, steps) in all {
            let claim = fixture.create();
            for step in steps {
                fixture.step(&claim, step);
            }
            fixture.claims.push((status, claim));
        }
        let editing = format!("/v1/claims/{}/evidence", fixture.claim(Status::Editing));
        fixture.announced = fixture.announce(&editing, "announced.pdf");
        fixture.uploaded =
            fixture.does(TestRequest::new("GET", editing.trim_end_matches("/evidence"), ana()))["evidence"]
                [0]["id"]
                .as_str()
                .unwrap()
                .to_owned();
        let approved = fixture.claim(Status::Approved).parse().unwrap();
        let CommandHandler { store, program, host } = fixture.commands();
        let approval = fixture.runtime.block_on(store.claim(&approved)).unwrap().unwrap().version;
        let link = ConsentLink { claim: approved, approval, language: None };
        let hash = LINK.parse::<ConsentToken>().unwrap().hash();
        let until = program.keeps_link_until(host.now());
        fixture.runtime.block_on(store.keep_consent_link(&hash, &link, until)).unwrap();
        fixture
    }

    /// The same fixture with a table of its own.
    pub(crate) fn copy(&self) -> Self {
        let runtime = tokio::runtime::Builder::new_current_thread().enable_time().build().unwrap();
        let host = Arc::new(TestHost::at(beginning()));
        host.set_next_id(self.next_id());
        Self {
            table: Arc::new(self.table.copy()),
            sessions: Arc::new(self.sessions.copy()),
            host,
            runtime,
            claims: self.claims.clone(),
            announced: self.announced.clone(),
            uploaded: self.uploaded.clone(),
        }
    }

    /// The id of the claim in a status.
    pub(crate) fn claim(&self, status: Status) -> &str {
        &self.claims.iter().find(|(known, _)| *known == status).unwrap().1
    }

    /// The statuses in which there is a claim.
    pub(crate) fn statuses(&self) -> Vec<Status> {
        self.claims.iter().map(|(status, _)| *status).collect()
    }

    /// Sets the time to so long after the beginning.
    pub(crate) fn passes(&self, since: TimeDelta) {
        self.host.set_time(beginning() + since);
    }

    /// The number of the next id.
    pub(crate) fn next_id(&self) -> u64 {
        self.host.next_id()
    }

    /// Sets the number of the next id, so that ids come again.
    pub(crate) fn set_next_id(&self, next: u64) {
        self.host.set_next_id(next);
    }

    /// All items of the table of claims.
    pub(crate) fn items(&self) -> Vec<Item> {
        self.table.with(|table| table.items().cloned().collect())
    }

    fn store(&self) -> Store {
        Store::new(Arc::clone(&self.table) as Arc<dyn claim_ports::Table>, TABLE.to_owned(), 4)
    }

    /// The command handler over the table.
    pub(crate) fn commands(&self) -> CommandHandler {
        let program = claim_runtime::program(&Variables::default()).unwrap();
        let host = Arc::clone(&self.host) as Arc<dyn Host + Send + Sync>;
        CommandHandler { store: self.store(), program, host }
    }

    /// Who has signed in.
    pub(crate) fn sessions(&self) -> Sessions {
        Sessions::over(Arc::clone(&self.sessions) as Arc<dyn claim_ports::Table>, SESSIONS)
    }

    /// Every function, over the table.
    pub(crate) fn functions(&self) -> Functions {
        let names = [
            "CHANGES_BUS",
            "EVIDENCE_BUCKET",
            "PORTAL_URL",
            "PUBLIC_URL",
            "MAIL_FROM",
            "LEAD_EMAIL",
            "ASSESSMENT_QUEUE_URL",
            "WEBHOOK_QUEUE_URL",
            "SCHEDULE_GROUP",
            "SCHEDULER_ROLE_ARN",
            "DEADLINE_FUNCTION_ARN",
            "SCHEDULE_DLQ_ARN",
        ];
        let given = names.map(|name| (name.to_owned(), "given".to_owned()));
        let by_aws = ["AWS_REGION", "AWS_ACCESS_KEY_ID", "AWS_SECRET_ACCESS_KEY"];
        let by_aws = by_aws.map(|name| (name.to_owned(), "eu-central-1".to_owned()));
        let variables = given.into_iter().chain(by_aws).collect();
        let length = u64::try_from(DOCUMENT.len()).unwrap();
        let documents = Arc::new(OneDocument::new(&variables, length, None, DOCUMENT).unwrap());
        let principal = PrincipalConfig::of(&Variables::default()).unwrap();
        let app = App { commands: self.commands(), principal };
        let pages = Pages::over(self.sessions(), String::new());
        Functions::over(app, Files::new(documents.clone()), accepting(documents), pages, &variables).unwrap()
    }

    /// Waits for something.
    pub(crate) fn wait<T>(&self, future: impl Future<Output = T>) -> T {
        self.runtime.block_on(future)
    }

    /// A new claim with an uploaded document.
    fn create(&self) -> String {
        let claim = self.does(TestRequest::new("POST", "/v1/claims", ana()).json(&draft()))["id"]
            .as_str()
            .unwrap()
            .to_owned();
        let path = format!("/v1/claims/{claim}/evidence");
        let document = self.announce(&path, "proof.pdf");
        self.does(TestRequest::new("POST", &format!("{path}/{document}/complete"), ana()));
        claim
    }

    fn announce(&self, path: &str, file_name: &str) -> String {
        let announced = self.does(TestRequest::new("POST", path, ana()).json(&upload(file_name)));
        announced["evidence"]["id"].as_str().unwrap().to_owned()
    }

    fn step(&self, claim: &str, step: &str) {
        let (token, body) = match step {
            "submit" => (ana(), json!({})),
            "review/request-action" => (rita(), json!({ "reasons": [{ "code": "missingAllPoe" }] })),
            "review/reject" => (rita(), json!({ "reason": "insufficientPoe" })),
            _ => (rita(), json!({})),
        };
        let path = format!("/v1/claims/{claim}");
        let seen = self.send(&TestRequest::new("GET", &path, token.clone()));
        let request = TestRequest::new("POST", &format!("{path}/{step}"), token).json(&body);
        self.does(request.header("if-match", seen.header("etag")));
    }

    /// Sends a request that must succeed, and returns the answer's body.
    pub(crate) fn does(&self, request: TestRequest) -> Value {
        let answer = self.send(&request);
        assert!((200..300).contains(&answer.status), "{} {}: {answer:?}", request.method, request.path);
        answer.json()
    }

    /// Sends a request to the function that has its route, or to the first function if none has.
    pub(crate) fn send(&self, request: &TestRequest) -> Answer {
        self.call(request.function(), &request.event())
    }

    /// Calls a function with an event, as Lambda's runtime does.
    pub(crate) fn call(&self, function: &str, event: &Value) -> Answer {
        self.runtime.block_on(self.functions().call(function, event))
    }
}
