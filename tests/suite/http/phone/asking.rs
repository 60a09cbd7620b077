//! Asking a phone: what whoever asks learns, and how often they may.

use super::*;

/// A page without what differs from one time to the next.
fn bare(page: &Page, username: &str) -> String {
    let journey = page.path.split('/').nth(2).unwrap_or_default();
    let shown = number(page).to_string();
    let mut body = page.body.replace(journey, "JOURNEY").replace(username, "NAME");
    body = body.replace(&format!("data-number>{shown}<"), "data-number>NUMBER<");
    match page.csrf() {
        Some(csrf) => body.replace(csrf, "CSRF"),
        None => body,
    }
}

/// [Attacks] phone sign-in · finding out who has an account, or a phone, or said no
#[tokio::test]
async fn whoever_asks_sees_the_same_whatever_there_is() {
    let app = App::start().await;
    let request = payroll(&app).await;
    let mut phone = with(&app, "ada", &request, SoftPhone::new(&app)).await;
    with(&app, "disabled", &request, SoftPhone::new(&app)).await;
    app.disable("disabled").await;
    with(&app, "silent", &request, SoftPhone::new(&app))
        .await
        .send(&app, "/phone/silence", &json!({ "silent": true }))
        .await;
    app.person("keyless").await;

    let mut pages = Vec::new();
    for username in ["ada", "nobody", "keyless", "disabled", "silent"] {
        let (visitor, page) = asks(&app, username, &request).await;
        assert_eq!((page.status, page.heading().as_str()), (200, "Look at your phone"));
        assert!((10..=99).contains(&number(&page)));
        pages.push((username, visitor, bare(&page, username)));
    }
    for (username, _, page) in &pages {
        assert_eq!(page, &pages[0].2, "{username}");
    }
    let reasons: Vec<_> = app.audited(Activity::PhoneAsked).await;
    let reasons: Vec<_> = reasons.iter().filter(|it| !it.0).map(|it| it.1.as_str()).collect();
    let why = ["the phone is silenced", "the account is disabled", "no phone", "no such user"];
    assert_eq!(reasons, why);
    // A no looks like silence, too.
    let asked = phone.asked(&app).await;
    assert_eq!(phone.decides(&app, &asked, "deny", 0).await.0, 200);
    for (username, visitor, _) in &mut pages {
        let page = visitor.open(&format!("{}/phone", visitor.journey())).await.page();
        assert_eq!(page.heading(), "Look at your phone", "{username}");
        assert_eq!(bare(&page, username), bare(&page, username));
        let page = goes_on(visitor).await;
        assert!(page.alert().unwrap().contains("not approved yet"), "{username}");
    }
    app.wait(MINUTE);
    for (username, visitor, _) in &mut pages {
        let page = visitor.open(&format!("{}/phone", visitor.journey())).await.page();
        assert_eq!(page.heading(), "Your phone did not approve in time", "{username}");
    }
}

/// [Attacks] phone sign-in · wearing somebody down with requests ("MFA fatigue")
#[tokio::test]
async fn strangers_reach_a_phone_a_few_times_and_never_take_the_place_of_its_owner() {
    let app = App::start().await;
    let request = payroll(&app).await;
    let mut of_bob = with(&app, "bob", &request, SoftPhone::new(&app)).await;
    let mut phone = with(&app, "ada", &request, SoftPhone::new(&app)).await;
    // Ada signs in once in this browser, which is hers from then on.
    let (mut hers, page) = asks(&app, "ada", &request).await;
    phone.approves(&app, &page).await;
    hers.submit("phone/redeem", &[]).await.code();

    let mut reached = 0;
    for _ in 0..12 {
        let (_, page) = asks(&app, "ada", &request).await;
        assert_eq!(page.heading(), "Look at your phone", "whoever floods learns nothing");
        if !phone.is_quiet(&app).await {
            reached += 1;
        }
        app.wait(MINUTE / 60);
        let seen = phone.hears(&app, "/phone/events").await.unwrap();
        if seen["state"] == "asked" {
            phone.decides(&app, &seen, "deny", 0).await;
        }
    }
    assert_eq!(reached, 5, "those that are free");
    let (success, reason) = app.audited(Activity::PhoneAsked).await.remove(0);
    assert_eq!((success, reason.as_str()), (false, "asked too often"));

    // Nor does it help to be let in by a phone of one's own and to give her name then.
    let (mut bob, page) = asks(&app, "bob", &request).await;
    of_bob.approves(&app, &page).await;
    bob.submit("identify", &[("username", "ada")]).await;
    bob.submit("phone/redeem", &[]).await;
    asks(&app, "ada", &request).await;
    assert!(phone.is_quiet(&app).await, "she is asked again");

    // Her own browser still reaches it, and comes first.
    app.wait(MINUTE);
    let (mut stranger, _) = asks(&app, "ada", &request).await;
    hers.authorize(&request.clone().with("prompt", "login")).await.page();
    let mine = ask(&mut hers, "ada").await;
    let asked = phone.asked(&app).await;
    assert_eq!(asked["known"], true);
    phone.approves(&app, &mine).await;
    hers.submit("phone/redeem", &[]).await.code();
    assert!(goes_on(&mut stranger).await.alert().is_some());
}

