//! Calling the API, and getting tokens for it.

use firstkey::domain::client::{GrantType, Scope};
use firstkey::domain::permission::Permission;
use firstkey::domain::role::Role;
use firstkey::domain::user::User;
use firstkey::service::caller::Caller;
use reqwest::header::HeaderMap;
use reqwest::{Method, StatusCode};
use serde_json::{Value, json};

use crate::support::app::{App, Registered};
use crate::support::authenticator::SoftAuthenticator;
use crate::support::visitor::{Request, Visitor};

/// An answer of the API.
#[derive(Clone, Debug)]
pub struct Answer {
    pub status: u16,
    pub headers: HeaderMap,
    pub body: Value,
}

impl Answer {
    /// The body of an answer with this status.
    #[track_caller]
    pub fn expect(self, status: u16) -> Value {
        assert_eq!(self.status, status, "{}", self.body);
        self.body
    }

    /// The message of an error with this status and code.
    #[track_caller]
    pub fn refused(self, status: u16, code: &str) -> String {
        let error = &self.body["error"];
        assert_eq!((self.status, error["code"].as_str()), (status, Some(code)), "{}", self.body);
        assert_eq!(error["innerError"]["request-id"], self.header("request-id"), "{}", self.body);
        assert!(error["innerError"]["date"].is_string());
        error["message"].as_str().expect("a message").to_owned()
    }

    /// The field that an error is about.
    #[track_caller]
    pub fn about(self, code: &str) -> String {
        let target = self.body["error"]["details"][0]["target"].clone();
        self.refused(400, code);
        target.as_str().expect("a field").to_owned()
    }

    pub fn header(&self, name: &str) -> &str {
        self.headers.get(name).map_or("", |value| value.to_str().expect("readable"))
    }
}

/// Somebody who calls the API with a token.
#[derive(Clone)]
pub struct Api {
    root: String,
    http: reqwest::Client,
    pub token: Option<String>,
}

impl Api {
    pub fn new(app: &App, token: Option<String>) -> Self {
        Self { root: app.issuer.clone(), http: reqwest::Client::new(), token }
    }

    /// A request in the making; without a version in front, to `/v1.0`.
    pub fn request(&self, method: Method, path: &str) -> reqwest::RequestBuilder {
        let whole = path.starts_with("/beta") || path.starts_with("/v1.0");
        let version = if whole { "" } else { "/v1.0" };
        let url = if path.starts_with("http") {
            path.into()
        } else {
            format!("{}{version}{path}", self.root)
        };
        let request = self.http.request(method, url);
        match &self.token {
            Some(token) => request.bearer_auth(token),
            None => request,
        }
    }

    pub async fn send(&self, request: reqwest::RequestBuilder) -> Answer {
        let response = request.send().await.expect("an answer");
        let (status, headers) = (response.status(), response.headers().clone());
        let text = response.text().await.expect("a body");
        assert!(headers.contains_key("request-id") && headers["cache-control"] == "no-store");
        assert!(headers.get("set-cookie").is_none(), "the API has no cookies");
        let body = if status == StatusCode::NO_CONTENT {
            assert_eq!(text, "");
            Value::Null
        } else {
            assert!(headers["content-type"].to_str().unwrap().starts_with("application/json"));
            serde_json::from_str(&text).unwrap_or_else(|_| panic!("no JSON: {text}"))
        };
        Answer { status: status.as_u16(), headers, body }
    }

    pub async fn get(&self, path: &str) -> Answer {
        self.send(self.request(Method::GET, path)).await
    }

    pub async fn post(&self, path: &str, body: Value) -> Answer {
        self.send(self.request(Method::POST, path).json(&body)).await
    }

    pub async fn put(&self, path: &str, body: Value) -> Answer {
        self.send(self.request(Method::PUT, path).json(&body)).await
    }

    pub async fn patch(&self, path: &str, body: Value) -> Answer {
        self.send(self.request(Method::PATCH, path).json(&body)).await
    }

    pub async fn delete(&self, path: &str) -> Answer {
        self.send(self.request(Method::DELETE, path)).await
    }
}

