//! Serves a built app as a plain web server would.

use std::collections::VecDeque;
use std::net::{Ipv4Addr, SocketAddr};
use std::path::{Path, PathBuf};
use std::sync::{Arc, Mutex, PoisonError};

use axum::Router;
use axum::extract::{Request, State};
use axum::http::header::{CACHE_CONTROL, CONTENT_TYPE};
use axum::http::{HeaderValue, Method, StatusCode};
use axum::response::{IntoResponse, Response};
use tokio::net::TcpListener;
use tokio::sync::watch;
use tokio::task::JoinHandle;
use tower_http::services::ServeDir;
use tower_http::set_header::SetResponseHeaderLayer;

use super::ports::free_port;

/// A site on the loopback interface. Dropping it closes its port.
pub struct StaticSite {
    port: u16,
    task: JoinHandle<()>,
}

/// What `/config.json` is answered with, one after the other: status and text. The last answer stays.
type Answers = Arc<Mutex<VecDeque<(StatusCode, String)>>>;

#[derive(Clone)]
struct Site {
    root: PathBuf,
    config: Option<Answers>,
    /// Compiled code is sent once this is false.
    holds_wasm: Option<watch::Receiver<bool>>,
}

impl StaticSite {
    /// Serves the folder `root` on `port`, or on a free port. `config` takes the place of `/config.json`.
    ///
    /// A navigation (a path whose last part has no extension) that names no file gets `index.html`; any other unknown path
    /// is a 404. A file that has a `.br` beside it is served from that, compressed.
    pub async fn start(root: &Path, config: Option<String>, port: Option<u16>) -> std::io::Result<Self> {
        Self::serve(root, config.map(|text| answers([(200, text)])), port, None).await
    }

    /// Like [`StaticSite::start`], but `/config.json` is answered with these statuses and texts, one after the other; the
    /// last one stays.
    pub async fn start_answering(
        root: &Path,
        config: impl IntoIterator<Item = (u16, String)>,
    ) -> std::io::Result<Self> {
        Self::serve(root, Some(answers(config)), None, None).await
    }

    /// Like [`StaticSite::start`], but compiled code (`.wasm`) is sent only once `false` was sent to the second of the
    /// two: what a browser shows until then can be looked at.
    pub async fn start_holding_wasm(root: &Path, config: String) -> std::io::Result<(Self, watch::Sender<bool>)> {
        let (sender, held) = watch::channel(true);
        Ok((Self::serve(root, Some(answers([(200, config)])), None, Some(held)).await?, sender))
    }

    async fn serve(
        root: &Path,
        config: Option<Answers>,
        port: Option<u16>,
        holds_wasm: Option<watch::Receiver<bool>>,
    ) -> std::io::Result<Self> {
        let port = match port {
            Some(port) => port,
            None => free_port()?,
        };
        let listener = TcpListener::bind(SocketAddr::from((Ipv4Addr::LOCALHOST, port))).await?;
        let site = Site { root: root.to_owned(), config, holds_wasm };
        // A new build must show on the next load.
        let revalidate = SetResponseHeaderLayer::overriding(CACHE_CONTROL, HeaderValue::from_static("no-cache"));
        let router = Router::new().fallback(serve).with_state(site).layer(revalidate);
        let task = tokio::spawn(async move {
            if let Err(error) = axum::serve(listener, router).await {
                tracing::error!(%error, "the site is no longer served");
            }
        });
        Ok(Self { port, task })
    }

    /// Without a slash at the end.
    pub fn url(&self) -> String {
        format!("http://127.0.0.1:{}", self.port)
    }
}

impl Drop for StaticSite {
    fn drop(&mut self) {
        self.task.abort();
    }
}

fn answers(answers: impl IntoIterator<Item = (u16, String)>) -> Answers {
    let status = |status| StatusCode::from_u16(status).unwrap_or(StatusCode::INTERNAL_SERVER_ERROR);
    Arc::new(Mutex::new(answers.into_iter().map(|(code, text)| (status(code), text)).collect()))
}

/// The answer whose turn it is.
fn next(answers: &Answers) -> (StatusCode, String) {
    let mut answers = answers.lock().unwrap_or_else(PoisonError::into_inner);
    let last = answers.len() < 2;
    let answer = if last { answers.front().cloned() } else { answers.pop_front() };
    answer.unwrap_or((StatusCode::NOT_FOUND, String::new()))
}

async fn serve(State(site): State<Site>, request: Request) -> Response {
    let path = request.uri().path().to_owned();
    if let Some(config) = site.config.filter(|_| path == "/config.json") {
        let (status, text) = next(&config);
        return (status, [(CONTENT_TYPE, "application/json")], text).into_response();
    }
    if let Some(mut held) = site.holds_wasm.filter(|_| path.ends_with(".wasm")) {
        // Whoever holds it may be gone: then it is held no longer.
        let _ = held.wait_for(|held| !held).await;
    }
    let navigation = request.method() == Method::GET && !path.rsplit('/').next().unwrap_or("").contains('.');
    let mut files = ServeDir::new(&site.root).append_index_html_on_directories(true).precompressed_br();
    let response = match files.try_call(request).await {
        Ok(response) => response.map(axum::body::Body::new),
        Err(error) => return (StatusCode::INTERNAL_SERVER_ERROR, error.to_string()).into_response(),
    };
    // A folder without its slash is redirected by the file service: to an app that is a navigation like any other.
    let named_nothing = response.status() == StatusCode::NOT_FOUND || response.status().is_redirection();
    if !(navigation && named_nothing) {
        return response;
    }
    match tokio::fs::read(site.root.join("index.html")).await {
        Ok(page) => ([(CONTENT_TYPE, "text/html; charset=utf-8")], page).into_response(),
        Err(error) => (StatusCode::NOT_FOUND, format!("index.html: {error}")).into_response(),
    }
}
