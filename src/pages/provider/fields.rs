//! What is typed into the vehicle form, read into what the cluster takes. Pure: numbers and texts.

use serde::{Deserialize, Serialize};

use crate::api_service::endpoints::fleet::{Vehicle, VehicleFields};
use crate::components::form::Refusals;
use crate::i18n::form::FieldProblem;

/// Seats that a vehicle may have, by the contract.
pub const CAPACITY_LEAST: u32 = 10;
pub const CAPACITY_MOST: u32 = 80;

pub const NAME: &str = "vehicle-name";
pub const MAKE: &str = "vehicle-make";
pub const MODEL: &str = "vehicle-model";
pub const PLATE: &str = "vehicle-plate";
pub const CAPACITY: &str = "vehicle-capacity";
pub const DEPARTURE: &str = "vehicle-departure";
pub const DESTINATION: &str = "vehicle-destination";
pub const TIME: &str = "vehicle-time";
pub const PRICE: &str = "vehicle-price";

/// What stands in the form, as it was typed.
#[derive(Clone, Debug, Default, Deserialize, PartialEq, Eq, Serialize)]
#[serde(default)]
pub struct Typed {
    pub name: String,
    pub make: String,
    pub model: String,
    pub plate: String,
    pub capacity: String,
    pub departure: String,
    pub destination: String,
    /// As `<input type=datetime-local>` writes it, in the person's time zone.
    pub time: String,
    pub price: String,
}

/// The departure time of the vehicle that is edited. Not touched, it goes back as it came: seconds, zone, free text.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct KeptTime {
    /// What the field was filled in with; empty for free text, which it cannot show.
    pub shown: String,
    pub original: Option<String>,
}

/// Reads the form of a vehicle that is not on offer, for the provider of this id. `to_iso` turns a local time into ISO 8601; `None` for no time at all.
///
/// # Errors
/// Every field that cannot be used, in the order of the form.
pub fn read(
    typed: &Typed,
    provider_id: &str,
    kept: &KeptTime,
    to_iso: impl Fn(&str) -> Option<String>,
) -> Result<VehicleFields, Refusals> {
    let mut refusals = Refusals::new();
    let required = |refusals: &mut Refusals, id, text: &str| {
        if text.trim().is_empty() {
            refusals.push((id, FieldProblem::Missing));
        }
        text.trim().to_owned()
    };
    let optional = |text: &str| Some(text.trim().to_owned()).filter(|text| !text.is_empty());
    let name = required(&mut refusals, NAME, &typed.name);
    let [make, model, license_plate] = [&typed.make, &typed.model, &typed.plate].map(|text| text.trim().to_owned());
    let capacity = read_capacity(&typed.capacity).unwrap_or_else(|problem| {
        refusals.push((CAPACITY, problem));
        0
    });
    let departure_time = if typed.time == kept.shown {
        kept.original.clone()
    } else if typed.time.trim().is_empty() {
        None
    } else {
        let iso = to_iso(typed.time.trim());
        if iso.is_none() {
            refusals.push((TIME, FieldProblem::NotATime));
        }
        iso
    };
    let price = read_price(&typed.price).unwrap_or_else(|problem| {
        refusals.push((PRICE, problem));
        None
    });
    if !refusals.is_empty() {
        return Err(refusals);
    }
    Ok(VehicleFields {
        provider_id: provider_id.to_owned(),
        name,
        make,
        model,
        license_plate,
        capacity,
        departure: optional(&typed.departure),
        destination: optional(&typed.destination),
        departure_time,
        price,
        published: false,
    })
}

fn read_capacity(text: &str) -> Result<u32, FieldProblem> {
    let text = text.trim();
    if text.is_empty() {
        return Err(FieldProblem::Missing);
    }
    let seats: u32 = text.parse().map_err(|_| FieldProblem::NotAWholeNumber)?;
    if (CAPACITY_LEAST..=CAPACITY_MOST).contains(&seats) {
        Ok(seats)
    } else {
        Err(FieldProblem::OutOfBounds { least: CAPACITY_LEAST, most: CAPACITY_MOST })
    }
}

/// A price with a comma or a point, with or without spaces between thousands.
fn read_price(text: &str) -> Result<Option<f64>, FieldProblem> {
    let text: String = text.chars().filter(|c| !c.is_whitespace()).map(|c| if c == ',' { '.' } else { c }).collect();
    if text.is_empty() {
        return Ok(None);
    }
    let plain = text.chars().all(|c| c.is_ascii_digit() || matches!(c, '.' | '-' | '+'));
    let price: f64 = text.parse().ok().filter(|_| plain).ok_or(FieldProblem::NotANumber)?;
    if price < 0.0 { Err(FieldProblem::Negative) } else { Ok(Some(price)) }
}

/// The form filled in with a vehicle. `to_local` gives what a time field shows for the vehicle's time.
pub fn filled_in(vehicle: &Vehicle, to_local: impl Fn(&str) -> Option<String>) -> (Typed, KeptTime) {
    let text = |value: &Option<String>| value.clone().unwrap_or_default();
    let original = vehicle.departure_time.clone();
    let shown = original.as_deref().and_then(to_local).unwrap_or_default();
    let typed = Typed {
        name: vehicle.name.clone(),
        make: text(&vehicle.make),
        model: text(&vehicle.model),
        plate: text(&vehicle.license_plate),
        capacity: vehicle.capacity.to_string(),
        departure: text(&vehicle.departure),
        destination: text(&vehicle.destination),
        time: shown.clone(),
        price: vehicle.price.map(|price| price.to_string()).unwrap_or_default(),
    };
    (typed, KeptTime { shown, original })
}

