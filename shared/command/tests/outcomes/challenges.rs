//! A holder adds newer proof, and the records of what it holds name it (D15, D26).

use chrono::TimeDelta;
use claim_domain::claim::Verdict;
use claim_domain::command::Command;
use claim_domain::ids::EvidenceId;
use claim_domain::proves;

use super::{Fixture, ana, proof, rita};

#[tokio::test]
async fn a_record_names_the_newest_document_that_counts() {
    proves!(D15, D26);
    let fixture = Fixture::new();
    let claim = fixture.submitted().await;
    for command in [Command::StartReview, Command::Approve { confirm_contact: false }] {
        fixture.does(rita(), &claim, command).await.into_claim().unwrap();
    }
    let other = fixture.submitted().await;
    let holder = async || {
        let holders = fixture.commands.store.holders(&other.id, &other.details).await.unwrap();
        let [holder] = holders.try_into().unwrap();
        (holder.newest_evidence.map(|document| document.id), holder.since)
    };
    let (first, since) = holder().await;
    assert_eq!(first.as_ref(), Some(&claim.evidence[0].id));

    fixture.pass(TimeDelta::days(1));
    let challenge =
        Command::RecordChallenge { by: other.id.clone(), products: claim.details.named().cloned().collect() };
    fixture.commands.execute_as_system(&claim.id, challenge).await.unwrap().into_claim().unwrap();
    let newer: EvidenceId = fixture.commands.id().unwrap();
    for command in proof(&newer) {
        fixture.does(ana(), &claim, command).await.into_claim().unwrap();
    }
    assert_eq!(holder().await, (Some(newer.clone()), since));

    let infected = Command::RecordVerdict { evidence: newer, verdict: Verdict::Infected };
    fixture.commands.execute_as_system(&claim.id, infected).await.unwrap().into_claim().unwrap();
    assert_eq!(holder().await, (first, since), "a document with a threat does not count");
}
