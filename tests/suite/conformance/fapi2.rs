//! FAPI 2.0 Security Profile: pushed requests, `private_key_jwt`, tokens bound to a key by DPoP.

use std::sync::atomic::{AtomicU32, Ordering};
use std::time::Duration;

use firstkey::domain::client::{AuthMethod, ClientSettings, Profile, SigningAlgorithm};
use serde_json::{Value, json};

use super::{Answer, Mode, Plan};
use crate::support::app::{App, CALLBACK};
use crate::support::client_key::{ClientKey, JWT_BEARER, assertion_claims};
use crate::support::visitor::{Landing, Request};

/// A bank, and Ada who is its customer.
pub(super) struct Bank {
    pub(super) plan: Plan,
    /// What the bank proves who it is with.
    pub(super) key: ClientKey,
    /// What its tokens are bound to.
    pub(super) bound: ClientKey,
    count: AtomicU32,
    nonce: String,
}

/// How a client of this profile is set up.
pub(super) fn fapi(settings: &mut ClientSettings, key: &ClientKey) {
    settings.profile = Profile::Fapi2;
    settings.token_endpoint_auth_method = Some(AuthMethod::PrivateKeyJwt);
    settings.id_token_signed_response_alg = SigningAlgorithm::Es256;
    settings.jwks = Some(key.jwks());
}

impl Bank {
    pub(super) async fn open() -> Self {
        let key = ClientKey::new("bank");
        let plan = Plan::with(Mode::Query, |settings| fapi(settings, &key)).await;
        let nonce = plan.app.services.dpop_nonce();
        Self { plan, key, bound: ClientKey::new("bound"), count: AtomicU32::new(0), nonce }
    }

    pub(super) fn app(&self) -> &App {
        &self.plan.app
    }

    /// A text that was not used before.
    pub(super) fn fresh(&self) -> String {
        format!("{}", self.count.fetch_add(1, Ordering::SeqCst))
    }

    /// What a good request asks.
    pub(super) fn request(&self) -> Request {
        Request::of(&self.plan.client).with("scope", "openid profile offline_access")
    }

    /// The claims of a good assertion.
    pub(super) fn assertion(&self) -> Value {
        assertion_claims(self.app(), "payroll", &self.fresh())
    }

    /// The claims of a good proof at an endpoint.
    pub(super) fn proof(&self, path: &str) -> Value {
        json!({
            "htm": "POST", "htu": self.app().url(path), "iat": self.app().now(),
            "jti": self.fresh(), "nonce": self.nonce,
        })
    }

    /// Posts a form with an assertion, and a proof where there is one.
    pub(super) async fn post(
        &self,
        path: &str,
        form: &[(String, String)],
        assertion: &str,
        proof: Option<String>,
    ) -> (u16, Value) {
        let mut form = form.to_vec();
        form.push(("client_assertion_type".into(), JWT_BEARER.into()));
        form.push(("client_assertion".into(), assertion.into()));
        let mut request = reqwest::Client::new().post(self.app().url(path)).form(&form);
        if let Some(proof) = proof {
            request = request.header("dpop", proof);
        }
        let answer = request.send().await.unwrap();
        (answer.status().as_u16(), answer.json().await.unwrap_or(Value::Null))
    }

    /// Pushes a request.
    pub(super) async fn push(&self, request: &Request) -> (u16, Value) {
        let assertion = self.key.sign(&self.assertion());
        self.post("/par", &request.params, &assertion, None).await
    }

    /// Pushes a request that must be taken; returns the reference to open.
    pub(super) async fn pushed(&self, request: &Request) -> Request {
        let (status, told) = self.push(request).await;
        assert_eq!(status, 201, "{told}");
        self.reference(told["request_uri"].as_str().unwrap())
    }

    /// What the browser carries.
    pub(super) fn reference(&self, request_uri: &str) -> Request {
        let params = [("client_id", "payroll"), ("request_uri", request_uri)];
        Request {
            params: params.map(|(name, value)| (name.into(), value.into())).to_vec(),
            verifier: String::new(),
            client: self.plan.client.clone(),
        }
    }

    /// Signs Ada in, or goes on with her session; returns what the bank is answered.
    pub(super) async fn answered(&mut self, request: &Request) -> Answer {
        let reference = self.pushed(request).await;
        let plan = &mut self.plan;
        let landing = match plan.ada.authorize(&reference).await {
            Landing::Page(page) => {
                assert_eq!(page.status, 200, "{}", page.heading());
                plan.ada.use_passkey(&mut plan.device).await
            }
            away @ Landing::Away(_) => away,
        };
        Answer(landing.away().query_pairs().into_owned().collect())
    }

    /// Posts to the token endpoint as a good client.
    pub(super) async fn token(&self, form: &[(String, String)]) -> (u16, Value) {
        let proof = self.bound.proof(&self.proof("/token"));
        self.post("/token", form, &self.key.sign(&self.assertion()), Some(proof)).await
    }

