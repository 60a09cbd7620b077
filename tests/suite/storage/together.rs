//! Questions that are asked together: each gets its own answer, and none that is older than itself.

use std::time::Duration;

use firstkey::domain::id::GrantId;
use firstkey::domain::time::Timestamp;
use firstkey::store::rotations::{self, Rotated, Rotation};
use firstkey::store::together::Together;
use firstkey::store::{Store, grants, sessions, standing};
use sqlx::Row as _;

use super::fixtures::{
    add_client, add_grant, add_session, add_user, change, key_session, minutes, noon, race, read,
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
        let families = families(&store, 23).await;
        let (now, until) = (noon().plus(minutes(10)), noon().plus(minutes(60)));
        let kept = until.plus(minutes(60));
        // 20 was used long ago, 21 a moment ago and its answer got lost, 22 has expired.
        let (long_ago, moment_ago) = (noon(), now.minus(Duration::from_secs(5)));
        for (hash, at) in [("first20", long_ago), ("first21", moment_ago)] {
            change!(store, |conn| grants::use_refresh_token(conn, hash, at));
        }
        let expired = families[22];
        change!(store, |conn| grants::insert_refresh_token(conn, "gone", expired, None, noon(), now));

        // Some are presented twice at once, and so is one that nobody knows, for a grant that is none.
        let twice = |which: usize| !(10..20).contains(&which);
        let asked: Vec<_> = (0..24)
            .map(|which| (which, 0))
            .chain((0..24).filter(|&which| twice(which)).map(|which| (which, 1)))
            .collect();
        let together = Together::changes(store.clone(), rotations::rotate);
        let outcomes = race(asked.len(), |number| {
            let (together, (which, time)) = (together.clone(), asked[number]);
            let presented = if which == 22 { "gone".into() } else { format!("first{which}") };
            let family = families.get(which).copied().unwrap_or(NONE);
            let mut rotation = rotation(presented, format!("next{which}-{time}"), family, now);
            rotation.keep_grant_until = (which % 2 == 0).then_some(kept);
            async move { (which, together.get(rotation).await.unwrap()) }
        })
        .await;
        let is_good = |which: usize| !matches!(which, 20 | 22 | 23);
        for (which, done) in outcomes {
            let expected = match which {
                20 => Rotated::Replayed,
                22 | 23 => Rotated::Gone,
                _ => Rotated::Done,
            };
            assert_eq!(done, expected, "what became of {which}");
        }
        let mut reader = store.reader().await.unwrap();
        for which in 0..24 {
            let mut alive = Vec::new();
            for hash in [format!("next{which}-0"), format!("next{which}-1")] {
                let token = grants::refresh_token(&mut reader, &hash).await.unwrap();
                alive.extend(token.filter(|token| token.used_at.is_none()));
            }
            assert_eq!(alive.len(), usize::from(is_good(which)), "successors of {which}");
            let Some(&family) = families.get(which) else { continue };
            for token in alive {
                let of = (token.grant_id, token.expires_at);
                assert_eq!(of, (family, until), "the successor of {which}");
            }
            let row = sqlx::query("SELECT expires_at FROM grants WHERE id = $1")
                .bind(family.to_string())
                .fetch_one(&mut *reader)
                .await
                .unwrap();
            let is_kept: i64 = row.get("expires_at");
            let longer = is_good(which) && which % 2 == 0;
            let expected = if longer { kept } else { until };
            assert_eq!(is_kept, expected.micros(), "until when the grant of {which} is kept");
        }
    }

    /// What fails together is tried alone, which would hide that it never works together.
    async fn a_round_of_refresh_tokens_is_one_change_of_any_length(store: Store) {
        let families = families(&store, 9).await;
        let now = noon().plus(minutes(10));
        let until = now.plus(minutes(50));
        let mut presented = families.iter().enumerate();
        for count in [1, 2, 5] {
            let mut round: Vec<Rotation> = Vec::new();
            for (number, &family) in presented.by_ref().take(count) {
                let (first, next) = (format!("first{number}"), format!("next{number}"));
                round.push(rotation(first, next, family, now));
            }
            // And in the midst of it one that nobody knows.
            let nobodys = rotation("unknown".into(), format!("none{count}"), NONE, now);
            round.insert(count / 2, nobodys);
            let asked = round.clone();
            let done = change!(store, [asked] |conn| rotations::rotate(conn, asked));
            for (rotation, done) in std::iter::zip(round, done) {
                let successor = read!(store, |conn| grants::refresh_token(conn, &rotation.successor));
                let token = successor.map(|it| (it.grant_id, it.expires_at, it.used_at));
                let known = rotation.grant != NONE;
                let became = if known { Rotated::Done } else { Rotated::Gone };
                assert_eq!(done, became, "{count} at once: {rotation:?}");
                let expected = known.then_some((rotation.grant, until, None));
                assert_eq!(token, expected, "{count} at once: the successor of {rotation:?}");
            }
        }
    }
}

/// No grant has this id.
const NONE: GrantId = GrantId(uuid::Uuid::from_u128(1));

/// So many people at the same application, each with a grant and a refresh token, `first0` and so on.
async fn families(store: &Store, count: usize) -> Vec<GrantId> {
    let wiki = add_client(store, "wiki").await;
    let until = noon().plus(minutes(60));
    let mut families = Vec::new();
    for number in 0..count {
        let session = key_session(&add_user(store, &format!("user{number}")).await);
        add_session(store, &session, "browser").await;
        let id = add_grant(store, &session, &wiki, until).await.id;
        let hash = format!("first{number}");
        change!(store, |conn| grants::insert_refresh_token(conn, &hash, id, None, noon(), until));
        families.push(id);
    }
    families
}

fn rotation(presented: String, successor: String, grant: GrantId, now: Timestamp) -> Rotation {
    Rotation {
        presented,
        successor,
        grant,
        expires_at: noon().plus(minutes(60)),
        keep_grant_until: None,
        now,
        lost_since: now.minus(Duration::from_secs(10)),
    }
}
