//! Cancelling a reservation, and taking one that holds no seat out of the list.

use leptos::prelude::*;
use leptos::task::spawn_local;

use super::booking::Booking;
use super::names::BookedSeat;
use crate::api_service::ApiError;
use crate::api_service::endpoints::removal::Removal;
use crate::i18n::booking::booking;
use crate::i18n::errors::error_text;

impl Booking {
    /// Cancels a reservation of the person.
    pub fn cancel(self, booked: BookedSeat) {
        if self.cancelling.get_untracked().is_some() {
            return;
        }
        let id = booked.reservation.id.clone();
        self.cancelling.set(Some(id.clone()));
        spawn_local(async move {
            let user = self.session.user_id();
            let result = self.session.checked(self.api.cancel_reservation(&id, user.as_deref()).await);
            let lang = self.lang.try_get_untracked().unwrap_or_default();
            let text = booking(lang);
            match result {
                Ok(Removal::GoneBefore) => {
                    self.notices.info(text.cancelled_before.fill([&booked.seat, &booked.vehicle]))
                }
                Ok(_) => self.notices.success(text.cancelled.fill([&booked.seat, &booked.vehicle])),
                Err(ApiError::Refused { status: 404 | 405, code: None, message: None }) => {
                    self.notices.error(text.cannot_cancel)
                }
                Err(ApiError::Unauthorized { .. } | ApiError::Cancelled) => {}
                Err(error) => self.notices.error(error_text(lang, &error)),
            }
            self.refresh();
            self.cancelling.try_set(None);
        });
    }

    /// Takes a reservation that holds no seat out of the list.
    pub fn remove(self, booked: BookedSeat) {
        if self.cancelling.get_untracked().is_some() {
            return;
        }
        let id = booked.reservation.id.clone();
        self.cancelling.set(Some(id.clone()));
        spawn_local(async move {
            let user = self.session.user_id();
            let result = self.session.checked(self.api.delete_reservation(&id, user.as_deref()).await);
            let lang = self.lang.try_get_untracked().unwrap_or_default();
            let text = booking(lang);
            let of = [booked.seat.as_str(), &booked.vehicle];
            match result {
                Ok(Removal::StillListed) => self.notices.error(text.still_listed.fill(of)),
                // Gone already is what was asked for.
                Ok(Removal::Done | Removal::GoneBefore) => self.notices.success(text.removed.fill(of)),
                Err(ApiError::Refused { status: 404 | 405, code: None, message: None }) => {
                    self.notices.error(text.cannot_remove)
                }
                Err(ApiError::Unauthorized { .. } | ApiError::Cancelled) => {}
                Err(error) => self.notices.error(error_text(lang, &error)),
            }
            self.refresh();
            self.cancelling.try_set(None);
        });
    }
}
