//! Signing keys that are read once. `jsonwebtoken` reads its key from PKCS #8 for each signature, and
//! checks it, which takes about as long as signing; its own extension point lets the key pair be kept.

use std::collections::HashMap;
use std::sync::{Arc, LazyLock, Once, PoisonError, RwLock};

use aws_lc_rs::digest::{SHA256, digest};
use aws_lc_rs::rand::SystemRandom;
use aws_lc_rs::signature::{ECDSA_P256_SHA256_FIXED_SIGNING, EcdsaKeyPair};
use jsonwebtoken::crypto::aws_lc::DEFAULT_PROVIDER;
use jsonwebtoken::crypto::{CryptoProvider, JwtSigner};
use jsonwebtoken::errors::{ErrorKind, Result};
use jsonwebtoken::signature::{Error as SignatureError, Signer};
use jsonwebtoken::{Algorithm, AlgorithmFamily, EncodingKey};

/// The most key pairs that are kept: those of one instance are few. Past it all are dropped, with
/// those that sign no more, and read anew.
const KEPT_MAX: usize = 8;

/// Key pairs by a hash of what they were read from.
type Kept = RwLock<HashMap<Vec<u8>, Arc<EcdsaKeyPair>>>;
static KEPT: LazyLock<Kept> = LazyLock::new(RwLock::default);
static PROVIDER: LazyLock<CryptoProvider> =
    LazyLock::new(|| CryptoProvider { signer_factory: signer, ..DEFAULT_PROVIDER.clone() });

/// Has `jsonwebtoken` sign with keys that are kept, from now on.
pub(super) fn install() {
    static ONCE: Once = Once::new();
    ONCE.call_once(|| {
        // Where somebody was faster, signing is slower and nothing else.
        let _ = PROVIDER.install_default();
    });
}

#[expect(clippy::trivially_copy_pass_by_ref, reason = "jsonwebtoken calls it so")]
fn signer(algorithm: &Algorithm, key: &EncodingKey) -> Result<Box<dyn JwtSigner>> {
    if *algorithm != Algorithm::ES256 || key.family() != AlgorithmFamily::Ec {
        return (DEFAULT_PROVIDER.signer_factory)(algorithm, key);
    }
    let id = digest(&SHA256, key.inner());
    let kept = KEPT.read().unwrap_or_else(PoisonError::into_inner).get(id.as_ref()).cloned();
    if let Some(pair) = kept {
        return Ok(Box::new(Es256(pair)));
    }
    let pair = EcdsaKeyPair::from_pkcs8(&ECDSA_P256_SHA256_FIXED_SIGNING, key.inner())
        .map_err(|_| ErrorKind::InvalidEcdsaKey)?;
    let pair = Arc::new(pair);
    let mut kept = KEPT.write().unwrap_or_else(PoisonError::into_inner);
    if kept.len() >= KEPT_MAX {
        kept.clear();
    }
    kept.insert(id.as_ref().to_vec(), Arc::clone(&pair));
    Ok(Box::new(Es256(pair)))
}

struct Es256(Arc<EcdsaKeyPair>);

impl Signer<Vec<u8>> for Es256 {
    fn try_sign(&self, message: &[u8]) -> std::result::Result<Vec<u8>, SignatureError> {
        let signature = self.0.sign(&SystemRandom::new(), message);
        Ok(signature.map_err(SignatureError::from_source)?.as_ref().to_vec())
    }
}

impl JwtSigner for Es256 {
    fn algorithm(&self) -> Algorithm {
        Algorithm::ES256
    }
}
