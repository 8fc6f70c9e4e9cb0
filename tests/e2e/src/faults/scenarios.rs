//! The scenarios that run while things fail: each way through the rules, on days of its own.

use serde_json::{Value, json};

use crate::{ClaimDriver, Failed};

/// A scenario that runs many times, each time with another [`Setup`].
pub(super) struct FaultScenario {
    pub(super) name: &'static str,
    /// How many claims take part.
    pub(super) claims: usize,
    pub(super) run: fn(&mut ClaimDriver<'_>, &Setup) -> Result<(), Failed>,
}

/// Who and when: what tells one run of a scenario from another.
#[derive(Debug, Clone)]
pub(super) struct Setup {
    /// The number of the run.
    pub(super) number: usize,
    /// Its first day.
    pub(super) day: i64,
}

/// Every scenario.
pub(super) static ALL: [FaultScenario; 15] = [
    FaultScenario { name: "silent", claims: 1, run: silent },
    FaultScenario { name: "answered", claims: 1, run: answered },
    FaultScenario { name: "denied", claims: 1, run: denied },
    FaultScenario { name: "contested", claims: 2, run: contested },
    FaultScenario { name: "recalled", claims: 1, run: recalled },
    FaultScenario { name: "unanswered", claims: 1, run: unanswered },
    FaultScenario { name: "disputed", claims: 1, run: disputed },
    FaultScenario { name: "bounced", claims: 1, run: bounced },
    FaultScenario { name: "overdue", claims: 1, run: overdue },
    FaultScenario { name: "raced", claims: 2, run: raced },
    FaultScenario { name: "withdrawn", claims: 1, run: withdrawn },
    FaultScenario { name: "disputed in vain", claims: 1, run: disputed_in_vain },
    FaultScenario { name: "withdrawn while approved", claims: 1, run: withdrawn_while_approved },
    FaultScenario { name: "closed", claims: 1, run: closed },
    FaultScenario { name: "discarded", claims: 1, run: discarded },
];

/// The partner users who act, with their organisations' MPN ids.
const PARTNERS: [(&str, &str, &str); 6] = [
    ("nadia", "nadia@northwind.example", "4711001"),
    ("nora", "nora@northwind.example", "4711002"),
    ("fiona", "fiona@fabrikam.example", "4722001"),
    ("felix", "felix@fabrikam.example", "4722001"),
    ("ada", "ada@adatum.example", "4733001"),
    ("aron", "aron@adatum.example", "4733001"),
];

impl Setup {
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
fn submitted(claim: &mut ClaimDriver<'_>, setup: &Setup, draft: &Value) -> Result<(), Failed> {
    claim.day(setup.day, 9)?;
    claim.partner = setup.partner();
    claim.create(draft)?;
    claim.upload("proof.pdf")?;
    claim.act(setup.partner(), "submits", "/submit", &nothing())
}

/// And under review a day later, with a word about it.
fn reviewed(claim: &mut ClaimDriver<'_>, setup: &Setup, name: &str) -> Result<(), Failed> {
    submitted(claim, setup, &setup.draft(name))?;
    claim.day(setup.day + 1, 9)?;
    claim.act(setup.reviewer(), "starts", "/review/start", &nothing())?;
    claim.act(setup.reviewer(), "comments", "/comments", &json!({ "text": "We look into it." }))
}

/// And approved a day later.
fn approved(claim: &mut ClaimDriver<'_>, setup: &Setup, name: &str) -> Result<(), Failed> {
    reviewed(claim, setup, name)?;
    claim.day(setup.day + 2, 9)?;
    claim.act(setup.reviewer(), "approves", "/review/approve", &nothing())?;
    claim.is_notified()
}

/// And rejected a day later.
fn rejected(claim: &mut ClaimDriver<'_>, setup: &Setup, name: &str) -> Result<(), Failed> {
    reviewed(claim, setup, name)?;
    claim.day(setup.day + 2, 9)?;
    claim.act(setup.reviewer(), "rejects", "/review/reject", &json!({ "reason": "insufficientPoe" }))
}

/// Waits until the window to dispute is over.
fn closes(claim: &mut ClaimDriver<'_>) -> Result<(), Failed> {
    claim.until_due("disputeWindow")?;
    claim.becomes("/clocks", &json!([]))
}

fn silent(claim: &mut ClaimDriver<'_>, setup: &Setup) -> Result<(), Failed> {
    approved(claim, setup, "Silent")?;
    claim.hands_off()
}

fn answered(claim: &mut ClaimDriver<'_>, setup: &Setup) -> Result<(), Failed> {
    reviewed(claim, setup, "Answered")?;
    claim.day(setup.day + 2, 9)?;
    let ask = json!({ "reasons": [{ "code": "missingOrOldDates", "note": "Which month?" }] });
    claim.act(setup.reviewer(), "asks", "/review/request-action", &ask)?;
    claim.day(setup.day + 4, 9)?;
    let contact = json!({ "partnerContact": { "name": "The desk", "email": "desk@partner.example" } });
    claim.edit("gives another contact", &contact)?;
    claim.upload("with-dates.pdf")?;
    claim.act(setup.partner(), "resubmits", "/submit", &nothing())?;
    claim.day(setup.day + 5, 9)?;
    claim.act(setup.reviewer(), "starts again", "/review/start", &nothing())?;
    claim.act(setup.reviewer(), "approves", "/review/approve", &nothing())?;
    claim.hands_off()
}

fn denied(claim: &mut ClaimDriver<'_>, setup: &Setup) -> Result<(), Failed> {
    approved(claim, setup, "Denied")?;
    claim.day(setup.day + 5, 9)?;
    claim.deny()?;
    claim.becomes("/status", &json!("rejected"))?;
    claim.assessed(&[])?;
    closes(claim)
}

/// Another partner wants what this one has; the association is ended, and the hand-off corrected.
fn contested(claim: &mut ClaimDriver<'_>, setup: &Setup) -> Result<(), Failed> {
    approved(claim, setup, "Contested")?;
    claim.hands_off()?;
    let (rival_setup, day) = (setup.rival(), setup.day + 11);
    let mut rival = claim.another(rival_setup.partner());
    let mut draft = rival_setup.draft_for("Contesting", setup.number);
    draft["products"] = json!([claim.claim["products"][0]]);
    submitted(&mut rival, &Setup { day, ..rival_setup.clone() }, &draft)?;
    rival.becomes("/contested", &json!(true))?;
    rival.day(day + 1, 9)?;
    rival.act(setup.reviewer(), "starts", "/review/start", &nothing())?;
    rival.refused(setup.reviewer(), "approves", "/review/approve", &nothing(), (409, "association-held"))?;
    let end = json!({ "products": draft["products"], "reason": "The newer proof is the better one." });
    claim.act(setup.other_reviewer(), "ends the association", "/review/end-association", &end)?;
    rival.act(setup.reviewer(), "approves", "/review/approve", &nothing())?;
    rival.hands_off()?;
    claim.assessed(&["requested", "amended"])
}

fn recalled(claim: &mut ClaimDriver<'_>, setup: &Setup) -> Result<(), Failed> {
    approved(claim, setup, "Recalled")?;
    claim.hands_off()?;
    claim.day(setup.day + 12, 9)?;
    let cause = json!({ "cause": "noLongerWorkingWithCustomer" });
    claim.act(setup.partner(), "withdraws", "/withdraw", &cause)?;
    claim.assessed(&["requested", "recalled"])
}

fn unanswered(claim: &mut ClaimDriver<'_>, setup: &Setup) -> Result<(), Failed> {
    reviewed(claim, setup, "Unanswered")?;
    claim.day(setup.day + 2, 9)?;
    let ask = json!({ "reasons": [{ "code": "missingAllPoe" }] });
    claim.act(setup.reviewer(), "asks", "/review/request-action", &ask)?;
    claim.until_due("partnerAnswer")?;
    claim.becomes("/status", &json!("rejected"))?;
    claim.becomes("/rejection/reason", &json!("noPartnerResponse"))?;
    closes(claim)
}

fn disputed(claim: &mut ClaimDriver<'_>, setup: &Setup) -> Result<(), Failed> {
    rejected(claim, setup, "Disputed")?;
    claim.day(setup.day + 5, 9)?;
    claim.upload("better-proof.pdf")?;
    claim.act(
        setup.partner(),
        "disputes",
        "/dispute",
        &json!({ "justification": "It is all there now." }),
    )?;
    claim.day(setup.day + 7, 9)?;
    claim.act(setup.other_reviewer(), "takes the dispute", "/review/start", &nothing())?;
    claim.act(setup.other_reviewer(), "approves", "/review/approve", &nothing())?;
    claim.hands_off()
}

fn disputed_in_vain(claim: &mut ClaimDriver<'_>, setup: &Setup) -> Result<(), Failed> {
    rejected(claim, setup, "Disputed in vain")?;
    claim.day(setup.day + 4, 9)?;
    claim.act(setup.partner(), "disputes", "/dispute", &json!({ "justification": "Please look again." }))?;
    claim.day(setup.day + 5, 9)?;
    claim.act(setup.other_reviewer(), "takes the dispute", "/review/start", &nothing())?;
    let ask = json!({ "reasons": [{ "code": "missingPartnerSolution" }] });
    claim.act(setup.other_reviewer(), "asks", "/review/request-action", &ask)?;
    claim.day(setup.day + 7, 9)?;
    claim.act(setup.partner(), "resubmits", "/submit", &nothing())?;
    // The days that are left after the pause pass without a decision (D6).
    claim.until_due("disputeAnswer")?;
    let no = json!({ "reason": "insufficientPoe", "note": "Still nothing." });
    claim.act(setup.other_reviewer(), "rejects for good", "/review/reject", &no)?;
    claim.becomes("/clocks", &json!([]))
}

/// The email service refuses the notice for good; the partner corrects the address (D16).
fn bounced(claim: &mut ClaimDriver<'_>, setup: &Setup) -> Result<(), Failed> {
    let mut draft = setup.draft("Bounced");
    let corrected = format!("corrected{}.example", setup.number);
    draft["customer"]["contact"]["email"] = json!("cleo@refused.example");
    draft["customer"]["mailDomains"] = json!(["refused.example", corrected]);
    submitted(claim, setup, &draft)?;
    claim.day(setup.day + 1, 9)?;
    claim.act(setup.reviewer(), "starts", "/review/start", &nothing())?;
    claim.act(setup.reviewer(), "approves", "/review/approve", &nothing())?;
    claim.becomes("/consent/state", &json!("suspended"))?;
    claim.day(setup.day + 4, 9)?;
    let corrected = json!({ "email": format!("cleo@{corrected}") });
    claim.act(setup.partner(), "corrects the address", "/consent/resend", &corrected)?;
    claim.hands_off()
}

/// Reviewers miss every period; the claim is approved all the same (D5).
fn overdue(claim: &mut ClaimDriver<'_>, setup: &Setup) -> Result<(), Failed> {
    submitted(claim, setup, &setup.draft("Overdue"))?;
    claim.until_due("reviewStart")?;
    claim.day(setup.day + 9, 9)?;
    claim.act(setup.reviewer(), "starts late", "/review/start", &nothing())?;
    claim.until_due("reviewDecision")?;
    claim.until_due("overall")?;
    claim.day(setup.day + 18, 9)?;
    claim.act("lena", "takes over", "/review/take-over", &nothing())?;
    claim.act("lena", "approves", "/review/approve", &nothing())?;
    claim.hands_off()
}

/// Two partners claim the same for one customer, and both are approved at the same moment: one of them wins (D15).
fn raced(claim: &mut ClaimDriver<'_>, setup: &Setup) -> Result<(), Failed> {
    reviewed(claim, setup, "Raced")?;
    let rival_setup = setup.rival();
    let mut rival = claim.another(rival_setup.partner());
    let draft = rival_setup.draft_for("Racing", setup.number);
    submitted(&mut rival, &rival_setup, &draft)?;
    rival.act(setup.reviewer(), "starts", "/review/start", &nothing())?;
    claim.day(setup.day + 2, 9)?;
    let statuses = together(
        claim,
        [
            (setup.reviewer(), claim.path("/review/approve")),
            (setup.reviewer(), rival.path("/review/approve")),
        ],
        &nothing(),
    )?;
    let (winner, loser) = match statuses {
        [200, 409] => (claim, &mut rival),
        [409, 200] => (&mut rival, claim),
        other => return Err(Failed::new(format!("one of two approvals should have won: {other:?}"))),
    };
    loser.act(setup.reviewer(), "rejects", "/review/reject", &json!({ "reason": "missingProducts" }))?;
    winner.hands_off()
}

/// The partner withdraws while the reviewer approves: whoever is first.
fn withdrawn_while_approved(claim: &mut ClaimDriver<'_>, setup: &Setup) -> Result<(), Failed> {
    reviewed(claim, setup, "Withdrawn while approved")?;
    claim.day(setup.day + 2, 9)?;
    let body = json!({ "cause": "other", "note": "We have changed our mind." });
    let both =
        [(setup.partner(), claim.path("/withdraw")), (setup.reviewer(), claim.path("/review/approve"))];
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
    claim: &ClaimDriver<'_>,
    posts: [(&'static str, String); N],
    body: &Value,
) -> Result<[u16; N], Failed> {
    let environment = claim.environment;
    let results = std::thread::scope(|scope| {
        let threads = posts.map(|(user, path)| {
            scope.spawn(move || {
                let claim = path.split('/').take(4).collect::<Vec<_>>().join("/");
                let seen = environment.call(Some(user), "GET", &claim, &[], None)?;
                let etag = seen.header("etag").unwrap_or_default();
                let approves = path.ends_with("/approve");
                let body = if approves { nothing() } else { body.clone() };
                Ok(environment.call(Some(user), "POST", &path, &[("if-match", etag)], Some(&body))?.status)
            })
        });
        threads.map(|thread| thread.join().unwrap_or_else(|_| Err(Failed::new("a request panicked"))))
    });
    let mut statuses = [0; N];
    for (status, result) in statuses.iter_mut().zip(results) {
        *status = result?;
    }
    Ok(statuses)
}

fn withdrawn(claim: &mut ClaimDriver<'_>, setup: &Setup) -> Result<(), Failed> {
    submitted(claim, setup, &setup.draft("Withdrawn"))?;
    claim.day(setup.day + 1, 9)?;
    claim.act(setup.partner(), "withdraws", "/withdraw", &json!({ "cause": "incorrectMpn" }))?;
    claim.becomes("/clocks", &json!([]))
}

/// A document is uploaded for a dispute that never comes: it is dropped when the window closes (R24).
fn closed(claim: &mut ClaimDriver<'_>, setup: &Setup) -> Result<(), Failed> {
    rejected(claim, setup, "Closed")?;
    claim.day(setup.day + 3, 9)?;
    claim.upload("for-a-dispute.pdf")?;
    closes(claim)
}

fn discarded(claim: &mut ClaimDriver<'_>, setup: &Setup) -> Result<(), Failed> {
    claim.day(setup.day, 9)?;
    claim.create(&setup.draft("Discarded"))?;
    claim.upload("proof.pdf")?;
    claim.day(setup.day + 1, 9)?;
    let gone = claim.call(setup.partner(), "DELETE", &claim.path(""), &[], None)?;
    crate::claim_driver::accept(&gone, "the claim is discarded")?;
    claim.becomes("/status", &json!("discarded"))
}
