//! The contrast of every pair of tokens in use, computed as WCAG 2.2 says, in light and in dark.

#![allow(clippy::expect_used, reason = "a test that cannot go on says why and ends")]

use std::collections::BTreeMap;
use std::fs;
use std::path::Path;

/// Text needs this ratio (1.4.3), at any size: small text is common here.
const TEXT: f64 = 4.5;
/// Borders of controls, icons and lines of charts need this one (1.4.11).
const GRAPHIC: f64 = 3.0;

/// A colour as it stands in the sheet: one, or one for light and one for dark.
type Colours = [[f64; 3]; 2];

fn tokens() -> BTreeMap<String, Colours> {
    let sheet = Path::new(env!("CARGO_MANIFEST_DIR")).join("style/tokens.css");
    let sheet = fs::read_to_string(sheet).expect("the sheet of tokens");
    let root = sheet.split_once(":root {").and_then(|(_, rest)| rest.split_once('}')).expect("a :root rule").0;
    let declarations = root.split(';').filter_map(|line| line.trim().split_once(':'));
    declarations
        .filter_map(|(name, value)| Some((name.strip_prefix("--")?.to_owned(), colours(value.trim())?)))
        .collect()
}

fn colours(value: &str) -> Option<Colours> {
    match value.strip_prefix("light-dark(").and_then(|rest| rest.strip_suffix(')')) {
        Some(both) => {
            let (light, dark) = both.split_once(',')?;
            Some([hex(light)?, hex(dark)?])
        }
        None => hex(value).map(|colour| [colour; 2]),
    }
}

/// Linear-light red, green and blue, 0 to 1.
fn hex(text: &str) -> Option<[f64; 3]> {
    let digits = text.trim().strip_prefix('#')?;
    let long: String = match digits.len() {
        3 => digits.chars().flat_map(|digit| [digit, digit]).collect(),
        6 => digits.to_owned(),
        _ => return None,
    };
    let channel = |at: usize| {
        let value = f64::from(u8::from_str_radix(&long[at..at + 2], 16).ok()?) / 255.0;
        Some(if value <= 0.040_45 { value / 12.92 } else { ((value + 0.055) / 1.055).powf(2.4) })
    };
    Some([channel(0)?, channel(2)?, channel(4)?])
}

fn ratio(one: [f64; 3], other: [f64; 3]) -> f64 {
    let luminance = |[red, green, blue]: [f64; 3]| 0.2126 * red + 0.7152 * green + 0.0722 * blue;
    let (a, b) = (luminance(one), luminance(other));
    (a.max(b) + 0.05) / (a.min(b) + 0.05)
}

fn assert_pair(tokens: &BTreeMap<String, Colours>, front: &str, back: &str, least: f64) {
    let colour = |name: &str| match name {
        "white" => [[1.0; 3]; 2],
        name => *tokens.get(name).unwrap_or_else(|| panic!("there is no token --{name}")),
    };
    let (front_colours, back_colours) = (colour(front), colour(back));
    for (mode, place) in [("light", 0), ("dark", 1)] {
        let found = ratio(front_colours[place], back_colours[place]);
        assert!(found >= least, "--{front} on --{back} in {mode}: {found:.2}:1, needs {least}:1");
    }
}

#[test]
fn text_is_readable_on_every_surface_it_stands_on() {
    let tokens = tokens();
    for surface in ["bg", "surface", "surface-2"] {
        for front in ["text", "muted", "accent"] {
            assert_pair(&tokens, front, surface, TEXT);
        }
    }
    assert_pair(&tokens, "on-accent", "accent", TEXT);
}

#[test]
fn every_state_is_readable_on_its_own_tint_and_on_the_page() {
    let tokens = tokens();
    for state in ["ok", "warn", "down", "unk", "cur", "lead"] {
        let front = format!("{state}-fg");
        for surface in [&*format!("{state}-tint"), "surface", "bg"] {
            assert_pair(&tokens, &front, surface, TEXT);
        }
        assert_pair(&tokens, "white", &format!("{state}-solid"), TEXT);
        assert_pair(&tokens, "text", &format!("{state}-tint"), TEXT);
    }
}

#[test]
fn the_edges_of_controls_are_seen() {
    let tokens = tokens();
    for surface in ["bg", "surface", "surface-2"] {
        assert_pair(&tokens, "line-strong", surface, GRAPHIC);
        assert_pair(&tokens, "accent", surface, GRAPHIC);
    }
}

#[test]
fn the_formula_gives_the_known_extremes() {
    assert!((ratio([0.0; 3], [1.0; 3]) - 21.0).abs() < 1e-9);
    assert!((ratio([0.5; 3], [0.5; 3]) - 1.0).abs() < 1e-9);
}
