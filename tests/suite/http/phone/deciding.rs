//! Deciding on a phone, and what becomes of that: once, by the right phone, in time.

use super::*;

on_both_engines! {
    async fn of_fifty_approvals_one_decides_and_of_fifty_redeems_one_signs_in(database: TestDatabase) {
        let app = App::on_with(database, |config| config.limit_per_address = 0).await;
        let request = payroll(&app).await;
        let mut phone = with(&app, "ada", &request, SoftPhone::without_lock(&app)).await;
        let (ada, page) = asks(&app, "ada", &request).await;
        let asked = phone.asked(&app).await;
        let body = phone.decision(&app, &asked, "approve", number(&page)).await;
        let tries = (0..50).map(|_| phone.sends(&app, &asked, &body));
        let answers = futures::future::join_all(tries).await;
        assert_eq!(answers.iter().filter(|answer| answer.0 == 200).count(), 1, "{answers:?}");

        let before = app.audited(Activity::PhoneSignIn).await.len();
        let tries = (0..50).map(|_| {
            let mut visitor = ada.clone();
            async move { visitor.submit("phone/redeem", &[]).await }
        });
        futures::future::join_all(tries).await;
        let after = app.audited(Activity::PhoneSignIn).await;
        assert_eq!(after.len() - before, 1, "{after:?}");
        let person = app.services.show_user("ada").await.unwrap();
        let sessions = app.services.sessions_of(&person.user).await.unwrap();
        assert_eq!(sessions.len(), 1);
    }
}

/// [Attacks] phone sign-in · guessing the number
#[tokio::test]
async fn a_wrong_number_ends_the_request_and_is_written_down() {
    let app = App::start().await;
    let request = payroll(&app).await;
    let mut phone = with(&app, "ada", &request, SoftPhone::new(&app)).await;
    let (mut ada, page) = asks(&app, "ada", &request).await;
    let asked = phone.asked(&app).await;
    let wrong = (number(&page) - 10 + 1) % 90 + 10;
    let answer = phone.decides(&app, &asked, "approve", wrong).await;
    assert_eq!(super::code(&answer), error("wrong_number", 409));
    let body = phone_body(&phone, &app, &asked, number(&page));
    let answer = phone.sends(&app, &asked, &body).await;
    assert_eq!(super::code(&answer), error("over", 409), "one guess is all there is");
    let (success, reason) = app.audited(Activity::PhoneSignIn).await.remove(0);
    assert!(!success && reason.starts_with("the number was wrong"), "{reason}");
    assert!(goes_on(&mut ada).await.alert().is_some());
}

/// A decision without anybody verified.
fn phone_body(phone: &SoftPhone, app: &App, asked: &Value, number: i64) -> Value {
    let claims = json!({ "request": asked["id"], "number": number, "decision": "approve" });
    json!({ "statement": phone.statement(app, "phone-decision+jwt", claims) })
}

/// [Attacks] phone sign-in · approving on a phone that is not locked by its owner
#[tokio::test]
async fn a_phone_that_verifies_its_user_approves_nothing_without() {
    let app = App::start().await;
    let request = payroll(&app).await;
    let mut phone = with(&app, "ada", &request, SoftPhone::new(&app)).await;
    let mut other = with(&app, "grace", &request, SoftPhone::new(&app)).await;
    let (mut ada, page) = asks(&app, "ada", &request).await;
    let asked = phone.asked(&app).await;
    let bare = phone_body(&phone, &app, &asked, number(&page));
    assert_eq!(super::code(&phone.sends(&app, &asked, &bare).await), error("not_verified", 403));
    // Somebody else's finger is not hers; nor is a finger that nobody looked at.
    let path = format!("/phone/requests/{}/verify", asked["id"].as_str().unwrap());
    let (_, begun) = phone.send(&app, &path, &json!({})).await;
    let mut options = begun["options"].clone();
    options["publicKey"]["allowCredentials"] = json!([]);
    let credential = other.lock.as_mut().unwrap().get(&app.issuer, options).await;
    let with = |credential: Value| {
        let mut body = bare.clone();
        body["ceremony"] = begun["ceremony"].clone();
        body["credential"] = credential;
        body
    };
    let answer = phone.sends(&app, &asked, &with(credential)).await;
    assert_eq!(super::code(&answer), error("not_verified", 403));
    let (_, begun) = phone.send(&app, &path, &json!({})).await;
    let lock = phone.lock.as_mut().unwrap();
    lock.set_user_verification(false);
    let credential = lock.get(&app.issuer, begun["options"].clone()).await;
    lock.set_user_verification(true);
    let mut body = bare.clone();
    body["ceremony"] = begun["ceremony"].clone();
    body["credential"] = credential;
    let answer = phone.sends(&app, &asked, &body).await;
    assert_eq!(super::code(&answer), error("not_verified", 403));
    assert!(goes_on(&mut ada).await.alert().is_some());
    // What was verified once is not verified again.
    let used = phone.decision(&app, &asked, "approve", number(&page)).await;
    let late = phone.sends(&app, &asked, &used).await;
    assert_eq!(late.0, 200, "{late:?}");
    assert_eq!(phone.sends(&app, &asked, &used).await.0, 409);
}

