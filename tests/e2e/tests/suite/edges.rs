//! Each edge of a period, end to end: one minute before and one minute after, over a weekend, a holiday and the change
//! to summer time (D1 to D5).

use chrono::{DateTime, TimeDelta, Utc};
use claim_domain::rule::Rule;
use e2e::{ClaimDriver, Failed};
use serde_json::{Value, json};

use crate::fixtures::{
    Case, action_required, approved, case, history, holds, rejected, same, submitted, under_review,
};

pub(crate) fn cases() -> Vec<Case> {
    vec![
        case("a_queue_period_is_missed_at_its_end_and_changes_no_status", review_start)
            .proves(&[Rule::R7, Rule::D5]),
        case("a_review_period_is_missed_at_its_end_and_changes_no_status", review_decision)
            .proves(&[Rule::R8, Rule::D5]),
        case("the_overall_promise_is_ten_business_days", overall).proves(&[Rule::R12]),
        case("the_overall_promise_stands_still_while_the_partner_has_the_claim", pausing).proves(&[Rule::D4]),
        case("an_answer_one_minute_before_the_end_is_in_time", answer_in_time).proves(&[Rule::R9]),
        case("an_answer_one_minute_after_the_end_is_too_late", answer_too_late).proves(&[Rule::R9, Rule::I3]),
        case("the_reminder_comes_at_nine_on_the_business_day_before_the_last", reminder).proves(&[Rule::D18]),
        case("the_customer_can_deny_one_minute_before_the_end", denied_in_time)
            .proves(&[Rule::R13, Rule::D9]),
        case("one_minute_after_the_end_the_customer_cannot_deny_any_more", denied_too_late)
            .proves(&[Rule::R14, Rule::D9]),
        case("a_rejection_can_be_disputed_one_minute_before_the_end", disputed_in_time).proves(&[Rule::R20]),
        case("when_the_window_closes_documents_for_a_dispute_are_dropped", window_closes)
            .proves(&[Rule::R20, Rule::R24]),
        case("a_dispute_answer_is_missed_at_its_end_and_changes_no_status", dispute_answer)
            .proves(&[Rule::R23, Rule::D5]),
        case("a_holiday_and_a_weekend_do_not_count", holiday_and_weekend).proves(&[Rule::D1]),
        case("a_period_that_crosses_to_summer_time_ends_at_local_midnight", summer_time).proves(&[Rule::D1]),
        case("five_business_days_from_a_saturday_end_with_friday", saturday).proves(&[Rule::D1]),
    ]
}

const MINUTE: TimeDelta = TimeDelta::minutes(1);

