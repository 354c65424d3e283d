//! Reserved seats as a table, newest first, with the question before one is given up. What a row does is the page's.

use leptos::prelude::*;

use crate::api_service::endpoints::reservations::{Reservation, ReservationStatus};
use crate::components::dialog::Dialog;
use crate::components::unique::unique_by;
use crate::i18n::Lang;
use crate::i18n::booking::booking;
use crate::i18n::fleet::fleet;
use crate::i18n::format;

/// Rows shown at first, and with every press of "show more": a page of thousands of rows helps nobody.
const STEP: usize = 50;

/// `reservations` as they are listed, each once: a node may send one twice.
pub fn newest_first(reservations: Vec<Reservation>) -> Vec<Reservation> {
    let time = |reservation: &Reservation| reservation.created_at.map_or(0.0, |at| at.0);
    let mut listed = unique_by(reservations, |reservation| reservation.id.clone());
    listed.sort_by(|a, b| time(b).total_cmp(&time(a)).then_with(|| b.id.cmp(&a.id)));
    listed
}

/// What makes a row another one.
#[derive(Clone, PartialEq, Eq, Hash)]
pub struct RowKey {
    reservation: String,
    status: String,
    seat: String,
}

impl RowKey {
    /// `seat`: its name.
    pub fn of(reservation: &Reservation, seat: &str) -> Self {
        let status = reservation.status.as_str().to_owned();
        Self { reservation: reservation.id.clone(), status, seat: seat.to_owned() }
    }
}

/// One reserved seat.
pub struct Row {
    pub reservation: Reservation,
    /// Its name.
    pub seat: String,
    pub vehicle: Signal<String>,
    /// Company, make, model, plate, as far as they are known.
    pub details: Signal<String>,
    /// What can be done with it.
    pub action: Option<AnyView>,
}

/// The table, or `none` where there is no row. `row` makes what is shown of an entry, `key` tells entries apart; without
/// `with_client` it is not said who booked.
pub fn table<T: Clone + PartialEq + Send + Sync + 'static>(
    lang: Signal<Lang>,
    entries: Signal<Vec<T>>,
    none: fn(Lang) -> &'static str,
    with_client: bool,
    key: fn(&T) -> RowKey,
    row: impl Fn(T) -> Row + Clone + Send + 'static,
) -> impl IntoView {
    let limit = RwSignal::new(STEP);
    let shown = move || entries.with(|entries| entries.iter().take(limit.get()).cloned().collect::<Vec<_>>());
    let left = Memo::new(move |_| entries.with(Vec::len).saturating_sub(limit.get()));
    let empty = Memo::new(move |_| entries.with(Vec::is_empty));
    let head = move |words: fn(Lang) -> &'static str| {
        view! { <th scope="col">{move || words(lang.get())}</th> }
    };
    view! {
        <p hidden=move || !empty.get()>{move || none(lang.get())}</p>
        <div class="table-frame" hidden=move || empty.get()>
            <table class="table table-cards">
                <thead>
                    <tr>
                        {head(|lang| booking(lang).vehicle)} {head(|lang| booking(lang).seat_column)}
                        {with_client.then(|| head(|lang| fleet(lang).client))}
                        {head(|lang| booking(lang).status_column)} {head(|lang| booking(lang).date_column)}
                        {head(|lang| booking(lang).actions)}
                    </tr>
                </thead>
                <tbody>
                    <For each=shown key=key let:entry>
                        {row_view(lang, with_client, row(entry))}
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
                {move || fleet(lang.get()).show_more.number(left.get() as u64)}
            </button>
        </p>
    }
}

fn row_view(lang: Signal<Lang>, with_client: bool, row: Row) -> impl IntoView {
    let Row { reservation, seat, vehicle, details, action } = row;
    let number = reservation.id.clone();
    let Reservation { user_id, status, created_at, .. } = reservation;
    let word = status.as_str().to_owned();
    let badge = match status {
        ReservationStatus::Committed => "badge badge-ok",
        ReservationStatus::Pending => "badge badge-warn",
        ReservationStatus::Rejected => "badge badge-down",
        ReservationStatus::Cancelled | ReservationStatus::Other(_) => "badge",
    };
    let date = move || created_at.map_or_else(|| format::ABSENT.to_owned(), |at| format::date_time(lang.get(), at.0));
    view! {
        <tr data-testid="reservation" data-status=word>
            <th scope="row">
                {vehicle} <span class="row-note" hidden=move || details.with(String::is_empty)>
                    {details}
                </span>
                <span class="row-note" data-testid="reservation-number">
                    {move || booking(lang.get()).number.fill([&number])}
                </span>
            </th>
            <td>{seat}</td>
            {with_client.then(|| view! { <td class="client">{user_id}</td> })}
            <td>
                <span class=badge>{move || (booking(lang.get()).status)(&status).to_owned()}</span>
            </td>
            <td>{date}</td>
            <td>{action}</td>
        </tr>
    }
}

