//! A signed-in session: who, how they proved it, and for how long it stands.

use std::time::Duration;

use super::assurance::{self, Acr, Factor};
use super::id::{PassId, RecoverySetId, SessionId, UserId};
use super::time::Timestamp;
use super::upstream::UpstreamId;

/// How long a session stands from its last sign-in.
pub const LIFETIME: Duration = Duration::from_secs(12 * 60 * 60);
/// How old a strong sign-in may be to change somebody's methods.
pub const FRESH: Duration = Duration::from_secs(5 * 60);

/// A signed-in session: the `sid` of OpenID Connect.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Session {
    /// The session.
    pub id: SessionId,
    /// Whose it is.
    pub user_id: UserId,
    /// What was proved, in order.
    pub factors: Vec<Factor>,
    /// When something was last proved: the `auth_time` claim.
    pub auth_time: Timestamp,
    /// When the session began.
    pub created_at: Timestamp,
    /// When it ends by itself.
    pub expires_at: Timestamp,
    /// The pass that opened it, if one did.
    pub pass: Option<PassOrigin>,
    /// The upstream that opened it, if one did: the same in the place of a pass.
    pub upstream: Option<UpstreamOrigin>,
    /// The recovery code that opened it, if one did: the same in the place of a pass.
    pub recovery: Option<RecoveryOrigin>,
    /// Whether the person declined what the policy merely suggests.
    pub offer_declined: bool,
    /// When it was ended: signed out, or its pass was deleted.
    pub ended_at: Option<Timestamp>,
}

/// What a pass gave to the session that it opened.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct PassOrigin {
    /// The pass.
    pub id: PassId,
    /// When the pass ends, and with it a session that rests on it alone.
    pub deadline: Timestamp,
    /// Until when the session may register methods.
    pub register_until: Timestamp,
}

/// What an upstream gave to the session that it opened.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct UpstreamOrigin {
    /// The upstream.
    pub id: UpstreamId,
    /// When a session ends that rests on it alone.
    pub deadline: Timestamp,
    /// Until when the session may register methods.
    pub register_until: Timestamp,
}

/// What a recovery code gave to the session that it opened.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct RecoveryOrigin {
    /// The set that the code was of.
    pub set: RecoverySetId,
    /// When a session ends that rests on it alone.
    pub deadline: Timestamp,
    /// Until when the session may register methods.
    pub register_until: Timestamp,
}

/// What was opened by something that is good for setting up only, and no further: a pass, a
/// recovery code or an upstream.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Bootstrap {
    /// When it ends, and with it a session that rests on it alone.
    pub deadline: Timestamp,
    /// Until when the session may register methods.
    pub register_until: Timestamp,
}

impl Session {
    /// A new session that a pass opened.
    pub fn from_pass(id: SessionId, user_id: UserId, pass: PassOrigin, now: Timestamp) -> Self {
        Self {
            id,
            user_id,
            factors: vec![Factor::TemporaryAccessPass],
            auth_time: now,
            created_at: now,
            expires_at: pass.deadline,
            pass: Some(pass),
            upstream: None,
            recovery: None,
            offer_declined: false,
            ended_at: None,
        }
    }

    /// A new session that an upstream opened, to which the person proved at `auth_time` who they
    /// are.
    pub fn from_upstream(
        id: SessionId,
        user_id: UserId,
        upstream: UpstreamOrigin,
        auth_time: Timestamp,
        now: Timestamp,
    ) -> Self {
        Self {
            id,
            user_id,
            factors: vec![Factor::Upstream],
            auth_time: auth_time.min(now),
            created_at: now,
            expires_at: upstream.deadline,
            pass: None,
            upstream: Some(upstream),
            recovery: None,
            offer_declined: false,
            ended_at: None,
        }
    }

    /// A new session that a recovery code opened.
    pub fn from_recovery_code(
        id: SessionId,
        user_id: UserId,
        recovery: RecoveryOrigin,
        now: Timestamp,
    ) -> Self {
        Self {
            id,
            user_id,
            factors: vec![Factor::RecoveryCode],
            auth_time: now,
            created_at: now,
            expires_at: recovery.deadline,
            pass: None,
            upstream: None,
            recovery: Some(recovery),
            offer_declined: false,
            ended_at: None,
        }
    }

    /// A new session that a key opened.
    pub fn from_key(id: SessionId, user_id: UserId, key: Factor, now: Timestamp) -> Self {
        Self {
            id,
            user_id,
            factors: vec![key],
            auth_time: now,
            created_at: now,
            expires_at: now.plus(LIFETIME),
            pass: None,
            upstream: None,
            recovery: None,
            offer_declined: false,
            ended_at: None,
        }
    }

    /// The same session after another factor was proved in it. A key makes it stand on its own.
    #[must_use]
    pub fn strengthened(mut self, factor: Factor, now: Timestamp) -> Self {
        if !self.factors.contains(&factor) {
            self.factors.push(factor);
        }
        self.auth_time = now;
        if !self.rests_on_bootstrap_alone() {
            self.expires_at = now.plus(LIFETIME);
        }
        self
    }

