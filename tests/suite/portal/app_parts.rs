//! What some applications have besides, and devices: changed in the portal as at the command line.

use firstkey::domain::audit::Activity;
use firstkey::domain::client::{
    ClientSettings, ExternalHint, ForwardAuth, GrantType, HintedBy, ResponseType, Scope,
};
use firstkey::domain::role::Role;
use firstkey::service::caller::Caller;

use super::{Admin, notice};
use crate::support::app::App;

const WIKI: &str = "https://wiki.example.com";

async fn wiki(app: &App) {
    app.client_with("wiki", true, |settings| {
        settings.redirect_uris = vec![format!("{WIKI}/.firstkey/callback")];
        settings.post_logout_redirect_uris = vec![format!("{WIKI}/")];
        settings.grant_types = vec![GrantType::AuthorizationCode];
        settings.scope = vec![Scope::OpenId];
        settings.forward_auth = Some(ForwardAuth { origin: WIKI.into(), groups: Vec::new() });
    })
    .await;
}

async fn entra(app: &App) {
    app.client_with("entra", true, |settings| {
        settings.post_logout_redirect_uris.clear();
        settings.grant_types.clear();
        settings.response_types = vec![ResponseType::IdToken];
        settings.external_hint = Some(ExternalHint {
            issuer: "https://login.contoso.example/v2.0".into(),
            jwks_uri: "https://login.contoso.example/keys".into(),
            audience: "us-there".into(),
            tenant: Some("contoso".into()),
            user_claim: HintedBy::default(),
        });
    })
    .await;
}

async fn settings(app: &App, id: &str) -> ClientSettings {
    app.services.find_client(id).await.unwrap().settings
}

#[tokio::test]
async fn whom_a_proxy_lets_in_and_where_it_is_reached_is_changed() {
    let app = App::start().await;
    let mut admin = Admin::new(&app, "root", Role::GlobalAdministrator).await;
    wiki(&app).await;
    let staff = app.services.add_group(&Caller::OPERATOR, "Staff").await.unwrap();
    let path = "/admin/applications/wiki/proxy";
    assert!(admin.get("/admin/applications/wiki").await.body.contains(path));
    let page = admin.get(path).await;
    assert_eq!(page.value("origin").as_deref(), Some(WIKI));
    let version = page.value("version").unwrap();
    for (origin, groups, why) in [
        (WIKI, "Stuff", "there is no group Stuff"),
        ("https://wiki.example.com/path", "Staff", "an origin is needed"),
        ("javascript:alert(1)", "", "is needed"),
        ("", "", "is needed"),
    ] {
        let fields = [("origin", origin), ("groups", groups), ("version", version.as_str())];
        let page = admin.post(path, &fields).await;
        assert_eq!(page.status, 422, "{origin}");
        assert!(page.body.contains(why), "{why}: {}", page.body);
    }
    let moved = "https://notes.example.com";
    let fields = [("origin", moved), ("groups", "Staff\n"), ("version", version.as_str())];
    let page = admin.post(path, &fields).await;
    assert_eq!(notice(&page), "Payroll was saved.");
    let after = settings(&app, "wiki").await;
    let rule = ForwardAuth { origin: moved.into(), groups: vec![staff.id] };
    assert_eq!(after.redirect_uris, [rule.redirect_uri()]);
    assert_eq!(after.post_logout_redirect_uris, [rule.front_door()]);
    assert_eq!(after.forward_auth, Some(rule));
    assert!(app.audited(Activity::ClientChanged).await[0].0);
    // Somebody else's change is not overwritten.
    assert_eq!(admin.post(path, &fields).await.status, 422, "the form is of before");

    // A group that is gone does not open it to everybody.
    app.services.remove_group(&Caller::OPERATOR, "Staff").await.unwrap();
    let page = admin.get(path).await;
    assert!(page.body.contains(&staff.id.to_string()), "{}", page.body);
    let (id, version) = (staff.id.to_string(), page.value("version").unwrap());
    let fields = [("origin", moved), ("groups", id.as_str()), ("version", version.as_str())];
    assert_eq!(admin.post(path, &fields).await.status, 200);
    assert_eq!(settings(&app, "wiki").await.forward_auth.unwrap().groups, [staff.id]);
}

