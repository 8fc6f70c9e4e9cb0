//! The lives that claims live while things fail: each kind of life of the rules, on days of its own.

use serde_json::{Value, json};

use crate::{Failed, Play};

/// A kind of life: its name, how many claims live it together, and what happens.
pub(super) struct Kind {
    pub(super) name: &'static str,
    pub(super) claims: usize,
    pub(super) play: fn(&mut Play<'_>, &Cast) -> Result<(), Failed>,
}

/// Who and when: what tells one life from another of the same kind.
#[derive(Debug, Clone)]
pub(super) struct Cast {
    /// The number of the life.
    pub(super) number: usize,
    /// Its first day.
    pub(super) day: i64,
}

/// Every kind of life.
pub(super) static KINDS: [Kind; 15] = [
    Kind { name: "silent", claims: 1, play: silent },
    Kind { name: "answered", claims: 1, play: answered },
    Kind { name: "denied", claims: 1, play: denied },
    Kind { name: "contested", claims: 2, play: contested },
    Kind { name: "recalled", claims: 1, play: recalled },
    Kind { name: "unanswered", claims: 1, play: unanswered },
    Kind { name: "disputed", claims: 1, play: disputed },
    Kind { name: "bounced", claims: 1, play: bounced },
    Kind { name: "overdue", claims: 1, play: overdue },
    Kind { name: "raced", claims: 2, play: raced },
    Kind { name: "withdrawn", claims: 1, play: withdrawn },
    Kind { name: "disputed in vain", claims: 1, play: disputed_in_vain },
    Kind { name: "withdrawn while approved", claims: 1, play: withdrawn_while_approved },
    Kind { name: "closed", claims: 1, play: closed },
    Kind { name: "discarded", claims: 1, play: discarded },
];

/// The partners who play, with their organisations' MPN ids.
const PARTNERS: [(&str, &str, &str); 6] = [
    ("nadia", "nadia@northwind.example", "4711001"),
    ("nora", "nora@northwind.example", "4711002"),
    ("fiona", "fiona@fabrikam.example", "4722001"),
    ("felix", "felix@fabrikam.example", "4722001"),
    ("ada", "ada@adatum.example", "4733001"),
    ("aron", "aron@adatum.example", "4733001"),
];

impl Cast {
    pub(super) fn partner(&self) -> &'static str {
        PARTNERS[self.number % PARTNERS.len()].0
    }

    /// Another organisation's partner.
    fn rival(&self) -> Self {
        Self { number: self.number + 2, ..self.clone() }
    }

    fn reviewer(&self) -> &'static str {
        if self.number.is_multiple_of(2) { "rita" } else { "ravi" }
    }

    fn other_reviewer(&self) -> &'static str {
        if self.number.is_multiple_of(2) { "ravi" } else { "rita" }
    }

    /// A claim for a customer of its own.
    fn draft(&self, name: &str) -> Value {
        self.draft_for(name, self.number)
    }

    fn draft_for(&self, name: &str, customer: usize) -> Value {
        let (person, email, mpn) = PARTNERS[self.number % PARTNERS.len()];
        let mut draft = json!({
            "name": format!("{name} {}", self.number), "mpnId": mpn, "activities": ["usage"],
            "customer": {
                "tenantId": format!("fa000000-0000-4000-8000-{customer:012}"),
                "domain": format!("customer{customer}.example"), "name": format!("Customer {customer}"),
                "contact": {
                    "name": "Cleo Marsh", "title": "Head of IT", "email": format!("cleo@customer{customer}.example"),
                },
            },
            "partnerContact": { "name": person, "email": email },
        });
        if customer.is_multiple_of(3) {
            let subscription = |place: usize| format!("5b000000-0000-4000-800{place}-{customer:012}");
            draft["solutionArea"] = json!("Business Applications");
            draft["products"] = json!([
                { "product": "Sales", "subscriptionId": subscription(1) },
                { "product": "Customer Service", "subscriptionId": subscription(2) },
            ]);
        } else {
            draft["solutionArea"] = json!("Microsoft 365");
            draft["products"] = json!([{ "product": "Teams" }, { "product": "Exchange" }]);
        }
        draft
    }
}

fn nothing() -> Value {
    json!({})
}

