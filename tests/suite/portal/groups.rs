//! Groups: added, filled, renamed, deleted.

use firstkey::domain::role::Role;
use firstkey::service::caller::Caller;

use super::{Admin, notice};
use crate::support::app::App;

#[tokio::test]
async fn a_group_lives_from_its_first_member_to_its_last() {
    let app = App::start().await;
    app.person("ada").await;
    let mut admin = Admin::new(&app, "root", Role::UserAdministrator).await;
    assert!(admin.get("/admin/groups").await.body.contains("No groups yet."));
    let page = admin
        .post("/admin/groups", &[("name", "Engineering"), ("description", "Who builds")])
        .await;
    assert_eq!((page.heading().as_str(), page.status), ("Engineering", 200));
    let (path, members) = (page.path.clone(), format!("{}/members", page.path));
    admin.get("/admin/groups").await;
    let page = admin.post("/admin/groups", &[("name", "ENGINEERING"), ("description", "x")]).await;
    assert_eq!((page.status, page.value("description").as_deref()), (422, Some("x")));

    let page = admin.post(&members, &[("member", "ada")]).await;
    assert!(page.body.contains("Ada Example"));
    assert_eq!(notice(&page), "They are in the group now.");
    app.services.add_group(&Caller::OPERATOR, "Interns").await.unwrap();
    let page = admin.post(&members, &[("member", "interns")]).await;
    assert!(page.body.contains("Interns"));
    for (name, said) in [("nobody", "There is no"), ("Engineering", "in itself")] {
        let page = admin.post(&members, &[("member", name)]).await;
        assert_eq!((page.status, page.value("member").as_deref()), (422, Some(name)));
        assert!(page.body.contains(said), "{name}: {}", page.body);
    }
    let ada = app.services.find_user("ada").await.unwrap();
    let out = format!("user:{}", ada.id);
    for _ in 0..2 {
        let page = admin.post(&members, &[("member", &out), ("remove", "yes")]).await;
        assert_eq!((page.status, page.body.contains("Ada Example")), (200, false));
    }

    let version = admin.get(&path).await.value("version").unwrap();
    let page = admin.post(&path, &[("name", "Builders"), ("version", &version)]).await;
    assert_eq!(page.heading(), "Builders");
    let page = admin.post(&path, &[("name", "Wreckers"), ("version", &version)]).await;
    assert_eq!(page.status, 422);
    assert!(page.body.contains("Somebody else changed this meanwhile"));
    let delete = format!("{path}/delete");
    assert_eq!(admin.post(&delete, &[("name", "Build")]).await.status, 422);
    let page = admin.post(&delete, &[("name", "builders")]).await;
    assert_eq!(notice(&page), "Group Builders was deleted.");
    assert!(app.services.find_user("ada").await.is_ok(), "people stay");
}

#[tokio::test]
async fn members_are_paged_people_before_groups() {
    let app = App::start().await;
    let mut admin = Admin::new(&app, "root", Role::UserAdministrator).await;
    let big = app.services.add_group(&Caller::OPERATOR, "Big").await.unwrap();
    for number in 0..25 {
        let name = format!("p{number:02}");
        app.person(&name).await;
        app.services.set_membership(&Caller::OPERATOR, "Big", &name, true).await.unwrap();
    }
    let path = format!("/admin/groups/{}", big.id);
    app.services.add_group(&Caller::OPERATOR, "Small").await.unwrap();
    admin.get(&path).await;
    let page = admin.post(&format!("{path}/members"), &[("member", "Small")]).await;
    assert!(page.body.contains("P24 Example") && !page.body.contains("Small"));
    let next = page.body.split_once("rel=\"next\"").unwrap().0.rsplit_once("href=\"").unwrap().1;
    let next = next.split_once('"').unwrap().0.replace("&#38;", "&");
    let page = admin.get(&next).await;
    assert!(page.body.contains("Small") && !page.body.contains("P24 Example"));
    assert!(page.body.contains("First page") && !page.body.contains("Next page"));
    let page = admin.get(&format!("{path}?after=u:%27%22%3E")).await;
    assert_eq!(page.status, 200, "an address that was made up");
}
