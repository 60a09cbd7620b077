//! Devices that people have set up. A device is signed in while its session and its grant stand; one
//! that is not is on nobody's list.

use super::row::Columns;
use super::{Conn, Error, Result, grants, logouts};
use crate::domain::id::{ClientId, DeviceId, GrantId, SessionId, UserId};
use crate::domain::registered_device::{RegisteredDevice, SEEN_EVERY};
use crate::domain::time::Timestamp;

/// Devices that are on a list, and what more is asked of them; `$1` is the present moment. A deadline
/// is that of a session that rests on a pass, an upstream or a code alone: any other device has none.
macro_rules! live {
    ($more:literal) => {
        sqlx::query(concat!(
            "SELECT d.* FROM devices d
             JOIN grants g ON g.id = d.grant_id AND g.revoked_at IS NULL AND g.expires_at > $1
             JOIN sessions s ON s.id = d.session_id AND s.ended_at IS NULL
                 AND (s.pass_deadline IS NULL OR s.pass_deadline > $1)
                 AND (s.upstream_deadline IS NULL OR s.upstream_deadline > $1)
                 AND (s.recovery_deadline IS NULL OR s.recovery_deadline > $1) ",
            $more
        ))
    };
}

fn read(row: &sqlx::any::AnyRow) -> Result<RegisteredDevice> {
    Ok(RegisteredDevice {
        id: row.parsed("id")?,
        user_id: row.parsed("user_id")?,
        client_id: ClientId(row.text("client_id")?),
        grant_id: row.parsed("grant_id")?,
        session_id: row.parsed("session_id")?,
        allowed_in: row.opt_parsed("allowed_in")?,
        thumbprint: row.text("thumbprint")?,
        name: row.text("name")?,
        platform: row.opt_text("platform")?,
        address: row.opt_text("address")?,
        created_at: row.time("created_at")?,
        last_seen_at: row.time("last_seen_at")?,
    })
}

/// Whether a person has fewer than `most` devices, beside one with this key. Until this transaction
/// is over, nobody else counts that person's devices.
pub async fn has_room(
    conn: &mut Conn,
    user: UserId,
    thumbprint: &str,
    most: u32,
    now: Timestamp,
) -> Result<bool> {
    // Changes nothing but locks the person: those who count at once take turns.
    sqlx::query("UPDATE users SET enabled = enabled WHERE id = $1")
        .bind(user.to_string())
        .execute(&mut *conn)
        .await?;
    let others = of_user(conn, user, now).await?;
    let others = others.iter().filter(|device| device.thumbprint != thumbprint).count();
    Ok(others < most as usize)
}

/// Puts a device on its person's list. Whatever had its key before is signed out and is returned.
pub async fn join(
    conn: &mut Conn,
    device: &RegisteredDevice,
    now: Timestamp,
) -> Result<Option<RegisteredDevice>> {
    let before = sqlx::query("DELETE FROM devices WHERE thumbprint = $1 RETURNING *")
        .bind(&device.thumbprint)
        .fetch_optional(&mut *conn)
        .await?;
    let before = before.as_ref().map(read).transpose()?;
    if let Some(before) = &before {
        end(conn, before, now).await?;
    }
    let done = sqlx::query(
        "INSERT INTO devices (id, user_id, client_id, grant_id, session_id, allowed_in, thumbprint,
                              name, platform, address, created_at, last_seen_at)
         VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10, $11, $12)
         ON CONFLICT (thumbprint) DO NOTHING",
    )
    .bind(device.id.to_string())
    .bind(device.user_id.to_string())
    .bind(&device.client_id.0)
    .bind(device.grant_id.to_string())
    .bind(device.session_id.to_string())
    .bind(device.allowed_in.map(|id| id.to_string()))
    .bind(&device.thumbprint)
    .bind(&device.name)
    .bind(device.platform.as_deref())
    .bind(device.address.as_deref())
    .bind(device.created_at.micros())
    .bind(device.last_seen_at.micros())
    .execute(conn)
    .await?;
    // Somebody else joined with the same key in this moment: the whole change runs again.
    if done.rows_affected() == 1 { Ok(before) } else { Err(Error::Conflict) }
}

