//! The documents of the proof of execution (D10, D19).

use super::stages::Stage::*;
use super::*;
use crate::claim::EvidenceState;
use crate::content::Unaccepted;
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
    assert_eq!(scenario.claim().evidence[1].state(scenario.now), EvidenceState::Announced);
    scenario.clone().does(&ana(), complete(2));
    scenario.at("2026-03-03 10:00").refuses(&ana(), complete(2), Kind::UploadExpired, Rule::D19);
    assert_eq!(scenario.claim().evidence[0].state(scenario.now), EvidenceState::NotScanned);
    assert_eq!(scenario.claim().evidence.len(), 1, "what expired has left the claim");
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
    let mut scenario = Editing.with_announcement();
    let command = Command::CompleteUpload { evidence: id(2), found };
    let refusal = scenario.refuses(&ana(), command, Kind::EvidenceMismatch, Rule::D10);
    assert_eq!(refusal.errors[0].code, code);
    if code == "notUploaded" {
        scenario.does(&ana(), complete(2));
        return;
    }
    assert_eq!(scenario.follows(), ["delete 2"], "it makes room at once, and its file goes");
    let refusal = scenario.refuses(&ana(), complete(2), Kind::EvidenceMismatch, Rule::D10);
    assert!(refusal.next.starts_with("Announce the document again"), "{}", refusal.next);
}

#[test]
fn a_document_is_really_there_and_is_the_announced_one() {
    crate::proves!(D10);
    let pdf = Content::Accepted("application/pdf");
    let found = |size, sha256: Option<&str>, content| {
        Some(UploadedFile {
            size,
            sha256: sha256.map(|hex| hex.repeat(32).parse().unwrap()),
            content,
            scanned: false,
        })
    };
    mismatch(None, "notUploaded");
    mismatch(found(999, None, pdf), "size");
    mismatch(found(1000, Some("cd"), pdf), "sha256");
    mismatch(found(1000, Some("ab"), Content::Accepted("image/png")), "mediaType");
    mismatch(found(1000, Some("ab"), Content::Unaccepted(Unaccepted::Protected)), "mediaType");
    let right = found(1000, Some("ab"), pdf);
    Editing.with_announcement().does(&ana(), Command::CompleteUpload { evidence: id(2), found: right });
}

#[test]
fn what_expired_is_deleted_by_whatever_happens_next_or_by_nobody() {
    crate::proves!(D20);
    let mut scenario = Scenario::begun(details());
    scenario.does(&ana(), upload(1)).does(&ana(), complete(1));
    scenario.at("2026-03-02 11:00").does(&ana(), upload(2));
    scenario.at("2026-03-02 12:00").does(&ana(), upload(3));
    assert_eq!(scenario.claim().next_work(), Some(t("2026-03-03 11:00")), "sweep finds it by then");
    assert_eq!(scenario.clone().wait_until("2026-03-03 10:59:59").last().version, 5);
    for (who, command) in [(system(), Command::ApplyDue), (ana(), comment()), (ana(), upload(4))] {
        let mut scenario = scenario.clone();
        scenario.at("2026-03-03 11:00").does(&who, command);
        assert_eq!(name_of(&scenario.told[5].0.change), "uploadsDropped");
        assert_eq!(scenario.told[5].1.iter().map(brief).collect::<Vec<_>>(), ["delete 2"]);
    }
    scenario.wait_until("2026-03-03 12:00");
    assert_eq!(scenario.follows(), ["delete 2 3"], "both at once, if nobody looked earlier");
    assert_eq!(scenario.claim().next_work(), None);
}

#[test]
fn what_is_only_announced_is_deleted_when_the_claim_closes() {
    crate::proves!(D20, D12);
    let mut scenario = Submitted.with_announcement();
    scenario.does(&ana(), withdraw());
    assert_eq!(scenario.names_from(scenario.told.len() - 2), ["rejected", "uploadsDropped"]);
    assert_eq!(scenario.follows(), ["delete 2"]);
    assert!(scenario.claim().is_closed());
    assert_eq!(scenario.clone().wait_until("2026-03-10 00:00").told.len(), scenario.told.len());
    scenario.refuses(&ana(), complete(2), Kind::IllegalState, Rule::R24);
}

