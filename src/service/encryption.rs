//! ID tokens that only their application can read (OIDC Core §10.2, §16.14).

use super::{Failure, Services};
use crate::crypto::jwe::{self, JweError, Parties};
use crate::domain::client::Client;

impl Services {
    /// The signed token as the application wants to have it: encrypted where it registered how.
    pub(super) async fn sealed_for(
        &self,
        client: &Client,
        signed: String,
    ) -> Result<String, Failure> {
        let settings = &client.settings;
        let (Some(algorithm), Some(encryption)) =
            (settings.id_token_encrypted_response_alg, settings.id_token_encrypted_response_enc)
        else {
            return Ok(signed);
        };
        let parties = Parties { producer: self.issuer_text(), recipient: &client.id.0 };
        let to = |keys: &[_]| jwe::encrypt(&signed, keys, algorithm, encryption, parties);
        let mut encrypted = to(&self.keys_of(client, false).await);
        if matches!(encrypted, Err(JweError::NoKey(_))) && settings.jwks_uri.is_some() {
            // It may have new keys, or may be there again (OIDC Core §10.2.1).
            encrypted = to(&self.keys_of(client, true).await);
        }
        encrypted.map_err(|error| {
            tracing::warn!(client = %client.id, %error, "an ID token cannot be encrypted");
            // Never sent in the clear instead.
            Failure::Unavailable(format!("the keys of the application: {error}"))
        })
    }
}
