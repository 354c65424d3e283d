//! Texts with places for values. They are data, and not two functions for each text, one a language: what they need is
//! checked when they are compiled, and a language can put the values where it wants them.

use std::borrow::Cow;

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

    /// The text with its values as a sentence: with a capital at its start, which may be that of a value.
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
            let value = place.and_then(|place| values.get(place as usize)).copied().unwrap_or_default();
            filled.push_str(&isolated(value));
            letters.next();
        } else {
            filled.push(letter);
        }
    }
    filled
}

/// Whether a character runs from right to left, or turns the direction of others.
const fn turns_direction(letter: char) -> bool {
    matches!(letter, '\u{590}'..='\u{8ff}' | '\u{200e}' | '\u{200f}' | '\u{202a}'..='\u{202e}' | '\u{2066}'..='\u{2069}'
        | '\u{fb1d}'..='\u{fdff}' | '\u{fe70}'..='\u{fefc}' | '\u{10800}'..='\u{10fff}' | '\u{1e800}'..='\u{1efff}')
}

/// A text from outside that stands among others: whatever it does to the direction of writing ends with it. Without this
/// a name that ends in U+202E turns round the price that follows.
pub fn isolated(text: &str) -> Cow<'_, str> {
    if !text.contains(turns_direction) {
        return Cow::Borrowed(text);
    }
    let mut isolate = String::with_capacity(text.len() + 6);
    isolate.push('\u{2068}');
    let mut open = 0_usize;
    for letter in text.chars() {
        match letter {
            '\u{2066}'..='\u{2068}' => open += 1,
            // It would end what was begun around it.
            '\u{2069}' if open == 0 => continue,
            '\u{2069}' => open -= 1,
            _ => {}
        }
        isolate.push(letter);
    }
    isolate.extend(std::iter::repeat_n('\u{2069}', open + 1));
    Cow::Owned(isolate)
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
    fn what_a_value_does_to_the_direction_of_writing_ends_with_it() {
        let priced = t::<2>("{0} {1} €");
        assert_eq!(priced.fill(["Promo\u{202e}", "42.00"]), "\u{2068}Promo\u{202e}\u{2069} 42.00 €");
        assert_eq!(priced.fill(["שלום", "42.00"]), "\u{2068}שלום\u{2069} 42.00 €");
        // Neither one that ends what is around it nor one that is left open gets out.
        assert_eq!(isolated("a\u{2069}\u{202e}"), "\u{2068}a\u{202e}\u{2069}");
        assert_eq!(isolated("\u{2067}a"), "\u{2068}\u{2067}a\u{2069}\u{2069}");
        assert_eq!(isolated(&isolated("א")), "\u{2068}\u{2068}א\u{2069}\u{2069}");
        assert_eq!(isolated("Łukasz, 東京"), "Łukasz, 東京", "what runs as we do is left alone");
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
