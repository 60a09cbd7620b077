//! Tokens that are bound to a key (RFC 9449).

use std::time::Duration;

use firstkey::crypto::token::hash;
use firstkey::domain::client::{GrantType, Profile, SigningAlgorithm};
use firstkey::domain::permission::Permission;
use futures::future::join_all;
use jsonwebtoken::Header;
use reqwest::{Method, Response};
use serde_json::{Value, json};

use crate::support::app::{App, Registered};
use crate::support::authenticator::SoftAuthenticator;
use crate::support::client_key::ClientKey;
use crate::support::database::on_both_engines;
use crate::support::visitor::{Request, claims, param};

/// What a good proof says.
fn good(app: &App, jti: &str, nonce: &str) -> Value {
    json!({
        "htm": "POST", "htu": app.url("/token"), "iat": app.now(), "jti": jti, "nonce": nonce,
    })
}

/// What a good proof says beside an access token.
fn at_resource(app: &App, path: &str, jti: &str, nonce: &str, token: &str) -> Value {
    json!({
        "htm": "GET", "htu": app.url(path), "iat": app.now(), "jti": jti, "nonce": nonce,
        "ath": hash(token),
    })
}

async fn post(app: &App, path: &str, form: &[(&str, &str)], proof: &str) -> Response {
    let http = reqwest::Client::new();
    http.post(app.url(path)).header("dpop", proof).form(form).send().await.unwrap()
}

async fn error(answer: Response) -> String {
    assert!(answer.status().is_client_error(), "{}", answer.status());
    let answer: Value = answer.json().await.unwrap();
    answer["error"].as_str().unwrap().to_owned()
}

/// The nonce that a first proof without one is told.
async fn nonce(app: &App) -> String {
    let client = app.client(&format!("curious-{}", app.now())).await;
    let key = ClientKey::new("curious");
    let mut claims = good(app, "first", "");
    claims.as_object_mut().unwrap().remove("nonce");
    let form = own(&client);
    let answer = post(app, "/token", &form, &key.proof(&claims)).await;
    let nonce = answer.headers()["dpop-nonce"].to_str().unwrap().to_owned();
    assert_eq!(error(answer).await, "use_dpop_nonce");
    nonce
}

fn own(client: &Registered) -> [(&str, &str); 3] {
    [
        ("grant_type", "authorization_code"),
        ("client_id", client.id.as_str()),
        ("client_secret", client.secret.as_str()),
    ]
}

/// An application with tokens of its own.
async fn machine(app: &App, bound: bool) -> Registered {
    app.client_with("machine", false, |settings| {
        settings.grant_types = vec![GrantType::ClientCredentials];
        settings.application_permissions = vec![Permission::UserReadAll];
        settings.dpop_bound_access_tokens = bound;
    })
    .await
}

fn for_itself(client: &Registered) -> [(&str, &str); 3] {
    let [_, id, secret] = own(client);
    [("grant_type", "client_credentials"), id, secret]
}

async fn call(app: &App, path: &str, scheme: &str, token: &str, proof: Option<String>) -> Response {
    let mut request = reqwest::Client::new()
        .request(Method::GET, app.url(path))
        .header("authorization", format!("{scheme} {token}"));
    if let Some(proof) = proof {
        request = request.header("dpop", proof);
    }
    request.send().await.unwrap()
}

