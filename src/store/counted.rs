//! What a change adds to the numbers and to the log of this process, once the change is durable: what
//! was rolled back did not happen, and what ran twice did not happen twice.

use std::cell::RefCell;

use crate::domain::audit::{Activity, Event};
use crate::domain::credential::MethodKind;
use crate::domain::reason;
use crate::metrics::Metrics;

tokio::task_local! {
    static COUNTED: RefCell<Vec<Counted>>;
}

/// Something that is worth counting.
#[derive(Clone, Debug)]
pub(super) enum Counted {
    /// A line of the audit log.
    Event(Box<Event>),
    /// A method was registered.
    Registered(MethodKind),
    /// It was the person's only one.
    FirstMethod,
    /// Somebody's first tokens were given.
    FirstTokens,
}

impl From<&Event> for Counted {
    fn from(event: &Event) -> Self {
        Self::Event(Box::new(event.clone()))
    }
}

/// Counts something of the change that is under way.
pub(super) fn count(what: impl Into<Counted>) {
    // Outside of a change nothing is ever counted: then there is no list.
    let _ = COUNTED.try_with(|list| list.borrow_mut().push(what.into()));
}

/// Does a piece of work, and returns what was counted meanwhile.
pub(super) async fn collect<T>(work: impl Future<Output = T>) -> (T, Vec<Counted>) {
    COUNTED
        .scope(RefCell::default(), async {
            let done = work.await;
            (done, COUNTED.with(RefCell::take))
        })
        .await
}

/// Adds it to the numbers.
pub(super) fn tell(metrics: &Metrics, counted: Vec<Counted>) {
    for one in counted {
        match one {
            Counted::Event(event) => {
                log(&event);
                let refusal = (!event.success).then(|| reason::class(&event.detail));
                self::event(metrics, event.activity, refusal);
            }
            Counted::Registered(kind) => metrics.registered(kind.name()),
            Counted::FirstMethod => metrics.onboarded("first_method"),
            Counted::FirstTokens => metrics.onboarded("first_tokens"),
        }
    }
}

/// The same line as in the audit log, for whoever collects logs.
fn log(event: &Event) {
    tracing::info!(
        target: "firstkey::audit",
        activity = event.activity.name(),
        actor = event.actor.as_deref(),
        subject = event.subject.map(tracing::field::display),
        client = event.client.as_ref().map(tracing::field::display),
        address = event.address.as_deref(),
        success = event.success,
        detail = event.detail,
    );
}

fn event(metrics: &Metrics, activity: Activity, refusal: Option<&'static str>) {
    let success = refusal.is_none();
    metrics.activity(activity.name(), success);
    if let Some(reason) = refusal {
        metrics.refusal(activity.name(), reason);
    }
    if let Some(method) = reason::sign_in_method(activity) {
        metrics.sign_in(method, success);
    }
    match activity {
        Activity::PassIssued if success => metrics.onboarded("pass_issued"),
        Activity::PassSignIn if success => metrics.onboarded("pass_redeemed"),
        _ => {}
    }
}
