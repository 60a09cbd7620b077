//! Whether a request costs the same with a thousand and with a million people, each of them with a
//! session, a grant and a refresh token.

use std::cell::RefCell;
use std::path::Path;
use std::rc::Rc;

use anyhow::{Context as _, ensure};
use firstkey::crypto::token;
use firstkey::store::{Engine, Store};
use sqlx::AssertSqlSafe;

use crate::generator::{Answer, Lane};
use crate::lanes::{People, Person, Place, Work, post};
use crate::report::{Report, Round};
use crate::servers::{self, Server};
use crate::{Options, generator, one_round, postgres, process};

/// So many of the people are asked about, from all over the table.
const VISITED: u32 = 20_000;
/// Rows of one statement where each is written out.
const BATCH: u32 = 1000;

/// Measures both databases side by side.
pub async fn measure(options: &Options, folder: &Path, report: &mut Report) -> anyhow::Result<()> {
    for (engine, names) in [
        ("sqlite", ["sqlite small", "sqlite large"]),
        ("postgres", ["postgres small", "postgres large"]),
    ] {
        if !options.has(engine) {
            continue;
        }
        let (small, large) = options.sizes;
        let mut servers = Vec::new();
        for (name, size) in names.into_iter().zip([small, large]) {
            servers.push((filled(options, folder, name, size).await?, size));
        }
        for round in 0..=options.rounds {
            let time = if round == 0 { options.time() / 3 } else { options.time() };
            for (server, size) in &mut servers {
                let here = people(server.name, *size);
                let real = std::mem::replace(&mut server.people, here);
                let refresh = one_round(server, Work::Refresh, time, options.connections).await?;
                let asked = introspection(server, time, options.connections).await?;
                server.people = real;
                let code = one_round(server, Work::Code, time, options.connections).await?;
                let own =
                    one_round(server, Work::ClientCredentials, time, options.connections).await?;
                for (work, done) in [
                    ("refresh, people spread", refresh),
                    ("introspection, people spread", asked),
                    ("code, as above", code),
                    ("client_credentials, as above", own),
                ] {
                    if round > 0 {
                        report.add(work, server.name, done);
                    }
                }
            }
        }
        for (server, _) in &servers {
            report.memory(server.name, server.process.memory().1);
        }
    }
    for work in ["refresh", "introspection"] {
        report.print(&format!("{work}, people spread"));
    }
    Ok(())
}

async fn filled(
    options: &Options,
    folder: &Path,
    name: &'static str,
    size: u32,
) -> anyhow::Result<Server> {
    let plain = name.replace(' ', "_");
    let home = folder.join(&plain);
    std::fs::create_dir_all(&home)?;
    let (database, postmaster) = if name.starts_with("sqlite") {
        (format!("sqlite:{}", home.join("firstkey.db").display()), None)
    } else {
        let (url, postmaster) = postgres::new_database(&plain).await?;
        (url, Some(postmaster))
    };
    let empty = |_| async { Ok(()) };
    let people = options.connections;
    let prepared = servers::prepare(&home, &database, people, empty).await?;
    let mut server = prepared.start(name, env!("CARGO_BIN_EXE_firstkey"), people).await?;
    server.process.database = postmaster;
    let store = Store::open(&database).await?;
    fill(&store, size).await.context("filling the database")?;
    store.close().await;
    Ok(server)
}

/// The refresh token of the `i`-th of the many.
fn refresh_token(i: u32) -> String {
    format!("the-refresh-token-of-person-{i}")
}

