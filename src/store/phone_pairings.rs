//! Phones that are being paired. Each step is one statement, so that of two phones one comes first.

use super::row::{Columns, to_json};
use super::{Conn, Error, Result};
use crate::domain::id::{JourneyId, PairingId, UserId};
use crate::domain::phone::{Number, Pairing, PairingState, ProvedPhone};
use crate::domain::time::Timestamp;

fn read(row: &sqlx::any::AnyRow) -> Result<Pairing> {
    let state = match row.text("state")?.as_str() {
        "open" => PairingState::Open,
        "claimed" => PairingState::Claimed,
        "proved" => {
            let number = Number::of_stored(row.int("number")?);
            PairingState::Proved(Box::new(row.json("phone")?), number)
        }
        "paired" => PairingState::Paired,
        "refused" => PairingState::Refused,
        _ => return Err(Error::Corrupt("state")),
    };
    Ok(Pairing {
        id: row.parsed("id")?,
        sealed: row.text("sealed")?,
        user_id: row.parsed("user_id")?,
        journey_id: row.parsed("journey_id")?,
        state,
        expires_at: row.time("expires_at")?,
    })
}

/// Begins a pairing under the hash of its code, in the place of whatever its journey has.
pub async fn insert(conn: &mut Conn, pairing: &Pairing, hash: &str, now: Timestamp) -> Result<()> {
    sqlx::query("DELETE FROM phone_pairings WHERE journey_id = $1")
        .bind(pairing.journey_id.to_string())
        .execute(&mut *conn)
        .await?;
    sqlx::query(
        "INSERT INTO phone_pairings (id, hash, sealed, user_id, journey_id, state, created_at,
                                     expires_at)
         VALUES ($1, $2, $3, $4, $5, 'open', $6, $7)",
    )
    .bind(pairing.id.to_string())
    .bind(hash)
    .bind(&pairing.sealed)
    .bind(pairing.user_id.to_string())
    .bind(pairing.journey_id.to_string())
    .bind(now.micros())
    .bind(pairing.expires_at.micros())
    .execute(conn)
    .await?;
    Ok(())
}

/// The pairing of a journey.
pub async fn of_journey(conn: &mut Conn, journey: JourneyId) -> Result<Option<Pairing>> {
    let row = sqlx::query("SELECT * FROM phone_pairings WHERE journey_id = $1")
        .bind(journey.to_string())
        .fetch_optional(conn)
        .await?;
    row.as_ref().map(read).transpose()
}

/// The pairing that the phone with this key came to.
pub async fn of_phone(conn: &mut Conn, thumbprint: &str) -> Result<Option<Pairing>> {
    let row = sqlx::query(
        "SELECT * FROM phone_pairings WHERE thumbprint = $1 ORDER BY created_at DESC LIMIT 1",
    )
    .bind(thumbprint)
    .fetch_optional(conn)
    .await?;
    row.as_ref().map(read).transpose()
}

/// What a phone that came with a code has to sign, and by what its user is verified.
#[derive(Clone, Debug)]
pub struct Claim {
    /// The thumbprint of the phone's key (RFC 7638).
    pub thumbprint: String,
    /// The challenge.
    pub challenge: String,
    /// The WebAuthn library's state, serialised.
    pub ceremony: String,
}

/// Takes the code: its pairing is that phone's from now on. A code is good once.
pub async fn claim(
    conn: &mut Conn,
    hash: &str,
    claim: &Claim,
    now: Timestamp,
) -> Result<Option<UserId>> {
    let row = sqlx::query(
        "UPDATE phone_pairings SET state = 'claimed', thumbprint = $2, challenge = $3, ceremony = $4
         WHERE hash = $1 AND state = 'open' AND expires_at > $5 RETURNING user_id",
    )
    .bind(hash)
    .bind(&claim.thumbprint)
    .bind(&claim.challenge)
    .bind(&claim.ceremony)
    .bind(now.micros())
    .fetch_optional(conn)
    .await?;
    row.map(|row| row.parsed("user_id")).transpose()
}

/// Takes what the phone with this key has to sign: there is one try. Returns the WebAuthn
/// library's state as well.
pub async fn take_challenge(
    conn: &mut Conn,
    thumbprint: &str,
    challenge: &str,
    now: Timestamp,
) -> Result<Option<(Pairing, String)>> {
    let row = sqlx::query(
        "UPDATE phone_pairings SET challenge = NULL
         WHERE thumbprint = $1 AND challenge = $2 AND state = 'claimed' AND expires_at > $3
         RETURNING *",
    )
    .bind(thumbprint)
    .bind(challenge)
    .bind(now.micros())
    .fetch_optional(conn)
    .await?;
    row.map(|row| Ok((read(&row)?, row.text("ceremony")?))).transpose()
}

/// Keeps what the phone proved, for the person to look at.
pub async fn prove(
    conn: &mut Conn,
    id: PairingId,
    phone: &ProvedPhone,
    number: Number,
) -> Result<bool> {
    let done = sqlx::query(
        "UPDATE phone_pairings SET state = 'proved', phone = $2, number = $3
         WHERE id = $1 AND state = 'claimed'",
    )
    .bind(id.to_string())
    .bind(to_json(phone, "phone")?)
    .bind(number.stored())
    .execute(conn)
    .await?;
    Ok(done.rows_affected() == 1)
}

/// The person says whether the phone with this number is theirs; true for the first word.
pub async fn settle(
    conn: &mut Conn,
    pairing: &Pairing,
    number: Number,
    theirs: bool,
    now: Timestamp,
) -> Result<bool> {
    let done = sqlx::query(
        "UPDATE phone_pairings SET state = $4
         WHERE id = $1 AND state = 'proved' AND number = $2 AND expires_at > $3",
    )
    .bind(pairing.id.to_string())
    .bind(number.stored())
    .bind(now.micros())
    .bind(if theirs { "paired" } else { "refused" })
    .execute(conn)
    .await?;
    Ok(done.rows_affected() == 1)
}
