//! Time zones (D1, D2) for chrono's instants and days.
//!
//! The IANA database is jiff's: a new version comes with every change that a government makes, and it is plain bytes.
//! That of chrono-tz is compiled into tens of thousands of pointers, which the dynamic loader has to set at each start.

use std::fmt;
use std::str::FromStr;

use chrono::{
    Datelike, FixedOffset, MappedLocalTime, NaiveDate, NaiveDateTime, NaiveTime, Offset, TimeZone, Timelike,
};
use jiff::Timestamp;
use jiff::civil;
use jiff::tz::{self, AmbiguousOffset, TimeZoneDatabase};

use crate::calendar::CalendarError;

/// A time zone, by its IANA name.
#[derive(Clone, PartialEq, Eq)]
pub struct Zone(tz::TimeZone);

/// How far a zone is from UTC at some instant.
#[derive(Clone)]
pub struct ZoneOffset {
    zone: Zone,
    fixed: FixedOffset,
}

impl Zone {
    /// The IANA name, such as `Europe/Warsaw`.
    pub fn name(&self) -> &str {
        self.0.iana_name().unwrap_or("UTC")
    }

    fn offset(&self, offset: tz::Offset) -> ZoneOffset {
        let fixed = FixedOffset::east_opt(offset.seconds()).unwrap_or_else(|| chrono::Utc.fix());
        ZoneOffset { zone: self.clone(), fixed }
    }
}

impl FromStr for Zone {
    type Err = CalendarError;

    fn from_str(name: &str) -> Result<Self, CalendarError> {
        let zone = TimeZoneDatabase::bundled().get(name);
        zone.map(Self).map_err(|_| CalendarError::Zone(name.to_owned()))
    }
}

impl TimeZone for Zone {
    type Offset = ZoneOffset;

    fn from_offset(offset: &ZoneOffset) -> Self {
        offset.zone.clone()
    }

    fn offset_from_local_date(&self, local: &NaiveDate) -> MappedLocalTime<ZoneOffset> {
        self.offset_from_local_datetime(&local.and_time(NaiveTime::MIN))
    }

    /// The offsets at which clocks show `local`: none where they skip it, two where they show it twice. Years beyond
    /// 9999, which jiff does not count, have none.
    fn offset_from_local_datetime(&self, local: &NaiveDateTime) -> MappedLocalTime<ZoneOffset> {
        let Some(wall) = civil_of(local) else { return MappedLocalTime::None };
        match self.0.to_ambiguous_timestamp(wall).offset() {
            AmbiguousOffset::Unambiguous { offset } => MappedLocalTime::Single(self.offset(offset)),
            AmbiguousOffset::Fold { before, after } => {
                MappedLocalTime::Ambiguous(self.offset(before), self.offset(after))
            }
            AmbiguousOffset::Gap { .. } => MappedLocalTime::None,
        }
    }

    fn offset_from_utc_date(&self, utc: &NaiveDate) -> ZoneOffset {
        self.offset_from_utc_datetime(&utc.and_time(NaiveTime::MIN))
    }

    /// The offset at an instant; that of UTC in years beyond 9999, which jiff does not count.
    fn offset_from_utc_datetime(&self, utc: &NaiveDateTime) -> ZoneOffset {
        let at = Timestamp::from_second(utc.and_utc().timestamp());
        self.offset(at.map_or(tz::Offset::UTC, |at| self.0.to_offset(at)))
    }
}

impl Offset for ZoneOffset {
    fn fix(&self) -> FixedOffset {
        self.fixed
    }
}

impl fmt::Debug for Zone {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.name())
    }
}

impl fmt::Debug for ZoneOffset {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        fmt::Debug::fmt(&self.fixed, f)
    }
}

impl fmt::Display for ZoneOffset {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        fmt::Display::fmt(&self.fixed, f)
    }
}

fn civil_of(local: &NaiveDateTime) -> Option<civil::DateTime> {
    let small = |number: u32| i8::try_from(number).ok();
    civil::DateTime::new(
        i16::try_from(local.year()).ok()?,
        small(local.month())?,
        small(local.day())?,
        small(local.hour())?,
        small(local.minute())?,
        small(local.second())?,
        0,
    )
    .ok()
}

#[cfg(test)]
mod tests {
    use chrono::{DateTime, Utc};
    use proptest::prelude::*;

    use super::*;

    proptest! {
        #![proptest_config(ProptestConfig::with_cases(4096))]

        #[test]
        fn every_zone_shows_the_same_as_chrono_tz_has_it(
            zone in prop::sample::select(chrono_tz::TZ_VARIANTS.as_slice()),
            // From 2000 to 2024: about later years, whichever of the two was released last knows better.
            seconds in 946_684_800_i64..1_735_689_600,
        ) {
            crate::proves!(D1);
            let ours: Zone = zone.name().parse().unwrap();
            let at = DateTime::<Utc>::from_timestamp(seconds, 0).unwrap();
            prop_assert_eq!(at.with_timezone(&ours).naive_local(), at.with_timezone(&zone).naive_local());
            let wall = at.naive_utc();
            let known = |found: MappedLocalTime<FixedOffset>| (found.earliest(), found.latest());
            prop_assert_eq!(
                known(ours.offset_from_local_datetime(&wall).map(|offset| offset.fix())),
                known(zone.offset_from_local_datetime(&wall).map(|offset| offset.fix())),
            );
        }
    }

    #[test]
    fn a_rule_that_changed_in_2026_is_known() {
        crate::proves!(D1);
        // By the IANA database 2026f, Cuba keeps its summer time through that winter; 2025b did not know.
        let havana: Zone = "America/Havana".parse().unwrap();
        let at: DateTime<Utc> = "2026-12-20T12:00:00Z".parse().unwrap();
        assert_eq!(at.with_timezone(&havana).to_rfc3339(), "2026-12-20T08:00:00-04:00");
    }

    #[test]
    fn midnights_that_do_not_exist_and_hours_that_come_twice_are_known() {
        crate::proves!(D1);
        let local = |zone: &str, wall: &str| {
            zone.parse::<Zone>().unwrap().offset_from_local_datetime(&wall.parse().unwrap())
        };
        assert!(local("Africa/Cairo", "2026-04-24T00:00:00").single().is_none());
        assert!(matches!(
            local("Europe/Warsaw", "2026-10-25T02:30:00"),
            MappedLocalTime::Ambiguous(before, after)
                if before.to_string() == "+02:00" && after.to_string() == "+01:00"
        ));
        assert_eq!("europe/warsaw".parse::<Zone>().unwrap().name(), "Europe/Warsaw");
    }
}
