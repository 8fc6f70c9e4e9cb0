//! The table of sessions.

use std::collections::HashMap;
use std::sync::Arc;

use aws_sdk_dynamodb::operation::get_item::GetItemInput;
use aws_sdk_dynamodb::operation::put_item::PutItemInput;
use aws_sdk_dynamodb::operation::query::{QueryInput, QueryOutput};
use aws_sdk_dynamodb::operation::update_item::UpdateItemInput;
use aws_sdk_dynamodb::types::AttributeValue;
use chrono::TimeDelta;
use claim_domain::calendar::Instant;
use claim_domain::ids::PartnerId;
use claim_ports::Table;
use claim_runtime::Aws;
use serde::Serialize;
use serde::de::DeserializeOwned;

use crate::cookie::Secret;
use crate::draft::{BegunDraft, Draft};
use crate::kept::{KeptForm, LARGEST};
use crate::record::{Item, Key, SCHEMA, Stored, organisation, person};
use crate::session::{Session, Standing};

/// The index of what belongs to a person or an organisation.
const BY_SUBJECT: &str = "by-subject";
/// How long after its end a session is still known to have been one, so that a form can be kept for its person.
const REMEMBERED: TimeDelta = TimeDelta::hours(24);
/// How long a form is kept.
const FORM_KEPT: TimeDelta = TimeDelta::hours(1);
/// How long a sign-in may be under way.
const SIGN_IN_WITHIN: TimeDelta = TimeDelta::minutes(10);
/// How long a begun claim is kept after it was saved last.
const DRAFT_KEPT: TimeDelta = TimeDelta::days(90);

/// How many begun claims an organisation has at most. Two people who begin one at the same time can exceed it by one, so a
/// list reads twice as many and misses none.
pub const MOST_DRAFTS: usize = 50;

/// What an item holds of its person, which is taken away when it ends.
const PERSONAL: [&str; 7] = ["claims", "csrf", "refreshToken", "idToken", "fields", "name", "savedAt"];

/// The table of sessions failed.
#[derive(Debug, thiserror::Error)]
pub enum SessionError {
    /// It did not answer, or refused.
    #[error("the table of sessions failed")]
    Table(#[source] Box<dyn std::error::Error + Send + Sync>),
    /// An item is not as it was written.
    #[error("an item of the table of sessions cannot be read or written")]
    Item(#[from] serde_dynamo::Error),
}

/// What an item must be like to be written over.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Condition {
    text: &'static str,
    /// The revision `:seen` in it.
    seen: Option<u64>,
}

/// The table of sessions.
#[derive(Debug, Clone)]
pub struct Sessions {
    pub(crate) table: Arc<dyn Table>,
    pub(crate) name: String,
}

impl Sessions {
    /// The table of this name.
    pub fn new(aws: &Aws, name: &str) -> Self {
        Self::over(Arc::new(aws.dynamodb()), name)
    }

    /// The table of this name, behind this port.
    pub fn over(table: Arc<dyn Table>, name: &str) -> Self {
        Self { table, name: name.to_owned() }
    }

    /// The session that a cookie names, as it stands at `now`.
    ///
    /// # Errors
    /// When the table fails.
    pub async fn find(&self, cookie: &Secret, now: Instant) -> Result<Option<Standing>, SessionError> {
        let hash = cookie.hash();
        let Some(item) = self.get(&Key::Session(&hash)).await? else { return Ok(None) };
        if item.contains_key("ended") {
            let subject = item.get("subject").and_then(|value| value.as_s().ok());
            let subject = subject.and_then(|subject| subject.strip_prefix("PERSON#")).unwrap_or_default();
            return Ok(Some(Standing::Over { subject: subject.to_owned() }));
        }
        let stored: Stored<Session> = serde_dynamo::from_item(item)?;
        Ok(Some(stored.content.standing(now)))
    }

    /// Keeps a new session under a fresh cookie.
    ///
    /// # Errors
    /// When the table fails.
    pub async fn begin(&self, cookie: &Secret, session: &Session) -> Result<(), SessionError> {
        let ends_at = session.ends_at();
        let owner = Some(person(session.subject()));
        let hash = cookie.hash();
        self.put(&Key::Session(&hash), owner, ends_at, ends_at + REMEMBERED, session, None).await?;
        self.prolong_calendar(session).await
    }

    /// Replaces a session by its renewal, unless it was ended meanwhile; whether it was replaced.
    ///
    /// # Errors
    /// When the table fails.
    pub async fn renew(&self, cookie: &Secret, session: &Session) -> Result<bool, SessionError> {
        let ends_at = session.ends_at();
        let owner = Some(person(session.subject()));
        let hash = cookie.hash();
        let unless_ended =
            Some(Condition { text: "attribute_exists(pk) AND attribute_not_exists(ended)", seen: None });
        let renewed = self
            .put(&Key::Session(&hash), owner, ends_at, ends_at + REMEMBERED, session, unless_ended)
            .await?;
        if renewed {
            self.prolong_calendar(session).await?;
        }
        Ok(renewed)
    }

