//! Microsoft Entra's side of an *external authentication method*, as its reference describes it: it
//! posts a request across sites, with a hint that it signed, and believes an answer by its own rules.

#![allow(dead_code, reason = "a toolbox: not every suite uses every tool")]

use std::collections::HashMap;
use std::sync::{Arc, Mutex};

use axum::extract::{Form, State};
use axum::response::Html;
use axum::routing::{get, post};
use axum::{Json, Router};
use base64::Engine as _;
use base64::engine::general_purpose::{STANDARD, URL_SAFE_NO_PAD};
use firstkey::crypto::signing::{SigningKey, generate, jws_algorithm};
use firstkey::domain::client::{
    ClientSettings, ExternalHint, HintedBy, ResponseType, SigningAlgorithm,
};
use openidconnect::PrivateSigningKey;
use serde_json::{Value, json};
use tokio::net::TcpListener;

use super::app::{App, Registered};
use super::visitor::Request;

/// The tenant, and the application that stands for Firstkey in it.
pub const TENANT: &str = "9122040d-6c67-4c5b-b112-36a304b66dad";
pub const APP_ID: &str = "600b719b-3766-4dc5-95a6-3c4a8dc31885";
/// Ada, as Entra knows her everywhere, and towards this application alone.
pub const ADA_OID: &str = "951ddb04-b16d-45f3-bbf7-b0fa18fa7aee";
pub const ADA_SUB: &str = "mBfcvuhSHkDWVgV72x2ruIYdSsPSvcj2R0qfc6mGEAA";
/// What Entra asks for where a policy wants a second factor.
pub const MFA: &str = r#"{"id_token":{"acr":{"essential":true,"values":["possessionorinherence"]},"amr":{"essential":true,"values":["face","fido","fpt","hwk","iris","otp","pop","retina","sc","sms","swk","tel","vbm"]}}}"#;

/// A form that was posted back.
pub type Answer = HashMap<String, String>;

#[derive(Clone)]
pub struct Entra {
    /// Where it lives: another site than the issuer.
    pub origin: String,
    key: Arc<SigningKey>,
    form: Arc<Mutex<String>>,
    answers: Arc<Mutex<Vec<Answer>>>,
}

impl Entra {
    pub async fn start() -> Self {
        let listener = TcpListener::bind("127.0.0.1:0").await.expect("a free port");
        let port = listener.local_addr().expect("an address").port();
        let entra = Self {
            origin: format!("http://127.0.0.1:{port}"),
            key: Arc::new(rsa_key("7_Zuf1tvkwLxYaHS3q6lUjUYIGw")),
            form: Arc::default(),
            answers: Arc::default(),
        };
        let keys = async |State(entra): State<Self>| {
            // As Entra has it: with `use`, without `alg`.
            let jwk = serde_json::to_value(entra.key.as_verification_key()).expect("JSON");
            Json(json!({ "keys": [jwk] }))
        };
        let start = async |State(entra): State<Self>| Html(entra.form.lock().unwrap().clone());
        let answer = async |State(entra): State<Self>, Form(answer): Form<Answer>| {
            entra.answers.lock().unwrap().push(answer);
            Html("<!doctype html><title>Entra</title><h1>Back at Entra</h1>")
        };
        let router = Router::new()
            .route("/discovery/v2.0/keys", get(keys))
            .route("/start", get(start))
            .route("/common/federation/externalauthprovider", post(answer))
            .route("/favicon.ico", get(async || ""))
            .with_state(entra.clone());
        tokio::spawn(async { axum::serve(listener, router).await });
        entra
    }

    /// What its hints say that they are from.
    pub fn issuer(&self) -> String {
        format!("{}/{TENANT}/v2.0", self.origin)
    }

    /// Registers it, finding people by this claim.
    pub async fn register(&self, app: &App, by: HintedBy) -> Registered {
        self.register_with(app, by, |_| ()).await
    }

