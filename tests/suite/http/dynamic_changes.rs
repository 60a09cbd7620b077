//! What an application that registered itself may change of that (RFC 7592 §2.2), and what it
//! cannot: whatever the operator decided since.

use firstkey::domain::audit::Activity;
use firstkey::domain::client::{
    Client, ClientSettings, ExternalHint, ForwardAuth, GrantType, HintedBy, ResponseType, Scope,
    SubjectType,
};
use firstkey::domain::permission::Permission;
use firstkey::service::caller::Caller;
use reqwest::Method;
use serde_json::{Value, json};

use super::dynamic::{initial, metadata, register, send};
use crate::support::app::{App, CALLBACK, Registered};
use crate::support::authenticator::SoftAuthenticator;
use crate::support::database::on_both_engines;
use crate::support::visitor::Request;

/// An application that registered itself.
struct Itself {
    id: String,
    secret: String,
    token: String,
}

impl Itself {
    async fn registers(app: &App, metadata: &Value) -> Self {
        let (status, told) = register(app, &initial(app, 1).await, metadata).await;
        assert_eq!(status, 201, "{told}");
        let text = |name: &str| told[name].as_str().unwrap().to_owned();
        let token = text("registration_access_token");
        Self { id: text("client_id"), secret: text("client_secret"), token }
    }

    async fn found(&self, app: &App) -> Client {
        app.services.find_client(&self.id).await.unwrap()
    }

    /// What the operator makes of it.
    async fn becomes(
        &self,
        app: &App,
        edit: impl FnOnce(&mut ClientSettings) + Clone + Send + 'static,
    ) -> ClientSettings {
        let edit = |settings: &mut ClientSettings, _: &mut bool| {
            edit(settings);
            Ok(())
        };
        let edited = app.services.edit_client(&Caller::OPERATOR, &self.id, None, edit).await;
        edited.unwrap().settings
    }

    async fn shown(&self, app: &App) -> Value {
        let path = format!("/register/{}", self.id);
        let answer = send(app, Method::GET, &path, &self.token, &Value::Null).await;
        assert_eq!(answer.status(), 200);
        answer.json().await.unwrap()
    }

    /// Changes itself to these metadata.
    async fn puts(&self, app: &App, mut metadata: Value) -> (u16, Value) {
        metadata["client_id"] = json!(self.id);
        let path = format!("/register/{}", self.id);
        let answer = send(app, Method::PUT, &path, &self.token, &metadata).await;
        (answer.status().as_u16(), answer.json().await.unwrap_or(Value::Null))
    }
}

fn with(changes: Value) -> Value {
    let (mut metadata, Value::Object(changes)) = (metadata(), changes) else { panic!("no object") };
    for (name, value) in changes {
        metadata[name] = value;
    }
    metadata
}

