//! Whom an upstream lets in: the one whom its account is linked to, and nobody who merely calls
//! themselves so.

use firstkey::domain::audit::Activity;
use firstkey::domain::role::Role;
use firstkey::domain::upstream::{LinkBy, NameClaim};
use firstkey::domain::user::User;
use firstkey::service::caller::Caller;
use serde_json::json;

use super::upstream_answers::reason;
use crate::support::authenticator::SoftAuthenticator;
use crate::support::database::on_both_engines;
use crate::support::upstream::{ADA, Stage, UPSTREAM, change_upstream, person};
use crate::support::visitor::{Page, Request};

const BOB: &str = "bob@contoso.example";

#[track_caller]
fn is_refused(page: &Page) {
    let told = page.alert().unwrap_or_else(|| panic!("let in: {}", page.heading()));
    assert!(told.starts_with("You cannot sign in here with Contoso."), "{told}");
}

#[track_caller]
fn is_in(page: &Page) {
    assert!(page.heading().starts_with("Welcome, "), "{} {:?}", page.heading(), page.alert());
}

/// Makes `edit` to a person.
pub(super) async fn edit(
    stage: &Stage,
    name: &str,
    edit: impl FnOnce(&mut User) + Clone + Send + 'static,
) {
    let edit = |user: &mut User| {
        edit(user);
        Ok(())
    };
    stage.app.services.edit_user(&Caller::OPERATOR, name, None, edit).await.unwrap();
}

