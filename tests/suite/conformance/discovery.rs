//! Config OP: each value that discovery advertises is used, and what it does not advertise is
//! refused.

use firstkey::domain::client::{
    AuthMethod, ClientSettings, ContentEncryption, GrantType, KeyManagement, Scope,
    SigningAlgorithm, SubjectType,
};
use firstkey::domain::permission::Permission;
use firstkey::domain::role::Role;
use firstkey::domain::user::User;
use firstkey::service::caller::Caller;
use serde_json::{Value, json};

use super::{Mode, Plan, verified};
use crate::support::app::{App, CALLBACK, Registered};
use crate::support::authenticator::SoftAuthenticator;
use crate::support::client_key::{ClientKey, JWT_BEARER};
use crate::support::maker::Maker;
use crate::support::visitor::{Landing, Request, claims};

/// What stands for itself: addresses that are called, flags that other tests hold it to.
const PLAIN: [&str; 17] = [
    "issuer",
    "authorization_endpoint",
    "token_endpoint",
    "userinfo_endpoint",
    "registration_endpoint",
    "revocation_endpoint",
    "introspection_endpoint",
    "pushed_authorization_request_endpoint",
    "device_authorization_endpoint",
    "jwks_uri",
    "end_session_endpoint",
    "require_pushed_authorization_requests",
    "backchannel_logout_supported",
    "backchannel_logout_session_supported",
    "claims_parameter_supported",
    "request_parameter_supported",
    "authorization_response_iss_parameter_supported",
];

async fn document(app: &App) -> Value {
    let url = app.url("/.well-known/openid-configuration");
    reqwest::get(url).await.unwrap().json().await.unwrap()
}

fn list(document: &Value, name: &str) -> Vec<String> {
    let list = document[name].as_array().unwrap_or_else(|| panic!("{name} is missing"));
    list.iter().map(|value| value.as_str().expect("a text").to_owned()).collect()
}

fn algorithm(name: &str) -> SigningAlgorithm {
    name.parse().unwrap()
}

/// A plan whose Ada is signed in, so that requests are answered at once.
async fn signed_in() -> (Plan, Value) {
    let mut plan = Plan::start(Mode::Query).await;
    let request = plan.request();
    plan.sign_in(&request).await;
    let document = document(&plan.app).await;
    (plan, document)
}

/// The tokens of one more client.
async fn tokens(
    plan: &mut Plan,
    id: &str,
    change: impl FnOnce(&mut ClientSettings),
) -> (Registered, Value) {
    let client = plan.app.client_with(id, false, change).await;
    let scopes: Vec<_> = Scope::all().map(Scope::name).collect();
    let request = Request::of(&client).with("scope", &scopes.join(" "));
    let code = plan.ada.authorize(&request).await.code();
    let (status, tokens) = plan.ada.redeem(&request, &code).await;
    assert_eq!(status, 200, "{tokens}");
    (client, tokens)
}

/// Posts a form to an endpoint that the document names, with or without a secret in a header.
async fn post(
    app: &App,
    path: &str,
    basic: Option<&Registered>,
    form: &[(&str, &str)],
) -> (u16, Value) {
    let mut request = reqwest::Client::new().post(app.url(path));
    if let Some(client) = basic {
        request = request.basic_auth(&client.id, Some(&client.secret));
    }
    let answer = request.form(form).send().await.unwrap();
    (answer.status().as_u16(), answer.json().await.unwrap_or(Value::Null))
}

/// [Config OP] OIDC Discovery §3, RFC 8414 §2 · nothing is advertised that no test uses
#[tokio::test]
async fn every_member_of_the_document_is_known_to_this_suite() {
    let app = App::start().await;
    let document = document(&app).await;
    let lists = [
        "scopes_supported",
        "response_types_supported",
        "response_modes_supported",
        "grant_types_supported",
        "subject_types_supported",
        "id_token_signing_alg_values_supported",
        "id_token_encryption_alg_values_supported",
        "id_token_encryption_enc_values_supported",
        "userinfo_signing_alg_values_supported",
        "request_object_signing_alg_values_supported",
        "token_endpoint_auth_methods_supported",
        "token_endpoint_auth_signing_alg_values_supported",
        "revocation_endpoint_auth_methods_supported",
        "revocation_endpoint_auth_signing_alg_values_supported",
        "introspection_endpoint_auth_methods_supported",
        "introspection_endpoint_auth_signing_alg_values_supported",
        "dpop_signing_alg_values_supported",
        "code_challenge_methods_supported",
        "acr_values_supported",
        "claims_supported",
        "prompt_values_supported",
        "ui_locales_supported",
    ];
    for name in document.as_object().unwrap().keys() {
        let known = PLAIN.contains(&name.as_str())
            || lists.contains(&name.as_str())
            || name == "request_uri_parameter_supported";
        assert!(known, "{name} is advertised, and no test uses it");
    }
    assert_eq!(document["request_uri_parameter_supported"], false);
    for endpoint in PLAIN.iter().filter(|name| name.ends_with("endpoint") || **name == "jwks_uri") {
        let url = document[*endpoint].as_str().unwrap();
        let status = reqwest::get(url).await.unwrap().status();
        assert_ne!(status, 404, "{endpoint}");
    }
}

