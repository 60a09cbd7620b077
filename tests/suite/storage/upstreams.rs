//! Links to accounts of an upstream, and who is away there: whoever comes at once, one is first.

use firstkey::domain::time::Timestamp;
use firstkey::domain::upstream::{Upstream, UpstreamSettings};
use firstkey::store::upstreams::{self, Away};
use firstkey::store::{Store, journeys};

use super::fixtures::{add_user, change, journey, minutes, noon, race, read, yes};
use crate::support::database::on_both_engines;

async fn contoso(store: &Store) -> Upstream {
    let upstream = Upstream {
        id: "contoso".parse().unwrap(),
        settings: UpstreamSettings::default(),
        sealed_secret: None,
        enabled: true,
        version: 1,
        created_at: noon(),
    };
    assert!(change!(store, [upstream] | conn | upstreams::insert(conn, &upstream)));
    upstream
}

on_both_engines! {
    async fn a_person_has_one_account_there_and_an_account_one_person(store: Store) {
        let id = contoso(&store).await.id;
        let (ada, bob) = (add_user(&store, "ada").await, add_user(&store, "bob").await);
        let linked = race(8, |number| {
            let (store, id, subject, ada) = (store.clone(), id.clone(), number.to_string(), ada.id);
            async move { change!(store, |conn| upstreams::link(conn, &id, &subject, ada, noon())) }
        });
        assert_eq!(yes(&linked.await), 1, "of eight accounts that call themselves Ada");
        let subject = read!(store, |conn| upstreams::link_of(conn, &id, ada.id)).unwrap().subject;
        let taken = change!(store, [id, subject] |conn| upstreams::link(conn, &id, &subject, bob.id, noon()));
        assert!(!taken, "Ada's account is not Bob's as well");
        let used = change!(store, [id, subject] |conn| upstreams::record_use(conn, &id, &subject, bob.id, noon()));
        assert!(!used);
        assert_eq!(change!(store, [id] |conn| upstreams::unlink(conn, &id, ada.id)), Some(subject));
    }

    async fn of_many_who_come_back_with_one_state_one_is_taken(store: Store) {
        let id = contoso(&store).await.id;
        let journey = journey("browser");
        change!(store, [journey] |conn| journeys::insert(conn, &journey));
        let away = Away {
            upstream: id.clone(),
            journey: journey.id,
            sealed: "sealed".into(),
            created_at: noon(),
            expires_at: noon().plus(minutes(10)),
        };
        change!(store, [away] |conn| upstreams::leave(conn, "state", "browser", &away));
        let back = |browser: &'static str, now: Timestamp| {
            let (store, id) = (store.clone(), id.clone());
            async move {
                change!(store, |conn| upstreams::come_back(conn, "state", &id, browser, now)).is_some()
            }
        };
        assert!(!back("another browser", noon()).await);
        assert!(!back("browser", noon().plus(minutes(10))).await, "too late");
        assert_eq!(yes(&race(8, |_| back("browser", noon())).await), 1);
    }
}
