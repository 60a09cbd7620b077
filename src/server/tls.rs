//! TLS in this process (RFC 8446, and TLS 1.2 for who has no other), where no proxy speaks it: a
//! certificate and its key in files, which are looked at again while the server goes on.

use std::fmt;
use std::fs;
use std::path::Path;
use std::sync::{Arc, Mutex, PoisonError, RwLock};
use std::time::{Duration, Instant};

use aws_lc_rs::digest::{SHA256, SHA256_OUTPUT_LEN, digest};
use tokio::sync::Notify;
use tokio_rustls::TlsAcceptor;
use tokio_rustls::rustls::crypto::aws_lc_rs::default_provider;
use tokio_rustls::rustls::pki_types::pem::PemObject as _;
use tokio_rustls::rustls::pki_types::{CertificateDer, PrivateKeyDer, ServerName};
use tokio_rustls::rustls::server::{ParsedCertificate, ServerSessionMemoryCache};
use tokio_rustls::rustls::sign::{CertifiedKey, SingleCertAndKey};
use tokio_rustls::rustls::{self, InconsistentKeys, ServerConfig, client, version};
use x509_parser::prelude::{FromDer as _, X509Certificate};
use zeroize::Zeroizing;

use crate::config::TlsFiles;
use crate::domain::time::{Clock as _, SystemClock};

/// How often the files are looked at.
pub(super) const LOOK: Duration = Duration::from_secs(60);
/// How long a certificate should still hold, in days: whoever renews them does it earlier.
pub(crate) const RENEW_DAYS: i64 = 14;
/// How often it is said that one runs out.
const REMIND: Duration = Duration::from_secs(24 * 60 * 60);
/// How many sessions are kept for who comes back (RFC 8446 §2.2). They are in memory and nowhere
/// else, and gone with the certificate under which they began.
const SESSIONS: usize = 4096;

/// Why a certificate cannot be used, in one sentence. Nothing of the key is in it.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
#[error("{0}")]
pub struct TlsError(String);

/// A certificate and its key, which belong together.
pub struct Certificate {
    certified: CertifiedKey,
    from: i64,
    until: i64,
    digest: Digest,
}

/// Of both files, to see whether they changed.
type Digest = [u8; SHA256_OUTPUT_LEN];

impl fmt::Debug for Certificate {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Certificate").field("until", &self.until).finish_non_exhaustive()
    }
}

impl Certificate {
    /// Reads both files and sees whether they fit.
    pub fn load(files: &TlsFiles) -> Result<Self, TlsError> {
        let read = |name: &str, path: &Path| {
            let failed = |error| TlsError(format!("{name} {}: {error}", path.display()));
            fs::read(path).map_err(failed)
        };
        let certificates = read("tls_certificate", &files.certificate)?;
        let key = Zeroizing::new(read("tls_key", &files.key)?);
        Self::of(&certificates, &key, files)
    }

    fn of(certificates: &[u8], key: &[u8], files: &TlsFiles) -> Result<Self, TlsError> {
        let in_certificate = |why: &dyn fmt::Display| {
            TlsError(format!("tls_certificate {}: {why}", files.certificate.display()))
        };
        // What a parser says of a key could show some of it.
        let in_key = |why: &str| TlsError(format!("tls_key {}: {why}", files.key.display()));
        let chain: Vec<CertificateDer<'static>> = CertificateDer::pem_slice_iter(certificates)
            .collect::<Result<_, _>>()
            .map_err(|_| in_certificate(&"this is no PEM"))?;
        let Some(first) = chain.first() else {
            return Err(in_certificate(&"there is no certificate in it"));
        };
        let (from, until) = {
            let (_, parsed) = X509Certificate::from_der(first)
                .map_err(|_| in_certificate(&"its first certificate cannot be read"))?;
            let validity = parsed.validity();
            (validity.not_before.timestamp(), validity.not_after.timestamp())
        };
        let private = PrivateKeyDer::from_pem_slice(key).map_err(|_| {
            in_key("there is no private key in PEM in it; one with a password cannot be used")
        })?;
        let certified = CertifiedKey::from_der(chain, private, &default_provider());
        let certified = certified.map_err(|error| match error {
            rustls::Error::InconsistentKeys(InconsistentKeys::KeyMismatch) => in_key(&format!(
                "the key does not belong to the certificate in {}",
                files.certificate.display()
            )),
            rustls::Error::InvalidCertificate(why) => in_certificate(&format!("{why:?}")),
            _ => in_key("this kind of key cannot be used; RSA, ECDSA and Ed25519 can"),
        })?;
        Ok(Self { certified, from, until, digest: digest_of(certificates, key) })
    }

    /// Whether browsers take it for this host.
    pub(crate) fn is_for(&self, host: &str) -> bool {
        let Ok(name) = ServerName::try_from(host) else { return false };
        let first = self.certified.cert.first();
        let parsed = first.and_then(|first| ParsedCertificate::try_from(first).ok());
        parsed.is_some_and(|parsed| client::verify_server_name(&parsed, &name).is_ok())
    }

    /// From when to when it holds, in seconds of Unix time.
    pub(crate) fn validity(&self) -> (i64, i64) {
        (self.from, self.until)
    }

    /// How many certificates there are, with those that lead to its root.
    pub(crate) fn length(&self) -> usize {
        self.certified.cert.len()
    }

