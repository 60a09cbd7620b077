//! Signing in a device, in German.

use super::super::languages::german;
use super::*;

#[tokio::test]
async fn a_device_is_allowed_and_another_denied_in_german() {
    let app = App::start().await;
    let (mut ada, _) = signed_in(&app, "ada").await;
    ada.speaks("de");
    let client = tv(&app, |_| ()).await;
    let (device, other) = (Device::asks(&app, &client).await, Device::asks(&app, &client).await);

    let page = ada.open("/device").await.page();
    assert_eq!(german(&page), "Gerät anmelden");
    let page = types(&mut ada, "BBBB-BBBB").await;
    german(&page);
    assert!(page.alert().unwrap().starts_with("Dieser Code funktioniert nicht."));
    assert_eq!(german(&ada.open(&device.link).await.page()), "Gerät anmelden");
    let page = types(&mut ada, &device.shows).await;
    assert_eq!(german(&page), "Ist das Ihr Gerät?");
    assert!(page.body.contains("Angefragt: gerade eben"));
    assert!(page.body.contains("in einem anderen Netzwerk als Sie"));
    let page = ada.submit("device", &[("decision", "continue")]).await.page();
    assert_eq!(german(&page), "Big Screen auf Ihrem Gerät zulassen?");
    let page = decides(&mut ada, "allow").await;
    assert_eq!(german(&page), "Sie können zu Ihrem Gerät zurückkehren");
    device.tokens(&app).await;

    ada.open(&other.link).await.page();
    types(&mut ada, &other.shows).await;
    let mut late = ada.clone();
    let page = ada.submit("device", &[("decision", "deny")]).await.page();
    assert_eq!(german(&page), "Das Gerät wurde abgelehnt");
    let page = late.submit("device", &[("decision", "deny")]).await.page();
    assert_eq!((page.status, german(&page).as_str()), (410, "Diese Anmeldung ist vorbei"));

    // Whoever guesses waits, and is told so.
    let mut eve = app.visitor();
    eve.speaks("de");
    let waits = loop {
        let page = types(&mut eve, "BBBB-BBBB").await;
        if page.status == 429 {
            break page;
        }
    };
    german(&waits);
    assert!(waits.body.contains("Sie können es in <span data-wait-left>"));
}
