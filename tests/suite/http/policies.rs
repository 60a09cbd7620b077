//! What an organisation decides takes effect at once, whoever asks.

use std::collections::BTreeSet;
use std::time::Duration;

use firstkey::domain::audit::Activity;
use firstkey::domain::authority::Actor;
use firstkey::domain::group::Member;
use firstkey::domain::pass::{PassRequest, Usability};
use firstkey::domain::role::Role;
use firstkey::domain::user::User;
use firstkey::service::AdminError;
use firstkey::service::Origin;
use firstkey::service::caller::Caller;
use serde_json::{Value, json};

use crate::support::app::App;
use crate::support::authenticator::SoftAuthenticator;
use crate::support::visitor::Request;

const DAY: Duration = Duration::from_secs(24 * 60 * 60);

/// A target of a policy that names a group.
async fn group(app: &App, name: &str) -> Value {
    let group = app.services.add_group(&Caller::OPERATOR, name).await.unwrap();
    json!({ "targetType": "group", "id": group.id })
}

async fn admin(app: &App, name: &str, role: Role) -> (User, Caller) {
    app.person(name).await;
    let edit = move |user: &mut User| {
        user.roles = BTreeSet::from([role]);
        Ok(())
    };
    let user = app.services.edit_user(&Caller::OPERATOR, name, None, edit).await.unwrap();
    let actor = Actor::User { id: user.id, roles: user.roles.clone() };
    (user, Caller::new(actor, Origin::default()))
}

#[tokio::test]
async fn a_rule_by_group_reaches_through_nested_groups() {
    let app = App::start().await;
    let outer = group(&app, "Engineering").await;
    group(&app, "Interns").await;
    let services = &app.services;
    let ada = app.person("ada").await;
    services.set_membership(&Caller::OPERATOR, "Interns", "ada", true).await.unwrap();
    app.policy(
        "Registration",
        json!({ "rules": [{
        "includeTargets": [outer], "requiredMethods": 2, "recommendedMethods": 2,
        "allowedKinds": ["passkey", "securityKey"],
    }] }),
    )
    .await;
    let request = Request::of(&app.client("payroll").await);
    let (mut visitor, mut phone) = (app.visitor(), SoftAuthenticator::new());

    // Not in the group yet: one is enough.
    let pass = app.pass("ada").await;
    visitor.authorize(&request).await.page();
    visitor.sign_in("ada", &pass).await.page();
    let page = visitor.register(&mut phone).await.page();
    assert!(page.body.contains("Continue"), "{}", page.heading());

    let interns = services.find_group("Interns").await.unwrap();
    let engineering = services.find_group("Engineering").await.unwrap();
    let member = Member::Group(interns.id);
    services.set_member(&Caller::OPERATOR, &engineering, member, true).await.unwrap();
    let page = visitor.open(&visitor.journey()).await.page();
    assert!(page.body.contains("1 of 2"), "the policy takes effect at once");
    assert!(!page.body.contains("Continue"));
    visitor.register(&mut SoftAuthenticator::new()).await.page();
    visitor.submit("finish", &[]).await.code();

    // A circle is refused, whichever way it is closed.
    for inner in [engineering.id, interns.id] {
        let member = Member::Group(inner);
        let refused = services.set_member(&Caller::OPERATOR, &interns, member, true).await;
        assert!(matches!(refused, Err(AdminError::Invalid(_))), "{refused:?}");
    }
    let groups = services.show_user(&ada.id.to_string()).await.unwrap().groups;
    assert_eq!(groups.len(), 1, "only what they were put into");
}

#[tokio::test]
async fn a_key_of_a_model_that_is_blocked_opens_nothing_any_more() {
    let app = App::start().await;
    app.one_method_is_enough().await;
    app.person("ada").await;
    let pass = app.pass("ada").await;
    let request = Request::of(&app.client("payroll").await);
    let model = "ee882879-721c-4913-9775-3dfcce97072a";
    let mut key = SoftAuthenticator::new().with_aaguid(model.parse().unwrap());
    app.visitor().day_one(&request, "ada", &pass, &mut key).await.code();

    app.policy(
        "Fido2",
        json!({ "keyRestrictions": {
        "isEnforced": true, "enforcementType": "block", "aaGuids": [model],
    } }),
    )
    .await;
    let mut later = app.visitor();
    later.authorize(&request).await.page();
    let (status, answer) = later.try_passkey(&mut key).await;
    assert_eq!((status, answer["error"].as_str()), (403, Some("key_not_accepted")));
    let (success, reason) = app.audited(Activity::KeySignIn).await.remove(0);
    assert!(!success && reason.contains("policy"), "{reason}");
    // Nor is another of the model taken, and the one that is there does not count.
    later.sign_in("ada", &pass).await.page();
    let mut another = SoftAuthenticator::new().with_aaguid(model.parse().unwrap());
    assert_eq!(later.try_register(&mut another, "passkey").await.0, 403);
    later.register(&mut SoftAuthenticator::new()).await.page();
    later.submit("review", &[("decision", "keep")]).await.page();
    later.submit("finish", &[]).await.code();
}

#[tokio::test]
async fn where_admins_hand_out_keys_nobody_is_asked_to_register_one() {
    let app = App::start().await;
    app.person("ada").await;
    app.policy("Fido2", json!({ "isSelfServiceRegistrationAllowed": false })).await;
    let pass = app.pass("ada").await;
    let request = Request::of(&app.client("payroll").await);
    let mut ada = app.visitor();
    ada.authorize(&request).await.page();
    ada.sign_in("ada", &pass).await.code();
}

