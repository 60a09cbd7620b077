//! The portal's pages of people and passes in the language that nobody speaks (see `pseudo`): what
//! has no accents there is not from the catalogue.
#![cfg(debug_assertions)]

use firstkey::domain::user::User;
use firstkey::http::language::say;
use firstkey::service::caller::Caller;

use super::Stage;
use super::portal::come_in;
use super::pseudo::{Look, in_pseudo, w};
use crate::support::browser::Authenticator;

/// What pages show that is nobody's language: names, of people and of things.
const NAMES: [&str; 11] = [
    "nobody",
    "grace@example.com",
    "ada@example.com",
    "ada",
    "Ada Example",
    "grace",
    "Grace Hopper",
    "Firstkey",
    "Deutsch",
    "English",
    "Virtual authenticator",
];

#[tokio::test]
async fn the_portal_says_nothing_of_people_and_passes_in_plain_english() {
    let stage = Stage::set().await;
    let Stage { app, browser, .. } = &stage;
    let look = Look::at_the_portal(browser, &NAMES);
    let look = async |name: &str| look.look(name).await;
    browser.add_authenticator(Authenticator::Platform).await;
    come_in(app, browser).await;
    let services = &app.services;
    let profile = |user: &mut User| {
        user.email = Some("ada@example.com".into());
        user.profile.alternate_email = Some("ada@example.com".into());
        user.profile.given_name = Some("ada".into());
        user.profile.job_title = Some("ada".into());
        user.profile.department = Some("ada".into());
        user.profile.employee_id = Some("1815".into());
        user.external_id = Some("1815".into());
        Ok(())
    };
    services.edit_user(&Caller::OPERATOR, "ada", None, profile).await.unwrap();
    let ada = services.find_user("ada").await.unwrap();
    let grace = services.find_user("grace").await.unwrap();
    let person = format!("/admin/people/{}", ada.id);

    browser.goto(app.url("/admin?language=en-XB")).await;
    browser.heading(&w("admin-overview")).await;
    look("admin-overview").await;
    for (name, path) in [
        ("people", "/admin/people".to_owned()),
        ("people-none", "/admin/people?q=zz".into()),
        ("person-new", "/admin/people/new".into()),
        ("person", person.clone()),
        ("person-own", format!("/admin/people/{}", grace.id)),
        ("person-edit", format!("{person}/edit")),
        ("key-new", format!("{person}/key/new")),
        ("passes-none", "/admin/passes".into()),
        ("bulk", "/admin/passes/bulk".into()),
        ("back-in", "/admin/sign-in".into()),
    ] {
        browser.goto(app.url(&path)).await;
        look(&format!("admin-{name}")).await;
    }
    let list = "username,displayName\nada,\nnobody,\nnobody2,nobody";
    browser.goto(app.url("/admin/passes/bulk")).await;
    browser.fill(&w("admin-bulk-list"), list).await;
    browser.press(&w("admin-bulk-look")).await;
    browser.heading(&w("admin-bulk-heading")).await;
    look("admin-bulk-preview").await;
    browser.press(&in_pseudo(&say("admin-bulk-issue").with("n", 2_u32))).await;
    browser.wait_for_text(&w("admin-bulk-once")).await;
    look("admin-bulk-result").await;
    browser.goto(app.url(&format!("{person}/pass/new"))).await;
    look("admin-pass-new").await;
    browser.press(&w("admin-issue")).await;
    browser.wait_for_text(&w("admin-issued-once")).await;
    look("admin-pass-issued").await;
    browser.goto(app.url("/admin/passes")).await;
    look("admin-passes").await;
    services.require_registration(&Caller::OPERATOR, &ada).await.unwrap();
    browser.goto(app.url(&person)).await;
    look("admin-person-anew").await;
    browser.goto(app.url("/admin/people/new")).await;
    browser.fill(&w("username"), "ada").await;
    browser.expect_problem("status of 422");
    browser.press(&w("admin-add-this-person")).await;
    browser.wait_for_text(&in_pseudo(&say("admin-exists-user").with("name", "ada"))).await;
    look("admin-person-new-refused").await;
    app.wait(std::time::Duration::from_secs(20 * 60));
    browser.expect_problem("status of 403");
    browser.press(&w("admin-add-this-person")).await;
    browser.heading(&w("admin-again-title")).await;
    look("admin-late").await;
    stage.close().await;
}
