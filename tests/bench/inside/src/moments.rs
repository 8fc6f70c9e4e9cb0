//! Claims at a certain moment, written by the product itself: every command goes through the command handler, so that
//! the table holds what the product stores.

use std::collections::HashMap;
use std::sync::Arc;

use aws_sdk_dynamodb::operation::put_item::PutItemInput;
use aws_sdk_dynamodb::types::AttributeValue;
use base64::Engine;
use base64::engine::general_purpose::URL_SAFE_NO_PAD;
use chrono::{TimeDelta, Timelike};
use claim_command::{CommandHandler, CommandRequest, Expected, Reads};
use claim_domain::calendar::Instant;
use claim_domain::claim::Claim;
use claim_domain::command::{Command, Upload, UploadedFile};
use claim_domain::content::Content;
use claim_domain::draft::Draft;
use claim_domain::ids::{ClaimId, CommentId, EffectId, EvidenceId, PartnerId};
use claim_domain::people::{Actor, Caller, Role};
use claim_domain::reason::RejectCode;
use claim_ports::Table;
use claim_runtime::{Variables, program};
use claim_session::{Secret, Session, Sessions};
use claim_store::{ConsentLink, ConsentToken, Contacts, Key, Store};
use serde_json::Value;
use test_support::TestHost;

use crate::Failure;
use crate::table::BenchTable;

/// The claim of the events in `tests/events`.
pub const CLAIM: &str = "01KJQ8V4T9M5W7X2K3N6P8R1S0";
/// The document of those events.
const DOCUMENT: &str = "01KJQ9A3B4C5D6E7F8G9H0J1K2";
/// The consent link of those events.
const TOKEN: &str = "3q2-7wABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijk";
/// What the forms of those events bring along.
const CSRF: &str = "c2VjcmV0";
/// The length of that document, and the SHA-256 that it was announced with.
pub const LENGTH: u64 = 48_213;
/// The SHA-256 of that document.
pub const SHA256: &str = "9f86d081884c7d659a2feaa0c55ad015a3bf4f1b2b0b822cd15d6c15b0f00a08";
/// How many claims a list holds: one more than a page.
const LISTED: usize = 21;

/// How many changes an organisation has, where it has many claims.
const CHANGES: u64 = 200;

/// How far a claim has come.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub enum Moment {
    /// There is no claim.
    Nothing,
    /// It is a draft.
    Editing,
    /// A document was announced.
    Announced,
    /// The document was uploaded.
    Uploaded,
    /// It was submitted.
    Submitted,
    /// A reviewer has started the review and written a comment.
    UnderReview,
    /// It was approved, and the customer was notified.
    Approved,
    /// It was approved, and the email service refused the notice.
    Refused,
    /// It was rejected instead.
    Rejected,
    /// It was submitted so long ago that the review should have started.
    Overdue,
    /// So many claims were submitted that a list has a second page.
    Many,
}

/// A table with a claim at a moment.
#[derive(Debug)]
pub struct PreparedTable {
    /// The table.
    pub table: Arc<BenchTable>,
    /// The claim, if there is one.
    pub claim: Option<Claim>,
    /// The version of the claim's submission.
    pub submission: u64,
}

impl Moment {
    /// A table with a claim that was begun an hour before `now` (nine days if it is overdue) and has come to this moment.
    ///
    /// # Errors
    /// When the product refuses a step.
    pub async fn prepared(self, now: Instant) -> Result<PreparedTable, Failure> {
        let begins = now - if self == Self::Overdue { TimeDelta::days(9) } else { TimeDelta::hours(1) };
        let table = Arc::new(BenchTable::default());
        let driver = ClaimDriver::new(table.clone(), begins)?;
        let others = if self == Self::Many { LISTED - 1 } else { 0 };
        let upto = if self == Self::Many { Self::Submitted } else { self };
        for _ in 0..others {
            driver.drive(&driver.commands.host.new_id(), Self::Submitted).await?;
        }
        let (claim, submission) = driver.drive(CLAIM, upto).await?;
        if self == Self::Many {
            number_changes(&table, now).await?;
        }
        sign_in(table.clone(), now).await?;
        table.freeze();
        table.calls();
        Ok(PreparedTable { table, claim, submission })
    }
}

/// Puts changes of the events' organisation into the table, as dispatch numbers them.
async fn number_changes(table: &BenchTable, now: Instant) -> Result<(), Failure> {
    let partner: PartnerId = "contoso".parse()?;
    for sequence in 1..=CHANGES {
        let change = HashMap::from([
            ("claim".to_owned(), AttributeValue::S(CLAIM.to_owned())),
            ("number".to_owned(), AttributeValue::N(sequence.to_string())),
            ("type".to_owned(), AttributeValue::S("commented".to_owned())),
            ("at".to_owned(), AttributeValue::S(now.to_rfc3339())),
        ]);
        let key = Key::Change(partner.clone(), sequence);
        let put = PutItemInput::builder()
            .table_name(crate::TABLE)
            .item("pk", AttributeValue::S(key.partition()))
            .item("sk", AttributeValue::S(key.sort()))
            .item("change", AttributeValue::M(change));
        table.put_item(put).await?;
    }
    Ok(())
}

