//! The master secret, and the signing keys that it seals.

use std::time::Duration;

use super::Report;
use crate::config::Config;
use crate::crypto::master::{MasterSecret, SecretError};
use crate::crypto::signing::SigningKey;
use crate::domain::client::SigningAlgorithm;
use crate::domain::rotation;
use crate::domain::time::Timestamp;
use crate::store::inspect::Facts;
use crate::store::signing_keys::{State, StoredKey};

const DAY: Duration = Duration::from_secs(24 * 60 * 60);

pub(super) fn look(config: &Config, facts: Option<&Facts>, now: Timestamp, report: &mut Report) {
    let content = facts.and_then(|facts| facts.content.as_ref());
    let keys = content.map(|content| content.keys.as_slice()).unwrap_or_default();
    let path = config.secret_file.display();
    if !config.secret_file.exists() {
        if keys.is_empty() {
            report
                .ok("master secret", format!("{path} is not there yet: the first start makes it"));
        } else {
            let found = format!("there is no {path}, and the database was sealed with one");
            report.fail(
                "master secret",
                found,
                "put the secret there that belongs to the database",
            );
        }
        return;
    }
    let master = match MasterSecret::load(&config.secret_file) {
        Ok(master) => master,
        Err(error) => {
            let advice = match &error {
                SecretError::Exposed(path) => format!("run: chmod 600 {path}"),
                SecretError::Malformed(_) => "restore it from its backup".to_owned(),
                SecretError::File { .. } => {
                    "run this as the user that the server runs as, or give it to that user"
                        .to_owned()
                }
            };
            return report.fail("master secret", error, advice);
        }
    };
    report.ok("master secret", format!("{path}; keep a copy apart from the database"));
    if !keys.is_empty() {
        signing(config, &master, keys, now, report);
    }
}

fn signing(
    config: &Config,
    master: &MasterSecret,
    keys: &[StoredKey],
    now: Timestamp,
    report: &mut Report,
) {
    let usable = |key: &StoredKey| {
        let opened = master.open(&key.id, &key.sealed);
        opened.is_ok_and(|key_bytes| {
            SigningKey::from_pkcs8(&key.id, key.algorithm, &key_bytes).is_ok()
        })
    };
    if let Some(key) = keys.iter().find(|key| !usable(key)) {
        let found = format!("key {} cannot be opened with this master secret", key.id);
        let advice = "put the secret back that belongs to the database";
        return report.fail("signing keys", found, advice);
    }
    let lacking: Vec<String> = SigningAlgorithm::ALL
        .into_iter()
        .flat_map(|algorithm| [(algorithm, State::Current), (algorithm, State::Next)])
        .filter(|(algorithm, state)| {
            !keys.iter().any(|key| key.algorithm == *algorithm && key.state == *state)
        })
        .map(|(algorithm, state)| format!("{} {}", state.name(), algorithm.name()))
        .collect();
    if !lacking.is_empty() {
        let found = format!("there is no {} key", lacking.join(", no "));
        return report.warn("signing keys", found, "restart the server, which makes it");
    }
    let current = keys.iter().filter(|key| key.state == State::Current);
    let since = current.filter_map(|key| key.activated_at).min().unwrap_or(now);
    let days = now.since(since).as_secs() / DAY.as_secs();
    let rotation = DAY * config.key_rotation_days;
    if config.key_rotation_days == 0 && now.since(since) > DAY * 365 {
        let found = format!("one has signed for {days} days, and they are never rotated");
        report.warn("signing keys", found, "run: firstkey keys rotate");
    } else if config.key_rotation_days > 0 && rotation::is_due(since.plus(DAY), rotation, now) {
        let found = format!("one has signed for {days} days, more than key_rotation_days");
        let advice = "is the server running? it rotates them; or run: firstkey keys rotate";
        report.warn("signing keys", found, advice);
    } else {
        let found =
            format!("{} of them, signing for {days} days; the next are published", keys.len());
        report.ok("signing keys", found);
    }
}
