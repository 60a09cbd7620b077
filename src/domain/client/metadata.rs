//! An application's settings as the client metadata of RFC 7591 §2, with our own beside them.

use serde_json::{Map, Value, json};

use super::super::error::Invalid;
use super::{ClientSettings, Scope};

impl ClientSettings {
    /// The settings as client metadata. What is not set is left out.
    pub fn metadata(&self) -> Map<String, Value> {
        let mut metadata = match serde_json::to_value(self) {
            Ok(Value::Object(metadata)) => metadata,
            _ => Map::new(),
        };
        metadata.remove("native");
        metadata.retain(|_, value| !value.is_null());
        let kind = if self.native { "native" } else { "web" };
        metadata.insert("application_type".into(), kind.into());
        metadata.insert("scope".into(), Scope::join(&self.scope).into());
        metadata
    }

    /// These settings with what `metadata` says instead, and the names that mean nothing to us.
    /// `null` is as good as what nobody said (RFC 7592 §2.2).
    pub fn with_metadata(
        &self,
        metadata: &Map<String, Value>,
    ) -> Result<(Self, Vec<String>), Invalid> {
        let default = Self::default();
        let known = match serde_json::to_value(&default) {
            Ok(Value::Object(known)) => known,
            _ => Map::new(),
        };
        let (mut settings, mut unknown) = (self.clone(), Vec::new());
        for (name, value) in metadata {
            match (name.as_str(), value) {
                ("application_type", Value::Null) => settings.native = default.native,
                ("application_type", value) => settings.native = application_type(value)?,
                ("scope", Value::Null) => settings.scope.clone_from(&default.scope),
                ("scope", Value::String(scope)) => settings.scope = Scope::parse_list(scope),
                ("scope", _) => {
                    return Err(Invalid::new("scope", "a text with spaces between is needed"));
                }
                (name, _) if !known.contains_key(name) || name == "native" => {
                    unknown.push(name.to_owned());
                }
                (name, value) => {
                    let value = if value.is_null() { &known[name] } else { value };
                    settings = settings.with_one(name, value)?;
                }
            }
        }
        Ok((settings, unknown))
    }

    fn with_one(&self, name: &str, value: &Value) -> Result<Self, Invalid> {
        let refuse = |why: String| Invalid::new(name.to_owned(), why);
        let mut all = serde_json::to_value(self).map_err(|error| refuse(error.to_string()))?;
        if let Some(field) = all.get_mut(name) {
            field.clone_from(value);
        }
        serde_json::from_value(all).map_err(|error| refuse(error.to_string()))
    }
}

fn application_type(value: &Value) -> Result<bool, Invalid> {
    match value.as_str() {
        Some("native") => Ok(true),
        Some("web") => Ok(false),
        _ => Err(Invalid::new("application_type", json!(["web", "native"]).to_string())),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn map(value: Value) -> Map<String, Value> {
        let Value::Object(map) = value else { panic!("an object is needed") };
        map
    }

    #[test]
    fn metadata_says_it_as_the_rfc_does_and_comes_back_the_same() {
        let settings = ClientSettings {
            client_name: "Payroll".into(),
            native: true,
            jwks_uri: Some("https://app.example/jwks".into()),
            ..ClientSettings::default()
        };
        let metadata = settings.metadata();
        assert_eq!(metadata["application_type"], "native");
        assert_eq!(metadata["scope"], "openid profile email groups offline_access");
        assert_eq!(metadata["response_types"], json!(["code"]));
        assert!(!metadata.contains_key("jwks") && !metadata.contains_key("native"));
        let (again, unknown) = ClientSettings::default().with_metadata(&metadata).unwrap();
        assert_eq!((again, unknown), (settings, vec![]));
    }

    #[test]
    fn what_is_wrong_is_named_and_what_is_unknown_is_told() {
        let base = ClientSettings::default();
        let refused = |value| base.with_metadata(&map(value)).unwrap_err().field.into_owned();
        assert_eq!(refused(json!({ "redirect_uris": "https://a.example" })), "redirect_uris");
        assert_eq!(refused(json!({ "profile": "loose" })), "profile");
        assert_eq!(refused(json!({ "application_type": "tv" })), "application_type");
        assert_eq!(refused(json!({ "scope": ["openid"] })), "scope");
        assert_eq!(refused(json!({ "lifetimes": { "cod": 1 } })), "lifetimes");
        let (same, unknown) = base.with_metadata(&map(json!({ "native": true, "x": 1 }))).unwrap();
        assert_eq!((same, unknown.len()), (base.clone(), 2));
        let changed = ClientSettings { third_party: true, ..base.clone() };
        let back = changed.with_metadata(&map(json!({ "third_party": null }))).unwrap().0;
        assert_eq!(back, base);
    }
}
