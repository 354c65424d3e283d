//! What can be set of a test, and within which bounds. Pure.

use crate::api_service::endpoints::performance::{NUMBERS, SWITCHES, TestConfiguration};
use crate::i18n::Lang;
use crate::i18n::performance::{PerformanceText, performance};

/// Says in the person's language what is set.
type Label = fn(&PerformanceText) -> &'static str;

/// A number of the form, in the order of the configuration's.
pub struct NumberField {
    pub id: &'static str,
    pub label: Label,
    pub least: f64,
    pub most: f64,
    pub whole: bool,
    /// May be left empty.
    pub optional: bool,
}

const fn count(id: &'static str, label: Label, least: f64, most: f64, optional: bool) -> NumberField {
    NumberField { id, label, least, most, whole: true, optional }
}

const fn measure(id: &'static str, label: Label, least: f64, most: f64) -> NumberField {
    NumberField { id, label, least, most, whole: false, optional: true }
}

/// Sizes and duration come first: what every test needs.
pub const MAIN: usize = 5;

const HOT: usize = 6;

pub const FIELDS: [NumberField; NUMBERS.len()] = [
    count("test-providers", |text| text.providers, 1.0, 100.0, false),
    count("test-seats", |text| text.seats, 1.0, 200.0, false),
    count("test-nodes", |text| text.nodes, 1.0, 64.0, false),
    count("test-users", |text| text.users, 1.0, 10_000.0, false),
    NumberField { optional: false, ..measure("test-minutes", |text| text.minutes, 0.1, 120.0) },
    measure("test-rate", |text| text.reservation_rate, 0.1, 10_000.0),
    count("test-hot", |text| text.hot, 0.0, 100.0, true),
    measure("test-subscriptions", |text| text.subscription_rate, 0.1, 10_000.0),
    count("test-aggressive", |text| text.aggressive, 0.0, 10_000.0, true),
    measure("test-conflicts", |text| text.conflict_intensity, 0.0, 1.0),
];

/// The choices of the form, in the order of the configuration's.
pub const CHOICES: [(&str, Label); SWITCHES.len()] = [
    ("test-enable-stress", |text| text.stress),
    ("test-enable-failures", |text| text.failures),
    ("test-enable-subscriptions", |text| text.auto_subscription),
    ("test-enable-conflicts", |text| text.conflicts),
];

/// What the form begins with: small enough for a laptop, and done in a minute.
pub const FIRST: [&str; NUMBERS.len()] = ["5", "20", "3", "50", "1", "", "", "", "", ""];

impl NumberField {
    /// The number that was typed, with a point or a comma.
    ///
    /// # Errors
    /// What to type instead.
    pub fn parse(&self, lang: Lang, text: &str) -> Result<Option<f64>, String> {
        let text = text.trim();
        if text.is_empty() && self.optional {
            return Ok(None);
        }
        let number = text.replace(',', ".").parse::<f64>().ok();
        let fits =
            |number: &f64| *number >= self.least && *number <= self.most && !(self.whole && number.fract() != 0.0);
        match number.filter(fits) {
            Some(number) => Ok(Some(number)),
            None => {
                let text = performance(lang);
                let words = if self.whole { text.bounds_whole } else { text.bounds };
                Err(words.fill([&written(lang, self.least), &written(lang, self.most)]))
            }
        }
    }
}

fn written(lang: Lang, value: f64) -> String {
    match lang {
        Lang::Fr => value.to_string().replace('.', ","),
        Lang::En => value.to_string(),
    }
}

/// The configuration of what was typed and switched, in the order of [`FIELDS`] and [`CHOICES`].
///
/// # Errors
/// What is wrong with each number; empty where nothing is.
pub fn configuration_of(
    lang: Lang,
    typed: &[String; NUMBERS.len()],
    switches: [bool; SWITCHES.len()],
) -> Result<TestConfiguration, Box<[String; NUMBERS.len()]>> {
    let mut configuration = TestConfiguration { switches, ..TestConfiguration::default() };
    let mut problems: [String; NUMBERS.len()] = Default::default();
    for (index, field) in FIELDS.iter().enumerate() {
        match field.parse(lang, &typed[index]) {
            Ok(value) => configuration.numbers[index] = value,
            Err(words) => problems[index] = words,
        }
    }
    let [providers, ..] = configuration.numbers;
    if problems[HOT].is_empty() && configuration.numbers[HOT] > providers {
        performance(lang).hot_over_providers.clone_into(&mut problems[HOT]);
    }
    if problems.iter().all(String::is_empty) { Ok(configuration) } else { Err(Box::new(problems)) }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn typed() -> [String; NUMBERS.len()] {
        FIRST.map(str::to_owned)
    }

    #[test]
    fn what_the_form_begins_with_is_accepted_as_it_stands() {
        let configuration = configuration_of(Lang::Fr, &typed(), [false; 4]).unwrap_or_default();
        let sent = configuration.to_json().to_string();
        assert_eq!(
            sent,
            r#"{"numberOfNodes":3,"numberOfProviders":5,"numberOfUsers":50,"seatsPerProvider":20,"testDurationMinutes":1}"#
        );
    }

    #[test]
    fn every_wrong_number_says_what_to_type_instead() {
        let mut typed = typed();
        for (index, text) in [(0, "0"), (1, "many"), (2, "2.5"), (3, ""), (9, "1,5")] {
            text.clone_into(&mut typed[index]);
        }
        let problems = configuration_of(Lang::En, &typed, [false; 4]).expect_err("five are wrong");
        assert_eq!(problems.iter().filter(|problem| !problem.is_empty()).count(), 5, "{problems:?}");
        assert_eq!(problems[2], "A whole number from 1 to 64.");
        assert_eq!(problems[9], "A number from 0 to 1.");
    }

    #[test]
    fn a_comma_is_a_decimal_point_and_options_left_empty_are_not_sent() {
        let mut typed = typed();
        "0,5".clone_into(&mut typed[9]);
        let configuration = configuration_of(Lang::Fr, &typed, [false, true, false, false]).expect("all is well");
        let sent = configuration.to_json();
        assert_eq!((&sent["conflictIntensity"], &sent["enableFailures"]), (&0.5.into(), &true.into()));
        assert!(sent.get("reservationRate").is_none() && sent.get("enableStress").is_none());
    }

    #[test]
    fn there_are_not_more_hot_producers_than_providers() {
        let mut typed = typed();
        "6".clone_into(&mut typed[HOT]);
        let problems = configuration_of(Lang::En, &typed, [false; 4]).expect_err("6 of 5");
        assert_eq!(problems[HOT], "Not more than there are providers.");
    }
}
