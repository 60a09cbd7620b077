//! Upstreams: a second real server whose people are known there, and one that says whatever a test
//! wants it to.

#![allow(dead_code, reason = "a toolbox: not every suite uses every tool")]

use std::collections::HashMap;
use std::sync::{Arc, Mutex};
use std::time::Duration;

use axum::Router;
use axum::body::Bytes;
use axum::extract::{Request as HttpRequest, State};
use axum::http::{StatusCode, header};
use axum::response::{Html, IntoResponse, Response};
use axum::routing::any;
use firstkey::domain::upstream::{LinkBy, NameClaim, UpstreamSettings};
use firstkey::domain::user::User;
use firstkey::service::caller::Caller;
use firstkey::service::users::NewUser;
use serde_json::{Value, json};
use tokio::net::TcpListener;
use url::Url;

use super::app::{App, Registered};
use super::authenticator::SoftAuthenticator;
use super::client_key::ClientKey;
use super::database::{Given, TestDatabase};
use super::visitor::{Landing, Page, Request, Visitor, param};

/// The name of the upstream in addresses.
pub const UPSTREAM: &str = "contoso";
/// Our client id there.
pub const CLIENT: &str = "firstkey";
/// Our secret at the upstream that says anything.
pub const SECRET: &str = "a secret between firstkey and contoso";
/// Who comes from there.
pub const ADA: &str = "ada@contoso.example";

/// Settings of an upstream that serves `@contoso.example`; a username there is one here.
pub fn contoso(issuer: &str) -> UpstreamSettings {
    UpstreamSettings {
        display_name: "Contoso".into(),
        issuer: issuer.into(),
        client_id: CLIENT.into(),
        scopes: vec!["profile".into(), "email".into()],
        claim: NameClaim::PreferredUsername,
        link_existing_by: LinkBy::Username,
        domains: vec!["contoso.example".into()],
        ..UpstreamSettings::default()
    }
}

/// Adds an upstream.
pub async fn add_upstream(app: &App, settings: UpstreamSettings, secret: &str) {
    let id = UPSTREAM.parse().expect("an id");
    let added = app.services.add_upstream(&Caller::OPERATOR, id, settings, Some(secret)).await;
    added.expect("a new upstream");
}

/// Changes it.
pub async fn change_upstream(app: &App, edit: impl FnOnce(&mut UpstreamSettings)) {
    let edit = |settings: &mut UpstreamSettings, _: &mut bool| {
        edit(settings);
        Ok(())
    };
    let changed = app.services.edit_upstream(&Caller::OPERATOR, UPSTREAM, None, edit).await;
    changed.expect("a changed upstream");
}

/// Adds a person with a username that is an address.
pub async fn person(app: &App, username: &str) -> User {
    let new = NewUser {
        username: username.into(),
        display_name: Some("Ada Example".into()),
        email: Some(username.into()),
        ..NewUser::default()
    };
    app.services.add_user(&Caller::OPERATOR, new).await.expect("a new person")
}

/// Begins a sign-in, types a name, and goes to the upstream: where that is.
pub async fn depart(visitor: &mut Visitor, request: &Request, username: &str) -> Url {
    visitor.authorize(request).await.page();
    visitor.identify(username).await.page();
    go(visitor).await.away()
}

/// Presses "Continue with Contoso".
pub async fn go(visitor: &mut Visitor) -> Landing {
    visitor.submit("upstream", &[("upstream", UPSTREAM)]).await
}

/// Two real servers: Ada is known to both, and has a passkey at the upstream alone.
pub struct Federation {
    /// Where people come to.
    pub here: App,
    /// Where they come from.
    pub there: App,
    /// An application here.
    pub payroll: Registered,
    /// What we are there.
    pub us: Registered,
    /// What Ada signs in with there.
    pub device: SoftAuthenticator,
}

impl Given for Federation {
    async fn given(database: TestDatabase) -> Self {
        Self::on(App::on(database).await).await
    }
}

