//! What the customer reads, in five languages (D21): the messages of `infra/words`, compiled in.
//!
//! Each language has the same messages with the same variables; a test compares them, so that none can be missing when
//! it is needed. Only the functions that write to customers hold them.

use std::sync::OnceLock;

use chrono::{Datelike, NaiveDate, Timelike};
use claim_domain::calendar::{Instant, Period};
pub use claim_domain::language::Language;
use claim_domain::zone::Zone;
use fluent_bundle::concurrent::FluentBundle;
use fluent_bundle::{FluentArgs, FluentResource, FluentValue};

use crate::words::{last_day, line};

type Bundle = FluentBundle<FluentResource>;

/// The source of the messages of a language.
fn source(language: Language) -> &'static str {
    match language {
        Language::En => include_str!("../../../infra/words/en.ftl"),
        Language::Pl => include_str!("../../../infra/words/pl.ftl"),
        Language::De => include_str!("../../../infra/words/de.ftl"),
        Language::Fr => include_str!("../../../infra/words/fr.ftl"),
        Language::Es => include_str!("../../../infra/words/es.ftl"),
    }
}

/// The messages of a language, read once.
fn bundle(language: Language) -> &'static Bundle {
    static BUNDLES: [OnceLock<Bundle>; Language::ALL.len()] =
        [const { OnceLock::new() }; Language::ALL.len()];
    BUNDLES[language as usize].get_or_init(|| {
        let mut bundle = Bundle::new_concurrent(language.as_str().parse().into_iter().collect());
        // Emails are plain text; what people wrote is confined before.
        bundle.set_use_isolating(false);
        // What can be read of a faulty file is used; a test makes sure that there is none.
        let read = FluentResource::try_new(source(language).to_owned()).unwrap_or_else(|(read, _)| read);
        bundle.add_resource_overriding(read);
        bundle
    })
}

/// The message of this name.
pub fn say(language: Language, name: &str) -> String {
    say_with(language, name, &FluentArgs::new())
}

