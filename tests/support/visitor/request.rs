//! What an application sends its people away with.

use openidconnect::PkceCodeChallenge;

use super::super::app::Registered;

/// An authorization request in the making.
#[derive(Clone, Debug)]
pub struct Request {
    pub params: Vec<(String, String)>,
    pub verifier: String,
    pub client: Registered,
}

impl Request {
    /// What a good client sends.
    pub fn of(client: &Registered) -> Self {
        let (challenge, verifier) = PkceCodeChallenge::new_random_sha256();
        let params = [
            ("client_id", client.id.as_str()),
            ("redirect_uri", client.redirect_uri.as_str()),
            ("response_type", "code"),
            ("scope", "openid profile email groups offline_access"),
            ("state", "a state"),
            ("nonce", "a nonce"),
            ("code_challenge", challenge.as_str()),
            ("code_challenge_method", "S256"),
        ];
        Self {
            params: params.map(|(name, value)| (name.into(), value.into())).to_vec(),
            verifier: verifier.secret().clone(),
            client: client.clone(),
        }
    }

    /// The same with a parameter set.
    pub fn with(mut self, name: &str, value: &str) -> Self {
        self.params.retain(|(known, _)| known != name);
        self.params.push((name.into(), value.into()));
        self
    }

    /// The same without a parameter.
    pub fn without(mut self, name: &str) -> Self {
        self.params.retain(|(known, _)| known != name);
        self
    }

    /// The address to open.
    pub fn path(&self) -> String {
        let query = url::form_urlencoded::Serializer::new(String::new())
            .extend_pairs(&self.params)
            .finish();
        format!("/authorize?{query}")
    }
}
