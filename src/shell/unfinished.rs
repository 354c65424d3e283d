//! Writes that a reload of the page interrupted: offered once more, with the same key, so that they are applied once.

use leptos::prelude::*;
use leptos::task::spawn_local;

use crate::api_service::{ApiError, ApiService, PendingWrite};
use crate::i18n::common::common;
use crate::i18n::errors::error_text;
use crate::i18n::use_lang;
use crate::store::notice::NoticeStore;
use crate::store::session::Session;

/// Offers what somebody left under way, once that same person is signed in.
pub fn offer_unfinished_writes() {
    let (api, session) = (expect_context::<ApiService>(), expect_context::<Session>());
    let offer = Offer { api, session, notices: expect_context(), lang: use_lang() };
    let person = Memo::new(move |_| session.account().with(|account| account.as_ref().map(|one| one.user_id.clone())));
    Effect::new(move |_| {
        if person.with(Option::is_some) {
            api.unfinished_writes().into_iter().for_each(|write| offer.make(write));
        }
    });
}

#[derive(Clone, Copy)]
struct Offer {
    api: ApiService,
    session: Session,
    notices: NoticeStore,
    lang: Signal<crate::i18n::Lang>,
}

impl Offer {
    fn make(self, write: PendingWrite) {
        let text = common(self.lang.get_untracked());
        let words = if write.path.starts_with("/reservations") { text.unfinished_booking } else { text.unfinished };
        self.notices.error_with_action(words, text.finish, move || self.finish(write.clone()));
    }

    fn finish(self, write: PendingWrite) {
        // The offer may have stood there for long.
        if !self.api.pending_writes().contains(&write) {
            let unknown = ApiError::OutcomeUnknown { node: None };
            return self.notices.error(error_text(self.lang.get_untracked(), &unknown));
        }
        spawn_local(async move {
            let result = self.session.checked(self.api.resume_write(&write).await);
            let lang = self.lang.get_untracked();
            match result {
                Ok(()) => self.notices.success(common(lang).finished),
                Err(refused @ ApiError::Refused { .. }) => self.notices.error(error_text(lang, &refused)),
                Err(ApiError::Unauthorized { .. } | ApiError::Cancelled) => {}
                Err(_) => self.make(write),
            }
        });
    }
}
