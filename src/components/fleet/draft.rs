//! What was typed into the vehicle form and not saved, as the tab keeps it.

use super::fields::Typed;
use crate::api_service::json::{Field, FromValue, Object, ReadError, Value};

/// What was typed for which vehicle, and by whom.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Draft {
    pub provider: String,
    pub vehicle: String,
    pub typed: Typed,
}

impl Draft {
    pub fn to_json(&self) -> String {
        let Typed { name, make, model, plate, capacity, departure, destination, time, price } = &self.typed;
        let typed = [
            ("name", name),
            ("make", make),
            ("model", model),
            ("plate", plate),
            ("capacity", capacity),
            ("departure", departure),
            ("destination", destination),
            ("time", time),
            ("price", price),
        ];
        let draft = vec![
            ("provider", self.provider.as_str().into()),
            ("vehicle", self.vehicle.as_str().into()),
            ("typed", Field::Object(typed.map(|(name, text)| (name, text.as_str().into())).into())),
        ];
        Field::Object(draft).to_json()
    }
}

impl FromValue for Draft {
    fn from_value(value: &Value) -> Result<Self, ReadError> {
        let draft = Object::of(value)?;
        Ok(Self {
            provider: draft.need("provider", Object::text)?,
            vehicle: draft.need("vehicle", Object::text)?,
            typed: draft.need("typed", Object::part)?,
        })
    }
}

impl FromValue for Typed {
    fn from_value(value: &Value) -> Result<Self, ReadError> {
        let typed = Object::of(value)?;
        let text = |name: &str| typed.text(name).map(Option::unwrap_or_default);
        Ok(Self {
            name: text("name")?,
            make: text("make")?,
            model: text("model")?,
            plate: text("plate")?,
            capacity: text("capacity")?,
            departure: text("departure")?,
            destination: text("destination")?,
            time: text("time")?,
            price: text("price")?,
        })
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::api_service::json;

    #[test]
    fn a_draft_comes_back_as_it_was_typed() {
        let typed = Typed {
            name: "Express \"20\"".into(),
            make: "Prevost".into(),
            model: "H3-45".into(),
            plate: "FLV 020".into(),
            capacity: "5o".into(),
            departure: "Montréal".into(),
            destination: "Québec".into(),
            time: "2026-05-04T10:15".into(),
            price: "34,50".into(),
        };
        let draft = Draft { provider: "p-71".into(), vehicle: "new".into(), typed };
        assert_eq!(json::read(&draft.to_json()), Ok(draft));
    }
}
