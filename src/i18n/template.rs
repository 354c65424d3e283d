//! Texts with places for values. They are data, and not two functions for each text, one a language: what they need is
//! checked when they are compiled, and a language can put the values where it wants them.

use super::Lang;

/// A text with `N` places for values, written `{0}`, `{1}`, and so on, in the order that the language wants.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Template<const N: usize>(&'static str);

/// A text with places. As a constant it does not compile unless it has a place for each of the `N` values and no other.
pub const fn t<const N: usize>(text: &'static str) -> Template<N> {
    assert!(has_places(text.as_bytes(), N), "a text has a place for each of its values, and no other brace");
    Template(text)
}

/// Whether `text` has exactly the places from 0 to `count`, each at least once.
const fn has_places(text: &[u8], count: usize) -> bool {
    let mut found = 0_u16;
    let mut at = 0;
    while at < text.len() {
        if text[at] == b'{' {
            if at + 2 >= text.len() || !text[at + 1].is_ascii_digit() || text[at + 2] != b'}' {
                return false;
            }
            found |= 1 << (text[at + 1] - b'0');
            at += 2;
        } else if text[at] == b'}' {
            return false;
        }
        at += 1;
    }
    found == (1 << count) - 1
}

impl<const N: usize> Template<N> {
    /// The text with its values.
    pub fn fill(self, values: [&str; N]) -> String {
        fill(self.0, &values)
    }

    /// The same as a sentence: with a capital at its start, which may be that of a value.
    pub fn sentence(self, values: [&str; N]) -> String {
        capitalised(&self.fill(values))
    }
}

impl Template<1> {
    /// The text with a number in it, as it is written within words.
    pub fn number(self, number: u64) -> String {
        self.fill([&number.to_string()])
    }
}

/// A text in its singular and its plural.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Counted<const N: usize> {
    pub one: Template<N>,
    pub many: Template<N>,
}

impl<const N: usize> Counted<N> {
    /// The text for `count`, by the rule of the language: none is singular in French and plural in English.
    pub const fn of(self, lang: Lang, count: usize) -> Template<N> {
        let is_one = match lang {
            Lang::Fr => count < 2,
            Lang::En => count == 1,
        };
        if is_one { self.one } else { self.many }
    }
}

fn fill(text: &str, values: &[&str]) -> String {
    let mut filled = String::with_capacity(text.len() + values.len() * 16);
    let mut letters = text.chars();
    while let Some(letter) = letters.next() {
        if letter == '{' {
            let place = letters.next().and_then(|digit| digit.to_digit(10));
            filled.push_str(place.and_then(|place| values.get(place as usize)).copied().unwrap_or_default());
            letters.next();
        } else {
            filled.push(letter);
        }
    }
    filled
}

/// `text` with a capital at its start; an address stays as it is.
pub fn capitalised(text: &str) -> String {
    if text.split(' ').next().is_some_and(|word| word.contains("://")) {
        return text.to_owned();
    }
    let mut letters = text.chars();
    match letters.next() {
        Some(first) => first.to_uppercase().chain(letters).collect(),
        None => String::new(),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const MOVED: Template<2> = t("{1} → {0}, {1} ✓");

    #[test]
    fn values_stand_in_their_places_in_the_order_of_the_language() {
        assert_eq!(MOVED.fill(["à", "b"]), "b → à, b ✓");
        assert_eq!(t::<0>("rien").fill([]), "rien");
        assert_eq!(t::<1>("{0} s").number(3), "3 s");
    }

    #[test]
    fn none_is_one_in_french_and_many_in_english() {
        let nodes = Counted { one: t::<0>("one"), many: t("many") };
        let words = |lang| [0, 1, 2].map(|count| nodes.of(lang, count).fill([]));
        assert_eq!(words(Lang::Fr), ["one", "one", "many"]);
        assert_eq!(words(Lang::En), ["many", "one", "many"]);
    }

    #[test]
    fn a_value_is_never_taken_for_a_place() {
        assert_eq!(MOVED.fill(["{1}", "{0}"]), "{0} → {1}, {0} ✓");
    }

    #[test]
    fn a_sentence_begins_with_a_capital_unless_it_begins_with_an_address() {
        assert_eq!(t::<1>("{0} est suivi").sentence(["élève"]), "Élève est suivi");
        assert_eq!(t::<1>("{0} is gone").sentence(["http://a:1"]), "http://a:1 is gone");
    }

    #[test]
    fn a_text_that_lacks_a_place_or_has_one_too_many_is_refused() {
        for (text, count) in [("{0}", 0), ("{1}", 1), ("{0} {2}", 2), ("{}", 1), ("{0", 1), ("}", 0), ("{a}", 1)] {
            assert!(!has_places(text.as_bytes(), count), "{text}");
        }
        assert!(has_places(b"{1}{0}{1}", 2));
    }
}