/// The message of this name, with words in the places of its variables.
pub fn say_of(language: Language, name: &str, words: &[(&'static str, &str)]) -> String {
    say_with(language, name, &words.iter().map(|(name, word)| (*name, FluentValue::from(*word))).collect())
}

/// A language, with the words that stand in the places of its messages' variables: what templates say.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Say {
    /// The language.
    pub language: Language,
    /// The words, each after the name of its variable.
    pub values: Vec<(&'static str, String)>,
}

impl Say {
    /// The message of this name.
    pub fn of(&self, name: &str) -> String {
        let words = self.values.iter().map(|(name, word)| (*name, FluentValue::from(word.as_str())));
        say_with(self.language, name, &words.collect())
    }
}

fn say_with(language: Language, name: &str, words: &FluentArgs<'_>) -> String {
    let bundle = bundle(language);
    let Some(pattern) = bundle.get_message(name).and_then(|message| message.value()) else {
        return name.to_owned();
    };
    bundle.format_pattern(pattern, Some(words), &mut Vec::new()).into_owned()
}

/// A whole number in its place in a message.
fn number(value: impl TryInto<i64>) -> FluentValue<'static> {
    FluentValue::from(value.try_into().unwrap_or(0))
}

/// A day: `Thursday 26 November 2026`.
pub fn day(language: Language, date: NaiveDate) -> String {
    let named =
        |name, value: u32| say_with(language, name, &FluentArgs::from_iter([("number", number(value))]));
    let words = FluentArgs::from_iter([
        ("weekday", FluentValue::from(named("weekday", date.weekday().number_from_monday()))),
        ("day", number(date.day())),
        ("month", FluentValue::from(named("month", date.month()))),
        ("year", FluentValue::from(date.year().to_string())),
    ]);
    say_with(language, "date", &words)
}

/// An instant in the program's zone: `Friday 27 November 2026, 00:00 (Europe/Warsaw)`.
pub fn instant(language: Language, at: Instant, zone: &Zone) -> String {
    let local = at.with_timezone(zone);
    let form = if local.second() == 0 { "%H:%M" } else { "%H:%M:%S" };
    let (date, time) = (day(language, local.date_naive()), local.format(form).to_string());
    say_of(language, "instant", &[("date", &date), ("time", &time), ("zone", zone.name())])
}

/// A period: `7 calendar days`.
pub fn period(language: Language, period: Period) -> String {
    let (name, count) = match period {
        Period::BusinessDays(count) => ("period-business-days", number(count)),
        Period::Days(count) => ("period-days", number(count)),
        Period::Minutes(count) => ("period-minutes", number(count)),
    };
    say_with(language, name, &FluentArgs::from_iter([("count", count)]))
}

/// Until when the customer may deny, in a sentence or two; without an instant, how long from the notice on.
pub fn until(language: Language, due: Option<Instant>, length: Period, zone: &Zone) -> String {
    let Some(due) = due else {
        return say_of(language, "open-until-unknown", &[("period", &period(language, length))]);
    };
    let before = instant(language, due, zone);
    match last_day(due, zone) {
        None => say_of(language, "open-until", &[("before", &before)]),
        Some(last) => {
            let last = day(language, last);
            say_of(language, "open-until-day", &[("before", &before), ("last-day", &last)])
        }
    }
}

/// A partner organisation as people know it (D21): by its display name if there is one.
pub fn partner(language: Language, name: Option<&str>) -> String {
    name.map_or_else(|| say(language, "partner-unnamed"), line)
}

#[cfg(test)]
mod tests {
    use std::collections::{BTreeMap, BTreeSet};

    use fluent_bundle::resolver::ResolverError;
    use fluent_bundle::{FluentError, types::FluentNumber};

    use super::*;

    /// The messages of a language, each with the variables that it uses.
    fn messages(language: Language) -> BTreeMap<String, BTreeSet<String>> {
        let mut found: BTreeMap<String, BTreeSet<String>> = BTreeMap::new();
        let mut current = String::new();
        for line in source(language).lines().filter(|line| !line.starts_with('#')) {
            if let Some((name, _)) =
                line.split_once(" = ").filter(|(name, _)| !name.starts_with([' ', '{', '}']))
            {
                current = name.to_owned();
                assert!(found.insert(current.clone(), BTreeSet::new()).is_none(), "{language}: {name} twice");
            }
            let variables = line.split('$').skip(1).map(|rest| {
                rest.chars().take_while(|c| c.is_ascii_alphanumeric() || *c == '-').collect::<String>()
            });
            found.entry(current.clone()).or_default().extend(variables);
        }
        found.remove("");
        found
    }

    #[test]
    fn every_language_has_the_same_messages_with_the_same_variables() {
        claim_domain::proves!(D21);
        let english = messages(Language::En);
        assert!(english.len() > 50);
        for language in Language::ALL {
            assert!(
                FluentResource::try_new(source(language).to_owned()).is_ok(),
                "{language} is well formed"
            );
            assert_eq!(messages(language), english, "{language}");
            for (name, variables) in &english {
                let words: FluentArgs<'_> = variables
                    .iter()
                    .map(|name| (name.as_str(), FluentValue::Number(FluentNumber::from(3))))
                    .collect();
                let mut errors = Vec::new();
                let pattern = bundle(language).get_message(name).unwrap().value().unwrap();
                let said = bundle(language).format_pattern(pattern, Some(&words), &mut errors);
                let faults: Vec<_> = errors
                    .iter()
                    .filter(|error| !matches!(error, FluentError::ResolverError(ResolverError::NoValue(_))))
                    .collect();
                assert!(faults.is_empty() && !said.trim().is_empty(), "{language} {name}: {faults:?}");
            }
        }
    }

    #[test]
    fn no_two_languages_say_a_sentence_alike() {
        for name in
            messages(Language::En).keys().filter(|name| !name.ends_with("-label") && !name.contains("fact"))
        {
            let said: BTreeSet<_> = Language::ALL.map(|language| say(language, name)).into();
            let alike = ["date", "instant"].contains(&name.as_str()) || name.starts_with("period-");
            assert!(said.len() == 5 || alike, "{name}: {said:?}");
        }
    }

    #[test]
    fn dates_and_periods_are_written_as_each_language_writes_them() {
        let due: Instant = "2026-11-26T23:00:00Z".parse().unwrap();
        let zone: Zone = "Europe/Warsaw".parse().unwrap();
        for (language, written) in [
            (Language::En, "Friday 27 November 2026, 00:00 (Europe/Warsaw)"),
            (Language::Pl, "piątek, 27 listopada 2026 r., godz. 00:00 (Europe/Warsaw)"),
            (Language::De, "Freitag, 27. November 2026, 00:00 Uhr (Europe/Warsaw)"),
            (Language::Fr, "vendredi 27 novembre 2026 à 00:00 (Europe/Warsaw)"),
            (Language::Es, "viernes 27 de noviembre de 2026, 00:00 (Europe/Warsaw)"),
        ] {
            assert_eq!(instant(language, due, &zone), written);
        }
        let first = NaiveDate::from_ymd_opt(2027, 3, 1).unwrap();
        assert_eq!(day(Language::Fr, first), "lundi 1er mars 2027");
        let polish = |count| period(Language::Pl, Period::Days(count));
        assert_eq!(polish(1), "1 dzień kalendarzowy");
        assert_eq!(polish(3), "3 dni kalendarzowe");
        assert_eq!(polish(7), "7 dni kalendarzowych");
        assert_eq!(period(Language::De, Period::Minutes(1)), "1 Minute");
        assert_eq!(period(Language::Es, Period::BusinessDays(5)), "5 días hábiles");
    }
}
