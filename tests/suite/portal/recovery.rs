//! Having somebody register anew, and recovery codes, as admins see them.

use firstkey::domain::role::Role;

use super::{Admin, notice, page_of};
use crate::support::app::App;
use crate::support::authenticator::SoftAuthenticator;
use crate::support::visitor::Request;

#[tokio::test]
async fn somebody_is_made_to_register_anew_and_their_page_says_so() {
    let app = App::start().await;
    let ada = app.person("ada").await;
    app.one_method_is_enough().await;
    let request = Request::of(&app.client("payroll").await);
    let pass = app.one_time_pass("ada").await;
    let mut key = SoftAuthenticator::new();
    app.visitor().day_one(&request, "ada", &pass, &mut key).await.code();
    let mut admin = Admin::new(&app, "root", Role::GlobalAdministrator).await;

    // The policy, as a form.
    let page = admin.get("/admin/policies/recovery-codes").await;
    assert!(page.body.contains("People may make recovery codes"), "{}", page.heading());
    let version = page.value("version").unwrap();
    let form = [("version", version.as_str()), ("state", "on"), ("includeTargets", "all")];
    let page = admin.post("/admin/policies/recovery-codes", &form).await;
    assert_eq!(notice(&page), "Recovery codes was saved. It holds from now on.");
    assert!(app.services.offers_recovery_codes().await.unwrap());

    let mut them = app.visitor();
    them.authorize(&request).await.page();
    them.use_passkey(&mut key).await.away();
    let path = "/security-info/recovery-codes";
    them.open(path).await.page();
    assert_eq!(them.submit_to(path, &[]).await.page().heading(), "Save these codes");
    let page = admin.get(&page_of(&ada)).await;
    assert!(page.body.contains("Recovery codes: 10 left"), "{}", page.body);
    assert!(page.body.contains("Require re-registration"));

    let action = format!("{}/require-registration", page_of(&ada));
    let page = admin.post(&action, &[]).await;
    assert!(notice(&page).starts_with("Ada Example must set up anew"), "{}", notice(&page));
    assert!(page.body.contains("Must register anew since"));
    assert!(!page.body.contains("Recovery codes: "), "they are void");
    assert!(them.open("/security-info").await.page().path.starts_with("/journey/"), "signed out");
    assert!(app.services.find_user("ada").await.unwrap().reregister_since.is_some());

    // A false alarm is taken back, and may be none after all.
    let back = format!("{}/cancel-registration", page_of(&ada));
    assert!(page.body.contains("Take back re-registration"));
    let page = admin.post(&back, &[]).await;
    assert_eq!(notice(&page), "Ada Example signs in as before.");
    assert!(!page.body.contains("Must register anew since"));
    let page = admin.post(&back, &[]).await;
    assert!(notice(&page).starts_with("Nothing was taken back: ada need not"), "{}", notice(&page));
    admin.post(&action, &[]).await;

    // The pass that this takes is issued here; then all is as it was.
    let pass = app.pass("ada").await;
    app.visitor().day_one(&request, "ada", &pass, &mut SoftAuthenticator::new()).await.code();
    let page = admin.get(&page_of(&ada)).await;
    assert!(!page.body.contains("Must register anew since"));
    assert_eq!(app.services.show_user("ada").await.unwrap().methods.len(), 1);
}

#[tokio::test]
async fn only_who_may_remove_methods_has_somebody_register_anew() {
    let app = App::start().await;
    let ada = app.person("ada").await;
    let boss = Admin::new(&app, "boss", Role::GlobalAdministrator).await;
    for (name, role, member, above) in [
        ("helper", Role::AuthenticationAdministrator, true, false),
        ("people", Role::UserAdministrator, false, false),
        ("reader", Role::GlobalReader, false, false),
        ("privileged", Role::PrivilegedAuthenticationAdministrator, true, true),
    ] {
        let mut admin = Admin::new(&app, name, role).await;
        let own = admin.user.clone();
        for (user, may) in [(&ada, member), (&own, false), (&boss.user, above)] {
            let path = page_of(user);
            let page = admin.get(&path).await;
            let offered = page.body.contains("Require re-registration");
            let pending =
                app.services.find_user(user.username.as_str()).await.unwrap().reregister_since;
            assert_eq!(offered, may && pending.is_none(), "{name} {}", user.display_name);
            let page = admin.post(&format!("{path}/require-registration"), &[]).await;
            assert_eq!(page.status, if may { 200 } else { 403 }, "{name} {}", user.display_name);
            let pending = || app.services.find_user(user.username.as_str());
            let before = pending().await.unwrap().reregister_since;
            let page = admin.post(&format!("{path}/cancel-registration"), &[]).await;
            assert_eq!(page.status, if may { 200 } else { 403 }, "{name} {}", user.display_name);
            let after = pending().await.unwrap().reregister_since;
            assert_eq!(after, before.filter(|_| !may), "{name} {}", user.display_name);
            if user.id == own.id {
                admin.get("/admin").await;
            }
        }
    }
}
