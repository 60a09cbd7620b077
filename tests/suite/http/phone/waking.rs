//! Waking a phone that subscribed to Web Push: what its push service, and the browser behind that,
//! get.

use firstkey::domain::user::User;
use firstkey::store::{credentials, push};

use super::*;
use crate::support::push_service::PushService;

/// Ada, whose phone wants to be woken there.
async fn subscribed(app: &App, service: &PushService) -> (Request, User) {
    let request = payroll(app).await;
    with(app, "ada", &request, SoftPhone::new(app)).await;
    let ada = app.services.find_user("ada").await.unwrap();
    let methods =
        credentials::by_user(&mut app.services.store.reader().await.unwrap(), ada.id).await;
    let phone = methods.unwrap()[0].id;
    assert!(app.services.subscribe(phone, &service.subscribed()).await.unwrap());
    (request, ada)
}

/// How many of a person's phones are woken.
async fn kept(app: &App, user: &User) -> usize {
    push::of_user(&mut app.services.store.reader().await.unwrap(), user.id).await.unwrap().len()
}

on_both_engines! {
    async fn a_phone_is_woken_by_a_message_that_only_it_can_read_and_that_says_nothing(app: App) {
        let mut service = PushService::start().await;
        let (request, ada) = subscribed(&app, &service).await;
        asks(&app, "ada", &request).await;
        let message = service.next().await;
        assert_eq!(message["text"], r#"{"type":"signInRequest"}"#, "{message}");
        let headers = &message["headers"];
        assert_eq!((&headers["ttl"], &headers["urgency"]), (&json!("60"), &json!("high")));
        assert_eq!(headers["content-encoding"], "aes128gcm");
        // Whom push services know again (RFC 8292): by the key that browsers subscribe with.
        let sender = &message["sender"];
        assert_eq!(sender["key"], json!(app.services.push_public_key().await.unwrap()));
        assert_eq!(sender["claims"]["sub"], json!(app.issuer));
        assert_eq!(kept(&app, &ada).await, 1);

        // Another instance is the same sender.
        let another = app.another().await;
        let key = another.services.push_public_key().await.unwrap();
        assert_eq!(sender["key"], json!(key));
    }

    async fn nobody_wakes_a_phone_that_wants_no_more(app: App) {
        let mut service = PushService::start().await;
        let (request, ada) = subscribed(&app, &service).await;
        // Trouble for a moment ends nothing.
        service.answer(503);
        asks(&app, "ada", &request).await;
        service.next().await;
        app.wait(2 * MINUTE);
        service.answer(410);
        asks(&app, "ada", &request).await;
        service.next().await;
        // What the push service said is heard a moment after the computer has its page.
        for _ in 0..200 {
            if kept(&app, &ada).await == 0 {
                break;
            }
            tokio::time::sleep(Duration::from_millis(20)).await;
        }
        assert_eq!(kept(&app, &ada).await, 0);
        app.wait(2 * MINUTE);
        let (mut computer, _) = asks(&app, "ada", &request).await;
        goes_on(&mut computer).await;
        assert!(service.is_quiet(), "it was woken all the same");
    }
}
