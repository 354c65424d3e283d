//! Writes that a reload of the page interrupted: offered once more, with the same key, so that they are applied once.

use leptos::prelude::*;
use leptos::task::spawn_local;

use crate::api_service::{ApiError, ApiService, PendingWrite};
use crate::i18n::common::common;
use crate::i18n::errors::error_text;
use crate::i18n::use_lang;
use crate::store::notice::NoticeStore;
use crate::store::session::Session;

/// Offers what was under way when the page was last left, once somebody is logged in.
pub fn offer_unfinished_writes() {
    let (api, session) = (expect_context::<ApiService>(), expect_context::<Session>());
    let role = session.role();
    let offer = Offer { api, session, notices: expect_context(), lang: use_lang() };
    let before = api.pending_writes();
    Effect::new(move |offered: Option<bool>| {
        let there = role.get().is_some();
        if there && offered != Some(true) {
            for write in before.clone() {
                offer.make(write);
            }
        }
        there || offered == Some(true)
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
        spawn_local(async move {
            let sent_as = self.session.account().get_untracked();
            let result = self.api.resume_write(&write).await;
            // What a node says of an earlier session does not end the present one.
            let same_session = self.session.account().get_untracked() == sent_as;
            let result = if same_session { self.session.checked(result) } else { result };
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