impl Federation {
    /// The upstream of this server.
    pub async fn on(here: App) -> Self {
        let there = App::start().await;
        for app in [&here, &there] {
            person(app, ADA).await;
            app.one_method_is_enough().await;
        }
        let callback = here.url("/upstream/contoso/callback");
        let us = there.client_with(CLIENT, false, |it| it.redirect_uris = vec![callback]).await;
        add_upstream(&here, contoso(&there.issuer), &us.secret).await;
        let mut device = SoftAuthenticator::new();
        let pass = there.one_time_pass(ADA).await;
        let wiki = Request::of(&there.client("wiki").await);
        there.visitor().day_one(&wiki, ADA, &pass, &mut device).await.away();
        let payroll = here.client("payroll").await;
        Self { here, there, payroll, us, device }
    }

    /// A request of the application.
    pub fn request(&self) -> Request {
        Request::of(&self.payroll)
    }

    /// Lets time pass for everybody.
    pub fn wait(&self, duration: Duration) {
        self.here.wait(duration);
        self.there.wait(duration);
    }

    /// Signs in at the upstream, in a browser that has not been there: where that sends one back.
    pub async fn at_upstream(&mut self, url: &Url) -> Url {
        let mut visitor = self.there.visitor();
        let path = url.as_str().trim_start_matches(&self.there.issuer).to_owned();
        match visitor.open(&path).await {
            Landing::Away(back) => back,
            Landing::Page(_) => visitor.use_passkey(&mut self.device).await.away(),
        }
    }

    /// Comes back from the upstream.
    pub async fn back(&self, visitor: &mut Visitor, url: &Url) -> Landing {
        visitor.open(url.as_str().trim_start_matches(&self.here.issuer)).await
    }

    /// The whole way to the upstream and back: the page that is shown then.
    pub async fn come(&mut self, visitor: &mut Visitor, request: &Request) -> Landing {
        let away = depart(visitor, request, ADA).await;
        let back = self.at_upstream(&away).await;
        self.back(visitor, &back).await
    }
}

/// An upstream that says whatever a test wants it to, signed with a key of its own.
#[derive(Clone)]
pub struct Pretender {
    /// Its issuer.
    pub issuer: String,
    script: Arc<Mutex<Script>>,
}

struct Script {
    metadata: Value,
    jwks: Value,
    token: (u16, Value),
    by_code: HashMap<String, Value>,
    userinfo: Value,
    redirects: bool,
    asked: Vec<(String, String)>,
}

impl Pretender {
    /// Starts it with this key.
    pub async fn start(key: &ClientKey) -> Self {
        let listener = TcpListener::bind("127.0.0.1:0").await.expect("a free port");
        let port = listener.local_addr().expect("an address").port();
        let issuer = format!("http://127.0.0.1:{port}");
        let metadata = json!({
            "issuer": issuer,
            "authorization_endpoint": format!("{issuer}/authorize"),
            "token_endpoint": format!("{issuer}/token"),
            "jwks_uri": format!("{issuer}/jwks"),
            "response_types_supported": ["code"],
            "subject_types_supported": ["public"],
            "id_token_signing_alg_values_supported": ["RS256", "ES256", "HS256", "none"],
        });
        let script = Script {
            metadata,
            jwks: key.jwks(),
            token: (400, json!({ "error": "invalid_grant" })),
            by_code: HashMap::new(),
            userinfo: json!({}),
            redirects: false,
            asked: Vec::new(),
        };
        let pretender = Self { issuer, script: Arc::new(Mutex::new(script)) };
        let router = Router::new().fallback(any(answer)).with_state(pretender.clone());
        tokio::spawn(async { axum::serve(listener, router).await });
        pretender
    }

    fn script<T>(&self, change: impl FnOnce(&mut Script) -> T) -> T {
        change(&mut self.script.lock().expect("the script"))
    }

    /// Says something else about itself.
    pub fn metadata(&self, name: &str, value: Value) {
        self.script(|it| it.metadata[name] = value);
    }

    /// Publishes other keys.
    pub fn keys(&self, jwks: Value) {
        self.script(|it| it.jwks = jwks);
    }

    /// Gives this ID token for any code.
    pub fn gives(&self, id_token: &str) {
        self.script(|it| it.token = (200, tokens(id_token)));
    }

    /// Gives this ID token for this code.
    pub fn gives_for(&self, code: &str, id_token: &str) {
        self.script(|it| it.by_code.insert(code.to_owned(), tokens(id_token)));
    }

    /// Says this about whoever has an access token.
    pub fn tells(&self, userinfo: Value) {
        let endpoint = format!("{}/userinfo", self.issuer).into();
        self.script(|it| (it.userinfo, it.metadata["userinfo_endpoint"]) = (userinfo, endpoint));
    }

