//! A proxy before one node that breaks what passes through it, in the ways that networks, balancers and portals do.

use std::net::{Ipv4Addr, SocketAddr};
use std::pin::Pin;
use std::task::{Context, Poll};
use std::time::Duration;

use axum::body::Bytes;
use axum::http::header::{
    ACCESS_CONTROL_ALLOW_ORIGIN, ACCESS_CONTROL_EXPOSE_HEADERS, ACCESS_CONTROL_REQUEST_METHOD, CONTENT_TYPE,
    RETRY_AFTER, TRANSFER_ENCODING,
};
use axum::http::{HeaderValue, Method, StatusCode};
use http_body_util::BodyExt;
use hyper::body::{Body, Frame, Incoming};
use hyper::service::service_fn;
use hyper::{Request, Response};
use hyper_util::rt::TokioIo;
use tokio::net::{TcpListener, TcpStream};
use tokio::sync::{mpsc, watch};
use tokio::task::{JoinHandle, JoinSet};

/// What a proxy does to the requests that come through it.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum Fault {
    /// Nothing: every byte passes.
    #[default]
    None,
    /// The port refuses connections, and those that are open are cut.
    Refuse,
    /// Connections are accepted and never answered, preflights included; bodies under way stop.
    Hang,
    /// Every request waits this long before it is passed on.
    Slow(Duration),
    Status500,
    /// 503 with `Retry-After` in seconds.
    Status503RetryAfter(u32),
    /// 429 with `Retry-After` in seconds.
    Status429(u32),
    /// The node does what it was asked, and the connection is cut in the middle of its answer.
    CutMidBody,
    /// The node does what it was asked, and its answer stops in the middle.
    StallMidBody,
    /// 200 with a JSON type and half a JSON text.
    GarbageJson,
    /// 200 with a page, as a captive portal answers.
    HtmlPage,
}

/// A proxy before one node. Dropping it closes its port.
pub struct Proxy {
    port: u16,
    fault: watch::Sender<Fault>,
    /// The fault that the listening side has taken up.
    taken_up: watch::Receiver<Fault>,
    task: JoinHandle<()>,
}

impl Proxy {
    /// Listens on `port` of the loopback interface and passes requests on to the node at `node_port`.
    pub async fn start(port: u16, node_port: u16) -> std::io::Result<Self> {
        let address = SocketAddr::from((Ipv4Addr::LOCALHOST, port));
        let listener = TcpListener::bind(address).await?;
        // A connection of its own for each request: a kept one to a node that was restarted would fail by itself.
        let client = reqwest::Client::builder()
            .no_proxy()
            .pool_max_idle_per_host(0)
            .redirect(reqwest::redirect::Policy::none())
            .build()
            .map_err(std::io::Error::other)?;
        let (fault, _) = watch::channel(Fault::None);
        let (announce, taken_up) = watch::channel(Fault::None);
        let relay = Relay { client, node: format!("http://127.0.0.1:{node_port}"), fault: fault.subscribe() };
        let task = tokio::spawn(listen(address, listener, relay, announce));
        Ok(Self { port, fault, taken_up, task })
    }

    /// The port that clients use.
    pub fn port(&self) -> u16 {
        self.port
    }

    /// Breaks things from now on; returns once the port does what it should.
    pub async fn set(&self, fault: Fault) {
        self.fault.send_replace(fault);
        let mut taken_up = self.taken_up.clone();
        // It only fails when the task has ended, and then the port refuses everything.
        let _ = taken_up.wait_for(|now| *now == fault).await;
    }
}

impl Drop for Proxy {
    fn drop(&mut self) {
        self.task.abort();
    }
}

