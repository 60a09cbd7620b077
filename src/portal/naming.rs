//! What has a name in code, in the words of the reader's language: activities, fields, roles.

use crate::domain::audit::Activity;
use crate::domain::role::Role;
use crate::http::language::say;

/// What happened, as a line of the log names it; spelled out, where a newer version wrote it.
pub(super) fn activity(name: &str) -> String {
    Activity::named(name).map_or_else(|| spelled(name), |known| say(activity_id(known)).spoken())
}

fn activity_id(activity: Activity) -> &'static str {
    match activity {
        Activity::PassIssued => "admin-act-pass-issued",
        Activity::PassApproved => "admin-act-pass-approved",
        Activity::PassDeleted => "admin-act-pass-deleted",
        Activity::PassSignIn => "admin-act-pass-sign-in",
        Activity::KeySignIn => "admin-act-key-sign-in",
        Activity::RecoveryCodeSignIn => "admin-act-recovery-code-sign-in",
        Activity::PhoneAsked => "admin-act-phone-asked",
        Activity::PhoneSignIn => "admin-act-phone-sign-in",
        Activity::UpstreamSignIn => "admin-act-upstream-sign-in",
        Activity::UpstreamLinked => "admin-act-upstream-linked",
        Activity::UpstreamAdded => "admin-act-upstream-added",
        Activity::UpstreamChanged => "admin-act-upstream-changed",
        Activity::UpstreamRemoved => "admin-act-upstream-removed",
        Activity::MethodRegistered => "admin-act-method-registered",
        Activity::MethodRemoved => "admin-act-method-removed",
        Activity::MethodRenamed => "admin-act-method-renamed",
        Activity::RecoveryCodesMade => "admin-act-recovery-codes-made",
        Activity::ReregistrationRequired => "admin-act-reregistration-required",
        Activity::ReregistrationCancelled => "admin-act-reregistration-cancelled",
        Activity::UserAdded => "admin-act-user-added",
        Activity::UserChanged => "admin-act-user-changed",
        Activity::UserRemoved => "admin-act-user-removed",
        Activity::GroupChanged => "admin-act-group-changed",
        Activity::ClientAdded => "admin-act-client-added",
        Activity::ClientChanged => "admin-act-client-changed",
        Activity::ClientRemoved => "admin-act-client-removed",
        Activity::PolicyChanged => "admin-act-policy-changed",
        Activity::MailFailed => "admin-act-mail-failed",
        Activity::KeysRotated => "admin-act-keys-rotated",
        Activity::KeyRevoked => "admin-act-key-revoked",
        Activity::RegistrationTokenIssued => "admin-act-registration-token-issued",
        Activity::ConsentGiven => "admin-act-consent-given",
        Activity::Authorized => "admin-act-authorized",
        Activity::DeviceAuthorized => "admin-act-device-authorized",
        Activity::DeviceDenied => "admin-act-device-denied",
        Activity::DeviceRegistered => "admin-act-device-registered",
        Activity::DeviceRemoved => "admin-act-device-removed",
        Activity::SignedOut => "admin-act-signed-out",
        Activity::LogoutNotTold => "admin-act-logout-not-told",
        Activity::GrantRevoked => "admin-act-grant-revoked",
        Activity::AccessRemoved => "admin-act-access-removed",
        Activity::ReplayDetected => "admin-act-replay-detected",
        Activity::DatabaseBackedUp => "admin-act-database-backed-up",
        Activity::DatabaseRestored => "admin-act-database-restored",
    }
}

/// A role.
pub(super) fn role(role: Role) -> String {
    let id = match role {
        Role::GlobalAdministrator => "admin-role-global",
        Role::PrivilegedAuthenticationAdministrator => "admin-role-privileged",
        Role::AuthenticationAdministrator => "admin-role-authentication",
        Role::AuthenticationPolicyAdministrator => "admin-role-policy",
        Role::UserAdministrator => "admin-role-user",
        Role::GlobalReader => "admin-role-reader",
    };
    say(id).spoken()
}