    /// The whole flow.
    pub(super) async fn tokens(&mut self, request: &Request) -> Value {
        let answer = self.answered(request).await;
        let (status, tokens) = self.token(&redeeming(request, answer.code())).await;
        assert_eq!(status, 200, "{tokens}");
        tokens
    }

    /// Asks userinfo.
    pub(super) async fn userinfo(&self, scheme: &str, token: &str, proof: Option<String>) -> u16 {
        let mut request = reqwest::Client::new()
            .get(self.app().url("/userinfo"))
            .header("authorization", format!("{scheme} {token}"));
        if let Some(proof) = proof {
            request = request.header("dpop", proof);
        }
        request.send().await.unwrap().status().as_u16()
    }

    /// A proof for userinfo.
    pub(super) fn at_userinfo(&self, token: &str) -> Value {
        let mut claims = self.proof("/userinfo");
        claims["htm"] = json!("GET");
        claims["ath"] = json!(firstkey::crypto::token::hash(token));
        claims
    }
}

/// The form by which a code is redeemed.
pub(super) fn redeeming(request: &Request, code: &str) -> Vec<(String, String)> {
    [
        ("grant_type", "authorization_code"),
        ("code", code),
        ("redirect_uri", CALLBACK),
        ("code_verifier", &request.verifier),
    ]
    .map(|(name, value)| (name.to_owned(), value.to_owned()))
    .to_vec()
}

#[track_caller]
pub(super) fn refused((status, told): (u16, Value), error: &str) {
    assert_eq!((status / 100, told["error"].as_str()), (4, Some(error)), "{told}");
}

/// [FAPI 2.0] FAPI 2.0 SP §5.3.2 · fapi2-security-profile-final-happy-flow
#[tokio::test]
async fn the_whole_flow_gives_bound_tokens() {
    let mut bank = Bank::open().await;
    let request = bank.request();
    let tokens = bank.tokens(&request).await;
    assert_eq!(tokens["token_type"], "DPoP");
    let (header, claims) = super::verified(bank.app(), "payroll", &tokens).await;
    assert_eq!((&header["alg"], &claims["nonce"]), (&json!("ES256"), &json!("a nonce")));
    let token = tokens["access_token"].as_str().unwrap();
    let bound = crate::support::visitor::claims(&tokens["access_token"]);
    assert_eq!(bound["cnf"]["jkt"], bank.bound.thumbprint());
    let proof = bank.bound.proof(&bank.at_userinfo(token));
    assert_eq!(bank.userinfo("DPoP", token, Some(proof)).await, 200);
}

/// [FAPI 2.0] RFC 9449 §7.1, RFC 9110 §11.1 · fapi2-security-profile-final-access-token-type-header-case-sensitivity
#[tokio::test]
async fn the_case_of_a_scheme_does_not_count() {
    let mut bank = Bank::open().await;
    let request = bank.request();
    let tokens = bank.tokens(&request).await;
    let token = tokens["access_token"].as_str().unwrap();
    for scheme in ["dpop", "DPOP", "DPoP", "dPoP"] {
        let proof = bank.bound.proof(&bank.at_userinfo(token));
        assert_eq!(bank.userinfo(scheme, token, Some(proof)).await, 200, "{scheme}");
    }
}

/// [FAPI 2.0] FAPI 2.0 SP §5.3.2.1 · fapi2-security-profile-final-discovery-end-point-verification
#[tokio::test]
async fn discovery_says_what_the_profile_needs() {
    let bank = Bank::open().await;
    let url = bank.app().url("/.well-known/openid-configuration");
    let document: Value = reqwest::get(url).await.unwrap().json().await.unwrap();
    assert!(document["pushed_authorization_request_endpoint"].is_string());
    assert_eq!(document["authorization_response_iss_parameter_supported"], true);
    for (list, value) in [
        ("token_endpoint_auth_methods_supported", "private_key_jwt"),
        ("token_endpoint_auth_signing_alg_values_supported", "ES256"),
        ("dpop_signing_alg_values_supported", "ES256"),
        ("code_challenge_methods_supported", "S256"),
    ] {
        assert!(document[list].as_array().unwrap().contains(&json!(value)), "{list}");
    }
    assert!(
        !document["dpop_signing_alg_values_supported"]
            .as_array()
            .unwrap()
            .contains(&json!("RS256"))
    );
}

/// [FAPI 2.0] RFC 6749 §4.1.2.1 · fapi2-security-profile-final-user-rejects-authentication
#[tokio::test]
async fn a_person_who_says_no_is_told_to_the_client() {
    let mut bank = Bank::open().await;
    let edit = |settings: &mut ClientSettings, _: &mut bool| {
        settings.third_party = true;
        Ok(())
    };
    let operator = firstkey::service::caller::Caller::OPERATOR;
    bank.app().services.edit_client(&operator, "payroll", None, edit).await.unwrap();
    let reference = bank.pushed(&bank.request()).await;
    bank.plan.ada.authorize(&reference).await.page();
    bank.plan.ada.use_passkey(&mut bank.plan.device).await.page();
    let landing = bank.plan.ada.submit("consent", &[("decision", "deny")]).await;
    let request = bank.request();
    assert_eq!(bank.plan.answer(&request, landing).error(), "access_denied");
}

