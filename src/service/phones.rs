//! Paired phones: which one asks, what it is shown, and how it is told.

use std::collections::HashMap;
use std::sync::{Arc, Mutex, PoisonError};
use std::time::Duration;

use tokio::sync::{Notify, OwnedSemaphorePermit, Semaphore};

use super::authorization::GrantError;
use super::dpop::Proof;
use super::{Failure, Services};
use crate::crypto::jws::{self, Claims};
use crate::crypto::token;
use crate::domain::client::SigningAlgorithm;
use crate::domain::credential::{Credential, MethodKind};
use crate::domain::id::JourneyId;
use crate::domain::phone::{PhoneKey, PhoneRequest, SILENCE};
use crate::domain::recovery::is_outdated;
use crate::domain::time::Timestamp;
use crate::domain::user::User;
use crate::store::{self, credentials, phone_requests, phones, users};

/// Streams of computers, and as many of phones, that wait for something on one instance.
const STREAMS_MAX: usize = 4096;
/// Streams of one journey or of one phone: some pages of it, and one that its browser left and has
/// not closed yet.
const STREAMS_EACH: usize = 4;
/// How soon what happened on another instance is seen by who waits here.
const LOOK_AGAIN: Duration = Duration::from_secs(1);
/// How wrong the clock of a phone may be where it signs: minutes, since phones may be set by hand.
/// A statement is about one request or one code, which are decided once and over soon by our clock.
const SKEW: Duration = Duration::from_secs(5 * 60);

/// Why a phone was not listened to.
#[derive(Debug, thiserror::Error)]
pub enum PhoneError {
    /// Its proof must carry this nonce (RFC 9449 §8).
    #[error("the proof must carry the nonce")]
    Nonce(String),
    /// What it signed does not hold.
    #[error("{0}")]
    Proof(&'static str),
    /// It is nobody's phone (any more).
    #[error("this phone is not paired")]
    Unknown,
    /// Its person's account is switched off.
    #[error("the account is disabled")]
    Disabled,
    /// The code or the request is over, or never was.
    #[error("this is over")]
    Gone,
    /// The number was not the one that the computer shows.
    #[error("that was not the number")]
    WrongNumber,
    /// The phone did not verify its user.
    #[error("the user was not verified")]
    NotVerified,
    /// What was sent cannot be read.
    #[error("what the phone sent cannot be read")]
    Malformed,
    /// It could not be done.
    #[error(transparent)]
    Failure(#[from] Failure),
}

impl From<store::Error> for PhoneError {
    fn from(error: store::Error) -> Self {
        Self::Failure(error.into())
    }
}

impl From<GrantError> for PhoneError {
    fn from(error: GrantError) -> Self {
        match error {
            GrantError::Nonce(nonce) => Self::Nonce(nonce),
            GrantError::Proof(why) => Self::Proof(why),
            GrantError::Failure(failure) => Self::Failure(failure),
            _ => Self::Malformed,
        }
    }
}

/// A phone that has just proved that it holds its key.
#[derive(Clone, Debug)]
pub struct ProvedHolder {
    /// Whose it is.
    pub user: User,
    /// The method.
    pub phone: Credential,
}

/// What there is for a phone to show.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Feed {
    /// It was removed.
    Removed,
    /// The account is switched off.
    Disabled,
    /// Nothing; and until when it is asked nothing at all.
    Idle(Option<Timestamp>),
    /// Somebody wants to sign in.
    Asked(Box<PhoneRequest>),
}

/// Who waits.
#[derive(Clone, Debug, PartialEq, Eq, Hash)]
pub enum Waiting {
    /// The computer, in this journey.
    Computer(JourneyId),
    /// The phone with this key.
    Phone(String),
}

/// What whoever waits for something on this instance listens to.
#[derive(Debug)]
pub struct Bell {
    rung: Notify,
    computers: Arc<Semaphore>,
    phones: Arc<Semaphore>,
    each: Mutex<HashMap<Waiting, usize>>,
}

impl Default for Bell {
    fn default() -> Self {
        let places = || Arc::new(Semaphore::new(STREAMS_MAX));
        Self { rung: Notify::new(), computers: places(), phones: places(), each: Mutex::default() }
    }
}

impl Bell {
    /// Something changed for somebody.
    pub fn ring(&self) {
        self.rung.notify_waiters();
    }

    /// Waits until something may have changed.
    pub async fn wait(&self) {
        // Another instance rings no bell of ours.
        let _ = tokio::time::timeout(LOOK_AGAIN, self.rung.notified()).await;
    }

