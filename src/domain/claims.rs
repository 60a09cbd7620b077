//! What an application may be told about a person: by scope (OIDC Core §5.4), or claim by claim with
//! the `claims` parameter (OIDC Core §5.5).

use serde::{Deserialize, Serialize};
use serde_json::{Map, Value};

use super::assurance::Acr;
use super::client::Scope;
use super::user::User;

/// A claim about a person.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Claim {
    /// The full name.
    Name,
    /// The given name.
    GivenName,
    /// The surname.
    FamilyName,
    /// The username.
    PreferredUsername,
    /// The preferred language (BCP 47).
    Locale,
    /// When any of this last changed, in seconds since 1970.
    UpdatedAt,
    /// The e-mail address.
    Email,
    /// Names of the groups that the person is in.
    Groups,
}

impl Claim {
    /// Every claim.
    pub const ALL: [Self; 8] = [
        Self::Name,
        Self::GivenName,
        Self::FamilyName,
        Self::PreferredUsername,
        Self::Locale,
        Self::UpdatedAt,
        Self::Email,
        Self::Groups,
    ];

    /// Its name in a token.
    pub fn name(self) -> &'static str {
        match self {
            Self::Name => "name",
            Self::GivenName => "given_name",
            Self::FamilyName => "family_name",
            Self::PreferredUsername => "preferred_username",
            Self::Locale => "locale",
            Self::UpdatedAt => "updated_at",
            Self::Email => "email",
            Self::Groups => "groups",
        }
    }

    /// The scope that it comes with.
    pub fn scope(self) -> Scope {
        match self {
            Self::Email => Scope::Email,
            Self::Groups => Scope::Groups,
            _ => Scope::Profile,
        }
    }

    /// What it says about somebody who is in these groups; none where nothing is known.
    fn of(self, user: &User, groups: &[String]) -> Option<Value> {
        let text = |text: &Option<String>| text.clone().map(Value::from);
        match self {
            Self::Name => Some(user.display_name.clone().into()),
            Self::GivenName => text(&user.profile.given_name),
            Self::FamilyName => text(&user.profile.surname),
            Self::PreferredUsername => Some(user.username.as_str().into()),
            Self::Locale => text(&user.profile.preferred_language),
            Self::UpdatedAt => Some(user.updated_at.seconds().into()),
            Self::Email => text(&user.email),
            Self::Groups => Some(groups.to_vec().into()),
        }
    }
}

/// Claims that were asked for one by one, out of those that the application may have.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(default)]
pub struct RequestedClaims {
    /// In the ID token.
    pub id_token: Vec<Claim>,
    /// At userinfo.
    pub userinfo: Vec<Claim>,
}

impl RequestedClaims {
    /// The scopes that these claims come with otherwise: what a person is asked about.
    pub fn scopes(&self) -> impl Iterator<Item = Scope> {
        self.id_token.iter().chain(&self.userinfo).map(|claim| claim.scope())
    }
}

/// What a `claims` parameter asks for.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct ClaimsParameter {
    /// Claims about the person.
    pub claims: RequestedClaims,
    /// The weakest class of sign-in asked for, if any that we know.
    pub acr: Option<Acr>,
    /// The class that it names first.
    pub preferred_acr: Option<Acr>,
    /// The classes of which one must be told (OIDC Core §5.5.1.1).
    pub essential_acr: Vec<Acr>,
    /// Whether a class is essential, and none of those asked for is known: nobody can meet that
    /// (OIDC Core §5.5.1.1).
    pub impossible: bool,
    /// Whom the request is about (OIDC Core §5.5.1).
    pub subject: Option<String>,
}

impl ClaimsParameter {
    /// Reads the parameter. Members that we do not know are ignored, as the standard wants.
    pub fn parse(text: &str) -> Result<Self, &'static str> {
        const SHAPE: &str = "claims must be a JSON object with the members id_token and userinfo";
        let Ok(Value::Object(all)) = serde_json::from_str::<Value>(text) else {
            return Err(SHAPE);
        };
        let member = |name: &str| match all.get(name) {
            None | Some(Value::Null) => Ok(Map::new()),
            Some(Value::Object(members)) => Ok(members.clone()),
            Some(_) => Err(SHAPE),
        };
        let (id_token, userinfo) = (member("id_token")?, member("userinfo")?);
        let known = |members: &Map<String, Value>| {
            Claim::ALL.into_iter().filter(|claim| members.contains_key(claim.name())).collect()
        };
        let text = |value: &Value| value.as_str().map(str::to_owned);
        let acr = id_token.get("acr").filter(|acr| acr.is_object());
        let wanted: Vec<String> = acr
            .map(|acr| match acr.get("values").and_then(Value::as_array) {
                Some(values) => values.iter().filter_map(text).collect(),
                None => acr.get("value").and_then(text).into_iter().collect(),
            })
            .unwrap_or_default();
        let demanded = Acr::demanded(&wanted.join(" "));
        let essential = acr.and_then(|acr| acr.get("essential")) == Some(&Value::Bool(true));
        let subject = |members: &Map<String, Value>| {
            members.get("sub").and_then(|sub| sub.get("value")).and_then(text)
        };
        Ok(Self {
            claims: RequestedClaims { id_token: known(&id_token), userinfo: known(&userinfo) },
            acr: demanded,
            preferred_acr: Acr::preferred(&wanted.join(" ")),
            essential_acr: wanted
                .iter()
                .filter(|_| essential)
                .filter_map(|name| Acr::served(name))
                .collect(),
            impossible: essential && !wanted.is_empty() && demanded.is_none(),
            subject: subject(&id_token).or_else(|| subject(&userinfo)),
        })
    }
}

/// What an application with these scopes, and these claims asked for, is told about somebody.
pub fn about(
    user: &User,
    groups: &[String],
    scopes: &[Scope],
    more: &[Claim],
) -> Map<String, Value> {
    Claim::ALL
        .into_iter()
        .filter(|claim| scopes.contains(&claim.scope()) || more.contains(claim))
        .filter_map(|claim| Some((claim.name().to_owned(), claim.of(user, groups)?)))
        .collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_is_known_is_read_and_what_is_not_is_ignored() {
        let asked = ClaimsParameter::parse(
            r#"{"id_token":{"email":null,"acr":{"essential":true,"values":["gold","phr"]},
                "sub":{"value":"x"}},"userinfo":{"name":{"essential":true},"shoe_size":null}}"#,
        )
        .unwrap();
        assert_eq!(asked.claims.id_token, [Claim::Email]);
        assert_eq!(asked.claims.userinfo, [Claim::Name]);
        assert_eq!(asked.acr, Some(Acr::PhishingResistant));
        assert_eq!((asked.impossible, asked.subject.as_deref()), (false, Some("x")));
        let scopes: Vec<Scope> = asked.claims.scopes().collect();
        assert_eq!(scopes, [Scope::Email, Scope::Profile]);

        let gold = |essential: bool| {
            let text =
                format!(r#"{{"id_token":{{"acr":{{"value":"gold","essential":{essential}}}}}}}"#);
            ClaimsParameter::parse(&text).unwrap()
        };
        assert!(gold(true).impossible && !gold(false).impossible);
        assert_eq!(ClaimsParameter::parse("{}").unwrap(), ClaimsParameter::default());
        for wrong in ["", "[]", "x", r#"{"id_token":[]}"#, r#"{"userinfo":"name"}"#] {
            ClaimsParameter::parse(wrong).unwrap_err();
        }
    }
}
