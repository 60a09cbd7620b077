//! What strangers send, read as the server reads it, for the fuzz targets in `fuzz/` and for the
//! tests that read their corpus again. No part of the API.
//!
//! Each reader takes any bytes at all and panics where a promise of a parser is broken: that it
//! panics at nothing, that what it took it takes again, and that nothing comes out of it which it
//! is there to keep out.

use std::sync::OnceLock;

use axum::http::header::{ACCEPT_LANGUAGE, COOKIE};
use axum::http::{HeaderMap, HeaderName, HeaderValue};
use ipnet::IpNet;
use serde_json::{Map, Value};
use url::Url;
use uuid::Uuid;
use webauthn_rs::WebauthnBuilder;
use webauthn_rs::prelude::{
    DiscoverableKey, Passkey, PasskeyRegistration, PublicKeyCredential, RegisterPublicKeyCredential,
};
use webauthn_rs_core::proto::Credential as VerifiedCredential;

use crate::crypto::jws;
use crate::domain::agent::Agent;
use crate::domain::claims::ClaimsParameter;
use crate::domain::client::{ClientSettings, SigningAlgorithm};
use crate::domain::device::UserCode;
use crate::domain::filter::{GroupField, UserField};
use crate::domain::id::ClientId;
use crate::domain::language::{accept_language, lookup, ui_locales};
use crate::domain::pass::PassValue;
use crate::domain::phone::{agent_name, parse_phone_name};
use crate::domain::push::PushSubscription;
use crate::domain::recovery::RecoveryCode;
use crate::domain::redirect::{parse_registered, parse_resource, parse_web};
use crate::domain::time::Timestamp;
use crate::domain::user::{Username, parse_display_name, parse_email};
use crate::graph::query::Options;
use crate::graph::{audit_filter, filter as odata};
use crate::http::address::client_address;
use crate::http::language::switch::Choice;
use crate::http::params::Params;
use crate::http::redirect::with_query;
use crate::oidc::authorize::checks::{self, Rejected};
use crate::oidc::forward_headers::cookies_of_the_app;
use crate::scim::body::Body;
use crate::scim::resources::{GROUPS, USERS};
use crate::scim::syntax::{parse_filter, parse_path};
use crate::scim::{filter as scim_filter, patch, person, query};
use crate::service::attestation::{Trust, judge, roots, without_statement};
use crate::service::new_key::aaguid;
use crate::service::{Failure, Services, bulk};

/// Something that reads any bytes.
pub type Reader = fn(&[u8]);

/// The readers that need nothing but the bytes, by the names of their fuzz targets.
pub const READERS: [(&str, Reader); 8] = [
    ("headers", headers),
    ("jwt", jwt),
    ("metadata", metadata),
    ("odata", odata),
    ("people_csv", people_csv),
    ("scim", scim),
    ("typed", typed),
    ("webauthn", webauthn),
];

/// The parameters of an authorization request (RFC 6749 §4.1.1, OIDC Core §3.1.2.1) of any client.
/// Answers go to an address that is registered, or nowhere.
pub async fn authorization_request(services: &Services, query: &[u8]) -> Result<(), Failure> {
    let Ok(params) = Params::parse(query) else { return Ok(()) };
    assert_eq!(
        Params::parse(params.to_query().as_bytes()).map(|again| again.to_query()),
        Ok(params.to_query()),
        "what was read is read again"
    );
    let state = match checks::check(services, &params).await? {
        Ok(validated) => {
            let request = validated.request;
            let client = services.client(&request.client_id).await?;
            assert!(client.is_some_and(|client| client.knows_redirect_uri(&request.redirect_uri)));
            // A journey keeps it as JSON.
            let kept = serde_json::to_string(&request).unwrap_or_default();
            assert_eq!(serde_json::from_str(&kept).ok(), Some(request.clone()));
            Some((request.redirect_uri, request.state))
        }
        Err(Rejected::Redirect { uri, state, .. }) => Some((uri, state)),
        Err(Rejected::Page(_)) => None,
    };
    if let Some((uri, state)) = state {
        let id = params.get("client_id").unwrap_or_default();
        let client = services.client(&ClientId(id.to_owned())).await?;
        assert!(client.is_some_and(|client| client.knows_redirect_uri(&uri)), "{uri}");
        let target = with_query(&uri, &[("state", state.as_deref().unwrap_or_default())])?;
        assert!(HeaderValue::from_str(&target).is_ok(), "{target}");
    }
    Ok(())
}

