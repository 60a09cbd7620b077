//! The browser that a request came from, as our cookie tells it.

use axum::extract::FromRequestParts;
use axum::http::request::Parts;
use serde::{Deserialize, Serialize};
use serde_json::Value;
use tower_sessions::Session;
use tower_sessions::session::Record;

use super::language::Text;
use super::problem::Problem;
use super::{AppState, address};
use crate::crypto::token::{self, Token};
use crate::domain::id::{JourneyId, SessionId};
use crate::domain::random::Random;
use crate::service::Failure;
use crate::service::journeys::Browser;

/// Under this one name the cookie's data is kept.
const DATA: &str = "browser";

/// What the cookie refers to.
#[derive(Clone, Debug, Serialize, Deserialize)]
struct Data {
    /// Binds journeys and sessions to this browser. Stays the same when the cookie changes.
    key: String,
    /// What forms must repeat.
    csrf: String,
    /// The session that the browser is signed in with.
    session: Option<SessionId>,
    /// What the next page of a journey should say.
    flash: Option<(JourneyId, String)>,
    /// What the next page of the portal should say.
    #[serde(default)]
    notice: Option<String>,
    /// The same for My Security Info.
    #[serde(default)]
    word: Option<String>,
}

/// A browser with its cookie. Only [`BrowserSession::ensure`] and what follows from it sets one.
#[derive(Debug)]
pub struct BrowserSession {
    session: Session,
    data: Option<Data>,
}

/// The browser that a record is of.
pub(super) fn key_hash(record: &Record) -> Option<String> {
    let data = record.data.get(DATA)?;
    data.get("key").and_then(Value::as_str).map(token::hash)
}

fn failed(error: impl std::fmt::Display) -> Failure {
    Failure::Unavailable(error.to_string())
}

impl FromRequestParts<AppState> for BrowserSession {
    type Rejection = Problem;

    async fn from_request_parts(parts: &mut Parts, state: &AppState) -> Result<Self, Problem> {
        let session = Session::from_request_parts(parts, state)
            .await
            .map_err(|(_, reason)| Failure::Internal(reason.to_owned()))?;
        let data: Option<Data> = session.get(DATA).await.map_err(failed)?;
        if let Some(signed_in) = data.as_ref().and_then(|data| data.session) {
            // Whatever the request is for: somebody is there.
            let origin = address::origin(parts, &state.config.trusted_proxies);
            if let Err(failure) = state.services.seen(signed_in, origin).await {
                tracing::warn!(%failure, "what is done in a session was not written down");
            }
        }
        Ok(Self { session, data })
    }
}

impl BrowserSession {
    /// The browser as services know it. One without a cookie has no journeys and no session.
    pub fn browser(&self) -> Browser {
        match &self.data {
            Some(data) => Browser { key_hash: token::hash(&data.key), session: data.session },
            None => Browser { key_hash: String::new(), session: None },
        }
    }

    /// What forms must repeat; empty for a browser without a cookie.
    pub fn csrf(&self) -> &str {
        self.data.as_ref().map_or("", |data| &data.csrf)
    }

    /// Gives the browser a cookie if it has none.
    pub async fn ensure(&mut self, random: &dyn Random) -> Result<(), Failure> {
        if self.data.is_some() {
            return Ok(());
        }
        let fresh = || Token::generate(random).reveal().to_owned();
        self.keep(Data {
            key: fresh(),
            csrf: fresh(),
            session: None,
            flash: None,
            notice: None,
            word: None,
        })
        .await
    }

    /// The browser has signed in. Its cookie changes, so that one planted before is worth nothing;
    /// where it signs in twice at once, the later cookie is the one that counts.
    pub async fn sign_in(
        &mut self,
        session: SessionId,
        random: &dyn Random,
    ) -> Result<(), Failure> {
        self.ensure(random).await?;
        if let Some(data) = self.data.clone() {
            self.session.cycle_id().await.map_err(failed)?;
            self.keep(Data { session: Some(session), ..data }).await?;
            // At once, not after the answer was made: the pass is redeemed, and nothing that fails
            // from here on may lose that.
            self.session.save().await.map_err(failed)?;
        }
        Ok(())
    }

