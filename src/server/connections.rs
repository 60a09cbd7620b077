//! Connections: how many, from whom, and how long one may take to say what it wants.

use std::cell::Cell;
use std::collections::HashMap;
use std::convert::Infallible;
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
use tokio::sync::{OwnedSemaphorePermit, Semaphore, oneshot, watch};
use tokio::time::timeout;
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
/// How many one IPv6 network of 48 bits may have once places are scarce: a household may be given as
/// much as that, but so may all of a company that comes to work at nine.
const PER_SITE: usize = 1024;
/// From how many connections on places are scarce.
const SCARCE: usize = CONNECTIONS / 4 * 3;
/// How long a connection may be idle, take to send the head of a request, or leave an answer unread.
/// Longer than proxies keep their idle connections, so that none uses one that we are just closing.
pub(super) const HEAD_TIMEOUT: Duration = Duration::from_secs(75);

/// How long a handshake of TLS may take: it is over before anything is asked or answered.
const HANDSHAKE: Duration = Duration::from_secs(10);
/// How long a connection may stand that nothing was ever asked on, unless a proxy that we trust keeps
/// it for later.
const FIRST_HEAD: Duration = Duration::from_secs(10);

/// What an address is counted with: an IPv4 address, or the IPv6 networks that one household has to
/// itself and could take new addresses from.
fn households(address: IpAddr) -> Vec<Household> {
    match address {
        IpAddr::V4(_) => vec![Household { first: address, bits: 32 }],
        IpAddr::V6(it) => {
            let network = |bits: u8| {
                let rest = 128 - u32::from(bits);
                Household { first: Ipv6Addr::from(u128::from(it) >> rest << rest).into(), bits }
            };
            vec![network(64), network(48)]
        }
    }
}

/// A network by its first address, and the bits that it goes by.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
struct Household {
    first: IpAddr,
    bits: u8,
}

impl Household {
    /// How many connections it may have, where there are so many in all.
    fn limit(self, all: usize) -> usize {
        match self.bits {
            48 if all < SCARCE => CONNECTIONS,
            48 => PER_SITE,
            _ => PER_ADDRESS,
        }
    }
}

/// Connections by household.
#[derive(Clone, Default)]
struct Counts(Arc<Mutex<HashMap<Household, usize>>>);

/// One connection, counted until it is dropped.
struct Counted {
    counts: Counts,
    households: Vec<Household>,
}

impl Counts {
    /// Counts one more where there are so many in all, or refuses.
    fn admit(&self, households: Vec<Household>, all: usize) -> Option<Counted> {
        let mut counts = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        let full = |it: &&Household| counts.get(it).is_some_and(|count| *count >= it.limit(all));
        if let Some(full) = households.iter().find(full) {
            tracing::debug!(network = %full.first, bits = full.bits, "too many connections");
            return None;
        }
        for household in &households {
            *counts.entry(*household).or_default() += 1;
        }
        Some(Counted { counts: self.clone(), households })
    }
}

