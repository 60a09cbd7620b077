//! Policies and applications: changed by whom it is for, within their bounds.

use firstkey::domain::client::{
    ClientSettings, ExternalHint, ForwardAuth, GrantType, HintedBy, ResponseType, Scope,
};
use firstkey::domain::role::Role;
use firstkey::service::caller::Caller;
use serde_json::json;

use super::{Admin, notice};
use crate::support::app::App;
use crate::support::visitor::Page;

const PORTAL: &str = "/admin/policies/admin-portal";
const PASS: &str = "/admin/policies/temporary-access-pass";
const AGE: &str = "strongSignInMaxAgeInMinutes";

/// The secret in the one answer that holds it.
fn secret(page: &Page) -> Option<String> {
    let (_, rest) = page.body.split_once("id=\"secret\">")?;
    rest.split_once('<').map(|(secret, _)| secret.to_owned())
}

async fn age(app: &App) -> u32 {
    app.services.portal_policy().await.unwrap().strong_sign_in_max_age_in_minutes
}

#[tokio::test]
async fn a_policy_is_changed_within_its_bounds_and_over_nobody_elses_change() {
    let app = App::start().await;
    let mut admin = Admin::new(&app, "root", Role::AuthenticationPolicyAdministrator).await;
    let version = admin.get(PORTAL).await.value("version").unwrap();
    for wrong in ["0", "481", "-1", "soon", ""] {
        let page = admin.post(PORTAL, &[("version", &version), (AGE, wrong)]).await;
        assert_eq!((page.status, age(&app).await), (422, 15), "{wrong}");
        assert!(page.body.contains("role=\"alert\""), "{wrong}");
    }
    let page = admin.post(PORTAL, &[("version", &version), (AGE, "30")]).await;
    assert!(notice(&page).contains("was saved"), "{}", page.heading());
    assert_eq!(age(&app).await, 30);
    let page = admin.post(PORTAL, &[("version", &version), (AGE, "45")]).await;
    assert_eq!((page.status, age(&app).await), (422, 30), "the form is of before");
    admin.post(PORTAL, &[("reset", "yes")]).await;
    assert_eq!(age(&app).await, 15);

    // Whom it is about is said by name.
    let form = [
        ("state", "on"),
        ("minimumLifetimeInMinutes", "30"),
        ("maximumLifetimeInMinutes", "600"),
        ("defaultLifetimeInMinutes", "60"),
        ("defaultLength", "12"),
        ("deliveryTarget", "none"),
        ("includeTargets", "group:Nowhere"),
    ];
    let page = admin.post(PASS, &form).await;
    assert_eq!(page.status, 422);
    assert!(page.body.contains("there is no group Nowhere"));
    assert_eq!(page.value("defaultLength").as_deref(), Some("12"), "nothing typed is lost");
    assert_eq!(app.services.tap_policy().await.unwrap().default_length, 8);
}

#[tokio::test]
async fn an_application_shows_its_secret_once() {
    let app = App::start().await;
    let mut admin = Admin::new(&app, "root", Role::GlobalAdministrator).await;
    let form = admin.get("/admin/applications/new").await;
    assert_eq!(form.heading(), "Add an application");
    let fields = [
        ("name", "Wiki <script>"),
        ("redirectUris", "https://wiki.example/callback"),
        ("profile", "default"),
        ("grant.authorization_code", "on"),
        ("scope.openid", "on"),
        ("algorithm", "RS256"),
    ];
    let bad = fields.map(|(name, value)| match name {
        "redirectUris" => (name, "http://wiki.example/*"),
        _ => (name, value),
    });
    let page = admin.post("/admin/applications/new", &bad).await;
    assert_eq!(page.status, 422);
    let page = admin.post("/admin/applications/new", &fields).await;
    let shown = secret(&page).expect("a secret");
    assert_eq!(page.headers["cache-control"], "no-store");
    assert!(!page.body.contains("<script>") && page.body.matches(&shown).count() == 1);

    let id = app.services.list_clients().await.unwrap()[0].id.to_string();
    let own = format!("/admin/applications/{id}");
    for path in ["/admin/applications", &own, &format!("{own}/edit"), "/admin"] {
        let seen = admin.get(path).await;
        assert_eq!(seen.status, 200, "{path}");
        assert!(!seen.body.contains(&shown) && !seen.body.contains("<script>"), "{path}");
    }
    let page = admin.post(&format!("{own}/secret"), &[]).await;
    assert!(secret(&page).is_some_and(|new| new != shown));
    admin.post(&format!("{own}/delete"), &[("name", "Wiki")]).await;
    assert_eq!(app.services.list_clients().await.unwrap().len(), 1, "another name was typed");
    admin.post(&format!("{own}/delete"), &[("name", "Wiki <script>")]).await;
    assert!(app.services.list_clients().await.unwrap().is_empty());
}

