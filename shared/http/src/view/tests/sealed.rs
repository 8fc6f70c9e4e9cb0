//! The hashes of entries (I2, D13), as they are told to partner and reviewer.

use super::*;
use crate::seal::seals;

fn sealed(viewer: Viewer, play: &Scenario, contacts: &Contacts) -> Vec<String> {
    let told = entries(viewer, &play.events, 0, contacts);
    seals(&CLAIM.parse().unwrap(), &told, None).unwrap().into_iter().map(String::from).collect()
}

/// A file that somebody keeps must still verify after a release: what is told of an entry never changes. A new field comes
/// with new entries only.
#[test]
fn what_was_sealed_is_sealed_the_same_for_ever() {
    for play in [handed_off(), heard(), erased::erased()] {
        insta::assert_json_snapshot!(sealed(Viewer::Partner, &play, &contacts()));
        insta::assert_json_snapshot!(sealed(Viewer::Reviewer, &play, &contacts()));
    }
}

#[test]
fn erasing_contacts_leaves_every_hash_as_it_was() {
    claim_domain::proves!(I2);
    for viewer in [Viewer::Partner, Viewer::Reviewer] {
        let play = erased::erased();
        assert_eq!(sealed(viewer, &play, &Contacts::new()), sealed(viewer, &play, &contacts()));
    }
}

#[test]
fn an_internal_note_leaves_no_trace_in_a_partners_hashes() {
    claim_domain::proves!(D13);
    let note = Command::Note { comment: id("F9"), text: "Between us.".to_owned() };
    let comment = || Command::Comment { comment: id("F8"), text: "To all.".to_owned() };
    let plain = submitted().act("2026-03-02T11:00:00Z", &ana(), &[], comment());
    let noted = submitted().act("2026-03-02T10:00:00Z", &rita(), &[], note).act(
        "2026-03-02T11:00:00Z",
        &ana(),
        &[],
        comment(),
    );
    let of = |viewer, play| sealed(viewer, play, &contacts());
    assert_eq!(of(Viewer::Partner, &plain), of(Viewer::Partner, &noted));
    assert_ne!(of(Viewer::Reviewer, &plain).last(), of(Viewer::Reviewer, &noted).last());
}
