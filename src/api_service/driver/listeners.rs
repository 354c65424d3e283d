//! Who is told that something changed.

use std::cell::{Cell, RefCell};
use std::rc::Rc;

/// Called after every change that somebody may want to see.
type Listener = Rc<dyn Fn()>;

/// Everybody who wants to be told.
#[derive(Default)]
pub(super) struct Listeners {
    listeners: RefCell<Vec<(u64, Listener)>>,
    next: Cell<u64>,
    /// The revision that was told of last.
    revision: Cell<u64>,
}

impl Listeners {
    /// Calls `listener` after every change, until the subscription is dropped.
    pub fn add(self: &Rc<Self>, listener: Listener) -> Subscription {
        let id = self.next.get();
        self.next.set(id + 1);
        self.listeners.borrow_mut().push((id, listener));
        Subscription { listeners: Rc::clone(self), id }
    }

    /// Tells everybody, if `revision` is another than the last time.
    pub fn notify(&self, revision: u64) {
        if self.revision.replace(revision) == revision {
            return;
        }
        // Copied: a listener may add another, or end its own subscription.
        let listeners: Vec<Listener> =
            self.listeners.borrow().iter().map(|(_, listener)| Rc::clone(listener)).collect();
        for listener in listeners {
            listener();
        }
    }
}

/// Ends a subscription when dropped.
pub struct Subscription {
    listeners: Rc<Listeners>,
    id: u64,
}

impl Drop for Subscription {
    fn drop(&mut self) {
        self.listeners.listeners.borrow_mut().retain(|(id, _)| *id != self.id);
    }
}
