//! The admin portal: an admin with a key, somebody new with the pass that the admin was shown.

use std::path::PathBuf;

use firstkey::domain::client::{ForwardAuth, GrantType, HintedBy, Scope};
use firstkey::domain::id::GroupId;
use firstkey::domain::role::Role;
use firstkey::domain::user::User;
use firstkey::service::caller::Caller;
use serde_json::json;

use super::pages::Album;
use super::{Stage, finish, sign_in};
use crate::support::app::App;
use crate::support::browser::{Authenticator, Browser, Role as Control};
use crate::support::entra::Entra;

/// An admin on the first day: from the pass to the overview.
pub(super) async fn come_in(app: &App, browser: &Browser) {
    app.one_method_is_enough().await;
    app.person("grace").await;
    let promote = |user: &mut User| {
        user.display_name = "Grace Hopper".into();
        user.roles = [Role::GlobalAdministrator].into();
        Ok(())
    };
    app.services.edit_user(&Caller::OPERATOR, "grace", None, promote).await.unwrap();
    let pass = app.pass("grace").await;
    browser.goto(app.url("/admin")).await;
    sign_in(browser, "grace", &pass).await;
    browser.heading("Welcome, Grace Hopper.").await;
    browser.press("Add a passkey").await;
    browser.wait_for_text("Use what you have just set up once").await;
    browser.press("Use a passkey").await;
    finish(browser).await;
    browser.heading("Overview").await;
}

#[tokio::test]
async fn an_admin_issues_a_pass_and_the_new_colleague_signs_in_with_it() {
    let (stage, theirs) = Stage::for_two().await;
    let Stage { app, browser, payroll } = &stage;
    browser.add_authenticator(Authenticator::Platform).await;
    come_in(app, browser).await;
    browser.link("People").await;
    browser.heading("People").await;
    browser.link("Add a person").await;
    browser.fill("Username", "alan").await;
    browser.fill("Display name", "Alan Turing").await;
    browser.press("Add this person").await;
    browser.heading("Alan Turing").await;
    browser.wait_for_text("Issue a pass, so that they can begin.").await;
    browser.press("Issue a pass").await;
    browser.heading("A pass for Alan Turing").await;
    browser.wait_for_text("In your time zone").await;
    browser.fill("Lifetime in minutes", "90").await;
    browser.tick("Works once After that they have ten minutes to register. Otherwise it works as often as needed while it lasts.").await;
    browser.press("Issue a pass").await;
    browser.wait_for_text("The pass is shown this once.").await;
    let value = browser.text_of("#value").await;
    assert!(browser.shows("Print this slip").await);

    // Where the new colleague sits.
    theirs.add_authenticator(Authenticator::Platform).await;
    theirs.goto(payroll.url("/login")).await;
    sign_in(&theirs, "alan", &value).await;
    theirs.heading("Welcome, Alan Turing.").await;
    theirs.press("Add a passkey").await;
    finish(&theirs).await;
    assert_eq!(payroll.result(&theirs).await["claims"]["name"], "Alan Turing");
    theirs.close().await;

    // Back shows the form again, not the value; and what became of it is said.
    browser.link("Done: back to Alan Turing").await;
    browser.wait_for_text("Used").await;
    assert!(!browser.shows(&value).await);
    browser.wait_for_text("Virtual authenticator").await;
    stage.close().await;
}

#[tokio::test]
async fn a_sign_in_that_is_too_old_is_renewed_before_something_is_changed() {
    let stage = Stage::set().await;
    let Stage { app, browser, .. } = &stage;
    browser.add_authenticator(Authenticator::Platform).await;
    come_in(app, browser).await;
    browser.goto(app.url("/admin/people/new")).await;
    browser.fill("Username", "alan").await;
    app.wait(std::time::Duration::from_secs(20 * 60));
    browser.expect_problem("status of 403");
    browser.press("Add this person").await;
    browser.heading("Sign in again").await;
    browser.goto(app.url("/admin/sign-in")).await;
    browser.heading("One more check").await;
    browser.press("Use a passkey").await;
    browser.heading("You're signed in again").await;
    browser.back().await;
    stage.close().await;
}

