//! Which version this is. Nothing in it says when or where it was built, so that the same source gives
//! the same program.

use std::sync::LazyLock;

/// The version, and the commit where whoever built it named one in `FIRSTKEY_COMMIT`:
/// `0.1.0 (1f2e3d4c5b6a)`.
pub fn text() -> &'static str {
    static TEXT: LazyLock<String> =
        LazyLock::new(|| of(env!("CARGO_PKG_VERSION"), option_env!("FIRSTKEY_COMMIT")));
    &TEXT
}

/// Twelve digits of the commit are enough to find it.
fn of(version: &str, commit: Option<&str>) -> String {
    match commit.map(str::trim).filter(|commit| !commit.is_empty()) {
        Some(commit) => format!("{version} ({})", commit.get(..12).unwrap_or(commit)),
        None => version.to_owned(),
    }
}

#[cfg(test)]
mod tests {
    use super::of;

    #[test]
    fn the_commit_is_told_where_it_is_known() {
        assert_eq!(of("0.1.0", None), "0.1.0");
        assert_eq!(of("0.1.0", Some("")), "0.1.0");
        assert_eq!(of("0.1.0", Some("1f2e3d4")), "0.1.0 (1f2e3d4)");
        let whole = "1f2e3d4c5b6a79880123456789abcdef01234567";
        assert_eq!(of("0.1.0", Some(whole)), "0.1.0 (1f2e3d4c5b6a)");
    }
}