/// Created, proven and submitted on the first day.
fn submitted(claim: &mut Play<'_>, cast: &Cast, draft: &Value) -> Result<(), Failed> {
    claim.day(cast.day, 9)?;
    claim.partner = cast.partner();
    claim.create(draft)?;
    claim.upload("proof.pdf")?;
    claim.act(cast.partner(), "submits", "/submit", &nothing())
}

/// And under review a day later, with a word about it.
fn reviewed(claim: &mut Play<'_>, cast: &Cast, name: &str) -> Result<(), Failed> {
    submitted(claim, cast, &cast.draft(name))?;
    claim.day(cast.day + 1, 9)?;
    claim.act(cast.reviewer(), "starts", "/review/start", &nothing())?;
    claim.act(cast.reviewer(), "comments", "/comments", &json!({ "text": "We look into it." }))
}

/// And approved a day later.
fn approved(claim: &mut Play<'_>, cast: &Cast, name: &str) -> Result<(), Failed> {
    reviewed(claim, cast, name)?;
    claim.day(cast.day + 2, 9)?;
    claim.act(cast.reviewer(), "approves", "/review/approve", &nothing())?;
    claim.is_notified()
}

/// And rejected a day later.
fn rejected(claim: &mut Play<'_>, cast: &Cast, name: &str) -> Result<(), Failed> {
    reviewed(claim, cast, name)?;
    claim.day(cast.day + 2, 9)?;
    claim.act(cast.reviewer(), "rejects", "/review/reject", &json!({ "reason": "insufficientPoe" }))
}

/// Waits until the window to dispute is over.
fn closes(claim: &mut Play<'_>) -> Result<(), Failed> {
    claim.until_due("disputeWindow")?;
    claim.becomes("/clocks", &json!([]))
}

fn silent(claim: &mut Play<'_>, cast: &Cast) -> Result<(), Failed> {
    approved(claim, cast, "Silent")?;
    claim.hands_off()
}

fn answered(claim: &mut Play<'_>, cast: &Cast) -> Result<(), Failed> {
    reviewed(claim, cast, "Answered")?;
    claim.day(cast.day + 2, 9)?;
    let ask = json!({ "reasons": [{ "code": "missingOrOldDates", "note": "Which month?" }] });
    claim.act(cast.reviewer(), "asks", "/review/request-action", &ask)?;
    claim.day(cast.day + 4, 9)?;
    let contact = json!({ "partnerContact": { "name": "The desk", "email": "desk@partner.example" } });
    claim.edit("gives another contact", &contact)?;
    claim.upload("with-dates.pdf")?;
    claim.act(cast.partner(), "resubmits", "/submit", &nothing())?;
    claim.day(cast.day + 5, 9)?;
    claim.act(cast.reviewer(), "starts again", "/review/start", &nothing())?;
    claim.act(cast.reviewer(), "approves", "/review/approve", &nothing())?;
    claim.hands_off()
}

fn denied(claim: &mut Play<'_>, cast: &Cast) -> Result<(), Failed> {
    approved(claim, cast, "Denied")?;
    claim.day(cast.day + 5, 9)?;
    claim.deny()?;
    claim.becomes("/status", &json!("rejected"))?;
    claim.assessed(&[])?;
    closes(claim)
}

/// Another partner wants what this one has; the association is ended, and the hand-off corrected.
fn contested(claim: &mut Play<'_>, cast: &Cast) -> Result<(), Failed> {
    approved(claim, cast, "Contested")?;
    claim.hands_off()?;
    let (rival_cast, day) = (cast.rival(), cast.day + 11);
    let mut rival = claim.another(rival_cast.partner());
    let mut draft = rival_cast.draft_for("Contesting", cast.number);
    draft["products"] = json!([claim.claim["products"][0]]);
    submitted(&mut rival, &Cast { day, ..rival_cast.clone() }, &draft)?;
    rival.becomes("/contested", &json!(true))?;
    rival.day(day + 1, 9)?;
    rival.act(cast.reviewer(), "starts", "/review/start", &nothing())?;
    rival.refused(cast.reviewer(), "approves", "/review/approve", &nothing(), (409, "association-held"))?;
    let end = json!({ "products": draft["products"], "reason": "The newer proof is the better one." });
    claim.act(cast.other_reviewer(), "ends the association", "/review/end-association", &end)?;
    rival.act(cast.reviewer(), "approves", "/review/approve", &nothing())?;
    rival.hands_off()?;
    claim.assessed(&["requested", "amended"])
}

