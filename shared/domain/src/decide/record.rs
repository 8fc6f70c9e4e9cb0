//! The records of deliveries (D16, I5) and of the scanner's verdicts. On a claim that has moved on they are recorded
//! but start nothing.

use super::Deciding;
use crate::claim::{AssessmentState, ConsentState, Status, Verdict};
use crate::clock::{self, ClockName};
use crate::command::Feedback;
use crate::event::Change;
use crate::ids::{EffectId, EvidenceId};
use crate::refusal::Refusal;

impl Deciding<'_> {
    /// D16: the consent period starts when the email service has accepted the awaited notice. A notice sent again
    /// without a bounce changes no due instant. The late record of a notice that has bounced since starts nothing.
    pub(super) fn record_notified(&mut self, approval: u64, notice: &EffectId) -> Result<(), Refusal> {
        let (at, program) = (self.at(), self.program());
        let claim = self.claim()?;
        let starts = claim.status == Status::Approved
            && claim.consents.last().is_some_and(|consent| {
                consent.approval == approval
                    && consent.notice == *notice
                    && consent.state == ConsentState::AwaitingNotice
            });
        let due_at = starts.then(|| program.periods.of(ClockName::Consent).due(at, &program.calendar));
        let clocks = if starts { clock::arm(ClockName::Consent, at, program) } else { Vec::new() };
        self.record(Change::CustomerNotified { approval, notice: notice.clone(), due_at }, clocks);
        Ok(())
    }

    /// D16: the failure of the newest notice suspends the period; that of an earlier one is only recorded.
    pub(super) fn record_notice_failed(
        &mut self,
        approval: u64,
        notice: &EffectId,
        why: &str,
    ) -> Result<(), Refusal> {
        let claim = self.claim()?;
        let suspends = claim.status == Status::Approved
            && claim.consents.last().is_some_and(|consent| {
                consent.approval == approval
                    && consent.notice == *notice
                    && matches!(consent.state, ConsentState::AwaitingNotice | ConsentState::Open)
            });
        let clocks = match suspends {
            true => clock::end(&claim.clocks, ClockName::Consent),
            false => Vec::new(),
        };
        let change = Change::NoticeFailed { approval, notice: notice.clone(), why: why.to_owned(), suspends };
        self.record(change, clocks);
        Ok(())
    }

    /// D16: what the email service says later about a notice is recorded once for each notice and kind, however often
    /// it is said. A notice that never arrived has the consequences of one that was refused. A complaint proves that
    /// the notice arrived, and changes no clock.
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
            Feedback::Failed { why } => self.record_notice_failed(approval, notice, why),
            Feedback::Complained => {
                let change = Change::NoticeComplained { approval, notice: notice.clone() };
                self.record(change, Vec::new());
                Ok(())
            }
        }
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
}
