//! `cargo xtask calendar`: the calendar of a country, as parameters of the template.

use std::collections::{BTreeMap, BTreeSet};
use std::process::{Command, Stdio};
use std::str::FromStr;

use claim_domain::calendar::Calendar;
use clap::Args;
use local_stack::{install, tool};
use serde::Deserialize;

use crate::{Failure, Outcome, PROGRESS};

/// How many dates a parameter of the template takes.
const DATES: usize = 100;

/// Print the holidays and worked weekends of a country, as parameters for a deployment
#[derive(Args)]
#[command(after_help = "\
The two lines on standard output are for `sam deploy --parameter-overrides`; every day and its name go to standard
error, to be checked against the country's own gazette. Governments announce days of the coming year late: run it
again, and deploy again, when the alarm `holidays-end-soon` comes.

Examples:
  cargo xtask calendar Hungary 2026-2028
  cargo xtask calendar DE 2027 --part BY          a part of a country: Bavaria
  sam deploy … --parameter-overrides $(cargo xtask calendar Poland 2026-2028) ProgramTimeZone=Europe/Warsaw")]
pub(crate) struct Print {
    /// English name, or ISO 3166 code, of the country
    country: String,

    /// A year or a span of them, as in 2026-2028
    years: Years,

    /// ISO 3166-2 code of a part of the country whose holidays are its own, as in BY
    #[arg(long)]
    part: Option<String>,
}

/// The years from the first to the last.
#[derive(Clone, Copy)]
struct Years {
    first: u16,
    last: u16,
}

impl FromStr for Years {
    type Err = String;

    fn from_str(text: &str) -> Result<Self, String> {
        let year = |text: &str| text.parse().ok().filter(|year| (1970..=2100).contains(year));
        let (first, last) = text.split_once('-').unwrap_or((text, text));
        match (year(first), year(last)) {
            (Some(first), Some(last)) if first <= last => Ok(Self { first, last }),
            _ => Err("write a year from 1970 to 2100, or a span of them, as in 2026-2028".to_owned()),
        }
    }
}

/// What the library knows.
#[derive(Deserialize)]
#[serde(untagged)]
enum Answer {
    Known(Known),
    Unknown { error: String },
}

#[derive(Deserialize)]
struct Known {
    country: String,
    /// By date, the names.
    holidays: BTreeMap<String, String>,
    worked: BTreeSet<String>,
}

impl Print {
    pub(crate) fn run(self) -> Outcome {
        install(&PROGRESS)?;
        let Years { first, last } = self.years;
        let known = match self.ask()? {
            Answer::Known(known) => known,
            Answer::Unknown { error } => return Err(Failure(error)),
        };
        let parameters = parameters(&known, self.years).map_err(Failure)?;
        eprintln!("{}, {first} to {last}", known.country);
        for (day, name) in &known.holidays {
            eprintln!("  {day}  free    {name}");
        }
        for day in &known.worked {
            eprintln!("  {day}  worked");
        }
        let silent = years_without(&known.worked, self.years);
        if !known.worked.is_empty() && !silent.is_empty() {
            eprintln!("No worked weekends are known for {}: ask again later.", silent.join(", "));
        }
        println!("{parameters}");
        Ok(())
    }

    fn ask(&self) -> Result<Answer, Failure> {
        let mut python = Command::new(tool("python3"));
        python.arg("-c").arg(include_str!("../calendar.py")).arg(&self.country);
        python.args([self.years.first, self.years.last].map(|year| year.to_string())).args(&self.part);
        let output = python
            .stderr(Stdio::inherit())
            .output()
            .map_err(|error| Failure(format!("cannot run {}: {error}", tool("python3").display())))?;
        serde_json::from_slice(&output.stdout)
            .map_err(|error| Failure(format!("the library of holidays did not answer: {error}")))
    }
}