/// [Attacks] phone sign-in · deciding for somebody else, replaying, forging
#[tokio::test]
async fn only_the_phone_of_the_person_decides_and_only_by_what_it_signs_for_that() {
    let app = App::start().await;
    let request = payroll(&app).await;
    let phone = with(&app, "ada", &request, SoftPhone::without_lock(&app)).await;
    let graces = with(&app, "grace", &request, SoftPhone::without_lock(&app)).await;
    let stranger = SoftPhone::without_lock(&app);
    let (mut ada, page) = asks(&app, "ada", &request).await;
    let asked = phone.asked(&app).await;
    let (_, grace_page) = asks(&app, "grace", &request).await;
    let graces_asked = graces.asked(&app).await;
    let number = number(&page);
    assert_eq!(
        super::code(&graces.sends(&app, &asked, &phone_body(&graces, &app, &asked, number)).await),
        error("over", 409)
    );
    assert_eq!(
        super::code(
            &stranger.sends(&app, &asked, &phone_body(&stranger, &app, &asked, number)).await
        ),
        error("unknown_phone", 410)
    );
    let signed =
        |typ: &str, claims: Value| json!({ "statement": phone.statement(&app, typ, claims) });
    let good = json!({ "request": asked["id"], "number": number, "decision": "approve" });
    let with = |name: &str, value: Value| {
        let mut claims = good.clone();
        claims[name] = value;
        claims
    };
    let typ = "phone-decision+jwt";
    let cases = [
        ("about another request", signed(typ, with("request", graces_asked["id"].clone()))),
        ("of another kind", signed("phone-pairing+jwt", good.clone())),
        ("a proof", signed("dpop+jwt", good.clone())),
        ("for another server", signed(typ, with("aud", json!("https://x.example")))),
        ("on another page", signed(typ, with("origin", json!("https://x.example")))),
        ("long ago", signed(typ, with("iat", json!(app.now() - 301)))),
        ("what is no decision", signed(typ, with("decision", json!("maybe")))),
    ];
    for (what, body) in cases {
        let (status, answer) = phone.sends(&app, &asked, &body).await;
        assert!(status == 400 || status == 401, "{what}: {status} {answer}");
    }
    // A proof is good once, and for one address.
    let path = format!("/phone/requests/{}/verify", asked["id"].as_str().unwrap());
    let proof = phone.proof(&app, "POST", &path);
    assert_eq!(phone.send_with(&path, &proof, &json!({})).await.0, 200);
    assert_eq!(
        super::code(&phone.send_with(&path, &proof, &json!({})).await),
        error("invalid_proof", 401)
    );
    let elsewhere = phone.proof(&app, "POST", "/phone/silence");
    assert_eq!(
        super::code(&phone.send_with(&path, &elsewhere, &json!({})).await),
        error("invalid_proof", 401)
    );
    assert_eq!(
        super::code(&phone.send_with(&path, "", &json!({})).await),
        error("invalid_proof", 401)
    );
    // Nobody redeems it elsewhere: another browser has no such journey.
    assert_eq!(phone.sends(&app, &asked, &signed(typ, good.clone())).await.0, 200);
    let mut thief = app.visitor();
    thief.authorize(&request).await.page();
    let path = format!("{}/phone/redeem", ada.journey());
    assert_eq!(thief.submit_to(&path, &[]).await.page().status, 410);
    assert_eq!(grace_page.heading(), "Look at your phone");
    // Her own browser does, once, and in this journey only.
    let mut second = ada.clone();
    second.authorize(&request).await.page();
    let page = second.submit("phone/redeem", &[]).await.page();
    assert_eq!(page.heading(), "Hello. Who is signing in?", "another journey of the same browser");
    ada.submit("phone/redeem", &[]).await.code();
}

