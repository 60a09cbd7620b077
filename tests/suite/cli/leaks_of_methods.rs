//! What must never be in a log, of phones, recovery codes, devices and upstreams: each is used as
//! people use it, against the real server at its most talkative.

use serde_json::{Value, json};

use super::leaks::Secrets;
use super::machine::Machine;
use crate::support::app::App;
use crate::support::authenticator::SoftAuthenticator;
use crate::support::database::on_both_engines;
use crate::support::laptop::{Laptop, device_client};
use crate::support::phone::{SoftPhone, code_of, number, settle};
use crate::support::push_service::PushService;
use crate::support::upstream::{ADA, Federation, depart};
use crate::support::visitor::{Landing, Page, Request, Visitor, param};

const NETWORK: &str = "127.0.0.1/32";

/// A phone is paired, woken, and approves.
async fn a_phone_is_used(app: &App, request: &Request, secrets: &mut Secrets) {
    app.person("grace").await;
    let pass = app.pass("grace").await;
    secrets.keep_pass("pass", &pass);
    let (mut owner, mut phone) = (app.visitor(), SoftPhone::new(app));
    owner.authorize(request).await.page();
    owner.sign_in("grace", &pass).await.page();
    secrets.keep_cookies(&owner);

    let code = code_of(&mut owner).await;
    secrets.keep("pairing code", &code);
    let proof = phone.proof(app, "POST", "/phone/pair/begin");
    secrets.keep("proof", &proof);
    let (status, begun) =
        phone.send_with("/phone/pair/begin", &proof, &json!({ "code": code })).await;
    assert_eq!(status, 200, "{begun}");
    let again = phone.send_with("/phone/pair/begin", &proof, &json!({ "code": code })).await;
    assert_ne!(again.0, 200, "a refusal is logged, too");
    secrets.keep("challenge", begun["challenge"].as_str().unwrap());
    let (status, proved) = phone.finish(app, &begun).await;
    assert_eq!(status, 200, "{proved}");
    let page = owner.open(&format!("{}/phone/pair", owner.journey())).await.page();
    settle(&mut owner, number(&page), "add").await;

    let mut service = PushService::start().await;
    let subscription = &service.subscription;
    for part in ["/endpoint", "/keys/auth", "/keys/p256dh"] {
        let value = subscription.pointer(part).and_then(Value::as_str).unwrap();
        secrets.keep("subscription", value.rsplit('/').next().unwrap());
    }
    let wanted = json!({ "subscription": subscription });
    assert_eq!(phone.send(app, "/phone/push", &wanted).await.0, 200);

    let mut visitor = app.visitor();
    visitor.authorize(request).await.page();
    let shown = visitor.submit("phone", &[("username", "grace")]).await.page();
    service.next().await;
    let asked = phone.asked(app).await;
    let wrong = phone.decision(app, &asked, "approve", number(&shown)).await;
    secrets.keep("statement", wrong["statement"].as_str().unwrap());
    secrets.keep("signature", wrong["credential"]["response"]["signature"].as_str().unwrap());
    assert_eq!(phone.sends(app, &asked, &wrong).await.0, 200);
    assert_ne!(phone.sends(app, &asked, &wrong).await.0, 200);
    secrets.keep_cookies(&visitor);
    secrets.keep("code", &visitor.submit("phone/redeem", &[]).await.code());
}

/// Codes are made, one is used, and one that nobody has is tried.
async fn codes_are_used(app: &App, request: &Request, secrets: &mut Secrets) {
    const PAGE: &str = "/security-info/recovery-codes";
    const MADE_UP: &str = "WRNG-2345-WRNG-2345";
    app.policy("RecoveryCodes", json!({ "state": "enabled" })).await;
    app.person("edith").await;
    let pass = app.one_time_pass("edith").await;
    secrets.keep_pass("pass", &pass);
    let mut device = SoftAuthenticator::new();
    app.visitor().day_one(request, "edith", &pass, &mut device).await.away();
    let mut visitor = app.visitor();
    visitor.authorize(request).await.page();
    visitor.use_passkey(&mut device).await.away();
    let page = visitor.open(PAGE).await.page();
    let seen = page.value("seen").unwrap_or_default();
    let page = visitor.submit_to(PAGE, &[("seen", &seen)]).await.page();
    let codes: Vec<String> = page.body.split("<code>").skip(1).map(until_its_end).collect();
    assert_eq!(codes.len(), 10, "{}", page.heading());
    for code in codes.iter().map(String::as_str).chain([MADE_UP]) {
        let plain: String = code.chars().filter(char::is_ascii_alphanumeric).collect();
        for form in [code, &plain, &code.to_lowercase(), &plain.to_lowercase()] {
            secrets.keep("recovery code", form);
        }
    }
    let mut later = app.visitor();
    later.authorize(request).await.page();
    let path = format!("{}/recovery", later.journey());
    later.open(&path).await.page();
    let page = recovers(&mut later, MADE_UP).await;
    assert!(page.alert().is_some(), "{}", page.heading());
    let page = recovers(&mut later, &codes[0]).await;
    assert!(page.alert().is_none(), "{:?}", page.alert());
    secrets.keep_cookies(&later);
}

