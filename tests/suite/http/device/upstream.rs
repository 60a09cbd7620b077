//! Whoever allows a device may come by an upstream: as recently as its application wants.

use super::*;
use crate::support::upstream::{ADA, Stage, back_from, go, person};
use crate::support::visitor::param;

/// [Attacks] OIDC Core §3.1.2.1 · a device allowed by an old sign-in at an upstream
#[tokio::test]
async fn how_recent_a_devices_application_wants_it_is_asked_of_the_upstream() {
    let stage = Stage::on(App::start().await).await;
    person(&stage.app, ADA).await;
    let client = tv(&stage.app, |it| it.default_max_age = Some(300)).await;
    for (age, why) in [
        (None, Some("it does not say when the person signed in there")),
        (Some(3600), Some("the sign-in there is older than the application allows")),
        (Some(200), None),
    ] {
        let device = Device::asks(&stage.app, &client).await;
        let mut visitor = stage.app.visitor();
        recognises(&mut visitor, &device).await;
        visitor.identify(ADA).await.page();
        let away = go(&mut visitor).await.away();
        assert_eq!(param(&away, "max_age").as_deref(), Some("300"));
        let mut said = stage.contoso.claims(&stage.app, &away);
        if let Some(age) = age {
            said["auth_time"] = json!(stage.app.now() - age);
        }
        stage.contoso.gives(&stage.key.sign(&said));
        let page = visitor.open(&back_from(&away)).await.page();
        let Some(why) = why else {
            assert!(page.heading().starts_with("Welcome, "), "{:?}", page.alert());
            continue;
        };
        let told = page.alert().unwrap_or_else(|| panic!("{age:?}: {}", page.heading()));
        let expected = "The app asks for a recent sign-in, and Contoso did not confirm one.";
        assert!(told.starts_with(expected), "{told}");
        let audited = stage.app.audited(Activity::UpstreamSignIn).await[0].clone();
        assert_eq!(audited, (false, format!("contoso: {why}")));
        refused(device.polls(&stage.app).await, "authorization_pending");
    }
}