    /// Ends a session: what it holds of its person is taken away.
    ///
    /// # Errors
    /// When the table fails.
    pub async fn end(&self, cookie: &Secret) -> Result<(), SessionError> {
        let hash = cookie.hash();
        self.end_item(&Key::Session(&hash).text()).await
    }

    /// Ends every session of a person. The index that they are found by may lag by a moment behind a sign-in.
    ///
    /// # Errors
    /// When the table fails.
    pub async fn end_everywhere(&self, subject: &str) -> Result<(), SessionError> {
        for item in self.owned_by(&person(subject)).await? {
            let key = item.get("pk").and_then(|value| value.as_s().ok());
            if let Some(key) = key.filter(|key| key.starts_with("SESSION#")) {
                self.end_item(key).await?;
            }
        }
        Ok(())
    }

    /// Keeps what a sign-in that is under way has to know when it comes back, for ten minutes.
    ///
    /// # Errors
    /// When the table fails.
    pub async fn begin_sign_in<T: Serialize>(
        &self,
        cookie: &Secret,
        state: &T,
        now: Instant,
    ) -> Result<(), SessionError> {
        let (hash, ends_at) = (cookie.hash(), now + SIGN_IN_WITHIN);
        self.put(&Key::SignIn(&hash), None, ends_at, ends_at, state, None).await?;
        Ok(())
    }

    /// What was kept of a sign-in; once, since it is over afterwards.
    ///
    /// # Errors
    /// When the table fails.
    pub async fn finish_sign_in<T: DeserializeOwned>(
        &self,
        cookie: &Secret,
        now: Instant,
    ) -> Result<Option<T>, SessionError> {
        let hash = cookie.hash();
        let key = Key::SignIn(&hash);
        let Some(item) = self.get(&key).await?.filter(|item| !item.contains_key("ended")) else {
            return Ok(None);
        };
        let stored: Stored<T> = serde_dynamo::from_item(item)?;
        let is_first = self.end_item_once(&key.text(), &[]).await?;
        Ok((is_first && now < stored.ends_at).then_some(stored.content))
    }

    /// Keeps a form for a person whose session is over, under a fresh name; `None` if it is too large.
    ///
    /// # Errors
    /// When the table fails.
    pub async fn keep(
        &self,
        name: &Secret,
        subject: &str,
        form: &KeptForm,
        now: Instant,
    ) -> Result<Option<()>, SessionError> {
        if form.size() > LARGEST {
            return Ok(None);
        }
        let (hash, ends_at) = (name.hash(), now + FORM_KEPT);
        self.put(&Key::Kept(&hash), Some(person(subject)), ends_at, ends_at, form, None).await?;
        Ok(Some(()))
    }

    /// A kept form, for the person whose it is and nobody else.
    ///
    /// # Errors
    /// When the table fails.
    pub async fn kept(
        &self,
        name: &Secret,
        subject: &str,
        now: Instant,
    ) -> Result<Option<KeptForm>, SessionError> {
        let hash = name.hash();
        let Some(item) = self.get(&Key::Kept(&hash)).await? else { return Ok(None) };
        let stored: Stored<KeptForm> = serde_dynamo::from_item(item)?;
        let is_theirs = stored.subject.as_deref() == Some(person(subject).as_str());
        Ok((is_theirs && now < stored.ends_at).then_some(stored.content))
    }

    /// A begun claim of an organisation.
    ///
    /// # Errors
    /// When the table fails.
    pub async fn draft(
        &self,
        partner: &PartnerId,
        id: &str,
        now: Instant,
    ) -> Result<Option<Draft>, SessionError> {
        let found = self.get(&Key::Draft(id)).await?.filter(|item| !item.contains_key("ended"));
        let Some(item) = found else { return Ok(None) };
        let stored: Stored<Draft> = serde_dynamo::from_item(item)?;
        let is_theirs = stored.subject.as_deref() == Some(organisation(partner).as_str());
        Ok((is_theirs && now < stored.ends_at).then_some(stored.content))
    }

    /// Saves a begun claim, if it is still as it was when it was read: at the revision before the draft's own. Whether it
    /// was saved.
    ///
    /// # Errors
    /// When the table fails.
    pub async fn save_draft(&self, partner: &PartnerId, draft: &Draft) -> Result<bool, SessionError> {
        let ends_at = draft.saved_at + DRAFT_KEPT;
        let condition = match draft.revision {
            0 | 1 => Condition { text: "attribute_not_exists(pk)", seen: None },
            revision => Condition {
                text: "revision = :seen AND attribute_not_exists(ended)",
                seen: Some(revision - 1),
            },
        };
        let owner = Some(organisation(partner));
        self.put(&Key::Draft(&draft.id), owner, ends_at, ends_at, draft, Some(condition)).await
    }

    /// Gives a begun claim up, or takes it away once it has become one.
    ///
    /// # Errors
    /// When the table fails.
    pub async fn end_draft(&self, id: &str) -> Result<(), SessionError> {
        // It leaves the list of its organisation, too.
        self.end_item_once(&Key::Draft(id).text(), &["subject"]).await.map(drop)
    }

