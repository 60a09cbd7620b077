//! Settings that have no option of their own, as client metadata (RFC 7591 §2).

use serde_json::{Map, Value};

use crate::domain::client::ClientSettings;
use crate::domain::error::Invalid;

/// Client metadata from the command line.
#[derive(Clone, Debug)]
pub(super) struct Metadata(Map<String, Value>);

/// Reads a JSON object, or the file that `@` names.
pub(super) fn metadata(argument: &str) -> Result<Metadata, String> {
    let text = match argument.strip_prefix('@') {
        Some(path) => std::fs::read_to_string(path).map_err(|error| format!("{path}: {error}"))?,
        None => argument.to_owned(),
    };
    match serde_json::from_str(&text) {
        Ok(Value::Object(map)) => Ok(Metadata(map)),
        Ok(_) => Err("a JSON object is needed".to_owned()),
        Err(error) => Err(error.to_string()),
    }
}

impl Metadata {
    /// The settings with what this says instead. A name that means nothing is refused: it is
    /// likely to be misspelled.
    pub(super) fn over(self, settings: &ClientSettings) -> Result<ClientSettings, Invalid> {
        let (settings, unknown) = settings.with_metadata(&self.0)?;
        match unknown.into_iter().next() {
            None => Ok(settings),
            Some(name) => Err(Invalid::new(name, "there is no such setting")),
        }
    }
}
