//! Recovery codes: making them, and signing in with one.

use uuid::Uuid;

use super::journeys::{Browser, Position, requirements};
use super::opening::{Opening, open_session};
use super::sign_in::SignInError;
use super::tries::{Tries, named, shut_out};
use super::{Failure, Origin, Services};
use crate::domain::audit::Activity;
use crate::domain::id::{RecoverySetId, SessionId, UserId};
use crate::domain::journey::Step;
use crate::domain::policy::{RecoveryCodesPolicy, Requirements, State};
use crate::domain::recovery::{self, COUNT, RecoveryCode, RecoverySet, may_make_codes};
use crate::domain::recovery_mail::{code_used, codes_made};
use crate::domain::session::Session;
use crate::domain::user::{User, Username};
use crate::store::{self, Conn, audit, policies, recovery_codes, sessions, users};

/// What there is to say to a person about their recovery codes.
#[derive(Clone, Copy, Debug)]
pub struct RecoveryStatus {
    /// Whether the policy lets them have any.
    pub allowed: bool,
    /// Whether they are offered some when they have set up a method.
    pub offered_at_set_up: bool,
    /// What they have.
    pub set: Option<RecoverySet>,
}

/// Why no codes were made.
#[derive(Debug, thiserror::Error)]
pub enum MakeError {
    /// The person must first show that it is them.
    #[error("a fresh sign-in is needed")]
    NotFresh,
    /// The policy lets them have none.
    #[error("recovery codes are not allowed")]
    NotAllowed,
    /// Others were made meanwhile.
    #[error("others were made meanwhile")]
    Changed,
    /// It could not be done.
    #[error(transparent)]
    Failure(#[from] Failure),
}

impl From<store::Error> for MakeError {
    fn from(error: store::Error) -> Self {
        Self::Failure(error.into())
    }
}

/// What is known about whoever tries, before the code is looked at.
struct Candidate {
    user: Option<User>,
    set: Option<RecoverySet>,
    allowed: bool,
    requirements: Requirements,
}

impl Candidate {
    /// Why no code will do, whatever it is.
    fn refusal(&self) -> Option<&'static str> {
        shut_out(self.user.as_ref()).or(match &self.set {
            None => Some("no recovery codes"),
            Some(_) if !self.allowed => Some("DisabledByPolicy"),
            // A code is for setting something up.
            Some(_) if self.requirements.allowed_kinds.is_empty() => {
                Some("they may register nothing")
            }
            Some(_) => None,
        })
    }
}

impl Services {
    /// Whether anybody at all signs in with recovery codes: said alike to everybody.
    pub async fn offers_recovery_codes(&self) -> Result<bool, Failure> {
        let policy = self.recovery_codes_policy().await?;
        Ok(policy.state == State::Enabled && !policy.include_targets.is_empty())
    }

    /// What there is to say to a person about their codes.
    pub async fn recovery_status(&self, user: &User) -> Result<RecoveryStatus, Failure> {
        let mut conn = self.store.reader().await?;
        let (policy, allowed) = scope(&mut conn, user.id).await?;
        let set = recovery_codes::by_user(&mut conn, user.id).await?;
        Ok(RecoveryStatus { allowed, offered_at_set_up: policy.is_offered_at_set_up, set })
    }

    /// Makes a person's codes, in place of those that they have `seen`, or of none. Their values
    /// exist in the answer and nowhere else.
    pub async fn make_recovery_codes(
        &self,
        position: &Position,
        seen: Option<RecoverySetId>,
        origin: Origin,
    ) -> Result<Vec<RecoveryCode>, MakeError> {
        let (Step::Finish, Some(session), Some(user)) =
            (&position.step, &position.session, &position.user)
        else {
            return Err(MakeError::NotFresh);
        };
        let now = self.now();
        if !may_make_codes(session, &position.methods, position.may_register(now)) {
            return Err(MakeError::NotFresh);
        }
        if !self.recovery_status(user).await?.allowed {
            return Err(MakeError::NotAllowed);
        }
        let codes: Vec<_> =
            (0..COUNT).map(|_| RecoveryCode::generate(self.random.as_ref())).collect();
        let hashes: Vec<_> =
            codes.iter().map(|code| self.recovery_hasher.hash(user.id, Some(code))).collect();
        let set = RecoverySetId::new(now, self.random.as_ref());
        let letter = self.letter(codes_made(&self.sender(), user, now))?;
        let entry = self.entry(Activity::RecoveryCodesMade, origin).by_user(user.id);
        let how = if seen.is_some() { "in place of older ones" } else { "the first ones" };
        let event = entry.detail(format!("{COUNT} codes, {how}")).done();
        let (user, session) = (user.id, session.id);
        let made = self
            .store
            .write(move |conn| {
                Box::pin(async move {
                    // Whoever signed out or was shut out meanwhile makes no codes.
                    if !sessions::hold(conn, session).await? {
                        return Ok(Err(MakeError::NotFresh));
                    }
                    if !recovery_codes::replace(conn, user, seen, set, &hashes, now).await? {
                        return Ok(Err(MakeError::Changed));
                    }
                    // What an old code opened ends with it.
                    sessions::end_by_recovery(conn, user, now).await?;
                    if let Some(letter) = letter {
                        letter.queue(conn, now).await?;
                    }
                    audit::insert(conn, &event).await?;
                    Ok(Ok(()))
                })
            })
            .await?;
        made.map(|()| codes)
    }