fn recalled(claim: &mut Play<'_>, cast: &Cast) -> Result<(), Failed> {
    approved(claim, cast, "Recalled")?;
    claim.hands_off()?;
    claim.day(cast.day + 12, 9)?;
    let cause = json!({ "cause": "noLongerWorkingWithCustomer" });
    claim.act(cast.partner(), "withdraws", "/withdraw", &cause)?;
    claim.assessed(&["requested", "recalled"])
}

fn unanswered(claim: &mut Play<'_>, cast: &Cast) -> Result<(), Failed> {
    reviewed(claim, cast, "Unanswered")?;
    claim.day(cast.day + 2, 9)?;
    let ask = json!({ "reasons": [{ "code": "missingAllPoe" }] });
    claim.act(cast.reviewer(), "asks", "/review/request-action", &ask)?;
    claim.until_due("partnerAnswer")?;
    claim.becomes("/status", &json!("rejected"))?;
    claim.becomes("/rejection/reason", &json!("noPartnerResponse"))?;
    closes(claim)
}

fn disputed(claim: &mut Play<'_>, cast: &Cast) -> Result<(), Failed> {
    rejected(claim, cast, "Disputed")?;
    claim.day(cast.day + 5, 9)?;
    claim.upload("better-proof.pdf")?;
    claim.act(cast.partner(), "disputes", "/dispute", &json!({ "justification": "It is all there now." }))?;
    claim.day(cast.day + 7, 9)?;
    claim.act(cast.other_reviewer(), "takes the dispute", "/review/start", &nothing())?;
    claim.act(cast.other_reviewer(), "approves", "/review/approve", &nothing())?;
    claim.hands_off()
}

fn disputed_in_vain(claim: &mut Play<'_>, cast: &Cast) -> Result<(), Failed> {
    rejected(claim, cast, "Disputed in vain")?;
    claim.day(cast.day + 4, 9)?;
    claim.act(cast.partner(), "disputes", "/dispute", &json!({ "justification": "Please look again." }))?;
    claim.day(cast.day + 5, 9)?;
    claim.act(cast.other_reviewer(), "takes the dispute", "/review/start", &nothing())?;
    let ask = json!({ "reasons": [{ "code": "missingPartnerSolution" }] });
    claim.act(cast.other_reviewer(), "asks", "/review/request-action", &ask)?;
    claim.day(cast.day + 7, 9)?;
    claim.act(cast.partner(), "resubmits", "/submit", &nothing())?;
    // The days that are left after the pause pass without a decision (D6).
    claim.until_due("disputeAnswer")?;
    let no = json!({ "reason": "insufficientPoe", "note": "Still nothing." });
    claim.act(cast.other_reviewer(), "rejects for good", "/review/reject", &no)?;
    claim.becomes("/clocks", &json!([]))
}

/// The mail service refuses the notice for good; the partner corrects the address (D16).
fn bounced(claim: &mut Play<'_>, cast: &Cast) -> Result<(), Failed> {
    let mut draft = cast.draft("Bounced");
    draft["customer"]["contact"]["email"] = json!("cleo@refused.example");
    submitted(claim, cast, &draft)?;
    claim.day(cast.day + 1, 9)?;
    claim.act(cast.reviewer(), "starts", "/review/start", &nothing())?;
    claim.act(cast.reviewer(), "approves", "/review/approve", &nothing())?;
    claim.becomes("/consent/state", &json!("suspended"))?;
    claim.day(cast.day + 4, 9)?;
    let corrected = json!({ "email": format!("cleo@corrected{}.example", cast.number) });
    claim.act(cast.partner(), "corrects the address", "/consent/resend", &corrected)?;
    claim.hands_off()
}

/// Reviewers miss every period; the claim is approved all the same (D5).
fn overdue(claim: &mut Play<'_>, cast: &Cast) -> Result<(), Failed> {
    submitted(claim, cast, &cast.draft("Overdue"))?;
    claim.until_due("reviewStart")?;
    claim.day(cast.day + 9, 9)?;
    claim.act(cast.reviewer(), "starts late", "/review/start", &nothing())?;
    claim.until_due("reviewDecision")?;
    claim.until_due("overall")?;
    claim.day(cast.day + 18, 9)?;
    claim.act("lena", "takes over", "/review/take-over", &nothing())?;
    claim.act("lena", "approves", "/review/approve", &nothing())?;
    claim.hands_off()
}

