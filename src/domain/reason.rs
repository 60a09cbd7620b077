//! The true reasons of refusals in a few words, for numbers. The audit log has them in full; a number
//! must never hold a name, and must have few of them.

use super::audit::Activity;

/// What a reason begins with, and the word for all of that.
const CLASSES: [(&str, &str); 43] = [
    ("no such user", "unknown_user"),
    ("nobody here is linked", "unknown_user"),
    ("this key is not registered", "unknown_key"),
    ("no pass", "no_pass"),
    ("wrong pass", "wrong_pass"),
    ("Voided", "void_pass"),
    ("Expired", "expired_pass"),
    ("NotYetValid", "pass_not_yet_valid"),
    ("OneTimeUsed", "used_pass"),
    ("NotApproved", "pass_not_approved"),
    ("DisabledByPolicy", "policy"),
    ("AccountDisabled", "disabled_account"),
    ("the account is disabled", "disabled_account"),
    ("blocked after", "too_many_tries"),
    ("asked too often", "too_many_tries"),
    ("the policy ", "policy"),
    ("a key of this kind", "policy"),
    ("this kind of key", "policy"),
    ("the application wants", "too_weak"),
    ("the application expects another person", "other_person"),
    ("the person was not verified", "user_not_verified"),
    ("their person must register anew", "outdated_key"),
    ("the credential id is registered already", "registered_already"),
    ("the phone's key is paired already", "registered_already"),
    ("two uses of this key crossed", "crossed"),
    ("shut out meanwhile", "crossed"),
    ("wrong or used code", "wrong_code"),
    ("no device waits", "wrong_code"),
    ("the number was wrong", "wrong_number"),
    ("denied on the phone", "denied"),
    ("“this was not me”", "reported"),
    ("the person did not recognise the phone", "reported"),
    ("the code has expired", "too_late"),
    ("a code was presented twice", "code_replayed"),
    ("a device code was presented twice", "code_replayed"),
    ("a refresh token was used twice", "refresh_token_replayed"),
    ("an id_token_hint was answered twice", "hint_replayed"),
    ("nobody may do this for themselves", "not_permitted"),
    ("this person holds an admin role", "not_permitted"),
    ("your roles do not allow", "not_permitted"),
    ("the access token lacks a scope", "not_permitted"),
    ("a sign-in with a Temporary Access Pass alone", "not_permitted"),
    ("the next keys are too new", "too_early"),
];

/// The word for a reason.
pub fn class(reason: &str) -> &'static str {
    let known = |text: &str| {
        CLASSES.iter().find(|(begins, _)| text.starts_with(begins)).map(|(_, class)| *class)
    };
    // Reasons about upstreams begin with their id.
    let later = || reason.split_once(": ").and_then(|(_, text)| known(text));
    // What the WebAuthn library refuses it names in one word.
    let webauthn = || {
        let one_word = reason.len() > 3
            && reason.starts_with(|c: char| c.is_ascii_uppercase())
            && reason.split('(').next().unwrap_or_default().chars().all(char::is_alphanumeric);
        one_word.then_some("authenticator")
    };
    known(reason).or_else(later).or_else(webauthn).unwrap_or("other")
}

/// The method of a sign-in, where an activity is one.
pub fn sign_in_method(activity: Activity) -> Option<&'static str> {
    match activity {
        Activity::PassSignIn => Some("pass"),
        Activity::KeySignIn => Some("key"),
        Activity::PhoneSignIn => Some("phone"),
        Activity::UpstreamSignIn => Some("upstream"),
        Activity::RecoveryCodeSignIn => Some("recovery_code"),
        _ => None,
    }
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;
    use crate::domain::authority::Denied;
    use crate::domain::pass::Usability;

    #[test]
    fn reasons_have_their_words() {
        for (reason, expected) in [
            ("wrong pass", "wrong_pass"),
            (Usability::OneTimeUsed.name(), "used_pass"),
            (Usability::NotYetValid.name(), "pass_not_yet_valid"),
            ("blocked after 5 wrong tries until 2030-01-01T00:00:00Z", "too_many_tries"),
            ("contoso: the account is disabled", "disabled_account"),
            ("the number was wrong (Ada's phone)", "wrong_number"),
            ("CredentialPossibleCompromised", "authenticator"),
            ("Policy(\"x\")", "authenticator"),
            ("something that nobody thought of", "other"),
            ("", "other"),
        ] {
            assert_eq!(class(reason), expected, "{reason}");
        }
        for denied in [Denied::Self_, Denied::Admin, Denied::Role, Denied::Scope, Denied::Weak] {
            assert_eq!(class(&denied.to_string()), "not_permitted", "{denied}");
        }
    }

    proptest! {
        #[test]
        fn whatever_a_reason_says_its_word_is_one_of_ours(reason in ".*") {
            let word = class(&reason);
            let ours = CLASSES.iter().any(|(_, class)| *class == word);
            prop_assert!(ours || word == "other" || word == "authenticator");
        }
    }
}
