//! Applications: registering and removing them, and knowing them again.

use super::caller::Caller;
use super::{AdminError, Services};
use crate::crypto::token::{self, Token};
use crate::domain::audit::Activity;
use crate::domain::authority::Action;
use crate::domain::client::{AuthMethod, Client, ClientSettings};
use crate::domain::error::Invalid;
use crate::domain::id::{ClientId, new_uuid};
use crate::domain::language::say;
use crate::store::{audit, clients, forward_auth};

/// An application that was just registered. Its secret exists here and nowhere else.
#[derive(Clone, Debug)]
pub struct NewClient {
    /// The application.
    pub client: Client,
    /// Its secret; none for a public client.
    pub secret: Option<Token>,
}

impl Services {
    /// Registers an application. Without an id of the caller's own, it gets a new one.
    pub async fn add_client(
        &self,
        caller: &Caller,
        id: Option<ClientId>,
        settings: ClientSettings,
        public: bool,
    ) -> Result<NewClient, AdminError> {
        self.permit(caller, Action::ChangeApps, Activity::ClientAdded, None).await?;
        settings.validate_as(public)?;
        self.check_sector(&settings).await?;
        self.check_forward_origin(&settings, None).await?;
        let id = id.map(|id| id.0.parse::<ClientId>()).transpose()?;
        let NewClient { client, secret } = self.new_client(id, settings, public);
        let entry = self.entry_by(Activity::ClientAdded, caller);
        let event = entry.client(Some(&client.id)).detail(&client.settings.client_name).done();
        let stored = client.clone();
        let fresh = self
            .store
            .write(move |conn| {
                Box::pin(async move {
                    if clients::by_id(conn, &stored.id).await?.is_some() {
                        return Ok(false);
                    }
                    clients::put(conn, &stored).await?;
                    audit::insert(conn, &event).await?;
                    Ok(true)
                })
            })
            .await?;
        if fresh {
            Ok(NewClient { client, secret })
        } else {
            Err(AdminError::Exists(format!("client {}", client.id)))
        }
    }

    /// Whether no other application is protected at this one's origin.
    async fn check_forward_origin(
        &self,
        settings: &ClientSettings,
        own: Option<&ClientId>,
    ) -> Result<(), AdminError> {
        let Some(rule) = &settings.forward_auth else { return Ok(()) };
        let mut conn = self.store.reader().await?;
        let there = forward_auth::client_at(&mut conn, &rule.origin).await?;
        if there.as_ref().is_some_and(|there| Some(there) != own) {
            return Err(AdminError::Exists(format!("an application at {}", rule.origin)));
        }
        Ok(())
    }

    /// An application that is not stored yet, and its secret.
    pub(super) fn new_client(
        &self,
        id: Option<ClientId>,
        settings: ClientSettings,
        public: bool,
    ) -> NewClient {
        let now = self.now();
        let has_secret =
            !public && settings.token_endpoint_auth_method != Some(AuthMethod::PrivateKeyJwt);
        let secret = has_secret.then(|| Token::generate(self.random.as_ref()));
        let client = Client {
            id: id.unwrap_or_else(|| ClientId(new_uuid(now, self.random.as_ref()).to_string())),
            secret_hash: secret.as_ref().map(Token::hash),
            settings,
            enabled: true,
            version: 1,
            created_at: now,
        };
        NewClient { client, secret }
    }

    /// The application that an admin names.
    pub async fn find_client(&self, id: &str) -> Result<Client, AdminError> {
        clients::by_id(&mut *self.store.reader().await?, &ClientId(id.trim().to_owned()))
            .await?
            .ok_or_else(|| AdminError::NotFound(format!("client {id}")))
    }

    /// Every application.
    pub async fn list_clients(&self) -> Result<Vec<Client>, AdminError> {
        Ok(clients::list(&mut *self.store.reader().await?).await?)
    }

