//! Journeys and the WebAuthn ceremonies in them.

use firstkey::crypto::random::SystemRandom;
use firstkey::domain::assurance::Acr;
use firstkey::domain::claims::RequestedClaims;
use firstkey::domain::client::Scope;
use firstkey::domain::id::{CeremonyId, ClientId, JourneyId, SessionId, UserId};
use firstkey::domain::journey::{
    AcrTerms, AuthorizationRequest, Journey, Progress, Prompt, Purpose,
};
use firstkey::domain::time::Timestamp;
use firstkey::store::ceremonies::{self, Ceremony, Kind};
use firstkey::store::{Store, journeys};

use super::fixtures::{change, journey, minutes, noon, race, read, yes};
use crate::support::database::on_both_engines;

async fn begin(store: &Store, browser: &str) -> Journey {
    let journey = journey(browser);
    change!(store, [journey] | conn | journeys::insert(conn, &journey));
    journey
}

async fn find(store: &Store, id: JourneyId, browser: &str, now: Timestamp) -> Option<Journey> {
    read!(store, |conn| journeys::of_browser(conn, id, browser, now))
}

async fn advance(store: &Store, journey: &Journey, username: &str) -> bool {
    let progress = Progress { username: Some(username.into()), ..Progress::default() };
    change!(store, [journey] | conn | journeys::advance(conn, &journey, &progress))
}

async fn finish(store: &Store, journey: &Journey) -> bool {
    change!(store, [journey] | conn | journeys::finish(conn, &journey, noon()))
}

async fn begin_ceremony(store: &Store, journey: &Journey, kind: Kind) -> Ceremony {
    let ceremony = Ceremony {
        id: CeremonyId::new(noon(), &SystemRandom),
        journey_id: journey.id,
        kind,
        user_id: (kind == Kind::Registration).then(|| UserId::new(noon(), &SystemRandom)),
        state: r#"{"challenge":"…"}"#.into(),
        expires_at: noon().plus(minutes(5)),
    };
    change!(store, [ceremony] | conn | ceremonies::insert(conn, &ceremony));
    ceremony
}

async fn take(
    store: &Store,
    id: CeremonyId,
    journey: JourneyId,
    kind: Kind,
    now: Timestamp,
) -> Option<Ceremony> {
    change!(store, |conn| ceremonies::take(conn, id, journey, kind, now))
}

