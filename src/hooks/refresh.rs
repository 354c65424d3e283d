//! The refresh of a whole page: everything on it that is asked for again and again is asked for now.

use leptos::prelude::*;

/// A handle that a page puts in context, for whatever polls below it: copy it freely.
#[derive(Clone, Copy)]
pub struct PageRefresh {
    asked: RwSignal<u32>,
    /// Runs under way, whoever asked for them.
    runs: RwSignal<u32>,
    /// Somebody asked, and not everything has come in yet.
    under_way: RwSignal<bool>,
}

/// Counts a run for as long as it lives.
pub(super) struct Run(PageRefresh);

impl Drop for Run {
    fn drop(&mut self) {
        // The page may have been left meanwhile.
        self.0.runs.try_update(|runs| *runs = runs.saturating_sub(1));
        if self.0.runs.try_get_untracked() == Some(0) && self.0.under_way.try_get_untracked() == Some(true) {
            self.0.under_way.set(false);
        }
    }
}

impl PageRefresh {
    /// Puts one in context.
    pub fn provide() -> Self {
        let refresh = Self { asked: RwSignal::new(0), runs: RwSignal::new(0), under_way: RwSignal::new(false) };
        provide_context(refresh);
        refresh
    }

    /// Asks for everything. While that is under way this is the same wish.
    pub fn now(self) {
        if !self.under_way.get_untracked() {
            self.under_way.set(true);
            self.asked.update(|asked| *asked = asked.wrapping_add(1));
        }
    }

    /// Whether something that was asked for has not come in yet.
    pub fn under_way(self) -> Signal<bool> {
        self.under_way.into()
    }

    /// Changes with every wish.
    pub(super) fn asked(self) -> u32 {
        self.asked.get()
    }

    /// A run begins.
    pub(super) fn run(self) -> Run {
        self.runs.try_update(|runs| *runs += 1);
        Run(self)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_wish_lasts_until_everything_has_come_in_and_is_one_until_then() {
        let owner = Owner::new();
        owner.with(|| {
            let refresh = PageRefresh::provide();
            let by_itself = refresh.run();
            drop(by_itself);
            assert!(!refresh.under_way.get_untracked(), "nobody asked");
            refresh.now();
            refresh.now();
            assert_eq!((refresh.asked.get_untracked(), refresh.under_way.get_untracked()), (1, true));
            let (first, second) = (refresh.run(), refresh.run());
            drop(first);
            assert!(refresh.under_way.get_untracked(), "one is still on its way");
            drop(second);
            assert!(!refresh.under_way.get_untracked());
        });
    }
}