/// What fields are called, by the names that they have in forms and in the API.
const FIELDS: [(&str, &str); 102] = [
    ("username", "admin-field-username"),
    ("displayName", "admin-field-display-name"),
    ("email", "admin-field-email"),
    ("alternateEmail", "admin-field-alternate-email"),
    ("givenName", "admin-field-given-name"),
    ("surname", "admin-field-surname"),
    ("formattedName", "admin-field-formatted-name"),
    ("jobTitle", "admin-field-job-title"),
    ("department", "admin-field-department"),
    ("employeeId", "admin-field-employee-id"),
    ("employeeHireDate", "admin-field-employee-hire-date"),
    ("externalId", "admin-field-external-id"),
    ("preferredLanguage", "admin-field-preferred-language"),
    ("businessPhone", "admin-field-business-phone"),
    ("mobilePhone", "admin-field-mobile-phone"),
    ("manager", "admin-field-manager"),
    ("role", "admin-field-role"),
    ("permission", "admin-field-permission"),
    ("startDateTime", "admin-field-start-date-time"),
    ("lifetimeInMinutes", "admin-field-lifetime-in-minutes"),
    ("isUsableOnce", "admin-field-is-usable-once"),
    ("list", "admin-field-list"),
    ("line", "admin-field-line"),
    ("approval", "admin-field-approval"),
    ("publicKeyCredential", "admin-field-public-key-credential"),
    ("name", "admin-field-name"),
    ("id", "admin-field-id"),
    ("kind", "admin-field-kind"),
    ("group", "admin-field-group"),
    ("members", "admin-field-members"),
    ("file", "admin-field-file"),
    ("certificate", "admin-field-certificate"),
    ("logo", "admin-field-logo"),
    ("darkLogo", "admin-field-dark-logo"),
    ("accentColor", "admin-field-accent-color"),
    ("policy", "admin-field-policy"),
    ("rules", "admin-field-rules"),
    ("profile", "admin-field-profile"),
    ("keys", "admin-field-keys"),
    ("state", "admin-field-state"),
    ("includeTargets", "admin-field-include-targets"),
    ("excludeTargets", "admin-field-exclude-targets"),
    ("minimumLifetimeInMinutes", "admin-field-minimum-lifetime-in-minutes"),
    ("maximumLifetimeInMinutes", "admin-field-maximum-lifetime-in-minutes"),
    ("defaultLifetimeInMinutes", "admin-field-default-lifetime-in-minutes"),
    ("defaultLength", "admin-field-default-length"),
    ("multifactorUse", "admin-field-multifactor-use"),
    ("deliveryTarget", "admin-field-delivery-target"),
    ("keyRestrictions", "admin-field-key-restrictions"),
    ("passkeyProfiles", "admin-field-passkey-profiles"),
    ("defaultPasskeyProfile", "admin-field-default-passkey-profile"),
    ("allowedKinds", "admin-field-allowed-kinds"),
    ("recommendedMethods", "admin-field-recommended-methods"),
    ("requiredMethods", "admin-field-required-methods"),
    ("allowedSkips", "admin-field-allowed-skips"),
    ("reminderInDays", "admin-field-reminder-in-days"),
    ("absoluteLifetimeInMinutes", "admin-field-absolute-lifetime-in-minutes"),
    ("idleTimeoutInMinutes", "admin-field-idle-timeout-in-minutes"),
    ("challengeTimeoutInMinutes", "admin-field-challenge-timeout-in-minutes"),
    ("strongSignInMaxAgeInMinutes", "admin-field-strong-sign-in-max-age-in-minutes"),
    ("clientId", "admin-field-client-id"),
    ("clientSecret", "admin-field-client-secret"),
    ("redirectUri", "admin-field-redirect-uri"),
    ("postLogoutRedirectUri", "admin-field-post-logout-redirect-uri"),
    ("backchannelLogoutUri", "admin-field-backchannel-logout-uri"),
    ("initiateLoginUri", "admin-field-initiate-login-uri"),
    ("clientUri", "admin-field-client-uri"),
    ("logoUri", "admin-field-logo-uri"),
    ("policyUri", "admin-field-policy-uri"),
    ("tosUri", "admin-field-tos-uri"),
    ("jwksUri", "admin-field-jwks-uri"),
    ("jwks", "admin-field-jwks"),
    ("sectorIdentifierUri", "admin-field-sector-identifier-uri"),
    ("contacts", "admin-field-contacts"),
    ("scope", "admin-field-scope"),
    ("scopes", "admin-field-scopes"),
    ("grantType", "admin-field-grant-type"),
    ("responseTypes", "admin-field-response-types"),
    ("requireAcr", "admin-field-require-acr"),
    ("defaultAcrValues", "admin-field-default-acr-values"),
    ("resources", "admin-field-resources"),
    ("resourceServerFor", "admin-field-resource-server-for"),
    ("applicationPermissions", "admin-field-application-permissions"),
    ("tokenEndpointAuthMethod", "admin-field-token-endpoint-auth-method"),
    ("tokenEndpointAuthSigningAlg", "admin-field-token-endpoint-auth-signing-alg"),
    ("userinfoSignedResponseAlg", "admin-field-userinfo-signed-response-alg"),
    ("requestObjectSigningAlg", "admin-field-request-object-signing-alg"),
    ("deviceRegistration", "admin-field-device-registration"),
    ("forwardAuth", "admin-field-forward-auth"),
    ("externalHint", "admin-field-external-hint"),
    ("claim", "admin-field-claim"),
    ("format", "admin-field-format"),
    ("issuer", "admin-field-issuer"),
    ("endpoint", "admin-field-endpoint"),
    ("domains", "admin-field-domains"),
    ("linkExistingBy", "admin-field-link-existing-by"),
    ("preset", "admin-field-preset"),
    ("helpDeskPhone", "admin-field-help-desk-phone"),
    ("helpDeskUrl", "admin-field-help-desk-url"),
    ("helpDeskText", "admin-field-help-desk-text"),
    ("privacyUrl", "admin-field-privacy-url"),
    ("termsUrl", "admin-field-terms-url"),
];

