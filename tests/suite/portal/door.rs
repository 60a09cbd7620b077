//! Who comes in, and how recent their sign-in must be.

use firstkey::domain::role::Role;
use firstkey::service::caller::Caller;

use super::{Admin, MINUTE, notice, page_of, with_roles};
use crate::support::app::App;
use crate::support::authenticator::SoftAuthenticator;
use crate::support::visitor::Request;

#[tokio::test]
async fn a_stranger_signs_in_and_comes_out_at_the_page_that_was_asked_for() {
    let app = App::start().await;
    let mut admin = Admin::new(&app, "root", Role::GlobalAdministrator).await;
    let mut later = app.visitor();
    later.open("/admin/people?q=ro&state=enabled").await.page();
    assert!(later.journey().starts_with("/journey/"));
    let page = later.use_passkey(&mut admin.key).await.page();
    assert_eq!(page.path, "/admin/people?q=ro&state=enabled");
    assert!(page.body.contains("Root Example"));
    assert_eq!(page.headers["cache-control"], "no-store");
}

#[tokio::test]
async fn a_member_hears_who_can_help_whatever_they_try() {
    let app = App::start().await;
    app.one_method_is_enough().await;
    app.person("ada").await;
    let pass = app.pass("ada").await;
    let request = Request::of(&app.client("payroll").await);
    let (mut ada, mut key) = (app.visitor(), SoftAuthenticator::new());
    ada.day_one(&request, "ada", &pass, &mut key).await.code();
    let own = ada.open("/security-info").await.page();

    for path in ["/admin", "/admin/people", "/admin/people/new", "/admin/groups"] {
        let page = ada.open(path).await.page();
        assert_eq!(page.status, 403, "{path}");
        assert_eq!(page.heading(), "This part is for administrators");
        assert!(page.body.contains("My Security Info"));
    }
    ada.page = Some(own);
    let page = ada.submit_to("/admin/people/new", &[("username", "mallory")]).await.page();
    assert_eq!(page.heading(), "This part is for administrators");
    assert!(app.services.find_user("mallory").await.is_err());
}

#[tokio::test]
async fn a_pass_alone_opens_nothing_of_the_portal() {
    let app = App::start().await;
    // An admin whose key was registered long ago, and who now has a pass as well.
    Admin::new(&app, "root", Role::GlobalAdministrator).await;
    app.wait(MINUTE * 60 * 24);
    let pass = app.pass("root").await;
    let request = Request::of(&app.client("payroll").await);
    let mut thief = app.visitor();
    thief.authorize(&request).await.page();
    thief.sign_in("root", &pass).await.page();

    let page = thief.open("/admin").await.page();
    assert!(page.path.starts_with("/journey/"), "{} {}", page.path, page.heading());
    assert!(!page.body.contains("Overview"));
    // Nor by sending what the pages would send.
    let page = thief.submit_to("/admin/people/new", &[("username", "mallory")]).await.page();
    assert_eq!((page.status, page.heading().as_str()), (403, "Sign in again"));
    assert!(app.services.find_user("mallory").await.is_err());
}

#[tokio::test]
async fn whoever_lost_their_role_is_out_at_once() {
    let app = App::start().await;
    let mut admin = Admin::new(&app, "root", Role::GlobalAdministrator).await;
    let edit = |user: &mut firstkey::domain::user::User| {
        user.roles.clear();
        Ok(())
    };
    app.services.edit_user(&Caller::OPERATOR, "root", None, edit).await.unwrap();
    let page = admin.post("/admin/people/new", &[("username", "mallory")]).await;
    assert_eq!(page.status, 403);
    assert!(app.services.find_user("mallory").await.is_err());
    assert_eq!(admin.get("/admin").await.status, 403);
}