#[test]
fn an_expired_announcement_is_completed_with_the_word_expired() {
    crate::proves!(D19, D20);
    let mut scenario = Editing.with_announcement();
    scenario.at("2026-03-03 10:00").refuses(&ana(), complete(2), Kind::UploadExpired, Rule::D19);
    for document in 3..=32 {
        scenario.does(&ana(), upload(document + 100));
        scenario.refuses(&ana(), complete(2), Kind::UploadExpired, Rule::D19);
        let other = UploadedFile {
            size: 1,
            sha256: None,
            content: Content::Unaccepted(Unaccepted::Gif),
            scanned: false,
        };
        let failed = Command::CompleteUpload { evidence: id(document + 100), found: Some(other) };
        let before = scenario.claim().dropped_uploads.len();
        scenario.refuses(&ana(), failed, Kind::EvidenceMismatch, Rule::D10);
        if before == MAX_EVIDENCE {
            break;
        }
    }
    let gone = scenario.refuses(&ana(), complete(2), Kind::NotFound, Rule::R1);
    assert_eq!(scenario.claim().dropped_uploads.len(), MAX_EVIDENCE, "{gone}");
}

#[test]
fn what_was_announced_before_a_dispute_joins_it_within_24_hours() {
    crate::proves!(D20, R24);
    let mut scenario = Disputable.scenario();
    scenario.does(&ana(), upload(3)).does(&ana(), dispute());
    scenario.clone().at("2026-03-03 09:59:59").does(&ana(), complete(3));
    for refused in [rita(), remi()] {
        scenario.refuses(&refused, complete(3), Kind::Forbidden, Rule::R1);
    }
    scenario.clone().at("2026-03-03 10:00").refuses(&ana(), complete(3), Kind::IllegalState, Rule::R24);
    scenario.does(&ana(), complete(3));
    let document = scenario.claim().evidence.iter().find(|document| document.id == id(3)).unwrap();
    assert!(!document.staged && document.counts(), "{document:?}");
    let mut asked = DisputeActionRequired.scenario();
    asked.at("2026-03-02 11:00").does(&ana(), upload(4)).does(&ana(), Command::Submit);
    asked.refuses(&ana(), complete(4), Kind::IllegalState, Rule::R24);
}

#[test]
fn completing_after_the_window_closed_points_to_a_new_claim() {
    crate::proves!(R20, D20);
    let mut scenario = Disputable.scenario();
    scenario.at("2026-04-01 20:00").does(&ana(), upload(3)).at("2026-04-01 21:00").does(&ana(), upload(4));
    scenario.does(&ana(), complete(4));
    for document in [3, 4] {
        let refusal =
            scenario.at("2026-04-02 00:00").refuses(&ana(), complete(document), Kind::DisputeOver, Rule::R20);
        assert_eq!(refusal.next, "Create a new claim with updated proof of execution.");
    }
    let dropped = scenario.told.iter().flat_map(|(_, effects)| effects.iter().map(brief));
    let dropped: Vec<_> = dropped.filter(|effect| effect.starts_with("delete")).collect();
    assert_eq!(dropped, ["delete 3 4"]);
}

#[test]
fn a_refusal_says_what_was_found_and_how_to_go_on() {
    crate::proves!(D10);
    let mut scenario = Editing.with_announcement();
    let content = Content::Unaccepted(Unaccepted::Heic);
    let found = Some(UploadedFile { size: 1000, sha256: None, content, scanned: false });
    let command = Command::CompleteUpload { evidence: id(2), found };
    let refusal = scenario.refuses(&ana(), command, Kind::EvidenceMismatch, Rule::D10);
    assert_eq!(refusal.detail, "proof-2.pdf is a photo in the format HEIC.");
    assert_eq!(refusal.next, "Save or export it as JPEG, and announce that.");
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