/// Callers with their commands, one after the other.
pub type Steps = Vec<(Caller, Command)>;

/// Takes claims through their steps.
pub struct ClaimDriver {
    host: Arc<TestHost>,
    /// Carries out the commands.
    pub commands: CommandHandler,
}

impl ClaimDriver {
    /// A driver over a table, which begins at an instant.
    ///
    /// # Errors
    /// When the program's defaults are refused.
    pub fn new(table: Arc<dyn Table>, begins: Instant) -> Result<Self, Failure> {
        let host = Arc::new(TestHost::at(begins.with_nanosecond(0).unwrap_or(begins)));
        let store = Store::new(table, crate::TABLE.to_owned(), 4);
        let commands = CommandHandler { store, program: program(&Variables::default())?, host: host.clone() };
        Ok(Self { host, commands })
    }

    /// Lets time pass.
    pub fn pass(&self, time: TimeDelta) {
        self.host.pass(time);
    }

    /// Creates the claim of the events, under an id.
    ///
    /// # Errors
    /// When the product refuses it.
    pub async fn create(&self, id: &str) -> Result<Claim, Failure> {
        self.host.choose_id(id);
        let event: Value = serde_json::from_str(include_str!("../../../events/claims-create.json"))?;
        let draft: Value = serde_json::from_str(event["body"].as_str().unwrap_or_default())?;
        let draft = Draft::parse(&draft)?;
        let created = self.commands.create(&partner()?, draft, None, None).await?;
        created.into_claim().map_err(|declined| format!("{declined:?}").into())
    }

    /// Takes a claim with this id to a moment; returns it with the version of its submission.
    ///
    /// # Errors
    /// When the product refuses a step.
    pub async fn drive(&self, id: &str, upto: Moment) -> Result<(Option<Claim>, u64), Failure> {
        if upto == Moment::Nothing {
            return Ok((None, 0));
        }
        let mut claim = self.create(id).await?;
        let mut submission = 0;
        for (moment, commands) in self.steps(&claim)? {
            if moment > upto.min(Moment::Approved) || (upto == Moment::Overdue && moment > Moment::Submitted)
            {
                break;
            }
            if upto == Moment::Rejected && moment == Moment::Approved {
                claim = self.act(&claim, &reviewer(), rejection()).await?;
                break;
            }
            for (caller, command) in commands {
                claim = self.act(&claim, &caller, command).await?;
                if moment == Moment::Submitted {
                    submission = claim.version;
                }
            }
            if moment == Moment::Approved {
                claim = self.notified(&claim, upto == Moment::Refused).await?;
            }
        }
        Ok((Some(claim), submission))
    }

    /// The steps of a claim, moment by moment.
    ///
    /// # Errors
    /// Never, as long as the ids are valid.
    pub fn steps(&self, claim: &Claim) -> Result<Vec<(Moment, Steps)>, Failure> {
        let is_known = claim.id.as_str() == CLAIM;
        let evidence: EvidenceId = if is_known { DOCUMENT.parse()? } else { self.commands.id()? };
        let upload = Upload {
            file_name: "statement-of-work.pdf".to_owned(),
            media_type: "application/pdf".to_owned(),
            size: LENGTH,
            sha256: SHA256.parse()?,
        };
        let found = UploadedFile {
            size: LENGTH,
            sha256: Some(SHA256.parse()?),
            content: Content::Accepted("application/pdf"),
            scanned: false,
        };
        let comment: CommentId = self.commands.id()?;
        let text = "Which of the workloads were rolled out first?".to_owned();
        let partner = partner()?;
        Ok(vec![
            (
                Moment::Announced,
                vec![(partner.clone(), Command::RequestUpload { evidence: evidence.clone(), upload })],
            ),
            (
                Moment::Uploaded,
                vec![(partner.clone(), Command::CompleteUpload { evidence, found: Some(found) })],
            ),
            (Moment::Submitted, vec![(partner, Command::Submit)]),
            (
                Moment::UnderReview,
                vec![(reviewer(), Command::StartReview), (reviewer(), Command::Comment { comment, text })],
            ),
            (Moment::Approved, vec![(reviewer(), Command::Approve { confirm_contact: false })]),
        ])
    }