#[tokio::test]
async fn what_is_suggested_is_skipped_until_the_budget_is_used_up() {
    let app = App::start().await;
    app.policy("Registration", json!({ "allowedSkips": 2, "reminderInDays": 30 })).await;
    app.person("ada").await;
    let pass = app.pass("ada").await;
    let request = Request::of(&app.client("payroll").await);
    let mut phone = SoftAuthenticator::new();
    let mut ada = app.visitor();
    ada.authorize(&request).await.page();
    ada.sign_in("ada", &pass).await.page();
    ada.register(&mut phone).await.page();
    ada.submit("continue", &[]).await.page();
    ada.submit("finish", &[]).await.code();

    // Not again on the next day, but a month later, and then for the last time.
    for (wait, heading) in [(DAY, None), (30 * DAY, Some(true)), (31 * DAY, Some(false))] {
        app.wait(wait);
        let mut later = app.visitor();
        later.authorize(&request).await.page();
        let landing = later.use_passkey(&mut phone).await;
        let Some(may_skip) = heading else {
            landing.code();
            continue;
        };
        let page = landing.page();
        assert_eq!(page.heading(), "Add another way in");
        assert_eq!(page.body.contains("Skip for now"), may_skip, "{}", page.body);
        if may_skip {
            later.submit("skip", &[]).await.code();
        } else {
            later.submit("skip", &[]).await.page();
            later.register(&mut SoftAuthenticator::new()).await.page();
            later.submit("finish", &[]).await.code();
        }
    }
}

#[tokio::test]
async fn a_pass_for_somebody_who_has_a_key_may_need_the_key_too() {
    let app = App::start().await;
    app.one_method_is_enough().await;
    app.person("ada").await;
    let request = Request::of(&app.client("payroll").await);
    let mut phone = SoftAuthenticator::new();
    let pass = app.pass("ada").await;
    app.visitor().day_one(&request, "ada", &pass, &mut phone).await.code();
    app.policy("TemporaryAccessPass", json!({ "isExistingMethodRequired": true })).await;
    let pass = app.pass("ada").await;
    app.wait(Duration::from_secs(60));

    let mut ada = app.visitor();
    ada.authorize(&request).await.page();
    let page = ada.sign_in("ada", &pass).await.page();
    assert!(page.body.contains("asks for your passkey or security key as well"));
    assert_ne!(ada.try_register(&mut SoftAuthenticator::new(), "passkey").await.0, 200);
    ada.use_passkey(&mut phone).await;
    // Whoever lost it has it removed, and the pass is enough again.
    let person = app.services.show_user("ada").await.unwrap();
    let lost = person.methods[0].id;
    app.services.remove_method(&Caller::OPERATOR, &person.user, lost).await.unwrap();
    let mut again = app.visitor();
    again.authorize(&request).await.page();
    let page = again.sign_in("ada", &pass).await.page();
    assert_eq!(page.heading(), "Welcome, Ada Example.");
}

#[tokio::test]
async fn an_admins_pass_works_once_a_second_admin_has_approved_it() {
    let app = App::start().await;
    app.policy("TemporaryAccessPass", json!({ "isApprovalRequiredForAdmins": true })).await;
    let services = &app.services;
    let (_, first) = admin(&app, "first", Role::GlobalAdministrator).await;
    let (_, second) = admin(&app, "second", Role::PrivilegedAuthenticationAdministrator).await;
    let (_, helpdesk) = admin(&app, "helpdesk", Role::AuthenticationAdministrator).await;
    let (target, themselves) = admin(&app, "target", Role::GlobalAdministrator).await;
    let issued = services.issue_pass(&first, "target", PassRequest::default()).await.unwrap();
    assert_eq!(issued.status.usability, Usability::NotApproved);

    let request = Request::of(&app.client("payroll").await);
    let value = issued.value.reveal();
    let mut visitor = app.visitor();
    visitor.authorize(&request).await.page();
    let page = visitor.sign_in("target", value).await.page();
    assert_eq!(page.heading(), "Welcome", "the page says no more than of a wrong pass");
    assert_eq!(app.audited(Activity::PassSignIn).await[0], (false, "NotApproved".into()));

    for refused in [&first, &helpdesk, &themselves] {
        let refused = services.approve_pass(refused, "target").await;
        assert!(matches!(refused, Err(AdminError::Denied(_))), "{refused:?}");
    }
    let status = services.approve_pass(&second, "target").await.unwrap();
    assert_eq!(status.usability, Usability::EnabledByPolicy);
    assert!(services.approve_pass(&second, "target").await.is_err(), "once is enough");
    let page = visitor.submit("pass", &[("pass", value)]).await.page();
    assert_eq!(page.heading(), "Welcome, Target Example.");
    // Members' passes, and the operator's, need nobody else.
    app.person("ada").await;
    let issued = services.issue_pass(&helpdesk, "ada", PassRequest::default()).await.unwrap();
    assert_eq!(issued.status.usability, Usability::EnabledByPolicy);
    let name = target.id.to_string();
    let issued =
        services.issue_pass(&Caller::OPERATOR, &name, PassRequest::default()).await.unwrap();
    assert_eq!(issued.status.usability, Usability::EnabledByPolicy);
}
