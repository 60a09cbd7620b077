//! A person's account.

use std::collections::BTreeSet;

use serde::{Deserialize, Serialize};
use uuid::Uuid;

use super::error::Invalid;
use super::id::UserId;
use super::role::Role;
use super::time::Timestamp;
use crate::domain::language::say;

/// A person who can sign in.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct User {
    /// The account, and the `sub` that applications see.
    pub id: UserId,
    /// The WebAuthn user handle: random, so that an authenticator learns nothing about the account
    /// (Web Authentication Level 3 §14.6.1).
    pub handle: Uuid,
    /// What the person types to say who they are; unique without regard to case.
    pub username: Username,
    /// How pages address them.
    pub display_name: String,
    /// Where mail reaches them.
    pub email: Option<String>,
    /// Their admin roles; none for most people.
    pub roles: BTreeSet<Role>,
    /// A disabled account signs in nowhere.
    pub enabled: bool,
    /// The name by which the system that provisions them knows them (RFC 7643 §3.1).
    pub external_id: Option<String>,
    /// Whom they report to.
    pub manager: Option<UserId>,
    /// What is only shown and handed on.
    pub profile: Profile,
    /// How many methods they have registered; kept by the database.
    pub method_count: u32,
    /// How often they skipped what the registration policy suggests.
    pub skips: u32,
    /// When they last did.
    pub skipped_at: Option<Timestamp>,
    /// Since when they must register anew: methods from before are worth nothing. Kept by the
    /// database, until there is a new one.
    pub reregister_since: Option<Timestamp>,
    /// When an application was first given tokens of theirs. Kept by the database.
    pub first_tokens_at: Option<Timestamp>,
    /// Counts changes; what an `ETag` is made of.
    pub version: i64,
    /// When the account was made.
    pub created_at: Timestamp,
    /// When it was last changed.
    pub updated_at: Timestamp,
}

/// What a directory knows of a person that decides nothing. Names are Microsoft Graph's.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase", default)]
pub struct Profile {
    /// First name.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub given_name: Option<String>,
    /// Family name.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub surname: Option<String>,
    /// What they do.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub job_title: Option<String>,
    /// Where they do it.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub department: Option<String>,
    /// Their number at the employer.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub employee_id: Option<String>,
    /// Their first day.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub employee_hire_date: Option<Timestamp>,
    /// The language that they read best (BCP 47).
    #[serde(skip_serializing_if = "Option::is_none")]
    pub preferred_language: Option<String>,
    /// Where mail reaches them before they can open their own mailbox.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub alternate_email: Option<String>,
    /// The whole name as it is written where they come from. Not in Graph; SCIM's
    /// `name.formatted`.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub formatted_name: Option<String>,
    /// Their telephone at work.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub business_phone: Option<String>,
    /// Their mobile telephone.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub mobile_phone: Option<String>,
}

impl User {
    /// An account that can sign in and has nothing else yet.
    pub fn new(id: UserId, handle: Uuid, username: Username, now: Timestamp) -> Self {
        Self {
            id,
            handle,
            display_name: username.as_str().to_owned(),
            username,
            email: None,
            roles: BTreeSet::new(),
            enabled: true,
            external_id: None,
            manager: None,
            profile: Profile::default(),
            method_count: 0,
            skips: 0,
            skipped_at: None,
            reregister_since: None,
            first_tokens_at: None,
            version: 1,
            created_at: now,
            updated_at: now,
        }
    }

    /// Checks and trims what somebody typed; the error names the field.
    pub fn tidy(&mut self) -> Result<(), Invalid> {
        self.display_name = parse_display_name(&self.display_name)?;
        self.email = self.email.as_deref().map(parse_email).transpose()?;
        for (field, value) in [
            ("externalId", &mut self.external_id),
            ("givenName", &mut self.profile.given_name),
            ("surname", &mut self.profile.surname),
            ("jobTitle", &mut self.profile.job_title),
            ("department", &mut self.profile.department),
            ("employeeId", &mut self.profile.employee_id),
            ("preferredLanguage", &mut self.profile.preferred_language),
            ("formattedName", &mut self.profile.formatted_name),
            ("businessPhone", &mut self.profile.business_phone),
            ("mobilePhone", &mut self.profile.mobile_phone),
        ] {
            *value = value.take().map(|text| line(field, &text)).transpose()?.flatten();
        }
        if let Some(address) = &self.profile.alternate_email {
            let tidy = parse_email(address)
                .map_err(|error| Invalid::new("alternateEmail", error.message))?;
            self.profile.alternate_email = Some(tidy);
        }
        if self.manager == Some(self.id) {
            return Err(Invalid::new("manager", say("invalid-own-manager")));
        }
        Ok(())
    }
}

