//! The accounts of the cluster, asked for when somebody wants to see them.

use leptos::prelude::*;

use crate::api_service::endpoints::admin::User;
use crate::api_service::endpoints::auth::UserRole;
use crate::components::section::data_section;
use crate::components::unique::unique_by;
use crate::hooks::use_partial;
use crate::i18n::admin::admin;
use crate::i18n::common::common;
use crate::i18n::{Lang, format, use_lang};

/// Accounts come and go slowly.
const PAUSE_MS: u32 = 60_000;
/// More rows than this help nobody: the rest are named by their number.
const SHOWN_AT_MOST: usize = 50;

/// A disclosure: closed, and nothing asked, until somebody opens it.
pub fn accounts() -> impl IntoView {
    let lang = use_lang();
    let open = RwSignal::new(false);
    let toggled = move |event: web_sys::Event| {
        let details: web_sys::Element = event_target(&event);
        open.set(details.has_attribute("open"));
    };
    view! {
        <details class="why" data-testid="accounts-toggle" on:toggle=toggled>
            <summary>{move || admin(lang.get()).show_accounts}</summary>
            {move || open.get().then(|| section(lang))}
        </details>
    }
}

fn section(lang: Signal<Lang>) -> impl IntoView {
    let remote = use_partial(PAUSE_MS, |api| async move { Ok(api.users().await?.map(each_once)) });
    let content = move || {
        let lang = lang.get();
        remote.value().with(|users| users.as_ref().map(|users| table(lang, users)))
    };
    data_section("accounts", move || admin(lang.get()).accounts.to_owned(), remote, content)
}

/// `users`, of which a node may send one twice. One without an id is told apart by all that is known of it.
fn each_once(users: Vec<User>) -> Vec<User> {
    unique_by(users, |user| user.id.clone().ok_or_else(|| (user.email.clone(), user.name.clone(), user.role.clone())))
}

fn table(lang: Lang, users: &[User]) -> impl IntoView + use<> {
    let words = admin(lang);
    let role =
        |name: &String| UserRole::parse(name).map_or_else(|| name.clone(), |role| (common(lang).role)(role).to_owned());
    let cell = |value: &Option<String>| value.clone().unwrap_or_else(|| format::ABSENT.to_owned());
    let rows = users.iter().take(SHOWN_AT_MOST).map(|user| {
        view! {
            <tr data-testid="account">
                <th scope="row">{cell(&user.name)}</th>
                <td>{cell(&user.email)}</td>
                <td>{user.role.as_ref().map_or_else(|| format::ABSENT.to_owned(), role)}</td>
            </tr>
        }
        .into_any()
    });
    let rows = rows.collect_view();
    let more = users.len().saturating_sub(SHOWN_AT_MOST);
    view! {
        <div class="table-frame">
            <table class="table table-cards">
                <thead>
                    <tr>
                        <th scope="col">{words.account_name}</th>
                        <th scope="col">{words.account_email}</th>
                        <th scope="col">{words.account_role}</th>
                    </tr>
                </thead>
                <tbody>{rows}</tbody>
            </table>
        </div>
        {(more > 0).then(|| format!("+ {more}"))}
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_account_that_a_node_sends_twice_is_one_row() {
        let user = |id: Option<&str>, name: &str| User {
            id: id.map(str::to_owned),
            name: Some(name.to_owned()),
            ..User::default()
        };
        let sent = vec![user(Some("1"), "a"), user(None, "b"), user(Some("1"), "c"), user(None, "d"), user(None, "b")];
        let names: Vec<Option<String>> = each_once(sent).into_iter().map(|user| user.name).collect();
        assert_eq!(names, ["a", "b", "d"].map(|name| Some(name.to_owned())));
    }
}
