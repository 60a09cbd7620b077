//! Access tokens for the API: what an application gets on its own (RFC 6749 §4.4), and who is
//! behind a token that is presented.

use serde::{Deserialize, Serialize};

use super::authorization::GrantError;
use super::caller::Caller;
use super::tokens::{AccessClaims, TokenSet};
use super::{Origin, Services};
use crate::domain::assurance::Acr;
use crate::domain::audit::Activity;
use crate::domain::authority::Actor;
use crate::domain::client::{Client, GrantType, Scope};
use crate::domain::grant::ACCESS_TOKEN_LIFETIME;
use crate::domain::id::{ClientId, new_uuid};
use crate::domain::permission::Permission;

/// How Graph clients ask for all that an application holds.
const DEFAULT_SCOPE: &str = "/.default";

/// The claims of an application's own access token (RFC 9068 §2.2): its subject is the client.
#[derive(Clone, Debug, Serialize, Deserialize)]
pub(super) struct ApplicationClaims {
    iss: String,
    sub: ClientId,
    aud: String,
    exp: i64,
    iat: i64,
    jti: String,
    pub(super) client_id: ClientId,
    scope: String,
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
        scope: Option<&str>,
        origin: Origin,
    ) -> Result<TokenSet, GrantError> {
        let held = &client.settings.application_permissions;
        let mut granted = Vec::new();
        for name in scope.unwrap_or(DEFAULT_SCOPE).split_ascii_whitespace() {
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
        let scopes: Vec<Scope> = granted.into_iter().map(Scope::Api).collect();
        let claims = ApplicationClaims {
            iss: self.issuer_text().to_owned(),
            sub: client.id.clone(),
            aud: self.issuer_text().to_owned(),
            exp: now.plus(ACCESS_TOKEN_LIFETIME).seconds(),
            iat: now.seconds(),
            jti: new_uuid(now, self.random.as_ref()).to_string(),
            client_id: client.id.clone(),
            scope: Scope::join(&scopes),
        };
        let access_token = self.sign_access_token(&claims)?;
        let entry = self.entry(Activity::Authorized, origin).client(Some(&client.id));
        self.note(entry.detail(format!("for itself: {}", claims.scope))).await?;
        Ok(TokenSet {
            access_token,
            expires_in: ACCESS_TOKEN_LIFETIME.as_secs(),
            id_token: None,
            refresh_token: None,
            scopes,
        })
    }

    /// Who is behind an access token. What it rests on must still stand: the application and its
    /// permissions, and for a person their account, their roles and their session.
    pub async fn api_caller(&self, token: &str, origin: Origin) -> Result<Caller, GrantError> {
        const REFUSED: GrantError =
            GrantError::Invalid("the access token is invalid, expired or revoked");
        let actor = match self.read_access_token::<ApiClaims>(token).ok_or(REFUSED)? {
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
                let grant = self.grant_of(&claims).await?.ok_or(REFUSED)?;
                let (user, _) = match self.still_stands(&grant).await {
                    Err(GrantError::Invalid(_)) => return Err(REFUSED),
                    other => other?,
                };
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
