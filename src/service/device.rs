//! Device authorization (RFC 8628): a device asks, a person types its code, looks at what asks and
//! allows it, the device fetches its tokens.

use super::authorization::{Asked, GrantError, audience, must_prove};
use super::journeys::{JourneyError, Position};
use super::redemption::{OneTime, Redeemed};
use super::tokens::{Minting, TokenSet};
use super::{Failure, Origin, Services};
use crate::crypto::token::{self, Token};
use crate::domain::assurance::Acr;
use crate::domain::attempts::USER_CODES;
use crate::domain::audit::Activity;
use crate::domain::client::{Client, GrantType, Scope};
use crate::domain::device::{DEVICE_CODE_LIFETIME, DeviceRequest, DeviceState, UserCode};
use crate::domain::grant::{Grant, Terms};
use crate::domain::id::GrantId;
use crate::domain::journey::{DeviceVisit, Step};
use crate::domain::registered_device::Told;
use crate::domain::session::Session;
use crate::domain::time::Timestamp;
use crate::store::attempts::{Admission, admit_with, excuse};
use crate::store::{self, audit, device_codes, grants, journeys, sessions};

/// How often another user code is drawn where somebody has it already.
const DRAWS: u32 = 8;

/// What a device gets to begin with (RFC 8628 §3.2).
#[derive(Debug)]
pub struct Begun {
    /// What it polls with. A secret.
    pub device_code: Token,
    /// What it shows.
    pub user_code: UserCode,
}

/// Why a device gets no tokens, or not yet (RFC 8628 §3.5).
#[derive(Debug, thiserror::Error)]
pub enum DeviceError {
    /// `authorization_pending`.
    #[error("nobody has decided yet")]
    Pending,
    /// `slow_down`.
    #[error("the device polls too often")]
    SlowDown,
    /// `access_denied`.
    #[error("the person denied it")]
    Denied,
    /// `expired_token`.
    #[error("the code has expired")]
    Expired,
    /// `access_denied`: the person may have no more devices.
    #[error("the person has as many devices as one may have")]
    Full,
    /// As any grant.
    #[error(transparent)]
    Grant(#[from] GrantError),
}

impl From<Failure> for DeviceError {
    fn from(failure: Failure) -> Self {
        Self::Grant(failure.into())
    }
}

impl From<store::Error> for DeviceError {
    fn from(error: store::Error) -> Self {
        Self::Grant(error.into())
    }
}

/// Why a user code leads nowhere. There is one answer for every true reason: no such code, expired,
/// used, denied.
#[derive(Debug, thiserror::Error)]
pub enum UserCodeError {
    /// It does not work.
    #[error("that code does not work")]
    Unknown,
    /// Too many wrong tries from this address: the next one is heard at this time.
    #[error("too many wrong tries")]
    Wait(Timestamp),
    /// It could not be done.
    #[error(transparent)]
    Failure(#[from] Failure),
}

/// What became of a person's decision.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Decided {
    /// It counts.
    Yes,
    /// It came too late: the code has expired, or somebody decided in another browser.
    TooLate,
}

impl Position {
    /// Whether the person has something to sign in with and might have added more, as far as the
    /// policy goes: where they may register nothing, a pass gives nothing that outlives it.
    pub fn could_add(&self) -> bool {
        !self.methods.is_empty() && !self.policy.allowed_kinds.is_empty()
    }
}

impl Services {
    /// Takes down what a device asks for (RFC 8628 §3.1).
    pub async fn authorize_device(
        &self,
        client: &Client,
        scopes: Vec<Scope>,
        resources: Vec<String>,
        told: Told,
        origin: Origin,
    ) -> Result<Begun, Failure> {
        let now = self.now();
        let device_code = Token::generate(self.random.as_ref());
        for _ in 0..DRAWS {
            let user_code = UserCode::generate(self.random.as_ref());
            let request = DeviceRequest {
                user_code: user_code.clone(),
                client_id: client.id.clone(),
                scopes: scopes.clone(),
                resources: resources.clone(),
                told: told.clone(),
                address: origin.text(),
                asked_at: now,
                expires_at: now.plus(DEVICE_CODE_LIFETIME),
            };
            let hash = device_code.hash();
            let fresh = self
                .store
                .write(move |conn| {
                    Box::pin(async move { device_codes::insert(conn, &hash, &request).await })
                })
                .await?;
            if fresh {
                return Ok(Begun { device_code, user_code });
            }
        }
        Err(Failure::Unavailable("no free user code was found".into()))
    }

