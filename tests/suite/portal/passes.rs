//! Issuing a pass: shown once, replaced knowingly, within the policy.

use firstkey::domain::audit::Activity;
use firstkey::domain::pass::Usability;
use firstkey::domain::role::Role;
use firstkey::domain::user::User;
use firstkey::service::caller::Caller;
use firstkey::store::audit::Search;
use serde_json::json;

use super::{Admin, notice, page_of, with_roles};
use crate::support::app::App;
use crate::support::visitor::{Page, Request};

fn new_pass(user: &User) -> String {
    format!("{}/pass/new", page_of(user))
}

/// The value on the slip.
fn value(page: &Page) -> Option<String> {
    let (_, rest) = page.body.split_once("id=\"value\">")?;
    rest.split_once('<').map(|(value, _)| value.to_owned())
}

/// Fills in the form as it is, and sends it.
async fn issue(admin: &mut Admin, user: &User, fields: &[(&str, &str)]) -> Page {
    let form = admin.get(&new_pass(user)).await;
    let replaces = form.value("replaces").unwrap_or_default();
    let mut all = vec![("replaces", replaces.as_str()), ("offset", "0")];
    all.extend_from_slice(fields);
    admin.post(&new_pass(user), &all).await
}

#[tokio::test]
async fn the_value_is_in_one_answer_and_nowhere_else() {
    let app = App::start().await;
    let ada = app.person("ada").await;
    let mut admin = Admin::new(&app, "root", Role::GlobalAdministrator).await;
    let page = issue(&mut admin, &ada, &[("lifetime", "60")]).await;
    assert_eq!((page.status, page.heading().as_str()), (200, "A pass for Ada Example"));
    assert_eq!(page.headers["cache-control"], "no-store");
    let shown = value(&page).expect("a value");
    assert_eq!(shown.len(), 9, "groups of four");
    assert_eq!(page.body.matches(&shown).count(), 1);
    assert!(!page.path.contains(&shown));
    assert!(page.body.contains(&app.issuer) && page.body.contains("class=\"slip-qr\""));

    let bare = shown.replace('-', "");
    let search = Search::default();
    let lines = app.services.search_audit(&Caller::OPERATOR, &search, 1000).await.unwrap();
    let told = format!("{lines:?}");
    let mut later = format!("{told}{}", admin.visitor.cookies().concat());
    for path in ["/admin".to_owned(), page_of(&ada), new_pass(&ada), "/admin/people".to_owned()] {
        later.push_str(&admin.get(&path).await.body);
    }
    assert!(!later.contains(&shown) && !later.contains(&bare));

    // It works, in the hands of whom it was made for.
    app.one_method_is_enough().await;
    let mut them = app.visitor();
    them.authorize(&Request::of(&app.client("payroll").await)).await.page();
    let page = them.sign_in("ada", &shown.to_lowercase()).await.page();
    assert_eq!(page.heading(), "Welcome, Ada Example.");
    assert_eq!(app.audited(Activity::PassIssued).await.len(), 2, "the admin's own, and this one");
}

#[tokio::test]
async fn a_form_that_is_sent_twice_issues_one_pass() {
    let app = App::start().await;
    let ada = app.person("ada").await;
    let mut admin = Admin::new(&app, "root", Role::GlobalAdministrator).await;
    let form = admin.get(&new_pass(&ada)).await;
    let replaces = form.value("replaces").unwrap_or_default();
    let fields = [("replaces", replaces.as_str()), ("lifetime", "90")];
    let first = admin.post(&new_pass(&ada), &fields).await;
    assert!(value(&first).is_some());
    let pass = app.services.show_pass(&ada).await.unwrap().unwrap().pass.id;

    let again = admin.post(&new_pass(&ada), &fields).await;
    assert_eq!(again.status, 422);
    assert!(again.body.contains("cannot be shown again"), "{}", again.body);
    assert!(value(&again).is_none());
    assert_eq!(again.value("lifetime").as_deref(), Some("90"), "nothing typed is lost");
    assert_eq!(app.services.show_pass(&ada).await.unwrap().unwrap().pass.id, pass);

    // Now they know of it, and mean it.
    let replaces = again.value("replaces").unwrap();
    assert_eq!(replaces, pass.to_string());
    let third = admin.post(&new_pass(&ada), &[("replaces", &replaces), ("lifetime", "90")]).await;
    assert!(value(&third).is_some_and(|new| Some(new) != value(&first)));
}

