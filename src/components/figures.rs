//! Figures side by side, each updated in its place.

use leptos::prelude::*;

/// A figure: its name and what it is now.
pub type Figure = (Signal<String>, Signal<String>);

/// `list` as large figures: counts and measurements.
pub fn figures(list: Vec<Figure>) -> impl IntoView {
    description(list, "figures")
}

/// `list` as what it is, addresses of something, such as a leader or a term: told apart from counts, which they are not.
pub fn addresses(list: Vec<Figure>) -> impl IntoView {
    description(list, "addresses")
}

fn description(list: Vec<Figure>, class: &'static str) -> impl IntoView {
    let items = list
        .into_iter()
        .map(|(name, value)| {
            view! {
                <div class="figure">
                    <dt>{name}</dt>
                    <dd>{value}</dd>
                </div>
            }
        })
        .collect_view();
    view! { <dl class=class>{items}</dl> }
}
