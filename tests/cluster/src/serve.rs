//! Accepts connections and serves them, with an end to all that a client may take its time for.

use std::net::{IpAddr, SocketAddr};
use std::sync::Arc;
use std::time::Duration;

use axum::Router;
use axum::extract::ConnectInfo;
use hyper::Request;
use hyper::body::Incoming;
use hyper::server::conn::http1;
use hyper::service::{Service, service_fn};
use hyper_util::rt::{TokioIo, TokioTimer};
use hyper_util::server::graceful::GracefulShutdown;
use hyper_util::service::TowerToHyperService;
use tokio::net::TcpListener;
use tokio::sync::{Semaphore, watch};
use tokio::time::sleep;

use crate::places::Places;

/// A connection that has not brought a whole request head by then is closed, be it slow or idle.
pub const HEAD_LIMIT: Duration = Duration::from_secs(20);
/// Connections that are served at once; more wait until one is closed.
const CONNECTIONS_AT_MOST: usize = 1_024;
/// Connections of one address that are served at once; more are closed.
const CONNECTIONS_OF_ONE_AT_MOST: usize = 256;
/// Pause after the system refused a connection: it may be out of file descriptors.
const ACCEPT_AGAIN: Duration = Duration::from_millis(50);

/// The places for connections of clients. Behind the addresses of `proxies` are many.
pub fn places(proxies: Vec<IpAddr>) -> Places {
    Places::new(usize::MAX, CONNECTIONS_OF_ONE_AT_MOST).shared_by(proxies)
}

/// Serves `router` at `listener` until `ending` says true and what is under way has ended. Handlers know where a
/// request comes from by its [`ConnectInfo`].
pub async fn serve(listener: TcpListener, router: Router, of_addresses: Places, mut ending: watch::Receiver<bool>) {
    let of_addresses = Arc::new(of_addresses);
    let places = Arc::new(Semaphore::new(CONNECTIONS_AT_MOST));
    let graceful = GracefulShutdown::new();
    loop {
        let next = async {
            let place = places.clone().acquire_owned().await.ok()?;
            Some((place, listener.accept().await))
        };
        let (place, accepted) = tokio::select! {
            _ = ending.wait_for(|ending| *ending) => break,
            Some(next) = next => next,
            else => break,
        };
        let (stream, address) = match accepted {
            Ok(accepted) => accepted,
            Err(error) => {
                tracing::debug!(%error, "a connection was not accepted");
                sleep(ACCEPT_AGAIN).await;
                continue;
            }
        };
        let Ok(of_address) = of_addresses.take(address.ip()) else {
            tracing::debug!(%address, "an address has too many connections");
            continue;
        };
        // Answers go out in small pieces, each of which would wait for the last one's acknowledgement.
        if let Err(error) = stream.set_nodelay(true) {
            tracing::debug!(%error, "a connection stays slow");
        }
        let connection = http1::Builder::new()
            .timer(TokioTimer::new())
            .header_read_timeout(HEAD_LIMIT)
            .serve_connection(TokioIo::new(stream), from(address, router.clone()));
        let connection = graceful.watch(connection);
        tokio::spawn(async move {
            if let Err(error) = connection.await {
                tracing::debug!(%error, %address, "a connection ended");
            }
            drop((place, of_address));
        });
    }
    drop(listener);
    graceful.shutdown().await;
}

type Answered = <TowerToHyperService<Router> as Service<Request<Incoming>>>::Future;

/// The router for one client.
fn from(
    address: SocketAddr,
    router: Router,
) -> impl Service<Request<Incoming>, Response = axum::response::Response, Error = std::convert::Infallible, Future = Answered>
{
    let service = TowerToHyperService::new(router);
    service_fn(move |mut request: Request<Incoming>| {
        request.extensions_mut().insert(ConnectInfo(address));
        service.call(request)
    })
}
