//! Grants with all that they rest on, for many at a time: what the token endpoint, introspection and
//! userinfo look at in each request (see [`super::together`]).

use std::collections::HashMap;
use std::hash::Hash;

use futures::FutureExt;
use futures::future::BoxFuture;
use sqlx::AssertSqlSafe;
use sqlx::any::AnyRow;

use super::row::{Columns, numbered};
use super::{Conn, Result, grants, sessions, users};
use crate::domain::grant::{Code, Grant};
use crate::domain::id::{GrantId, SessionId, UserId};
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
        let found = of_grants(conn, &ids).await?;
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
        let rows = rows_of(conn, "SELECT * FROM refresh_tokens WHERE hash IN", &hashes).await?;
        let tokens: HashMap<String, RefreshToken> =
            read_all(&rows, |row| Ok((row.text("hash")?, grants::read_refresh_token(row)?)))?;
        let ids: Vec<GrantId> = tokens.values().map(|token| token.grant_id).collect();
        let found = of_grants(conn, &ids).await?;
        let of = |hash: &String| {
            let token = tokens.get(hash)?;
            Some((token.clone(), found.get(&token.grant_id)?.clone()))
        };
        Ok(hashes.iter().map(of).collect())
    }
    .boxed()
}

/// The codes with these hashes, redeemed or not.
pub fn by_codes(
    conn: &mut Conn,
    hashes: Vec<String>,
) -> BoxFuture<'_, Result<Vec<Option<StandingCode>>>> {
    async move {
        let rows = rows_of(conn, "SELECT * FROM codes WHERE hash IN", &hashes).await?;
        let codes: HashMap<String, (Code, Option<Timestamp>)> =
            read_all(&rows, |row| Ok((row.text("hash")?, grants::read_code(row)?)))?;
        let ids: Vec<GrantId> = codes.values().map(|(code, _)| code.grant_id).collect();
        let found = of_grants(conn, &ids).await?;
        let of = |hash: &String| {
            let (code, redeemed) = codes.get(hash)?;
            Some((code.clone(), *redeemed, found.get(&code.grant_id)?.clone()))
        };
        Ok(hashes.iter().map(of).collect())
    }
    .boxed()
}

async fn of_grants(conn: &mut Conn, ids: &[GrantId]) -> Result<HashMap<GrantId, Standing>> {
    let texts: Vec<String> = ids.iter().map(GrantId::to_string).collect();
    let rows = rows_of(conn, "SELECT * FROM grants WHERE id IN", &texts).await?;
    let found: HashMap<GrantId, (Grant, Timestamp)> = read_all(&rows, |row| {
        let grant = grants::read(row)?;
        Ok((grant.id, (grant, row.time("expires_at")?)))
    })?;
    let texts: Vec<String> =
        found.values().map(|(grant, _)| grant.session_id.to_string()).collect();
    let rows = rows_of(conn, "SELECT * FROM sessions WHERE id IN", &texts).await?;
    let sessions: HashMap<SessionId, Session> =
        read_all(&rows, |row| sessions::read(row).map(|session| (session.id, session)))?;
    let texts: Vec<String> = found.values().map(|(grant, _)| grant.user_id.to_string()).collect();
    let rows = rows_of(conn, "SELECT * FROM users WHERE id IN", &texts).await?;
    let users: HashMap<UserId, User> =
        read_all(&rows, |row| users::read(row).map(|user| (user.id, user)))?;
    let of = |(id, (grant, kept_until)): (GrantId, (Grant, Timestamp))| {
        let session = sessions.get(&grant.session_id).cloned();
        let user = users.get(&grant.user_id).cloned();
        (id, Standing { grant, kept_until, session, user })
    };
    Ok(found.into_iter().map(of).collect())
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