/// What a field is called on the pages; those that only machines fill in are called alike
/// everywhere.
pub(super) fn field(name: &str) -> String {
    let known = FIELDS.iter().find(|(field, _)| *field == name);
    known.map_or_else(|| spelled(name), |(_, id)| say(id).spoken())
}

/// A name of several words, as one writes it.
fn spelled(name: &str) -> String {
    let mut words = String::with_capacity(name.len() + 8);
    for letter in name.chars() {
        if letter.is_uppercase() {
            words.push(' ');
            words.extend(letter.to_lowercase());
        } else if words.is_empty() {
            words.extend(letter.to_uppercase());
        } else {
            words.push(letter);
        }
    }
    words.replace("uri", "URI").replace(" id", " ID")
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn fields_are_named_as_on_the_pages() {
        for (name, label) in [
            ("displayName", "Display name"),
            ("lifetimeInMinutes", "Lifetime in minutes"),
            ("redirectUri", "Redirect URI"),
            ("employeeId", "Employee ID"),
            ("idTokenEncryptedResponseEnc", "Id token encrypted response enc"),
        ] {
            assert_eq!(field(name), label);
        }
        for (name, id) in FIELDS {
            assert_eq!(say(id).english(), spelled(name));
        }
    }

    #[test]
    fn activities_are_put_into_words() {
        assert_eq!(activity("passIssued"), "Pass issued");
        assert_eq!(activity("keySignIn"), "Key sign-in");
        assert_eq!(activity("passSignIn"), "Pass sign-in");
        assert_eq!(activity("somethingNew"), "Something new");
        for each in Activity::ALL {
            let plain = spelled(each.name()).replace("sign in", "sign-in");
            assert_eq!(say(activity_id(each)).english(), plain);
        }
    }
}