/// Ends all that a device was given.
async fn end(conn: &mut Conn, device: &RegisteredDevice, now: Timestamp) -> Result<()> {
    grants::revoke(conn, device.grant_id, now).await?;
    let ended = sqlx::query("UPDATE sessions SET ended_at = $2 WHERE id = $1 AND ended_at IS NULL")
        .bind(device.session_id.to_string())
        .bind(now.micros())
        .execute(&mut *conn)
        .await?;
    if ended.rows_affected() == 1 {
        logouts::queue(conn, device.session_id, now).await?;
    }
    Ok(())
}

/// Takes a device off its list and ends all that it was given: true for one caller only.
pub async fn remove(conn: &mut Conn, device: &RegisteredDevice, now: Timestamp) -> Result<bool> {
    let done = sqlx::query("DELETE FROM devices WHERE id = $1")
        .bind(device.id.to_string())
        .execute(&mut *conn)
        .await?;
    end(conn, device, now).await?;
    Ok(done.rows_affected() == 1)
}

/// The devices of a person, the oldest first.
pub async fn of_user(
    conn: &mut Conn,
    user: UserId,
    now: Timestamp,
) -> Result<Vec<RegisteredDevice>> {
    let rows = live!("WHERE d.user_id = $2 ORDER BY d.created_at, d.id")
        .bind(now.micros())
        .bind(user.to_string())
        .fetch_all(conn)
        .await?;
    rows.iter().map(read).collect()
}

/// Devices of everybody in the order of their ids, which is that of their time, after `after`.
pub async fn list(
    conn: &mut Conn,
    after: &str,
    limit: u32,
    now: Timestamp,
) -> Result<Vec<RegisteredDevice>> {
    let rows = live!("WHERE d.id > $2 ORDER BY d.id LIMIT $3")
        .bind(now.micros())
        .bind(after)
        .bind(i64::from(limit))
        .fetch_all(conn)
        .await?;
    rows.iter().map(read).collect()
}

/// The device with this id, if it is on a list.
pub async fn by_id(
    conn: &mut Conn,
    id: DeviceId,
    now: Timestamp,
) -> Result<Option<RegisteredDevice>> {
    let row = live!("WHERE d.id = $2")
        .bind(now.micros())
        .bind(id.to_string())
        .fetch_optional(conn)
        .await?;
    row.as_ref().map(read).transpose()
}

/// The device with this key, whether it is signed in or not.
pub async fn by_thumbprint(conn: &mut Conn, thumbprint: &str) -> Result<Option<RegisteredDevice>> {
    let row = sqlx::query("SELECT * FROM devices WHERE thumbprint = $1")
        .bind(thumbprint)
        .fetch_optional(conn)
        .await?;
    row.as_ref().map(read).transpose()
}

/// The device that a grant is of, whether it is signed in or not.
pub async fn of_grant(conn: &mut Conn, grant: GrantId) -> Result<Option<RegisteredDevice>> {
    let row = sqlx::query("SELECT * FROM devices WHERE grant_id = $1")
        .bind(grant.to_string())
        .fetch_optional(conn)
        .await?;
    row.as_ref().map(read).transpose()
}

/// Notes that a device was seen, once in a while.
pub async fn seen(conn: &mut Conn, id: DeviceId, now: Timestamp) -> Result<()> {
    sqlx::query("UPDATE devices SET last_seen_at = $2 WHERE id = $1 AND last_seen_at <= $3")
        .bind(id.to_string())
        .bind(now.micros())
        .bind(now.minus(SEEN_EVERY).micros())
        .execute(conn)
        .await?;
    Ok(())
}

/// Lets the session of a device stand on its own from now on, if it has not ended.
pub async fn stand_alone(conn: &mut Conn, session: SessionId) -> Result<()> {
    sqlx::query(
        "UPDATE sessions SET pass_id = NULL, pass_deadline = NULL, upstream_id = NULL,
             upstream_deadline = NULL, recovery_set = NULL, recovery_deadline = NULL,
             register_until = NULL
         WHERE id = $1 AND ended_at IS NULL",
    )
    .bind(session.to_string())
    .execute(conn)
    .await?;
    Ok(())
}
