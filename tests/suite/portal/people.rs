//! People: found, added, changed, deleted.

use firstkey::domain::role::Role;
use firstkey::domain::user::User;
use firstkey::service::caller::Caller;
use firstkey::service::users::NewUser;

use super::{Admin, notice, page_of};
use crate::support::app::App;
use crate::support::authenticator::SoftAuthenticator;
use crate::support::visitor::{Page, Request};

/// The people that a list shows, by their usernames.
fn listed(page: &Page) -> Vec<String> {
    let rows = page.body.split("class=\"cell-sub\">").skip(1);
    rows.filter_map(|row| row.split_once('<')).map(|(name, _)| name.to_owned()).collect()
}

#[tokio::test]
async fn people_are_searched_narrowed_down_and_paged() {
    let app = App::start().await;
    let mut admin = Admin::new(&app, "root", Role::GlobalAdministrator).await;
    for number in 0..27 {
        app.person(&format!("p{number:02}")).await;
    }
    app.disable("p03").await;
    let page = admin.get("/admin/people?state=waiting").await;
    let names = listed(&page);
    assert_eq!((names.len(), names[0].as_str()), (25, "p00"));
    assert!(!names.contains(&"p03".into()), "whoever may not sign in is not waited for");
    let next = page.body.split_once("rel=\"next\"").unwrap().0.rsplit_once("href=\"").unwrap().1;
    let next = next.split_once('"').unwrap().0.replace("&#38;", "&");
    assert!(next.contains("state=waiting"), "{next}");
    assert_eq!(listed(&admin.get(&next).await), ["p26"]);

    assert_eq!(listed(&admin.get("/admin/people?state=disabled").await), ["p03"]);
    assert_eq!(listed(&admin.get("/admin/people?state=registered").await), ["root"]);
    assert_eq!(
        listed(&admin.get("/admin/people?q=P03%20").await),
        ["p03"],
        "without regard to case"
    );
    assert_eq!(listed(&admin.get("/admin/people?q=p07@ex").await), ["p07"], "by e-mail");
    assert_eq!(listed(&admin.get("/admin/people?q=p0&state=disabled").await), ["p03"]);
    for nobody in ["%25", "_", "%5C", "'%20OR%201=1--", "nobody"] {
        let page = admin.get(&format!("/admin/people?q={nobody}")).await;
        assert!(page.body.contains("Nobody fits."), "{nobody}");
    }
    assert_eq!(admin.get("/admin/people?q=a&q=b").await.status, 400);
}

#[tokio::test]
async fn hostile_names_are_text_on_every_page() {
    let app = App::start().await;
    let hostile = "<script>alert(1)</script>\"'><img src=x onerror=alert(1)>";
    let new = NewUser {
        username: "eve".into(),
        display_name: Some(hostile.into()),
        ..NewUser::default()
    };
    let eve = app.services.add_user(&Caller::OPERATOR, new).await.unwrap();
    let group = app.services.add_group(&Caller::OPERATOR, hostile).await.unwrap();
    app.services.set_membership(&Caller::OPERATOR, hostile, "eve", true).await.unwrap();
    let mut admin = Admin::new(&app, "root", Role::GlobalAdministrator).await;
    let (page, group) = (page_of(&eve), format!("/admin/groups/{}", group.id));
    for path in [
        "/admin".to_owned(),
        "/admin/people".into(),
        "/admin/people?q=%22%3E%3Cscript%3Ealert(1)%3C/script%3E".into(),
        page.clone(),
        format!("{page}/edit"),
        format!("{page}/pass/new"),
        "/admin/groups".into(),
        "/admin/groups?q=%22%3E%3Cscript%3Ealert(1)%3C/script%3E".into(),
        group,
    ] {
        let seen = admin.get(&path).await;
        assert_eq!(seen.status, 200, "{path}");
        assert!(!seen.body.contains("<script>") && !seen.body.contains("<img"), "{path}");
    }
    let issued = admin.post(&format!("{page}/pass/new"), &[]).await;
    assert!(issued.body.contains("id=\"value\""));
    assert!(!issued.body.contains("<script>") && !issued.body.contains("<img"));
    let done = admin.post(&format!("{page}/pass/delete"), &[]).await;
    assert!(notice(&done).contains("&#60;script&#62;"), "{}", notice(&done));
}

#[tokio::test]
async fn somebody_is_added_and_what_cannot_be_taken_is_named_with_nothing_lost() {
    let app = App::start().await;
    let mut admin = Admin::new(&app, "root", Role::GlobalAdministrator).await;
    app.person("grace").await;
    admin.get("/admin/people/new").await;
    for (fields, said) in [
        ([("username", "grace"), ("email", ""), ("manager", "")], "already"),
        ([("username", ""), ("email", ""), ("manager", "")], "Username"),
        ([("username", "a b\u{7}"), ("email", ""), ("manager", "")], "Username"),
        ([("username", "ada"), ("email", "not an address"), ("manager", "")], "Email"),
        ([("username", "ada"), ("email", ""), ("manager", "nobody")], "Manager"),
    ] {
        let mut form = fields.to_vec();
        form.push(("jobTitle", "Analyst"));
        let page = admin.post("/admin/people/new", &form).await;
        assert_eq!(page.status, 422, "{fields:?}");
        assert!(page.body.contains("role=\"alert\"") && page.body.contains(said), "{fields:?}");
        assert_eq!(page.value("jobTitle").as_deref(), Some("Analyst"));
    }
    assert!(app.services.find_user("ada").await.is_err());
    let form = [("username", "ada"), ("displayName", "Ada King"), ("manager", "grace")];
    let page = admin.post("/admin/people/new", &form).await;
    assert_eq!((page.status, page.heading().as_str()), (200, "Ada King"));
    assert!(page.body.contains("Grace Example"), "the manager");
    assert!(page.body.contains("Issue a pass"));
    assert_eq!(notice(&admin.get(&page.path).await), "", "it is said once");
}

