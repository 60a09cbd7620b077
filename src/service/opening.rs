//! How every sign-in of a browser ends: the session stands, and the journey knows it.

use super::journeys::{Browser, Position, advance_within};
use crate::domain::id::JourneyId;
use crate::domain::session::Session;
use crate::domain::time::Timestamp;
use crate::domain::user::Username;
use crate::store::{self, Conn, sessions};

/// A session that is opened, or made stronger, by what was just proved in a journey.
#[derive(Clone, Debug)]
pub(super) struct Opening {
    /// The session as it stands from now on.
    pub(super) session: Session,
    /// The journey in which it was proved.
    pub(super) journey: JourneyId,
    /// Hash of the key that the browser holds.
    pub(super) browser: String,
    /// Who was named by the way, where the journey did not know it.
    pub(super) username: Option<Username>,
    /// When it was proved.
    pub(super) now: Timestamp,
}

impl Opening {
    /// In the journey and the browser in which somebody stands.
    pub(super) fn here(
        position: &Position,
        browser: &Browser,
        session: Session,
        now: Timestamp,
    ) -> Self {
        let (journey, browser) = (position.journey.id, browser.key_hash.clone());
        Self { session, journey, browser, username: None, now }
    }
}

/// Stores the session and moves the journey on, inside the transaction that has redeemed what was
/// shown. The caller looks at that first, and writes down in the audit log what happened: nothing
/// is checked here.
pub(super) async fn open_session(conn: &mut Conn, opening: &Opening) -> store::Result<()> {
    let Opening { session, journey, browser, username, now } = opening;
    sessions::put(conn, session, browser).await?;
    advance_within(conn, *journey, browser, *now, |progress| {
        if let Some(username) = username {
            progress.username = Some(username.as_str().to_owned());
        }
        progress.session = Some(session.id);
        progress.authenticated_at = Some(*now);
    })
    .await
}
