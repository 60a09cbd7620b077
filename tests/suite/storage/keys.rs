//! Signing keys: agreed on by every instance, rotated without breaking anybody, sealed.

use std::collections::BTreeSet;
use std::sync::Arc;

use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;
use firstkey::crypto::master::MasterSecret;
use firstkey::crypto::random::SystemRandom;
use firstkey::domain::client::SigningAlgorithm;
use firstkey::domain::time::ShiftedClock;
use firstkey::service::Services;
use firstkey::service::caller::Caller;
use firstkey::service::signing_keys::KeyInfo;
use firstkey::store::signing_keys;

use super::fixtures::{World, change, count, minutes, race, read, start};
use crate::support::database::{TestDatabase, on_both_engines};

/// The `kid`s that are published.
fn published(services: &Services) -> BTreeSet<String> {
    let jwks: serde_json::Value = serde_json::from_slice(services.keys.ring().jwks()).unwrap();
    let keys = jwks["keys"].as_array().unwrap();
    for key in keys {
        assert!(key.get("d").is_none() && key.get("p").is_none(), "a private key is published");
    }
    keys.iter().map(|key| key["kid"].as_str().unwrap().to_owned()).collect()
}

/// The `kid` that signs with each algorithm.
fn signing(services: &Services) -> [String; 2] {
    let ring = services.keys.ring();
    SigningAlgorithm::ALL.map(|algorithm| ring.signer(algorithm).unwrap().id().to_owned())
}

fn in_state(keys: &[KeyInfo], state: &str) -> BTreeSet<String> {
    keys.iter().filter(|key| key.state == state).map(|key| key.kid.clone()).collect()
}

on_both_engines! {
    async fn instances_that_start_together_sign_with_the_same_keys(database: TestDatabase) {
        let master = MasterSecret::generate(&SystemRandom);
        let clock = Arc::new(ShiftedClock::default());
        let stores = [database.open().await, database.open().await, database.open().await];
        let started = race(3, |number| {
            let (store, clock, master) = (stores[number].clone(), Arc::clone(&clock), master.clone());
            async move { start(&store, &clock, &master).await }
        })
        .await;
        let mut instances = Vec::new();
        for services in started {
            let services = services.expect("every instance starts");
            services.refresh_keys().await.unwrap();
            instances.push(services);
        }
        assert_eq!(count(&stores[0], "signing_keys").await, 4, "one current and one next of each");
        for services in &instances[1..] {
            assert_eq!(published(services), published(&instances[0]));
            assert_eq!(signing(services), signing(&instances[0]));
        }
    }

    async fn a_restart_signs_with_the_same_keys(world: World) {
        let again = start(&world.store, &world.clock, &world.master).await.unwrap();
        assert_eq!(published(&again), published(&world.services));
        assert_eq!(signing(&again), signing(&world.services));
        assert_eq!(count(&world.store, "signing_keys").await, 4);
    }

    async fn rotation_breaks_nobody(world: World) {
        let other = start(&world.store, &world.clock, &world.master).await.unwrap();
        let before = world.services.list_keys().await.unwrap();
        let (next, current) = (in_state(&before, "next"), in_state(&before, "current"));
        assert_eq!(signing(&other).into_iter().collect::<BTreeSet<_>>(), current);

        let after = world.services.rotate_keys(&Caller::OPERATOR).await.unwrap();
        assert_eq!(in_state(&after, "current"), next, "relying parties have seen these already");
        assert_eq!(in_state(&after, "retired"), current);
        assert!(in_state(&after, "next").is_disjoint(&next));
        assert_eq!(in_state(&after, "next").len(), 2);
        assert_eq!(published(&world.services).len(), 6, "what was signed before still verifies");

        assert_eq!(published(&other).len(), 4);
        other.refresh_keys().await.unwrap();
        assert_eq!(published(&other), published(&world.services));
        assert_eq!(signing(&other), signing(&world.services));

        world.clock.advance(minutes(60 * 48));
        other.refresh_keys().await.unwrap();
        assert_eq!(published(&other).len(), 4, "retired keys go when nothing needs them");
        let restarted = start(&world.store, &world.clock, &world.master).await.unwrap();
        assert_eq!(published(&restarted), published(&other));
    }

    async fn rotations_at_once_leave_one_current_and_one_next_key(world: World) {
        let outcomes = race(4, |_| {
            let services = world.services.clone();
            async move { services.rotate_keys(&Caller::OPERATOR).await }
        })
        .await;
        for outcome in outcomes {
            outcome.expect("each rotation goes through");
        }
        let keys = world.services.list_keys().await.unwrap();
        for algorithm in SigningAlgorithm::ALL {
            for state in ["current", "next"] {
                let found = keys.iter().filter(|key| key.alg == algorithm.name() && key.state == state);
                assert_eq!(found.count(), 1, "{} {state}", algorithm.name());
            }
        }
    }

    async fn a_rotation_that_comes_second_leaves_it_at_that(world: World) {
        let before = world.services.list_keys().await.unwrap();
        let seen: Vec<String> = SigningAlgorithm::ALL
            .map(|algorithm| {
                let signs = |key: &&KeyInfo| key.alg == algorithm.name() && key.state == "current";
                before.iter().find(signs).unwrap().kid.clone()
            })
            .to_vec();
        let after = world.services.rotate_keys(&Caller::OPERATOR).await.unwrap();
        // Another instance looked before that, and comes to it only now.
        let now = world.services.now();
        for (algorithm, current) in SigningAlgorithm::ALL.into_iter().zip(seen) {
            let promoted = change!(world.store, [current] | conn
                | signing_keys::promote(conn, algorithm, &current, now, now.plus(minutes(1))));
            assert!(!promoted, "{}", algorithm.name());
        }
        let unchanged = world.services.list_keys().await.unwrap();
        assert_eq!(in_state(&unchanged, "current"), in_state(&after, "current"));
        assert_eq!(in_state(&unchanged, "next"), in_state(&after, "next"));
        assert_eq!(in_state(&unchanged, "retired"), in_state(&before, "current"));
    }

    async fn another_master_secret_is_named_as_the_trouble(world: World) {
        let wrong = MasterSecret::generate(&SystemRandom);
        let error = start(&world.store, &world.clock, &wrong).await.expect_err("it cannot open them");
        assert!(error.to_string().contains("another master secret"), "{error}");
        assert_eq!(count(&world.store, "signing_keys").await, 4, "and makes no others");
    }

    async fn no_private_key_is_stored_in_the_clear(world: World) {
        let now = world.services.now();
        let stored = read!(world.store, |conn| signing_keys::published(conn, now));
        assert_eq!(stored.len(), 4);
        for key in &stored {
            let private = world.master.open(&key.id, &key.sealed).expect("the master secret opens it");
            assert!(private.len() > 60, "a PKCS #8 document");
            let sealed = STANDARD.decode(&key.sealed).unwrap();
            for part in private.chunks(16).filter(|part| part.len() == 16) {
                assert!(!sealed.windows(16).any(|window| window == part), "{}", key.id);
            }
            // Bound to its own row: it cannot be passed off as another key.
            let other = stored.iter().find(|other| other.id != key.id).unwrap();
            assert!(world.master.open(&other.id, &key.sealed).is_err());
        }
    }
}
