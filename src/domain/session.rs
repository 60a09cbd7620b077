//! A signed-in session: who, how they proved it, and for how long it stands.
//!
//! Changing how somebody signs in takes more than a session: see [`Session::may_change`].

use std::time::Duration;

use serde::{Deserialize, Serialize};

use super::agent::Place;
use super::assurance::{self, Acr, Factor};
use super::credential::Credential;
use super::id::{MethodId, PassId, RecoverySetId, SessionId, UserId};
use super::policy::SessionPolicy;
use super::time::Timestamp;
use super::upstream::UpstreamId;

/// How long a session stands from its last sign-in, unless the policy says otherwise.
pub const SESSION_LIFETIME: Duration = Duration::from_secs(12 * 60 * 60);
/// How old a strong sign-in may be to change somebody's methods.
pub const FRESH: Duration = Duration::from_secs(5 * 60);

/// One thing that was proved in a session.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Proof {
    /// What was proved.
    pub factor: Factor,
    /// With which of the person's methods, where it was one.
    #[serde(default)]
    pub method: Option<MethodId>,
    /// When, for the last time.
    pub at: Timestamp,
}

impl Proof {
    /// That the person used this method now.
    pub fn by(method: &Credential, factor: Factor, now: Timestamp) -> Self {
        Self { factor, method: Some(method.id), at: now }
    }

    /// That the person proved something now that is no method of theirs: a pass, a code.
    pub fn of(factor: Factor, now: Timestamp) -> Self {
        Self { factor, method: None, at: now }
    }
}

