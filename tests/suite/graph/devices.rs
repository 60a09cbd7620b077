//! Devices in Graph's shape: seen by their owner and by who looks after people, removed by both.

use firstkey::domain::permission::Permission;
use firstkey::domain::role::Role;
use serde_json::json;
use uuid::Uuid;

use super::support::{as_application, give_role, person};
use crate::support::app::App;
use crate::support::database::on_both_engines;
use crate::support::laptop::{Laptop, device_client, text};

on_both_engines! {
    async fn devices_are_listed_and_removed(app: App) {
        let mut ada = person(&app, "ada", None).await;
        // Whoever has a key uses it.
        ada.calls(&app, &[Permission::UserRead]).await;
        person(&app, "bob", None).await;
        let client = device_client(&app).await;
        let (first, second) = (Laptop::new("ADA-LAPTOP"), Laptop::new("ADA-MAC"));
        let tokens = first.joins(&app, &client, &mut ada.visitor).await;
        second.joins(&app, &client, &mut ada.visitor).await;
        let api = as_application(&app, &[Permission::DeviceReadWriteAll]).await;
        for path in ["/users/ada/registeredDevices", "/users/ada/ownedDevices", "/devices"] {
            let list = api.get(path).await.expect(200);
            let names: Vec<_> =
                list["value"].as_array().unwrap().iter().map(|it| &it["displayName"]).collect();
            assert_eq!(names, ["ADA-LAPTOP", "ADA-MAC"], "{path}");
        }
        assert_eq!(api.get("/users/bob/ownedDevices").await.expect(200)["value"], json!([]));
        let page = api.get("/devices?$top=1").await.expect(200);
        let next = page["@odata.nextLink"].as_str().unwrap();
        assert_eq!(api.get(next).await.expect(200)["value"][0]["displayName"], "ADA-MAC");
        let device = &page["value"][0];
        let path = format!("/devices/{}", device["id"].as_str().unwrap());
        let shown = api.get(&path).await.expect(200);
        assert_eq!(shown["@odata.type"], "#microsoft.graph.device");
        assert_eq!((&shown["operatingSystem"], &shown["trustType"]), (&json!("Windows"), &json!("Workplace")));
        let document: serde_json::Value =
            reqwest::get(app.url("/openapi.json")).await.unwrap().json().await.unwrap();
        let said = &document["components"]["schemas"]["device"]["properties"];
        let plain = shown.as_object().unwrap().keys().filter(|name| !name.starts_with('@'));
        for name in plain {
            assert!(said.get(name).is_some(), "{name}");
        }
        assert_eq!(shown["keyThumbprint"], first.key.thumbprint());
        let owners = api.get(&format!("{path}/registeredOwners")).await.expect(200);
        assert_eq!(owners["value"][0]["userPrincipalName"], "ada");
        assert_eq!(api.get(&format!("{path}?$select=id")).await.expect(200)["id"], shown["id"]);

        api.delete(&path).await.expect(204);
        api.delete(&path).await.refused(404, "Request_ResourceNotFound");
        api.get(&path).await.refused(404, "Request_ResourceNotFound");
        let refresh = text(&tokens, "refresh_token");
        assert_eq!(first.refreshes(&app, &client, refresh).await.0, 400);
        for id in [Uuid::new_v4().to_string(), "x".into()] {
            api.get(&format!("/devices/{id}")).await.refused(404, "Request_ResourceNotFound");
        }
    }
}

#[tokio::test]
async fn who_may_see_and_remove_which_devices() {
    let app = App::start().await;
    let mut ada = person(&app, "ada", None).await;
    let mut eve = person(&app, "eve", None).await;
    let client = device_client(&app).await;
    for (name, who) in [("ADA-LAPTOP", &mut ada), ("EVE-LAPTOP", &mut eve)] {
        who.calls(&app, &[Permission::UserRead]).await;
        Laptop::new(name).joins(&app, &client, &mut who.visitor).await;
    }
    let all = as_application(&app, &[Permission::DeviceReadAll]).await;
    let list = all.get("/devices").await.expect(200);
    let path =
        |number: usize| format!("/devices/{}", list["value"][number]["id"].as_str().unwrap());
    all.delete(&path(0)).await.refused(403, "Authorization_RequestDenied");
    let all_write = as_application(&app, &[Permission::DeviceReadWriteAll]).await;
    let other = as_application(&app, &[Permission::UserReadAll]).await;
    for denied in
        ["/devices".to_owned(), path(0), "/devices/x".into(), "/users/ada/ownedDevices".into()]
    {
        other.get(&denied).await.refused(403, "Authorization_RequestDenied");
    }
    // One's own, and nobody else's; whether there is another is not told.
    let own = eve.calls(&app, &[Permission::DeviceRead]).await;
    let mine = own.get("/me/ownedDevices").await.expect(200);
    assert_eq!(mine["value"][0]["displayName"], "EVE-LAPTOP");
    own.get(&path(1)).await.expect(200);
    assert_eq!(own.get(&path(0)).await.status, own.get("/devices/x").await.status);
    assert_eq!(own.delete(&path(0)).await.status, 403);
    let own = eve.calls(&app, &[Permission::DeviceReadWriteAll]).await;
    assert_ne!(own.delete(&path(0)).await.status, 204, "eve holds no role");
    own.delete(&path(1)).await.expect(204);
    assert_eq!(all.get("/devices").await.expect(200)["value"].as_array().unwrap().len(), 1);
    // An admin whose role reaches members, not admins.
    give_role(&app, "ada", Role::GlobalReader).await;
    give_role(&app, "eve", Role::AuthenticationAdministrator).await;
    let helper = eve.calls(&app, &[Permission::DeviceReadWriteAll]).await;
    assert_ne!(helper.delete(&path(0)).await.status, 204);
    // What may not be seen one by one is not in the list, nor does it end the list early.
    helper.get(&path(0)).await.refused(404, "Request_ResourceNotFound");
    let mut bob = person(&app, "bob", None).await;
    bob.calls(&app, &[Permission::UserRead]).await;
    for name in ["BOB-LAPTOP", "BOB-MAC"] {
        Laptop::new(name).joins(&app, &client, &mut bob.visitor).await;
    }
    let mut names = Vec::new();
    let mut next = Some("/devices?$top=1".to_owned());
    while let Some(path) = next {
        let page = helper.get(&path).await.expect(200);
        for device in page["value"].as_array().unwrap() {
            names.push(device["displayName"].as_str().unwrap().to_owned());
        }
        next = page["@odata.nextLink"].as_str().map(str::to_owned);
    }
    assert_eq!(names, ["BOB-LAPTOP", "BOB-MAC"]);
    for device in
        &app.services.devices_of(&app.services.find_user("bob").await.unwrap()).await.unwrap()
    {
        all_write.delete(&format!("/devices/{}", device.id)).await.expect(204);
    }
    assert_eq!(all.get("/devices").await.expect(200)["value"].as_array().unwrap().len(), 1);
}