/// An application that acts on its own.
pub async fn application(app: &App, permissions: &[Permission]) -> Registered {
    let id = format!("app-{}", uuid::Uuid::new_v4());
    app.client_with(&id, false, |settings| {
        settings.redirect_uris = Vec::new();
        settings.post_logout_redirect_uris = Vec::new();
        settings.grant_types = vec![GrantType::ClientCredentials];
        settings.scope = Vec::new();
        settings.application_permissions = permissions.to_vec();
    })
    .await
}

/// Calls of an application that acts on its own.
pub async fn as_application(app: &App, permissions: &[Permission]) -> Api {
    let client = application(app, permissions).await;
    let scope = ("scope", "https://graph.microsoft.com/.default");
    let form = [("grant_type", "client_credentials"), scope];
    let (status, answer) = app.visitor().token(&client, &form).await;
    assert_eq!(status, 200, "{answer}");
    Api::new(app, Some(answer["access_token"].as_str().unwrap().to_owned()))
}

/// Calls of an application that may do all.
pub async fn as_provisioning(app: &App) -> Api {
    use Permission as P;
    as_application(
        app,
        &[
            P::MethodReadWriteAll,
            P::PolicyReadWriteMethods,
            P::UserReadWriteAll,
            P::GroupReadWriteAll,
        ],
    )
    .await
}

/// Gives somebody a role.
pub async fn give_role(app: &App, username: &str, role: Role) {
    let edit = move |user: &mut User| {
        user.roles.insert(role);
        Ok(())
    };
    app.services.edit_user(&Caller::OPERATOR, username, None, edit).await.unwrap();
}

/// Somebody with a key, who has been signed in.
pub struct Person {
    pub visitor: Visitor,
    pub device: SoftAuthenticator,
}

/// Adds somebody with a role, who goes through their first day.
pub async fn person(app: &App, username: &str, role: Option<Role>) -> Person {
    app.one_method_is_enough().await;
    app.person(username).await;
    if let Some(role) = role {
        give_role(app, username, role).await;
    }
    let pass = app.pass(username).await;
    let client = app.client(&format!("first-day-of-{username}")).await;
    let (mut visitor, mut device) = (app.visitor(), SoftAuthenticator::new());
    visitor.day_one(&Request::of(&client), username, &pass, &mut device).await.code();
    Person { visitor, device }
}

/// An application for signed-in people, with these permissions.
pub async fn portal(app: &App, permissions: &[Permission]) -> (Registered, Request) {
    let id = format!("portal-{}", uuid::Uuid::new_v4());
    let client = app
        .client_with(&id, false, |settings| {
            settings.scope.extend(permissions.iter().copied().map(Scope::Api));
        })
        .await;
    let asked: Vec<_> = permissions.iter().map(|one| one.name()).collect();
    let scope = format!("openid profile {}", asked.join(" "));
    let request = Request::of(&client).with("scope", &scope);
    (client, request)
}

impl Person {
    /// Signs in with the key, and calls through an application with these permissions.
    pub async fn calls(&mut self, app: &App, permissions: &[Permission]) -> Api {
        let (_, request) = portal(app, permissions).await;
        self.visitor.authorize(&request.clone().with("prompt", "login")).await.page();
        let code = self.visitor.use_passkey(&mut self.device).await.code();
        let (status, tokens) = self.visitor.redeem(&request, &code).await;
        assert_eq!(status, 200, "{tokens}");
        Api::new(app, Some(tokens["access_token"].as_str().unwrap().to_owned()))
    }
}

/// The address of somebody's passes.
pub fn passes(user: &str) -> String {
    format!("/users/{user}/authentication/temporaryAccessPassMethods")
}

/// The address of the pass policy.
pub const POLICY: &str =
    "/policies/authenticationMethodsPolicy/authenticationMethodConfigurations/TemporaryAccessPass";

/// A body that says nothing but what it is.
pub fn typed(kind: &str) -> Value {
    json!({ "@odata.type": format!("#microsoft.graph.{kind}") })
}
