//! A phone in software: what the script of the phone's page does, and what it never would.

#![allow(dead_code, reason = "a toolbox: not every suite uses every tool")]

use std::time::Duration;

use jsonwebtoken::Header;
use reqwest::Method;
use serde_json::{Value, json};
use uuid::Uuid;

use super::app::App;
use super::authenticator::SoftAuthenticator;
use super::client_key::ClientKey;
use super::visitor::{Page, Visitor};

/// A phone with its key, and perhaps a screen lock.
pub struct SoftPhone {
    pub key: ClientKey,
    pub lock: Option<SoftAuthenticator>,
    pub name: String,
    issuer: String,
    http: reqwest::Client,
    address: String,
}

/// What stands in an element of a page that is marked so.
pub fn marked(page: &Page, mark: &str) -> String {
    let (_, rest) = page.body.split_once(&format!("{mark}>")).unwrap_or_else(|| {
        panic!("{} ({}) has no {mark}: {:?}", page.heading(), page.path, page.alert())
    });
    rest.split('<').next().unwrap_or_default().trim().to_owned()
}

/// The number that a page shows.
pub fn number(page: &Page) -> i64 {
    marked(page, "data-number").parse().expect("a number")
}

impl SoftPhone {
    /// A phone that verifies its user.
    pub fn new(app: &App) -> Self {
        Self { lock: Some(SoftAuthenticator::new()), ..Self::without_lock(app) }
    }

    /// A phone that does not.
    pub fn without_lock(app: &App) -> Self {
        let [a, b, ..] = *Uuid::new_v4().as_bytes();
        Self {
            key: ClientKey::new("phone"),
            lock: None,
            name: "Test phone".into(),
            issuer: app.issuer.clone(),
            http: reqwest::Client::new(),
            address: format!("10.200.{a}.{b}"),
        }
    }

    fn with_key<'a>(&'a self, typ: &'a str) -> impl FnOnce(&mut Header) + 'a {
        move |header| {
            header.kid = None;
            header.typ = Some(typ.into());
            header.jwk = Some(serde_json::from_value(self.key.jwk()).expect("a JWK"));
        }
    }

    /// A proof that it holds its key, for this request.
    pub fn proof(&self, app: &App, method: &str, path: &str) -> String {
        let claims = json!({
            "htm": method,
            "htu": format!("{}{path}", self.issuer),
            "iat": app.now(),
            "jti": Uuid::new_v4().to_string(),
            "nonce": app.services.dpop_nonce(),
        });
        self.key.sign_as(&claims, self.with_key("dpop+jwt"))
    }

    /// What it signs.
    pub fn statement(&self, app: &App, typ: &str, mut claims: Value) -> String {
        for (name, value) in
            [("aud", json!(self.issuer)), ("origin", json!(self.issuer)), ("iat", json!(app.now()))]
        {
            if claims[name].is_null() {
                claims[name] = value;
            }
        }
        self.key.sign_as(&claims, self.with_key(typ))
    }

    /// Sends something with a proof.
    pub async fn send_with(&self, path: &str, proof: &str, body: &Value) -> (u16, Value) {
        let request = self.http.request(Method::POST, format!("{}{path}", self.issuer));
        let request = request
            .header("dpop", proof)
            .header("accept", "application/json")
            .header("x-forwarded-for", &self.address);
        let answer = request.json(body).send().await.expect("an answer");
        let status = answer.status().as_u16();
        (status, answer.json().await.unwrap_or(Value::Null))
    }

    /// Sends something with a proof of its own.
    pub async fn send(&self, app: &App, path: &str, body: &Value) -> (u16, Value) {
        self.send_with(path, &self.proof(app, "POST", path), body).await
    }

    /// Asks for something that has no body, with a proof of its own.
    pub async fn plainly(&self, app: &App, method: Method, path: &str) -> (u16, Value) {
        let proof = self.proof(app, method.as_str(), path);
        let request = self.http.request(method, format!("{}{path}", self.issuer));
        let request = request.header("dpop", proof).header("x-forwarded-for", &self.address);
        let answer = request.send().await.expect("an answer");
        let status = answer.status().as_u16();
        (status, answer.json().await.unwrap_or(Value::Null))
    }

