//! Where phones want to be woken.

use firstkey::domain::id::MethodId;
use firstkey::store::{Store, credentials, push};

use super::fixtures::{add_user, change, count, credential, noon, race};
use crate::support::database::on_both_engines;

async fn woken(store: &Store, user: &firstkey::domain::user::User) -> Vec<(MethodId, String)> {
    push::of_user(&mut store.reader().await.unwrap(), user.id).await.unwrap()
}

on_both_engines! {
    async fn instances_that_need_a_key_at_the_same_moment_agree_on_one(store: Store) {
        assert_eq!(push::key(&mut store.reader().await.unwrap()).await.unwrap(), None);
        let kept = race(8, |n| {
            let store = store.clone();
            async move {
                let sealed = format!("key {n}");
                change!(store, [sealed] |conn| push::keep_key(conn, &sealed, noon()))
            }
        })
        .await;
        assert!(kept.iter().all(|key| key == &kept[0]), "{kept:?}");
        let read = push::key(&mut store.reader().await.unwrap()).await.unwrap();
        assert_eq!(read.as_ref(), Some(&kept[0]));
    }

    async fn a_phone_is_woken_where_it_said_last_for_as_long_as_it_is_registered(store: Store) {
        let (ada, bob) = (add_user(&store, "ada").await, add_user(&store, "bob").await);
        let (one, other) = (credential(&ada, "one"), credential(&bob, "other"));
        let (phone, bobs) = (one.id, other.id);
        for method in [one, other] {
            change!(store, [method] |conn| credentials::insert(conn, &method)).unwrap();
        }
        assert!(change!(store, |conn| push::subscribe(conn, phone, "first", noon())));
        assert!(change!(store, |conn| push::subscribe(conn, phone, "second", noon())));
        assert!(change!(store, |conn| push::subscribe(conn, bobs, "bob's", noon())));
        assert_eq!(woken(&store, &ada).await, [(phone, "second".to_owned())]);

        // What its push service says of the address before is nothing about this one.
        change!(store, |conn| push::forget(conn, phone, "first"));
        assert_eq!(woken(&store, &ada).await.len(), 1);
        change!(store, |conn| push::forget(conn, phone, "second"));
        assert_eq!(woken(&store, &ada).await, []);

        assert!(change!(store, |conn| push::subscribe(conn, phone, "third", noon())));
        change!(store, |conn| push::unsubscribe(conn, phone));
        assert_eq!(woken(&store, &ada).await, []);

        assert!(change!(store, |conn| push::subscribe(conn, phone, "fourth", noon())));
        assert!(change!(store, [ada] |conn| credentials::delete(conn, ada.id, phone)));
        assert_eq!(count(&store, "push_subscriptions").await, 1);
        assert!(!change!(store, |conn| push::subscribe(conn, phone, "fifth", noon())));
        assert_eq!(woken(&store, &bob).await, [(bobs, "bob's".to_owned())]);
    }
}
