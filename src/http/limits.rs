//! How many sign-in requests one address, and everybody together, may make: token buckets.

use std::num::NonZeroU32;
use std::sync::atomic::{AtomicU64, Ordering};

use axum::extract::{Request, State};
use axum::middleware::Next;
use axum::response::{IntoResponse, Response};
use governor::clock::{Clock, DefaultClock};
use governor::{DefaultDirectRateLimiter, DefaultKeyedRateLimiter, Quota, RateLimiter};

use super::AppState;
use super::address::origin;
use super::problem::Problem;
use crate::service::Origin;

/// The buckets of this instance. The counters that protect a pass are in the database instead.
#[derive(Debug)]
pub struct Limits {
    per_address: Option<DefaultKeyedRateLimiter<String>>,
    global: Option<DefaultDirectRateLimiter>,
    refused: [AtomicU64; 2],
}

impl Limits {
    /// Buckets of so many requests a minute; 0 for no limit.
    pub fn new(per_address: u32, global: u32) -> Self {
        Self::with(per_address, global, |rate| rate)
    }

    /// The same for sign-ins, of which one address may not have a whole minute's worth at once:
    /// what an office does at nine, and not all the hashing that there is time for.
    pub fn of_sign_ins(per_address: u32, global: u32) -> Self {
        Self::with(per_address, global, |rate| {
            NonZeroU32::new(rate.get() / 3).unwrap_or(NonZeroU32::MIN)
        })
    }

    fn with(per_address: u32, global: u32, burst: impl Fn(NonZeroU32) -> NonZeroU32) -> Self {
        Self {
            per_address: NonZeroU32::new(per_address)
                .map(|rate| RateLimiter::keyed(Quota::per_minute(rate).allow_burst(burst(rate)))),
            global: NonZeroU32::new(global)
                .map(|rate| RateLimiter::direct(Quota::per_minute(rate))),
            refused: Default::default(),
        }
    }

    /// Takes one request out of both buckets, or says how many seconds to wait.
    pub fn admit(&self, address: &str) -> Result<(), u64> {
        let clock = DefaultClock::default();
        let wait =
            |not_until: governor::NotUntil<_>| not_until.wait_time_from(clock.now()).as_secs() + 1;
        if let Some(limiter) = &self.per_address {
            limiter.check_key(&address.to_owned()).map_err(wait).inspect_err(|_| self.count(0))?;
        }
        if let Some(limiter) = &self.global {
            limiter.check().map_err(wait).inspect_err(|_| self.count(1))?;
        }
        Ok(())
    }

    fn count(&self, bucket: usize) {
        if let Some(refused) = self.refused.get(bucket) {
            refused.fetch_add(1, Ordering::Relaxed);
        }
    }

    /// How many requests found the bucket of their address empty since the start, and how many that
    /// of everybody.
    pub fn refused(&self) -> (u64, u64) {
        let [address, global] = &self.refused;
        (address.load(Ordering::Relaxed), global.load(Ordering::Relaxed))
    }

    /// The same for whoever sent a request.
    pub fn admit_origin(&self, origin: Origin) -> Result<(), Problem> {
        self.admit(&origin.limit_key()).map_err(Problem::too_many)
    }

    /// Forgets addresses that have been quiet.
    pub fn forget_quiet(&self) {
        if let Some(limiter) = &self.per_address {
            limiter.retain_recent();
            limiter.shrink_to_fit();
        }
    }
}

/// Lets a request through if its address has not asked too much.
pub async fn limit(State(state): State<AppState>, request: Request, next: Next) -> Response {
    let (parts, body) = request.into_parts();
    match state.limits.admit_origin(origin(&parts, &state.config.trusted_proxies)) {
        Ok(()) => next.run(Request::from_parts(parts, body)).await,
        Err(problem) => problem.into_response(),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_address_is_limited_alone_and_all_together() {
        let limits = Limits::of_sign_ins(6, 3);
        assert!(limits.admit("a").is_ok() && limits.admit("a").is_ok());
        assert!(limits.admit("a").is_err());
        assert!(limits.admit("b").is_ok());
        assert!(limits.admit("b").is_err(), "the global bucket is empty");
        assert_eq!(limits.refused(), (1, 1));
        let open = Limits::new(0, 0);
        assert!((0..1000).all(|_| open.admit("a").is_ok()));
    }
}
