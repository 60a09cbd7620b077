//! What the handlers of a journey's pages are given: where the journey stands, for the browser that
//! it belongs to, and a form or a script's request that is known to come from a page of ours.

use axum::extract::{FromRequest, FromRequestParts, Path, Request};
use axum::http::request::Parts;
use serde::de::DeserializeOwned;

use crate::domain::id::JourneyId;
use crate::http::address::ClientAddress;
use crate::http::browser::BrowserSession;
use crate::http::forms::{fields, is, whole};
use crate::http::language::say;
use crate::http::params::Params;
use crate::http::problem::Problem;
use crate::http::{AppState, csrf, language};
use crate::service::Origin;
use crate::service::journeys::Position;

/// A journey and the browser that it belongs to.
pub(super) struct Here {
    pub(super) position: Position,
    pub(super) browser: BrowserSession,
    pub(super) origin: Origin,
}

impl Here {
    pub(super) fn id(&self) -> JourneyId {
        self.position.journey.id
    }

    /// Where the journey stands after something was done.
    pub(super) async fn look_again(&mut self, state: &AppState) -> Result<(), Problem> {
        self.position = state.services.look(self.id(), &self.browser.browser()).await?;
        Ok(())
    }
}

impl FromRequestParts<AppState> for Here {
    type Rejection = Problem;

    async fn from_request_parts(parts: &mut Parts, state: &AppState) -> Result<Self, Problem> {
        let Ok(Path(id)) = Path::<JourneyId>::from_request_parts(parts, state).await else {
            return Err(Problem::not_found());
        };
        let Ok(ClientAddress(origin)) = ClientAddress::from_request_parts(parts, state).await;
        let browser = BrowserSession::from_request_parts(parts, state).await?;
        let position = state.services.look(id, &browser.browser()).await?;
        if let Some(request) = position.journey.purpose.request() {
            language::asked(&request.ui_locales, position.journey.created_at);
        }
        Ok(Self { position, browser, origin })
    }
}

/// A form of a journey's page.
pub(super) struct Posted {
    pub(super) here: Here,
    pub(super) fields: Params,
}

impl FromRequest<AppState> for Posted {
    type Rejection = Problem;

    async fn from_request(request: Request, state: &AppState) -> Result<Self, Problem> {
        let (mut parts, body) = whole(request, state).await?;
        let here = Here::from_request_parts(&mut parts, state).await?;
        let fields = fields(&parts, &body)?;
        csrf::check(&here.browser, &parts.headers, fields.get("csrf").unwrap_or_default())?;
        Ok(Self { here, fields })
    }
}

/// What the script of a journey's page asks.
pub(super) struct Asked<T> {
    pub(super) here: Here,
    pub(super) body: T,
}

impl<T: DeserializeOwned> FromRequest<AppState> for Asked<T> {
    type Rejection = Problem;

    async fn from_request(request: Request, state: &AppState) -> Result<Self, Problem> {
        let (mut parts, body) = whole(request, state).await?;
        let here = Here::from_request_parts(&mut parts, state).await?;
        csrf::check_header(&here.browser, &parts.headers)?;
        if !is(&parts.headers, "application/json") {
            return Err(Problem::unsupported_media_type("application/json"));
        }
        let body =
            serde_json::from_slice(&body).map_err(|_| Problem::bad_request(say("not-json")))?;
        Ok(Self { here, body })
    }
}