fn until_its_end(part: &str) -> String {
    part.split('<').next().unwrap_or_default().to_owned()
}

async fn recovers(visitor: &mut Visitor, code: &str) -> Page {
    visitor.submit("recovery", &[("username", "edith"), ("code", code)]).await.page()
}

/// A laptop is set up by somebody with a pass, and keeps its tokens fresh.
async fn a_laptop_joins(app: &App, secrets: &mut Secrets) {
    let client = device_client(app).await;
    app.person("joan").await;
    let pass = app.pass("joan").await;
    secrets.keep_pass("pass", &pass);
    let laptop = Laptop::new("JOANS-LAPTOP");
    let asked = laptop.asks(app, &client).await;
    secrets.keep("device code", &asked.code);
    secrets.keep("user code", &asked.shows);
    secrets.keep("user code", &asked.shows.replace('-', ""));
    let mut joan = app.visitor();
    joan.open(&format!("/device?user_code={}", asked.shows)).await.page();
    joan.submit_to("/device", &[("user_code", &asked.shows)]).await.page();
    joan.submit("device", &[("decision", "continue")]).await.page();
    joan.sign_in("joan", &pass).await.page();
    let landing = joan.register(&mut SoftAuthenticator::new()).await;
    assert!(matches!(&landing, Landing::Page(page) if page.heading().contains("Laptops")));
    let page = joan.submit("consent", &[("decision", "allow")]).await.page();
    assert_eq!(page.heading(), "You can go back to your device");
    secrets.keep_cookies(&joan);
    let (status, tokens) = laptop.polls(app, &client, &asked).await;
    assert_eq!(status, 200, "{tokens}");
    let first = tokens["refresh_token"].as_str().unwrap();
    let (status, fresh) = laptop.refreshes(app, &client, first).await;
    assert_eq!(status, 200, "{fresh}");
    for name in ["access_token", "refresh_token", "id_token"] {
        secrets.keep(name, tokens[name].as_str().unwrap());
        if let Some(value) = fresh[name].as_str() {
            secrets.keep(name, value);
        }
    }
}

/// Somebody comes by way of another provider, which is answered twice.
async fn an_upstream_lets_somebody_in(app: App, secrets: &mut Secrets) {
    let mut federation = Federation::on(app).await;
    secrets.keep("secret at the upstream", &federation.us.secret);
    let (mut visitor, request) = (federation.here.visitor(), federation.request());
    let away = depart(&mut visitor, &request, ADA).await;
    for name in ["state", "nonce", "code_challenge"] {
        secrets.keep("what the upstream was sent", &param(&away, name).unwrap());
    }
    let back = federation.at_upstream(&away).await;
    secrets.keep("the upstream's code", &param(&back, "code").unwrap());
    secrets.keep_cookies(&visitor);
    let page = federation.back(&mut visitor, &back).await.page();
    assert!(page.heading().starts_with("Welcome"), "{}", page.heading());
    federation.back(&mut visitor, &back).await.page();
}

on_both_engines! {
    /// [Attacks] OWASP ASVS §7 · secrets of phones, recovery codes, devices and upstreams in the log
    async fn no_secret_of_what_opens_an_account_is_in_the_log(machine: Machine) {
        let settings = [
            ("FIRSTKEY_LOG", "trace"),
            ("FIRSTKEY_TRUSTED_PROXIES", NETWORK),
            ("FIRSTKEY_OUTBOUND_NETWORKS", NETWORK),
            ("FIRSTKEY_PUSH_NETWORKS", NETWORK),
        ];
        let served = machine.serve_with(&settings, &["serve"]).await;
        let app = machine.app(&served.issuer).await;
        app.one_method_is_enough().await;
        let request = Request::of(&app.client("wiki").await);
        let mut secrets = Secrets::default();
        a_phone_is_used(&app, &request, &mut secrets).await;
        codes_are_used(&app, &request, &mut secrets).await;
        a_laptop_joins(&app, &mut secrets).await;
        an_upstream_lets_somebody_in(app, &mut secrets).await;

        let outcome = served.process.stop();
        assert_eq!(outcome.code, Some(0));
        secrets.are_not_in(&outcome.stderr);
        // The log told of it all.
        for part in ["TRACE", "/phone/pair/begin", "/phone/push", "/recovery", "/device", "/callback"] {
            assert!(outcome.stderr.contains(part), "{part}: {}", outcome.stderr);
        }
    }
}
