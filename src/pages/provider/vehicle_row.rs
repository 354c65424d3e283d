//! One vehicle of the table. The row stays while its vehicle changes: focus survives a refresh.

use leptos::prelude::*;
use leptos_router::components::A;

use super::fleet::{Fleet, link, title};
use crate::api_service::endpoints::fleet::Vehicle;
use crate::api_service::endpoints::wire::TimeStamp;
use crate::components::seats::description;
use crate::i18n::fleet::{FleetText, fleet};
use crate::i18n::format::Currency;
use crate::i18n::{Lang, format};

/// A row's vehicle; `None` in the moment in which it goes.
type Row = Memo<Option<Vehicle>>;

pub fn vehicle_row(state: Fleet, asked: RwSignal<Option<Vehicle>>, id: String) -> impl IntoView {
    let lang = state.lang;
    let of = id.clone();
    let row: Row = Memo::new(move |_| state.vehicle(&of));
    let part = move |read: fn(Lang, &Vehicle) -> String| {
        move || row.with(|vehicle| vehicle.as_ref().map_or_else(String::new, |vehicle| read(lang.get(), vehicle)))
    };
    let currency = use_context::<Currency>().unwrap_or_default();
    let price = move || {
        row.with(|vehicle| vehicle.as_ref().map_or_else(String::new, |vehicle| price(lang.get(), &currency, vehicle)))
    };
    let published = Memo::new(move |_| row.with(|vehicle| vehicle.as_ref().is_some_and(|vehicle| vehicle.published)));
    let offer = move || {
        let text = fleet(lang.get());
        if published.get() { text.published } else { text.not_published }
    };
    let own = id.clone();
    let chosen = move || state.vehicle_id.with(|chosen| chosen.as_ref() == Some(&own));
    view! {
        <tr
            data-testid="vehicle"
            data-vehicle-id=id.clone()
            data-published=move || published.get().to_string()
            data-chosen=move || chosen().to_string()
        >
            <th scope="row">
                {part(|_, vehicle| title(vehicle))}
                <span class="row-note">{part(|_, vehicle| description(vehicle))}</span>
            </th>
            <td>
                {part(|_, vehicle| route(vehicle))} <span class="row-note">{part(departure)}</span>
            </td>
            <td>{occupancy(state, row, id.clone())}</td>
            <td class="number">{price}</td>
            <td>
                <span class="badge" class:badge-ok=published>
                    {offer}
                </span>
            </td>
            <td>{actions(state, asked, row, published, id.clone())}</td>
        </tr>
    }
}

fn route(vehicle: &Vehicle) -> String {
    match (&vehicle.departure, &vehicle.destination) {
        (None, None) => format::ABSENT.to_owned(),
        (from, to) => {
            let end = |end: &Option<String>| end.clone().unwrap_or_else(|| format::ABSENT.to_owned());
            format!("{} → {}", end(from), end(to))
        }
    }
}

/// The time in the person's zone; free text of the provider as it was written.
fn departure(lang: Lang, vehicle: &Vehicle) -> String {
    let text = vehicle.departure_time.as_deref().unwrap_or_default();
    TimeStamp::parse(text).map_or_else(|| text.to_owned(), |at| format::date_time(lang, at.0))
}

fn price(lang: Lang, currency: &Currency, vehicle: &Vehicle) -> String {
    vehicle.price.map_or_else(|| format::ABSENT.to_owned(), |price| currency.price(lang, price))
}