#[tokio::test]
async fn the_provider_that_asks_for_a_second_factor_is_changed() {
    let app = App::start().await;
    let mut admin = Admin::new(&app, "root", Role::GlobalAdministrator).await;
    entra(&app).await;
    let path = "/admin/applications/entra/hint";
    assert!(admin.get("/admin/applications/entra").await.body.contains(path));
    let version = admin.get(path).await.value("version").unwrap();
    let new = [
        ("issuer", "https://login.fabrikam.example/v2.0"),
        ("jwksUri", "https://login.fabrikam.example/keys"),
        ("audience", "us-here"),
        ("tenant", ""),
        ("userClaim", "email"),
        ("version", version.as_str()),
    ];
    for (name, wrong) in [("issuer", "http://evil.example"), ("jwksUri", "x"), ("audience", "")] {
        let bad = new.map(|(field, value)| (field, if field == name { wrong } else { value }));
        let page = admin.post(path, &bad).await;
        assert_eq!(page.status, 422, "{name}");
    }
    let page = admin.post(path, &new).await;
    assert_eq!(page.status, 200, "{}", page.body);
    let hint = settings(&app, "entra").await.external_hint.unwrap();
    let expected = ExternalHint {
        issuer: new[0].1.into(),
        jwks_uri: new[1].1.into(),
        audience: "us-here".into(),
        tenant: None,
        user_claim: HintedBy::Email,
    };
    assert_eq!(hint, expected);
    assert!(app.audited(Activity::ClientChanged).await[0].0);
    // It is nobody's who has none, and for nobody who may not change applications.
    wiki(&app).await;
    assert_eq!(admin.get("/admin/applications/wiki/hint").await.status, 404);
    assert_eq!(admin.get("/admin/applications/entra/proxy").await.status, 404);
    let mut reader = Admin::new(&app, "reader", Role::GlobalReader).await;
    assert_eq!(reader.get(path).await.status, 404);
    assert_ne!(reader.post(path, &new).await.status, 200);
    assert!(!reader.get("/admin/applications/entra").await.body.contains(path));
    assert_eq!(settings(&app, "entra").await.external_hint, Some(expected));
}

#[tokio::test]
async fn an_application_that_sets_devices_up_is_added_by_ticking_boxes() {
    let app = App::start().await;
    let mut admin = Admin::new(&app, "root", Role::GlobalAdministrator).await;
    let device = "urn:ietf:params:oauth:grant-type:device_code";
    let grant = format!("grant.{device}");
    let form = admin.get("/admin/applications/new").await;
    for field in [grant.as_str(), "deviceRegistration"] {
        assert!(form.body.contains(&format!("name=\"{field}\"")), "{field}");
    }
    let fields = [
        ("name", "Laptops"),
        ("public", "on"),
        (grant.as_str(), "on"),
        ("grant.refresh_token", "on"),
        ("deviceRegistration", "on"),
        ("scope.openid", "on"),
        ("scope.offline_access", "on"),
        ("algorithm", "RS256"),
    ];
    let page = admin.post("/admin/applications/new", &fields).await;
    assert_eq!(page.heading(), "Laptops", "{:?}", page.alert());
    let client = app.services.list_clients().await.unwrap().remove(0);
    assert!(client.settings.device_registration && client.is_public());
    assert!(client.settings.grant_types.contains(&GrantType::DeviceCode));
    // Without the grants it is refused, in words.
    let fields = fields.map(|(name, value)| (if name == grant { "x" } else { name }, value));
    let page = admin.post("/admin/applications/new", &fields).await;
    assert_eq!(page.status, 422);
    // And one that only shows a code, on a television.
    let fields = [
        ("name", "TV"),
        ("public", "on"),
        (grant.as_str(), "on"),
        ("scope.openid", "on"),
        ("algorithm", "RS256"),
    ];
    let page = admin.post("/admin/applications/new", &fields).await;
    assert_eq!(page.heading(), "TV", "{:?}", page.alert());
    assert!(page.body.contains(device));
}
