//! What an application does with what its people bring back.

use serde_json::Value;

use super::super::app::Registered;
use super::{Request, Visitor};

impl Visitor {
    /// Posts to the token endpoint with the secret in the form.
    pub async fn token(&self, client: &Registered, fields: &[(&str, &str)]) -> (u16, Value) {
        let mut form = vec![("client_id", client.id.as_str())];
        if !client.secret.is_empty() {
            form.push(("client_secret", client.secret.as_str()));
        }
        form.extend_from_slice(fields);
        self.token_raw(&form).await
    }

    /// Posts just these fields to the token endpoint.
    pub async fn token_raw(&self, form: &[(&str, &str)]) -> (u16, Value) {
        let response = self
            .http
            .post(self.absolute("/token"))
            .header("x-forwarded-for", &self.address)
            .form(form)
            .send()
            .await
            .expect("an answer");
        assert_eq!(response.headers()["cache-control"], "no-store");
        let status = response.status().as_u16();
        (status, response.json().await.expect("JSON"))
    }

    /// Redeems the code of a request.
    pub async fn redeem(&self, request: &Request, code: &str) -> (u16, Value) {
        let fields = [
            ("grant_type", "authorization_code"),
            ("code", code),
            ("redirect_uri", request.client.redirect_uri.as_str()),
            ("code_verifier", request.verifier.as_str()),
        ];
        self.token(&request.client, &fields).await
    }

    /// Signs in to one more application under the session that is there; its tokens.
    pub async fn joins(&mut self, client: &Registered) -> Value {
        let request = Request::of(client);
        let code = self.authorize(&request).await.code();
        self.redeem(&request, &code).await.1
    }

    /// Uses a refresh token.
    pub async fn refresh(&self, client: &Registered, token: &str) -> (u16, Value) {
        self.token(client, &[("grant_type", "refresh_token"), ("refresh_token", token)]).await
    }

    /// What `/userinfo` says to the bearer of a token.
    pub async fn userinfo(&self, token: &str) -> (u16, Value) {
        let response = self
            .http
            .get(self.absolute("/userinfo"))
            .bearer_auth(token)
            .send()
            .await
            .expect("an answer");
        let status = response.status().as_u16();
        (status, response.json().await.unwrap_or(Value::Null))
    }
}

/// The claims of a JWT, unverified.
pub fn claims(jwt: &Value) -> Value {
    use base64::Engine as _;
    let text = jwt.as_str().expect("a JWT");
    let payload = text.split('.').nth(1).expect("a payload");
    let bytes =
        base64::engine::general_purpose::URL_SAFE_NO_PAD.decode(payload).expect("base64url");
    serde_json::from_slice(&bytes).expect("claims")
}
