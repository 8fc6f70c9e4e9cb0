//! The clocks of a claim, computed from its events and the rules (§8 of the rules, D1, D4 to D7, D16). The computation
//! is independent of the product's, and uses nothing that the events say about clocks.

use std::collections::{BTreeMap, BTreeSet};

use chrono::{Days, NaiveDate};
use claim_domain::claim::{ClaimedProduct, Product};
use claim_domain::clock::ClockName;
use claim_domain::event::{Change, Event, FieldChange};
use claim_domain::ids::EffectId;
use claim_domain::reason::RejectCode;

use crate::engine::Millis;
use crate::setup::Calendar;

#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct Armed {
    /// The version of the event that armed or resumed it.
    pub(crate) generation: u64,
    /// When it is due.
    pub(crate) due: Millis,
    pub(crate) paused: bool,
    pub(crate) breached: bool,
    /// When it was armed or resumed.
    since: Millis,
    /// How many business days it used before it was paused.
    used: u32,
}

impl Armed {
    /// Whether it is running: neither paused nor breached.
    pub(crate) fn is_ticking(&self) -> bool {
        !self.paused && !self.breached
    }
}

/// The state of the consent to the newest approval.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
enum Consent {
    #[default]
    None,
    Awaiting,
    Open,
    Suspended,
}

/// The clocks of a claim, and what is needed to compute them.
#[derive(Debug, Clone, Default)]
pub(crate) struct Clocks {
    armed: BTreeMap<ClockName, Armed>,
    disputed: bool,
    in_dispute: bool,
    approval: u64,
    notice: Option<EffectId>,
    /// The notices of the newest approval that the email service accepted.
    accepted: BTreeSet<EffectId>,
    /// Those of which it was heard that they never arrived.
    failed: BTreeSet<EffectId>,
    consent: Consent,
    /// The ends of subscriptions that the claim's products have, by the text of the product.
    ends: Vec<(Product, NaiveDate)>,
}

/// How many business days a clock runs, or `None` if it runs calendar days.
fn business_days(clock: ClockName) -> Option<u32> {
    match clock {
        ClockName::Overall => Some(10),
        ClockName::Escalation => Some(2),
        ClockName::Consent | ClockName::DisputeWindow => None,
        _ => Some(5),
    }
}

impl Clocks {
    pub(crate) fn armed(&self) -> impl Iterator<Item = (ClockName, &Armed)> {
        self.armed.iter().map(|(name, armed)| (*name, armed))
    }

    pub(crate) fn get(&self, clock: ClockName) -> Option<&Armed> {
        self.armed.get(&clock)
    }

    /// The due instants of the running clocks.
    pub(crate) fn running(&self) -> impl Iterator<Item = Millis> {
        self.armed.values().filter(|armed| armed.is_ticking()).map(|armed| armed.due)
    }

    /// Whether a clock is running, and was armed or resumed by the event of `generation`.
    pub(crate) fn is_armed(&self, clock: ClockName, generation: u64) -> bool {
        self.armed.get(&clock).is_some_and(|armed| armed.generation == generation && armed.is_ticking())
    }

    /// Whether a dispute is open.
    pub(crate) fn in_dispute(&self) -> bool {
        self.in_dispute
    }

    /// Whether the claim was ever disputed.
    pub(crate) fn was_disputed(&self) -> bool {
        self.disputed
    }

