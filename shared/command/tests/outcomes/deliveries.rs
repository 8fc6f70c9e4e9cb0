//! What becomes of effects that were given up: they are delivered after all, tried again or settled (I5).

use chrono::TimeDelta;
use claim_command::Host;
use claim_domain::command::Command;
use claim_domain::effect::Effect;
use claim_domain::ids::{ClaimId, EffectId};
use claim_domain::proves;
use claim_store::{Delivered, HandError, Outbox, Outcome};

use super::{Fixture, rita};

/// An approved claim whose notice was given up, and the other effects of its approval as well, if `others`.
async fn with_a_parked_notice(fixture: &Fixture, others: bool) -> (EffectId, Vec<EffectId>) {
    let claim = fixture.submitted().await;
    for command in [Command::StartReview, Command::Approve { confirm_contact: false }] {
        fixture.does(rita(), &claim, command).await.into_claim().unwrap();
    }
    let (store, now) = (&fixture.commands.store, fixture.host.now());
    let version = fixture.stored(&claim.id).await.version;
    let leased = store.lease(&claim.id, version, now).await.unwrap().unwrap();
    let is_notice = |place: usize| matches!(leased.event.effects[place], Effect::NotifyCustomer { .. });
    let parked = |place| match is_notice(place) || others {
        true => Outcome::Parked { at: now, attempts: 10, why: "refused".to_owned() },
        false => Outcome::Done { at: now },
    };
    let places: Vec<usize> = leased.effects.iter().map(|(place, _)| *place).collect();
    let outcomes = places.iter().map(|place| (*place, parked(*place))).collect();
    let id = |place: &usize| EffectId::new(&claim.id, version, *place);
    let (notices, rest): (Vec<usize>, Vec<usize>) = places.iter().partition(|place| is_notice(**place));
    let effects = (id(&notices[0]), rest.iter().map(id).collect());
    store.finish(leased, outcomes, now).await.unwrap();
    assert_eq!(store.backlog().await.unwrap().parked, 1);
    effects
}

async fn deliver(fixture: &Fixture, effect: &EffectId) {
    let command = Command::RecordNotified { approval: effect.version, notice: effect.clone() };
    let outcome = Outcome::Done { at: fixture.host.now() };
    let delivered = Delivered { effect, outcome: &outcome };
    fixture.commands.record(&effect.claim, command, delivered).await.unwrap().into_claim().unwrap();
}

async fn outbox(fixture: &Fixture, claim: &ClaimId, version: u64) -> Option<Outbox> {
    fixture.commands.store.event(claim, version).await.unwrap().unwrap().outbox
}

#[tokio::test]
async fn a_parked_effect_that_is_delivered_after_all_is_parked_no_more() {
    proves!(I5);
    let fixture = Fixture::new();
    let (notice, _) = with_a_parked_notice(&fixture, false).await;
    deliver(&fixture, &notice).await;
    assert_eq!(outbox(&fixture, &notice.claim, notice.version).await, None);
    assert_eq!(fixture.commands.store.backlog().await.unwrap().parked, 0);
}

#[tokio::test]
async fn what_else_is_parked_stays_parked_after_a_delivery() {
    proves!(I5);
    let fixture = Fixture::new();
    let (notice, others) = with_a_parked_notice(&fixture, true).await;
    deliver(&fixture, &notice).await;
    assert_eq!(outbox(&fixture, &notice.claim, notice.version).await, Some(Outbox::Parked));
    let listed = fixture.commands.store.parked().await.unwrap();
    assert_eq!(listed.into_iter().map(|parked| parked.id).collect::<Vec<_>>(), others);
}

#[tokio::test]
async fn settling_one_effect_does_not_forget_another_that_is_tried_again() {
    proves!(I5);
    let fixture = Fixture::new();
    let (notice, others) = with_a_parked_notice(&fixture, true).await;
    let (store, now) = (&fixture.commands.store, fixture.host.now());
    store.retry_parked(&others[0], now).await.unwrap();
    for settled in others[1..].iter().chain([&notice]) {
        store.settle_parked(settled, "Olga", "told by telephone", now).await.unwrap();
    }
    let leased = store.lease(&notice.claim, notice.version, now + TimeDelta::minutes(1)).await.unwrap();
    assert_eq!(leased.unwrap().effects, [(others[0].index, 1)]);
    let again = store.retry_parked(&notice, now).await;
    assert!(matches!(again, Err(HandError::NotParked { .. })), "{again:?}");
}
