//! A test of a node before it is added: one health check, which says nothing of who asks.

use std::sync::Arc;

use futures_util::future::{Either, select};

use super::answer;
use super::failover::{Duration, NodeUrl, Role};
use super::transport::{Request, Runtime, Transport};

/// What came of a test.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum NodeTest {
    /// It is well, and says this of itself; the older backend says nothing.
    Healthy { took: Duration, cluster_id: Option<Arc<str>>, role: Option<Role> },
    /// Something answered, with another status.
    Answered { status: u16 },
    /// Nothing answered: refused, or not allowed by CORS, TLS or mixed content; a browser cannot tell.
    NoAnswer,
    /// Nothing answered in this time.
    TimedOut { waited: Duration },
}

/// Tests the node at `url`. Whatever the outcome, the list of nodes stays as it is.
pub async fn test_node(transport: &dyn Transport, runtime: &dyn Runtime, url: &NodeUrl, timeout: Duration) -> NodeTest {
    let request = Request::health(url.as_str());
    let started = runtime.now();
    let result = match select(transport.send(request), runtime.sleep(timeout)).await {
        Either::Left((result, _)) => result,
        Either::Right(_) => return NodeTest::TimedOut { waited: timeout },
    };
    let Ok(response) = result else { return NodeTest::NoAnswer };
    if !(200..300).contains(&response.status) {
        return NodeTest::Answered { status: response.status };
    }
    let report = answer::health_report(&response).unwrap_or_default();
    let cluster_id = report.cluster_id.map(|id| Arc::from(&*id));
    NodeTest::Healthy { took: runtime.now().since(started), cluster_id, role: report.role }
}

#[cfg(test)]
mod tests {
    use std::future::{pending, ready};

    use futures_util::FutureExt;
    use futures_util::future::LocalBoxFuture;

    use super::super::failover::Timestamp;
    use super::super::transport::{Response, TransportError};
    use super::*;

    /// Answers at once, or never; time passes only for who waits for nothing else.
    struct Scene(Option<Result<Response, TransportError>>);

    impl Transport for Scene {
        fn send(&self, request: Request) -> LocalBoxFuture<'static, Result<Response, TransportError>> {
            assert_eq!((request.url.as_str(), request.headers.len()), ("http://a/api/health", 0));
            match self.0.clone() {
                Some(result) => Box::pin(ready(result)),
                None => Box::pin(pending()),
            }
        }
    }

    impl Runtime for Scene {
        fn now(&self) -> Timestamp {
            Timestamp::from_micros(0)
        }

        fn wall_clock_ms(&self) -> f64 {
            0.0
        }

        fn sleep(&self, _: Duration) -> LocalBoxFuture<'static, ()> {
            Box::pin(ready(()))
        }

        fn spawn(&self, _: LocalBoxFuture<'static, ()>) {}

        fn random(&self) -> u128 {
            0
        }
    }

    fn tested(answer: Option<Result<Response, TransportError>>) -> Option<NodeTest> {
        let scene = Scene(answer);
        let url = NodeUrl::from_normalized("http://a");
        test_node(&scene, &scene, &url, Duration::from_secs(1)).now_or_never()
    }

    fn response(status: u16, body: &str) -> Option<Result<Response, TransportError>> {
        Some(Ok(Response { status, body: body.into(), ..Response::default() }))
    }

    #[test]
    fn a_test_tells_a_node_from_a_stranger_and_from_nobody() {
        let healthy = |cluster_id: Option<&str>, role| {
            Some(NodeTest::Healthy { took: Duration::ZERO, cluster_id: cluster_id.map(Arc::from), role })
        };
        let newer = r#"{"status":"UP","clusterId":"c1","role":"leader"}"#;
        assert_eq!(tested(response(200, newer)), healthy(Some("c1"), Some(Role::Leader)));
        assert_eq!(tested(response(200, r#"{"status":"UP"}"#)), healthy(None, None));
        assert_eq!(tested(response(404, "<html>")), Some(NodeTest::Answered { status: 404 }));
        assert_eq!(tested(Some(Err(TransportError::Network))), Some(NodeTest::NoAnswer));
        assert_eq!(tested(None), Some(NodeTest::TimedOut { waited: Duration::from_secs(1) }));
    }
}
