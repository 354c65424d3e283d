//! Cancelling a reservation, and taking one that holds no seat out of the list.

use leptos::prelude::*;
use leptos::task::spawn_local;

use super::booking::Booking;
use super::names::BookedSeat;
use crate::api_service::ApiError;
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
            let result = self.session.checked(self.api.cancel_reservation(&id).await);
            let lang = self.lang.try_get_untracked().unwrap_or_default();
            let text = booking(lang);
            match result {
                Ok(()) => self.notices.success(text.cancelled.fill([&booked.seat, &booked.vehicle])),
                Err(ApiError::Refused { status: 404 | 405, code: None, .. }) => self.notices.error(text.cannot_cancel),
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
            let result = self.session.checked(self.api.delete_reservation(&id).await);
            let lang = self.lang.try_get_untracked().unwrap_or_default();
            match result {
                // Gone already is what was asked for.
                Ok(()) => self.notices.success(booking(lang).removed.fill([&booked.seat, &booked.vehicle])),
                Err(error) if error.is_gone() => {
                    self.notices.success(booking(lang).removed.fill([&booked.seat, &booked.vehicle]));
                }
                Err(ApiError::Unauthorized { .. } | ApiError::Cancelled) => {}
                Err(error) => self.notices.error(error_text(lang, &error)),
            }
            self.refresh();
            self.cancelling.try_set(None);
        });
    }
}
