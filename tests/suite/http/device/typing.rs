//! Whoever types a code: late, wrong, guessing, in another browser.

use super::*;

#[tokio::test]
async fn a_code_that_nobody_typed_in_time_is_over() {
    let app = App::start().await;
    let (mut ada, _) = signed_in(&app, "ada").await;
    let client = tv(&app, |_| ()).await;
    let (device, allowed) = (Device::asks(&app, &client).await, Device::asks(&app, &client).await);
    recognises(&mut ada, &allowed).await;
    decides(&mut ada, "allow").await;
    let (mut late, mut later) = (ada.clone(), ada.clone());
    recognises(&mut late, &device).await;
    types(&mut later, &device.shows).await;
    app.wait(Duration::from_secs(15 * 60));
    refused(device.polls(&app).await, "expired_token");
    refused(allowed.polls(&app).await, "expired_token");
    assert!(types(&mut ada, &device.shows).await.alert().unwrap().starts_with(REFUSED));
    let page = decides(&mut late, "allow").await;
    assert_eq!((page.status, page.heading().as_str()), (410, TOO_LATE));
    let journey = later.journey();
    assert_eq!(later.open(&journey).await.page().heading(), TOO_LATE);
    refused(device.polls(&app).await, "expired_token");
    // A day later it is forgotten.
    app.wait(Duration::from_secs(25 * 60 * 60));
    let now = app.services.now();
    let swept = app.services.store.write(move |conn| {
        Box::pin(async move { firstkey::store::expired::delete_batch(conn, now).await })
    });
    swept.await.unwrap();
    refused(device.polls(&app).await, "invalid_grant");
}

/// [Attacks] RFC 8628 §5.1 · finding user codes by how they are refused
#[tokio::test]
async fn a_code_that_does_not_work_looks_the_same_whatever_is_wrong_with_it() {
    let app = App::start().await;
    let (mut ada, _) = signed_in(&app, "ada").await;
    let client = tv(&app, |_| ()).await;
    let expired = Device::asks(&app, &client).await;
    app.wait(Duration::from_secs(15 * 60));
    let used = Device::asks(&app, &client).await;
    recognises(&mut ada, &used).await;
    decides(&mut ada, "allow").await;
    let redeemed = Device::asks(&app, &client).await;
    recognises(&mut ada, &redeemed).await;
    decides(&mut ada, "allow").await;
    redeemed.tokens(&app).await;
    let denied = Device::asks(&app, &client).await;
    recognises(&mut ada, &denied).await;
    decides(&mut ada, "deny").await;
    let shut_out = Device::asks(&app, &client).await;

    let mut stranger = app.visitor();
    let mut pages = Vec::new();
    for code in
        ["BBBB-BBBB", "nonsense", &expired.shows, &used.shows, &redeemed.shows, &denied.shows]
    {
        let page = types(&mut stranger, code).await;
        assert_eq!((page.status, page.value("user_code").as_deref()), (200, Some(code)));
        assert!(page.alert().unwrap().starts_with(REFUSED), "{code}");
        pages.push(page.body.replace(code, ""));
    }
    assert!(pages.iter().all(|page| *page == pages[0]));
    let reasons = app.audited(Activity::DeviceAuthorized).await;
    let wrong = (false, "no device waits under this code".to_owned());
    assert_eq!(reasons.iter().filter(|line| **line == wrong).count(), 5, "{reasons:?}");
    // Nor does one whose application was shut out meanwhile.
    let disable = |_: &mut ClientSettings, enabled: &mut bool| {
        *enabled = false;
        Ok(())
    };
    app.services.edit_client(&Caller::OPERATOR, "tv", None, disable).await.unwrap();
    assert_eq!(
        types(&mut stranger, &shut_out.shows).await.body.replace(&shut_out.shows, ""),
        pages[0]
    );
}

/// [Attacks] RFC 8628 §5.1 · guessing user codes
#[tokio::test]
async fn whoever_guesses_codes_is_slowed_down_by_address() {
    let app = App::start().await;
    let client = tv(&app, |_| ()).await;
    let device = Device::asks(&app, &client).await;
    let mut eve = app.visitor();
    for number in 0..10 {
        // A right code of one's own in between undoes nothing.
        if number == 5 {
            let own = Device::asks(&app, &client).await;
            assert_eq!(types(&mut eve, &own.shows).await.heading(), "Is this your device?");
        }
        assert_eq!(types(&mut eve, "BBBB-BBBB").await.status, 200);
    }
    for who in [&mut eve.neighbour(), &mut eve] {
        let page = types(who, &device.shows).await;
        assert_eq!(page.status, 429);
        assert!((5..=15).contains(&retry_after(&page)), "{:?}", page.headers);
        assert!(page.alert().unwrap().contains("too many"));
    }
    // Elsewhere nobody notices.
    assert_eq!(types(&mut app.visitor(), &device.shows).await.heading(), "Is this your device?");
    app.wait(Duration::from_secs(16));
    assert_eq!(types(&mut eve, &device.shows).await.heading(), "Is this your device?");
    assert_eq!(types(&mut eve, "BBBB-BBBB").await.status, 200);
    let page = types(&mut eve, &device.shows).await;
    assert_eq!(page.status, 429);
    assert!((16..=30).contains(&retry_after(&page)), "{:?}", page.headers);
    let blocked = app.audited(Activity::DeviceAuthorized).await;
    assert!(blocked.iter().any(|(_, why)| why.starts_with("blocked after 10 wrong codes")));
    // What cannot be a code is no guess.
    let mut clumsy = app.visitor();
    for _ in 0..15 {
        assert_eq!(types(&mut clumsy, "1234-5678").await.status, 200);
    }
}

