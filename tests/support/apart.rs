//! Whether somebody who types usernames can tell those that exist from those that do not: by the
//! status, a header, a cookie, a byte of the page, or by the work behind it.

#![allow(dead_code, reason = "a toolbox: not every suite uses every tool")]

use serde_json::Value;

use super::app::App;
use super::visitor::{Page, Visitor};

/// Headers whose values differ from answer to answer, by the moment or by chance; and
/// the length, because the name that was typed stands in the page.
const VARYING: [&str; 4] = ["date", "x-request-id", "content-length", "retry-after"];

/// All that a stranger saw, with what differs by chance taken out.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Seen(Vec<String>);

impl Seen {
    /// A page that was shown to whoever typed `username`.
    pub fn page(&mut self, page: &Page, username: &str) {
        let mut text = format!("{}\n", page.status);
        for (name, value) in &page.headers {
            let value = value.to_str().unwrap_or("?");
            let value = match name.as_str() {
                // The name and the attributes, not what it holds.
                "set-cookie" => {
                    let (cookie, attributes) = value.split_once(';').unwrap_or((value, ""));
                    format!("{};{attributes}", cookie.split('=').next().unwrap_or_default())
                }
                varying if VARYING.contains(&varying) => String::new(),
                _ => value.to_owned(),
            };
            for part in [name.as_str(), ": ", &value, "\n"] {
                text.push_str(part);
            }
        }
        let journey = page.path.split('/').nth(2).unwrap_or_default().to_owned();
        let request = page.headers.get("x-request-id").and_then(|id| id.to_str().ok());
        let mut body = page.body.clone();
        for (varies, by) in [
            (page.csrf().unwrap_or_default(), "CSRF"),
            (journey.as_str(), "JOURNEY"),
            (request.unwrap_or_default(), "REQUEST"),
        ] {
            if !varies.is_empty() {
                body = body.replace(varies, by);
            }
        }
        // How long somebody must wait is counted in seconds that pass.
        if let Some((before, rest)) = body.split_once("data-wait=\"")
            && let Some((_, rest)) = rest.split_once("</span>")
        {
            body = format!("{before}WAIT{rest}");
        }
        // Whole: some of these names are words of the page as well.
        body = body.replace(&format!(">{username}<"), ">NAME<");
        body = body.replace(&format!("\"{username}\""), "\"NAME\"");
        self.0.push(format!("{text}\n{body}"));
    }

    /// What a script of the page was told.
    pub fn json(&mut self, (status, answer): &(u16, Value)) {
        let mut answer = answer.clone();
        if let Some(ceremony) = answer.get_mut("ceremony") {
            *ceremony = "CEREMONY".into();
        }
        if let Some(challenge) = answer.pointer_mut("/options/publicKey/challenge") {
            *challenge = "CHALLENGE".into();
        }
        self.0.push(format!("{status} {answer}"));
    }
}

/// Lets a stranger do the same for each name, and fails where what they saw, or how many passes were
/// hashed meanwhile, is other than for the first, which nobody has.
pub async fn cannot_be_told_apart(
    app: &App,
    names: &[&str],
    act: impl AsyncFn(&mut Visitor, &str) -> Seen,
) {
    let mut first: Option<(Seen, u64)> = None;
    for name in names {
        let before = app.services.hasher.runs();
        let seen = act(&mut app.visitor(), name).await;
        let now = (seen, app.services.hasher.runs() - before);
        match &first {
            None => first = Some(now),
            Some(nobody) => {
                assert_eq!(now.0, nobody.0, "{name} looks different");
                assert_eq!(now.1, nobody.1, "{name} takes more or less work");
            }
        }
    }
}
