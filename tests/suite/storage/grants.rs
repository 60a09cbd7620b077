//! What applications were given: codes and refresh tokens are good once, and can be taken back.

use std::sync::Arc;
use std::time::Duration;

use firstkey::crypto::token;
use firstkey::domain::client::Client;
use firstkey::domain::grant::{Code, Grant};
use firstkey::domain::id::GrantId;
use firstkey::domain::session::Session;
use firstkey::domain::time::Timestamp;
use firstkey::service::authorization::{Asked, GrantError};
use firstkey::store::{Store, clients, grants, journeys};
use tokio::sync::Notify;

use super::fixtures::{
    REDIRECT_URI, World, add_client, add_grant, add_session, add_user, change, count, journey,
    key_session, minutes, noon, origin, presented, race, read, yes,
};
use crate::support::database::on_both_engines;

fn later() -> Timestamp {
    noon().plus(minutes(60))
}

fn code(grant: &Grant, expires_at: Timestamp) -> Code {
    Code {
        grant_id: grant.id,
        journey_id: None,
        redirect_uri: REDIRECT_URI.into(),
        code_challenge: Some("challenge".into()),
        expires_at,
    }
}

/// A grant of Ada's to the wiki.
async fn granted(store: &Store) -> Grant {
    let (ada, wiki) = (add_user(store, "ada").await, add_client(store, "wiki").await);
    let session = key_session(&ada);
    add_session(store, &session, "browser").await;
    add_grant(store, &session, &wiki, later()).await
}

async fn add_code(store: &Store, hash: &str, code: Code) {
    let hash = hash.to_owned();
    change!(store, |conn| grants::insert_code(conn, &hash, &code));
}

async fn add_refresh(
    store: &Store,
    hash: &'static str,
    grant: GrantId,
    parent: Option<&'static str>,
) {
    change!(store, |conn| grants::insert_refresh_token(conn, hash, grant, parent, noon(), later()));
}

async fn use_refresh(store: &Store, hash: &'static str, now: Timestamp) -> bool {
    change!(store, |conn| grants::use_refresh_token(conn, hash, now))
}

/// The application asks again, because the answer got lost: another token in place of the lost one.
async fn ask_again(store: &Store, grant: GrantId, parent: &'static str, next: String) -> bool {
    change!(store, |conn| async move {
        let lost = grants::withdraw_unused_children(conn, parent).await?;
        if lost {
            grants::insert_refresh_token(conn, &next, grant, Some(parent), noon(), later()).await?;
        }
        Ok(lost)
    })
}