async fn listen(address: SocketAddr, first: TcpListener, relay: Relay, announce: watch::Sender<Fault>) {
    let mut fault = relay.fault.clone();
    let mut listener = Some(first);
    let mut connections = JoinSet::new();
    loop {
        let now = *fault.borrow_and_update();
        if now == Fault::Refuse {
            listener = None;
            connections.shutdown().await;
        } else if listener.is_none() {
            match TcpListener::bind(address).await {
                Ok(bound) => listener = Some(bound),
                Err(error) => {
                    tracing::error!(%error, %address, "the proxy cannot listen again");
                    return;
                }
            }
        }
        announce.send_replace(now);
        let accepted = async {
            match &listener {
                Some(listener) => listener.accept().await,
                None => std::future::pending().await,
            }
        };
        tokio::select! {
            changed = fault.changed() => if changed.is_err() { return },
            connection = accepted => if let Ok((stream, _)) = connection {
                connections.spawn(serve(stream, relay.clone()));
            },
            Some(_) = connections.join_next() => {}
        }
    }
}

async fn serve(stream: TcpStream, relay: Relay) {
    // Answers go out in small pieces, each of which would wait for the last one's acknowledgement: 40 ms each.
    let _ = stream.set_nodelay(true);
    let service = service_fn(move |request| relay.clone().answer(request));
    // An error here is a connection that was cut, by either side: that is what this proxy is for.
    let _ = hyper::server::conn::http1::Builder::new().serve_connection(TokioIo::new(stream), service).await;
}

/// The connection ends without an answer.
#[derive(Debug, thiserror::Error)]
#[error("cut")]
struct Cut;

#[derive(Clone)]
struct Relay {
    client: reqwest::Client,
    node: String,
    fault: watch::Receiver<Fault>,
}

impl Relay {
    async fn answer(self, request: Request<Incoming>) -> Result<Response<Pieces>, Cut> {
        let preflight =
            request.method() == Method::OPTIONS && request.headers().contains_key(ACCESS_CONTROL_REQUEST_METHOD);
        let fault = *self.fault.borrow();
        match fault {
            Fault::Refuse => Err(Cut),
            Fault::Hang => {
                turned(self.fault, |now| now != Fault::Hang).await;
                Err(Cut)
            }
            _ if preflight => self.pass_on(request, Fault::None).await,
            Fault::Slow(pause) => {
                tokio::time::sleep(pause).await;
                self.pass_on(request, fault).await
            }
            Fault::None | Fault::CutMidBody | Fault::StallMidBody => self.pass_on(request, fault).await,
            Fault::Status500 => Ok(refusal(StatusCode::INTERNAL_SERVER_ERROR, None)),
            Fault::Status503RetryAfter(seconds) => Ok(refusal(StatusCode::SERVICE_UNAVAILABLE, Some(seconds))),
            Fault::Status429(seconds) => Ok(refusal(StatusCode::TOO_MANY_REQUESTS, Some(seconds))),
            Fault::GarbageJson => Ok(made_up(StatusCode::OK, "application/json", "{\"status\":\"UP\",\"feat")),
            Fault::HtmlPage => {
                let page = "<!doctype html><title>Welcome</title><h1>Log in to this network</h1>";
                Ok(made_up(StatusCode::OK, "text/html; charset=utf-8", page))
            }
        }
    }

    /// The node's own answer, broken on its way back when `fault` says so. A node that is away cuts the connection.
    async fn pass_on(self, request: Request<Incoming>, fault: Fault) -> Result<Response<Pieces>, Cut> {
        let (parts, body) = request.into_parts();
        let body = body.collect().await.map_err(|_| Cut)?.to_bytes();
        let path = parts.uri.path_and_query().map_or("/", |path| path.as_str());
        let sent =
            self.client.request(parts.method, format!("{}{path}", self.node)).headers(parts.headers).body(body).send();
        let answer = sent.await.map_err(|_| Cut)?;
        let mut response = Response::new(Pieces::closed());
        *response.status_mut() = answer.status();
        *response.headers_mut() = answer.headers().clone();
        // Set by this side itself, as its own pieces need it.
        response.headers_mut().remove(TRANSFER_ENCODING);
        let (pieces, receiver) = mpsc::channel(4);
        *response.body_mut() = Pieces(receiver);
        tokio::spawn(relay_body(answer, pieces, self.fault, fault));
        Ok(response)
    }
}

