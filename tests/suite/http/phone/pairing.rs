//! Pairing: whose phone it becomes, and whose it does not.

use base64::Engine as _;
use base64::engine::general_purpose::URL_SAFE_NO_PAD;

use super::*;

on_both_engines! {
    async fn a_phone_is_paired_and_signs_its_owner_in(database: TestDatabase) {
        let app = App::on(database).await;
        let request = payroll(&app).await;
        let mut phone = with(&app, "ada", &request, SoftPhone::new(&app)).await;
        let methods = app.services.show_user("ada").await.unwrap().methods;
        assert_eq!((methods.len(), methods[0].name.as_str()), (1, "Test phone"));
        assert_eq!(methods[0].credential_id, phone.key.thumbprint());
        assert!(phone.is_quiet(&app).await);

        let (mut ada, page) = asks(&app, "ada", &request).await;
        assert_eq!(page.heading(), "Look at your phone");
        let before = ada.cookies();
        let asked = phone.asked(&app).await;
        assert_eq!((&asked["username"], &asked["app"]), (&json!("ada"), &json!("Payroll")));
        assert!(!asked.to_string().contains(&format!("\"{}\"", number(&page))), "{asked}");
        phone.approves(&app, &page).await;
        let code = ada.submit("phone/redeem", &[]).await.code();
        assert_ne!(ada.cookies(), before, "whoever is signed in has another cookie");
        let (status, tokens) = ada.redeem(&request, &code).await;
        assert_eq!(status, 200, "{tokens}");
        let told = claims(&tokens["id_token"]);
        assert_eq!(told["acr"], "urn:firstkey:acr:mfa");
        assert_eq!(told["amr"], json!(["swk", "pop", "user", "mfa"]));
        let (success, _) = app.audited(Activity::PhoneSignIn).await.remove(0);
        assert!(success);
        assert!(phone.is_quiet(&app).await);
    }
}

on_both_engines! {
    async fn of_many_phones_that_come_with_one_code_one_is_first(database: TestDatabase) {
        let app = App::on(database).await;
        let request = payroll(&app).await;
        let mut owner = arrives(&app, "ada", &request).await;
        let code = code_of(&mut owner).await;
        let phones: Vec<_> = (0..20).map(|_| SoftPhone::without_lock(&app)).collect();
        let tries = phones.iter().map(|phone| phone.begin(&app, &code));
        let answers = futures::future::join_all(tries).await;
        let taken: Vec<_> = answers.iter().filter(|answer| answer.0 == 200).collect();
        assert_eq!(taken.len(), 1, "{answers:?}");
        for answer in answers.iter().filter(|answer| answer.0 != 200) {
            assert_eq!(super::code(answer), error("over", 409));
        }
    }
}

/// [Attacks] phone sign-in · pairing a phone of one's own with a code that was photographed
#[tokio::test]
async fn whoever_photographs_the_code_pairs_nothing_that_its_owner_does_not_confirm() {
    let app = App::start().await;
    let request = payroll(&app).await;
    let mut owner = arrives(&app, "ada", &request).await;
    let code = code_of(&mut owner).await;
    let (mut thief, honest) = (SoftPhone::new(&app), SoftPhone::new(&app));
    let (_, begun) = thief.begin(&app, &code).await;
    // Ada's own phone hears that somebody was faster.
    assert_eq!(super::code(&honest.begin(&app, &code).await), error("over", 409));
    let (_, proved) = thief.finish(&app, &begun).await;
    assert!(thief.hears(&app, "/phone/events").await.is_err(), "nothing is paired yet");
    let page = owner.open(&format!("{}/phone/pair", owner.journey())).await.page();
    assert_eq!(page.heading(), "Compare the numbers");
    let shown: i64 = proved["number"].as_str().unwrap().parse().unwrap();
    // A number that the page never showed adds nothing.
    settle(&mut owner, (shown - 100 + 1) % 900 + 100, "add").await;
    let page = settle(&mut owner, shown, "refuse").await;
    assert!(page.alert().unwrap().starts_with("The phone was not added."));
    settle(&mut owner, shown, "add").await;
    assert!(app.services.show_user("ada").await.unwrap().methods.is_empty());
    assert_eq!(thief.hears(&app, "/phone/pair/events").await.unwrap()["state"], "refused");
    let (success, reason) = app.audited(Activity::MethodRegistered).await.remove(0);
    assert!(!success && reason.contains("did not recognise"), "{reason}");
}