    /// The begun claims of an organisation, the latest first: one page of the index, which holds all that there can be
    /// ([`MOST_DRAFTS`]).
    ///
    /// # Errors
    /// When the table fails.
    pub async fn drafts(&self, partner: &PartnerId, now: Instant) -> Result<Vec<BegunDraft>, SessionError> {
        let page = self.index_page(&organisation(partner), Some(2 * MOST_DRAFTS), None).await?;
        let items = page.items.unwrap_or_default().into_iter();
        let mut drafts: Vec<BegunDraft> =
            items.filter_map(|item| serde_dynamo::from_item(item).ok()).collect();
        drafts.retain(|draft| now < draft.saved_at + DRAFT_KEPT);
        drafts.sort_by_key(|draft| std::cmp::Reverse(draft.saved_at));
        Ok(drafts)
    }

    pub(crate) async fn get(&self, key: &Key<'_>) -> Result<Option<Item>, SessionError> {
        let input = GetItemInput::builder()
            .table_name(&self.name)
            .key("pk", AttributeValue::S(key.text()))
            .consistent_read(true);
        let answer =
            self.table.get_item(input).await.map_err(|error| SessionError::Table(Box::new(error)))?;
        Ok(answer.item)
    }

    /// Writes an item whole, if the condition holds; whether it does.
    pub(crate) async fn put<T: Serialize>(
        &self,
        key: &Key<'_>,
        subject: Option<String>,
        ends_at: Instant,
        kept_until: Instant,
        content: &T,
        condition: Option<Condition>,
    ) -> Result<bool, SessionError> {
        let stored =
            Stored { pk: key.text(), schema: SCHEMA, subject, ends_at, ttl: kept_until.timestamp(), content };
        let item: Item = serde_dynamo::to_item(stored)?;
        let input = PutItemInput::builder()
            .table_name(&self.name)
            .set_item(Some(item))
            .set_condition_expression(condition.map(|condition| condition.text.to_owned()));
        let input = match condition.and_then(|condition| condition.seen) {
            Some(seen) => input.expression_attribute_values(":seen", AttributeValue::N(seen.to_string())),
            None => input,
        };
        match self.table.put_item(input).await {
            Ok(_) => Ok(true),
            Err(error)
                if error.as_service_error().is_some_and(|e| e.is_conditional_check_failed_exception()) =>
            {
                Ok(false)
            }
            Err(error) => Err(SessionError::Table(Box::new(error))),
        }
    }

    pub(crate) async fn end_item(&self, key: &str) -> Result<(), SessionError> {
        self.end_item_once(key, &[]).await.map(drop)
    }

    /// Marks an item as ended and takes away what it holds of its person, and these attributes; whether it was there and had
    /// not ended.
    async fn end_item_once(&self, key: &str, also: &[&str]) -> Result<bool, SessionError> {
        // Some of them are words of DynamoDB's own.
        let removed = PERSONAL.iter().chain(also);
        let names: HashMap<_, _> = removed.map(|name| (format!("#{name}"), (*name).to_owned())).collect();
        let removed: Vec<&str> = names.keys().map(String::as_str).collect();
        let input = UpdateItemInput::builder()
            .table_name(&self.name)
            .key("pk", AttributeValue::S(key.to_owned()))
            .update_expression(format!("SET ended = :yes REMOVE {}", removed.join(", ")))
            .condition_expression("attribute_exists(pk) AND attribute_not_exists(ended)")
            .set_expression_attribute_names(Some(names))
            .expression_attribute_values(":yes", AttributeValue::Bool(true));
        match self.table.update_item(input).await {
            Ok(_) => Ok(true),
            Err(error)
                if error.as_service_error().is_some_and(|e| e.is_conditional_check_failed_exception()) =>
            {
                Ok(false)
            }
            Err(error) => Err(SessionError::Table(Box::new(error))),
        }
    }

    /// What belongs to a person or an organisation, as far as the index shows it.
    async fn owned_by(&self, subject: &str) -> Result<Vec<Item>, SessionError> {
        let (mut found, mut from) = (Vec::new(), None);
        loop {
            let page = self.index_page(subject, None, from).await?;
            found.extend(page.items.unwrap_or_default());
            from = page.last_evaluated_key.filter(|key| !key.is_empty());
            if from.is_none() {
                return Ok(found);
            }
        }
    }

    /// A page of what belongs to a person or an organisation.
    async fn index_page(
        &self,
        subject: &str,
        limit: Option<usize>,
        from: Option<Item>,
    ) -> Result<QueryOutput, SessionError> {
        let input = QueryInput::builder()
            .table_name(&self.name)
            .index_name(BY_SUBJECT)
            .key_condition_expression("subject = :subject")
            .expression_attribute_values(":subject", AttributeValue::S(subject.to_owned()))
            .set_limit(limit.and_then(|limit| i32::try_from(limit).ok()))
            .set_exclusive_start_key(from);
        self.table.query(input).await.map_err(|error| SessionError::Table(Box::new(error)))
    }
}

#[cfg(test)]
#[path = "table_tests.rs"]
mod tests;
