//! Applications: registering and removing them, and knowing them again.

use super::caller::Caller;
use super::{AdminError, Failure, Services};
use crate::crypto::token::{self, Token};
use crate::domain::audit::Activity;
use crate::domain::authority::Action;
use crate::domain::client::{Client, ClientSettings};
use crate::domain::id::{ClientId, new_uuid};
use crate::store::{audit, clients};

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
        settings.validate()?;
        if public {
            settings.validate_public()?;
        }
        let id = id.map(|id| id.0.parse::<ClientId>()).transpose()?;
        let now = self.now();
        let secret = (!public).then(|| Token::generate(self.random.as_ref()));
        let client = Client {
            id: id.unwrap_or_else(|| ClientId(new_uuid(now, self.random.as_ref()).to_string())),
            secret_hash: secret.as_ref().map(Token::hash),
            settings,
            enabled: true,
            created_at: now,
        };
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

    /// The enabled application with this `client_id`.
    pub async fn client(&self, id: &ClientId) -> Result<Option<Client>, Failure> {
        let client = clients::by_id(&mut *self.store.reader().await?, id).await?;
        Ok(client.filter(|client| client.enabled))
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