/// The text of some bytes, and what it is with every odd byte replaced, as a query has it.
fn text(data: &[u8]) -> String {
    String::from_utf8_lossy(data).into_owned()
}

/// JWTs of applications and phones: assertions, request objects, proofs (RFC 7515, RFC 9449). None
/// is believed with a key that it was not signed with.
pub fn jwt(data: &[u8]) {
    // Nobody has the private part of it.
    const KEYS: &str = r#"[
        {"kty":"EC","crv":"P-256","kid":"k","x":"f83OJ3D2xF1Bg8vub9tLe1gHMzV76e8Tus9uPHvRVEU",
         "y":"x_FEzRu9m36HLN_tue659LNpXW6pCyStikYjKIWI5a0"},
        {"kty":"OKP","crv":"Ed25519","kid":"k","x":"11qYAYKxCrfVS_7TyWQHOg7hcvPapiMlrwIaaPcHURo"},
        {"kty":"oct","kid":"k","k":"AAAA"}, {"kty":"RSA","kid":"k","n":"AQAB","e":"AQAB"}]"#;
    let token = text(data);
    let keys: Vec<Value> = serde_json::from_str(KEYS).unwrap_or_default();
    let all = SigningAlgorithm::ALL;
    assert!(jws::verify(&token, &keys, &all).is_err(), "believed without its key");
    if let Ok((header, _)) = jws::unverified(&token) {
        let none = ["none", "HS256", "HS384", "HS512"];
        let alg = header.get("alg").and_then(Value::as_str).unwrap_or("none");
        let proven = jws::verify_self_signed(&token, &all);
        assert!(!none.contains(&alg) || proven.is_err(), "{alg} proves nothing");
        // A key that is in the token proves who holds it, and is none of ours.
        let carried: Vec<Value> = header.get("jwk").cloned().into_iter().collect();
        let _ = jws::verify(&token, &carried, &all);
    }
}

/// A name or an address that was typed or sent: passes, codes, names, redirect URIs, the claims
/// parameter, where a phone wants to be woken. What is taken is taken again in the form in which it
/// is shown.
pub fn typed(data: &[u8]) {
    let text = text(data);
    if let Some(pass) = PassValue::parse(&text) {
        let again = PassValue::parse(&pass.reveal_grouped());
        assert_eq!(again.as_ref().map(PassValue::reveal), Some(pass.reveal()));
    }
    if let Some(code) = RecoveryCode::parse(&text) {
        let again = RecoveryCode::parse(&code.reveal_grouped());
        assert_eq!(again.as_ref().map(RecoveryCode::reveal), Some(code.reveal()));
    }
    if let Some(code) = UserCode::parse(&text) {
        let again = UserCode::parse(&code.to_string());
        assert_eq!(again.as_ref().map(UserCode::as_str), Some(code.as_str()));
    }
    if let Ok(username) = Username::parse(&text) {
        assert_eq!(Username::parse(username.as_str()).as_ref(), Ok(&username));
    }
    if let Ok(name) = parse_display_name(&text) {
        assert_eq!(parse_display_name(&name), Ok(name));
    }
    if let Ok(email) = parse_email(&text) {
        assert!(!email.contains(['\r', '\n', '\0']), "{email:?} would end a header of a mail");
    }
    let _ = (parse_phone_name(&text), agent_name(&text), Timestamp::parse(&text));
    if let Ok(uri) = parse_registered("redirect_uris", &text) {
        assert_eq!(uri, text, "kept to the letter");
        let url = Url::parse(&uri).ok().filter(|url| {
            url.fragment().is_none() && url.username().is_empty() && url.password().is_none()
        });
        assert!(url.is_some(), "{uri}");
        let answer = with_query(&uri, &[("code", "c")]).unwrap_or_default();
        assert!(HeaderValue::from_str(&answer).is_ok(), "{answer:?}");
        assert!(!matches!(url.as_ref().map(Url::scheme), Some("javascript" | "data" | "file")));
    }
    let _ = (parse_web("logo_uri", &text), parse_resource("resource", &text));
    let _ = ClaimsParameter::parse(&text);
    if let Ok(subscription) = serde_json::from_slice::<PushSubscription>(data)
        && subscription.validate().is_ok()
    {
        assert!(matches!(subscription.endpoint.scheme(), "https" | "http"));
    }
    let _ = Params::parse(data);
}