/// "12 taken of 56", with a bar that says the same.
fn occupancy(state: Fleet, row: Row, id: String) -> impl IntoView {
    let lang = state.lang;
    let counts = Memo::new(move |_| {
        let capacity = row.with(|vehicle| vehicle.as_ref().map_or(0, |vehicle| vehicle.capacity));
        (state.taken_of(&id), capacity)
    });
    let words = move || match counts.get() {
        (Some(taken), capacity) => (fleet(lang.get()).taken_of)(taken, capacity),
        (None, capacity) => format!("{} / {capacity}", format::ABSENT),
    };
    let width = move || {
        let (taken, capacity) = counts.get();
        let share = f64::from(taken.unwrap_or_default()) / f64::from(capacity.max(1));
        format!("M0 0H{}V8H0Z", (share.min(1.0) * 1_000.0).round() / 10.0)
    };
    view! {
        <span class="occupancy" data-testid="occupancy">
            <svg class="share-bar" viewBox="0 0 100 8" preserveAspectRatio="none" aria-hidden="true" focusable="false">
                <path d=width />
            </svg>
            {words}
        </span>
    }
}

fn actions(
    state: Fleet,
    asked: RwSignal<Option<Vehicle>>,
    row: Row,
    published: Memo<bool>,
    id: String,
) -> impl IntoView {
    let lang = state.lang;
    let name = Memo::new(move |_| row.with(|vehicle| vehicle.as_ref().map(title).unwrap_or_default()));
    let label = move |action: fn(&FleetText) -> &'static str| {
        move || {
            let text = fleet(lang.get());
            name.with(|name| text.about.fill([action(text), name]))
        }
    };
    let own = id.clone();
    let busy = Memo::new(move |_| state.busy.with(|busy| busy.as_ref() == Some(&own)));
    let (seats_of, edited) = (id.clone(), id.clone());
    let offer = move || {
        let text = fleet(lang.get());
        if published.get() { text.unpublish } else { text.publish }
    };
    let toggle = move |_| {
        state.set_published(id.clone(), name.get_untracked(), !published.get_untracked());
    };
    view! {
        <span class="row-actions">
            <A
                href=move || link(Some(&seats_of), None)
                scroll=false
                attr:class="btn btn-small"
                attr:data-testid="show-seats"
                attr:aria-label=label(|text| text.show_seats)
            >
                {move || fleet(lang.get()).show_seats}
            </A>
            <A
                href=move || link(state.vehicle_id.get().as_deref(), Some(&edited))
                scroll=false
                attr:class="btn btn-small"
                attr:data-testid="edit"
                attr:aria-label=label(|text| text.edit)
            >
                {move || fleet(lang.get()).edit}
            </A>
            <button
                type="button"
                class="btn btn-small"
                data-testid=move || if published.get() { "unpublish" } else { "publish" }
                aria-label=move || name.with(|name| fleet(lang.get()).about.fill([offer(), name]))
                aria-busy=move || busy.get().then_some("true")
                on:click=toggle
            >
                {offer}
            </button>
            <button
                type="button"
                class="btn btn-small btn-destroys"
                data-testid="delete"
                aria-label=label(|text| text.delete)
                aria-busy=move || busy.get().then_some("true")
                on:click=move |_| asked.set(row.get_untracked())
            >
                {move || fleet(lang.get()).delete}
            </button>
        </span>
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn vehicle() -> Vehicle {
        Vehicle {
            id: "v".into(),
            name: " ".into(),
            make: Some("Prevost".into()),
            model: None,
            license_plate: Some("FLV 020".into()),
            capacity: 56,
            published: false,
            provider_id: "p".into(),
            departure: Some("Montréal".into()),
            destination: Some("Québec".into()),
            departure_time: None,
            price: None,
        }
    }

    #[test]
    fn what_is_not_known_of_a_vehicle_leaves_no_gap() {
        assert_eq!(description(&vehicle()), "Prevost · FLV 020");
        assert_eq!(description(&Vehicle { make: None, license_plate: None, ..vehicle() }), "");
        assert_eq!(title(&vehicle()), "Montréal → Québec", "a vehicle without a name is called by its route");
        assert_eq!(route(&Vehicle { destination: None, ..vehicle() }), "Montréal → –");
        assert_eq!(route(&Vehicle { departure: None, destination: None, ..vehicle() }), "–");
    }
}
