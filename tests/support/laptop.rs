//! A device with a key of its own, as it is set up: what `firstkey device join` does, step by step.

#![allow(dead_code, reason = "a toolbox: not every suite uses every tool")]

use std::sync::Mutex;

use firstkey::crypto::token::hash;
use firstkey::domain::client::{ClientSettings, GrantType};
use serde_json::{Map, Value, json};
use uuid::Uuid;

use super::app::{App, Registered};
use super::client_key::ClientKey;
use super::visitor::{Page, Visitor};

/// The grant of RFC 8628.
pub const GRANT: &str = "urn:ietf:params:oauth:grant-type:device_code";
/// The resource that these devices have tokens for.
pub const API: &str = "https://api.example";

/// An application that sets up devices.
pub async fn device_client(app: &App) -> Registered {
    app.client_with("firstkey-device", true, set_up).await
}

/// What such an application is like.
pub fn set_up(settings: &mut ClientSettings) {
    settings.client_name = "Laptops".into();
    settings.redirect_uris = Vec::new();
    settings.post_logout_redirect_uris = Vec::new();
    settings.grant_types = vec![GrantType::RefreshToken, GrantType::DeviceCode];
    settings.device_registration = true;
    settings.resources = vec![API.into()];
}

/// A device.
pub struct Laptop {
    pub key: ClientKey,
    pub name: String,
    http: reqwest::Client,
    nonce: Mutex<Option<String>>,
}

/// What a device was told when it asked.
#[derive(Clone, Debug)]
pub struct Asked {
    pub code: String,
    pub shows: String,
}

impl Laptop {
    pub fn new(name: &str) -> Self {
        let http = reqwest::Client::new();
        Self { key: ClientKey::new("device"), name: name.into(), http, nonce: Mutex::default() }
    }

    fn proof(&self, app: &App, method: &str, path: &str, token: Option<&str>) -> String {
        let mut claims = Map::new();
        claims.insert("htm".into(), method.into());
        claims.insert("htu".into(), app.url(path).into());
        claims.insert("iat".into(), app.now().into());
        claims.insert("jti".into(), Uuid::new_v4().to_string().into());
        if let Some(nonce) = self.nonce.lock().unwrap().clone() {
            claims.insert("nonce".into(), nonce.into());
        }
        if let Some(token) = token {
            claims.insert("ath".into(), hash(token).into());
        }
        self.key.proof(&Value::Object(claims))
    }

    fn learn(&self, answer: &reqwest::Response) {
        if let Some(nonce) = answer.headers().get("dpop-nonce") {
            *self.nonce.lock().unwrap() = Some(nonce.to_str().unwrap().to_owned());
        }
    }

    /// Posts a form with a proof, and again with the nonce that it is told to use.
    pub async fn post(&self, app: &App, path: &str, form: &[(&str, &str)]) -> (u16, Value) {
        loop {
            let proof = self.proof(app, "POST", path, None);
            let request = self.http.post(app.url(path)).header("dpop", proof).form(form);
            let answer = request.header("x-forwarded-for", "203.0.113.7").send().await.unwrap();
            self.learn(&answer);
            let status = answer.status().as_u16();
            let body: Value = answer.json().await.unwrap_or(Value::Null);
            if body["error"] != "use_dpop_nonce" {
                return (status, body);
            }
        }
    }

    /// Asks to be set up.
    pub async fn asks(&self, app: &App, client: &Registered) -> Asked {
        let form = [
            ("client_id", client.id.as_str()),
            ("scope", "openid profile offline_access"),
            ("resource", API),
            ("firstkey_device_name", self.name.as_str()),
            ("firstkey_device_platform", "Windows"),
        ];
        let (status, answer) = self.post(app, "/device_authorization", &form).await;
        assert_eq!(status, 200, "{answer}");
        let text = |name: &str| answer[name].as_str().unwrap().to_owned();
        Asked { code: text("device_code"), shows: text("user_code") }
    }

    pub async fn polls(&self, app: &App, client: &Registered, asked: &Asked) -> (u16, Value) {
        let form = [
            ("grant_type", GRANT),
            ("client_id", client.id.as_str()),
            ("device_code", asked.code.as_str()),
        ];
        self.post(app, "/token", &form).await
    }

    /// Fetches new tokens.
    pub async fn refreshes(&self, app: &App, client: &Registered, token: &str) -> (u16, Value) {
        let form = [
            ("grant_type", "refresh_token"),
            ("client_id", client.id.as_str()),
            ("refresh_token", token),
        ];
        self.post(app, "/token", &form).await
    }

    /// Uses an access token somewhere here.
    pub async fn calls(&self, app: &App, path: &str, token: &str) -> u16 {
        for _ in 0..2 {
            let proof = self.proof(app, "GET", path, Some(token));
            let request = self.http.get(app.url(path)).header("dpop", proof);
            let request = request.header("authorization", format!("DPoP {token}"));
            let answer = request.send().await.unwrap();
            self.learn(&answer);
            let challenge = answer.headers().get("www-authenticate");
            let challenge = challenge.map(|it| it.to_str().unwrap()).unwrap_or_default();
            if !challenge.contains("use_dpop_nonce") {
                return answer.status().as_u16();
            }
        }
        panic!("a nonce was asked for twice")
    }

    /// Is set up for whoever is signed in in this browser; returns its tokens.
    pub async fn joins(&self, app: &App, client: &Registered, person: &mut Visitor) -> Value {
        let asked = self.asks(app, client).await;
        let page = allows(person, &asked).await;
        assert_eq!(page.heading(), "You can go back to your device");
        let (status, tokens) = self.polls(app, client, &asked).await;
        assert_eq!(status, 200, "{tokens}");
        tokens
    }
}

/// Types the code of a device and says that it is one's own.
pub async fn recognises(person: &mut Visitor, asked: &Asked) -> Page {
    person.open("/device").await.page();
    let page = person.submit_to("/device", &[("user_code", &asked.shows)]).await.page();
    assert_eq!(page.heading(), "Is this your device?");
    person.submit("device", &[("decision", "continue")]).await.page()
}

/// The same by somebody who is signed in, and allows it.
pub async fn allows(person: &mut Visitor, asked: &Asked) -> Page {
    recognises(person, asked).await;
    person.submit("consent", &[("decision", "allow")]).await.page()
}

/// The text of a token.
pub fn text<'a>(tokens: &'a Value, name: &str) -> &'a str {
    tokens[name].as_str().unwrap_or_else(|| panic!("{name}: {tokens}"))
}

/// An API that takes the tokens of devices.
pub async fn api(app: &App) -> Registered {
    app.client_with("api", false, |settings| settings.resource_server_for = vec![API.into()]).await
}

/// What the API learns about a token.
pub async fn active(app: &App, api: &Registered, token: &str) -> bool {
    let form =
        [("token", token), ("client_id", api.id.as_str()), ("client_secret", api.secret.as_str())];
    let answer = reqwest::Client::new().post(app.url("/introspect")).form(&form).send().await;
    let answer: Value = answer.unwrap().json().await.unwrap();
    if answer["active"] == false {
        assert_eq!(answer, json!({ "active": false }));
    }
    answer["active"].as_bool().unwrap()
}
