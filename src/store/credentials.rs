//! Registered passkeys and security keys.

use std::collections::HashMap;

use super::counted::{Counted, count};
use super::row::{Columns, to_json};
use super::{Conn, Result, activity};
use crate::domain::agent::Place;
use crate::domain::attestation::Attestation;
use crate::domain::credential::Credential;
use crate::domain::id::{MethodId, UserId};
use crate::domain::time::Timestamp;

fn read(row: &sqlx::any::AnyRow) -> Result<Credential> {
    Ok(Credential {
        id: row.parsed("id")?,
        user_id: row.parsed("user_id")?,
        credential_id: row.text("credential_id")?,
        kind: row.parsed("kind")?,
        name: row.text("name")?,
        aaguid: row.opt_parsed("aaguid")?,
        passkey: row.text("passkey")?,
        backup_eligible: row.flag("backup_eligible")?,
        attestation: match row.opt_text("attestation")? {
            Some(_) => row.json("attestation")?,
            None => Attestation::default(),
        },
        transports: row.json("transports")?,
        created_at: row.time("created_at")?,
        last_used_at: row.opt_time("last_used_at")?,
    })
}

/// Adds a credential, and returns those whose place it took; none at all where its credential id is
/// registered already, for anybody (Web Authentication Level 3 §7.1 step 26).
pub async fn insert(conn: &mut Conn, credential: &Credential) -> Result<Option<Vec<Credential>>> {
    let done = sqlx::query(
        "INSERT INTO credentials (id, user_id, credential_id, kind, name, aaguid, passkey,
                                  backup_eligible, transports, created_at, attestation,
                                  last_used_at)
         VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10, $11, NULL)
         ON CONFLICT (credential_id) DO NOTHING",
    )
    .bind(credential.id.to_string())
    .bind(credential.user_id.to_string())
    .bind(&credential.credential_id)
    .bind(credential.kind.name())
    .bind(&credential.name)
    .bind(credential.aaguid.map(|aaguid| aaguid.to_string()))
    .bind(&credential.passkey)
    .bind(i64::from(credential.backup_eligible))
    .bind(to_json(&credential.transports, "transports")?)
    .bind(credential.created_at.micros())
    .bind(to_json(&credential.attestation, "attestation")?)
    .execute(&mut *conn)
    .await?;
    if done.rows_affected() != 1 {
        return Ok(None);
    }
    count(Counted::Registered(credential.kind));
    let replaced = replace_outdated(conn, credential).await?;
    if recount(conn, credential.user_id).await? == 1 {
        count(Counted::FirstMethod);
    }
    Ok(Some(replaced))
}

/// Whoever had to register anew has done so: what was worth nothing any more is removed. Here, so
/// that it holds however a method comes to be.
async fn replace_outdated(conn: &mut Conn, new: &Credential) -> Result<Vec<Credential>> {
    let rows = sqlx::query(
        "DELETE FROM credentials WHERE user_id = $1 AND id <> $2 AND created_at <=
             (SELECT reregister_since FROM users WHERE id = $1 AND reregister_since < $3)
         RETURNING *",
    )
    .bind(new.user_id.to_string())
    .bind(new.id.to_string())
    .bind(new.created_at.micros())
    .fetch_all(&mut *conn)
    .await?;
    sqlx::query("UPDATE users SET reregister_since = NULL WHERE id = $1 AND reregister_since < $2")
        .bind(new.user_id.to_string())
        .bind(new.created_at.micros())
        .execute(conn)
        .await?;
    let mut replaced = rows.iter().map(read).collect::<Result<Vec<_>>>()?;
    replaced.sort_by_key(|method| (method.created_at, method.id));
    Ok(replaced)
}

/// Keeps the number of a person's methods with the person, and returns it.
async fn recount(conn: &mut Conn, user: UserId) -> Result<u32> {
    let row = sqlx::query(
        "UPDATE users SET method_count = (SELECT COUNT(*) FROM credentials c WHERE c.user_id = $1)
         WHERE id = $1 RETURNING method_count",
    )
    .bind(user.to_string())
    .fetch_optional(conn)
    .await?;
    row.map_or(Ok(0), |row| row.count("method_count"))
}

