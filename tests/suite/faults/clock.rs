//! The clock steps five minutes forth and back, as a machine's does that was wrong.

use std::time::Duration;

use crate::support::app::App;
use crate::support::authenticator::SoftAuthenticator;
use crate::support::database::on_both_engines;
use crate::support::visitor::{Landing, Request, claims};

const STEP: i64 = 5 * 60;

on_both_engines! {
    async fn a_clock_that_steps_five_minutes_brings_nothing_back_and_stops_nobody(app: App) {
        let client = app.client("payroll").await;
        app.one_method_is_enough().await;
        for (number, steps) in [[STEP, -STEP], [-STEP, STEP]].into_iter().enumerate() {
            let username = format!("ada{number}");
            app.person(&username).await;
            let pass = app.one_time_pass(&username).await;
            let (mut ada, mut key) = (app.visitor(), SoftAuthenticator::new());
            let request = Request::of(&client);
            let code = ada.day_one(&request, &username, &pass, &mut key).await.code();
            let (status, tokens) = ada.redeem(&request, &code).await;
            assert_eq!(status, 200, "{tokens}");
            let mut token = tokens["refresh_token"].as_str().unwrap().to_owned();
            let mut used = Vec::new();
            for step in steps {
                app.clock.step(step);
                // What is used up stays so, whichever way the clock went.
                let mut thief = app.visitor();
                thief.open("/").await.page();
                let page = thief.sign_in(&username, &pass).await.page();
                assert!(page.alert().is_some(), "{step}: the pass came back");
                // Who is at work goes on.
                let (status, fresh) = ada.refresh(&client, &token).await;
                assert_eq!(status, 200, "{step}: {fresh}");
                let identity = claims(&fresh["id_token"]);
                assert!(identity["exp"].as_i64().unwrap() > app.now(), "{step}: {identity}");
                used.push(std::mem::replace(
                    &mut token,
                    fresh["refresh_token"].as_str().unwrap().to_owned(),
                ));
                let again = Request::of(&client);
                let code = match ada.authorize(&again).await {
                    Landing::Page(_) => ada.use_passkey(&mut key).await.code(),
                    away @ Landing::Away(_) => away.code(),
                };
                let (status, tokens) = ada.redeem(&again, &code).await;
                assert_eq!(status, 200, "{step}: {tokens}");
                assert_eq!(ada.redeem(&again, &code).await.0, 400, "{step}: the code came back");
                let mut elsewhere = app.visitor();
                elsewhere.authorize(&Request::of(&client)).await.page();
                elsewhere.identify(&username).await.page();
                elsewhere.use_passkey(&mut key).await.code();
            }
        }
        app.services.verify_audit().await.expect("the chain holds, whatever the time on its lines");
    }

    async fn what_expires_does_so_by_the_time_that_was_stored(app: App) {
        let request = Request::of(&app.client("payroll").await);
        app.person("ada").await;
        let pass = app.pass("ada").await;
        let (mut ada, mut key) = (app.visitor(), SoftAuthenticator::new());
        ada.day_one(&request, "ada", &pass, &mut key).await.code();
        let request = Request::of(&request.client);
        ada.authorize(&request).await.page();
        let code = ada.use_passkey(&mut key).await.code();
        // A code is good for a minute. Forth, and it is over; the row says when, not a timer.
        app.clock.step(STEP);
        assert_eq!(ada.redeem(&request, &code).await.0, 400);
        app.clock.step(-STEP);
        assert_eq!(ada.redeem(&request, &code).await.0, 200, "five minutes ago it was good");
        app.wait(Duration::from_secs(61));
        assert_eq!(ada.redeem(&request, &code).await.0, 400);
    }
}
