//! The load: a number of keep-alive connections on one thread, each of which asks, waits for the
//! answer, and asks again. As cheap as it gets without leaving safe Rust, so that the machine is the
//! server's.

use std::net::SocketAddr;
use std::time::{Duration, Instant};

use anyhow::{Context as _, bail, ensure};
use tokio::io::{AsyncReadExt as _, AsyncWriteExt as _};
use tokio::net::TcpStream;
use tokio::task::LocalSet;

/// An answer.
pub struct Answer<'a> {
    pub status: u16,
    pub head: &'a str,
    pub body: &'a [u8],
}

/// What one connection asks for, again and again.
pub trait Lane {
    /// The next request, to be sent as it is.
    fn request(&mut self) -> &[u8];
    /// Takes the answer to it in; true where that ends a unit of work.
    fn answered(&mut self, answer: &Answer<'_>) -> anyhow::Result<bool>;
}

/// The same request each time.
pub struct Same(pub Vec<u8>);

impl Lane for Same {
    fn request(&mut self) -> &[u8] {
        &self.0
    }

    fn answered(&mut self, answer: &Answer<'_>) -> anyhow::Result<bool> {
        ensure!(answer.status == 200, "{} {}", answer.status, String::from_utf8_lossy(answer.body));
        Ok(true)
    }
}

/// What came of a while under load.
#[derive(Debug, Default)]
pub struct Load {
    pub elapsed: Duration,
    /// How long each unit of work took, in microseconds, shortest first.
    pub latencies: Vec<u32>,
}

impl Load {
    /// Units of work in a second.
    pub fn rate(&self) -> f64 {
        f64::from(u32::try_from(self.latencies.len()).unwrap_or(u32::MAX))
            / self.elapsed.as_secs_f64()
    }

    /// In microseconds; `per_mille` of all took no longer.
    pub fn latency(&self, per_mille: usize) -> u32 {
        let last = self.latencies.len().saturating_sub(1);
        self.latencies.get(last * per_mille / 1000).copied().unwrap_or_default()
    }
}

/// Loads a server for this long: a connection for each lane.
pub async fn load(
    address: SocketAddr,
    lanes: Vec<Box<dyn Lane>>,
    time: Duration,
) -> anyhow::Result<Load> {
    let local = LocalSet::new();
    let begun = Instant::now();
    let tasks: Vec<_> = lanes
        .into_iter()
        .map(|lane| local.spawn_local(drive(address, lane, begun + time)))
        .collect();
    local.await;
    let mut load = Load { elapsed: begun.elapsed(), latencies: Vec::new() };
    for task in tasks {
        load.latencies.extend(task.await??);
    }
    load.latencies.sort_unstable();
    Ok(load)
}

async fn drive(
    address: SocketAddr,
    mut lane: Box<dyn Lane>,
    until: Instant,
) -> anyhow::Result<Vec<u32>> {
    let mut connection = TcpStream::connect(address).await?;
    connection.set_nodelay(true)?;
    let mut buffer = Vec::with_capacity(16 * 1024);
    let mut latencies = Vec::with_capacity(64 * 1024);
    while Instant::now() < until {
        let begun = Instant::now();
        loop {
            connection.write_all(lane.request()).await?;
            let answer = read(&mut connection, &mut buffer).await?;
            if lane.answered(&answer)? {
                break;
            }
        }
        latencies.push(u32::try_from(begun.elapsed().as_micros()).unwrap_or(u32::MAX));
    }
    Ok(latencies)
}

/// Reads one answer; those of every server here say how long they are.
async fn read<'a>(
    connection: &mut TcpStream,
    buffer: &'a mut Vec<u8>,
) -> anyhow::Result<Answer<'a>> {
    buffer.clear();
    let mut scanned: usize = 0;
    let head = loop {
        if connection.read_buf(buffer).await? == 0 {
            bail!("the server closed a connection");
        }
        let from = scanned.saturating_sub(3);
        if let Some(at) = buffer[from..].windows(4).position(|four| four == b"\r\n\r\n") {
            break from + at;
        }
        scanned = buffer.len();
    };
    let text = std::str::from_utf8(&buffer[..head])?;
    let status = text.get(9..12).context("a status")?.parse()?;
    let length: usize = header(text, "content-length").map_or(Ok(0), str::parse)?;
    let end = head + 4 + length;
    while buffer.len() < end {
        if connection.read_buf(buffer).await? == 0 {
            bail!("the server closed a connection in the middle of an answer");
        }
    }
    let (head, body) = buffer.split_at(head);
    Ok(Answer { status, head: std::str::from_utf8(head)?, body: &body[4..4 + length] })
}

/// A header of an answer, by its name in lower case.
pub fn header<'a>(head: &'a str, name: &str) -> Option<&'a str> {
    head.split("\r\n").skip(1).find_map(|line| {
        let (known, value) = line.split_once(':')?;
        known.eq_ignore_ascii_case(name).then(|| value.trim())
    })
}
