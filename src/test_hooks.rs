//! `window.apiService`: the service for test scripts of any language. Only with the feature `test-hooks`.

use std::cell::RefCell;
use std::rc::Rc;

use js_sys::{Array, Error, Function, JSON, Object, Promise, Reflect};
use wasm_bindgen::closure::Closure;
use wasm_bindgen::{JsCast, JsValue};
use wasm_bindgen_futures::future_to_promise;
use web_sys::AbortSignal;

use crate::api_service::browser::stream::{self, StreamEvent};
use crate::api_service::failover::{Trace, Why};
use crate::api_service::transport::Method;
use crate::api_service::{Access, ApiError, ApiRequest, ApiService, Delivered, Repeat, export, sse};

/// Puts `window.apiService` in place. A page that refuses it goes on without.
pub fn install(api: ApiService) {
    let hooks = Object::new();
    method2(&hooks, "fetchWithFailover", move |path, options| {
        future_to_promise(async move {
            match fetch_with_failover(api, path.as_string().unwrap_or_default(), options).await {
                Ok(value) => Ok(value),
                Err(error) => Err(js_error(&error)),
            }
        })
    });
    method2(&hooks, "switchToNode", move |index, _| {
        let switched = index_of(&index).is_some_and(|index| api.switch_to_node(index).is_ok());
        Promise::resolve(&JsValue::from_bool(switched))
    });
    method2(&hooks, "resetFailedNodes", move |_, _| {
        let result = match api.reset_failed_nodes() {
            Ok(count) => object(&[("reset", JsValue::from_f64(count as f64))]),
            Err(too_soon) => object(&[("tooSoonMs", JsValue::from_f64(too_soon.wait.as_millis() as f64))]),
        };
        Promise::resolve(&result)
    });
    method2(&hooks, "nodesHealthStatus", move |_, _| Promise::resolve(&health_status(api)));
    method2(&hooks, "performHealthCheck", move |_, _| {
        future_to_promise(async move {
            api.perform_health_check().await;
            Ok(health_status(api))
        })
    });
    method2(&hooks, "journal", move |_, _| {
        let entries = api.journal_since(0);
        let events = entries.iter().map(|entry| export::ExportedEvent::of(entry, &|at| api.wall_clock_ms(at)));
        let lines = events.filter_map(|event| serde_json::to_string(&event).ok());
        let list: Array = lines.filter_map(|line| JSON::parse(&line).ok()).collect();
        Promise::resolve(&JsValue::from(list))
    });
    method2(&hooks, "panic", |message, _| panic!("{}", message.as_string().unwrap_or_default()));
    method2(&hooks, "openStream", move |path, listener| open_stream(api, &path, listener));
    if let Some(window) = web_sys::window() {
        set(&window, "apiService", &hooks);
    }
}

/// Hands every event to `listener` as `{event, id, data, node}`; the answer has `close()`, before it resolves and after.
fn open_stream(api: ApiService, path: &JsValue, listener: JsValue) -> Promise {
    let listener = listener.dyn_into::<Function>().ok();
    let tell = move |name: &str, id: Option<&str>, data: &str, node: Option<usize>| {
        let text = || JsValue::from_str(data);
        let event = object(&[
            ("event", JsValue::from_str(name)),
            ("id", id.map_or(JsValue::NULL, JsValue::from_str)),
            ("data", if data.is_empty() { JsValue::NULL } else { JSON::parse(data).unwrap_or_else(|_| text()) }),
            ("node", node.map_or(JsValue::NULL, |index| JsValue::from_f64(index as f64))),
        ]);
        if let Some(listener) = &listener {
            // What the script throws is its own matter.
            let _ = listener.call1(&JsValue::NULL, &event);
        }
    };
    let opened =
        stream::open(api, &path.as_string().unwrap_or_default(), stream::SharedResume::default(), move |event| {
            match event {
                StreamEvent::Event { node, event } => tell(&event.name, event.id.as_deref(), &event.data, Some(node)),
                StreamEvent::Gap => tell(sse::GAP, None, "", None),
                StreamEvent::Opened { .. } | StreamEvent::Lost | StreamEvent::Unsupported => {}
            }
        });
    let opened = RefCell::new(Some(opened));
    let close = Closure::<dyn Fn()>::new(move || drop(opened.take())).into_js_value();
    let handle = object(&[("close", close.clone())]);
    let promise = Promise::resolve(&handle);
    set(&promise, "close", &close);
    promise
}

fn method2(target: &Object, name: &str, call: impl Fn(JsValue, JsValue) -> Promise + 'static) {
    let closure = Closure::<dyn Fn(JsValue, JsValue) -> Promise>::new(call);
    // The page keeps its hooks for as long as it lives.
    set(target, name, &closure.into_js_value());
}

fn set(target: &JsValue, name: &str, value: &JsValue) {
    // Fails only on a frozen object, which none of ours is.
    let _ = Reflect::set(target, &JsValue::from_str(name), value);
}

fn object(fields: &[(&str, JsValue)]) -> JsValue {
    let object = Object::new();
    for (name, value) in fields {
        set(&object, name, value);
    }
    object.into()
}

fn option(options: &JsValue, name: &str) -> Option<JsValue> {
    if !options.is_object() {
        return None;
    }
    Reflect::get(options, &JsValue::from_str(name)).ok().filter(|value| !value.is_undefined() && !value.is_null())
}

fn index_of(value: &JsValue) -> Option<usize> {
    value.as_f64().filter(|number| *number >= 0.0 && number.fract() == 0.0).map(|number| number as usize)
}

