//! Devices that people have set up: the list, what is on it, and what takes it off again.

use super::authorization::GrantError;
use super::caller::Caller;
use super::device::DeviceError;
use super::mail::Letter;
use super::tokens::{Minting, TokenSet};
use super::{AdminError, Failure, Origin, Services};
use crate::crypto::token::Token;
use crate::domain::assurance::Acr;
use crate::domain::audit::Activity;
use crate::domain::authority::Action;
use crate::domain::device::DeviceAuthorization;
use crate::domain::grant::{Grant, Terms, refresh_expiry};
use crate::domain::id::{DeviceId, SessionId};
use crate::domain::journey::DeviceVisit;
use crate::domain::registered_device::{
    BY_ITSELF, DeviceChange, MOVED_ON, NAMELESS, PER_PERSON_MAX, RegisteredDevice, Told,
    device_changed, stands_alone,
};
use crate::domain::session::Session;
use crate::domain::user::User;
use crate::store::{audit, device_codes, devices, grants, sessions, users};

/// What a transaction that gives a device its tokens came to.
enum Given {
    Tokens,
    /// Somebody was faster with the same device code.
    Already,
    /// The person has as many devices as they may.
    Full,
}

impl Services {
    /// The devices of a person, the oldest first.
    pub async fn devices_of(&self, user: &User) -> Result<Vec<RegisteredDevice>, Failure> {
        Ok(devices::of_user(&mut *self.store.reader().await?, user.id, self.now()).await?)
    }

    /// Devices of everybody whose the caller may see, in the order in which they were set up, after
    /// the one with this id.
    pub async fn list_devices(
        &self,
        caller: &Caller,
        after: &str,
        limit: u32,
    ) -> Result<Vec<RegisteredDevice>, AdminError> {
        Self::permit_seeing(caller, Action::SeeDevices, None)?;
        let (mut found, mut after) = (Vec::new(), after.to_owned());
        let mut conn = self.store.reader().await?;
        loop {
            let page = devices::list(&mut conn, &after, limit, self.now()).await?;
            let is_last = page.len() < limit as usize;
            let Some(last) = page.last() else { return Ok(found) };
            after = last.id.to_string();
            for device in page {
                let owner = users::by_id(&mut conn, device.user_id).await?;
                let seen = owner.is_some_and(|owner| {
                    Self::permit_seeing(caller, Action::SeeDevices, Some(&owner)).is_ok()
                });
                if seen {
                    found.push(device);
                }
                if found.len() == limit as usize {
                    return Ok(found);
                }
            }
            if is_last {
                return Ok(found);
            }
        }
    }

    /// A device and whose it is, for somebody who may see it.
    pub async fn find_device(
        &self,
        caller: &Caller,
        id: &str,
    ) -> Result<(RegisteredDevice, User), AdminError> {
        let mut conn = self.store.reader().await?;
        let device = match id.trim().parse::<DeviceId>() {
            Ok(id) => devices::by_id(&mut conn, id, self.now()).await?,
            Err(_) => None,
        };
        let owner = match &device {
            Some(device) => users::by_id(&mut conn, device.user_id).await?,
            None => None,
        };
        // Whoever may not see a device is not told whether there is one.
        let gone = || AdminError::NotFound(format!("device {id}"));
        let Some((device, owner)) = device.zip(owner) else {
            Self::permit_seeing(caller, Action::SeeDevices, None)?;
            return Err(gone());
        };
        match Self::permit_seeing(caller, Action::SeeDevices, Some(&owner)) {
            Ok(()) => Ok((device, owner)),
            Err(_) if Self::permit_seeing(caller, Action::SeeDevices, None).is_ok() => Err(gone()),
            Err(denied) => Err(denied),
        }
    }

    /// Takes a device off a person's list: its tokens are worth nothing from now on.
    pub async fn remove_device(
        &self,
        caller: &Caller,
        owner: &User,
        id: DeviceId,
    ) -> Result<RegisteredDevice, AdminError> {
        self.permit(caller, Action::RemoveDevice, Activity::DeviceRemoved, Some(owner)).await?;
        let device = devices::by_id(&mut *self.store.reader().await?, id, self.now()).await?;
        let gone = || AdminError::NotFound(format!("device {id} of {}", owner.username.as_str()));
        let device = device.filter(|device| device.user_id == owner.id).ok_or_else(gone)?;
        let entry = self.entry_by(Activity::DeviceRemoved, caller).on(Some(owner.id));
        let event = entry.detail(device.line()).done();
        let letter = self.device_letter(owner, &device, DeviceChange::Removed)?;
        let (removed, now) = (device.clone(), self.now());
        let first = self
            .store
            .write(move |conn| {
                Box::pin(async move {
                    if !devices::remove(conn, &removed, now).await? {
                        return Ok(false);
                    }
                    if let Some(letter) = letter {
                        letter.queue(conn, now).await?;
                    }
                    audit::insert(conn, &event).await?;
                    Ok(true)
                })
            })
            .await?;
        if first { Ok(device) } else { Err(gone()) }
    }

