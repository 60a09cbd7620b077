//! The schema: what brings it up to date, and whether it is.

use std::collections::HashSet;
use std::sync::LazyLock;

use sqlx::Row as _;
use sqlx::migrate::Migrator;

use super::{Conn, Result};

/// Migrations only ever add. So whatever a newer version has added does not keep this one from
/// working on the same database, during an upgrade or after one that is taken back.
static MIGRATOR: LazyLock<Migrator> = LazyLock::new(|| {
    let mut migrator = sqlx::migrate!();
    migrator.set_ignore_missing(true);
    migrator
});

/// Brings the schema up to date.
pub(super) async fn migrate(conn: &mut Conn) -> Result<()> {
    Ok(MIGRATOR.run(conn).await?)
}

/// The first migration of ours that a database lacks; none where it has them all.
pub(super) async fn missing(conn: &mut Conn) -> Result<Option<i64>> {
    let rows = sqlx::query("SELECT version FROM _sqlx_migrations WHERE success").fetch_all(conn);
    let mut applied = HashSet::new();
    for row in rows.await? {
        applied.insert(row.try_get::<i64, _>("version")?);
    }
    Ok(MIGRATOR.iter().map(|ours| ours.version).find(|version| !applied.contains(version)))
}

/// The last migration of this version.
pub(super) fn newest() -> i64 {
    MIGRATOR.iter().map(|ours| ours.version).max().unwrap_or_default()
}
