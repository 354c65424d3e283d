//! The session of a tab that lives, handed to a new one: that of a link which is opened with Ctrl. Tabs speak by a
//! `BroadcastChannel`, which reaches pages of this origin alone: a token is never in `localStorage` or in an address.
//!
//! The channel is opened by hand: `use_broadcast_channel` of leptos-use 0.20 opens it in an effect, when the page is there
//! already, and gives what it hears as a signal, of which a reader sees the last message only.

use std::cell::RefCell;
use std::rc::Rc;

use futures_channel::oneshot;
use futures_util::future::select;
use leptos::prelude::*;
use send_wrapper::SendWrapper;
use serde::{Deserialize, Serialize};
use wasm_bindgen::closure::Closure;
use wasm_bindgen::{JsCast, JsValue};
use web_sys::{BroadcastChannel, MessageEvent};

use super::session::{Account, Ending, Session};
use crate::api_service::browser::pause;

const CHANNEL: &str = "vcube.session";

/// A new tab waits this long for others to speak, in milliseconds. One that lives answers within tens of milliseconds; a
/// person who is signed in nowhere does not notice a quarter of a second more.
const WAIT_MS: u32 = 250;

/// What tabs say to each other, as JSON.
#[derive(Clone, Debug, Deserialize, PartialEq, Serialize)]
enum Message {
    /// A tab has come in which nobody is signed in; the number is its own.
    WhoIsThere { asker: f64 },
    /// Somebody is signed in in a tab that lives.
    Here { asker: f64, offer: Offer },
    /// This session ends in every tab that has it.
    SignedOut { account: Account },
}

/// A session that a new tab may take.
#[derive(Clone, Debug, Deserialize, PartialEq, Serialize)]
struct Offer {
    account: Account,
    /// Whether its tab is shown, as one is whose link was opened behind it.
    shown: bool,
    /// When it was last shown, in milliseconds since 1970.
    last_shown_ms: f64,
}

/// Of several sessions the one of the tab that a person used last.
fn choose(offers: Vec<Offer>) -> Option<Account> {
    let later = |a: &Offer, b: &Offer| a.shown.cmp(&b.shown).then(a.last_shown_ms.total_cmp(&b.last_shown_ms));
    offers.into_iter().max_by(later).map(|offer| offer.account)
}

/// What follows in a tab from what another one says.
#[derive(Debug, PartialEq)]
enum Reaction {
    Say(Message),
    SignOut,
    Nothing,
}

/// What a tab in which `account` is signed in does about `message`.
fn react(message: Message, account: Option<Account>, shown: bool, last_shown_ms: f64) -> Reaction {
    match (message, account) {
        (Message::WhoIsThere { asker }, Some(account)) => {
            Reaction::Say(Message::Here { asker, offer: Offer { account, shown, last_shown_ms } })
        }
        (Message::SignedOut { account: ended }, Some(account)) if ended == account => Reaction::SignOut,
        _ => Reaction::Nothing,
    }
}

/// A channel and what listens to it. Dropping it ends both.
struct Line {
    channel: BroadcastChannel,
    _listener: Closure<dyn FnMut(MessageEvent)>,
}

impl Line {
    /// `None` where the browser has no channels: each tab then signs in by itself.
    fn open(mut hear: impl FnMut(Message) + 'static) -> Option<Self> {
        let channel = BroadcastChannel::new(CHANNEL).ok()?;
        let listener = Closure::<dyn FnMut(MessageEvent)>::new(move |event: MessageEvent| {
            // What cannot be read comes from another version of the application.
            if let Some(message) = event.data().as_string().and_then(|text| serde_json::from_str(&text).ok()) {
                hear(message);
            }
        });
        channel.set_onmessage(Some(listener.as_ref().unchecked_ref()));
        Some(Self { channel, _listener: listener })
    }
}

impl Drop for Line {
    fn drop(&mut self) {
        self.channel.set_onmessage(None);
        self.channel.close();
    }
}

fn say(channel: &BroadcastChannel, message: &Message) {
    if let Ok(text) = serde_json::to_string(message) {
        // Refused only by a channel that is closed: then nobody listens through it.
        let _ = channel.post_message(&JsValue::from_str(&text));
    }
}

