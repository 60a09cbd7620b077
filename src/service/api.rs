//! Access tokens for the API: what an application gets on its own (RFC 6749 §4.4), and who is
//! behind a token that is presented.

use serde::{Deserialize, Serialize};

use super::authorization::{Asked, GrantError, must_prove};
use super::caller::Caller;
use super::dpop::Presented;
use super::lookups::stands;
use super::tokens::{AccessClaims, Confirmation, OneOrMany, TokenSet};
use super::{Origin, Services};
use crate::domain::assurance::Acr;
use crate::domain::authority::Actor;
use crate::domain::client::{Client, GrantType, Scope};
use crate::domain::grant::Terms;
use crate::domain::id::{ClientId, new_uuid};
use crate::domain::permission::Permission;

/// How Graph clients ask for all that an application holds.
const DEFAULT_SCOPE: &str = "/.default";

/// The claims of an application's own access token (RFC 9068 §2.2): its subject is the client.
#[derive(Clone, Debug, Serialize, Deserialize)]
pub(super) struct ApplicationClaims {
    iss: String,
    sub: ClientId,
    aud: OneOrMany,
    exp: i64,
    iat: i64,
    jti: String,
    pub(super) client_id: ClientId,
    scope: String,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    cnf: Option<Confirmation>,
}

/// Either kind of access token. A person's names the grant that it rests on.
#[derive(Debug, Deserialize)]
#[serde(untagged)]
pub(super) enum ApiClaims {
    Person(Box<AccessClaims>),
    Application(ApplicationClaims),
}

impl Services {
    /// What an application gets on its own: an access token with the permissions it asks for out
    /// of those it holds, or with all of them.
    pub async fn application_tokens(
        &self,
        client: &Client,
        asked: Asked<'_>,
        origin: Origin,
    ) -> Result<TokenSet, GrantError> {
        must_prove(client, asked)?;
        if let Some(why) = client.refuses_resources(asked.resources, self.issuer_text()) {
            return Err(GrantError::Target(why));
        }
        let elsewhere = !asked.resources.is_empty()
            && asked.resources.iter().all(|one| one != self.issuer_text());
        // Permissions are for our own API.
        let usual = if elsewhere { "" } else { DEFAULT_SCOPE };
        let held = &client.settings.application_permissions;
        let mut granted = Vec::new();
        for name in asked.scope.unwrap_or(usual).split_ascii_whitespace() {
            if name.ends_with(DEFAULT_SCOPE) {
                granted.clone_from(held);
                break;
            }
            match name.parse::<Permission>() {
                Ok(permission) if held.contains(&permission) => granted.push(permission),
                _ => return Err(GrantError::Scope("the client does not hold this permission")),
            }
        }
        let now = self.now();
        let lifetime = Terms::from(client.settings.lifetimes).access_token;
        let scopes: Vec<Scope> = granted.into_iter().map(Scope::Api).collect();
        let claims = ApplicationClaims {
            iss: self.issuer_text().to_owned(),
            sub: client.id.clone(),
            aud: OneOrMany::audience(asked.resources.to_vec(), self.issuer_text()),
            exp: now.plus(lifetime).seconds(),
            iat: now.seconds(),
            jti: new_uuid(now, self.random.as_ref()).to_string(),
            client_id: client.id.clone(),
            scope: Scope::join(&scopes),
            cnf: Confirmation::of(asked.key),
        };
        let access_token = self.sign_access_token(&claims)?;
        self.note_own_token(&client.id, &claims.scope, origin).await?;
        Ok(TokenSet {
            access_token,
            expires_in: lifetime.as_secs(),
            id_token: None,
            refresh_token: None,
            scopes,
            bound: asked.key.is_some(),
        })
    }

    /// Who is behind an access token. What it rests on must still stand: the application and its
    /// permissions, and for a person their account, their roles and their session.
    pub async fn api_caller(
        &self,
        presented: Presented<'_>,
        origin: Origin,
    ) -> Result<Caller, GrantError> {
        const REFUSED: GrantError =
            GrantError::Invalid("the access token is invalid, expired or revoked");
        let claims = self.read_access_token::<ApiClaims>(presented.token).ok_or(REFUSED)?;
        let bound = match &claims {
            ApiClaims::Application(claims) => Confirmation::thumbprint(claims.cnf.as_ref()),
            ApiClaims::Person(claims) => claims.key(),
        };
        self.holds_key(presented, bound).await?;
        let actor = match claims {
            ApiClaims::Application(claims) => {
                let client = self.client(&claims.client_id).await?.ok_or(REFUSED)?;
                if !client.settings.grant_types.contains(&GrantType::ClientCredentials) {
                    return Err(REFUSED);
                }
                let held = &client.settings.application_permissions;
                let permissions = permissions(&claims.scope).filter(|one| held.contains(one));
                Actor::Application { client: claims.client_id, permissions: permissions.collect() }
            }
            ApiClaims::Person(claims) => {
                let standing = self.standing(claims.gid).await?.ok_or(REFUSED)?;
                let (grant, user, _) = stands(standing, self.now()).map_err(|_| REFUSED)?;
                let client = self.client(&grant.client_id).await?.ok_or(REFUSED)?;
                let held = &client.settings.scope;
                let permissions =
                    permissions(claims.scope()).filter(|one| held.contains(&Scope::Api(*one)));
                Actor::Delegated {
                    id: user.id,
                    roles: user.roles,
                    permissions: permissions.collect(),
                    client: grant.client_id,
                    strong: grant.acr > Acr::Bootstrap,
                }
            }
        };
        Ok(Caller::new(actor, origin))
    }
}

fn permissions(scope: &str) -> impl Iterator<Item = Permission> {
    Scope::parse_list(scope).into_iter().filter_map(Scope::permission)
}
