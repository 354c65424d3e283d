//! A cluster, the site in front of it, and a browser that shows it.

use std::path::PathBuf;

use reference_cluster::harness::client::Client;
use reference_cluster::harness::cluster::{Cluster, ClusterOptions};
use reference_cluster::harness::static_site::StaticSite;
use reference_cluster::seed::demo_account;
use reference_cluster::wire::Reservation;
use serde_json::{Value, json};
use tokio::sync::watch;

use crate::browser::{Browser, Look, js};

pub struct World {
    pub browser: Browser,
    pub site: StaticSite,
    pub cluster: Cluster,
}

/// Where the build under test lies.
fn dist() -> PathBuf {
    let folder = std::env::var_os("VCUBE_DIST").expect("VCUBE_DIST names the built site: run `cargo xtask test`");
    PathBuf::from(folder)
}

/// A site whose `/config.json` is `config`.
pub async fn serve(config: &str) -> StaticSite {
    StaticSite::start(&dist(), Some(config.to_owned()), None).await.expect("the site can be served")
}

/// A site that answers `/config.json` with these statuses and texts, one after the other; the last one stays.
pub async fn serve_answering(config: &[(u16, &str)]) -> StaticSite {
    let answers = config.iter().map(|(status, text)| (*status, (*text).to_owned()));
    StaticSite::start_answering(&dist(), answers).await.expect("the site can be served")
}

/// A site whose `/config.json` is `config`, and whose compiled code comes once `false` is sent.
pub async fn serve_with_held_wasm(config: &str) -> (StaticSite, watch::Sender<bool>) {
    StaticSite::start_holding_wasm(&dist(), config.to_owned()).await.expect("the site can be served")
}

impl World {
    /// Three nodes and the default configuration but for their ports.
    pub async fn start() -> Self {
        Self::with(ClusterOptions::default(), Look::default()).await
    }

    pub async fn with(options: ClusterOptions, look: Look) -> Self {
        let cluster = Cluster::start(options).await.expect("a cluster with a leader");
        let config = json!({ "nodes": cluster.urls() }).to_string();
        let site = serve(&config).await;
        let browser = Browser::start(look).await;
        Self { browser, site, cluster }
    }

    /// Opens `path` and waits until the page has found every node healthy.
    pub async fn open_and_settle(&self, path: &str) {
        self.open(path).await;
        self.browser.wait_for("the service", "return !!window.apiService").await;
        self.wait_until_all_healthy().await;
    }

    pub async fn open(&self, path: &str) {
        self.browser.goto(&format!("{}{path}", self.site.url())).await;
    }

    /// Signs in by the form, as a demo account, and waits for the page of its role.
    pub async fn log_in(&self, account: &str) {
        self.open("/login").await;
        self.fill_in_login(account).await;
        self.browser.click("[data-testid=login-submit]").await;
        self.browser
            .wait_for("a page after login", "return document.querySelector('main')?.dataset.page !== 'login'")
            .await;
    }

    /// Types into the form of the application: that of the first frame, which looks the same, may be about to go.
    pub async fn fill_in_login(&self, account: &str) {
        let account = demo_account(account).expect("a demo account");
        self.browser.wait_for_element("main[data-page=login]").await;
        self.browser.type_into("[data-testid=login-email]", account.email).await;
        self.browser.type_into("[data-testid=login-password]", account.password).await;
    }

    /// Waits until the monitor shows node `index` in `state`.
    pub async fn wait_for_state(&self, index: usize, state: &str) {
        let css = format!("[data-testid=node][data-node-index='{index}'][data-node-state={state}]");
        self.browser.wait_for_element(&css).await;
    }

    /// Waits until the monitor shows requests go to node `index`.
    pub async fn wait_for_current(&self, index: usize) {
        let css = format!("[data-testid=cluster-status][data-current-index='{index}']");
        self.browser.wait_for_element(&css).await;
    }

    /// The node that requests go to, as the service says.
    pub async fn current(&self) -> usize {
        let status = self.browser.run_async("return await window.apiService.nodesHealthStatus()").await;
        usize::try_from(status["current"].as_u64().expect("a node is in use")).expect("an index")
    }

    /// Waits until every node is healthy in the eyes of the page.
    pub async fn wait_until_all_healthy(&self) {
        let script =
            "return await window.apiService.nodesHealthStatus().then(s => s.nodes.every(n => n.state === 'healthy'))";
        for _ in 0..400 {
            if self.browser.run_async(script).await == Value::Bool(true) {
                return;
            }
            tokio::time::sleep(std::time::Duration::from_millis(50)).await;
        }
        panic!("the nodes did not become healthy in the eyes of the page");
    }

    /// A read through the service: what it resolved or rejected with, and `ms`.
    pub async fn read(&self, path: &str) -> Value {
        let call = format!(
            "const began = performance.now(); const answer = await window.apiService.fetchWithFailover({}); \
             return {{...answer, took: performance.now() - began}}",
            js(path)
        );
        self.browser.run_async(&call).await
    }

    /// The reservations of a demo account, as node `index` knows them.
    pub async fn reservations_at(&self, index: usize, account: &str) -> Vec<Reservation> {
        self.cluster.wait_until_serving(index).await.expect("the node serves");
        let client: Client = self.cluster.client(index).expect("a client");
        let client = client.login_demo(account).await.expect("the account signs in");
        // What another node committed a moment ago has to reach this one first.
        if let Some(leader) = self.cluster.leader().await {
            let health = self.cluster.health(leader).await.expect("the leader answers");
            self.cluster.wait_applied(index, health.commit_index).await.expect("the node catches up");
        }
        client.reservations().await.expect("reservations are readable")
    }
}

/// Now, in milliseconds since 1970, as pages count with `performance.timeOrigin + performance.now()`.
pub fn epoch_ms() -> f64 {
    let since = std::time::SystemTime::now().duration_since(std::time::UNIX_EPOCH).expect("a clock after 1970");
    since.as_secs_f64() * 1_000.0
}
