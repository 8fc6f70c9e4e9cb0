//! Which documents can be read.

use claim_domain::calendar::{Calendar, Instant};
use claim_domain::claim::{Claim, Evidence, EvidenceState};
use claim_domain::refusal::{Kind, Refusal};
use claim_domain::rule::Rule;

/// Why no document of the claim can be read any more, if its retention has ended (D22). The files may be there for a
/// moment longer; no address to them is signed.
pub(crate) fn erased(claim: &Claim, calendar: &Calendar) -> Option<Refusal> {
    let day = calendar.day_of(claim.erased_at?);
    Some(Refusal::new(
        Kind::EvidenceErased,
        Rule::D22,
        format!("The claim is closed, and its documents were erased on {day}."),
        "Look up in the claim's history what was uploaded and when; the document itself is gone for good.",
    ))
}

/// Why a document cannot be read at `now`; `None` if it can. `scanned` says whether reading needs a clean verdict.
pub(crate) fn refusal(document: &Evidence, scanned: bool, now: Instant) -> Option<Refusal> {
    let unreadable =
        |detail: &str, next: &str| Some(Refusal::new(Kind::EvidenceUnreadable, Rule::D10, detail, next));
    match document.state(now) {
        EvidenceState::Announced | EvidenceState::Expired => Some(Refusal::new(
            Kind::IllegalState,
            Rule::D10,
            "The document has not been uploaded, so there is nothing to download.",
            "Upload the document and complete it, or announce another one.",
        )),
        EvidenceState::Infected => unreadable(
            "A threat was found in the document, so nobody can open it.",
            "Upload another document; this one does not count.",
        ),
        EvidenceState::Unscannable => unreadable(
            "The document could not be scanned for malware, so nobody can open it.",
            "Upload it in another form: without a password, or saved anew.",
        ),
        EvidenceState::Scanning if scanned => unreadable(
            "The document is still being scanned for malware.",
            "Look at the claim again in a minute.",
        ),
        EvidenceState::NotScanned if scanned => unreadable(
            "The document was uploaded before documents were scanned for malware.",
            "Upload it again, or have it scanned.",
        ),
        // While nothing is scanned, a verdict that is still awaited never comes.
        EvidenceState::Scanning | EvidenceState::Clean | EvidenceState::NotScanned => None,
    }
}

#[cfg(test)]
mod tests {
    use claim_domain::claim::Verdict;
    use claim_domain::people::Actor;

    use super::*;

    /// What is said about a document, uploaded or not, that was to be scanned or not, with this verdict: while scanning
    /// is on, and while it is off.
    #[track_caller]
    fn check(uploaded: bool, scanned: bool, verdict: Option<Verdict>, on: &str, off: &str) {
        let at: Instant = "2026-03-02T09:00:00Z".parse().unwrap();
        let document = Evidence {
            id: "01J0000000000000000000000E".parse().unwrap(),
            file_name: "proof.pdf".to_owned(),
            media_type: "application/pdf".to_owned(),
            size: 1234,
            sha256: "ab".repeat(32).parse().unwrap(),
            requested_at: at,
            uploaded_by: Actor::system(),
            uploaded_at: uploaded.then_some(at),
            staged: false,
            scanned,
            verdict,
        };
        for (scanning, expected) in [(true, on), (false, off)] {
            let said = refusal(&document, scanning, at).map_or_else(String::new, |refusal| refusal.detail);
            assert!(said.contains(expected) && said.is_empty() == expected.is_empty(), "{expected}: {said}");
        }
    }

    #[test]
    fn only_what_is_there_can_be_read() {
        check(false, false, None, "not been uploaded", "not been uploaded");
        check(false, false, Some(Verdict::Clean), "not been uploaded", "not been uploaded");
    }

    #[test]
    fn while_documents_are_scanned_only_what_was_found_clean_can_be_read() {
        check(true, true, Some(Verdict::Clean), "", "");
        check(true, true, None, "still being scanned", "");
        check(true, false, None, "before documents were scanned", "");
        check(true, false, Some(Verdict::Clean), "", "");
    }

    #[test]
    fn what_was_found_infected_or_could_not_be_scanned_is_never_read() {
        for scanned in [true, false] {
            check(true, scanned, Some(Verdict::Infected), "threat", "threat");
            check(true, scanned, Some(Verdict::Unscannable), "could not be scanned", "could not be scanned");
        }
    }

    #[test]
    fn no_document_of_an_erased_claim_is_read_again() {
        claim_domain::proves!(D22);
        let calendar = Calendar::parse("default", "Europe/Warsaw", "MON,TUE,WED,THU,FRI", "").unwrap();
        let claim = |erased_at: Option<&str>| -> Claim {
            serde_json::from_value(serde_json::json!({
                "schema": 1, "id": "01J0000000000000000000000A", "version": 9, "revision": 6, "status": "rejected",
                "partner": "contoso",
                "details": {
                    "name": "Contoso Teams rollout", "mpnId": "4711002", "solutionArea": "Microsoft 365",
                    "activities": ["usage"],
                    "customer": {
                        "tenantId": "11111111-2222-3333-4444-555555555555", "domain": "contoso.example",
                        "name": "Contoso", "contact": "01J000000000000000000000C1",
                    },
                    "partnerContact": "01J000000000000000000000C2",
                    "products": [{ "product": "Yammer" }],
                },
                "contested": false,
                "createdAt": "2026-03-02T09:00:00Z", "updatedAt": "2026-03-02T09:00:00Z",
                "lastEventAt": "2026-03-02T09:00:00Z", "erasedAt": erased_at,
            }))
            .unwrap()
        };
        assert_eq!(erased(&claim(None), &calendar), None);
        let refusal = erased(&claim(Some("2028-03-02T23:00:00Z")), &calendar).unwrap();
        assert_eq!(refusal.kind, Kind::EvidenceErased);
        assert!(refusal.detail.contains("2028-03-03"), "{}", refusal.detail);
    }
}
