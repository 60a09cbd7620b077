//! Waking a phone that subscribed to Web Push: what its push service, and the browser behind that,
//! get.

use firstkey::domain::user::User;
use firstkey::service::caller::Caller;
use firstkey::store::{credentials, push};
use reqwest::Method;

use super::*;
use crate::support::push_service::PushService;

const PATH: &str = "/phone/push";

/// Ada's phone wants to be woken there.
async fn subscribes(app: &App, phone: &SoftPhone, service: &PushService) {
    let wanted = json!({ "subscription": service.subscription });
    assert_eq!(phone.send(app, PATH, &wanted).await, (200, json!({ "subscribed": true })));
}

/// Ada, whose phone wants to be woken there.
async fn subscribed(app: &App, service: &PushService) -> (Request, User, SoftPhone) {
    let request = payroll(app).await;
    let phone = with(app, "ada", &request, SoftPhone::new(app)).await;
    subscribes(app, &phone, service).await;
    (request, app.services.find_user("ada").await.unwrap(), phone)
}

/// How many of a person's phones are woken.
async fn kept(app: &App, user: &User) -> usize {
    push::of_user(&mut app.services.store.reader().await.unwrap(), user.id).await.unwrap().len()
}

on_both_engines! {
    async fn a_phone_is_woken_by_a_message_that_only_it_can_read_and_that_says_nothing(app: App) {
        let mut service = PushService::start().await;
        let (request, ada, phone) = subscribed(&app, &service).await;
        asks(&app, "ada", &request).await;
        let message = service.next().await;
        assert_eq!(message["text"], r#"{"type":"signInRequest"}"#, "{message}");
        let headers = &message["headers"];
        assert_eq!((&headers["ttl"], &headers["urgency"]), (&json!("60"), &json!("high")));
        assert_eq!(headers["content-encoding"], "aes128gcm");
        // Whom push services know again (RFC 8292): by the key that browsers subscribe with.
        let sender = &message["sender"];
        let told = phone.plainly(&app, Method::GET, PATH).await;
        assert_eq!(told, (200, json!({ "key": sender["key"] })));
        assert_eq!(sender["claims"]["sub"], json!(app.issuer));
        assert_eq!(kept(&app, &ada).await, 1);

        // Another instance is the same sender.
        let another = app.another().await;
        let key = another.services.push_public_key().await.unwrap();
        assert_eq!(sender["key"], json!(key));
    }

    async fn nobody_wakes_a_phone_that_wants_no_more(app: App) {
        let mut service = PushService::start().await;
        let (request, ada, _) = subscribed(&app, &service).await;
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

    async fn a_phone_can_change_its_mind(app: App) {
        let (mut before, mut service) = (PushService::start().await, PushService::start().await);
        let (request, ada, phone) = subscribed(&app, &before).await;
        subscribes(&app, &phone, &service).await;
        asks(&app, "ada", &request).await;
        service.next().await;
        assert!(before.is_quiet(), "the later word counts");

        let slept = phone.plainly(&app, Method::DELETE, PATH).await;
        assert_eq!(slept, (200, json!({ "subscribed": false })));
        assert_eq!(kept(&app, &ada).await, 0);
        app.wait(2 * MINUTE);
        let (mut computer, _) = asks(&app, "ada", &request).await;
        goes_on(&mut computer).await;
        assert!(service.is_quiet(), "it was woken all the same");
    }

    /// [Attacks] RFC 8030 §8 · a push subscription from somebody who holds no paired key, or to what is no push service
    async fn nobody_else_says_where_a_phone_is_woken(app: App) {
        let service = PushService::start().await;
        let (_, ada, phone) = subscribed(&app, &service).await;
        let wanted = json!({ "subscription": service.subscription });

        let stranger = SoftPhone::new(&app);
        assert_eq!(code(&stranger.send(&app, PATH, &wanted).await), error("unknown_phone", 410));
        let told = stranger.plainly(&app, Method::GET, PATH).await;
        assert_eq!(code(&told), error("unknown_phone", 410));
        let slept = stranger.plainly(&app, Method::DELETE, PATH).await;
        assert_eq!(code(&slept), error("unknown_phone", 410));
        // A proof is for one address, one method and once.
        let of_another = phone.proof(&app, "POST", "/phone/silence");
        let answer = phone.send_with(PATH, &of_another, &wanted).await;
        assert_eq!(code(&answer), error("invalid_proof", 401));
        let once = phone.proof(&app, "POST", PATH);
        assert_eq!(phone.send_with(PATH, &once, &wanted).await.0, 200);
        let again = phone.send_with(PATH, &once, &wanted).await;
        assert_eq!(code(&again), error("invalid_proof", 401));

        for (member, value) in [
            ("/endpoint", json!("http://push.example.com/")),
            ("/endpoint", json!("javascript:alert(1)")),
            ("/keys/p256dh", json!("AAAA")),
            ("/keys/auth", json!("")),
            // It has the form of a point, and is not on the curve.
            ("/keys/p256dh", json!(format!("BA{}", "c".repeat(85)))),
        ] {
            let mut spoilt = wanted.clone();
            *spoilt["subscription"].pointer_mut(member).unwrap() = value;
            let answer = phone.send(&app, PATH, &spoilt).await;
            assert_eq!(code(&answer), error("bad_request", 400), "{member}");
        }
        assert!((400..500).contains(&phone.send(&app, PATH, &json!({})).await.0));
        assert_eq!(kept(&app, &ada).await, 1);

        app.disable("ada").await;
        assert_eq!(code(&phone.send(&app, PATH, &wanted).await), error("disabled", 403));
    }

    async fn a_phone_that_is_removed_is_woken_no_more(app: App) {
        let service = PushService::start().await;
        let (_, ada, phone) = subscribed(&app, &service).await;
        let methods =
            credentials::by_user(&mut app.services.store.reader().await.unwrap(), ada.id).await;
        let method = methods.unwrap()[0].id;
        app.services.remove_method(&Caller::OPERATOR, &ada, method).await.unwrap();
        assert_eq!(kept(&app, &ada).await, 0);
        let wanted = json!({ "subscription": service.subscription });
        assert_eq!(code(&phone.send(&app, PATH, &wanted).await), error("unknown_phone", 410));
    }
}

/// [Attacks] RFC 8030 §8 · a push subscription to an address inside of the operator's network
#[tokio::test]
async fn a_phone_names_no_address_that_is_not_public() {
    let app = App::start_with(|config| config.push_networks.clear()).await;
    let mut service = PushService::start().await;
    let (request, ada, _) = subscribed(&app, &service).await;
    // Applications may be there, by another list.
    let (mut computer, _) = asks(&app, "ada", &request).await;
    goes_on(&mut computer).await;
    assert_eq!(kept(&app, &ada).await, 1);
    assert!(service.is_quiet(), "it was reached");
}
