//! Questions that are asked together: each gets its own answer, and none that is older than itself.

use std::time::Duration;

use firstkey::domain::id::GrantId;
use firstkey::store::rotations::{self, Rotated, Rotation};
use firstkey::store::together::Together;
use firstkey::store::{Store, grants, sessions, standing};

use super::fixtures::{
    add_client, add_grant, add_session, add_user, change, key_session, minutes, noon, race,
};
use crate::support::database::on_both_engines;

on_both_engines! {
    async fn each_of_many_questions_gets_its_own_answer(store: Store) {
        let wiki = add_client(&store, "wiki").await;
        let mut known = Vec::new();
        for number in 0..20 {
            let user = add_user(&store, &format!("user{number}")).await;
            let session = key_session(&user);
            add_session(&store, &session, "browser").await;
            let grant = add_grant(&store, &session, &wiki, noon().plus(minutes(60))).await;
            let (hash, id, until) = (format!("hash{number}"), grant.id, noon().plus(minutes(60)));
            change!(store, |conn| grants::insert_refresh_token(conn, &hash, id, None, noon(), until));
            known.push((grant, user));
        }
        let together = Together::new(store.clone(), standing::by_refresh_tokens);
        let answers = race(200, |number| {
            let together = together.clone();
            // Some ask for the same, and every fifth for what is not there.
            async move { together.get(format!("hash{}", number % 25)).await.unwrap() }
        })
        .await;
        let mut found = 0;
        for (token, standing) in answers.into_iter().flatten() {
            let (grant, user) = known.iter().find(|(grant, _)| grant.id == token.grant_id).unwrap();
            assert_eq!(standing.grant, *grant);
            assert_eq!(standing.user.as_ref(), Some(user));
            assert_eq!(standing.session.map(|session| session.user_id), Some(user.id));
            found += 1;
        }
        assert_eq!(found, 160);
    }

    async fn no_answer_is_older_than_its_question(store: Store) {
        let (ada, wiki) = (add_user(&store, "ada").await, add_client(&store, "wiki").await);
        let session = key_session(&ada);
        add_session(&store, &session, "browser").await;
        let together = Together::new(store.clone(), standing::by_ids);
        for round in 0..40 {
            let grant = add_grant(&store, &session, &wiki, noon().plus(minutes(60))).await;
            let id = grant.id;
            // Others keep asking all the while, so that there is always a round under way.
            let asking: Vec<_> = (0..8)
                .map(|_| {
                    let together = together.clone();
                    tokio::spawn(async move {
                        for _ in 0..10 {
                            together.get(id).await.unwrap();
                        }
                    })
                })
                .collect();
            tokio::task::yield_now().await;
            change!(store, |conn| grants::revoke(conn, id, noon()));
            let standing = together.get(id).await.unwrap().unwrap();
            assert!(standing.grant.revoked_at.is_some(), "round {round}");
            for task in asking {
                task.await.unwrap();
            }
        }
        let now = noon();
        change!(store, |conn| sessions::end_by_user(conn, ada.id, now));
        let grant = add_grant(&store, &session, &wiki, noon().plus(minutes(60))).await;
        let standing = together.get(grant.id).await.unwrap().unwrap();
        assert!(standing.session.unwrap().ended_at.is_some());
    }

    async fn whoever_does_not_wait_keeps_nobody_from_an_answer(store: Store) {
        let (ada, wiki) = (add_user(&store, "ada").await, add_client(&store, "wiki").await);
        let session = key_session(&ada);
        add_session(&store, &session, "browser").await;
        let grant = add_grant(&store, &session, &wiki, noon().plus(minutes(60))).await;
        let together = Together::new(store.clone(), standing::by_ids);
        for _ in 0..50 {
            let gone = tokio::spawn({
                let (together, id) = (together.clone(), grant.id);
                async move { together.get(id).await.map(|_| ()) }
            });
            tokio::task::yield_now().await;
            gone.abort();
            assert!(together.get(grant.id).await.unwrap().is_some());
        }
    }

    async fn refresh_tokens_that_come_at_once_are_exchanged_each_as_if_it_were_alone(store: Store) {
        let wiki = add_client(&store, "wiki").await;
        let until = noon().plus(minutes(60));
        let mut grants_of = Vec::new();
        for number in 0..23 {
            let session = key_session(&add_user(&store, &format!("user{number}")).await);
            add_session(&store, &session, "browser").await;
            let id = add_grant(&store, &session, &wiki, until).await.id;
            let hash = format!("first{number}");
            change!(store, |conn| grants::insert_refresh_token(conn, &hash, id, None, noon(), until));
            grants_of.push(id);
        }
        // 20 was used long ago, 21 a moment ago and its answer got lost, 22 has expired.
        let (long_ago, moment_ago) = (noon(), noon().plus(minutes(10)));
        let now = moment_ago.plus(Duration::from_secs(5));
        for (hash, at) in [("first20", long_ago), ("first21", moment_ago)] {
            change!(store, |conn| grants::use_refresh_token(conn, hash, at));
        }
        let expired = grants_of[22];
        change!(store, |conn| grants::insert_refresh_token(conn, "gone", expired, None, noon(), now));

        let together = Together::changes(store.clone(), rotations::rotate);
        // Each is presented twice at once, and so is one that nobody knows, for a grant that is none.
        let outcomes = race(48, |number| {
            let (together, which) = (together.clone(), number % 24);
            let rotation = Rotation {
                presented: match which {
                    22 => "gone".to_owned(),
                    which => format!("first{which}"),
                },
                successor: format!("next{which}-{}", number / 24),
                grant: grants_of.get(which).copied().unwrap_or(GrantId(uuid::Uuid::from_u128(1))),
                expires_at: until,
                keep_grant_until: None,
                now,
                lost_since: now.minus(Duration::from_secs(10)),
            };
            async move { (which, together.get(rotation).await.unwrap()) }
        })
        .await;
        for (which, done) in outcomes {
            let expected = match which {
                20 => Rotated::Replayed,
                22 | 23 => Rotated::Gone,
                _ => Rotated::Done,
            };
            assert_eq!(done, expected, "{which}");
        }
        let mut reader = store.reader().await.unwrap();
        for which in 0..24 {
            let mut alive = 0;
            for hash in [format!("next{which}-0"), format!("next{which}-1")] {
                let token = grants::refresh_token(&mut reader, &hash).await.unwrap();
                alive += usize::from(token.is_some_and(|token| token.used_at.is_none()));
            }
            assert_eq!(alive, usize::from(!matches!(which, 20 | 22 | 23)), "successors of {which}");
        }
    }
}
