//! What operators are told: metrics that functions write reach the alarms of the template.

use chrono::TimeDelta;
use claim_domain::rule::Rule;
use e2e::{ClaimDriver, Failed};
use local_stack::Error;
use serde_json::{Value, json};

use crate::fixtures::{Case, case, draft, holds};

/// How many passes of the sweep may go by until the alarm is seen.
const PASSES: u32 = 4;

pub(crate) fn cases() -> Vec<Case> {
    vec![
        case("an_effect_that_is_given_up_raises_the_alarm_with_its_runbook_section", given_up)
            .proves(&[Rule::I5]),
    ]
}

/// The local stack refuses email to refused.example for good, so that it is not even tried again.
fn given_up(claim: &mut ClaimDriver<'_>) -> Result<(), Failed> {
    claim.day(0, 9)?;
    let mut body = draft("Refused email", &["Teams"]);
    body["partnerContact"]["email"] = json!("nadia@refused.example");
    claim.create(&body)?;
    claim.upload("proof.pdf")?;
    claim.act("nadia", "submits", "/submit", &json!({}))?;
    // The next pass of the sweep looks at what is parked; an alarm forgets after five minutes what the pass before saw.
    let stack = claim.environment.stack.clone();
    let raised = || {
        stack.eventually("the alarm", || {
            let named = json!({ "AlarmNames": ["claims-parked-events"] });
            let found =
                stack.aws().json("monitoring", "GraniteServiceVersion20100801.DescribeAlarms", &named)?;
            let alarm: Value = found["MetricAlarms"][0].clone();
            Ok::<_, Error>((alarm["StateValue"] == "ALARM").then_some(alarm))
        })
    };
    claim.until(stack.now() + TimeDelta::minutes(10))?;
    let mut alarm = raised();
    for _ in 1..PASSES {
        if alarm.is_err() {
            claim.until(stack.now() + TimeDelta::minutes(5))?;
            alarm = raised();
        }
    }
    let alarm = alarm?;
    let description = alarm["AlarmDescription"].as_str().unwrap_or_default();
    holds(
        description.ends_with("Runbook: infra/docs/runbook.md#parked-events"),
        "the alarm leads to the runbook",
    )
}
