//! Recovery codes that open nothing: used, guessed, of nobody, of somebody who may not.

use firstkey::domain::audit::Activity;
use firstkey::service::caller::Caller;
use futures::future::join_all;
use serde_json::json;

use super::{ada_with_codes, at_home, make, recover};
use crate::support::app::App;
use crate::support::database::on_both_engines;
use crate::support::visitor::{Page, Request, Visitor};

fn anonymous(page: &Page, username: &str) -> String {
    let journey = page.path.split('/').nth(2).unwrap();
    let body = page.body.replace(page.csrf().unwrap(), "CSRF").replace(journey, "JOURNEY");
    body.replace(&format!("\"{username}\""), "\"NAME\"").replace(&format!(">{username}<"), ">NAME<")
}

on_both_engines! {
    /// [Attacks] NIST SP 800-63B-4 §4.2.1.1 · a recovery code that was used is used again
    async fn a_code_works_once_and_50_at_once_open_one_session(app: App) {
        let request = Request::of(&app.client("payroll").await);
        let (codes, _) = ada_with_codes(&app, &request).await;
        let mut visitors: Vec<Visitor> = (0..50).map(|_| app.visitor()).collect();
        for visitor in &mut visitors {
            visitor.authorize(&request).await.page();
        }
        let tries = visitors.iter_mut().map(|visitor| {
            let fields = [("username", "ada"), ("code", codes[0].as_str())];
            async move { visitor.submit("recovery", &fields).await.page() }
        });
        let pages = join_all(tries).await;
        let won = pages.iter().filter(|page| page.heading().starts_with("Welcome back")).count();
        let lost = pages.iter().filter(|page| page.alert().is_some()).count();
        assert_eq!((won, lost), (1, 49));
        let audited = app.audited(Activity::RecoveryCodeSignIn).await;
        assert_eq!(audited.iter().filter(|(success, _)| *success).count(), 1);
        let page = recover(&mut app.visitor(), &request, "ada", &codes[0]).await;
        assert!(page.alert().is_some());
        let page = recover(&mut app.visitor(), &request, "ada", &codes[1]).await;
        assert!(page.heading().starts_with("Welcome back"), "the others work");
    }

    /// [Attacks] NIST SP 800-63B-4 · account enumeration by recovery codes
    async fn every_refused_code_looks_the_same(app: App) {
        let request = Request::of(&app.client("payroll").await);
        let (ada, _) = ada_with_codes(&app, &request).await;
        recover(&mut app.visitor(), &request, "ada", &ada[9]).await;
        let mut sets = Vec::new();
        for name in ["bob", "cleo", "dan", "eve"] {
            let (mut visitor, _) = at_home(&app, name, &request).await;
            sets.push(make(&mut visitor).await);
        }
        app.person("fay").await;
        app.disable("bob").await;
        app.services.add_group(&Caller::OPERATOR, "contractors").await.unwrap();
        app.services.set_membership(&Caller::OPERATOR, "contractors", "cleo", true).await.unwrap();
        let group = app.services.find_group("contractors").await.unwrap().id;
        let target = json!([{ "targetType": "group", "id": group }]);
        app.policy("RecoveryCodes", json!({ "excludeTargets": target })).await;
        let dan = app.services.find_user("dan").await.unwrap();
        app.services.require_registration(&Caller::OPERATOR, &dan).await.unwrap();
        app.services.add_group(&Caller::OPERATOR, "keyless").await.unwrap();
        app.services.set_membership(&Caller::OPERATOR, "keyless", "eve", true).await.unwrap();
        let group = app.services.find_group("keyless").await.unwrap().id;
        let target = json!([{ "targetType": "group", "id": group }]);
        app.policy("Fido2", json!({ "excludeTargets": target })).await;
        // Nor a phone.
        app.policy("Registration", json!({ "allowedKinds": ["passkey", "securityKey"] })).await;

        let told = recover(&mut app.visitor(), &request, "nobody", &ada[0]).await;
        assert_eq!(told.status, 200);
        assert!(told.alert().is_some_and(|alert| alert.starts_with("That did not work.")));
        let asked = {
            let mut visitor = app.visitor();
            visitor.authorize(&request).await.page();
            let page = visitor.identify("nobody").await.page();
            anonymous(&page, "nobody")
        };
        let cases = [
            ("ada", &sets[0][0], "wrong or used code"),
            ("ada", &ada[9], "wrong or used code"),
            ("ada", &"what is this?".to_owned(), "wrong or used code"),
            ("bob", &sets[0][0], "the account is disabled"),
            ("cleo", &sets[1][0], "DisabledByPolicy"),
            ("dan", &sets[2][0], "no recovery codes"),
            ("eve", &sets[3][0], "they may register nothing"),
            ("fay", &ada[0], "no recovery codes"),
        ];
        for (username, code, reason) in cases {
            let page = recover(&mut app.visitor(), &request, username, code).await;
            assert_eq!(anonymous(&page, username), anonymous(&told, "nobody"), "{username}");
            let audited = app.audited(Activity::RecoveryCodeSignIn).await;
            assert_eq!(audited[0], (false, reason.to_owned()), "the admin sees why");
            let mut visitor = app.visitor();
            visitor.authorize(&request).await.page();
            let page = visitor.identify(username).await.page();
            assert_eq!(anonymous(&page, username), asked, "{username} is asked differently");
        }
        // What was refused for another reason is not used up.
        app.policy("RecoveryCodes", json!({ "excludeTargets": [] })).await;
        let page = recover(&mut app.visitor(), &request, "cleo", &sets[1][0]).await;
        assert!(page.heading().starts_with("Welcome back"));
    }

    /// [Attacks] NIST SP 800-63B-4 §3.1.2.2 · guessing recovery codes, and voiding those of others
    async fn guessing_codes_is_slowed_down_and_takes_them_from_nobody(app: App) {
        let request = Request::of(&app.client("payroll").await);
        let (codes, _) = ada_with_codes(&app, &request).await;
        let wrong = "ABCD-EFGH-JKMN-PQRS-TUVW-XYZ2";
        let mut guesser = app.visitor();
        for _ in 0..5 {
            assert_eq!(recover(&mut guesser, &request, "ada", wrong).await.status, 200);
        }
        let mut again = guesser.neighbour();
        for visitor in [&mut guesser, &mut again] {
            let page = recover(visitor, &request, "ADA", &codes[0]).await;
            assert_eq!(page.status, 429);
            assert!(page.headers.contains_key("retry-after") && page.body.contains("data-wait"));
        }
        // From ever new addresses, which makes no code any likelier to be guessed.
        for _ in 0..120 {
            guesser.moves();
            recover(&mut guesser, &request, "ada", wrong).await;
        }
        let page = recover(&mut app.visitor(), &request, "ada", &codes[0]).await;
        assert!(page.heading().starts_with("Welcome back"), "{:?}", page.alert());
    }
}
