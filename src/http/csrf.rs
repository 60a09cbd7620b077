//! Whether a form or a script's request was sent by a page of ours.

use axum::http::{HeaderMap, StatusCode};

use super::browser::BrowserSession;
use super::language::say;
use super::problem::Problem;
use crate::crypto::token;

/// The header in which our scripts repeat the token.
pub const HEADER: &str = "x-csrf-token";

/// Checks the token that the browser's pages carry. The cookie alone (`SameSite=Lax`) and
/// `Sec-Fetch-Site` would do in today's browsers; the token does in all.
pub fn check(browser: &BrowserSession, headers: &HeaderMap, sent: &str) -> Result<(), Problem> {
    let site = headers.get("sec-fetch-site").and_then(|value| value.to_str().ok());
    let foreign = site.is_some_and(|site| site != "same-origin" && site != "none");
    let expected = browser.csrf();
    if foreign || expected.is_empty() || !token::equal(expected, sent) {
        return Err(Problem::new(
            StatusCode::FORBIDDEN,
            "csrf",
            say("too-old"),
            say("too-old-text"),
        )
        .next(say("too-old-next")));
    }
    Ok(())
}

/// The same for a request of our scripts.
pub fn check_header(browser: &BrowserSession, headers: &HeaderMap) -> Result<(), Problem> {
    let sent = headers.get(HEADER).and_then(|value| value.to_str().ok()).unwrap_or_default();
    check(browser, headers, sent)
}