/// [Config OP] OIDC Discovery §3 · scopes_supported, claims_supported
#[tokio::test]
async fn every_scope_is_granted_and_every_claim_told() {
    let (mut plan, document) = signed_in().await;
    let edit = |user: &mut User| {
        user.profile.given_name = Some("Ada".into());
        user.profile.surname = Some("Example".into());
        user.profile.preferred_language = Some("en".into());
        user.roles.insert(Role::GlobalAdministrator);
        Ok(())
    };
    plan.app.services.edit_user(&Caller::OPERATOR, "ada", None, edit).await.unwrap();
    let (_, tokens) =
        tokens(&mut plan, "all", |settings| settings.scope = Scope::all().collect()).await;
    let granted: Vec<_> = tokens["scope"].as_str().unwrap().split(' ').collect();
    for scope in list(&document, "scopes_supported") {
        assert!(granted.contains(&scope.as_str()), "{scope}: {granted:?}");
    }
    assert!(tokens["refresh_token"].is_string());
    let said = claims(&tokens["id_token"]);
    let about = plan.ada.userinfo(tokens["access_token"].as_str().unwrap()).await.1;
    for claim in list(&document, "claims_supported") {
        assert!(
            said.get(&claim).is_some() || about.get(&claim).is_some(),
            "{claim}: {said} {about}"
        );
    }
}

/// [Config OP] OIDC Discovery §3 · id_token_signing_alg_values_supported, userinfo_signing_alg_values_supported
#[tokio::test]
async fn every_algorithm_signs_id_tokens_and_userinfo() {
    let (mut plan, document) = signed_in().await;
    assert_eq!(
        list(&document, "id_token_signing_alg_values_supported"),
        list(&document, "userinfo_signing_alg_values_supported")
    );
    for name in list(&document, "id_token_signing_alg_values_supported") {
        let (_, tokens) = tokens(&mut plan, &name, |settings| {
            settings.id_token_signed_response_alg = algorithm(&name);
            settings.userinfo_signed_response_alg = Some(algorithm(&name));
        })
        .await;
        // at_hash is of another length with Ed25519: what it is, a foreign client checks.
        let mut bare = tokens.clone();
        bare["access_token"] = Value::Null;
        assert_eq!(verified(&plan.app, &name, &bare).await.0["alg"], name.as_str());
        let http = reqwest::Client::new().get(plan.app.url("/userinfo"));
        let answer =
            http.bearer_auth(tokens["access_token"].as_str().unwrap()).send().await.unwrap();
        let jwt = answer.text().await.unwrap();
        assert_eq!(json!(jsonwebtoken::decode_header(&jwt).unwrap().alg), name.as_str());
    }
}

/// [Config OP] OIDC Discovery §3 · id_token_encryption_alg_values_supported, id_token_encryption_enc_values_supported
#[tokio::test]
async fn every_encryption_is_there_for_a_client_with_a_key_for_it() {
    use base64::Engine as _;
    let (mut plan, document) = signed_in().await;
    // Public halves alone: what is inside, a foreign client reads.
    let rsa = ClientKey::of("rsa", SigningAlgorithm::Rs256).jwk();
    let ec = ClientKey::of("ec", SigningAlgorithm::Es256).jwk();
    for alg in list(&document, "id_token_encryption_alg_values_supported") {
        for enc in list(&document, "id_token_encryption_enc_values_supported") {
            let mut key = if alg.starts_with("RSA") { rsa.clone() } else { ec.clone() };
            key["use"] = json!("enc");
            key.as_object_mut().unwrap().remove("alg");
            let (kind, content): (KeyManagement, ContentEncryption) =
                (alg.parse().unwrap(), enc.parse().unwrap());
            let (_, tokens) =
                tokens(&mut plan, &format!("{alg}-{enc}").replace('+', "."), |settings| {
                    settings.jwks = Some(json!({ "keys": [key] }));
                    settings.id_token_encrypted_response_alg = Some(kind);
                    settings.id_token_encrypted_response_enc = Some(content);
                })
                .await;
            let jwe = tokens["id_token"].as_str().unwrap();
            assert_eq!(jwe.split('.').count(), 5, "RFC 7516 §3.1");
            let header = jwe.split('.').next().unwrap();
            let header = base64::engine::general_purpose::URL_SAFE_NO_PAD.decode(header).unwrap();
            let header: Value = serde_json::from_slice(&header).unwrap();
            assert_eq!((&header["alg"], &header["enc"]), (&json!(alg), &json!(enc)));
        }
    }
}