    fn device_letter(
        &self,
        user: &User,
        device: &RegisteredDevice,
        change: DeviceChange,
    ) -> Result<Option<Letter>, Failure> {
        self.letter(device_changed(&self.sender(), user, &device.line(), change, self.now()))
    }

    /// A device gives back what it was given (RFC 7009): it leaves its list. None where the grant is
    /// none of a device.
    pub(super) async fn device_leaves(
        &self,
        grant: &Grant,
        origin: Origin,
    ) -> Result<Option<()>, Failure> {
        let mut conn = self.store.reader().await?;
        let Some(device) = devices::of_grant(&mut conn, grant.id).await? else { return Ok(None) };
        let owner = users::by_id(&mut conn, grant.user_id).await?;
        drop(conn);
        let letter = match &owner {
            Some(owner) => self.device_letter(owner, &device, DeviceChange::Removed)?,
            None => None,
        };
        let entry = self.entry(Activity::DeviceRemoved, origin).on(Some(grant.user_id));
        let entry = entry.client(Some(&grant.client_id));
        let event = entry.detail(format!("{}{BY_ITSELF}", device.line())).done();
        let now = self.now();
        self.store
            .write(move |conn| {
                Box::pin(async move {
                    if devices::remove(conn, &device, now).await? {
                        if let Some(letter) = letter {
                            letter.queue(conn, now).await?;
                        }
                        audit::insert(conn, &event).await?;
                    }
                    Ok(())
                })
            })
            .await?;
        Ok(Some(()))
    }

    /// Whether somebody may set up the device that they are asked about; more than so many is refused.
    pub async fn has_room_for_device(&self, user: &User, told: &Told) -> Result<bool, Failure> {
        let owned = self.devices_of(user).await?;
        let others = owned.iter().filter(|it| Some(&it.thumbprint) != told.thumbprint.as_ref());
        Ok(others.count() < PER_PERSON_MAX as usize)
    }

    /// What a device is given that is allowed in `session`: a session of its own, and the grant in it.
    pub(super) fn device_session(
        &self,
        visit: &DeviceVisit,
        session: &Session,
        could_add: bool,
    ) -> (Session, Grant) {
        let now = self.now();
        let id = SessionId::new(now, self.random.as_ref());
        let own = session.for_device(id, could_add, now);
        let grant = Grant {
            session_id: own.id,
            dpop_jkt: visit.request.told.thumbprint.clone(),
            ..self.device_grant(visit, session)
        };
        (own, grant)
    }

    /// Whether a device that is allowed in `session` stays signed in until it is removed.
    pub fn device_would_stay(&self, session: &Session, could_add: bool) -> bool {
        stands_alone(session, could_add, self.now())
    }

