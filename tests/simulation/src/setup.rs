//! The setup that a seed decides before its simulation begins: partner organisations and their people, reviewers,
//! customers whose products several partners claim, and the program's calendar.

use chrono::{Days, NaiveDate, TimeZone};
use chrono_tz::Tz;
use fastrand::Rng;

use crate::engine::Millis;

/// The time zones of programs. In some of them there are days without a midnight.
const ZONES: [&str; 6] =
    ["Etc/UTC", "Europe/Berlin", "America/New_York", "Asia/Kolkata", "Africa/Cairo", "Pacific/Auckland"];

/// The working days of programs, as the functions are configured with them and as flags from Monday on.
const WEEKS: [(&str, [bool; 7]); 3] = [
    ("MON,TUE,WED,THU,FRI", [true, true, true, true, true, false, false]),
    ("SUN,MON,TUE,WED,THU", [true, true, true, true, false, false, true]),
    ("MON,TUE,WED,THU,FRI,SAT", [true, true, true, true, true, true, false]),
];

pub(crate) const ORGANISATIONS: [&str; 3] = ["contoso", "fabrikam", "northwind"];
/// What people call the partner organisations (D21).
pub(crate) const PARTNER_NAMES: [&str; 3] = ["Contoso Consulting", "Fabrikam & Sons", "Northwind Traders"];
/// The MPN ids of the partner organisations, two each.
pub(crate) const MPN_IDS: [[&str; 2]; 3] =
    [["1000001", "1000002"], ["2000001", "2000002"], ["3000001", "3000002"]];
/// The tenant ids of the customers.
pub(crate) const TENANTS: [&str; 2] =
    ["3b9f6f3e-6d5c-4b1a-9c77-2d4f1e8a0b11", "9c1d2e3f-4a5b-4c6d-8e7f-0a1b2c3d4e5f"];
/// The workloads that are claimed: only a few, so that several claims want the same one.
pub(crate) const WORKLOADS: [&str; 3] = ["Teams", "Exchange", "Intune"];
/// The products that are claimed by their subscription.
pub(crate) const SUBSCRIPTIONS: [(&str, &str); 3] = [
    ("Sales", "11111111-1111-4111-8111-111111111111"),
    ("Finance", "22222222-2222-4222-8222-222222222222"),
    ("Power BI", "33333333-3333-4333-8333-333333333333"),
];
/// How many reviewers there are besides the lead.
pub(crate) const REVIEWERS: usize = 3;

#[derive(Debug, Clone)]
pub(crate) struct Setup {
    /// When the simulation begins.
    pub(crate) begins: Millis,
    pub(crate) calendar: Calendar,
    /// The calendar, as variables of the functions.
    pub(crate) program: Vec<(&'static str, String)>,
    /// How many partner organisations have claims.
    pub(crate) organisations: usize,
    /// How many customers the claims are about.
    pub(crate) tenants: usize,
    /// How many claims there are at most.
    pub(crate) claims: usize,
    /// How many steps people take.
    pub(crate) steps: u32,
    /// How many steps in a hundred follow the previous one immediately.
    pub(crate) immediate_steps: u32,
    /// Whether it is about a claim that contests what several others hold (D26): each organisation wants a workload of its
    /// own, and the last one all of them. Approvals are left alone until then.
    pub(crate) is_crowded: bool,
    /// Whether organisations have their changes sent to webhooks.
    pub(crate) has_webhooks: bool,
}

#[derive(Debug, Clone)]
pub(crate) struct Calendar {
    zone: Tz,
    /// The working days, from Monday on.
    working_days: [bool; 7],
    holidays: Vec<NaiveDate>,
    /// Days that are worked though the week says otherwise.
    extra_working_days: Vec<NaiveDate>,
}

impl Setup {
    pub(crate) fn draw(random: &mut Rng) -> Self {
        let zone = if random.u32(0..3) == 0 { ZONES[random.usize(0..ZONES.len())] } else { ZONES[0] };
        let (week, working_days) = WEEKS[[0, 0, 0, 1, 2][random.usize(0..5)]];
        let first = NaiveDate::from_ymd_opt(2026, 1, 1).unwrap_or_default();
        let begins = first + Days::new(random.u64(0..730));
        let (hour, minute) = (random.u32(0..24), random.u32(0..60));
        let begins_at = begins.and_hms_opt(hour, minute, random.u32(0..60)).unwrap_or_default();
        let count = if random.bool() { random.u64(0..6) } else { 0 };
        let mut holidays: Vec<_> = (0..count).map(|_| begins + Days::new(random.u64(0..80))).collect();
        holidays.sort_unstable();
        holidays.dedup();
        let mut extra_working_days: Vec<_> =
            (0..count / 2).map(|_| begins + Days::new(random.u64(0..80))).collect();
        extra_working_days.retain(|day| !holidays.contains(day));
        let listed = |days: &[NaiveDate]| days.iter().map(NaiveDate::to_string).collect::<Vec<_>>().join(",");
        let program = vec![
            ("PROGRAM_TIME_ZONE", zone.to_owned()),
            ("PROGRAM_WORKING_DAYS", week.to_owned()),
            ("PROGRAM_HOLIDAYS", listed(&holidays)),
            ("PROGRAM_EXTRA_WORKING_DAYS", listed(&extra_working_days)),
        ];
        let zone = zone.parse().unwrap_or(Tz::UTC);
        let setup = Self {
            begins: begins_at.and_utc().timestamp_millis(),
            calendar: Calendar { zone, working_days, holidays, extra_working_days },
            program,
            organisations: random.usize(1..=ORGANISATIONS.len()),
            tenants: [1, 1, 2][random.usize(0..3)],
            claims: random.usize(1..=5),
            // Most lives are short, since a bug that shows in many lives shows in a short one as well.
            steps: if random.u32(0..5) == 0 { random.u32(40..75) } else { random.u32(10..36) },
            immediate_steps: [15, 35, 60][random.usize(0..3)],
            has_webhooks: random.u32(0..6) == 0,
            is_crowded: random.u32(0..20) == 0,
        };
        match setup.is_crowded {
            true => Self { organisations: ORGANISATIONS.len(), tenants: 1, claims: 5, steps: 75, ..setup },
            false => setup,
        }
    }
}

impl Calendar {
    /// The local day of an instant.
    pub(crate) fn day_of(&self, at: Millis) -> NaiveDate {
        crate::state::instant(at).with_timezone(&self.zone).date_naive()
    }

    /// The first instant of a local day (D1): the first one that exists, and the earlier one if it occurs twice.
    pub(crate) fn start_of(&self, day: NaiveDate) -> Millis {
        self.local(day, 0)
    }

    /// The instant that is so many minutes past midnight on a local day, or the first one after it if the clocks skip
    /// it.
    pub(crate) fn local(&self, day: NaiveDate, minutes: i64) -> Millis {
        let midnight = day.and_hms_opt(0, 0, 0).unwrap_or_default();
        let mut wall = midnight + chrono::TimeDelta::minutes(minutes);
        for _ in 0..=24 * 60 {
            if let Some(at) = self.zone.from_local_datetime(&wall).earliest() {
                return at.timestamp_millis();
            }
            wall += chrono::TimeDelta::minutes(1);
        }
        midnight.and_utc().timestamp_millis()
    }

    /// Whether a local day is a business day (D1).
    pub(crate) fn is_business_day(&self, day: NaiveDate) -> bool {
        use chrono::Datelike;
        let in_the_week = self.working_days[day.weekday().num_days_from_monday() as usize];
        self.extra_working_days.contains(&day) || (in_the_week && !self.holidays.contains(&day))
    }
}