#[tokio::test]
async fn an_approval_is_given_and_used_within_a_minute_each() {
    let app = App::start().await;
    let request = payroll(&app).await;
    let mut phone = with(&app, "ada", &request, SoftPhone::new(&app)).await;
    let (mut ada, page) = asks(&app, "ada", &request).await;
    let asked = phone.asked(&app).await;
    app.wait(MINUTE);
    assert!(phone.is_quiet(&app).await);
    let late = phone_body(&phone, &app, &asked, number(&page));
    assert_eq!(super::code(&phone.sends(&app, &asked, &late).await), error("over", 409));
    let page = ada.submit("phone", &[]).await.page();
    app.wait(Duration::from_secs(59));
    phone.approves(&app, &page).await;
    let page = ada.open(&format!("{}/phone", ada.journey())).await.page();
    assert_eq!(page.heading(), "Approved");
    app.wait(MINUTE);
    let page = goes_on(&mut ada).await;
    assert_eq!(page.heading(), "Your phone did not approve in time");
}

#[tokio::test]
async fn whoever_says_not_me_is_heard_and_may_have_quiet() {
    let mut mail = crate::support::mail_server::MailServer::start(0).await;
    let app = App::start_with(|config| mail.configure(config)).await;
    let request = payroll(&app).await;
    let mut phone = with(&app, "ada", &request, SoftPhone::new(&app)).await;
    let told = mail.next().await;
    assert_eq!(told["subject"], "A sign-in method was added to your account");
    let (mut thief, _) = asks(&app, "ada", &request).await;
    let asked = phone.asked(&app).await;
    assert_eq!(phone.decides(&app, &asked, "not_me", 0).await.0, 200);
    let told = mail.next().await;
    assert_eq!(told["subject"], "Somebody tried to sign in as you");
    let text = told["text"].as_str().unwrap();
    assert!(text.contains("Payroll") && text.contains("they were not let in"), "{text}");
    let (success, reason) = app.audited(Activity::PhoneSignIn).await.remove(0);
    assert!(!success && reason.contains("not me"), "{reason}");
    assert!(goes_on(&mut thief).await.alert().is_some());

    let (status, answer) = phone.send(&app, "/phone/silence", &json!({ "silent": true })).await;
    assert!(status == 200 && answer["silenced"].is_i64(), "{answer}");
    asks(&app, "ada", &request).await;
    let seen = phone.hears(&app, "/phone/events").await.unwrap();
    assert!(seen["state"] == "idle" && seen["silenced"].is_i64(), "{seen}");
    phone.send(&app, "/phone/silence", &json!({ "silent": false })).await;
    asks(&app, "ada", &request).await;
    phone.asked(&app).await;
}

/// [Attacks] phone sign-in · a lost phone
#[tokio::test]
async fn a_phone_that_was_removed_approves_nothing_from_that_moment() {
    let app = App::start().await;
    let request = payroll(&app).await;
    let mut phone = with(&app, "ada", &request, SoftPhone::without_lock(&app)).await;
    let (mut ada, page) = asks(&app, "ada", &request).await;
    let asked = phone.asked(&app).await;
    let approval = phone.decision(&app, &asked, "approve", number(&page)).await;
    // One that was approved before it was removed is not redeemed either.
    let (mut other, shown) = asks(&app, "ada", &request).await;
    assert_eq!(phone.sends(&app, &asked, &approval).await.0, 200);
    phone.approves(&app, &shown).await;
    let person = app.services.show_user("ada").await.unwrap();
    let caller = firstkey::service::caller::Caller::OPERATOR;
    app.services.remove_method(&caller, &person.user, person.methods[0].id).await.unwrap();
    assert!(goes_on(&mut ada).await.alert().is_some());
    assert!(goes_on(&mut other).await.alert().is_some());
    let heard = phone.hears(&app, "/phone/events").await.unwrap_err();
    assert_eq!(super::code(&heard), error("unknown_phone", 410));
    assert_eq!(
        super::code(&phone.sends(&app, &asked, &approval).await),
        error("unknown_phone", 410)
    );
}

