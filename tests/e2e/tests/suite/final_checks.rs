//! What is checked after everything else: logs without secrets, a table without tokens, roles without a needless action.

use std::collections::{BTreeMap, BTreeSet};
use std::sync::Arc;

use e2e::{Environment, Failed};
use libtest_mimic::Trial;
use local_stack::{Grant, Use};
use serde_json::json;
use sha2::{Digest, Sha256};

use crate::authorization;
use crate::fixtures::holds;

const TOKENS: &str = "nothing_of_a_token_reaches_a_log_or_is_stored";
const CONTACTS: &str = "no_address_of_a_contact_reaches_a_log";
const CONTRACT: &str = "every_answer_is_one_that_the_contract_knows";
const NEEDLESS: &str = "no_role_may_do_what_it_does_not_need";

/// Why roles may do what the suite does not see them do: role, statement, action, reason. `*` stands for every role.
const UNSEEN: &[(&str, &str, &str, &str)] = &[
    ("*", "WriteLogs", "logs:CreateLogStream", BY_LAMBDA),
    ("*", "WriteLogs", "logs:PutLogEvents", BY_LAMBDA),
    ("DeadlineRole", "ReportFailures", "sqs:SendMessage", BY_LAMBDA),
    ("FeedbackRole", "ReportFailures", "sqs:SendMessage", BY_LAMBDA),
    ("SweepRole", "ReportFailures", "sqs:SendMessage", BY_LAMBDA),
    ("VerdictRole", "ReportFailures", "sqs:SendMessage", BY_LAMBDA),
    ("DispatchRole", "ReportFailures", "sqs:SendMessage", BY_LAMBDA),
    ("DeliverRole", "TakeChanges", "sqs:DeleteMessage", BY_LAMBDA),
    ("DeliverRole", "TakeChanges", "sqs:GetQueueAttributes", BY_LAMBDA),
    ("DeliverRole", "TakeChanges", "sqs:ReceiveMessage", BY_LAMBDA),
    ("DispatchRole", "ReadStream", "dynamodb:DescribeStream", BY_LAMBDA),
    ("DispatchRole", "ReadStream", "dynamodb:GetRecords", BY_LAMBDA),
    ("DispatchRole", "ReadStream", "dynamodb:GetShardIterator", BY_LAMBDA),
    ("DispatchRole", "ReadStream", "dynamodb:ListStreams", BY_LAMBDA),
    (
        "DispatchRole",
        "GiveTimersTheirRole",
        "iam:PassRole",
        "Scheduler asks for it of whoever sets a timer; the emulator does not.",
    ),
    ("DispatchRole", "SendThroughConfigurationSet", "ses:SendEmail", BY_SES),
    ("DeliverRole", "SendThroughConfigurationSet", "ses:SendEmail", BY_SES),
    ("DeploymentRole", "ShiftTraffic", "lambda:GetAlias", BY_CODEDEPLOY),
    ("DeploymentRole", "ShiftTraffic", "lambda:GetProvisionedConcurrencyConfig", BY_CODEDEPLOY),
    ("DeploymentRole", "ShiftTraffic", "lambda:UpdateAlias", BY_CODEDEPLOY),
    ("DeploymentRole", "LookAtAlarms", "cloudwatch:DescribeAlarms", BY_CODEDEPLOY),
    ("DeploymentRole", "ReadRevisions", "s3:GetObject", BY_CODEDEPLOY),
    ("DeploymentRole", "ReadRevisions", "s3:GetObjectVersion", BY_CODEDEPLOY),
    ("SchedulerRole", "FireClock", "lambda:InvokeFunction", BY_SCHEDULER),
    ("SchedulerRole", "ReportUndelivered", "sqs:SendMessage", BY_SCHEDULER),
    ("ScannerRole", "ManageTheManagedRule", "events:DeleteRule", BY_GUARDDUTY),
    ("ScannerRole", "ManageTheManagedRule", "events:PutRule", BY_GUARDDUTY),
    ("ScannerRole", "ManageTheManagedRule", "events:PutTargets", BY_GUARDDUTY),
    ("ScannerRole", "ManageTheManagedRule", "events:RemoveTargets", BY_GUARDDUTY),
    ("ScannerRole", "LookAtTheManagedRule", "events:DescribeRule", BY_GUARDDUTY),
    ("ScannerRole", "LookAtTheManagedRule", "events:ListTargetsByRule", BY_GUARDDUTY),
    ("ScannerRole", "HearOfUploads", "s3:GetBucketNotification", BY_GUARDDUTY),
    ("ScannerRole", "HearOfUploads", "s3:ListBucket", BY_GUARDDUTY),
    ("ScannerRole", "HearOfUploads", "s3:PutBucketNotification", BY_GUARDDUTY),
    ("ScannerRole", "ProveThatItCanScan", "s3:PutObject", BY_GUARDDUTY),
    ("ScannerRole", "ScanAndTag", "s3:GetObject", BY_GUARDDUTY),
    ("ScannerRole", "ScanAndTag", "s3:GetObjectTagging", BY_GUARDDUTY),
    ("ScannerRole", "ScanAndTag", "s3:GetObjectVersion", BY_GUARDDUTY),
    ("ScannerRole", "ScanAndTag", "s3:GetObjectVersionTagging", BY_GUARDDUTY),
    ("ScannerRole", "ScanAndTag", "s3:PutObjectTagging", BY_GUARDDUTY),
    ("ScannerRole", "ScanAndTag", "s3:PutObjectVersionTagging", BY_GUARDDUTY),
    ("DisputeRole", "ReadAndWriteClaims", "dynamodb:GetItem", AFTER_A_RACE),
    ("ReviewRole", "ReadAndWriteClaims", "dynamodb:GetItem", AFTER_A_RACE),
    ("SubmitRole", "ReadAndWriteClaims", "dynamodb:GetItem", AFTER_A_RACE),
    ("WithdrawRole", "ReadAndWriteClaims", "dynamodb:GetItem", AFTER_A_RACE),
    ("EvidenceRole", "TellMissingEvidence", "s3:ListBucket", MISSING_FILE),
    ("DashboardRole", "TellMissingEvidence", "s3:ListBucket", MISSING_FILE),
];

