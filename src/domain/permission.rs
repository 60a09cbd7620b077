//! What a token allows at the API, with the names of Microsoft Graph, so that a script that was
//! written for it asks for what it always asked for.

use std::fmt;
use std::str::FromStr;

use super::authority::Action;
use super::error::Invalid;

/// One permission. Those that end in `.All` reach everybody; the others only whoever signed in.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum Permission {
    /// See one's own pass.
    TapRead,
    /// See everybody's passes, never a value.
    TapReadAll,
    /// See and delete one's own pass.
    TapReadWrite,
    /// See, issue and delete everybody's passes.
    TapReadWriteAll,
    /// See one's own methods.
    MethodRead,
    /// See everybody's methods and passes.
    MethodReadAll,
    /// See one's own methods, delete one's own pass.
    MethodReadWrite,
    /// See, add and remove everybody's methods and passes.
    MethodReadWriteAll,
    /// See the policies.
    PolicyReadAll,
    /// See the policies of sign-in methods.
    PolicyReadMethods,
    /// See and change the policies of sign-in methods.
    PolicyReadWriteMethods,
    /// See one's own account.
    UserRead,
    /// See people.
    UserReadAll,
    /// See, add, change and remove people.
    UserReadWriteAll,
    /// See groups and who is in them.
    GroupReadAll,
    /// See, add, change and remove groups.
    GroupReadWriteAll,
    /// See the audit log.
    AuditLogReadAll,
    /// See one's own devices.
    DeviceRead,
    /// See everybody's devices.
    DeviceReadAll,
    /// See and remove everybody's devices.
    DeviceReadWriteAll,
    /// Give and take admin roles; without it, an application reaches no admin's account.
    RoleManagementReadWrite,
}

impl Permission {
    /// Every permission.
    pub const ALL: [Self; 21] = [
        Self::TapRead,
        Self::TapReadAll,
        Self::TapReadWrite,
        Self::TapReadWriteAll,
        Self::MethodRead,
        Self::MethodReadAll,
        Self::MethodReadWrite,
        Self::MethodReadWriteAll,
        Self::PolicyReadAll,
        Self::PolicyReadMethods,
        Self::PolicyReadWriteMethods,
        Self::UserRead,
        Self::UserReadAll,
        Self::UserReadWriteAll,
        Self::GroupReadAll,
        Self::GroupReadWriteAll,
        Self::AuditLogReadAll,
        Self::DeviceRead,
        Self::DeviceReadAll,
        Self::DeviceReadWriteAll,
        Self::RoleManagementReadWrite,
    ];

