//! Signing in with a pass, all the way through the services, by many at once.

use firstkey::domain::pass::PassRequest;
use firstkey::service::caller::Caller;
use firstkey::service::passes::IssuedPass;
use firstkey::service::sign_in::SignInError;
use firstkey::service::users::NewUser;
use firstkey::service::{Origin, Services};
use firstkey::store::passes;
use sqlx::Row as _;

use super::fixtures::{World, asked_for_pass, browser, count, origin, race, read, start};
use crate::support::database::{Engine, Given as _, fresh, on_both_engines};

async fn issue(services: &Services, one_time: bool) -> IssuedPass {
    let new = NewUser { username: "ada".into(), ..NewUser::default() };
    services.add_user(&Caller::OPERATOR, new).await.unwrap();
    let request = PassRequest { one_time: Some(one_time), ..PassRequest::default() };
    services.issue_pass(&Caller::OPERATOR, "ada", request).await.unwrap()
}

/// Ada signs in with a pass in a new browser.
async fn sign_in(
    services: Services,
    number: usize,
    typed: String,
    origin: Origin,
) -> Result<(), SignInError> {
    let browser = browser(&format!("browser {number}"));
    let position = asked_for_pass(&services, &browser, "ada").await;
    services.sign_in_with_pass(&position, &browser, &typed, origin).await?;
    let after = services.look(position.journey.id, &browser).await.expect("the journey goes on");
    assert_eq!(after.user.map(|user| user.username.key()).as_deref(), Some("ada"));
    Ok(())
}

on_both_engines! {
    async fn of_200_people_with_one_one_time_pass_one_gets_in(world: World) {
        let issued = issue(&world.services, true).await;
        // Half of them at another instance.
        let other_store = world.database.open().await;
        let other = start(&other_store, &world.clock, &world.master).await.unwrap();
        let outcomes = race(200, |number| {
            let services = if number % 2 == 0 { &world.services } else { &other };
            let typed = issued.value.reveal_grouped().to_lowercase();
            sign_in(services.clone(), number, typed, origin(number))
        })
        .await;
        let mut signed_in = 0;
        for outcome in &outcomes {
            match outcome {
                Ok(()) => signed_in += 1,
                Err(SignInError::Refused) => {}
                Err(other) => panic!("{other:?}"),
            }
        }
        assert_eq!(signed_in, 1);
        assert_eq!(count(&world.store, "sessions").await, 1);
        assert_eq!(count(&world.store, "audit_events WHERE activity = 'passSignIn'").await, 200);
        let good = "audit_events WHERE activity = 'passSignIn' AND success = 1";
        assert_eq!(count(&world.store, good).await, 1);
    }

    async fn of_40_people_with_one_multi_use_pass_all_get_in(world: World) {
        let issued = issue(&world.services, false).await;
        let outcomes = race(40, |number| {
            sign_in(world.services.clone(), number, issued.value.reveal().to_owned(), origin(number))
        })
        .await;
        assert!(outcomes.iter().all(Result::is_ok), "{outcomes:?}");
        assert_eq!(count(&world.store, "sessions").await, 40);
        let user = issued.user.id;
        let (pass, _) = read!(world.store, |conn| passes::by_user(conn, user)).unwrap();
        assert_eq!(pass.failures, 0, "right tries are no wrong ones");
        assert_eq!(count(&world.store, "attempts").await, 0);
    }

    async fn impatient_clicks_on_sign_in_get_one_session(world: World) {
        let issued = issue(&world.services, true).await;
        let browser = browser("browser");
        let position = asked_for_pass(&world.services, &browser, "ada").await;
        let outcomes = race(5, |_| {
            let (services, position) = (world.services.clone(), position.clone());
            let (browser, typed) = (browser.clone(), issued.value.reveal().to_owned());
            async move { services.sign_in_with_pass(&position, &browser, &typed, origin(1)).await }
        })
        .await;
        let signed_in = outcomes.iter().filter(|outcome| outcome.is_ok()).count();
        assert_eq!(signed_in, 1, "{outcomes:?}");
        for outcome in outcomes.iter().filter_map(|outcome| outcome.as_ref().err()) {
            assert!(matches!(outcome, SignInError::Refused), "{outcome:?}");
        }
    }

    async fn a_guesser_is_held_up_and_nobody_else(world: World) {
        let issued = issue(&world.services, true).await;
        let outcomes = race(30, |number| {
            sign_in(world.services.clone(), number, "22222222".into(), origin(1))
        })
        .await;
        let refused = outcomes.iter().filter(|outcome| matches!(outcome, Err(SignInError::Refused)));
        let waiting = outcomes.iter().filter(|outcome| matches!(outcome, Err(SignInError::Wait(_))));
        assert_eq!((refused.count(), waiting.count()), (5, 25));
        let right = issued.value.reveal().to_owned();
        let held_up = sign_in(world.services.clone(), 30, right.clone(), origin(1)).await;
        assert!(matches!(held_up, Err(SignInError::Wait(_))), "even with the right pass");
        sign_in(world.services.clone(), 31, right, origin(2)).await.expect("from elsewhere");
    }
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn on_postgres_impatient_clicks_do_not_lock_each_other_out() {
    let world = World::given(fresh(Engine::Postgres).await).await;
    let issued = issue(&world.services, false).await;
    // Fewer at a time than there are free tries.
    race(4, |hand| {
        let (services, typed) = (world.services.clone(), issued.value.reveal().to_owned());
        async move {
            for click in 0..20 {
                let outcome =
                    sign_in(services.clone(), hand * 100 + click, typed.clone(), origin(1));
                outcome.await.unwrap();
            }
        }
    })
    .await;
    // What a connection counted is told when it closes.
    world.store.close().await;
    let store = world.database.open().await;
    let mut reader = store.reader().await.unwrap();
    let row =
        sqlx::query("SELECT deadlocks FROM pg_stat_database WHERE datname = current_database()")
            .fetch_one(&mut *reader)
            .await
            .unwrap();
    assert_eq!(row.get::<i64, _>(0), 0, "each cost the person a second");
}
