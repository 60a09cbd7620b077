//! Headers that every answer carries.

use axum::extract::{Request, State};
use axum::http::{HeaderMap, HeaderName, HeaderValue, header};
use axum::middleware::Next;
use axum::response::Response;

use super::AppState;
use crate::domain::client::FORWARD_PATH;

/// Nothing but our own scripts, styles and images; no frames; forms go to us alone. An application
/// is reached by a plain navigation (see `docs/decisions/0003-leaving-by-a-page.md`), so
/// `form-action` needs no exception.
pub const CONTENT_SECURITY_POLICY: &str = "default-src 'none'; script-src 'self'; style-src 'self'; \
     img-src 'self' data:; connect-src 'self'; form-action 'self'; frame-ancestors 'none'; \
     base-uri 'none'; require-trusted-types-for 'script'";

/// Put into the extensions of an answer that is a form which posts to an application
/// (OAuth 2.0 Form Post Response Mode). Applications redirect after a post, and browsers hold
/// `form-action` against that, too, so the scheme alone is named.
#[derive(Clone, Copy, Debug)]
pub struct PostsAway {
    /// Whether the application is reached by https.
    pub https: bool,
}

/// Put into the extensions of an answer that is a page which can be installed
/// (W3C Web Application Manifest): its manifest is ours, too.
#[derive(Clone, Copy, Debug)]
pub struct Installs;

/// The same policy, for a page with a manifest.
const INSTALLS_POLICY: &str = "default-src 'none'; script-src 'self'; style-src 'self'; \
     img-src 'self' data:; connect-src 'self'; form-action 'self'; frame-ancestors 'none'; \
     base-uri 'none'; require-trusted-types-for 'script'; manifest-src 'self'";

/// Put into the extensions of an answer that has a policy of its own, and may perhaps be in a frame
/// of a page of ours.
#[derive(Clone, Copy, Debug)]
pub struct OwnPolicy {
    /// The policy.
    pub policy: &'static str,
    /// Whether a page of ours may frame it.
    pub framed: bool,
}

/// An image: nothing in it is loaded or run, whatever somebody takes it for.
pub const IMAGE_POLICY: &str = "default-src 'none'; frame-ancestors 'none'; sandbox";

/// A page of the portal with another page of ours in a frame.
pub const FRAMING_POLICY: &str = "default-src 'none'; script-src 'self'; style-src 'self'; \
     img-src 'self' data:; connect-src 'self'; form-action 'self'; frame-src 'self'; \
     frame-ancestors 'none'; base-uri 'none'; require-trusted-types-for 'script'";

/// The page in that frame: it is looked at, and does nothing.
pub const FRAMED_POLICY: &str = "default-src 'none'; style-src 'self'; img-src 'self'; \
     form-action 'none'; frame-ancestors 'self'; base-uri 'none'; sandbox allow-same-origin; \
     require-trusted-types-for 'script'";

/// The policy of such a page: nothing on it but our own script and style.
fn policy(away: Option<PostsAway>) -> HeaderValue {
    let Some(PostsAway { https }) = away else {
        return HeaderValue::from_static(CONTENT_SECURITY_POLICY);
    };
    let target = if https { "form-action https:" } else { "form-action https: http:" };
    HeaderValue::from_str(&CONTENT_SECURITY_POLICY.replace("form-action 'self'", target))
        .unwrap_or(HeaderValue::from_static(CONTENT_SECURITY_POLICY))
}

const PLAIN: [(HeaderName, &str); 6] = [
    (header::CONTENT_SECURITY_POLICY, CONTENT_SECURITY_POLICY),
    (header::REFERRER_POLICY, "no-referrer"),
    (header::X_CONTENT_TYPE_OPTIONS, "nosniff"),
    (header::X_FRAME_OPTIONS, "DENY"),
    (
        HeaderName::from_static("permissions-policy"),
        "publickey-credentials-get=(self), publickey-credentials-create=(self)",
    ),
    (HeaderName::from_static("cross-origin-opener-policy"), "same-origin"),
];

/// Adds the security headers, and `no-store` wherever a handler did not say otherwise.
pub async fn secure(State(state): State<AppState>, request: Request, next: Next) -> Response {
    // On the host of an application that forward auth protects, how strict it is with https is its
    // own affair.
    let path = request.uri().path();
    let ours = !path.starts_with(FORWARD_PATH) && path != "/forward-auth";
    let mut response = next.run(request).await;
    let away = response.extensions().get::<PostsAway>().copied();
    let installs = response.extensions().get::<Installs>().is_some();
    let own = response.extensions().get::<OwnPolicy>().copied();
    add(response.headers_mut(), ours && state.config.is_https());
    if installs {
        let policy = HeaderValue::from_static(INSTALLS_POLICY);
        response.headers_mut().insert(header::CONTENT_SECURITY_POLICY, policy);
    }
    if let Some(OwnPolicy { policy, framed }) = own {
        let headers = response.headers_mut();
        headers.insert(header::CONTENT_SECURITY_POLICY, HeaderValue::from_static(policy));
        if framed {
            headers.insert(header::X_FRAME_OPTIONS, HeaderValue::from_static("SAMEORIGIN"));
        }
    }
    if away.is_some() {
        let headers = response.headers_mut();
        headers.insert(header::CONTENT_SECURITY_POLICY, policy(away));
        // Without it the form's `Origin` would be `null`, which applications refuse.
        headers.insert(header::REFERRER_POLICY, HeaderValue::from_static("strict-origin"));
    }
    response
}

/// Adds them.
pub fn add(headers: &mut HeaderMap, https: bool) {
    for (name, value) in PLAIN {
        headers.insert(name, HeaderValue::from_static(value));
    }
    if https {
        headers.insert(
            header::STRICT_TRANSPORT_SECURITY,
            HeaderValue::from_static("max-age=63072000; includeSubDomains"),
        );
    }
    headers.entry(header::CACHE_CONTROL).or_insert(HeaderValue::from_static("no-store"));
}