#[tokio::test]
async fn an_application_that_is_known_is_added_by_its_address() {
    let stage = Stage::set().await;
    let Stage { app, browser, .. } = &stage;
    let folder = std::env::var_os("FIRSTKEY_PICTURES").map(PathBuf::from);
    let album = Album::new(browser, folder);
    browser.add_authenticator(Authenticator::Platform).await;
    come_in(app, browser).await;
    browser.link("Applications").await;
    browser.link("Add an application").await;
    browser.link("Use a preset").await;
    browser.heading("Use a preset").await;
    album.look("admin-preset").await;
    browser.choose("Application", "Nextcloud").await;
    browser.fill("Its address", "https://cloud.example.com/?a=b").await;
    browser.expect_problem("status of 422");
    browser.press("Add this application").await;
    browser.wait_for_text("the bare address is needed").await;
    album.look("admin-preset-refused").await;
    browser.fill("Its address", "https://cloud.example.com").await;
    browser.press("Add this application").await;
    browser.heading("Nextcloud").await;
    browser.heading("What to write on its side").await;
    album.look("admin-preset-added").await;
    let (pasted, secret) = (browser.text_of("#paste").await, browser.text_of("#secret").await);
    assert!(pasted.contains(&format!("--clientsecret='{secret}'")), "{pasted}");
    assert!(browser.shows("occ app:install user_oidc").await);
    assert!(browser.has(Control::Button, "Copy the settings").await);
    stage.close().await;
}

/// Applications behind a proxy, for these groups, and of another provider.
pub(super) async fn of_other_kinds(app: &App, groups: Vec<GroupId>) -> Entra {
    app.client_with("wiki", true, |settings| {
        let origin = "https://wiki.research.example.com";
        settings.client_name = "Wiki".into();
        settings.redirect_uris = vec![format!("{origin}/.firstkey/callback")];
        settings.grant_types = vec![GrantType::AuthorizationCode];
        settings.scope = vec![Scope::OpenId];
        settings.forward_auth = Some(ForwardAuth { origin: origin.into(), groups });
    })
    .await;
    let entra = Entra::start().await;
    entra.register(app, HintedBy::Oid).await;
    entra
}

/// A picture of the slip as it is printed, where there are pictures.
async fn print_slip(browser: &Browser, album: &Album<'_>) {
    if let Some(folder) = &album.folder {
        browser.devtools("Emulation.setEmulatedMedia", json!({ "media": "print" })).await;
        browser.screenshot(folder.join("admin-pass-slip.png")).await;
        browser.devtools("Emulation.setEmulatedMedia", json!({ "media": "" })).await;
    }
}

