//! What a device keeps: its key, and what it was given. Nobody but its owner may read either.

use std::fs;
use std::io::{ErrorKind, Write};
use std::path::{Path, PathBuf};

use anyhow::{Context, anyhow, bail};
use serde::{Deserialize, Serialize};
use zeroize::Zeroizing;

use super::Place;
use crate::crypto::signing::{SigningKey, generate};
use crate::domain::client::SigningAlgorithm;
use crate::domain::time::Timestamp;

const KEY: &str = "key.p8";
const DOCUMENT: &str = "device.json";
/// The longest file that is read: whatever is longer is not ours.
const LENGTH_MAX: u64 = 256 * 1024;

/// The folder.
#[derive(Clone, Debug)]
pub(super) struct Folder(PathBuf);

/// What a device was given, and by whom.
#[derive(Clone, Serialize, Deserialize)]
pub(super) struct Joined {
    pub(super) issuer: String,
    pub(super) client_id: String,
    pub(super) name: String,
    pub(super) platform: String,
    /// The thumbprint of the key (RFC 7638, SHA-256).
    pub(super) key_thumbprint: String,
    /// Who set it up: the `sub`.
    pub(super) subject: String,
    pub(super) username: Option<String>,
    pub(super) display_name: Option<String>,
    pub(super) scope: String,
    pub(super) since: Timestamp,
    pub(super) access_token: String,
    pub(super) access_token_expires_at: Timestamp,
    pub(super) refresh_token: String,
}

impl Joined {
    /// Who set it up, in words.
    pub(super) fn who(&self) -> String {
        match (&self.display_name, &self.username) {
            (Some(name), Some(username)) if name != username => format!("{name} ({username})"),
            (Some(name), None) => name.clone(),
            (_, Some(username)) => username.clone(),
            (None, None) => self.subject.clone(),
        }
    }
}

impl Folder {
    /// The folder that is named, or the one that is usual here.
    pub(super) fn of(place: &Place) -> anyhow::Result<Self> {
        let variable = |name| std::env::var_os(name).filter(|text| !text.is_empty());
        let usual = || {
            // systemd names the folder of a unit, and several by colons.
            let unit = variable("STATE_DIRECTORY").map(|all| {
                all.to_string_lossy().split(':').next().map_or_else(PathBuf::new, PathBuf::from)
            });
            let user = || Some(PathBuf::from(variable("XDG_STATE_HOME")?).join("firstkey-device"));
            let home = || {
                let home = PathBuf::from(variable("HOME")?);
                Some(home.join(".local").join("state").join("firstkey-device"))
            };
            let windows = || Some(PathBuf::from(variable("LOCALAPPDATA")?).join("firstkey-device"));
            unit.or_else(user).or_else(home).or_else(windows)
        };
        place.state.clone().or_else(usual).map(Self).ok_or_else(|| {
            anyhow!("there is no usual folder for the state of a device here: name one by --state")
        })
    }

    /// Makes the folder, for its owner alone.
    pub(super) fn create(&self) -> anyhow::Result<()> {
        let mut builder = fs::DirBuilder::new();
        builder.recursive(true);
        #[cfg(unix)]
        std::os::unix::fs::DirBuilderExt::mode(&mut builder, 0o700);
        builder.create(&self.0).with_context(|| self.0.display().to_string())
    }

    fn at(&self, name: &str) -> PathBuf {
        self.0.join(name)
    }

    /// The key of this device, if it has one.
    pub(super) fn key(&self) -> anyhow::Result<Option<SigningKey>> {
        let path = self.at(KEY);
        let Some(pkcs8) = read_private(&path)? else { return Ok(None) };
        let key = SigningKey::from_pkcs8("device", SigningAlgorithm::Es256, &pkcs8);
        Ok(Some(key.map_err(|error| anyhow!("{}: {error}", path.display()))?))
    }

    /// The same; makes one where there is none.
    pub(super) fn key_or_new(&self) -> anyhow::Result<SigningKey> {
        if let Some(key) = self.key()? {
            return Ok(key);
        }
        let pkcs8 = generate(SigningAlgorithm::Es256)?;
        write_private(&self.0, &self.at(KEY), &pkcs8)?;
        self.key()?.ok_or_else(|| anyhow!("{} has gone", self.at(KEY).display()))
    }

    /// What this device was given, if it was given something.
    pub(super) fn joined(&self) -> anyhow::Result<Option<Joined>> {
        let path = self.at(DOCUMENT);
        let Some(text) = read_private(&path)? else { return Ok(None) };
        // What is in the file is in no error.
        let joined = serde_json::from_slice(&text);
        joined.map(Some).map_err(|_| anyhow!("{} is not what we wrote", path.display()))
    }

    /// Remembers what it was given.
    pub(super) fn put(&self, joined: &Joined) -> anyhow::Result<()> {
        let text = Zeroizing::new(serde_json::to_vec(joined).context("the state of the device")?);
        write_private(&self.0, &self.at(DOCUMENT), &text)
    }

    /// Deletes all that is here, what was given first.
    pub(super) fn clear(&self) -> anyhow::Result<()> {
        for name in [DOCUMENT, KEY] {
            let path = self.at(name);
            match fs::remove_file(&path) {
                Err(error) if error.kind() != ErrorKind::NotFound => {
                    return Err(error).with_context(|| path.display().to_string());
                }
                _ => {}
            }
        }
        // Only where nothing else is in it.
        let _ = fs::remove_dir(&self.0);
        Ok(())
    }
}

/// A file that nobody else may read; none where there is none.
fn read_private(path: &Path) -> anyhow::Result<Option<Zeroizing<Vec<u8>>>> {
    let metadata = match fs::metadata(path) {
        Err(error) if error.kind() == ErrorKind::NotFound => return Ok(None),
        other => other.with_context(|| path.display().to_string())?,
    };
    if metadata.len() > LENGTH_MAX {
        bail!("{} is not what we wrote", path.display());
    }
    #[cfg(unix)]
    if std::os::unix::fs::PermissionsExt::mode(&metadata.permissions()) & 0o077 != 0 {
        bail!("{} may be read by others: chmod 600 it, or set the device up again", path.display());
    }
    let text = fs::read(path).with_context(|| path.display().to_string())?;
    Ok(Some(Zeroizing::new(text)))
}

/// Writes a file for its owner alone (mode 0600), wholly or not at all.
fn write_private(folder: &Path, path: &Path, text: &[u8]) -> anyhow::Result<()> {
    let failed = || path.display().to_string();
    let mut file = tempfile::NamedTempFile::new_in(folder).with_context(failed)?;
    file.write_all(text).with_context(failed)?;
    file.as_file().sync_all().with_context(failed)?;
    file.persist(path).with_context(failed)?;
    Ok(())
}
