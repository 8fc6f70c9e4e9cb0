//! What pages offer and say beforehand is what commands do, in every status.

use claim_domain::claim::Status;

use super::{ANA, Pages, RITA};
use crate::fixture::{TestRequest, ana};

const STATUSES: [Status; 6] = [
    Status::Editing,
    Status::Submitted,
    Status::UnderReview,
    Status::PartnerActionRequired,
    Status::Approved,
    Status::Rejected,
];

/// The page that offers an act, the act, and what is typed.
type Act = (&'static str, &'static str, &'static [(&'static str, &'static str)]);

/// The revision of a claim, by the API.
fn revision(pages: &Pages, id: &str) -> String {
    pages.fixture.does(TestRequest::new("GET", &format!("/v1/claims/{id}"), ana()))["revision"].to_string()
}

#[test]
fn a_page_offers_an_act_exactly_if_the_command_carries_it_out() {
    claim_domain::proves!(I10);
    let acts: [Act; 5] = [
        ("", "comment", &[("text", "Words.")]),
        ("/check", "submit", &[]),
        ("/withdraw", "withdraw", &[("cause", "incorrectMpn")]),
        ("/discard", "discard", &[]),
        ("/dispute", "dispute", &[("justification", "Words.")]),
    ];
    let mut carried_out = 0;
    for status in STATUSES {
        for (page, act, fields) in acts {
            let pages = Pages::new();
            let claim = pages.claim(status);
            let action = format!("{claim}/{act}");
            let shown = pages.get(&format!("{claim}{page}"));
            let is_offered = shown.body.contains(&format!("<form method=\"post\" action=\"{action}\""));
            let revision = revision(&pages, claim.trim_start_matches("/claims/"));
            let fields: Vec<_> = [("revision", revision.as_str())].iter().chain(fields).copied().collect();
            let sent = pages.post_as(ANA, &action, &fields);
            assert_eq!(sent.status == 303, is_offered, "{status:?} {act}: {} {}", sent.status, sent.body);
            carried_out += u32::from(is_offered);
        }
    }
    assert!(carried_out >= 10, "{carried_out}");
}

#[test]
fn a_decision_that_is_asked_about_is_carried_out_as_it_was_said() {
    claim_domain::proves!(I10);
    let decisions: [(&str, &[(&str, &str)]); 5] = [
        ("take-over", &[]),
        ("request-action", &[("reasons.0.code", "missingAllPoe")]),
        ("approve", &[]),
        ("reject", &[("reason", "insufficientPoe")]),
        ("end-association", &[("chosen[]", r#"{"product":"Teams"}"#), ("reason", "Words.")]),
    ];
    let (mut carried_out, mut refused) = (0, 0);
    for status in STATUSES {
        for (step, fields) in decisions {
            let pages = Pages::new();
            let id = pages.fixture.claim(status).to_owned();
            let revision = revision(&pages, &id);
            let fields: Vec<_> = [("revision", revision.as_str())].iter().chain(fields).copied().collect();
            let address = format!("/review/{id}/{step}");
            let before = pages.fixture.items();
            let asked = pages.post_as(RITA, &address, &fields);
            assert_eq!(pages.fixture.items(), before, "{status:?} {step}: it only asks");
            let confirmed: Vec<_> = fields.iter().copied().chain([("confirmed", "yes")]).collect();
            let done = pages.post_as(RITA, &address, &confirmed);
            match asked.status {
                200 => assert_eq!(done.status, 303, "{status:?} {step}: {}", done.body),
                said => assert_eq!(done.status, said, "{status:?} {step}: {}", done.body),
            }
            carried_out += u32::from(asked.status == 200);
            refused += u32::from(asked.status != 200);
        }
    }
    assert!(carried_out >= 3 && refused >= 15, "{carried_out} {refused}");
}