#[tokio::test]
async fn of_two_strangers_nobody_takes_the_place_of_the_other() {
    let app = App::start().await;
    let request = payroll(&app).await;
    let mut phone = with(&app, "ada", &request, SoftPhone::new(&app)).await;
    let (mut first, shown) = asks(&app, "ada", &request).await;
    let (_, later) = asks(&app, "ada", &request).await;
    let asked = phone.asked(&app).await;
    phone.approves(&app, &shown).await;
    first.submit("phone/redeem", &[]).await.code();
    // The other one comes next.
    let next = phone.asked(&app).await;
    assert_ne!(next["id"], asked["id"]);
    assert_eq!(phone.decides(&app, &next, "approve", number(&later)).await.0, 200);
    // Who asks again in the same browser takes back what they asked before.
    let (mut again, old) = asks(&app, "ada", &request).await;
    let before = phone.asked(&app).await;
    let new = again.submit("phone", &[]).await.page();
    assert_eq!(phone.decides(&app, &before, "deny", number(&old)).await.0, 409);
    phone.approves(&app, &new).await;
    again.submit("phone/redeem", &[]).await.code();
}

#[tokio::test]
async fn one_address_asks_so_often_and_then_waits() {
    let app = App::start().await;
    let request = payroll(&app).await;
    let first = app.visitor();
    let mut waited = None;
    for number in 0..20 {
        let mut visitor = first.neighbour();
        visitor.authorize(&request).await.page();
        let page = ask(&mut visitor, &format!("nobody{number}")).await;
        if page.status == 429 {
            waited = Some((number, page));
            break;
        }
    }
    let (number, page) = waited.expect("an address that waits");
    assert_eq!(number, 15);
    assert!(page.headers.contains_key("retry-after"));
    assert!(page.alert().unwrap().starts_with("There were too many requests"));
}

/// [Attacks] phone sign-in · an approval where a phishing-resistant sign-in is demanded
#[tokio::test]
async fn no_phone_is_offered_or_asked_where_a_key_is_demanded() {
    let app = App::start().await;
    let request = payroll(&app).await;
    let mut phone = with(&app, "ada", &request, SoftPhone::new(&app)).await;
    let demanding = request.clone().with("acr_values", "phr");
    let mut visitor = app.visitor();
    let page = visitor.authorize(&demanding).await.page();
    assert!(!page.body.contains("Use my phone"));
    let page = ask(&mut visitor, "ada").await;
    assert_eq!(page.heading(), "Welcome", "the username was heard, and no more");
    assert!(!page.body.contains("Use my phone") && phone.is_quiet(&app).await);
    // The portal, too.
    let page = visitor.open("/admin/people").await.page();
    assert!(!page.body.contains("Use my phone"), "{}", page.heading());

    // A request that was approved for less opens nothing that demands more.
    let (mut ada, page) = asks(&app, "ada", &request).await;
    phone.approves(&app, &page).await;
    let code = ada.submit("phone/redeem", &[]).await.code();
    assert_eq!(
        claims(&ada.redeem(&request, &code).await.1["id_token"])["acr"],
        "urn:firstkey:acr:mfa"
    );
    // Whoever has nothing but a phone sets up a key on the way, and uses it.
    let page = ada.authorize(&demanding).await.page();
    assert!(page.body.contains("Add a passkey"), "{}", page.heading());
    let mut key = SoftAuthenticator::new();
    let page = ada.register(&mut key).await.page();
    assert!(page.body.contains("Use a passkey") && !page.body.contains("Use my phone"));
    let page = ada.use_passkey(&mut key).await.page();
    assert_eq!(page.heading(), "You're all set");
    let code = ada.submit("finish", &[]).await.code();
    let told = claims(&ada.redeem(&demanding, &code).await.1["id_token"]);
    assert_eq!(told["acr"], "phr");
}

#[tokio::test]
async fn a_phone_that_verifies_nobody_is_good_for_possession_and_no_more() {
    let app = App::start().await;
    let request = payroll(&app).await;
    let mut phone = with(&app, "ada", &request, SoftPhone::without_lock(&app)).await;
    let (mut ada, page) = asks(&app, "ada", &request).await;
    phone.approves(&app, &page).await;
    let code = ada.submit("phone/redeem", &[]).await.code();
    let told = claims(&ada.redeem(&request, &code).await.1["id_token"]);
    assert_eq!(told["acr"], "urn:firstkey:acr:possession");
    assert_eq!(told["amr"], json!(["swk", "pop"]));
    let demanding = request.clone().with("acr_values", "urn:firstkey:acr:mfa");
    let page = ada.authorize(&demanding).await.page();
    // Possession alone registers nothing: whoever holds the phone might be anybody.
    assert!(page.body.contains("Temporary Access Pass"), "{}", page.heading());
    assert!(!page.body.contains("Add a passkey"), "{}", page.heading());
}

/// [Attacks] phone sign-in · taking every place of those who wait
#[tokio::test]
async fn one_journey_keeps_a_few_streams_open_and_none_of_a_phone() {
    let app = App::start().await;
    let request = payroll(&app).await;
    let phone = with(&app, "ada", &request, SoftPhone::new(&app)).await;
    let (stranger, _) = asks(&app, "nobody", &request).await;
    let path = format!("{}/phone/events", stranger.journey());
    let mut streams = Vec::new();
    for _ in 0..4 {
        streams.push(stranger.raw(reqwest::Method::GET, &path).await);
    }
    assert!(streams.iter().all(|stream| stream.status() == 200));
    let refused = stranger.raw(reqwest::Method::GET, &path).await;
    assert_eq!(refused.status(), 503);
    assert!(refused.headers().contains_key("retry-after"));
    asks(&app, "ada", &request).await;
    phone.asked(&app).await;
}