/// Asks the tabs that live for the session of whoever is signed in there, and waits for them for a quarter of a second at
/// most.
pub async fn ask_other_tabs() -> Option<Account> {
    let asker = js_sys::Math::random();
    let offers = Rc::new(RefCell::new(Vec::new()));
    let (found, is_found) = oneshot::channel();
    let (heard, mut found) = (Rc::clone(&offers), Some(found));
    let line = Line::open(move |message| {
        let Message::Here { asker: asked, offer } = message else { return };
        if asked != asker {
            return;
        }
        if offer.shown
            && let Some(found) = found.take()
        {
            // An error here means that the wait is over.
            let _ = found.send(());
        }
        heard.borrow_mut().push(offer);
    })?;
    say(&line.channel, &Message::WhoIsThere { asker });
    select(is_found, Box::pin(pause(WAIT_MS))).await;
    drop(line);
    choose(offers.take())
}

/// Hands the session to new tabs, and ends it where another tab says so, for as long as the page lives.
pub fn share_with_other_tabs(session: Session, shown: Signal<bool>) {
    let last_shown = StoredValue::new(js_sys::Date::now());
    Effect::new(move |_| {
        shown.track();
        last_shown.set_value(js_sys::Date::now());
    });
    let answers = BroadcastChannel::new(CHANNEL).ok();
    let telling = SendWrapper::new(answers.clone());
    let line = Line::open(move |message| {
        let account = session.account().get_untracked();
        match react(message, account, shown.get_untracked(), last_shown.get_value()) {
            Reaction::Say(answer) => {
                if let Some(channel) = &answers {
                    say(channel, &answer);
                }
            }
            Reaction::SignOut => session.log_out(),
            Reaction::Nothing => {}
        }
    });
    StoredValue::new_local(line);
    Effect::watch(
        move || session.account().get(),
        move |now, before, _| {
            let left = now.is_none() && session.ending().get_untracked() == Ending::LoggedOut;
            if let (Some(account), Some(channel)) = (before.cloned().flatten().filter(|_| left), telling.as_ref()) {
                // A tab that was told tells it again, to tabs that know.
                say(channel, &Message::SignedOut { account });
            }
        },
        false,
    );
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::api_service::endpoints::auth::{Login, UserRole};

    fn account(user: &str, token: &str) -> Account {
        let login = Login { role: UserRole::User, user_id: user.into(), user_name: None, token: Some(token.into()) };
        login.into()
    }

    fn offer(user: &str, shown: bool, last_shown_ms: f64) -> Offer {
        Offer { account: account(user, "t"), shown, last_shown_ms }
    }

    #[test]
    fn what_one_tab_says_another_hears_token_and_all() {
        for said in [
            Message::WhoIsThere { asker: 0.25 },
            Message::Here { asker: 0.25, offer: offer("ana", true, 5.0) },
            Message::SignedOut { account: account("ana", "t") },
        ] {
            let heard = serde_json::to_string(&said).and_then(|text| serde_json::from_str(&text));
            assert_eq!(heard.ok(), Some(said));
        }
    }

    #[test]
    fn a_tab_in_which_somebody_is_signed_in_answers_a_new_one_and_any_other_is_silent() {
        let ask = || Message::WhoIsThere { asker: 0.5 };
        let answer = Message::Here { asker: 0.5, offer: offer("ana", true, 7.0) };
        assert_eq!(react(ask(), Some(account("ana", "t")), true, 7.0), Reaction::Say(answer.clone()));
        assert_eq!(react(ask(), None, true, 7.0), Reaction::Nothing);
        assert_eq!(react(answer, Some(account("bob", "t")), true, 7.0), Reaction::Nothing, "that is for the new tab");
    }

    #[test]
    fn signing_out_ends_that_session_in_every_tab_and_no_other_session() {
        let ended = || Message::SignedOut { account: account("ana", "t1") };
        assert_eq!(react(ended(), Some(account("ana", "t1")), true, 0.0), Reaction::SignOut);
        for other in [Some(account("ana", "t2")), Some(account("bob", "t1")), None] {
            assert_eq!(react(ended(), other, true, 0.0), Reaction::Nothing);
        }
    }

    #[test]
    fn of_several_sessions_a_new_tab_takes_that_of_the_tab_in_use() {
        let chosen = |offers: &[Offer]| choose(offers.to_vec()).map(|account| account.user_id);
        let (ana, bob) = (offer("ana", false, 900.0), offer("bob", false, 800.0));
        assert_eq!(chosen(&[bob.clone(), ana.clone()]).as_deref(), Some("ana"), "the one that was shown last");
        assert_eq!(chosen(&[ana, offer("eve", true, 10.0), bob]).as_deref(), Some("eve"), "the one that is shown");
        assert_eq!(chosen(&[]), None);
    }
}
