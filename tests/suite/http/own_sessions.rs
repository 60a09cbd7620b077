//! Sessions and access in one's own hands: ending them, their limits, and who is told.

use std::time::Duration;

use firstkey::domain::audit::Activity;
use firstkey::domain::id::SessionId;
use firstkey::service::caller::Caller;
use serde_json::{Value, json};

use super::security_info::{at_home, back_home};
use crate::support::app::{App, Registered};
use crate::support::database::on_both_engines;
use crate::support::logout_listener::LogoutListener;
use crate::support::visitor::{Request, Visitor, claims};

const MINUTE: Duration = Duration::from_secs(60);

async fn told_at(app: &App, id: &str, listener: &LogoutListener) -> Registered {
    let uri = listener.uri.clone();
    app.client_with(id, false, |settings| settings.backchannel_logout_uri = Some(uri)).await
}

async fn refreshes(visitor: &Visitor, client: &Registered, tokens: &Value) -> bool {
    visitor.refresh(client, tokens["refresh_token"].as_str().unwrap()).await.0 == 200
}

async fn is_home(visitor: &mut Visitor) -> bool {
    visitor.open("/security-info").await.page().heading() == "My Security Info"
}

async fn sessions(app: &App, name: &str) -> Vec<SessionId> {
    let user = app.services.find_user(name).await.unwrap();
    let found = app.services.sessions_of(&user).await.unwrap();
    found.into_iter().map(|seen| seen.session.id).collect()
}

fn sid(token: &Value) -> SessionId {
    claims(token)["sid"].as_str().unwrap().parse().unwrap()
}

