//! What was typed into the vehicle form and not saved, as the tab keeps it.

use serde::{Deserialize, Serialize};

use super::fields::Typed;
use crate::api_service::decode;

/// For this long a draft is offered, in milliseconds: a day. What was typed before that is no longer what is meant.
const OFFERED_FOR_MS: f64 = 86_400_000.0;

/// What was typed for which vehicle, by whom, and when.
#[derive(Clone, Debug, Deserialize, PartialEq, Serialize)]
pub struct Draft {
    pub provider: String,
    pub vehicle: String,
    pub typed: Typed,
    /// Milliseconds since 1970.
    pub since_ms: f64,
}

impl Draft {
    /// Where the draft of `provider` is kept: each has one, whoever else signs in in this tab.
    pub fn key_of(provider: &str) -> String {
        format!("vcube.draft.vehicle.{provider}")
    }

    /// What `provider` typed for `vehicle`, out of the `kept` text; `None` for what cannot be read, is that of something or
    /// somebody else, or is too old.
    pub fn read(kept: &str, provider: &str, vehicle: &str, now_ms: f64) -> Option<Typed> {
        let draft: Self = decode::from_text(kept).ok()?;
        let wanted = draft.provider == provider && draft.vehicle == vehicle;
        (wanted && (now_ms - draft.since_ms).abs() <= OFFERED_FOR_MS).then_some(draft.typed)
    }

    /// Every key is a text: writing it cannot fail.
    pub fn to_json(&self) -> String {
        serde_json::to_string(self).unwrap_or_default()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_draft_comes_back_as_it_was_typed_for_a_day_and_to_whoever_typed_it() {
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
        let kept =
            Draft { provider: "p-71".into(), vehicle: "new".into(), typed: typed.clone(), since_ms: 5.0 }.to_json();
        assert_eq!(Draft::read(&kept, "p-71", "new", 6.0), Some(typed));
        assert_eq!(Draft::read(&kept, "p-72", "new", 6.0), None);
        assert_eq!(Draft::read(&kept, "p-71", "v-1", 6.0), None);
        assert_eq!(Draft::read(&kept, "p-71", "new", 6.0 + OFFERED_FOR_MS), None);
        assert_ne!(Draft::key_of("p-71"), Draft::key_of("p-72"));
    }
}
