//! Who may do what to whom: Entra's roles for people, Microsoft Graph's permissions for tokens.

use std::collections::BTreeSet;

use super::id::{ClientId, UserId};
use super::permission::Permission;
use super::role::Role;

/// Who does something.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Actor {
    /// The person at the machine, through the command line: as powerful as the database file.
    Operator,
    /// The server itself, when it makes the first admin.
    System,
    /// A signed-in person, through our own pages.
    User {
        /// Their account.
        id: UserId,
        /// What they may do.
        roles: BTreeSet<Role>,
    },
    /// A signed-in person, through an application: what both may do, and no more.
    Delegated {
        /// Their account.
        id: UserId,
        /// What they may do.
        roles: BTreeSet<Role>,
        /// What the application may do for them.
        permissions: BTreeSet<Permission>,
        /// The application.
        client: ClientId,
        /// Whether they signed in with a key, and not with a pass alone.
        strong: bool,
    },
    /// An application on its own (RFC 6749 §4.4).
    Application {
        /// The application.
        client: ClientId,
        /// What it may do.
        permissions: BTreeSet<Permission>,
    },
}

impl Actor {
    /// The person who acts, if one does.
    pub fn user(&self) -> Option<UserId> {
        match self {
            Self::User { id, .. } | Self::Delegated { id, .. } => Some(*id),
            Self::Operator | Self::System | Self::Application { .. } => None,
        }
    }

    /// The application through which it is done, if one is.
    pub fn client(&self) -> Option<&ClientId> {
        match self {
            Self::Delegated { client, .. } | Self::Application { client, .. } => Some(client),
            Self::Operator | Self::System | Self::User { .. } => None,
        }
    }

    /// How the audit log names them: a user's id, `operator`, `system`, or `app:` and a client.
    pub fn name(&self) -> String {
        match self {
            Self::Operator => "operator".into(),
            Self::System => "system".into(),
            Self::User { id, .. } | Self::Delegated { id, .. } => id.to_string(),
            Self::Application { client, .. } => format!("app:{client}"),
        }
    }
}

/// What is done.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Action {
    /// See a person's pass, never its value.
    SeePass,
    /// Issue a pass to a person.
    IssuePass,
    /// Delete a person's pass.
    DeletePass,
    /// See what a person has registered.
    SeeMethods,
    /// Register a key on a person's behalf.
    AddMethod,
    /// Remove what a person has registered.
    RemoveMethod,
    /// See the policies.
    SeePolicies,
    /// Change the policies.
    ChangePolicies,
    /// See people.
    SeePeople,
    /// Add, change, disable or remove people.
    ChangePeople,
    /// Give and take admin roles.
    AssignRoles,
    /// See groups and who is in them.
    SeeGroups,
    /// Add, change, fill and remove groups.
    ChangeGroups,
    /// See applications.
    SeeApps,
    /// Add, change and remove applications, and rotate keys.
    ChangeApps,
    /// Read the audit log.
    SeeAudit,
    /// See a person's devices.
    SeeDevices,
    /// Take a device off a person's list.
    RemoveDevice,
}

impl Action {
    /// Every action.
    pub const ALL: [Self; 18] = [
        Self::SeePass,
        Self::IssuePass,
        Self::DeletePass,
        Self::SeeMethods,
        Self::AddMethod,
        Self::RemoveMethod,
        Self::SeePolicies,
        Self::ChangePolicies,
        Self::SeePeople,
        Self::ChangePeople,
        Self::AssignRoles,
        Self::SeeGroups,
        Self::ChangeGroups,
        Self::SeeApps,
        Self::ChangeApps,
        Self::SeeAudit,
        Self::SeeDevices,
        Self::RemoveDevice,
    ];

    /// Whether nothing is changed by it.
    pub fn only_sees(self) -> bool {
        matches!(
            self,
            Self::SeePass
                | Self::SeeMethods
                | Self::SeePolicies
                | Self::SeePeople
                | Self::SeeGroups
                | Self::SeeApps
                | Self::SeeAudit
                | Self::SeeDevices
        )
    }

    /// Whether it is about how a person signs in.
    fn is_about_sign_in(self) -> bool {
        matches!(
            self,
            Self::SeePass
                | Self::IssuePass
                | Self::DeletePass
                | Self::SeeMethods
                | Self::AddMethod
                | Self::RemoveMethod
                | Self::SeeDevices
                | Self::RemoveDevice
        )
    }

    /// What people may see and do about themselves without any role: their own account, pass and
    /// methods, and their devices. Methods are removed in My Security Info, after a fresh sign-in.
    fn is_self_service(self) -> bool {
        matches!(
            self,
            Self::SeePass
                | Self::DeletePass
                | Self::SeeMethods
                | Self::SeePeople
                | Self::SeeDevices
                | Self::RemoveDevice
        )
    }
}

