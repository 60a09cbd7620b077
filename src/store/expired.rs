//! Deleting what has expired, in small batches; safe to run on every instance at once.

use std::time::Duration;

use super::{Conn, Result};
use crate::domain::time::Timestamp;

/// Rows that one statement deletes at most, so that nobody waits long behind it.
const BATCH: i64 = 500;
/// An expired pass stays visible for a while, so that an admin can see what became of it.
const PASS_KEPT: Duration = Duration::from_secs(30 * 24 * 60 * 60);
/// A code is kept past its life, so that a replay is still recognised.
const CODE_KEPT: Duration = Duration::from_secs(24 * 60 * 60);
/// A page may be looked at for a while that waited for a phone.
const PHONE_REQUEST_KEPT: Duration = Duration::from_secs(60 * 60);

/// Each statement takes the moment before which rows go, and the size of the batch.
const STATEMENTS: [(&str, Duration); 21] = [
    (
        "DELETE FROM attempts WHERE id IN (SELECT id FROM attempts WHERE expires_at <= $1 LIMIT $2)",
        Duration::ZERO,
    ),
    (
        "DELETE FROM browser_sessions WHERE id IN
         (SELECT id FROM browser_sessions WHERE expires_at <= $1 LIMIT $2)",
        Duration::ZERO,
    ),
    (
        // Held anew meanwhile, it stays.
        "DELETE FROM branding_images WHERE expires_at <= $1 AND name IN
         (SELECT name FROM branding_images WHERE expires_at <= $1 LIMIT $2)",
        Duration::ZERO,
    ),
    (
        "DELETE FROM ceremonies WHERE id IN (SELECT id FROM ceremonies WHERE expires_at <= $1 LIMIT $2)",
        Duration::ZERO,
    ),
    (
        "DELETE FROM on_behalf WHERE challenge IN
         (SELECT challenge FROM on_behalf WHERE expires_at <= $1 LIMIT $2)",
        Duration::ZERO,
    ),
    (
        "DELETE FROM seen_once WHERE hash IN (SELECT hash FROM seen_once WHERE expires_at <= $1 LIMIT $2)",
        Duration::ZERO,
    ),
    (
        "DELETE FROM pushed_requests WHERE hash IN
         (SELECT hash FROM pushed_requests WHERE expires_at <= $1 LIMIT $2)",
        Duration::ZERO,
    ),
    (
        "DELETE FROM registration_tokens WHERE hash IN
         (SELECT hash FROM registration_tokens WHERE expires_at <= $1 LIMIT $2)",
        Duration::ZERO,
    ),
    (
        "DELETE FROM signing_keys WHERE id IN (SELECT id FROM signing_keys WHERE expires_at <= $1 LIMIT $2)",
        Duration::ZERO,
    ),
    (
        "DELETE FROM upstream_requests WHERE hash IN
         (SELECT hash FROM upstream_requests WHERE expires_at <= $1 LIMIT $2)",
        Duration::ZERO,
    ),
    (
        "DELETE FROM forward_sign_ins WHERE hash IN
         (SELECT hash FROM forward_sign_ins WHERE expires_at <= $1 LIMIT $2)",
        Duration::ZERO,
    ),
    (
        "DELETE FROM forward_sessions WHERE hash IN
         (SELECT hash FROM forward_sessions WHERE expires_at <= $1 LIMIT $2)",
        Duration::ZERO,
    ),
    (
        "DELETE FROM phone_pairings WHERE id IN
         (SELECT id FROM phone_pairings WHERE expires_at <= $1 LIMIT $2)",
        Duration::ZERO,
    ),
    (
        "DELETE FROM phone_requests WHERE id IN
         (SELECT id FROM phone_requests WHERE expires_at <= $1 LIMIT $2)",
        PHONE_REQUEST_KEPT,
    ),
    (
        "DELETE FROM journeys WHERE id IN (SELECT id FROM journeys WHERE expires_at <= $1 LIMIT $2)",
        Duration::ZERO,
    ),
    (
        "DELETE FROM codes WHERE hash IN (SELECT hash FROM codes WHERE expires_at <= $1 LIMIT $2)",
        CODE_KEPT,
    ),
    (
        "DELETE FROM device_codes WHERE hash IN
         (SELECT hash FROM device_codes WHERE expires_at <= $1 LIMIT $2)",
        CODE_KEPT,
    ),
    (
        "DELETE FROM refresh_tokens WHERE hash IN
         (SELECT hash FROM refresh_tokens WHERE expires_at <= $1 LIMIT $2)",
        Duration::ZERO,
    ),
    (
        // Not while its session stands: its end is told to whom something was given under it.
        "DELETE FROM grants WHERE id IN
         (SELECT g.id FROM grants g WHERE g.expires_at <= $1
          AND NOT EXISTS (SELECT 1 FROM sessions s WHERE s.id = g.session_id
                          AND s.ended_at IS NULL AND s.expires_at > $1) LIMIT $2)",
        CODE_KEPT,
    ),
    (
        "DELETE FROM passes WHERE id IN (SELECT id FROM passes WHERE ends_at <= $1 LIMIT $2)",
        PASS_KEPT,
    ),
    // A session outlives its expiry while a grant still stands on it.
    (
        "DELETE FROM sessions WHERE id IN
         (SELECT s.id FROM sessions s WHERE s.expires_at <= $1
          AND NOT EXISTS (SELECT 1 FROM grants g WHERE g.session_id = s.id) LIMIT $2)",
        CODE_KEPT,
    ),
];

/// Deletes one batch of everything; returns how many rows went. Call again while that is not zero.
pub async fn delete_batch(conn: &mut Conn, now: Timestamp) -> Result<u64> {
    let mut gone = 0;
    for (statement, kept) in STATEMENTS {
        let done = sqlx::query(statement)
            .bind(now.minus(kept).micros())
            .bind(BATCH)
            .execute(&mut *conn)
            .await?;
        gone += done.rows_affected();
    }
    Ok(gone)
}
