//! `/admin/people`: everybody, and somebody new.

use askama::Template;
use axum::extract::{RawQuery, State};
use axum::response::Response;

use super::access::{Admin, Change, Editor};
use super::frame::{Choice, Frame, PAGE, Section, explain, query};
use super::overview::waiting;
use super::refusal;
use super::rows::PersonRow;
use crate::domain::authority::Action;
use crate::domain::error::Invalid;
use crate::domain::filter::{Condition, Filter, Test, UserField};
use crate::domain::id::UserId;
use crate::domain::user::Profile;
use crate::http::AppState;
use crate::http::language::say;
use crate::http::params::Params;
use crate::http::problem::Problem;
use crate::pages::render;
use crate::service::AdminError;
use crate::service::users::NewUser;

#[derive(Clone, Debug, Template)]
#[template(path = "admin/people.html")]
struct PeoplePage {
    frame: Frame,
    q: String,
    states: Vec<Choice>,
    rows: Vec<PersonRow>,
    /// How many there are in all.
    count: u32,
    first: Option<String>,
    next: Option<String>,
    may_add: bool,
    may_issue: bool,
}

#[derive(Clone, Debug, Template)]
#[template(path = "admin/person_new.html")]
struct NewPersonPage {
    frame: Frame,
    error: Option<String>,
    form: PersonForm,
}

/// What is filled in about a person.
#[derive(Clone, Debug, Default)]
pub(super) struct PersonForm {
    pub(super) username: String,
    pub(super) display_name: String,
    pub(super) email: String,
    pub(super) profile: Profile,
    /// The manager's username.
    pub(super) manager: String,
}

impl PersonForm {
    pub(super) fn read(fields: &Params) -> Self {
        let text = |name| fields.get(name).unwrap_or_default().trim().to_owned();
        let some = |name| Some(text(name)).filter(|text| !text.is_empty());
        Self {
            username: text("username"),
            display_name: text("displayName"),
            email: text("email"),
            manager: text("manager"),
            profile: Profile {
                given_name: some("givenName"),
                surname: some("surname"),
                job_title: some("jobTitle"),
                department: some("department"),
                employee_id: some("employeeId"),
                preferred_language: some("preferredLanguage"),
                alternate_email: some("alternateEmail"),
                ..Profile::default()
            },
        }
    }
}

/// The states that the list can be narrowed down to, and the messages that name them.
const STATES: [(&str, &str); 5] = [
    ("", "admin-state-all"),
    ("waiting", "admin-not-onboarded"),
    ("registered", "admin-state-registered"),
    ("enabled", "admin-state-enabled"),
    ("disabled", "admin-disabled"),
];

/// What was asked for, as the filter that the directory knows.
fn filter(q: &str, state: &str) -> Filter<UserField> {
    let flag = |field, on| Condition { field, test: Test::Flag(on) };
    let narrowed = match state {
        "waiting" => waiting().any_of.concat(),
        "registered" => vec![flag(UserField::Registered, true)],
        "enabled" => vec![flag(UserField::Enabled, true)],
        "disabled" => vec![flag(UserField::Enabled, false)],
        _ => Vec::new(),
    };
    if q.is_empty() {
        let any_of = if narrowed.is_empty() { Vec::new() } else { vec![narrowed] };
        return Filter { any_of };
    }
    let begins = [UserField::Username, UserField::DisplayName, UserField::Email];
    let any_of = begins.map(|field| {
        let begins = Condition { field, test: Test::StartsWith(q.to_owned()) };
        [vec![begins], narrowed.clone()].concat()
    });
    Filter { any_of: any_of.into() }
}

/// The id of the manager whom the form names by their username.
pub(super) async fn manager(
    state: &AppState,
    form: &PersonForm,
) -> Result<Option<UserId>, AdminError> {
    if form.manager.is_empty() {
        return Ok(None);
    }
    match state.services.find_user(&form.manager).await {
        Ok(user) => Ok(Some(user.id)),
        Err(AdminError::NotFound(_)) => {
            Err(Invalid::new("manager", say("invalid-manager-name")).into())
        }
        Err(other) => Err(other),
    }
}

/// `GET /admin/people`
pub(super) async fn list(
    State(state): State<AppState>,
    mut admin: Admin,
    RawQuery(asked): RawQuery,
) -> Result<Response, Problem> {
    let asked = super::asked(asked)?;
    let q = asked.get("q").unwrap_or_default().trim().to_owned();
    let wanted = asked.get("state").unwrap_or_default().to_owned();
    let after = asked.get("after").unwrap_or_default();
    let services = &state.services;
    let filter = filter(&q, &wanted);
    let mut people = services.search_users(&admin.caller, &filter, after, PAGE + 1).await?;
    let more = people.len() > PAGE as usize;
    people.truncate(PAGE as usize);
    let link = |after: &str| {
        let pairs = [("q", q.as_str()), ("state", wanted.as_str()), ("after", after)];
        format!("/admin/people{}", query(&pairs))
    };
    let last = people.last().map(|user| user.username.key()).filter(|_| more);
    let count = services.count_users(&admin.caller, &filter).await?;
    let people = services.with_passes(people).await?;
    let choice = |(state, id): (&str, _)| Choice::new(state, &say(id).spoken(), state == wanted);
    let page = PeoplePage {
        states: STATES.into_iter().map(choice).collect(),
        rows: people.iter().map(|(user, pass)| PersonRow::new(user, pass.as_ref())).collect(),
        count,
        first: (!after.is_empty()).then(|| link("")),
        next: last.map(|last| link(&last)),
        may_add: admin.may(Action::ChangePeople, None),
        may_issue: admin.may(Action::IssuePass, None),
        frame: admin.frame(&state, Section::People).await?,
        q,
    };
    render(&page)
}

/// `GET /admin/people/new`
pub(super) async fn new(
    State(state): State<AppState>,
    Editor(mut admin): Editor,
) -> Result<Response, Problem> {
    let frame = admin.frame(&state, Section::People).await?;
    render(&NewPersonPage { frame, error: None, form: PersonForm::default() })
}

/// `POST /admin/people/new`
pub(super) async fn add(
    State(state): State<AppState>,
    change: Change,
) -> Result<Response, Problem> {
    let Change { mut admin, fields } = change;
    let form = PersonForm::read(&fields);
    let outcome = async {
        let manager = manager(&state, &form).await?;
        let given = |text: &String| Some(text.clone()).filter(|text| !text.is_empty());
        let new = NewUser {
            username: form.username.clone(),
            display_name: given(&form.display_name),
            email: given(&form.email),
            manager,
            profile: form.profile.clone(),
            ..NewUser::default()
        };
        state.services.add_user(&admin.caller, new).await
    };
    match outcome.await {
        Ok(user) => {
            let notice = say("admin-person-added").with("name", &user.display_name);
            admin.done(&notice.spoken(), &format!("/admin/people/{}", user.id)).await
        }
        Err(error) => {
            let error = Some(explain(error)?);
            let frame = admin.frame(&state, Section::People).await?;
            refusal(&NewPersonPage { frame, error, form })
        }
    }
}
