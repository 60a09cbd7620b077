//! How much waits, for whoever watches the server. Each is a look at a table that is small as long as
//! all is well.

use sqlx::AssertSqlSafe;

use super::row::Columns;
use super::{Conn, Result};
use crate::domain::time::Timestamp;
use crate::metrics::{Depth, Stored};

const MAIL: &str = "SELECT COUNT(*) AS n, MIN(created_at) AS since FROM outbox";
const LOGOUTS: &str = "SELECT COUNT(*) AS n, MIN(created_at) AS since FROM logout_deliveries";
const UNSEALED: &str = "SELECT COUNT(*) AS n, MIN(at) AS since FROM audit_events WHERE seq IS NULL";

/// What waits to be sent, told or sealed.
pub async fn all(conn: &mut Conn, now: Timestamp) -> Result<Stored> {
    Ok(Stored {
        mail: depth(conn, MAIL, now).await?,
        logouts: depth(conn, LOGOUTS, now).await?,
        unsealed: depth(conn, UNSEALED, now).await?,
    })
}

async fn depth(conn: &mut Conn, sql: &'static str, now: Timestamp) -> Result<Depth> {
    let row = sqlx::query(AssertSqlSafe(sql)).fetch_one(conn).await?;
    let oldest = row.opt_time("since")?.map(|since| now.since(since)).unwrap_or_default();
    Ok(Depth { count: row.count("n")?, oldest })
}
