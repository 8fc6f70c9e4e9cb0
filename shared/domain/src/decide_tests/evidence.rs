//! The documents of the proof of execution (D10, D19).

use super::stages::Stage::*;
use super::*;
use crate::claim::EvidenceState;
use crate::draft::MAX_EVIDENCE;

#[test]
fn a_claim_has_at_most_30_documents() {
    crate::proves!(D19);
    let mut scenario = Scenario::begun(details());
    for document in 1..=30 {
        scenario.does(&ana(), upload(document));
    }
    assert_eq!(MAX_EVIDENCE, 30);
    scenario.refuses(&ana(), upload(31), Kind::EvidenceLimit, Rule::D19);
}

#[test]
fn an_upload_not_completed_in_24_hours_expires_and_does_not_count() {
    crate::proves!(D19);
    let mut scenario = Scenario::begun(details());
    for document in 1..=30 {
        scenario.does(&ana(), upload(document));
    }
    scenario.does(&ana(), complete(1));
    scenario.at("2026-03-03 09:59:59").refuses(&ana(), upload(31), Kind::EvidenceLimit, Rule::D19);
    assert_eq!(scenario.claim().evidence[1].state(scenario.now), EvidenceState::Pending);
    scenario.clone().does(&ana(), complete(2));
    scenario.at("2026-03-03 10:00").refuses(&ana(), complete(2), Kind::UploadExpired, Rule::D19);
    assert_eq!(scenario.claim().evidence[0].state(scenario.now), EvidenceState::Uploaded);
    assert_eq!(scenario.claim().evidence[1].state(scenario.now), EvidenceState::Expired);
    scenario.does(&ana(), upload(31));
}

#[test]
fn an_expired_upload_does_not_make_a_claim_ready() {
    crate::proves!(R6);
    let mut scenario = Scenario::begun(details());
    scenario.does(&ana(), upload(1)).at("2026-03-03 10:00");
    scenario.refuses(&ana(), Command::Submit, Kind::EvidenceMissing, Rule::R6);
}

/// Instead of the announced document of 1000 bytes this was found: completing it is refused with this fault.
#[track_caller]
fn mismatch(found: Option<UploadedFile>, code: &str) {
    let mut scenario = Editing.scenario();
    let command = Command::CompleteUpload { evidence: id(2), found };
    let refusal = scenario.refuses(&ana(), command, Kind::EvidenceMismatch, Rule::D10);
    assert_eq!(refusal.errors[0].code, code);
    scenario.does(&ana(), complete(2));
}

#[test]
fn a_document_is_really_there_and_is_the_announced_one() {
    crate::proves!(D10);
    let found = |size, sha256: Option<&str>, media_type: Option<&str>| {
        Some(UploadedFile {
            size,
            sha256: sha256.map(|hex| hex.repeat(32).parse().unwrap()),
            media_type: media_type.map(str::to_owned),
            scanned: false,
        })
    };
    mismatch(None, "notUploaded");
    mismatch(found(999, None, Some("application/pdf")), "size");
    mismatch(found(1000, Some("cd"), Some("application/pdf")), "sha256");
    mismatch(found(1000, Some("ab"), Some("image/png")), "mediaType");
    mismatch(found(1000, Some("ab"), None), "mediaType");
    let right = found(1000, Some("ab"), Some("application/pdf"));
    Editing.scenario().does(&ana(), Command::CompleteUpload { evidence: id(2), found: right });
}

#[test]
fn an_unknown_document_is_not_found() {
    Editing.scenario().refuses(&ana(), complete(99), Kind::NotFound, Rule::R1);
}

#[test]
fn poe_is_append_only_a_document_completed_stays() {
    crate::proves!(D10);
    let mut scenario = ActionRequired.scenario();
    scenario.does(&ana(), upload(3)).does(&ana(), complete(3)).does(&ana(), Command::Submit);
    let complete = scenario.claim().evidence.iter().filter(|document| document.uploaded_at.is_some());
    assert_eq!(complete.map(|document| document.id.clone()).collect::<Vec<_>>(), [id(1), id(3)]);
    assert_eq!(scenario.claim().newest_evidence().map(|document| &document.id), Some(&id(3)));
}

#[test]
fn a_document_tells_who_uploaded_it_and_when() {
    crate::proves!(R26);
    let mut scenario = Editing.scenario();
    scenario.at("2026-03-02 11:00").does(&person(Role::GlobalAdmin, "Bo"), upload(3));
    scenario.at("2026-03-02 11:05").does(&ana(), complete(3));
    let document = scenario.claim().evidence.last().unwrap();
    assert_eq!(document.uploaded_by.name, "Bo");
    assert_eq!(
        (document.requested_at, document.uploaded_at),
        (t("2026-03-02 11:00"), Some(t("2026-03-02 11:05")))
    );
}
