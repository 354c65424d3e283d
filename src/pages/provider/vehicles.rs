//! The provider's vehicles as a table; on a narrow screen as cards.

use leptos::prelude::*;
use leptos_router::components::A;

use super::fleet::{Fleet, NEW, link, title};
use super::vehicle_row::vehicle_row;
use crate::api_service::endpoints::fleet::Vehicle;
use crate::components::dialog::Dialog;
use crate::components::section::data_section;
use crate::i18n::fleet::{FleetText, fleet};

/// Where a new vehicle begins.
pub fn new_vehicle(state: Fleet) -> impl IntoView {
    let lang = state.lang;
    view! {
        <p class="section-tools">
            <A
                href=move || link(state.vehicle_id.get().as_deref(), Some(NEW))
                scroll=false
                attr:class="btn btn-primary"
                attr:data-testid="vehicle-new"
            >
                {move || fleet(lang.get()).new_vehicle}
            </A>
        </p>
    }
}

pub fn vehicles(state: Fleet) -> impl IntoView {
    let lang = state.lang;
    let remote = state.vehicles;
    let asked = RwSignal::new(None::<Vehicle>);
    let ids = move || {
        let id = |vehicle: &Vehicle| vehicle.id.clone();
        remote.value().with(|vehicles| vehicles.iter().flatten().map(id).collect::<Vec<_>>())
    };
    let empty = Memo::new(move |_| remote.value().with(|vehicles| vehicles.as_ref().is_none_or(Vec::is_empty)));
    let head = move |words: fn(&FleetText) -> &'static str| {
        view! { <th scope="col">{move || words(fleet(lang.get()))}</th> }
    };
    let content = view! {
        <p hidden=move || !empty.get()>{move || fleet(lang.get()).no_vehicles}</p>
        <div class="table-frame" hidden=move || empty.get()>
            <table class="table table-cards">
                <thead>
                    <tr>
                        {head(|text| text.vehicle)} {head(|text| text.route)} {head(|text| text.occupancy)}
                        {head(|text| text.price)} {head(|text| text.offer)} {head(|text| text.actions)}
                    </tr>
                </thead>
                <tbody>
                    <For each=ids key=|id| id.clone() let:id>
                        {vehicle_row(state, asked, id)}
                    </For>
                </tbody>
            </table>
        </div>
        {delete_dialog(state, asked)}
    };
    data_section("vehicles", move || fleet(lang.get()).vehicles.to_owned(), remote, content)
}

/// Names the vehicle and says what follows.
fn delete_dialog(state: Fleet, asked: RwSignal<Option<Vehicle>>) -> impl IntoView {
    let lang = state.lang;
    let open = Memo::new(move |_| asked.with(Option::is_some));
    let question = Memo::new(move |_| {
        let words = |vehicle: &Vehicle| fleet(lang.get()).delete_title.fill([&title(vehicle)]);
        asked.with(|asked| asked.as_ref().map_or_else(String::new, words))
    });
    let reserved = Memo::new(move |_| {
        let taken = asked.with(|asked| asked.as_ref().map(|vehicle| vehicle.id.clone()));
        let count = taken.and_then(|id| state.taken_of(&id)).unwrap_or_default();
        if count == 0 { String::new() } else { (fleet(lang.get()).delete_reserved)(count) }
    });
    let accept = move |()| {
        if let Some(vehicle) = asked.get_untracked() {
            asked.set(None);
            state.delete(&vehicle);
        }
    };
    view! {
        <Dialog
            open=open
            title=question
            on_cancel=Callback::new(move |()| asked.set(None))
            on_accept=Callback::new(accept)
            no=Signal::derive(move || fleet(lang.get()).delete_no)
            yes=Signal::derive(move || fleet(lang.get()).delete_yes)
            dangerous=true
        >
            <p>{move || fleet(lang.get()).delete_effect}</p>
            <p class="section-note" hidden=move || reserved.with(String::is_empty)>
                {reserved}
            </p>
        </Dialog>
    }
}
