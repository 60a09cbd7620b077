//! The end of a journey: back to the application with an answer, or to a page of ours.

use askama::Template;
use axum::extract::State;
use axum::http::StatusCode;
use axum::response::Response;
use url::Url;

use super::{device, steps};
use crate::domain::journey::{Purpose, Step};
use crate::http::language::say;
use crate::http::problem::Problem;
use crate::http::{AppState, redirect};
use crate::pages::answer::Answer;
use crate::pages::request::Here;
use crate::pages::views::Chrome;
use crate::pages::{chrome, render};
use crate::pages::{recovery_codes, security_info};
use crate::service::finishing::Finished;
use crate::service::journeys::Position;

/// A sign-in that the application has been answered for, opened once more.
#[derive(Clone, Debug, Template)]
#[template(path = "already.html")]
struct AlreadyPage {
    /// Brand, assets, CSRF token.
    chrome: Chrome,
    /// The application.
    app: String,
    /// Its front door.
    app_href: Option<String>,
}

/// `GET /journey/{id}/finish`: where a page that leaves leads to.
pub(super) async fn finish(State(state): State<AppState>, here: Here) -> Result<Response, Problem> {
    if here.position.step == Step::Finish {
        depart(&state, &here).await
    } else {
        Ok(redirect::see_other(&format!("/journey/{}", here.id())))
    }
}

/// Gives the answer that the journey has earned.
pub(super) async fn depart(state: &AppState, here: &Here) -> Result<Response, Problem> {
    let position = &here.position;
    let request = match &position.journey.purpose {
        Purpose::Authorize(request) => request,
        Purpose::SecurityInfo | Purpose::AddMethod => {
            state.services.end_journey(position).await?;
            return Ok(redirect::see_other(security_info::PATH));
        }
        Purpose::Change(visit) => {
            state.services.end_journey(position).await?;
            return Ok(redirect::see_other(visit.page.as_str()));
        }
        Purpose::RecoveryCodes => {
            state.services.end_journey(position).await?;
            return Ok(redirect::see_other(recovery_codes::PATH));
        }
        Purpose::Admin(visit) => {
            state.services.end_journey(position).await?;
            return Ok(redirect::see_other(visit.page.as_str()));
        }
        Purpose::Device(_) => return device::end(state, here).await,
    };
    match state.services.finish(position, true, here.origin).await? {
        Finished::Code(code) => {
            let issuer = state.services.issuer_text();
            Answer::code(request, code.reveal(), issuer).send(state, steps::app(position))
        }
        Finished::IdToken(token) => {
            let issuer = state.services.issuer_text();
            Answer::id_token(request, &token, issuer).send(state, steps::app(position))
        }
        Finished::Refused(why) => {
            let issuer = state.services.issuer_text();
            Answer::refusal(request, why, issuer).send(state, steps::app(position))
        }
        Finished::Already => render(&AlreadyPage {
            chrome: chrome(state, here.browser.csrf()),
            app: steps::app(position).unwrap_or_default(),
            app_href: home(&request.redirect_uri),
        }),
    }
}

/// The person said no to what the application asks for.
pub(super) async fn deny(state: &AppState, here: &Here) -> Result<Response, Problem> {
    let (Step::Confirm, Some(request)) =
        (&here.position.step, here.position.journey.purpose.request())
    else {
        return Ok(redirect::see_other(&format!("/journey/{}", here.id())));
    };
    state.services.end_journey(&here.position).await?;
    state.services.refused(request).await?;
    let issuer = state.services.issuer_text();
    let why = ("access_denied", "the person did not agree");
    Answer::refusal(request, why, issuer).leave(state, steps::app(&here.position))
}

/// The journey was finished, and what it rested on is no more.
pub(super) fn over(position: &Position) -> Problem {
    let app = steps::app(position);
    let home = position.journey.purpose.request().and_then(|request| home(&request.redirect_uri));
    let problem = Problem::new(
        StatusCode::GONE,
        "journey_gone",
        say("journey-gone"),
        say("journey-over-text"),
    )
    .next(say("sign-in-again-next"));
    match (app, home) {
        (Some(app), Some(home)) => problem.link(home, say("go-to-app").with("app", app)),
        _ => problem.link(security_info::PATH, say("security-info")),
    }
}

/// The front door of the application that a redirect URI belongs to, if it has one on the web.
fn home(redirect_uri: &str) -> Option<String> {
    let url = Url::parse(redirect_uri).ok()?;
    let web = matches!(url.scheme(), "https" | "http");
    web.then(|| format!("{}/", url.origin().ascii_serialization()))
}

/// The host that a redirect URI leads to, or the scheme by which a device knows its app.
pub(super) fn host(redirect_uri: &str) -> String {
    let Ok(url) = Url::parse(redirect_uri) else { return String::new() };
    match (url.host_str(), url.port()) {
        (Some(host), Some(port)) => format!("{host}:{port}"),
        (Some(host), None) => host.to_owned(),
        (None, _) => format!("{}:", url.scheme()),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn where_an_application_is_at_home() {
        assert_eq!(home("https://app.example/cb?x=1").as_deref(), Some("https://app.example/"));
        assert_eq!(home("http://localhost:8081/cb").as_deref(), Some("http://localhost:8081/"));
        assert_eq!(home("com.example.app:/cb"), None);
        assert_eq!(host("https://app.example/cb"), "app.example");
        assert_eq!(host("http://localhost:8081/cb"), "localhost:8081");
        assert_eq!(host("com.example.app:/cb"), "com.example.app:");
    }
}
