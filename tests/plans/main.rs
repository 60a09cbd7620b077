//! Every list is walked in an index, on both engines: no table is read from end to end, and nothing
//! is sorted but what is few.
//!
//! The statements are those that the server really sends: a subscriber listens to what sqlx says, for
//! the whole process, which is why this is a program of its own.

#![allow(clippy::unwrap_used, reason = "in a test, a panic is how trouble is told")]

#[allow(
    unused_imports,
    unused_macros,
    reason = "these lists are asked for on one database of each"
)]
#[path = "../support/database.rs"]
mod database;
#[path = "../support/postgres.rs"]
mod postgres;

use std::collections::BTreeSet;
use std::fmt::Debug;
use std::sync::{Arc, Mutex, PoisonError};
use std::time::Duration;

use firstkey::crypto::master::MasterSecret;
use firstkey::crypto::random::SystemRandom;
use firstkey::domain::filter::{Condition, Filter, GroupField, Test, UserField as F};
use firstkey::domain::time::SystemClock;
use firstkey::service::caller::Caller;
use firstkey::service::directory::After;
use firstkey::service::users::NewUser;
use firstkey::service::{Services, Setup};
use firstkey::store::audit::{Part, Search};
use firstkey::store::{Engine, Store};
use sqlx::{AssertSqlSafe, Row as _};
use tracing::field::{Field, Visit};
use tracing::span::{Attributes, Id, Record};
use tracing::{Event, Metadata, Subscriber};

/// Keeps every statement that is sent.
#[derive(Clone, Default)]
struct Listener(Arc<Mutex<BTreeSet<String>>>);

impl Listener {
    fn take(&self) -> BTreeSet<String> {
        std::mem::take(&mut self.0.lock().unwrap_or_else(PoisonError::into_inner))
    }
}

#[derive(Default)]
struct Statement {
    summary: String,
    whole: String,
}

impl Visit for Statement {
    fn record_debug(&mut self, field: &Field, value: &dyn Debug) {
        self.record_str(field, &format!("{value:?}"));
    }

    fn record_str(&mut self, field: &Field, value: &str) {
        match field.name() {
            "summary" => value.clone_into(&mut self.summary),
            "db.statement" => value.clone_into(&mut self.whole),
            _ => {}
        }
    }
}

impl Subscriber for Listener {
    fn enabled(&self, metadata: &Metadata<'_>) -> bool {
        metadata.target() == "sqlx::query"
    }

    fn event(&self, event: &Event<'_>) {
        let mut statement = Statement::default();
        event.record(&mut statement);
        let Statement { summary, whole } = statement;
        let text = if whole.trim().is_empty() { summary } else { whole };
        self.0.lock().unwrap_or_else(PoisonError::into_inner).insert(text.trim().to_owned());
    }

