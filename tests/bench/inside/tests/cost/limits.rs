//! What happens once an organisation's claims have sent one address as many emails as they may in a day.

use std::sync::Arc;

use bench_inside::{CLAIM, ClaimDriver, functions, partner};
use chrono::DateTime;
use claim_domain::effect::Effect;
use claim_store::{CountKey, Outcome, sha256};

use crate::metered::{Metered, shared, stream_event};

#[tokio::test]
async fn an_email_beyond_the_days_limit_is_parked_and_lost_to_nobody() {
    claim_domain::proves!(D19);
    let begins = DateTime::parse_from_rfc3339("2026-03-02T09:00:00Z").unwrap().to_utc();
    let table = Arc::new(Metered::default());
    let driver = ClaimDriver::new(shared(&table), begins).unwrap();
    let store = &driver.commands.store;
    let handlers = functions(driver.commands.clone(), shared(&table)).unwrap();
    let claim = driver.create(CLAIM).await.unwrap();
    let (_, contacts) = store.claim_and_contacts(&claim.id).await.unwrap().unwrap();
    let address = &contacts[&claim.details.partner_contact].email;
    let of = format!("{}#{}", partner().unwrap().partner.unwrap(), sha256(address.as_bytes()));
    let key = CountKey { day: begins.date_naive(), what: "emails".to_owned(), of };
    while store.count(key.clone(), 1_000).await.unwrap() {}
    table.records();
    let mut submitted = claim;
    for (_, commands) in driver.steps(&submitted).unwrap().into_iter().take(3) {
        for (caller, command) in commands {
            submitted = driver.act(&submitted, &caller, command).await.unwrap();
        }
    }
    while let Some(event) = stream_event(&table.records()).unwrap() {
        assert!(handlers.dispatch.handle(event).await.batch_item_failures.is_empty());
    }
    let event = store.event(&submitted.id, submitted.version).await.unwrap().unwrap();
    for (place, effect) in event.effects.iter().enumerate() {
        let outcome = &event.outcomes[&place];
        match effect {
            Effect::SendEmail { .. } => assert!(
                matches!(outcome, Outcome::Parked { attempts: 1, why, .. } if why.contains("too many emails")),
                "{outcome:?}"
            ),
            _ => assert!(matches!(outcome, Outcome::Done { .. }), "{outcome:?}"),
        }
    }
    assert!(event.effects.iter().any(|effect| matches!(effect, Effect::SendEmail { .. })));
}