on_both_engines! {
    /// [Back-Channel Logout OP] Back-Channel Logout §2.5 · every way in which a person ends a session is told
    async fn whatever_ends_a_session_is_told_to_its_applications(app: App) {
        let mut listener = LogoutListener::start(&[]).await;
        let payroll = told_at(&app, "payroll", &listener).await;
        let (mut here, mut device) = at_home(&app, "ada").await;
        let kept = here.joins(&payroll).await;

        // One, by its place in the list.
        let mut there = back_home(&app, &mut device).await;
        let given = there.joins(&payroll).await;
        here.open("/security-info").await.page();
        let path = format!("/security-info/sessions/{}/end", sid(&given["id_token"]));
        let page = here.submit_to(&path, &[]).await.page();
        assert!(page.body.contains("Signed out there."), "{}", page.body);
        assert_eq!(sid(&json!(listener.next().await)), sid(&given["id_token"]));
        assert!(!is_home(&mut there).await && is_home(&mut here).await);
        assert!(!refreshes(&there, &payroll, &given).await);
        // A second click finds nothing to do, and says the same.
        here.open("/security-info").await.page();
        assert_eq!(here.submit_to(&path, &[]).await.page().path, "/security-info");

        // All others.
        let mut there = back_home(&app, &mut device).await;
        let given = there.joins(&payroll).await;
        here.open("/security-info").await.page();
        here.submit_to("/security-info/sessions/end", &[("which", "others")]).await.page();
        assert_eq!(sid(&json!(listener.next().await)), sid(&given["id_token"]));
        assert!(!is_home(&mut there).await && is_home(&mut here).await);
        assert!(!refreshes(&there, &payroll, &given).await);

        // An application loses its access: it is told, though the session stands.
        let mut there = back_home(&app, &mut device).await;
        let wiki = told_at(&app, "wiki", &listener).await;
        let of_wiki = there.joins(&wiki).await;
        there.open("/security-info").await.page();
        there.submit_to("/security-info/apps/remove", &[("client", "wiki")]).await.page();
        let told = claims(&json!(listener.next().await));
        assert_eq!((&told["aud"], told["sid"].as_str().unwrap().parse().ok()), (&json!("wiki"), Some(sid(&of_wiki["id_token"]))));
        assert!(is_home(&mut there).await && !refreshes(&there, &wiki, &of_wiki).await);

        // An admin, by the same list.
        let user = app.services.find_user("ada").await.unwrap();
        let mut there = back_home(&app, &mut device).await;
        let given = there.joins(&payroll).await;
        let operator = firstkey::service::caller::Caller::OPERATOR;
        app.services.end_session(&operator, &user, sid(&given["id_token"])).await.unwrap();
        assert_eq!(sid(&json!(listener.next().await)), sid(&given["id_token"]));
        assert!(!is_home(&mut there).await);

        // All.
        here.open("/security-info").await.page();
        let page = here.submit_to("/security-info/sessions/end", &[("which", "all")]).await.page();
        assert_eq!(page.heading(), "You are signed out");
        // The one that lost its access hears of that session's end, too.
        let mut told = Vec::new();
        for _ in 0..2 {
            let token = claims(&json!(listener.next().await));
            told.push((token["aud"].clone(), token["sid"].clone()));
        }
        told.sort_by_key(|(client, _)| client.to_string());
        let sids = [&kept, &of_wiki].map(|given| claims(&given["id_token"])["sid"].clone());
        assert_eq!(told, [(json!("payroll"), sids[0].clone()), (json!("wiki"), sids[1].clone())]);
        assert!(!is_home(&mut here).await && !refreshes(&here, &payroll, &kept).await);
        assert!(sessions(&app, "ada").await.is_empty() && listener.is_quiet());
    }

    async fn a_session_ends_where_nothing_is_done_in_it_and_at_its_end_whatever_is_done(app: App) {
        let (mut ada, mut device) = at_home(&app, "ada").await;
        let mut listener = LogoutListener::start(&[]).await;
        let payroll = told_at(&app, "payroll", &listener).await;
        app.policy("Session", json!({ "idleTimeoutInMinutes": 15, "absoluteLifetimeInMinutes": 60 })).await;
        // The one that stands is held to it at once.
        app.wait(16 * MINUTE);
        assert!(!is_home(&mut ada).await);

        let mut ada = back_home(&app, &mut device).await;
        let given = ada.joins(&payroll).await;
        for _ in 0..4 {
            app.wait(14 * MINUTE);
            assert!(is_home(&mut ada).await);
        }
        app.wait(4 * MINUTE);
        assert!(!is_home(&mut ada).await, "an hour is over, whatever was done in it");
        assert!(sessions(&app, "ada").await.is_empty());
        // It ran out, which is no sign-out: nobody is told, and what may go on offline goes on.
        assert!(refreshes(&ada, &payroll, &given).await && listener.is_quiet());
        // Signing out everywhere ends that as well.
        let mut ada = back_home(&app, &mut device).await;
        ada.submit_to("/security-info/sessions/end", &[("which", "others")]).await.page();
        assert_eq!(sid(&json!(listener.next().await)), sid(&given["id_token"]));

        // A silent sign-in of an application is activity, too.
        for _ in 0..3 {
            app.wait(14 * MINUTE);
            ada.joins(&payroll).await;
        }
        app.policy("Session", json!({ "idleTimeoutInMinutes": null, "absoluteLifetimeInMinutes": 720 })).await;
        app.wait(16 * MINUTE);
        assert!(is_home(&mut ada).await, "the limit is gone");
    }

    async fn what_is_done_in_a_session_is_written_down_once_a_minute(app: App) {
        let (mut ada, _) = at_home(&app, "ada").await;
        let user = app.services.find_user("ada").await.unwrap();
        let seen = async || {
            let found = app.services.sessions_of(&user).await.unwrap();
            (found[0].last_active_at, found[0].place.address.clone())
        };
        let first = seen().await;
        assert!(first.1.is_some_and(|address| address.starts_with("10.")));
        app.wait(Duration::from_secs(30));
        ada.open("/security-info").await.page();
        assert_eq!(seen().await.0, first.0);
        app.wait(Duration::from_secs(30));
        ada.moves();
        ada.open("/security-info").await.page();
        let (at, address) = seen().await;
        assert!(at > first.0);
        let page = ada.open("/security-info").await.page();
        assert!(page.body.contains(&address.unwrap()), "{}", page.body);
    }

    /// [Attacks] RFC 7009, OAuth 2.0 BCP · an application that was shut out keeps nothing
    async fn an_application_that_loses_its_access_asks_again(app: App) {
        let (mut ada, _) = at_home(&app, "ada").await;
        let lunch = app.client_with("lunch", false, |settings| {
            settings.client_name = "Lunch Club".into();
            settings.third_party = true;
        }).await;
        let request = Request::of(&lunch);
        let page = ada.authorize(&request).await.page();
        assert_eq!(page.heading(), "Share this with Lunch Club?");
        let code = ada.submit("consent", &[("decision", "allow")]).await.code();
        let given = ada.redeem(&request, &code).await.1;
        // One that was not redeemed yet is worth nothing, either.
        let open = ada.authorize(&request).await.code();
        let page = ada.open("/security-info").await.page();
        assert!(page.body.contains("Lunch Club") && page.body.contains("From elsewhere"), "{}", page.body);
        assert!(page.body.contains("Your e-mail address"));
        ada.submit_to("/security-info/apps/remove", &[("client", "lunch")]).await.page();
        let visitor = app.visitor();
        assert_eq!(visitor.userinfo(given["access_token"].as_str().unwrap()).await.0, 401);
        assert!(!refreshes(&visitor, &lunch, &given).await);
        assert_eq!(visitor.redeem(&request, &open).await.0, 400);
        let page = ada.authorize(&request).await.page();
        assert_eq!(page.heading(), "Share this with Lunch Club?");
        assert_eq!(app.audited(Activity::AccessRemoved).await.len(), 1);
        // Nothing to remove, nothing written down.
        ada.open("/security-info").await.page();
        ada.submit_to("/security-info/apps/remove", &[("client", "lunch")]).await.page();
        assert_eq!(app.audited(Activity::AccessRemoved).await.len(), 1);
    }

    async fn recent_activity_tells_what_is_ones_own_to_know_and_no_more(app: App) {
        at_home(&app, "bob").await;
        let (mut ada, mut device) = at_home(&app, "ada").await;
        app.policy("RecoveryCodes", json!({ "state": "enabled" })).await;
        let path = "/security-info/recovery-codes";
        ada.open(path).await.page();
        let page = ada.submit_to(path, &[]).await.page();
        let code = page.body.split_once("<code>").unwrap().1.split_once("</code>").unwrap().0.to_owned();
        for code in ["ABCD-EFGH-JKMN-PQRS-TUVW-XYZ2", &code] {
            let mut visitor = app.visitor();
            visitor.open("/security-info").await.page();
            visitor.submit("recovery", &[("username", "ada"), ("code", code)]).await.page();
        }
        app.policy("TemporaryAccessPass", json!({ "isUsableOnce": false })).await;
        app.pass("ada").await;
        let mut stranger = app.visitor();
        stranger.open("/security-info").await.page();
        stranger.sign_in("ada", "WRNG-PASS").await.page();
        for _ in 0..25 {
            let [method] = &app.services.show_user("ada").await.unwrap().methods[..] else { panic!() };
            let path = format!("/security-info/methods/{}", method.id);
            let name = format!("Key {}", method.name.len());
            ada.open(&path).await.page();
            let name = if method.name == name { "Other" } else { &name };
            ada.submit_to(&format!("{path}/rename"), &[("name", name)]).await.page();
        }
        let mut pages = Vec::new();
        let mut next = Some("/security-info/activity".to_owned());
        while let Some(path) = next {
            let page = ada.open(&path).await.page();
            let link = page.body.split("/security-info/activity?before=").nth(1);
            next = link.map(|rest| format!("/security-info/activity?before={}", rest.split('"').next().unwrap()));
            pages.push(page.body);
        }
        assert!(pages.len() >= 2, "{}", pages.len());
        let all = pages.concat();
        assert_eq!(all.matches("You renamed a method").count(), 25);
        for said in [
            "A sign-in with a pass was refused",
            "A Temporary Access Pass was issued for you",
            "You signed in with Passkey",
            "Passkey was added",
            "You signed in to Payroll",
            "You made new recovery codes",
            "You signed in with a recovery code",
            "A sign-in with a recovery code was refused",
        ] {
            assert!(all.contains(said), "{said}");
        }
        for kept in ["wrong pass", "bob", "operator", "Bob Example", "wrong or used code", "9 left"] {
            assert!(!all.contains(kept), "{kept}");
        }
        for odd in ["x", "1", "1.2", "99999999999999999999.x", "-5.x"] {
            assert_eq!(ada.open(&format!("/security-info/activity?before={odd}")).await.page().status, 200);
        }
        assert_eq!(app.visitor().open("/security-info/activity").await.page().heading(), "Hello. Who is signing in?");

        // Whoever had to set up anew reads so afterwards.
        let user = app.services.find_user("ada").await.unwrap();
        app.services.require_registration(&Caller::OPERATOR, &user).await.unwrap();
        let pass = app.pass("ada").await;
        let mut visitor = app.visitor();
        visitor.open("/security-info").await.page();
        visitor.sign_in("ada", &pass).await.page();
        visitor.register(&mut device).await.page();
        let mut ada = back_home(&app, &mut device).await;
        let page = ada.open("/security-info/activity").await.page();
        assert!(page.body.contains("You were asked to set up your sign-in anew"), "{}", page.body);
        assert!(!page.body.contains("open nothing any more"), "{}", page.body);
    }
}
