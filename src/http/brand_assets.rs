//! What of an organisation's branding is fetched by itself: its logo, and a style sheet with its
//! colour. Both have an address of their own for each content, so that a browser can keep them.

use axum::extract::{Path, Request, State};
use axum::http::{HeaderValue, Method, header};
use axum::middleware::Next;
use axum::response::{IntoResponse, Response};

use super::AppState;
use super::assets::Assets;
use super::headers::{IMAGE_POLICY, OwnPolicy};
use super::problem::Problem;
use crate::domain::branding::logo::Kind;
use crate::domain::branding::policy::is_image_name;
use crate::domain::branding::{Colour, Palette};

/// Where logos are.
const IMAGES: &str = "/branding/";

/// What is asked for by scripts, proxies and applications, which show nothing.
const SHOWS_NOTHING: [&str; 10] = [
    "/static/",
    IMAGES,
    "/v1.0/",
    "/beta/",
    "/scim/",
    "/.well-known/",
    "/healthz",
    "/readyz",
    "/openapi.json",
    "/forward-auth",
];

/// The address of a logo.
pub fn image_address(name: &str) -> String {
    format!("{IMAGES}{name}")
}

/// The name of the style sheet for a colour, among our static files.
pub fn sheet_name(colour: Colour) -> String {
    format!("accent-{}.css", colour.to_string().trim_start_matches('#'))
}

/// A style sheet that is made and not kept: of a colour, or of our own colours by day or by night
/// alone, for who looks at how pages would be.
pub(super) fn sheet(name: &str) -> Option<Response> {
    let stem = name.strip_suffix(".css")?;
    let (stem, dark) = match stem.rsplit_once("--") {
        None => (stem, None),
        Some((stem, "dark")) => (stem, Some(true)),
        Some((stem, "light")) => (stem, Some(false)),
        Some(_) => return None,
    };
    let text = match (stem.strip_prefix("accent-"), dark) {
        (Some(digits), _) => Palette::of(format!("#{digits}").parse().ok()?).style_sheet(),
        (None, Some(_)) if stem == "tokens" => Assets::text("tokens.css")?,
        _ => return None,
    };
    let text = match dark {
        None => text,
        Some(dark) => by_one_light(&text, dark),
    };
    let kind = HeaderValue::from_static("text/css; charset=utf-8");
    Some(([(header::CONTENT_TYPE, kind)], text).into_response())
}

/// A style sheet that has one side only, whatever a browser prefers.
fn by_one_light(sheet: &str, dark: bool) -> String {
    let (query, scheme) = if dark { ("all", "dark") } else { ("not all", "light") };
    sheet
        .replace("(prefers-color-scheme: dark)", query)
        .replace("color-scheme: light dark", &format!("color-scheme: {scheme}"))
}

/// `GET /branding/{name}`: a logo, and nothing that a browser could take it for.
pub async fn image(
    State(state): State<AppState>,
    Path(name): Path<String>,
) -> Result<Response, Problem> {
    let kind = Kind::of_name(&name).filter(|_| is_image_name(&name).is_ok());
    let kind = kind.ok_or_else(Problem::not_found)?;
    let content = state.services.branding_image(&name).await?;
    let content = content.ok_or_else(Problem::not_found)?;
    let headers = [
        (header::CONTENT_TYPE, HeaderValue::from_static(kind.media_type())),
        (header::CACHE_CONTROL, HeaderValue::from_static("public, max-age=31536000, immutable")),
        (
            header::HeaderName::from_static("cross-origin-resource-policy"),
            HeaderValue::from_static("same-origin"),
        ),
    ];
    Ok((axum::Extension(OwnPolicy { policy: IMAGE_POLICY, framed: false }), headers, content)
        .into_response())
}

/// Looks up how pages look before one is made, or a mail is written.
pub async fn look_up(State(state): State<AppState>, request: Request, next: Next) -> Response {
    let path = request.uri().path();
    let reads = matches!(*request.method(), Method::GET | Method::HEAD);
    if !(reads && SHOWS_NOTHING.iter().any(|root| path.starts_with(root))) {
        state.services.look_up_branding().await;
    }
    next.run(request).await
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn only_colours_have_sheets() {
        for good in ["accent-0e6652.css", "accent-0e6652--dark.css", "tokens--light.css"] {
            assert!(sheet(good).is_some(), "{good}");
        }
        for bad in [
            "accent-0e6652",
            "accent-.css",
            "accent-0e66521.css",
            "accent-#0e6652.css",
            "accent-0e6652--blue.css",
            "tokens.css",
            "base--dark.css",
            "..%2faccent-0e6652.css",
        ] {
            assert!(sheet(bad).is_none(), "{bad}");
        }
    }

    #[test]
    fn one_side_of_a_sheet_holds_whatever_a_browser_prefers() {
        let tokens = Assets::text("tokens.css").unwrap();
        let (dark, light) = (by_one_light(&tokens, true), by_one_light(&tokens, false));
        assert!(dark.contains("@media all {") && dark.contains("color-scheme: dark;"));
        assert!(light.contains("@media not all {") && light.contains("color-scheme: light;"));
        assert!(!dark.contains("prefers-") && !light.contains("prefers-"));
    }

    /// What other sheets do by night could not be looked at by day.
    #[test]
    fn only_tokens_know_day_from_night() {
        for name in ["base", "components", "methods", "motion", "panels", "phone", "recovery"] {
            let sheet = Assets::text(&format!("{name}.css")).unwrap();
            assert!(!sheet.contains("prefers-color-scheme"), "{name}");
        }
    }
}
