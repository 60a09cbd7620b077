//! The signing keys of this instance: made on first start, shared through the database, rotated.

use std::fmt;
use std::sync::{Arc, PoisonError, RwLock};
use std::time::Duration;

use serde::Serialize;

use super::caller::Caller;
use super::{AdminError, Failure, Services};
use crate::crypto::master::MasterSecret;
use crate::crypto::signing::{self, KeyRing, SigningKey};
use crate::domain::audit::Activity;
use crate::domain::authority::Action;
use crate::domain::client::SigningAlgorithm;
use crate::domain::error::Invalid;
use crate::domain::id::new_uuid;
use crate::domain::random::Random;
use crate::domain::rotation;
use crate::domain::time::Timestamp;
use crate::store::signing_keys::{self, State, StoredKey};
use crate::store::{Store, audit};

/// The keys in use, replaced as a whole when they change.
pub struct Keys(RwLock<Arc<InUse>>);

struct InUse {
    /// What tells this set of keys from another.
    version: Vec<String>,
    ring: Arc<KeyRing>,
    /// Since when the key that has signed for longest does so.
    signing_since: Option<Timestamp>,
    /// From when on the next keys may sign.
    may_rotate_from: Timestamp,
}

/// What became of a rotation.
enum Rotation {
    Done,
    /// Somebody else changed the keys first.
    Lost,
    /// The next keys may sign from then on.
    TooEarly(Timestamp),
}

impl fmt::Debug for Keys {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("Keys")
    }
}

/// A signing key as commands show it.
#[derive(Clone, Debug, Serialize)]
pub struct KeyInfo {
    /// The `kid`.
    pub kid: String,
    /// The `alg`.
    pub alg: &'static str,
    /// `next`, `current` or `retired`.
    pub state: &'static str,
    /// When it was made.
    pub created: Timestamp,
    /// When it is no longer published.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub published_until: Option<Timestamp>,
}

impl Keys {
    /// Reads the keys, after making those that are missing: one current and one next for each
    /// algorithm. Instances that start together agree on one, by the database's unique index.
    pub async fn load_or_create(
        store: &Store,
        master: &MasterSecret,
        now: Timestamp,
        random: &dyn Random,
    ) -> Result<Self, Failure> {
        let present = signing_keys::published(&mut *store.reader().await?, now).await?;
        let mut missing = Vec::new();
        for algorithm in SigningAlgorithm::ALL {
            for state in [State::Current, State::Next] {
                if !present.iter().any(|key| key.algorithm == algorithm && key.state == state) {
                    missing.push(make(master, algorithm, state, now, random).await?);
                }
            }
        }
        if !missing.is_empty() {
            insert(store, missing).await?;
        }
        Ok(Self(RwLock::new(Arc::new(read(store, master, now).await?))))
    }

    /// The ring in use.
    pub fn ring(&self) -> Arc<KeyRing> {
        Arc::clone(&self.in_use().ring)
    }

    fn in_use(&self) -> Arc<InUse> {
        Arc::clone(&self.0.read().unwrap_or_else(PoisonError::into_inner))
    }
}

async fn make(
    master: &MasterSecret,
    algorithm: SigningAlgorithm,
    state: State,
    now: Timestamp,
    random: &dyn Random,
) -> Result<StoredKey, Failure> {
    let id = new_uuid(now, random).to_string();
    // RSA keys take a moment, and others want to go on.
    let private = tokio::task::spawn_blocking(move || signing::generate(algorithm))
        .await
        .map_err(|error| Failure::Internal(error.to_string()))?
        .map_err(|error| Failure::Internal(error.to_string()))?;
    Ok(StoredKey {
        sealed: master.seal(&id, &private),
        id,
        algorithm,
        state,
        created_at: now,
        activated_at: (state == State::Current).then_some(now),
        retired_at: None,
        expires_at: None,
    })
}