    /// Whoever the browser was signed in as has signed out; others there have not. Its cookie
    /// changes.
    pub async fn step_back(&mut self) -> Result<(), Failure> {
        if let Some(data) = self.data.clone() {
            self.session.cycle_id().await.map_err(failed)?;
            self.keep(Data { session: None, ..data }).await?;
        }
        Ok(())
    }

    /// The browser has signed out: it is a stranger again.
    pub async fn sign_out(&mut self) -> Result<(), Failure> {
        self.session.flush().await.map_err(failed)?;
        self.data = None;
        Ok(())
    }

    /// Leaves a message for the next page of a journey, which says it in its own language.
    pub async fn leave_message(
        &mut self,
        journey: JourneyId,
        message: &Text,
    ) -> Result<(), Failure> {
        let Some(data) = self.data.clone() else { return Ok(()) };
        let message =
            serde_json::to_string(message).map_err(|error| Failure::Internal(error.to_string()))?;
        self.keep(Data { flash: Some((journey, message)), ..data }).await
    }

    /// Takes the message that was left for this page of a journey.
    pub async fn take_message(&mut self, journey: JourneyId) -> Result<Option<Text>, Failure> {
        let Some(data) = self.data.clone() else { return Ok(None) };
        let Some((of, message)) = data.flash.clone() else { return Ok(None) };
        self.keep(Data { flash: None, ..data }).await?;
        Ok(serde_json::from_str(&message).ok().filter(|_| of == journey))
    }

    /// Leaves what a page of a journey shows until another page of it was seen.
    pub async fn leave_detail<T: serde::Serialize + Sync>(
        &mut self,
        journey: JourneyId,
        detail: &T,
    ) -> Result<(), Failure> {
        let Some(data) = self.data.clone() else { return Ok(()) };
        let detail =
            serde_json::to_string(detail).map_err(|error| Failure::Internal(error.to_string()))?;
        self.keep(Data { flash: Some((journey, detail)), ..data }).await
    }

    /// What was left for a page of this journey.
    pub fn detail<T: serde::de::DeserializeOwned>(&self, journey: JourneyId) -> Option<T> {
        let (of, detail) = self.data.as_ref()?.flash.as_ref()?;
        serde_json::from_str(detail).ok().filter(|_| *of == journey)
    }

    /// Leaves a message for the next page of the portal.
    pub async fn leave_notice(&mut self, notice: &str) -> Result<(), Failure> {
        match self.data.clone() {
            Some(data) => self.keep(Data { notice: Some(notice.to_owned()), ..data }).await,
            None => Ok(()),
        }
    }

    /// Takes the message that was left for this page of the portal.
    pub async fn take_notice(&mut self) -> Result<Option<String>, Failure> {
        let Some(data) = self.data.clone().filter(|data| data.notice.is_some()) else {
            return Ok(None);
        };
        let notice = data.notice.clone();
        self.keep(Data { notice: None, ..data }).await?;
        Ok(notice)
    }

    /// Leaves a message for the next page of My Security Info, which says it in its own language.
    pub async fn leave_word(&mut self, word: &Text) -> Result<(), Failure> {
        let Some(data) = self.data.clone() else { return Ok(()) };
        let word =
            serde_json::to_string(word).map_err(|error| Failure::Internal(error.to_string()))?;
        self.keep(Data { word: Some(word), ..data }).await
    }

    /// Takes the message that was left for this page of My Security Info.
    pub async fn take_word(&mut self) -> Result<Option<Text>, Failure> {
        let Some(data) = self.data.clone().filter(|data| data.word.is_some()) else {
            return Ok(None);
        };
        let word = data.word.clone();
        self.keep(Data { word: None, ..data }).await?;
        Ok(word.and_then(|word| serde_json::from_str(&word).ok()))
    }

    async fn keep(&mut self, data: Data) -> Result<(), Failure> {
        self.session.insert(DATA, &data).await.map_err(failed)?;
        self.data = Some(data);
        Ok(())
    }
}
