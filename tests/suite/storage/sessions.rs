//! Sessions, and what ends them.

use firstkey::domain::id::SessionId;
use firstkey::domain::session::{Proof, Session};
use firstkey::domain::time::Timestamp;
use firstkey::store::{Store, activity, browser_sessions, sessions};

use super::fixtures::{
    KEY, add_pass, add_session, add_user, change, key_session, minutes, noon, pass_session, race,
    read, yes,
};
use crate::support::database::on_both_engines;

async fn find(store: &Store, id: SessionId) -> Session {
    read!(store, |conn| sessions::by_id(conn, id)).expect("the session")
}

async fn ended(store: &Store, session: &Session) -> Option<Timestamp> {
    find(store, session.id).await.ended_at
}

on_both_engines! {
    async fn a_session_is_kept_as_it_was_opened(store: Store) {
        let ada = add_user(&store, "ada").await;
        let pass = add_pass(&store, &ada, true).await;
        for session in [key_session(&ada), pass_session(&ada, &pass)] {
            add_session(&store, &session, "browser").await;
            assert_eq!(find(&store, session.id).await, session);
        }
    }

    async fn a_key_added_to_a_session_is_remembered(store: Store) {
        let ada = add_user(&store, "ada").await;
        let pass = add_pass(&store, &ada, true).await;
        let session = pass_session(&ada, &pass);
        add_session(&store, &session, "browser").await;
        let stronger = session.strengthened(Proof::of(KEY, noon().plus(minutes(5))));
        add_session(&store, &stronger, "browser").await;
        assert_eq!(find(&store, stronger.id).await, stronger);
    }

    async fn an_ended_session_does_not_come_back(store: Store) {
        let ada = add_user(&store, "ada").await;
        let session = key_session(&ada);
        add_session(&store, &session, "browser").await;
        change!(store, |conn| sessions::end_by_user(conn, ada.id, noon()));
        // A request that read it before it was ended stores it again.
        add_session(&store, &session.clone().strengthened(Proof::of(KEY, noon().plus(minutes(1)))), "browser").await;
        assert_eq!(ended(&store, &session).await, Some(noon()));
    }

    async fn taking_a_pass_back_ends_what_rests_on_it_alone(store: Store) {
        let (ada, bob) = (add_user(&store, "ada").await, add_user(&store, "bob").await);
        let (pass, others) = (add_pass(&store, &ada, false).await, add_pass(&store, &bob, false).await);
        let alone = [pass_session(&ada, &pass), pass_session(&ada, &pass)];
        let with_key = pass_session(&ada, &pass).strengthened(Proof::of(KEY, noon()));
        let (key_only, somebody_else) = (key_session(&ada), pass_session(&bob, &others));
        for session in alone.iter().chain([&with_key, &key_only, &somebody_else]) {
            add_session(&store, session, "browser").await;
        }
        let (first, later) = (noon().plus(minutes(1)), noon().plus(minutes(2)));
        for when in [first, later] {
            change!(store, |conn| sessions::end_by_pass(conn, pass.id, when));
        }
        for session in &alone {
            assert_eq!(ended(&store, session).await, Some(first), "ended once");
        }
        for session in [&with_key, &key_only, &somebody_else] {
            assert_eq!(ended(&store, session).await, None);
        }
    }

    async fn signing_out_ends_every_session_of_this_browser_only(store: Store) {
        let (ada, bob) = (add_user(&store, "ada").await, add_user(&store, "bob").await);
        let here = [key_session(&ada), key_session(&bob)];
        let elsewhere = key_session(&ada);
        for session in &here {
            add_session(&store, session, "here").await;
        }
        add_session(&store, &elsewhere, "elsewhere").await;
        change!(store, |conn| sessions::end_by_browser(conn, "here", noon()));
        for session in &here {
            assert_eq!(ended(&store, session).await, Some(noon()));
        }
        assert_eq!(ended(&store, &elsewhere).await, None);
    }

    async fn disabling_a_person_ends_every_session_of_theirs_only(store: Store) {
        let (ada, bob) = (add_user(&store, "ada").await, add_user(&store, "bob").await);
        let (one, two, other) = (key_session(&ada), key_session(&ada), key_session(&bob));
        for (session, browser) in [(&one, "here"), (&two, "elsewhere"), (&other, "here")] {
            add_session(&store, session, browser).await;
        }
        let live = |now| {
            let store = store.clone();
            async move { read!(store, |conn| activity::of_user(conn, ada.id, now)).len() }
        };
        assert_eq!(live(noon()).await, 2);
        assert_eq!(live(one.expires_at).await, 0, "expired ones stand no more");
        change!(store, |conn| sessions::end_by_user(conn, ada.id, noon()));
        assert_eq!(live(noon()).await, 0);
        assert_eq!(ended(&store, &two).await, Some(noon()));
        assert_eq!(ended(&store, &other).await, None);
    }

    async fn whoever_declined_more_methods_is_not_asked_again(store: Store) {
        let ada = add_user(&store, "ada").await;
        let (session, other) = (key_session(&ada), key_session(&ada));
        add_session(&store, &session, "browser").await;
        add_session(&store, &other, "browser").await;
        change!(store, |conn| sessions::decline_offer(conn, session.id));
        assert!(find(&store, session.id).await.offer_declined);
        assert!(!find(&store, other.id).await.offer_declined);
    }

    async fn a_cookie_finds_its_own_record_until_it_expires(store: Store) {
        let (soon, later) = (noon().plus(minutes(5)), noon().plus(minutes(60)));
        assert!(change!(store, |conn| browser_sessions::insert(conn, "a", None, "1", soon)));
        assert!(!change!(store, |conn| browser_sessions::insert(conn, "a", None, "2", later)));
        change!(store, |conn| browser_sessions::insert(conn, "b", None, "3", later));
        let get = |id: &'static str, now| {
            let store = store.clone();
            async move { read!(store, |conn| browser_sessions::get(conn, id, now)) }
        };
        assert_eq!(get("a", noon()).await, Some(("1".into(), soon)));
        assert_eq!(get("b", noon()).await, Some(("3".into(), later)));
        assert_eq!(get("a", soon).await, None);
        assert_eq!(get("A", noon()).await, None);
        assert!(change!(store, |conn| browser_sessions::update(conn, "a", "4", later)));
        assert_eq!(get("a", soon).await, Some(("4".into(), later)));
        change!(store, |conn| browser_sessions::delete(conn, "a"));
        assert_eq!(get("a", noon()).await, None);
        // A request that was under way meanwhile does not bring it back.
        assert!(!change!(store, |conn| browser_sessions::update(conn, "a", "5", later)));
        assert_eq!(get("a", noon()).await, None);
    }

    async fn two_browsers_never_share_a_cookie(store: Store) {
        let made = race(30, |_| {
            let store = store.clone();
            async move { change!(store, |conn| browser_sessions::insert(conn, "a", None, "1", noon())) }
        })
        .await;
        assert_eq!(yes(&made), 1);
    }
}