/// The person on whom something is done.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Subject {
    /// Their account.
    pub id: UserId,
    /// Whether they hold an admin role.
    pub admin: bool,
}

/// Why something may not be done.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
pub enum Denied {
    /// Nobody issues a pass to themselves, or gives themselves a key behind the pages' back.
    #[error("nobody may do this for themselves; another admin must")]
    Self_,
    /// Only somebody privileged reaches an admin's account.
    #[error("this person holds an admin role, and only a more privileged admin may do this")]
    Admin,
    /// What opens an admin's account takes two admins here.
    #[error(
        "two admins are needed for what opens an admin's account; issue a pass, which a second \
         admin approves"
    )]
    Alone,
    /// The person's roles do not allow it.
    #[error("your roles do not allow this")]
    Role,
    /// The token's scopes do not allow it.
    #[error("the access token lacks a scope for this")]
    Scope,
    /// The person signed in with a pass alone.
    #[error("a sign-in with a Temporary Access Pass alone does not allow this; use a key")]
    Weak,
}

/// Whether `actor` may do `action`, to `subject` where it is done to a person.
pub fn may(actor: &Actor, action: Action, subject: Option<Subject>) -> Result<(), Denied> {
    let own = subject.is_some_and(|subject| actor.user() == Some(subject.id));
    match actor {
        Actor::Operator | Actor::System => Ok(()),
        Actor::User { roles, .. } => by_role(roles, action, subject, own),
        Actor::Delegated { roles, permissions, strong, .. } => {
            if !permissions.iter().any(|permission| permission.covers(action, own)) {
                return Err(Denied::Scope);
            }
            let own_sight = own && action.only_sees();
            if !(*strong || own_sight) {
                return Err(Denied::Weak);
            }
            by_role(roles, action, subject, own)
        }
        Actor::Application { permissions, .. } => {
            if !permissions.iter().any(|permission| permission.covers(action, false)) {
                return Err(Denied::Scope);
            }
            let admin = subject.is_some_and(|subject| subject.admin);
            let privileged = permissions.contains(&Permission::RoleManagementReadWrite);
            if admin && !action.only_sees() && !privileged { Err(Denied::Admin) } else { Ok(()) }
        }
    }
}

fn by_role(
    roles: &BTreeSet<Role>,
    action: Action,
    subject: Option<Subject>,
    own: bool,
) -> Result<(), Denied> {
    if own && matches!(action, Action::IssuePass | Action::AddMethod) {
        return Err(Denied::Self_);
    }
    if own && action.is_self_service() {
        return Ok(());
    }
    if own && action == Action::RemoveMethod {
        return Err(Denied::Self_);
    }
    let admin = subject.is_some_and(|subject| subject.admin);
    if roles.iter().any(|role| reaches(*role, action, admin)) {
        return Ok(());
    }
    let were_they_a_member = admin && roles.iter().any(|role| reaches(*role, action, false));
    Err(if were_they_a_member { Denied::Admin } else { Denied::Role })
}

/// The table of roles.
fn reaches(role: Role, action: Action, admin: bool) -> bool {
    use Action as A;
    let directory = matches!(action, A::SeePeople | A::SeeGroups);
    match role {
        Role::GlobalAdministrator => true,
        Role::PrivilegedAuthenticationAdministrator => action.is_about_sign_in() || directory,
        Role::AuthenticationAdministrator => (action.is_about_sign_in() && !admin) || directory,
        Role::AuthenticationPolicyAdministrator => {
            matches!(action, A::SeePolicies | A::ChangePolicies) || directory
        }
        Role::UserAdministrator => {
            directory || action == A::ChangeGroups || (action == A::ChangePeople && !admin)
        }
        Role::GlobalReader => action.only_sees(),
    }
}

#[cfg(test)]
mod tests {
    use uuid::Uuid;

    use super::*;

    const ME: UserId = UserId(Uuid::from_u128(1));
    const OTHER: UserId = UserId(Uuid::from_u128(2));

    fn user(role: Role) -> Actor {
        Actor::User { id: ME, roles: BTreeSet::from([role]) }
    }

    fn delegated(role: Role, permission: Permission, strong: bool) -> Actor {
        Actor::Delegated {
            id: ME,
            roles: BTreeSet::from([role]),
            permissions: BTreeSet::from([permission]),
            client: ClientId("portal".into()),
            strong,
        }
    }

    fn application(permissions: &[Permission]) -> Actor {
        let permissions = permissions.iter().copied().collect();
        Actor::Application { client: ClientId("hr".into()), permissions }
    }