/// Headers, one a line: who a request is from (`X-Forwarded-For`), languages, cookies, browsers.
pub fn headers(data: &[u8]) {
    let forwarded = HeaderName::from_static("x-forwarded-for");
    let mut headers = HeaderMap::new();
    for line in data.split(|byte| *byte == b'\n').take(64) {
        // None of the bytes that end a header is in one.
        let Ok(value) = HeaderValue::from_bytes(line) else { continue };
        for name in [&forwarded, &ACCEPT_LANGUAGE, &COOKIE] {
            headers.append(name, value.clone());
        }
        if let Ok(text) = value.to_str() {
            let asked = accept_language(text);
            assert!(asked.len() <= 16 && ui_locales(text).len() <= 16);
            let _ = (lookup(&asked, &["en", "de"]), Agent::read(text), agent_name(text));
        }
    }
    let stranger = [198, 51, 100, 9].into();
    let proxies: Vec<IpNet> = "10.0.0.0/8".parse().into_iter().collect();
    assert_eq!(client_address(stranger, &headers, &proxies), stranger, "a stranger is believed");
    let _ = client_address([10, 0, 0, 1].into(), &headers, &proxies);
    let _ = Choice::of(&headers).map(|choice| choice.cookie(true));
    if let Some(kept) = cookies_of_the_app(&headers) {
        let alone = HeaderMap::from_iter([(COOKIE, kept.clone())]);
        assert_eq!(cookies_of_the_app(&alone), Some(kept), "all of ours are out at once");
    }
}

/// Queries of the Graph-shaped API: `$filter`, `$orderby`, `$select` (OData 4.01).
pub fn odata(data: &[u8]) {
    const KNOWN: [&str; 6] = ["$select", "$filter", "$top", "$orderby", "$count", "$skiptoken"];
    let text = text(data);
    let _ = odata::parse::<UserField>(&text);
    let _ = odata::parse::<GroupField>(&text);
    for condition in audit_filter::parse(&text).into_iter().flatten() {
        let _ = audit_filter::time(&condition);
    }
    let _ = audit_filter::oldest_first(Some(&text), "activityDateTime");
    if let Ok(options) = Options::parse(&text, &KNOWN) {
        assert!((1..=999).contains(&options.top));
        let _ = options.check_select(&["id", "displayName"]);
    }
}

/// SCIM: filters, paths, queries, searches, resources and changes (RFC 7644 §3.4.2.2, §3.5.2).
pub fn scim(data: &[u8]) {
    let text = text(data);
    if let Ok(filter) = parse_filter(&text) {
        let _ = scim_filter::translate::<UserField>(&filter, false);
        let _ = scim_filter::translate::<GroupField>(&filter, true);
        let one = Map::from_iter([("value".to_owned(), Value::from("a"))]);
        let _ = scim_filter::passes(&filter, &one, &|_| false);
    }
    let _ = parse_path(&text);
    let _ = scim_filter::sort_field::<UserField>(&text);
    if let Ok(asked) = query::Query::of_address(&text) {
        let _ = (asked.page(UserField::Id), asked.page(GroupField::Id));
    }
    let Ok(Value::Object(fields)) = serde_json::from_slice::<Value>(data) else { return };
    let body = Body(fields);
    let _ = query::Query::of_body(&body);
    for of in [&USERS, &GROUPS] {
        let mut resource = Map::from_iter([("userName".to_owned(), Value::from("ada"))]);
        for change in patch::read(&body, of).into_iter().flatten() {
            if patch::apply(change, &mut resource, of).is_err() {
                break;
            }
        }
        let _ = person::Person::read(&resource);
    }
    if let Ok(resource) = body.resource(&USERS) {
        let _ = person::Person::read(&resource);
    }
}

