//! Forward auth: what an application behind a proxy is told, and what a browser must not tell it.

use std::fmt;

use axum::http::{HeaderMap, HeaderName, HeaderValue, StatusCode, header};
use axum::response::{IntoResponse, Response};

use super::forward_auth::refuse;
use crate::http::problem::Problem;
use crate::service::forward_auth::Visitor;

/// What our cookies on an application's host are called, before what each is for.
pub(super) const COOKIE: &str = "firstkey-app";

/// What a cookie on the application's host is for.
#[derive(Clone, Copy)]
pub(super) enum What {
    Session,
    SignIn,
}

impl fmt::Display for What {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(match self {
            Self::Session => "",
            Self::SignIn => "-sign-in",
        })
    }
}

/// The headers that tell an application who it is.
const IDENTITY: [HeaderName; 4] = [
    HeaderName::from_static("remote-user"),
    HeaderName::from_static("remote-name"),
    HeaderName::from_static("remote-email"),
    HeaderName::from_static("remote-groups"),
];

/// Whether an application could read this header as one of ours. Many (CGI, WSGI, PHP) make one
/// name of all that differ in other than letters and digits (RFC 9110 §17.10).
pub(super) fn says_who(name: &HeaderName) -> bool {
    let same = |a: u8, b: u8| a == b || (b == b'-' && !a.is_ascii_alphanumeric());
    let name = name.as_str().as_bytes();
    IDENTITY
        .iter()
        .map(|ours| ours.as_str().as_bytes())
        .any(|ours| ours.len() == name.len() && name.iter().zip(ours).all(|(a, b)| same(*a, *b)))
}

/// What of the browser's cookies is the application's: all but ours, byte for byte.
pub(crate) fn cookies_of_the_app(headers: &HeaderMap) -> Option<HeaderValue> {
    let ours = |pair: &[u8]| {
        let name = pair.split(|byte| *byte == b'=').next().unwrap_or_default().trim_ascii();
        let name = name.strip_prefix(b"__Host-").unwrap_or(name);
        [What::Session, What::SignIn].iter().any(|it| name == format!("{COOKIE}{it}").as_bytes())
    };
    let all = headers.get_all(header::COOKIE).iter().map(HeaderValue::as_bytes);
    let pairs = all.flat_map(|it| it.split(|byte| *byte == b';')).map(<[u8]>::trim_ascii);
    let theirs: Vec<&[u8]> = pairs.filter(|pair| !pair.is_empty() && !ours(pair)).collect();
    HeaderValue::from_bytes(&theirs.join(&b"; "[..])).ok().filter(|value| !value.is_empty())
}

/// Who passes, in the headers that applications behind proxies read. All of them are always there,
/// so that a proxy has something to put over what a browser may have `sent`.
pub(super) fn pass(visitor: &Visitor, sent: &HeaderMap) -> Result<Response, Problem> {
    let user = &visitor.user;
    // A comma in a name would make two groups of one.
    let plain = |name: &&String| !name.contains(',');
    let groups: Vec<&str> = visitor.groups.iter().filter(plain).map(String::as_str).collect();
    let mut response = StatusCode::OK.into_response();
    let values = [
        user.username.as_str(),
        &user.display_name,
        user.email.as_deref().unwrap_or_default(),
        &groups.join(","),
    ];
    for (name, value) in IDENTITY.into_iter().zip(values) {
        let value = HeaderValue::from_bytes(value.as_bytes());
        let value = value.unwrap_or(HeaderValue::from_static(""));
        response.headers_mut().insert(name, value);
    }
    // An application may take nobody in particular for somebody of its own.
    if response.headers()[&IDENTITY[0]].is_empty() {
        return Err(refuse("the username cannot be said in a header"));
    }
    // For proxies that put it over the browser's: our cookies are none of the application's.
    if let Some(cookies) = cookies_of_the_app(sent) {
        response.headers_mut().insert(header::COOKIE, cookies);
    }
    Ok(response)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_header_that_an_application_could_take_for_ours_is_known() {
        for alias in [
            "remote-user",
            "remote_user",
            "Remote.User",
            "REMOTE-GROUPS",
            "remote!name",
            "remote~email",
            "Remote_Groups",
            "remote|name",
        ] {
            assert!(says_who(&alias.parse().unwrap()), "{alias}");
        }
        for other in
            ["remote", "remote-users", "remoteuser", "x-remote-user", "remote-addr", "cookie"]
        {
            assert!(!says_who(&other.parse().unwrap()), "{other}");
        }
    }

    #[test]
    fn our_cookies_are_taken_out_and_the_others_stay_as_they_are() {
        let kept = |lines: &[&'static [u8]]| {
            let mut headers = HeaderMap::new();
            for line in lines {
                headers.append(header::COOKIE, HeaderValue::from_bytes(line).unwrap());
            }
            cookies_of_the_app(&headers).map(|it| it.as_bytes().to_vec())
        };
        assert_eq!(kept(&[b"a=b; __Host-firstkey-app=x; c=d=e"]), Some(b"a=b; c=d=e".to_vec()));
        assert_eq!(kept(&[b"firstkey-app=x;firstkey-app-sign-in=y", b"c"]), Some(b"c".to_vec()));
        assert_eq!(
            kept(&[b"myfirstkey-app=1; firstkey-apps=2; firstkey=3; caf\xe9=\xff"]),
            Some(b"myfirstkey-app=1; firstkey-apps=2; firstkey=3; caf\xe9=\xff".to_vec())
        );
        // However often, and however it is written.
        let many = b"firstkey-app=1;  firstkey-app =2;firstkey-app; __Host-firstkey-app-sign-in=3;";
        assert_eq!(kept(&[many]), None);
        assert_eq!(kept(&[]), None);
    }
}