    pub(crate) fn apply(&mut self, calendar: &Calendar, event: &Event) {
        use ClockName::{
            Consent as ConsentClock, DisputeAnswer, DisputeWindow, Escalation, NoticeCorrection, Overall,
            PartnerAnswer, PartnerReminder, RenewalReminder, ReviewDecision, ReviewStart,
        };
        match &event.change {
            Change::Submitted { again, .. } => {
                self.end(&[PartnerReminder, PartnerAnswer]);
                match (self.in_dispute, again) {
                    (true, _) => self.resume(calendar, DisputeAnswer, event),
                    (false, true) => {
                        self.arm(calendar, ReviewStart, event);
                        self.resume(calendar, Overall, event);
                    }
                    (false, false) => {
                        self.arm(calendar, ReviewStart, event);
                        self.arm(calendar, Overall, event);
                    }
                }
                self.escalate(calendar, event);
            }
            Change::ReviewStarted => {
                self.end(&[ReviewStart, Escalation]);
                self.arm(calendar, ReviewDecision, event);
            }
            Change::ActionRequested { .. } => {
                self.end(&[ReviewDecision, Escalation]);
                self.pause(calendar, Overall, event);
                self.pause(calendar, DisputeAnswer, event);
                self.arm(calendar, PartnerAnswer, event);
                self.remind(calendar, event);
            }
            Change::Approved { .. } => {
                self.armed.clear();
                self.in_dispute = false;
                self.approval = event.version;
                self.notice = Some(EffectId::new(&event.claim, event.version, 0));
                self.accepted.clear();
                self.failed.clear();
                self.consent = Consent::Awaiting;
                self.remind_of_end(calendar, event, false);
            }
            Change::Created { details, .. } => self.know_ends(&details.products),
            Change::Edited { fields, .. } => {
                for field in fields {
                    if let FieldChange::Products(products) = field {
                        self.know_ends(&products.new);
                    }
                }
            }
            Change::ProductsRemoved { products, .. } => {
                self.ends.retain(|(product, _)| !products.contains(product));
            }
            Change::Rejected { rejection, .. } | Change::AssociationEnded { rejection, .. } => {
                self.armed.clear();
                self.in_dispute = false;
                self.consent = Consent::None;
                if rejection.reason != RejectCode::PartnerRequest && !self.disputed {
                    self.arm(calendar, DisputeWindow, event);
                }
            }
            Change::Disputed { .. } => {
                self.armed.clear();
                (self.disputed, self.in_dispute) = (true, true);
                self.arm(calendar, DisputeAnswer, event);
            }
            Change::CustomerNotified { approval, notice, .. } if self.approval == *approval => {
                self.accepted.insert(notice.clone());
                let waits = matches!(self.consent, Consent::Awaiting | Consent::Suspended);
                if waits && !self.failed.contains(notice) {
                    self.consent = Consent::Open;
                    self.end(&[NoticeCorrection]);
                    self.arm(calendar, ConsentClock, event);
                }
            }
            Change::NoticeFailed { approval, notice, parked, .. } if self.approval == *approval => {
                if !parked {
                    self.failed.insert(notice.clone());
                }
                let none_arrived = match self.consent {
                    Consent::Awaiting => self.notice.as_ref() == Some(notice),
                    Consent::Open => self.accepted.is_subset(&self.failed),
                    Consent::None | Consent::Suspended => false,
                };
                if none_arrived {
                    self.consent = Consent::Suspended;
                    self.end(&[ConsentClock]);
                    self.arm(calendar, NoticeCorrection, event);
                }
            }
            Change::NoticeResent { .. } => {
                self.notice = Some(EffectId::new(&event.claim, event.version, 0));
                if self.consent == Consent::Suspended {
                    self.consent = Consent::Awaiting;
                }
            }
            Change::ConsentPassed { .. } => {
                self.consent = Consent::None;
                self.end(&[ConsentClock]);
            }
            Change::DisputeWindowClosed { .. } => self.end(&[DisputeWindow]),
            Change::Escalated { .. } => self.arm(calendar, Escalation, event),
            Change::Reminded { clock: RenewalReminder, .. } => {
                self.end(&[RenewalReminder]);
                self.remind_of_end(calendar, event, true);
            }
            Change::Reminded { .. } => self.end(&[PartnerReminder]),
            Change::Breached { clock, .. } => {
                if let Some(armed) = self.armed.get_mut(clock) {
                    armed.breached = true;
                }
                self.escalate(calendar, event);
            }
            _ => {}
        }
    }

    /// D5: what reviewers are late with is escalated from now on, unless it is already.
    fn escalate(&mut self, calendar: &Calendar, event: &Event) {
        let is_late = self.armed.values().any(|armed| armed.breached);
        if is_late && !self.armed.contains_key(&ClockName::Escalation) {
            self.arm(calendar, ClockName::Escalation, event);
        }
    }