/// Whether `vehicle` is what `fields` describe.
pub fn is_written(vehicle: &Vehicle, fields: &VehicleFields) -> bool {
    let same = |there: &Option<String>, here: &str| there.as_deref().unwrap_or_default().trim() == here;
    let same_option = |there: &Option<String>, here: &Option<String>| same(there, here.as_deref().unwrap_or_default());
    vehicle.name.trim() == fields.name
        && same(&vehicle.make, &fields.make)
        && same(&vehicle.model, &fields.model)
        && same(&vehicle.license_plate, &fields.license_plate)
        && vehicle.capacity == fields.capacity
        && same_option(&vehicle.departure, &fields.departure)
        && same_option(&vehicle.destination, &fields.destination)
        && vehicle.price == fields.price
}

#[cfg(test)]
mod tests {
    use super::*;

    fn typed() -> Typed {
        Typed {
            name: " Express 20 ".into(),
            make: "Prevost".into(),
            model: "H3".into(),
            plate: "FLV 020".into(),
            capacity: "56".into(),
            departure: "Montréal".into(),
            destination: " ".into(),
            time: "2026-05-04T10:20".into(),
            price: "1 234,50".into(),
        }
    }

    fn to_iso(local: &str) -> Option<String> {
        local.starts_with("20").then(|| format!("{local}:00.000Z"))
    }

    #[test]
    fn a_form_that_is_filled_in_well_is_read_without_the_space_around_the_texts() {
        let fields = read(&typed(), "p-1", &KeptTime::default(), to_iso).unwrap_or_default();
        assert_eq!(fields.name, "Express 20");
        assert_eq!((fields.capacity, fields.price), (56, Some(1234.5)));
        assert_eq!(fields.destination, None);
        assert_eq!(fields.departure_time.as_deref(), Some("2026-05-04T10:20:00.000Z"));
    }

    #[test]
    fn every_field_that_cannot_be_used_is_named_with_its_reason_at_once() {
        let typed = Typed {
            capacity: "9".into(),
            price: "-1".into(),
            time: "soon".into(),
            name: " ".into(),
            plate: String::new(),
            ..typed()
        };
        let bounds = FieldProblem::OutOfBounds { least: 10, most: 80 };
        assert_eq!(
            read(&typed, "p", &KeptTime::default(), to_iso),
            Err(vec![
                (NAME, FieldProblem::Missing),
                (CAPACITY, bounds),
                (TIME, FieldProblem::NotATime),
                (PRICE, FieldProblem::Negative),
            ])
        );
    }

    #[test]
    fn a_number_of_seats_is_whole_and_within_the_contract() {
        assert_eq!((read_capacity("10"), read_capacity("80 ")), (Ok(10), Ok(80)));
        assert_eq!(read_capacity(""), Err(FieldProblem::Missing));
        for text in ["12.5", "twelve", "-20", "1e1"] {
            assert_eq!(read_capacity(text), Err(FieldProblem::NotAWholeNumber), "{text}");
        }
        assert!(matches!(read_capacity("81"), Err(FieldProblem::OutOfBounds { .. })));
    }

    #[test]
    fn a_price_takes_a_comma_and_is_a_number() {
        assert_eq!(read_price("12,5"), Ok(Some(12.5)));
        assert_eq!(read_price("0"), Ok(Some(0.0)));
        assert_eq!(read_price(""), Ok(None));
        for text in ["1,2,3", "free", "inf", "NaN", "1e3"] {
            assert_eq!(read_price(text), Err(FieldProblem::NotANumber), "{text}");
        }
    }

    fn vehicle(time: Option<&str>) -> Vehicle {
        let text = |text: &str| Some(text.to_owned());
        Vehicle {
            id: "v".into(),
            name: "Express 20".into(),
            make: text("Prevost"),
            model: text("H3"),
            license_plate: text("FLV 020"),
            capacity: 56,
            published: true,
            provider_id: "p".into(),
            departure: text("Montréal"),
            destination: None,
            departure_time: time.map(str::to_owned),
            price: Some(34.5),
        }
    }

    #[test]
    fn a_departure_time_that_is_not_touched_goes_back_as_it_came() {
        let to_local = |text: &str| text.starts_with("20").then(|| "2026-05-04T12:20".to_owned());
        for original in ["2026-05-04T10:20:31Z", "tous les matins"] {
            let (typed, kept) = filled_in(&vehicle(Some(original)), to_local);
            let fields = read(&typed, "p", &kept, to_iso).unwrap_or_default();
            assert_eq!(fields.departure_time.as_deref(), Some(original));
        }
        let (typed, kept) = filled_in(&vehicle(Some("2026-05-04T10:20:31Z")), to_local);
        let cleared = read(&Typed { time: String::new(), ..typed }, "p", &kept, to_iso).unwrap_or_default();
        assert_eq!(cleared.departure_time, None, "a time that was taken out is gone");
    }

    #[test]
    fn a_vehicle_is_written_when_everything_that_was_sent_is_there() {
        let (typed, kept) = filled_in(&vehicle(None), |_| None);
        let fields = read(&typed, "p", &kept, to_iso).unwrap_or_default();
        assert!(is_written(&vehicle(None), &fields));
        assert!(!is_written(&Vehicle { capacity: 55, ..vehicle(None) }, &fields));
        assert!(!is_written(&Vehicle { destination: Some("Québec".into()), ..vehicle(None) }, &fields));
    }
}
