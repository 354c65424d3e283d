//! Numbers as text and back with a few decimals, for drawings and files. What `std` has for any float at all brings
//! 15 KB of code and tables to load.

use std::fmt;

/// A number with at most three decimals, as `12`, `-0.5` or `3.142`. Exact below 2⁵³ thousandths.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Decimal(pub f64);

impl fmt::Display for Decimal {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let thousandths = (self.0.abs() * 1_000.0).round() as u64;
        if self.0 < 0.0 && thousandths > 0 {
            f.write_str("-")?;
        }
        let (whole, rest) = (thousandths / 1_000, thousandths % 1_000);
        match (rest % 100, rest % 10) {
            _ if rest == 0 => write!(f, "{whole}"),
            (0, _) => write!(f, "{whole}.{}", rest / 100),
            (_, 0) => write!(f, "{whole}.{:02}", rest / 10),
            _ => write!(f, "{whole}.{rest:03}"),
        }
    }
}

/// Reads a number that is not negative, such as `30.250`.
pub fn parse(text: &str) -> Option<f64> {
    let (whole, fraction) = text.split_once('.').unwrap_or((text, "0"));
    let digits =
        |text: &str| text.bytes().all(|byte| byte.is_ascii_digit()).then(|| text.parse::<u32>().ok()).flatten();
    let fraction = fraction.get(..9).unwrap_or(fraction);
    let mut value = f64::from(digits(fraction)?);
    for _ in 0..fraction.len() {
        value /= 10.0;
    }
    Some(f64::from(digits(whole)?) + value)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_number_is_written_with_as_few_decimals_as_it_has() {
        let written = |number: f64| Decimal(number).to_string();
        assert_eq!(
            [12.0, -0.5, 2.718_51, 0.05, 7.25, -0.000_1, 1e6].map(written),
            ["12", "-0.5", "2.719", "0.05", "7.25", "0", "1000000"]
        );
    }

    #[test]
    fn a_number_is_read_with_and_without_a_fraction() {
        assert_eq!(["30", "30.250", "0.1"].map(parse), [Some(30.0), Some(30.25), Some(0.1)]);
        assert_eq!(["", "-1", "1e3", "1.", ".5", "x"].map(parse), [None; 6]);
    }
}