/// [Attacks] phone sign-in · a code that is late, wrong, replaced, or of a journey that moved on
#[tokio::test]
async fn a_code_is_good_for_five_minutes_and_for_the_page_that_shows_it() {
    let app = App::start().await;
    let request = payroll(&app).await;
    let mut owner = arrives(&app, "ada", &request).await;
    let mut phone = SoftPhone::new(&app);
    let old = code_of(&mut owner).await;
    let newer = code_of(&mut owner).await;
    for wrong in ["", "nonsense", "AAAA-AAAA-AAAA", old.as_str()] {
        assert_eq!(super::code(&phone.begin(&app, wrong).await), error("over", 409), "{wrong}");
    }
    // In any case, and without the dashes.
    let typed = newer.replace('-', " ").to_lowercase();
    let (status, begun) = phone.begin(&app, &typed).await;
    assert_eq!(status, 200, "{begun}");
    app.wait(5 * MINUTE);
    assert_eq!(super::code(&phone.finish(&app, &begun).await), error("over", 409));
    let late = code_of(&mut owner).await;
    app.wait(5 * MINUTE);
    assert_eq!(super::code(&phone.begin(&app, &late).await), error("over", 409));
    assert_eq!(phone.hears(&app, "/phone/pair/events").await.unwrap()["state"], "over");
}

/// [Attacks] phone sign-in · statements that are forged, stale, of another kind or of another key
#[tokio::test]
async fn a_phone_is_paired_by_what_it_signs_itself_here_and_now() {
    let app = App::start().await;
    let request = payroll(&app).await;
    let mut owner = arrives(&app, "ada", &request).await;
    let phone = SoftPhone::without_lock(&app);
    let stranger = SoftPhone::without_lock(&app);
    let code = code_of(&mut owner).await;
    let (_, begun) = phone.begin(&app, &code).await;
    let challenge = &begun["challenge"];
    let good = json!({ "challenge": challenge, "name": "Phone" });
    let with = |name: &str, value: Value| {
        let mut claims = good.clone();
        claims[name] = value;
        claims
    };
    let signed = |typ: &str, claims: Value| phone.statement(&app, typ, claims);
    let typ = "phone-pairing+jwt";
    let cases = [
        ("another key", stranger.statement(&app, typ, good.clone()), "over"),
        ("another kind", signed("phone-decision+jwt", good.clone()), "invalid_proof"),
        ("another server", signed(typ, with("aud", json!("https://x.example"))), "invalid_proof"),
        ("another page", signed(typ, with("origin", json!("https://x.example"))), "invalid_proof"),
        ("long ago", signed(typ, with("iat", json!(app.now() - 301))), "invalid_proof"),
        ("in the future", signed(typ, with("iat", json!(app.now() + 400))), "invalid_proof"),
        ("another challenge", signed(typ, with("challenge", json!("x"))), "over"),
        ("no name", signed(typ, with("name", json!(" "))), "bad_request"),
        ("a name like words of ours", signed(typ, with("name", json!("<b>"))), "bad_request"),
        ("no statement", "a.b.c".to_owned(), "invalid_proof"),
    ];
    for (what, statement, expected) in cases {
        let body = json!({ "statement": statement });
        let (_, answer) = phone.send(&app, "/phone/pair/finish", &body).await;
        assert_eq!(answer["error"], expected, "{what}: {answer}");
    }
    let body = json!({ "statement": signed(typ, good.clone()) });
    let (status, answer) = phone.send(&app, "/phone/pair/finish", &body).await;
    assert_eq!(status, 200, "{answer}");
    assert_eq!(phone.send(&app, "/phone/pair/finish", &body).await.0, 409, "once");
}

/// [Attacks] phone sign-in · an authenticator that verifies nobody, or was asked on another page
#[tokio::test]
async fn a_screen_lock_counts_only_if_it_verified_somebody_here() {
    let app = App::start().await;
    let request = payroll(&app).await;
    let mut owner = arrives(&app, "ada", &request).await;
    for elsewhere in [false, true] {
        let phone = SoftPhone::without_lock(&app);
        let code = code_of(&mut owner).await;
        let (_, begun) = phone.begin(&app, &code).await;
        let mut lock = if elsewhere {
            SoftAuthenticator::new()
        } else {
            SoftAuthenticator::without_user_verification()
        };
        let origin = if elsewhere { "http://localhost:1" } else { app.issuer.as_str() };
        let credential = lock.create(origin, begun["options"].clone()).await;
        let claims = json!({ "challenge": begun["challenge"], "name": "Phone" });
        let statement = phone.statement(&app, "phone-pairing+jwt", claims);
        let body = json!({ "statement": statement, "credential": credential });
        let answer = phone.send(&app, "/phone/pair/finish", &body).await;
        assert_eq!(super::code(&answer), error("not_verified", 403), "{elsewhere}");
    }
    assert!(app.services.show_user("ada").await.unwrap().methods.is_empty());
}