    /// What opened it, if that was good for setting up only.
    pub fn bootstrap(&self) -> Option<Bootstrap> {
        let pass = self.pass.map(|it| (it.deadline, it.register_until));
        let upstream = self.upstream.as_ref().map(|it| (it.deadline, it.register_until));
        let recovery = self.recovery.map(|it| (it.deadline, it.register_until));
        let (deadline, register_until) = pass.or(upstream).or(recovery)?;
        Some(Bootstrap { deadline, register_until })
    }

    /// Whether nothing but a pass, or an upstream in its place, was proved.
    pub fn rests_on_bootstrap_alone(&self) -> bool {
        self.acr() <= Acr::Bootstrap
    }

    /// The authentication context class it reaches.
    pub fn acr(&self) -> Acr {
        assurance::acr(&self.factors)
    }

    /// The moment beyond which nothing that rests on this session may live: the deadline of its
    /// pass or upstream.
    pub fn hard_deadline(&self) -> Option<Timestamp> {
        self.bootstrap().filter(|_| self.rests_on_bootstrap_alone()).map(|it| it.deadline)
    }

    /// Whether it still stands as a browser session.
    pub fn is_live(&self, now: Timestamp) -> bool {
        self.is_valid_grant_base(now) && now < self.expires_at
    }

    /// Whether tokens that were given under it may still be used and refreshed: longer than the
    /// browser session, but not past sign-out nor past the deadline of a pass.
    pub fn is_valid_grant_base(&self, now: Timestamp) -> bool {
        self.ended_at.is_none() && self.hard_deadline().is_none_or(|deadline| now < deadline)
    }

    /// Whether methods may be registered in it now: inside the window of its pass or upstream, or soon after a
    /// strong sign-in.
    pub fn may_register(&self, now: Timestamp) -> bool {
        if self.rests_on_bootstrap_alone() {
            self.bootstrap().is_some_and(|it| now < it.register_until)
        } else {
            now.since(self.auth_time) <= FRESH
        }
    }
}

#[cfg(test)]
mod tests {
    use uuid::Uuid;

    use super::*;

    const MINUTE: Duration = Duration::from_secs(60);

    fn pass_session(now: Timestamp) -> Session {
        let origin = PassOrigin {
            id: PassId(Uuid::nil()),
            deadline: now.plus(60 * MINUTE),
            register_until: now.plus(10 * MINUTE),
        };
        Session::from_pass(SessionId(Uuid::nil()), UserId(Uuid::nil()), origin, now)
    }

    #[test]
    fn a_pass_session_dies_with_its_pass() {
        let now = Timestamp::parse("2026-11-23T09:00:00Z").unwrap();
        let session = pass_session(now);
        assert!(session.is_live(now.plus(59 * MINUTE)));
        assert!(!session.is_live(now.plus(60 * MINUTE)));
        assert!(!session.is_valid_grant_base(now.plus(60 * MINUTE)));
        assert!(session.may_register(now.plus(9 * MINUTE)));
        assert!(!session.may_register(now.plus(10 * MINUTE)));
    }

    #[test]
    fn a_session_of_an_upstream_is_bounded_like_that_of_a_pass() {
        let now = Timestamp::parse("2026-11-23T09:00:00Z").unwrap();
        let upstream = UpstreamOrigin {
            id: "contoso".parse().unwrap(),
            deadline: now.plus(60 * MINUTE),
            register_until: now.plus(10 * MINUTE),
        };
        let (id, user) = (SessionId(Uuid::nil()), UserId(Uuid::nil()));
        let before = now.minus(30 * MINUTE);
        let session = Session::from_upstream(id, user, upstream, before, now);
        assert_eq!((session.acr(), session.auth_time), (Acr::Upstream, before));
        assert_eq!(session.hard_deadline(), Some(now.plus(60 * MINUTE)));
        assert!(session.rests_on_bootstrap_alone());
        assert!(session.is_live(now.plus(59 * MINUTE)));
        assert!(!session.is_valid_grant_base(now.plus(60 * MINUTE)));
        assert!(session.may_register(now.plus(9 * MINUTE)));
        assert!(!session.may_register(now.plus(10 * MINUTE)));
        let stronger =
            session.strengthened(Factor::Key { device_bound: false, attested: false }, now);
        assert_eq!(stronger.hard_deadline(), None);
        assert!(!stronger.rests_on_bootstrap_alone() && stronger.is_live(now.plus(120 * MINUTE)));
    }

    #[test]
    fn a_key_makes_it_stand_on_its_own() {
        let now = Timestamp::parse("2026-11-23T09:00:00Z").unwrap();
        let later = now.plus(5 * MINUTE);
        let session = pass_session(now)
            .strengthened(Factor::Key { device_bound: true, attested: false }, later);
        assert_eq!(session.acr(), Acr::PhishingResistant);
        assert_eq!(session.hard_deadline(), None);
        assert!(session.is_live(now.plus(120 * MINUTE)));
        assert!(session.may_register(later.plus(FRESH)));
        assert!(!session.may_register(later.plus(FRESH + MINUTE)));
        let ended = Session { ended_at: Some(later), ..session };
        assert!(!ended.is_live(later) && !ended.is_valid_grant_base(later));
    }
}
