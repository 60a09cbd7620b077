//! How the value of a pass is stored: Argon2id over an HMAC keyed by the master secret. A pass is
//! short, so a stolen database alone must not be enough to guess it.

use std::fmt;
use std::sync::Arc;
use std::sync::atomic::{AtomicU64, AtomicUsize, Ordering};

use argon2::password_hash::phc::PasswordHash;
use argon2::{Algorithm, Argon2, Params, PasswordHasher as _, PasswordVerifier as _, Version};
use aws_lc_rs::hmac;
use tokio::sync::Semaphore;
use tracing::Instrument as _;

use super::master::MasterSecret;
use crate::domain::pass::PassValue;
use crate::domain::random::{self, Random};

/// Memory of one hash, in KiB (OWASP's first recommendation for Argon2id).
const MEMORY_KIB: u32 = 19 * 1024;
/// Passes over that memory.
const ITERATIONS: u32 = 2;
/// Tries that may wait for a processor; whoever comes then is told to come back.
const QUEUE_MAX: usize = 256;

/// Hashes and verifies passes, as many at a time as there are processors.
#[derive(Clone)]
pub struct PassHasher(Arc<Inner>);

struct Inner {
    key: hmac::Key,
    /// The hash of a value that nobody knows: what is verified where there is no pass.
    decoy: String,
    permits: Arc<Semaphore>,
    waiting: AtomicUsize,
    runs: AtomicU64,
    sent_away: AtomicU64,
}

impl fmt::Debug for PassHasher {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("PassHasher")
    }
}

/// Too many tries are waiting already.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
#[error("too many sign-ins at once; try again in a moment")]
pub struct Busy;

fn argon2() -> Argon2<'static> {
    let params = Params::new(MEMORY_KIB, ITERATIONS, 1, None).expect("the parameters are in range");
    Argon2::new(Algorithm::Argon2id, Version::V0x13, params)
}

fn hash_now(key: &hmac::Key, value: &str, salt: &[u8; 16]) -> String {
    let mac = hmac::sign(key, value.as_bytes());
    argon2()
        .hash_password_with_salt(mac.as_ref(), salt)
        .expect("salt and input have lengths that Argon2 takes")
        .to_string()
}

fn verify_now(key: &hmac::Key, value: &str, stored: &str) -> bool {
    let mac = hmac::sign(key, value.as_bytes());
    PasswordHash::new(stored)
        .is_ok_and(|hash| argon2().verify_password(mac.as_ref(), &hash).is_ok())
}

impl PassHasher {
    /// A hasher under this master secret.
    pub fn new(master: &MasterSecret, random: &dyn Random) -> Self {
        let key = hmac::Key::new(hmac::HMAC_SHA256, &master.derive("pass"));
        let unknown = PassValue::generate(48, random);
        let decoy = hash_now(&key, unknown.reveal(), &random::bytes(random));
        let processors = std::thread::available_parallelism().map_or(2, usize::from);
        Self(Arc::new(Inner {
            key,
            decoy,
            permits: Arc::new(Semaphore::new(processors)),
            waiting: AtomicUsize::new(0),
            runs: AtomicU64::new(0),
            sent_away: AtomicU64::new(0),
        }))
    }

    /// How many hashes were worked out since the start. As many for a name that nobody has as for
    /// one that somebody has: that is what makes them take the same time.
    pub fn runs(&self) -> u64 {
        self.0.runs.load(Ordering::Relaxed)
    }

    /// How many tries wait for a processor or have one.
    pub fn waiting(&self) -> usize {
        self.0.waiting.load(Ordering::Relaxed)
    }

    /// How many tries were sent away since the start, because too many waited.
    pub fn sent_away(&self) -> u64 {
        self.0.sent_away.load(Ordering::Relaxed)
    }

    /// What is stored of a pass.
    pub async fn hash(&self, value: PassValue, random: &dyn Random) -> Result<String, Busy> {
        let salt = random::bytes(random);
        let place = self.queue()?;
        self.work(place, move |inner| hash_now(&inner.key, value.reveal(), &salt)).await
    }

    /// Takes a place in the queue, before anything is counted against whoever tries.
    pub fn queue(&self) -> Result<Place, Busy> {
        let place = Place(Arc::clone(&self.0));
        if self.0.waiting.fetch_add(1, Ordering::SeqCst) >= QUEUE_MAX {
            self.0.sent_away.fetch_add(1, Ordering::Relaxed);
            Err(Busy)
        } else {
            Ok(place)
        }
    }

