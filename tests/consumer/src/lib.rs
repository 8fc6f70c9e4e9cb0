//! A reference consumer of the messages to incentive assessment: what the system on the other side of the queue has to do.
//!
//! The queue delivers at least once, and deduplicates for five minutes only. Hence three duties (I6):
//! - check each body by the schema (`infra/schemas/assessment-message.v1.schema.json`);
//! - know a message that comes twice by its `messageId`;
//! - keep the order of a claim's messages by `follows`: one whose predecessor has not been seen is refused, stays in the
//!   queue and is delivered again.
//!
//! The caller receives from the queue. It deletes a message when [`Consumer::receive`] is `Ok`, and leaves it otherwise.

mod message;

use std::collections::{BTreeMap, HashMap};
use std::fmt;
use std::sync::LazyLock;

use jsonschema::Validator;
use serde::Deserialize;
use serde_json::Value;

pub use crate::message::{Kind, Message, Product, RevenueAssociation};

/// The schema of the messages.
pub const SCHEMA: &str = include_str!("../../../infra/schemas/assessment-message.v1.schema.json");

static VALIDATOR: LazyLock<Result<Validator, String>> = LazyLock::new(|| {
    let schema: Value = serde_json::from_str(SCHEMA).map_err(|fault| fault.to_string())?;
    jsonschema::options().should_validate_formats(true).build(&schema).map_err(|fault| fault.to_string())
});

/// What became of a message that was taken.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Outcome {
    /// It is new, and is the last entry of the ledger.
    Accepted,
    /// It was taken before; nothing changes.
    Duplicate,
}

/// Why a message was not taken.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum ConsumerError {
    /// The schema itself is faulty.
    #[error("the schema of the messages is not valid: {0}")]
    Schema(String),
    /// The body is not JSON.
    #[error("the body is not JSON: {0}")]
    NotJson(String),
    /// The body is against the schema.
    #[error("the body is against the schema: {}", .0.join("; "))]
    Invalid(Vec<String>),
    /// The message came in the group of another claim, so that its order is not kept.
    #[error("message {message} is about claim {claim}, but came in the group {group}")]
    ForeignGroup {
        /// The message.
        message: String,
        /// Its claim.
        claim: String,
        /// The queue's message group.
        group: String,
    },
    /// The message's id was seen with another content.
    #[error("message {message} came again with another content")]
    Altered {
        /// The message.
        message: String,
    },
    /// The predecessor has not been seen; the message may come again after it.
    #[error("message {message} follows {follows}, which has not been seen: left in the queue until it has")]
    TooEarly {
        /// The message.
        message: String,
        /// What it follows.
        follows: String,
    },
    /// The message does not continue from the state of its claim.
    #[error("message {message} ({kind}) does not continue claim {claim}: {why}")]
    OutOfOrder {
        /// The message.
        message: String,
        /// What it says.
        kind: Kind,
        /// Its claim.
        claim: String,
        /// What is wrong.
        why: String,
    },
}

/// The state of a claim for assessment: what its newest message said.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct ClaimState {
    /// Requested, amended or recalled.
    pub state: Kind,
    /// The products to assess, or those that the recall took back.
    pub products: Vec<Product>,
    /// The newest message.
    pub newest: String,
    /// The claim's version in it.
    pub version: u64,
}

/// A message that was taken.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Entry {
    /// The message.
    pub message: Message,
    /// Its body, by which a changed repetition is known.
    body: Value,
}

/// Receives messages in whatever order and as often as the queue delivers them.
#[derive(Debug, Default)]
pub struct Consumer {
    ledger: Vec<Entry>,
    places: HashMap<String, usize>,
    claims: BTreeMap<String, ClaimState>,
}

impl Consumer {
    /// A consumer that has received nothing yet.
    pub fn new() -> Self {
        Self::default()
    }

    /// Takes a message with the queue's message group, once.
    ///
    /// # Errors
    /// [`ConsumerError`]; the message is to stay in the queue.
    pub fn receive(&mut self, body: &str, group: &str) -> Result<Outcome, ConsumerError> {
        let (message, body) = read(body)?;
        if message.claim_id != group {
            return Err(ConsumerError::ForeignGroup {
                message: message.message_id,
                claim: message.claim_id,
                group: group.to_owned(),
            });
        }
        if let Some(place) = self.places.get(&message.message_id) {
            return match self.ledger[*place].body == body {
                true => Ok(Outcome::Duplicate),
                false => Err(ConsumerError::Altered { message: message.message_id }),
            };
        }
        self.check_order(&message)?;
        let state = ClaimState {
            state: message.kind,
            products: message.products.clone(),
            newest: message.message_id.clone(),
            version: message.claim_version,
        };
        self.claims.insert(message.claim_id.clone(), state);
        self.places.insert(message.message_id.clone(), self.ledger.len());
        self.ledger.push(Entry { message, body });
        Ok(Outcome::Accepted)
    }

