//! What is written down about who did what to whom: the true reasons that pages keep to themselves.

use serde::Serialize;

use super::id::{AuditId, ClientId, UserId};
use super::time::Timestamp;

/// What happened.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize)]
#[serde(rename_all = "camelCase")]
pub enum Activity {
    /// A pass was issued.
    PassIssued,
    /// A second admin approved a pass.
    PassApproved,
    /// A pass was deleted.
    PassDeleted,
    /// Somebody tried to sign in with a pass.
    PassSignIn,
    /// Somebody tried to sign in with a key.
    KeySignIn,
    /// Somebody tried to sign in with a recovery code.
    RecoveryCodeSignIn,
    /// Somebody asked for a sign-in to be approved on a phone.
    PhoneAsked,
    /// A sign-in was approved on a phone, or not.
    PhoneSignIn,
    /// Somebody tried to sign in through an upstream.
    UpstreamSignIn,
    /// An account of an upstream was linked to a person, or parted from them.
    UpstreamLinked,
    /// An upstream was added.
    UpstreamAdded,
    /// An upstream was changed.
    UpstreamChanged,
    /// An upstream was removed.
    UpstreamRemoved,
    /// A key was registered, or refused.
    MethodRegistered,
    /// A method was removed.
    MethodRemoved,
    /// A method was given another name.
    MethodRenamed,
    /// New recovery codes were made.
    RecoveryCodesMade,
    /// An admin wants a person to register anew.
    ReregistrationRequired,
    /// An admin took that back.
    ReregistrationCancelled,
    /// A person was added.
    UserAdded,
    /// A person was changed.
    UserChanged,
    /// A person was removed.
    UserRemoved,
    /// A group or its members were changed.
    GroupChanged,
    /// An application was added.
    ClientAdded,
    /// An application was changed, or got a new secret.
    ClientChanged,
    /// An application was removed.
    ClientRemoved,
    /// A policy was changed.
    PolicyChanged,
    /// A mail was given up.
    MailFailed,
    /// Signing keys were rotated.
    KeysRotated,
    /// A signing key was taken out of use at once.
    KeyRevoked,
    /// An initial access token was made, by which applications register themselves.
    RegistrationTokenIssued,
    /// A person consented to what an application asked for.
    ConsentGiven,
    /// A code was given to an application.
    Authorized,
    /// A person allowed a device, or somebody tried a code that no device has.
    DeviceAuthorized,
    /// A person denied a device.
    DeviceDenied,
    /// A device was put on somebody's list.
    DeviceRegistered,
    /// A device was taken off it.
    DeviceRemoved,
    /// A session was ended by signing out.
    SignedOut,
    /// An application could not be told that somebody signed out.
    LogoutNotTold,
    /// An application gave back what it had been given (RFC 7009).
    GrantRevoked,
    /// A person took from an application what it had of them.
    AccessRemoved,
    /// A code or a refresh token was presented twice, and what it gave was revoked.
    ReplayDetected,
    /// The whole database was copied into a file.
    DatabaseBackedUp,
    /// The database was put back from such a file.
    DatabaseRestored,
}

impl Activity {
    /// Every activity.
    pub const ALL: [Self; 44] = [
        Self::PassIssued,
        Self::PassApproved,
        Self::PassDeleted,
        Self::PassSignIn,
        Self::KeySignIn,
        Self::RecoveryCodeSignIn,
        Self::PhoneAsked,
        Self::PhoneSignIn,
        Self::UpstreamSignIn,
        Self::UpstreamLinked,
        Self::UpstreamAdded,
        Self::UpstreamChanged,
        Self::UpstreamRemoved,
        Self::MethodRegistered,
        Self::MethodRemoved,
        Self::MethodRenamed,
        Self::RecoveryCodesMade,
        Self::ReregistrationRequired,
        Self::ReregistrationCancelled,
        Self::UserAdded,
        Self::UserChanged,
        Self::UserRemoved,
        Self::GroupChanged,
        Self::ClientAdded,
        Self::ClientChanged,
        Self::ClientRemoved,
        Self::PolicyChanged,
        Self::MailFailed,
        Self::KeysRotated,
        Self::KeyRevoked,
        Self::RegistrationTokenIssued,
        Self::ConsentGiven,
        Self::Authorized,
        Self::DeviceAuthorized,
        Self::DeviceDenied,
        Self::DeviceRegistered,
        Self::DeviceRemoved,
        Self::SignedOut,
        Self::LogoutNotTold,
        Self::GrantRevoked,
        Self::AccessRemoved,
        Self::ReplayDetected,
        Self::DatabaseBackedUp,
        Self::DatabaseRestored,
    ];