on_both_engines! {
    /// [Attacks] RFC 9449 §11.1 · a proof replayed in parallel
    async fn of_a_proof_sent_many_times_at_once_one_counts(app: App) {
        let (nonce, client, key) = (nonce(&app).await, machine(&app, false).await, ClientKey::new("k"));
        let proof = key.proof(&good(&app, "same", &nonce));
        let form = for_itself(&client);
        let answers = join_all((0..10).map(|_| post(&app, "/token", &form, &proof))).await;
        let statuses: Vec<_> = answers.iter().map(|answer| answer.status().as_u16()).collect();
        assert_eq!(statuses.iter().filter(|status| **status == 200).count(), 1, "{statuses:?}");
    }

    async fn a_public_clients_refresh_tokens_are_bound_to_its_key(app: App) {
        app.one_method_is_enough().await;
        app.person("ada").await;
        let (pass, client) = (app.pass("ada").await, app.client_with("phone", true, |_| ()).await);
        let (key, other) = (ClientKey::new("k"), ClientKey::new("other"));
        let request = Request::of(&client).with("dpop_jkt", &key.thumbprint());
        let (mut ada, mut device) = (app.visitor(), SoftAuthenticator::new());
        let code = ada.day_one(&request, "ada", &pass, &mut device).await.code();
        let nonce = nonce(&app).await;
        let form = [
            ("grant_type", "authorization_code"),
            ("client_id", client.id.as_str()),
            ("code", code.as_str()),
            ("redirect_uri", client.redirect_uri.as_str()),
            ("code_verifier", request.verifier.as_str()),
        ];
        // Neither without the key nor with another is the code worth anything, and it is not lost.
        let (status, answer) = ada.token_raw(&form).await;
        assert_eq!((status, &answer["error"]), (400, &json!("invalid_dpop_proof")), "{answer}");
        let stolen = other.proof(&good(&app, "a", &nonce));
        assert_eq!(error(post(&app, "/token", &form, &stolen).await).await, "invalid_dpop_proof");
        let answer = post(&app, "/token", &form, &key.proof(&good(&app, "b", &nonce))).await;
        assert!(answer.headers().contains_key("dpop-nonce"), "the nonce for the next one");
        let tokens: Value = answer.json().await.unwrap();
        assert_eq!(tokens["token_type"], "DPoP");
        assert_eq!(claims(&tokens["access_token"])["cnf"]["jkt"], key.thumbprint());

        let refresh = tokens["refresh_token"].as_str().unwrap();
        let form = [("grant_type", "refresh_token"), ("client_id", "phone"), ("refresh_token", refresh)];
        let (status, answer) = ada.token_raw(&form).await;
        assert_eq!((status, &answer["error"]), (400, &json!("invalid_dpop_proof")), "{answer}");
        let stolen = other.proof(&good(&app, "c", &nonce));
        assert_eq!(error(post(&app, "/token", &form, &stolen).await).await, "invalid_dpop_proof");
        let answer = post(&app, "/token", &form, &key.proof(&good(&app, "d", &nonce))).await;
        assert_eq!(answer.status(), 200);
    }
}

#[tokio::test]
async fn a_proof_is_of_this_request_and_of_now() {
    let app = App::start().await;
    let (nonce, client, key) = (nonce(&app).await, machine(&app, false).await, ClientKey::new("k"));
    let form = for_itself(&client);
    let changed = |name: &str, value: Value| {
        let mut claims = good(&app, "another", &nonce);
        claims[name] = value;
        claims
    };
    for claims in [
        changed("htm", json!("GET")),
        changed("htm", json!(null)),
        changed("htu", json!(app.url("/par"))),
        changed("htu", json!("https://elsewhere.example/token")),
        changed("htu", json!("not a URL")),
        changed("iat", json!(app.now() + 3600)),
        changed("iat", json!(app.now() - 3600)),
        changed("iat", json!("now")),
        changed("jti", json!(""))
            .as_object()
            .map(|it| {
                let mut it = it.clone();
                it.remove("jti");
                Value::Object(it)
            })
            .unwrap(),
        changed("jti", json!("j".repeat(513))),
        changed("ath", json!(hash("a token"))),
    ] {
        let answer = post(&app, "/token", &form, &key.proof(&claims)).await;
        assert_eq!(error(answer).await, "invalid_dpop_proof", "{claims}");
    }
    let headers: [fn(&mut Header); 4] = [
        |header| header.typ = Some("JWT".into()),
        |header| header.jwk = None,
        |header| header.jwk = Some(serde_json::from_value(ClientKey::new("x").jwk()).unwrap()),
        |header| header.typ = None,
    ];
    for change in headers {
        let proof = key.proof_as(&good(&app, "header", &nonce), change);
        assert_eq!(error(post(&app, "/token", &form, &proof).await).await, "invalid_dpop_proof");
    }
    for garbage in ["", "x", "a.b.c", "eyJhbGciOiJub25lIn0.e30."] {
        let answer = post(&app, "/token", &form, garbage).await;
        assert_eq!(error(answer).await, "invalid_dpop_proof", "{garbage}");
    }
    // A query and a fragment do not count, and neither does the port that is usual.
    let queried = changed("htu", json!(format!("{}?a=b#c", app.url("/token"))));
    assert_eq!(post(&app, "/token", &form, &key.proof(&queried)).await.status(), 200);
    // A nonce is good for a while.
    for wrong in ["", "x", &"A".repeat(43)] {
        let proof = key.proof(&good(&app, "nonce", wrong));
        assert_eq!(error(post(&app, "/token", &form, &proof).await).await, "use_dpop_nonce");
    }
    app.wait(Duration::from_secs(601));
    let late = key.proof(&good(&app, "late", &nonce));
    assert_eq!(error(post(&app, "/token", &form, &late).await).await, "use_dpop_nonce");
}

