//! What can be set of a test, and within which bounds. Pure.

use crate::api_service::endpoints::performance::TestConfiguration;
use crate::i18n::Lang;
use crate::i18n::performance::{PerformanceText, performance};

/// A number of the form.
pub struct NumberField {
    pub id: &'static str,
    pub label: fn(&PerformanceText) -> &'static str,
    pub least: f64,
    pub most: f64,
    pub whole: bool,
    /// May be left empty.
    pub optional: bool,
    pub read: fn(&TestConfiguration) -> Option<f64>,
    pub write: fn(&mut TestConfiguration, Option<f64>),
}

macro_rules! number {
    ($field:ident, $id:literal, $label:ident, $least:literal to $most:literal) => {
        NumberField {
            id: $id,
            label: |text| text.$label,
            least: $least,
            most: $most,
            whole: true,
            optional: false,
            read: |test| Some(test.$field),
            write: |test, value| test.$field = value.unwrap_or_default(),
        }
    };
    (optional $field:ident, $id:literal, $label:ident, $least:literal to $most:literal, whole: $whole:literal) => {
        NumberField {
            id: $id,
            label: |text| text.$label,
            least: $least,
            most: $most,
            whole: $whole,
            optional: true,
            read: |test| test.$field,
            write: |test, value| test.$field = value,
        }
    };
}

/// The sizes first: they are all that the quick and the stress test take.
pub const SIZES: usize = 4;

pub const NUMBERS: [NumberField; 10] = [
    number!(number_of_providers, "test-providers", providers, 1.0 to 100.0),
    number!(seats_per_provider, "test-seats", seats, 1.0 to 80.0),
    number!(number_of_nodes, "test-nodes", nodes, 1.0 to 64.0),
    number!(number_of_users, "test-users", users, 1.0 to 10000.0),
    number!(test_duration_minutes, "test-minutes", minutes, 1.0 to 120.0),
    number!(optional reservation_rate, "test-rate", reservation_rate, 0.1 to 10000.0, whole: false),
    number!(optional hot_producer_count, "test-hot", hot, 0.0 to 100.0, whole: true),
    number!(optional subscription_rate, "test-subscriptions", subscription_rate, 0.0 to 10000.0, whole: false),
    number!(optional aggressive_subscriber_count, "test-aggressive", aggressive, 0.0 to 10000.0, whole: true),
    number!(optional conflict_intensity, "test-conflicts", conflict_intensity, 0.0 to 1.0, whole: false),
];

/// A choice of the form.
pub struct SwitchField {
    pub id: &'static str,
    pub label: fn(&PerformanceText) -> &'static str,
    pub read: fn(&TestConfiguration) -> bool,
    pub write: fn(&mut TestConfiguration, bool),
}

macro_rules! switch {
    ($field:ident, $id:literal, $label:ident) => {
        SwitchField {
            id: $id,
            label: |text| text.$label,
            read: |test| test.$field.unwrap_or(false),
            write: |test, on| test.$field = Some(on),
        }
    };
}

pub const SWITCHES: [SwitchField; 4] = [
    switch!(enable_stress, "test-enable-stress", stress),
    switch!(enable_failures, "test-enable-failures", failures),
    switch!(enable_auto_subscription, "test-enable-subscriptions", auto_subscription),
    switch!(enable_conflict_simulation, "test-enable-conflicts", conflicts),
];

/// What the form begins with: small enough for a laptop, and done in a minute.
pub fn first_configuration() -> TestConfiguration {
    TestConfiguration {
        number_of_providers: 5.0,
        seats_per_provider: 20.0,
        number_of_nodes: 3.0,
        number_of_users: 50.0,
        test_duration_minutes: 1.0,
        ..TestConfiguration::default()
    }
}

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
            None => Err((performance(lang).bounds)(&written(lang, self.least), &written(lang, self.most), self.whole)),
        }
    }

    /// The value as it stands in the form.
    pub fn text(&self, configuration: &TestConfiguration) -> String {
        (self.read)(configuration).map_or_else(String::new, |value| value.to_string())
    }
}

fn written(lang: Lang, value: f64) -> String {
    match lang {
        Lang::Fr => value.to_string().replace('.', ","),
        Lang::En => value.to_string(),
    }
}

/// The configuration of what was typed, in the order of [`NUMBERS`] and [`SWITCHES`].
///
/// # Errors
/// What is wrong with each number; empty where nothing is.
pub fn configuration_of(lang: Lang, typed: &[String], switched: &[bool]) -> Result<TestConfiguration, Vec<String>> {
    let mut configuration = TestConfiguration::default();
    let mut problems = vec![String::new(); NUMBERS.len()];
    for ((field, text), problem) in NUMBERS.iter().zip(typed).zip(&mut problems) {
        match field.parse(lang, text) {
            Ok(value) => (field.write)(&mut configuration, value),
            Err(words) => *problem = words,
        }
    }
    for (field, on) in SWITCHES.iter().zip(switched) {
        if *on {
            (field.write)(&mut configuration, true);
        }
    }
    let hot = NUMBERS.iter().position(|field| field.id == "test-hot");
    if let Some(problem) = hot.and_then(|index| problems.get_mut(index))
        && problem.is_empty()
        && configuration.hot_producer_count.is_some_and(|hot| hot > configuration.number_of_providers)
    {
        performance(lang).hot_over_providers.clone_into(problem);
    }
    if problems.iter().all(String::is_empty) { Ok(configuration) } else { Err(problems) }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn typed(configuration: &TestConfiguration) -> Vec<String> {
        NUMBERS.iter().map(|field| field.text(configuration)).collect()
    }

    #[test]
    fn the_first_configuration_is_accepted_as_it_stands() {
        let first = first_configuration();
        assert_eq!(configuration_of(Lang::Fr, &typed(&first), &[false; 4]), Ok(first));
    }

    #[test]
    fn every_wrong_number_says_what_to_type_instead() {
        let mut typed = typed(&first_configuration());
        "0".clone_into(&mut typed[0]);
        "many".clone_into(&mut typed[1]);
        "2.5".clone_into(&mut typed[2]);
        String::new().clone_into(&mut typed[3]);
        "1,5".clone_into(&mut typed[9]);
        let problems = configuration_of(Lang::En, &typed, &[]).expect_err("five are wrong");
        assert_eq!(problems.iter().filter(|problem| !problem.is_empty()).count(), 5, "{problems:?}");
        assert_eq!(problems[2], "A whole number from 1 to 64.");
        assert_eq!(problems[9], "A number from 0 to 1.");
    }

    #[test]
    fn a_comma_is_a_decimal_point_and_options_left_empty_are_not_sent() {
        let mut typed = typed(&first_configuration());
        "0,5".clone_into(&mut typed[9]);
        let configuration = configuration_of(Lang::Fr, &typed, &[false, true, false, false]).expect("all is well");
        assert_eq!(configuration.conflict_intensity, Some(0.5));
        let sent = serde_json::to_value(&configuration).expect("JSON");
        assert_eq!(sent.get("reservationRate"), None);
        assert_eq!(sent.get("enableStress"), None);
        assert_eq!(sent.get("enableFailures"), Some(&serde_json::Value::Bool(true)));
    }

    #[test]
    fn there_are_not_more_hot_producers_than_providers() {
        let mut typed = typed(&first_configuration());
        "6".clone_into(&mut typed[6]);
        let problems = configuration_of(Lang::En, &typed, &[]).expect_err("6 of 5");
        assert_eq!(problems[6], "Not more than there are providers.");
    }
}
