//! A way to a server that can be cut: whoever goes through it finds that the other side has hung up,
//! or that it says nothing any more.

#![allow(dead_code, reason = "a toolbox: not every suite uses every tool")]

use std::net::SocketAddr;

use tokio::io::copy_bidirectional;
use tokio::net::{TcpListener, TcpStream};
use tokio::sync::watch;

/// How the way is.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Way {
    /// Everything gets through.
    Open,
    /// Connections are closed as they are made, and those that were there, too.
    Cut,
    /// Connections stand, and nothing gets through.
    Stuck,
    /// The same, and the connections of now never come to life again, whatever comes later.
    Lost,
}

/// The way, on this machine.
pub struct Cuttable {
    pub address: SocketAddr,
    way: watch::Sender<Way>,
}

impl Cuttable {
    /// A way to this server.
    pub async fn to(server: String) -> Self {
        let listener = TcpListener::bind("127.0.0.1:0").await.expect("a free port");
        let address = listener.local_addr().expect("an address");
        let (way, seen) = watch::channel(Way::Open);
        tokio::spawn(async move {
            while let Ok((stream, _)) = listener.accept().await {
                tokio::spawn(lead(stream, server.clone(), seen.clone()));
            }
        });
        Self { address, way }
    }

    /// The way to the server that a database URL names, and the URL that goes by it.
    pub async fn to_database(url: &str) -> (Self, String) {
        let mut url = url::Url::parse(url).expect("a URL");
        let host = url.host_str().expect("a host").to_owned();
        let cuttable = Self::to(format!("{host}:{}", url.port().unwrap_or(5432))).await;
        url.set_host(Some("127.0.0.1")).expect("a host");
        url.set_port(Some(cuttable.address.port())).expect("a port");
        (cuttable, url.into())
    }

    /// From now on the way is like this.
    pub fn set(&self, way: Way) {
        self.way.send_replace(way);
    }
}

async fn lead(mut stream: TcpStream, server: String, mut seen: watch::Receiver<Way>) {
    let mut there: Option<TcpStream> = None;
    loop {
        let way = *seen.borrow_and_update();
        match way {
            Way::Cut => return,
            Way::Lost => return std::future::pending().await,
            Way::Stuck => {
                if seen.changed().await.is_err() {
                    return;
                }
            }
            Way::Open => {
                let server = match &mut there {
                    Some(server) => server,
                    None => match TcpStream::connect(&server).await {
                        Ok(server) => there.insert(server),
                        Err(_) => return,
                    },
                };
                tokio::select! {
                    _ = copy_bidirectional(&mut stream, server) => return,
                    changed = seen.changed() => if changed.is_err() { return },
                }
            }
        }
    }
}
