//! What was typed into the vehicle form and not saved, as the tab keeps it.

use serde::{Deserialize, Serialize};

use super::fields::Typed;

/// What was typed for which vehicle, and by whom.
#[derive(Clone, Debug, Deserialize, PartialEq, Eq, Serialize)]
pub struct Draft {
    pub provider: String,
    pub vehicle: String,
    pub typed: Typed,
}

impl Draft {
    /// Every key is a text: writing it cannot fail.
    pub fn to_json(&self) -> String {
        serde_json::to_string(self).unwrap_or_default()
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::api_service::decode;

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
        assert_eq!(decode::from_text(&draft.to_json()), Ok(draft));
    }
}