/// The portal's list of people who get passes.
pub fn people_csv(data: &[u8]) {
    let text = text(data);
    if let Ok(lines) = bulk::read(&text) {
        assert!(!lines.is_empty() && lines.len() <= text.len());
        assert!(lines.windows(2).all(|two| two[0].number < two[1].number), "lines are numbered");
    }
}

/// Client metadata (RFC 7591 §2). What is taken as valid is the same when it is told and taken again.
pub fn metadata(data: &[u8]) {
    let Ok(Value::Object(metadata)) = serde_json::from_slice::<Value>(data) else { return };
    let Ok((settings, _)) = ClientSettings::default().with_metadata(&metadata) else { return };
    if settings.validate().is_ok() {
        let again = ClientSettings::default().with_metadata(&settings.metadata());
        assert_eq!(again.map(|(again, _)| again).ok().as_ref(), Some(&settings));
        for uri in &settings.redirect_uris {
            assert_eq!(parse_registered("redirect_uris", uri).as_ref(), Ok(uri));
        }
    }
}

/// Answers of authenticators (WebAuthn §7.1, §7.2), as JSON with a `registration`, an
/// `authentication` or both. The challenge and the origin are what the answer says they are, so that
/// what comes after them is looked at.
pub fn webauthn(data: &[u8]) {
    static TRUST: OnceLock<Trust> = OnceLock::new();
    let Ok(Value::Object(mut both)) = serde_json::from_slice::<Value>(data) else { return };
    let mut key = None;
    if let Some(Ok(answer)) =
        both.remove("registration").map(serde_json::from_value::<RegisterPublicKeyCredential>)
    {
        let model = aaguid(answer.response.attestation_object.as_ref());
        let bare = without_statement(&answer);
        for answer in [Some(answer), bare].into_iter().flatten() {
            key = key.or(register(&answer));
        }
        if let Some(key) = &key {
            let trust =
                TRUST.get_or_init(|| Trust { roots: roots::built_in(), compromised: Vec::new() });
            let now = Timestamp::from_micros(1_700_000_000_000_000);
            let _ = judge(&VerifiedCredential::from(key.clone()), model, trust, now);
        }
    }
    if let (Some(key), Some(Ok(answer))) =
        (key, both.remove("authentication").map(serde_json::from_value::<PublicKeyCredential>))
    {
        authenticate(&key, &answer);
    }
}

/// The challenge and the origin in client data.
fn said(client_data: &[u8]) -> Option<(String, Url)> {
    let data: Value = serde_json::from_slice(client_data).ok()?;
    let text = |name: &str| data.get(name).and_then(Value::as_str);
    Some((text("challenge")?.to_owned(), Url::parse(text("origin")?).ok()?))
}

fn register(answer: &RegisterPublicKeyCredential) -> Option<Passkey> {
    let (challenge, origin) = said(answer.response.client_data_json.as_ref())?;
    let webauthn = WebauthnBuilder::new(origin.host_str()?, &origin).ok()?.build().ok()?;
    let begun = webauthn.start_passkey_registration(Uuid::nil(), "ada", "Ada", None).ok()?;
    let mut state = serde_json::to_value(&begun.1).ok()?;
    state["rs"]["challenge"] = challenge.into();
    let state: PasskeyRegistration = serde_json::from_value(state).ok()?;
    webauthn.finish_passkey_registration(answer, &state).ok()
}

fn authenticate(key: &Passkey, answer: &PublicKeyCredential) -> Option<()> {
    let (challenge, origin) = said(answer.response.client_data_json.as_ref())?;
    let webauthn = WebauthnBuilder::new(origin.host_str()?, &origin).ok()?.build().ok()?;
    let (_, state) = webauthn.start_discoverable_authentication().ok()?;
    let mut state = serde_json::to_value(&state).ok()?;
    state["ast"]["challenge"] = challenge.into();
    let state = serde_json::from_value(state).ok()?;
    let known = DiscoverableKey::from(key);
    let _ = webauthn.identify_discoverable_authentication(answer);
    let done = webauthn.finish_discoverable_authentication_v2(answer, state, known);
    done.ok().map(|done| assert!(done.user_verified(), "whoever signs in was verified"))
}
