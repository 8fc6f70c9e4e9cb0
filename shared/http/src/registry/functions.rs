//! Every function of the system, what invokes it, and what it may do.

use super::{ROUTES, Route};

/// A Lambda function.
#[derive(Debug, PartialEq, Eq)]
pub struct Function {
    /// Its name, also of its crate and of its folder in `functions/`.
    pub name: &'static str,
    /// What invokes it.
    pub invoked_by: InvokedBy,
    /// What it may do on AWS besides writing its log, in IAM's words: its role in the template allows exactly this.
    pub permissions: &'static [&'static str],
}

/// What invokes a function.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum InvokedBy {
    /// API Gateway, for each request to one of its routes.
    Api,
    /// EventBridge Scheduler, when a clock is due.
    Timers,
    /// EventBridge Scheduler, every few minutes.
    Schedule,
    /// The table's stream.
    Stream,
    /// EventBridge, with what the email service says about an email.
    MailEvents,
    /// EventBridge, with what the scanner says about a document.
    ScanEvents,
    /// The queue of changes on their way to webhooks.
    WebhookQueue,
    /// Cognito, before it makes a token.
    SignIn,
}

/// Reads and writes claims.
const COMMANDS: &[&str] =
    &["dynamodb:BatchGetItem", "dynamodb:GetItem", "dynamodb:PutItem", "dynamodb:Query"];
/// Like [`COMMANDS`], where what an organisation does in a day is counted (D19).
const COUNTED_COMMANDS: &[&str] = &[
    "dynamodb:BatchGetItem",
    "dynamodb:GetItem",
    "dynamodb:PutItem",
    "dynamodb:Query",
    "dynamodb:UpdateItem",
];
/// Like [`COMMANDS`], where an association may end (D15): its record is deleted.
const ENDING_COMMANDS: &[&str] = &[
    "dynamodb:BatchGetItem",
    "dynamodb:DeleteItem",
    "dynamodb:GetItem",
    "dynamodb:PutItem",
    "dynamodb:Query",
];
/// What partners do, on pages: every command of theirs, their documents, their sessions and begun claims, their webhooks.
const DASHBOARD: &[&str] = &[
    "dynamodb:BatchGetItem",
    "dynamodb:DeleteItem",
    "dynamodb:GetItem",
    "dynamodb:PutItem",
    "dynamodb:Query",
    "dynamodb:UpdateItem",
    "s3:GetObject",
    "s3:ListBucket",
    "s3:PutObject",
    "sqs:SendMessage",
];
/// What reviewers do, on pages; they read documents.
const CASEWORK: &[&str] = &[
    "dynamodb:BatchGetItem",
    "dynamodb:DeleteItem",
    "dynamodb:GetItem",
    "dynamodb:PutItem",
    "dynamodb:Query",
    "dynamodb:UpdateItem",
    "s3:GetObject",
];
/// Begins, renews and ends sessions.
const SESSIONS: &[&str] = &["dynamodb:GetItem", "dynamodb:PutItem", "dynamodb:Query", "dynamodb:UpdateItem"];
/// Records on a claim what happened outside; an event that failed for good goes to a queue.
const RECORDS: &[&str] = &["dynamodb:GetItem", "dynamodb:PutItem", "sqs:SendMessage"];

/// Takes changes from the queue and delivers them to webhooks (D24): reads those, notes what became of each attempt, and tells
/// people that changes were parked.
const DELIVERS: &[&str] = &[
    "dynamodb:GetItem",
    "dynamodb:PutItem",
    "dynamodb:UpdateItem",
    "ses:SendEmail",
    "sqs:ChangeMessageVisibility",
    "sqs:DeleteMessage",
    "sqs:GetQueueAttributes",
    "sqs:ReceiveMessage",
];
/// Registers webhooks, and sends changes to them again (D24).
const WEBHOOKS: &[&str] = &["dynamodb:GetItem", "dynamodb:Query", "dynamodb:UpdateItem", "sqs:SendMessage"];

