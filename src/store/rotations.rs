//! Refresh tokens that are exchanged for their successors, for many at a time (see
//! [`super::together`]): two statements for all that come at the same moment.

use std::collections::HashSet;

use futures::FutureExt;
use futures::future::BoxFuture;
use sqlx::AssertSqlSafe;

use super::row::{Columns, numbered};
use super::{Conn, Error, Result, grants};
use crate::domain::id::GrantId;
use crate::domain::time::Timestamp;

/// A refresh token that is presented, and what is to come after it.
#[derive(Clone, Debug)]
pub struct Rotation {
    /// The hash of the one that is presented.
    pub presented: String,
    /// The hash of its successor.
    pub successor: String,
    /// The family of both.
    pub grant: GrantId,
    /// When the successor stops working.
    pub expires_at: Timestamp,
    /// Until when the grant is to be kept, where that is later than it was.
    pub keep_grant_until: Option<Timestamp>,
    /// When it was presented.
    pub now: Timestamp,
    /// One that was used since then may be presented again: its answer can have got lost.
    pub lost_since: Timestamp,
}

/// What came of it.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Rotated {
    /// There is a successor.
    Done,
    /// It was used before.
    Replayed,
    /// It has expired, or went with all of its family.
    Gone,
}

/// Exchanges refresh tokens. Those whose answer can have got lost are exchanged anew, once nothing was
/// done with what they gave.
pub fn rotate(conn: &mut Conn, rotations: Vec<Rotation>) -> BoxFuture<'_, Result<Vec<Rotated>>> {
    async move {
        let mut seen = HashSet::new();
        // Of those who present the same one at the same time, the first comes first.
        let firsts: Vec<bool> =
            rotations.iter().map(|rotation| seen.insert(rotation.presented.as_str())).collect();
        let used = use_all(conn, &rotations, &firsts).await?;
        let won: Vec<bool> = std::iter::zip(&rotations, firsts)
            .map(|(rotation, first)| first && used.contains(&rotation.presented))
            .collect();
        let winners: Vec<&Rotation> =
            std::iter::zip(&rotations, &won).filter_map(|(it, won)| won.then_some(it)).collect();
        insert_all(conn, &winners).await?;
        let mut done: Vec<Rotated> =
            won.iter().map(|&won| if won { Rotated::Done } else { Rotated::Gone }).collect();
        // Each locks a row. On every instance in the same order: none waits for another in a circle.
        let mut order: Vec<usize> = (0..rotations.len()).collect();
        order.sort_by_key(|&at| &rotations[at].presented);
        for &at in &order {
            if !won[at] {
                done[at] = again(conn, &rotations[at]).await?;
            }
        }
        order.sort_by_key(|&at| rotations[at].grant);
        for &at in &order {
            if let (Rotated::Done, Some(until)) = (done[at], rotations[at].keep_grant_until) {
                grants::extend(conn, rotations[at].grant, until).await?;
            }
        }
        Ok(done)
    }
    .boxed()
}

/// Uses what nobody used before, and says which that was.
async fn use_all(
    conn: &mut Conn,
    rotations: &[Rotation],
    firsts: &[bool],
) -> Result<HashSet<String>> {
    // Whether each is still good was looked at when it was presented; what all of them are held
    // against here is no later than that.
    let moments = || rotations.iter().map(|rotation| rotation.now);
    let (Some(first), Some(last)) = (moments().min(), moments().max()) else {
        return Ok(HashSet::new());
    };
    let hashes: Vec<&str> = std::iter::zip(rotations, firsts)
        .filter_map(|(rotation, first)| first.then_some(rotation.presented.as_str()))
        .collect();
    let count = hashes.len().next_power_of_two();
    let (used, good) = (count + 1, count + 2);
    let sql = AssertSqlSafe(format!(
        "UPDATE refresh_tokens SET used_at = ${used}
         WHERE hash IN ({}) AND used_at IS NULL AND expires_at > ${good} RETURNING hash",
        numbered(count)
    ));
    let query = filled(&hashes, count).fold(sqlx::query(sql), |query, hash| query.bind(*hash));
    let query = query.bind(last.micros()).bind(first.micros());
    let rows = query.fetch_all(conn).await?;
    rows.iter().map(|row| row.text("hash")).collect()
}

/// Adds successors, all in one statement.
async fn insert_all(conn: &mut Conn, rotations: &[&Rotation]) -> Result<()> {
    if rotations.is_empty() {
        return Ok(());
    }
    let count = rotations.len().next_power_of_two();
    let places = (0..count)
        .map(|row| {
            let columns = (1..=5).map(|column| format!("${}", row * 5 + column));
            format!("({}, NULL)", columns.collect::<Vec<_>>().join(", "))
        })
        .collect::<Vec<_>>()
        .join(", ");
    // Those that fill up the list are there already.
    let sql = AssertSqlSafe(format!(
        "INSERT INTO refresh_tokens (hash, grant_id, parent, issued_at, expires_at, used_at)
         VALUES {places} ON CONFLICT (hash) DO NOTHING"
    ));
    let query = filled(rotations, count).fold(sqlx::query(sql), |query, rotation| {
        query
            .bind(rotation.successor.as_str())
            .bind(rotation.grant.to_string())
            .bind(rotation.presented.as_str())
            .bind(rotation.now.micros())
            .bind(rotation.expires_at.micros())
    });
    let added = query.execute(conn).await?.rows_affected();
    if usize::try_from(added) == Ok(rotations.len()) {
        Ok(())
    } else {
        Err(Error::Corrupt("successor of a refresh token"))
    }
}

/// One that could not be used: where it was used before, its answer can have got lost.
async fn again(conn: &mut Conn, rotation: &Rotation) -> Result<Rotated> {
    let Rotation { presented, successor, grant, expires_at, now, lost_since, .. } = rotation;
    let row = grants::refresh_token(conn, presented).await?;
    let Some(before) = row.and_then(|row| row.used_at) else { return Ok(Rotated::Gone) };
    if before < *lost_since || !grants::withdraw_unused_children(conn, presented).await? {
        return Ok(Rotated::Replayed);
    }
    let parent = Some(presented.as_str());
    grants::insert_refresh_token(conn, successor, *grant, parent, *now, *expires_at).await?;
    Ok(Rotated::Done)
}

/// There are few lengths of the list, so that each statement is prepared once: the last one fills it.
fn filled<T>(list: &[T], count: usize) -> impl Iterator<Item = &T> {
    list.iter().chain(list.last().into_iter().cycle()).take(count)
}
