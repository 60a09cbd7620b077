//! Grants with all that they rest on, for many at a time: what the token endpoint, introspection and
//! userinfo look at in each request (see [`super::together`]).

use std::collections::HashMap;
use std::hash::Hash;

use futures::FutureExt;
use futures::future::BoxFuture;
use sqlx::AssertSqlSafe;
use sqlx::any::AnyRow;

use super::row::{CUT, Columns, Part, numbered};
use super::{Conn, Result, grants, sessions, users};
use crate::domain::grant::{Code, Grant};
use crate::domain::id::GrantId;
use crate::domain::session::Session;
use crate::domain::time::Timestamp;
use crate::domain::user::User;
use crate::store::grants::RefreshToken;

/// A grant, the session that it was given in, and the person.
#[derive(Clone, Debug)]
pub struct Standing {
    /// The grant, revoked or not.
    pub grant: Grant,
    /// Until when it is not forgotten, at least.
    pub kept_until: Timestamp,
    /// Its session, ended or not.
    pub session: Option<Session>,
    /// The person, enabled or not.
    pub user: Option<User>,
}

/// A code, when it was redeemed if it was, and what it rests on.
pub type StandingCode = (Code, Option<Timestamp>, Standing);

/// A refresh token, and what it rests on.
pub type StandingToken = (RefreshToken, Standing);

/// The grants with these ids.
pub fn by_ids(conn: &mut Conn, ids: Vec<GrantId>) -> BoxFuture<'_, Result<Vec<Option<Standing>>>> {
    async move {
        let texts: Vec<String> = ids.iter().map(GrantId::to_string).collect();
        let sql = format!("SELECT {} FROM grants {RESTS_ON} WHERE grants.id IN", standing());
        let rows = rows_of(conn, &sql, &texts).await?;
        let found: HashMap<GrantId, Standing> =
            read_all(&rows, |row| Part::of(row).and_then(|parts| read(&parts)).map(keyed))?;
        Ok(ids.iter().map(|id| found.get(id).cloned()).collect())
    }
    .boxed()
}

/// The refresh tokens with these hashes, used or not.
pub fn by_refresh_tokens(
    conn: &mut Conn,
    hashes: Vec<String>,
) -> BoxFuture<'_, Result<Vec<Option<StandingToken>>>> {
    async move {
        let read = |token: &Part<'_>| grants::read_refresh_token(token);
        let found = by_hashes(conn, "refresh_tokens", &hashes, read).await?;
        Ok(hashes.iter().map(|hash| found.get(hash).cloned()).collect())
    }
    .boxed()
}

/// The codes with these hashes, redeemed or not.
pub fn by_codes(
    conn: &mut Conn,
    hashes: Vec<String>,
) -> BoxFuture<'_, Result<Vec<Option<StandingCode>>>> {
    async move {
        let found = by_hashes(conn, "codes", &hashes, |code| grants::read_code(code)).await?;
        let of = |hash: &String| {
            let ((code, redeemed), standing) = found.get(hash)?.clone();
            Some((code, redeemed, standing))
        };
        Ok(hashes.iter().map(of).collect())
    }
    .boxed()
}

/// The columns of a grant with what it rests on, in the order of [`read`].
fn standing() -> String {
    format!("grants.*, {CUT}, sessions.*, {CUT}, users.*")
}

const RESTS_ON: &str = "LEFT JOIN sessions ON sessions.id = grants.session_id
     LEFT JOIN users ON users.id = grants.user_id";

/// What is given out by its hash from `table`, with the grant that it is of.
async fn by_hashes<T>(
    conn: &mut Conn,
    table: &'static str,
    hashes: &[String],
    read_one: impl Fn(&Part<'_>) -> Result<T>,
) -> Result<HashMap<String, (T, Standing)>> {
    let sql = format!(
        "SELECT {table}.*, {CUT}, {}
         FROM {table} JOIN grants ON grants.id = {table}.grant_id {RESTS_ON} WHERE {table}.hash IN",
        standing()
    );
    let rows = rows_of(conn, &sql, hashes).await?;
    read_all(&rows, |row| {
        let [given, grant, session, user] = Part::of(row)?;
        let standing = read(&[grant, session, user])?;
        Ok((given.text("hash")?, (read_one(&given)?, standing)))
    })
}

fn read([grant, session, user]: &[Part<'_>; 3]) -> Result<Standing> {
    let session_is_there = session.opt_text("id")?.is_some();
    let user_is_there = user.opt_text("id")?.is_some();
    Ok(Standing {
        kept_until: grant.time("expires_at")?,
        grant: grants::read(grant)?,
        session: session_is_there.then(|| sessions::read(session)).transpose()?,
        user: user_is_there.then(|| users::read(user)).transpose()?,
    })
}

fn keyed(standing: Standing) -> (GrantId, Standing) {
    (standing.grant.id, standing)
}

/// The rows that have one of these keys. There are few lengths of the list, so that each statement is
/// prepared once: what is missing is filled up with the last key.
pub(super) async fn rows_of(conn: &mut Conn, select: &str, keys: &[String]) -> Result<Vec<AnyRow>> {
    let Some(last) = keys.last() else { return Ok(Vec::new()) };
    let count = keys.len().next_power_of_two();
    let sql = AssertSqlSafe(format!("{select} ({})", numbered(count)));
    let filled = keys.iter().chain(std::iter::repeat(last)).take(count);
    let query = filled.fold(sqlx::query(sql), |query, key| query.bind(key.as_str()));
    Ok(query.fetch_all(conn).await?)
}

/// What the rows say, by their keys.
pub(super) fn read_all<K: Eq + Hash, V>(
    rows: &[AnyRow],
    read: impl Fn(&AnyRow) -> Result<(K, V)>,
) -> Result<HashMap<K, V>> {
    rows.iter().map(read).collect()
}
