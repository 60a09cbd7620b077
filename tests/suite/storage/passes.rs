//! Passes: one per person, and redeemed as often as their terms say.

use std::collections::BTreeSet;
use std::sync::Arc;
use std::time::Duration;

use firstkey::domain::id::PassId;
use firstkey::domain::pass::FAILURES_MAX;
use firstkey::domain::time::Timestamp;
use firstkey::store::{Store, passes};
use tokio::sync::Notify;

use super::fixtures::{add_pass, add_user, change, count, minutes, noon, pass, race, read, yes};
use crate::support::database::on_both_engines;

async fn redeem(store: &Store, id: PassId, now: Timestamp) -> bool {
    change!(store, |conn| passes::redeem(conn, id, now))
}

async fn count_try(store: &Store, id: PassId) -> bool {
    change!(store, |conn| passes::count_try(conn, id))
}

on_both_engines! {
    async fn a_new_pass_takes_the_place_of_the_old_one(store: Store) {
        let (ada, bob) = (add_user(&store, "ada").await, add_user(&store, "bob").await);
        let others = add_pass(&store, &bob, false).await;
        let old = add_pass(&store, &ada, true).await;
        assert!(count_try(&store, old.id).await);
        assert!(count_try(&store, old.id).await);
        assert!(redeem(&store, old.id, noon()).await);

        let new = pass(&ada, false);
        let replaced = change!(store, [new] |conn| passes::replace(conn, &new, "new hash"));
        assert_eq!(replaced, Some(old.id));
        let found = read!(store, |conn| passes::by_user(conn, ada.id));
        assert_eq!(found, Some((new, "new hash".into())), "neither used nor tried");
        assert!(!redeem(&store, old.id, noon()).await, "the old one works no more");
        let found = read!(store, |conn| passes::by_user(conn, bob.id));
        assert_eq!(found, Some((others, "hash".into())), "somebody else's is left alone");
    }

    async fn admins_who_issue_at_once_leave_one_pass_and_miss_none(store: Store) {
        let ada = add_user(&store, "ada").await;
        let all: Vec<_> = (0..40).map(|_| pass(&ada, true)).collect();
        let replaced = race(40, |number| {
            let (store, pass) = (store.clone(), all[number].clone());
            async move { change!(store, |conn| passes::replace(conn, &pass, "hash")) }
        })
        .await;
        assert_eq!(count(&store, "passes").await, 1);
        let last = read!(store, |conn| passes::by_user(conn, ada.id)).unwrap().0.id;
        // Whoever replaces a pass ends what rests on it: none may be missed, none taken twice.
        let mut told: Vec<PassId> = replaced.into_iter().flatten().chain([last]).collect();
        told.sort_unstable();
        let all: BTreeSet<PassId> = all.into_iter().map(|pass| pass.id).collect();
        assert_eq!(told, all.into_iter().collect::<Vec<_>>());
    }

    async fn an_admin_learns_of_the_pass_that_another_issued_a_moment_before(store: Store) {
        let ada = add_user(&store, "ada").await;
        // With no pass before, and then with one.
        for _ in 0..2 {
            let (first, second) = (pass(&ada, true), pass(&ada, true));
            let written = Arc::new(Notify::new());
            let (id, told, other) = (first.id, Arc::clone(&written), store.clone());
            let slow = tokio::spawn(async move {
                let outcome = other.write(move |conn| {
                    Box::pin(async move {
                        passes::replace(conn, &first, "hash").await?;
                        told.notify_one();
                        tokio::time::sleep(Duration::from_millis(200)).await;
                        Ok(())
                    })
                });
                outcome.await.unwrap();
            });
            written.notified().await;
            let replaced = change!(store, |conn| passes::replace(conn, &second, "hash"));
            slow.await.unwrap();
            assert_eq!(replaced, Some(id));
        }
    }

    async fn a_one_time_pass_works_once_of_200_times_at_once(store: Store) {
        let ada = add_user(&store, "ada").await;
        let pass = add_pass(&store, &ada, true).await;
        let redeemed = race(200, |_| {
            let store = store.clone();
            async move { redeem(&store, pass.id, noon()).await }
        })
        .await;
        assert_eq!(yes(&redeemed), 1);
        assert!(!redeem(&store, pass.id, noon().plus(minutes(1))).await);
    }

    async fn a_multi_use_pass_works_every_time(store: Store) {
        let ada = add_user(&store, "ada").await;
        let pass = add_pass(&store, &ada, false).await;
        let redeemed = race(90, |_| {
            let store = store.clone();
            async move { count_try(&store, pass.id).await && redeem(&store, pass.id, noon()).await }
        })
        .await;
        assert_eq!(yes(&redeemed), 90);
        let (after, _) = read!(store, |conn| passes::by_user(conn, ada.id)).unwrap();
        assert_eq!((after.failures, after.used_at), (0, Some(noon())));
    }

    async fn a_pass_works_from_its_start_until_its_end(store: Store) {
        let moment = Duration::from_micros(1);
        for (number, (when, works)) in [
            (noon().minus(moment), false),
            (noon(), true),
            (noon().plus(minutes(60)).minus(moment), true),
            (noon().plus(minutes(60)), false),
            (noon().plus(minutes(60 * 24 * 365)), false),
        ]
        .into_iter()
        .enumerate()
        {
            for one_time in [true, false] {
                let user = add_user(&store, &format!("user{number}{one_time}")).await;
                let pass = add_pass(&store, &user, one_time).await;
                assert_eq!(redeem(&store, pass.id, when).await, works, "{when}, {one_time}");
            }
        }
    }

    async fn a_pass_is_void_after_100_wrong_tries(store: Store) {
        let ada = add_user(&store, "ada").await;
        let pass = add_pass(&store, &ada, false).await;
        for number in 1..=FAILURES_MAX {
            assert!(count_try(&store, pass.id).await, "try {number}");
        }
        assert!(!count_try(&store, pass.id).await);
        assert!(!count_try(&store, pass.id).await);
        let (after, _) = read!(store, |conn| passes::by_user(conn, ada.id)).unwrap();
        assert_eq!(after.failures, FAILURES_MAX);
    }

    async fn guesses_at_once_cannot_outrun_the_limit(store: Store) {
        let ada = add_user(&store, "ada").await;
        let pass = add_pass(&store, &ada, true).await;
        let counted = race(150, |_| {
            let store = store.clone();
            async move { count_try(&store, pass.id).await }
        })
        .await;
        assert_eq!(yes(&counted), FAILURES_MAX as usize);
    }

    async fn a_right_try_does_not_count_as_a_wrong_one(store: Store) {
        let ada = add_user(&store, "ada").await;
        let pass = add_pass(&store, &ada, false).await;
        for _ in 0..3 {
            assert!(count_try(&store, pass.id).await);
        }
        assert!(redeem(&store, pass.id, noon()).await);
        let (after, _) = read!(store, |conn| passes::by_user(conn, ada.id)).unwrap();
        assert_eq!(after.failures, 2);
    }

    async fn a_deleted_pass_works_no_more_and_is_deleted_once(store: Store) {
        let ada = add_user(&store, "ada").await;
        let pass = add_pass(&store, &ada, false).await;
        let deleted = race(20, |_| {
            let store = store.clone();
            async move { change!(store, |conn| passes::delete(conn, ada.id)) }
        })
        .await;
        assert_eq!(deleted.into_iter().flatten().collect::<Vec<_>>(), [pass.id]);
        assert!(!redeem(&store, pass.id, noon()).await);
        assert!(!count_try(&store, pass.id).await);
        assert_eq!(read!(store, |conn| passes::by_user(conn, ada.id)), None);
    }
}