/// A line of text that decides nothing; none where it is empty.
fn line(field: &'static str, text: &str) -> Result<Option<String>, Invalid> {
    let text = text.trim();
    if text.chars().count() > LINE_MAX {
        return Err(Invalid::new(field, say("invalid-at-most-characters").with("n", LINE_MAX)));
    }
    if text.chars().any(char::is_control) {
        return Err(Invalid::new(field, say("invalid-control")));
    }
    Ok(Some(text.to_owned()).filter(|text| !text.is_empty()))
}

/// The longest line of a profile, in characters.
const LINE_MAX: usize = 256;

/// A username in the form it was given, and the key that makes it unique.
#[derive(Clone, Debug, PartialEq, Eq, Hash)]
pub struct Username(String);

/// The longest username, in characters: that of an Entra `userPrincipalName`, plus room.
pub const USERNAME_MAX: usize = 128;

impl Username {
    /// Reads a username: letters, digits and `. _ - + @ '`, 1 to 128 characters.
    pub fn parse(text: &str) -> Result<Self, Invalid> {
        let text = text.trim();
        if text.is_empty() {
            return Err(Invalid::new("username", say("invalid-username-needed")));
        }
        if text.chars().count() > USERNAME_MAX {
            return Err(Invalid::new(
                "username",
                say("invalid-at-most-characters").with("n", USERNAME_MAX),
            ));
        }
        if !text.chars().all(|c| c.is_alphanumeric() || "._-+@'".contains(c)) {
            return Err(Invalid::new("username", say("invalid-username")));
        }
        Ok(Self(text.to_owned()))
    }

    /// As it was given.
    pub fn as_str(&self) -> &str {
        &self.0
    }

    /// The form that is compared: lower case.
    pub fn key(&self) -> String {
        self.0.to_lowercase()
    }
}

/// Reads a display name: 1 to 256 characters, none of them a control character.
pub fn parse_display_name(text: &str) -> Result<String, Invalid> {
    let text = text.trim();
    if text.is_empty() || text.chars().count() > 256 {
        return Err(Invalid::new("displayName", say("invalid-display-name")));
    }
    if text.chars().any(char::is_control) {
        return Err(Invalid::new("displayName", say("invalid-control")));
    }
    Ok(text.to_owned())
}

/// Reads an e-mail address as far as a form can judge one: something, an `@`, a domain.
pub fn parse_email(text: &str) -> Result<String, Invalid> {
    let text = text.trim();
    let plausible = text.len() <= 254
        && text.chars().all(|c| !c.is_whitespace() && !c.is_control())
        && text.split_once('@').is_some_and(|(local, domain)| {
            !local.is_empty() && !domain.is_empty() && !domain.contains('@')
        });
    if plausible { Ok(text.to_owned()) } else { Err(Invalid::new("email", say("invalid-email"))) }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn usernames_compare_without_case() {
        let ada = Username::parse(" Ada.Lovelace@Example.com ").unwrap();
        assert_eq!(ada.as_str(), "Ada.Lovelace@Example.com");
        assert_eq!(ada.key(), Username::parse("ada.lovelace@example.COM").unwrap().key());
    }

    #[test]
    fn hostile_usernames_are_refused() {
        let long = "a".repeat(USERNAME_MAX + 1);
        for text in ["", "  ", "a b", "a\0b", "a/b", "<script>", "a\u{202e}b", &long] {
            assert!(Username::parse(text).is_err(), "{text:?}");
        }
        assert!(Username::parse("jürgen").is_ok());
    }

    #[test]
    fn e_mail_addresses_need_both_sides() {
        assert!(parse_email("a@b").is_ok());
        for text in ["", "a", "@b", "a@", "a@b@c", "a b@c", "a@b\n"] {
            assert_eq!(parse_email(text).is_ok(), text == "a@b\n", "{text:?}");
        }
    }
}
