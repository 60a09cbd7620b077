//! Forms with files (RFC 7578).

use axum::body::{Body, Bytes};
use axum::extract::{FromRequest, Multipart, Request};
use axum::response::{IntoResponse, Response};
use url::form_urlencoded;

use super::access::Change;
use crate::http::AppState;
use crate::http::forms::{fields, is, whole};
use crate::http::language::say;
use crate::http::params::Params;
use crate::http::problem::Problem;

/// The longest form with files, in bytes. A file that is too long for what it is meant for is told
/// on the form, up to here.
pub(super) const FORM_MAX: usize = 1024 * 1024;
/// The most parts of a form.
const PARTS_MAX: usize = 64;

/// A form of the portal with files, of an admin whose sign-in is recent.
pub(super) struct Upload {
    pub(super) change: Change,
    files: Vec<(String, Bytes)>,
}

impl Upload {
    /// The file that was chosen in a field, if one was.
    pub(super) fn file(&self, name: &str) -> Option<&Bytes> {
        let found = self.files.iter().find(|(field, _)| field == name);
        found.map(|(_, file)| file).filter(|file| !file.is_empty())
    }
}

impl FromRequest<AppState> for Upload {
    type Rejection = Response;

    async fn from_request(request: Request, state: &AppState) -> Result<Self, Response> {
        let read = async {
            let (parts, body) = whole(request, state).await?;
            // A form that came too late, and is sent again, has no files in it.
            if !is(&parts.headers, "multipart/form-data") {
                let fields = fields(&parts, &body)?;
                return Ok((parts, fields, Vec::new()));
            }
            let mut again = Request::new(Body::from(body));
            *again.headers_mut() = parts.headers.clone();
            *again.extensions_mut() = parts.extensions.clone();
            let (fields, files) = take_apart(again, state).await?;
            Ok((parts, fields, files))
        };
        let (parts, fields, files) =
            read.await.map_err(|problem: Problem| problem.into_response())?;
        Ok(Self { change: Change::admit(parts, fields, state).await?, files })
    }
}

/// What was filled in, and the files.
async fn take_apart(
    request: Request,
    state: &AppState,
) -> Result<(Params, Vec<(String, Bytes)>), Problem> {
    let wrong = || Problem::bad_request(say("settings-unreadable"));
    let mut parts = Multipart::from_request(request, state).await.map_err(|_| wrong())?;
    let mut texts = Vec::new();
    let mut files = Vec::new();
    let mut count = 0;
    while let Some(part) = parts.next_field().await.map_err(|_| wrong())? {
        count += 1;
        let name = part.name().unwrap_or_default().to_owned();
        let is_file = part.file_name().is_some();
        let content = part.bytes().await.map_err(|_| wrong())?;
        if count > PARTS_MAX {
            return Err(wrong());
        }
        if is_file {
            files.push((name, content));
        } else {
            texts.push((name, String::from_utf8(content.to_vec()).map_err(|_| wrong())?));
        }
    }
    // Held to what every other form is held to.
    let text = form_urlencoded::Serializer::new(String::new()).extend_pairs(texts).finish();
    let fields = Params::parse(text.as_bytes())
        .map_err(|why| Problem::bad_request(say("in-form").with("why", why)))?;
    Ok((fields, files))
}