    /// Sends everybody elsewhere who asks for tokens.
    pub fn redirects(&self) {
        self.script(|it| it.redirects = true);
    }

    /// The paths that it was asked for, and what was sent there.
    pub fn asked(&self) -> Vec<(String, String)> {
        self.script(|it| it.asked.clone())
    }

    /// Good claims about somebody who went there by `away`.
    pub fn claims(&self, app: &App, away: &Url) -> Value {
        let now = app.now();
        json!({
            "iss": self.issuer, "aud": CLIENT, "sub": "1001", "iat": now, "exp": now + 300,
            "nonce": param(away, "nonce"), "preferred_username": ADA,
        })
    }
}

fn tokens(id_token: &str) -> Value {
    json!({
        "access_token": "an access token", "token_type": "Bearer", "expires_in": 60,
        "id_token": id_token,
    })
}

/// Where the upstream sends somebody back to who went there by `away`.
pub fn back_from(away: &Url) -> String {
    back_with(away, "a-code")
}

/// The same with this code.
pub fn back_with(away: &Url, code: &str) -> String {
    let state = param(away, "state").expect("a state");
    let redirect = param(away, "redirect_uri").expect("a redirect URI");
    let path = Url::parse(&redirect).expect("an address").path().to_owned();
    format!("{path}?code={code}&state={state}")
}

async fn answer(State(it): State<Pretender>, request: HttpRequest) -> Response {
    let path = request.uri().path().to_owned();
    let body = axum::body::to_bytes(request.into_body(), 65_536).await.unwrap_or(Bytes::new());
    let body = String::from_utf8_lossy(&body).into_owned();
    it.script(|script| {
        let code = url::form_urlencoded::parse(body.as_bytes()).find(|(name, _)| name == "code");
        let by_code = code.and_then(|(_, code)| script.by_code.get(code.as_ref()).cloned());
        script.asked.push((path.clone(), body));
        let json = |value: &Value| {
            ([(header::CONTENT_TYPE, "application/json")], value.to_string()).into_response()
        };
        match path.as_str() {
            "/.well-known/openid-configuration" => json(&script.metadata),
            "/jwks" => json(&script.jwks),
            "/token" if script.redirects => {
                (StatusCode::TEMPORARY_REDIRECT, [(header::LOCATION, "/elsewhere")]).into_response()
            }
            "/token" if by_code.is_some() => json(&by_code.unwrap_or_default()),
            "/token" => {
                let status = StatusCode::from_u16(script.token.0).expect("a status");
                (status, json(&script.token.1)).into_response()
            }
            "/userinfo" => json(&script.userinfo),
            // For a browser: nothing more to load.
            "/authorize" => {
                Html("<!doctype html><link rel=icon href=data:,><h1>Contoso</h1>").into_response()
            }
            _ => StatusCode::NOT_FOUND.into_response(),
        }
    })
}

/// A server here and a pretender over there.
pub struct Stage {
    pub app: App,
    pub contoso: Pretender,
    pub key: ClientKey,
    pub payroll: Registered,
}

impl Given for Stage {
    async fn given(database: TestDatabase) -> Self {
        Self::on(App::on(database).await).await
    }
}

impl Stage {
    pub async fn on(app: App) -> Self {
        let key = ClientKey::new("contoso-1");
        let pretender = Pretender::start(&key).await;
        add_upstream(&app, contoso(&pretender.issuer), SECRET).await;
        let payroll = app.client("payroll").await;
        Self { app, contoso: pretender, key, payroll }
    }

    /// Somebody goes there.
    pub async fn depart(&self, visitor: &mut Visitor) -> Url {
        depart(visitor, &Request::of(&self.payroll), ADA).await
    }

    /// Somebody goes there and comes back with claims that `change` has seen: the page that is
    /// shown then.
    pub async fn come(&self, visitor: &mut Visitor, change: impl FnOnce(&mut Value)) -> Page {
        let away = self.depart(visitor).await;
        let mut claims = self.contoso.claims(&self.app, &away);
        change(&mut claims);
        self.contoso.gives(&self.key.sign(&claims));
        visitor.open(&back_from(&away)).await.page()
    }
}
