//! What the server says of itself, to anybody.

use serde_json::{Value, json};

use super::support::{ENTERPRISE, GROUP, PASS, Scim, USER};
use crate::support::app::App;

fn ids(list: &Value) -> Vec<&str> {
    let resources = list["Resources"].as_array().unwrap();
    resources.iter().map(|one| one["id"].as_str().unwrap()).collect()
}

#[tokio::test]
async fn anybody_may_ask_what_there_is() {
    let app = App::start().await;
    let anybody = Scim::new(&app, None);
    let config = anybody.get("/ServiceProviderConfig").await.expect(200);
    for (feature, supported) in [
        ("patch", true),
        ("bulk", false),
        ("filter", true),
        ("changePassword", false),
        ("sort", true),
        ("etag", true),
    ] {
        assert_eq!(config[feature]["supported"], supported, "{feature}");
    }
    assert_eq!(config["authenticationSchemes"][0]["type"], "oauthbearertoken");
    // As many as it says, and no more.
    let most = config["filter"]["maxResults"].as_u64().unwrap();
    assert_eq!(most, 200);

    let types = anybody.get("/ResourceTypes").await.expect(200);
    assert_eq!(ids(&types), ["User", "Group"]);
    let user = anybody.get("/ResourceTypes/User").await.expect(200);
    assert_eq!(user, types["Resources"][0]);
    assert_eq!((&user["endpoint"], &user["schema"]), (&json!("/Users"), &json!(USER)));
    assert_eq!(
        user["schemaExtensions"],
        json!([{ "schema": ENTERPRISE, "required": false }, { "schema": PASS, "required": false }])
    );

    let schemas = anybody.get("/Schemas").await.expect(200);
    assert_eq!(ids(&schemas), [USER, GROUP, ENTERPRISE, PASS]);
    for (index, id) in ids(&schemas).into_iter().enumerate() {
        let one = anybody.get(&format!("/Schemas/{id}")).await.expect(200);
        assert_eq!(one, schemas["Resources"][index]);
        assert_eq!(one["meta"]["location"], app.url(&format!("/scim/v2/Schemas/{id}")));
    }
    let pass = &schemas["Resources"][3]["attributes"];
    let value = pass.as_array().unwrap().iter().find(|one| one["name"] == "temporaryAccessPass");
    let value = value.expect("the value");
    assert_eq!((&value["mutability"], &value["returned"]), (&json!("readOnly"), &json!("request")));
    for at in ["/Schemas", "/ResourceTypes"] {
        anybody.get(&format!("{at}?filter=id%20pr")).await.refused(403, "");
    }
}

#[tokio::test]
async fn a_page_is_as_large_as_was_said_and_no_larger() {
    let app = App::start().await;
    let scim = Scim::of(&app).await;
    for number in 0..201 {
        app.person(&format!("p{number:03}")).await;
    }
    for (query, found) in [("", 100), ("?count=500", 200), ("?count=500&startIndex=151", 51)] {
        let list = scim.get(&format!("/Users{query}")).await.expect(200);
        assert_eq!((&list["itemsPerPage"], &list["totalResults"]), (&json!(found), &json!(201)));
    }
}