/// [Attacks] phone sign-in · pairing in somebody else's journey, or where nothing may be registered
#[tokio::test]
async fn nobody_pairs_a_phone_in_a_journey_that_is_not_theirs_to_set_up() {
    let app = App::start().await;
    let request = payroll(&app).await;
    let mut owner = arrives(&app, "ada", &request).await;
    let code = code_of(&mut owner).await;
    let mut phone = SoftPhone::new(&app);
    let (_, begun) = phone.begin(&app, &code).await;
    phone.finish(&app, &begun).await;
    // Another browser does not find the journey.
    let mut stranger = app.visitor();
    stranger.authorize(&request).await.page();
    for path in ["/phone/pair", "/phone/pair/events", "/phone", "/phone/events"] {
        let there = format!("{}{path}", owner.journey());
        assert_eq!(stranger.open(&there).await.page().status, 410, "{path}");
    }
    // Whoever has not signed in has nothing to pair a phone for.
    stranger.authorize(&request).await.page();
    let page = stranger.submit("phone/pair", &[]).await.page();
    assert_eq!(page.heading(), "Hello. Who is signing in?");
    // A form without the token of its browser is refused.
    let path = format!("{}/phone/pair/settle", owner.journey());
    let fields = [("csrf", "x"), ("number", "123"), ("decision", "add")];
    assert_eq!(owner.submit_to(&path, &fields).await.page().status, 400);

    // The policy takes no phones (any more).
    app.policy("Registration", json!({ "allowedKinds": ["passkey"] })).await;
    let page = owner.open(&owner.journey()).await.page();
    assert!(!page.body.contains("Set up phone sign-in"));
    assert_eq!(owner.submit("phone/pair", &[]).await.page().status, 403);
    assert!(app.services.show_user("ada").await.unwrap().methods.is_empty());
}

#[tokio::test]
async fn a_phone_is_one_persons_and_one_person_may_have_several() {
    let app = App::start().await;
    let request = payroll(&app).await;
    let mut phone = with(&app, "ada", &request, SoftPhone::new(&app)).await;
    // The same key for somebody else is refused.
    let mut grace = arrives(&app, "grace", &request).await;
    let code = code_of(&mut grace).await;
    let (_, begun) = phone.begin(&app, &code).await;
    let (_, proved) = phone.finish(&app, &begun).await;
    let shown = proved["number"].as_str().unwrap().parse().unwrap();
    assert_eq!(settle(&mut grace, shown, "add").await.status, 409);
    assert!(app.services.show_user("grace").await.unwrap().methods.is_empty());
    // Another phone is numbered where it has the same name.
    let mut second = SoftPhone::without_lock(&app);
    grace.open(&grace.journey()).await.page();
    second.pair(&app, &mut grace).await;
    assert_eq!(app.services.show_user("grace").await.unwrap().methods[0].name, "Test phone");
}

/// [Attacks] phone sign-in · the phone's own authenticator used as a passkey
#[tokio::test]
async fn what_verifies_the_user_of_a_phone_signs_nobody_in() {
    let app = App::start().await;
    let request = payroll(&app).await;
    let mut phone = with(&app, "ada", &request, SoftPhone::new(&app)).await;
    let mut lock = phone.lock.take().unwrap();
    let mut visitor = app.visitor();
    visitor.authorize(&request).await.page();
    // As if it were one that can be found without a username: with the person's own handle.
    let (_, begun) = visitor.fetch("passkey/options", &json!({})).await;
    let mut credential = lock.get(&app.issuer, begun["options"].clone()).await;
    let handle = app.services.show_user("ada").await.unwrap().user.handle;
    credential["response"]["userHandle"] = URL_SAFE_NO_PAD.encode(handle.as_bytes()).into();
    let answer = json!({ "ceremony": begun["ceremony"], "credential": credential });
    let (status, answer) = visitor.fetch("passkey", &answer).await;
    assert_eq!((status, answer["error"].as_str()), (403, Some("unknown_credential")));
}