/// What a person has registered, oldest first.
pub async fn by_user(conn: &mut Conn, user: UserId) -> Result<Vec<Credential>> {
    let rows = sqlx::query("SELECT * FROM credentials WHERE user_id = $1 ORDER BY created_at, id")
        .bind(user.to_string())
        .fetch_all(conn)
        .await?;
    rows.iter().map(read).collect()
}

/// The credential with this credential id (base64url).
pub async fn by_credential_id(conn: &mut Conn, credential_id: &str) -> Result<Option<Credential>> {
    let row = sqlx::query("SELECT * FROM credentials WHERE credential_id = $1")
        .bind(credential_id)
        .fetch_optional(conn)
        .await?;
    row.as_ref().map(read).transpose()
}

/// Records a use: the new counter and when. False where the stored state is no longer `before`,
/// that is, where another use came in between.
pub async fn record_use(
    conn: &mut Conn,
    id: MethodId,
    before: &str,
    after: &str,
    now: Timestamp,
) -> Result<bool> {
    let done = sqlx::query(
        "UPDATE credentials SET passkey = $3, last_used_at = $4 WHERE id = $1 AND passkey = $2",
    )
    .bind(id.to_string())
    .bind(before)
    .bind(after)
    .bind(now.micros())
    .execute(conn)
    .await?;
    Ok(done.rows_affected() == 1)
}

/// Remembers from where a method was used.
pub async fn record_place(conn: &mut Conn, id: MethodId, place: &Place) -> Result<()> {
    sqlx::query("UPDATE credentials SET used_address = $2, used_agent = $3 WHERE id = $1")
        .bind(id.to_string())
        .bind(place.address.as_deref())
        .bind(place.agent.map(|agent| agent.to_string()))
        .execute(conn)
        .await?;
    Ok(())
}

/// From where each of a person's methods was last used.
pub async fn places(conn: &mut Conn, user: UserId) -> Result<HashMap<MethodId, Place>> {
    let rows =
        sqlx::query("SELECT id, used_address, used_agent FROM credentials WHERE user_id = $1")
            .bind(user.to_string())
            .fetch_all(conn)
            .await?;
    rows.iter()
        .map(|row| Ok((row.parsed("id")?, activity::place(row, "used_address", "used_agent")?)))
        .collect()
}

/// Gives one of a person's methods another name; false where they have none such.
pub async fn rename(conn: &mut Conn, user: UserId, id: MethodId, name: &str) -> Result<bool> {
    let done = sqlx::query("UPDATE credentials SET name = $3 WHERE id = $1 AND user_id = $2")
        .bind(id.to_string())
        .bind(user.to_string())
        .bind(name)
        .execute(conn)
        .await?;
    Ok(done.rows_affected() == 1)
}

/// What became of a removal.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Removal {
    /// It is gone.
    Done,
    /// The person has none such.
    Unknown,
    /// It is the only one left, and that was not reckoned with.
    Last,
}

/// Removes one of a person's methods; the last one only where that is reckoned with. Those who
/// remove two at once take turns, so that the second sees what the first has left.
pub async fn remove(
    conn: &mut Conn,
    user: UserId,
    id: MethodId,
    may_be_last: bool,
) -> Result<Removal> {
    // Changes nothing but locks the person.
    sqlx::query("UPDATE users SET method_count = method_count WHERE id = $1")
        .bind(user.to_string())
        .execute(&mut *conn)
        .await?;
    let methods = by_user(conn, user).await?;
    if !methods.iter().any(|method| method.id == id) {
        return Ok(Removal::Unknown);
    }
    if methods.len() == 1 && !may_be_last {
        return Ok(Removal::Last);
    }
    Ok(if delete(conn, user, id).await? { Removal::Done } else { Removal::Unknown })
}

/// Removes one of a person's methods; false where they have none such.
pub async fn delete(conn: &mut Conn, user: UserId, id: MethodId) -> Result<bool> {
    let done = sqlx::query("DELETE FROM credentials WHERE id = $1 AND user_id = $2")
        .bind(id.to_string())
        .bind(user.to_string())
        .execute(&mut *conn)
        .await?;
    let removed = done.rows_affected() == 1;
    if removed {
        recount(conn, user).await?;
    }
    Ok(removed)
}