    /// A place among those who wait: none where all are taken, or where one journey or phone has
    /// several already. Those of computers, which strangers can have, are apart from those of phones.
    pub fn place(self: &Arc<Self>, who: Waiting) -> Result<Place, Failure> {
        let full = || Failure::Unavailable("too many wait for their phones".into());
        let places = match who {
            Waiting::Computer(_) => &self.computers,
            Waiting::Phone(_) => &self.phones,
        };
        let permit = Arc::clone(places).try_acquire_owned().map_err(|_| full())?;
        let mut each = self.each.lock().unwrap_or_else(PoisonError::into_inner);
        let taken = each.entry(who.clone()).or_default();
        if *taken >= STREAMS_EACH {
            return Err(full());
        }
        *taken += 1;
        drop(each);
        Ok(Place { bell: Arc::clone(self), who, _permit: permit })
    }
}

/// A place among those who wait, for as long as it is held.
#[derive(Debug)]
pub struct Place {
    bell: Arc<Bell>,
    who: Waiting,
    _permit: OwnedSemaphorePermit,
}

impl Drop for Place {
    fn drop(&mut self) {
        let mut each = self.bell.each.lock().unwrap_or_else(PoisonError::into_inner);
        if let Some(taken) = each.get_mut(&self.who) {
            *taken -= 1;
            if *taken == 0 {
                each.remove(&self.who);
            }
        }
    }
}

/// Something that a phone signed with its key.
pub(super) struct Statement {
    pub(super) key: PhoneKey,
    pub(super) thumbprint: String,
    pub(super) claims: Claims,
}

impl Statement {
    /// A claim that is text.
    pub(super) fn text(&self, name: &str) -> Option<&str> {
        self.claims.get(name).and_then(serde_json::Value::as_str)
    }
}

impl Services {
    /// Which phone asks, by the proof that it holds its key (RFC 9449 §4.3). A proof is good once.
    pub async fn phone_of(&self, proof: Proof<'_>) -> Result<ProvedHolder, PhoneError> {
        let thumbprint = self.prove(proof, None).await?;
        self.holder(&thumbprint).await
    }

    /// The phone with this key, and its person.
    pub(super) async fn holder(&self, thumbprint: &str) -> Result<ProvedHolder, PhoneError> {
        let mut conn = self.store.reader().await?;
        let found = credentials::by_credential_id(&mut conn, thumbprint).await?;
        let phone = found.filter(|found| found.kind == MethodKind::Phone);
        let phone = phone.ok_or(PhoneError::Unknown)?;
        let user = users::by_id(&mut conn, phone.user_id).await?.ok_or(PhoneError::Unknown)?;
        if !user.enabled {
            return Err(PhoneError::Disabled);
        }
        // Its person must register anew, and this is from before.
        if is_outdated(&user, &phone) {
            return Err(PhoneError::Unknown);
        }
        Ok(ProvedHolder { user, phone })
    }

    /// What a phone has to show now.
    pub async fn phone_feed(&self, thumbprint: &str) -> Result<Feed, Failure> {
        let user = match self.holder(thumbprint).await {
            Ok(ProvedHolder { user, .. }) => user,
            Err(PhoneError::Failure(failure)) => return Err(failure),
            Err(PhoneError::Disabled) => return Ok(Feed::Disabled),
            Err(_) => return Ok(Feed::Removed),
        };
        let (mut conn, now) = (self.store.reader().await?, self.now());
        if let Some(request) = phone_requests::front(&mut conn, user.id, now).await? {
            return Ok(Feed::Asked(Box::new(request)));
        }
        Ok(Feed::Idle(phones::silenced_until(&mut conn, user.id, now).await?))
    }

    /// Silences the phones of this phone's person for a while, or listens again. Returns until when.
    pub async fn silence_phones(
        &self,
        proof: Proof<'_>,
        silent: bool,
    ) -> Result<Option<Timestamp>, PhoneError> {
        let user = self.phone_of(proof).await?.user.id;
        let until = silent.then(|| self.now().plus(SILENCE));
        self.store
            .write(move |conn| Box::pin(async move { phones::silence(conn, user, until).await }))
            .await?;
        self.bell.ring();
        Ok(until)
    }

    /// Tells a person's phones that somebody waits: called once a request that reaches somebody was
    /// stored. Pages that are open hear the bell; phones that subscribed are woken by Web Push.
    pub(super) fn tell_phone(&self, request: &PhoneRequest) {
        self.bell.ring();
        if let Some(user) = request.user_id {
            self.wake_phones(user, request.expires_at.since(request.created_at));
        }
    }

    /// What a phone signed, of this type, for us and about now. The signature shows that it holds
    /// the key in it, and nothing else.
    pub(super) fn statement(&self, jwt: &str, typ: &str) -> Result<Statement, PhoneError> {
        let (signed, thumbprint) = jws::verify_self_signed(jwt, &[SigningAlgorithm::Es256])
            .map_err(|error| {
                tracing::info!(%error, "what a phone signed was refused");
                PhoneError::Proof("it is not signed by the key in it")
            })?;
        if signed.typ.as_deref() != Some(typ) {
            return Err(PhoneError::Proof("it is a statement of another kind"));
        }
        let (header, _) = jws::unverified(jwt).map_err(|_| PhoneError::Malformed)?;
        let key = header.get("jwk").cloned().unwrap_or_default();
        let mut key: PhoneKey = serde_json::from_value(key).map_err(|_| PhoneError::Malformed)?;
        key.user_verifying = false;
        if (key.kty.as_str(), key.crv.as_str()) != ("EC", "P-256") {
            return Err(PhoneError::Proof("the key is not one for ES256"));
        }
        let statement = Statement { key, thumbprint, claims: signed.claims };
        let ours = |name: &str, expected: &str| {
            statement.text(name).is_some_and(|value| token::equal(value, expected))
        };
        if !ours("aud", self.issuer_text()) {
            return Err(PhoneError::Proof("aud is not this server"));
        }
        if !ours("origin", &self.issuer.origin().ascii_serialization()) {
            return Err(PhoneError::Proof("it was signed on a page of another origin"));
        }
        let now = self.now();
        let issued = statement.claims.get("iat").and_then(serde_json::Value::as_f64);
        let issued = issued.map(Timestamp::from_seconds);
        if issued.is_none_or(|iat| iat > now.plus(SKEW) || iat.plus(SKEW) < now) {
            return Err(PhoneError::Proof("iat is missing or not about now"));
        }
        Ok(statement)
    }
}
