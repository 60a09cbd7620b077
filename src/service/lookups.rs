//! What is looked up in every request: applications, and grants with what they rest on.
//!
//! An application is kept in memory together with its version, and asked for its version each time:
//! a new secret, or one that was disabled, holds from the next request on, on every instance. Nothing
//! of a grant is kept. Requests that come at the same time are looked up together, and so are refresh
//! tokens exchanged.

use std::collections::HashMap;
use std::fmt;
use std::sync::{Arc, PoisonError, RwLock};

use super::authorization::GrantError;
use super::{Failure, Services};
use crate::domain::client::Client;
use crate::domain::grant::Grant;
use crate::domain::id::{ClientId, GrantId};
use crate::domain::session::Session;
use crate::domain::time::Timestamp;
use crate::domain::user::User;
use crate::store::Store;
use crate::store::clients::{self, Version};
use crate::store::grants::RefreshToken;
use crate::store::rotations::{self, Rotated, Rotation};
use crate::store::standing::{self, Standing, StandingCode};
use crate::store::together::Together;

/// The most applications that are kept. Past it all are forgotten, and read anew.
const KEPT_MAX: usize = 4096;

/// The questions of every request.
pub struct Lookups {
    versions: Together<ClientId, Option<Version>>,
    grants: Together<GrantId, Option<Standing>>,
    refresh_tokens: Together<String, Option<(RefreshToken, Standing)>>,
    codes: Together<String, Option<StandingCode>>,
    rotations: Together<Rotation, Rotated>,
    kept: RwLock<HashMap<ClientId, Arc<Client>>>,
}

impl fmt::Debug for Lookups {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("Lookups")
    }
}

impl Lookups {
    /// On this database.
    pub fn new(store: &Store) -> Self {
        Self {
            versions: Together::new(store.clone(), clients::versions),
            grants: Together::new(store.clone(), standing::by_ids),
            refresh_tokens: Together::new(store.clone(), standing::by_refresh_tokens),
            codes: Together::new(store.clone(), standing::by_codes),
            rotations: Together::changes(store.clone(), rotations::rotate),
            kept: RwLock::default(),
        }
    }

    /// Exchanges a refresh token for its successor, durably.
    pub(super) async fn rotate(&self, rotation: Rotation) -> Result<Rotated, Failure> {
        Ok(self.rotations.get(rotation).await?)
    }
}

impl Services {
    /// The enabled application with this `client_id`.
    pub async fn client(&self, id: &ClientId) -> Result<Option<Arc<Client>>, Failure> {
        let lookups = &self.lookups;
        let kept = lookups.kept.read().unwrap_or_else(PoisonError::into_inner).get(id).cloned();
        let client = match kept {
            Some(kept) => {
                let now = lookups.versions.get(id.clone()).await?;
                if now == Some((kept.version, kept.created_at)) { Some(kept) } else { None }
            }
            None => None,
        };
        let client = match client {
            Some(client) => Some(client),
            None => self.read_client(id).await?,
        };
        Ok(client.filter(|client| client.enabled))
    }

    async fn read_client(&self, id: &ClientId) -> Result<Option<Arc<Client>>, Failure> {
        let client = clients::by_id(&mut *self.store.reader().await?, id).await?.map(Arc::new);
        let mut kept = self.lookups.kept.write().unwrap_or_else(PoisonError::into_inner);
        match &client {
            Some(client) => {
                if kept.len() >= KEPT_MAX {
                    kept.clear();
                }
                kept.insert(id.clone(), Arc::clone(client));
            }
            None => {
                kept.remove(id);
            }
        }
        Ok(client)
    }

    /// The grant that a person's access token rests on, and what that rests on.
    pub(super) async fn standing(&self, id: GrantId) -> Result<Option<Standing>, Failure> {
        Ok(self.lookups.grants.get(id).await?)
    }

    /// A refresh token, used or not, by its hash.
    pub(super) async fn standing_refresh_token(
        &self,
        hash: &str,
    ) -> Result<Option<(RefreshToken, Standing)>, Failure> {
        Ok(self.lookups.refresh_tokens.get(hash.to_owned()).await?)
    }

    /// A code, redeemed or not, by its hash.
    pub(super) async fn standing_code(&self, hash: &str) -> Result<Option<StandingCode>, Failure> {
        Ok(self.lookups.codes.get(hash.to_owned()).await?)
    }
}

/// Whether what a grant rests on still stands: its session, and the person.
pub(super) fn stands(
    standing: Standing,
    now: Timestamp,
) -> Result<(Grant, User, Session), GrantError> {
    let Standing { grant, session, user, .. } = standing;
    let session = session.filter(|session| session.is_valid_grant_base(now));
    match (user.filter(|user| user.enabled), session) {
        (Some(user), Some(session)) if grant.revoked_at.is_none() => Ok((grant, user, session)),
        _ => Err(GrantError::Invalid("the person has signed out or may no longer sign in")),
    }
}
