use vcube_raft_frontend::api_service::fetch;
use vcube_raft_frontend::store::settings::Loaded;
use vcube_raft_frontend::{app, config, console};

/// Reads the configuration, then mounts the application, or the page that says why it cannot start.
fn main() {
    console_error_panic_hook::set_once();
    wasm_bindgen_futures::spawn_local(async {
        match config::load().await {
            Ok(file) => {
                let loaded = Loaded::over(file);
                let api = fetch::connect(|seed| loaded.config.options(seed));
                console::follow(api);
                #[cfg(feature = "test-hooks")]
                vcube_raft_frontend::test_hooks::install(api);
                app::mount(loaded, api);
            }
            Err(problems) => app::mount_refusal(problems),
        }
    });
}
