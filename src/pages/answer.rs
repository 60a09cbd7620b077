//! How the answer to an authorization request travels back to the application: in the query of its
//! address (RFC 6749 §4.1.2), or in a form that the browser posts there (OAuth 2.0 Form Post
//! Response Mode).

use askama::Template;
use axum::response::{IntoResponse, Response};

use super::views::Chrome;
use super::{chrome, leave_for, render};
use crate::domain::client::ResponseMode;
use crate::domain::journey::AuthorizationRequest;
use crate::http::headers::PostsAway;
use crate::http::language::say;
use crate::http::problem::Problem;
use crate::http::{AppState, redirect};

/// An answer that the browser posts to an application.
#[derive(Clone, Template)]
#[template(path = "form_post.html")]
struct FormPostPage {
    /// Brand, assets, CSRF token.
    chrome: Chrome,
    /// The application.
    app: String,
    /// Where it goes.
    target: String,
    /// What it says; a code among it.
    parameters: Vec<(&'static str, String)>,
}

/// An answer on its way.
pub struct Answer<'a> {
    redirect_uri: &'a str,
    mode: ResponseMode,
    parameters: Vec<(&'static str, &'a str)>,
}

impl<'a> Answer<'a> {
    /// A code.
    pub fn code(request: &'a AuthorizationRequest, code: &'a str, issuer: &'a str) -> Self {
        let (uri, mode) = (&request.redirect_uri, request.response_mode);
        Self::new(uri, mode, vec![("code", code)], request.state.as_deref(), issuer)
    }

    /// An ID token and nothing else (OIDC Core §3.2.2.5).
    pub fn id_token(request: &'a AuthorizationRequest, token: &'a str, issuer: &'a str) -> Self {
        let (uri, mode) = (&request.redirect_uri, ResponseMode::FormPost);
        Self::new(uri, mode, vec![("id_token", token)], request.state.as_deref(), issuer)
    }

    /// An error's code and description (RFC 6749 §4.1.2.1), for whoever sent `request`.
    pub fn refusal(
        request: &'a AuthorizationRequest,
        error: (&'a str, &'a str),
        issuer: &'a str,
    ) -> Self {
        let (uri, mode) = (&request.redirect_uri, request.response_mode);
        Self::error(uri, mode, request.state.as_deref(), error, issuer)
    }

    /// The same, for whoever sent something that is no request.
    pub fn error(
        redirect_uri: &'a str,
        mode: ResponseMode,
        state: Option<&'a str>,
        (error, description): (&'a str, &'a str),
        issuer: &'a str,
    ) -> Self {
        let parameters = vec![("error", error), ("error_description", description)];
        Self::new(redirect_uri, mode, parameters, state, issuer)
    }

    /// With `state` and `iss` (RFC 9207).
    fn new(
        redirect_uri: &'a str,
        mode: ResponseMode,
        mut parameters: Vec<(&'static str, &'a str)>,
        state: Option<&'a str>,
        issuer: &'a str,
    ) -> Self {
        parameters.extend(state.map(|state| ("state", state)));
        parameters.push(("iss", issuer));
        Self { redirect_uri, mode, parameters }
    }

    /// The answer to a page that was asked for.
    pub fn send(self, state: &AppState, app: Option<String>) -> Result<Response, Problem> {
        match self.mode {
            ResponseMode::Query => Ok(redirect::see_other(&self.address()?)),
            ResponseMode::FormPost => self.form(state, app),
        }
    }

    /// The answer to a form of ours, whose page must not redirect away.
    pub fn leave(self, state: &AppState, app: Option<String>) -> Result<Response, Problem> {
        match self.mode {
            ResponseMode::Query => leave_for(state, app, self.address()?),
            ResponseMode::FormPost => self.form(state, app),
        }
    }

    fn address(&self) -> Result<String, Problem> {
        Ok(redirect::with_query(self.redirect_uri, &self.parameters)?)
    }

    fn form(self, state: &AppState, app: Option<String>) -> Result<Response, Problem> {
        let page = render(&FormPostPage {
            chrome: chrome(state, ""),
            app: app.unwrap_or_else(|| say("the-app").spoken()),
            target: self.redirect_uri.to_owned(),
            parameters: self
                .parameters
                .iter()
                .map(|(name, value)| (*name, (*value).to_owned()))
                .collect(),
        })?;
        let https = self.redirect_uri.starts_with("https:");
        Ok((axum::Extension(PostsAway { https }), page).into_response())
    }
}
