//! One tab among all: the browser's Web Locks.
//!
//! By hand, since `use_web_lock` of leptos-use 0.20 cannot give up waiting, panics where a browser has no locks or refuses
//! them (plain http, blocked site data), and is there with `--cfg web_sys_unstable_apis` only.

use std::cell::RefCell;
use std::rc::Rc;

use js_sys::{Function, Object, Promise, Reflect};
use wasm_bindgen::closure::Closure;
use wasm_bindgen::{JsCast, JsValue};
use wasm_bindgen_futures::{JsFuture, spawn_local};
use web_sys::AbortController;

/// A tab's claim to a lock: it has it or waits for it. Dropping the claim gives the lock to the next tab that waits.
pub struct Lock {
    hold: Rc<RefCell<Hold>>,
    abort: AbortController,
}

#[derive(Default)]
struct Hold {
    /// The claim was dropped: a lock that comes now is given back at once.
    dropped: bool,
    /// Gives the lock back, while this tab has it.
    release: Option<Function>,
}

impl Lock {
    /// Waits for the lock of this name, and calls `granted` once this tab has it. `None` where the browser has no locks
    /// (plain http on a LAN). One that refuses them (blocked site data) shares nothing between tabs: each has its own.
    pub fn claim(name: &str, granted: impl FnOnce() + 'static) -> Option<Self> {
        claim(name, Box::new(granted))
    }
}

fn claim(name: &str, granted: Box<dyn FnOnce()>) -> Option<Lock> {
    let navigator = web_sys::window()?.navigator();
    let locks = Reflect::get(&navigator, &JsValue::from_str("locks")).ok().filter(JsValue::is_object)?;
    let request: Function = Reflect::get(&locks, &JsValue::from_str("request")).ok()?.dyn_into().ok()?;
    let abort = AbortController::new().ok()?;
    let hold = Rc::new(RefCell::new(Hold::default()));
    let (holder, refused) = (Rc::clone(&hold), Rc::clone(&hold));
    let granted = Rc::new(RefCell::new(Some(granted)));
    let ours = Rc::clone(&granted);
    // The lock is ours until the promise that this answers is resolved.
    let on_grant = Closure::once_into_js(move || {
        if holder.borrow().dropped {
            return Promise::resolve(&JsValue::NULL);
        }
        if let Some(granted) = ours.take() {
            granted();
        }
        Promise::new(&mut |resolve, _| holder.borrow_mut().release = Some(resolve))
    });
    let options = Object::new();
    Reflect::set(&options, &JsValue::from_str("signal"), &abort.signal()).ok()?;
    let waiting = request.call3(&locks, &JsValue::from_str(name), &options, &on_grant).ok()?;
    spawn_local(async move {
        // Ends with an error when the wait is given up, which nobody is to be told, or when the browser refuses.
        let ended = JsFuture::from(waiting.unchecked_into::<Promise>()).await;
        let granted = granted.take().filter(|_| ended.is_err() && !refused.borrow().dropped);
        if let Some(granted) = granted {
            granted();
        }
    });
    Some(Lock { hold, abort })
}

impl Drop for Lock {
    fn drop(&mut self) {
        let release = {
            let mut hold = self.hold.borrow_mut();
            hold.dropped = true;
            hold.release.take()
        };
        // Still waiting for the lock: not any more.
        self.abort.abort();
        if let Some(release) = release {
            // A promise's own function does not throw.
            let _ = release.call0(&JsValue::NULL);
        }
    }
}
