//! What a visitor sees, and where they end up.

use reqwest::header::HeaderMap;
use url::Url;

/// A page of the server.
#[derive(Clone, Debug)]
pub struct Page {
    pub status: u16,
    pub path: String,
    pub headers: HeaderMap,
    pub body: String,
}

impl Page {
    /// The text of the first `<h1>`.
    pub fn heading(&self) -> String {
        unescape(between(&self.body, "<h1>", "</h1>").unwrap_or_default())
    }

    /// What went wrong, if the page says so.
    pub fn alert(&self) -> Option<String> {
        let text = between(&self.body, "data-alert-text>", "</p>")?;
        (!text.is_empty()).then(|| unescape(text))
    }

    /// The token that its forms repeat.
    pub fn csrf(&self) -> Option<&str> {
        between(&self.body, "<meta name=\"csrf\" content=\"", "\"")
            .or_else(|| between(&self.body, "name=\"csrf\" value=\"", "\""))
    }

    pub(super) fn refresh(&self) -> Option<String> {
        between(&self.body, "<meta http-equiv=\"refresh\" content=\"0;url=", "\"").map(unescape)
    }

    /// The value of an input.
    pub fn value(&self, name: &str) -> Option<String> {
        let tag = between(&self.body, &format!("name=\"{name}\""), ">")?;
        between(tag, "value=\"", "\"").map(unescape)
    }
}

/// Where a request led.
#[derive(Clone, Debug)]
pub enum Landing {
    /// To a page of the server.
    Page(Page),
    /// To an application.
    Away(Url),
}

impl Landing {
    #[track_caller]
    pub fn page(self) -> Page {
        match self {
            Self::Page(page) => page,
            Self::Away(url) => panic!("left for {url}, where a page was expected"),
        }
    }

    #[track_caller]
    pub fn away(self) -> Url {
        match self {
            Self::Away(url) => url,
            Self::Page(page) => panic!(
                "{} {} ({}) where an application was expected: {:?}",
                page.status,
                page.path,
                page.heading(),
                page.alert()
            ),
        }
    }

    /// The code that an application was given.
    #[track_caller]
    pub fn code(self) -> String {
        let url = self.away();
        param(&url, "code").unwrap_or_else(|| panic!("no code in {url}"))
    }

    /// The error that an application was given.
    #[track_caller]
    pub fn error(self) -> String {
        let url = self.away();
        param(&url, "error").unwrap_or_else(|| panic!("no error in {url}"))
    }
}

/// A parameter of an address.
pub fn param(url: &Url, name: &str) -> Option<String> {
    url.query_pairs().find(|(known, _)| known == name).map(|(_, value)| value.into_owned())
}

fn between<'a>(text: &'a str, start: &str, end: &str) -> Option<&'a str> {
    let (_, rest) = text.split_once(start)?;
    rest.split_once(end).map(|(found, _)| found)
}

fn unescape(text: &str) -> String {
    [("&#38;", "&"), ("&#60;", "<"), ("&#62;", ">"), ("&#34;", "\""), ("&#39;", "'")]
        .iter()
        .fold(text.to_owned(), |text, (escaped, plain)| text.replace(escaped, plain))
}
