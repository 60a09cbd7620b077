//! Tokens that an application asks about (RFC 7662) or gives back (RFC 7009).

use serde_json::{Map, Value, json};

use super::api::ApiClaims;
use super::authorization::GrantError;
use super::lookups::stands;
use super::{Failure, Origin, Services};
use crate::crypto::token;
use crate::domain::audit::Activity;
use crate::domain::client::{Client, GrantType, Scope, SubjectType};
use crate::domain::id::ClientId;
use crate::domain::time::Timestamp;
use crate::store::standing::Standing;
use crate::store::{audit, grants};

/// Why a token cannot be given back.
#[derive(Debug, thiserror::Error)]
pub enum RevokeError {
    /// It rests on nothing that could be taken back (RFC 7009 §2.2.1).
    #[error("{0}")]
    Unsupported(&'static str),
    /// It could not be done.
    #[error(transparent)]
    Failure(#[from] Failure),
}

/// What a token turned out to be.
enum Known {
    /// An access token about a person, with its claims.
    Access(Standing, Map<String, Value>),
    /// A refresh token, when it was issued for and until when; whether it was used.
    Refresh { standing: Standing, expires_at: Timestamp, used: bool },
    /// An application's own access token, with its claims.
    Own(ClientId, Map<String, Value>),
}

impl Known {
    /// Whose token it is.
    fn owner(&self) -> &ClientId {
        match self {
            Self::Access(standing, _) | Self::Refresh { standing, .. } => &standing.grant.client_id,
            Self::Own(owner, _) => owner,
        }
    }

    /// Whether `client` is a resource that it was issued for (RFC 8707, RFC 7662 §4).
    fn is_for(&self, client: &Client) -> bool {
        let (Self::Access(_, claims) | Self::Own(_, claims)) = self else { return false };
        let named = |one: &Value| client.settings.resource_server_for.iter().any(|it| *one == **it);
        match claims.get("aud") {
            Some(Value::Array(many)) => many.iter().any(named),
            Some(one) => named(one),
            None => false,
        }
    }
}

impl Services {
    /// Takes back the grant that one of `client`'s tokens rests on, and with it every token of the
    /// grant. A token that is unknown, over, or somebody else's is none of `client`'s business, and
    /// that is no error (RFC 7009 §2.2).
    pub async fn revoke_token(
        &self,
        client: &Client,
        value: &str,
        origin: Origin,
    ) -> Result<(), RevokeError> {
        let known = self.known(value).await?.filter(|known| *known.owner() == client.id);
        let grant = match known {
            Some(Known::Access(standing, _) | Known::Refresh { standing, .. }) => standing.grant,
            Some(Known::Own(..)) => {
                let why = "an application's own access token cannot be revoked: it ends by itself";
                return Err(RevokeError::Unsupported(why));
            }
            None => return Ok(()),
        };
        if grant.revoked_at.is_some() {
            return Ok(());
        }
        if self.device_leaves(&grant, origin).await?.is_some() {
            return Ok(());
        }
        let (id, now) = (grant.id, self.now());
        let entry = self.entry(Activity::GrantRevoked, origin).on(Some(grant.user_id));
        let event = entry.client(Some(&grant.client_id)).done();
        self.store
            .write(move |conn| {
                Box::pin(async move {
                    grants::revoke(conn, id, now).await?;
                    audit::insert(conn, &event).await
                })
            })
            .await
            .map_err(Failure::from)?;
        Ok(())
    }

    /// What one of `client`'s tokens, or one that was issued for it as a resource, is good for now;
    /// none for one that is good for nothing, or somebody else's (RFC 7662 §2.2).
    pub async fn introspect(
        &self,
        client: &Client,
        value: &str,
    ) -> Result<Option<Map<String, Value>>, Failure> {
        let known = self.known(value).await?;
        let concerns = |known: &Known| *known.owner() == client.id || known.is_for(client);
        let Some(known) = known.filter(concerns) else { return Ok(None) };
        let (mut answer, standing) = match known {
            Known::Own(owner, claims) => {
                let owner = self.client(&owner).await?;
                let may = GrantType::ClientCredentials;
                if !owner.is_some_and(|owner| owner.settings.grant_types.contains(&may)) {
                    return Ok(None);
                }
                (bearer(claims), None)
            }
            Known::Access(standing, claims) => (bearer(claims), Some(standing)),
            Known::Refresh { used: true, .. } => return Ok(None),
            Known::Refresh { standing, expires_at, .. } if expires_at > self.now() => {
                let mut answer = Map::new();
                let grant = &standing.grant;
                for (name, value) in [
                    ("iss", json!(self.issuer_text())),
                    ("client_id", json!(grant.client_id)),
                    ("sub", json!(self.subject(client, grant.user_id))),
                    ("scope", json!(Scope::join(&grant.scopes))),
                    ("exp", json!(expires_at.seconds())),
                ] {
                    answer.insert(name.into(), value);
                }
                (answer, Some(standing))
            }
            Known::Refresh { .. } => return Ok(None),
        };
        if let Some(standing) = standing {
            // What a disabled application was given is good for nothing, whoever asks.
            if self.client(&standing.grant.client_id).await?.is_none() {
                return Ok(None);
            }
            match stands(standing, self.now()) {
                // Whoever knows people by a name of its own sector is not told their other one.
                Ok(_) if client.settings.subject_type == SubjectType::Pairwise => {}
                Ok((_, user, _)) => {
                    answer.insert("username".into(), user.username.as_str().into());
                }
                Err(GrantError::Failure(failure)) => return Err(failure),
                Err(_) => return Ok(None),
            }
        }
        // What our own endpoints find the grant by is nobody else's.
        answer.remove("gid");
        answer.insert("active".into(), true.into());
        Ok(Some(answer))
    }

    async fn known(&self, value: &str) -> Result<Option<Known>, Failure> {
        let claims = self.read_token_for::<Map<_, _>>(value, None);
        let read = claims.and_then(|claims| {
            let read = serde_json::from_value::<ApiClaims>(claims.clone().into()).ok()?;
            Some((read, claims))
        });
        Ok(match read {
            Some((ApiClaims::Application(own), claims)) => Some(Known::Own(own.client_id, claims)),
            Some((ApiClaims::Person(person), claims)) => {
                let standing = self.standing(person.gid).await?;
                standing.map(|standing| Known::Access(standing, claims))
            }
            None => self.known_refresh_token(value).await?,
        })
    }

    async fn known_refresh_token(&self, value: &str) -> Result<Option<Known>, Failure> {
        let found = self.standing_refresh_token(&token::hash(value)).await?;
        Ok(found.map(|(row, standing)| Known::Refresh {
            standing,
            expires_at: row.expires_at,
            used: row.used_at.is_some(),
        }))
    }
}

/// RFC 7662 §2.2, RFC 9449 §6.2: how an access token is used.
fn bearer(mut claims: Map<String, Value>) -> Map<String, Value> {
    let kind = if claims.contains_key("cnf") { "DPoP" } else { "Bearer" };
    claims.insert("token_type".into(), kind.into());
    claims
}