/// [Attacks] RFC 9449 §7.2 · a stolen token without its key
#[tokio::test]
async fn a_bound_token_is_nothing_without_the_key() {
    let app = App::start().await;
    let (nonce, client, key) = (nonce(&app).await, machine(&app, true).await, ClientKey::new("k"));
    let form = for_itself(&client);
    let (status, answer) = app.visitor().token_raw(&form).await;
    assert_eq!((status, &answer["error"]), (400, &json!("invalid_dpop_proof")), "{answer}");
    let answer = post(&app, "/token", &form, &key.proof(&good(&app, "a", &nonce))).await;
    let answer: Value = answer.json().await.unwrap();
    let token = answer["access_token"].as_str().unwrap();

    for path in ["/v1.0/users", "/scim/v2/Users"] {
        let proof = |jti: &str| at_resource(&app, path, &format!("{path}{jti}"), &nonce, token);
        let answer = call(&app, path, "DPoP", token, Some(key.proof(&proof("1")))).await;
        assert_eq!(answer.status(), 200, "{path}");
        // As a bearer token, without the proof, with another key, with a proof for another token or
        // another address, with a proof once more.
        let bare = call(&app, path, "Bearer", token, None).await;
        assert_eq!(bare.status(), 401);
        let offered: Vec<_> = bare.headers().get_all("www-authenticate").iter().collect();
        assert!(offered.iter().any(|it| it.to_str().unwrap().starts_with("DPoP ")), "{offered:?}");
        assert_eq!(call(&app, path, "DPoP", token, None).await.status(), 401);
        for (signer, claims) in [
            (&ClientKey::new("other"), proof("2")),
            (&key, at_resource(&app, path, "3", &nonce, "another token")),
            (&key, at_resource(&app, "/elsewhere", "4", &nonce, token)),
            (&key, proof("1")),
        ] {
            let answer = call(&app, path, "DPoP", token, Some(signer.proof(&claims))).await;
            assert_eq!(answer.status(), 401, "{claims}");
        }
        let stale = at_resource(&app, path, "5", "", token);
        let answer = call(&app, path, "DPoP", token, Some(key.proof(&stale))).await;
        assert_eq!(
            (answer.status().as_u16(), answer.headers().contains_key("dpop-nonce")),
            (401, true)
        );
        let said = answer.headers()["www-authenticate"].to_str().unwrap();
        assert!(said.starts_with("DPoP ") && said.contains("use_dpop_nonce"), "{said}");
    }

    // A token that is bound to nothing proves nothing with a key.
    let free = app.client_with("free", false, |settings| {
        settings.grant_types = vec![GrantType::ClientCredentials];
        settings.application_permissions = vec![Permission::UserReadAll];
    });
    let (_, answer) = app.visitor().token_raw(&for_itself(&free.await)).await;
    assert_eq!(answer["token_type"], "Bearer");
    let token = answer["access_token"].as_str().unwrap();
    let proof = key.proof(&at_resource(&app, "/v1.0/users", "6", &nonce, token));
    assert_eq!(call(&app, "/v1.0/users", "DPoP", token, Some(proof)).await.status(), 401);
}