    fn end(&mut self, clocks: &[ClockName]) {
        for clock in clocks {
            self.armed.remove(clock);
        }
    }

    fn arm(&mut self, calendar: &Calendar, clock: ClockName, event: &Event) {
        let at = event.at.timestamp_millis();
        let day = calendar.day_of(at);
        let last = match (business_days(clock), clock) {
            (Some(count), _) => business_day_after(calendar, day, count),
            (None, ClockName::Consent) => day + Days::new(7),
            (None, _) => day + Days::new(30),
        };
        self.set(clock, event, calendar.start_of(last + Days::new(1)), 0);
    }

    fn set(&mut self, clock: ClockName, event: &Event, due: Millis, used: u32) {
        let (generation, since) = (event.version, event.at.timestamp_millis());
        let armed = Armed { generation, due, paused: false, breached: false, since, used };
        self.armed.insert(clock, armed);
    }

    /// D4: a business day counts as used if the clock was running when the day began.
    fn pause(&mut self, calendar: &Calendar, clock: ClockName, event: &Event) {
        let Some(armed) = self.armed.get_mut(&clock).filter(|armed| armed.is_ticking()) else { return };
        let at = event.at.timestamp_millis();
        let mut day = calendar.day_of(armed.since) + Days::new(1);
        while calendar.start_of(day) <= at {
            armed.used += u32::from(calendar.is_business_day(day));
            day = day + Days::new(1);
        }
        armed.paused = true;
    }

    /// D4: the remaining business days are counted from the day of resumption, and there is at least one.
    fn resume(&mut self, calendar: &Calendar, clock: ClockName, event: &Event) {
        let Some(armed) = self.armed.get(&clock).filter(|armed| armed.paused) else { return };
        let (used, day) = (armed.used, calendar.day_of(event.at.timestamp_millis()));
        let left = business_days(clock).unwrap_or(0).saturating_sub(used).max(1);
        let last = business_day_after(calendar, day, left);
        self.set(clock, event, calendar.start_of(last + Days::new(1)), used);
    }

    /// §8: the reminder is due at 09:00 on the business day before the last day for the answer, unless that is in the
    /// past.
    fn remind(&mut self, calendar: &Calendar, event: &Event) {
        let at = event.at.timestamp_millis();
        let last = business_day_after(calendar, calendar.day_of(at), 5);
        let mut day = last - Days::new(1);
        while !calendar.is_business_day(day) {
            day = day - Days::new(1);
        }
        let remind = calendar.local(day, 9 * 60);
        if remind > at {
            self.set(ClockName::PartnerReminder, event, remind, 0);
        }
    }

    fn know_ends(&mut self, products: &[ClaimedProduct]) {
        let ends = products.iter().filter_map(|product| Some((product.named.clone(), product.ends_on?)));
        self.ends = ends.collect();
    }

    /// D27: the partner is reminded at 09:00, 30 days before a subscription ends. After the approval of a claim whose
    /// subscription ends sooner, it is on the next day.
    fn remind_of_end(&mut self, calendar: &Calendar, event: &Event, was_reminded: bool) {
        let at = event.at.timestamp_millis();
        let tomorrow = calendar.day_of(at) + Days::new(1);
        let remind = |day: NaiveDate| match calendar.local(day - Days::new(30), 9 * 60) {
            remind if remind > at => Some(remind),
            _ if was_reminded => None,
            _ => Some(calendar.local(tomorrow, 9 * 60)),
        };
        let ahead = self.ends.iter().map(|(_, day)| *day).filter(|day| *day >= tomorrow);
        if let Some(remind) = ahead.filter_map(remind).min() {
            self.set(ClockName::RenewalReminder, event, remind, 0);
        }
    }
}

fn business_day_after(calendar: &Calendar, mut day: NaiveDate, count: u32) -> NaiveDate {
    let mut left = count;
    while left > 0 {
        day = day + Days::new(1);
        left -= u32::from(calendar.is_business_day(day));
    }
    day
}
