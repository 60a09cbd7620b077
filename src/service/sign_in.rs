//! Signing in with a pass.

use uuid::Uuid;

use super::journeys::{Browser, Position};
use super::opening::{Opening, open_session};
use super::tries::{Tries, named, shut_out};
use super::{Failure, Origin, Services};
use crate::domain::assurance::Factor;
use crate::domain::audit::Activity;
use crate::domain::id::{GroupId, PassId, SessionId};
use crate::domain::journey::{Reason, Step};
use crate::domain::pass::{Pass, PassValue, Usability};
use crate::domain::policy::TapPolicy;
use crate::domain::session::{PassOrigin, Proof, Session};
use crate::domain::time::Timestamp;
use crate::domain::user::{User, Username};
use crate::store::{self, audit, passes, policies, users};

/// Why somebody was not signed in. There is one answer for every true reason: no such person, no
/// pass, wrong, expired, not yet valid, used, out of scope, disabled.
#[derive(Debug, thiserror::Error)]
pub enum SignInError {
    /// It did not work.
    #[error("that did not work")]
    Refused,
    /// Too many wrong tries: the next one is heard at this time.
    #[error("too many wrong tries")]
    Wait(Timestamp),
    /// The journey does not ask for a pass now.
    #[error("this sign-in has moved on")]
    MovedOn,
    /// It could not be done.
    #[error(transparent)]
    Failure(#[from] Failure),
}

impl From<store::Error> for SignInError {
    fn from(error: store::Error) -> Self {
        Self::Failure(error.into())
    }
}

/// What is known about whoever tries, before the value is looked at.
struct Candidate {
    user: Option<User>,
    pass: Option<(Pass, String)>,
    usability: Option<Usability>,
}

impl Services {
    /// Redeems the pass that was typed in this journey and opens a session.
    pub async fn sign_in_with_pass(
        &self,
        position: &Position,
        browser: &Browser,
        typed: &str,
        origin: Origin,
    ) -> Result<SessionId, SignInError> {
        let Step::Authenticate { pass: true, .. } = position.step else {
            return Err(SignInError::MovedOn);
        };
        let Some(username) = position.username() else { return Err(SignInError::MovedOn) };
        let now = self.now();
        let tries = Tries::at("pass", &username, origin);
        // A try that cannot be checked now must not count as wrong.
        let place = self.hasher.queue().map_err(Failure::from)?;
        let candidate = self.candidate(&username, now).await?;
        let entry = self
            .entry(Activity::PassSignIn, origin)
            .on(candidate.user.as_ref().map(|user| user.id))
            .client(position.client.as_ref().map(|client| &client.id));

        let none = PassId(Uuid::nil());
        let guessed = candidate.pass.as_ref().map_or(none, |(pass, _)| pass.id);
        let counted = self.count_try(&tries, Some(guessed), &entry).await?;

        let stored = candidate.pass.as_ref().map(|(_, hash)| hash.clone());
        let right = self
            .hasher
            .verify(place, PassValue::parse(typed), stored)
            .await
            .map_err(Failure::from)?;
        let refusal = shut_out(candidate.user.as_ref()).or_else(|| match &candidate.usability {
            None => Some("no pass"),
            Some(Usability::EnabledByPolicy) if !counted => Some("Voided"),
            Some(Usability::EnabledByPolicy) if !right => Some("wrong pass"),
            Some(Usability::EnabledByPolicy) => None,
            Some(reason) => Some(reason.name()),
        });
        let (Some(user), Some((pass, _)), None) = (candidate.user, candidate.pass, refusal) else {
            self.note(entry.refused(refusal.unwrap_or("no pass"))).await?;
            return Err(SignInError::Refused);
        };

        let rules = self.session_policy().await?;
        let session = match completed_by_pass(position, &user, now) {
            Some(session) => session,
            None => Session::from_pass(
                SessionId::new(now, self.random.as_ref()),
                user.id,
                PassOrigin {
                    id: pass.id,
                    deadline: pass.terms.ends_at(),
                    register_until: pass.register_until(now),
                },
                now,
            ),
        }
        .within(&rules, now);
        let opened = session.id;
        let lost = entry.clone().refused(Usability::OneTimeUsed.name()).done();
        let won = entry.by_user(user.id).detail("signed in").done();
        let opening = Opening::here(position, browser, session, now);
        let redeemed = self
            .store
            .write(move |conn| {
                Box::pin(async move {
                    let held = tries.hold(conn).await?;
                    if !passes::redeem(conn, pass.id, now).await? {
                        audit::insert(conn, &lost).await?;
                        return Ok(false);
                    }
                    open_session(conn, &opening).await?;
                    if held {
                        tries.forgive(conn).await?;
                    }
                    audit::insert(conn, &won).await?;
                    Ok(true)
                })
            })
            .await?;
        if redeemed { Ok(opened) } else { Err(SignInError::Refused) }
    }

    async fn candidate(
        &self,
        username: &Username,
        now: Timestamp,
    ) -> Result<Candidate, store::Error> {
        let mut conn = self.store.reader().await?;
        let (user, id) = named(&mut conn, username).await?;
        let pass = passes::by_user(&mut conn, id).await?;
        let policy: TapPolicy = policies::get(&mut conn, super::policies::TAP).await?;
        let groups: Vec<GroupId> =
            users::all_groups_of(&mut conn, id).await?.into_iter().map(|(id, _)| id).collect();
        let usability = pass.as_ref().map(|(pass, _)| {
            crate::domain::pass::Pass::usability(pass, &policy, policy.in_scope(id, &groups), now)
        });
        Ok(Candidate { user, pass, usability })
    }
}

/// The session in hand, with the pass that makes it as strong as is demanded: who has shown something
/// else already adds the pass to that. Everybody else begins a session that rests on it alone.
fn completed_by_pass(position: &Position, user: &User, now: Timestamp) -> Option<Session> {
    let Step::Authenticate { reason: Reason::Stronger, .. } = position.step else { return None };
    let session = position.session.as_ref().filter(|it| it.user_id == user.id && it.is_live(now));
    let (session, demand) = session.zip(position.demand)?;
    // Where nothing is missing it would only make what was proved look younger than it is.
    let completes = !session.rests_on_bootstrap_alone()
        && !demand.met_by(&session.factors)
        && demand.met_with(session, Factor::TemporaryAccessPass);
    completes.then(|| session.clone().strengthened(Proof::of(Factor::TemporaryAccessPass, now)))
}

impl Position {
    /// Who this journey is about: the name that was typed, or the person who is signed in.
    pub fn username(&self) -> Option<Username> {
        let typed = self.journey.progress.username.as_deref();
        let known = self.user.as_ref().map(|user| user.username.as_str());
        typed.or(known).and_then(|name| Username::parse(name).ok())
    }
}
