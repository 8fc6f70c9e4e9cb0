//! Sending changes again, from a number on (D24).

use chrono::{Days, NaiveTime};
use claim_domain::calendar::Instant;
use claim_domain::ids::WebhookId;
use claim_domain::people::Caller;
use claim_domain::refusal::{FieldError, Kind, Refusal};
use claim_domain::rule::Rule;
use claim_domain::webhook::{Webhook, parse_replay};
use claim_http::view::ReplayView;
use claim_http::{App, Problem};
use claim_store::{CountKey, ReadOn};
use serde_json::Value;

use crate::Webhooks;

/// How many changes one request looks at: what SQS takes within a second or two.
const AT_ONCE: u32 = 100;
/// How many such requests an organisation makes in a day (UTC), so that nobody fills the queue for all.
const A_DAY: u32 = 200;

impl Webhooks {
    /// Puts the changes after a number on the way to a webhook once more, as far as it asks for them.
    ///
    /// # Errors
    /// As [`Webhooks::find`]; invalid input; too often in a day; an illegal state for a webhook that is gone.
    pub async fn replay(
        &self,
        app: &App,
        caller: &Caller,
        id: &WebhookId,
        input: &Value,
    ) -> Result<ReplayView, Problem> {
        let partner = self.partner(app, caller)?;
        let after = parse_replay(input)?;
        let webhook = self.find(app, caller, id).await?;
        if webhook.gone_at.is_some() {
            return Err(Problem::new(
                Kind::IllegalState,
                "The webhook's server answered 410, which means that it wants nothing any more.",
                "Remove the webhook and register it anew.",
            ));
        }
        let (store, now) = (&app.commands.store, app.commands.host.now());
        let key = CountKey { day: now.date_naive(), what: "replays".to_owned(), of: partner.to_string() };
        if !store.count(key, A_DAY).await? {
            return Err(too_often(now).into());
        }
        let changes = match store.changes(partner, after, AT_ONCE).await? {
            ReadOn::Changes(changes) => changes,
            ReadOn::Ahead(last) => {
                let detail = format!("must be a number that a change has: {last} is the last one");
                return Err(Refusal::invalid(vec![FieldError::at("/after", "ahead", detail)]).into());
            }
        };
        let mut queued = 0;
        for change in changes.found.iter().filter(|change| webhook.wants(&change.kind)) {
            self.queue.send(&change.delivery(partner, &webhook.id)).await.map_err(Problem::internal)?;
            queued += 1;
        }
        let next = changes.found.last().map_or(after, |change| change.sequence);
        let replayed = |webhooks: &mut Vec<Webhook>| {
            let same = webhooks.iter_mut().filter(|known| known.id == webhook.id);
            same.for_each(|known| known.replayed(&webhook, after, next, changes.more));
            Ok::<_, Refusal>(())
        };
        store.change_webhooks(partner, replayed).await??;
        Ok(ReplayView { queued, next, has_more: changes.more })
    }
}

fn too_often(now: Instant) -> Refusal {
    let tomorrow = (now.date_naive() + Days::new(1)).and_time(NaiveTime::MIN).and_utc();
    Refusal {
        retry_at: Some(tomorrow),
        ..Refusal::new(
            Kind::DailyLimit,
            Rule::D24,
            format!(
                "Your organisation has had changes sent again {A_DAY} times today, the most for one day (UTC)."
            ),
            "Read the changes with GET /v1/changes, which has no such bound, or go on tomorrow.",
        )
    }
}
