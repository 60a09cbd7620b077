//! Who asks a service for something, from where, and whether they may.

use super::{AdminError, Origin, Services};
use crate::domain::audit::Activity;
use crate::domain::authority::{Action, Actor, Subject, may};
use crate::domain::user::User;

/// Who asks, and from where.
#[derive(Clone, Debug)]
pub struct Caller {
    /// Who.
    pub actor: Actor,
    /// From where.
    pub origin: Origin,
}

/// No request at all.
const NOWHERE: Origin = Origin { address: None, agent: None };

impl Caller {
    /// The person at the machine.
    pub const OPERATOR: Self = Self { actor: Actor::Operator, origin: NOWHERE };
    /// The server itself.
    pub const SYSTEM: Self = Self { actor: Actor::System, origin: NOWHERE };

    /// Somebody from somewhere.
    pub fn new(actor: Actor, origin: Origin) -> Self {
        Self { actor, origin }
    }

    /// A person who signed in here with a key, through our own pages.
    pub fn person(user: &User, origin: Origin) -> Self {
        Self::new(Actor::User { id: user.id, roles: user.roles.clone() }, origin)
    }
}

impl Services {
    /// Lets the caller do something, to `subject` where it is done to a person, or refuses; what
    /// would have changed something is written down as refused.
    pub async fn permit(
        &self,
        caller: &Caller,
        action: Action,
        activity: Activity,
        subject: Option<&User>,
    ) -> Result<(), AdminError> {
        let person = subject.map(|user| Subject { id: user.id, admin: !user.roles.is_empty() });
        let Err(denied) = may(&caller.actor, action, person) else { return Ok(()) };
        if !action.only_sees() {
            let entry = self.entry_by(activity, caller).on(subject.map(|user| user.id));
            self.note(entry.refused(denied.to_string())).await?;
        }
        Err(AdminError::Denied(denied))
    }

    /// Lets the caller see something, or refuses.
    pub fn permit_seeing(
        caller: &Caller,
        action: Action,
        subject: Option<&User>,
    ) -> Result<(), AdminError> {
        let person = subject.map(|user| Subject { id: user.id, admin: !user.roles.is_empty() });
        Ok(may(&caller.actor, action, person)?)
    }
}
