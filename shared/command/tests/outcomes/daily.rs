//! What an organisation may do only so often in a day.

use super::*;

#[tokio::test]
async fn an_organisation_creates_so_many_claims_a_day_and_no_more() {
    claim_domain::proves!(D19);
    let mut fixture = Fixture::new();
    fixture.commands.program.daily.claims = 2;
    let create = async |key: Option<&IdempotencyKey>| {
        fixture.commands.create(&ana(), draft(), None, key).await.unwrap()
    };
    let first = key("first", "{}");
    create(Some(&first)).await.into_claim().unwrap();
    // What is refused by the rules and what was answered before are not counted.
    refused(fixture.commands.create(&rita(), draft(), None, None).await.unwrap());
    create(Some(&first)).await.into_claim().unwrap();
    create(None).await.into_claim().unwrap();
    let refusal = refused(create(None).await);
    assert_eq!(refusal.kind, Kind::DailyLimit);
    // The count is of one organisation and one day.
    let other = Caller { partner: Some("fabrikam-partners".parse().unwrap()), ..ana() };
    let elsewhere = fixture.commands.create(&other, draft(), None, None).await.unwrap();
    assert!(!matches!(elsewhere, Outcome::Refused(refusal) if refusal.kind == Kind::DailyLimit));
    assert_eq!(refusal.retry_at.unwrap().time(), chrono::NaiveTime::MIN);
    fixture.pass(refusal.retry_at.unwrap() - fixture.host.now());
    create(None).await.into_claim().unwrap();
}

#[tokio::test]
async fn an_upload_counts_once_however_often_its_race_is_lost() {
    claim_domain::proves!(D19);
    let mut fixture = Fixture::new();
    fixture.commands.program.daily.uploads = 1;
    let claim = fixture.commands.create(&ana(), draft(), None, None).await.unwrap().into_claim().unwrap();
    let announce = || Command::RequestUpload {
        evidence: fixture.commands.id().unwrap(),
        upload: Upload {
            file_name: "proof.pdf".to_owned(),
            media_type: "application/pdf".to_owned(),
            size: 1000,
            sha256: sha256(b"proof"),
        },
    };
    let attempts = AtomicU64::new(0);
    let prepare = async |claim: &Claim, _: &Contacts| -> Result<Prepared, Unprepared> {
        if attempts.fetch_add(1, Ordering::Relaxed) < 2 {
            fixture.does(ana(), claim, fixture.comment()).await.into_claim().unwrap();
        }
        Ok(announce().into())
    };
    let request = request(ana(), &claim);
    let raced = fixture.commands.execute_with(&request, Reads::Claim, prepare);
    Box::pin(raced).await.unwrap().into_claim().unwrap();
    assert_eq!(attempts.into_inner(), 3);
    let refusal = refused(fixture.does(ana(), &claim, announce()).await);
    assert_eq!(refusal.kind, Kind::DailyLimit);
    assert!(!refusal.allowed.is_empty(), "what else is allowed is said");
    assert_eq!(fixture.stored(&claim.id).await.evidence.len(), 1);
}
