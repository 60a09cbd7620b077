//! Connections: how many, from whom, and how long one may take to say what it wants.

use std::collections::HashMap;
use std::io;
use std::net::{IpAddr, Ipv6Addr, SocketAddr};
use std::sync::{Arc, Mutex, PoisonError};
use std::time::Duration;

use axum::Router;
use axum::body::Body;
use axum::extract::ConnectInfo;
use futures::future::Either;
use hyper::body::Incoming;
use hyper::server::conn::http1;
use hyper::service::service_fn;
use hyper_util::rt::{TokioIo, TokioTimer};
use hyper_util::server::graceful::{GracefulShutdown, Watcher};
use ipnet::IpNet;
use tokio::io::{AsyncRead, AsyncWrite};
use tokio::net::{TcpListener, TcpStream};
use tokio::sync::{OwnedSemaphorePermit, Semaphore, watch};
use tokio_io_timeout::TimeoutStream;
use tokio_rustls::TlsAcceptor;
use tower::ServiceExt;

use super::tls::Tls;
use crate::oidc::ready::Ready;

/// How many connections there may be at once; whoever comes then waits.
const CONNECTIONS: usize = 8192;
/// How many of them one address, or one IPv6 network of 64 bits, may have, unless it is a proxy that
/// we trust.
const PER_ADDRESS: usize = 256;
/// How long a connection may be idle, take to send the head of a request, or leave an answer unread.
/// Longer than proxies keep their idle connections, so that none uses one that we are just closing.
pub(super) const HEAD_TIMEOUT: Duration = Duration::from_secs(75);

/// How long a handshake of TLS may take: it is over before anything is asked or answered.
const HANDSHAKE: Duration = Duration::from_secs(10);

/// What is counted together: an IPv4 address, or the IPv6 network that one household has to itself
/// and could take a new address from for every connection.
fn household(address: IpAddr) -> IpAddr {
    match address {
        IpAddr::V4(_) => address,
        IpAddr::V6(it) => Ipv6Addr::from(u128::from(it) >> 64 << 64).into(),
    }
}

/// Connections by address.
#[derive(Clone, Default)]
struct Counts(Arc<Mutex<HashMap<IpAddr, usize>>>);

/// One connection, counted until it is dropped.
struct Counted {
    counts: Counts,
    address: IpAddr,
}

impl Counts {
    /// Counts one more, or refuses.
    fn admit(&self, address: IpAddr, limit: usize) -> Option<Counted> {
        let mut counts = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        let count = counts.entry(address).or_default();
        if *count >= limit {
            return None;
        }
        *count += 1;
        Some(Counted { counts: self.clone(), address })
    }
}

impl Drop for Counted {
    fn drop(&mut self) {
        let mut counts = self.counts.0.lock().unwrap_or_else(PoisonError::into_inner);
        if let Some(count) = counts.get_mut(&self.address) {
            *count -= 1;
            if *count == 0 {
                counts.remove(&self.address);
            }
        }
    }
}

/// How a listener is served.
pub(super) struct Serving {
    pub(super) listener: TcpListener,
    pub(super) app: Router,
    pub(super) ready: Option<Ready>,
    pub(super) trusted_proxies: Vec<IpNet>,
    pub(super) head_timeout: Duration,
    /// None where connections are not secured here.
    pub(super) tls: Option<Arc<Tls>>,
}

/// How long a connection that was made just before the end may take to say what it wants.
const LAST_WORDS: Duration = Duration::from_millis(200);
/// The same where a handshake comes first, which takes two ways there and back.
const LAST_HANDSHAKE: Duration = Duration::from_secs(1);

/// Where connections come in.
struct Door {
    app: Router,
    ready: Option<Ready>,
    trusted_proxies: Vec<IpNet>,
    head_timeout: Duration,
    counts: Counts,
    graceful: GracefulShutdown,
    tls: Option<Arc<Tls>>,
    /// Told, or dropped, when handshakes are waited for no more.
    closing: watch::Sender<()>,
}

/// A connection that has been let in.
struct Visit {
    app: Router,
    ready: Option<Ready>,
    peer: SocketAddr,
    head_timeout: Duration,
    watcher: Watcher,
}

impl Serving {
    /// Serves until `stop` resolves, and then finishes the requests that are under way.
    pub(super) async fn run(self, stop: impl Future<Output = ()> + Send) -> io::Result<()> {
        let Self { listener, app, ready, trusted_proxies, head_timeout, tls } = self;
        let last_words = if tls.is_some() { LAST_HANDSHAKE } else { LAST_WORDS };
        let door = Door {
            app,
            ready,
            trusted_proxies,
            head_timeout,
            counts: Counts::default(),
            graceful: GracefulShutdown::new(),
            tls,
            closing: watch::Sender::default(),
        };
        let places = Arc::new(Semaphore::new(CONNECTIONS));
        let mut stop = std::pin::pin!(stop);
        loop {
            let place = tokio::select! {
                place = Arc::clone(&places).acquire_owned() => place,
                () = &mut stop => break,
            };
            let Ok(place) = place else { break };
            let (stream, peer) = tokio::select! {
                accepted = listener.accept() => match accepted {
                    Ok(accepted) => accepted,
                    Err(error) => {
                        // One that was gone before we looked, or no file handle is left: go on.
                        tracing::debug!(%error, "a connection could not be accepted");
                        tokio::time::sleep(Duration::from_millis(50)).await;
                        continue;
                    }
                },
                () = &mut stop => break,
            };
            door.admit(stream, peer, place);
        }
        // Whoever is connected already waits for an answer, and would find a broken connection.
        let listener = listener.into_std()?;
        while let (Ok((stream, peer)), Ok(place)) =
            (listener.accept(), Arc::clone(&places).try_acquire_owned())
        {
            stream.set_nonblocking(true)?;
            door.admit(TcpStream::from_std(stream)?, peer, place);
        }
        drop(listener);
        // Connections on which nothing was asked yet would be closed at once.
        tokio::time::sleep(last_words).await;
        let _ = door.closing.send(());
        door.graceful.shutdown().await;
        Ok(())
    }
}