#[tokio::test]
async fn a_key_is_named_with_a_pushed_request() {
    let app = App::start().await;
    let (nonce, client, key) =
        (nonce(&app).await, app.client("payroll").await, ClientKey::new("k"));
    let mut claims = good(&app, "a", &nonce);
    claims["htu"] = json!(app.url("/par"));
    let request = Request::of(&client);
    let other = ClientKey::new("other").thumbprint();
    let mut form: Vec<(&str, &str)> =
        request.params.iter().map(|(name, value)| (name.as_str(), value.as_str())).collect();
    form.push(("client_secret", client.secret.as_str()));
    assert_eq!(post(&app, "/par", &form, &key.proof(&claims)).await.status(), 201);
    form.push(("dpop_jkt", &other));
    claims["jti"] = json!("b");
    let answer = post(&app, "/par", &form, &key.proof(&claims)).await;
    assert_eq!(error(answer).await, "invalid_dpop_proof");
    let short = Request::of(&client).with("dpop_jkt", "short");
    let away = app.visitor().authorize(&short).await.away();
    assert_eq!(param(&away, "error").as_deref(), Some("invalid_request"));
}

#[tokio::test]
async fn the_profile_fapi2_has_no_way_around() {
    let app = App::start().await;
    let key = ClientKey::new("k");
    let bank = app
        .client_with("bank", false, |settings| {
            settings.profile = Profile::Fapi2;
            settings.token_endpoint_auth_method =
                Some(firstkey::domain::client::AuthMethod::PrivateKeyJwt);
            settings.id_token_signed_response_alg = SigningAlgorithm::Es256;
            settings.jwks = Some(key.jwks());
        })
        .await;
    // FAPI 2.0 §5.3.2.2: not in the open.
    let away = app.visitor().authorize(&Request::of(&bank)).await.away();
    assert_eq!(param(&away, "error").as_deref(), Some("invalid_request"));
    // §5.3.2.1: aud is the issuer, and one string.
    let push = async |aud: Value, jti: &str| {
        let now = app.now();
        let assertion = key.sign(&json!({
            "iss": "bank", "sub": "bank", "aud": aud, "jti": jti, "iat": now, "exp": now + 60,
        }));
        let request = Request::of(&bank);
        let mut form = request.params.clone();
        form.push(("client_assertion".into(), assertion));
        let kind = crate::support::client_key::JWT_BEARER;
        form.push(("client_assertion_type".into(), kind.into()));
        let http = reqwest::Client::new();
        http.post(app.url("/par")).form(&form).send().await.unwrap().status().as_u16()
    };
    assert_eq!(push(json!(app.issuer), "1").await, 201);
    assert_eq!(push(json!([app.issuer]), "2").await, 401);
    assert_eq!(push(json!(app.url("/token")), "3").await, 401);
    // Without PKCE (§5.3.2.2).
    let (_, plain) = (bank.clone(), Request::of(&bank).without("code_challenge"));
    let plain = plain.without("code_challenge_method");
    let mut form = plain.params.clone();
    form.push(("client_assertion".into(), key.assertion(&app, "bank", "4")));
    let kind = crate::support::client_key::JWT_BEARER;
    form.push(("client_assertion_type".into(), kind.into()));
    let answer = reqwest::Client::new().post(app.url("/par")).form(&form).send().await.unwrap();
    assert_eq!(error(answer).await, "invalid_request");
}