#[tokio::test]
async fn bounds_are_shown_before_they_are_broken_and_named_when_they_are() {
    let app = App::start().await;
    let ada = app.person("ada").await;
    let mut admin = Admin::new(&app, "helper", Role::AuthenticationAdministrator).await;
    app.policy(
        "TemporaryAccessPass",
        json!({ "minimumLifetimeInMinutes": 30, "maximumLifetimeInMinutes": 120 }),
    )
    .await;
    let form = admin.get(&new_pass(&ada)).await;
    assert!(form.body.contains("From 30 to 120"));
    for (fields, said) in [
        ([("lifetime", "29"), ("start", "")], "Lifetime in minutes"),
        ([("lifetime", "121"), ("start", "")], "between 30 and 120 minutes"),
        ([("lifetime", "an hour"), ("start", "")], "Lifetime"),
        ([("lifetime", "99999999999999999999"), ("start", "")], "Lifetime"),
        ([("lifetime", "60"), ("start", "2001-01-01T08:00")], "past"),
        ([("lifetime", "60"), ("start", "soon")], "Start"),
    ] {
        let page = issue(&mut admin, &ada, &fields).await;
        assert_eq!(page.status, 422, "{fields:?}");
        assert!(page.body.contains(said), "{fields:?}");
        assert!(value(&page).is_none());
    }
    assert!(app.services.show_pass(&ada).await.unwrap().is_none());

    // Where the policy wants every pass to be one-time, so it is, whatever is sent.
    app.policy("TemporaryAccessPass", json!({ "isUsableOnce": true })).await;
    let form = admin.get(&new_pass(&ada)).await;
    assert!(form.body.contains("The policy lets no pass be used more than once."));
    let page = issue(&mut admin, &ada, &[("once", "on")]).await;
    assert!(value(&page).is_some(), "{}", page.body);
    assert!(app.services.show_pass(&ada).await.unwrap().unwrap().pass.terms.one_time);
}

#[tokio::test]
async fn a_pass_that_will_not_work_yet_is_issued_with_a_warning() {
    let app = App::start().await;
    let ada = app.person("ada").await;
    let mut admin = Admin::new(&app, "root", Role::GlobalAdministrator).await;
    let group = app.services.add_group(&Caller::OPERATOR, "Newcomers").await.unwrap();
    let target = json!([{ "targetType": "group", "id": group.id }]);
    app.policy("TemporaryAccessPass", json!({ "includeTargets": target })).await;
    assert!(admin.get(&new_pass(&ada)).await.body.contains("does not let Ada Example sign in"));
    let page = issue(&mut admin, &ada, &[("start", "2030-01-31T08:00")]).await;
    assert_eq!(page.status, 422, "more than a year ahead");
    let page = issue(&mut admin, &ada, &[]).await;
    assert!(value(&page).is_some() && page.body.contains("Not allowed by policy"));

    app.services.set_membership(&Caller::OPERATOR, "Newcomers", "ada", true).await.unwrap();
    assert!(!admin.get(&new_pass(&ada)).await.body.contains("does not let"));
    app.disable("ada").await;
    assert!(admin.get(&new_pass(&ada)).await.body.contains("account is disabled"));
    let shown = admin.get(&page_of(&ada)).await;
    assert!(shown.body.contains("The account is disabled"), "the true reason");
}

#[tokio::test]
async fn an_admins_pass_waits_for_a_second_admin() {
    let app = App::start().await;
    let boss = with_roles(&app, "boss", &[Role::GlobalAdministrator]).await;
    let mut first = Admin::new(&app, "first", Role::GlobalAdministrator).await;
    let mut second = Admin::new(&app, "second", Role::PrivilegedAuthenticationAdministrator).await;
    app.policy("TemporaryAccessPass", json!({ "isApprovalRequiredForAdmins": true })).await;
    assert!(first.get(&new_pass(&boss)).await.body.contains("a second admin must approve"));
    let page = issue(&mut first, &boss, &[]).await;
    assert!(value(&page).is_some());

    let approve = format!("{}/pass/approve", page_of(&boss));
    assert_eq!(first.post(&approve, &[]).await.status, 403, "not by whoever issued it");
    let page = second.get(&page_of(&boss)).await;
    assert!(page.body.contains("Approve this pass"));
    let page = second.post(&approve, &[]).await;
    assert_eq!(notice(&page), "Boss Example’s pass is approved.");
    let status = app.services.show_pass(&boss).await.unwrap().unwrap();
    assert_eq!(status.usability, Usability::EnabledByPolicy);
    let page = second.post(&approve, &[]).await;
    assert_eq!(notice(&page), "No pass waits for approval any more.");

    let page = second.post(&format!("{}/pass/delete", page_of(&boss)), &[]).await;
    assert!(notice(&page).contains("was deleted"));
    assert!(app.services.show_pass(&boss).await.unwrap().is_none());
}
