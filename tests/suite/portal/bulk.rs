//! Passes from a list: looked at first, issued once, shown once.

use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;
use firstkey::domain::pass::Usability;
use firstkey::domain::role::Role;

use super::Admin;
use crate::support::app::App;
use crate::support::visitor::Page;

const BULK: &str = "/admin/passes/bulk";

const LIST: &str = "username,lifetimeInMinutes,isUsableOnce,displayName,email\n\
                    ada,120,yes,,\n\
                    nobody,,,,\n\
                    grace,5,,,\n\
                    ada,,,,\n\
                    linus,,,=cmd|' /C calc'!A0,linus@example.com\n\
                    root,,,,\n";

/// Between two marks of a page.
fn between<'a>(page: &'a Page, before: &str, after: &str) -> &'a str {
    let (_, rest) = page.body.split_once(before).unwrap_or_else(|| panic!("no {before}"));
    rest.split_once(after).unwrap().0
}

fn file(page: &Page) -> String {
    let encoded = between(page, "data:text/csv;base64,", "\"");
    // What stands in HTML for a plus sign.
    let bytes = STANDARD.decode(encoded.replace("&#43;", "+")).unwrap();
    String::from_utf8(bytes).unwrap()
}

async fn scene() -> (App, Admin) {
    let app = App::start().await;
    for name in ["ada", "grace"] {
        app.person(name).await;
    }
    let admin = Admin::new(&app, "root", Role::GlobalAdministrator).await;
    (app, admin)
}

#[tokio::test]
async fn a_list_is_looked_at_before_anything_is_done() {
    let (app, mut admin) = scene().await;
    let page = admin.post(BULK, &[("list", LIST)]).await;
    assert_eq!((page.status, page.heading().as_str()), (200, "Is this right?"));
    assert!(page.body.contains("2 passes will be issued; 4 lines will be left out"));
    for reason in [
        "there is no user nobody; a displayName would add them",
        "lifetimeInMinutes: between 60 and 480 minutes are allowed by the policy",
        "username: the same person is in a line before this one",
    ] {
        assert!(page.body.contains(reason), "{reason}");
    }
    assert!(!page.body.contains("<script>") && page.body.contains("Issue 2 passes"));
    let ada = app.services.find_user("ada").await.unwrap();
    assert!(app.services.show_pass(&ada).await.unwrap().is_none(), "nothing is done yet");
    assert!(app.services.find_user("linus").await.is_err());
}

#[tokio::test]
async fn a_list_is_issued_once_and_its_values_are_in_one_answer() {
    let (app, mut admin) = scene().await;
    let page = admin.post(BULK, &[("list", LIST)]).await;
    let tokens = page.value("tokens").unwrap();
    let sent = [("list", LIST), ("tokens", tokens.as_str())];
    let page = admin.post("/admin/passes/bulk/issue", &sent).await;
    assert_eq!((page.status, page.heading().as_str()), (200, "2 passes issued"));
    assert_eq!(page.headers["cache-control"], "no-store");
    let file = file(&page);
    let rows: Vec<Vec<&str>> = file.lines().map(|line| line.split(',').collect()).collect();
    assert_eq!(rows[0][..4], ["line", "username", "displayName", "temporaryAccessPass"]);
    assert_eq!((rows.len(), rows[1][1]), (7, "ada"));
    assert!(file.contains("'=cmd"), "no cell is a formula: {file}");
    let value = rows[1][3].to_owned();

    let ada = app.services.find_user("ada").await.unwrap();
    let status = app.services.show_pass(&ada).await.unwrap().unwrap();
    assert_eq!(status.usability, Usability::EnabledByPolicy);
    assert_eq!((status.pass.terms.lifetime_minutes, status.pass.terms.one_time), (120, true));
    let linus = app.services.find_user("linus").await.unwrap();
    assert_eq!(linus.email.as_deref(), Some("linus@example.com"));

    // Sent once more: nothing is issued again, and nothing is shown again.
    let again = admin.post("/admin/passes/bulk/issue", &sent).await;
    assert_eq!(again.heading(), "0 passes issued");
    assert!(!again.body.contains(&value) && again.body.contains("meanwhile"));
    let kept = app.services.show_pass(&ada).await.unwrap().unwrap();
    assert_eq!(kept.pass.id, status.pass.id);
    let mut later = String::new();
    for path in ["/admin/passes", "/admin/audit", BULK] {
        later.push_str(&admin.get(path).await.body);
    }
    assert!(!later.contains(&value));

    let (request, mut them) =
        (crate::support::visitor::Request::of(&app.client("payroll").await), app.visitor());
    them.authorize(&request).await.page();
    let page = them.sign_in("ada", &value).await.page();
    assert!(page.heading().starts_with("Welcome"), "{:?}", page.alert());
}

#[tokio::test]
async fn what_is_no_list_is_said_and_kept() {
    let (_app, mut admin) = scene().await;
    let long = format!("username\n{}", "ada\n".repeat(251));
    let wide = format!("username\n{}", "a".repeat(200 * 1024));
    for (list, hint) in [
        ("ada", "no column"),
        ("username,password\nada,x", "password"),
        ("username\n", "nobody is in it"),
        (long.as_str(), "at most 250"),
    ] {
        let page = admin.post(BULK, &[("list", list)]).await;
        assert_eq!(page.status, 422, "{list:.40}");
        assert!(page.alert().unwrap().contains(hint), "{:?}", page.alert());
        assert!(page.body.contains(list.lines().next().unwrap()), "what was typed is kept");
    }
    let page = admin.post(BULK, &[("list", &wide)]).await;
    assert_eq!(page.status, 200, "a long line is a line that is left out");
    let huge = format!("username\n{}", "a".repeat(300 * 1024));
    assert_eq!(admin.post(BULK, &[("list", &huge)]).await.status, 400);
    let monstrous = "a".repeat(2 * 1024 * 1024);
    assert_eq!(admin.post(BULK, &[("list", &monstrous)]).await.status, 413);
    // Elsewhere, forms are short.
    let page = admin.post("/admin/groups", &[("name", &"a".repeat(70 * 1024))]).await;
    assert_eq!(page.status, 413);
}

#[tokio::test]
async fn a_list_goes_as_far_as_the_admins_role() {
    let app = App::start().await;
    app.person("ada").await;
    let mut policies = Admin::new(&app, "policy", Role::AuthenticationPolicyAdministrator).await;
    assert_eq!(policies.get(BULK).await.status, 404);
    assert_eq!(policies.post(BULK, &[("list", LIST)]).await.status, 403);
    let sent = [("list", "username\nada"), ("tokens", "none")];
    assert_eq!(policies.post("/admin/passes/bulk/issue", &sent).await.status, 403);
    // Whoever issues passes to members adds nobody, and issues none to admins.
    let mut issuer = Admin::new(&app, "issuer", Role::AuthenticationAdministrator).await;
    let list = "username,displayName\nada,\npolicy,\nnew,New Person\nissuer,\n";
    let page = issuer.post(BULK, &[("list", list)]).await;
    assert!(page.body.contains("1 pass will be issued; 3 lines will be left out"), "{}", page.body);
    let ada = app.services.find_user("ada").await.unwrap();
    assert!(app.services.show_pass(&ada).await.unwrap().is_none());
}
