//! What signing in with something that is typed has in common, be it a pass or a recovery code: who
//! is meant, how often it may be tried, and why nothing that is typed will do.

use uuid::Uuid;

use super::audit::Entry;
use super::sign_in::SignInError;
use super::{Origin, Services};
use crate::crypto::token;
use crate::domain::attempts::FREE_TRIES;
use crate::domain::id::{PassId, UserId};
use crate::domain::user::{User, Username};
use crate::store::attempts::Admission;
use crate::store::{self, Conn, attempts, passes, users};

/// What wrong tries are counted by: one username from one address, hashed, so that the table names
/// nobody.
#[derive(Clone, Debug)]
pub(super) struct Tries(String);

impl Tries {
    /// The tries at `what` of whoever has this name, from there.
    pub(super) fn at(what: &str, username: &Username, origin: Origin) -> Self {
        Self(token::hash(&format!("{what} {} {}", origin.limit_key(), username.key())))
    }

    /// Locks the count, before anything else is locked; whether there is one.
    pub(super) async fn hold(&self, conn: &mut Conn) -> store::Result<bool> {
        attempts::hold(conn, &self.0).await
    }

    /// The try was right: the count starts anew.
    pub(super) async fn forgive(&self, conn: &mut Conn) -> store::Result<()> {
        attempts::forgive(conn, &self.0).await
    }
}

impl Services {
    /// Counts a try before it is checked: tries made side by side cannot outrun the limits. Returns
    /// whether the pass that is guessed at, if it is one, takes one more. The same is written where
    /// there is none to count it against, so that the time tells nothing.
    pub(super) async fn count_try(
        &self,
        tries: &Tries,
        pass: Option<PassId>,
        entry: &Entry,
    ) -> Result<bool, SignInError> {
        let (key, now) = (tries.0.clone(), self.now());
        let (admission, counted) = self
            .store
            .write(move |conn| {
                Box::pin(async move {
                    let admission = attempts::admit(conn, &key, now).await?;
                    let counted = match (admission, pass) {
                        (Admission::Blocked { .. }, _) => false,
                        (Admission::Admitted, Some(pass)) => passes::count_try(conn, pass).await?,
                        (Admission::Admitted, None) => true,
                    };
                    Ok((admission, counted))
                })
            })
            .await?;
        if let Admission::Blocked { until } = admission {
            let detail = format!("blocked after {FREE_TRIES} wrong tries until {until}");
            self.note(entry.clone().refused(detail)).await?;
            return Err(SignInError::Wait(until));
        }
        Ok(counted)
    }
}

/// Who has this name, and the id by which the rest is looked up: where there is nobody, the same is
/// asked about an id that nobody has, so that the time tells nothing.
pub(super) async fn named(
    conn: &mut Conn,
    username: &Username,
) -> store::Result<(Option<User>, UserId)> {
    let user = users::by_username(conn, username).await?;
    let id = user.as_ref().map_or(UserId(Uuid::nil()), |user| user.id);
    Ok((user, id))
}

/// Why nobody is let in as this person, whatever they show.
pub(super) fn shut_out(user: Option<&User>) -> Option<&'static str> {
    match user {
        None => Some("no such user"),
        Some(user) if !user.enabled => Some("the account is disabled"),
        Some(_) => None,
    }
}
