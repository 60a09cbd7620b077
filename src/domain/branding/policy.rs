//! The policy of branding. Entra has most of it as `organizationalBranding`.

use serde::{Deserialize, Serialize};
use url::Url;

use super::Colour;
use super::logo::Kind;
use crate::domain::error::Invalid;
use crate::domain::language::{Text, say};

/// What makes the pages an organisation's own. What is left out is as it comes.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase", deny_unknown_fields, default)]
pub struct BrandingPolicy {
    /// The name that people see; without it, the configuration's.
    pub display_name: Option<String>,
    /// The colour of buttons and links; without it, ours.
    pub accent_color: Option<Colour>,
    /// The logo, by the name under which it is served.
    pub logo: Option<String>,
    /// The same for dark pages; without it, `logo` is on them as well.
    pub dark_logo: Option<String>,
    /// Whether the name stands beside the logo.
    pub is_name_shown: bool,
    /// What somebody who is stuck should know.
    pub help_desk_text: Option<String>,
    /// Where help is: `https:` or `mailto:`.
    pub help_desk_url: Option<String>,
    /// The telephone number of who helps.
    pub help_desk_phone: Option<String>,
    /// The privacy statement.
    pub privacy_url: Option<String>,
    /// The terms of use.
    pub terms_url: Option<String>,
}

/// The most characters of a name.
pub const NAME_MAX: usize = 64;
/// The most characters of `helpDeskText`.
pub const TEXT_MAX: usize = 300;
/// The most characters of a telephone number.
pub const PHONE_MAX: usize = 40;
/// The most characters of an address.
pub const URL_MAX: usize = 1000;

impl Default for BrandingPolicy {
    fn default() -> Self {
        Self {
            display_name: None,
            accent_color: None,
            logo: None,
            dark_logo: None,
            is_name_shown: true,
            help_desk_text: None,
            help_desk_url: None,
            help_desk_phone: None,
            privacy_url: None,
            terms_url: None,
        }
    }
}

impl BrandingPolicy {
    /// Checks every field; the error names the first that cannot be taken. Whether a logo is there
    /// is for the database to know.
    pub fn validate(&self) -> Result<(), Invalid> {
        let texts = [
            ("displayName", &self.display_name, NAME_MAX),
            ("helpDeskText", &self.help_desk_text, TEXT_MAX),
        ];
        for (field, text, max) in texts {
            check(field, text.as_deref(), |text| is_line(text, max))?;
        }
        check("helpDeskPhone", self.help_desk_phone.as_deref(), is_phone)?;
        check("helpDeskUrl", self.help_desk_url.as_deref(), |text| is_link(text, true))?;
        check("privacyUrl", self.privacy_url.as_deref(), |text| is_link(text, false))?;
        check("termsUrl", self.terms_url.as_deref(), |text| is_link(text, false))?;
        for (field, name) in self.images() {
            check(field, Some(name), is_image_name)?;
        }
        if self.logo.is_none() && self.dark_logo.is_some() {
            return Err(Invalid::new("darkLogo", say("invalid-dark-logo")));
        }
        Ok(())
    }

    /// The images that it names, by field.
    pub fn images(&self) -> Vec<(&'static str, &str)> {
        let fields = [("logo", &self.logo), ("darkLogo", &self.dark_logo)];
        fields.into_iter().filter_map(|(field, name)| Some((field, name.as_deref()?))).collect()
    }

    /// The address that dials the help desk (RFC 3966).
    pub fn help_desk_tel(&self) -> Option<String> {
        let phone = self.help_desk_phone.as_deref()?;
        let digits: String = phone.chars().filter(|c| c.is_ascii_digit() || *c == '+').collect();
        Some(format!("tel:{digits}"))
    }
}

fn check(
    field: &'static str,
    value: Option<&str>,
    right: impl Fn(&str) -> Result<(), Text>,
) -> Result<(), Invalid> {
    value.map_or(Ok(()), |text| right(text).map_err(|message| Invalid::new(field, message)))
}

/// What turns the text around it, in another direction than its own letters: no name needs that.
fn turns(letter: char) -> bool {
    matches!(letter, '\u{202a}'..='\u{202e}' | '\u{2066}'..='\u{2069}')
}

/// One line of text in any script.
fn is_line(text: &str, max: usize) -> Result<(), Text> {
    let length = text.chars().count();
    let fits = (1..=max).contains(&length) && text.trim() == text;
    if !fits
        || text.chars().any(|c| c.is_control() || turns(c) || matches!(c, '\u{2028}' | '\u{2029}'))
    {
        return Err(say("invalid-line").with("max", max));
    }
    Ok(())
}

fn is_phone(text: &str) -> Result<(), Text> {
    let digits = text.chars().filter(char::is_ascii_digit).count();
    let known = |c: char| c.is_ascii_digit() || " ()-./".contains(c);
    let rest = text.strip_prefix('+').unwrap_or(text);
    if digits < 3 || text.len() > PHONE_MAX || !rest.chars().all(known) {
        return Err(say("invalid-phone"));
    }
    Ok(())
}

