//! Basic OP and Form Post OP: how a request shapes the sign-in.

use std::time::Duration;

use super::{Plan, in_both_modes, verified};

const HOUR: Duration = Duration::from_secs(60 * 60);

in_both_modes! {
    /// [Basic OP, Form Post OP] OIDC Core §3.1.2.1 · oidcc-display-page, oidcc-display-popup
    async fn each_display_shows_the_page(mode) {
        for display in ["page", "popup", "touch", "wap"] {
            let mut plan = Plan::start(mode).await;
            let request = plan.request().with("display", display);
            plan.tokens(&request).await;
        }
    }

    /// [Basic OP, Form Post OP] OIDC Core §3.1.2.1 · oidcc-prompt-login
    async fn prompt_login_asks_again_and_says_when(mode) {
        let mut plan = Plan::start(mode).await;
        let request = plan.request();
        let tokens = plan.tokens(&request).await;
        let (_, before) = verified(&plan.app, "payroll", &tokens).await;
        plan.app.wait(Duration::from_secs(5));
        let again = plan.request().with("prompt", "login");
        let tokens = plan.tokens(&again).await;
        let (_, after) = verified(&plan.app, "payroll", &tokens).await;
        assert_eq!(before["sub"], after["sub"]);
        assert!(after["auth_time"].as_i64() > before["auth_time"].as_i64());
    }

    /// [Basic OP, Form Post OP] OIDC Core §3.1.2.1, §3.1.2.6 · oidcc-prompt-none-not-logged-in
    async fn prompt_none_tells_that_nobody_is_signed_in(mode) {
        let mut plan = Plan::start(mode).await;
        let request = plan.request().with("prompt", "none");
        assert_eq!(plan.ask(&request).await.error(), "login_required");
    }

    /// [Basic OP, Form Post OP] OIDC Core §3.1.2.1 · oidcc-prompt-none-logged-in
    async fn prompt_none_answers_for_whoever_is_signed_in(mode) {
        let mut plan = Plan::start(mode).await;
        let request = plan.request();
        let tokens = plan.tokens(&request).await;
        let (_, before) = verified(&plan.app, "payroll", &tokens).await;
        plan.app.wait(Duration::from_secs(5));
        let silent = plan.request().with("prompt", "none");
        let answer = plan.ask(&silent).await;
        let tokens = plan.redeem(&silent, &answer).await;
        let (_, after) = verified(&plan.app, "payroll", &tokens).await;
        assert_eq!((&before["sub"], &before["auth_time"]), (&after["sub"], &after["auth_time"]));
    }

    /// [Basic OP, Form Post OP] OIDC Core §3.1.2.1 · oidcc-max-age-1
    async fn a_sign_in_older_than_max_age_is_asked_for_again(mode) {
        let mut plan = Plan::start(mode).await;
        let request = plan.request();
        let tokens = plan.tokens(&request).await;
        let (_, before) = verified(&plan.app, "payroll", &tokens).await;
        plan.app.wait(Duration::from_secs(3));
        let impatient = plan.request().with("max_age", "1");
        let tokens = plan.tokens(&impatient).await;
        let (_, after) = verified(&plan.app, "payroll", &tokens).await;
        assert!(after["auth_time"].as_i64() > before["auth_time"].as_i64());
        assert!(plan.app.now() - after["auth_time"].as_i64().unwrap() <= 2);
    }

    /// [Basic OP, Form Post OP] OIDC Core §3.1.2.1 · oidcc-max-age-10000
    async fn a_sign_in_younger_than_max_age_is_enough(mode) {
        let mut plan = Plan::start(mode).await;
        let request = plan.request();
        plan.tokens(&request).await;
        plan.app.wait(HOUR);
        let patient = plan.request().with("max_age", "10000");
        let answer = plan.ask(&patient).await;
        let tokens = plan.redeem(&patient, &answer).await;
        let (_, claims) = verified(&plan.app, "payroll", &tokens).await;
        assert!(plan.app.now() - claims["auth_time"].as_i64().unwrap() >= 3600);
    }

    /// [Basic OP, Form Post OP] OIDC Core §3.1.2.1 · oidcc-ensure-request-with-unknown-parameter-succeeds
    async fn unknown_parameters_are_ignored(mode) {
        let mut plan = Plan::start(mode).await;
        let request = plan.request().with("extra", "foobar");
        plan.tokens(&request).await;
    }

    /// [Basic OP, Form Post OP] OIDC Core §3.1.2.1 · oidcc-id-token-hint
    async fn an_id_token_hint_names_whoever_is_signed_in(mode) {
        let mut plan = Plan::start(mode).await;
        let request = plan.request();
        let tokens = plan.tokens(&request).await;
        let hint = tokens["id_token"].as_str().unwrap();
        let silent = plan.request().with("prompt", "none").with("id_token_hint", hint);
        let answer = plan.ask(&silent).await;
        let again = plan.redeem(&silent, &answer).await;
        let (_, claims) = verified(&plan.app, "payroll", &again).await;
        assert_eq!(claims["sub"], verified(&plan.app, "payroll", &tokens).await.1["sub"]);
    }

    /// [Basic OP, Form Post OP] OIDC Core §3.1.2.1 · oidcc-login-hint
    async fn a_login_hint_is_taken(mode) {
        let mut plan = Plan::start(mode).await;
        let request = plan.request().with("login_hint", "ada");
        plan.tokens(&request).await;
    }

    /// [Basic OP, Form Post OP] OIDC Core §3.1.2.1 · oidcc-ui-locales
    async fn any_ui_locales_are_taken(mode) {
        for locales in ["se", "de en", "fr-CA fr en", "-"] {
            let mut plan = Plan::start(mode).await;
            let request = plan.request().with("ui_locales", locales);
            plan.tokens(&request).await;
        }
    }

    /// [Basic OP, Form Post OP] OIDC Core §5.2 · oidcc-claims-locales
    async fn any_claims_locales_are_taken(mode) {
        let mut plan = Plan::start(mode).await;
        let request = plan.request().with("claims_locales", "se");
        plan.tokens(&request).await;
    }

    /// [Basic OP, Form Post OP] OIDC Core §3.1.2.1, §2 · oidcc-ensure-request-with-acr-values-succeeds
    async fn acr_values_are_answered_with_the_class_that_was_reached(mode) {
        let mut plan = Plan::start(mode).await;
        for (asked, told) in [("phr", "phr"), ("1 2", "phr")] {
            let request = plan.request().with("acr_values", asked).with("prompt", "login");
            let tokens = plan.tokens(&request).await;
            assert_eq!(verified(&plan.app, "payroll", &tokens).await.1["acr"], told);
        }
    }
}
