//! The records of deliveries (D16, I5), of the scanner's verdicts, and of claims that contest what this one holds (D26).
//! On a claim that has moved on, deliveries and verdicts are recorded but start nothing.

use super::Deciding;
use crate::claim::{AssessmentState, Claim, Consent, MAX_CHALLENGES, Product, Status, Verdict};
use crate::clock::{self, ClockName};
use crate::command::Feedback;
use crate::event::Change;
use crate::ids::{ClaimId, EffectId, EvidenceId};
use crate::refusal::Refusal;

impl Deciding<'_> {
    /// D16: the consent period starts when the email service has accepted a notice and none that it accepted before
    /// stands. A notice sent again while one stands changes no due instant. The late record of a notice that has bounced
    /// since starts nothing.
    pub(super) fn record_notified(&mut self, approval: u64, notice: &EffectId) -> Result<(), Refusal> {
        let (at, program) = (self.at(), self.program());
        let claim = self.claim()?;
        let starts = newest_consent(claim, approval).is_some_and(|consent| consent.starts_with(notice));
        let due_at = starts.then(|| program.periods.of(ClockName::Consent).due(at, &program.calendar));
        let mut clocks = Vec::new();
        if starts {
            clocks.extend(clock::end(&claim.clocks, ClockName::NoticeCorrection));
            clocks.extend(clock::arm(ClockName::Consent, at, program));
        }
        self.record(Change::CustomerNotified { approval, notice: notice.clone(), due_at }, clocks);
        Ok(())
    }

    /// D16: the period is suspended once no accepted notice is left that has not failed, and the partner has a period
    /// of its own to correct the address. Any other failure is only recorded.
    pub(super) fn record_notice_failed(
        &mut self,
        approval: u64,
        notice: &EffectId,
        why: &str,
        parked: bool,
    ) -> Result<(), Refusal> {
        let (at, program) = (self.at(), self.program());
        let claim = self.claim()?;
        let suspends =
            newest_consent(claim, approval).is_some_and(|consent| consent.is_suspended_by_failure_of(notice));
        let mut clocks = Vec::new();
        if suspends {
            clocks.extend(clock::end(&claim.clocks, ClockName::Consent));
            clocks.extend(clock::end(&claim.clocks, ClockName::NoticeCorrection));
            clocks.extend(clock::arm(ClockName::NoticeCorrection, at, program));
        }
        let (notice, why) = (notice.clone(), why.to_owned());
        self.record(Change::NoticeFailed { approval, notice, why, suspends, parked }, clocks);
        Ok(())
    }

    /// D16: what the email service says later about a notice is recorded once for each notice and kind, however often
    /// it is said. A notice that never arrived has the consequences of one that was refused. One whose delivery was given
    /// up for a reason that may pass suspends nothing. A complaint proves that the notice arrived, and changes no clock.
    pub(super) fn record_feedback(
        &mut self,
        approval: u64,
        notice: &EffectId,
        feedback: &Feedback,
    ) -> Result<(), Refusal> {
        let claim = self.claim()?;
        let consent = claim.consent_to(approval).ok_or_else(Refusal::not_found)?;
        if consent.has_heard(notice, feedback) {
            return Ok(());
        }
        match feedback {
            Feedback::Failed { why } => return self.record_notice_failed(approval, notice, why, false),
            Feedback::SoftBounced { why } => {
                let (notice, why) = (notice.clone(), why.clone());
                self.record(Change::NoticeSoftBounced { approval, notice, why }, Vec::new());
            }
            Feedback::Complained => {
                let change = Change::NoticeComplained { approval, notice: notice.clone() };
                self.record(change, Vec::new());
            }
        }
        Ok(())
    }

    /// D18: an email to the partner that was not delivered is recorded once, and the lead is told. It may have said by
    /// when the partner has to answer.
    pub(super) fn record_email_bounced(&mut self, change: Change) -> Result<(), Refusal> {
        let claim = self.claim()?;
        if matches!(&change, Change::EmailBounced { email, .. } if claim.bounced.contains(email)) {
            return Ok(());
        }
        self.record(change, Vec::new());
        Ok(())
    }

    /// What the scanner found in a document: recorded if it says more than was known, whatever the claim's status,
    /// since documents can be looked up at any time (R16). A discarded claim has no documents left (D8).
    pub(super) fn record_verdict(&mut self, id: &EvidenceId, verdict: Verdict) -> Result<(), Refusal> {
        let claim = self.opened.claim().filter(|claim| claim.status != Status::Discarded);
        let document = claim.and_then(|claim| claim.evidence.iter().find(|document| document.id == *id));
        let document = document.ok_or_else(Refusal::not_found)?;
        if document.verdict < Some(verdict) {
            self.record(Change::EvidenceScanned { evidence: id.clone(), verdict }, Vec::new());
        }
        Ok(())
    }

    pub(super) fn record_assessment_sent(
        &mut self,
        message_id: &EffectId,
        state: AssessmentState,
    ) -> Result<(), Refusal> {
        self.claim()?;
        self.record(Change::AssessmentSent { state, message_id: message_id.clone() }, Vec::new());
        Ok(())
    }

    /// D26: the partner is told once of each claim that contests what this one holds. If it holds none of the products any
    /// more, there is nothing to tell.
    pub(super) fn record_challenge(&mut self, by: &ClaimId, products: &[Product]) -> Result<(), Refusal> {
        let claim = self.claim()?;
        let is_told = claim.challenged_by.contains(by) || claim.challenged_by.len() >= MAX_CHALLENGES;
        if is_told || claim.status != Status::Approved {
            return Ok(());
        }
        let held = products.iter().filter(|product| claim.details.claims(product));
        let products: Vec<_> = held.cloned().collect();
        if !products.is_empty() {
            self.record(Change::Challenged { by: by.clone(), products }, Vec::new());
        }
        Ok(())
    }
}

/// The consent to an approval, while that is the newest one and stands.
fn newest_consent(claim: &Claim, approval: u64) -> Option<&Consent> {
    let newest = claim.consents.last().filter(|consent| consent.approval == approval);
    newest.filter(|_| claim.status == Status::Approved)
}
