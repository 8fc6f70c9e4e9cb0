//! What people read in place of the names that programs use.

use claim_domain::calendar::Instant;
use claim_domain::catalogue::{Activity, SolutionArea};
use claim_domain::claim::{EvidenceState, Status};
use claim_domain::clock::{ClockName, Party};
use claim_domain::people::Role;
use claim_domain::reason::{ActionCode, RejectCode, WithdrawCause};
use claim_domain::zone::Zone;

pub use claim_mail::words::{day, line, lines, partner};

use crate::due;
use chrono::TimeDelta;
use claim_mail::words::Deadline;

/// A status, as a label.
pub fn status(status: Status) -> &'static str {
    match status {
        Status::Editing => "Draft",
        Status::Submitted => "Waiting for review",
        Status::UnderReview => "In review",
        Status::PartnerActionRequired => "Action required",
        Status::Approved => "Approved",
        Status::Rejected => "Rejected",
        Status::Discarded => "Discarded",
    }
}

/// A sentence for programs with the names of statuses in words.
pub(crate) fn plain(sentence: &str) -> String {
    let names =
        [("partnerActionRequired", "action required"), ("underReview", "in review"), ("editing", "a draft")];
    names.into_iter().fold(sentence.to_owned(), |text, (name, words)| text.replace(name, words))
}

/// The colour of a status, by the name of its style; the label says the same in words.
pub fn tone(status: Status) -> &'static str {
    match status {
        Status::Editing | Status::Discarded => "quiet",
        Status::Submitted | Status::UnderReview => "busy",
        Status::PartnerActionRequired => "asked",
        Status::Approved => "good",
        Status::Rejected => "bad",
    }
}

/// A product family.
pub fn area(area: SolutionArea) -> &'static str {
    match area {
        SolutionArea::BusinessApplications => "Business Applications",
        SolutionArea::Microsoft365 => "Microsoft 365",
    }
}

/// An activity.
pub fn activity(activity: Activity) -> &'static str {
    match activity {
        Activity::PreSales => "Pre-sales",
        Activity::Usage => "Usage",
        Activity::RevenueAssociation => "Revenue association",
    }
}

/// A role of somebody who did something.
pub fn role(role: Role) -> &'static str {
    match role {
        Role::BillingAdmin => "Billing admin",
        Role::GlobalAdmin => "Global admin",
        Role::IncentivesAdmin => "Incentives admin",
        Role::Reviewer => "Reviewer",
        Role::ReviewLead => "Review lead",
        Role::Customer => "Customer",
        Role::System => "The program",
    }
}

/// What a document's state means to whoever uploaded it.
pub fn document(state: EvidenceState) -> &'static str {
    match state {
        EvidenceState::Announced => "Waiting for its upload",
        EvidenceState::Expired => "Not uploaded in time",
        EvidenceState::Scanning => "Being checked for viruses",
        EvidenceState::Clean | EvidenceState::NotScanned => "Uploaded",
        EvidenceState::Infected => "A virus was found: it does not count",
        EvidenceState::Unscannable => "Could not be checked for viruses",
    }
}

/// Who has to act.
pub fn party(party: Party) -> &'static str {
    match party {
        Party::Reviewers => "Reviewers",
        Party::Partner => "The partner",
        Party::Customer => "The customer",
    }
}

/// What a clock waits for.
pub fn clock(clock: ClockName) -> &'static str {
    match clock {
        ClockName::ReviewStart => "Review to begin",
        ClockName::ReviewDecision => "Decision on the claim",
        ClockName::Overall => "Decision, all in all",
        ClockName::PartnerAnswer => "Answer of the partner",
        ClockName::PartnerReminder => "Reminder to the partner",
        ClockName::RenewalReminder => "Reminder of a subscription’s end",
        ClockName::Consent => "Time for the customer to deny",
        ClockName::DisputeWindow => "Time to dispute the rejection",
        ClockName::DisputeAnswer => "Answer to the dispute",
        ClockName::Escalation => "Next notice to the review lead",
        ClockName::NoticeCorrection => "Correction of the customer’s address",
    }
}

/// Why action is required (R17).
pub fn action_reason(code: ActionCode) -> &'static str {
    match code {
        ActionCode::MissingAllPoe => "The proof is missing, or is not about this claim",
        ActionCode::MissingCustomerAcknowledgment => "The customer has not signed the proof",
        ActionCode::MissingOrOldDates => "Dates are missing or too old",
        ActionCode::MissingPartnerSolution => "The proof does not describe the work",
        ActionCode::MissingProducts => "A claimed product is not in the proof",
        ActionCode::Other => "Another reason",
    }
}

/// Why a claim was rejected (R18).
pub fn reject_reason(code: RejectCode) -> &'static str {
    match code {
        RejectCode::PartnerRequest => "The partner asked for it",
        RejectCode::CustomerDecline => "The customer denied the association",
        RejectCode::InsufficientPoe => "The proof is not sufficient",
        RejectCode::MissingCustomerConsentOnPoe => "The proof lacks the customer’s consent",
        RejectCode::MissingProducts => "A claimed product is not in the proof",
        RejectCode::NoPartnerResponse => "The partner did not answer in time",
        RejectCode::PoeUnavailable => "The proof cannot be read",
        RejectCode::Other => "Another reason",
    }
}

/// Why a partner withdraws a claim (R18).
pub fn withdraw_cause(cause: WithdrawCause) -> &'static str {
    match cause {
        WithdrawCause::IncorrectMpn => "The MPN id is wrong",
        WithdrawCause::IncorrectActivity => "The activity is wrong",
        WithdrawCause::NoLongerWorkingWithCustomer => "We no longer work with the customer",
        WithdrawCause::Other => "Another reason",
    }
}

/// An instant for machines: RFC 3339 in UTC.
pub fn machine(at: Instant) -> String {
    due::rfc3339(at)
}

/// An instant in the program's zone: `26 November 2026, 14:05`.
pub fn moment(at: Instant, zone: &Zone) -> String {
    due::local(at, zone)
}

/// The end of a period, as short as it is exact: `Thursday 26 November 2026`.
pub fn by(due: Instant, zone: &Zone) -> String {
    Deadline::new(due, zone).by
}

/// The last day of a period that ends at `due`, as tables of other programs write it: `2026-11-26`.
pub fn last_day(due: Instant, zone: &Zone) -> String {
    (due - TimeDelta::nanoseconds(1)).with_timezone(zone).date_naive().to_string()
}

/// A size of a file: `812 kB`, `1.4 MB`.
pub fn size(bytes: u64) -> String {
    match bytes {
        0..1_000 => format!("{bytes} bytes"),
        1_000..1_000_000 => format!("{} kB", bytes / 1_000),
        _ => format!("{}.{} MB", bytes / 1_000_000, bytes % 1_000_000 / 100_000),
    }
}
