//! What becomes of recovery codes when a method is removed.

use firstkey::domain::audit::Activity;
use firstkey::service::caller::Caller;

use super::{ada_with_codes, at_home, make, recover};
use crate::support::app::App;
use crate::support::authenticator::SoftAuthenticator;
use crate::support::database::on_both_engines;
use crate::support::visitor::Request;

on_both_engines! {
    /// [Attacks] a stolen key · recovery codes that were made with it outlive it
    async fn codes_are_void_once_something_was_removed_as_lost(app: App) {
        let request = Request::of(&app.client("payroll").await);
        let (codes, mut device) = ada_with_codes(&app, &request).await;
        let mut ada = app.visitor();
        ada.open("/security-info").await.page();
        ada.use_passkey(&mut device).await.page();
        for _ in 0..2 {
            ada.open("/security-info").await.page();
            ada.submit_to("/security-info/register", &[]).await.page();
            ada.register(&mut SoftAuthenticator::new()).await.page();
        }
        let methods = app.services.show_user("ada").await.unwrap().methods;
        let path = |number: usize| format!("/security-info/methods/{}/remove", methods[number].id);
        // What was merely put aside voids nothing.
        ada.open(&path(1)).await.page();
        ada.submit_to(&path(1), &[]).await.page();
        let mut early = app.visitor();
        let page = recover(&mut early, &request, "ada", &codes[0]).await;
        assert!(page.heading().starts_with("Welcome back"), "{:?}", page.alert());
        let page = ada.open(&path(2)).await.page();
        assert!(page.body.contains("Recovery codes, if you have any, stop working."), "{}", page.body);
        ada.submit_to(&path(2), &[("lost", "yes")]).await.page();
        assert_eq!(app.services.show_user("ada").await.unwrap().methods.len(), 1);
        let journey = early.journey();
        assert_eq!(early.open(&journey).await.page().heading(), "Welcome", "it asks again");
        let page = recover(&mut app.visitor(), &request, "ada", &codes[1]).await;
        assert!(page.alert().is_some(), "{}", page.heading());
        let refused = (false, "no recovery codes".to_owned());
        assert_eq!(app.audited(Activity::RecoveryCodeSignIn).await[0], refused);
        assert!(ada.open("/security-info").await.page().body.contains("With recovery codes on paper"));

        // Nor do they outlive a method that an admin removes.
        let (mut bob, _) = at_home(&app, "bob", &request).await;
        let codes = make(&mut bob).await;
        let user = app.services.find_user("bob").await.unwrap();
        let key = app.services.show_user("bob").await.unwrap().methods[0].id;
        app.services.remove_method(&Caller::OPERATOR, &user, key).await.unwrap();
        let page = recover(&mut app.visitor(), &request, "bob", &codes[0]).await;
        assert!(page.alert().is_some(), "{}", page.heading());
    }

    /// [Attacks] a stolen key · recovery codes that were made with it outlive its owner's return
    async fn whoever_comes_back_and_removes_something_keeps_codes_only_if_they_came_with_one(app: App) {
        let request = Request::of(&app.client("payroll").await);
        let (codes, _) = ada_with_codes(&app, &request).await;
        let old = app.services.show_user("ada").await.unwrap().methods[0].id;
        let mut ada = app.visitor();
        recover(&mut ada, &request, "ada", &codes[0]).await;
        let page = ada.register(&mut SoftAuthenticator::new()).await.page();
        assert!(!page.body.contains("Your recovery codes stop working"), "{}", page.body);
        let field = format!("remove-{old}");
        let page = ada.submit("review", &[("decision", "remove"), (&field, "yes")]).await.page();
        assert_eq!(page.heading(), "You're all set");
        let page = recover(&mut app.visitor(), &request, "ada", &codes[1]).await;
        assert!(page.heading().starts_with("Welcome back"), "they have the codes in their hands");

        let (mut bob, _) = at_home(&app, "bob", &request).await;
        let codes = make(&mut bob).await;
        let old = app.services.show_user("bob").await.unwrap().methods[0].id;
        let pass = app.pass("bob").await;
        let mut bob = app.visitor();
        bob.authorize(&request).await.page();
        bob.sign_in("bob", &pass).await.page();
        let page = bob.register(&mut SoftAuthenticator::new()).await.page();
        assert!(page.body.contains("Your recovery codes stop working then, too."), "{}", page.body);
        let field = format!("remove-{old}");
        bob.submit("review", &[("decision", "remove"), (&field, "yes")]).await.page();
        let page = recover(&mut app.visitor(), &request, "bob", &codes[0]).await;
        assert!(page.alert().is_some(), "{}", page.heading());
    }
}