/// Waits until one minute before a clock is due, looks, waits until one minute after, and looks again.
fn edge(
    claim: &mut ClaimDriver<'_>,
    clock: &str,
    before: impl FnOnce(&mut ClaimDriver<'_>) -> Result<(), Failed>,
    after: impl FnOnce(&mut ClaimDriver<'_>) -> Result<(), Failed>,
) -> Result<(), Failed> {
    let due = claim.due(clock)?;
    claim.until(due - MINUTE)?;
    before(claim)?;
    claim.until(due + MINUTE)?;
    after(claim)
}

fn clock(claim: &ClaimDriver<'_>, name: &str) -> Result<Value, Failed> {
    let claim = claim.look(claim.partner)?;
    let clocks = claim["clocks"].as_array().cloned().unwrap_or_default();
    Ok(clocks.into_iter().find(|clock| clock["name"] == name).unwrap_or_default())
}

/// A clock whose miss is a breach: not breached before, breached after, the status the same, the lead told once.
fn breaches(claim: &mut ClaimDriver<'_>, name: &str, status: &str) -> Result<(), Failed> {
    edge(
        claim,
        name,
        |claim| same(clock(claim, name)?["breached"].clone(), json!(false), "one minute before"),
        |claim| {
            same(clock(claim, name)?["breached"].clone(), json!(true), "one minute after")?;
            same(claim.look(claim.partner)?["status"].clone(), json!(status), "the status")
        },
    )?;
    claim.email("lena@program.example", "Period missed")?;
    let breaches = history(claim, "rita")?
        .into_iter()
        .filter(|entry| entry["type"] == "breached" && entry["clock"] == name);
    same(breaches.count(), 1, "breaches in the history")
}

fn review_start(claim: &mut ClaimDriver<'_>) -> Result<(), Failed> {
    claim.day(0, 9)?;
    submitted(claim, "Queue period")?;
    breaches(claim, "reviewStart", "submitted")?;
    claim.act("rita", "starts the review all the same", "/review/start", &json!({}))
}

fn review_decision(claim: &mut ClaimDriver<'_>) -> Result<(), Failed> {
    claim.day(0, 9)?;
    under_review(claim, "Review period")?;
    breaches(claim, "reviewDecision", "underReview")?;
    claim.act("rita", "approves all the same", "/review/approve", &json!({}))
}

fn overall(claim: &mut ClaimDriver<'_>) -> Result<(), Failed> {
    claim.day(0, 9)?;
    under_review(claim, "Overall promise")?;
    // Ten business days after Monday, with the holiday on Thursday: the promise ends with Tuesday, day 15.
    same(claim.due("overall")?, local_midnight(claim, 16), "the overall promise")?;
    breaches(claim, "overall", "underReview")
}

fn pausing(claim: &mut ClaimDriver<'_>) -> Result<(), Failed> {
    claim.day(0, 9)?;
    under_review(claim, "Pausing promise")?;
    claim.day(4, 9)?;
    let ask = json!({ "reasons": [{ "code": "missingOrOldDates" }] });
    claim.act("rita", "asks for action on Friday", "/review/request-action", &ask)?;
    let paused = clock(claim, "overall")?;
    holds(paused["pausedAt"].is_string(), "the overall promise stands still")?;
    // Tuesday, Wednesday and Friday are used; Thursday is the holiday.
    same(paused["remainingBusinessDays"].clone(), json!(7), "days left")?;
    claim.day(8, 9)?;
    claim.act("nadia", "resubmits on Tuesday", "/submit", &json!({}))?;
    // Seven business days after Tuesday, day 8, end with Thursday, day 17.
    same(claim.due("overall")?, local_midnight(claim, 18), "the resumed promise")
}

fn answer_in_time(claim: &mut ClaimDriver<'_>) -> Result<(), Failed> {
    claim.day(0, 9)?;
    action_required(claim, "Answer in time")?;
    let due = claim.due("partnerAnswer")?;
    claim.until(due - MINUTE)?;
    claim.act("nadia", "resubmits in the last minute", "/submit", &json!({}))?;
    claim.until(due + MINUTE)?;
    same(claim.look("nadia")?["status"].clone(), json!("submitted"), "the status after the end")
}

fn answer_too_late(claim: &mut ClaimDriver<'_>) -> Result<(), Failed> {
    claim.day(0, 9)?;
    action_required(claim, "Answer too late")?;
    let due = claim.due("partnerAnswer")?;
    claim.until(due + MINUTE)?;
    claim.refused("nadia", "resubmits too late", "/submit", &json!({}), (409, "illegal-state"))?;
    let last =
        history(claim, "nadia")?.into_iter().rfind(|entry| entry["type"] == "rejected").unwrap_or_default();
    same(instant(&last["dueAt"]), Some(due), "the missed instant in the history")?;
    holds(instant(&last["at"]).is_some_and(|at| at >= due), "the rejection is not before the end")
}

fn reminder(claim: &mut ClaimDriver<'_>) -> Result<(), Failed> {
    claim.day(0, 9)?;
    action_required(claim, "Asked on Monday")?;
    // Five business days after Monday end with Tuesday, day 8; the business day before is Monday, day 7; 09:00 in Warsaw.
    let nine = claim.environment.at(7, 8);
    same(claim.due("partnerReminder")?, nine, "the reminder")?;
    let emails = |claim: &ClaimDriver<'_>| -> Result<usize, Failed> {
        let emails = claim.environment.emails("nadia@northwind.example", "Reminder")?;
        Ok(emails.iter().filter(|email| email.subject.ends_with(": Asked on Monday")).count())
    };
    claim.until(nine - MINUTE)?;
    same(emails(claim)?, 0, "reminders before nine")?;
    claim.until(nine + MINUTE)?;
    claim.email("nadia@northwind.example", "Reminder")?;
    same(emails(claim)?, 1, "reminders after nine")
}

fn deny(claim: &ClaimDriver<'_>) -> Result<local_stack::Response, Failed> {
    let path = format!("{}/deny", claim.consent_path()?);
    let headers = [("accept", "application/json"), ("content-type", "application/json")];
    Ok(claim.environment.stack.send("POST", &path, &headers, Some(br#"{"confirm":true}"#))?)
}

fn denied_in_time(claim: &mut ClaimDriver<'_>) -> Result<(), Failed> {
    claim.day(0, 9)?;
    approved(claim, "Denied in time")?;
    let due = claim.due("consent")?;
    same(due, local_midnight(claim, 8), "seven calendar days, holiday and weekend counted")?;
    claim.until(due - MINUTE)?;
    same(deny(claim)?.status, 200, "the denial")?;
    claim.becomes("/rejection/reason", &json!("customerDecline"))?;
    claim.until(due + MINUTE)?;
    claim.assessed(&[])
}

fn denied_too_late(claim: &mut ClaimDriver<'_>) -> Result<(), Failed> {
    claim.day(0, 9)?;
    approved(claim, "Denied too late")?;
    let due = claim.due("consent")?;
    claim.until(due - MINUTE)?;
    claim.assessed(&[])?;
    claim.until(due + MINUTE)?;
    same(deny(claim)?.status, 409, "the late denial")?;
    claim.assessed(&["requested"])?;
    same(claim.look("nadia")?["status"].clone(), json!("approved"), "the status")
}

fn disputed_in_time(claim: &mut ClaimDriver<'_>) -> Result<(), Failed> {
    claim.day(0, 9)?;
    rejected(claim, "Disputed in time")?;
    let due = claim.due("disputeWindow")?;
    claim.until(due - MINUTE)?;
    claim.act(
        "nadia",
        "disputes in the last minute",
        "/dispute",
        &json!({ "justification": "Look again." }),
    )?;
    claim.becomes("/status", &json!("underReview"))
}

fn window_closes(claim: &mut ClaimDriver<'_>) -> Result<(), Failed> {
    claim.day(0, 9)?;
    rejected(claim, "Window closes")?;
    claim.upload("for-a-dispute.pdf")?;
    same(claim.claim["evidence"][1]["staged"].clone(), json!(true), "a document for the dispute waits")?;
    let due = claim.due("disputeWindow")?;
    claim.until(due + MINUTE)?;
    claim.becomes("/rejection/disputable", &json!(false))?;
    same(claim.claim["evidence"].as_array().map(Vec::len), Some(1), "documents that are left")?;
    claim.refused(
        "nadia",
        "comments on a closed claim",
        "/comments",
        &json!({ "text": "?" }),
        (409, "illegal-state"),
    )?;
    Ok(())
}

fn dispute_answer(claim: &mut ClaimDriver<'_>) -> Result<(), Failed> {
    claim.day(0, 9)?;
    rejected(claim, "Dispute answer")?;
    claim.act("nadia", "disputes", "/dispute", &json!({ "justification": "Look again." }))?;
    breaches(claim, "disputeAnswer", "underReview")
}

fn holiday_and_weekend(claim: &mut ClaimDriver<'_>) -> Result<(), Failed> {
    claim.day(0, 9)?;
    submitted(claim, "Holiday and weekend")?;
    // Tuesday, Wednesday, Friday, Monday, Tuesday: the holiday and the weekend do not count.
    same(claim.due("reviewStart")?, local_midnight(claim, 9), "the queue period")?;
    let shown = clock(claim, "reviewStart")?;
    same(shown["calendar"].clone(), json!("Warsaw"), "the calendar's name")?;
    same(shown["timeZone"].clone(), json!("Europe/Warsaw"), "the zone")?;
    same(shown["remainingBusinessDays"].clone(), json!(5), "business days left")
}

fn summer_time(claim: &mut ClaimDriver<'_>) -> Result<(), Failed> {
    claim.day(10, 9)?;
    submitted(claim, "Summer time")?;
    // From Thursday, day 10, to Thursday, day 17; midnight is an hour earlier in UTC from Sunday, day 13, on.
    same(claim.due("reviewStart")?, claim.environment.at(17, 22), "the end in summer time")
}

fn saturday(claim: &mut ClaimDriver<'_>) -> Result<(), Failed> {
    claim.day(5, 12)?;
    submitted(claim, "From a Saturday")?;
    same(claim.due("reviewStart")?, local_midnight(claim, 12), "the end of Friday")
}

/// Local midnight at the start of a day: an hour before UTC's, two from the change to summer time (day 13) on.
fn local_midnight(claim: &ClaimDriver<'_>, day: i64) -> DateTime<Utc> {
    claim.environment.at(day, if day > 13 { -2 } else { -1 })
}

fn instant(value: &Value) -> Option<DateTime<Utc>> {
    value.as_str().and_then(|text| text.parse().ok())
}
