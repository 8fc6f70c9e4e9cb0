//! Sending changes again, from a number on (D24).

use aws_sdk_sqs::operation::send_message::SendMessageInput;
use chrono::{Days, NaiveTime};
use claim_domain::calendar::Instant;
use claim_domain::ids::PartnerId;
use claim_domain::refusal::{FieldError, Kind, Refusal};
use claim_domain::rule::Rule;
use claim_domain::webhook::{Delivery, Webhook, parse_replay};
use claim_http::view::ReplayView;
use claim_http::{Problem, Request, respond};
use claim_store::{CountKey, Numbered, ReadOn};
use lambda_http::http::StatusCode;
use lambda_http::{Body, Response};

use crate::Webhooks;

/// How many changes one request looks at: what SQS takes within a second or two.
const AT_ONCE: u32 = 100;
/// How many such requests an organisation makes in a day (UTC), so that nobody fills the queue for all.
const A_DAY: u32 = 200;

impl Webhooks {
    /// Puts the changes after a number on the way to a webhook once more, as far as it asks for them.
    pub(crate) async fn replay(
        &self,
        request: &Request,
        partner: &PartnerId,
    ) -> Result<Response<Body>, Problem> {
        let after = parse_replay(&request.json()?)?;
        let webhook = self.found(request, partner).await?;
        if webhook.gone_at.is_some() {
            return Err(Problem::new(
                Kind::IllegalState,
                "The webhook's server answered 410, which means that it wants nothing any more.",
                "Remove the webhook and register it anew.",
            ));
        }
        let store = &self.app.commands.store;
        let now = self.app.commands.host.now();
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
        let wanted: Vec<Delivery> = changes
            .found
            .iter()
            .filter(|change| webhook.wants(&change.kind))
            .map(|change| delivery(partner, &webhook, change))
            .collect();
        for delivery in &wanted {
            self.send(delivery).await?;
        }
        let next = changes.found.last().map_or(after, |change| change.sequence);
        let replayed = |webhooks: &mut Vec<Webhook>| {
            let same = webhooks.iter_mut().filter(|known| known.id == webhook.id);
            same.for_each(|known| known.replayed(after, next, changes.more));
            Ok::<_, Refusal>(())
        };
        store.change_webhooks(partner, replayed).await??;
        let answer = ReplayView { queued: wanted.len(), next, has_more: changes.more };
        Ok(respond::json(StatusCode::OK, &answer))
    }

    async fn send(&self, delivery: &Delivery) -> Result<(), Problem> {
        let message = SendMessageInput::builder()
            .queue_url(&self.queue_url)
            .message_group_id(delivery.webhook.as_str())
            .message_body(serde_json::to_string(delivery).map_err(Problem::internal)?);
        self.queue.send_message(message).await.map_err(Problem::internal)?;
        Ok(())
    }
}

fn delivery(partner: &PartnerId, webhook: &Webhook, change: &Numbered) -> Delivery {
    Delivery {
        partner: partner.clone(),
        webhook: webhook.id.clone(),
        sequence: change.sequence,
        claim: change.claim.clone(),
        number: change.number,
        kind: change.kind.clone(),
        at: change.at,
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
