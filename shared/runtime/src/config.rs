//! Configuration: read once, from name and value pairs. Each error names its variable (D3).

use std::collections::HashMap;
use std::fmt::Display;
use std::str::FromStr;

use claim_domain::bound::DailyLimits;
use claim_domain::calendar::Calendar;
use claim_domain::clock::{ClockName, Length};
use claim_domain::language::Language;
use claim_domain::program::{Periods, Program, Retention};

/// A variable that is missing or malformed: the function does not start.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum ConfigError {
    /// It is not set.
    #[error("{0} is not set")]
    Missing(&'static str),
    /// Its value cannot be used.
    #[error("{name}: {why}")]
    Malformed {
        /// The variable.
        name: &'static str,
        /// What is wrong, and what is allowed.
        why: String,
    },
}

/// The variables of a function.
#[derive(Debug, Clone, Default)]
pub struct Variables(HashMap<String, String>);

impl FromIterator<(String, String)> for Variables {
    fn from_iter<T: IntoIterator<Item = (String, String)>>(pairs: T) -> Self {
        Self(pairs.into_iter().collect())
    }
}

impl Variables {
    /// The variables of this process.
    pub fn from_env() -> Self {
        std::env::vars().collect()
    }

    /// A variable, unless it is missing or empty.
    pub fn optional(&self, name: &'static str) -> Option<&str> {
        self.0.get(name).map(String::as_str).filter(|value| !value.is_empty())
    }

    /// A variable that must be there.
    ///
    /// # Errors
    /// When it is missing or empty.
    pub fn required(&self, name: &'static str) -> Result<&str, ConfigError> {
        self.optional(name).ok_or(ConfigError::Missing(name))
    }

    /// A variable as it is set, even to nothing; the default if it is not set.
    pub fn or<'a>(&'a self, name: &'static str, default: &'a str) -> &'a str {
        self.0.get(name).map_or(default, String::as_str)
    }

    /// A variable with a text form, or its default.
    ///
    /// # Errors
    /// When it cannot be read.
    pub fn parsed<T>(&self, name: &'static str, default: &str) -> Result<T, ConfigError>
    where
        T: FromStr,
        T::Err: Display,
    {
        let text = self.optional(name).unwrap_or(default);
        text.parse().map_err(|error: T::Err| ConfigError::Malformed { name, why: error.to_string() })
    }
}

/// The program's rules, from `PROGRAM_*` and `PERIOD_*`; unset ones have the default that the rules state (D3).
///
/// # Errors
/// The first variable that is malformed.
pub fn program(variables: &Variables) -> Result<Program, ConfigError> {
    let name = variables.optional("PROGRAM_CALENDAR").unwrap_or("default");
    let zone = variables.optional("PROGRAM_TIME_ZONE").unwrap_or("Etc/UTC");
    let working_days = variables.optional("PROGRAM_WORKING_DAYS").unwrap_or("MON,TUE,WED,THU,FRI");
    let holidays = variables.optional("PROGRAM_HOLIDAYS").unwrap_or_default();
    let extra_working_days = variables.optional("PROGRAM_EXTRA_WORKING_DAYS").unwrap_or_default();
    let calendar = Calendar::parse(name, zone, working_days, holidays)
        .and_then(|calendar| calendar.with_extra_working_days(extra_working_days))
        .map_err(|error| {
            use claim_domain::calendar::CalendarError as Fault;
            let name = match &error {
                Fault::Zone(_) => "PROGRAM_TIME_ZONE",
                Fault::WorkingDay(_) | Fault::NoWorkingDay => "PROGRAM_WORKING_DAYS",
                Fault::Holiday(_) | Fault::Period(_) => "PROGRAM_HOLIDAYS",
                Fault::ExtraWorkingDay(_) | Fault::WorkedHoliday(_) => "PROGRAM_EXTRA_WORKING_DAYS",
            };
            ConfigError::Malformed { name, why: error.to_string() }
        })?;
    let mut periods = Periods::default();
    for clock in ClockName::ALL {
        if let Length::Own(variable, default) | Length::BeforeEnd(variable, default) = clock.length() {
            periods = periods.with(clock, variables.parsed(variable, &default.to_string())?);
        }
    }
    Ok(Program {
        calendar,
        periods,
        dispute_needs_another_reviewer: variables.parsed("DISPUTE_NEEDS_ANOTHER_REVIEWER", "true")?,
        retention: match variables.optional("RETENTION_MONTHS") {
            Some(_) => variables.parsed("RETENTION_MONTHS", "24")?,
            None => Retention::default(),
        },
        daily: DailyLimits {
            claims: variables.parsed("DAILY_CLAIMS", &DailyLimits::default().claims.to_string())?,
            uploads: variables.parsed("DAILY_UPLOADS", &DailyLimits::default().uploads.to_string())?,
        },
        language: variables.parsed("PROGRAM_LANGUAGE", Language::default().as_str())?,
        guide_url: variables.optional("PROGRAM_GUIDE_URL").unwrap_or_default().to_owned(),
        changes_feed: variables.parsed("PROGRAM_CHANGES_FEED", "true")?,
    })
}

