//! One call of the API: who makes it, and what every handler asks of it.

use axum::Json;
use axum::extract::{FromRequestParts, OriginalUri, RawPathParams};
use axum::http::request::Parts;
use axum::http::{HeaderValue, StatusCode, header};
use axum::response::{IntoResponse, Response};
use serde_json::{Map, Value};

use super::error::{Area, GraphError};
use super::query::Options;
use crate::domain::audit::Activity;
use crate::domain::authority::Action;
use crate::domain::id::UserId;
use crate::domain::user::User;
use crate::http::AppState;
use crate::http::api;
use crate::http::etag::{etag, if_match};
use crate::service::Services;
use crate::service::caller::Caller;

/// One call by somebody whose token holds.
#[derive(Debug)]
pub struct Call {
    /// What people do.
    pub services: Services,
    /// Who calls.
    pub caller: Caller,
    /// The version that `If-Match` names; see [`if_match`].
    pub version: Option<i64>,
    path: String,
    query: String,
}

/// Whom a path is about.
#[derive(Debug)]
pub struct Target {
    /// An id or a username; none under `/me`.
    user: Option<String>,
    /// The id of the thing in question, where the path has one.
    pub id: String,
}

impl FromRequestParts<AppState> for Call {
    type Rejection = GraphError;

    async fn from_request_parts(parts: &mut Parts, state: &AppState) -> Result<Self, GraphError> {
        let caller = api::caller(parts, state).await?;
        let uri = parts.extensions.get::<OriginalUri>().map_or(&parts.uri, |uri| &uri.0);
        Ok(Self {
            services: state.services.clone(),
            caller,
            version: if_match(&parts.headers),
            path: uri.path().to_owned(),
            query: uri.query().unwrap_or_default().to_owned(),
        })
    }
}

impl Call {
    /// What the query asks for, if it is among `known`.
    pub fn options(&self, known: &[&str]) -> Result<Options, GraphError> {
        Options::parse(&self.query, known)
    }

    /// The address of the next page: this one, going on after `token`.
    pub fn next_link(&self, token: &str) -> String {
        let kept = url::form_urlencoded::parse(self.query.as_bytes())
            .filter(|(name, _)| name != "$skiptoken");
        let query = url::form_urlencoded::Serializer::new(String::new())
            .extend_pairs(kept)
            .append_pair("$skiptoken", token)
            .finish();
        format!("{}{}?{query}", self.services.issuer_text(), self.path)
    }

    /// The root of the version of the API that was called.
    pub fn root(&self) -> String {
        let version = if self.path.starts_with("/beta") { "beta" } else { "v1.0" };
        format!("{}/{version}", self.services.issuer_text())
    }

    /// An `@odata.context`.
    pub fn context(&self, of: &str) -> Value {
        format!("{}/$metadata#{of}", self.root()).into()
    }

    /// The person whom a path is about, for somebody who wants to do `action`.
    pub async fn person(
        &self,
        area: Area,
        action: Action,
        target: &Target,
    ) -> Result<User, GraphError> {
        let found = match (&target.user, self.caller.actor.user()) {
            (Some(name), _) => self.services.find_user_for(&self.caller, action, name).await,
            (None, Some(id)) => self.services.find_user(&id.to_string()).await,
            (None, None) => {
                let message = "/me request is only valid with delegated authentication flow.";
                return Err(GraphError::bad_request(message));
            }
        };
        found.map_err(|error| GraphError::of(area, error))
    }

    /// The same, for somebody who wants to see something of theirs, if they may.
    pub async fn visible_person(
        &self,
        area: Area,
        action: Action,
        target: &Target,
    ) -> Result<User, GraphError> {
        let user = self.person(area, action, target).await?;
        Services::permit_seeing(&self.caller, action, Some(&user))
            .map_err(|error| GraphError::of(area, error))?;
        Ok(user)
    }

    /// Lets the caller change something, or refuses, and writes that down. Comes before a look at
    /// what they sent: whoever may not is not told what would be right.
    pub async fn permit(
        &self,
        area: Area,
        action: Action,
        activity: Activity,
        subject: Option<&User>,
    ) -> Result<(), GraphError> {
        let permitted = self.services.permit(&self.caller, action, activity, subject).await;
        permitted.map_err(|error| GraphError::of(area, error))
    }

    /// A new object as an answer, with where it lives.
    pub fn created(
        &self,
        context: &str,
        version: Option<i64>,
        object: Map<String, Value>,
        path: &str,
    ) -> Response {
        let mut response = self.entity(StatusCode::CREATED, context, version, object);
        if let Ok(location) = HeaderValue::from_str(&format!("{}{path}", self.root())) {
            response.headers_mut().insert(header::LOCATION, location);
        }
        response
    }

    /// One object as an answer, with its context and, where it has one, its ETag.
    pub fn entity(
        &self,
        status: StatusCode,
        context: &str,
        version: Option<i64>,
        object: Map<String, Value>,
    ) -> Response {
        let mut body = Map::new();
        body.insert("@odata.context".into(), self.context(context));
        body.extend(object);
        let mut response = (status, Json(body)).into_response();
        if let Some(version) = version
            && let Ok(value) = HeaderValue::from_str(&etag(version))
        {
            response.headers_mut().insert(header::ETAG, value);
        }
        response
    }

    /// A list as an answer.
    pub fn collection(
        &self,
        context: &str,
        count: Option<u32>,
        next: Option<&str>,
        value: Vec<Map<String, Value>>,
    ) -> Response {
        let mut body = Map::new();
        body.insert("@odata.context".into(), self.context(context));
        if let Some(count) = count {
            body.insert("@odata.count".into(), count.into());
        }
        if let Some(token) = next {
            body.insert("@odata.nextLink".into(), self.next_link(token).into());
        }
        body.insert("value".into(), value.into_iter().map(Value::Object).collect());
        Json(body).into_response()
    }
}

impl Target {
    /// The person with this id.
    pub fn of(id: UserId) -> Self {
        Self { user: Some(id.to_string()), id: String::new() }
    }
}

impl<S: Send + Sync> FromRequestParts<S> for Target {
    type Rejection = GraphError;

    async fn from_request_parts(parts: &mut Parts, state: &S) -> Result<Self, GraphError> {
        let params = RawPathParams::from_request_parts(parts, state)
            .await
            .map_err(|_| GraphError::bad_request("The address is not valid UTF-8."))?;
        let named = |wanted: &str| {
            params.iter().find(|(name, _)| *name == wanted).map(|(_, value)| value.to_owned())
        };
        Ok(Self { user: named("user"), id: named("id").unwrap_or_default() })
    }
}

/// 204: it was done, and there is nothing to say about it.
pub fn done() -> Response {
    StatusCode::NO_CONTENT.into_response()
}