/// Returns when the fault is one that `wanted` picks, or the proxy is gone.
async fn turned(mut fault: watch::Receiver<Fault>, wanted: impl Fn(Fault) -> bool) {
    let _ = fault.wait_for(|now| wanted(*now)).await;
}

/// Returns when a body under way is to be cut: at once, or after it has hung.
async fn interrupted(fault: watch::Receiver<Fault>) {
    turned(fault.clone(), |now| matches!(now, Fault::Refuse | Fault::Hang)).await;
    turned(fault, |now| now != Fault::Hang).await;
}

/// Passes the body on until it ends, the client leaves, or a fault falls on it.
async fn relay_body(
    mut answer: reqwest::Response,
    pieces: mpsc::Sender<Result<Bytes, Cut>>,
    now: watch::Receiver<Fault>,
    fault: Fault,
) {
    loop {
        let chunk = tokio::select! {
            biased;
            () = interrupted(now.clone()) => Err(Cut),
            () = pieces.closed() => return,
            chunk = answer.chunk() => chunk.map_err(|_| Cut),
        };
        let sent = match chunk {
            Ok(None) => return,
            Ok(Some(chunk)) if matches!(fault, Fault::CutMidBody | Fault::StallMidBody) => {
                let _ = pieces.send(Ok(chunk.slice(..chunk.len() / 2))).await;
                if fault == Fault::StallMidBody {
                    tokio::select! {
                        () = turned(now.clone(), |now| now != Fault::StallMidBody) => {}
                        () = pieces.closed() => return,
                    }
                } else {
                    // So that the half is on its way before the cut: both at once would be a cut before the body.
                    tokio::time::sleep(Duration::from_millis(20)).await;
                }
                pieces.send(Err(Cut)).await
            }
            Ok(Some(chunk)) => pieces.send(Ok(chunk)).await,
            Err(cut) => {
                let _ = pieces.send(Err(cut)).await;
                return;
            }
        };
        if sent.is_err() {
            return;
        }
    }
}

fn refusal(status: StatusCode, retry_after_secs: Option<u32>) -> Response<Pieces> {
    let mut response = made_up(status, "application/json", r#"{"error":"fault","message":"Injected by the proxy."}"#);
    if let Some(seconds) = retry_after_secs {
        response.headers_mut().insert(RETRY_AFTER, HeaderValue::from(seconds));
    }
    response
}

/// An answer of the proxy's own, which a page of any origin may read.
fn made_up(status: StatusCode, content_type: &'static str, text: &'static str) -> Response<Pieces> {
    let mut response = Response::new(Pieces::whole(text));
    *response.status_mut() = status;
    let headers = response.headers_mut();
    headers.insert(CONTENT_TYPE, HeaderValue::from_static(content_type));
    headers.insert(ACCESS_CONTROL_ALLOW_ORIGIN, HeaderValue::from_static("*"));
    headers.insert(ACCESS_CONTROL_EXPOSE_HEADERS, HeaderValue::from_static("x-raft-index,retry-after"));
    response
}

/// A body that arrives in pieces.
struct Pieces(mpsc::Receiver<Result<Bytes, Cut>>);

impl Pieces {
    fn closed() -> Self {
        Self(mpsc::channel(1).1)
    }

    fn whole(text: &'static str) -> Self {
        let (pieces, receiver) = mpsc::channel(1);
        // The channel is new and has room for one.
        let _ = pieces.try_send(Ok(Bytes::from_static(text.as_bytes())));
        Self(receiver)
    }
}

impl Body for Pieces {
    type Data = Bytes;
    type Error = Cut;

    fn poll_frame(mut self: Pin<&mut Self>, context: &mut Context<'_>) -> Poll<Option<Result<Frame<Bytes>, Cut>>> {
        self.0.poll_recv(context).map(|piece| piece.map(|piece| piece.map(Frame::data)))
    }
}