on_both_engines! {
    /// [Attacks] RFC 7592 §5 · an application that undoes what the operator decided
    async fn an_application_that_changes_itself_undoes_nothing_of_the_operators(app: App) {
        let fresh = Itself::registers(&app, &metadata()).await;
        let wanted = fresh.becomes(&app, |it| {
            it.third_party = false;
            it.grant_types.push(GrantType::ClientCredentials);
            it.application_permissions = vec![Permission::UserReadAll];
            it.scope = vec![Scope::OpenId, Scope::Profile, Scope::Api(Permission::UserRead)];
            it.resources = vec!["https://api.example".into()];
            it.subject_type = SubjectType::Pairwise;
            it.default_acr_values = vec!["phr".into()];
            it.default_max_age = Some(300);
            it.require_pushed_authorization_requests = true;
            it.dpop_bound_access_tokens = true;
        }).await;
        // Said back as it was shown, said as it was at first, and said as somebody would who wants
        // to be rid of it.
        let shown = fresh.shown(&app).await;
        let greedy = with(json!({
            "scope": Scope::join(&Scope::all().collect::<Vec<_>>()),
            "grant_types": ["authorization_code", "refresh_token"],
            "response_types": ["code", "id_token"],
            "third_party": false, "subject_type": "public", "default_max_age": 86400,
            "default_acr_values": ["urn:firstkey:acr:upstream"],
            "require_pushed_authorization_requests": false, "dpop_bound_access_tokens": false,
            "application_permissions": ["User.ReadWrite.All"], "resources": [],
        }));
        for asked in [shown, metadata(), greedy] {
            let (status, told) = fresh.puts(&app, asked.clone()).await;
            assert_eq!(status, 200, "{told}");
            // How it sends its secret is its own to say.
            let mut now = fresh.found(&app).await.settings;
            now.token_endpoint_auth_method = wanted.token_endpoint_auth_method;
            assert_eq!(now, wanted, "{asked}");
        }
        // What the operator alone gives is not to be had by asking; one scope less is.
        let device = json!({ "grant_types": ["authorization_code", "urn:ietf:params:oauth:grant-type:device_code"] });
        let (status, told) = fresh.puts(&app, with(device)).await;
        assert_eq!((status, &told["error"]), (400, &json!("invalid_client_metadata")));
        let (status, told) = fresh.puts(&app, with(json!({ "scope": "openid email" }))).await;
        assert_eq!((status, &told["scope"]), (200, &json!("openid")), "email it never had");
        assert_eq!(fresh.puts(&app, with(json!({ "scope": "openid profile" }))).await.1["scope"], "openid");
    }

    /// [Attacks] RFC 7592 §5 · a trusted application that sends its codes elsewhere
    async fn an_application_whose_answers_go_elsewhere_is_a_third_party_again(app: App) {
        app.one_method_is_enough().await;
        app.person("ada").await;
        let pass = app.pass("ada").await;
        let fresh = Itself::registers(&app, &metadata()).await;
        fresh.becomes(&app, |it| it.third_party = false).await;
        let at = |redirect_uri: &str| Request::of(&Registered {
            id: fresh.id.clone(),
            secret: fresh.secret.clone(),
            redirect_uri: redirect_uri.into(),
        }).with("scope", "openid");
        let (mut ada, mut device) = (app.visitor(), SoftAuthenticator::new());
        ada.day_one(&at(CALLBACK), "ada", &pass, &mut device).await.code();
        assert_eq!(fresh.puts(&app, with(json!({ "client_name": "Renamed" }))).await.0, 200);
        assert!(!fresh.found(&app).await.settings.third_party, "its name is its own");

        let elsewhere = "https://elsewhere.example/cb";
        let both = json!({ "redirect_uris": [CALLBACK, elsewhere], "third_party": false });
        assert_eq!(fresh.puts(&app, with(both)).await.0, 200);
        assert!(fresh.found(&app).await.settings.third_party);
        let said = app.audited(Activity::ClientChanged).await[0].1.clone();
        assert_eq!(said, "Fresh changed, and a third party's from now on");
        let mut ada = app.visitor();
        ada.authorize(&at(elsewhere)).await.page();
        let page = ada.use_passkey(&mut device).await.page();
        assert_eq!(page.heading(), "Share this with Fresh?", "she is asked");
        // Taking it back does not bring the trust back: the operator does.
        assert_eq!(fresh.puts(&app, metadata()).await.0, 200);
        assert!(fresh.found(&app).await.settings.third_party);
        fresh.becomes(&app, |it| it.third_party = false).await;
        let native = with(json!({ "application_type": "native" }));
        assert_eq!(fresh.puts(&app, native).await.0, 200);
        assert!(fresh.found(&app).await.settings.third_party, "any port of a loopback address");
    }

    /// [Attacks] RFC 7592 §5 · an application that takes itself out from behind its proxy
    async fn what_protects_an_application_or_names_its_people_stays(app: App) {
        let group = app.services.add_group(&Caller::OPERATOR, "Editors").await.unwrap().id;
        let rule = ForwardAuth { origin: "https://wiki.example".into(), groups: vec![group] };
        let own = rule.redirect_uri();
        let fresh = Itself::registers(&app, &with(json!({ "redirect_uris": [own] }))).await;
        let wanted = fresh.becomes(&app, move |it| it.forward_auth = Some(rule)).await;
        let asked = with(json!({ "redirect_uris": [own], "forward_auth": null }));
        for asked in [asked, fresh.shown(&app).await] {
            assert_eq!(fresh.puts(&app, asked).await.0, 200);
            let now = fresh.found(&app).await.settings;
            assert_eq!((&now.forward_auth, &now.third_party), (&wanted.forward_auth, &true));
        }
        let (status, told) = fresh.puts(&app, metadata()).await;
        assert_eq!((status, &told["error"]), (400, &json!("invalid_client_metadata")), "{told}");
        assert_eq!(fresh.found(&app).await.settings.redirect_uris, [own]);

        let hinted = Itself::registers(&app, &metadata()).await;
        let wanted = hinted.becomes(&app, |it| {
            it.grant_types.clear();
            it.response_types = vec![ResponseType::IdToken];
            it.external_hint = Some(ExternalHint {
                issuer: "https://outside.example".into(),
                jwks_uri: "https://outside.example/keys".into(),
                audience: "firstkey".into(),
                tenant: None,
                user_claim: HintedBy::default(),
            });
        }).await;
        for asked in [metadata(), with(json!({ "external_hint": null })), hinted.shown(&app).await] {
            assert_eq!(hinted.puts(&app, asked).await.0, 200);
            let now = hinted.found(&app).await.settings;
            assert_eq!(
                (&now.external_hint, &now.response_types, now.grant_types.len()),
                (&wanted.external_hint, &wanted.response_types, 0)
            );
        }
    }
}

/// [Attacks] OIDC Core §8.1 · a sector claimed by a private scheme or a loopback address
#[tokio::test]
async fn a_sector_is_not_to_be_had_by_a_redirect_uri_that_anybody_may_register() {
    let app = App::start().await;
    let token = initial(&app, 1).await;
    for uri in ["com.evil.app://bank.example/cb", "com.evil.app:/cb", "http://localhost:8080/cb"] {
        let asked = json!({
            "redirect_uris": [uri], "subject_type": "pairwise", "application_type": "native",
        });
        let (status, told) = register(&app, &token, &with(asked)).await;
        assert_eq!((status, &told["error"]), (400, &json!("invalid_client_metadata")), "{uri}");
        let why = told["error_description"].as_str().unwrap();
        assert!(why.contains("sector_identifier_uri is needed"), "{why}");
    }
    let asked = json!({ "redirect_uris": ["https://bank.example/cb"], "subject_type": "pairwise" });
    assert_eq!(register(&app, &token, &with(asked)).await.0, 201);
}
