//! What applications may ask for, and how tokens for devices are bound.

use super::*;

#[tokio::test]
async fn what_a_device_may_ask_for() {
    let app = App::start().await;
    let client = tv(&app, |it| it.resources = vec!["https://films.example".into()]).await;
    let ask = async |fields: &[(&str, &str)]| post(&app, "/device_authorization", fields).await;
    let tv = ("client_id", "tv");
    refused(ask(&[tv]).await, "invalid_scope");
    refused(ask(&[tv, ("scope", "unheard-of")]).await, "invalid_scope");
    let other = ("resource", "https://other.example");
    refused(ask(&[tv, ("scope", "openid"), other]).await, "invalid_target");
    refused(ask(&[tv, ("scope", "openid"), ("scope", "email")]).await, "invalid_request");
    let (status, answer) = ask(&[("client_id", "nobody"), ("scope", "openid")]).await;
    assert_eq!((status, &answer["error"]), (401, &json!("invalid_client")));
    let (status, answer) = ask(&[("scope", "openid")]).await;
    assert_eq!((status, &answer["error"]), (401, &json!("invalid_client")));
    // Not every application may do this, and none without being told.
    let web = app.client("web").await;
    let form = [&own(&web)[..], &[("scope", "openid")]].concat();
    refused(ask(&form).await, "unauthorized_client");
    let poll = [&own(&web)[..], &[("grant_type", GRANT), ("device_code", "x")]].concat();
    refused(post(&app, "/token", &poll).await, "unauthorized_client");
    // One with a secret must have it here, too.
    let box_ = app.client_with("box", false, |it| it.grant_types.push(GrantType::DeviceCode)).await;
    let wrong = [("client_id", "box"), ("client_secret", "wrong"), ("scope", "openid")];
    assert_eq!(ask(&wrong).await.0, 401);
    assert_eq!(ask(&[("client_id", "box"), ("scope", "openid")]).await.0, 401);
    Device::asks(&app, &box_).await;

    let (mut ada, _) = signed_in(&app, "ada").await;
    let fields = [("scope", "openid"), ("resource", "https://films.example")];
    let device = Device::asks_for(&app, &client, &fields).await;
    recognises(&mut ada, &device).await;
    decides(&mut ada, "allow").await;
    let tokens = device.tokens(&app).await;
    assert_eq!(claims(&tokens["access_token"])["aud"], "https://films.example");
    assert!(tokens.get("refresh_token").is_none(), "offline_access was not asked for");
}

#[tokio::test]
async fn whoever_asks_without_proving_anything_is_limited_by_address() {
    let app = App::start_with(|config| config.limit_per_address = 9).await;
    let client = tv(&app, |_| ()).await;
    let form = [&own(&client)[..], &[("scope", "openid")]].concat();
    let mut statuses = Vec::new();
    for _ in 0..5 {
        statuses.push(post(&app, "/device_authorization", &form).await.0);
    }
    assert_eq!(statuses, [200, 200, 200, 429, 429]);
}

#[tokio::test]
async fn tokens_are_bound_to_the_key_that_the_device_proves() {
    let app = App::start().await;
    let (mut ada, _) = signed_in(&app, "ada").await;
    let client = tv(&app, |it| it.dpop_bound_access_tokens = true).await;
    let device = Device::asks(&app, &client).await;
    recognises(&mut ada, &device).await;
    decides(&mut ada, "allow").await;
    refused(device.polls(&app).await, "invalid_dpop_proof");
    let (key, other) = (ClientKey::new("k"), ClientKey::new("other"));
    let send = async |key: &ClientKey, jti: &str, nonce: Option<&str>, form: &[(&str, &str)]| {
        let mut proof =
            json!({ "htm": "POST", "htu": app.url("/token"), "iat": app.now(), "jti": jti });
        if let Some(nonce) = nonce {
            proof["nonce"] = nonce.into();
        }
        let http = reqwest::Client::new().post(app.url("/token")).form(form);
        let answer = http.header("dpop", key.proof(&proof)).send().await.unwrap();
        let nonce = answer.headers().get("dpop-nonce").map(|it| it.to_str().unwrap().to_owned());
        let nonce = nonce.unwrap_or_default();
        let status = answer.status().as_u16();
        (status, answer.json::<Value>().await.unwrap(), nonce)
    };
    let form = [("client_id", "tv"), ("grant_type", GRANT), ("device_code", device.code.as_str())];
    let (_, answer, nonce) = send(&key, "1", None, &form).await;
    assert_eq!(answer["error"], "use_dpop_nonce");
    let (status, tokens, _) = send(&key, "2", Some(&nonce), &form).await;
    assert_eq!((status, &tokens["token_type"]), (200, &json!("DPoP")), "{tokens}");
    assert_eq!(claims(&tokens["access_token"])["cnf"]["jkt"], json!(key.thumbprint()));
    let refresh = tokens["refresh_token"].as_str().unwrap();
    let form = [("client_id", "tv"), ("grant_type", "refresh_token"), ("refresh_token", refresh)];
    let (status, answer, _) = send(&other, "3", Some(&nonce), &form).await;
    assert_eq!((status, &answer["error"]), (400, &json!("invalid_dpop_proof")));
    assert_eq!(send(&key, "4", Some(&nonce), &form).await.0, 200);
}

#[tokio::test]
async fn the_grant_is_off_unless_the_operator_turns_it_on_and_never_with_fapi2() {
    let app = App::start().await;
    let document: Value = reqwest::get(app.url("/.well-known/openid-configuration"))
        .await
        .unwrap()
        .json()
        .await
        .unwrap();
    assert_eq!(document["device_authorization_endpoint"], app.url("/device_authorization"));
    assert!(document["grant_types_supported"].as_array().unwrap().contains(&json!(GRANT)));
    assert!(!ClientSettings::default().grant_types.contains(&GrantType::DeviceCode));

    let strict = ClientSettings {
        client_name: "Strict".into(),
        redirect_uris: vec!["https://app.example/cb".into()],
        grant_types: vec![GrantType::AuthorizationCode, GrantType::DeviceCode],
        profile: Profile::Fapi2,
        token_endpoint_auth_method: Some(AuthMethod::PrivateKeyJwt),
        jwks: Some(json!({ "keys": [ClientKey::new("k").jwk()] })),
        id_token_signed_response_alg: SigningAlgorithm::Es256,
        ..ClientSettings::default()
    };
    let refusal = app.services.add_client(&Caller::OPERATOR, None, strict.clone(), false).await;
    assert!(refusal.unwrap_err().to_string().contains("fapi2 has no device authorization"));
    let usual = ClientSettings { grant_types: vec![GrantType::AuthorizationCode], ..strict };
    app.services.add_client(&Caller::OPERATOR, None, usual, false).await.unwrap();
    // Nor for an application that registers itself.
    let lifetime = Duration::from_secs(60);
    let token =
        app.services.issue_registration_token(&Caller::OPERATOR, 1, lifetime).await.unwrap();
    let metadata = json!({ "grant_types": [GRANT], "token_endpoint_auth_method": "none" });
    let http = reqwest::Client::new().post(app.url("/register")).bearer_auth(token.reveal());
    let answer = http.json(&metadata).send().await.unwrap();
    assert_eq!(answer.status(), 400);
    assert_eq!(answer.json::<Value>().await.unwrap()["error"], "invalid_client_metadata");
}
