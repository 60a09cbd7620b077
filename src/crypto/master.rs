//! The master secret: what everything that is sealed or keyed hangs on.

use std::fmt;
use std::fs::{self, OpenOptions};
use std::io::{self, Read, Write};
use std::path::Path;

use aws_lc_rs::aead::{AES_256_GCM, Aad, Nonce, RandomizedNonceKey};
use aws_lc_rs::hkdf::{HKDF_SHA256, KeyType, Salt};
use base64::Engine;
use base64::engine::general_purpose::STANDARD;
use zeroize::{Zeroize, ZeroizeOnDrop};

use crate::domain::random::{self, Random};

/// 256 bits from which one key for each purpose is derived (HKDF, RFC 5869).
#[derive(Clone, Zeroize, ZeroizeOnDrop)]
pub struct MasterSecret([u8; 32]);

impl fmt::Debug for MasterSecret {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("MasterSecret(…)")
    }
}

/// Why the master secret cannot be had.
#[derive(Debug, thiserror::Error)]
pub enum SecretError {
    /// The file cannot be read or written.
    #[error("the secret file {path}: {source}")]
    File {
        /// Its path.
        path: String,
        /// What the operating system said.
        #[source]
        source: io::Error,
    },
    /// The file holds something else.
    #[error("the secret file {0} must hold 32 bytes in base64")]
    Malformed(String),
    /// Other people on the machine can read it.
    #[error("the secret file {0} can be read by others; run: chmod 600 {0}")]
    Exposed(String),
}

/// What was sealed cannot be opened: another master secret, or a change to the sealed text.
#[derive(Debug, thiserror::Error)]
#[error("sealed data cannot be opened with this master secret")]
pub struct Unsealable;

struct Length(usize);

impl KeyType for Length {
    fn len(&self) -> usize {
        self.0
    }
}

impl MasterSecret {
    /// A new one.
    pub fn generate(random: &dyn Random) -> Self {
        Self(random::bytes(random))
    }

    /// Reads the secret at `path`; where there is no file, makes one that only its owner can read.
    pub fn load_or_create(path: &Path, random: &dyn Random) -> Result<Self, SecretError> {
        let failed = |source| SecretError::File { path: path.display().to_string(), source };
        if path.exists() {
            return Self::load(path);
        }
        let secret = Self::generate(random);
        // Written whole under another name first: a crash leaves no half of a secret, and of two
        // that start together one is first and the other reads what it wrote.
        let mut name = path.as_os_str().to_owned();
        name.push(format!(".{:016x}.new", u64::from_be_bytes(random::bytes(random))));
        let draft = Path::new(&name);
        let made = secret.write(draft).and_then(|()| fs::hard_link(draft, path));
        let _ = fs::remove_file(draft);
        match made {
            Ok(()) => {
                if let Some(folder) = path.parent().filter(|folder| !folder.as_os_str().is_empty())
                {
                    // Not every system lets a folder be synced.
                    let _ = fs::File::open(folder).and_then(|folder| folder.sync_all());
                }
                Ok(secret)
            }
            Err(error) if error.kind() == io::ErrorKind::AlreadyExists && path.exists() => {
                Self::load(path)
            }
            Err(error) => Err(failed(error)),
        }
    }

    fn write(&self, path: &Path) -> io::Result<()> {
        let mut options = OpenOptions::new();
        options.write(true).create_new(true);
        #[cfg(unix)]
        std::os::unix::fs::OpenOptionsExt::mode(&mut options, 0o600);
        let mut file = options.open(path)?;
        let mut text = STANDARD.encode(self.0);
        text.push('\n');
        let written = file.write_all(text.as_bytes()).and_then(|()| file.sync_all());
        text.zeroize();
        written
    }