    pub async fn register_with(
        &self,
        app: &App,
        by: HintedBy,
        change: impl FnOnce(&mut ClientSettings),
    ) -> Registered {
        app.client_with("entra", true, |settings| {
            settings.client_name = "Contoso".into();
            settings.redirect_uris =
                vec![format!("{}/common/federation/externalauthprovider", self.origin)];
            settings.post_logout_redirect_uris.clear();
            settings.grant_types.clear();
            settings.response_types = vec![ResponseType::IdToken];
            settings.external_hint = Some(ExternalHint {
                issuer: self.issuer(),
                jwks_uri: format!("{}/discovery/v2.0/keys", self.origin),
                audience: APP_ID.into(),
                tenant: Some(TENANT.into()),
                user_claim: by,
            });
            change(settings);
        })
        .await
    }

    /// What a good hint about Ada says. It is issued expired.
    pub fn hint(&self, app: &App) -> Value {
        let now = app.now();
        json!({
            "ver": "2.0", "iss": self.issuer(), "sub": ADA_SUB, "aud": APP_ID,
            "exp": now - 1, "iat": now, "nbf": now, "name": "Ada Example",
            "preferred_username": "ada", "email": "ada@example.com",
            "oid": ADA_OID, "tid": TENANT,
        })
    }

    /// Signs a hint.
    pub fn sign(&self, claims: &Value) -> String {
        sign_with(&self.key, claims)
    }

    /// What it posts about the person of a hint.
    pub fn request(&self, client: &Registered, hint: &str) -> Request {
        let posted_to = format!("{}/common/federation/externalauthprovider", self.origin);
        let params = [
            ("scope", "openid"),
            ("response_type", "id_token"),
            ("response_mode", "form_post"),
            ("client_id", client.id.as_str()),
            ("redirect_uri", posted_to.as_str()),
            ("nonce", "AwABAAEAAAACAOz_BQD0"),
            ("state", "DkC8sB+/=&state"),
            ("id_token_hint", hint),
            ("claims", MFA),
            ("client-request-id", "72826bb4-abb7-4221-b253-100f530b4b0a"),
        ];
        Request {
            params: params.map(|(name, value)| (name.into(), value.into())).to_vec(),
            verifier: String::new(),
            client: client.clone(),
        }
    }

    /// Puts a request on the page that posts it; returns the address of that page.
    pub fn serve(&self, app: &App, request: &Request) -> String {
        let escape =
            |text: &str| text.replace('&', "&amp;").replace('"', "&quot;").replace('<', "&lt;");
        let fields = request.params.iter().fold(String::new(), |fields, (name, value)| {
            let (name, value) = (escape(name), escape(value));
            let parts =
                ["<input type=hidden name=\"", name.as_str(), "\" value=\"", value.as_str(), "\">"];
            fields + parts.concat().as_str()
        });
        *self.form.lock().unwrap() = format!(
            "<!doctype html><title>Entra</title><form method=post action=\"{}\">{fields}</form>\
             <script>document.forms[0].submit()</script>",
            app.url("/authorize")
        );
        format!("{}/start", self.origin)
    }

    /// What was posted back so far.
    pub fn answers(&self) -> Vec<Answer> {
        self.answers.lock().unwrap().clone()
    }
}

