//! Requests that come again under their Idempotency-Key: at once, after 47 hours and after 49.

use super::*;

/// Ana comments on a claim under a key, with a request that has this body.
async fn comments(fixture: &Fixture, claim: &Claim, body: &str) -> Outcome {
    let made: CommentId = fixture.commands.id().unwrap();
    let command = Command::Comment { comment: made.clone(), text: "Which page?".to_owned() };
    let prepared = Prepared { command, contacts: Vec::new(), made: Some(made.to_string()) };
    let request = CommandRequest { key: Some(key("k", body)), ..request(ana(), claim) };
    let commented = fixture.commands.execute(&request, Action::Comment, Reads::Claim, Ok(prepared)).await;
    commented.unwrap_or_else(|error| panic!("nobody else writes the claim, and the table works: {error}"))
}

#[tokio::test]
async fn a_key_leads_to_its_answer_after_47_hours_and_to_another_after_49() {
    let fixture = Fixture::new();
    let claim = fixture.submitted().await;
    let first = comments(&fixture, &claim, "{}").await;
    assert_eq!(first.events().len(), 1, "the first request is carried out: {first:?}");
    let commented = fixture.stored(&claim.id).await;
    fixture.pass(TimeDelta::hours(47));
    let again = comments(&fixture, &claim, "{}").await;
    let answered = again.answered().unwrap_or_else(|| panic!("after 47 hours it is repeated: {again:?}"));
    assert_eq!(answered.version, commented.version, "after 47 hours the answer is the first one");
    assert_eq!(fixture.stored(&claim.id).await, commented, "after 47 hours nothing is written");
    fixture.pass(TimeDelta::hours(2));
    let anew = comments(&fixture, &claim, "{}").await;
    assert_eq!(anew.events().len(), 1, "after 49 hours the request is a new one: {anew:?}");
    let version = fixture.stored(&claim.id).await.version;
    assert_eq!(version, commented.version + 1, "after 49 hours it is carried out once more");
    fixture.pass(TimeDelta::hours(47));
    let again = comments(&fixture, &claim, "{}").await;
    let answered = again.answered().unwrap_or_else(|| panic!("the new answer has 48 hours: {again:?}"));
    assert_eq!(answered.version, version, "the new answer is kept from when it was given");
}

#[tokio::test]
async fn a_claim_is_created_once_in_47_hours_and_again_after_49() {
    let fixture = Fixture::new();
    let create = async || {
        let created = fixture.commands.create(&ana(), draft(), None, Some(&key("k", "{}"))).await;
        created.unwrap_or_else(|error| panic!("nobody else uses the key, and the table works: {error}"))
    };
    let id = async || create().await.into_claim().unwrap().id.clone();
    let first = id().await;
    fixture.pass(TimeDelta::hours(47));
    assert_eq!(id().await, first, "after 47 hours no other claim is made");
    fixture.pass(TimeDelta::hours(2));
    assert_ne!(id().await, first, "after 49 hours the request is a new one");
}

#[tokio::test]
async fn another_body_under_a_key_is_refused_until_the_key_is_forgotten() {
    let fixture = Fixture::new();
    let claim = fixture.submitted().await;
    comments(&fixture, &claim, "{}").await.into_claim().unwrap();
    let commented = fixture.stored(&claim.id).await;
    for hours in [0, 47] {
        fixture.pass(TimeDelta::hours(hours));
        let refusal = refused(comments(&fixture, &claim, "{ }").await);
        assert_eq!(refusal.kind, Kind::KeyReused, "after {hours} hours");
        assert_eq!(fixture.stored(&claim.id).await, commented, "nothing is written");
    }
    fixture.pass(TimeDelta::hours(2));
    let anew = comments(&fixture, &claim, "{ }").await;
    assert_eq!(anew.events().len(), 1, "after 49 hours the key may come with another body: {anew:?}");
}

#[tokio::test]
async fn another_draft_under_a_key_makes_no_claim() {
    let fixture = Fixture::new();
    let create = async |body| fixture.commands.create(&ana(), draft(), None, Some(&key("k", body))).await;
    let first = create("{}").await.unwrap().into_claim().unwrap();
    let refusal = refused(create("{ }").await.unwrap());
    assert_eq!(refusal.kind, Kind::KeyReused);
    let again = create("{}").await.unwrap();
    assert!(again.answered().is_some(), "the first body still leads to its answer: {again:?}");
    assert_eq!(again.into_claim().unwrap().id, first.id);
}
