//! Applications that register themselves (RFC 7591) and keep their registration (RFC 7592), with an
//! initial access token that the operator gave out.

use std::sync::Arc;
use std::time::Duration;

use serde_json::{Map, Value};

use super::caller::Caller;
use super::clients::NewClient;
use super::{AdminError, Failure, Origin, Services};
use crate::crypto::token::{self, Token};
use crate::domain::audit::Activity;
use crate::domain::authority::{Action, Actor};
use crate::domain::client::{AuthMethod, Client, ClientSettings, GrantType, Scope};
use crate::domain::error::Invalid;
use crate::domain::id::ClientId;
use crate::store::{self, audit, clients, dynamic};

/// Metadata that is not for an application to say about itself. It is ignored, as RFC 7591 §2 has
/// it for what a server does not know.
const OPERATORS: [&str; 11] = [
    "application_permissions",
    "third_party",
    "profile",
    "lifetimes",
    "resources",
    "resource_server_for",
    "external_hint",
    "forward_auth",
    "device_registration",
    "require_acr",
    "enabled",
];

/// Why a registration is refused.
#[derive(Debug, thiserror::Error)]
pub enum DynamicError {
    /// The token does not let anybody do this (RFC 6750 §3.1).
    #[error("the token is unknown, used up, expired, or of another client")]
    Token,
    /// The metadata cannot be taken (RFC 7591 §3.2.2).
    #[error(transparent)]
    Invalid(#[from] Invalid),
    /// It could not be done.
    #[error(transparent)]
    Failure(#[from] Failure),
}

impl From<AdminError> for DynamicError {
    fn from(error: AdminError) -> Self {
        match error {
            AdminError::Invalid(invalid) => Self::Invalid(invalid),
            AdminError::Failure(failure) => Self::Failure(failure),
            // Somebody else changed or removed it: its token is worth nothing any more, or a second
            // try is.
            AdminError::Changed => Self::Failure(Failure::Unavailable(error.to_string())),
            _ => Self::Token,
        }
    }
}

impl From<store::Error> for DynamicError {
    fn from(error: store::Error) -> Self {
        Self::Failure(error.into())
    }
}

/// An application that has just registered itself.
#[derive(Debug)]
pub struct Registered {
    /// The application, and its secret.
    pub new: NewClient,
    /// The token by which it manages its registration.
    pub token: Token,
}

impl Services {
    /// Makes an initial access token that is good for so many registrations and so long. Its value
    /// exists here and nowhere else.
    pub async fn issue_registration_token(
        &self,
        caller: &Caller,
        uses: u32,
        lifetime: Duration,
    ) -> Result<Token, AdminError> {
        self.permit(caller, Action::ChangeApps, Activity::RegistrationTokenIssued, None).await?;
        if uses == 0 || lifetime.is_zero() {
            return Err(Invalid::new("uses", "at least one use and one minute are needed").into());
        }
        let token = Token::generate(self.random.as_ref());
        let (hash, now) = (token.hash(), self.now());
        let expires_at = now.plus(lifetime);
        let entry = self.entry_by(Activity::RegistrationTokenIssued, caller);
        let event = entry.detail(format!("good for {uses} until {expires_at}")).done();
        self.store
            .write(move |conn| {
                Box::pin(async move {
                    dynamic::insert_token(conn, &hash, uses, now, expires_at).await?;
                    audit::insert(conn, &event).await
                })
            })
            .await?;
        Ok(token)
    }

    /// Registers an application by itself. What is wrong with the metadata costs no use of the
    /// token.
    pub async fn register_dynamically(
        &self,
        initial: &str,
        metadata: &Map<String, Value>,
        origin: Origin,
    ) -> Result<Registered, DynamicError> {
        let (hash, now) = (token::hash(initial), self.now());
        if !dynamic::token_is_good(&mut *self.store.reader().await?, &hash, now).await? {
            return Err(DynamicError::Token);
        }
        let (mut settings, public) = settings(metadata, None)?;
        settings.scope.retain(|scope| Scope::SIGN_IN.contains(scope));
        settings.validate_as(public)?;
        self.check_sector(&settings).await?;
        let new = self.new_client(None, settings, public);
        let token = Token::generate(self.random.as_ref());
        let caller = Caller::new(Actor::System, origin);
        let entry = self.entry_by(Activity::ClientAdded, &caller).client(Some(&new.client.id));
        let event = entry.detail(format!("{}, by itself", new.client.settings.client_name)).done();
        let (stored, token_hash) = (new.client.clone(), token.hash());
        let done = self
            .store
            .write(move |conn| {
                Box::pin(async move {
                    if !dynamic::use_token(conn, &hash, now).await? {
                        return Ok(false);
                    }
                    clients::put(conn, &stored).await?;
                    dynamic::insert(conn, &stored.id, &token_hash).await?;
                    audit::insert(conn, &event).await?;
                    Ok(true)
                })
            })
            .await?;
        if done { Ok(Registered { new, token }) } else { Err(DynamicError::Token) }
    }

    /// The application whose registration this token manages (RFC 7592 §2.1).
    pub async fn registered_client(&self, id: &str, token: &str) -> Result<Client, DynamicError> {
        let id = ClientId(id.to_owned());
        let stored = dynamic::token_hash(&mut *self.store.reader().await?, &id).await?;
        if !stored.is_some_and(|stored| token::matches(token, &stored)) {
            return Err(DynamicError::Token);
        }
        let client = self.client(&id).await?.ok_or(DynamicError::Token)?;
        Ok(Arc::unwrap_or_clone(client))
    }

    /// Replaces what an application said about itself (RFC 7592 §2.2).
    pub async fn replace_registration(
        &self,
        id: &str,
        token: &str,
        metadata: &Map<String, Value>,
        origin: Origin,
    ) -> Result<Client, DynamicError> {
        let client = self.registered_client(id, token).await?;
        if metadata.get("client_id").and_then(Value::as_str) != Some(id) {
            return Err(Invalid::new("client_id", "the client_id itself is needed").into());
        }
        let (asked, public) = settings(metadata, Some(&client.settings))?;
        if public != client.is_public() {
            let message = "a public application stays so, and one with a secret does, too";
            return Err(Invalid::new("token_endpoint_auth_method", message).into());
        }
        let caller = Caller::new(Actor::System, origin);
        let edit = move |settings: &mut ClientSettings, _: &mut bool| {
            *settings = settings.changed_by_itself(asked);
            Ok(())
        };
        Ok(self.edit_client(&caller, id, Some(client.version), edit).await?)
    }

    /// Removes an application that asks for it (RFC 7592 §2.3).
    pub async fn remove_registration(
        &self,
        id: &str,
        token: &str,
        origin: Origin,
    ) -> Result<(), DynamicError> {
        self.registered_client(id, token).await?;
        let caller = Caller::new(Actor::System, origin);
        self.remove_client(&caller, id).await?;
        Ok(())
    }
}

/// What metadata comes to, and whether the application is public. Nobody knows such an application,
/// so people are asked before it is told anything, and it does nothing without them; one that was
/// registered `before` may name what the operator gave it since.
fn settings(
    metadata: &Map<String, Value>,
    before: Option<&ClientSettings>,
) -> Result<(ClientSettings, bool), Invalid> {
    let mut metadata = metadata.clone();
    metadata.retain(|name, value| !OPERATORS.contains(&name.as_str()) && !value.is_null());
    let mut usual = ClientSettings {
        grant_types: vec![GrantType::AuthorizationCode],
        third_party: true,
        ..ClientSettings::default()
    };
    if let Some(before) = before {
        usual.scope.clone_from(&before.scope);
    }
    let (mut settings, _) = usual.with_metadata(&metadata)?;
    if settings.client_name.trim().is_empty() {
        settings.client_name = "An app that registered itself".into();
    }
    let has = |grant| before.is_some_and(|before| before.grant_types.contains(grant));
    let given = settings.grant_types.iter().find(|grant| grant.is_operators() && !has(grant));
    if let Some(grant) = given {
        let message = format!("{} is for the operator to give", grant.name());
        return Err(Invalid::new("grant_types", message));
    }
    let public = settings.token_endpoint_auth_method == Some(AuthMethod::None);
    Ok((settings, public))
}
