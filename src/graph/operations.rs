//! Every operation of the API, in one table: what the router is built from, and the document. Each
//! area has its rows beside its handlers.

use axum::http::Method;
use axum::routing::MethodRouter;

use super::query::ONE;
use super::schema::Schema;
use super::{audit, devices, groups, members, methods, passes, phones, policies, sessions, users};
use crate::domain::authority::Action;
use crate::http::AppState;

/// One operation.
#[derive(Debug)]
pub struct Operation {
    /// With which method.
    pub method: Method,
    /// At which address, below the version.
    pub path: String,
    /// What answers.
    pub handler: MethodRouter<AppState>,
    /// What it does, in a sentence.
    pub about: &'static str,
    /// What a caller must be allowed to do.
    pub action: Action,
    /// What is sent.
    pub body: Option<Body>,
    /// What is answered.
    pub answer: Answer,
    /// Which options the query may have.
    pub options: &'static [&'static str],
    /// Whether `If-Match` is heeded.
    pub versioned: bool,
}

/// What is sent.
#[derive(Clone, Copy, Debug)]
pub enum Body {
    /// Fields of an object.
    Fields(&'static Schema),
    /// Fields of any of these objects; which one, the address says.
    AnyFields(&'static [&'static Schema]),
    /// An `@odata.id`.
    Reference,
}

/// What is answered.
#[derive(Clone, Copy, Debug)]
pub enum Answer {
    /// 200 and an object.
    One(&'static Schema),
    /// 200 and any of these, told apart by `@odata.type`.
    Any(&'static [&'static Schema]),
    /// 200 and a list of any of these.
    List(&'static [&'static Schema]),
    /// 201 and the new object.
    Created(&'static Schema),
    /// 204.
    Done,
}

/// Something that is looked at.
pub(super) fn see(
    path: &str,
    handler: MethodRouter<AppState>,
    about: &'static str,
    action: Action,
    answer: Answer,
) -> Operation {
    let (method, path) = (Method::GET, path.to_owned());
    let (body, options, versioned) = (None, ONE, false);
    Operation { method, path, handler, about, action, body, answer, options, versioned }
}

/// Something that is done, of which nothing is answered.
pub(super) fn act(
    method: Method,
    path: &str,
    handler: MethodRouter<AppState>,
    about: &'static str,
    action: Action,
) -> Operation {
    let answer = Answer::Done;
    Operation { method, options: &[], ..see(path, handler, about, action, answer) }
}

impl Operation {
    /// With these options.
    pub(super) fn options(self, options: &'static [&'static str]) -> Self {
        Self { options, ..self }
    }

    /// With this body.
    pub(super) fn sends(self, body: Body) -> Self {
        Self { body: Some(body), ..self }
    }

    /// With this answer.
    pub(super) fn answers(self, answer: Answer) -> Self {
        Self { answer, ..self }
    }

    /// Heeding `If-Match`.
    pub(super) fn versioned(self) -> Self {
        Self { versioned: true, ..self }
    }
}

/// Every operation, in the order in which the document names them.
pub fn all() -> Vec<Operation> {
    let areas = [
        personal("/users/{user}"),
        passes::operations(),
        sessions::operations(),
        methods::operations(),
        personal("/me"),
        policies::operations(),
        users::operations(),
        groups::operations(),
        members::operations(),
        audit::operations(),
        devices::operations(),
    ];
    areas.into_iter().flatten().collect()
}

/// What there is about one person, whoever names them how.
fn personal(root: &str) -> Vec<Operation> {
    let areas = [passes::personal(root), methods::personal(root), phones::personal(root)];
    areas.into_iter().flatten().collect()
}
