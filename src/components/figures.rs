//! Figures side by side, each updated in its place.

use leptos::prelude::*;

/// A figure: its name and what it is now.
pub type Figure = (Signal<String>, Signal<String>);

/// `list` as large figures.
pub fn figures(list: Vec<Figure>) -> impl IntoView {
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
    view! { <dl class="figures">{items}</dl> }
}
