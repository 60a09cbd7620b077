//! Our static files, in the binary. They live under a folder named by the hash of them all, so that
//! a browser can keep them for ever and an upgrade is seen at once.

use std::fmt;

use aws_lc_rs::digest::{Context, SHA256};
use axum::extract::{Path, State};
use axum::http::header;
use axum::response::{IntoResponse, Response};
use base64::Engine;
use base64::engine::general_purpose::URL_SAFE_NO_PAD;
use rust_embed::RustEmbed;

use super::problem::Problem;
use super::{AppState, brand_assets};

#[derive(RustEmbed)]
#[folder = "static/"]
struct Files;

/// Where the static files of this build live.
pub struct Assets {
    version: String,
    base: String,
}

impl fmt::Debug for Assets {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.base)
    }
}

impl Default for Assets {
    fn default() -> Self {
        let mut names: Vec<_> = Files::iter().collect();
        names.sort();
        let mut context = Context::new(&SHA256);
        for name in names {
            context.update(name.as_bytes());
            if let Some(file) = Files::get(&name) {
                context.update(&file.metadata.sha256_hash());
            }
        }
        let digest = context.finish();
        let version = URL_SAFE_NO_PAD.encode(&digest.as_ref()[..9]);
        Self { base: format!("/static/{version}"), version }
    }
}

impl Assets {
    /// The folder's path, without a trailing slash.
    pub fn base(&self) -> &str {
        &self.base
    }

    /// A file of this build, as the text that it is.
    pub fn text(name: &str) -> Option<String> {
        Files::get(name).and_then(|file| String::from_utf8(file.data.into_owned()).ok())
    }

    /// A file of this build.
    pub fn file(name: &str) -> Option<Response> {
        let file = Files::get(name)?;
        let kind = mime_guess::from_path(name).first_or_octet_stream();
        let kind = match kind.type_().as_str() {
            "text" => format!("{kind}; charset=utf-8"),
            _ => kind.to_string(),
        };
        Some(([(header::CONTENT_TYPE, kind)], file.data).into_response())
    }
}

/// `GET /static/{version}/{name}`
pub async fn serve(
    State(state): State<AppState>,
    Path((version, name)): Path<(String, String)>,
) -> Result<Response, Problem> {
    let made = || brand_assets::sheet(&name);
    let mut response = Assets::file(&name).or_else(made).ok_or_else(Problem::not_found)?;
    // Another build's page may ask for its own version of a file during an upgrade: it gets ours,
    // but must not keep it.
    let keep = if version == state.assets.version {
        "public, max-age=31536000, immutable"
    } else {
        "no-store"
    };
    response.headers_mut().insert(header::CACHE_CONTROL, header::HeaderValue::from_static(keep));
    Ok(response)
}
