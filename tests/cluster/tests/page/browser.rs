//! One headless Chromium with its driver, ended with the test, and the few things that a test does with a page.

use std::process::{Child, Command, Stdio};
use std::time::{Duration, Instant};

use fantoccini::wd::{WebDriverCompatibleCommand, WindowHandle};
use fantoccini::{Client, ClientBuilder, Locator};
use hyper_util::client::legacy::connect::HttpConnector;
use serde_json::{Value, json};

/// How long a page may take to show what a test waits for. Far more than it needs: two cores run a browser, three
/// nodes and the test.
const PATIENCE: Duration = Duration::from_secs(20);

/// Between two looks at the page.
const PAUSE: Duration = Duration::from_millis(25);

/// How a test looks at the page.
#[derive(Clone, Copy, Debug)]
pub struct Look {
    pub width: u32,
    pub height: u32,
    pub dark: bool,
    pub language: &'static str,
    /// The size of text that the person chose in the browser, in CSS pixels.
    pub text_px: u32,
}

impl Default for Look {
    fn default() -> Self {
        Self { width: 1280, height: 900, dark: false, language: "fr", text_px: 16 }
    }
}

pub struct Browser {
    client: Client,
    driver: Child,
    _profile: tempfile::TempDir,
}

impl Drop for Browser {
    fn drop(&mut self) {
        // The driver leads a process group of its own: Chromium ends with it, whatever the test did.
        let group = format!("-{}", self.driver.id());
        let _ = Command::new("kill").args(["-KILL", "--", &group]).stderr(Stdio::null()).status();
        let _ = self.driver.wait();
    }
}

impl Browser {
    pub async fn start(look: Look) -> Self {
        use std::os::unix::process::CommandExt;
        let port = reference_cluster::harness::ports::free_port().expect("a free port");
        let driver = Command::new(std::env::var("CHROMEDRIVER").unwrap_or_else(|_| "chromedriver".to_owned()))
            .arg(format!("--port={port}"))
            .stdout(Stdio::null())
            .stderr(Stdio::null())
            .process_group(0)
            .spawn()
            .expect("chromedriver is installed: `cargo xtask test` does that");
        let profile = tempfile::tempdir().expect("a folder for the browser's profile");
        let client = connect(port, &capabilities(look, profile.path())).await;
        let browser = Self { client, driver, _profile: profile };
        browser.client.set_window_size(look.width, look.height).await.expect("a window of this size");
        browser
    }

    /// Gives the page a screen of this many CSS pixels, also one that is narrower than a window may be.
    pub async fn resize(&self, width: u32, height: u32) {
        let screen = json!({ "width": width, "height": height, "deviceScaleFactor": 1, "mobile": false });
        self.devtools("Emulation.setDeviceMetricsOverride", screen).await;
    }

    pub async fn goto(&self, url: &str) {
        self.client.goto(url).await.expect("the page loads");
    }

    /// Waits until `script` (the body of a function) returns something true, and returns it.
    pub async fn wait_for(&self, what: &str, script: &str) -> Value {
        let deadline = Instant::now() + PATIENCE;
        loop {
            let found = self.client.execute(script, vec![]).await;
            match found {
                Ok(value) if truthy(&value) => return value,
                _ if Instant::now() > deadline => {
                    let text = self.text_of_page().await;
                    panic!("waited {PATIENCE:?} for: {what}\nlast: {found:?}\nthe page says:\n{text}");
                }
                _ => tokio::time::sleep(PAUSE).await,
            }
        }
    }

    /// Waits until an element matches `css`.
    pub async fn wait_for_element(&self, css: &str) {
        self.wait_for(css, &format!("return document.querySelector({})", js(css))).await;
    }

    /// Waits until the first element that matches `css` says something that contains `text`.
    pub async fn wait_for_text(&self, css: &str, text: &str) {
        let script =
            format!("const e = document.querySelector({}); return e && e.textContent.includes({})", js(css), js(text));
        self.wait_for(&format!("{css} says {text:?}"), &script).await;
    }

    /// Clicks the first element that matches `css`, as a person does: it must be there and take the click.
    pub async fn click(&self, css: &str) {
        self.wait_for_element(css).await;
        let deadline = Instant::now() + PATIENCE;
        loop {
            let element = self.client.find(Locator::Css(css)).await;
            let clicked = match element {
                Ok(element) => element.click().await,
                Err(error) => Err(error),
            };
            match clicked {
                Ok(()) => return,
                Err(error) if Instant::now() > deadline => panic!("{css} cannot be clicked: {error}"),
                // It was replaced, or something passed over it, in this very moment.
                Err(_) => tokio::time::sleep(PAUSE).await,
            }
        }
    }

    pub async fn type_into(&self, css: &str, text: &str) {
        self.wait_for_element(css).await;
        let element = self.client.find(Locator::Css(css)).await.expect("the field is there");
        element.send_keys(text).await.expect("the field takes text");
    }

    /// Presses a key wherever the focus is.
    pub async fn press(&self, key: &str) {
        let focused = self.client.active_element().await.expect("something has the focus");
        focused.send_keys(key).await.expect("it takes keys");
    }

    /// What the body of a function returns.
    pub async fn run(&self, script: &str) -> Value {
        self.client.execute(script, vec![]).await.expect("the script runs")
    }

    /// What an async function with this body resolves to; `{"error": name, "message": …}` when it rejects.
    pub async fn run_async(&self, body: &str) -> Value {
        let script = format!(
            "const done = arguments[arguments.length - 1]; (async () => {{ {body} }})().then(done, \
             error => done({{error: error.name, message: error.message}}))"
        );
        self.client.execute_async(&script, vec![]).await.expect("the script runs")
    }

