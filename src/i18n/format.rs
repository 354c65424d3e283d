//! Numbers and dates as the person's locale writes them, through the browser's `Intl`.
//!
//! A formatter is dear to make and cheap to use: each is made once a language. Browser only.

use std::cell::RefCell;
use std::sync::Arc;

use js_sys::Intl::{DateTimeFormat, NumberFormat};
use js_sys::{Array, Date, Function, JSON, Object};
use wasm_bindgen::{JsCast, JsValue};

use super::Lang;

/// What is shown for a value that is not there.
pub const ABSENT: &str = "–";

/// `Intl` takes times up to 100 million days from 1970, and throws beyond.
const LAST_TIME_MS: f64 = 8.64e15;

#[derive(Clone, Copy, PartialEq, Eq)]
enum Kind {
    Integer,
    OneDecimal,
    TwoDecimals,
    Measured,
    Compact,
    Percent,
    HourAndMinute,
    Day,
    TimeOfDay,
    DateAndTime,
}

impl Kind {
    const fn options(self) -> &'static str {
        match self {
            Self::Integer => r#"{"maximumFractionDigits":0}"#,
            Self::OneDecimal => r#"{"maximumFractionDigits":1}"#,
            Self::TwoDecimals => r#"{"minimumFractionDigits":2,"maximumFractionDigits":2}"#,
            Self::Measured => r#"{"maximumFractionDigits":2}"#,
            Self::Compact => r#"{"notation":"compact","maximumFractionDigits":3}"#,
            Self::Percent => r#"{"style":"percent","maximumFractionDigits":1}"#,
            Self::HourAndMinute => r#"{"timeStyle":"short"}"#,
            Self::Day => r#"{"day":"numeric","month":"short"}"#,
            Self::TimeOfDay => r#"{"timeStyle":"medium"}"#,
            Self::DateAndTime => r#"{"dateStyle":"medium","timeStyle":"short"}"#,
        }
    }

    const fn is_date(self) -> bool {
        matches!(self, Self::HourAndMinute | Self::Day | Self::TimeOfDay | Self::DateAndTime)
    }
}

thread_local! {
    static FORMATTERS: RefCell<Vec<(Lang, Kind, Function)>> = const { RefCell::new(Vec::new()) };
}

fn formatter(lang: Lang, kind: Kind) -> Function {
    let known = FORMATTERS.with_borrow(|known| {
        known.iter().find(|entry| (entry.0, entry.1) == (lang, kind)).map(|entry| entry.2.clone())
    });
    known.unwrap_or_else(|| {
        let locales = Array::of1(&JsValue::from_str(lang.locale()));
        let options: Object = JSON::parse(kind.options()).map_or_else(|_| Object::new(), JsCast::unchecked_into);
        let made = if kind.is_date() {
            DateTimeFormat::new(&locales, &options).format()
        } else {
            NumberFormat::new(&locales, &options).format()
        };
        FORMATTERS.with_borrow_mut(|known| known.push((lang, kind, made.clone())));
        made
    })
}

fn write(lang: Lang, kind: Kind, value: f64) -> String {
    if !value.is_finite() || (kind.is_date() && value.abs() > LAST_TIME_MS) {
        return ABSENT.to_owned();
    }
    formatter(lang, kind)
        .call1(&JsValue::NULL, &JsValue::from_f64(value))
        .ok()
        .and_then(|text| text.as_string())
        .unwrap_or_else(|| ABSENT.to_owned())
}

/// `12 345`. Exact below 2⁵³.
pub fn integer(lang: Lang, value: u64) -> String {
    write(lang, Kind::Integer, value as f64)
}

/// At most one decimal: `12,3`.
pub fn decimal(lang: Lang, value: f64) -> String {
    write(lang, Kind::OneDecimal, value)
}

/// As many decimals as tell something: `1,23`, `12,3`, `1 234`.
pub fn measured(lang: Lang, value: f64) -> String {
    let kind = match value.abs() {
        size if size >= 100.0 => Kind::Integer,
        size if size >= 10.0 => Kind::OneDecimal,
        _ => Kind::Measured,
    };
    write(lang, kind, value)
}

/// Short, for the axis of a chart: `1,5 k`.
pub fn compact(lang: Lang, value: f64) -> String {
    write(lang, Kind::Compact, value)
}

/// What prices are in, in context: the contract names no currency, a deployment may.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Currency(pub Option<Arc<str>>);

thread_local! {
    static PRICES: RefCell<Vec<(Lang, Arc<str>, Function)>> = const { RefCell::new(Vec::new()) };
}

impl Currency {
    /// `12,50 €`; two decimals alone where no currency is said.
    pub fn price(&self, lang: Lang, value: f64) -> String {
        let Some(code) = &self.0 else { return write(lang, Kind::TwoDecimals, value) };
        if !value.is_finite() {
            return ABSENT.to_owned();
        }
        let known = PRICES.with_borrow(|known| {
            known.iter().find(|entry| (entry.0, &entry.1) == (lang, code)).map(|entry| entry.2.clone())
        });
        let formatter = known.unwrap_or_else(|| {
            let locales = Array::of1(&JsValue::from_str(lang.locale()));
            // The code is three letters: the configuration takes no other.
            let options = format!(r#"{{"style":"currency","currency":"{code}"}}"#);
            let options: Object = JSON::parse(&options).map_or_else(|_| Object::new(), JsCast::unchecked_into);
            let made = NumberFormat::new(&locales, &options).format();
            PRICES.with_borrow_mut(|known| known.push((lang, code.clone(), made.clone())));
            made
        });
        let written = formatter.call1(&JsValue::NULL, &JsValue::from_f64(value)).ok();
        written.and_then(|text| text.as_string()).unwrap_or_else(|| ABSENT.to_owned())
    }
}

/// A share from 0 to 1 as percent: `97,5 %`.
pub fn percent(lang: Lang, share: f64) -> String {
    write(lang, Kind::Percent, share)
}

/// The label of an axis on which `step_ms` lie between two labels: a day, a minute or a second.
pub fn time_label(lang: Lang, at: f64, step_ms: f64) -> String {
    let kind = match step_ms {
        step if step >= 86_400_000.0 => Kind::Day,
        step if step >= 60_000.0 => Kind::HourAndMinute,
        _ => Kind::TimeOfDay,
    };
    write(lang, kind, at)
}

/// What the person's local time is ahead of UTC at `at`, in milliseconds.
pub fn zone_ms(at: f64) -> f64 {
    -60_000.0 * Date::new(&JsValue::from_f64(at)).get_timezone_offset()
}

/// `14:02:07`, in the person's time zone. `at` in milliseconds since 1970.
pub fn time_of_day(lang: Lang, at: f64) -> String {
    write(lang, Kind::TimeOfDay, at)
}

/// Date and time to the minute, in the person's time zone. `at` in milliseconds since 1970.
pub fn date_time(lang: Lang, at: f64) -> String {
    write(lang, Kind::DateAndTime, at)
}

/// ISO 8601 in UTC, for `<time datetime>`; empty for what is not a time. `at` in milliseconds since 1970.
pub fn iso(at: f64) -> String {
    if !at.is_finite() || at.abs() > LAST_TIME_MS {
        return String::new();
    }
    Date::new(&JsValue::from_f64(at)).to_iso_string().into()
}
