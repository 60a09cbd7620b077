//! The key of a device: nothing that it was given is worth anything without.

use futures::future::join_all;
use serde_json::{Value, json};

use super::*;

/// Posts a form without a proof.
async fn bare(app: &App, path: &str, form: &[(&str, &str)]) -> (u16, Value) {
    let answer = reqwest::Client::new().post(app.url(path)).form(form).send().await.unwrap();
    (answer.status().as_u16(), answer.json().await.unwrap())
}

fn asking<'a>(client: &'a Registered, more: &[(&'a str, &'a str)]) -> Vec<(&'a str, &'a str)> {
    let scope = ("scope", "openid offline_access");
    [&[("client_id", client.id.as_str()), scope], more].concat()
}

on_both_engines! {
    /// [Attacks] RFC 9449 §5, RFC 8628 §5.2 · a device code and a refresh token without the key
    async fn what_a_device_was_given_is_worth_nothing_with_another_key(app: App) {
        let (mut ada, _) = signed_in(&app, "ada").await;
        let client = device_client(&app).await;
        let (laptop, thief) = (Laptop::new("X"), Laptop::new("THIEF"));
        let asked = laptop.asks(&app, &client).await;
        allows(&mut ada, &asked).await;
        refused(thief.polls(&app, &client, &asked).await, "invalid_dpop_proof");
        let form = [
            ("grant_type", crate::support::laptop::GRANT),
            ("client_id", client.id.as_str()),
            ("device_code", asked.code.as_str()),
        ];
        refused(bare(&app, "/token", &form).await, "invalid_dpop_proof");
        // And it is not lost by that.
        let (status, tokens) = laptop.polls(&app, &client, &asked).await;
        assert_eq!(status, 200, "{tokens}");
        let (access, refresh) = (text(&tokens, "access_token"), text(&tokens, "refresh_token"));
        refused(thief.refreshes(&app, &client, refresh).await, "invalid_dpop_proof");
        let form = [
            ("grant_type", "refresh_token"),
            ("client_id", client.id.as_str()),
            ("refresh_token", refresh),
        ];
        refused(bare(&app, "/token", &form).await, "invalid_dpop_proof");
        assert_eq!(laptop.refreshes(&app, &client, refresh).await.0, 200);
        // It is for an API alone, and so for nothing here.
        assert_ne!(laptop.calls(&app, "/userinfo", access).await, 200);
        assert_ne!(thief.calls(&app, "/userinfo", access).await, 200);
        // A code that was used is a replay, even by the device itself.
        refused(laptop.polls(&app, &client, &asked).await, "invalid_grant");
        refused(laptop.refreshes(&app, &client, refresh).await, "invalid_grant");
        assert_eq!(app.audited(Activity::ReplayDetected).await.len(), 1);
        assert!(devices(&app, "ada").await.is_empty());
    }

    async fn a_device_names_its_key_from_the_start(app: App) {
        let client = device_client(&app).await;
        let (laptop, other) = (Laptop::new("X"), Laptop::new("Y"));
        let at = "/device_authorization";
        refused(bare(&app, at, &asking(&client, &[])).await, "invalid_dpop_proof");
        let short = asking(&client, &[("dpop_jkt", "short")]);
        refused(bare(&app, at, &short).await, "invalid_request");
        let (mine, theirs) = (laptop.key.thumbprint(), other.key.thumbprint());
        let fields = [("dpop_jkt", theirs.as_str())];
        refused(laptop.post(&app, at, &asking(&client, &fields)).await, "invalid_dpop_proof");
        let online = [("client_id", client.id.as_str()), ("scope", "openid profile")];
        refused(laptop.post(&app, at, &online).await, "invalid_scope");
        // Named without a proof is enough: the proof comes with the token request.
        let (mut ada, _) = signed_in(&app, "ada").await;
        let fields = [("dpop_jkt", mine.as_str())];
        let (status, answer) = bare(&app, at, &asking(&client, &fields)).await;
        assert_eq!(status, 200, "{answer}");
        let text = |name: &str| answer[name].as_str().unwrap().to_owned();
        let asked = crate::support::laptop::Asked {
            code: text("device_code"),
            shows: text("user_code"),
        };
        allows(&mut ada, &asked).await;
        refused(other.polls(&app, &client, &asked).await, "invalid_dpop_proof");
        let (status, tokens) = laptop.polls(&app, &client, &asked).await;
        assert_eq!(status, 200, "{tokens}");
        assert_eq!(devices(&app, "ada").await[0].name, "Device", "it said no name");
        let access = tokens["access_token"].as_str().unwrap();
        assert_eq!(laptop.calls(&app, "/userinfo", access).await, 200);
        assert_ne!(other.calls(&app, "/userinfo", access).await, 200);
        assert_eq!(ada.userinfo(access).await.0, 401, "as a bearer token");
    }

    async fn whoever_joins_with_a_key_takes_the_place_of_whoever_had_it(app: App) {
        let (mut ada, _) = signed_in(&app, "ada").await;
        let (mut bob, _) = signed_in(&app, "bob").await;
        let (client, laptop) = (device_client(&app).await, Laptop::new("X"));
        let refresh = async |token: &Value| {
            let token = token["refresh_token"].as_str().unwrap();
            laptop.refreshes(&app, &client, token).await.0
        };
        let first = laptop.joins(&app, &client, &mut ada).await;
        let second = laptop.joins(&app, &client, &mut ada).await;
        assert_eq!((refresh(&first).await, refresh(&second).await), (400, 200));
        assert_eq!(devices(&app, "ada").await.len(), 1);
        // A computer that is given on to somebody else.
        let third = laptop.joins(&app, &client, &mut bob).await;
        assert_eq!((refresh(&second).await, refresh(&third).await), (400, 200));
        assert_eq!((devices(&app, "ada").await.len(), devices(&app, "bob").await.len()), (0, 1));
        let moved = (true, "X, Windows: its key joined for somebody else".to_owned());
        assert_eq!(app.audited(Activity::DeviceRemoved).await, [moved]);
    }

    /// [Attacks] RFC 9449 §5 · one key set up many times at once
    async fn of_many_who_join_with_one_key_at_once_one_device_is_left(app: App) {
        let (mut ada, _) = signed_in(&app, "ada").await;
        let (client, laptop) = (device_client(&app).await, Laptop::new("X"));
        let second = app.another().await;
        let mut codes = Vec::new();
        for _ in 0..6 {
            let asked = laptop.asks(&app, &client).await;
            allows(&mut ada, &asked).await;
            codes.push(asked);
        }
        let polls = codes.iter().enumerate().map(|(number, asked)| {
            laptop.polls(if number % 2 == 0 { &app } else { &second }, &client, asked)
        });
        let answers = join_all(polls).await;
        let mut good = 0;
        for (status, tokens) in &answers {
            assert_eq!(*status, 200, "{tokens}");
            let token = tokens["refresh_token"].as_str().unwrap();
            good += usize::from(laptop.refreshes(&app, &client, token).await.0 == 200);
        }
        assert_eq!((good, devices(&app, "ada").await.len()), (1, 1));
    }

    async fn of_many_parallel_polls_of_a_device_one_gets_tokens_at_most(app: App) {
        let (mut ada, _) = signed_in(&app, "ada").await;
        let (client, laptop) = (device_client(&app).await, Laptop::new("X"));
        let asked = laptop.asks(&app, &client).await;
        allows(&mut ada, &asked).await;
        let answers = join_all((0..10).map(|_| laptop.polls(&app, &client, &asked))).await;
        let won = answers.iter().filter(|(status, _)| *status == 200).count();
        assert_eq!(won, 1);
        for (_, answer) in answers.iter().filter(|(status, _)| *status != 200) {
            assert_eq!(answer["error"], json!("invalid_grant"));
        }
    }
}
