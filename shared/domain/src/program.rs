//! The program: everything about the rules that is configuration (D3).

use crate::calendar::{Calendar, Period};
use crate::clock::ClockName;

/// The configured rules of the program, validated when a function starts (D3).
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Program {
    /// Business days and the zone in which days begin.
    pub calendar: Calendar,
    /// The lengths of the periods.
    pub periods: Periods,
    /// Whether a dispute is decided by another person than the one who rejected (D17).
    pub dispute_needs_another_reviewer: bool,
    /// The program guide that claims and approval mails link (R4).
    pub guide_url: String,
}

/// The lengths of the periods, by the rule that states each default.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Periods {
    /// R7: until a review begins.
    pub review_start: Period,
    /// R8: until a reviewer decides.
    pub review_decision: Period,
    /// R12: queue and review together.
    pub overall: Period,
    /// R9: until the partner resubmits.
    pub partner_answer: Period,
    /// R13: in which the customer may deny.
    pub consent: Period,
    /// R20: in which a rejection can be disputed.
    pub dispute_window: Period,
    /// R23: until reviewers answer a dispute.
    pub dispute_answer: Period,
}

impl Default for Periods {
    fn default() -> Self {
        Self {
            review_start: Period::BusinessDays(5),
            review_decision: Period::BusinessDays(5),
            overall: Period::BusinessDays(10),
            partner_answer: Period::BusinessDays(5),
            consent: Period::Days(7),
            dispute_window: Period::Days(30),
            dispute_answer: Period::BusinessDays(5),
        }
    }
}

impl Periods {
    /// The period of a clock. The reminder's is that of the answer it reminds of.
    pub fn of(&self, clock: ClockName) -> Period {
        match clock {
            ClockName::ReviewStart => self.review_start,
            ClockName::ReviewDecision => self.review_decision,
            ClockName::Overall => self.overall,
            ClockName::PartnerAnswer | ClockName::PartnerReminder => self.partner_answer,
            ClockName::Consent => self.consent,
            ClockName::DisputeWindow => self.dispute_window,
            ClockName::DisputeAnswer => self.dispute_answer,
        }
    }
}