    /// The first thing that a stream says, or the status of a refusal.
    pub async fn hears(&self, app: &App, path: &str) -> Result<Value, (u16, Value)> {
        let request = self.http.get(format!("{}{path}", self.issuer));
        let request = request
            .header("dpop", self.proof(app, "GET", path))
            .header("accept", "application/json")
            .header("x-forwarded-for", &self.address);
        let mut answer = request.send().await.expect("an answer");
        let status = answer.status().as_u16();
        if status != 200 {
            return Err((status, answer.json().await.unwrap_or(Value::Null)));
        }
        let first = tokio::time::timeout(Duration::from_secs(10), answer.chunk()).await;
        let first = first.expect("in time").expect("a chunk").expect("an event");
        let text = String::from_utf8(first.to_vec()).expect("text");
        let data = text.lines().find_map(|line| line.strip_prefix("data: ")).expect("data");
        Ok(serde_json::from_str(data).expect("JSON"))
    }

    /// What it is asked now.
    pub async fn asked(&self, app: &App) -> Value {
        let seen = self.hears(app, "/phone/events").await.expect("a paired phone");
        assert_eq!(seen["state"], "asked", "{seen}");
        seen
    }

    /// Whether it is asked nothing now.
    pub async fn is_quiet(&self, app: &App) -> bool {
        let seen = self.hears(app, "/phone/events").await.expect("a paired phone");
        seen["state"] == "idle"
    }

    /// Comes with a code.
    pub async fn begin(&self, app: &App, code: &str) -> (u16, Value) {
        self.send(app, "/phone/pair/begin", &json!({ "code": code })).await
    }

    /// Proves that it holds its key.
    pub async fn finish(&mut self, app: &App, begun: &Value) -> (u16, Value) {
        let claims = json!({ "challenge": begun["challenge"], "name": self.name });
        let statement = self.statement(app, "phone-pairing+jwt", claims);
        let mut body = json!({ "statement": statement });
        if let Some(lock) = &mut self.lock {
            body["credential"] = lock.create(&self.issuer, begun["options"].clone()).await;
        }
        self.send(app, "/phone/pair/finish", &body).await
    }

    /// The whole pairing, by somebody who is asked to register something.
    pub async fn pair(&mut self, app: &App, owner: &mut Visitor) -> Page {
        let code = code_of(owner).await;
        let (status, begun) = self.begin(app, &code).await;
        assert_eq!(status, 200, "{begun}");
        let (status, proved) = self.finish(app, &begun).await;
        assert_eq!(status, 200, "{proved}");
        let path = format!("{}/phone/pair", owner.journey());
        let page = owner.open(&path).await.page();
        assert_eq!(number(&page).to_string(), proved["number"].as_str().unwrap());
        settle(owner, number(&page), "add").await
    }

    /// What it sends to decide a request, after its user was verified where it does that.
    pub async fn decision(
        &mut self,
        app: &App,
        request: &Value,
        decision: &str,
        number: i64,
    ) -> Value {
        let id = request["id"].as_str().expect("an id");
        let claims = json!({ "request": id, "number": number, "decision": decision });
        let mut body = json!({ "statement": self.statement(app, "phone-decision+jwt", claims) });
        if decision != "approve" || self.lock.is_none() {
            return body;
        }
        let path = format!("/phone/requests/{id}/verify");
        let (status, begun) = self.send(app, &path, &json!({})).await;
        assert_eq!(status, 200, "{begun}");
        if let Some(lock) = &mut self.lock {
            body["ceremony"] = begun["ceremony"].clone();
            body["credential"] = lock.get(&self.issuer, begun["options"].clone()).await;
        }
        body
    }

    /// Decides a request.
    pub async fn decides(
        &mut self,
        app: &App,
        request: &Value,
        decision: &str,
        number: i64,
    ) -> (u16, Value) {
        let body = self.decision(app, request, decision, number).await;
        self.sends(app, request, &body).await
    }

    /// Sends a decision.
    pub async fn sends(&self, app: &App, request: &Value, body: &Value) -> (u16, Value) {
        let path = format!("/phone/requests/{}", request["id"].as_str().expect("an id"));
        self.send(app, &path, body).await
    }

    /// Approves what it is asked, with the number that the computer shows.
    pub async fn approves(&mut self, app: &App, shown: &Page) {
        let request = self.asked(app).await;
        let (status, answer) = self.decides(app, &request, "approve", number(shown)).await;
        assert_eq!(status, 200, "{answer}");
    }
}

/// A code for a phone, for somebody who is asked to register something.
pub async fn code_of(owner: &mut Visitor) -> String {
    let page = owner.submit("phone/pair", &[]).await.page();
    marked(&page, "data-code")
}

/// Says on the computer whether the phone that shows this number is theirs.
pub async fn settle(owner: &mut Visitor, number: i64, decision: &str) -> Page {
    let number = number.to_string();
    owner.submit("phone/pair/settle", &[("number", &number), ("decision", decision)]).await.page()
}