/// An address that a page of ours may lead to.
fn is_link(text: &str, mail: bool) -> Result<(), Text> {
    let wrong = || if mail { say("invalid-link-or-mail") } else { say("invalid-link-https") };
    // A parser would mend these.
    let odd = |c: char| c.is_whitespace() || c.is_control() || c == '\\' || turns(c);
    if text.len() > URL_MAX || text.contains(odd) {
        return Err(wrong());
    }
    let url = Url::parse(text).map_err(|_| wrong())?;
    match url.scheme() {
        "https" if url.has_host() && url.username().is_empty() && url.password().is_none() => {
            Ok(())
        }
        "mailto" if mail => {
            let parts = url.path().split_once('@');
            let whole = parts.is_some_and(|(name, host)| !name.is_empty() && host.contains('.'));
            if whole && url.query().is_none() { Ok(()) } else { Err(wrong()) }
        }
        _ => Err(wrong()),
    }
}

/// A name that this server gave to an image: its hash and its kind.
pub fn is_image_name(name: &str) -> Result<(), Text> {
    let known = name.split_once('.').is_some_and(|(hash, _)| {
        hash.len() == 24 && hash.bytes().all(|b| b.is_ascii_alphanumeric() || b"-_".contains(&b))
    });
    if known && Kind::of_name(name).is_some() {
        return Ok(());
    }
    Err(say("invalid-image-name"))
}

#[cfg(test)]
mod tests {
    use super::*;

    fn refused(change: impl Fn(&mut BrandingPolicy)) -> String {
        let mut policy = BrandingPolicy::default();
        change(&mut policy);
        policy.validate().err().map(|invalid| invalid.field.to_string()).unwrap_or_default()
    }

    #[test]
    fn links_lead_to_https_and_nowhere_else() {
        for good in ["https://example.com/privacy?x=1#top", "https://xn--bcher-kva.example"] {
            assert_eq!(refused(|it| it.privacy_url = Some(good.into())), "", "{good}");
            assert_eq!(refused(|it| it.help_desk_url = Some(good.into())), "", "{good}");
        }
        assert_eq!(refused(|it| it.help_desk_url = Some("mailto:help@example.com".into())), "");
        for bad in [
            "",
            "example.com",
            "http://example.com",
            "javascript:alert(1)",
            "JAVASCRIPT:alert(1)//https://",
            "java\tscript:alert(1)",
            "data:text/html,x",
            "//example.com",
            "https:",
            "https://",
            "https://user:secret@example.com",
            "https://example.com\\@other.example",
            " https://example.com",
            "https://example.com/\u{202e}x",
            "mailto:help@example.com",
        ] {
            assert_eq!(refused(|it| it.terms_url = Some(bad.into())), "termsUrl", "{bad}");
        }
        for bad in ["mailto:", "mailto:help", "mailto:help@example.com?bcc=me@example.com"] {
            assert_eq!(refused(|it| it.help_desk_url = Some(bad.into())), "helpDeskUrl", "{bad}");
        }
    }

    #[test]
    fn names_are_one_line_of_any_script() {
        for good in ["Acme", "ACME — Größe & Söhne <b>", "شركة المثال", "בנק", "例え"]
        {
            assert_eq!(refused(|it| it.display_name = Some(good.into())), "", "{good}");
        }
        let long = "x".repeat(NAME_MAX + 1);
        for bad in ["", " ", " Acme", "A\nB", "A\u{0}B", "A\u{202e}B", "A\u{2066}B", &long] {
            assert_eq!(refused(|it| it.display_name = Some(bad.into())), "displayName", "{bad:?}");
        }
        assert_eq!(refused(|it| it.help_desk_text = Some("x".repeat(301))), "helpDeskText");
    }

    #[test]
    fn a_telephone_number_dials() {
        let policy = |phone: &str| BrandingPolicy {
            help_desk_phone: Some(phone.into()),
            ..BrandingPolicy::default()
        };
        let dialled = policy("+49 (30) 123-456").help_desk_tel();
        assert_eq!(dialled.as_deref(), Some("tel:+4930123456"));
        for bad in ["", "12", "call me", "+49;ext=1", "0+30 1", "1".repeat(41).as_str()] {
            assert!(policy(bad).validate().is_err(), "{bad}");
        }
    }

    #[test]
    fn a_logo_has_a_name_of_ours() {
        let name = "Abcdefghijklmnopqrstuv-_.png";
        assert_eq!(refused(|it| it.logo = Some(name.into())), "");
        assert_eq!(refused(|it| it.dark_logo = Some(name.into())), "darkLogo");
        for bad in ["", "logo.png", "https://example.com/logo.png", "../../etc/passwd", "a.svg"] {
            assert_eq!(refused(|it| it.logo = Some(bad.into())), "logo", "{bad}");
        }
    }
}