    /// Whether `value` is the pass whose hash is stored. Takes the same time where there is no
    /// stored pass, or where what was typed cannot be a pass at all; the answer is no then.
    pub async fn verify(
        &self,
        place: Place,
        value: Option<PassValue>,
        stored: Option<String>,
    ) -> Result<bool, Busy> {
        self.work(place, move |inner| {
            let typed = value.as_ref().map_or("", PassValue::reveal);
            let hash = stored.as_deref().unwrap_or(&inner.decoy);
            let right = verify_now(&inner.key, typed, hash);
            right && value.is_some() && stored.is_some()
        })
        .await
    }

    async fn work<T: Send + 'static>(
        &self,
        place: Place,
        work: impl FnOnce(&Inner) -> T + Send + 'static,
    ) -> Result<T, Busy> {
        let span = tracing::debug_span!("argon2");
        self.work_in_turn(place, work).instrument(span).await
    }

    async fn work_in_turn<T: Send + 'static>(
        &self,
        place: Place,
        work: impl FnOnce(&Inner) -> T + Send + 'static,
    ) -> Result<T, Busy> {
        let permits = Arc::clone(&self.0.permits);
        let permit = permits.acquire_owned().await.map_err(|_| Busy)?;
        let shared = Arc::clone(&self.0);
        // Both go along: work that was begun goes on when whoever asked for it hangs up.
        let work = move || {
            let _held = (permit, place);
            shared.runs.fetch_add(1, Ordering::Relaxed);
            work(&shared)
        };
        tokio::task::spawn_blocking(work).await.map_err(|_| Busy)
    }
}

/// A place in the queue, given up when dropped, even if the request is abandoned.
pub struct Place(Arc<Inner>);

impl fmt::Debug for Place {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("Place")
    }
}

impl Drop for Place {
    fn drop(&mut self) {
        self.0.waiting.fetch_sub(1, Ordering::SeqCst);
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::crypto::random::SystemRandom;

    #[tokio::test]
    async fn right_wrong_none_and_another_master_secret() {
        let master = MasterSecret::generate(&SystemRandom);
        let hasher = PassHasher::new(&master, &SystemRandom);
        let value = PassValue::generate(8, &SystemRandom);
        let other = PassValue::generate(8, &SystemRandom);
        let stored = hasher.hash(value.clone(), &SystemRandom).await.unwrap();
        assert!(stored.starts_with("$argon2id$v=19$m=19456,t=2,p=1$"), "{stored}");
        let verify = |value: Option<&PassValue>, stored: Option<&String>| {
            hasher.verify(hasher.queue().unwrap(), value.cloned(), stored.cloned())
        };
        assert!(verify(Some(&value), Some(&stored)).await.unwrap());
        assert!(!verify(Some(&other), Some(&stored)).await.unwrap());
        assert!(!verify(Some(&value), None).await.unwrap());
        assert!(!verify(None, Some(&stored)).await.unwrap());
        let stolen = PassHasher::new(&MasterSecret::generate(&SystemRandom), &SystemRandom);
        let place = stolen.queue().unwrap();
        assert!(!stolen.verify(place, Some(value), Some(stored)).await.unwrap());
    }

    #[tokio::test]
    async fn the_queue_has_an_end_and_a_place_that_is_given_up_is_free_again() {
        let hasher = PassHasher::new(&MasterSecret::generate(&SystemRandom), &SystemRandom);
        let places: Vec<Place> = (0..QUEUE_MAX).map(|_| hasher.queue().unwrap()).collect();
        assert_eq!(hasher.queue().map(|_| ()), Err(Busy));
        drop(places);
        hasher.queue().unwrap();
    }

    #[tokio::test(flavor = "multi_thread", worker_threads = 2)]
    async fn work_whose_asker_hung_up_still_counts_as_work() {
        let hasher = PassHasher::new(&MasterSecret::generate(&SystemRandom), &SystemRandom);
        let all = hasher.0.permits.available_permits();
        let begun = Arc::new(std::sync::Barrier::new(2));
        let go_on = Arc::new(std::sync::Barrier::new(2));
        let (there, then) = (Arc::clone(&begun), Arc::clone(&go_on));
        let (asked, place) = (hasher.clone(), hasher.queue().unwrap());
        let abandoned = tokio::spawn(async move {
            asked
                .work(place, move |_| {
                    there.wait();
                    then.wait();
                })
                .await
        });
        tokio::task::block_in_place(|| begun.wait());
        abandoned.abort();
        assert!(abandoned.await.is_err());
        assert_eq!(hasher.0.permits.available_permits(), all - 1);
        go_on.wait();
    }
}
