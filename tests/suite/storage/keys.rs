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
use firstkey::store::{expired, signing_keys};

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
fn signing(services: &Services) -> [String; 4] {
    let ring = services.keys.ring();
    SigningAlgorithm::ALL.map(|algorithm| ring.signer(algorithm).unwrap().id().to_owned())
}

fn in_state(keys: &[KeyInfo], state: &str) -> BTreeSet<String> {
    keys.iter().filter(|key| key.state == state).map(|key| key.kid.clone()).collect()
}

#[track_caller]
fn one_of_each(keys: &[KeyInfo]) {
    for algorithm in SigningAlgorithm::ALL {
        for state in ["current", "next"] {
            let found = keys.iter().filter(|key| key.alg == algorithm.name() && key.state == state);
            assert_eq!(found.count(), 1, "{} {state}", algorithm.name());
        }
    }
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
        assert_eq!(count(&stores[0], "signing_keys").await, 8, "one current and one next of each");
        for services in &instances[1..] {
            assert_eq!(published(services), published(&instances[0]));
            assert_eq!(signing(services), signing(&instances[0]));
        }
    }

    async fn a_restart_signs_with_the_same_keys(world: World) {
        let again = start(&world.store, &world.clock, &world.master).await.unwrap();
        assert_eq!(published(&again), published(&world.services));
        assert_eq!(signing(&again), signing(&world.services));
        assert_eq!(count(&world.store, "signing_keys").await, 8);
    }

    async fn rotation_breaks_nobody(world: World) {
        let other = start(&world.store, &world.clock, &world.master).await.unwrap();
        let before = world.services.list_keys().await.unwrap();
        let (next, current) = (in_state(&before, "next"), in_state(&before, "current"));
        assert_eq!(signing(&other).into_iter().collect::<BTreeSet<_>>(), current);

        world.clock.advance(minutes(10));
        let after = world.services.rotate_keys(&Caller::OPERATOR).await.unwrap();
        assert_eq!(in_state(&after, "current"), next, "relying parties have seen these already");
        assert_eq!(in_state(&after, "retired"), current);
        assert!(in_state(&after, "next").is_disjoint(&next));
        assert_eq!(in_state(&after, "next").len(), 4);
        assert_eq!(published(&world.services).len(), 12, "what was signed before still verifies");

        assert_eq!(published(&other).len(), 8);
        other.refresh_keys().await.unwrap();
        assert_eq!(published(&other), published(&world.services));
        assert_eq!(signing(&other), signing(&world.services));

        world.clock.advance(minutes(60 * 48));
        other.refresh_keys().await.unwrap();
        assert_eq!(published(&other).len(), 8, "retired keys go when nothing needs them");
        let restarted = start(&world.store, &world.clock, &world.master).await.unwrap();
        assert_eq!(published(&restarted), published(&other));
        let now = world.services.now();
        assert_eq!(change!(world.store, |conn| expired::delete_batch(conn, now)), 4);
        assert_eq!(count(&world.store, "signing_keys").await, 8, "their private halves, too");
    }

    async fn rotations_at_once_leave_one_current_and_one_next_key(world: World) {
        let other = start(&world.store, &world.clock, &world.master).await.unwrap();
        world.clock.advance(minutes(10));
        let outcomes = race(4, |number| {
            let services = if number % 2 == 0 { &world.services } else { &other }.clone();
            async move { services.rotate_keys(&Caller::OPERATOR).await }
        })
        .await;
        assert_eq!(outcomes.iter().filter(|outcome| outcome.is_ok()).count(), 1);
        for refused in outcomes.into_iter().filter_map(Result::err) {
            assert!(refused.to_string().contains("may not sign before"), "{refused}");
        }
        one_of_each(&world.services.list_keys().await.unwrap());
    }

    async fn a_rotation_waits_until_everybody_can_know_the_next_keys(world: World) {
        let rotate = async || world.services.rotate_keys(&Caller::OPERATOR).await;
        let before = world.services.list_keys().await.unwrap();
        rotate().await.expect_err("nobody has seen the next keys");
        world.clock.advance(minutes(9));
        rotate().await.expect_err("a cache may not have");
        assert_eq!(world.services.list_keys().await.unwrap().len(), before.len());
        world.clock.advance(minutes(1));
        rotate().await.unwrap();
        rotate().await.expect_err("the new next keys are new");
        // Nor does the schedule do it earlier.
        assert!(!world.services.rotate_keys_when_due(minutes(0)).await.unwrap());
    }

    async fn a_rotation_that_comes_second_leaves_it_at_that(world: World) {
        let seen = read!(world.store, |conn| signing_keys::version(conn));
        world.clock.advance(minutes(10));
        world.services.rotate_keys(&Caller::OPERATOR).await.unwrap();
        // Another instance looked before that, and comes to it only now.
        assert!(!change!(world.store, |conn| signing_keys::claim(conn, seen)));
        let seen = read!(world.store, |conn| signing_keys::version(conn));
        assert!(change!(world.store, |conn| signing_keys::claim(conn, seen)));
    }

    async fn of_many_instances_one_rotates_when_it_is_time(world: World) {
        let month = minutes(30 * 24 * 60);
        let other = start(&world.store, &world.clock, &world.master).await.unwrap();
        let before = world.services.list_keys().await.unwrap();
        world.clock.advance(month.checked_sub(minutes(1)).unwrap());
        assert!(!other.rotate_keys_when_due(month).await.unwrap(), "not yet");
        world.clock.advance(minutes(1));
        let done = race(4, |number| {
            let services = if number % 2 == 0 { &world.services } else { &other }.clone();
            async move { services.rotate_keys_when_due(month).await.unwrap() }
        })
        .await;
        assert_eq!(done.iter().filter(|done| **done).count(), 1);
        let after = world.services.list_keys().await.unwrap();
        one_of_each(&after);
        assert_eq!(in_state(&after, "current"), in_state(&before, "next"));
        world.clock.advance(minutes(60));
        assert!(!other.rotate_keys_when_due(month).await.unwrap(), "not again");
        world.clock.advance(month);
        assert!(other.rotate_keys_when_due(month).await.unwrap(), "but a month later");
    }

    async fn a_revoked_key_is_replaced_wherever_it_stands(world: World) {
        let revoke = async |kid: &str| world.services.revoke_key(&Caller::OPERATOR, kid).await;
        world.clock.advance(minutes(10));
        let mut keys = world.services.rotate_keys(&Caller::OPERATOR).await.unwrap();
        for state in ["retired", "next", "current"] {
            for algorithm in SigningAlgorithm::ALL {
                let of = |key: &&KeyInfo| key.alg == algorithm.name() && key.state == state;
                let kid = keys.iter().find(of).unwrap().kid.clone();
                keys = revoke(&kid).await.unwrap();
                one_of_each(&keys);
                assert!(world.services.keys.ring().by_id(&kid).is_none());
                assert!(!published(&world.services).contains(&kid));
                revoke(&kid).await.expect_err("it is gone");
            }
        }
        assert_eq!(count(&world.store, "signing_keys").await, 8, "and so is its private half");
        revoke("nothing").await.expect_err("there is no such key");
    }

    async fn revoking_and_rotating_at_once_leave_one_of_each(world: World) {
        let other = start(&world.store, &world.clock, &world.master).await.unwrap();
        for round in 0..3 {
            world.clock.advance(minutes(10));
            let keys = world.services.list_keys().await.unwrap();
            let kids: Vec<_> = keys.iter().filter(|key| key.state != "retired").collect();
            let kid = kids[round * 2].kid.clone();
            race(4, |number| {
                let services = if number % 2 == 0 { &world.services } else { &other }.clone();
                let kid = kid.clone();
                async move {
                    // Either may come first, and the other may be refused then.
                    if number < 2 {
                        let _ = services.revoke_key(&Caller::OPERATOR, &kid).await;
                    } else {
                        let _ = services.rotate_keys(&Caller::OPERATOR).await;
                    }
                }
            })
            .await;
            let keys = world.services.list_keys().await.unwrap();
            one_of_each(&keys);
            assert!(keys.iter().all(|key| key.kid != kid));
        }
    }

    async fn an_older_database_gets_the_keys_that_it_lacks(world: World) {
        const OLD: &str = "DELETE FROM signing_keys WHERE algorithm IN ('PS256', 'EdDSA')";
        const NEWER: &str =
            "INSERT INTO signing_keys (id, algorithm, state, sealed, created_at) VALUES ('x', 'XY512', 'current', '', 1)";
        let before = published(&world.services);
        change!(world.store, |conn| async move {
            sqlx::query(OLD).execute(&mut *conn).await?;
            // Of a version that is yet to come: left alone.
            sqlx::query(NEWER).execute(&mut *conn).await?;
            Ok(())
        });
        let started = start(&world.store, &world.clock, &world.master).await.unwrap();
        assert_eq!(published(&started).len(), 8);
        assert_eq!(published(&started).intersection(&before).count(), 4);
        one_of_each(&started.list_keys().await.unwrap());
    }

    async fn another_master_secret_is_named_as_the_trouble(world: World) {
        let wrong = MasterSecret::generate(&SystemRandom);
        let error = start(&world.store, &world.clock, &wrong).await.expect_err("it cannot open them");
        assert!(error.to_string().contains("another master secret"), "{error}");
        assert_eq!(count(&world.store, "signing_keys").await, 8, "and makes no others");
    }

    async fn no_private_key_is_stored_in_the_clear(world: World) {
        let now = world.services.now();
        let stored = read!(world.store, |conn| signing_keys::published(conn, now));
        assert_eq!(stored.len(), 8);
        for key in &stored {
            let private = world.master.open(&key.id, &key.sealed).expect("the master secret opens it");
            assert!(private.len() > 40, "a PKCS #8 document");
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
