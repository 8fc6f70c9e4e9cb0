//! What comes next for a claim: each step with its date, by whose calendar it was counted, and why a clock stands still.

use claim_domain::calendar::Instant;
use claim_domain::claim::{AssessmentState, Claim, ConsentState, Status};
use claim_domain::clock::{Clock, ClockName};
use claim_domain::program::Program;
use claim_pages::{Due, history, words};

/// What comes next.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub(crate) struct Plan {
    /// The steps, the present one first.
    pub(crate) steps: Vec<Step>,
    /// The names of the calendars by which the dates were counted.
    pub(crate) calendars: Vec<String>,
}

/// A step of it.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub(crate) struct Step {
    /// What happens: `A reviewer decides`.
    pub(crate) what: String,
    /// Until when, if that is known already.
    pub(crate) due: Option<Due>,
    /// What else there is to know, a sentence each.
    pub(crate) more: Vec<String>,
    /// Whether this is where the claim stands.
    pub(crate) is_now: bool,
}

/// What comes next for a claim, as its partner sees it at `now`.
pub(crate) fn plan(claim: &Claim, program: &Program, now: Instant) -> Plan {
    let mut planning = Planning { claim, program, now, plan: Plan::default() };
    match claim.status {
        Status::Editing => planning.editing(),
        Status::Submitted => planning.submitted(),
        Status::UnderReview if claim.in_dispute() => planning.disputed(),
        Status::UnderReview => planning.in_review(),
        Status::PartnerActionRequired => planning.asked(),
        Status::Approved => {
            planning.approved();
            planning.renewal();
        }
        Status::Rejected => planning.rejected(),
        Status::Discarded => planning.discarded(),
    }
    if let Some(first) = planning.plan.steps.first_mut() {
        first.is_now = true;
    }
    planning.plan
}

struct Planning<'a> {
    claim: &'a Claim,
    program: &'a Program,
    now: Instant,
    plan: Plan,
}

impl<'a> Planning<'a> {
    fn add(&mut self, what: &str, clock: Option<ClockName>, more: Vec<String>) {
        let clock = clock.and_then(|clock| self.claim.clocks.get(&clock));
        let due = clock.filter(|clock| clock.paused_at.is_none()).map(|clock| {
            if !self.plan.calendars.contains(&clock.calendar) {
                self.plan.calendars.push(clock.calendar.clone());
            }
            Due::new(clock.due_at, self.now, &self.program.calendar)
        });
        let mut more = more;
        if clock.is_some_and(|clock| clock.breached_at.is_some()) {
            more.push("This promise was missed. The review lead knows, and the claim stands at the top of the queue.".to_owned());
        }
        self.plan.steps.push(Step { what: what.to_owned(), due, more, is_now: false });
    }

