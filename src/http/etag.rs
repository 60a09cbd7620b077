//! Versions as `ETag` (RFC 9110 §8.8.3). All of ours are weak: two answers of one version may differ
//! in what was asked for.

use axum::http::{HeaderMap, header};

/// The ETag of a version.
pub fn etag(version: i64) -> String {
    format!("W/\"{version}\"")
}

/// The ETag of a version that is shown together with what has no version of its own; `state` is a
/// fingerprint of that. [`if_match`] looks at the version alone.
pub fn etag_with(version: i64, state: u64) -> String {
    format!("W/\"{version}-{state:016x}\"")
}

/// The version that `If-Match` names (RFC 9110 §13.1.1): none where anything will do, and one that
/// nothing ever has where it is no ETag of ours.
pub fn if_match(headers: &HeaderMap) -> Option<i64> {
    let value = headers.get(header::IF_MATCH)?.to_str().unwrap_or_default().trim();
    if value == "*" {
        return None;
    }
    let tag = value.strip_prefix("W/").unwrap_or(value);
    let tag = tag.strip_prefix('"').and_then(|tag| tag.strip_suffix('"'));
    let version = tag.map(|tag| tag.split_once('-').map_or(tag, |(version, _)| version));
    Some(version.and_then(|version| version.parse().ok()).unwrap_or(-1))
}

/// Whether `If-None-Match` names this ETag (RFC 9110 §13.1.2), so that the caller has it already.
pub fn is_known(headers: &HeaderMap, etag: &str) -> bool {
    let plain = |tag: &str| tag.trim().trim_start_matches("W/").to_owned();
    let own = plain(etag);
    headers
        .get_all(header::IF_NONE_MATCH)
        .iter()
        .filter_map(|value| value.to_str().ok())
        .flat_map(|value| value.split(','))
        .any(|tag| tag.trim() == "*" || plain(tag) == own)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn if_match_names_a_version_or_nothing_that_exists() {
        let read = |text: &str| {
            let mut headers = HeaderMap::new();
            headers.insert(header::IF_MATCH, text.parse().unwrap());
            if_match(&headers)
        };
        assert_eq!(if_match(&HeaderMap::new()), None);
        assert_eq!(read("*"), None);
        assert_eq!(read("W/\"7\""), Some(7));
        assert_eq!(read("\"7\""), Some(7));
        assert_eq!(read(&etag_with(7, 1)), Some(7));
        for text in ["7", "\"seven\"", "W/\"7", "", "\"7\", \"8\"", "\"-7\"", "\"-\""] {
            assert_eq!(read(text), Some(-1), "{text}");
        }
    }

    #[test]
    fn if_none_match_knows_one_of_several() {
        let known = |text: &str| {
            let mut headers = HeaderMap::new();
            headers.insert(header::IF_NONE_MATCH, text.parse().unwrap());
            is_known(&headers, &etag_with(7, 1))
        };
        assert!(!is_known(&HeaderMap::new(), "W/\"7\""));
        for text in ["*", &etag_with(7, 1), &format!("\"x\", {}", etag_with(7, 1))] {
            assert!(known(text), "{text}");
        }
        for text in ["", "W/\"7\"", &etag_with(7, 2)] {
            assert!(!known(text), "{text}");
        }
    }
}