/// [Config OP] OIDC Discovery §3 · token_endpoint_auth_methods_supported, …_signing_alg_values_supported, and those of revocation and introspection
#[tokio::test]
async fn every_way_to_authenticate_is_taken_where_it_is_advertised() {
    let (plan, document) = signed_in().await;
    let app = &plan.app;
    let algorithms = list(&document, "token_endpoint_auth_signing_alg_values_supported");
    let keys: Vec<_> = algorithms.iter().map(|name| ClientKey::of(name, algorithm(name))).collect();
    let jwks = json!({ "keys": keys.iter().map(ClientKey::jwk).collect::<Vec<_>>() });
    for (path, prefix) in [
        ("/token", "token_endpoint"),
        ("/revoke", "revocation_endpoint"),
        ("/introspect", "introspection_endpoint"),
    ] {
        // Whatever is asked for comes after who asks: what each says then is not invalid_client.
        let form = [
            ("grant_type", "authorization_code"),
            ("code", "x"),
            ("redirect_uri", CALLBACK),
            ("token", "x"),
        ];
        let mut asked = Vec::new();
        for method in list(&document, &format!("{prefix}_auth_methods_supported")) {
            let id = format!("{prefix}-{method}");
            let kind: AuthMethod = method.parse().unwrap();
            let client = app
                .client_with(&id, kind == AuthMethod::None, |settings| {
                    settings.token_endpoint_auth_method = Some(kind);
                    settings.jwks = (kind == AuthMethod::PrivateKeyJwt).then(|| jwks.clone());
                })
                .await;
            let named = [&form[..], &[("client_id", id.as_str())]].concat();
            let answers = match kind {
                AuthMethod::ClientSecretBasic => vec![post(app, path, Some(&client), &form).await],
                AuthMethod::ClientSecretPost => {
                    let secret = [("client_secret", client.secret.as_str())];
                    vec![post(app, path, None, &[&named[..], &secret].concat()).await]
                }
                AuthMethod::None => vec![post(app, path, None, &named).await],
                AuthMethod::PrivateKeyJwt => {
                    assert_eq!(
                        list(&document, &format!("{prefix}_auth_signing_alg_values_supported")),
                        algorithms
                    );
                    let mut answers = Vec::new();
                    for key in &keys {
                        let assertion =
                            key.assertion(app, &id, &format!("{path} {}", key.jwk()["kid"]));
                        let proof = [
                            ("client_assertion_type", JWT_BEARER),
                            ("client_assertion", assertion.as_str()),
                        ];
                        answers.push(post(app, path, None, &[&form[..], &proof].concat()).await);
                    }
                    answers
                }
            };
            for (status, answer) in answers {
                assert_ne!(status, 401, "{path} {method}: {answer}");
                assert_ne!(answer["error"], "invalid_client", "{path} {method}");
            }
            asked.push(method);
        }
        assert!(!asked.contains(&"client_secret_jwt".to_owned()));
    }
}

/// [Config OP] OIDC Discovery §3 · request_object_signing_alg_values_supported, dpop_signing_alg_values_supported
#[tokio::test]
async fn every_algorithm_signs_requests_and_proofs() {
    let (mut plan, document) = signed_in().await;
    for name in list(&document, "request_object_signing_alg_values_supported") {
        let key = ClientKey::of("k", algorithm(&name));
        let client =
            plan.app.client_with(&name, false, |settings| settings.jwks = Some(key.jwks())).await;
        let request = Request::of(&client);
        let mut object = json!({ "iss": name, "aud": plan.app.issuer });
        for (name, value) in &request.params {
            object[name] = json!(value);
        }
        let signed = Request::of(&client).with("request", &key.sign(&object));
        plan.ada.authorize(&signed).await.code();
    }
    let supported = list(&document, "dpop_signing_alg_values_supported");
    for each in SigningAlgorithm::ALL {
        let key = ClientKey::of("k", each);
        let claims = json!({
            "htm": "POST", "htu": plan.app.url("/token"), "iat": plan.app.now(),
            "jti": each.name(), "nonce": plan.app.services.dpop_nonce(),
        });
        let form = [
            ("client_id", "payroll"),
            ("client_secret", &plan.client.secret),
            ("grant_type", "authorization_code"),
            ("code", "x"),
        ];
        let request =
            reqwest::Client::new().post(plan.app.url("/token")).header("dpop", key.proof(&claims));
        let answer: Value = request.form(&form).send().await.unwrap().json().await.unwrap();
        let expected = if supported.contains(&each.name().to_owned()) {
            "invalid_grant"
        } else {
            "invalid_dpop_proof"
        };
        assert_eq!(answer["error"], expected, "{}", each.name());
    }
}