#[tokio::test]
async fn the_phone_of_somebody_who_was_disabled_approves_nothing() {
    let app = App::start().await;
    let request = payroll(&app).await;
    let mut phone = with(&app, "ada", &request, SoftPhone::without_lock(&app)).await;
    let (mut ada, page) = asks(&app, "ada", &request).await;
    let asked = phone.asked(&app).await;
    let (mut other, shown) = asks(&app, "ada", &request).await;
    let approval = phone.decision(&app, &asked, "approve", number(&page)).await;
    assert_eq!(phone.sends(&app, &asked, &approval).await.0, 200);
    app.disable("ada").await;
    assert!(goes_on(&mut ada).await.alert().is_some());
    assert_eq!(
        super::code(&phone.hears(&app, "/phone/events").await.unwrap_err()),
        error("disabled", 403)
    );
    let next = phone_body(&phone, &app, &asked, number(&shown));
    assert_eq!(super::code(&phone.sends(&app, &asked, &next).await), error("disabled", 403));
    assert!(goes_on(&mut other).await.alert().is_some());
}

#[tokio::test]
async fn the_phones_page_is_an_app_of_this_server_alone() {
    let app = App::start().await;
    let mut visitor = app.visitor();
    let page = visitor.open("/phone").await.page();
    let policy = page.headers["content-security-policy"].to_str().unwrap();
    assert!(policy.contains("script-src 'self';") && policy.contains("manifest-src 'self'"));
    assert!(page.headers.get("set-cookie").is_none(), "there is nothing to remember");
    assert_eq!(page.headers["cache-control"], "no-store");
    let other = visitor.open("/device").await.page();
    assert!(!other.headers["content-security-policy"].to_str().unwrap().contains("manifest-src"));
    let manifest = visitor.open("/phone/manifest.webmanifest").await.page();
    assert_eq!(manifest.headers["content-type"], "application/manifest+json");
    let manifest: Value = serde_json::from_str(&manifest.body).unwrap();
    assert_eq!((&manifest["scope"], &manifest["start_url"]), (&json!("/phone"), &json!("/phone")));
    for icon in manifest["icons"].as_array().unwrap() {
        let answer = visitor.raw(reqwest::Method::GET, icon["src"].as_str().unwrap()).await;
        assert_eq!(
            (answer.status().as_u16(), answer.headers()["content-type"].to_str().unwrap()),
            (200, icon["type"].as_str().unwrap())
        );
    }
    let worker = visitor.raw(reqwest::Method::GET, "/phone/sw.js").await;
    assert_eq!(worker.headers()["service-worker-allowed"], "/phone");
    assert_eq!(worker.headers()["cache-control"], "no-store");
    assert!(!worker.text().await.unwrap().contains("caches"), "nothing is kept");
    let marked = marked(&page, "data-view=\"home\" hidden");
    assert_eq!(marked, "");
}

#[tokio::test]
async fn whoever_wants_a_fresh_sign_in_is_told_of_what_was_fresh() {
    let app = App::start().await;
    let request = Request::of(&app.client("payroll").await);
    let mut ada = arrives(&app, "ada", &request).await;
    let (mut key, mut phone) = (SoftAuthenticator::new(), SoftPhone::new(&app));
    ada.register(&mut key).await.page();
    phone.pair(&app, &mut ada).await;
    ada.submit("finish", &[]).await.code();
    ada.authorize(&request.clone().with("prompt", "login")).await.page();
    let code = ada.use_passkey(&mut key).await.code();
    let (_, tokens) = ada.redeem(&request, &code).await;
    assert_eq!(claims(&tokens["id_token"])["acr"], "phr");
    app.wait(60 * MINUTE);
    let fresh = request.with("max_age", "300");
    ada.authorize(&fresh).await.page();
    let page = ask(&mut ada, "ada").await;
    phone.approves(&app, &page).await;
    let code = ada.submit("phone/redeem", &[]).await.code();
    let (_, tokens) = ada.redeem(&fresh, &code).await;
    let told = claims(&tokens["id_token"]);
    assert_eq!(told["acr"], "urn:firstkey:acr:mfa");
    assert_eq!(told["amr"], json!(["swk", "pop", "user", "mfa"]));
    assert!(app.now() - told["auth_time"].as_i64().unwrap() <= 300, "{told}");
}