#[tokio::test]
#[expect(clippy::too_many_lines, reason = "a walk through all of it")]
async fn no_page_of_the_portal_is_wider_than_a_small_phone() {
    let stage = Stage::set().await;
    let Stage { app, browser, .. } = &stage;
    let folder = std::env::var_os("FIRSTKEY_PICTURES").map(PathBuf::from);
    let album = Album::new(browser, folder);
    browser.add_authenticator(Authenticator::Platform).await;
    let services = &app.services;
    let people = [
        ("alan", "Alan Turing"),
        ("barbara", "Barbara Liskov"),
        ("edsger", "Edsger Dijkstra"),
        ("katherine.johnson@research.example.com", "Katherine Johnson"),
        ("margaret", "Margaret Hamilton"),
    ];
    for (username, name) in people {
        let new = firstkey::service::users::NewUser {
            username: username.into(),
            display_name: Some(name.into()),
            email: Some(format!("{}@example.com", username.split('@').next().unwrap())),
            ..Default::default()
        };
        services.add_user(&Caller::OPERATOR, new).await.unwrap();
    }
    app.pass("alan").await;
    app.one_time_pass("barbara").await;
    app.disable("edsger").await;
    for (name, members) in [("Engineering", vec!["ada", "alan"]), ("Newcomers", vec!["barbara"])] {
        services.add_group(&Caller::OPERATOR, name).await.unwrap();
        for member in members {
            services.set_membership(&Caller::OPERATOR, name, member, true).await.unwrap();
        }
    }
    let engineering = services.find_group("Engineering").await.unwrap();
    let newcomers = services.find_group("Newcomers").await.unwrap();
    let inner = firstkey::domain::group::Member::Group(newcomers.id);
    services.set_member(&Caller::OPERATOR, &engineering, inner, true).await.unwrap();
    let _entra = of_other_kinds(app, vec![engineering.id, newcomers.id]).await;
    come_in(app, browser).await;
    let alan = services.find_user("alan").await.unwrap();
    let grace = services.find_user("grace").await.unwrap();
    let margaret = services.find_user("margaret").await.unwrap();
    services.require_registration(&Caller::OPERATOR, &margaret).await.unwrap();

    album.look("admin-overview").await;
    for (name, path) in [
        ("people", "/admin/people".to_owned()),
        ("people-none", "/admin/people?q=zz".into()),
        ("person-new", "/admin/people/new".into()),
        ("person", format!("/admin/people/{}", alan.id)),
        ("person-anew", format!("/admin/people/{}", margaret.id)),
        ("person-own", format!("/admin/people/{}", grace.id)),
        ("person-edit", format!("/admin/people/{}/edit", alan.id)),
        ("pass-new", format!("/admin/people/{}/pass/new", alan.id)),
        ("groups", "/admin/groups".into()),
        ("group", format!("/admin/groups/{}", engineering.id)),
        ("policies", "/admin/policies".into()),
        ("policy-pass", "/admin/policies/temporary-access-pass".into()),
        ("policy-keys", "/admin/policies/fido2".into()),
        ("policy-registration", "/admin/policies/registration".into()),
        ("roots", "/admin/policies/attestation-roots".into()),
        ("apps", "/admin/applications".into()),
        ("app", "/admin/applications/payroll".into()),
        ("app-proxied", "/admin/applications/wiki".into()),
        ("app-hinting", "/admin/applications/entra".into()),
        ("app-proxy", "/admin/applications/wiki/proxy".into()),
        ("app-hint", "/admin/applications/entra/hint".into()),
        ("app-edit", "/admin/applications/payroll/edit".into()),
        ("app-new", "/admin/applications/new".into()),
        ("audit", "/admin/audit".into()),
        ("passes", "/admin/passes".into()),
        ("bulk", "/admin/passes/bulk".into()),
    ] {
        browser.goto(app.url(&path)).await;
        album.look(&format!("admin-{name}")).await;
    }
    let list = "username,displayName\nmargaret,\nada,\nnobody,\nnew,Somebody New";
    browser.fill("The list, as comma-separated values", list).await;
    browser.press("Look at it first").await;
    browser.heading("Is this right?").await;
    album.look("admin-bulk-preview").await;
    browser.press("Issue 3 passes").await;
    browser.heading("3 passes issued").await;
    assert!(browser.shows("Save as a file").await);
    album.look("admin-bulk-result").await;
    browser.goto(app.url(&format!("/admin/people/{}/pass/new", alan.id))).await;
    browser.press("Issue a pass").await;
    browser.wait_for_text("The pass is shown this once.").await;
    album.look("admin-pass-issued").await;
    print_slip(browser, &album).await;
    browser.goto(app.url("/admin/people/new")).await;
    browser.fill("Username", "alan").await;
    browser.expect_problem("status of 422");
    browser.press("Add this person").await;
    browser.wait_for_text("already").await;
    album.look("admin-person-new-refused").await;
    app.wait(std::time::Duration::from_secs(20 * 60));
    browser.expect_problem("status of 403");
    browser.press("Add this person").await;
    browser.heading("Sign in again").await;
    album.look("admin-late").await;
    browser.goto(app.url("/admin/sign-in")).await;
    browser.press("Use a passkey").await;
    browser.heading("You're signed in again").await;
    album.look("admin-back-in").await;
    stage.close().await;
}

#[tokio::test]
async fn an_admin_registers_a_key_for_somebody_who_signs_in_with_it() {
    let (stage, theirs) = Stage::for_two().await;
    let Stage { app, browser, payroll } = &stage;
    let own = browser.add_authenticator(Authenticator::Platform).await;
    come_in(app, browser).await;
    browser.remove_authenticator(&own).await;
    let key = browser.add_authenticator(Authenticator::UsbSecurityKey).await;
    browser.link("People").await;
    browser.link("Ada Example").await;
    browser.heading("Ada Example").await;
    browser.link("Register a key for them").await;
    browser.heading("A key for Ada Example").await;
    let folder = std::env::var_os("FIRSTKEY_PICTURES").map(PathBuf::from);
    Album::new(browser, folder).look("admin-key-new").await;
    // Who walks away has registered nothing.
    browser.set_user_verified(&key, false).await;
    browser.press("Register this key").await;
    browser.wait_for_text("Nothing was saved; try again.").await;
    browser.set_user_verified(&key, true).await;
    browser.fill("What it is called", "Red key").await;
    browser.press("Register this key").await;
    browser.wait_for_text("Red key is Ada Example's key now.").await;
    let credentials = browser.credentials(&key).await;
    assert_eq!(credentials.len(), 1);

    // On the first day, the key is all that is needed.
    let copy = theirs.add_authenticator(Authenticator::UsbSecurityKey).await;
    theirs.goto(payroll.url("/login")).await;
    theirs.heading("Hello. Who is signing in?").await;
    theirs.copy_credentials(&copy, &credentials).await;
    theirs.press("Use a passkey").await;
    assert_eq!(payroll.result(&theirs).await["claims"]["name"], "Ada Example");
    theirs.close().await;
    stage.close().await;
}