/// How many reservations are of each status, in the order of the contract; unknown words last.
pub fn by_status<'a>(reservations: impl Iterator<Item = &'a Reservation>) -> Vec<(ReservationStatus, usize)> {
    use ReservationStatus::{Cancelled, Committed, Pending, Rejected};
    let mut counts = [Committed, Pending, Rejected, Cancelled].map(|status| (status, 0)).to_vec();
    for reservation in reservations {
        match counts.iter_mut().find(|(status, _)| *status == reservation.status) {
            Some((_, count)) => *count += 1,
            None => counts.push((reservation.status.clone(), 1)),
        }
    }
    counts
}

/// The question before a seat is given up. `named` gives the seat and the vehicle of the entry that is asked about;
/// `effect` says what follows; with `is_of_another` the seat is somebody else's.
pub fn cancel_dialog<T: Clone + PartialEq + Send + Sync + 'static>(
    lang: Signal<Lang>,
    asked: RwSignal<Option<T>>,
    named: impl Fn(&T) -> (String, String) + Send + Sync + 'static,
    effect: fn(Lang) -> &'static str,
    is_of_another: bool,
    cancel: impl Fn(T) + Send + Sync + 'static,
) -> impl IntoView {
    let open = Memo::new(move |_| asked.with(Option::is_some));
    let title = Memo::new(move |_| {
        let words = |(seat, vehicle): (String, String)| booking(lang.get()).cancel_title.fill([&seat, &vehicle]);
        asked.with(|asked| asked.as_ref().map(&named).map_or_else(String::new, words))
    });
    let accept = move |()| {
        if let Some(entry) = asked.get_untracked() {
            asked.set(None);
            cancel(entry);
        }
    };
    view! {
        <Dialog
            open=open
            title=title
            on_cancel=Callback::new(move |()| asked.set(None))
            on_accept=Callback::new(accept)
            no=Signal::derive(move || booking(lang.get()).cancel_no)
            yes=Signal::derive(move || booking(lang.get()).cancel_yes)
            dangerous=is_of_another
        >
            <p>{move || effect(lang.get())}</p>
        </Dialog>
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::api_service::endpoints::wire::TimeStamp;

    fn reservation(id: &str, seat: &str, at: f64) -> Reservation {
        let text = |text: &str| text.to_owned();
        Reservation {
            id: text(id),
            user_id: text("u"),
            provider_id: text("p"),
            vehicle_id: text("v"),
            seat_id: text(seat),
            status: ReservationStatus::Committed,
            created_at: Some(TimeStamp(at)),
        }
    }

    #[test]
    fn reservations_are_counted_by_status_and_an_unknown_word_counts_as_its_own() {
        let of = |status: &str| Reservation { status: status.to_owned().into(), ..reservation("r", "s", 0.0) };
        let all = [of("COMMITTED"), of("CANCELLED"), of("COMMITTED"), of("HELD")];
        let counts: Vec<(String, usize)> =
            by_status(all.iter()).into_iter().map(|(status, count)| (status.as_str().to_owned(), count)).collect();
        let expected = [("COMMITTED", 2), ("PENDING", 0), ("REJECTED", 0), ("CANCELLED", 1), ("HELD", 1)];
        assert_eq!(counts, expected.map(|(status, count)| (status.to_owned(), count)));
    }

    #[test]
    fn a_reservation_that_a_node_sends_twice_is_one_row_and_the_newest_is_first() {
        let sent = vec![reservation("1", "a", 10.0), reservation("2", "b", 20.0), reservation("1", "c", 30.0)];
        let listed = newest_first(sent);
        assert_eq!(listed.iter().map(|listed| listed.seat_id.as_str()).collect::<Vec<_>>(), ["b", "a"]);
    }
}
