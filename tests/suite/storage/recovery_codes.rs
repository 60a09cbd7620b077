//! Recovery codes, and registering anew.

use firstkey::crypto::random::SystemRandom;
use firstkey::domain::id::{RecoverySetId, UserId};
use firstkey::domain::recovery::origin;
use firstkey::domain::session::{Proof, Session};
use firstkey::store::{Store, activity, credentials, recovery_codes, sessions, users};

use super::fixtures::{
    KEY, add_session, add_user, change, count, credential, key_session, minutes, noon, race, read,
    yes,
};
use crate::support::database::on_both_engines;

fn set_id() -> RecoverySetId {
    RecoverySetId::new(noon(), &SystemRandom)
}

/// Stores a set of three codes, named by a letter.
async fn replace(
    store: &Store,
    user: UserId,
    seen: Option<RecoverySetId>,
    set: RecoverySetId,
    letter: &str,
) -> bool {
    let hashes: Vec<String> = (1..=3).map(|number| format!("{user} {letter}{number}")).collect();
    change!(store, |conn| recovery_codes::replace(conn, user, seen, set, &hashes, noon()))
}

async fn redeem(store: &Store, user: UserId, whose: UserId, code: &str) -> bool {
    let hash = format!("{whose} {code}");
    change!(store, |conn| recovery_codes::redeem(conn, user, &hash, noon()))
}

async fn left(store: &Store, user: UserId) -> Option<u32> {
    read!(store, |conn| recovery_codes::by_user(conn, user)).map(|set| set.left)
}

