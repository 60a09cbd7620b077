//! What happened, in Graph's words.

use crate::domain::audit::Activity;

/// What an activity is called in Graph's way: its name, its category, the service, the operation.
pub(super) fn words(activity: &str) -> (&'static str, &'static str, &'static str, &'static str) {
    const METHODS: &str = "Authentication Methods";
    const CORE: &str = "Core Directory";
    let Some(activity) = Activity::named(activity) else {
        return ("Other", "Other", CORE, "Other");
    };
    match activity {
        Activity::PassIssued => ("Issue Temporary Access Pass", "UserManagement", METHODS, "Add"),
        Activity::PassApproved => {
            ("Approve Temporary Access Pass", "UserManagement", METHODS, "Update")
        }
        Activity::PassDeleted => {
            ("Delete Temporary Access Pass", "UserManagement", METHODS, "Delete")
        }
        Activity::PassSignIn => ("Sign in with a pass", "Authentication", METHODS, "Other"),
        Activity::KeySignIn => ("Sign in with a key", "Authentication", METHODS, "Other"),
        Activity::RecoveryCodeSignIn => {
            ("Sign in with a recovery code", "Authentication", METHODS, "Other")
        }
        Activity::RecoveryCodesMade => ("Make recovery codes", "UserManagement", METHODS, "Add"),
        Activity::ReregistrationRequired => {
            ("Require re-registration", "UserManagement", METHODS, "Update")
        }
        Activity::ReregistrationCancelled => {
            ("Cancel re-registration", "UserManagement", METHODS, "Update")
        }
        Activity::PhoneAsked => ("Ask a phone", "Authentication", METHODS, "Other"),
        Activity::PhoneSignIn => ("Sign in with a phone", "Authentication", METHODS, "Other"),
        Activity::UpstreamSignIn => {
            ("Sign in through an upstream", "Authentication", METHODS, "Other")
        }
        Activity::UpstreamLinked => ("Link upstream account", "UserManagement", METHODS, "Update"),
        Activity::UpstreamAdded => ("Add upstream", "Policy", METHODS, "Add"),
        Activity::UpstreamChanged => ("Update upstream", "Policy", METHODS, "Update"),
        Activity::UpstreamRemoved => ("Delete upstream", "Policy", METHODS, "Delete"),
        Activity::MethodRegistered => ("Register security info", "UserManagement", METHODS, "Add"),
        Activity::MethodRemoved => ("Delete security info", "UserManagement", METHODS, "Delete"),
        Activity::MethodRenamed => ("Update security info", "UserManagement", METHODS, "Update"),
        Activity::UserAdded => ("Add user", "UserManagement", CORE, "Add"),
        Activity::UserChanged => ("Update user", "UserManagement", CORE, "Update"),
        Activity::UserRemoved => ("Delete user", "UserManagement", CORE, "Delete"),
        Activity::GroupChanged => ("Update group", "GroupManagement", CORE, "Update"),
        Activity::ClientAdded => ("Add application", "ApplicationManagement", CORE, "Add"),
        Activity::ClientChanged => ("Update application", "ApplicationManagement", CORE, "Update"),
        Activity::ClientRemoved => ("Delete application", "ApplicationManagement", CORE, "Delete"),
        Activity::PolicyChanged => {
            ("Update authentication methods policy", "Policy", METHODS, "Update")
        }
        Activity::MailFailed => ("Give up a mail", "Other", CORE, "Other"),
        Activity::RegistrationTokenIssued => {
            ("Issue initial access token", "ApplicationManagement", CORE, "Add")
        }
        Activity::KeysRotated => ("Rotate signing keys", "KeyManagement", CORE, "Update"),
        Activity::DatabaseBackedUp => ("Back up database", "DirectoryManagement", CORE, "Other"),
        Activity::DatabaseRestored => ("Restore database", "DirectoryManagement", CORE, "Update"),
        Activity::KeyRevoked => ("Revoke signing key", "KeyManagement", CORE, "Delete"),
        Activity::ConsentGiven => ("Consent to application", "ApplicationManagement", CORE, "Add"),
        Activity::Authorized => ("Authorize application", "Authentication", CORE, "Other"),
        Activity::DeviceAuthorized => ("Authorize device", "Authentication", CORE, "Other"),
        Activity::DeviceDenied => ("Deny device", "Authentication", CORE, "Other"),
        Activity::DeviceRegistered => ("Register device", "Device", CORE, "Add"),
        Activity::DeviceRemoved => ("Delete device", "Device", CORE, "Delete"),
        Activity::SignedOut => ("Sign out", "Authentication", CORE, "Other"),
        Activity::LogoutNotTold => {
            ("Give up telling of a sign-out", "Authentication", CORE, "Other")
        }
        Activity::GrantRevoked => ("Revoke tokens", "Authentication", CORE, "Other"),
        Activity::AccessRemoved => {
            ("Remove access of application", "ApplicationManagement", CORE, "Delete")
        }
        Activity::ReplayDetected => ("Revoke what was replayed", "Authentication", CORE, "Other"),
    }
}
