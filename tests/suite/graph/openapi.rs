//! What is said about the API, and whether it is so.

use std::collections::BTreeSet;

use reqwest::Method;
use serde_json::{Value, json};

use super::support::{Api, POLICY, as_provisioning, passes, person};
use crate::support::app::App;

async fn document(app: &App) -> Value {
    let answer = reqwest::get(app.url("/openapi.json")).await.unwrap();
    assert_eq!(answer.status(), 200);
    answer.json().await.unwrap()
}

fn operations(document: &Value) -> Vec<(String, Method)> {
    let paths = document["paths"].as_object().unwrap();
    let each = paths.iter().flat_map(|(path, methods)| {
        let methods = methods.as_object().unwrap().keys();
        methods.map(|method| (path.clone(), method.to_ascii_uppercase().parse().unwrap()))
    });
    each.collect()
}

#[tokio::test]
async fn every_operation_of_the_document_is_there_and_wants_a_token() {
    let app = App::start_with(|config| config.limit_per_address = 0).await;
    let document = document(&app).await;
    assert_eq!(document["openapi"], "3.1.0");
    assert_eq!(document["servers"][0]["url"], app.url("/v1.0"));
    let operations = operations(&document);
    assert!(operations.len() > 30, "{}", operations.len());
    let nobody = Api::new(&app, None);
    let mut ids = BTreeSet::new();
    for (path, method) in operations {
        let described = &document["paths"][&path][method.as_str().to_ascii_lowercase()];
        assert!(ids.insert(described["operationId"].as_str().unwrap().to_owned()), "{path}");
        assert!(!described["security"].as_array().unwrap().is_empty(), "{path}");
        let there = path.replace("{user}", "ada").replace("{id}", "x").replace("{member}", "y");
        for version in ["/v1.0", "/beta"] {
            let request = nobody.request(method.clone(), &format!("{version}{there}"));
            nobody.send(request).await.refused(401, "InvalidAuthenticationToken");
        }
    }
}

#[tokio::test]
async fn objects_are_what_the_document_says() {
    let app = App::start().await;
    let document = document(&app).await;
    person(&app, "ada", None).await;
    let api = as_provisioning(&app).await;
    let group = api.post("/groups", json!({ "displayName": "Staff" })).await.expect(201);
    let key =
        api.get("/users/ada/authentication/fido2Methods").await.expect(200)["value"][0].clone();
    let said = |name: &str| -> BTreeSet<String> {
        let schema = &document["components"]["schemas"][name]["properties"];
        schema.as_object().unwrap_or_else(|| panic!("{name}")).keys().cloned().collect()
    };
    let policy = api.get(POLICY).await.expect(200);
    let keys = api.get(&POLICY.replace("TemporaryAccessPass", "fido2")).await.expect(200);
    for (name, object) in [
        ("user", api.get("/users/ada").await.expect(200)),
        ("group", group),
        ("fido2AuthenticationMethod", key),
        (
            "temporaryAccessPassAuthenticationMethod",
            api.post(&passes("ada"), json!({})).await.expect(201),
        ),
        ("authenticationMethodTarget", policy["includeTargets"][0].clone()),
        ("temporaryAccessPassAuthenticationMethodConfiguration", policy),
        ("fido2KeyRestrictions", keys["keyRestrictions"].clone()),
        ("fido2AuthenticationMethodConfiguration", keys),
        (
            "authenticationMethodsPolicy",
            api.get("/policies/authenticationMethodsPolicy").await.expect(200),
        ),
    ] {
        let plain = object.as_object().unwrap().keys().filter(|name| !name.starts_with('@'));
        assert_eq!(plain.cloned().collect::<BTreeSet<_>>(), said(name), "{name}");
    }
}

#[tokio::test]
async fn people_read_it_on_a_page_of_our_own() {
    let app = App::start().await;
    let document = document(&app).await;
    let page = app.visitor().open("/docs/api").await.page();
    assert_eq!((page.status, page.heading().as_str()), (200, "API"));
    for (path, method) in operations(&document) {
        let heading = format!("{method}</span> <code>{path}</code>");
        assert!(page.body.contains(&heading), "{method} {path}");
    }
    assert!(page.body.contains("UserAuthMethod-TAP.ReadWrite.All"));
    for foreign in ["<script", "style=", "http://", "https://"] {
        let own = page.body.replace(&app.issuer, "");
        assert!(!own.contains(foreign), "{foreign}");
    }
}
