//! Upstreams: OpenID Connect providers that already know people, and say who somebody is until
//! they have a key here. What such a provider says opens no more than a pass does.

use std::fmt;
use std::str::FromStr;
use std::time::Duration;

use serde::{Deserialize, Serialize};

use super::error::Invalid;
use super::redirect::parse_web;
use super::time::Timestamp;
use super::user::{User, Username, parse_email};

/// How long a session stands that rests on an upstream alone: as long as a pass by default.
pub const UPSTREAM_SESSION: Duration = Duration::from_secs(60 * 60);
/// How long somebody may be away at an upstream.
pub const AWAY_MAX: Duration = Duration::from_secs(10 * 60);
/// How far the clocks of an upstream may be from ours: a minute, since the server is not ours. It is
/// added to the age that was asked for, which is in minutes or hours.
const SKEW: Duration = Duration::from_secs(60);
/// The longest id, in characters.
const ID_MAX: usize = 32;
/// The longest text of a setting, in bytes.
const TEXT_MAX: usize = 512;
/// The longest `sub` (OIDC Core §2).
const SUBJECT_MAX: usize = 255;

/// The name of an upstream in addresses and commands: lower-case letters, digits and dashes.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(try_from = "String", into = "String")]
pub struct UpstreamId(String);

impl UpstreamId {
    /// As text.
    pub fn as_str(&self) -> &str {
        &self.0
    }
}

impl FromStr for UpstreamId {
    type Err = Invalid;
    fn from_str(text: &str) -> Result<Self, Invalid> {
        let plain = text.bytes().all(|b| matches!(b, b'a'..=b'z' | b'0'..=b'9' | b'-'));
        if plain && (1..=ID_MAX).contains(&text.len()) {
            return Ok(Self(text.to_owned()));
        }
        let message = format!("1 to {ID_MAX} lower-case letters, digits and dashes are needed");
        Err(Invalid::new("id", message))
    }
}

impl TryFrom<String> for UpstreamId {
    type Error = Invalid;
    fn try_from(text: String) -> Result<Self, Invalid> {
        text.parse()
    }
}

impl From<UpstreamId> for String {
    fn from(id: UpstreamId) -> Self {
        id.0
    }
}

impl fmt::Display for UpstreamId {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.0)
    }
}

/// The claim by which an upstream names somebody (OIDC Core §5.1).
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum NameClaim {
    /// `preferred_username`.
    #[default]
    PreferredUsername,
    /// `email`, where `email_verified` is true.
    Email,
    /// `sub`.
    Sub,
}

impl NameClaim {
    const ALL: [Self; 3] = [Self::PreferredUsername, Self::Email, Self::Sub];

    /// The claim.
    pub fn name(self) -> &'static str {
        match self {
            Self::PreferredUsername => "preferred_username",
            Self::Email => "email",
            Self::Sub => "sub",
        }
    }
}

impl FromStr for NameClaim {
    type Err = Invalid;
    fn from_str(text: &str) -> Result<Self, Invalid> {
        let found = Self::ALL.into_iter().find(|it| it.name() == text);
        found.ok_or_else(|| Invalid::new("claim", "preferred_username, email or sub is needed"))
    }
}

/// What of a person here the claim is compared with, when an account of the upstream comes for the
/// first time.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub enum LinkBy {
    /// With nothing: the operator links accounts.
    #[default]
    None,
    /// With the username.
    Username,
    /// With the e-mail address.
    Email,
    /// With the name by which the HR system knows them.
    ExternalId,
}

impl LinkBy {
    const ALL: [Self; 4] = [Self::None, Self::Username, Self::Email, Self::ExternalId];

    /// The name in JSON and commands.
    pub fn name(self) -> &'static str {
        match self {
            Self::None => "none",
            Self::Username => "username",
            Self::Email => "email",
            Self::ExternalId => "externalId",
        }
    }
}

impl FromStr for LinkBy {
    type Err = Invalid;
    fn from_str(text: &str) -> Result<Self, Invalid> {
        Self::ALL.into_iter().find(|it| it.name() == text).ok_or_else(|| {
            Invalid::new("linkExistingBy", "none, username, email or externalId is needed")
        })
    }
}

