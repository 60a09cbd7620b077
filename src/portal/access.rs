//! Who may come in: an admin who signed in with a key, and to change something, lately.

use axum::extract::{FromRequest, FromRequestParts, Request};
use axum::http::request::Parts;
use axum::http::{StatusCode, Uri};
use axum::response::{IntoResponse, Response};

use super::frame::{Frame, Section};
use super::late::LatePage;
use crate::domain::authority::{Action, Subject, may};
use crate::domain::journey::{AdminVisit, PORTAL, PortalPage, Purpose, Step};
use crate::domain::user::User;
use crate::http::address::ClientAddress;
use crate::http::browser::BrowserSession;
use crate::http::forms::{fields, whole};
use crate::http::language::say;
use crate::http::params::Params;
use crate::http::problem::Problem;
use crate::http::{AppState, csrf, redirect};
use crate::pages::{chrome, render};
use crate::service::Origin;
use crate::service::caller::Caller;

/// An admin who looks at a page.
pub(super) struct Admin {
    pub(super) browser: BrowserSession,
    pub(super) user: User,
    pub(super) caller: Caller,
}

/// An admin who looks at a page on which something is changed: their sign-in is recent, so that
/// what they type is not typed in vain.
pub(super) struct Editor(pub(super) Admin);

/// A form of the portal that an admin sent, whose sign-in is recent.
pub(super) struct Change {
    pub(super) admin: Admin,
    pub(super) fields: Params,
}

impl Admin {
    /// Whether they may do this, to `subject` where it is done to a person: what they may not is
    /// not offered.
    pub(super) fn may(&self, action: Action, subject: Option<&User>) -> bool {
        let person = subject.map(|user| Subject { id: user.id, admin: !user.roles.is_empty() });
        may(&self.caller.actor, action, person).is_ok()
    }

    /// What surrounds the content of a page.
    pub(super) async fn frame(
        &mut self,
        state: &AppState,
        section: Section,
    ) -> Result<Frame, Problem> {
        let notice = self.browser.take_notice().await?;
        Ok(Frame::new(chrome(state, self.browser.csrf()), section, self, notice))
    }

    /// Goes on to a page that says what was done.
    pub(super) async fn done(mut self, notice: &str, page: &str) -> Result<Response, Problem> {
        self.browser.leave_notice(notice).await?;
        Ok(redirect::see_other(page))
    }
}

/// Where somebody stands at the door.
enum Door {
    Open(Box<Admin>),
    /// They must sign in, perhaps again.
    Closed(Box<BrowserSession>),
}

async fn knock(
    state: &AppState,
    browser: BrowserSession,
    origin: Origin,
    visit: AdminVisit,
) -> Result<Door, Problem> {
    let signed_in = state.services.signed_in(&browser.browser()).await?;
    if signed_in.is_some_and(|(_, user)| user.roles.is_empty()) {
        return Err(not_for_members());
    }
    let position = state.services.preview(Purpose::Admin(visit), &browser.browser()).await?;
    let (Step::Finish, Some(user)) = (position.step, position.user) else {
        return Ok(Door::Closed(Box::new(browser)));
    };
    let caller = Caller::person(&user, origin);
    Ok(Door::Open(Box::new(Admin { browser, user, caller })))
}

fn not_for_members() -> Problem {
    let title = say("admin-only-title");
    Problem::new(StatusCode::FORBIDDEN, "not_an_admin", title, say("admin-only"))
        .next(say("admin-only-next"))
        .link("/security-info", say("security-info"))
}

fn page_of(uri: &Uri) -> PortalPage {
    PortalPage::new(uri.path_and_query().map_or(PORTAL, |page| page.as_str()))
}

async fn look(parts: &mut Parts, state: &AppState, change: bool) -> Result<Admin, Response> {
    let (browser, origin) = visitor(parts, state).await.map_err(IntoResponse::into_response)?;
    let visit = AdminVisit { page: page_of(&parts.uri), change };
    match knock(state, browser, origin, visit.clone()).await {
        Ok(Door::Open(admin)) => Ok(*admin),
        Ok(Door::Closed(browser)) => Err(begin(state, *browser, origin, visit)
            .await
            .unwrap_or_else(IntoResponse::into_response)),
        Err(problem) => Err(problem.into_response()),
    }
}

async fn visitor(parts: &mut Parts, state: &AppState) -> Result<(BrowserSession, Origin), Problem> {
    let Ok(ClientAddress(origin)) = ClientAddress::from_request_parts(parts, state).await;
    Ok((BrowserSession::from_request_parts(parts, state).await?, origin))
}

/// Begins the journey that leads to the page.
async fn begin(
    state: &AppState,
    mut browser: BrowserSession,
    origin: Origin,
    visit: AdminVisit,
) -> Result<Response, Problem> {
    state.limits.admit_origin(origin)?;
    browser.ensure(state.services.random.as_ref()).await?;
    let position = state.services.preview(Purpose::Admin(visit), &browser.browser()).await?;
    let id = state.services.begin(position.journey).await?;
    Ok(redirect::see_other(&format!("/journey/{id}")))
}

impl FromRequestParts<AppState> for Admin {
    type Rejection = Response;

    async fn from_request_parts(parts: &mut Parts, state: &AppState) -> Result<Self, Response> {
        look(parts, state, false).await
    }
}

impl FromRequestParts<AppState> for Editor {
    type Rejection = Response;

    async fn from_request_parts(parts: &mut Parts, state: &AppState) -> Result<Self, Response> {
        look(parts, state, true).await.map(Self)
    }
}

impl FromRequest<AppState> for Change {
    type Rejection = Response;

    async fn from_request(request: Request, state: &AppState) -> Result<Self, Response> {
        let read = async {
            let (parts, body) = whole(request, state).await?;
            let fields = fields(&parts, &body)?;
            Ok((parts, fields))
        };
        match read.await {
            Ok((parts, fields)) => Self::admit(parts, fields, state).await,
            Err(problem) => {
                let problem: Problem = problem;
                Err(problem.into_response())
            }
        }
    }
}

impl Change {
    /// Lets in who sent these fields, if they may come in.
    pub(super) async fn admit(
        mut parts: Parts,
        fields: Params,
        state: &AppState,
    ) -> Result<Self, Response> {
        let look = async {
            let (browser, origin) = visitor(&mut parts, state).await?;
            csrf::check(&browser, &parts.headers, fields.get("csrf").unwrap_or_default())?;
            let page = page_of(&parts.uri);
            let visit = AdminVisit { page: page.clone(), change: true };
            Ok((knock(state, browser, origin, visit).await?, fields, page))
        };
        match look.await {
            Ok((Door::Open(admin), fields, _)) => Ok(Self { admin: *admin, fields }),
            Ok((Door::Closed(browser), fields, page)) => {
                Err(too_late(state, &browser, &fields, page.as_str())
                    .unwrap_or_else(IntoResponse::into_response))
            }
            Err(problem) => {
                let problem: Problem = problem;
                Err(problem.into_response())
            }
        }
    }
}

/// The form came too late: nothing of it is lost, and it is sent again after signing in.
fn too_late(
    state: &AppState,
    browser: &BrowserSession,
    fields: &Params,
    action: &str,
) -> Result<Response, Problem> {
    let page = render(&LatePage {
        chrome: chrome(state, browser.csrf()),
        action: action.to_owned(),
        fields: fields.pairs().filter(|(name, _)| *name != "csrf").map(owned).collect(),
    })?;
    Ok((StatusCode::FORBIDDEN, page).into_response())
}

fn owned((name, value): (&str, &str)) -> (String, String) {
    (name.to_owned(), value.to_owned())
}