on_both_engines! {
    async fn a_grant_is_kept_as_it_was_given(store: Store) {
        let grant = granted(&store).await;
        assert_eq!(read!(store, |conn| grants::by_id(conn, grant.id)), Some(grant));
    }

    async fn a_code_is_redeemed_once_of_100_times_at_once(store: Store) {
        let grant = granted(&store).await;
        let row = code(&grant, noon().plus(minutes(1)));
        add_code(&store, "code", row.clone()).await;
        assert_eq!(read!(store, |conn| grants::code(conn, "code")), Some((row.clone(), None)));
        let redeemed = race(100, |_| {
            let store = store.clone();
            async move { change!(store, |conn| grants::redeem_code(conn, "code", noon())) }
        })
        .await;
        assert_eq!(yes(&redeemed), 1);
        let after = read!(store, |conn| grants::code(conn, "code"));
        assert_eq!(after, Some((row, Some(noon()))), "a replay is still recognised");
    }

    async fn an_expired_or_unknown_code_is_not_redeemed(store: Store) {
        let grant = granted(&store).await;
        let end = noon().plus(minutes(1));
        add_code(&store, "code", code(&grant, end)).await;
        assert!(!change!(store, |conn| grants::redeem_code(conn, "code", end)));
        assert!(!change!(store, |conn| grants::redeem_code(conn, "Code", noon())));
        assert!(change!(store, |conn| grants::redeem_code(conn, "code", noon())));
    }

    async fn a_refresh_token_is_used_once_of_100_times_at_once(store: Store) {
        let grant = granted(&store).await;
        add_refresh(&store, "token", grant.id, None).await;
        let used = race(100, |_| {
            let store = store.clone();
            async move { use_refresh(&store, "token", noon()).await }
        })
        .await;
        assert_eq!(yes(&used), 1);
        let row = read!(store, |conn| grants::refresh_token(conn, "token")).unwrap();
        assert_eq!((row.grant_id, row.used_at, row.expires_at), (grant.id, Some(noon()), later()));
    }

    async fn an_expired_refresh_token_is_not_used(store: Store) {
        let grant = granted(&store).await;
        add_refresh(&store, "token", grant.id, None).await;
        assert!(!use_refresh(&store, "token", later()).await);
        assert!(use_refresh(&store, "token", later().minus(Duration::from_micros(1))).await);
    }

    async fn a_lost_answer_is_replaced_but_a_used_one_betrays_a_thief(store: Store) {
        let grant = granted(&store).await;
        add_refresh(&store, "parent", grant.id, None).await;
        assert!(use_refresh(&store, "parent", noon()).await);
        add_refresh(&store, "lost", grant.id, Some("parent")).await;
        add_refresh(&store, "other", grant.id, Some("another parent")).await;

        assert!(ask_again(&store, grant.id, "parent", "child".into()).await);
        // What was withdrawn is kept as used long ago, so that whoever presents it is noticed.
        let lost = read!(store, |conn| grants::refresh_token(conn, "lost")).unwrap();
        assert_eq!(lost.used_at, Some(Timestamp::from_micros(0)));
        assert!(!use_refresh(&store, "lost", noon()).await);
        assert!(use_refresh(&store, "child", noon()).await);
        assert!(!ask_again(&store, grant.id, "parent", "thief".into()).await);
        assert!(read!(store, |conn| grants::refresh_token(conn, "child")).is_some());
        assert!(read!(store, |conn| grants::refresh_token(conn, "other")).is_some());
    }

    async fn a_lost_answer_is_replaced_by_one_token_however_often_one_asks(store: Store) {
        let grant = granted(&store).await;
        add_refresh(&store, "parent", grant.id, None).await;
        assert!(use_refresh(&store, "parent", noon()).await);
        race(30, |number| {
            let store = store.clone();
            async move { ask_again(&store, grant.id, "parent", format!("child {number}")).await }
        })
        .await;
        assert_eq!(count(&store, "refresh_tokens WHERE used_at IS NULL").await, 1);
    }

    async fn a_successor_used_this_very_moment_is_not_taken_for_lost(store: Store) {
        let grant = granted(&store).await;
        add_refresh(&store, "parent", grant.id, None).await;
        assert!(use_refresh(&store, "parent", noon()).await);
        add_refresh(&store, "child", grant.id, Some("parent")).await;
        let used = Arc::new(Notify::new());
        let (told, other) = (Arc::clone(&used), store.clone());
        let using = tokio::spawn(async move {
            change!(other, |conn| async move {
                assert!(grants::use_refresh_token(conn, "child", noon()).await?);
                told.notify_one();
                tokio::time::sleep(Duration::from_millis(200)).await;
                Ok(())
            });
        });
        used.notified().await;
        let lost = ask_again(&store, grant.id, "parent", "thief".into()).await;
        using.await.unwrap();
        assert!(!lost, "the successor arrived: whoever asks again may be a thief");
    }

    async fn a_revoked_grant_stays_revoked_since_then(store: Store) {
        let grant = granted(&store).await;
        for when in [noon(), later()] {
            change!(store, |conn| grants::revoke(conn, grant.id, when));
        }
        let after = read!(store, |conn| grants::by_id(conn, grant.id)).unwrap();
        assert_eq!(after.revoked_at, Some(noon()));
    }

    async fn going_back_withdraws_a_code_unless_it_was_redeemed(store: Store) {
        let grant = granted(&store).await;
        let (ours, theirs) = (journey("browser"), journey("other"));
        for journey in [&ours, &theirs] {
            change!(store, [journey] |conn| journeys::insert(conn, &journey));
        }
        for (hash, journey) in [("ours", &ours), ("theirs", &theirs)] {
            let code = Code { journey_id: Some(journey.id), ..code(&grant, later()) };
            add_code(&store, hash, code).await;
        }
        assert!(change!(store, |conn| grants::withdraw_codes(conn, ours.id)));
        assert!(!change!(store, |conn| grants::withdraw_codes(conn, ours.id)));
        assert_eq!(read!(store, |conn| grants::code(conn, "ours")), None);
        assert!(change!(store, |conn| grants::redeem_code(conn, "theirs", noon())));
        assert!(!change!(store, |conn| grants::withdraw_codes(conn, theirs.id)));
        assert!(read!(store, |conn| grants::code(conn, "theirs")).is_some());
    }

    async fn a_code_is_either_withdrawn_or_redeemed(store: Store) {
        let grant = granted(&store).await;
        for round in 0..10 {
            let journey = journey("browser");
            change!(store, [journey] |conn| journeys::insert(conn, &journey));
            let hash = format!("code {round}");
            add_code(&store, &hash, Code { journey_id: Some(journey.id), ..code(&grant, later()) }).await;
            let won = race(10, |number| {
                let (store, hash, id) = (store.clone(), hash.clone(), journey.id);
                async move {
                    if number % 2 == 0 {
                        change!(store, |conn| grants::redeem_code(conn, &hash, noon()))
                    } else {
                        change!(store, |conn| grants::withdraw_codes(conn, id))
                    }
                }
            })
            .await;
            assert_eq!(yes(&won), 1);
        }
    }

    async fn removing_an_application_takes_back_all_that_it_has(store: Store) {
        let grant = granted(&store).await;
        add_code(&store, "code", code(&grant, later())).await;
        add_refresh(&store, "token", grant.id, None).await;
        let id = grant.client_id.clone();
        assert!(change!(store, |conn| clients::delete(conn, &id)));
        for table in ["grants", "codes", "refresh_tokens"] {
            assert_eq!(count(&store, table).await, 0, "{table}");
        }
    }

    async fn a_stolen_code_sent_20_times_at_once_gives_one_answer_and_is_noticed(world: World) {
        let (client, grant) = code_in_hand(&world, "stolen code").await;
        let answers = race(20, |number| {
            let (services, client) = (world.services.clone(), client.clone());
            async move {
                services.exchange_code(&client, presented("stolen code"), Asked::default(), origin(number)).await
            }
        })
        .await;
        for answer in answers.iter().filter_map(|answer| answer.as_ref().err()) {
            assert!(matches!(answer, GrantError::Invalid(_)), "{answer:?}");
        }
        // The replay may revoke the grant before the first answer has been signed.
        assert!(answers.iter().filter(|answer| answer.is_ok()).count() <= 1);
        let after = read!(world.store, |conn| grants::by_id(conn, grant.id)).unwrap();
        assert!(after.revoked_at.is_some());
        assert!(count(&world.store, "audit_events WHERE activity = 'replayDetected'").await >= 1);
    }

    async fn a_refresh_sent_20_times_at_once_leaves_one_token_that_works(world: World) {
        let (client, _) = code_in_hand(&world, "code").await;
        let services = &world.services;
        let first = services.exchange_code(&client, presented("code"), Asked::default(), origin(0)).await.unwrap();
        let token = first.refresh_token.unwrap();
        let answers = race(20, |number| {
            let (services, client, token) = (services.clone(), client.clone(), token.clone());
            async move { services.refresh(&client, token.reveal(), Asked::default(), origin(number)).await }
        })
        .await;
        let mut works = Vec::new();
        for answer in answers {
            let answer = answer.expect("all asked within the seconds in which an answer gets lost");
            let next = answer.refresh_token.unwrap();
            let row = read!(world.store, |conn| grants::refresh_token(conn, &next.hash()));
            if row.is_some_and(|row| row.used_at.is_none()) {
                works.push(next);
            }
        }
        assert_eq!(works.len(), 1);
        services.refresh(&client, works[0].reveal(), Asked::default(), origin(0)).await.unwrap();
    }
}

/// An application that has been given this code, by somebody who signed in just now.
async fn code_in_hand(world: &World, value: &str) -> (Client, Grant) {
    let (ada, wiki) = (add_user(&world.store, "ada").await, add_client(&world.store, "wiki").await);
    let now = world.services.now();
    let session = Session {
        auth_time: now,
        created_at: now,
        expires_at: now.plus(minutes(60)),
        ..key_session(&ada)
    };
    add_session(&world.store, &session, "browser").await;
    let grant = add_grant(&world.store, &session, &wiki, now.plus(minutes(11))).await;
    let row = Code { code_challenge: None, ..code(&grant, now.plus(minutes(1))) };
    add_code(&world.store, &token::hash(value), row).await;
    (wiki, grant)
}