    /// What brings somebody here who typed this code (RFC 8628 §3.3). Wrong ones are counted by
    /// address (§5.1).
    pub async fn visit_device(
        &self,
        typed: &str,
        origin: Origin,
    ) -> Result<DeviceVisit, UserCodeError> {
        // What cannot be a code is no guess.
        let Some(code) = UserCode::parse(typed) else { return Err(UserCodeError::Unknown) };
        let (key, now) = (token::hash(&format!("device {}", origin.limit_key())), self.now());
        let (admission, found) = self
            .store
            .write(move |conn| {
                Box::pin(async move {
                    // Counted before it is looked for: tries side by side cannot outrun the limit.
                    let admission = admit_with(conn, &key, &USER_CODES, now).await?;
                    let found = match admission {
                        Admission::Admitted => device_codes::pending(conn, &code, now).await?,
                        Admission::Blocked { .. } => None,
                    };
                    if found.is_some() {
                        excuse(conn, &key).await?;
                    }
                    Ok((admission, found))
                })
            })
            .await
            .map_err(Failure::from)?;
        let entry = self.entry(Activity::DeviceAuthorized, origin);
        if let Admission::Blocked { until } = admission {
            let detail = format!("blocked after {} wrong codes until {until}", USER_CODES.free);
            self.note(entry.refused(detail)).await?;
            return Err(UserCodeError::Wait(until));
        }
        let client = match &found {
            Some((_, request)) => self.client(&request.client_id).await?,
            None => None,
        };
        let client = client.filter(|it| it.settings.grant_types.contains(&GrantType::DeviceCode));
        let (Some((code, request)), Some(client)) = (found, client) else {
            self.note(entry.refused("no device waits under this code")).await?;
            return Err(UserCodeError::Unknown);
        };
        Ok(DeviceVisit {
            code,
            request,
            max_age: client.settings.default_max_age,
            acr: Acr::demanded(&client.settings.default_acr_values.join(" ")),
        })
    }

    /// The person says that the device is theirs.
    pub async fn recognise_device(&self, position: &Position) -> Result<(), JourneyError> {
        if position.step != Step::Recognise {
            return Err(JourneyError::MovedOn);
        }
        let mut progress = position.journey.progress.clone();
        progress.recognised = true;
        self.advance(position, progress).await
    }

    /// The person agrees to what the device asks for. It gets that when the journey is finished.
    pub async fn allow_device(&self, position: &Position) -> Result<(), JourneyError> {
        let (Step::Confirm, Some(_), Some(user)) =
            (&position.step, position.journey.purpose.device(), &position.user)
        else {
            return Err(JourneyError::MovedOn);
        };
        let mut progress = position.journey.progress.clone();
        progress.consented = Some(user.id);
        self.advance(position, progress).await
    }

    /// Gives a device what a finished journey has earned it. Asked again, says what became of it.
    pub async fn approve_device(
        &self,
        position: &Position,
        origin: Origin,
    ) -> Result<Decided, JourneyError> {
        let (Step::Finish, Some(visit), Some(session), Some(client)) = (
            &position.step,
            position.journey.purpose.device(),
            &position.session,
            &position.client,
        ) else {
            return Err(JourneyError::MovedOn);
        };
        let now = self.now();
        // What is set up stands on a session of its own: signing out of this browser leaves it.
        let (own, grant) = if client.settings.device_registration {
            let (own, grant) = self.device_session(visit, session, position.could_add());
            (Some(own), grant)
        } else {
            (None, self.device_grant(visit, session))
        };
        let terms = Terms::from(client.settings.lifetimes);
        let forgotten = visit.request.expires_at.plus(terms.access_token);
        let entry = self.entry(Activity::DeviceAuthorized, origin).by_user(grant.user_id);
        let entry = entry.client(Some(&grant.client_id));
        let late = entry.clone().refused("the code has expired, or was decided elsewhere").done();
        let event = entry.detail(Scope::join(&grant.scopes)).done();
        let (journey, hash) = (position.journey.clone(), visit.code.clone());
        let here = session.id;
        let decided = self
            .store
            .write(move |conn| {
                Box::pin(async move {
                    // Whoever ends the session knows to whom something was given under it.
                    if journey.finished_at.is_none() && !sessions::hold(conn, here).await? {
                        return Ok(None);
                    }
                    let first = journey.finished_at.is_none()
                        && journeys::finish(conn, &journey, now).await?;
                    if first {
                        let place = (journey.id, here);
                        if !device_codes::approve(conn, &hash, grant.id, place, now).await? {
                            audit::insert(conn, &late).await?;
                            return Ok(Some(Decided::TooLate));
                        }
                        if let Some(own) = own {
                            // No browser has this key.
                            sessions::put(conn, &own, &format!("device {}", own.id)).await?;
                        }
                        grants::insert(conn, &grant, forgotten).await?;
                        audit::insert(conn, &event).await?;
                        return Ok(Some(Decided::Yes));
                    }
                    let there = journeys::of_browser(conn, journey.id, &journey.browser, now);
                    if there.await?.is_some_and(|it| it.finished_at.is_none()) {
                        return Ok(None);
                    }
                    let state = device_codes::by_hash(conn, &hash).await?.map(|it| it.state);
                    Ok(Some(match state {
                        Some(DeviceState::Approved(_, here)) if here == journey.id => Decided::Yes,
                        _ => Decided::TooLate,
                    }))
                })
            })
            .await?;
        decided.ok_or(JourneyError::MovedOn)
    }