    pub async fn count(&self, css: &str) -> usize {
        let found = self.run(&format!("return document.querySelectorAll({}).length", js(css))).await;
        usize::try_from(found.as_u64().unwrap_or_default()).unwrap_or_default()
    }

    pub async fn attribute(&self, css: &str, name: &str) -> Option<String> {
        let script = format!("return document.querySelector({})?.getAttribute({})", js(css), js(name));
        self.run(&script).await.as_str().map(str::to_owned)
    }

    pub async fn reload(&self) {
        self.client.refresh().await.expect("the page reloads");
    }

    pub async fn back(&self) {
        self.client.back().await.expect("there is a page to go back to");
    }

    pub async fn forward(&self) {
        self.client.forward().await.expect("there is a page to go forward to");
    }

    /// The path and query in the address bar.
    pub async fn address(&self) -> String {
        self.run("return location.pathname + location.search").await.as_str().unwrap_or_default().to_owned()
    }

    /// Runs `script` in every page from now on, before the page's own scripts.
    pub async fn before_every_page(&self, script: &str) {
        self.devtools("Page.addScriptToEvaluateOnNewDocument", json!({ "source": script })).await;
    }

    /// What Chromium answers to a command of its DevTools protocol, sent to the tab in hand.
    pub async fn devtools(&self, command: &'static str, parameters: Value) -> Value {
        self.client.issue_cmd(DevTools(command, parameters)).await.expect("Chromium takes the command")
    }

    /// The bytes of the page's heap that are in use after a collection, with what lies outside of it.
    pub async fn heap_in_use(&self) -> f64 {
        self.devtools("HeapProfiler.collectGarbage", json!({})).await;
        let usage = self.devtools("Runtime.getHeapUsage", json!({})).await;
        let number = |name: &str| usage[name].as_f64().unwrap_or_default();
        number("usedSize") + number("backingStorageSize")
    }

    /// The tab in hand: scripts run there, and what is opened opens there.
    pub async fn tab(&self) -> WindowHandle {
        self.client.window().await.expect("there is a tab")
    }

    /// Opens an empty tab and takes it in hand.
    pub async fn open_tab(&self) -> WindowHandle {
        let opened = self.client.new_window(true).await.expect("one more tab").handle;
        self.take_tab(&opened).await;
        opened
    }

    /// Takes a tab in hand.
    pub async fn take_tab(&self, tab: &WindowHandle) {
        self.client.switch_to_window(tab.clone()).await.expect("the tab is there");
    }

    /// Puts the window away, as a person does who works elsewhere, or brings it back.
    pub async fn show(&self, shown: bool) {
        // The driver has Chromium pretend that every tab is in front.
        self.devtools("Emulation.setFocusEmulationEnabled", json!({ "enabled": shown })).await;
        let window = self.devtools("Browser.getWindowForTarget", json!({})).await;
        let state = if shown { "normal" } else { "minimized" };
        let bounds = json!({ "windowId": window["windowId"], "bounds": { "windowState": state } });
        self.devtools("Browser.setWindowBounds", bounds).await;
    }

    async fn text_of_page(&self) -> String {
        let text = self.client.execute("return document.body.innerText", vec![]).await;
        text.ok().and_then(|text| text.as_str().map(str::to_owned)).unwrap_or_default()
    }
}

/// A command of Chromium's DevTools protocol, passed through the driver.
#[derive(Debug)]
struct DevTools(&'static str, Value);

impl WebDriverCompatibleCommand for DevTools {
    fn endpoint(&self, base_url: &url::Url, session_id: Option<&str>) -> Result<url::Url, url::ParseError> {
        base_url.join(&format!("session/{}/goog/cdp/execute", session_id.unwrap_or_default()))
    }

    fn method_and_body(&self, _: &url::Url) -> (http::Method, Option<String>) {
        (http::Method::POST, Some(json!({ "cmd": self.0, "params": self.1 }).to_string()))
    }
}

/// `text` as a literal of JavaScript.
pub fn js(text: &str) -> String {
    Value::from(text).to_string()
}

fn truthy(value: &Value) -> bool {
    !matches!(value, Value::Null | Value::Bool(false)) && *value != json!(0) && *value != json!("")
}

fn capabilities(look: Look, profile: &std::path::Path) -> serde_json::Map<String, Value> {
    let mut arguments = vec![
        "--headless".to_owned(),
        "--no-sandbox".to_owned(),
        "--disable-gpu".to_owned(),
        "--disable-quic".to_owned(),
        "--no-first-run".to_owned(),
        "--disable-background-networking".to_owned(),
        "--disable-component-update".to_owned(),
        "--disable-sync".to_owned(),
        "--disable-dev-shm-usage".to_owned(),
        format!("--user-data-dir={}", profile.display()),
        format!("--lang={}", look.language),
    ];
    if look.dark {
        arguments.push("--blink-settings=preferredColorScheme=0".to_owned());
    }
    let options = json!({
        "goog:chromeOptions": {
            "args": arguments,
            "prefs": {
                "intl.accept_languages": look.language,
                "webkit.webprefs.default_font_size": look.text_px,
            },
        },
    });
    options.as_object().cloned().unwrap_or_default()
}

/// The driver needs a moment before it listens.
async fn connect(port: u16, capabilities: &serde_json::Map<String, Value>) -> Client {
    let deadline = Instant::now() + PATIENCE;
    let address = format!("http://127.0.0.1:{port}");
    loop {
        let mut builder = ClientBuilder::new(HttpConnector::new());
        match builder.capabilities(capabilities.clone()).connect(&address).await {
            Ok(client) => return client,
            Err(error) if Instant::now() > deadline => panic!("no browser within {PATIENCE:?}: {error}"),
            Err(_) => tokio::time::sleep(PAUSE).await,
        }
    }
}