/// [Config OP] OIDC Discovery §3 · response_types_supported, response_modes_supported, grant_types_supported, code_challenge_methods_supported
#[tokio::test]
async fn every_way_to_get_tokens_works() {
    let (mut plan, document) = signed_in().await;
    for kind in list(&document, "response_types_supported") {
        for mode in list(&document, "response_modes_supported") {
            let id = format!("{kind}-{mode}");
            let client = plan
                .app
                .client_with(&id, false, |settings| {
                    settings.response_types = vec![kind.parse().unwrap()];
                    if kind == "id_token" {
                        settings.grant_types.clear();
                    }
                })
                .await;
            let request =
                Request::of(&client).with("response_type", &kind).with("response_mode", &mode);
            match (kind.as_str(), mode.as_str(), plan.ada.authorize(&request).await) {
                ("code", "query", Landing::Away(_)) => {}
                // RFC 9700 §4.3: an ID token is not for an address that is kept.
                ("id_token", "query", Landing::Page(page)) => {
                    assert!(
                        page.body.contains("name=\"error\"") && page.value("id_token").is_none()
                    );
                }
                (kind, "form_post", Landing::Page(page)) => {
                    assert!(page.body.contains(&format!("name=\"{kind}\"")), "{kind}");
                }
                (kind, mode, other) => panic!("{kind} {mode}: {other:?}"),
            }
        }
    }
    let grants = list(&document, "grant_types_supported");
    let client = plan
        .app
        .client_with("grants", false, |settings| {
            settings.grant_types = GrantType::ALL.to_vec();
            settings.application_permissions = vec![Permission::UserReadAll];
        })
        .await;
    let request = Request::of(&client);
    let code = plan.ada.authorize(&request).await.code();
    let (_, tokens) = plan.ada.redeem(&request, &code).await;
    for grant in &grants {
        let (status, answer) = match grant.as_str() {
            "authorization_code" => {
                let code = plan.ada.authorize(&request).await.code();
                plan.ada.redeem(&request, &code).await
            }
            "refresh_token" => {
                plan.ada.refresh(&client, tokens["refresh_token"].as_str().unwrap()).await
            }
            "client_credentials" => plan.ada.token(&client, &[("grant_type", grant)]).await,
            "urn:ietf:params:oauth:grant-type:device_code" => {
                let secret = client.secret.as_str();
                let form =
                    [("client_id", "grants"), ("client_secret", secret), ("scope", "openid")];
                let (status, begun) = post(&plan.app, "/device_authorization", None, &form).await;
                assert_eq!(status, 200, "{begun}");
                let form = [
                    ("grant_type", grant.as_str()),
                    ("device_code", begun["device_code"].as_str().unwrap()),
                ];
                let (status, answer) = plan.ada.token(&client, &form).await;
                assert_eq!((status, &answer["error"]), (400, &json!("authorization_pending")));
                (200, Value::Null)
            }
            other => panic!("{other} is advertised, and no test uses it"),
        };
        assert_eq!(status, 200, "{grant}: {answer}");
    }
    assert_eq!(list(&document, "code_challenge_methods_supported"), ["S256"]);
}

/// Gives Ada a key that its maker vouches for, and signs her in with it.
async fn sign_in_with_hardware(plan: &mut Plan) {
    let maker = Maker::new("Acme");
    let services = &plan.app.services;
    services.add_attestation_root(&Caller::OPERATOR, maker.root(), &[], vec![]).await.unwrap();
    let mut key = SoftAuthenticator::new().made_by(&maker);
    let again = plan.request().with("prompt", "login");
    let pass = plan.app.pass("ada").await;
    plan.ada.authorize(&again).await.page();
    plan.ada.sign_in("ada", &pass).await.page();
    plan.ada.register(&mut key).await.page();
    plan.ada.authorize(&again).await.page();
    plan.ada.use_passkey(&mut key).await.code();
}