#[tokio::test]
async fn a_preset_needs_an_address_only_and_says_what_to_write_on_the_other_side() {
    const PRESET: &str = "/admin/applications/new/preset";
    let app = App::start().await;
    let mut admin = Admin::new(&app, "root", Role::GlobalAdministrator).await;
    assert!(admin.get("/admin/applications/new").await.body.contains(PRESET));
    let form = admin.get(PRESET).await;
    assert_eq!(form.heading(), "Use a preset");
    assert!(form.body.contains("Argo CD") && form.body.contains("oauth2-proxy"));
    for (preset, url) in [
        ("grafana", ""),
        ("grafana", "grafana.example"),
        ("grafana", "https://grafana.example/?x=<script>"),
        ("kubernetes", "https://kubernetes.example"),
        ("jenkins", "https://jenkins.example"),
    ] {
        let page = admin.post(PRESET, &[("preset", preset), ("url", url), ("name", "Mine")]).await;
        assert_eq!(page.status, 422, "{preset} {url}");
        assert!(page.body.contains("role=\"alert\"") && !page.body.contains("<script>"));
        assert_eq!(page.value("name").as_deref(), Some("Mine"), "nothing typed is lost");
    }
    assert!(app.services.list_clients().await.unwrap().is_empty());

    let filled = [("preset", "grafana"), ("url", "https://grafana.example/"), ("name", "")];
    let page = admin.post(PRESET, &filled).await;
    let shown = secret(&page).expect("a secret");
    assert_eq!((page.status, page.heading().as_str()), (200, "Grafana"));
    assert_eq!(page.headers["cache-control"], "no-store");
    let client = app.services.list_clients().await.unwrap().remove(0);
    assert_eq!(client.settings.redirect_uris, ["https://grafana.example/login/generic_oauth"]);
    assert!(page.body.contains(&format!("client_secret = {shown}")));
    assert!(page.body.contains(&format!("client_id = {}", client.id)));
    assert!(page.body.contains(&format!("token_url = {}", app.url("/token"))));
    let again = admin.get(&format!("/admin/applications/{}", client.id)).await;
    assert!(!again.body.contains(&shown) && !again.body.contains("token_url"));

    // A public one has no secret, and Kubernetes no address.
    let page = admin.post(PRESET, &[("preset", "kubernetes"), ("url", ""), ("name", "Lab")]).await;
    assert_eq!((page.status, secret(&page)), (200, None));
    assert!(page.body.contains("AuthenticationConfiguration"));

    let mut reader = Admin::new(&app, "reader", Role::GlobalReader).await;
    assert!(matches!(reader.get(PRESET).await.status, 403 | 404));
    let page = reader.post(PRESET, &filled).await;
    assert!(matches!(page.status, 403 | 404) && secret(&page).is_none());
    assert_eq!(app.services.list_clients().await.unwrap().len(), 2);
}