    /// The person does not want the device to get anything: it is not theirs, or asks for too much.
    pub async fn deny_device(
        &self,
        position: &Position,
        origin: Origin,
    ) -> Result<Decided, JourneyError> {
        let (Step::Recognise | Step::Confirm | Step::Unmet { .. }, Some(visit)) =
            (&position.step, position.journey.purpose.device())
        else {
            return Err(JourneyError::MovedOn);
        };
        let mut entry = self.entry(Activity::DeviceDenied, origin);
        if let (Step::Confirm | Step::Unmet { .. }, Some(user)) = (&position.step, &position.user) {
            entry = entry.by_user(user.id);
        }
        let entry = entry.client(Some(&visit.request.client_id));
        let late = entry.clone().refused("the code has expired, or was decided elsewhere").done();
        let event = entry.done();
        let (journey, hash, now) = (position.journey.clone(), visit.code.clone(), self.now());
        let decided = self
            .store
            .write(move |conn| {
                Box::pin(async move {
                    if !journeys::finish(conn, &journey, now).await? {
                        return Ok(None);
                    }
                    let first = device_codes::deny(conn, &hash, now).await?;
                    audit::insert(conn, if first { &event } else { &late }).await?;
                    Ok(Some(if first { Decided::Yes } else { Decided::TooLate }))
                })
            })
            .await?;
        decided.ok_or(JourneyError::MovedOn)
    }

    pub(super) fn device_grant(&self, visit: &DeviceVisit, session: &Session) -> Grant {
        let now = self.now();
        let id = GrantId::new(now, self.random.as_ref());
        Grant {
            scopes: visit.request.scopes.clone(),
            resources: visit.request.resources.clone(),
            ..Grant::within(id, visit.request.client_id.clone(), session, now)
        }
    }

    /// Exchanges a device code for tokens, once somebody has allowed the device (RFC 8628 §3.4). A
    /// code that was redeemed before revokes what it gave, as an authorization code does.
    pub async fn exchange_device_code(
        &self,
        client: &Client,
        device_code: &str,
        asked: Asked<'_>,
        origin: Origin,
    ) -> Result<TokenSet, DeviceError> {
        const UNKNOWN: GrantError =
            GrantError::Invalid("the device code is unknown, used, or of another client");
        let (hash, now) = (token::hash(device_code), self.now());
        let mut conn = self.store.reader().await?;
        let found = device_codes::by_hash(&mut conn, &hash).await?;
        let found = found.filter(|found| found.request.client_id == client.id).ok_or(UNKNOWN)?;
        let grant = match found.state {
            DeviceState::Approved(grant, _) => grants::by_id(&mut conn, grant).await?,
            DeviceState::Pending | DeviceState::Denied => None,
        };
        drop(conn);
        if found.redeemed_at.is_some() {
            if let Some(grant) = &grant {
                let what = "a device code was presented twice";
                self.revoke_replayed(grant, what, origin).await.map_err(GrantError::from)?;
            }
            return Err(UNKNOWN.into());
        }
        if found.state == DeviceState::Denied {
            return Err(DeviceError::Denied);
        }
        if found.request.expires_at <= now {
            return Err(DeviceError::Expired);
        }
        let bound = found.request.told.thumbprint.as_deref();
        if bound.is_some() && bound != asked.key {
            return Err(GrantError::Proof("the device code is bound to another key").into());
        }
        must_prove(client, asked)?;
        let audience = audience(&found.request.resources, asked.resources)?;
        if found.state == DeviceState::Pending {
            let in_time = self
                .store
                .write(move |conn| {
                    Box::pin(async move { device_codes::poll(conn, &hash, now).await })
                })
                .await?;
            return Err(if in_time { DeviceError::Pending } else { DeviceError::SlowDown });
        }
        let grant = grant.ok_or(UNKNOWN)?;
        let (user, session) = self.still_stands(&grant).await?;
        if client.settings.device_registration {
            self.must_be_strong_enough(client, &session).await?;
            let minting = Minting {
                client,
                grant: &grant,
                user: &user,
                session: &session,
                scopes: &grant.scopes,
                audience,
                key: asked.key,
                nonce: None,
            };
            return self.register_device(minting, hash, &found, origin).await;
        }
        let (grant, user, session) = (&grant, &user, &session);
        let presented = Redeemed { what: OneTime::DeviceCode, hash, grant, user, session };
        let tokens = self.redeem(client, presented, audience, asked.key, origin).await?;
        Ok(tokens.ok_or(UNKNOWN)?)
    }
}