/// What the operator says about an upstream.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase", default)]
pub struct UpstreamSettings {
    /// The name that people see.
    pub display_name: String,
    /// Its issuer, to the letter. Never changes: links are accounts of this issuer.
    pub issuer: String,
    /// Our `client_id` there.
    pub client_id: String,
    /// What is asked for, beside `openid`.
    pub scopes: Vec<String>,
    /// The claim that names somebody.
    pub claim: NameClaim,
    /// What that is compared with.
    pub link_existing_by: LinkBy,
    /// Whether it serves every username.
    pub everybody: bool,
    /// The domains of the usernames that it serves.
    pub domains: Vec<String>,
    /// Whether somebody is added whom nobody here knows.
    pub provision: bool,
    /// Whether it may let in people who hold an admin role.
    pub admins: bool,
}

impl UpstreamSettings {
    /// Tidies and checks all of it; the error names the setting.
    pub fn validate(&mut self) -> Result<(), Invalid> {
        for (field, text) in
            [("displayName", &mut self.display_name), ("clientId", &mut self.client_id)]
        {
            *text = text.trim().to_owned();
            if text.is_empty() || text.len() > TEXT_MAX || text.chars().any(char::is_control) {
                return Err(Invalid::new(field, format!("1 to {TEXT_MAX} bytes are needed")));
            }
        }
        if parse_web("issuer", &self.issuer)?.query().is_some() {
            return Err(Invalid::new("issuer", "a query is not allowed"));
        }
        self.scopes.retain(|scope| scope != "openid");
        let token = |b: u8| matches!(b, 0x21 | 0x23..=0x5b | 0x5d..=0x7e);
        if !self
            .scopes
            .iter()
            .all(|it| !it.is_empty() && it.len() < TEXT_MAX && it.bytes().all(token))
        {
            return Err(Invalid::new("scopes", "scope tokens of RFC 6749 section 3.3 are needed"));
        }
        for domain in &mut self.domains {
            let plain = domain.trim().trim_start_matches('@').to_lowercase();
            if parse_email(&format!("x@{plain}")).is_err() {
                return Err(Invalid::new("domains", "domains such as @example.com are needed"));
            }
            *domain = plain;
        }
        self.domains.sort();
        self.domains.dedup();
        if self.everybody != self.domains.is_empty() {
            return Err(Invalid::new("domains", "either domains or everybody must be named"));
        }
        let fits = match self.claim {
            NameClaim::PreferredUsername => {
                matches!(self.link_existing_by, LinkBy::None | LinkBy::Username)
            }
            NameClaim::Email => !matches!(self.link_existing_by, LinkBy::ExternalId),
            NameClaim::Sub => matches!(self.link_existing_by, LinkBy::None | LinkBy::ExternalId),
        };
        if !fits {
            let message = "preferred_username can be compared with username, email with username \
                           or email, sub with externalId";
            return Err(Invalid::new("linkExistingBy", message));
        }
        if self.provision && self.claim == NameClaim::Sub {
            return Err(Invalid::new(
                "provision",
                "a sub is nobody's username; name another claim",
            ));
        }
        Ok(())
    }

    /// Whether people with this username may come through it.
    pub fn serves(&self, username: &Username) -> bool {
        let key = username.key();
        let domain = key.rsplit_once('@').map(|(_, domain)| domain);
        self.everybody || domain.is_some_and(|domain| self.domains.iter().any(|it| it == domain))
    }

    /// What it calls somebody.
    pub fn name_of<'a>(&self, identity: &'a Identity) -> Result<&'a str, Refusal> {
        let claim = match self.claim {
            NameClaim::PreferredUsername => identity.preferred_username.as_deref(),
            NameClaim::Email if identity.email.is_some() && !identity.email_verified => {
                return Err(Refusal::Unverified);
            }
            NameClaim::Email => identity.email.as_deref(),
            NameClaim::Sub => Some(identity.subject.as_str()),
        };
        claim.filter(|name| !name.trim().is_empty()).ok_or(Refusal::NoName)
    }

    /// The address that somebody is added with: one that is verified there, and the upstream's to
    /// give. Whom it serves by their domains has an address in one of these; where it serves
    /// everybody, only the very claim that names people counts.
    pub fn address_of(&self, identity: &Identity) -> Option<String> {
        let email = identity.email.as_deref().filter(|_| identity.email_verified)?;
        let address = parse_email(email).ok()?;
        let domain = address.rsplit_once('@')?.1.to_lowercase();
        let is_its_own = if self.everybody {
            self.claim == NameClaim::Email
        } else {
            self.domains.contains(&domain)
        };
        is_its_own.then_some(address)
    }

    /// Whether this person may be let in through it at all.
    pub fn admits(&self, user: &User) -> Result<(), Refusal> {
        if !user.enabled {
            Err(Refusal::Disabled)
        } else if !self.serves(&user.username) {
            Err(Refusal::NotServed)
        } else if !user.roles.is_empty() && !self.admins {
            Err(Refusal::Admin)
        } else {
            Ok(())
        }
    }
}

