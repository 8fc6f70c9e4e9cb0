//! Giving changes their numbers, and telling of them: on the bus (D23), and to webhooks (D24).

use std::time::Duration;

use claim_domain::effect::Effect;
use claim_domain::ids::PartnerId;
use claim_queue::DeliveryQueue;
use claim_store::{NumberError, Numbered, Published, Store};

use crate::bus::ChangesBus;
use crate::failure::Failure;
use crate::{Dispatch, EffectContext};

/// How often a number is tried for: whoever was faster has given one, so one of many is always done. If that is not
/// enough, sweep brings the event again.
const ATTEMPTS: u32 = 10;

/// The first pause. Each is twice as long as the one before, up to the longest.
const SHORTEST: Duration = Duration::from_millis(20);
const LONGEST: Duration = Duration::from_millis(640);

/// Tells of changes that have their number.
#[derive(Debug, Clone)]
pub(crate) struct Announcer {
    pub(crate) bus: ChangesBus,
    pub(crate) webhooks: DeliveryQueue,
}

impl Announcer {
    /// Puts a change on the bus, and on the way to the organisation's webhooks. Neither waits for the other: a bus that is
    /// gone silences no webhook.
    async fn announce(
        &self,
        store: &Store,
        partner: &PartnerId,
        Published { change, has_webhooks }: &Published,
    ) -> Result<(), Failure> {
        let on_bus = self.bus.put(partner, change).await;
        let told = if *has_webhooks { self.tell(store, partner, change).await } else { Ok(()) };
        on_bus.and(told)
    }

    /// Puts a change on the way to each webhook that asks for it: a message each, so that none waits for another.
    async fn tell(&self, store: &Store, partner: &PartnerId, change: &Numbered) -> Result<(), Failure> {
        let webhooks = store.webhooks(partner).await;
        let webhooks = webhooks.map_err(|error| Failure::transient("webhooks not read", error))?;
        for webhook in webhooks.into_iter().filter(|webhook| webhook.wants(&change.kind)) {
            let queued = self.webhooks.send(&change.delivery(partner, &webhook.id)).await;
            queued.map_err(|error| Failure::transient("webhook not told", error))?;
        }
        Ok(())
    }
}

impl Dispatch {
    /// Gives the event its number, puts it on the bus, and tells the organisation's webhooks. If that fails or is cut off, the
    /// event is brought again: it keeps its number, and who was told already is told once more, under the same id.
    pub(crate) async fn publish(
        &self,
        partner: &PartnerId,
        context: EffectContext<'_>,
    ) -> Result<(), Failure> {
        let mut pause = SHORTEST;
        let mut attempts = 1;
        loop {
            let (claim, version) = (&context.effect.claim, context.effect.version);
            match self.commands.store.number_change(partner, claim, version).await {
                Ok(Some(published)) => {
                    return self.announcer.announce(&self.commands.store, partner, &published).await;
                }
                Ok(None) => return Ok(()),
                Err(NumberError::Contended) if attempts < ATTEMPTS => {}
                Err(error) => return Err(Failure::transient("change not numbered", error)),
            }
            self.commands.host.pause(pause).await;
            pause = (pause * 2).min(LONGEST);
            attempts += 1;
        }
    }

    /// Gives the last event of a claim that is to be deleted its number, and so all its events, before they are gone.
    pub(crate) async fn publish_last(&self, context: EffectContext<'_>) -> Result<(), Failure> {
        let event = self.commands.store.event(&context.effect.claim, context.effect.version).await;
        let event = event.map_err(|error| Failure::transient("event not read", error))?;
        let effects = event.map(|event| event.effects).unwrap_or_default();
        for effect in &effects {
            if let Effect::Publish { partner } = effect {
                self.publish(partner, context).await?;
            }
        }
        Ok(())
    }
}

#[cfg(test)]
#[path = "publish_tests.rs"]
mod tests;