    fn config(self) -> Result<ServerConfig, TlsError> {
        let builder = ServerConfig::builder_with_provider(Arc::new(default_provider()));
        let mut config = builder
            .with_protocol_versions(&[&version::TLS13, &version::TLS12])
            .map_err(|error| TlsError(format!("TLS: {error}")))?
            .with_no_client_auth()
            .with_cert_resolver(Arc::new(SingleCertAndKey::from(self.certified)));
        // RFC 7301: whoever can speak only something else is told so, and sent away.
        config.alpn_protocols = vec![b"http/1.1".to_vec()];
        config.session_storage = ServerSessionMemoryCache::new(SESSIONS);
        // What comes before the handshake is over could be sent twice by others (RFC 8446 §8).
        config.max_early_data_size = 0;
        Ok(config)
    }
}

fn digest_of(certificates: &[u8], key: &[u8]) -> Digest {
    let mut both = [0; 2 * SHA256_OUTPUT_LEN];
    both[..SHA256_OUTPUT_LEN].copy_from_slice(digest(&SHA256, certificates).as_ref());
    both[SHA256_OUTPUT_LEN..].copy_from_slice(digest(&SHA256, key).as_ref());
    let mut all = [0; SHA256_OUTPUT_LEN];
    all.copy_from_slice(digest(&SHA256, &both).as_ref());
    all
}

/// How connections are secured now.
pub(super) struct Tls {
    files: TlsFiles,
    current: RwLock<Arc<ServerConfig>>,
    seen: Mutex<Seen>,
    asked: Notify,
}

/// What was seen when the files were looked at last.
struct Seen {
    in_use: Digest,
    until: i64,
    trouble: Option<TlsError>,
    told: bool,
    reminded: Option<Instant>,
}

impl fmt::Debug for Tls {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Tls").field("files", &self.files).finish_non_exhaustive()
    }
}

impl Tls {
    /// With the certificate that there is now.
    pub(super) fn start(files: &TlsFiles) -> Result<Self, TlsError> {
        let certificate = Certificate::load(files)?;
        let (in_use, until) = (certificate.digest, certificate.until);
        let config = certificate.config()?;
        let seen = Seen { in_use, until, trouble: None, told: false, reminded: None };
        Ok(Self {
            files: files.clone(),
            current: RwLock::new(Arc::new(config)),
            seen: Mutex::new(seen),
            asked: Notify::new(),
        })
    }

    /// For one handshake.
    pub(super) fn acceptor(&self) -> TlsAcceptor {
        let current = self.current.read().unwrap_or_else(PoisonError::into_inner);
        TlsAcceptor::from(Arc::clone(&current))
    }

    /// When the certificate that is in use ends, in seconds of Unix time.
    pub(super) fn until(&self) -> i64 {
        self.seen.lock().unwrap_or_else(PoisonError::into_inner).until
    }

    /// Looks at the files soon, and says what came of it.
    pub(super) fn look_soon(&self) {
        self.asked.notify_one();
    }

    /// Looks at the files every so often, and when it is asked to.
    pub(super) async fn keep_renewed(self: Arc<Self>, every: Duration) {
        loop {
            self.remind();
            let asked = tokio::select! {
                () = self.asked.notified() => true,
                () = tokio::time::sleep(every) => false,
            };
            let tls = Arc::clone(&self);
            // They may be on a drive that takes its time.
            let looked = tokio::task::spawn_blocking(move || tls.look(asked)).await;
            if let Err(error) = looked {
                tracing::warn!(%error, "the certificate could not be looked at");
            }
        }
    }

    /// Takes what is in the files, if it is new and can be used; else everything stays as it is.
    fn look(&self, asked: bool) {
        let loaded = Certificate::load(&self.files);
        let mut seen = self.seen.lock().unwrap_or_else(PoisonError::into_inner);
        let taken = loaded.and_then(|certificate| {
            if certificate.digest == seen.in_use {
                return Ok(false);
            }
            let (in_use, until) = (certificate.digest, certificate.until);
            let config = Arc::new(certificate.config()?);
            *self.current.write().unwrap_or_else(PoisonError::into_inner) = config;
            (seen.in_use, seen.until) = (in_use, until);
            Ok(true)
        });
        match taken {
            Ok(renewed) => {
                if renewed {
                    let days = days_left(seen.until);
                    tracing::info!(days, "the certificate was renewed");
                    seen.reminded = None;
                } else if asked {
                    tracing::info!("the certificate is the one that is in use");
                }
                (seen.trouble, seen.told) = (None, false);
            }
            Err(error) => {
                // Whoever renews writes two files, and we may come in between: what is still wrong
                // the next time is told, once.
                let known = seen.trouble.as_ref() == Some(&error);
                seen.told &= known;
                if asked || (known && !seen.told) {
                    tracing::warn!(%error, "the certificate stays the one that is in use");
                    seen.told = true;
                }
                seen.trouble = Some(error);
            }
        }
    }

    fn remind(&self) {
        let mut seen = self.seen.lock().unwrap_or_else(PoisonError::into_inner);
        let days = days_left(seen.until);
        if days < RENEW_DAYS && seen.reminded.is_none_or(|then| then.elapsed() >= REMIND) {
            tracing::warn!(days, "the certificate runs out: renew it");
            seen.reminded = Some(Instant::now());
        }
    }
}

/// Negative once it is over.
fn days_left(until: i64) -> i64 {
    (until - SystemClock.now().seconds()).div_euclid(24 * 60 * 60)
}