    /// The name in a `scope` parameter.
    pub fn name(self) -> &'static str {
        match self {
            Self::TapRead => "UserAuthMethod-TAP.Read",
            Self::TapReadAll => "UserAuthMethod-TAP.Read.All",
            Self::TapReadWrite => "UserAuthMethod-TAP.ReadWrite",
            Self::TapReadWriteAll => "UserAuthMethod-TAP.ReadWrite.All",
            Self::MethodRead => "UserAuthenticationMethod.Read",
            Self::MethodReadAll => "UserAuthenticationMethod.Read.All",
            Self::MethodReadWrite => "UserAuthenticationMethod.ReadWrite",
            Self::MethodReadWriteAll => "UserAuthenticationMethod.ReadWrite.All",
            Self::PolicyReadAll => "Policy.Read.All",
            Self::PolicyReadMethods => "Policy.Read.AuthenticationMethod",
            Self::PolicyReadWriteMethods => "Policy.ReadWrite.AuthenticationMethod",
            Self::UserRead => "User.Read",
            Self::UserReadAll => "User.Read.All",
            Self::UserReadWriteAll => "User.ReadWrite.All",
            Self::GroupReadAll => "Group.Read.All",
            Self::GroupReadWriteAll => "Group.ReadWrite.All",
            Self::AuditLogReadAll => "AuditLog.Read.All",
            Self::DeviceRead => "Device.Read",
            Self::DeviceReadAll => "Device.Read.All",
            Self::DeviceReadWriteAll => "Device.ReadWrite.All",
            Self::RoleManagementReadWrite => "RoleManagement.ReadWrite.Directory",
        }
    }

    /// What it allows, in words for the person who is asked to agree.
    pub fn words(self) -> &'static str {
        match self {
            Self::TapRead => "See your own Temporary Access Pass, never its value.",
            Self::TapReadAll => "See everybody's Temporary Access Passes, never a value.",
            Self::TapReadWrite => "See and delete your own Temporary Access Pass.",
            Self::TapReadWriteAll => "Issue and delete Temporary Access Passes for others.",
            Self::MethodRead => "See your own sign-in methods.",
            Self::MethodReadAll => "See everybody's sign-in methods.",
            Self::MethodReadWrite => "See your own sign-in methods and delete your pass.",
            Self::MethodReadWriteAll => "Add and remove others' sign-in methods and passes.",
            Self::PolicyReadAll | Self::PolicyReadMethods => "See the organisation's policies.",
            Self::PolicyReadWriteMethods => "Change the policies of sign-in methods.",
            Self::UserRead => "See your own account.",
            Self::UserReadAll => "See everybody's account.",
            Self::UserReadWriteAll => "Add, change and remove people.",
            Self::GroupReadAll => "See every group and who is in it.",
            Self::GroupReadWriteAll => "Add, change and remove groups.",
            Self::AuditLogReadAll => "Read the audit log.",
            Self::DeviceRead => "See your own devices.",
            Self::DeviceReadAll => "See everybody's devices.",
            Self::DeviceReadWriteAll => "See and remove everybody's devices.",
            Self::RoleManagementReadWrite => "Give and take admin roles.",
        }
    }

    /// Whether it reaches everybody, so that an application may hold it without a person.
    pub fn reaches_everybody(self) -> bool {
        !matches!(
            self,
            Self::TapRead
                | Self::TapReadWrite
                | Self::MethodRead
                | Self::MethodReadWrite
                | Self::UserRead
                | Self::DeviceRead
        )
    }

    /// Whether it covers an action; `own` where the person who signed in acts on themselves.
    pub fn covers(self, action: Action, own: bool) -> bool {
        use Action as A;
        let actions: &[Action] = match self {
            Self::TapRead | Self::TapReadAll => &[A::SeePass],
            Self::TapReadWrite => &[A::SeePass, A::DeletePass],
            Self::TapReadWriteAll => &[A::SeePass, A::IssuePass, A::DeletePass],
            Self::MethodRead | Self::MethodReadAll => &[A::SeePass, A::SeeMethods],
            Self::MethodReadWrite => &[A::SeePass, A::DeletePass, A::SeeMethods],
            Self::MethodReadWriteAll => &[
                A::SeePass,
                A::IssuePass,
                A::DeletePass,
                A::SeeMethods,
                A::AddMethod,
                A::RemoveMethod,
            ],
            Self::PolicyReadAll | Self::PolicyReadMethods => &[A::SeePolicies],
            Self::PolicyReadWriteMethods => &[A::SeePolicies, A::ChangePolicies],
            Self::UserRead | Self::UserReadAll => &[A::SeePeople],
            Self::UserReadWriteAll => &[A::SeePeople, A::ChangePeople],
            Self::GroupReadAll => &[A::SeeGroups],
            Self::GroupReadWriteAll => &[A::SeeGroups, A::ChangeGroups],
            Self::AuditLogReadAll => &[A::SeeAudit],
            Self::DeviceRead | Self::DeviceReadAll => &[A::SeeDevices],
            Self::DeviceReadWriteAll => &[A::SeeDevices, A::RemoveDevice],
            Self::RoleManagementReadWrite => &[A::AssignRoles],
        };
        actions.contains(&action) && (own || self.reaches_everybody())
    }
}

impl fmt::Display for Permission {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.name())
    }
}

impl FromStr for Permission {
    type Err = Invalid;
    fn from_str(text: &str) -> Result<Self, Invalid> {
        Self::ALL.into_iter().find(|permission| permission.name() == text).ok_or_else(|| {
            let names: Vec<_> = Self::ALL.iter().map(|permission| permission.name()).collect();
            let message = format!("no such permission; the permissions are {}", names.join(", "));
            Invalid::new("permission", message)
        })
    }
}
