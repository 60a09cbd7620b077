//! Makers' certificates, beside those that come with the program, and what the FIDO Metadata
//! Service says.

use std::collections::BTreeSet;

use uuid::Uuid;

use super::row::{Columns, to_json};
use super::{Conn, Error, Result};
use crate::domain::attestation::{Root, Source};
use crate::domain::time::Timestamp;

/// The metadata that was imported last.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Metadata {
    /// Counts its editions: an older one never replaces a newer one.
    pub serial: i64,
    /// The day by which there will be another.
    pub next_update: String,
    /// Models that are not to be trusted any more.
    pub compromised: Vec<Uuid>,
    /// When it was imported.
    pub imported_at: Timestamp,
}

/// The one row.
const ROW: &str = "mds";

fn source(text: &str) -> Result<Source> {
    [Source::Operator, Source::Metadata]
        .into_iter()
        .find(|source| source.name() == text)
        .ok_or(Error::Corrupt("source"))
}

fn read(row: &sqlx::any::AnyRow) -> Result<Root> {
    Ok(Root {
        id: row.text("id")?,
        name: row.text("name")?,
        certificate: row.text("certificate")?,
        formats: row.json("formats")?,
        models: row.json("models")?,
        source: source(&row.text("source")?)?,
        added_at: Some(row.time("added_at")?),
        trusted: true,
    })
}

/// Every root that was added.
pub async fn all(conn: &mut Conn) -> Result<Vec<Root>> {
    let rows = sqlx::query("SELECT * FROM attestation_roots ORDER BY source, name, id")
        .fetch_all(conn)
        .await?;
    rows.iter().map(read).collect()
}

/// The certificates that are not trusted.
pub async fn distrusted(conn: &mut Conn) -> Result<BTreeSet<String>> {
    let rows = sqlx::query("SELECT id FROM attestation_distrusted").fetch_all(conn).await?;
    rows.iter().map(|row| row.text("id")).collect()
}

/// Adds a root, or puts its limits in place of those that it had.
pub async fn put(conn: &mut Conn, root: &Root, now: Timestamp) -> Result<()> {
    sqlx::query(
        "INSERT INTO attestation_roots (id, source, name, certificate, formats, models, added_at)
         VALUES ($1, $2, $3, $4, $5, $6, $7)
         ON CONFLICT (id, source) DO UPDATE SET formats = excluded.formats, models = excluded.models",
    )
    .bind(&root.id)
    .bind(root.source.name())
    .bind(&root.name)
    .bind(&root.certificate)
    .bind(to_json(&root.formats, "formats")?)
    .bind(to_json(&root.models, "models")?)
    .bind(now.micros())
    .execute(conn)
    .await?;
    Ok(())
}

/// Removes what the operator added; false where there is none such.
pub async fn remove(conn: &mut Conn, id: &str) -> Result<bool> {
    let done = sqlx::query("DELETE FROM attestation_roots WHERE id = $1 AND source = $2")
        .bind(id)
        .bind(Source::Operator.name())
        .execute(conn)
        .await?;
    Ok(done.rows_affected() == 1)
}

/// Trusts a certificate no more, or again.
pub async fn trust(conn: &mut Conn, id: &str, trusted: bool, now: Timestamp) -> Result<()> {
    let query = if trusted {
        sqlx::query("DELETE FROM attestation_distrusted WHERE id = $1").bind(id)
    } else {
        sqlx::query(
            "INSERT INTO attestation_distrusted (id, added_at) VALUES ($1, $2)
             ON CONFLICT (id) DO NOTHING",
        )
        .bind(id)
        .bind(now.micros())
    };
    query.execute(conn).await?;
    Ok(())
}

/// The metadata that was imported last.
pub async fn metadata(conn: &mut Conn) -> Result<Option<Metadata>> {
    let row = sqlx::query("SELECT * FROM attestation_metadata WHERE id = $1")
        .bind(ROW)
        .fetch_optional(conn)
        .await?;
    row.map(|row| {
        Ok(Metadata {
            serial: row.int("serial")?,
            next_update: row.text("next_update")?,
            compromised: row.json("compromised")?,
            imported_at: row.time("imported_at")?,
        })
    })
    .transpose()
}

/// Puts new metadata and its roots in place of the old; false where what is there is newer.
pub async fn import(conn: &mut Conn, metadata: &Metadata, roots: &[Root]) -> Result<bool> {
    let done = sqlx::query(
        "INSERT INTO attestation_metadata (id, serial, next_update, compromised, imported_at)
         VALUES ($1, $2, $3, $4, $5)
         ON CONFLICT (id) DO UPDATE SET serial = excluded.serial, next_update = excluded.next_update,
             compromised = excluded.compromised, imported_at = excluded.imported_at
         WHERE attestation_metadata.serial <= excluded.serial",
    )
    .bind(ROW)
    .bind(metadata.serial)
    .bind(&metadata.next_update)
    .bind(to_json(&metadata.compromised, "compromised")?)
    .bind(metadata.imported_at.micros())
    .execute(&mut *conn)
    .await?;
    if done.rows_affected() == 0 {
        return Ok(false);
    }
    sqlx::query("DELETE FROM attestation_roots WHERE source = $1")
        .bind(Source::Metadata.name())
        .execute(&mut *conn)
        .await?;
    for root in roots {
        put(conn, root, metadata.imported_at).await?;
    }
    Ok(true)
}
