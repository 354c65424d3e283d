//! A bell for one sleeper. A ring while nobody sleeps is kept for the next sleep.

use std::cell::RefCell;
use std::rc::Rc;

use futures_channel::oneshot;

#[derive(Default)]
struct State {
    rung: bool,
    sleeper: Option<oneshot::Sender<()>>,
}

#[derive(Clone, Default)]
pub(super) struct Bell(Rc<RefCell<State>>);

impl Bell {
    pub fn ring(&self) {
        let mut state = self.0.borrow_mut();
        let heard = state.sleeper.take().is_some_and(|sleeper| sleeper.send(()).is_ok());
        // Without a sleeper, or with one that was dropped meanwhile, the ring is kept.
        state.rung |= !heard;
    }

    /// Resolves at the next ring, or at once when it was rung before.
    pub async fn rung(&self) {
        let sleep = {
            let mut state = self.0.borrow_mut();
            if std::mem::take(&mut state.rung) {
                return;
            }
            let (sender, sleep) = oneshot::channel();
            state.sleeper = Some(sender);
            sleep
        };
        // An error means that another sleeper took this one's place: it wakes, which is harmless.
        let _ = sleep.await;
    }

    /// Forgets a ring that was kept.
    pub fn hush(&self) {
        self.0.borrow_mut().rung = false;
    }
}

#[cfg(test)]
mod tests {
    use std::future::Future;
    use std::pin::pin;
    use std::task::{Context, Poll, Waker};

    use super::*;

    fn is_ready(future: impl Future<Output = ()>) -> bool {
        matches!(pin!(future).poll(&mut Context::from_waker(Waker::noop())), Poll::Ready(()))
    }

    #[test]
    fn a_ring_wakes_the_sleeper() {
        let bell = Bell::default();
        let mut sleep = pin!(bell.rung());
        let mut context = Context::from_waker(Waker::noop());
        assert!(sleep.as_mut().poll(&mut context).is_pending());
        bell.ring();
        assert!(sleep.as_mut().poll(&mut context).is_ready());
        assert!(!is_ready(bell.rung()), "one ring wakes one sleep");
    }

    #[test]
    fn a_ring_that_nobody_heard_is_kept_for_the_next_sleep() {
        let bell = Bell::default();
        bell.ring();
        bell.ring();
        assert!(is_ready(bell.rung()));
        assert!(!is_ready(bell.rung()), "several rings are one");
        drop(bell.rung());
        bell.ring();
        bell.hush();
        assert!(!is_ready(bell.rung()));
    }

    #[test]
    fn a_ring_after_the_sleeper_was_dropped_is_not_lost() {
        let bell = Bell::default();
        {
            let mut sleep = pin!(bell.rung());
            assert!(sleep.as_mut().poll(&mut Context::from_waker(Waker::noop())).is_pending());
        }
        bell.ring();
        assert!(is_ready(bell.rung()));
    }
}
