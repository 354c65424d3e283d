use std::panic::{self, PanicHookInfo};

use futures_util::future::join;
use vcube_raft_frontend::api_service::browser;
use vcube_raft_frontend::config::load::{self, LoadError};
use vcube_raft_frontend::routes::AppRoute;
use vcube_raft_frontend::store::handover::ask_other_tabs;
use vcube_raft_frontend::store::session::{Account, Session};
use vcube_raft_frontend::store::settings::Loaded;
use vcube_raft_frontend::{app, console};
use web_sys::{CustomEvent, CustomEventInit};

/// Reads the configuration, then mounts the application, or the page that says why it cannot start.
fn main() {
    panic::set_hook(Box::new(report_panic));
    wasm_bindgen_futures::spawn_local(async {
        match join(load::load(), handed_session()).await {
            (Ok(file), handed) => {
                let loaded = Loaded::over(file);
                let api = browser::connect(|seed| loaded.config.options(seed));
                console::follow(api);
                #[cfg(feature = "test-hooks")]
                vcube_raft_frontend::test_hooks::install(api);
                app::mount(loaded, api, handed);
            }
            (Err(LoadError::Refused(problems)), _) => app::mount_refusal(problems),
            (Err(LoadError::Unavailable(why)), _) => app::mount_unavailable(why),
        }
    });
}

/// Whoever is signed in in another tab, for a new one. Not on the login page: who goes there wants to sign in.
async fn handed_session() -> Option<Account> {
    let path = web_sys::window()?.location().pathname().ok()?;
    if path == AppRoute::Login.path() || !Session::is_new_tab() {
        return None;
    }
    ask_other_tabs().await
}

/// Prints a panic with its message, file and line in the console, and hands them to the page: the script in `index.html`
/// shows them, as the application cannot any more.
fn report_panic(panic: &PanicHookInfo<'_>) {
    console_error_panic_hook::hook(panic);
    let details = CustomEventInit::new();
    details.set_detail(&panic.to_string().into());
    if let (Some(window), Ok(event)) = (web_sys::window(), CustomEvent::new_with_event_init_dict("panic", &details)) {
        // Fails only for an event that is being dispatched already, which a new one is not.
        let _ = window.dispatch_event(&event);
    }
}