    /// Gives a device client its tokens, and puts the device on its person's list.
    pub(super) async fn register_device(
        &self,
        minting: Minting<'_>,
        hash: String,
        found: &DeviceAuthorization,
        origin: Origin,
    ) -> Result<TokenSet, DeviceError> {
        let (client, grant, user, session) =
            (minting.client, minting.grant.clone(), minting.user, minting.session);
        let Some(thumbprint) = minting.key.map(str::to_owned) else {
            return Err(GrantError::Proof("a device client must send a DPoP proof").into());
        };
        let now = self.now();
        let told = &found.request.told;
        let device = RegisteredDevice {
            id: DeviceId::new(now, self.random.as_ref()),
            user_id: grant.user_id,
            client_id: grant.client_id.clone(),
            grant_id: grant.id,
            session_id: grant.session_id,
            allowed_in: found.allowed_in,
            thumbprint: thumbprint.clone(),
            name: told.name.clone().unwrap_or_else(|| NAMELESS.to_owned()),
            platform: told.platform.clone(),
            address: origin.text(),
            created_at: now,
            last_seen_at: now,
        };
        let terms = Terms::from(client.settings.lifetimes);
        let expires_at = refresh_expiry(&grant, &terms, session.hard_deadline(), now);
        let refresh = Token::generate(self.random.as_ref());
        let refresh_hash = refresh.hash();
        let letter = self.device_letter(user, &device, DeviceChange::Added)?;
        // Whose the key was until now is told so; who that is may change until then.
        let (owner, moved) = self.device_moves(&device).await?;
        let entry = self.entry(Activity::DeviceRegistered, origin).by_user(grant.user_id);
        let entry = entry.client(Some(&grant.client_id));
        let event = entry.clone().detail(device.line()).done();
        let full = entry.refused(format!("{PER_PERSON_MAX} devices are the most")).done();
        let replaced = self.entry(Activity::DeviceRemoved, origin).client(Some(&grant.client_id));
        let tokens = self.token_set(minting, Some(refresh)).await?;
        let given = self
            .store
            .write(move |conn| {
                Box::pin(async move {
                    let (user, most) = (device.user_id, PER_PERSON_MAX);
                    if !devices::has_room(conn, user, &thumbprint, most, now).await? {
                        audit::insert(conn, &full).await?;
                        return Ok(Given::Full);
                    }
                    if !device_codes::redeem(conn, &hash, now).await? {
                        return Ok(Given::Already);
                    }
                    grants::bind(conn, device.grant_id, &thumbprint).await?;
                    let before = devices::join(conn, &device, now).await?;
                    if let Some(before) = before.filter(|before| before.user_id != user) {
                        let entry = replaced.on(Some(before.user_id));
                        let what = format!("{}{MOVED_ON}", before.line());
                        audit::insert(conn, &entry.detail(what).done()).await?;
                        if let Some(moved) = moved.filter(|_| owner == Some(before.user_id)) {
                            moved.queue(conn, now).await?;
                        }
                    }
                    let id = device.grant_id;
                    grants::insert_refresh_token(conn, &refresh_hash, id, None, now, expires_at)
                        .await?;
                    grants::extend(conn, id, expires_at).await?;
                    if let Some(letter) = letter {
                        letter.queue(conn, now).await?;
                    }
                    audit::insert(conn, &event).await?;
                    Ok(Given::Tokens)
                })
            })
            .await?;
        match given {
            Given::Tokens => Ok(tokens),
            Given::Full => Err(DeviceError::Full),
            Given::Already => {
                let what = "a device code was presented twice at once";
                self.revoke_replayed(&grant, what, origin).await.map_err(GrantError::from)?;
                Err(GrantError::Invalid("the device code was used").into())
            }
        }
    }

    /// Who has the key of a device that somebody else sets up now, and the mail that tells them.
    async fn device_moves(
        &self,
        device: &RegisteredDevice,
    ) -> Result<(Option<crate::domain::id::UserId>, Option<Letter>), Failure> {
        let mut conn = self.store.reader().await?;
        let before = devices::by_thumbprint(&mut conn, &device.thumbprint).await?;
        let Some(before) = before.filter(|before| before.user_id != device.user_id) else {
            return Ok((None, None));
        };
        let Some(owner) = users::by_id(&mut conn, before.user_id).await? else {
            return Ok((None, None));
        };
        let letter = self.device_letter(&owner, &before, DeviceChange::Moved)?;
        Ok((Some(owner.id), letter))
    }

    /// New tokens for a device. Its refresh token stays the same: it is worth nothing without the
    /// device's key (RFC 9700 §4.14.2), and no device is signed out by an answer that got lost.
    pub(super) async fn refresh_device(
        &self,
        minting: Minting<'_>,
        hash: String,
    ) -> Result<TokenSet, GrantError> {
        const GONE: GrantError = GrantError::Invalid("the device was removed");
        let (client, grant) = (minting.client, minting.grant);
        let mut conn = self.store.reader().await?;
        let device = devices::of_grant(&mut conn, grant.id).await?.ok_or(GONE)?;
        // Whoever allowed it with a pass, and used a key in the same browser since, is who they said.
        let mut session = minting.session.clone();
        let rests = session.hard_deadline().is_some();
        let mut settled = false;
        if rests && let Some(browser) = device.allowed_in {
            let browser = sessions::by_id(&mut conn, browser).await?;
            settled = browser.is_some_and(|it| it.ended_at.is_none() && it.acr() > Acr::Bootstrap);
        }
        drop(conn);
        if settled {
            session = session.alone();
        }
        let now = self.now();
        let terms = Terms::from(client.settings.lifetimes);
        let expires_at = refresh_expiry(grant, &terms, session.hard_deadline(), now);
        let id = grant.id;
        let tokens = self.token_set(Minting { session: &session, ..minting }, None).await?;
        let good = self
            .store
            .write(move |conn| {
                Box::pin(async move {
                    if !grants::prolong_refresh_token(conn, &hash, expires_at, now).await? {
                        return Ok(false);
                    }
                    if settled {
                        devices::stand_alone(conn, device.session_id).await?;
                    }
                    grants::extend(conn, id, expires_at).await?;
                    devices::seen(conn, device.id, now).await?;
                    Ok(true)
                })
            })
            .await?;
        if good { Ok(tokens) } else { Err(GONE) }
    }
}