/// The two parameters, if the functions would start with them.
///
/// # Errors
/// A year of which no holiday is known, more dates than a parameter takes, or days that the calendar refuses (D3).
fn parameters(known: &Known, years: Years) -> Result<String, String> {
    let holidays: BTreeSet<String> = known.holidays.keys().cloned().collect();
    let silent = years_without(&holidays, years);
    if !silent.is_empty() {
        return Err(format!(
            "no holiday of {} is known for {}: a calendar without them would promise too early. Ask for other years, \
             or write ProgramHolidays by hand.",
            known.country,
            silent.join(", ")
        ));
    }
    if holidays.len().max(known.worked.len()) > DATES {
        return Err(format!(
            "{} dates are more than the {DATES} of a parameter: ask for fewer years",
            holidays.len()
        ));
    }
    let list = |days: &BTreeSet<String>| days.iter().cloned().collect::<Vec<_>>().join(",");
    let (holidays, worked) = (list(&holidays), list(&known.worked));
    Calendar::parse(&known.country, "Etc/UTC", "MON,TUE,WED,THU,FRI", &holidays)
        .and_then(|calendar| calendar.with_extra_working_days(&worked))
        .map_err(|error| format!("the library's days of {} contradict each other: {error}", known.country))?;
    // SAM takes an empty value in quotes only.
    let worked = if worked.is_empty() { r#""""# } else { &worked };
    Ok(format!("ProgramHolidays={holidays}\nProgramExtraWorkingDays={worked}"))
}

/// The years that have none of the dates.
fn years_without(dates: &BTreeSet<String>, years: Years) -> Vec<String> {
    (years.first..=years.last)
        .map(|year| year.to_string())
        .filter(|year| !dates.iter().any(|date| date.starts_with(year.as_str())))
        .collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    fn known(holidays: &[&str], worked: &[&str]) -> Known {
        Known {
            country: "Hungary".to_owned(),
            holidays: holidays.iter().map(|day| ((*day).to_owned(), "Holiday".to_owned())).collect(),
            worked: worked.iter().map(|day| (*day).to_owned()).collect(),
        }
    }

    #[test]
    fn days_are_printed_as_the_two_parameters_of_the_template() {
        claim_domain::proves!(D3);
        let hungary = known(&["2026-01-01", "2026-01-02"], &["2026-01-10"]);
        assert_eq!(
            parameters(&hungary, Years { first: 2026, last: 2026 }),
            Ok("ProgramHolidays=2026-01-01,2026-01-02\nProgramExtraWorkingDays=2026-01-10".to_owned())
        );
        let none_worked =
            parameters(&known(&["2026-01-01"], &[]), Years { first: 2026, last: 2026 }).unwrap();
        assert!(
            none_worked.ends_with("\nProgramExtraWorkingDays=\"\""),
            "SAM refuses a bare =: {none_worked}"
        );
    }

    #[test]
    fn a_year_without_a_known_holiday_is_an_error() {
        let fault = parameters(&known(&["2026-01-01"], &[]), Years { first: 2026, last: 2028 }).unwrap_err();
        assert!(fault.contains("2027, 2028"), "{fault}");
    }

    #[test]
    fn a_calendar_that_no_function_would_start_with_is_an_error() {
        let fault = parameters(&known(&["2026-01-10"], &["2026-01-10"]), Years { first: 2026, last: 2026 });
        assert!(fault.unwrap_err().contains("2026-01-10"));
        let century: Vec<String> =
            (1..=101).map(|day| format!("2026-{:02}-{:02}", 1 + day / 28, 1 + day % 28)).collect();
        let century: Vec<&str> = century.iter().map(String::as_str).collect();
        let fault = parameters(&known(&century, &[]), Years { first: 2026, last: 2026 }).unwrap_err();
        assert!(fault.contains("fewer years"), "{fault}");
    }

    #[test]
    fn years_are_one_or_a_span() {
        for text in ["2026", "2026-2028"] {
            assert!(text.parse::<Years>().is_ok(), "{text}");
        }
        for text in ["", "26", "2028-2026", "2026-", "2026 to 2028", "1066"] {
            assert!(text.parse::<Years>().is_err(), "{text}");
        }
    }
}