    /// The roles of Entra, one line each: a member, an admin, oneself. `y` may, `.` may not.
    /// The columns are `Action::ALL`: pass (see, issue, delete), methods (see, add, remove),
    /// policies (see, change), people (see, change), roles, groups (see, change), applications
    /// (see, change), audit, devices (see, remove).
    const TABLE: [(Role, [&str; 3]); 6] = [
        (
            Role::GlobalAdministrator,
            ["yyyyyyyyyyyyyyyyyy", "yyyyyyyyyyyyyyyyyy", "y.yy..yyyyyyyyyyyy"],
        ),
        (
            Role::PrivilegedAuthenticationAdministrator,
            ["yyyyyy..y..y....yy", "yyyyyy..y..y....yy", "y.yy....y..y....yy"],
        ),
        (
            Role::AuthenticationAdministrator,
            ["yyyyyy..y..y....yy", "........y..y......", "y.yy....y..y....yy"],
        ),
        (
            Role::AuthenticationPolicyAdministrator,
            ["......yyy..y......", "......yyy..y......", "y.yy..yyy..y....yy"],
        ),
        (
            Role::UserAdministrator,
            ["........yy.yy.....", "........y..yy.....", "y.yy....y..yy...yy"],
        ),
        (Role::GlobalReader, ["y..y..y.y..y.y.yy.", "y..y..y.y..y.y.yy.", "y.yy..y.y..y.y.yyy"]),
    ];

    #[test]
    fn every_role_does_its_part_to_everybody_and_no_more() {
        for (role, rows) in TABLE {
            let member = Subject { id: OTHER, admin: false };
            let admin = Subject { id: OTHER, admin: true };
            let oneself = Subject { id: ME, admin: true };
            for (subject, row) in [member, admin, oneself].into_iter().zip(rows) {
                for (action, mark) in Action::ALL.into_iter().zip(row.chars()) {
                    let allowed = may(&user(role), action, Some(subject)).is_ok();
                    assert_eq!(allowed, mark == 'y', "{role:?} {action:?} {subject:?}");
                }
            }
        }
    }

    #[test]
    fn whoever_holds_no_role_has_only_themselves() {
        let nobody = Actor::User { id: ME, roles: BTreeSet::new() };
        let other = Subject { id: OTHER, admin: false };
        let own = Subject { id: ME, admin: false };
        for action in Action::ALL {
            assert_eq!(may(&nobody, action, Some(other)), Err(Denied::Role), "{action:?}");
            assert_eq!(may(&nobody, action, Some(own)).is_ok(), action.is_self_service());
            assert_eq!(may(&Actor::Operator, action, Some(own)), Ok(()));
        }
    }

    #[test]
    fn a_token_allows_what_both_the_person_and_the_application_may() {
        let member = Some(Subject { id: OTHER, admin: false });
        let own = Some(Subject { id: ME, admin: true });
        let (admin, reader) = (Role::AuthenticationAdministrator, Role::GlobalReader);
        let all = Permission::TapReadWriteAll;
        let issue = Action::IssuePass;
        assert_eq!(may(&delegated(admin, all, true), issue, member), Ok(()));
        assert_eq!(may(&delegated(reader, all, true), issue, member), Err(Denied::Role));
        assert_eq!(may(&delegated(admin, all, true), issue, own), Err(Denied::Self_));
        assert_eq!(
            may(&delegated(admin, Permission::TapReadAll, true), issue, member),
            Err(Denied::Scope)
        );
        assert_eq!(may(&delegated(admin, all, false), issue, member), Err(Denied::Weak));
        // Without `.All`, only oneself.
        let mine = delegated(admin, Permission::TapReadWrite, true);
        assert_eq!(may(&mine, Action::DeletePass, member), Err(Denied::Scope));
        assert_eq!(may(&mine, Action::DeletePass, own), Ok(()));
        let weak = delegated(admin, Permission::TapReadWrite, false);
        assert_eq!(may(&weak, Action::SeePass, own), Ok(()));
        assert_eq!(may(&weak, Action::DeletePass, own), Err(Denied::Weak));
    }

    #[test]
    fn an_application_reaches_admins_only_where_it_may_make_admins() {
        let member = Some(Subject { id: OTHER, admin: false });
        let admin = Some(Subject { id: OTHER, admin: true });
        let hr = application(&[Permission::TapReadWriteAll]);
        assert_eq!(may(&hr, Action::IssuePass, member), Ok(()));
        assert_eq!(may(&hr, Action::IssuePass, admin), Err(Denied::Admin));
        assert_eq!(may(&hr, Action::SeePass, admin), Ok(()));
        assert_eq!(may(&hr, Action::ChangePeople, member), Err(Denied::Scope));
        let both = application(&[Permission::TapReadWriteAll, Permission::RoleManagementReadWrite]);
        assert_eq!(may(&both, Action::IssuePass, admin), Ok(()));
        // What reaches only whoever signed in reaches nobody where nobody did.
        assert_eq!(
            may(&application(&[Permission::TapRead]), Action::SeePass, member),
            Err(Denied::Scope)
        );
    }
}
