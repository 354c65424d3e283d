//! The question before the page follows another cluster: which one, and what would follow.

use leptos::prelude::*;

use super::levers::Levers;
use crate::components::dialog::Dialog;
use crate::i18n::monitor::monitor;
use crate::i18n::use_lang;

/// The dialog of [`Levers::ask_to_follow`]. Closed while nothing is asked; Escape means no.
#[component]
pub fn FollowConfirmation(
    /// Whose question it is.
    levers: Levers,
) -> impl IntoView {
    let lang = use_lang();
    let cluster = Memo::new(move |_| levers.asked_to_follow().get().map(|(_, cluster)| cluster));
    let open = Memo::new(move |_| cluster.with(Option::is_some));
    let title = Memo::new(move |_| {
        cluster.with(|cluster| {
            cluster.as_ref().map_or_else(String::new, |cluster| monitor(lang.get()).follow_title.fill([cluster]))
        })
    });
    view! {
        <Dialog
            open=open
            title=title
            on_cancel=Callback::new(move |()| levers.answer_to_follow(false))
            on_accept=Callback::new(move |()| levers.answer_to_follow(true))
            no=Signal::derive(move || monitor(lang.get()).confirm_cancel)
            yes=Signal::derive(move || monitor(lang.get()).follow)
        >
            <p>{move || monitor(lang.get()).follow_effect}</p>
        </Dialog>
    }
}