impl Door {
    /// Serves a connection, unless its address has too many.
    fn admit(&self, stream: TcpStream, peer: SocketAddr, place: OwnedSemaphorePermit) {
        let address = peer.ip().to_canonical();
        let trusted =
            address.is_loopback() || self.trusted_proxies.iter().any(|net| net.contains(&address));
        let limit = if trusted { CONNECTIONS } else { PER_ADDRESS };
        let Some(counted) = self.counts.admit(household(address), limit) else { return };
        // Answers are small and complete: waiting for more only makes them late.
        let _ = stream.set_nodelay(true);
        // Whoever never reads would keep what is written for them, and their place, for ever.
        let mut stream = TimeoutStream::new(stream);
        stream.set_write_timeout(Some(self.head_timeout));
        let visit = Visit {
            app: self.app.clone(),
            ready: self.ready.clone(),
            peer,
            head_timeout: self.head_timeout,
            watcher: self.graceful.watcher(),
        };
        let stream = Box::pin(stream);
        let Some(tls) = &self.tls else {
            tokio::spawn(async move {
                visit.serve(stream).await;
                drop((place, counted));
            });
            return;
        };
        let (acceptor, closing) = (tls.acceptor(), self.closing.subscribe());
        tokio::spawn(async move {
            visit.secure(stream, acceptor, closing).await;
            drop((place, counted));
        });
    }
}

impl Visit {
    /// Shakes hands first, which has its time as everything has.
    async fn secure<S>(self, stream: S, acceptor: TlsAcceptor, mut closing: watch::Receiver<()>)
    where
        S: AsyncRead + AsyncWrite + Unpin + Send + 'static,
    {
        let patience = self.head_timeout.min(HANDSHAKE);
        let shaken = tokio::select! {
            shaken = tokio::time::timeout(patience, acceptor.accept(stream)) => shaken,
            _ = closing.changed() => return,
        };
        match shaken {
            Ok(Ok(stream)) => self.serve(stream).await,
            Ok(Err(error)) => tracing::debug!(%error, "a handshake failed"),
            Err(_) => tracing::debug!("a handshake took too long"),
        }
    }

    /// Answers what is asked until one side has enough.
    async fn serve<S>(self, stream: S)
    where
        S: AsyncRead + AsyncWrite + Unpin + Send + 'static,
    {
        let Self { app, ready, peer, head_timeout, watcher } = self;
        let service = service_fn(move |request: hyper::Request<Incoming>| {
            if let Some(answer) = ready
                .as_ref()
                .and_then(|it| it.answer(request.method(), request.uri(), request.headers()))
            {
                return Either::Left(std::future::ready(Ok(answer)));
            }
            let mut request = request.map(Body::new);
            request.extensions_mut().insert(ConnectInfo(peer));
            Either::Right(app.clone().oneshot(request))
        });
        let connection = http1::Builder::new()
            .timer(TokioTimer::new())
            .header_read_timeout(head_timeout)
            .serve_connection(TokioIo::new(stream), service);
        if let Err(error) = watcher.watch(connection).await {
            tracing::debug!(%error, "a connection ended badly");
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn whoever_has_a_network_to_themselves_is_one_address() {
        let of = |text: &str| household(text.parse().unwrap()).to_string();
        assert_eq!(of("192.0.2.1"), "192.0.2.1");
        assert_eq!(of("2001:db8:1:2:3:4:5:6"), "2001:db8:1:2::");
        assert_eq!(of("2001:db8:1:2:ffff::"), "2001:db8:1:2::");
    }

    #[test]
    fn an_address_has_so_many_connections_and_gets_them_back() {
        let counts = Counts::default();
        let (one, other) = (IpAddr::from([192, 0, 2, 1]), IpAddr::from([192, 0, 2, 2]));
        let held: Vec<_> = (0..3).map(|_| counts.admit(one, 3).unwrap()).collect();
        assert!(counts.admit(one, 3).is_none());
        let _others = counts.admit(other, 3).unwrap();
        drop(held);
        assert!(counts.admit(one, 3).is_some());
        drop(counts.admit(one, 3));
        assert_eq!(counts.0.lock().unwrap().len(), 1, "whoever has none is forgotten");
    }
}