const MISSING_FILE: &str =
    "S3 answers 404 rather than 403 for a missing file to those who have it; the emulator always does.";

/// The one reason for what may be seen or not: races are won and lost by chance.
const AFTER_A_RACE: &str = "Whoever lost a race for a claim reads the event that won it: it may be its own.";
const BY_SES: &str =
    "SES asks for it of whoever names a configuration set; the emulator asks for the identity only.";
const BY_LAMBDA: &str = "Lambda itself does it with the function's role; the emulator does it without.";
const BY_CODEDEPLOY: &str = "AWS's own policy for CodeDeploy has it; the emulator has no CodeDeploy.";
const BY_GUARDDUTY: &str =
    "GuardDuty documents that a protection plan needs it; the local stack's scanner needs no role.";
const BY_SCHEDULER: &str = "Scheduler itself does it with this role; the emulator does it without.";

pub(crate) fn names() -> Vec<String> {
    [TOKENS, CONTACTS, CONTRACT, NEEDLESS].map(str::to_owned).to_vec()
}

/// The checks; what roles need is seen only when the `whole` suite was run.
pub(crate) fn trials(
    environment: &Arc<Environment>,
    everybody: &authorization::SharedEverybody,
    whole: bool,
) -> Vec<Trial> {
    let [first, second, third, fourth] = [(); 4].map(|()| Arc::clone(environment));
    let everybody = Arc::clone(everybody);
    vec![
        Trial::test(TOKENS, move || Ok(no_token_is_kept(&first, &everybody)?)),
        Trial::test(CONTACTS, move || Ok(no_address_is_logged(&second)?)),
        Trial::test(CONTRACT, move || Ok(every_answer_is_known(&fourth)?)),
        Trial::test(NEEDLESS, move || Ok(nothing_is_needless(&third)?)).with_ignored_flag(!whole),
    ]
}

/// Every answer that the suite got, compared with the contract of the API.
fn every_answer_is_known(environment: &Environment) -> Result<(), Failed> {
    let known = contract::KnownAnswers::new().map_err(Failed::new)?;
    let answers = environment.stack.take_answers();
    let mut unknown = BTreeSet::new();
    for answer in &answers {
        let media = answer.response.header("content-type").unwrap_or_default();
        let (status, body) = (answer.response.status, &answer.response.body);
        unknown.extend(known.check(&answer.method, &answer.path, status, media, body).err());
    }
    holds(!answers.is_empty(), "answers were kept")?;
    let told: Vec<_> = unknown.iter().map(String::as_str).collect();
    holds(told.is_empty(), &format!("the contract (infra/contract) lacks:\n{}", told.join("\n")))
}

/// Everything that was logged: by every function, by the gateway, by whatever else has a group of logs.
fn logs(environment: &Environment) -> Result<BTreeMap<String, String>, Failed> {
    let groups = environment.stack.aws().json("logs", "Logs_20140328.DescribeLogGroups", &json!({}))?;
    let names = groups["logGroups"].as_array().cloned().unwrap_or_default();
    let names: BTreeSet<_> = names.iter().filter_map(|group| group["logGroupName"].as_str()).collect();
    let functions = environment.stack.deployment().functions.values();
    for function in functions {
        holds(names.contains(function.log_group.as_str()), &format!("{} has no logs", function.name))?;
    }
    names.into_iter().map(|name| Ok((name.to_owned(), environment.stack.log_of(name)?.concat()))).collect()
}

