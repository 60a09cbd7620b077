//! Calling SCIM.

use firstkey::domain::permission::Permission as P;
use reqwest::Method;
use reqwest::header::HeaderMap;
use serde_json::{Value, json};

use crate::graph::support::as_application;
use crate::support::app::App;

pub const USER: &str = "urn:ietf:params:scim:schemas:core:2.0:User";
pub const GROUP: &str = "urn:ietf:params:scim:schemas:core:2.0:Group";
pub const ENTERPRISE: &str = "urn:ietf:params:scim:schemas:extension:enterprise:2.0:User";
pub const PASS: &str = "urn:firstkey:params:scim:schemas:extension:2.0:TemporaryAccessPass";
pub const SEARCH: &str = "urn:ietf:params:scim:api:messages:2.0:SearchRequest";
const PATCH: &str = "urn:ietf:params:scim:api:messages:2.0:PatchOp";
const ERROR: &str = "urn:ietf:params:scim:api:messages:2.0:Error";

/// An answer.
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

    /// The detail of an error with this status and type; an empty one for none.
    #[track_caller]
    pub fn refused(self, status: u16, kind: &str) -> String {
        let found = self.body["scimType"].as_str().unwrap_or_default();
        assert_eq!((self.status, found), (status, kind), "{}", self.body);
        assert_eq!(self.body["schemas"], json!([ERROR]));
        assert_eq!(self.body["status"], status.to_string(), "a string");
        self.body["detail"].as_str().expect("a detail").to_owned()
    }

    pub fn header(&self, name: &str) -> &str {
        self.headers.get(name).map_or("", |value| value.to_str().expect("readable"))
    }
}

/// A system that provisions people.
#[derive(Clone)]
pub struct Scim {
    root: String,
    http: reqwest::Client,
    pub token: Option<String>,
}

impl Scim {
    pub fn new(app: &App, token: Option<String>) -> Self {
        Self { root: app.url("/scim/v2"), http: reqwest::Client::new(), token }
    }

    /// One that may do this.
    pub async fn with(app: &App, permissions: &[P]) -> Self {
        Self::new(app, as_application(app, permissions).await.token)
    }

    /// One that may keep people, groups and passes.
    pub async fn of(app: &App) -> Self {
        let all = [P::UserReadWriteAll, P::GroupReadWriteAll, P::TapReadWriteAll];
        Self::with(app, &all).await
    }

    pub fn request(&self, method: Method, path: &str) -> reqwest::RequestBuilder {
        let request = self.http.request(method, format!("{}{path}", self.root));
        match &self.token {
            Some(token) => request.bearer_auth(token),
            None => request,
        }
    }

    pub async fn send(&self, request: reqwest::RequestBuilder) -> Answer {
        let response = request.send().await.expect("an answer");
        let (status, headers) = (response.status().as_u16(), response.headers().clone());
        let text = response.text().await.expect("a body");
        assert!(headers.contains_key("request-id") && headers["cache-control"] == "no-store");
        assert!(headers.get("set-cookie").is_none(), "there are no cookies");
        let body = if matches!(status, 204 | 304) {
            assert_eq!(text, "");
            Value::Null
        } else {
            assert_eq!(headers["content-type"], "application/scim+json", "{status} {text}");
            serde_json::from_str(&text).unwrap_or_else(|_| panic!("no JSON: {text}"))
        };
        Answer { status, headers, body }
    }

    pub async fn get(&self, path: &str) -> Answer {
        self.send(self.request(Method::GET, path)).await
    }

    pub async fn delete(&self, path: &str) -> Answer {
        self.send(self.request(Method::DELETE, path)).await
    }

    pub async fn post(&self, path: &str, body: Value) -> Answer {
        self.send(scim_body(self.request(Method::POST, path), &body)).await
    }

    pub async fn put(&self, path: &str, body: Value) -> Answer {
        self.send(scim_body(self.request(Method::PUT, path), &body)).await
    }

    /// Changes in the form of RFC 7644.
    pub async fn patch(&self, path: &str, operations: Value) -> Answer {
        self.send(scim_body(self.request(Method::PATCH, path), &patch(&operations))).await
    }

    /// A new person with these attributes besides.
    pub async fn person(&self, username: &str, more: Value) -> Value {
        let mut body = json!({ "schemas": [USER], "userName": username });
        for (name, value) in more.as_object().expect("an object") {
            body[name] = value.clone();
        }
        self.post("/Users", body).await.expect(201)
    }

    /// The usernames that a filter finds.
    pub async fn find(&self, filter: &str) -> Vec<String> {
        let query = format!("/Users?sortBy=userName&filter={}", encoded(filter));
        let answer = self.get(&query).await.expect(200);
        let names = names(&answer);
        assert_eq!(answer["totalResults"], names.len(), "{filter}");
        names
    }
}

/// A request for changes.
pub fn patch(operations: &Value) -> Value {
    json!({ "schemas": [PATCH], "Operations": operations })
}

pub fn scim_body(request: reqwest::RequestBuilder, body: &Value) -> reqwest::RequestBuilder {
    request.header("content-type", "application/scim+json; charset=utf-8").body(body.to_string())
}

/// The usernames, or names of groups, in a list.
pub fn names(list: &Value) -> Vec<String> {
    let found = list["Resources"].as_array().expect("a list").iter();
    let name = |one: &Value| one.get("userName").or(one.get("displayName")).cloned();
    found.map(|one| name(one).expect("a name").as_str().unwrap().to_owned()).collect()
}

/// Text as part of a query.
pub fn encoded(text: &str) -> String {
    url::form_urlencoded::byte_serialize(text.as_bytes()).collect()
}

/// The address of somebody or something in a list or an answer.
pub fn path(resource: &Value) -> String {
    let kind = resource["meta"]["resourceType"].as_str().expect("a type");
    format!("/{kind}s/{}", resource["id"].as_str().expect("an id"))
}
