//! People, groups, policies, applications, and what people registered.

use std::collections::BTreeSet;
use std::time::Duration;

use firstkey::crypto::random::SystemRandom;
use firstkey::domain::client::Scope;
use firstkey::domain::grant::Code;
use firstkey::domain::group::Group;
use firstkey::domain::id::{ClientId, GroupId, UserId};
use firstkey::domain::policy::{RegistrationPolicy, TapPolicy, Target};
use firstkey::domain::role::Role;
use firstkey::domain::user::{User, Username};
use firstkey::store::{Error, Store, clients, credentials, grants, groups, policies, users};

use super::fixtures::{
    add_client, add_grant, add_pass, add_session, add_user, change, client, count, credential,
    key_session, minutes, noon, race, read, user, yes,
};
use crate::support::database::on_both_engines;

fn group(name: &str) -> Group {
    Group::new(GroupId::new(noon(), &SystemRandom), name.into(), noon())
}

fn username(name: &str) -> Username {
    Username::parse(name).unwrap()
}

on_both_engines! {
    async fn a_person_is_found_by_everything_that_names_them(store: Store) {
        let mut ada = user("Ada.Lovelace");
        ada.roles = BTreeSet::from([Role::GlobalReader, Role::UserAdministrator]);
        ada.display_name = "Ada 'the' \"Countess\" Ł 🗝".into();
        assert!(change!(store, [ada] |conn| users::insert(conn, &ada)));
        let named = username("aDA.lOVELACE");
        for found in [
            read!(store, |conn| users::by_id(conn, ada.id)),
            read!(store, |conn| users::by_handle(conn, ada.handle)),
            read!(store, |conn| users::by_username(conn, &named)),
        ] {
            assert_eq!(found.as_ref(), Some(&ada));
        }
        let other = UserId::new(noon(), &SystemRandom);
        assert_eq!(read!(store, |conn| users::by_id(conn, other)), None);
    }

    async fn a_username_is_taken_whatever_its_case(store: Store) {
        assert!(!read!(store, |conn| users::any(conn)));
        for (name, again) in [("ada", "ADA"), ("Łukasz", "łUKASZ"), ("Ärzte", "ärzte")] {
            add_user(&store, name).await;
            let again = user(again);
            assert!(!change!(store, |conn| users::insert(conn, &again)), "{name}");
        }
        assert!(read!(store, |conn| users::any(conn)));
        assert_eq!(count(&store, "users").await, 3);
    }

    async fn of_many_who_take_a_name_at_once_one_gets_it(store: Store) {
        let added = race(50, |number| {
            let store = store.clone();
            let ada = user(if number % 2 == 0 { "ada" } else { "Ada" });
            async move { change!(store, |conn| users::insert(conn, &ada)) }
        })
        .await;
        assert_eq!(yes(&added), 1);
    }

    async fn a_changed_person_keeps_their_name_and_id(store: Store) {
        let mut ada = add_user(&store, "ada").await;
        ada.display_name = "Countess of Lovelace".into();
        ada.email = None;
        ada.roles = BTreeSet::from([Role::GlobalAdministrator]);
        ada.enabled = false;
        ada.username = Username::parse("ada.king").unwrap();
        ada.external_id = Some("4711".into());
        ada.profile.department = Some("Engines".into());
        let later = noon().plus(Duration::from_secs(60));
        change!(store, [ada] |conn| users::update(conn, &ada, later));
        let now = User { version: 2, updated_at: later, ..ada.clone() };
        assert_eq!(read!(store, |conn| users::by_id(conn, ada.id)), Some(now));
        // Neither somebody who is not there, nor as they were before somebody else changed them,
        // nor with a name that is taken.
        let bob = add_user(&store, "bob").await;
        let taken = User { username: Username::parse("ADA.king").unwrap(), ..bob };
        for refused in [user("nobody"), ada, taken] {
            let outcome = store
                .write(move |conn| Box::pin(async move { users::update(conn, &refused, later).await }))
                .await;
            assert!(matches!(outcome, Err(Error::Conflict)), "{outcome:?}");
        }
    }

    async fn paging_through_people_shows_everybody_once(store: Store) {
        let names = ["a", "A1", "a-b", "ab", "a_c", "a.b", "a@b.c", "a'b", "B", "b+1", "Éa", "zoë", "Z2"];
        for name in names {
            add_user(&store, name).await;
        }
        let (mut seen, mut after) = (Vec::new(), String::new());
        loop {
            let page = read!(store, |conn| users::list(conn, &after, 2));
            let Some(last) = page.last() else { break };
            after = last.username.key();
            seen.extend(page.iter().map(|user| user.username.as_str().to_owned()));
            assert!(seen.len() <= names.len(), "somebody was shown twice: {seen:?}");
        }
        seen.sort_unstable();
        let mut expected = names.map(str::to_owned);
        expected.sort_unstable();
        assert_eq!(seen, expected);
    }

    async fn nothing_is_left_of_a_removed_person(store: Store) {
        let (ada, bob) = (add_user(&store, "ada").await, add_user(&store, "bob").await);
        let (wiki, staff) = (add_client(&store, "wiki").await, group("Staff"));
        change!(store, [staff] |conn| groups::insert(conn, &staff));
        for person in [&ada, &bob] {
            add_pass(&store, person, true).await;
            let key = credential(person, &person.username.key());
            change!(store, |conn| credentials::insert(conn, &key));
            let session = key_session(person);
            add_session(&store, &session, "browser").await;
            let grant = add_grant(&store, &session, &wiki, noon().plus(minutes(60))).await;
            let code = Code {
                grant_id: grant.id,
                journey_id: None,
                redirect_uri: "https://wiki.example/cb".into(),
                code_challenge: None,
                expires_at: noon().plus(minutes(1)),
            };
            let (hash, id) = (person.username.key(), person.id);
            let (later, group, wiki) = (noon().plus(minutes(60)), staff.id, wiki.id.clone());
            change!(store, [hash] |conn| grants::insert_code(conn, &hash, &code));
            change!(store, |conn| grants::insert_refresh_token(conn, &hash, grant.id, None, noon(), later));
            change!(store, |conn| groups::add_member(conn, group, id));
            change!(store, |conn| clients::set_consent(conn, id, &wiki, &[Scope::OpenId], noon()));
        }
        assert!(change!(store, |conn| users::delete(conn, ada.id)));
        assert!(!change!(store, |conn| users::delete(conn, ada.id)));
        for table in [
            "users", "passes", "credentials", "sessions", "grants", "codes", "refresh_tokens",
            "group_members", "consents",
        ] {
            assert_eq!(count(&store, table).await, 1, "{table}");
        }
        assert_eq!(read!(store, |conn| credentials::by_user(conn, bob.id)).len(), 1);
    }

    async fn groups_know_their_members(store: Store) {
        let (ada, bob) = (add_user(&store, "ada").await, add_user(&store, "Bob").await);
        let (staff, pilots) = (group("Staff"), group("Pilots"));
        for group in [staff.clone(), pilots.clone()] {
            assert!(change!(store, |conn| groups::insert(conn, &group)));
        }
        let taken = group("sTAFF");
        assert!(!change!(store, |conn| groups::insert(conn, &taken)));
        assert_eq!(read!(store, |conn| groups::by_name(conn, " STAFF ")), Some(staff.clone()));
        assert_eq!(read!(store, |conn| groups::by_id(conn, pilots.id)), Some(pilots.clone()));

        let (s, p) = (staff.id, pilots.id);
        assert!(change!(store, |conn| groups::add_member(conn, s, ada.id)));
        assert!(!change!(store, |conn| groups::add_member(conn, s, ada.id)));
        assert!(change!(store, |conn| groups::add_member(conn, s, bob.id)));
        assert!(change!(store, |conn| groups::add_member(conn, p, bob.id)));
        assert_eq!(read!(store, |conn| groups::members(conn, s)), ["ada", "Bob"]);
        assert_eq!(
            read!(store, |conn| users::groups_of(conn, bob.id)),
            [(p, "Pilots".to_owned()), (s, "Staff".to_owned())]
        );
        assert_eq!(read!(store, |conn| groups::list(conn)), [(pilots, 1), (staff, 2)]);

        assert!(change!(store, |conn| groups::remove_member(conn, s, ada.id)));
        assert!(!change!(store, |conn| groups::remove_member(conn, s, ada.id)));
        assert!(change!(store, |conn| groups::delete(conn, s)));
        assert!(!change!(store, |conn| groups::delete(conn, s)));
        assert_eq!(read!(store, |conn| users::groups_of(conn, bob.id)).len(), 1);
        assert_eq!(count(&store, "users").await, 2, "members stay people");
    }

    async fn a_policy_is_at_its_default_until_set_and_after_reset(store: Store) {
        let default: TapPolicy = read!(store, |conn| policies::get(conn, "Pass"));
        assert_eq!(default, TapPolicy::default());
        let set = TapPolicy {
            is_usable_once: true,
            default_length: 20,
            exclude_targets: vec![Target::everybody()],
            ..TapPolicy::default()
        };
        let mut other = RegistrationPolicy::default();
        other.requirements.required_methods = 2;
        change!(store, [set] |conn| policies::set(conn, "Pass", &set, noon()));
        change!(store, [other] |conn| policies::set(conn, "Registration", &other, noon()));
        assert_eq!(read!(store, |conn| policies::get::<TapPolicy>(conn, "Pass")), set);

        let changed = TapPolicy { default_length: 9, ..set };
        change!(store, [changed] |conn| policies::set(conn, "Pass", &changed, noon()));
        assert_eq!(read!(store, |conn| policies::get::<TapPolicy>(conn, "Pass")), changed);

        change!(store, |conn| policies::reset(conn, "Pass"));
        assert_eq!(read!(store, |conn| policies::get::<TapPolicy>(conn, "Pass")), default);
        assert_eq!(read!(store, |conn| policies::get::<RegistrationPolicy>(conn, "Registration")), other);
    }

    async fn an_application_is_kept_as_it_was_registered(store: Store) {
        let mut wiki = add_client(&store, "wiki").await;
        let mail = add_client(&store, "mail").await;
        assert_eq!(read!(store, |conn| clients::by_id(conn, &wiki.id)), Some(wiki.clone()));
        wiki.secret_hash = Some("hash".into());
        wiki.enabled = false;
        wiki.settings.third_party = true;
        wiki.settings.redirect_uris.push("https://wiki.example/other?a=b&c='d'".into());
        change!(store, [wiki] |conn| clients::put(conn, &wiki));
        wiki.version += 1;
        assert_eq!(read!(store, |conn| clients::list(conn)), [mail, wiki.clone()]);

        let id = wiki.id.clone();
        assert!(change!(store, [id] |conn| clients::delete(conn, &id)));
        assert!(!change!(store, [id] |conn| clients::delete(conn, &id)));
        assert_eq!(read!(store, |conn| clients::by_id(conn, &id)), None);
    }

    async fn consent_is_for_one_person_and_one_application(store: Store) {
        let (ada, bob) = (add_user(&store, "ada").await, add_user(&store, "bob").await);
        let (wiki, mail) = (add_client(&store, "wiki").await, add_client(&store, "mail").await);
        let given = |user: UserId, id: &ClientId| {
            let (store, id) = (store.clone(), id.clone());
            async move { read!(store, |conn| clients::consent(conn, user, &id)) }
        };
        for scopes in [vec![Scope::OpenId], vec![Scope::OpenId, Scope::Email]] {
            let (id, asked) = (wiki.id.clone(), scopes.clone());
            change!(store, |conn| clients::set_consent(conn, ada.id, &id, &asked, noon()));
            assert_eq!(given(ada.id, &wiki.id).await, scopes);
        }
        assert_eq!(given(bob.id, &wiki.id).await, []);
        assert_eq!(given(ada.id, &mail.id).await, []);
        let id = wiki.id.clone();
        change!(store, |conn| clients::delete(conn, &id));
        let wiki = client("wiki");
        change!(store, [wiki] |conn| clients::put(conn, &wiki));
        assert_eq!(given(ada.id, &wiki.id).await, [], "another application with the same id");
    }

    async fn one_key_is_registered_by_one_person_only(store: Store) {
        let (ada, bob) = (add_user(&store, "ada").await, add_user(&store, "bob").await);
        let key = credential(&ada, "AQID");
        assert_eq!(change!(store, [key] |conn| credentials::insert(conn, &key)), Some(vec![]));
        for person in [&ada, &bob] {
            let again = credential(person, "AQID");
            assert_eq!(change!(store, |conn| credentials::insert(conn, &again)), None);
        }
        let other_case = credential(&bob, "aqid");
        let added = change!(store, |conn| credentials::insert(conn, &other_case));
        assert!(added.is_some(), "base64url has case");
        assert_eq!(read!(store, |conn| credentials::by_credential_id(conn, "AQID")), Some(key.clone()));
        assert_eq!(read!(store, |conn| credentials::by_user(conn, ada.id)), [key]);
    }

    async fn a_key_registered_many_times_at_once_is_registered_once(store: Store) {
        let people = [add_user(&store, "ada").await, add_user(&store, "bob").await];
        let added = race(50, |number| {
            let (store, key) = (store.clone(), credential(&people[number % 2], "AQID"));
            async move { change!(store, |conn| credentials::insert(conn, &key)).is_some() }
        })
        .await;
        assert_eq!(yes(&added), 1);
    }

    async fn a_copied_key_cannot_hide_behind_a_use_at_the_same_time(store: Store) {
        let ada = add_user(&store, "ada").await;
        let key = credential(&ada, "AQID");
        change!(store, [key] |conn| credentials::insert(conn, &key));
        let later = noon().plus(Duration::from_secs(5));
        let used = race(50, |number| {
            let (store, after) = (store.clone(), format!("counter {}", number + 1));
            let (id, before) = (key.id, key.passkey.clone());
            async move { change!(store, |conn| credentials::record_use(conn, id, &before, &after, later)) }
        })
        .await;
        assert_eq!(yes(&used), 1, "one counter follows one counter");
        let now = read!(store, |conn| credentials::by_user(conn, ada.id)).remove(0);
        assert_ne!(now.passkey, key.passkey);
        assert_eq!(now.last_used_at, Some(later));
    }

    async fn nobody_removes_a_key_of_somebody_else(store: Store) {
        let (ada, bob) = (add_user(&store, "ada").await, add_user(&store, "bob").await);
        let key = credential(&ada, "AQID");
        change!(store, [key] |conn| credentials::insert(conn, &key));
        assert!(!change!(store, |conn| credentials::delete(conn, bob.id, key.id)));
        assert!(change!(store, |conn| credentials::delete(conn, ada.id, key.id)));
        assert!(!change!(store, |conn| credentials::delete(conn, ada.id, key.id)));
    }
}