on_both_engines! {
    /// [Attacks] NIST SP 800-63B-4 §4.2.1.1 · a recovery code redeemed in parallel
    async fn a_recovery_code_works_once_of_50_times_at_once(store: Store) {
        let ada = add_user(&store, "ada").await.id;
        assert!(replace(&store, ada, None, set_id(), "a").await);
        let redeemed = race(50, |_| {
            let store = store.clone();
            async move { redeem(&store, ada, ada, "a1").await }
        })
        .await;
        assert_eq!(yes(&redeemed), 1);
        assert_eq!(left(&store, ada).await, Some(2));
        assert!(!redeem(&store, ada, ada, "a1").await);
        assert!(redeem(&store, ada, ada, "a2").await, "the others work");
    }

    async fn a_code_opens_nobody_elses_account(store: Store) {
        let (ada, bob) = (add_user(&store, "ada").await.id, add_user(&store, "bob").await.id);
        assert!(replace(&store, ada, None, set_id(), "a").await);
        assert!(replace(&store, bob, None, set_id(), "a").await);
        assert!(!redeem(&store, bob, ada, "a1").await);
        assert!(redeem(&store, ada, ada, "a1").await);
        assert_eq!((left(&store, ada).await, left(&store, bob).await), (Some(2), Some(3)));
    }

    async fn a_new_set_ends_the_old_one_at_once(store: Store) {
        let ada = add_user(&store, "ada").await.id;
        let (first, second) = (set_id(), set_id());
        assert!(replace(&store, ada, None, first, "a").await);
        assert!(redeem(&store, ada, ada, "a1").await);
        assert!(replace(&store, ada, Some(first), second, "b").await);
        assert!(!redeem(&store, ada, ada, "a2").await);
        assert!(redeem(&store, ada, ada, "b1").await);
        assert_eq!(left(&store, ada).await, Some(2));
        assert_eq!(count(&store, "recovery_codes").await, 3, "nothing of the old one stays");
        // Whoever has not seen the second one does not replace it.
        for seen in [None, Some(first)] {
            assert!(!replace(&store, ada, seen, set_id(), "c").await);
        }
        assert!(redeem(&store, ada, ada, "b2").await);
    }

    async fn of_sets_that_are_made_at_once_one_holds(store: Store) {
        let ada = add_user(&store, "ada").await.id;
        for seen in [false, true] {
            let seen = if seen {
                read!(store, |conn| recovery_codes::by_user(conn, ada)).map(|set| set.id)
            } else {
                None
            };
            let made = race(20, |number| {
                let store = store.clone();
                async move { (number, replace(&store, ada, seen, set_id(), &format!("{number}-")).await) }
            })
            .await;
            let won: Vec<_> = made.iter().filter(|(_, won)| *won).map(|(it, _)| *it).collect();
            let [holds] = won[..] else { panic!("{won:?} hold") };
            assert!(redeem(&store, ada, ada, &format!("{holds}-1")).await, "what was shown works");
            assert_eq!(count(&store, "recovery_codes").await, 3);
        }
    }

    async fn an_old_code_and_a_new_set_at_once_leave_one_or_the_other(store: Store) {
        for round in 0..10 {
            let ada = add_user(&store, &format!("ada{round}")).await.id;
            let first = set_id();
            assert!(replace(&store, ada, None, first, "a").await);
            let outcomes = race(2, |number| {
                let store = store.clone();
                async move {
                    let done = if number == 0 {
                        redeem(&store, ada, ada, "a1").await
                    } else {
                        replace(&store, ada, Some(first), set_id(), "b").await
                    };
                    (number, done)
                }
            })
            .await;
            assert!(outcomes.contains(&(1, true)), "the new set is there");
            assert_eq!(left(&store, ada).await, Some(3), "whole, whoever came first");
            assert!(!redeem(&store, ada, ada, "a2").await);
        }
    }

    async fn a_session_remembers_the_code_and_ends_with_its_set(store: Store) {
        let (ada, bob) = (add_user(&store, "ada").await, add_user(&store, "bob").await);
        let open = |user: UserId| {
            let id = firstkey::domain::id::SessionId::new(noon(), &SystemRandom);
            Session::from_recovery_code(id, user, origin(set_id(), noon()), noon())
        };
        let (alone, strong) = (open(ada.id), open(ada.id).strengthened(Proof::of(KEY, noon())));
        let (key, other) = (key_session(&ada), open(bob.id));
        for session in [&alone, &strong, &key, &other] {
            add_session(&store, session, "browser").await;
            let found = read!(store, |conn| sessions::by_id(conn, session.id));
            assert_eq!(found.as_ref(), Some(session));
        }
        let later = noon().plus(minutes(1));
        change!(store, |conn| sessions::end_by_recovery(conn, ada.id, later));
        for (session, ended) in [(&alone, true), (&strong, false), (&key, false), (&other, false)] {
            let found = read!(store, |conn| sessions::by_id(conn, session.id)).unwrap();
            assert_eq!(found.ended_at.is_some(), ended);
        }
        change!(store, |conn| activity::end_others(conn, ada.id, key.id, later));
        for (session, ended) in [(&strong, true), (&key, false), (&other, false)] {
            let found = read!(store, |conn| sessions::by_id(conn, session.id)).unwrap();
            assert_eq!(found.ended_at.is_some(), ended);
        }
    }

    async fn what_is_new_takes_the_place_of_what_is_outdated(store: Store) {
        let (ada, bob) = (add_user(&store, "ada").await, add_user(&store, "bob").await);
        let now = noon().plus(minutes(10));
        for (user, id) in [(&ada, "a"), (&ada, "b"), (&bob, "c")] {
            let method = credential(user, id);
            change!(store, [method] |conn| credentials::insert(conn, &method)).unwrap();
        }
        assert!(change!(store, |conn| users::hold(conn, ada.id, noon())));
        assert!(change!(store, |conn| users::require_registration(conn, ada.id, now)));
        let there = read!(store, |conn| users::by_id(conn, ada.id)).unwrap();
        assert_eq!((there.reregister_since, there.method_count), (Some(now), 2));
        assert!(there.version > ada.version, "who edits them sees it");
        for (registered, holds) in [(noon(), false), (now, false), (now.plus(minutes(1)), true)] {
            assert_eq!(change!(store, |conn| users::hold(conn, ada.id, registered)), holds);
        }
        let mut method = credential(&ada, "d");
        method.created_at = now.plus(minutes(1));
        let replaced = change!(store, [method] |conn| credentials::insert(conn, &method)).unwrap();
        let mut names: Vec<_> = replaced.iter().map(|it| it.credential_id.as_str()).collect();
        names.sort_unstable();
        assert_eq!(names, ["a", "b"], "they are told of");
        let found = read!(store, |conn| credentials::by_user(conn, ada.id));
        assert_eq!(found, [method]);
        let there = read!(store, |conn| users::by_id(conn, ada.id)).unwrap();
        assert_eq!((there.reregister_since, there.method_count), (None, 1));
        assert_eq!(read!(store, |conn| credentials::by_user(conn, bob.id)).len(), 1);
        // A second one takes nobody's place.
        let mut method = credential(&ada, "e");
        method.created_at = now.plus(minutes(2));
        assert_eq!(change!(store, [method] |conn| credentials::insert(conn, &method)), Some(vec![]));
        assert_eq!(read!(store, |conn| credentials::by_user(conn, ada.id)).len(), 2);
    }

    async fn codes_go_with_their_person(store: Store) {
        let ada = add_user(&store, "ada").await.id;
        assert!(replace(&store, ada, None, set_id(), "a").await);
        assert!(change!(store, |conn| users::delete(conn, ada)));
        assert_eq!(count(&store, "recovery_sets").await, 0);
        assert_eq!(count(&store, "recovery_codes").await, 0);
        let missing = UserId::new(noon(), &SystemRandom);
        assert!(!change!(store, |conn| recovery_codes::delete(conn, missing)));
        assert!(!change!(store, |conn| users::require_registration(conn, missing, noon())));
    }
}