    /// Changes what an application may do, and whether it gets anything at all: `edit` gets it as
    /// it is now and says what it shall be. Refused where it is no longer at `version`.
    pub async fn edit_client(
        &self,
        caller: &Caller,
        id: &str,
        version: Option<i64>,
        edit: impl FnOnce(&mut ClientSettings, &mut bool) -> Result<(), Invalid>
        + Clone
        + Send
        + 'static,
    ) -> Result<Client, AdminError> {
        self.permit(caller, Action::ChangeApps, Activity::ClientChanged, None).await?;
        let before = self.find_client(id).await?;
        let (mut planned, mut enabled) = (before.settings.clone(), before.enabled);
        edit.clone()(&mut planned, &mut enabled)?;
        let sector =
            |it: &ClientSettings| (it.sector_identifier_uri.clone(), it.redirect_uris.clone());
        let agreed = sector(&planned);
        if agreed.0.is_some() && agreed != sector(&before.settings) {
            planned.validate_as(before.is_public())?;
            self.check_sector(&planned).await?;
        }
        self.check_forward_origin(&planned, Some(&before.id)).await?;
        let id = before.id;
        let entry = self.entry_by(Activity::ClientChanged, caller).client(Some(&id));
        self.store
            .write(move |conn| {
                Box::pin(async move {
                    let Some(before) = clients::by_id(conn, &id).await? else {
                        return Ok(Err(AdminError::NotFound(format!("client {id}"))));
                    };
                    if version.is_some_and(|version| version != before.version) {
                        return Ok(Err(AdminError::Changed));
                    }
                    let mut after = before.clone();
                    let checked = edit(&mut after.settings, &mut after.enabled)
                        .and_then(|()| after.settings.validate_as(after.is_public()));
                    if let Err(invalid) = checked {
                        return Ok(Err(invalid.into()));
                    }
                    if agreed != sector(&after.settings) {
                        return Ok(Err(AdminError::Changed));
                    }
                    if after == before {
                        return Ok(Ok(before));
                    }
                    clients::put(conn, &after).await?;
                    let what = match (before.enabled, after.enabled) {
                        (true, false) => "disabled",
                        (false, true) => "enabled",
                        _ if after.settings.third_party && !before.settings.third_party => {
                            "changed, and a third party's from now on"
                        }
                        _ => "changed",
                    };
                    let detail = format!("{} {what}", after.settings.client_name);
                    audit::insert(conn, &entry.detail(detail).done()).await?;
                    after.version += 1;
                    Ok(Ok(after))
                })
            })
            .await?
    }

    /// Gives an application a new secret; the old one is worth nothing from now on.
    pub async fn renew_client_secret(
        &self,
        caller: &Caller,
        id: &str,
    ) -> Result<NewClient, AdminError> {
        self.permit(caller, Action::ChangeApps, Activity::ClientChanged, None).await?;
        let id = self.find_client(id).await?.id;
        let entry = self.entry_by(Activity::ClientChanged, caller).client(Some(&id));
        let secret = Token::generate(self.random.as_ref());
        let hash = secret.hash();
        let changed = self
            .store
            .write(move |conn| {
                Box::pin(async move {
                    let Some(mut client) = clients::by_id(conn, &id).await? else {
                        return Ok(Err(AdminError::NotFound(format!("client {id}"))));
                    };
                    if client.secret_hash.is_none() {
                        let message = say("invalid-no-secret");
                        return Ok(Err(Invalid::new("clientSecret", message).into()));
                    }
                    client.secret_hash = Some(hash);
                    clients::put(conn, &client).await?;
                    let detail = format!("{}: a new secret", client.settings.client_name);
                    audit::insert(conn, &entry.detail(detail).done()).await?;
                    client.version += 1;
                    Ok(Ok(client))
                })
            })
            .await?;
        changed.map(|client| NewClient { client, secret: Some(secret) })
    }

    /// Removes an application and all that it was given.
    pub async fn remove_client(&self, caller: &Caller, id: &str) -> Result<Client, AdminError> {
        self.permit(caller, Action::ChangeApps, Activity::ClientRemoved, None).await?;
        let client = self.find_client(id).await?;
        let entry = self.entry_by(Activity::ClientRemoved, caller);
        let event = entry.client(Some(&client.id)).detail(&client.settings.client_name).done();
        let id = client.id.clone();
        self.store
            .write(move |conn| {
                Box::pin(async move {
                    clients::delete(conn, &id).await?;
                    audit::insert(conn, &event).await
                })
            })
            .await?;
        Ok(client)
    }
}

/// Whether `secret` is the client's; in constant time.
pub fn secret_matches(client: &Client, secret: &str) -> bool {
    client.secret_hash.as_deref().is_some_and(|stored| token::matches(secret, stored))
}
