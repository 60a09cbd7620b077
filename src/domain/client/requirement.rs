//! What the operator of an application can require of everybody who signs in to it.

use std::str::FromStr;

use super::super::assurance::Acr;
use super::super::error::Invalid;

/// The least sign-in with which an application is opened, whatever its requests ask for.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Requirement {
    /// None: what the request asks for is enough.
    Nothing,
    /// Several factors of different kinds.
    MultiFactor,
    /// A sign-in that nobody can be tricked out of: a passkey or a security key.
    PhishingResistant,
    /// The same with a key whose maker vouches for it.
    AttestedKey,
}

impl Requirement {
    /// Every one, the weakest first.
    pub const ALL: [Self; 4] =
        [Self::Nothing, Self::MultiFactor, Self::PhishingResistant, Self::AttestedKey];

    /// Those that somebody can meet here.
    pub fn served() -> impl Iterator<Item = Self> {
        Self::ALL.into_iter().filter(|it| it.class().is_none_or(|acr| Acr::SERVED.contains(&acr)))
    }

    /// The one that a setting is; none where it is no class that can be required.
    pub fn of(class: Option<Acr>) -> Option<Self> {
        Self::ALL.into_iter().find(|it| it.class() == class)
    }

    /// The class of sign-in that it takes.
    pub fn class(self) -> Option<Acr> {
        match self {
            Self::Nothing => None,
            Self::MultiFactor => Some(Acr::MultiFactor),
            Self::PhishingResistant => Some(Acr::PhishingResistant),
            Self::AttestedKey => Some(Acr::PhishingResistantHardware),
        }
    }

    /// The name on the command line and in forms.
    pub fn name(self) -> &'static str {
        match self {
            Self::Nothing => "nothing",
            Self::MultiFactor => "mfa",
            Self::PhishingResistant => "phishing-resistant",
            Self::AttestedKey => "attested-key",
        }
    }
}

impl FromStr for Requirement {
    type Err = Invalid;
    fn from_str(text: &str) -> Result<Self, Invalid> {
        Self::ALL.into_iter().find(|it| it.name() == text).ok_or_else(|| {
            let names = Self::ALL.map(Self::name).join(", ");
            Invalid::new("requireAcr", format!("one of {names} is needed"))
        })
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_requirement_has_a_name_and_a_class_of_its_own() {
        for one in Requirement::ALL {
            assert_eq!(one.name().parse(), Ok(one));
            assert_eq!(Requirement::of(one.class()), Some(one));
        }
        assert_eq!(Requirement::of(Some(Acr::Bootstrap)), None);
        assert_eq!("phr".parse::<Requirement>().unwrap_err().field, "requireAcr");
        assert!(Requirement::served().any(|it| it == Requirement::PhishingResistant));
    }
}