/// [FAPI 2.0] FAPI 2.0 SP §5.3.2.2 · fapi2-security-profile-final-ensure-authorization-request-without-state-success, …-without-nonce-success, …-with-64-char-nonce-success, …-with-long-nonce, …-with-long-state
#[tokio::test]
async fn state_and_nonce_may_be_left_out_or_be_long() {
    let mut bank = Bank::open().await;
    let long = "n".repeat(384);
    for request in [
        bank.request().without("state"),
        bank.request().without("nonce"),
        bank.request().with("nonce", &"n".repeat(64)),
        bank.request().with("nonce", &long),
        bank.request().with("state", &long),
    ] {
        let answer = bank.answered(&request).await;
        let sent = |name| request.params.iter().find(|(known, _)| known == name).map(|it| &it.1);
        assert_eq!(answer.get("state"), sent("state").map(String::as_str));
        let (status, tokens) = bank.token(&redeeming(&request, answer.code())).await;
        assert_eq!(status, 200, "{tokens}");
        let claims = crate::support::visitor::claims(&tokens["id_token"]);
        assert_eq!(claims["nonce"].as_str(), sent("nonce").map(String::as_str));
    }
}

/// [FAPI 2.0] OIDC Core §5.5 · fapi2-security-profile-final-test-claims-parameter-identity-claims, …-ensure-other-scope-order-succeeds
#[tokio::test]
async fn claims_may_be_asked_for_one_by_one_and_scopes_in_any_order() {
    let mut bank = Bank::open().await;
    let request = bank.request().with("scope", "profile openid");
    let request = request.with("claims", r#"{"id_token":{"email":{"essential":true}}}"#);
    let tokens = bank.tokens(&request).await;
    assert_eq!(crate::support::visitor::claims(&tokens["id_token"])["email"], "ada@example.com");
}

/// [FAPI 2.0] FAPI 2.0 SP §5.3.2.1, RFC 6749 §6 · fapi2-security-profile-final-refresh-token
#[tokio::test]
async fn a_refresh_needs_the_clients_key_and_a_proof() {
    let mut bank = Bank::open().await;
    let request = bank.request();
    let tokens = bank.tokens(&request).await;
    let form = [
        ("grant_type", "refresh_token"),
        ("refresh_token", tokens["refresh_token"].as_str().unwrap()),
    ]
    .map(|(name, value)| (name.to_owned(), value.to_owned()));
    let assertion = bank.key.sign(&bank.assertion());
    refused(bank.post("/token", &form, &assertion, None).await, "invalid_dpop_proof");
    let stranger = ClientKey::new("bank").sign(&bank.assertion());
    let proof = bank.bound.proof(&bank.proof("/token"));
    refused(bank.post("/token", &form, &stranger, Some(proof)).await, "invalid_client");
    let (status, renewed) = bank.token(&form).await;
    assert_eq!((status, &renewed["token_type"]), (200, &json!("DPoP")), "{renewed}");
}

/// [FAPI 2.0] RFC 6749 §4.1.2, FAPI 2.0 SP §5.3.2.2 · fapi2-security-profile-final-attempt-reuse-authorization-code-after-one-second, …-attempt-to-use-expired-auth-code
#[tokio::test]
async fn a_code_is_good_once_and_for_a_minute() {
    let mut bank = Bank::open().await;
    let request = bank.request();
    let code = bank.answered(&request).await.code().to_owned();
    let form = redeeming(&request, &code);
    assert_eq!(bank.token(&form).await.0, 200);
    bank.app().wait(Duration::from_secs(1));
    refused(bank.token(&form).await, "invalid_grant");
    let late = bank.answered(&request).await.code().to_owned();
    bank.app().wait(Duration::from_secs(61));
    refused(bank.token(&redeeming(&request, &late)).await, "invalid_grant");
}

/// [FAPI 2.0] RFC 6749 §4.1.3 · fapi2-security-profile-final-ensure-authorization-code-is-bound-to-client
#[tokio::test]
async fn a_code_is_of_no_use_to_another_client() {
    let mut bank = Bank::open().await;
    let thief = ClientKey::new("thief");
    bank.app().client_with("thief", false, |settings| fapi(settings, &thief)).await;
    let request = bank.request();
    let code = bank.answered(&request).await.code().to_owned();
    let form = redeeming(&request, &code);
    let assertion = thief.assertion(bank.app(), "thief", "one");
    let proof = bank.bound.proof(&bank.proof("/token"));
    refused(bank.post("/token", &form, &assertion, Some(proof)).await, "invalid_grant");
    assert_eq!(bank.token(&form).await.0, 200);
}
