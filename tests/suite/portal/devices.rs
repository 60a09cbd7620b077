//! Devices on a person's page.

use firstkey::domain::role::Role;

use super::{Admin, notice, page_of};
use crate::support::app::App;
use crate::support::authenticator::SoftAuthenticator;
use crate::support::laptop::{Laptop, device_client, text};
use crate::support::visitor::Request;

#[tokio::test]
async fn a_device_is_seen_and_removed_by_whoever_may() {
    let app = App::start().await;
    let mut root = Admin::new(&app, "root", Role::AuthenticationAdministrator).await;
    let mut reader = Admin::new(&app, "reader", Role::GlobalReader).await;
    let mut policies = Admin::new(&app, "policies", Role::AuthenticationPolicyAdministrator).await;
    let user = app.person("ada").await;
    let pass = app.pass("ada").await;
    let (mut ada, mut phone) = (app.visitor(), SoftAuthenticator::new());
    let request = Request::of(&app.client("own").await);
    app.visitor().day_one(&request, "ada", &pass, &mut phone).await.code();
    ada.authorize(&request).await.page();
    ada.use_passkey(&mut phone).await.code();
    let (client, laptop) = (device_client(&app).await, Laptop::new("<b>ADA</b>"));
    let tokens = laptop.joins(&app, &client, &mut ada).await;

    let page = root.get(&page_of(&user)).await;
    assert!(page.body.contains("ADA") && !page.body.contains("<b>ADA"), "{}", page.body);
    let device = app.services.devices_of(&user).await.unwrap().remove(0);
    let remove = format!("{}/devices/{}/remove", page_of(&user), device.id);
    assert!(page.body.contains(&remove));
    let page = reader.get(&page_of(&user)).await;
    assert!(page.body.contains("ADA") && !page.body.contains(&remove));
    assert!(!policies.get(&page_of(&user)).await.body.contains("devices-head"));
    for other in [&mut reader, &mut policies] {
        other.post(&remove, &[]).await;
        assert_eq!(app.services.devices_of(&user).await.unwrap().len(), 1);
    }
    // Under somebody else's page it is nobody's.
    let wrong = format!("{}/devices/{}/remove", page_of(&reader.user), device.id);
    root.post(&wrong, &[]).await;
    assert_eq!(app.services.devices_of(&user).await.unwrap().len(), 1);

    root.get(&page_of(&user)).await;
    let page = root.post(&remove, &[]).await;
    assert!(notice(&page).contains("was removed, and is signed out"), "{}", notice(&page));
    let refresh = text(&tokens, "refresh_token");
    assert_eq!(laptop.refreshes(&app, &client, refresh).await.0, 400);
    root.post(&remove, &[]).await;
}
