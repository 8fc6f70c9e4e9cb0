//! Who and what there is in the world of a seed: partners and their people, reviewers, customers whose products are
//! contested, and the program's calendar.

use chrono::{Days, NaiveDate, TimeZone};
use chrono_tz::Tz;
use fastrand::Rng;

use crate::engine::Millis;

/// The zones that programs keep their time in; some have midnights that do not exist.
const ZONES: [&str; 6] =
    ["Etc/UTC", "Europe/Berlin", "America/New_York", "Asia/Kolkata", "Africa/Cairo", "Pacific/Auckland"];

/// The weeks that programs work in.
const WEEKS: [(&str, [bool; 7]); 3] = [
    ("MON,TUE,WED,THU,FRI", [true, true, true, true, true, false, false]),
    ("SUN,MON,TUE,WED,THU", [true, true, true, true, false, false, true]),
    ("MON,TUE,WED,THU,FRI,SAT", [true, true, true, true, true, true, false]),
];

/// The partner organisations.
pub(crate) const ORGANISATIONS: [&str; 3] = ["contoso", "fabrikam", "northwind"];
/// Their MPN ids, two each.
pub(crate) const MPN_IDS: [[&str; 2]; 3] =
    [["1000001", "1000002"], ["2000001", "2000002"], ["3000001", "3000002"]];
/// The customers' directories.
pub(crate) const TENANTS: [&str; 2] =
    ["3b9f6f3e-6d5c-4b1a-9c77-2d4f1e8a0b11", "9c1d2e3f-4a5b-4c6d-8e7f-0a1b2c3d4e5f"];
/// The workloads that are claimed, few, so that they are contested.
pub(crate) const WORKLOADS: [&str; 3] = ["Teams", "Exchange", "Intune"];
/// The products with a subscription that are claimed.
pub(crate) const SUBSCRIPTIONS: [(&str, &str); 3] = [
    ("Sales", "11111111-1111-4111-8111-111111111111"),
    ("Finance", "22222222-2222-4222-8222-222222222222"),
    ("Power BI", "33333333-3333-4333-8333-333333333333"),
];
/// How many reviewers there are, besides the lead.
pub(crate) const REVIEWERS: usize = 3;

/// Who and what there is.
#[derive(Debug, Clone)]
pub(crate) struct Cast {
    /// When it all begins.
    pub(crate) begins: Millis,
    /// The program's time zone.
    pub(crate) zone: Tz,
    /// Its working days, from Monday on.
    pub(crate) week: [bool; 7],
    /// Its holidays.
    pub(crate) holidays: Vec<NaiveDate>,
    /// The same as variables of the functions.
    pub(crate) program: Vec<(&'static str, String)>,
    /// How many organisations claim.
    pub(crate) organisations: usize,
    /// How many customers are claimed.
    pub(crate) tenants: usize,
    /// How many claims there are at most.
    pub(crate) claims: usize,
    /// How many steps people take.
    pub(crate) steps: u32,
    /// How hasty they are: how many steps in a hundred follow at once.
    pub(crate) haste: u32,
}

impl Cast {
    /// The cast of a world.
    pub(crate) fn of(world: &mut Rng) -> Self {
        let zone = if world.u32(0..3) == 0 { ZONES[world.usize(0..ZONES.len())] } else { ZONES[0] };
        let (week, working) = WEEKS[[0, 0, 0, 1, 2][world.usize(0..5)]];
        let first = NaiveDate::from_ymd_opt(2026, 1, 1).unwrap_or_default();
        let begins = first + Days::new(world.u64(0..730));
        let (hour, minute) = (world.u32(0..24), world.u32(0..60));
        let begins_at = begins.and_hms_opt(hour, minute, world.u32(0..60)).unwrap_or_default();
        let count = if world.bool() { world.u64(0..6) } else { 0 };
        let mut holidays: Vec<_> = (0..count).map(|_| begins + Days::new(world.u64(0..80))).collect();
        holidays.sort_unstable();
        holidays.dedup();
        let listed: Vec<_> = holidays.iter().map(NaiveDate::to_string).collect();
        Self {
            begins: begins_at.and_utc().timestamp_millis(),
            zone: zone.parse().unwrap_or(Tz::UTC),
            week: working,
            holidays,
            program: vec![
                ("PROGRAM_TIME_ZONE", zone.to_owned()),
                ("PROGRAM_WORKING_DAYS", week.to_owned()),
                ("PROGRAM_HOLIDAYS", listed.join(",")),
            ],
            organisations: world.usize(1..=ORGANISATIONS.len()),
            tenants: [1, 1, 2][world.usize(0..3)],
            claims: world.usize(1..=5),
            // Most lives are short: what is found by many of them is found by a short one.
            steps: if world.u32(0..5) == 0 { world.u32(40..75) } else { world.u32(10..36) },
            haste: [15, 35, 60][world.usize(0..3)],
        }
    }

    /// The local day of an instant.
    pub(crate) fn day_of(&self, at: Millis) -> NaiveDate {
        crate::state::instant(at).with_timezone(&self.zone).date_naive()
    }

    /// The first instant of a local day that exists, the earlier one if it occurs twice (D1).
    pub(crate) fn start_of(&self, day: NaiveDate) -> Millis {
        self.local(day, 0)
    }

    /// The instant of so many minutes past midnight on a local day; the first after the gap if the clocks skip it.
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
        self.week[day.weekday().num_days_from_monday() as usize] && !self.holidays.contains(&day)
    }
}