#[tokio::test]
async fn an_application_behind_a_proxy_or_another_provider_says_so_and_keeps_it_when_edited() {
    let app = App::start().await;
    let mut admin = Admin::new(&app, "root", Role::GlobalAdministrator).await;
    let staff = app.services.add_group(&Caller::OPERATOR, "Staff <b>").await.unwrap();
    let origin = "https://wiki.example.com";
    app.client_with("wiki", true, |settings| {
        settings.redirect_uris = vec![format!("{origin}/.firstkey/callback")];
        settings.grant_types = vec![GrantType::AuthorizationCode];
        settings.scope = vec![Scope::OpenId];
        settings.forward_auth = Some(ForwardAuth { origin: origin.into(), groups: Vec::new() });
    })
    .await;
    let page = admin.get("/admin/applications/wiki").await;
    for part in ["Behind its reverse proxy", origin, "<dd>everybody</dd>", "any sign-in"] {
        assert!(page.body.contains(part), "{part}: {}", page.body);
    }
    let edit = move |settings: &mut ClientSettings, _: &mut bool| {
        settings.forward_auth.as_mut().unwrap().groups = vec![staff.id];
        settings.default_acr_values = vec!["phr".into()];
        Ok(())
    };
    app.services.edit_client(&Caller::OPERATOR, "wiki", None, edit).await.unwrap();
    let page = admin.get("/admin/applications/wiki").await;
    assert!(page.body.contains("<dd>Staff &#60;b&#62;</dd>"), "{}", page.body);
    assert!(page.body.contains("<code>phr</code>") && !page.body.contains("everybody"));
    let before = app.services.find_client("wiki").await.unwrap();
    let (redirect, version) = (before.settings.redirect_uris[0].clone(), before.version);
    let version = version.to_string();
    let fields = [
        ("name", "Our wiki"),
        ("redirectUris", redirect.as_str()),
        ("grant.authorization_code", "on"),
        ("scope.openid", "on"),
        ("algorithm", "RS256"),
        ("enabled", "on"),
        ("version", version.as_str()),
    ];
    admin.post("/admin/applications/wiki/edit", &fields).await;
    let after = app.services.find_client("wiki").await.unwrap().settings;
    assert_eq!(
        (after.client_name.as_str(), &after.forward_auth),
        ("Our wiki", &before.settings.forward_auth)
    );
    app.services.remove_group(&Caller::OPERATOR, "Staff <b>").await.unwrap();
    let page = admin.get("/admin/applications/wiki").await;
    assert!(page.body.contains("<dd>a group that was deleted</dd>"), "nobody, not everybody");

    let hint = ExternalHint {
        issuer: "https://login.contoso.example/v2.0".into(),
        jwks_uri: "https://login.contoso.example/keys".into(),
        audience: "us-there".into(),
        tenant: Some("contoso".into()),
        user_claim: HintedBy::default(),
    };
    app.client_with("entra", true, |settings| {
        settings.post_logout_redirect_uris.clear();
        settings.grant_types.clear();
        settings.response_types = vec![ResponseType::IdToken];
        settings.external_hint = Some(hint.clone());
    })
    .await;
    let page = admin.get("/admin/applications/entra").await;
    for part in [&hint.issuer, &hint.jwks_uri, "us-there", "contoso", hint.user_claim.name()] {
        assert!(page.body.contains(&format!("<code>{part}</code>")), "{part}");
    }
}

#[tokio::test]
async fn whoever_may_only_look_changes_nothing_by_hand_either() {
    let app = App::start().await;
    app.client("payroll").await;
    let mut reader = Admin::new(&app, "reader", Role::GlobalReader).await;
    let before = json!(app.services.tap_policy().await.unwrap());
    assert!(!reader.get("/admin/policies").await.body.contains(">Change<"));
    assert!(!reader.get("/admin/applications").await.body.contains("Add an application"));
    assert!(!reader.get("/admin/applications/payroll").await.body.contains("Delete for good"));
    for (path, fields) in [
        (PASS, vec![("reset", "yes")]),
        (PORTAL, vec![(AGE, "480")]),
        ("/admin/applications/new", vec![("name", "Mine"), ("redirectUris", "https://a.example/")]),
        ("/admin/applications/payroll/secret", vec![]),
        ("/admin/applications/payroll/delete", vec![("name", "Payroll")]),
    ] {
        let page = reader.post(path, &fields).await;
        assert!(matches!(page.status, 403 | 404), "{path} {}", page.status);
        assert!(secret(&page).is_none());
    }
    assert_eq!(json!(app.services.tap_policy().await.unwrap()), before);
    assert_eq!(age(&app).await, 15);
    assert_eq!(app.services.list_clients().await.unwrap().len(), 1);
}