/// A signed-in session: the `sid` of OpenID Connect.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Session {
    /// The session.
    pub id: SessionId,
    /// Whose it is.
    pub user_id: UserId,
    /// What was proved, in order.
    pub factors: Vec<Factor>,
    /// The same with when and by which method, the latest of each.
    pub proofs: Vec<Proof>,
    /// When something was last proved: the `auth_time` claim.
    pub auth_time: Timestamp,
    /// When the session began.
    pub created_at: Timestamp,
    /// When it ends by itself.
    pub expires_at: Timestamp,
    /// When it ends if nothing more is done in it; none where the policy has no such limit.
    pub idle_until: Option<Timestamp>,
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
            proofs: vec![Proof::of(Factor::TemporaryAccessPass, now)],
            auth_time: now,
            created_at: now,
            expires_at: pass.deadline,
            idle_until: None,
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
            proofs: vec![Proof::of(Factor::Upstream, auth_time.min(now))],
            auth_time: auth_time.min(now),
            created_at: now,
            expires_at: upstream.deadline,
            idle_until: None,
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
            proofs: vec![Proof::of(Factor::RecoveryCode, now)],
            auth_time: now,
            created_at: now,
            expires_at: recovery.deadline,
            idle_until: None,
            pass: None,
            upstream: None,
            recovery: Some(recovery),
            offer_declined: false,
            ended_at: None,
        }
    }

    /// A new session that a method opened.
    pub fn from_method(id: SessionId, user_id: UserId, proof: Proof) -> Self {
        Self {
            id,
            user_id,
            factors: vec![proof.factor],
            proofs: vec![proof],
            auth_time: proof.at,
            created_at: proof.at,
            expires_at: proof.at.plus(SESSION_LIFETIME),
            idle_until: None,
            pass: None,
            upstream: None,
            recovery: None,
            offer_declined: false,
            ended_at: None,
        }
    }

    /// The same session after something else was proved in it. A method makes it stand on its own.
    #[must_use]
    pub fn strengthened(mut self, proof: Proof) -> Self {
        if !self.factors.contains(&proof.factor) {
            self.factors.push(proof.factor);
        }
        self.proofs.retain(|it| it.method != proof.method || proof.method.is_none());
        self.proofs.retain(|it| it.factor != proof.factor || it.method != proof.method);
        self.proofs.push(proof);
        self.auth_time = proof.at;
        if !self.rests_on_bootstrap_alone() {
            self.expires_at = proof.at.plus(SESSION_LIFETIME);
        }
        self
    }

    /// The same session within the limits of the policy, after something was proved in it now. What
    /// opened it by a pass or an upstream has its own end, which comes first.
    #[must_use]
    pub fn within(mut self, policy: &SessionPolicy, now: Timestamp) -> Self {
        let end = now.plus(policy.absolute());
        let bound = self.hard_deadline().map_or(end, |deadline| end.min(deadline));
        self.expires_at = bound;
        self.idle_until = policy.idle().map(|idle| now.plus(idle));
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

    /// When this class, or more, was last proved in it, if it was: the moment from which on what was
    /// proved reaches it. Something weaker that came later makes it no younger. Where nothing was
    /// written down, it is the last moment at which anything was proved.
    pub fn proved_at(&self, class: Acr) -> Option<Timestamp> {
        if self.proofs.is_empty() {
            return (self.acr() >= class).then_some(self.auth_time);
        }
        let mut proofs = self.proofs.clone();
        proofs.sort_by_key(|proof| std::cmp::Reverse(proof.at));
        let mut factors = Vec::new();
        proofs.into_iter().find_map(|proof| {
            factors.push(proof.factor);
            (assurance::acr(&factors) >= class).then_some(proof.at)
        })
    }

    /// The moment beyond which nothing that rests on this session may live: the deadline of its
    /// pass or upstream.
    pub fn hard_deadline(&self) -> Option<Timestamp> {
        self.bootstrap().filter(|_| self.rests_on_bootstrap_alone()).map(|it| it.deadline)
    }

    /// Whether it still stands as a browser session: not ended, and within both limits.
    pub fn is_live(&self, now: Timestamp) -> bool {
        self.is_valid_grant_base(now)
            && now < self.expires_at
            && self.idle_until.is_none_or(|until| now < until)
    }

    /// Whether tokens that were given under it may still be used and refreshed: longer than the
    /// browser session, but not past sign-out nor past the deadline of a pass.
    pub fn is_valid_grant_base(&self, now: Timestamp) -> bool {
        self.ended_at.is_none() && self.hard_deadline().is_none_or(|deadline| now < deadline)
    }

    /// When a single thing was last proved that reaches this class by itself.
    pub fn reached_at(&self, class: Acr) -> Option<Timestamp> {
        let reaches = |proof: &&Proof| assurance::acr(&[proof.factor]) >= class;
        self.proofs.iter().filter(reaches).map(|proof| proof.at).max()
    }

    /// Whether methods may be changed in it now: what was proved within [`FRESH`], with methods
    /// that the person can still use, reaches the class that it takes. `usable` are those methods.
    ///
    /// Whoever has a key must have used a key; whoever has less must have reached
    /// [`Acr::MultiFactor`]. What is weaker and was proved later makes nothing that is older any
    /// younger. Where no method is left, the one that was used last is good for as long as it would
    /// have been: whoever removes their last one may add another. A pass, an upstream or a recovery
    /// code changes nothing.
    pub fn may_change(&self, usable: &[&Credential], now: Timestamp) -> bool {
        let needed = usable.iter().map(|method| method.reaches()).max();
        let needed = needed
            .map_or(Acr::MultiFactor, |best| best.clamp(Acr::MultiFactor, Acr::PhishingResistant));
        let can_still_be_used = |proof: &Proof| match proof.method {
            Some(id) => usable.is_empty() || usable.iter().any(|method| method.id == id),
            None => true,
        };
        let young = self.proofs.iter().filter(|it| now.since(it.at) <= FRESH);
        let proved: Vec<Factor> =
            young.filter(|it| can_still_be_used(it)).map(|it| it.factor).collect();
        !self.rests_on_bootstrap_alone() && assurance::acr(&proved) >= needed
    }

    /// Whether methods may be registered in it now: inside the window of its pass or upstream, or
    /// where they may be changed.
    pub fn may_register(&self, usable: &[&Credential], now: Timestamp) -> bool {
        if self.rests_on_bootstrap_alone() {
            self.bootstrap().is_some_and(|it| now < it.register_until)
        } else {
            self.may_change(usable, now)
        }
    }

    /// Whether it rests on this method: without it, what was proved in it would reach less, or not
    /// make it stand on its own. Where that was not written down, it may.
    pub fn rests_on(&self, method: MethodId) -> bool {
        if self.proofs.is_empty() {
            return !self.rests_on_bootstrap_alone();
        }
        let is_used = self.proofs.iter().any(|proof| proof.method == Some(method));
        let others: Vec<Factor> = self
            .proofs
            .iter()
            .filter(|proof| proof.method != Some(method))
            .map(|proof| proof.factor)
            .collect();
        let rest = assurance::acr(&others);
        is_used && (rest <= Acr::Bootstrap || rest < self.acr())
    }

    /// What was proved in it from a moment on, as a session of its own: what is told to whoever wants
    /// a fresh sign-in. The whole, where nothing was or nothing was written down.
    #[must_use]
    pub fn proved_since(&self, since: Timestamp) -> Self {
        let proofs: Vec<Proof> = self.proofs.iter().filter(|it| it.at >= since).copied().collect();
        if proofs.is_empty() {
            return self.clone();
        }
        let is_fresh = |factor: &Factor| proofs.iter().any(|proof| proof.factor == *factor);
        let factors = self.factors.iter().filter(|it| is_fresh(it)).copied().collect();
        Self { factors, proofs, ..self.clone() }
    }
}

/// A session as its owner recognises it.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Seen {
    /// The session.
    pub session: Session,
    /// When something was last done in it.
    pub last_active_at: Timestamp,
    /// From where.
    pub place: Place,
}

#[cfg(test)]
mod tests;