impl Drop for Counted {
    fn drop(&mut self) {
        let mut counts = self.counts.0.lock().unwrap_or_else(PoisonError::into_inner);
        for household in &self.households {
            if let Some(count) = counts.get_mut(household) {
                *count -= 1;
                if *count == 0 {
                    counts.remove(household);
                }
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

/// How long connections on which nothing was asked yet are waited for at the end.
const LAST_WORDS: Duration = Duration::from_secs(1);
/// How long a connection may take to arrive that was begun before the door was closed: a way there and
/// back to the other side of the world.
const LAST_STEPS: Duration = Duration::from_millis(300);
/// The same where the door cannot be closed: for those who stand before it.
const LAST_LOOK: Duration = Duration::from_millis(5);

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
    /// Closed once something was asked on every connection.
    unasked: watch::Sender<()>,
}

/// A connection that has been let in.
struct Visit {
    app: Router,
    ready: Option<Ready>,
    peer: SocketAddr,
    head_timeout: Duration,
    first_head: Duration,
    watcher: Watcher,
    unasked: watch::Receiver<()>,
}

impl Serving {
    /// Serves until `stop` resolves, and then finishes the requests that are under way.
    pub(super) async fn run(self, stop: impl Future<Output = ()> + Send) -> io::Result<()> {
        let Self { listener, app, ready, trusted_proxies, head_timeout, tls } = self;
        let door = Door {
            app,
            ready,
            trusted_proxies,
            head_timeout,
            counts: Counts::default(),
            graceful: GracefulShutdown::new(),
            tls,
            closing: watch::Sender::default(),
            unasked: watch::Sender::default(),
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
            door.admit(stream, peer, place, CONNECTIONS - places.available_permits());
        }
        // Whoever is connected already, or about to be, waits for an answer and would find a broken
        // connection.
        let nobody_begins = turn_away(&listener).inspect_err(|error| {
            tracing::debug!(%error, "connections may break that begin at this instant");
        });
        let patience = if nobody_begins.is_ok() { LAST_STEPS } else { LAST_LOOK };
        let arrivals = async {
            while let Ok(accepted) = timeout(patience, listener.accept()).await
                && let Ok(place) = Arc::clone(&places).try_acquire_owned()
            {
                let Ok((stream, peer)) = accepted else {
                    tokio::time::sleep(LAST_LOOK).await;
                    continue;
                };
                door.admit(stream, peer, place, CONNECTIONS - places.available_permits());
            }
        };
        // Some systems say yes to the filter and forget it.
        let _ = timeout(LAST_WORDS, arrivals).await;
        drop(listener);
        // Connections on which nothing was asked yet would be closed at once.
        let _ = timeout(LAST_WORDS, door.unasked.closed()).await;
        let _ = door.closing.send(());
        door.graceful.shutdown().await;
        Ok(())
    }
}

/// From now on nobody begins a connection: whoever tries does so again in a second, as TCP has it, and
/// finds either nobody or the next process. Connections that are half made already are not touched.
///
/// # Errors
/// Where the system cannot do it, which only Linux can.
#[cfg(target_os = "linux")]
fn turn_away(listener: &TcpListener) -> io::Result<()> {
    use socket2::{SockFilter, SockRef};
    // In the words of BPF: of the byte of flags of TCP's head (RFC 9293, section 3.1), SYN without ACK
    // is dropped, and all else is taken whole.
    const FLAGS: u32 = 13;
    const SYN: u32 = 0x02;
    const ACK: u32 = 0x10;
    SockRef::from(listener).attach_filter(&[
        SockFilter::new(0x30, 0, 0, FLAGS),     // load a byte
        SockFilter::new(0x54, 0, 0, SYN | ACK), // and
        SockFilter::new(0x15, 0, 1, SYN),       // unless equal, skip one
        SockFilter::new(0x06, 0, 0, 0),         // drop
        SockFilter::new(0x06, 0, 0, u32::MAX),  // take
    ])
}

/// As above.
#[cfg(not(target_os = "linux"))]
fn turn_away(_: &TcpListener) -> io::Result<()> {
    Err(io::ErrorKind::Unsupported.into())
}

impl Door {
    /// Serves a connection, one of so many, unless its address has too many.
    fn admit(&self, stream: TcpStream, peer: SocketAddr, place: OwnedSemaphorePermit, all: usize) {
        let address = peer.ip().to_canonical();
        let trusted =
            address.is_loopback() || self.trusted_proxies.iter().any(|net| net.contains(&address));
        let households = if trusted { Vec::new() } else { households(address) };
        let Some(counted) = self.counts.admit(households, all) else { return };
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
            first_head: if trusted { self.head_timeout } else { self.head_timeout.min(FIRST_HEAD) },
            watcher: self.graceful.watcher(),
            unasked: self.unasked.subscribe(),
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
            shaken = timeout(patience, acceptor.accept(stream)) => shaken,
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
        let Self { app, ready, peer, head_timeout, first_head, watcher, unasked } = self;
        let (first, asked) = oneshot::channel::<Infallible>();
        // Dropped with the first request, or with the connection.
        let nothing_yet = Cell::new(Some((first, unasked)));
        let service = service_fn(move |request: hyper::Request<Incoming>| {
            drop(nothing_yet.take());
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
        let connection = watcher.watch(connection);
        let silent = async {
            if timeout(first_head, asked).await.is_ok() {
                std::future::pending::<()>().await;
            }
        };
        tokio::select! {
            ended = connection => if let Err(error) = ended {
                tracing::debug!(%error, "a connection ended badly");
            },
            () = silent => tracing::debug!("nothing was asked on a connection"),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn whoever_has_a_network_to_themselves_is_counted_as_one() {
        let of = |text: &str| {
            let households = households(text.parse().unwrap());
            let named = households.iter().map(|it| format!("{}/{}", it.first, it.bits));
            named.collect::<Vec<_>>().join(" ")
        };
        assert_eq!(of("192.0.2.1"), "192.0.2.1/32");
        assert_eq!(of("2001:db8:1:2:3:4:5:6"), "2001:db8:1:2::/64 2001:db8:1::/48");
        assert_eq!(of("2001:db8:1:2:ffff::"), "2001:db8:1:2::/64 2001:db8:1::/48");
    }

    #[test]
    fn a_household_has_so_many_connections_and_gets_them_back() {
        let counts = Counts::default();
        let of = |text: &str| households(text.parse().unwrap());
        let (one, other) = (of("2001:db8:1:1::1"), of("2001:db8:1:2::1"));
        let admit = |who: &[Household]| counts.admit(who.to_vec(), 1);
        let held: Vec<_> = (0..PER_ADDRESS).map(|_| admit(&one).unwrap()).collect();
        assert!(admit(&one).is_none());
        let others = admit(&other).unwrap();
        drop(held);
        assert!(admit(&one).is_some());
        drop(others);
        assert!(counts.0.lock().unwrap().is_empty(), "whoever has none is forgotten");
    }

    #[test]
    fn a_site_shares_what_there_is_once_that_is_scarce() {
        let counts = Counts::default();
        let held: Vec<_> = (0..PER_SITE)
            .map(|number| {
                let address = format!("2001:db8:1:{:x}::1", number / PER_ADDRESS);
                counts.admit(households(address.parse().unwrap()), 1).unwrap()
            })
            .collect();
        let late = || households("2001:db8:1:ff::1".parse().unwrap());
        assert!(counts.admit(late(), SCARCE).is_none(), "places are scarce");
        assert!(counts.admit(late(), SCARCE - 1).is_some(), "there are enough");
        assert!(counts.admit(households("2001:db8:2::1".parse().unwrap()), SCARCE).is_some());
        drop(held);
        assert!(counts.admit(late(), SCARCE).is_some());
    }

    /// A visit of somebody on the other end of a pipe.
    fn visit(
        graceful: &GracefulShutdown,
        first_head: Duration,
    ) -> (tokio::io::DuplexStream, tokio::task::JoinHandle<()>) {
        let (theirs, ours) = tokio::io::duplex(1024);
        let visit = Visit {
            app: Router::new(),
            ready: None,
            peer: SocketAddr::from(([192, 0, 2, 1], 1)),
            head_timeout: Duration::from_secs(60),
            first_head,
            watcher: graceful.watcher(),
            unasked: watch::Sender::default().subscribe(),
        };
        (theirs, tokio::spawn(visit.serve(Box::pin(ours))))
    }

    #[tokio::test]
    async fn whoever_never_asks_goes_soon_and_whoever_asked_may_stay() {
        use tokio::io::{AsyncReadExt as _, AsyncWriteExt as _};

        let graceful = GracefulShutdown::new();
        let (mut silent, served) = visit(&graceful, Duration::from_millis(100));
        silent.write_all(b"GET / HTTP/1.1\r\nhost:").await.unwrap();
        timeout(Duration::from_secs(11), served).await.expect("an end").unwrap();

        let (mut open, served) = visit(&graceful, Duration::from_millis(100));
        open.write_all(b"GET / HTTP/1.1\r\nhost: x\r\n\r\n").await.unwrap();
        let mut answer = [0; 12];
        open.read_exact(&mut answer).await.unwrap();
        assert_eq!(&answer, b"HTTP/1.1 404");
        let stayed = timeout(Duration::from_millis(500), served).await;
        assert!(stayed.is_err(), "it was closed that had asked");
    }
}
