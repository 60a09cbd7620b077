//! Whoever guesses waits, from however many windows at once.

use firstkey::domain::attempts::{FORGET_AFTER, FREE_TRIES, delay_after};
use firstkey::domain::time::Timestamp;
use firstkey::store::attempts::{self, Admission};
use firstkey::store::{Store, expired};

use super::fixtures::{change, count, minutes, noon, race};
use crate::support::database::on_both_engines;

async fn admit(store: &Store, key: &str, now: Timestamp) -> Admission {
    let key = key.to_owned();
    change!(store, |conn| attempts::admit(conn, &key, now))
}

/// Uses up the free tries at noon; the next one is heard at the returned time.
async fn guess_away(store: &Store, key: &str) -> Timestamp {
    for number in 1..=FREE_TRIES {
        assert_eq!(admit(store, key, noon()).await, Admission::Admitted, "try {number}");
    }
    noon().plus(delay_after(FREE_TRIES))
}

on_both_engines! {
    async fn five_tries_are_free_and_then_one_waits(store: Store) {
        let until = guess_away(&store, "ada").await;
        assert_eq!(admit(&store, "ada", noon()).await, Admission::Blocked { until });
        assert_eq!(admit(&store, "bob", noon()).await, Admission::Admitted, "somebody else");
    }

    async fn trying_while_blocked_makes_the_wait_no_longer(store: Store) {
        let until = guess_away(&store, "ada").await;
        let just_before = until.minus(std::time::Duration::from_micros(1));
        for _ in 0..10 {
            assert_eq!(admit(&store, "ada", just_before).await, Admission::Blocked { until });
        }
        assert_eq!(admit(&store, "ada", until).await, Admission::Admitted);
    }

    async fn no_more_is_taken_back_than_was_counted(store: Store) {
        admit(&store, "ada", noon()).await;
        for _ in 0..3 {
            change!(store, |conn| attempts::excuse(conn, "ada"));
        }
        let until = guess_away(&store, "ada").await;
        assert_eq!(admit(&store, "ada", noon()).await, Admission::Blocked { until });
    }

    async fn every_further_wrong_try_doubles_the_wait(store: Store) {
        let mut now = guess_away(&store, "ada").await;
        for further in 1..=6 {
            assert_eq!(admit(&store, "ada", now).await, Admission::Admitted);
            let until = now.plus(delay_after(FREE_TRIES + further));
            assert_eq!(admit(&store, "ada", now).await, Admission::Blocked { until });
            now = until;
        }
        assert!(now > noon().plus(minutes(20)), "{now}");
    }

    async fn the_right_pass_wipes_the_slate_clean(store: Store) {
        guess_away(&store, "ada").await;
        guess_away(&store, "bob").await;
        change!(store, |conn| attempts::forgive(conn, "ada"));
        guess_away(&store, "ada").await;
        assert!(matches!(admit(&store, "bob", noon()).await, Admission::Blocked { .. }));
    }

    async fn wrong_tries_are_forgotten_after_a_day(store: Store) {
        guess_away(&store, "ada").await;
        guess_away(&store, "bob").await;
        // Whether the row is still there or has been swept away.
        let tomorrow = noon().plus(FORGET_AFTER);
        for _ in 0..FREE_TRIES {
            assert_eq!(admit(&store, "ada", tomorrow).await, Admission::Admitted);
        }
        assert!(matches!(admit(&store, "ada", tomorrow).await, Admission::Blocked { .. }));
        assert_eq!(change!(store, |conn| expired::delete_batch(conn, tomorrow)), 1);
        assert_eq!(count(&store, "attempts").await, 1);
        assert_eq!(admit(&store, "bob", tomorrow).await, Admission::Admitted);
    }

    /// [Attacks] NIST SP 800-63B-4 §3.2.2 · guessing in parallel
    async fn of_50_guesses_at_once_five_are_heard(store: Store) {
        let answers = race(50, |_| {
            let store = store.clone();
            async move { admit(&store, "ada", noon()).await }
        })
        .await;
        let heard = answers.iter().filter(|answer| **answer == Admission::Admitted).count();
        assert_eq!(heard, FREE_TRIES as usize);
        let until = noon().plus(delay_after(FREE_TRIES));
        let blocked = answers.iter().filter(|answer| **answer == Admission::Blocked { until });
        assert_eq!(blocked.count(), 45);
    }
}