    /// The claim after the customer was notified of the approval and got a link, or after the notice was refused.
    async fn notified(&self, claim: &Claim, refused: bool) -> Result<Claim, Failure> {
        let Some(consent) = claim.consents.last() else { return Ok(claim.clone()) };
        let (approval, notice): (u64, EffectId) = (consent.approval, consent.notice.clone());
        let link = ConsentLink { claim: claim.id.clone(), approval, language: None };
        let hash = TOKEN.parse::<ConsentToken>()?.hash();
        let until = self.commands.program.keeps_link_until(self.commands.host.now());
        self.commands.store.keep_consent_link(&hash, &link, until).await?;
        let command = match refused {
            false => Command::RecordNotified { approval, notice },
            true => {
                let why = "MessageRejected".to_owned();
                Command::RecordNoticeFailed { approval, notice, why, parked: false }
            }
        };
        self.act(claim, &Caller::system(), command).await
    }

    /// Carries out a command, a minute later.
    ///
    /// # Errors
    /// When the product refuses it.
    pub async fn act(&self, claim: &Claim, caller: &Caller, command: Command) -> Result<Claim, Failure> {
        self.host.pass(TimeDelta::minutes(1));
        let (caller, claim) = (caller.clone(), claim.id.clone());
        let request = CommandRequest { caller, claim, expected: Expected::Anything, key: None };
        let prepare = async |_: &Claim, _: &Contacts| Ok(command.clone().into());
        let outcome = self.commands.execute_with(&request, Reads::Claim, prepare).await?;
        outcome.into_claim().map_err(|declined| format!("{declined:?}").into())
    }
}

fn rejection() -> Command {
    Command::Reject {
        reason: RejectCode::InsufficientPoe,
        note: Some("It does not name the work.".to_owned()),
    }
}

/// The partner of the events.
///
/// # Errors
/// Never, as long as its ids are valid.
pub fn partner() -> Result<Caller, Failure> {
    let actor = Actor {
        role: Role::IncentivesAdmin,
        id: "8f14e45f-ceea-467f-a0e6-5b1f2c3d4e5f".to_owned(),
        name: "Anna Nowak".to_owned(),
        client: false,
    };
    let mpn_ids = vec!["1234567".parse()?, "7654321".parse()?];
    Ok(Caller {
        partner: Some("contoso".parse()?),
        partner_name: Some("Contoso Consulting".to_owned()),
        mpn_ids,
        ..Caller::without_organisation(actor)
    })
}

/// The reviewer of the events.
pub fn reviewer() -> Caller {
    let id = "45c48cce-2e2d-4fbd-aa1a-fc51c7c6ad26".to_owned();
    let actor = Actor { role: Role::Reviewer, id, name: "Rita Berg".to_owned(), client: false };
    Caller::without_organisation(actor)
}

/// Signs the partner and the reviewer of the events in.
///
/// # Errors
/// When the table fails.
pub async fn sign_in(sessions: Arc<dyn Table>, now: Instant) -> Result<(), Failure> {
    let sessions = Sessions::over(sessions, "sessions");
    for person in Person::ALL {
        sessions.begin(&person.cookie()?, &person.session(now)).await?;
    }
    Ok(())
}

/// Who opens pages: the partner or the reviewer of the events, signed in.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Person {
    Partner,
    Reviewer,
}

impl Person {
    const ALL: [Self; 2] = [Self::Partner, Self::Reviewer];

    /// The secret of the person's session cookie.
    pub(crate) fn cookie(self) -> Result<Secret, Failure> {
        let byte = if self == Self::Partner { 1_u8 } else { 2 };
        Ok(URL_SAFE_NO_PAD.encode([byte; 32]).parse()?)
    }

    fn session(self, now: Instant) -> Session {
        let claims: &[(&str, &str)] = match self {
            Self::Partner => &[
                ("sub", "8f14e45f-ceea-467f-a0e6-5b1f2c3d4e5f"),
                ("cognito:groups", "[incentives-admin]"),
                ("name", "Anna Nowak"),
                ("partner_id", "contoso"),
                ("mpn_ids", "1234567,7654321"),
            ],
            Self::Reviewer => &[
                ("sub", "45c48cce-2e2d-4fbd-aa1a-fc51c7c6ad26"),
                ("cognito:groups", "[reviewer]"),
                ("name", "Rita Berg"),
            ],
        };
        let claims = claims.iter().chain(&[("token_use", "access")]);
        Session {
            claims: claims.map(|(name, value)| ((*name).to_owned(), (*value).to_owned())).collect(),
            csrf: CSRF.to_owned(),
            refresh_token: None,
            id_token: None,
            began_at: now,
            // A bench may take hours.
            fresh_until: now + TimeDelta::hours(12),
        }
    }
}

/// The id of the claim of the events.
///
/// # Errors
/// Never, as long as the id is valid.
pub(crate) fn claim_id() -> Result<ClaimId, Failure> {
    Ok(CLAIM.parse()?)
}
