//! What a certification run of the OpenID Foundation asks, requirement by requirement. Each test is
//! annotated with its plan, the section that it proves, and the public module that asks the same:
//!
//! ```text
//! /// [Basic OP] OIDC Core §3.1.2.1 · oidcc-response-type-missing
//! ```
//!
//! `tests/conformance.mjs` reads these lines here and elsewhere in the suite, and makes
//! `docs/conformance.md` of them and of the results of a test run.

mod basic;
mod config;
mod discovery;
mod dynamic;
mod fapi2;
mod fapi2_proofs;
mod fapi2_requests;
mod rp_logout;
mod sign_in;

use std::collections::BTreeMap;

use firstkey::crypto::token;
use firstkey::domain::client::ClientSettings;
use jsonwebtoken::{DecodingKey, Validation};
use serde_json::Value;

use crate::support::app::{App, Registered};
use crate::support::authenticator::SoftAuthenticator;
use crate::support::visitor::{Landing, Request, Visitor};

/// How answers of the authorization endpoint travel in this run of a test.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Mode {
    Query,
    FormPost,
}

/// Ada, who has a passkey and is not signed in, and an application of hers.
struct Plan {
    app: App,
    client: Registered,
    ada: Visitor,
    device: SoftAuthenticator,
    mode: Mode,
}

/// What an application is answered.
#[derive(Clone, Debug)]
struct Answer(BTreeMap<String, String>);

impl Answer {
    fn get(&self, name: &str) -> Option<&str> {
        self.0.get(name).map(String::as_str)
    }

    #[track_caller]
    fn code(&self) -> &str {
        self.get("code").unwrap_or_else(|| panic!("no code: {self:?}"))
    }

    #[track_caller]
    fn error(&self) -> &str {
        self.get("error").unwrap_or_else(|| panic!("no error: {self:?}"))
    }
}

impl Plan {
    async fn start(mode: Mode) -> Self {
        Self::with(mode, |_| ()).await
    }

    async fn with(mode: Mode, change: impl FnOnce(&mut ClientSettings)) -> Self {
        let app = App::start().await;
        app.one_method_is_enough().await;
        app.person("ada").await;
        let (pass, earlier) = (app.one_time_pass("ada").await, app.client("earlier").await);
        let mut device = SoftAuthenticator::new();
        let mut visitor = app.visitor();
        visitor.day_one(&Request::of(&earlier), "ada", &pass, &mut device).await.code();
        let client = app.client_with("payroll", false, change).await;
        let ada = app.visitor();
        Self { app, client, ada, device, mode }
    }

    /// What a good client asks.
    fn request(&self) -> Request {
        let request = Request::of(&self.client);
        match self.mode {
            Mode::Query => request,
            Mode::FormPost => request.with("response_mode", "form_post"),
        }
    }

    /// Signs in with the passkey and returns the answer.
    async fn sign_in(&mut self, request: &Request) -> Answer {
        let page = self.ada.authorize(request).await.page();
        assert_eq!(page.status, 200, "{}", page.heading());
        let landing = self.ada.use_passkey(&mut self.device).await;
        self.answer(request, landing)
    }

    /// Asks with the session at hand, where no page is needed.
    async fn ask(&mut self, request: &Request) -> Answer {
        let landing = self.ada.authorize(request).await;
        self.answer(request, landing)
    }

    /// Reads an answer, and checks what holds of all of them: where it goes to, `state`, `iss`.
    #[track_caller]
    fn answer(&self, request: &Request, landing: Landing) -> Answer {
        let answer = match landing {
            Landing::Away(url) => {
                assert!(url.as_str().starts_with(&self.client.redirect_uri), "{url}");
                assert_eq!((url.fragment(), self.mode), (None, Mode::Query));
                Answer(url.query_pairs().into_owned().collect())
            }
            Landing::Page(page) => {
                let form = format!("method=\"post\" action=\"{}\"", self.client.redirect_uri);
                assert_eq!(self.mode, Mode::FormPost, "a page: {} {}", page.status, page.heading());
                assert!(page.body.contains(&form), "{} {}", page.status, page.heading());
                let names = ["code", "state", "iss", "error", "error_description"];
                let values = names.map(|name| Some((name.to_owned(), page.value(name)?)));
                Answer(values.into_iter().flatten().collect())
            }
        };
        let sent = |name| request.params.iter().find(|(known, _)| known == name);
        assert_eq!(answer.get("state"), sent("state").map(|(_, value)| value.as_str()));
        assert_eq!(answer.get("iss"), Some(self.app.issuer.as_str()), "RFC 9207 §2");
        answer
    }

    /// Signs in, and exchanges the code.
    async fn tokens(&mut self, request: &Request) -> Value {
        let answer = self.sign_in(request).await;
        self.redeem(request, &answer).await
    }

    async fn redeem(&self, request: &Request, answer: &Answer) -> Value {
        let (status, tokens) = self.ada.redeem(request, answer.code()).await;
        assert_eq!(status, 200, "{tokens}");
        tokens
    }
}

/// The header and the claims of an ID token, after all the checks of OIDC Core §3.1.3.7.
async fn verified(app: &App, client: &str, tokens: &Value) -> (Value, Value) {
    let jwt = tokens["id_token"].as_str().expect("an ID token");
    let header = jsonwebtoken::decode_header(jwt).expect("a header");
    let set: Value = reqwest::get(app.url("/jwks")).await.unwrap().json().await.unwrap();
    let keys = set["keys"].as_array().unwrap();
    let key = keys.iter().find(|key| key["kid"].as_str() == header.kid.as_deref());
    let key = serde_json::from_value(key.expect("a published key").clone()).unwrap();
    let mut validation = Validation::new(header.alg);
    validation.set_issuer(&[&app.issuer]);
    validation.set_audience(&[client]);
    validation.set_required_spec_claims(&["iss", "sub", "aud", "exp"]);
    let key = DecodingKey::from_jwk(&key).unwrap();
    let claims = jsonwebtoken::decode::<Value>(jwt, &key, &validation).expect("it is valid").claims;
    let subject = claims["sub"].as_str().unwrap();
    assert!(!subject.is_empty() && subject.len() <= 255 && subject.is_ascii(), "OIDC Core §2");
    let now = app.now();
    assert!((claims["iat"].as_i64().unwrap() - now).abs() <= 60);
    assert!(claims["exp"].as_i64().unwrap() > now);
    if let (Some(hash), Some(access)) =
        (claims["at_hash"].as_str(), tokens["access_token"].as_str())
    {
        assert_eq!(hash, half_hash(access), "OIDC Core §3.1.3.6");
    }
    (serde_json::to_value(header).unwrap(), claims)
}

/// The left half of SHA-256, for `at_hash`.
fn half_hash(text: &str) -> String {
    use base64::Engine as _;
    use base64::engine::general_purpose::URL_SAFE_NO_PAD;
    let whole = URL_SAFE_NO_PAD.decode(token::hash(text)).expect("a hash in base64url");
    URL_SAFE_NO_PAD.encode(&whole[..16])
}

/// Makes two tests of each function: one whose answers travel in a query, one by form post.
macro_rules! in_both_modes {
    ($(
        $(#[$meta:meta])*
        async fn $name:ident($mode:ident) $body:block
    )+) => {$(
        $(#[$meta])*
        async fn $name($mode: crate::conformance::Mode) $body

        mod $name {
            use crate::conformance::Mode;

            #[tokio::test]
            async fn query() {
                super::$name(Mode::Query).await;
            }

            #[tokio::test]
            async fn form_post() {
                super::$name(Mode::FormPost).await;
            }
        }
    )+};
}

use in_both_modes;
