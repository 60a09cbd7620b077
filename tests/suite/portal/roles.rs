//! What each role is shown, and what is refused to it even where it sends the form by hand.

use firstkey::domain::role::Role;
use firstkey::service::caller::Caller;

use super::{Admin, page_of, with_roles};
use crate::support::app::App;

/// Role; may change people, issue a pass to a member, issue one to an admin, change groups, see the
/// audit log.
const TABLE: [(Role, [bool; 5]); 6] = [
    (Role::GlobalAdministrator, [true, true, true, true, true]),
    (Role::PrivilegedAuthenticationAdministrator, [false, true, true, false, false]),
    (Role::AuthenticationAdministrator, [false, true, false, false, false]),
    (Role::AuthenticationPolicyAdministrator, [false, false, false, false, false]),
    (Role::UserAdministrator, [true, false, false, true, false]),
    (Role::GlobalReader, [false, false, false, false, true]),
];

#[tokio::test]
async fn every_role_sees_the_buttons_that_work_for_it_and_no_others() {
    let app = App::start().await;
    let member = app.person("member").await;
    let boss = with_roles(&app, "boss", &[Role::GlobalAdministrator]).await;
    let group = app.services.add_group(&Caller::OPERATOR, "Engineering").await.unwrap();
    for (number, (role, row)) in TABLE.into_iter().enumerate() {
        let [people, to_member, to_admin, groups, audit] = row;
        let mut admin = Admin::new(&app, &format!("admin{number}"), role).await;
        let overview = admin.get("/admin").await;
        assert_eq!(overview.body.contains("href=\"/admin/audit\""), audit, "{role:?}");

        // Adding people.
        let list = admin.get("/admin/people").await;
        assert_eq!(list.body.contains("Add a person"), people, "{role:?}");
        let name = format!("new{number}");
        let page = admin.post("/admin/people/new", &[("username", &name)]).await;
        assert_eq!(page.status, if people { 200 } else { 403 }, "{role:?} {}", page.heading());
        assert_eq!(app.services.find_user(&name).await.is_ok(), people, "{role:?}");

        // Issuing passes.
        for (user, allowed) in
            [(&member, to_member), (&boss, to_admin), (&admin.user.clone(), false)]
        {
            let page = admin.get(&page_of(user)).await;
            assert_eq!(page.status, 200, "{role:?} sees {}", user.display_name);
            let shown = page.body.contains("Issue a pass");
            assert_eq!(shown, allowed, "{role:?} {}", user.display_name);
            let before = app.services.show_pass(user).await.unwrap().map(|it| it.pass.id);
            let replaces = before.map(|id| id.to_string()).unwrap_or_default();
            let form = [("replaces", replaces.as_str()), ("lifetime", "60")];
            let page = admin.post(&format!("{}/pass/new", page_of(user)), &form).await;
            let after = app.services.show_pass(user).await.unwrap().map(|it| it.pass.id);
            assert_eq!(before != after, allowed, "{role:?} {}", user.display_name);
            assert_eq!(page.status, if allowed { 200 } else { 403 }, "{role:?} {}", page.heading());
        }

        // Groups.
        let path = format!("/admin/groups/{}", group.id);
        let page = admin.get(&path).await;
        assert_eq!(page.body.contains("Add to the group"), groups, "{role:?}");
        let page = admin.post(&format!("{path}/members"), &[("member", "member")]).await;
        assert_eq!(page.status, if groups { 200 } else { 403 }, "{role:?}");
        let inside = app.services.show_group("Engineering").await.unwrap().1;
        assert_eq!(!inside.is_empty(), groups, "{role:?}");
        if groups {
            app.services
                .set_membership(&Caller::OPERATOR, "Engineering", "member", false)
                .await
                .unwrap();
        }
    }
}

#[tokio::test]
async fn only_who_may_give_roles_gives_them() {
    let app = App::start().await;
    let ada = app.person("ada").await;
    let edit = format!("{}/edit", page_of(&ada));
    let form = [
        ("username", "ada"),
        ("displayName", "Ada"),
        ("enabled", "on"),
        (Role::GlobalReader.name(), "on"),
    ];
    for (name, role, gives) in
        [("helper", Role::UserAdministrator, false), ("root", Role::GlobalAdministrator, true)]
    {
        let mut admin = Admin::new(&app, name, role).await;
        let page = admin.get(&edit).await;
        assert_eq!(page.body.contains("Admin roles"), gives, "{role:?}");
        admin.post(&edit, &form).await;
        let ada = app.services.find_user("ada").await.unwrap();
        assert_eq!(ada.roles.contains(&Role::GlobalReader), gives, "{role:?}");
    }
}

#[tokio::test]
async fn a_helper_does_not_reach_an_admins_methods() {
    let app = App::start().await;
    let boss = Admin::new(&app, "boss", Role::GlobalAdministrator).await;
    let mut helper = Admin::new(&app, "helper", Role::AuthenticationAdministrator).await;
    let page = helper.get(&page_of(&boss.user)).await;
    assert!(!page.body.contains("Sign out everywhere"));
    assert!(!page.body.contains(">Remove<"));
    let method = app.services.show_user("boss").await.unwrap().methods[0].id;
    for action in [format!("methods/{method}/delete"), "sessions/end".into(), "pass/delete".into()]
    {
        let page = helper.post(&format!("{}/{action}", page_of(&boss.user)), &[]).await;
        assert_eq!(page.status, 403, "{action}");
    }
    assert_eq!(app.services.show_user("boss").await.unwrap().methods.len(), 1);
}