#[cfg(test)]
mod tests {
    use claim_domain::calendar::{Instant, Period};

    use super::*;

    fn variables(pairs: &[(&str, &str)]) -> Variables {
        pairs.iter().map(|(name, value)| ((*name).to_owned(), (*value).to_owned())).collect()
    }

    #[test]
    fn what_is_not_set_has_the_default_of_the_rules() {
        claim_domain::proves!(D3);
        let program = program(&variables(&[])).unwrap();
        assert_eq!(program.calendar.zone.name(), "Etc/UTC");
        assert!(program.dispute_needs_another_reviewer);
        for (clock, rule, period) in [
            (ClockName::ReviewStart, "R7", Period::BusinessDays(5)),
            (ClockName::ReviewDecision, "R8", Period::BusinessDays(5)),
            (ClockName::Overall, "R12", Period::BusinessDays(10)),
            (ClockName::PartnerAnswer, "R9", Period::BusinessDays(5)),
            (ClockName::Consent, "R13", Period::Days(7)),
            (ClockName::NoticeCorrection, "D16", Period::BusinessDays(5)),
            (ClockName::DisputeWindow, "R20", Period::Days(30)),
            (ClockName::DisputeAnswer, "R23", Period::BusinessDays(5)),
            (ClockName::RenewalReminder, "D27", Period::Days(30)),
            (ClockName::Escalation, "D5", Period::BusinessDays(2)),
        ] {
            assert_eq!(program.periods.of(clock), period, "{rule} says how long {} runs", clock.as_str());
        }
        let [closed, until]: [Instant; 2] =
            ["2026-03-05T12:00:00Z", "2028-03-06T00:00:00Z"].map(|text| text.parse().unwrap());
        assert_eq!(program.keeps_until(closed), until, "D22: 24 months, to the end of the day");
        let daily = (program.daily.claims, program.daily.uploads);
        assert_eq!(daily, (1_000, 3_000), "D19: claims and uploads of an organisation in a day");
        assert!(program.changes_feed, "D23: changes are numbered");
    }

    #[test]
    fn every_period_is_configuration() {
        claim_domain::proves!(D3);
        let program = program(&variables(&[("PERIOD_CONSENT", "3m"), ("PERIOD_OVERALL", "12bd")])).unwrap();
        assert_eq!(program.periods.of(ClockName::Consent), Period::Minutes(3));
        assert_eq!(program.periods.of(ClockName::Overall), Period::BusinessDays(12));
    }

    #[test]
    fn a_malformed_variable_is_named() {
        claim_domain::proves!(D3);
        for (name, value) in [
            ("PROGRAM_TIME_ZONE", "Mars/Olympus"),
            ("PROGRAM_WORKING_DAYS", "MON,FUNDAY"),
            ("PROGRAM_HOLIDAYS", "2026-02-30"),
            ("PROGRAM_EXTRA_WORKING_DAYS", "10 January 2026"),
            ("PERIOD_CONSENT", "7 days"),
            ("PERIOD_REVIEW_START", "0bd"),
            ("DISPUTE_NEEDS_ANOTHER_REVIEWER", "yes"),
            ("PROGRAM_CHANGES_FEED", "on"),
            ("RETENTION_MONTHS", "0"),
            ("DAILY_CLAIMS", "-1"),
            ("DAILY_UPLOADS", "many"),
        ] {
            let error = program(&variables(&[(name, value)])).unwrap_err();
            assert!(error.to_string().starts_with(name), "{name}: {error}");
        }
    }

    #[test]
    fn a_day_that_is_a_holiday_and_worked_stops_the_start_by_name() {
        claim_domain::proves!(D3);
        let both =
            [("PROGRAM_HOLIDAYS", "2026-01-02"), ("PROGRAM_EXTRA_WORKING_DAYS", "2026-01-10, 2026-01-02")];
        let error = program(&variables(&both)).unwrap_err().to_string();
        assert!(error.starts_with("PROGRAM_EXTRA_WORKING_DAYS") && error.contains("2026-01-02"), "{error}");
    }
}
