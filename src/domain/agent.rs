//! Which browser somebody uses, as far as it says so: for lists in which people recognise what is
//! theirs. Nothing is decided by it, since a browser may say anything.

use std::fmt;
use std::str::FromStr;

use super::error::Invalid;

/// Names of browsers by what tells them apart, the particular ones before those that they claim to
/// be as well.
const BROWSERS: [(&str, &str); 14] = [
    ("Edg/", "Edge"),
    ("EdgA/", "Edge"),
    ("EdgiOS/", "Edge"),
    ("OPR/", "Opera"),
    ("Vivaldi/", "Vivaldi"),
    ("SamsungBrowser/", "Samsung Internet"),
    ("YaBrowser/", "Yandex"),
    ("FxiOS/", "Firefox"),
    ("Firefox/", "Firefox"),
    ("CriOS/", "Chrome"),
    ("Chrome/", "Chrome"),
    ("Safari/", "Safari"),
    ("curl/", "curl"),
    ("python-requests/", "Python"),
];

/// The same for platforms.
const PLATFORMS: [(&str, &str); 8] = [
    ("Android", "Android"),
    ("iPhone", "iPhone"),
    ("iPad", "iPad"),
    ("CrOS", "ChromeOS"),
    ("Windows", "Windows"),
    ("Mac OS X", "macOS"),
    ("Linux", "Linux"),
    ("X11", "Linux"),
];

/// The longest header that is looked at, in bytes.
const LENGTH_MAX: usize = 1024;

/// A browser and the platform that it runs on.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Agent {
    /// The browser's name.
    pub browser: Option<&'static str>,
    /// The platform's name.
    pub platform: Option<&'static str>,
}

impl Agent {
    /// What a `User-Agent` header (RFC 9110 §10.1.5) tells; none where that is nothing.
    pub fn read(header: &str) -> Option<Self> {
        let header = if header.len() > LENGTH_MAX { "" } else { header };
        let find = |names: &[(&str, &'static str)]| {
            names.iter().find(|(mark, _)| header.contains(mark)).map(|(_, name)| *name)
        };
        let agent = Self { browser: find(&BROWSERS), platform: find(&PLATFORMS) };
        (agent.browser.is_some() || agent.platform.is_some()).then_some(agent)
    }
}

impl fmt::Display for Agent {
    /// As it is stored: `Chrome/Windows`.
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}/{}", self.browser.unwrap_or_default(), self.platform.unwrap_or_default())
    }
}

impl FromStr for Agent {
    type Err = Invalid;
    fn from_str(text: &str) -> Result<Self, Invalid> {
        let (browser, platform) = text.split_once('/').unwrap_or((text, ""));
        let known = |names: &[(&str, &'static str)], name: &str| {
            names.iter().find(|(_, known)| *known == name).map(|(_, known)| *known)
        };
        Ok(Self { browser: known(&BROWSERS, browser), platform: known(&PLATFORMS, platform) })
    }
}

/// From where something was done.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Place {
    /// The address.
    pub address: Option<String>,
    /// The browser.
    pub agent: Option<Agent>,
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn browsers_are_known_by_what_they_say() {
        let mozilla = "Mozilla/5.0 ";
        let table = [
            (
                "(Windows NT 10.0; Win64; x64) AppleWebKit/537.36 (KHTML, like Gecko) Chrome/131.0.0.0 Safari/537.36",
                "Chrome/Windows",
            ),
            (
                "(Windows NT 10.0; Win64; x64) AppleWebKit/537.36 (KHTML, like Gecko) Chrome/131.0.0.0 Safari/537.36 Edg/131.0.0.0",
                "Edge/Windows",
            ),
            (
                "(Macintosh; Intel Mac OS X 10_15_7) AppleWebKit/605.1.15 (KHTML, like Gecko) Version/18.1 Safari/605.1.15",
                "Safari/macOS",
            ),
            (
                "(iPhone; CPU iPhone OS 18_1 like Mac OS X) AppleWebKit/605.1.15 (KHTML, like Gecko) Version/18.1 Mobile/15E148 Safari/604.1",
                "Safari/iPhone",
            ),
            (
                "(iPad; CPU OS 18_1 like Mac OS X) AppleWebKit/605.1.15 (KHTML, like Gecko) CriOS/131.0 Mobile/15E148 Safari/604.1",
                "Chrome/iPad",
            ),
            (
                "(Linux; Android 14; Pixel 8) AppleWebKit/537.36 (KHTML, like Gecko) Chrome/131.0.0.0 Mobile Safari/537.36",
                "Chrome/Android",
            ),
            (
                "(Linux; Android 14) AppleWebKit/537.36 (KHTML, like Gecko) SamsungBrowser/27.0 Chrome/125.0.0.0 Mobile Safari/537.36",
                "Samsung Internet/Android",
            ),
            ("(X11; Linux x86_64; rv:132.0) Gecko/20100101 Firefox/132.0", "Firefox/Linux"),
            (
                "(X11; CrOS x86_64 14541.0.0) AppleWebKit/537.36 (KHTML, like Gecko) Chrome/131.0.0.0 Safari/537.36",
                "Chrome/ChromeOS",
            ),
        ];
        for (header, expected) in table {
            let agent = Agent::read(&format!("{mozilla}{header}")).unwrap();
            assert_eq!(agent.to_string(), expected, "{header}");
            assert_eq!(expected.parse::<Agent>().unwrap(), agent);
        }
        let bare = Agent::read("curl/8.5.0").unwrap();
        assert_eq!((bare.browser, bare.platform), (Some("curl"), None));
    }

    #[test]
    fn whatever_else_is_sent_says_nothing() {
        for header in ["", "\u{7}\u{1b}[31m", "<script>alert(1)</script>", "Mozilla/5.0", "日本語"]
        {
            assert_eq!(Agent::read(header), None, "{header}");
        }
        assert_eq!(Agent::read(&format!("Chrome/1 {}", "x".repeat(2000))), None);
        let stored: Agent = "<b>Chrome/Windows".parse().unwrap();
        assert_eq!((stored.browser, stored.platform), (None, Some("Windows")));
    }
}