/// Those who are asked about.
fn people(server: &'static str, size: u32) -> People {
    // They come round again with the tokens that they were given last: kept for all rounds.
    thread_local! {
        static KNOWN: RefCell<Vec<(&'static str, People)>> = const { RefCell::new(Vec::new()) };
    }
    KNOWN.with_borrow_mut(|known| {
        if let Some((_, people)) = known.iter().find(|(of, _)| *of == server) {
            return people.clone();
        }
        let count = VISITED.min(size);
        let people: People = (0..count)
            .map(|number| {
                // In no order: the next one is somewhere else.
                let i = u64::from(number) * 7_919 % u64::from(count) * u64::from(size / count);
                let refresh = refresh_token(u32::try_from(i).unwrap_or_default());
                let (cookie, access) = (String::new(), String::new());
                Rc::new(RefCell::new(Person { cookie, refresh, access }))
            })
            .collect();
        known.push((server, people.clone()));
        people
    })
}

/// What fills the tables: each row like one that a real sign-in has left.
fn seeds(size: u32) -> Vec<String> {
    let rows = format!(
        "WITH RECURSIVE n (i) AS (SELECT 0 UNION ALL SELECT i + 1 FROM n WHERE i < {size} - 1)"
    );
    let id = |group: &str| {
        format!("'00000000-0000-7000-{group}-00000' || substr(CAST(10000000 + i AS TEXT), 2)")
    };
    let (user, session, grant) = (id("8000"), id("9000"), id("a000"));
    let name = "'person' || substr(CAST(10000000 + i AS TEXT), 2)";
    let one = "(SELECT id FROM grants ORDER BY id LIMIT 1)";
    vec![
        format!(
            "INSERT INTO users (id, handle, username, username_key, display_name,
                 display_name_key, email, email_key, roles, enabled, profile, method_count,
                 created_at, updated_at, keyed)
             {rows} SELECT {user}, {user}, {name}, {name}, {name}, {name},
                 {name} || '@example.com', {name} || '@example.com', t.roles, 1, t.profile, 1,
                 t.created_at, t.updated_at, 1
             FROM n, (SELECT u.* FROM users u JOIN grants g ON g.user_id = u.id
                      WHERE g.id = {one}) AS t"
        ),
        format!(
            "INSERT INTO sessions (id, user_id, browser, factors, auth_time, created_at,
                 expires_at, offer_declined, proofs, last_active_at)
             {rows} SELECT {session}, {user}, {name}, t.factors, t.auth_time, t.created_at,
                 t.expires_at, t.offer_declined, t.proofs, t.last_active_at
             FROM n, (SELECT s.* FROM sessions s JOIN grants g ON g.session_id = s.id
                      WHERE g.id = {one}) AS t"
        ),
        format!(
            "INSERT INTO grants (id, user_id, client_id, session_id, scopes, nonce, acr, amr,
                 auth_time, created_at, expires_at, resources, claims)
             {rows} SELECT {grant}, {user}, t.client_id, {session}, t.scopes, t.nonce, t.acr, t.amr,
                 t.auth_time, t.created_at, t.expires_at, t.resources, t.claims
             FROM n, (SELECT * FROM grants WHERE id = {one}) AS t"
        ),
    ]
}

async fn fill(store: &Store, size: u32) -> anyhow::Result<()> {
    let mut statements = seeds(size);
    for from in (0..size).step_by(BATCH as usize) {
        let rows: Vec<String> = (from..(from + BATCH).min(size))
            .map(|i| {
                let hash = token::hash(&refresh_token(i));
                format!("('{hash}', '00000000-0000-7000-a000-00000{i:07}', 1, 4102444800000000)")
            })
            .collect();
        statements.push(format!(
            "INSERT INTO refresh_tokens (hash, grant_id, issued_at, expires_at) VALUES {}",
            rows.join(", ")
        ));
    }
    statements.push("ANALYZE".into());
    if store.engine() == Engine::Postgres {
        statements.push("CHECKPOINT".into());
    }
    for statement in statements {
        if statement == "CHECKPOINT" {
            // Not in a transaction, and not while somebody is measured.
            let mut conn = store.reader().await?;
            sqlx::raw_sql("CHECKPOINT").execute(&mut *conn).await?;
            continue;
        }
        store
            .write(move |conn| {
                Box::pin(async move {
                    sqlx::query(AssertSqlSafe(statement)).execute(conn).await?;
                    Ok(())
                })
            })
            .await?;
    }
    Ok(())
}

/// Asks what the refresh token of one person after the other is good for.
struct Asking {
    place: Place,
    people: People,
    at: usize,
    sent: Vec<u8>,
}

impl Lane for Asking {
    fn request(&mut self) -> &[u8] {
        let form = format!("token={}", self.people[self.at].borrow().refresh);
        self.sent = post(self.place.introspection, &self.place.secret, &form);
        &self.sent
    }

    fn answered(&mut self, answer: &Answer<'_>) -> anyhow::Result<bool> {
        let body = std::str::from_utf8(answer.body)?;
        ensure!(answer.status == 200 && body.contains("\"active\":true"), "{body}");
        self.at = (self.at + 1) % self.people.len();
        Ok(true)
    }
}

async fn introspection(
    server: &Server,
    time: std::time::Duration,
    connections: usize,
) -> anyhow::Result<Round> {
    let lane = |number: usize| -> Box<dyn Lane> {
        let of_this_lane = server.people.iter().skip(number).step_by(connections);
        Box::new(Asking {
            place: server.place.clone(),
            people: of_this_lane.map(Rc::clone).collect(),
            at: 0,
            sent: Vec::new(),
        })
    };
    let (cpu, own) = (server.process.cpu(), process::cpu(std::process::id()));
    let lanes = (0..connections).map(lane).collect();
    let load = generator::load(server.process.address, lanes, time).await?;
    Ok(Round::new(&load, server, cpu, own))
}
