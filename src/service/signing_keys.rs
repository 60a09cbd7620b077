//! The signing keys of this instance: made on first start, shared through the database, rotated.

use std::fmt;
use std::sync::{Arc, PoisonError, RwLock};

use serde::Serialize;

use super::caller::Caller;
use super::{AdminError, Failure, Services};
use crate::crypto::master::MasterSecret;
use crate::crypto::signing::{self, KeyRing, SigningKey};
use crate::domain::audit::Activity;
use crate::domain::authority::Action;
use crate::domain::client::SigningAlgorithm;
use crate::domain::grant::SIGNED_LIFETIME_MAX;
use crate::domain::id::new_uuid;
use crate::domain::random::Random;
use crate::domain::time::Timestamp;
use crate::store::signing_keys::{self, State, StoredKey};
use crate::store::{Store, audit};

/// How long a retired key stays published, in multiples of the longest token it can have signed;
/// ID tokens are also shown at sign-out (`id_token_hint`) long after they expired.
const RETIRED_PUBLISHED: u32 = 2;

/// The ring in use, replaced as a whole when keys change.
pub struct Keys(RwLock<(Vec<String>, Arc<KeyRing>)>);

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
                    missing.push(make(master, algorithm, state, now, random)?);
                }
            }
        }
        if !missing.is_empty() {
            insert(store, missing).await?;
        }
        Ok(Self(RwLock::new(read(store, master, now).await?)))
    }

    /// The ring in use.
    pub fn ring(&self) -> Arc<KeyRing> {
        Arc::clone(&self.0.read().unwrap_or_else(PoisonError::into_inner).1)
    }
}

fn make(
    master: &MasterSecret,
    algorithm: SigningAlgorithm,
    state: State,
    now: Timestamp,
    random: &dyn Random,
) -> Result<StoredKey, Failure> {
    let id = new_uuid(now, random).to_string();
    let private =
        signing::generate(algorithm).map_err(|error| Failure::Internal(error.to_string()))?;
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
                for key in &keys {
                    signing_keys::insert(conn, key).await?;
                }
                Ok(())
            })
        })
        .await?)
}

/// The published keys as a ring, and what tells this set of keys from another.
async fn read(
    store: &Store,
    master: &MasterSecret,
    now: Timestamp,
) -> Result<(Vec<String>, Arc<KeyRing>), Failure> {
    let stored = signing_keys::published(&mut *store.reader().await?, now).await?;
    let version = fingerprint(&stored);
    let mut keys = Vec::with_capacity(stored.len());
    for key in stored {
        let private = master.open(&key.id, &key.sealed).map_err(|_| {
            Failure::Internal("the signing keys were sealed with another master secret".into())
        })?;
        let opened = SigningKey::from_pkcs8(&key.id, key.algorithm, &private)
            .map_err(|error| Failure::Internal(error.to_string()))?;
        keys.push((opened, key.state == State::Current));
    }
    Ok((version, Arc::new(KeyRing::new(keys))))
}

fn fingerprint(keys: &[StoredKey]) -> Vec<String> {
    keys.iter().map(|key| format!("{} {}", key.id, key.state.name())).collect()
}

impl Services {
    /// Takes over what another instance or a command did to the keys. Cheap where nothing changed.
    pub async fn refresh_keys(&self) -> Result<(), Failure> {
        let now = self.now();
        let stored = signing_keys::published(&mut *self.store.reader().await?, now).await?;
        let version = fingerprint(&stored);
        if self.keys.0.read().unwrap_or_else(PoisonError::into_inner).0 == version {
            return Ok(());
        }
        let fresh = read(&self.store, &self.master, now).await?;
        *self.keys.0.write().unwrap_or_else(PoisonError::into_inner) = fresh;
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
    /// next keys already, and the retired ones stay published, so nobody is broken by it. Where
    /// several are told to at once, one does and the others leave it at that: a second rotation
    /// right after the first would sign with keys that nobody has seen.
    pub async fn rotate_keys(&self, caller: &Caller) -> Result<Vec<KeyInfo>, AdminError> {
        self.permit(caller, Action::ChangeApps, Activity::KeysRotated, None).await?;
        let now = self.now();
        let stored = signing_keys::published(&mut *self.store.reader().await?, now).await?;
        let mut changes = Vec::new();
        for algorithm in SigningAlgorithm::ALL {
            let signs =
                |key: &&StoredKey| key.algorithm == algorithm && key.state == State::Current;
            let current = stored.iter().find(signs).map(|key| key.id.clone()).unwrap_or_default();
            let next = make(&self.master, algorithm, State::Next, now, self.random.as_ref())?;
            changes.push((current, next));
        }
        let event = self.entry_by(Activity::KeysRotated, caller).detail("rotated").done();
        let published_until = now.plus(SIGNED_LIFETIME_MAX * RETIRED_PUBLISHED);
        self.store
            .write(move |conn| {
                Box::pin(async move {
                    for (current, next) in &changes {
                        let algorithm = next.algorithm;
                        // Keys rotate together: what is true of the first is true of all.
                        if !signing_keys::promote(conn, algorithm, current, now, published_until)
                            .await?
                        {
                            return Ok(());
                        }
                        signing_keys::insert(conn, next).await?;
                    }
                    audit::insert(conn, &event).await
                })
            })
            .await?;
        self.refresh_keys().await?;
        self.list_keys().await
    }
}