/// [Attacks] RFC 8628 §3.4 · device code of another client
#[tokio::test]
async fn a_device_code_is_for_its_client() {
    let app = App::start().await;
    let (mut ada, _) = signed_in(&app, "ada").await;
    let client = tv(&app, |_| ()).await;
    let thief =
        app.client_with("thief", true, |it| it.grant_types.push(GrantType::DeviceCode)).await;
    let device = Device::asks(&app, &client).await;
    let stolen = Device { client: thief, ..device.clone() };
    refused(stolen.polls(&app).await, "invalid_grant");
    recognises(&mut ada, &device).await;
    decides(&mut ada, "allow").await;
    refused(stolen.polls(&app).await, "invalid_grant");
    refused(
        device.polls_with(&app, &[("resource", "https://other.example")]).await,
        "invalid_target",
    );
    let fields = [("grant_type", GRANT), ("client_id", "tv")];
    refused(post(&app, "/token", &fields).await, "invalid_request");
    let nonsense = [("grant_type", GRANT), ("client_id", "tv"), ("device_code", "nonsense")];
    refused(post(&app, "/token", &nonsense).await, "invalid_grant");
    // None of that has spoilt it for its owner.
    device.tokens(&app).await;
}

/// [Attacks] RFC 8628 §5.4 · device flow phishing: nothing is confirmed beforehand
#[tokio::test]
async fn being_signed_in_confirms_nothing_and_a_journey_stays_in_its_browser() {
    let app = App::start().await;
    let (mut ada, _) = signed_in(&app, "ada").await;
    let client = tv(&app, |it| it.third_party = true).await;
    // Not even where the same was allowed before.
    for _ in 0..2 {
        let device = Device::asks(&app, &client).await;
        let page = recognises(&mut ada, &device).await;
        assert_eq!(page.heading(), "Allow Big Screen on your device?");
        assert!(page.body.contains("ada"), "it says who is signed in");
        let journey = ada.journey();
        refused(device.polls(&app).await, "authorization_pending");
        let mut stranger = app.visitor();
        stranger.open("/device").await.page();
        let page = stranger.open(&journey).await.page();
        assert_eq!((page.status, page.heading().as_str()), (410, "This sign-in is over"));
        stranger.page.as_mut().unwrap().path = format!("{journey}/x");
        assert_eq!(decides(&mut stranger, "allow").await.status, 410);
        let (status, still) = device.polls(&app).await;
        assert_eq!(status, 400, "{still}");
        ada.open(&journey).await.page();
        assert_eq!(decides(&mut ada, "allow").await.heading(), "You can go back to your device");
        device.tokens(&app).await;
    }
    // Somebody else may take over before it is allowed.
    let device = Device::asks(&app, &client).await;
    recognises(&mut ada, &device).await;
    let page = ada.submit("restart", &[]).await.page();
    assert_eq!(page.heading(), "Choose an account");
}

#[tokio::test]
async fn forms_need_the_token_of_their_page() {
    let app = App::start().await;
    let device = Device::asks(&app, &tv(&app, |_| ()).await).await;
    let mut eve = app.visitor();
    eve.open("/device").await.page();
    let page = eve.page.as_mut().unwrap();
    page.body = page.body.replace("name=\"csrf\"", "name=\"none\"");
    assert_eq!(types(&mut eve, &device.shows).await.status, 403);
    eve.open("/device").await.page();
    types(&mut eve, &device.shows).await;
    let page = eve.page.as_mut().unwrap();
    page.body = page.body.replace("name=\"csrf\"", "name=\"none\"");
    assert_eq!(eve.submit("device", &[("decision", "deny")]).await.page().status, 403);
    refused(device.polls(&app).await, "authorization_pending");
}

#[tokio::test]
async fn what_was_allowed_ends_with_the_session_and_the_application_may_want_a_key() {
    let app = App::start().await;
    let (mut ada, _) = signed_in(&app, "ada").await;
    let client = tv(&app, |it| it.default_acr_values = vec!["phr".into()]).await;
    let device = Device::asks(&app, &client).await;
    recognises(&mut ada, &device).await;
    decides(&mut ada, "allow").await;
    ada.open("/security-info").await.page();
    ada.submit_to("/sign-out", &[]).await.page();
    refused(device.polls(&app).await, "invalid_grant");

    app.person("bob").await;
    let pass = app.pass("bob").await;
    let device = Device::asks(&app, &client).await;
    let (mut bob, mut phone) = (app.visitor(), SoftAuthenticator::new());
    recognises(&mut bob, &device).await;
    bob.sign_in("bob", &pass).await.page();
    let page = bob.register(&mut phone).await.page();
    assert_eq!(page.heading(), "One more check", "a key is wanted, and used once");
    let page = bob.use_passkey(&mut phone).await.page();
    assert_eq!(page.heading(), "Allow Big Screen on your device?");
    decides(&mut bob, "allow").await;
    let tokens = device.tokens(&app).await;
    assert_eq!(claims(&tokens["id_token"])["acr"], "phr");
}