async fn insert(store: &Store, keys: Vec<StoredKey>) -> Result<(), Failure> {
    Ok(store
        .write(move |conn| {
            Box::pin(async move {
                signing_keys::claim_any(conn).await?;
                for key in &keys {
                    signing_keys::insert(conn, key).await?;
                }
                Ok(())
            })
        })
        .await?)
}

/// The published keys, opened.
async fn read(store: &Store, master: &MasterSecret, now: Timestamp) -> Result<InUse, Failure> {
    let stored = signing_keys::published(&mut *store.reader().await?, now).await?;
    let version = fingerprint(&stored);
    let signs = stored.iter().filter(|key| key.state == State::Current);
    let signing_since = signs.filter_map(|key| key.activated_at).min();
    let may_rotate_from = may_rotate_from(&stored);
    let mut keys = Vec::with_capacity(stored.len());
    for key in stored {
        let private = master.open(&key.id, &key.sealed).map_err(|_| {
            Failure::Internal("the signing keys were sealed with another master secret".into())
        })?;
        let opened = SigningKey::from_pkcs8(&key.id, key.algorithm, &private)
            .map_err(|error| Failure::Internal(error.to_string()))?;
        keys.push((opened, key.state == State::Current));
    }
    Ok(InUse { version, ring: Arc::new(KeyRing::new(keys)), signing_since, may_rotate_from })
}

/// From when on all of the next keys may sign.
fn may_rotate_from(keys: &[StoredKey]) -> Timestamp {
    let next = keys.iter().filter(|key| key.state == State::Next);
    next.map(|key| rotation::may_sign_from(key.created_at)).max().unwrap_or_default()
}

fn fingerprint(keys: &[StoredKey]) -> Vec<String> {
    keys.iter().map(|key| format!("{} {}", key.id, key.state.name())).collect()
}

impl Services {
    /// For how long the key has signed that has done so for longest.
    pub fn signing_key_age(&self) -> Duration {
        let since = self.keys.in_use().signing_since;
        since.map_or(Duration::ZERO, |since| self.now().since(since))
    }

    /// Takes over what another instance or a command did to the keys. Cheap where nothing changed.
    pub async fn refresh_keys(&self) -> Result<(), Failure> {
        let now = self.now();
        let stored = signing_keys::published(&mut *self.store.reader().await?, now).await?;
        if self.keys.in_use().version == fingerprint(&stored) {
            return Ok(());
        }
        let fresh = read(&self.store, &self.master, now).await?;
        *self.keys.0.write().unwrap_or_else(PoisonError::into_inner) = Arc::new(fresh);
        tracing::info!("signing keys changed");
        Ok(())
    }

    /// The published keys.
    pub async fn list_keys(&self) -> Result<Vec<KeyInfo>, AdminError> {
        let stored = signing_keys::published(&mut *self.store.reader().await?, self.now()).await?;
        Ok(stored
            .into_iter()
            .map(|key| KeyInfo {
                kid: key.id,
                alg: key.algorithm.name(),
                state: key.state.name(),
                created: key.created_at,
                published_until: key.expires_at,
            })
            .collect())
    }

    /// Makes the next keys current and publishes new next ones. Relying parties have seen the
    /// next keys already, and the retired ones stay published, so nobody is broken by it; refused
    /// while they may not have seen them. Of several who do it at once, one does.
    pub async fn rotate_keys(&self, caller: &Caller) -> Result<Vec<KeyInfo>, AdminError> {
        self.permit(caller, Action::ChangeApps, Activity::KeysRotated, None).await?;
        loop {
            match self.rotate(caller).await? {
                Rotation::Done => break,
                // Whoever came first has made new ones: the next round says so.
                Rotation::Lost => {}
                Rotation::TooEarly(from) => {
                    let message = format!(
                        "the next keys may not sign before {from}: until then, somebody may not \
                         have seen them; to be rid of a key at once, revoke it"
                    );
                    let entry = self.entry_by(Activity::KeysRotated, caller);
                    self.note(entry.refused("the next keys are too new")).await?;
                    return Err(Invalid::new("keys", message).into());
                }
            }
        }
        self.refresh_keys().await?;
        self.list_keys().await
    }

