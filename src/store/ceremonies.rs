//! WebAuthn ceremonies that were begun. Taking one deletes it: a challenge has one answer.

use super::row::Columns;
use super::{Conn, Result};
use crate::domain::id::{CeremonyId, JourneyId, UserId};
use crate::domain::time::Timestamp;

/// What a ceremony is for.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Kind {
    /// Making a credential.
    Registration,
    /// Using one.
    Authentication,
    /// Using the one of a phone, to approve on it.
    Approval,
}

impl Kind {
    fn name(self) -> &'static str {
        match self {
            Self::Registration => "registration",
            Self::Authentication => "authentication",
            Self::Approval => "approval",
        }
    }
}

/// A ceremony that was begun.
#[derive(Clone, Debug)]
pub struct Ceremony {
    /// The ceremony.
    pub id: CeremonyId,
    /// The journey that it belongs to.
    pub journey_id: JourneyId,
    /// What it is for.
    pub kind: Kind,
    /// For whom a credential is made.
    pub user_id: Option<UserId>,
    /// The WebAuthn library's state, serialised.
    pub state: String,
    /// When it is given up.
    pub expires_at: Timestamp,
}

/// Begins a ceremony.
pub async fn insert(conn: &mut Conn, ceremony: &Ceremony) -> Result<()> {
    sqlx::query(
        "INSERT INTO ceremonies (id, journey_id, kind, user_id, state, expires_at)
         VALUES ($1, $2, $3, $4, $5, $6)",
    )
    .bind(ceremony.id.to_string())
    .bind(ceremony.journey_id.to_string())
    .bind(ceremony.kind.name())
    .bind(ceremony.user_id.map(|id| id.to_string()))
    .bind(&ceremony.state)
    .bind(ceremony.expires_at.micros())
    .execute(conn)
    .await?;
    Ok(())
}

/// Takes a ceremony of this journey and kind: it can be taken once.
pub async fn take(
    conn: &mut Conn,
    id: CeremonyId,
    journey: JourneyId,
    kind: Kind,
    now: Timestamp,
) -> Result<Option<Ceremony>> {
    let row = sqlx::query(
        "DELETE FROM ceremonies WHERE id = $1 AND journey_id = $2 AND kind = $3 AND expires_at > $4
         RETURNING user_id, state, expires_at",
    )
    .bind(id.to_string())
    .bind(journey.to_string())
    .bind(kind.name())
    .bind(now.micros())
    .fetch_optional(conn)
    .await?;
    row.map(|row| {
        Ok(Ceremony {
            id,
            journey_id: journey,
            kind,
            user_id: row.opt_parsed("user_id")?,
            state: row.text("state")?,
            expires_at: row.time("expires_at")?,
        })
    })
    .transpose()
}
