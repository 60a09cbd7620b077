//! The queue of applications that are to be told that a session ended.

use std::time::Duration;

use firstkey::domain::client::ClientSettings;
use firstkey::store::{Store, clients, logouts, sessions};

use super::fixtures::{
    add_client, add_grant, add_session, add_user, change, count, key_session, minutes, noon, race,
};
use crate::support::database::on_both_engines;

const LATER: Duration = minutes(1);

async fn claim(store: &Store, minute: u64) -> Option<logouts::Claimed> {
    let now = noon().plus(minutes(minute));
    change!(store, |conn| logouts::claim(conn, now, now.plus(LATER)))
}

on_both_engines! {
    async fn of_many_who_take_one_from_the_queue_one_gets_it(store: Store) {
        let ada = add_user(&store, "ada").await;
        let mut told = Vec::new();
        for (id, uri) in [("a", Some("https://a.example/out")), ("b", Some("https://b.example/out")), ("c", None)] {
            let mut client = add_client(&store, id).await;
            client.settings = ClientSettings {
                // What a name says is no setting.
                client_name: "\"backchannel_logout_uri\":\"".into(),
                backchannel_logout_uri: uri.map(str::to_owned),
                ..client.settings
            };
            told.push(client.clone());
            change!(store, [client] |conn| clients::put(conn, &client));
        }
        let (session, other) = (key_session(&ada), key_session(&ada));
        add_session(&store, &session, "browser").await;
        add_session(&store, &other, "elsewhere").await;
        for client in &told {
            // Twice the same application: told once.
            add_grant(&store, &session, client, noon().plus(LATER)).await;
            add_grant(&store, &session, client, noon().plus(LATER)).await;
            add_grant(&store, &other, client, noon().plus(LATER)).await;
        }
        change!(store, |conn| sessions::end_by_browser(conn, "browser", noon()));
        change!(store, |conn| sessions::end_by_browser(conn, "browser", noon()));
        assert_eq!(count(&store, "logout_deliveries").await, 2);

        let claims = race(8, |_| {
            let store = store.clone();
            async move { claim(&store, 0).await }
        })
        .await;
        let mut got: Vec<_> = claims.into_iter().flatten().collect();
        // Whoever came second at the same one gets nothing this time, on PostgreSQL.
        got.extend(claim(&store, 0).await);
        got.sort_by(|one, other| one.client_id.0.cmp(&other.client_id.0));
        assert_eq!(got.iter().map(|it| it.client_id.0.as_str()).collect::<Vec<_>>(), ["a", "b"]);
        assert!(got.iter().all(|it| it.session_id == session.id && it.user_id == ada.id && it.attempts == 1));
        assert!(claim(&store, 0).await.is_none());

        // Whoever had it and said nothing lost it.
        let again = claim(&store, 1).await.unwrap();
        assert_eq!(again.attempts, 2);
        let id = again.id.clone();
        change!(store, [id] |conn| logouts::postpone(conn, &id, noon().plus(minutes(9))));
        let rest = claim(&store, 1).await.unwrap();
        let id = rest.id.clone();
        change!(store, [id] |conn| logouts::delete(conn, &id));
        assert!(claim(&store, 8).await.is_none());
        assert_eq!(claim(&store, 9).await.unwrap().id, again.id);
        change!(store, [again] |conn| clients::delete(conn, &again.client_id));
        assert_eq!(count(&store, "logout_deliveries").await, 0);
    }
}
