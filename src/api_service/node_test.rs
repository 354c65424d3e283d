//! A test of a node before it is added: one health check, which says nothing of who asks.

use std::rc::Rc;
use std::time::Duration;

use futures_util::future::{Either, select};

use super::answer;
use super::failover::{NodeUrl, Role};
use super::transport::{Host, Method, Request, Transport};

/// What came of a test.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum NodeTest {
    /// It is well, and says this of itself; the older backend says nothing.
    Healthy { took: Duration, cluster_id: Option<Rc<str>>, role: Option<Role> },
    /// Something answered, with another status.
    Answered { status: u16 },
    /// Nothing answered: refused, or not allowed by CORS, TLS or mixed content; a browser cannot tell.
    NoAnswer,
    /// Nothing answered in this time.
    TimedOut { waited: Duration },
}

/// Tests the node at `url`. Whatever the outcome, the list of nodes stays as it is.
pub async fn test_node(transport: &dyn Transport, host: &dyn Host, url: &NodeUrl, timeout: Duration) -> NodeTest {
    let request = Request {
        method: Method::Get,
        url: format!("{url}/api/health"),
        headers: Vec::new(),
        body: None,
        no_store: true,
    };
    let started = host.now();
    let result = match select(transport.send(request), host.sleep(timeout)).await {
        Either::Left((result, _)) => result,
        Either::Right(_) => return NodeTest::TimedOut { waited: timeout },
    };
    let Ok(response) = result else { return NodeTest::NoAnswer };
    if !(200..300).contains(&response.status) {
        return NodeTest::Answered { status: response.status };
    }
    let report = answer::health_report(&response).unwrap_or_default();
    NodeTest::Healthy { took: host.now().since(started), cluster_id: report.cluster_id, role: report.role }
}
