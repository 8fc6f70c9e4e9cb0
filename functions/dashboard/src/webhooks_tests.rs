use std::collections::BTreeSet;

use super::*;

#[test]
fn every_kind_of_change_has_its_words() {
    let known: BTreeSet<_> = claim_domain::webhook::KINDS.iter().copied().collect();
    let in_words: BTreeSet<_> = KINDS.iter().map(|(code, _)| *code).collect();
    assert_eq!(in_words, known);
    assert_eq!(KINDS.iter().map(|(_, words)| words).collect::<BTreeSet<_>>().len(), KINDS.len());
}

#[test]
fn sending_again_begins_with_the_number_that_was_typed() {
    let input = |text: &str| replay_input(&Form::of([("after".to_owned(), text.to_owned())]));
    assert_eq!(input(" 42 "), json!({ "after": 41 }));
    assert_eq!(input("0"), json!({ "after": 0 }), "from the first one on");
    assert_eq!(input("all"), json!({ "after": "all" }), "what is no number is refused as the API refuses it");
    assert_eq!(input(""), json!({}));
}

#[test]
fn what_was_sent_again_is_said_and_from_where_to_go_on() {
    assert_eq!(sent_again("1", None).unwrap(), "One change is being sent again.");
    assert_eq!(
        sent_again("7", Some(101)).unwrap(),
        "7 changes are being sent again. There are more: go on from number 101."
    );
    assert_eq!(sent_again("?", None), None);
}