/// Every function, by name.
pub const FUNCTIONS: &[Function] = &[
    Function { name: "casework", invoked_by: InvokedBy::Api, permissions: CASEWORK },
    Function { name: "claims", invoked_by: InvokedBy::Api, permissions: COUNTED_COMMANDS },
    Function { name: "comment", invoked_by: InvokedBy::Api, permissions: COMMANDS },
    Function { name: "consent", invoked_by: InvokedBy::Api, permissions: ENDING_COMMANDS },
    Function { name: "dashboard", invoked_by: InvokedBy::Api, permissions: DASHBOARD },
    Function { name: "deadline", invoked_by: InvokedBy::Timers, permissions: RECORDS },
    Function { name: "deliver", invoked_by: InvokedBy::WebhookQueue, permissions: DELIVERS },
    Function {
        name: "dispatch",
        invoked_by: InvokedBy::Stream,
        permissions: &[
            "dynamodb:BatchGetItem",
            "dynamodb:DeleteItem",
            "dynamodb:DescribeStream",
            "dynamodb:GetItem",
            "dynamodb:GetRecords",
            "dynamodb:GetShardIterator",
            "dynamodb:ListStreams",
            "dynamodb:PutItem",
            "dynamodb:Query",
            "dynamodb:UpdateItem",
            "events:PutEvents",
            "iam:PassRole",
            "s3:DeleteObjectVersion",
            "s3:ListBucketVersions",
            "s3:PutObject",
            "scheduler:CreateSchedule",
            "scheduler:DeleteSchedule",
            "ses:SendEmail",
            "sqs:SendMessage",
        ],
    },
    Function { name: "dispute", invoked_by: InvokedBy::Api, permissions: COMMANDS },
    Function {
        name: "evidence",
        invoked_by: InvokedBy::Api,
        permissions: &[
            "dynamodb:BatchGetItem",
            "dynamodb:GetItem",
            "dynamodb:PutItem",
            "dynamodb:Query",
            "dynamodb:UpdateItem",
            "s3:GetObject",
            "s3:ListBucket",
            "s3:PutObject",
        ],
    },
    Function { name: "feedback", invoked_by: InvokedBy::MailEvents, permissions: RECORDS },
    Function { name: "reference", invoked_by: InvokedBy::Api, permissions: &[] },
    Function { name: "review", invoked_by: InvokedBy::Api, permissions: ENDING_COMMANDS },
    Function { name: "sign-in", invoked_by: InvokedBy::Api, permissions: SESSIONS },
    Function { name: "submit", invoked_by: InvokedBy::Api, permissions: COMMANDS },
    Function {
        name: "sweep",
        invoked_by: InvokedBy::Schedule,
        permissions: &[
            "dynamodb:BatchGetItem",
            "dynamodb:GetItem",
            "dynamodb:PutItem",
            "dynamodb:Query",
            "dynamodb:UpdateItem",
            "sqs:SendMessage",
        ],
    },
    Function { name: "token", invoked_by: InvokedBy::SignIn, permissions: &["dynamodb:GetItem"] },
    Function { name: "verdict", invoked_by: InvokedBy::ScanEvents, permissions: RECORDS },
    Function { name: "webhooks", invoked_by: InvokedBy::Api, permissions: WEBHOOKS },
    Function { name: "withdraw", invoked_by: InvokedBy::Api, permissions: ENDING_COMMANDS },
];

impl Function {
    /// The function of this name.
    pub fn named(name: &str) -> Option<&'static Self> {
        FUNCTIONS.iter().find(|function| function.name == name)
    }

    /// Its routes.
    pub fn routes(&self) -> impl Iterator<Item = &'static Route> {
        ROUTES.iter().filter(move |route| route.function == self.name)
    }

    /// The functions behind the API.
    pub fn of_api() -> impl Iterator<Item = &'static Self> {
        FUNCTIONS.iter().filter(|function| function.invoked_by == InvokedBy::Api)
    }
}
