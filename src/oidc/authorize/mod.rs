//! `/authorize` (OpenID Connect Core §3.1.2): checks a request, and answers it at once or begins
//! a journey.

pub(crate) mod checks;

use axum::body::Bytes;
use axum::extract::{RawQuery, State};
use axum::http::{HeaderMap, StatusCode, header};
use axum::response::Response;

use self::checks::{Rejected, Validated};
use crate::domain::journey::{Purpose, Step, silent_error};
use crate::domain::language::ui_locales;
use crate::http::AppState;
use crate::http::address::ClientAddress;
use crate::http::browser::BrowserSession;
use crate::http::language::{self, say};
use crate::http::params::Params;
use crate::http::problem::Problem;
use crate::http::redirect;
use crate::pages::answer::Answer;
use crate::service::finishing::Finished;

/// The longest request that a POST is turned into a GET for.
const QUERY_MAX: usize = 16 * 1024;

/// `GET`.
pub async fn get(
    State(state): State<AppState>,
    RawQuery(query): RawQuery,
    ClientAddress(origin): ClientAddress,
    mut browser: BrowserSession,
) -> Result<Response, Problem> {
    let query = query.unwrap_or_default();
    let params = Params::parse_up_to(query.as_bytes(), QUERY_MAX).map_err(not_understood)?;
    let issuer = state.services.issuer_text();
    let wanted = ui_locales(params.get("ui_locales").unwrap_or_default());
    language::asked(&wanted, state.services.now());
    let Validated { request, .. } = match checks::check(&state.services, &params).await? {
        Ok(validated) => validated,
        Err(Rejected::Page(message)) => return Err(not_understood(message)),
        Err(Rejected::Redirect { uri, mode, state: echo, error, description }) => {
            let answer = Answer::error(&uri, mode, echo.as_deref(), (error, description), issuer);
            return answer.send(&state, None);
        }
    };
    language::asked(&request.ui_locales, state.services.now());
    let silent = request.prompt.none;
    let purpose = Purpose::Authorize(Box::new(request.clone()));
    let mut position = state.services.preview(purpose.clone(), &browser.browser()).await?;

    if position.step == Step::Finish {
        return match state.services.finish(&position, false, origin).await? {
            Finished::Code(code) => {
                Answer::code(&request, code.reveal(), issuer).send(&state, None)
            }
            Finished::IdToken(token) => {
                Answer::id_token(&request, &token, issuer).send(&state, None)
            }
            Finished::Refused(why) => Answer::refusal(&request, why, issuer).send(&state, None),
            // Pushed, and answered a moment ago.
            Finished::Already => Err(Problem::journey_gone()),
        };
    }
    if let (true, Some(error)) = (silent, silent_error(&position.step)) {
        state.services.refused(&request).await?;
        let description = "a page would have to be shown, and prompt=none forbids it";
        return Answer::refusal(&request, (error, description), issuer).send(&state, None);
    }
    state.limits.admit_origin(origin)?;
    // Only now is a page needed, and with it a cookie that binds the journey to this browser.
    browser.ensure(state.services.random.as_ref()).await?;
    position.journey.browser = browser.browser().key_hash;
    let id = state.services.begin(position.journey).await?;
    Ok(redirect::see_other(&format!("/journey/{id}")))
}

/// `POST`: the same request in a form. A form from another site brings no cookie (`SameSite=Lax`),
/// so the browser is asked to come back with a GET, which does.
pub async fn post(headers: HeaderMap, body: Bytes) -> Result<Response, Problem> {
    let form = headers
        .get(header::CONTENT_TYPE)
        .and_then(|value| value.to_str().ok())
        .is_some_and(|value| value.starts_with("application/x-www-form-urlencoded"));
    if !form {
        return Err(not_understood("the body must be application/x-www-form-urlencoded"));
    }
    let params = Params::parse_up_to(&body, QUERY_MAX).map_err(not_understood)?;
    let query = params.to_query();
    if query.len() > QUERY_MAX {
        return Err(not_understood("the request is too long"));
    }
    Ok(redirect::see_other(&format!("/authorize?{query}")))
}

/// A request that must not be answered by a redirect: who asked is not known for sure.
fn not_understood(message: &'static str) -> Problem {
    tracing::info!(reason = message, "authorization request refused");
    Problem::new(
        StatusCode::BAD_REQUEST,
        "invalid_request",
        say("bad-app-request"),
        say("bad-app-request-text").with("why", message),
    )
    .next(say("bad-app-request-next"))
}