    /// The activity with this name.
    pub fn named(name: &str) -> Option<Self> {
        Self::ALL.into_iter().find(|activity| activity.name() == name)
    }

    /// The name in the database and in JSON.
    pub fn name(self) -> &'static str {
        match self {
            Self::PassIssued => "passIssued",
            Self::PassApproved => "passApproved",
            Self::PassDeleted => "passDeleted",
            Self::PassSignIn => "passSignIn",
            Self::KeySignIn => "keySignIn",
            Self::RecoveryCodeSignIn => "recoveryCodeSignIn",
            Self::PhoneAsked => "phoneAsked",
            Self::PhoneSignIn => "phoneSignIn",
            Self::UpstreamSignIn => "upstreamSignIn",
            Self::UpstreamLinked => "upstreamLinked",
            Self::UpstreamAdded => "upstreamAdded",
            Self::UpstreamChanged => "upstreamChanged",
            Self::UpstreamRemoved => "upstreamRemoved",
            Self::MethodRegistered => "methodRegistered",
            Self::MethodRemoved => "methodRemoved",
            Self::MethodRenamed => "methodRenamed",
            Self::RecoveryCodesMade => "recoveryCodesMade",
            Self::ReregistrationRequired => "reregistrationRequired",
            Self::ReregistrationCancelled => "reregistrationCancelled",
            Self::UserAdded => "userAdded",
            Self::UserChanged => "userChanged",
            Self::UserRemoved => "userRemoved",
            Self::GroupChanged => "groupChanged",
            Self::ClientAdded => "clientAdded",
            Self::ClientChanged => "clientChanged",
            Self::ClientRemoved => "clientRemoved",
            Self::PolicyChanged => "policyChanged",
            Self::MailFailed => "mailFailed",
            Self::KeysRotated => "keysRotated",
            Self::KeyRevoked => "keyRevoked",
            Self::RegistrationTokenIssued => "registrationTokenIssued",
            Self::ConsentGiven => "consentGiven",
            Self::Authorized => "authorized",
            Self::DeviceAuthorized => "deviceAuthorized",
            Self::DeviceDenied => "deviceDenied",
            Self::DeviceRegistered => "deviceRegistered",
            Self::DeviceRemoved => "deviceRemoved",
            Self::SignedOut => "signedOut",
            Self::LogoutNotTold => "logoutNotTold",
            Self::GrantRevoked => "grantRevoked",
            Self::AccessRemoved => "accessRemoved",
            Self::ReplayDetected => "replayDetected",
            Self::DatabaseBackedUp => "databaseBackedUp",
            Self::DatabaseRestored => "databaseRestored",
        }
    }
}

/// One line of the audit log. Holds names and ids, never a secret.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Event {
    /// The line.
    pub id: AuditId,
    /// When.
    pub at: Timestamp,
    /// What.
    pub activity: Activity,
    /// Who: a user's id, `operator` or `system`; none where nobody is known yet.
    pub actor: Option<String>,
    /// On whom.
    pub subject: Option<UserId>,
    /// Through which application.
    pub client: Option<ClientId>,
    /// From where.
    pub address: Option<String>,
    /// Whether it went through.
    pub success: bool,
    /// The true reason of a failure, or what was done.
    pub detail: String,
}
