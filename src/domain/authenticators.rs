//! What an authenticator is called, by the AAGUID that it states when it is registered.
//!
//! The names are for people: a fresh method is listed as "YubiKey 5 NFC" until its owner renames it.
//! They prove nothing, since an AAGUID without a verified attestation is a claim.
//!
//! The table is `authenticators/models.tsv`: an id, a kind and a name in each line, sorted by id. The
//! ids are facts published by the makers, in the FIDO Metadata Service, and in the community's list
//! of passkey providers (passkeydeveloper/passkey-authenticator-aaguids), from which
//! `authenticators/refresh.mjs` brings what is new. Variants of one product that nobody could tell
//! apart by looking at it share a name. Pictures are ours, one for each kind: logos are their
//! makers'.

use std::sync::LazyLock;

use uuid::Uuid;

/// What sort of thing an authenticator is, and so which icon stands for it.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Kind {
    /// Part of one computer or phone, or an app that keeps its keys there.
    Platform,
    /// A passkey provider that syncs keys between the devices of its user.
    SyncedProvider,
    /// A thing of its own: a key, a card, a ring.
    SecurityKey,
}

/// A known authenticator model.
#[derive(Debug, PartialEq, Eq)]
pub struct Authenticator {
    /// The id that every device of this model states.
    pub aaguid: Uuid,
    /// What people call it.
    pub name: &'static str,
    /// What sort of thing it is.
    pub kind: Kind,
}

const TABLE: &str = include_str!("authenticators/models.tsv");

/// All models known here, sorted by id.
static AUTHENTICATORS: LazyLock<Vec<Authenticator>> =
    LazyLock::new(|| TABLE.lines().filter_map(read).collect());

/// A line of the table; a test reads every one.
fn read(line: &'static str) -> Option<Authenticator> {
    let mut columns = line.split('\t');
    let (aaguid, kind, name) = (columns.next()?, columns.next()?, columns.next()?);
    let kind = match kind {
        "platform" => Kind::Platform,
        "synced" => Kind::SyncedProvider,
        "securityKey" => Kind::SecurityKey,
        _ => return None,
    };
    Some(Authenticator { aaguid: Uuid::try_parse(aaguid).ok()?, name, kind })
}

/// The model with this AAGUID, where it is known.
///
/// All zeros is no model: devices state it when they would rather not say.
pub fn name_of(aaguid: Uuid) -> Option<&'static Authenticator> {
    let place = AUTHENTICATORS.binary_search_by_key(&aaguid, |known| known.aaguid).ok()?;
    AUTHENTICATORS.get(place)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn name(aaguid: &str) -> Option<&'static str> {
        name_of(Uuid::parse_str(aaguid).unwrap()).map(|known| known.name)
    }

    #[test]
    fn the_table_is_sorted_without_repetition() {
        for pair in AUTHENTICATORS.windows(2) {
            assert!(pair[0].aaguid < pair[1].aaguid, "{} and {}", pair[0].aaguid, pair[1].aaguid);
        }
    }

    #[test]
    fn every_line_is_a_row() {
        for line in TABLE.lines() {
            assert!(read(line).is_some(), "{line}");
            assert_eq!(line.split('\t').count(), 3, "{line}");
        }
    }

    #[test]
    fn every_row_can_be_found_and_has_a_short_name() {
        for known in AUTHENTICATORS.iter() {
            assert_eq!(name_of(known.aaguid), Some(known));
            assert!((4..=50).contains(&known.name.len()), "{}", known.name);
            assert_eq!(known.name, known.name.trim());
        }
    }

    #[test]
    fn people_see_the_names_they_know() {
        assert_eq!(name("fbfc3007-154e-4ecc-8c0b-6e020557d7bd"), Some("iCloud Keychain"));
        assert_eq!(name("2fc0579f-8113-47ea-b116-bb5a8db9202a"), Some("YubiKey 5 NFC"));
        assert_eq!(name("08987058-cadc-4b81-b6e1-30de50dcbe96"), Some("Windows Hello"));
        assert_eq!(name("01020304-0506-0708-0102-030405060708"), Some("Virtual authenticator"));
    }

    #[test]
    fn unknown_and_unsaid_have_no_name() {
        assert_eq!(name_of(Uuid::nil()), None);
        assert_eq!(name_of(Uuid::max()), None);
        assert_eq!(name("00000000-0000-0000-0000-000000000001"), None);
    }
}
