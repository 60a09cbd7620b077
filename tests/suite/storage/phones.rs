//! Phones and what waits for them: decided once, redeemed once, gone with their person.

use firstkey::crypto::random::SystemRandom;
use firstkey::domain::credential::{Credential, MethodKind};
use firstkey::domain::id::PhoneRequestId;
use firstkey::domain::journey::Journey;
use firstkey::domain::phone::{Number, PhoneRequest, REQUEST_LIFETIME, RequestState};
use firstkey::domain::time::Timestamp;
use firstkey::domain::user::User;
use firstkey::store::phone_requests::{self, Verdict};
use firstkey::store::{Store, credentials, expired, journeys, phones, users};

use super::fixtures::{
    add_user, change, count, credential, journey, minutes, noon, race, read, yes,
};
use crate::support::database::on_both_engines;

async fn add_journey(store: &Store) -> Journey {
    let journey = journey("browser");
    change!(store, [journey] | conn | journeys::insert(conn, &journey));
    journey
}

async fn add_phone(store: &Store, user: &User) -> Credential {
    let phone = Credential { kind: MethodKind::Phone, ..credential(user, user.username.as_str()) };
    let kept = phone.clone();
    change!(
        store,
        [kept]
            | conn
            | async {
                credentials::insert(conn, &kept).await?;
                phones::insert(conn, kept.id, None).await
            }
    );
    phone
}

fn request(user: &User, journey: &Journey, browser: &str, at: Timestamp) -> PhoneRequest {
    PhoneRequest {
        id: PhoneRequestId::new(at, &SystemRandom),
        user_id: Some(user.id),
        journey_id: journey.id,
        browser: browser.into(),
        number: Number::generate(&SystemRandom),
        app: Some("Wiki".into()),
        address: None,
        agent: None,
        known: false,
        state: RequestState::Waiting,
        created_at: at,
        expires_at: at.plus(REQUEST_LIFETIME),
        redeemed_at: None,
    }
}

async fn add(store: &Store, request: &PhoneRequest) {
    change!(store, [request] | conn | phone_requests::insert(conn, &request));
}

fn approval(user: &User, phone: &Credential) -> Verdict {
    let redeem_until = noon().plus(minutes(1));
    Verdict { method: phone.id, user: user.id, approved: true, user_verified: true, redeem_until }
}

on_both_engines! {
    async fn of_many_decisions_and_of_many_redemptions_one_counts(store: Store) {
        let (ada, journey) = (add_user(&store, "ada").await, add_journey(&store).await);
        let phone = add_phone(&store, &ada).await;
        let asked = request(&ada, &journey, "browser", noon());
        add(&store, &asked).await;
        let (id, verdict) = (asked.id, approval(&ada, &phone));
        let decided = race(20, |_| {
            let store = store.clone();
            async move { change!(store, |conn| phone_requests::decide(conn, id, verdict, noon())) }
        });
        assert_eq!(yes(&decided.await), 1);
        let redeemed = race(20, |_| {
            let (store, asked) = (store.clone(), asked.clone());
            async move {
                change!(store, |conn| phone_requests::redeem(conn, &asked, "browser", noon()))
            }
        });
        assert_eq!(yes(&redeemed.await), 1);
    }
}

on_both_engines! {
    async fn nobody_else_decides_and_no_other_browser_redeems(store: Store) {
        let (ada, grace) = (add_user(&store, "ada").await, add_user(&store, "grace").await);
        let journey = add_journey(&store).await;
        let (phone, hers) = (add_phone(&store, &ada).await, add_phone(&store, &grace).await);
        let asked = request(&ada, &journey, "browser", noon());
        add(&store, &asked).await;
        let id = asked.id;
        let late = noon().plus(REQUEST_LIFETIME);
        let right = approval(&ada, &phone);
        for (verdict, now) in [
            (approval(&grace, &hers), noon()),
            (Verdict { method: hers.id, ..right }, noon()),
            (Verdict { user: grace.id, ..right }, noon()),
            (right, late),
        ] {
            assert!(!change!(store, |conn| phone_requests::decide(conn, id, verdict, now)));
        }
        assert!(change!(store, |conn| phone_requests::decide(conn, id, right, noon())));
        for (browser, now) in [("another", noon()), ("browser", noon().plus(minutes(1)))] {
            assert!(!change!(store, [asked] |conn| phone_requests::redeem(conn, &asked, browser, now)));
        }
        // The phone is removed after it approved.
        let (user, method) = (ada.id, phone.id);
        change!(store, |conn| credentials::delete(conn, user, method));
        assert!(!change!(store, [asked] |conn| phone_requests::redeem(conn, &asked, "browser", noon())));
        assert_eq!(count(&store, "phones").await, 1, "what is known of it goes with it");
    }
}

on_both_engines! {
    async fn a_known_browser_comes_first_and_then_whoever_came_first(store: Store) {
        let (ada, journey) = (add_user(&store, "ada").await, add_journey(&store).await);
        let second = std::time::Duration::from_secs(1);
        let first = request(&ada, &journey, "stranger", noon());
        let later = request(&ada, &journey, "another stranger", noon().plus(second));
        let own = PhoneRequest {
            known: true,
            ..request(&ada, &journey, "hers", noon().plus(second * 2))
        };
        let front = async |now| {
            let user = ada.id;
            read!(store, |conn| phone_requests::front(conn, user, now)).map(|it| it.id)
        };
        add(&store, &first).await;
        add(&store, &later).await;
        assert_eq!(front(noon()).await, Some(first.id));
        add(&store, &own).await;
        assert_eq!(front(noon()).await, Some(own.id));
        // The same browser again takes back its own, and nobody else's.
        let again = PhoneRequest { id: PhoneRequestId::new(noon(), &SystemRandom), ..own.clone() };
        add(&store, &again).await;
        assert_eq!(front(noon()).await, Some(again.id));
        assert_eq!(front(noon().plus(REQUEST_LIFETIME)).await, Some(again.id));
        assert_eq!(front(noon().plus(minutes(2))).await, None);
        // A person who is removed leaves nothing.
        let user = ada.id;
        change!(store, |conn| users::delete(conn, user));
        assert_eq!(count(&store, "phone_requests").await, 0);
    }
}

on_both_engines! {
    async fn what_waits_for_a_phone_is_forgotten_an_hour_later(store: Store) {
        let (ada, journey) = (add_user(&store, "ada").await, add_journey(&store).await);
        add(&store, &request(&ada, &journey, "browser", noon())).await;
        let now = noon().plus(minutes(59));
        change!(store, |conn| expired::delete_batch(conn, now));
        assert_eq!(count(&store, "phone_requests").await, 1);
        let now = noon().plus(minutes(62));
        change!(store, |conn| expired::delete_batch(conn, now));
        assert_eq!(count(&store, "phone_requests").await, 0);
    }
}
