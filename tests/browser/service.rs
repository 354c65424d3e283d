//! The service on the browser's own fetch.

use futures_util::future::abortable;
use vcube_raft_frontend::api_service::browser::connect;
use vcube_raft_frontend::api_service::endpoints::fleet::Provider;
use vcube_raft_frontend::api_service::failover::{NodeUrl, Policy};
use vcube_raft_frontend::api_service::{Access, ApiError, ApiRequest, ApiService, ExtraHeaders, Options};
use wasm_bindgen_test::wasm_bindgen_test;

use crate::fetch::origin;

fn service(urls: &[&str]) -> ApiService {
    connect(|seed| Options {
        nodes: urls.iter().map(|url| NodeUrl::from_normalized(*url)).collect(),
        policy: Policy::default(),
        legacy_identity_headers: None,
        headers: ExtraHeaders::default(),
        idempotency_keys: None,
        seed,
    })
}

#[wasm_bindgen_test]
async fn a_read_goes_on_to_a_node_that_answers() {
    let api = service(&["http://127.0.0.1:48123", &origin()]);
    let request = ApiRequest::read("/", Access::Public).any_body();
    let delivered = api.fetch_with_failover(request).await.expect("the second node answers");
    assert_eq!((delivered.response.status, api.index_of(delivered.node)), (200, Some(1)));
}

#[wasm_bindgen_test]
async fn a_page_where_json_was_agreed_names_the_path() {
    let api = service(&[&origin()]);
    let error = api.fetch::<Vec<Provider>>(ApiRequest::read("/", Access::Public)).await.err();
    assert!(matches!(&error, Some(ApiError::Decode { path, .. }) if path == "/"), "{error:?}");
}

#[wasm_bindgen_test]
async fn with_every_node_away_the_call_ends_and_says_so() {
    let api = service(&["http://127.0.0.1:48123", "http://127.0.0.1:48124"]);
    let error = api.fetch_with_failover(ApiRequest::read("/", Access::Public)).await.err();
    assert!(matches!(error, Some(ApiError::Unreachable { .. })), "{error:?}");
}

#[wasm_bindgen_test]
async fn a_thousand_calls_taken_back_leave_nothing_under_way() {
    let api = service(&[&origin()]);
    api.perform_health_check().await;
    for _ in 0..1_000 {
        let (call, handle) =
            abortable(async move { api.fetch_with_failover(ApiRequest::read("/", Access::Public)).await });
        let mut call = Box::pin(call);
        let _ = futures_util::poll!(&mut call);
        handle.abort();
        assert!(call.await.is_err());
    }
    let (requests, calls) = api.under_way();
    assert_eq!(calls, 0);
    assert!(requests <= 1, "{requests} requests are still out");
}