/// Believes an answer, or panics, by Entra's rules: those of the provider reference under
/// "processing of the provider response". Returns the claims.
pub async fn believe(app: &App, request: &Request, hint: &Value, answer: &Answer) -> Value {
    let asked = |name: &str| {
        let found = request.params.iter().find(|(known, _)| known == name);
        found.map(|(_, value)| value.as_str()).unwrap_or_default()
    };
    assert_eq!(answer.get("error"), None, "{answer:?}");
    assert_eq!(answer.get("state").map(String::as_str), Some(asked("state")));
    assert!(!answer.contains_key("code") && !answer.contains_key("access_token"));
    let token = &answer["id_token"];

    let response = reqwest::get(app.url("/.well-known/openid-configuration")).await.unwrap();
    assert!(response.headers().contains_key("content-length"), "Entra wants it");
    let metadata: Value = response.json().await.unwrap();
    let lists = |name: &str, value: &str| {
        metadata[name].as_array().is_some_and(|all| all.contains(&value.into()))
    };
    assert!(lists("response_types_supported", "id_token") && lists("scopes_supported", "openid"));
    assert!(lists("id_token_signing_alg_values_supported", "RS256"));
    assert!(lists("response_modes_supported", "form_post"));
    let keys: Value =
        reqwest::get(metadata["jwks_uri"].as_str().unwrap()).await.unwrap().json().await.unwrap();

    let header = jsonwebtoken::decode_header(token).unwrap();
    assert_eq!(header.alg, jsonwebtoken::Algorithm::RS256, "Microsoft supports RS256");
    let found = keys["keys"].as_array().unwrap().iter();
    let key = found.clone().find(|key| key["kid"] == header.kid.as_deref().unwrap()).unwrap();
    let certificate = STANDARD.decode(key["x5c"][0].as_str().expect("an x5c")).unwrap();
    let modulus = URL_SAFE_NO_PAD.decode(key["n"].as_str().unwrap()).unwrap();
    // The key of the certificate is that of the JWK, and signed it.
    let (_, parsed) = x509_parser::parse_x509_certificate(&certificate).expect("a certificate");
    let x509_parser::public_key::PublicKey::RSA(public) = parsed.public_key().parsed().unwrap()
    else {
        panic!("an RSA key is needed");
    };
    let stripped: Vec<u8> = public.modulus.iter().copied().skip_while(|byte| *byte == 0).collect();
    assert_eq!(stripped, modulus);
    assert!(parsed.validity().is_valid());

    let public = jsonwebtoken::DecodingKey::from_rsa_components(
        key["n"].as_str().unwrap(),
        key["e"].as_str().unwrap(),
    )
    .unwrap();
    let mut rules = jsonwebtoken::Validation::new(jsonwebtoken::Algorithm::RS256);
    rules.set_issuer(&[metadata["issuer"].as_str().unwrap()]);
    rules.set_audience(&[asked("client_id")]);
    let claims =
        jsonwebtoken::decode::<Value>(token, &public, &rules).expect("a good token").claims;
    assert_eq!(claims["nonce"], asked("nonce"));
    assert_eq!(claims["sub"], hint["sub"]);
    let wanted: Value = serde_json::from_str(asked("claims")).unwrap();
    let one_of = |claim: &str, value: &Value| {
        wanted["id_token"][claim]["values"].as_array().unwrap().contains(value)
    };
    assert!(one_of("acr", &claims["acr"]), "{claims}");
    let methods = claims["amr"].as_array().expect("amr is an array");
    assert!(methods.len() == 1 && one_of("amr", &methods[0]), "{claims}");
    assert!(claims["exp"].as_i64().unwrap() - claims["iat"].as_i64().unwrap() <= 300);
    assert!(claims.get("at_hash").is_none() && claims.get("email").is_none());
    claims
}

/// An RSA key with this `kid`.
pub fn rsa_key(kid: &str) -> SigningKey {
    let algorithm = SigningAlgorithm::Rs256;
    let pkcs8 = generate(algorithm).expect("a key");
    SigningKey::from_pkcs8(kid, algorithm, &pkcs8).expect("a key")
}

/// Signs a hint with another key than Entra's.
pub fn sign_with(key: &SigningKey, claims: &Value) -> String {
    let part = |value: &Value| URL_SAFE_NO_PAD.encode(value.to_string());
    let header = json!({ "typ": "JWT", "alg": "RS256", "kid": key.id() });
    let signed = format!("{}.{}", part(&header), part(claims));
    let signature =
        key.sign(&jws_algorithm(SigningAlgorithm::Rs256), signed.as_bytes()).expect("a signature");
    format!("{signed}.{}", URL_SAFE_NO_PAD.encode(signature))
}

/// A hint that nobody signed.
pub fn unsigned(claims: &Value) -> String {
    let part = |value: &Value| URL_SAFE_NO_PAD.encode(value.to_string());
    format!("{}.{}.", part(&json!({ "typ": "JWT", "alg": "none" })), part(claims))
}