on_both_engines! {
    async fn a_journey_is_kept_as_the_application_asked_for_it(store: Store) {
        let mut journey = journey("browser");
        journey.purpose = Purpose::Authorize(Box::new(AuthorizationRequest {
            client_id: ClientId("wiki".into()),
            redirect_uri: "https://wiki.example/cb?x='1'".into(),
            response_type: firstkey::domain::client::ResponseType::default(),
            response_mode: firstkey::domain::client::ResponseMode::default(),
            resources: Vec::new(),
            dpop_jkt: None,
            claims: RequestedClaims::default(),
            scopes: vec![Scope::OpenId, Scope::Groups],
            state: Some("a\u{0}b \u{1f511} \\ \" %00".into()),
            nonce: Some("nonce".into()),
            code_challenge: Some("challenge".into()),
            prompt: Prompt { login: true, ..Prompt::default() },
            max_age: Some(0),
            acr: Some(Acr::PhishingResistant),
            acr_terms: AcrTerms {
                preferred: Some(Acr::MultiFactor),
                essential: vec![Acr::PhishingResistant],
            },
            login_hint: Some("ada".into()),
            ui_locales: vec!["de".into()],
            expected_user: Some("a subject".into()),
            pushed: Some("a hash".into()),
            external: None,
        }));
        journey.progress = Progress {
            username: Some("ada".into()),
            session: Some(SessionId::new(noon(), &SystemRandom)),
            authenticated_at: Some(noon()),
            consented: Some(UserId::new(noon(), &SystemRandom)),
            ..Progress::default()
        };
        change!(store, [journey] |conn| journeys::insert(conn, &journey));
        assert_eq!(find(&store, journey.id, "browser", noon()).await, Some(journey));
    }

    async fn a_link_to_a_journey_does_not_open_in_another_browser(store: Store) {
        let journey = begin(&store, "browser").await;
        assert!(find(&store, journey.id, "browser", noon()).await.is_some());
        for other in ["Browser", "browser ", "", "%"] {
            assert_eq!(find(&store, journey.id, other, noon()).await, None, "{other:?}");
        }
    }

    async fn an_old_journey_is_over(store: Store) {
        let journey = begin(&store, "browser").await;
        let last = journey.expires_at.minus(std::time::Duration::from_micros(1));
        assert!(find(&store, journey.id, "browser", last).await.is_some());
        assert_eq!(find(&store, journey.id, "browser", journey.expires_at).await, None);
    }

    async fn of_tabs_that_move_on_at_once_one_does(store: Store) {
        let journey = begin(&store, "browser").await;
        for round in 0..5 {
            let before = find(&store, journey.id, "browser", noon()).await.unwrap();
            assert_eq!(before.version, round);
            let moved = race(20, |number| {
                let (store, before) = (store.clone(), before.clone());
                async move { advance(&store, &before, &format!("user{number}")).await }
            })
            .await;
            assert_eq!(yes(&moved), 1);
        }
    }

    async fn a_journey_is_finished_once(store: Store) {
        let journey = begin(&store, "browser").await;
        let finished = race(20, |_| {
            let (store, journey) = (store.clone(), journey.clone());
            async move { finish(&store, &journey).await }
        })
        .await;
        assert_eq!(yes(&finished), 1);
        let after = find(&store, journey.id, "browser", noon()).await.unwrap();
        assert_eq!((after.finished_at, after.version), (Some(noon()), 1));
        assert!(!finish(&store, &after).await);
        assert!(!advance(&store, &after, "ada").await, "what is finished moves no more");
    }

    async fn a_tab_that_was_left_behind_cannot_finish(store: Store) {
        let left_behind = begin(&store, "browser").await;
        assert!(advance(&store, &left_behind, "ada").await);
        assert!(!finish(&store, &left_behind).await);
        let after = find(&store, left_behind.id, "browser", noon()).await.unwrap();
        assert_eq!(after.progress.username.as_deref(), Some("ada"));
        assert_eq!(after.finished_at, None);
    }

    async fn a_challenge_is_answered_once_of_50_times_at_once(store: Store) {
        let journey = begin(&store, "browser").await;
        for kind in [Kind::Registration, Kind::Authentication] {
            let begun = begin_ceremony(&store, &journey, kind).await;
            let taken = race(50, |_| {
                let store = store.clone();
                async move { take(&store, begun.id, journey.id, kind, noon()).await }
            })
            .await;
            let taken: Vec<Ceremony> = taken.into_iter().flatten().collect();
            assert_eq!(taken.len(), 1);
            assert_eq!(format!("{:?}", taken[0]), format!("{begun:?}"));
        }
    }

    async fn a_challenge_is_good_for_its_own_journey_purpose_and_time(store: Store) {
        let (ours, theirs) = (begin(&store, "browser").await, begin(&store, "other").await);
        let begun = begin_ceremony(&store, &ours, Kind::Registration).await;
        let late = begun.expires_at;
        let another = CeremonyId::new(noon(), &SystemRandom);
        for (id, journey, kind, now) in [
            (begun.id, theirs.id, Kind::Registration, noon()),
            (begun.id, ours.id, Kind::Authentication, noon()),
            (begun.id, ours.id, Kind::Registration, late),
            (another, ours.id, Kind::Registration, noon()),
        ] {
            assert!(take(&store, id, journey, kind, now).await.is_none(), "{kind:?} {now}");
        }
        let taken = take(&store, begun.id, ours.id, Kind::Registration, noon()).await;
        assert!(taken.is_some(), "and none of these used it up");
    }
}
