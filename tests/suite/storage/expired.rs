//! Sweeping up: what is due goes, what may still be needed stays.

use std::time::Duration;

use firstkey::crypto::random::SystemRandom;
use firstkey::domain::grant::Code;
use firstkey::domain::id::CeremonyId;
use firstkey::domain::session::{Proof, Session};
use firstkey::domain::time::Timestamp;
use firstkey::store::ceremonies::{Ceremony, Kind};
use firstkey::store::{
    Store, attempts, browser_sessions, ceremonies, expired, grants, journeys, sessions,
};

use super::fixtures::{
    KEY, add_client, add_grant, add_pass, add_session, add_user, change, count, journey,
    key_session, minutes, noon, race, read,
};
use crate::support::database::on_both_engines;

const DAY: Duration = minutes(60 * 24);
const TABLES: [&str; 9] = [
    "attempts",
    "browser_sessions",
    "ceremonies",
    "journeys",
    "codes",
    "refresh_tokens",
    "grants",
    "passes",
    "sessions",
];

async fn sweep(store: &Store, now: Timestamp) -> u64 {
    change!(store, |conn| expired::delete_batch(conn, now))
}

async fn counts(store: &Store) -> Vec<i64> {
    let mut counts = Vec::new();
    for table in TABLES {
        counts.push(count(store, table).await);
    }
    counts
}

/// One row of everything; each expires an hour after noon.
async fn one_of_everything(store: &Store) {
    let end = noon().plus(minutes(60));
    let (ada, wiki) = (add_user(store, "ada").await, add_client(store, "wiki").await);
    add_pass(store, &ada, true).await;
    let session = Session { expires_at: end, ..key_session(&ada) };
    add_session(store, &session, "browser").await;
    let grant = add_grant(store, &session, &wiki, end).await;
    let journey = journey("browser");
    change!(store, [journey] | conn | journeys::insert(conn, &journey));
    let code = Code {
        grant_id: grant.id,
        journey_id: Some(journey.id),
        redirect_uri: "https://wiki.example/cb".into(),
        code_challenge: None,
        expires_at: end,
    };
    change!(store, |conn| grants::insert_code(conn, "code", &code));
    change!(store, |conn| grants::insert_refresh_token(conn, "token", grant.id, None, noon(), end));
    change!(store, |conn| browser_sessions::insert(conn, "cookie", None, "{}", end));
    let ceremony = Ceremony {
        id: CeremonyId::new(noon(), &SystemRandom),
        journey_id: journey.id,
        kind: Kind::Authentication,
        user_id: None,
        state: "{}".into(),
        expires_at: end,
    };
    change!(store, |conn| ceremonies::insert(conn, &ceremony));
    // A wrong try is forgotten a day later.
    change!(store, |conn| attempts::admit(conn, "ada", end.minus(DAY)));
}

on_both_engines! {
    async fn what_is_not_due_is_kept(store: Store) {
        one_of_everything(&store).await;
        assert_eq!(sweep(&store, noon().plus(minutes(60)).minus(Duration::from_micros(1))).await, 0);
        assert_eq!(counts(&store).await, [1; 9]);
    }

    async fn what_is_due_goes_and_traces_of_theft_and_passes_stay_a_while(store: Store) {
        one_of_everything(&store).await;
        let end = noon().plus(minutes(60));
        sweep(&store, end).await;
        // attempts, browser_sessions, ceremonies, journeys, codes, refresh_tokens, grants, passes, sessions
        assert_eq!(counts(&store).await, [0, 0, 0, 0, 1, 0, 1, 1, 1]);
        sweep(&store, end.plus(DAY)).await;
        assert_eq!(counts(&store).await, [0, 0, 0, 0, 0, 0, 0, 1, 0]);
        sweep(&store, end.plus(30 * DAY)).await;
        assert_eq!(counts(&store).await, [0; 9]);
        assert_eq!(count(&store, "users").await, 1, "nobody is swept away");
        assert_eq!(sweep(&store, end.plus(30 * DAY)).await, 0);
    }

    async fn a_session_stays_while_an_application_refreshes_under_it(store: Store) {
        let (ada, wiki) = (add_user(&store, "ada").await, add_client(&store, "wiki").await);
        let (kept, gone) = (key_session(&ada), key_session(&ada));
        add_session(&store, &kept, "browser").await;
        add_session(&store, &gone, "browser").await;
        let grant = add_grant(&store, &kept, &wiki, noon().plus(minutes(11))).await;
        change!(store, |conn| grants::extend(conn, grant.id, noon().plus(30 * DAY)));
        change!(store, |conn| grants::extend(conn, grant.id, noon().plus(DAY)));

        sweep(&store, noon().plus(29 * DAY)).await;
        assert!(read!(store, |conn| sessions::by_id(conn, kept.id)).is_some());
        assert!(read!(store, |conn| grants::by_id(conn, grant.id)).is_some());
        assert!(read!(store, |conn| sessions::by_id(conn, gone.id)).is_none());

        sweep(&store, noon().plus(31 * DAY)).await;
        assert!(read!(store, |conn| sessions::by_id(conn, kept.id)).is_none());
    }

    async fn what_was_given_under_a_session_is_known_as_long_as_it_stands(store: Store) {
        let (ada, wiki) = (add_user(&store, "ada").await, add_client(&store, "wiki").await);
        let session = key_session(&ada);
        add_session(&store, &session, "browser").await;
        let grant = add_grant(&store, &session, &wiki, noon().plus(minutes(11))).await;
        // Whoever signs in again and again in one session keeps it.
        let renewed = session.strengthened(Proof::of(KEY, noon().plus(3 * DAY)));
        add_session(&store, &renewed, "browser").await;
        sweep(&store, noon().plus(3 * DAY)).await;
        assert!(read!(store, |conn| grants::by_id(conn, grant.id)).is_some());
        change!(store, |conn| sessions::end_by_browser(conn, "browser", noon().plus(3 * DAY)));
        sweep(&store, noon().plus(3 * DAY)).await;
        assert!(read!(store, |conn| grants::by_id(conn, grant.id)).is_none());
    }

    async fn a_long_backlog_is_worked_off_batch_by_batch_by_every_instance(store: Store) {
        change!(store, |conn| async move {
            for number in 0..1200 {
                browser_sessions::insert(conn, &number.to_string(), None, "{}", noon()).await?;
            }
            browser_sessions::insert(conn, "kept", None, "{}", noon().plus(DAY)).await
        });
        assert_eq!(sweep(&store, noon()).await, 500);
        let swept = race(3, |_| {
            let store = store.clone();
            async move {
                let mut swept = 0;
                loop {
                    match sweep(&store, noon()).await {
                        0 => break swept,
                        gone => swept += gone,
                    }
                }
            }
        })
        .await;
        assert_eq!(swept.into_iter().sum::<u64>(), 700, "each row goes once");
        assert_eq!(count(&store, "browser_sessions").await, 1);
    }
}
