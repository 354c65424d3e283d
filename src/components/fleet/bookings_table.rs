//! The reservations on the provider's vehicles, or on the chosen one, newest first.

use crate::router::A;
use crate::ui::*;

use super::bookings::SeatBooking;
use super::{Fleet, link};
use crate::api_service::endpoints::reservations::ReservationStatus;
use crate::components::dialog::Dialog;
use crate::components::section::data_section;
use crate::i18n::booking::booking;
use crate::i18n::fleet::fleet;
use crate::i18n::{Lang, format};

/// Rows shown at first, and with every press of "show more": a page of thousands of rows helps nobody.
const STEP: usize = 50;

pub fn bookings_table(state: Fleet) -> AnyView {
    let lang = state.lang;
    let remote = state.bookings;
    let limit = RwSignal::new(STEP);
    let asked = RwSignal::new(None::<SeatBooking>);
    let rows = Memo::new(move |_| {
        let vehicle = state.vehicle_id.get();
        let wanted =
            |booked: &&SeatBooking| vehicle.as_ref().is_none_or(|vehicle| *vehicle == booked.reservation.vehicle_id);
        remote.value().with(|all| all.iter().flatten().filter(wanted).cloned().collect::<Vec<_>>())
    });
    let shown = move || rows.with(|rows| rows.iter().take(limit.get()).cloned().collect::<Vec<_>>());
    let left = Memo::new(move |_| rows.with(Vec::len).saturating_sub(limit.get()));
    let empty = Memo::new(move |_| rows.with(Vec::is_empty));
    let head = move |words: fn(Lang) -> &'static str| {
        view! { <th scope="col">{move || words(lang.get())}</th> }
    };
    let title = move || {
        let text = fleet(lang.get());
        state
            .vehicle_id
            .get()
            .map_or_else(|| text.reservations.to_owned(), |vehicle| (text.reservations_of)(&state.name_of(&vehicle)))
    };
    let content = view! {
        <p hidden=move || state.vehicle_id.with(Option::is_none)>
            <A href=move || link(None, state.edited.get().as_deref()) scroll=false testid="show-all">
                {move || fleet(lang.get()).show_all}
            </A>
        </p>
        <p hidden=move || !empty.get()>{move || fleet(lang.get()).no_reservations}</p>
        <div class="table-frame" hidden=move || empty.get()>
            <table class="table table-cards">
                <thead>
                    <tr>
                        {head(|lang| fleet(lang).vehicle)} {head(|lang| booking(lang).seat_column)}
                        {head(|lang| fleet(lang).client)} {head(|lang| booking(lang).status_column)}
                        {head(|lang| booking(lang).date_column)} {head(|lang| fleet(lang).actions)}
                    </tr>
                </thead>
                <tbody>
                    <For
                        each=shown
                        key=|row| (row.reservation.id.clone(), row.reservation.status.as_str(), row.seat.clone())
                        let:row
                    >
                        {row_view(state, asked, row)}
                    </For>
                </tbody>
            </table>
        </div>
        <p hidden=move || left.get() == 0>
            <button
                type="button"
                class="btn btn-small"
                data-testid="show-more"
                on:click=move |_| limit.update(|limit| *limit += STEP)
            >
                {move || (fleet(lang.get()).show_more)(left.get())}
            </button>
        </p>
        {cancel_dialog(state, asked)}
    };
    data_section("reservations", title, remote, content)
}

fn row_view(state: Fleet, asked: RwSignal<Option<SeatBooking>>, row: SeatBooking) -> AnyView {
    let lang = state.lang;
    let status = row.reservation.status;
    let at = row.reservation.created_at.map(|at| at.0);
    let (id, vehicle_id) = (row.reservation.id.clone(), row.reservation.vehicle_id.clone());
    let busy = Memo::new(move |_| state.cancelling.with(|cancelling| cancelling.as_ref() == Some(&id)));
    let vehicle = Memo::new(move |_| state.name_of(&vehicle_id));
    let (seat, client) = (row.seat.clone(), row.reservation.user_id.clone());
    let seat_words = seat.clone();
    let label = move || {
        let text = booking(lang.get());
        format!("{} – {}, {}", text.cancel, (text.seat)(&seat_words), vehicle.get())
    };
    let button = row.holds().then(|| {
        view! {
            <button
                type="button"
                class="btn btn-small"
                data-testid="cancel"
                aria-label=label
                aria-busy=move || busy.get().then_some("true")
                on:click=move |_| asked.set(Some(row.clone()))
            >
                {move || {
                    let text = booking(lang.get());
                    if busy.get() { text.cancelling } else { text.cancel }
                }}
            </button>
        }
    });
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
            <td class="client">{client}</td>
            <td>
                <span class=badge>{move || (booking(lang.get()).status)(status)}</span>
            </td>
            <td>{move || at.map_or_else(|| format::ABSENT.to_owned(), |at| format::date_time(lang.get(), at))}</td>
            <td>{button}</td>
        </tr>
    }
    .into_any()
}

fn cancel_dialog(state: Fleet, asked: RwSignal<Option<SeatBooking>>) -> AnyView {
    let lang = state.lang;
    let open = Memo::new(move |_| asked.with(Option::is_some));
    let name = move |booked: &SeatBooking| state.name_of(&booked.reservation.vehicle_id);
    let title = Memo::new(move |_| {
        let words = |booked: &SeatBooking| (booking(lang.get()).cancel_title)(&booked.seat, &name(booked));
        asked.with(|asked| asked.as_ref().map_or_else(String::new, words))
    });
    let accept = move |_| {
        if let Some(booked) = asked.get_untracked() {
            asked.set(None);
            state.cancel(&booked, untrack(|| name(&booked)));
        }
    };
    view! {
        <Dialog open=open title=title on_cancel=Callback::new(move |()| asked.set(None))>
            <p>{move || fleet(lang.get()).cancel_effect}</p>
            <div class="dialog-actions">
                <button type="button" class="btn" data-testid="confirm-cancel" on:click=move |_| asked.set(None)>
                    {move || booking(lang.get()).cancel_no}
                </button>
                <button type="button" class="btn btn-danger" data-testid="confirm-accept" on:click=accept>
                    {move || booking(lang.get()).cancel_yes}
                </button>
            </div>
        </Dialog>
    }
    .into_any()
}