    /// Rotates the keys where one has signed for as long as `every`. To be asked often, on every
    /// instance: it looks at what lies in memory. Returns whether this instance did it.
    pub async fn rotate_keys_when_due(&self, every: Duration) -> Result<bool, Failure> {
        let (in_use, now) = (self.keys.in_use(), self.now());
        let due = in_use.signing_since.is_some_and(|since| rotation::is_due(since, every, now));
        if !due || now < in_use.may_rotate_from {
            return Ok(false);
        }
        let done = matches!(self.rotate(&Caller::SYSTEM).await?, Rotation::Done);
        self.refresh_keys().await?;
        Ok(done)
    }

    async fn rotate(&self, caller: &Caller) -> Result<Rotation, Failure> {
        let now = self.now();
        let seen = signing_keys::version(&mut *self.store.reader().await?).await?;
        let stored = signing_keys::published(&mut *self.store.reader().await?, now).await?;
        let from = may_rotate_from(&stored);
        if now < from {
            return Ok(Rotation::TooEarly(from));
        }
        let mut next = Vec::new();
        for key in stored.iter().filter(|key| key.state == State::Next) {
            next.push(self.another(key.algorithm, State::Next).await?);
        }
        let event = self.entry_by(Activity::KeysRotated, caller).detail("rotated").done();
        let done = self
            .store
            .write(move |conn| {
                Box::pin(async move {
                    if !signing_keys::claim(conn, seen).await? {
                        return Ok(false);
                    }
                    let until = rotation::published_until(now);
                    for key in &next {
                        signing_keys::retire(conn, key.algorithm, now, until).await?;
                        signing_keys::activate(conn, key.algorithm, now).await?;
                        signing_keys::insert(conn, key).await?;
                    }
                    audit::insert(conn, &event).await?;
                    Ok(true)
                })
            })
            .await?;
        Ok(if done { Rotation::Done } else { Rotation::Lost })
    }

    /// Takes a key out of use at once, for good: nothing is signed with it any more, it is no
    /// longer published, and what it signed is worth nothing. Where it was signing, the next one
    /// does, however new that is: people whose application has an old JWK Set may have to try again.
    pub async fn revoke_key(&self, caller: &Caller, kid: &str) -> Result<Vec<KeyInfo>, AdminError> {
        self.permit(caller, Action::ChangeApps, Activity::KeyRevoked, None).await?;
        let now = self.now();
        let stored = signing_keys::published(&mut *self.store.reader().await?, now).await?;
        let unknown = || AdminError::NotFound(format!("published key {kid}"));
        let algorithm = stored.iter().find(|key| key.id == kid).ok_or_else(unknown)?.algorithm;
        let next = self.another(algorithm, State::Next).await?;
        // Needed only where there is no next key, which nobody should ever see.
        let current = self.another(algorithm, State::Current).await?;
        let entry = self.entry_by(Activity::KeyRevoked, caller);
        let event = entry.detail(format!("{kid}, {}", algorithm.name())).done();
        let id = kid.to_owned();
        let revoked = self
            .store
            .write(move |conn| {
                Box::pin(async move {
                    signing_keys::claim_any(conn).await?;
                    let Some(state) = signing_keys::remove(conn, &id, now).await? else {
                        return Ok(false);
                    };
                    if state == State::Current
                        && !signing_keys::activate(conn, algorithm, now).await?
                    {
                        signing_keys::insert(conn, &current).await?;
                    }
                    if state != State::Retired {
                        signing_keys::insert(conn, &next).await?;
                    }
                    audit::insert(conn, &event).await?;
                    Ok(true)
                })
            })
            .await?;
        if !revoked {
            return Err(unknown());
        }
        self.refresh_keys().await?;
        self.list_keys().await
    }

    async fn another(
        &self,
        algorithm: SigningAlgorithm,
        state: State,
    ) -> Result<StoredKey, Failure> {
        make(&self.master, algorithm, state, self.now(), self.random.as_ref()).await
    }
}