#[tokio::test]
async fn looking_takes_a_key_and_changing_a_recent_one() {
    let app = App::start().await;
    let mut admin = Admin::new(&app, "root", Role::GlobalAdministrator).await;
    app.wait(MINUTE * 16);
    assert_eq!(admin.get("/admin/people").await.heading(), "People");
    let page = admin.get("/admin/people/new").await;
    assert!(page.path.starts_with("/journey/"), "{}", page.path);
    assert!(page.body.contains("show that it is still you"));
    let Admin { visitor, key, .. } = &mut admin;
    let page = visitor.use_passkey(key).await.page();
    assert_eq!(page.path, "/admin/people/new");

    // An organisation may want it otherwise.
    app.policy("AdminPortal", serde_json::json!({ "strongSignInMaxAgeInMinutes": 60 })).await;
    app.wait(MINUTE * 50);
    assert_eq!(admin.get("/admin/people/new").await.path, "/admin/people/new");
}

#[tokio::test]
async fn a_form_that_comes_too_late_loses_nothing() {
    let app = App::start().await;
    let mut admin = Admin::new(&app, "root", Role::GlobalAdministrator).await;
    admin.get("/admin/people/new").await;
    app.wait(MINUTE * 16);
    let hostile = "\"><script>alert(1)</script>";
    let page =
        admin.post("/admin/people/new", &[("username", "grace"), ("displayName", hostile)]).await;
    assert_eq!((page.status, page.heading().as_str()), (403, "Sign in again"));
    assert_eq!(page.value("username").as_deref(), Some("grace"));
    assert!(!page.body.contains(hostile) && !page.body.contains("<script>alert"));
    assert_eq!(page.body.matches("name=\"csrf\" value").count(), 1, "a token of now, not of then");
    assert!(app.services.find_user("grace").await.is_err());

    // In another tab of the same browser.
    let mut tab = admin.visitor.clone();
    tab.open("/admin/sign-in").await.page();
    let back = tab.use_passkey(&mut admin.key).await.page();
    assert_eq!(back.heading(), "You're signed in again");
    let fields = [("username", "grace"), ("displayName", hostile)];
    let csrf = back.csrf().unwrap_or_default();
    assert_eq!(page.csrf().unwrap_or_default(), csrf, "the page that waits still counts");
    let page = admin.post("/admin/people/new", &fields).await;
    assert_eq!(page.status, 200, "{}", page.heading());
    assert!(notice(&page).contains("was added"), "{}", page.body);
    assert!(app.services.find_user("grace").await.is_ok());
}

#[tokio::test]
async fn what_other_sites_send_changes_nothing() {
    let app = App::start().await;
    let mut admin = Admin::new(&app, "root", Role::GlobalAdministrator).await;
    let ada = app.person("ada").await;
    let delete = format!("{}/delete", page_of(&ada));
    for token in ["", "guessed"] {
        let mut page = admin.get(&page_of(&ada)).await;
        let good = page.csrf().unwrap().to_owned();
        page.body = page.body.replace(&good, token);
        admin.visitor.page = Some(page);
        let page = admin.post(&delete, &[("username", "ada")]).await;
        assert_eq!(
            (page.status, page.heading().as_str()),
            (403, "This page was open for too long")
        );
    }
    // Nor is a link enough.
    let answer = admin.visitor.raw(reqwest::Method::GET, &delete).await;
    assert_eq!(answer.status(), 405);
    assert!(app.services.find_user("ada").await.is_ok());
}

#[tokio::test]
async fn the_first_admin_comes_in_by_way_of_their_first_key() {
    let app = App::start().await;
    with_roles(&app, "root", &[Role::GlobalAdministrator]).await;
    let pass = app.pass("root").await;
    let mut root = app.visitor();
    root.open("/admin").await.page();
    root.sign_in("root", &pass).await.page();
    // Before they have used it, the portal stays closed.
    let page = root.open("/admin").await.page();
    assert!(page.path.starts_with("/journey/"));
    let mut key = SoftAuthenticator::new();
    root.register(&mut key).await.page();
    let page = root.open("/admin").await.page();
    assert!(page.path.starts_with("/journey/"), "{}", page.path);
}