    fn new_span(&self, _: &Attributes<'_>) -> Id {
        Id::from_u64(1)
    }
    fn record(&self, _: &Id, _: &Record<'_>) {}
    fn record_follows_from(&self, _: &Id, _: &Id) {}
    fn enter(&self, _: &Id) {}
    fn exit(&self, _: &Id) {}
}

async fn start(store: &Store) -> Services {
    Services::start(Setup {
        store: store.clone(),
        clock: Arc::new(SystemClock),
        random: Arc::new(SystemRandom),
        master: MasterSecret::generate(&SystemRandom),
        issuer: "http://localhost:8080".parse().expect("a URL"),
        brand: "Firstkey".into(),
        sends_mail: false,
        outbound_networks: Vec::new(),
        push_networks: Vec::new(),
    })
    .await
    .expect("the services start")
}

fn is<F>(field: F) -> Condition<F> {
    Condition { field, test: Test::Is("a".into()) }
}

fn begins<F>(field: F) -> Condition<F> {
    Condition { field, test: Test::StartsWith("a".into()) }
}

/// Asks for every list in every way that surfaces do.
async fn ask_for_everything(services: &Services) {
    let me = &Caller::OPERATOR;
    let user = services.find_user("ada").await.unwrap();
    let group = services.find_group("Staff").await.unwrap();
    services.overview(me).await.unwrap();
    services.open_passes(me, None, 50).await.unwrap();
    services.show_user("ada").await.unwrap();
    services.show_pass(&user).await.unwrap();
    services.members_of(me, &group, &After::User(String::new()), 50).await.unwrap();
    services.list_users("", 50).await.unwrap();

    let flag = |field, on| Condition { field, test: Test::Flag(on) };
    let mut filters = vec![
        vec![],
        vec![vec![flag(F::Enabled, true)]],
        vec![vec![flag(F::Enabled, false)]],
        vec![vec![flag(F::Registered, true)]],
        vec![vec![flag(F::Registered, false), flag(F::Enabled, true)]],
        vec![vec![begins(F::Username)], vec![begins(F::DisplayName)], vec![begins(F::Email)]],
    ];
    for field in [F::Id, F::Username, F::DisplayName, F::Email, F::ExternalId] {
        filters.push(vec![vec![is(field)]]);
    }
    for field in [F::Username, F::DisplayName, F::Email] {
        filters.push(vec![vec![begins(field)]]);
        filters.push(vec![vec![begins(field), flag(F::Enabled, true)]]);
    }
    for any_of in filters {
        let filter = Filter { any_of };
        services.search_users(me, &filter, "", 50).await.unwrap();
        services.count_users(me, &filter).await.unwrap();
    }
    for condition in
        [vec![], vec![vec![begins(GroupField::Name)]], vec![vec![is(GroupField::Name)]]]
    {
        let filter = Filter { any_of: condition };
        services.search_groups(me, &filter, "", 50).await.unwrap();
        services.count_groups(me, &filter).await.unwrap();
    }

    let now = services.now();
    let place = || Some((now, "a".to_owned()));
    let text = || Some("a".to_owned());
    let several = || vec!["passIssued".to_owned(), "userAdded".to_owned()];
    for part in [None, Some(Part::SignIns), Some(Part::Changes)] {
        for success in [None, Some(true), Some(false)] {
            let base = Search { part, success, ..Search::default() };
            for search in [
                base.clone(),
                Search { older_than: place(), ..base.clone() },
                Search { newer_than: place(), oldest_first: true, ..base.clone() },
                Search { since: Some(now), until: Some(now), ..base.clone() },
                Search { actor: text(), ..base.clone() },
                Search { subject: Some(user.id), ..base.clone() },
                Search { client: text(), ..base.clone() },
                Search { activities: vec!["passIssued".into()], ..base.clone() },
                Search { activities: several(), ..base.clone() },
                Search { activities: several(), older_than: place(), ..base.clone() },
            ] {
                services.search_audit(me, &search, 50).await.unwrap();
            }
        }
    }
    services.audit_line(me, "a").await.unwrap();
    services.sealed_audit(me, 0, 50).await.unwrap();
}

/// What an engine means to do, line by line.
async fn plan(store: &Store, statement: &str) -> Vec<String> {
    let mut conn = store.reader().await.unwrap();
    let (sql, column) = if store.engine() == Engine::Sqlite {
        (format!("EXPLAIN QUERY PLAN {statement}"), "detail")
    } else {
        // A plan for any value, as for a statement that was prepared long ago; a table is read from
        // end to end, or sorted, only where there is no other way.
        let parameters = (1..=99).take_while(|n| statement.contains(&format!("${n}"))).count();
        let nulls = vec!["NULL"; parameters].join(", ");
        let call = if parameters == 0 { String::new() } else { format!("({nulls})") };
        for setting in [
            "DEALLOCATE ALL",
            "SET enable_seqscan = off",
            "SET enable_sort = off",
            "SET enable_bitmapscan = off",
            "SET plan_cache_mode = force_generic_plan",
        ] {
            sqlx::raw_sql(setting).execute(&mut *conn).await.unwrap();
        }
        let prepare = AssertSqlSafe(format!("PREPARE it AS {statement}"));
        sqlx::raw_sql(prepare).execute(&mut *conn).await.unwrap();
        (format!("EXPLAIN EXECUTE it{call}"), "QUERY PLAN")
    };
    let rows = sqlx::raw_sql(AssertSqlSafe(sql)).fetch_all(&mut *conn).await.unwrap();
    if store.engine() == Engine::Postgres {
        sqlx::raw_sql("DISCARD ALL").execute(&mut *conn).await.unwrap();
    }
    rows.iter().map(|row| row.get::<String, _>(column)).collect()
}

/// What is wrong with a plan.
fn fault(engine: Engine, statement: &str, plan: &[String]) -> Option<String> {
    // What is found by a name of its own, or by a name that begins in some way, may be sorted; so may
    // what was collected from several pages of one list, and the few things of one person.
    let sorts = [
        "UNION ALL",
        "group_groups",
        "display_name_key",
        "email_key",
        "external_id",
        "$1 ORDER BY",
        " id = ",
    ];
    let may_sort = sorts.iter().any(|part| statement.contains(part));
    plan.iter()
        .map(|line| line.trim().trim_start_matches("->").trim())
        .find(|line| match engine {
            Engine::Sqlite => {
                let scan = line.starts_with("SCAN") && !line.contains(" USING ");
                let few = line.starts_with("SCAN few");
                let part = line.starts_with("SCAN e") || line.starts_with("SCAN a");
                let sort = line.starts_with("USE TEMP B-TREE FOR ORDER BY");
                (scan && !few && !(part && statement.contains("UNION ALL"))) || (sort && !may_sort)
            }
            Engine::Postgres => {
                line.contains("Seq Scan") || (line.starts_with("Sort ") && !may_sort)
            }
        })
        .map(str::to_owned)
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn every_list_is_walked_in_an_index() {
    let listener = Listener::default();
    tracing::subscriber::set_global_default(listener.clone()).unwrap();
    for engine in [Engine::Sqlite, Engine::Postgres] {
        let database = database::fresh(engine).await;
        let store = database.open().await;
        let services = start(&store).await;
        let new = NewUser { username: "ada".into(), ..NewUser::default() };
        let ada = services.add_user(&Caller::OPERATOR, new).await.unwrap();
        let staff = services.add_group(&Caller::OPERATOR, "Staff").await.unwrap();
        let member = firstkey::domain::group::Member::User(ada.id);
        services.set_member(&Caller::OPERATOR, &staff, member, true).await.unwrap();
        // Whatever else was still being said.
        tokio::time::sleep(Duration::from_millis(50)).await;
        listener.take();
        ask_for_everything(&services).await;
        tokio::time::sleep(Duration::from_millis(50)).await;
        let statements = listener.take();
        assert!(statements.len() > 60, "{} statements were heard", statements.len());
        let mut faults = Vec::new();
        for statement in statements.iter().filter(|one| one.contains("SELECT")) {
            if statement.contains("FROM policies") {
                continue;
            }
            let plan = plan(&store, statement).await;
            if let Some(line) = fault(engine, statement, &plan) {
                faults.push(format!("{line}\n  in {statement}\n  {plan:#?}"));
            }
        }
        assert!(faults.is_empty(), "{engine:?}: {} faults:\n{}", faults.len(), faults.join("\n"));
    }
}