async fn fetch_with_failover(api: ApiService, path: String, options: JsValue) -> Result<JsValue, ApiError> {
    let method = match option(&options, "method").and_then(|text| text.as_string()).unwrap_or_default().as_str() {
        "" | "GET" => Method::Get,
        "POST" => Method::Post,
        "PUT" => Method::Put,
        "DELETE" => Method::Delete,
        other => {
            let message = format!("method {other}: use GET, POST, PUT or DELETE");
            return Err(ApiError::Refused { status: 405, code: None, message: Some(message) });
        }
    };
    let body = option(&options, "body").map(|body| match body.as_string() {
        Some(text) => text,
        None => JSON::stringify(&body).map(String::from).unwrap_or_default(),
    });
    let idempotent = option(&options, "idempotent").and_then(|value| value.as_bool());
    let mut request = match method {
        Method::Get => ApiRequest::read(path, Access::Authenticated),
        Method::Delete => ApiRequest::write(method, path, body, Repeat::Harmless),
        Method::Post | Method::Put => ApiRequest::write(method, path, body, Repeat::NeedsKey),
    };
    request.idempotent(idempotent, || api.new_idempotency_key());
    add_headers(&mut request, option(&options, "headers"));
    let started = api.now();
    let call = api.fetch_with_failover(request);
    let delivered = match option(&options, "signal").and_then(|signal| signal.dyn_into::<AbortSignal>().ok()) {
        None => call.await?,
        Some(signal) => until_aborted(call, &signal).await?,
    };
    Ok(answer(api, &delivered, api.now().since(started).as_millis()))
}

fn add_headers(request: &mut ApiRequest, headers: Option<JsValue>) {
    let Some(headers) = headers.and_then(|headers| headers.dyn_into::<Object>().ok()) else { return };
    for entry in Object::entries(&headers).iter() {
        let pair = Array::from(&entry);
        if let (Some(name), Some(value)) = (pair.get(0).as_string(), pair.get(1).as_string()) {
            request.headers.push((Rc::from(name), Rc::from(value)));
        }
    }
}

/// Dropping the call takes it back.
async fn until_aborted(
    call: impl Future<Output = Result<Delivered, ApiError>>,
    signal: &AbortSignal,
) -> Result<Delivered, ApiError> {
    if signal.aborted() {
        return Err(ApiError::Cancelled);
    }
    let (sender, receiver) = futures_channel::oneshot::channel::<()>();
    let listener = Closure::once(move || {
        let _ = sender.send(());
    });
    let function: &Function = listener.as_ref().unchecked_ref();
    // Without the listener the call cannot be aborted, but it can be made.
    let _ = signal.add_event_listener_with_callback("abort", function);
    let result = match futures_util::future::select(Box::pin(call), receiver).await {
        futures_util::future::Either::Left((result, _)) => result,
        futures_util::future::Either::Right(_) => Err(ApiError::Cancelled),
    };
    let _ = signal.remove_event_listener_with_callback("abort", function);
    result
}

fn answer(api: ApiService, delivered: &Delivered, ms: u128) -> JsValue {
    let response = &delivered.response;
    let text = response.body.to_string();
    let body = JSON::parse(&text).unwrap_or_else(|_| JsValue::from_str(&text));
    object(&[
        ("status", JsValue::from_f64(f64::from(response.status))),
        ("body", body),
        ("node", api.index_of(delivered.node).map_or(JsValue::NULL, |index| JsValue::from_f64(index as f64))),
        ("index", response.raft_index.map_or(JsValue::NULL, |index| JsValue::from_f64(index as f64))),
        ("stale", JsValue::from_bool(delivered.stale)),
        ("attempts", JsValue::from_f64(delivered.trace.len() as f64)),
        ("ms", JsValue::from_f64(ms as f64)),
        ("trace", trace(&delivered.trace).into()),
    ])
}

/// Every attempt in a line: where to and why, from when to when in milliseconds after the call began, what became of it.
fn trace(steps: &Trace) -> Array {
    let lines = steps.iter().map(|step| {
        let ended = step.ended_after.map_or_else(|| "…".to_owned(), |at| at.as_millis().to_string());
        let result = step.reason.map_or_else(String::new, |reason| format!(" {}", export::reason_word(reason)));
        let line = format!("{} {} {}–{ended}{result}", why_word(step.why), step.node, step.started_after.as_millis());
        JsValue::from_str(&line)
    });
    lines.collect()
}

const fn why_word(why: Why) -> &'static str {
    match why {
        Why::First => "First",
        Why::Moved => "Moved",
        Why::Rescued => "Rescued",
        Why::Hedged => "Hedged",
        Why::LeaderHop => "LeaderHop",
        Why::AskedAgain => "AskedAgain",
    }
}

fn js_error(error: &ApiError) -> JsValue {
    let js = Error::new(&error.to_string());
    js.set_name(error.class());
    js.into()
}

fn health_status(api: ApiService) -> JsValue {
    let snapshot = api.snapshot();
    let number = |value: Option<f64>| value.map_or(JsValue::NULL, JsValue::from_f64);
    let nodes: Array = snapshot
        .nodes
        .iter()
        .map(|node| {
            object(&[
                ("index", JsValue::from_f64(node.index as f64)),
                ("url", JsValue::from_str(&node.url)),
                ("state", JsValue::from_str(node.state.as_str())),
                ("responseTimeMs", number(node.latency.map(|latency| latency.as_secs_f64() * 1_000.0))),
                ("lastChecked", number(node.last_checked.map(|at| api.wall_clock_ms(at)))),
            ])
        })
        .collect();
    object(&[
        ("current", number(snapshot.current.map(|index| index as f64))),
        ("preferred", number(snapshot.preferred.map(|index| index as f64))),
        ("nodes", nodes.into()),
    ])
}