    /// Redeems the code that was typed in this journey and opens a session. There is one answer for
    /// every true reason, and the same is done for all of them.
    pub async fn sign_in_with_recovery_code(
        &self,
        position: &Position,
        browser: &Browser,
        username: &Username,
        typed: &str,
        origin: Origin,
    ) -> Result<SessionId, SignInError> {
        if !takes_recovery_code(position) {
            return Err(SignInError::MovedOn);
        }
        let now = self.now();
        let tries = Tries::at("recovery code", username, origin);
        let candidate = self.recovery_candidate(username).await?;
        let entry = self
            .entry(Activity::RecoveryCodeSignIn, origin)
            .on(candidate.user.as_ref().map(|user| user.id))
            .client(position.client.as_ref().map(|client| &client.id));

        // Counted by address alone: nobody guesses a code, and no stranger voids somebody's.
        self.count_try(&tries, None, &entry).await?;
        let refusal = candidate.refusal();
        // Nobody's code is looked for where none will do, so that none is used up.
        let user = candidate.user.filter(|_| refusal.is_none());
        let owner = user.as_ref().map_or(UserId(Uuid::nil()), |user| user.id);
        let hash = self.recovery_hasher.hash(owner, RecoveryCode::parse(typed).as_ref());
        let set = candidate.set.map_or(RecoverySetId(Uuid::nil()), |set| set.id);
        let session = Session::from_recovery_code(
            SessionId::new(now, self.random.as_ref()),
            owner,
            recovery::origin(set, now),
            now,
        )
        .within(&self.session_policy().await?, now);
        let opened = session.id;
        let lost = entry.clone().refused(refusal.unwrap_or("wrong or used code")).done();
        let opening = Opening {
            username: user.as_ref().map(|user| user.username.clone()),
            ..Opening::here(position, browser, session, now)
        };
        let services = self.clone();
        let redeemed = self
            .store
            .write(move |conn| {
                Box::pin(async move {
                    let held = tries.hold(conn).await?;
                    recovery_codes::hold(conn, owner).await?;
                    let right = recovery_codes::redeem(conn, owner, &hash, now).await?;
                    let Some(user) = user.filter(|_| right) else {
                        audit::insert(conn, &lost).await?;
                        return Ok(false);
                    };
                    let left = recovery_codes::by_user(conn, owner).await?;
                    let left = left.map_or(0, |set| set.left);
                    open_session(conn, &opening).await?;
                    if held {
                        tries.forgive(conn).await?;
                    }
                    let mail = code_used(&services.sender(), &user, left, now);
                    services.tell(conn, mail, now).await?;
                    let won = entry.by_user(user.id).detail(format!("signed in, {left} left"));
                    audit::insert(conn, &won.done()).await?;
                    Ok(true)
                })
            })
            .await?;
        if redeemed { Ok(opened) } else { Err(SignInError::Refused) }
    }

    async fn recovery_candidate(&self, username: &Username) -> Result<Candidate, store::Error> {
        let mut conn = self.store.reader().await?;
        let (user, id) = named(&mut conn, username).await?;
        let set = recovery_codes::by_user(&mut conn, id).await?;
        let (_, allowed) = scope(&mut conn, id).await?;
        let requirements = requirements(&mut conn, id).await?;
        Ok(Candidate { user, set, allowed, requirements })
    }
}

/// Whether a recovery code will do at this step: where a pass would.
pub fn takes_recovery_code(position: &Position) -> bool {
    matches!(position.step, Step::Identify | Step::Authenticate { pass: true, .. })
}

/// The policy, and whether it lets a person have codes.
async fn scope(conn: &mut Conn, user: UserId) -> store::Result<(RecoveryCodesPolicy, bool)> {
    let policy: RecoveryCodesPolicy = policies::get(conn, super::policies::RECOVERY_CODES).await?;
    let groups: Vec<_> =
        users::all_groups_of(conn, user).await?.into_iter().map(|(id, _)| id).collect();
    let allowed = policy.in_scope(user, &groups);
    Ok((policy, allowed))
}