    /// Everything that was taken, in the order in which it was.
    pub fn ledger(&self) -> &[Entry] {
        &self.ledger
    }

    /// The state of a claim, if any message was about it.
    pub fn claim(&self, id: &str) -> Option<&ClaimState> {
        self.claims.get(id)
    }

    /// I6: a message continues the claim's newest, its first continues none, and the version rises.
    fn check_order(&self, message: &Message) -> Result<(), ConsumerError> {
        if let Some(follows) = message.follows.as_ref().filter(|id| !self.places.contains_key(*id)) {
            return Err(ConsumerError::TooEarly {
                message: message.message_id.clone(),
                follows: follows.clone(),
            });
        }
        let claim = self.claims.get(&message.claim_id);
        let fault = match (claim, &message.follows) {
            (None, None) if message.kind == Kind::Requested => None,
            (None, _) => Some("its first message is not a request".to_owned()),
            (Some(claim), None) => Some(format!("it follows nothing, but {} was seen", claim.newest)),
            (Some(claim), Some(follows)) if *follows != claim.newest => {
                Some(format!("it follows {follows}, but the newest is {}", claim.newest))
            }
            (Some(claim), Some(_)) if message.claim_version <= claim.version => {
                Some(format!("version {} was seen, and versions rise", claim.version))
            }
            (Some(claim), Some(_)) => (!may_follow(claim.state, message.kind))
                .then(|| format!("it cannot follow what was {}", claim.state)),
        };
        match fault {
            None => Ok(()),
            Some(why) => Err(ConsumerError::OutOfOrder {
                message: message.message_id.clone(),
                kind: message.kind,
                claim: message.claim_id.clone(),
                why,
            }),
        }
    }
}

/// I6: never a second request before the recall of the first; nothing is amended or recalled that was recalled before.
fn may_follow(earlier: Kind, later: Kind) -> bool {
    match later {
        Kind::Requested => earlier == Kind::Recalled,
        Kind::Amended | Kind::Recalled => earlier != Kind::Recalled,
    }
}

fn read(body: &str) -> Result<(Message, Value), ConsumerError> {
    let validator = VALIDATOR.as_ref().map_err(|fault| ConsumerError::Schema(fault.clone()))?;
    let value: Value =
        serde_json::from_str(body).map_err(|fault| ConsumerError::NotJson(fault.to_string()))?;
    let faults: Vec<_> = validator
        .iter_errors(&value)
        .map(|fault| match fault.instance_path().to_string() {
            root if root.is_empty() => fault.to_string(),
            place => format!("{place}: {fault}"),
        })
        .collect();
    if !faults.is_empty() {
        return Err(ConsumerError::Invalid(faults));
    }
    let message =
        Message::deserialize(&value).map_err(|fault| ConsumerError::Invalid(vec![fault.to_string()]))?;
    Ok((message, value))
}

impl fmt::Display for Entry {
    /// As a person would say it, on a few lines.
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let message = &self.message;
        writeln!(f, "{} {:9} {}", message.occurred_at, message.kind, message.name)?;
        let products: Vec<_> = message.products.iter().map(Product::to_string).collect();
        writeln!(f, "    products  {}", products.join(", "))?;
        writeln!(f, "    customer  {}, tenant {}", message.customer_name, message.tenant_id)?;
        writeln!(
            f,
            "    partner   {}, MPN id {}, for {}",
            message.partner_id,
            message.mpn_id,
            message.programs.join(" and ")
        )?;
        if let Some(association) = &message.revenue_association {
            let (product, seller) = (&association.isv_product, &association.solution_seller);
            writeln!(f, "    revenue   {product}, sold by {seller} to {}", association.customer_name)?;
        }
        if let Some(passed) = message.consent_passed_at.as_ref().filter(|_| message.kind == Kind::Requested) {
            writeln!(f, "    consent   silence until {passed}")?;
        }
        if let Some(reason) = &message.reason {
            writeln!(f, "    because   {}", reason.replace(['\r', '\n'], " "))?;
        }
        write!(f, "    message   {}", message.message_id)?;
        match &message.follows {
            Some(follows) => write!(f, ", follows {follows}"),
            None => Ok(()),
        }
    }
}
