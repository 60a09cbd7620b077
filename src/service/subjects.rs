//! By which `sub` an application knows people (OIDC Core §8).

use url::Url;

use super::{AdminError, Services};
use crate::domain::client::{Client, ClientSettings, SubjectType};
use crate::domain::error::Invalid;
use crate::domain::id::UserId;

impl Services {
    /// The `sub` by which an application knows somebody.
    pub fn subject(&self, client: &Client, user: UserId) -> String {
        match client.settings.subject_type {
            SubjectType::Public => user.to_string(),
            SubjectType::Pairwise => {
                // One from before a sector had to be sure is a sector of its own: no host has a
                // space in its name.
                let own = || format!("client {}", client.id);
                self.subjects.of(&client.settings.sector().unwrap_or_else(own), user)
            }
        }
    }

    /// Whether whoever is at the `sector_identifier_uri` agrees that this application belongs to
    /// the sector: the document there must list its redirect URIs (OIDC Registration §5).
    pub(super) async fn check_sector(&self, settings: &ClientSettings) -> Result<(), AdminError> {
        let Some(uri) = &settings.sector_identifier_uri else { return Ok(()) };
        let refuse = |why: String| Err(Invalid::new("sectorIdentifierUri", why).into());
        let Ok(url) = Url::parse(uri) else { return refuse("an absolute URI is needed".into()) };
        let document = match self.outbound.get(&url).await {
            Ok(document) => document,
            Err(error) => return refuse(error.to_string()),
        };
        let Ok(listed) = serde_json::from_slice::<Vec<String>>(&document) else {
            return refuse("a JSON array of redirect URIs must be there".into());
        };
        match settings.redirect_uris.iter().find(|uri| !listed.contains(uri)) {
            Some(missing) => refuse(format!("the document there does not list {missing}")),
            None => Ok(()),
        }
    }
}
