//! One action of a person is one write, however often its button is pressed.

use std::sync::Arc;

use serde::Serialize;

use super::ApiService;

/// The idempotency key of an action, kept until its outcome is known: pressed again meanwhile, it is the same action.
#[derive(Clone, Default)]
pub struct ActionKey(Option<OpenAction>);

#[derive(Clone)]
struct OpenAction {
    /// What is written, as JSON.
    content: String,
    key: Arc<str>,
}

impl ActionKey {
    /// The key of the action that writes `content`: the one in use while its outcome is unknown, else a new one.
    /// Another content is another action: a node refuses a key that comes back with another body.
    pub fn key_for(&mut self, content: &impl Serialize, api: ApiService) -> Arc<str> {
        self.key_or(content, || api.new_idempotency_key())
    }

    fn key_or(&mut self, content: &impl Serialize, new_key: impl FnOnce() -> Arc<str>) -> Arc<str> {
        // What cannot be written cannot be recognised either: each time is an action of its own.
        let Ok(content) = serde_json::to_string(content) else { return new_key() };
        let open = self.0.take().filter(|action| action.content == content);
        let action = open.unwrap_or_else(|| OpenAction { content, key: new_key() });
        Arc::clone(&self.0.insert(action).key)
    }

    /// The outcome is known: the next press is another action.
    pub fn settled(&mut self) {
        self.0 = None;
    }
}

#[cfg(test)]
mod tests {
    use std::cell::Cell;

    use super::*;

    #[test]
    fn an_action_keeps_its_key_until_its_outcome_is_known() {
        let made = Cell::new(0);
        let new_key = || {
            made.set(made.get() + 1);
            Arc::from(made.get().to_string())
        };
        let mut action = ActionKey::default();
        assert_eq!(&*action.key_or(&"seat 1", new_key), "1");
        assert_eq!(&*action.key_or(&"seat 1", new_key), "1", "pressed again while nobody knows");
        assert_eq!(&*action.key_or(&"seat 2", new_key), "2", "another content is another action");
        action.settled();
        assert_eq!(&*action.key_or(&"seat 2", new_key), "3", "the same content after the outcome is a new action");
    }
}
