//! Applications put into words.

use crate::domain::client::{Client, GrantType, Profile, Requirement};
use crate::http::language::{Text, say};

/// What an application is, in words.
pub(super) fn kind(client: &Client) -> Text {
    let grants = &client.settings.grant_types;
    let signs_in = grants.contains(&GrantType::AuthorizationCode);
    if client.settings.external_hint.is_some() {
        return say("settings-kind-hinted");
    }
    if client.settings.forward_auth.is_some() {
        return say("settings-kind-proxied");
    }
    match (signs_in, client.is_public(), client.settings.native) {
        (false, ..) if grants.contains(&GrantType::DeviceCode) => say("settings-kind-device"),
        (false, ..) => say("settings-kind-service"),
        (true, true, true) => say("settings-kind-native"),
        (true, true, false) => say("settings-kind-spa"),
        (true, false, _) => say("settings-kind-web"),
    }
}

/// What a grant is for.
pub(super) fn grant_label(grant: GrantType) -> Text {
    say(match grant {
        GrantType::AuthorizationCode => "settings-grant-code",
        GrantType::RefreshToken => "settings-grant-refresh",
        GrantType::ClientCredentials => "settings-grant-credentials",
        GrantType::DeviceCode => "settings-grant-device",
    })
}

/// How strict the protocol is kept.
pub(super) fn profile_label(profile: Profile) -> Text {
    say(match profile {
        Profile::Default => "settings-profile-default",
        Profile::Fapi2 => "settings-profile-fapi2",
        Profile::Legacy => "settings-profile-legacy",
    })
}

/// The least sign-in that opens an application.
pub(super) fn requirement_label(requirement: Requirement) -> Text {
    say(match requirement {
        Requirement::Nothing => "settings-require-nothing",
        Requirement::MultiFactor => "settings-require-multifactor",
        Requirement::PhishingResistant => "settings-require-resistant",
        Requirement::AttestedKey => "settings-require-attested",
    })
}