/// An upstream as it is stored.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Upstream {
    /// Its name in addresses.
    pub id: UpstreamId,
    /// What the operator says about it.
    pub settings: UpstreamSettings,
    /// Our secret there, sealed; none for a public client.
    pub sealed_secret: Option<String>,
    /// Whether it lets anybody in.
    pub enabled: bool,
    /// Counts changes.
    pub version: i64,
    /// When it was added.
    pub created_at: Timestamp,
}

/// Those that a page offers to whoever typed this username, or nothing yet. Depends on nothing but
/// what was typed: whether there is such a person, and what they have, must not show.
pub fn offered<'a>(
    upstreams: &'a [Upstream],
    typed: Option<&'a Username>,
) -> impl Iterator<Item = &'a Upstream> {
    upstreams.iter().filter(move |upstream| {
        let settings = &upstream.settings;
        upstream.enabled && typed.map_or(settings.everybody, |name| settings.serves(name))
    })
}

/// What an upstream said about somebody, verified.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Identity {
    /// Its `sub`.
    pub subject: String,
    /// `preferred_username`.
    pub preferred_username: Option<String>,
    /// `email`.
    pub email: Option<String>,
    /// `email_verified`.
    pub email_verified: bool,
    /// `name`.
    pub name: Option<String>,
    /// When the person proved there who they are.
    pub auth_time: Option<Timestamp>,
}

/// Whether a `sub` can be one (OIDC Core §2).
pub fn is_subject(text: &str) -> bool {
    (1..=SUBJECT_MAX).contains(&text.len()) && text.chars().all(|c| !c.is_control())
}

/// How recent a sign-in at an upstream has to be.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Freshness {
    /// The application wants a new one (`prompt=login`).
    pub anew: bool,
    /// How old it may be, in seconds (`max_age`).
    pub max_age: Option<u64>,
}

impl Freshness {
    /// The `max_age` that the upstream is sent. Whoever is sent one must say when the person signed
    /// in; `prompt=login` alone makes nobody say so (OIDC Core §3.1.2.1).
    pub fn limit(self) -> Option<u64> {
        if self.anew { Some(0) } else { self.max_age }
    }

    /// Whether a sign-in at `auth_time` will do for a request that was made at `asked`. What the
    /// upstream does not date is not known to be recent.
    pub fn check(self, auth_time: Option<Timestamp>, asked: Timestamp) -> Result<(), Refusal> {
        let Some(seconds) = self.limit() else { return Ok(()) };
        let then = auth_time.ok_or(Refusal::Undated)?;
        let since = asked.minus(Duration::from_secs(seconds).saturating_add(SKEW));
        if then >= since { Ok(()) } else { Err(Refusal::TooOld) }
    }
}

/// Why an upstream did not let somebody in: the true reason, for the audit log.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
pub enum Refusal {
    /// The claim is missing.
    #[error("the claim that names somebody is missing")]
    NoName,
    /// The e-mail address is not verified there.
    #[error("the e-mail address is not verified there")]
    Unverified,
    /// Nobody here has this name.
    #[error("nobody here is linked to that account")]
    Unknown,
    /// Several people here have this name.
    #[error("several people here go by that name")]
    Ambiguous,
    /// The person came with another account before.
    #[error("the person is linked to another account there")]
    LinkedToAnother,
    /// The person signs in with keys already, and never came through it.
    #[error("the person has a key already, so only the operator can link them")]
    HasMethods,
    /// The upstream does not serve this username.
    #[error("it does not serve this username")]
    NotServed,
    /// The account is disabled.
    #[error("the account is disabled")]
    Disabled,
    /// The person holds an admin role.
    #[error("the person holds an admin role")]
    Admin,
    /// The claim cannot be a username here.
    #[error("the claim cannot be a username here")]
    Unusable,
    /// The application expects another person.
    #[error("the application expects another person")]
    WrongUser,
    /// A recent sign-in is wanted, and nothing says when that there was.
    #[error("it does not say when the person signed in there")]
    Undated,
    /// A more recent sign-in is wanted.
    #[error("the sign-in there is older than the application allows")]
    TooOld,
    /// A pass is open, which comes first.
    #[error("a pass is open, and comes first")]
    PassOpen,
}

#[cfg(test)]
mod tests;