#[tokio::test]
async fn who_saves_over_somebody_elses_change_is_told_and_may_save_again() {
    let app = App::start().await;
    let mut admin = Admin::new(&app, "root", Role::GlobalAdministrator).await;
    let ada = app.person("ada").await;
    let edit = format!("{}/edit", page_of(&ada));
    let form = admin.get(&edit).await;
    let version = form.value("version").unwrap();
    let rename = |user: &mut User| {
        user.profile.department = Some("Payroll".into());
        Ok(())
    };
    app.services.edit_user(&Caller::OPERATOR, "ada", None, rename).await.unwrap();

    let fields = [("username", "ada"), ("displayName", "Ada K"), ("enabled", "on")];
    let mut late = vec![("version", version.as_str())];
    late.extend(fields);
    let page = admin.post(&edit, &late).await;
    assert_eq!(page.status, 422);
    assert!(page.body.contains("Somebody else changed this meanwhile"));
    assert_eq!(page.value("displayName").as_deref(), Some("Ada K"));
    assert_eq!(app.services.find_user("ada").await.unwrap().display_name, "Ada Example");
    let now = page.value("version").unwrap();
    let mut again = vec![("version", now.as_str())];
    again.extend(fields);
    let page = admin.post(&edit, &again).await;
    assert_eq!(page.heading(), "Ada K");
}

#[tokio::test]
async fn disabling_ends_sessions_and_deleting_wants_the_username() {
    let app = App::start().await;
    app.one_method_is_enough().await;
    let ada = app.person("ada").await;
    let pass = app.pass("ada").await;
    let request = Request::of(&app.client("payroll").await);
    let (mut them, mut key) = (app.visitor(), SoftAuthenticator::new());
    them.day_one(&request, "ada", &pass, &mut key).await.code();
    let mut admin = Admin::new(&app, "root", Role::GlobalAdministrator).await;
    let page = admin.get(&page_of(&ada)).await;
    assert!(
        page.body.contains("sessions-head") && page.body.contains("Unknown browser"),
        "{}",
        page.body
    );
    assert!(page.body.contains("added"), "the key");

    let mut elsewhere = app.visitor();
    elsewhere.open("/security-info").await.page();
    assert_eq!(elsewhere.use_passkey(&mut key).await.page().heading(), "My Security Info");
    let session = app.services.sessions_of(&ada).await.unwrap()[0].session.id;
    for _ in 0..2 {
        let end = format!("{}/sessions/{session}/end", page_of(&ada));
        let page = admin.post(&end, &[]).await;
        assert!(notice(&page).contains("signed out there"));
    }
    assert!(elsewhere.open("/security-info").await.page().path.starts_with("/journey/"));
    assert_eq!(them.open("/security-info").await.page().heading(), "My Security Info");

    let page = admin.post(&format!("{}/sessions/end", page_of(&ada)), &[]).await;
    assert!(notice(&page).contains("signed out everywhere"));
    assert!(them.open("/security-info").await.page().path.starts_with("/journey/"));
    let form = [("username", "ada"), ("displayName", "Ada Example")];
    let page = admin.post(&format!("{}/edit", page_of(&ada)), &form).await;
    assert!(page.body.contains("Disabled"));
    assert!(!app.services.find_user("ada").await.unwrap().enabled);

    let method = app.services.show_user("ada").await.unwrap().methods[0].id;
    let remove = format!("{}/methods/{method}/delete", page_of(&ada));
    for _ in 0..2 {
        assert_eq!(admin.post(&remove, &[]).await.status, 200, "a second click does no harm");
    }
    assert!(app.services.show_user("ada").await.unwrap().methods.is_empty());

    let delete = format!("{}/delete", page_of(&ada));
    let page = admin.post(&delete, &[("username", "adda")]).await;
    assert!(notice(&page).starts_with("Nothing was deleted"));
    let page = admin.post(&delete, &[("username", " ADA ")]).await;
    assert_eq!(
        (page.path.as_str(), notice(&page).as_str()),
        ("/admin/people", "Ada Example was deleted.")
    );
    assert_eq!(admin.get(&page_of(&ada)).await.status, 404);
}

#[tokio::test]
async fn addresses_that_name_nobody_are_pages_that_say_so() {
    let app = App::start().await;
    let mut admin = Admin::new(&app, "root", Role::GlobalAdministrator).await;
    for path in [
        "/admin/people/00000000-0000-0000-0000-000000000000",
        "/admin/people/%3Cscript%3E",
        "/admin/people/nobody/edit",
        "/admin/people/nobody/pass/new",
        "/admin/groups/nothing",
        "/admin/nowhere",
    ] {
        let page = admin.get(path).await;
        assert_eq!(page.status, 404, "{path}");
        assert!(!page.body.contains("<script>"), "{path}");
    }
}