    /// Reads the secret at `path`, which must be there.
    pub fn load(path: &Path) -> Result<Self, SecretError> {
        let shown = path.display().to_string();
        let failed = |source| SecretError::File { path: shown.clone(), source };
        let mut file = fs::File::open(path).map_err(failed)?;
        #[cfg(unix)]
        if is_exposed(&file.metadata().map_err(failed)?) {
            return Err(SecretError::Exposed(shown));
        }
        let mut text = String::new();
        file.read_to_string(&mut text).map_err(failed)?;
        let decoded = STANDARD.decode(text.trim());
        text.zeroize();
        let bytes: Result<[u8; 32], _> =
            decoded.map_err(|_| ()).and_then(|bytes| bytes.try_into().map_err(|_| ()));
        bytes.map(Self).map_err(|()| SecretError::Malformed(shown))
    }

    /// A key for one purpose. Distinct purposes give independent keys.
    pub fn derive(&self, purpose: &str) -> [u8; 32] {
        let mut key = [0; 32];
        Salt::new(HKDF_SHA256, b"firstkey")
            .extract(&self.0)
            .expand(&[purpose.as_bytes()], Length(32))
            .and_then(|okm| okm.fill(&mut key))
            .expect("32 bytes are within what HKDF gives");
        key
    }

    fn sealing_key(&self) -> RandomizedNonceKey {
        RandomizedNonceKey::new(&AES_256_GCM, &self.derive("sealing"))
            .expect("the key has the length of AES-256")
    }

    /// Seals `plain` with AES-256-GCM; `context` must be named again to open it.
    pub fn seal(&self, context: &str, plain: &[u8]) -> String {
        let mut text = plain.to_vec();
        let nonce = self
            .sealing_key()
            .seal_in_place_append_tag(Aad::from(context.as_bytes()), &mut text)
            .expect("what we seal is far below the limit of AES-GCM");
        let mut sealed = nonce.as_ref().to_vec();
        sealed.extend_from_slice(&text);
        STANDARD.encode(sealed)
    }

    /// Opens what [`Self::seal`] sealed.
    pub fn open(&self, context: &str, sealed: &str) -> Result<Vec<u8>, Unsealable> {
        let mut bytes = STANDARD.decode(sealed).map_err(|_| Unsealable)?;
        if bytes.len() < aws_lc_rs::aead::NONCE_LEN {
            return Err(Unsealable);
        }
        let mut text = bytes.split_off(aws_lc_rs::aead::NONCE_LEN);
        let nonce = Nonce::try_assume_unique_for_key(&bytes).map_err(|_| Unsealable)?;
        let plain = self
            .sealing_key()
            .open_in_place(nonce, Aad::from(context.as_bytes()), &mut text)
            .map_err(|_| Unsealable)?;
        let opened = plain.to_vec();
        text.zeroize();
        Ok(opened)
    }
}

/// Whether others than its owner can get at a file. One that belongs to somebody else was lent to us:
/// then its group may read it where that is ours, as Kubernetes hands out secrets.
#[cfg(unix)]
fn is_exposed(file: &fs::Metadata) -> bool {
    use std::os::unix::fs::{MetadataExt as _, PermissionsExt as _};
    // Where nobody says who we are, it is taken for our own.
    let status = fs::read_to_string("/proc/self/status").unwrap_or_default();
    let lent = numbers_of(&status, "Uid:").get(1).is_some_and(|effective| *effective != file.uid())
        && ["Gid:", "Groups:"].iter().any(|name| numbers_of(&status, name).contains(&file.gid()));
    let forbidden = if lent { 0o027 } else { 0o077 };
    file.permissions().mode() & forbidden != 0
}