/// The secrets of every notice that was sent.
fn links(environment: &Environment) -> Result<BTreeSet<String>, Failed> {
    let mut links = BTreeSet::new();
    for email in environment.stack.mails()? {
        for rest in [&email.text, &email.html].into_iter().flat_map(|text| text.split("/v1/consent/").skip(1))
        {
            let end = rest.find(|letter: char| !letter.is_ascii_alphanumeric() && !"-_".contains(letter));
            links.insert(rest[..end.unwrap_or(rest.len())].to_owned());
        }
    }
    Ok(links)
}

fn no_token_is_kept(
    environment: &Environment,
    everybody: &authorization::SharedEverybody,
) -> Result<(), Failed> {
    let links = links(environment)?;
    let mut bearers = environment.stack.tokens_issued();
    bearers.extend(authorization::tokens(everybody));
    let cookies = authorization::cookies(everybody);
    let calendars = authorization::calendar_secrets();
    holds(!links.is_empty() && !bearers.is_empty(), "there were tokens at all")?;
    // What makes a bearer token good is its payload with its signature: neither may be found.
    let parts = bearers.iter().flat_map(|token| token.split('.').skip(1));
    let whole = links.iter().chain(&cookies).chain(&calendars).map(String::as_str);
    let secrets: BTreeSet<&str> = parts.filter(|part| part.len() > 20).chain(whole).collect();
    let mut places = logs(environment)?;
    holds(places.values().any(|log| log.contains("answered")), "the functions wrote logs")?;
    let items = authorization::items(environment)?;
    let table: String = items.iter().map(ToString::to_string).collect();
    for link in &links {
        let hash: String = Sha256::digest(link).iter().map(|byte| format!("{byte:02x}")).collect();
        holds(table.contains(&hash), "the hash of a link is what is stored")?;
    }
    places.insert("the table".to_owned(), table);
    let sessions = authorization::sessions(environment)?;
    places.insert("the table of sessions".to_owned(), sessions.iter().map(ToString::to_string).collect());
    let found: Vec<&str> = places
        .iter()
        .filter(|(_, text)| secrets.iter().any(|secret| text.contains(secret)))
        .map(|(place, _)| place.as_str())
        .collect();
    holds(found.is_empty(), &format!("a token is found in {found:?}"))
}

fn no_address_is_logged(environment: &Environment) -> Result<(), Failed> {
    let addresses: BTreeSet<String> =
        environment.stack.mails()?.into_iter().flat_map(|email| email.to).collect();
    holds(!addresses.is_empty(), "there were emails at all")?;
    for (group, log) in logs(environment)? {
        let found: Vec<_> = addresses.iter().filter(|address| log.contains(*address)).collect();
        holds(found.is_empty(), &format!("{group} holds {found:?}"))?;
    }
    Ok(())
}

/// Each action that a role may do was seen being needed, or its reason is written above; no reason is left over.
fn nothing_is_needless(environment: &Environment) -> Result<(), Failed> {
    let (grants, uses) = (environment.stack.grants()?, environment.stack.uses()?);
    let (mut wrong, mut given) = (Vec::new(), BTreeSet::new());
    for grant in &grants {
        let used = uses.iter().any(|used| grant.covers(used));
        let reason = UNSEEN.iter().position(|reason| explains(reason, grant));
        given.extend(reason);
        match (used, reason) {
            (false, None) => wrong.push(format!("{} needs no {}", place(grant), grant.resource)),
            (true, Some(at)) if UNSEEN.get(at).is_some_and(|(.., why)| *why != AFTER_A_RACE) => {
                wrong.push(format!("{} was seen used: its reason is needless", place(grant)))
            }
            _ => {}
        }
    }
    let idle = UNSEEN.iter().enumerate().filter(|(at, _)| !given.contains(at));
    wrong.extend(idle.map(|(_, reason)| format!("no role has {reason:?}")));
    let foreign: Vec<&Use> =
        uses.iter().filter(|used| !grants.iter().any(|grant| grant.covers(used))).collect();
    wrong.extend(foreign.into_iter().map(|used| format!("allowed by nothing in the template: {used:?}")));
    holds(wrong.is_empty(), &format!("\n  {}", wrong.join("\n  ")))
}

fn explains(reason: &(&str, &str, &str, &str), grant: &Grant) -> bool {
    let (role, statement, action, _) = *reason;
    (role == "*" || role == grant.role) && statement == grant.statement && action == grant.action
}

fn place(grant: &Grant) -> String {
    format!("{}/{}/{}", grant.role, grant.statement, grant.action)
}