on_both_engines! {
    /// [Attacks] OIDC Core §5.7 · account takeover by a renamed claim
    async fn a_changed_claim_moves_nobody_once_an_account_is_linked(stage: Stage) {
        let (ada, _) = (person(&stage.app, ADA).await, person(&stage.app, BOB).await);
        is_in(&stage.come(&mut stage.app.visitor(), |_| ()).await);
        // The same account, now called like Bob, is still Ada's.
        let mut visitor = stage.app.visitor();
        is_in(&stage.come(&mut visitor, |it| it["preferred_username"] = json!(BOB)).await);
        let contoso = stage.app.services.find_upstream(UPSTREAM).await.unwrap();
        assert_eq!(stage.app.services.count_upstream_links(&contoso).await.unwrap(), 1);
        // Another account that calls itself Ada is nobody.
        let page = stage.come(&mut stage.app.visitor(), |it| it["sub"] = json!("1002")).await;
        is_refused(&page);
        assert_eq!(reason(&stage).await, "the person is linked to another account there");
        // Renamed here, she is still herself, as long as the upstream serves her.
        edit(&stage, ADA, |user| user.username = "ada.l@contoso.example".parse_username()).await;
        is_in(&stage.come(&mut stage.app.visitor(), |_| ()).await);
        edit(&stage, &ada.id.to_string(), |user| user.username = "ada".parse_username()).await;
        is_refused(&stage.come(&mut stage.app.visitor(), |_| ()).await);
        assert_eq!(reason(&stage).await, "it does not serve this username");
    }

    /// [Attacks] OIDC Core §5.7 · account takeover by a matching claim
    async fn a_claim_opens_nothing_that_somebody_has_locked_with_a_key(stage: Stage) {
        let ada = person(&stage.app, ADA).await;
        stage.app.one_method_is_enough().await;
        let pass = stage.app.one_time_pass(ADA).await;
        let request = Request::of(&stage.payroll);
        let (mut visitor, mut phone) = (stage.app.visitor(), SoftAuthenticator::new());
        visitor.day_one(&request, ADA, &pass, &mut phone).await.away();
        is_refused(&stage.come(&mut stage.app.visitor(), |_| ()).await);
        assert_eq!(reason(&stage).await, "the person has a key already, so only the operator can link them");
        let services = &stage.app.services;
        services.link_upstream(&Caller::OPERATOR, UPSTREAM, "1001", ADA).await.unwrap();
        let page = stage.come(&mut stage.app.visitor(), |_| ()).await;
        assert_eq!(page.heading(), "Welcome back, Ada Example.");
        // Each has one account, and each account one person.
        person(&stage.app, BOB).await;
        for (subject, user) in [("1001", BOB), ("1002", ADA)] {
            let again = services.link_upstream(&Caller::OPERATOR, UPSTREAM, subject, user).await;
            assert!(again.unwrap_err().to_string().contains("exists already"));
        }
        assert_eq!(services.find_user(ADA).await.unwrap().id, ada.id);
    }

    async fn people_are_added_only_where_the_operator_says_so(stage: Stage) {
        is_refused(&stage.come(&mut stage.app.visitor(), |_| ()).await);
        assert_eq!(reason(&stage).await, "nobody here is linked to that account");
        assert!(stage.app.services.find_user(ADA).await.is_err());

        change_upstream(&stage.app, |it| it.provision = true).await;
        let named = |it: &mut serde_json::Value| {
            it["name"] = json!("Ada Lovelace");
            it["email"] = json!("ada.l@contoso.example");
        };
        let page = stage.come(&mut stage.app.visitor(), named).await;
        assert_eq!(page.heading(), "Welcome, Ada Lovelace.");
        let ada = stage.app.services.find_user(ADA).await.unwrap();
        assert_eq!((ada.email, ada.roles.len(), ada.enabled), (None, 0, true), "not verified");
        assert_eq!(stage.app.audited(Activity::UserAdded).await[0].1, "ada@contoso.example through contoso");

        // Only in the domains that it serves, only under a name that can be one, and never as
        // somebody who is there.
        for (name, why) in [
            ("ada@fabrikam.example", "it does not serve this username"),
            ("<ada>@contoso.example", "the claim cannot be a username here"),
            ("", "the claim that names somebody is missing"),
        ] {
            let claims = |it: &mut serde_json::Value| {
                (it["sub"], it["preferred_username"]) = (json!("1003"), json!(name));
            };
            is_refused(&stage.come(&mut stage.app.visitor(), claims).await);
            assert_eq!(reason(&stage).await, why);
        }
        person(&stage.app, BOB).await;
        change_upstream(&stage.app, |it| it.link_existing_by = LinkBy::None).await;
        let bob = |it: &mut serde_json::Value| {
            (it["sub"], it["preferred_username"]) = (json!("1004"), json!(BOB));
        };
        is_refused(&stage.come(&mut stage.app.visitor(), bob).await);
        assert_eq!(reason(&stage).await, "nobody here is linked to that account");
    }

    /// [Attacks] OIDC Core §5.7 · account takeover by an unverified address
    async fn an_address_that_is_not_verified_there_is_nobodys(stage: Stage) {
        change_upstream(&stage.app, |it| {
            (it.claim, it.link_existing_by) = (NameClaim::Email, LinkBy::Email);
        }).await;
        person(&stage.app, ADA).await;
        edit(&stage, ADA, |user| user.email = Some("Ada@Home.example".into())).await;
        for verified in [json!(null), json!(false)] {
            let claims = |it: &mut serde_json::Value| {
                it["email"] = json!("ada@home.example");
                if !verified.is_null() {
                    it["email_verified"] = verified.clone();
                }
            };
            is_refused(&stage.come(&mut stage.app.visitor(), claims).await);
            assert_eq!(reason(&stage).await, "the e-mail address is not verified there");
        }
        let verified = |it: &mut serde_json::Value| {
            (it["email"], it["email_verified"]) = (json!("ada@home.example"), json!(true));
        };
        // Two people with one address are too many.
        person(&stage.app, BOB).await;
        edit(&stage, BOB, |user| user.email = Some("ada@home.example".into())).await;
        is_refused(&stage.come(&mut stage.app.visitor(), verified).await);
        assert_eq!(reason(&stage).await, "several people here go by that name");
        edit(&stage, BOB, |user| user.email = None).await;
        is_in(&stage.come(&mut stage.app.visitor(), verified).await);
        // Taken back there, it is hers all the same: the account is linked.
        is_in(&stage.come(&mut stage.app.visitor(), |it| it["email_verified"] = json!(false)).await);
    }

    /// [Attacks] OIDC Core §5.7 · an upstream that makes admins
    async fn nobody_is_let_in_who_is_disabled_or_an_admin(stage: Stage) {
        person(&stage.app, ADA).await;
        edit(&stage, ADA, |user| { user.roles.insert(Role::GlobalAdministrator); }).await;
        is_refused(&stage.come(&mut stage.app.visitor(), |_| ()).await);
        assert_eq!(reason(&stage).await, "the person holds an admin role");
        change_upstream(&stage.app, |it| it.admins = true).await;
        let mut visitor = stage.app.visitor();
        is_in(&stage.come(&mut visitor, |_| ()).await);
        // The portal is not for what an upstream says: it wants a key.
        let door = visitor.open("/admin").await.page();
        assert!(door.path.starts_with("/journey/"), "{}", door.path);
        stage.app.disable(ADA).await;
        let journey = visitor.journey();
        assert!(!visitor.open(&journey).await.page().heading().starts_with("Welcome, "));
        is_refused(&stage.come(&mut stage.app.visitor(), |_| ()).await);
        assert_eq!(reason(&stage).await, "the account is disabled");
    }

    async fn what_the_id_token_does_not_say_userinfo_may(stage: Stage) {
        person(&stage.app, ADA).await;
        let silent = |it: &mut serde_json::Value| {
            it.as_object_mut().unwrap().remove("preferred_username");
        };
        stage.contoso.tells(json!({ "sub": "somebody else", "preferred_username": ADA }));
        let page = stage.come(&mut stage.app.visitor(), silent).await;
        assert!(page.alert().unwrap().starts_with("Contoso cannot be asked"), "of another sub");
        stage.contoso.tells(json!({ "sub": "1001", "preferred_username": ADA }));
        is_in(&stage.come(&mut stage.app.visitor(), silent).await);
    }

    async fn an_hr_systems_number_can_be_what_links(stage: Stage) {
        change_upstream(&stage.app, |it| {
            (it.claim, it.link_existing_by) = (NameClaim::Sub, LinkBy::ExternalId);
        }).await;
        person(&stage.app, ADA).await;
        is_refused(&stage.come(&mut stage.app.visitor(), |_| ()).await);
        edit(&stage, ADA, |user| user.external_id = Some("1001".into())).await;
        is_in(&stage.come(&mut stage.app.visitor(), |_| ()).await);
    }
}

trait ParseUsername {
    fn parse_username(self) -> firstkey::domain::user::Username;
}

impl ParseUsername for &str {
    fn parse_username(self) -> firstkey::domain::user::Username {
        firstkey::domain::user::Username::parse(self).unwrap()
    }
}
