//! The audit log: found by what one looks for, and whole, or it shows.

use std::time::Duration;

use firstkey::domain::audit::Activity;
use firstkey::domain::id::ClientId;
use firstkey::service::audit::Verdict;
use firstkey::service::caller::Caller;
use firstkey::service::users::NewUser;
use firstkey::service::{Origin, Services};
use firstkey::store::audit::Search;
use sqlx::AssertSqlSafe;

use super::fixtures::{World, race, yes};
use crate::support::database::on_both_engines;

/// Writes a few lines.
async fn fill(services: &Services, lines: usize) {
    for number in 0..lines {
        let entry = services.entry(Activity::KeySignIn, Origin::default());
        services.note(entry.refused(format!("reason {number}"))).await.unwrap();
    }
}

/// What somebody with the database, but not the secret, may do.
async fn tamper(world: &World, statement: &'static str) {
    world
        .store
        .write(move |conn| {
            Box::pin(async move {
                sqlx::query(AssertSqlSafe(statement)).execute(conn).await?;
                Ok(())
            })
        })
        .await
        .unwrap();
}

async fn found(services: &Services, search: Search) -> Vec<String> {
    let lines = services.search_audit(&Caller::OPERATOR, &search, 100).await.unwrap();
    lines.into_iter().map(|line| line.detail).collect()
}

on_both_engines! {
    async fn an_untouched_log_is_whole_however_it_was_sealed(world: World) {
        let services = &world.services;
        let before = services.seal_audit().await.unwrap();
        fill(services, 3).await;
        assert!(!services.audit_is_sealed().await.unwrap());
        assert_eq!(services.seal_audit().await.unwrap(), 3);
        assert!(services.audit_is_sealed().await.unwrap());
        fill(services, 1203).await;
        // Instances seal side by side, and none seals what another did.
        let sealed = race(4, |_| {
            let services = services.clone();
            async move { services.seal_audit().await.unwrap() }
        })
        .await;
        assert_eq!(sealed.iter().sum::<usize>(), 1203);
        let lines = i64::try_from(before + 1206).unwrap();
        assert_eq!(services.verify_audit().await.unwrap(), Verdict::Intact { lines });
    }

    async fn an_altered_line_shows(world: World) {
        fill(&world.services, 5).await;
        world.services.seal_audit().await.unwrap();
        tamper(&world, "UPDATE audit_events SET success = 1 WHERE detail = 'reason 2'").await;
        let verdict = world.services.verify_audit().await.unwrap();
        assert!(matches!(verdict, Verdict::Altered { .. }), "{verdict:?}");
    }

    async fn a_removed_line_shows(world: World) {
        fill(&world.services, 5).await;
        world.services.seal_audit().await.unwrap();
        tamper(&world, "DELETE FROM audit_events WHERE detail = 'reason 2'").await;
        let verdict = world.services.verify_audit().await.unwrap();
        assert!(matches!(verdict, Verdict::Missing { from, to } if from == to), "{verdict:?}");
    }

    async fn a_removed_end_shows(world: World) {
        fill(&world.services, 5).await;
        world.services.seal_audit().await.unwrap();
        tamper(&world, "DELETE FROM audit_events WHERE detail IN ('reason 3', 'reason 4')").await;
        let verdict = world.services.verify_audit().await.unwrap();
        assert!(matches!(verdict, Verdict::Missing { from, to } if to == from + 1), "{verdict:?}");
    }

    async fn lines_that_changed_places_show(world: World) {
        fill(&world.services, 2).await;
        world.services.seal_audit().await.unwrap();
        tamper(&world, "UPDATE audit_events SET detail = CASE detail WHEN 'reason 0' THEN 'reason 1' ELSE 'reason 0' END WHERE detail LIKE 'reason %'").await;
        let verdict = world.services.verify_audit().await.unwrap();
        assert!(matches!(verdict, Verdict::Altered { .. }), "{verdict:?}");
    }

    async fn a_forged_chain_shows(world: World) {
        fill(&world.services, 2).await;
        world.services.seal_audit().await.unwrap();
        // Whoever has no secret cannot make the hash of what they put there.
        tamper(&world, "UPDATE audit_events SET hash = 'x' WHERE detail = 'reason 1'").await;
        tamper(&world, "UPDATE audit_seal SET hash = 'x'").await;
        let verdict = world.services.verify_audit().await.unwrap();
        assert!(matches!(verdict, Verdict::Altered { .. }), "{verdict:?}");
    }

    async fn lines_are_found_by_what_happened_whom_when_and_how(world: World) {
        let services = &world.services;
        let ada = NewUser { username: "ada".into(), ..NewUser::default() };
        let ada = services.add_user(&Caller::OPERATOR, ada).await.unwrap();
        let wiki = ClientId("wiki".into());
        let entry = services.entry(Activity::KeySignIn, Origin::default());
        services.note(entry.by_user(ada.id).client(Some(&wiki)).detail("touch")).await.unwrap();
        fill(services, 3).await;

        let by_name = |name: &str| Search { activities: vec![name.into()], ..Search::default() };
        assert_eq!(found(services, by_name("userAdded")).await, ["ada"]);
        let key_sign_ins = ["reason 2", "reason 1", "reason 0", "touch"];
        assert_eq!(found(services, by_name("keySignIn")).await, key_sign_ins);
        let either = Search {
            activities: vec!["userAdded".into(), "keySignIn".into()],
            ..Search::default()
        };
        assert_eq!(found(services, either).await.len(), 5);
        let on_ada = Search { subject: Some(ada.id), ..Search::default() };
        assert_eq!(found(services, on_ada).await, ["touch", "ada"]);
        let by_ada = Search { actor: Some(ada.id.to_string()), ..Search::default() };
        assert_eq!(found(services, by_ada).await, ["touch"]);
        let wikis = Search { client: Some("wiki".into()), ..Search::default() };
        assert_eq!(found(services, wikis).await, ["touch"]);
        let refused = Search { success: Some(false), ..Search::default() };
        assert_eq!(found(services, refused).await.len(), 3);
        let now = services.now();
        let ahead = Search { since: Some(now.plus(Duration::from_secs(60))), ..Search::default() };
        assert_eq!(found(services, ahead).await.len(), 0);
        let before = now.minus(Duration::from_secs(60 * 60 * 24));
        let past = Search { until: Some(before), ..Search::default() };
        assert_eq!(found(services, past).await.len(), 0);

        // Page by page: every line once.
        let (mut seen, mut older_than) = (Vec::new(), None);
        loop {
            let search = Search { older_than, ..by_name("keySignIn") };
            let page = services.search_audit(&Caller::OPERATOR, &search, 2).await.unwrap();
            let Some(last) = page.last() else { break };
            older_than = Some((last.at, last.id.clone()));
            seen.extend(page.into_iter().map(|line| line.detail));
        }
        assert_eq!(seen, key_sign_ins);
    }

    async fn instances_that_write_and_seal_at_once_lose_no_line(world: World) {
        let services = &world.services;
        let before = services.seal_audit().await.unwrap();
        let written = race(40, |number| {
            let services = services.clone();
            async move {
                let entry = services.entry(Activity::SignedOut, Origin::default());
                services.note(entry.detail(format!("line {number}"))).await.unwrap();
                if number % 4 == 0 {
                    services.seal_audit().await.unwrap();
                }
                true
            }
        })
        .await;
        assert_eq!(yes(&written), 40);
        let lines = i64::try_from(before + 40).unwrap();
        assert_eq!(services.verify_audit().await.unwrap(), Verdict::Intact { lines });
    }
}