    fn clock(&self, name: ClockName) -> Option<&'a Clock> {
        self.claim.clocks.get(&name)
    }

    fn period(&self, clock: ClockName) -> String {
        self.program.periods.of(clock).words()
    }

    fn by(&self, at: Instant) -> String {
        words::by(at, &self.program.calendar.zone)
    }

    fn editing(&mut self) {
        let more = match self.claim.has_proof() {
            true => "It has proof. Check it, and submit it.",
            false => "It needs at least one document of proof.",
        };
        self.add("You finish the claim and submit it", None, vec![more.to_owned()]);
        let within =
            format!("Within {} of the day on which you submit it.", self.period(ClockName::ReviewStart));
        self.add("A reviewer begins", None, vec![within]);
        let within = format!("Within {} of the beginning.", self.period(ClockName::ReviewDecision));
        self.add("A reviewer decides", None, vec![within]);
        self.after_approval();
    }

    fn submitted(&mut self) {
        self.add("A reviewer begins", Some(ClockName::ReviewStart), Vec::new());
        self.add("A reviewer decides", Some(ClockName::Overall), self.reviewers_time());
        self.after_approval();
    }

    fn in_review(&mut self) {
        let mut more = Vec::new();
        if let Some(overall) = self.clock(ClockName::Overall).filter(|overall| overall.is_ticking()) {
            more.push(format!("Queue and review together are promised by {}.", self.by(overall.due_at)));
        }
        self.add("A reviewer decides", Some(ClockName::ReviewDecision), more);
        self.after_approval();
    }

    fn disputed(&mut self) {
        let more = vec!["Another rejection would be final.".to_owned()];
        self.add("A reviewer answers your dispute", Some(ClockName::DisputeAnswer), more);
        self.after_approval();
    }

    /// What is promised of the reviewers' time, all in all.
    fn reviewers_time(&self) -> Vec<String> {
        let overall = self.period(ClockName::Overall);
        vec![format!(
            "Queue and review together take {overall} at most. The time that you have the claim does not count."
        )]
    }

    fn asked(&mut self) {
        let mut more = vec!["Without an answer by then, the claim is rejected.".to_owned()];
        if let Some(reminder) = self.clock(ClockName::PartnerReminder).filter(|clock| clock.is_ticking()) {
            let at = words::moment(reminder.due_at, &self.program.calendar.zone);
            more.push(format!("Your contact is reminded on {at}."));
        }
        self.add("You answer, and submit again", Some(ClockName::PartnerAnswer), more);
        let promise = match self.claim.in_dispute() {
            true => ClockName::DisputeAnswer,
            false => ClockName::Overall,
        };
        let mut more = Vec::new();
        if let Some(clock) = self.clock(promise).filter(|clock| clock.paused_at.is_some()) {
            let left = claim_http::view::remaining(clock, &self.program.calendar, self.now);
            let left = claim_domain::calendar::Period::BusinessDays(left).words();
            more.push(format!(
                "The reviewers’ time stands still while you have the claim. If you answered today, they would have {left} left."
            ));
        }
        self.add("A reviewer looks at it again", Some(promise), more);
        self.after_approval();
    }

    /// What follows on an approval that is still ahead.
    fn after_approval(&mut self) {
        let time = self.period(ClockName::Consent);
        let more = format!(
            "If the claim is approved, the customer gets a notice and has {time} to deny. Silence is consent."
        );
        self.add("The customer can deny", None, vec![more]);
        self.add("The claim goes to incentive assessment", None, Vec::new());
    }

    /// When subscriptions end, if the partner knows it (D27).
    fn renewal(&mut self) {
        let today = self.program.calendar.day_of(self.now);
        let products = self.claim.details.products.iter();
        let ahead = products.filter_map(|product| Some((product, product.ends_on?)));
        let ahead: Vec<_> = ahead.filter(|(_, end)| *end >= today).collect();
        let Some(first) = ahead.iter().map(|(_, end)| *end).min() else { return };
        let of_first =
            ahead.iter().filter(|(_, end)| *end == first).map(|(product, _)| history::product(product));
        let mut more =
            vec![format!("{}: on {}.", of_first.collect::<Vec<_>>().join(", "), words::day(first))];
        if let Some(reminder) = self.clock(ClockName::RenewalReminder) {
            let at = words::moment(reminder.due_at, &self.program.calendar.zone);
            more.push(format!("Your contact is reminded on {at}."));
        }
        more.push("What continues under another subscription needs a claim of its own.".to_owned());
        self.add("A subscription ends", None, more);
    }

    fn approved(&mut self) {
        let Some(consent) = self.claim.consents.last() else { return };
        let time = self.period(ClockName::Consent);
        match consent.state {
            ConsentState::AwaitingNotice => {
                let more = format!("The customer’s {time} to deny begin once it is sent.");
                self.add("The notice is on its way to the customer", None, vec![more]);
            }
            ConsentState::Open => {
                let more = vec!["Silence is consent.".to_owned()];
                self.add("The customer can deny", Some(ClockName::Consent), more);
            }
            ConsentState::Suspended => {
                let more = vec![
                    "No notice has reached the customer, so the customer’s time to deny stands still."
                        .to_owned(),
                    "Without a correction by then, the claim is rejected.".to_owned(),
                ];
                self.add("You correct the customer’s address", Some(ClockName::NoticeCorrection), more);
                let more = format!("A new notice gives the customer {time} from its day on.");
                self.add("The customer can deny", None, vec![more]);
            }
            ConsentState::Passed | ConsentState::Denied | ConsentState::Ended => {
                return self.handed_off(consent.passed_at);
            }
        }
        self.add("The claim goes to incentive assessment", None, Vec::new());
    }

    fn handed_off(&mut self, passed_at: Option<Instant>) {
        let zone = &self.program.calendar.zone;
        let mut more = Vec::new();
        more.extend(passed_at.map(|at| {
            format!("The customer did not deny. The time to do so ended on {}.", words::moment(at, zone))
        }));
        let sent = self.claim.assessment.as_ref();
        let what = match sent.map(|sent| sent.state) {
            Some(AssessmentState::Recalled) => "The claim was taken back from incentive assessment",
            Some(_) => "The claim is with incentive assessment",
            None => "The claim is on its way to incentive assessment",
        };
        if let Some(at) = sent.and_then(|sent| sent.sent_at) {
            more.push(format!("Sent on {}.", words::moment(at, zone)));
        }
        self.add(what, None, more);
    }

    fn rejected(&mut self) {
        if self.claim.can_be_disputed() {
            let more = vec![
                "Once: with a justification, updated proof, or both.".to_owned(),
                "Without a dispute the claim is closed then.".to_owned(),
            ];
            self.add("You can dispute the rejection", Some(ClockName::DisputeWindow), more);
            let within =
                format!("Within {} of the day of the dispute.", self.period(ClockName::DisputeAnswer));
            let who = match self.program.dispute_needs_another_reviewer {
                true => "Another reviewer answers",
                false => "A reviewer answers",
            };
            self.add(who, None, vec![within]);
            return;
        }
        let mut more = vec!["For another review, begin a new claim with updated proof.".to_owned()];
        more.extend(self.kept());
        self.add("The claim is closed", None, more);
    }

    fn discarded(&mut self) {
        let until =
            self.claim.readable_until.map(|until| format!("It can be read until {}.", self.by(until)));
        self.add("The claim was discarded", None, until.into_iter().collect());
    }

    /// For how long a closed claim keeps what it has (D22).
    fn kept(&self) -> Option<String> {
        if let Some(at) = self.claim.erased_at {
            let day = words::day(self.program.calendar.day_of(at));
            return Some(format!("Its documents and contacts were erased on {day}."));
        }
        let until = self.claim.keeps_until()?;
        Some(format!("Its documents and contacts are kept until {}.", self.by(until)))
    }
}