/// Two partners claim the same for one customer, and both are approved at the same moment: one of them wins (D15).
fn raced(claim: &mut Play<'_>, cast: &Cast) -> Result<(), Failed> {
    reviewed(claim, cast, "Raced")?;
    let rival_cast = cast.rival();
    let mut rival = claim.another(rival_cast.partner());
    let draft = rival_cast.draft_for("Racing", cast.number);
    submitted(&mut rival, &rival_cast, &draft)?;
    rival.act(cast.reviewer(), "starts", "/review/start", &nothing())?;
    claim.day(cast.day + 2, 9)?;
    let statuses = together(
        claim,
        [(cast.reviewer(), claim.path("/review/approve")), (cast.reviewer(), rival.path("/review/approve"))],
        &nothing(),
    )?;
    let (winner, loser) = match statuses {
        [200, 409] => (claim, &mut rival),
        [409, 200] => (&mut rival, claim),
        other => return Err(Failed::new(format!("one of two approvals should have won: {other:?}"))),
    };
    loser.act(cast.reviewer(), "rejects", "/review/reject", &json!({ "reason": "missingProducts" }))?;
    winner.hands_off()
}

/// The partner withdraws while the reviewer approves: whoever is first.
fn withdrawn_while_approved(claim: &mut Play<'_>, cast: &Cast) -> Result<(), Failed> {
    reviewed(claim, cast, "Withdrawn while approved")?;
    claim.day(cast.day + 2, 9)?;
    let body = json!({ "cause": "other", "note": "We have changed our mind." });
    let both = [(cast.partner(), claim.path("/withdraw")), (cast.reviewer(), claim.path("/review/approve"))];
    match together(claim, both, &body)? {
        [200, 409 | 412] => claim.becomes("/status", &json!("rejected")),
        [409 | 412, 200] => claim.hands_off(),
        // Approved first, and withdrawn then (D8).
        [200, 200] => claim.becomes("/status", &json!("rejected")),
        other => Err(Failed::new(format!("one of the two should have been accepted: {other:?}"))),
    }
}

/// Two people post at the same moment, each at the revision of the claim that it is about; returns what they got.
fn together<const N: usize>(
    claim: &Play<'_>,
    posts: [(&'static str, String); N],
    body: &Value,
) -> Result<[u16; N], Failed> {
    let stage = claim.stage;
    let results = std::thread::scope(|scope| {
        let threads = posts.map(|(user, path)| {
            scope.spawn(move || {
                let claim = path.split('/').take(4).collect::<Vec<_>>().join("/");
                let seen = stage.call(Some(user), "GET", &claim, &[], None)?;
                let etag = seen.header("etag").unwrap_or_default();
                let approves = path.ends_with("/approve");
                let body = if approves { nothing() } else { body.clone() };
                Ok(stage.call(Some(user), "POST", &path, &[("if-match", etag)], Some(&body))?.status)
            })
        });
        threads.map(|thread| thread.join().unwrap_or_else(|_| Err(Failed::new("a request broke off"))))
    });
    let mut statuses = [0; N];
    for (status, result) in statuses.iter_mut().zip(results) {
        *status = result?;
    }
    Ok(statuses)
}

fn withdrawn(claim: &mut Play<'_>, cast: &Cast) -> Result<(), Failed> {
    submitted(claim, cast, &cast.draft("Withdrawn"))?;
    claim.day(cast.day + 1, 9)?;
    claim.act(cast.partner(), "withdraws", "/withdraw", &json!({ "cause": "incorrectMpn" }))?;
    claim.becomes("/clocks", &json!([]))
}

/// A document is uploaded for a dispute that never comes: it is dropped when the window closes (R24).
fn closed(claim: &mut Play<'_>, cast: &Cast) -> Result<(), Failed> {
    rejected(claim, cast, "Closed")?;
    claim.day(cast.day + 3, 9)?;
    claim.upload("for-a-dispute.pdf")?;
    closes(claim)
}

fn discarded(claim: &mut Play<'_>, cast: &Cast) -> Result<(), Failed> {
    claim.day(cast.day, 9)?;
    claim.create(&cast.draft("Discarded"))?;
    claim.upload("proof.pdf")?;
    claim.day(cast.day + 1, 9)?;
    let gone = claim.call(cast.partner(), "DELETE", &claim.path(""), &[], None)?;
    crate::play::accept(&gone, "the claim is discarded")?;
    claim.becomes("/status", &json!("discarded"))
}
