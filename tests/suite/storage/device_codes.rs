//! Requests of devices: decided once, redeemed once, and swept up.

use std::time::Duration;

use firstkey::crypto::random::SystemRandom;
use firstkey::domain::client::Scope;
use firstkey::domain::device::{DEVICE_CODE_LIFETIME, DeviceRequest, DeviceState, UserCode};
use firstkey::domain::id::{ClientId, GrantId, JourneyId, SessionId};
use firstkey::domain::registered_device::Told;
use firstkey::store::{Store, clients, device_codes, expired};

use super::fixtures::{add_client, change, count, noon, race, read, yes};
use crate::support::database::on_both_engines;

const DAY: Duration = Duration::from_secs(24 * 60 * 60);

fn request(user_code: &str) -> DeviceRequest {
    DeviceRequest {
        user_code: UserCode::parse(user_code).unwrap(),
        client_id: ClientId("wiki".into()),
        scopes: vec![Scope::OpenId, Scope::OfflineAccess],
        resources: vec!["https://api.example".into()],
        told: Told {
            name: Some("ADA-LAPTOP".into()),
            platform: None,
            thumbprint: Some("x".repeat(43)),
        },
        address: Some("2001:db8::1".into()),
        asked_at: noon(),
        expires_at: noon().plus(DEVICE_CODE_LIFETIME),
    }
}

async fn asked(store: &Store, hash: &'static str, user_code: &str) -> bool {
    let request = request(user_code);
    change!(store, [request] | conn | device_codes::insert(conn, hash, &request))
}

async fn state(store: &Store, hash: &'static str) -> DeviceState {
    read!(store, |conn| device_codes::by_hash(conn, hash)).unwrap().state
}

fn ids() -> (GrantId, (JourneyId, SessionId)) {
    let journey = JourneyId::new(noon(), &SystemRandom);
    (GrantId::new(noon(), &SystemRandom), (journey, SessionId::new(noon(), &SystemRandom)))
}

on_both_engines! {
    async fn a_request_is_found_by_its_codes_and_a_user_code_is_nobody_elses(store: Store) {
        add_client(&store, "wiki").await;
        assert!(asked(&store, "one", "BBBB-BBBB").await);
        assert!(!asked(&store, "two", "BBBB-BBBB").await, "it is taken");
        let found = read!(store, |conn| device_codes::by_hash(conn, "one")).unwrap();
        assert_eq!(found.request, request("BBBB-BBBB"));
        assert_eq!((found.state, found.redeemed_at), (DeviceState::Pending, None));
        let code = UserCode::parse("bbbbbbbb").unwrap();
        let found = read!(store, |conn| device_codes::pending(conn, &code, noon()));
        assert_eq!(found, Some(("one".to_owned(), request("BBBB-BBBB"))));
        let end = noon().plus(DEVICE_CODE_LIFETIME);
        assert_eq!(read!(store, |conn| device_codes::pending(conn, &code, end)), None);
        assert_eq!(read!(store, |conn| device_codes::by_hash(conn, "two")), None);
        let wiki = ClientId("wiki".into());
        change!(store, |conn| clients::delete(conn, &wiki));
        assert_eq!(count(&store, "device_codes").await, 0, "it goes with its application");
    }

    async fn of_many_who_decide_at_once_one_counts(store: Store) {
        add_client(&store, "wiki").await;
        asked(&store, "code", "BBBB-BBBB").await;
        let decided = race(20, |number| {
            let (store, (grant, journey)) = (store.clone(), ids());
            async move {
                if number % 2 == 0 {
                    change!(store, |conn| device_codes::approve(conn, "code", grant, journey, noon()))
                } else {
                    change!(store, |conn| device_codes::deny(conn, "code", noon()))
                }
            }
        })
        .await;
        assert_eq!(yes(&decided), 1);
        assert_ne!(state(&store, "code").await, DeviceState::Pending);
    }

    async fn of_many_who_redeem_at_once_one_wins_and_none_before_it_is_allowed(store: Store) {
        add_client(&store, "wiki").await;
        let redeem = |store: &Store, hash: &'static str| {
            let store = store.clone();
            async move { change!(store, |conn| device_codes::redeem(conn, hash, noon())) }
        };
        asked(&store, "code", "BBBB-BBBB").await;
        asked(&store, "denied", "CCCC-CCCC").await;
        assert!(!redeem(&store, "code").await, "nobody has decided");
        change!(store, |conn| device_codes::deny(conn, "denied", noon()));
        assert!(!redeem(&store, "denied").await);
        let (grant, journey) = ids();
        change!(store, |conn| device_codes::approve(conn, "code", grant, journey, noon()));
        assert_eq!(state(&store, "code").await, DeviceState::Approved(grant, journey.0));
        let redeemed = race(20, |_| redeem(&store, "code")).await;
        assert_eq!(yes(&redeemed), 1);
    }

    async fn nothing_happens_after_the_end(store: Store) {
        add_client(&store, "wiki").await;
        asked(&store, "code", "BBBB-BBBB").await;
        asked(&store, "allowed", "CCCC-CCCC").await;
        let (grant, journey) = ids();
        change!(store, |conn| device_codes::approve(conn, "allowed", grant, journey, noon()));
        let end = noon().plus(DEVICE_CODE_LIFETIME);
        assert!(!change!(store, |conn| device_codes::approve(conn, "code", grant, journey, end)));
        assert!(!change!(store, |conn| device_codes::deny(conn, "code", end)));
        assert!(!change!(store, |conn| device_codes::redeem(conn, "allowed", end)));
        // Kept for a day, so that a device hears that it is late, and a replay is recognised.
        change!(store, |conn| expired::delete_batch(conn, end));
        assert_eq!(count(&store, "device_codes").await, 2);
        change!(store, |conn| expired::delete_batch(conn, end.plus(DAY)));
        assert_eq!(count(&store, "device_codes").await, 0);
    }

    async fn polls_side_by_side_are_slowed_down_one_by_one(store: Store) {
        add_client(&store, "wiki").await;
        asked(&store, "code", "BBBB-BBBB").await;
        let in_time = race(10, |_| {
            let store = store.clone();
            async move { change!(store, |conn| device_codes::poll(conn, "code", noon())) }
        })
        .await;
        assert_eq!(yes(&in_time), 1);
        // Nine came too soon: 5 and 45 seconds, give or take the one that networks need.
        let poll = async |seconds: u64| {
            let now = noon().plus(Duration::from_secs(seconds));
            change!(store, |conn| device_codes::poll(conn, "code", now))
        };
        assert!(poll(49).await);
        assert!(!poll(97).await, "48 seconds after the last one");
    }
}