/// [Config OP] OIDC Discovery §3 · subject_types_supported, acr_values_supported, prompt_values_supported
#[tokio::test]
async fn every_kind_of_subject_class_and_prompt_is_known() {
    let (mut plan, document) = signed_in().await;
    let mut subjects = Vec::new();
    for kind in list(&document, "subject_types_supported") {
        let kind: SubjectType = kind.parse().unwrap();
        let (_, tokens) =
            tokens(&mut plan, kind.name(), |settings| settings.subject_type = kind).await;
        subjects.push(claims(&tokens["id_token"])["sub"].clone());
    }
    assert_ne!(subjects[0], subjects[1]);
    // The weaker classes come with whoever has no key: they are reached in tests of the pass and of
    // upstreams, and asking for them here is met by something stronger: a key whose maker vouches.
    sign_in_with_hardware(&mut plan).await;
    for class in list(&document, "acr_values_supported") {
        let essential =
            format!(r#"{{"id_token":{{"acr":{{"essential":true,"values":["{class}"]}}}}}}"#);
        let request = plan.request().with("claims", &essential);
        let answer = plan.ask(&request).await;
        let code = answer.code();
        let (_, tokens) = plan.ada.redeem(&request, code).await;
        assert_eq!(claims(&tokens["id_token"])["acr"], json!(class), "{class}");
    }
    for prompt in list(&document, "prompt_values_supported") {
        let request = plan.request().with("prompt", &prompt);
        match (prompt.as_str(), plan.ada.authorize(&request).await) {
            ("none", Landing::Away(_)) => {}
            (_, Landing::Page(page)) => assert_eq!(page.status, 200, "{prompt}"),
            (_, other) => panic!("{prompt}: {other:?}"),
        }
    }
}

/// [Config OP] OIDC Discovery §3 · what is not advertised
#[tokio::test]
async fn what_is_not_advertised_is_refused() {
    let (mut plan, _) = signed_in().await;
    for (name, value, error) in [
        ("response_type", "token", "unsupported_response_type"),
        ("response_type", "code id_token", "unsupported_response_type"),
        ("response_type", "code token", "unsupported_response_type"),
        ("response_type", "none", "unsupported_response_type"),
        ("response_mode", "fragment", "invalid_request"),
        ("response_mode", "jwt", "invalid_request"),
        ("response_mode", "web_message", "invalid_request"),
        ("code_challenge_method", "plain", "invalid_request"),
        ("prompt", "create", "invalid_request"),
        ("request_uri", "https://app.example/r", "request_uri_not_supported"),
        ("registration", "{}", "registration_not_supported"),
        (
            "claims",
            r#"{"id_token":{"acr":{"essential":true,"values":["gold"]}}}"#,
            "unmet_authentication_requirements",
        ),
    ] {
        let request = plan.request().with(name, value);
        assert_eq!(plan.ask(&request).await.error(), error, "{name}={value}");
    }
    for grant in [
        "password",
        "implicit",
        "urn:ietf:params:oauth:grant-type:jwt-bearer",
        "urn:ietf:params:oauth:grant-type:token-exchange",
        "urn:openid:params:grant-type:ciba",
    ] {
        let (status, answer) = plan.ada.token(&plan.client, &[("grant_type", grant)]).await;
        assert_eq!((status, &answer["error"]), (400, &json!("unsupported_grant_type")), "{grant}");
    }
    let known = |name: &str, value: &str| {
        let metadata = json!({ name: value });
        ClientSettings::default().with_metadata(metadata.as_object().unwrap()).is_ok()
    };
    for (name, value) in [
        ("id_token_signed_response_alg", "none"),
        ("id_token_signed_response_alg", "HS256"),
        ("id_token_encrypted_response_alg", "RSA1_5"),
        ("id_token_encrypted_response_alg", "dir"),
        ("id_token_encrypted_response_enc", "A999GCM"),
        ("token_endpoint_auth_method", "client_secret_jwt"),
        ("token_endpoint_auth_method", "tls_client_auth"),
        ("request_object_signing_alg", "none"),
        ("subject_type", "secret"),
    ] {
        assert!(!known(name, value), "{name}={value}");
    }
}

/// [Config OP] OIDC Discovery §3 · ui_locales_supported
#[tokio::test]
async fn every_language_is_one_that_pages_are_in() {
    let app = App::start().await;
    let document = document(&app).await;
    let client = app.client("payroll").await;
    for language in list(&document, "ui_locales_supported") {
        let request = Request::of(&client).with("ui_locales", &language);
        let page = app.visitor().authorize(&request).await.page();
        assert!(page.body.contains(&format!("<html lang=\"{language}\"")), "{language}");
        assert_eq!(page.headers["content-language"], language.as_str());
    }
}
