//! A phone whose page is closed is woken by Web Push: subscribing on the phone's page, the message at
//! a push service that decrypts it, and what the service worker makes of it.

use std::time::Duration;

use super::pages::Album;
use super::phone::{ASKED, Scene};
use crate::support::browser::Browser;
use crate::support::push_service::PushService;

/// A page of ours that is not the phone's.
const ELSEWHERE: &str = "/device";

/// What is notified now, as title and text.
async fn notified(phone: &Browser) -> Vec<(String, String)> {
    let script = "const worker = await navigator.serviceWorker.getRegistration('/phone');
                  const all = await worker.getNotifications();
                  return all.map((each) => [each.title, each.body]);";
    serde_json::from_value(phone.script(script).await).expect("notifications")
}

/// Waits until so many are notified.
async fn notified_of(phone: &Browser, how_many: usize) -> Option<Vec<(String, String)>> {
    for _ in 0..60 {
        let all = notified(phone).await;
        if all.len() == how_many {
            return Some(all);
        }
        tokio::time::sleep(Duration::from_millis(50)).await;
    }
    None
}

/// What the phone notifies of once this message has come. A browser that is starting its service
/// worker loses one now and then, which a push service would send again.
async fn woken(phone: &Browser, origin: &str, text: &str) -> Vec<(String, String)> {
    for _ in 0..8 {
        phone.deliver_push(origin, text).await;
        if let Some(all) = notified_of(phone, 1).await {
            return all;
        }
    }
    panic!("the phone was not woken");
}

#[tokio::test]
async fn a_phone_whose_page_is_closed_is_notified_of_a_sign_in() {
    let mut service = PushService::start().await;
    let scene = Scene::set().await;
    let origin = scene.stage.app.issuer.clone();
    scene.phone.subscribe_at(&service.subscription).await;
    scene.pair().await;
    scene.stage.browser.forget_cookies().await;
    let phone = &scene.phone;
    let album = Album::of(phone);
    album.look("phone-not-woken").await;
    phone.allow_notifications(&origin).await;
    phone.press("Notify me").await;
    phone.wait_for_text("This phone notifies you of sign-ins.").await;
    album.look("phone-woken").await;
    phone.be_a_phone().await;

    phone.goto(&scene.stage.app.url(ELSEWHERE)).await;
    let number = scene.ask().await;
    let message = service.next().await;
    let text = message["text"].as_str().expect("a message").to_owned();
    let shown = woken(phone, &origin, &text).await;
    let expected = ("Is it you who is signing in?", "Open this to approve it or say no.");
    assert_eq!(shown, [(expected.0.to_owned(), expected.1.to_owned())]);
    assert_eq!(text, r#"{"type":"signInRequest"}"#, "the number stays on the computer");

    // Opening the page shows the request, and takes the notification away.
    phone.goto(&scene.stage.app.url("/phone")).await;
    phone.heading(ASKED).await;
    assert!(notified_of(phone, 0).await.is_some(), "it is still notified");
    phone.fill("Number on your computer", &number).await;
    phone.press("Approve").await;
    phone.heading("Approved").await;
    scene.stage.result().await;

    // Who looks at the page needs no notification.
    phone.deliver_push(&origin, &text).await;
    phone.press("Back").await;
    phone.heading("Ready").await;
    assert_eq!(notified(phone).await, []);

    phone.press("No notifications").await;
    phone.wait_for_text("even while this page is closed").await;
    scene.stage.browser.forget_cookies().await;
    scene.ask().await;
    phone.heading(ASKED).await;
    assert!(service.is_quiet(), "it was woken all the same");
    scene.close().await;
}
