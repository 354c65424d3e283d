//! What the person has booked, newest first, with the way to cancel.

use crate::ui::*;

use super::{BookedSeat, Booking};
use crate::api_service::endpoints::reservations::ReservationStatus;
use crate::components::dialog::Dialog;
use crate::components::section::data_section;
use crate::i18n::booking::{BookingText, booking};
use crate::i18n::format;

pub fn my_reservations(state: Booking) -> AnyView {
    let lang = state.lang;
    let mine = state.mine;
    let asked = RwSignal::new(None::<BookedSeat>);
    let rows = move || mine.value().with(|mine| mine.clone().unwrap_or_default());
    let empty = Memo::new(move |_| mine.value().with(|mine| mine.as_ref().is_none_or(Vec::is_empty)));
    let head = move |words: fn(&BookingText) -> &'static str| {
        view! { <th scope="col">{move || words(booking(lang.get()))}</th> }
    };
    let content = view! {
        <p hidden=move || !empty.get()>{move || booking(lang.get()).no_reservations}</p>
        <div class="table-frame" hidden=move || empty.get()>
            <table class="table table-cards">
                <thead>
                    <tr>
                        {head(|text| text.vehicle)} {head(|text| text.seat_column)} {head(|text| text.status_column)}
                        {head(|text| text.date_column)} {head(|text| text.actions)}
                    </tr>
                </thead>
                <tbody>
                    <For
                        each=rows
                        key=|row| (row.reservation.id.clone(), row.reservation.status.as_str(), row.seat.clone())
                        let:row
                    >
                        {row_view(state, asked, row)}
                    </For>
                </tbody>
            </table>
        </div>
        {cancel_dialog(state, asked)}
    };
    data_section("reservations", move || booking(lang.get()).mine_title.to_owned(), mine, content)
}

fn row_view(state: Booking, asked: RwSignal<Option<BookedSeat>>, row: BookedSeat) -> AnyView {
    let lang = state.lang;
    let status = row.reservation.status;
    let at = row.reservation.created_at.map(|at| at.0);
    let id = row.reservation.id.clone();
    let busy = Memo::new(move |_| state.cancelling.with(|cancelling| cancelling.as_ref() == Some(&id)));
    let holds = row.holds();
    let (vehicle, seat) = (row.vehicle.clone(), row.seat.clone());
    let words = move || {
        let text = booking(lang.get());
        match (holds, busy.get()) {
            (true, true) => text.cancelling,
            (true, false) => text.cancel,
            (false, _) => text.remove,
        }
    };
    let label = {
        let (vehicle, seat) = (vehicle.clone(), seat.clone());
        move || format!("{} – {}, {vehicle}", words(), (booking(lang.get()).seat)(&seat))
    };
    let button = view! {
        <button
            type="button"
            class="btn btn-small"
            data-testid=if holds { "cancel" } else { "remove" }
            aria-label=label
            aria-busy=move || busy.get().then_some("true")
            on:click=move |_| if holds { asked.set(Some(row.clone())) } else { state.remove(row.clone()) }
        >
            {words}
        </button>
    };
    let badge = match status {
        ReservationStatus::Committed => "badge badge-ok",
        ReservationStatus::Pending => "badge badge-warn",
        ReservationStatus::Rejected => "badge badge-down",
        ReservationStatus::Cancelled => "badge",
    };
    view! {
        <tr data-testid="reservation" data-status=status.as_str()>
            <th scope="row">{vehicle}</th>
            <td>{seat}</td>
            <td>
                <span class=badge>{move || (booking(lang.get()).status)(status)}</span>
            </td>
            <td>{move || at.map_or_else(|| format::ABSENT.to_owned(), |at| format::date_time(lang.get(), at))}</td>
            <td>{button}</td>
        </tr>
    }
    .into_any()
}

fn cancel_dialog(state: Booking, asked: RwSignal<Option<BookedSeat>>) -> AnyView {
    let lang = state.lang;
    let open = Memo::new(move |_| asked.with(Option::is_some));
    let title = Memo::new(move |_| {
        let words = |booked: &BookedSeat| (booking(lang.get()).cancel_title)(&booked.seat, &booked.vehicle);
        asked.with(|asked| asked.as_ref().map_or_else(String::new, words))
    });
    let accept = move |_| {
        if let Some(booked) = asked.get_untracked() {
            asked.set(None);
            state.cancel(booked);
        }
    };
    view! {
        <Dialog open=open title=title on_cancel=Callback::new(move |()| asked.set(None))>
            <p>{move || booking(lang.get()).cancel_effect}</p>
            <div class="dialog-actions">
                <button type="button" class="btn" data-testid="confirm-cancel" on:click=move |_| asked.set(None)>
                    {move || booking(lang.get()).cancel_no}
                </button>
                <button type="button" class="btn btn-primary" data-testid="confirm-accept" on:click=accept>
                    {move || booking(lang.get()).cancel_yes}
                </button>
            </div>
        </Dialog>
    }
    .into_any()
}
