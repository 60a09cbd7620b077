//! The audit log in the portal: filtered, paged, exported.

use firstkey::domain::role::Role;
use firstkey::service::caller::Caller;
use serde_json::Value;

use super::Admin;
use crate::support::app::App;

/// How many lines a page shows.
fn lines(body: &str) -> usize {
    body.matches("data-label=\"When\"").count()
}

#[tokio::test]
async fn lines_are_filtered_by_what_happened_to_whom_by_whom_and_how() {
    let app = App::start().await;
    for name in ["ada", "grace"] {
        app.person(name).await;
        app.pass(name).await;
    }
    let mut them = app.visitor();
    them.open("/security-info").await.page();
    assert!(them.sign_in("ada", "WRNG-2345").await.page().alert().is_some());
    let mut admin = Admin::new(&app, "root", Role::GlobalAdministrator).await;

    let page = admin.get("/admin/audit?activity=passIssued").await;
    assert_eq!(lines(&page.body), 3, "ada's, grace's, root's");
    let page = admin.get("/admin/audit?activity=passIssued&person=ada&by=operator").await;
    assert_eq!(lines(&page.body), 1);
    let page = admin.get("/admin/audit?activity=signIn&result=refused").await;
    assert_eq!(lines(&page.body), 1);
    assert!(page.body.contains("wrong pass"), "the true reason");
    assert_eq!(lines(&admin.get("/admin/audit?activity=signIn&result=done").await.body), 2);
    assert_eq!(lines(&admin.get("/admin/audit?until=2001-01-01").await.body), 0);
    assert!(lines(&admin.get("/admin/audit?since=2001-01-01").await.body) > 5);
    for (query, complaint) in
        [("person=nobody", "There is nobody called nobody."), ("since=soon", "From: a date")]
    {
        let page = admin.get(&format!("/admin/audit?{query}")).await;
        assert!(page.alert().is_some_and(|alert| alert.starts_with(complaint)), "{query}");
    }
    let hostile = admin.get("/admin/audit?person=%3Cscript%3Ealert(1)%3C/script%3E").await;
    assert!(!hostile.body.contains("<script>alert"));
}

#[tokio::test]
async fn pages_follow_each_other_and_an_export_has_every_line() {
    let app = App::start().await;
    for number in 0..40 {
        app.services.add_group(&Caller::OPERATOR, &format!("g{number:02}")).await.unwrap();
    }
    let mut admin = Admin::new(&app, "root", Role::GlobalReader).await;
    let first = admin.get("/admin/audit?activity=groupChanged").await;
    assert_eq!(lines(&first.body), 25);
    let (_, rest) = first
        .body
        .split_once("href=\"/admin/audit?activity=groupChanged&#38;after=")
        .expect("a next page");
    let after = rest.split_once('"').unwrap().0;
    let second = admin.get(&format!("/admin/audit?activity=groupChanged&after={after}")).await;
    assert_eq!(lines(&second.body), 15);
    assert!(
        first.body.contains("g39") && !second.body.contains("g39") && second.body.contains("g00")
    );

    let export = admin.get("/admin/audit/export?activity=groupChanged").await;
    assert!(export.headers["content-disposition"].to_str().unwrap().contains("audit.jsonl"));
    let exported: Vec<Value> =
        export.body.lines().map(|line| serde_json::from_str(line).unwrap()).collect();
    assert_eq!(exported.len(), 40);
    assert_eq!(exported[0]["detail"], "group g39 added");
    assert_eq!(exported[0]["actor"], "operator");
}

#[tokio::test]
async fn the_log_is_for_those_who_may_read_it() {
    let app = App::start().await;
    let mut admin = Admin::new(&app, "users", Role::UserAdministrator).await;
    assert_eq!(admin.get("/admin/audit").await.status, 404);
    assert_eq!(admin.get("/admin/audit/export").await.status, 404);
    assert!(!admin.get("/admin").await.body.contains("/admin/audit"));
}