/// The numbers of a line of what Linux says of a process; none where there is no such line. Of `Uid:`
/// they are the real, the effective, the saved and that of the file system (`proc(5)`).
#[cfg(unix)]
fn numbers_of(status: &str, name: &str) -> Vec<u32> {
    let line = status.lines().find_map(|line| line.strip_prefix(name));
    line.unwrap_or_default().split_whitespace().filter_map(|word| word.parse().ok()).collect()
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::crypto::random::SystemRandom;

    #[test]
    fn sealed_text_opens_in_its_context_only() {
        let secret = MasterSecret::generate(&SystemRandom);
        let sealed = secret.seal("key 1", b"private");
        assert_eq!(secret.open("key 1", &sealed).unwrap(), b"private");
        assert!(secret.open("key 2", &sealed).is_err());
        assert!(MasterSecret::generate(&SystemRandom).open("key 1", &sealed).is_err());
        assert_ne!(sealed, secret.seal("key 1", b"private"), "a nonce was used twice");
        for broken in ["", "AAAA", "not base64!"] {
            assert!(secret.open("key 1", broken).is_err());
        }
    }

    #[test]
    fn purposes_give_independent_keys() {
        let secret = MasterSecret::generate(&SystemRandom);
        assert_ne!(secret.derive("a"), secret.derive("b"));
        assert_eq!(secret.derive("a"), secret.derive("a"));
    }

    #[test]
    fn whoever_starts_at_the_same_moment_has_the_same_secret() {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("firstkey.secret");
        let start = std::sync::Barrier::new(2);
        let made: Vec<MasterSecret> = std::thread::scope(|scope| {
            let one = || {
                start.wait();
                MasterSecret::load_or_create(&path, &SystemRandom).unwrap()
            };
            let other = || {
                start.wait();
                MasterSecret::load_or_create(&path, &SystemRandom).unwrap()
            };
            let threads = [scope.spawn(one), scope.spawn(other)];
            threads.into_iter().map(|thread| thread.join().unwrap()).collect()
        });
        assert_eq!(made[0].0, made[1].0);
    }

    #[cfg(target_os = "linux")]
    #[test]
    fn a_file_of_somebody_else_may_be_lent_to_our_group_and_to_nobody_more() {
        use std::os::unix::fs::{PermissionsExt, chown};
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("firstkey.secret");
        MasterSecret::load_or_create(&path, &SystemRandom).unwrap();
        if chown(&path, Some(4711), None).is_err() {
            return; // Only root can give files away.
        }
        for (mode, lent) in [(0o440, true), (0o640, true), (0o644, false), (0o660, false)] {
            fs::set_permissions(&path, fs::Permissions::from_mode(mode)).unwrap();
            assert_eq!(MasterSecret::load(&path).is_ok(), lent, "{mode:o}");
        }
        let status = fs::read_to_string("/proc/self/status").unwrap();
        let own = ["Gid:", "Groups:"].map(|name| numbers_of(&status, name)).concat();
        let strangers = own.into_iter().max().unwrap() + 1;
        chown(&path, None, Some(strangers)).unwrap();
        for (mode, lent) in [(0o440, false), (0o400, true)] {
            fs::set_permissions(&path, fs::Permissions::from_mode(mode)).unwrap();
            assert_eq!(MasterSecret::load(&path).is_ok(), lent, "{mode:o} for strangers");
        }
    }

    #[test]
    fn the_file_is_made_once_and_kept_private() {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("firstkey.secret");
        let made = MasterSecret::load_or_create(&path, &SystemRandom).unwrap();
        let read = MasterSecret::load_or_create(&path, &SystemRandom).unwrap();
        assert_eq!(made.0, read.0);
        #[cfg(unix)]
        {
            use std::os::unix::fs::PermissionsExt;
            assert_eq!(fs::metadata(&path).unwrap().permissions().mode() & 0o777, 0o600);
            fs::set_permissions(&path, fs::Permissions::from_mode(0o644)).unwrap();
            let exposed = MasterSecret::load_or_create(&path, &SystemRandom);
            assert!(matches!(exposed, Err(SecretError::Exposed(_))));
            fs::set_permissions(&path, fs::Permissions::from_mode(0o600)).unwrap();
        }
        assert_eq!(fs::read_dir(folder.path()).unwrap().count(), 1, "no draft is left");
        fs::write(&path, "short").unwrap();
        let malformed = MasterSecret::load_or_create(&path, &SystemRandom);
        assert!(matches!(malformed, Err(SecretError::Malformed(_))));
    }
}
