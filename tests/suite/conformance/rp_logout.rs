//! RP-Initiated Logout OP.

use super::{Mode, Plan};
use crate::support::visitor::{Page, param};

const BACK: &str = "https://app.example/signed-out";

/// Ada, signed in, and the ID token by which the application knows that.
async fn signed_in() -> (Plan, String) {
    let mut plan = Plan::start(Mode::Query).await;
    let request = plan.request();
    let tokens = plan.tokens(&request).await;
    let hint = tokens["id_token"].as_str().unwrap().to_owned();
    (plan, hint)
}

fn path(params: &[(&str, &str)]) -> String {
    let query = url::form_urlencoded::Serializer::new(String::new()).extend_pairs(params).finish();
    format!("/end_session?{query}")
}

/// Whether a silent request still gets a code.
async fn still_signed_in(plan: &mut Plan) -> bool {
    let silent = plan.request().with("prompt", "none");
    plan.ask(&silent).await.get("code").is_some()
}

/// Answers the question whether to sign out with yes.
async fn agree(plan: &mut Plan, page: &Page) {
    let request = page.value("request").unwrap_or_default();
    let fields = [("request", request.as_str()), ("decision", "sign_out")];
    let page = plan.ada.submit_to("/end_session/confirm", &fields).await.page();
    assert_eq!(page.heading(), "You are signed out");
}

/// [RP-Initiated Logout OP] RP-Initiated Logout §2.1 · oidcc-rp-initiated-logout-discovery-endpoint-verification
#[tokio::test]
async fn discovery_says_where_to_sign_out() {
    let plan = Plan::start(Mode::Query).await;
    let url = plan.app.url("/.well-known/openid-configuration");
    let document: serde_json::Value = reqwest::get(url).await.unwrap().json().await.unwrap();
    assert_eq!(document["end_session_endpoint"], plan.app.url("/end_session").as_str());
}

/// [RP-Initiated Logout OP] RP-Initiated Logout §2, §3 · oidcc-rp-initiated-logout
#[tokio::test]
async fn an_application_signs_out_and_is_gone_back_to_with_its_state() {
    let (mut plan, hint) = signed_in().await;
    let params =
        [("id_token_hint", hint.as_str()), ("post_logout_redirect_uri", BACK), ("state", "x y")];
    let away = plan.ada.open(&path(&params)).await.away();
    assert!(away.as_str().starts_with(BACK));
    assert_eq!(param(&away, "state").as_deref(), Some("x y"));
    assert!(!still_signed_in(&mut plan).await);
}

/// [RP-Initiated Logout OP] RP-Initiated Logout §2 · oidcc-rp-initiated-logout
#[tokio::test]
async fn a_logout_may_be_posted() {
    let (mut plan, hint) = signed_in().await;
    plan.ada.open("/security-info").await.page();
    let fields = [("id_token_hint", hint.as_str()), ("post_logout_redirect_uri", BACK)];
    assert_eq!(plan.ada.submit_to("/end_session", &fields).await.away().as_str(), BACK);
    assert!(!still_signed_in(&mut plan).await);
}

/// [RP-Initiated Logout OP] RP-Initiated Logout §3 · oidcc-rp-initiated-logout-bad-post-logout-redirect-uri
#[tokio::test]
async fn an_address_that_is_not_registered_is_not_gone_to() {
    let (mut plan, hint) = signed_in().await;
    for bad in [
        "https://app.example/signed-out/no",
        "https://evil.example/",
        "https://app.example/signed-out?foo=bar",
    ] {
        let params =
            [("id_token_hint", hint.as_str()), ("post_logout_redirect_uri", bad), ("state", "x")];
        assert_eq!(plan.ada.open(&path(&params)).await.page().status, 400, "{bad}");
    }
}

/// [RP-Initiated Logout OP] RP-Initiated Logout §2, §4 · oidcc-rp-initiated-logout-modified-id-token-hint
#[tokio::test]
async fn a_hint_that_was_tampered_with_is_no_order() {
    let (mut plan, hint) = signed_in().await;
    let (head, signature) = hint.rsplit_once('.').unwrap();
    let (header, payload) = head.split_once('.').unwrap();
    let swapped = if payload.ends_with('A') { "B" } else { "A" };
    let payload = format!("{}{swapped}", &payload[..payload.len() - 1]);
    let modified = format!("{header}.{payload}.{signature}");
    let params = [("id_token_hint", modified.as_str()), ("post_logout_redirect_uri", BACK)];
    let page = plan.ada.open(&path(&params)).await.page();
    assert_ne!(page.heading(), "You are signed out");
    assert!(still_signed_in(&mut plan).await);
}

/// [RP-Initiated Logout OP] RP-Initiated Logout §2 · oidcc-rp-initiated-logout-no-id-token-hint
#[tokio::test]
async fn without_a_hint_the_person_is_asked_or_the_request_refused() {
    let (mut plan, _) = signed_in().await;
    let page =
        plan.ada.open(&path(&[("post_logout_redirect_uri", BACK), ("state", "x")])).await.page();
    assert_eq!(page.status, 400, "nobody knows whose address that is");
    let named = [("client_id", "payroll"), ("post_logout_redirect_uri", BACK), ("state", "x")];
    let page = plan.ada.open(&path(&named)).await.page();
    assert_eq!(page.heading(), "Sign out?");
    assert!(still_signed_in(&mut plan).await);
}

/// [RP-Initiated Logout OP] RP-Initiated Logout §2 · oidcc-rp-initiated-logout-no-params, oidcc-rp-initiated-logout-only-state
#[tokio::test]
async fn without_anything_the_person_is_asked_and_stays_here() {
    for params in [&[][..], &[("state", "x")]] {
        let (mut plan, _) = signed_in().await;
        let page = plan.ada.open(&path(params)).await.page();
        assert_eq!(page.heading(), "Sign out?");
        agree(&mut plan, &page).await;
        assert!(!still_signed_in(&mut plan).await);
    }
}

/// [RP-Initiated Logout OP] RP-Initiated Logout §2 · oidcc-rp-initiated-logout-no-post-logout-redirect-uri
#[tokio::test]
async fn without_an_address_the_end_is_a_page_here() {
    let (mut plan, hint) = signed_in().await;
    let params = [("id_token_hint", hint.as_str()), ("state", "x")];
    assert_eq!(plan.ada.open(&path(&params)).await.page().heading(), "You are signed out");
    assert!(!still_signed_in(&mut plan).await);
}

/// [RP-Initiated Logout OP] RP-Initiated Logout §3 · oidcc-rp-initiated-logout-no-state
#[tokio::test]
async fn without_a_state_none_comes_back() {
    let (mut plan, hint) = signed_in().await;
    let params = [("id_token_hint", hint.as_str()), ("post_logout_redirect_uri", BACK)];
    assert_eq!(plan.ada.open(&path(&params)).await.away().as_str(), BACK);
}
