//! Mail, at a real mail server: who is told what, and what stays behind.

use std::time::Duration;

use firstkey::domain::audit::Activity;
use firstkey::domain::user::User;
use firstkey::service::caller::Caller;
use serde_json::{Value, json};

use crate::support::app::App;
use crate::support::authenticator::SoftAuthenticator;
use crate::support::database::{Engine, dump, fresh};
use crate::support::mail_server::MailServer;
use crate::support::visitor::Request;

async fn app_with(mail: &MailServer) -> App {
    App::start_with(|config| mail.configure(config)).await
}

/// Ada, whom mail reaches at home, and whose manager is Grace.
async fn ada(app: &App) {
    app.person("ada").await;
    let grace = app.person("grace").await.id;
    let edit = move |user: &mut User| {
        user.profile.alternate_email = Some("ada@home.example".into());
        user.manager = Some(grace);
        Ok(())
    };
    app.services.edit_user(&Caller::OPERATOR, "ada", None, edit).await.unwrap();
}

async fn deliver(app: &App, target: &str, with_value: bool) {
    let changes = json!({ "deliveryTarget": target, "isValueMailed": with_value });
    app.policy("TemporaryAccessPass", changes).await;
}

fn text(mail: &Value) -> &str {
    mail["text"].as_str().unwrap_or_else(|| panic!("no text: {mail}"))
}

/// What waits to be sent.
async fn queue(app: &App) -> String {
    let tables = dump(&app.services.store).await;
    tables.into_iter().find(|(name, _)| name == "outbox").expect("a queue").1
}

async fn sent(app: &App) {
    let all = async {
        while !queue(app).await.is_empty() {
            tokio::time::sleep(Duration::from_millis(50)).await;
        }
    };
    tokio::time::timeout(Duration::from_secs(10), all).await.expect("the queue is not empty");
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_new_pass_is_told_to_whom_the_policy_names() {
    let mut mail = MailServer::start(0).await;
    let app = app_with(&mail).await;
    ada(&app).await;

    let pass = app.pass("ada").await;
    assert!(queue(&app).await.is_empty(), "nobody is told unless the policy says so");

    deliver(&app, "alternateEmail", false).await;
    let quiet = app.one_time_pass("ada").await;
    let told = mail.next().await;
    assert_eq!(told["to"], json!(["ada@home.example"]));
    assert_eq!(told["from"], "\"Firstkey\" <no-reply@login.example>");
    assert_eq!(told["subject"], "Your Temporary Access Pass for Firstkey");
    assert!(text(&told).contains("Username:    ada") && text(&told).contains(&app.issuer));
    assert!(text(&told).contains("It works once"), "{told}");
    assert!(!told.to_string().contains(&quiet) && !told.to_string().contains(&pass));

    deliver(&app, "manager", true).await;
    let pass = app.pass("ada").await;
    let told = mail.next().await;
    assert_eq!(told["to"], json!(["grace@example.com"]));
    assert_eq!(told["subject"], "Ada Example's Temporary Access Pass for Firstkey");
    assert!(text(&told).contains(&pass), "the policy lets the value be mailed");
    assert!(told["messageId"].as_str().is_some_and(|id| !id.is_empty()));

    // Nobody to tell is no reason not to issue a pass.
    app.pass("grace").await;
    sent(&app).await;
    assert!(mail.is_quiet());
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_value_waits_sealed_and_is_gone_once_it_is_sent() {
    let mut mail = MailServer::start(1).await;
    let app = app_with(&mail).await;
    ada(&app).await;
    deliver(&app, "alternateEmail", true).await;
    let pass = app.pass("ada").await;
    let plain = pass.replace('-', "");

    assert_eq!(mail.next().await["turnedAway"], "ada@home.example");
    assert!(!queue(&app).await.is_empty(), "it waits for another try");
    for (table, rows) in dump(&app.services.store).await {
        assert!(!rows.contains(&pass) && !rows.contains(&plain), "the value is in {table}");
        assert!(table != "outbox" || !rows.contains("ada"), "what waits is not sealed");
    }
    assert!(app.audited(Activity::MailFailed).await.is_empty(), "it is not given up");

    let told = loop {
        app.wait(Duration::from_secs(61));
        if let Some(told) = mail.next_within(Duration::from_secs(3)).await {
            break told;
        }
    };
    assert!(text(&told).contains(&pass));
    sent(&app).await;
    assert!(mail.is_quiet(), "it is sent once");
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn mail_that_nobody_takes_is_given_up_and_written_down() {
    let mail = MailServer::start(0).await;
    let app = app_with(&mail).await;
    ada(&app).await;
    let nobody = |user: &mut User| {
        user.profile.alternate_email = Some("nobody@home.example".into());
        Ok(())
    };
    app.services.edit_user(&Caller::OPERATOR, "ada", None, nobody).await.unwrap();
    deliver(&app, "alternateEmail", true).await;
    let pass = app.pass("ada").await;
    sent(&app).await;
    let [(false, reason)] = &app.audited(Activity::MailFailed).await[..] else {
        panic!("a line about it is missing");
    };
    assert!(reason.contains("Your Temporary Access Pass") && reason.contains("550"), "{reason}");
    assert!(!reason.contains(&pass));
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn mail_is_given_up_after_a_day_of_tries() {
    let mut mail = MailServer::start(1000).await;
    let app = app_with(&mail).await;
    ada(&app).await;
    deliver(&app, "manager", false).await;
    let written = app.now();
    app.pass("ada").await;
    let mut tries = 0;
    while app.audited(Activity::MailFailed).await.is_empty() {
        if mail.next_within(Duration::from_secs(4)).await.is_some() {
            tries += 1;
            // Whether it is given up is decided by the time at which the try has failed.
            tokio::time::sleep(Duration::from_millis(300)).await;
        }
        app.wait(Duration::from_secs(4 * 60 * 60));
    }
    assert!(queue(&app).await.is_empty());
    assert!(tries > 4, "only {tries} tries");
    let hours = (app.now() - written) / 3600;
    assert!((24..=32).contains(&hours), "given up after {hours} hours");
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn people_are_told_when_their_methods_change() {
    let mut mail = MailServer::start(0).await;
    let app = app_with(&mail).await;
    ada(&app).await;
    app.one_method_is_enough().await;
    let client = app.client("payroll").await;
    let pass = app.pass("ada").await;
    let (request, mut phone) = (Request::of(&client), SoftAuthenticator::new());
    app.visitor().day_one(&request, "ada", &pass, &mut phone).await.code();
    let told = mail.next().await;
    assert_eq!(told["to"], json!(["ada@example.com"]));
    assert_eq!(told["subject"], "A sign-in method was added to your account");
    assert!(text(&told).contains("If it was not, tell your help desk at once"), "{told}");

    let person = app.services.show_user("ada").await.unwrap();
    let method = &person.methods[0];
    app.services.remove_method(&Caller::OPERATOR, &person.user, method.id).await.unwrap();
    let told = mail.next().await;
    assert_eq!(told["subject"], "A sign-in method was removed from your account");
    assert!(text(&told).contains(&method.name), "{told}");
    sent(&app).await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn people_are_told_of_what_is_changed_in_their_name() {
    let mut mail = MailServer::start(0).await;
    let app = app_with(&mail).await;
    let (mut ada, _) = super::security_info::at_home(&app, "ada").await;
    assert_eq!(mail.next().await["subject"], "A sign-in method was added to your account");
    let person = app.services.show_user("ada").await.unwrap();
    let path = format!("/security-info/methods/{}", person.methods[0].id);
    ada.submit_to(&format!("{path}/rename"), &[("name", "Blue")]).await.page();
    let told = mail.next().await;
    assert_eq!(told["subject"], "A sign-in method of your account was renamed");
    assert!(text(&told).contains("“Passkey”") && text(&told).contains("“Blue”"), "{told}");
    ada.submit_to("/security-info/sessions/end", &[("which", "others")]).await.page();
    assert_eq!(mail.next().await["subject"], "Your account was signed out everywhere");
    ada.open(&path).await.page();
    let fields = [("lost", "yes"), ("last", "yes")];
    ada.submit_to(&format!("{path}/remove"), &fields).await.page();
    let told = mail.next().await;
    assert_eq!(told["subject"], "A sign-in method was removed from your account");
    assert!(text(&told).contains("“Blue”"), "{told}");
    sent(&app).await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn two_instances_send_a_mail_once() {
    let mut mail = MailServer::start(0).await;
    let database = fresh(Engine::Postgres).await;
    let one = App::on_with(database, |config| mail.configure(config)).await;
    let two = one.another_with(|config| mail.configure(config)).await;
    ada(&one).await;
    deliver(&one, "alternateEmail", true).await;
    let mut passes = Vec::new();
    for _ in 0..5 {
        passes.push(one.pass("ada").await);
    }
    let mut told = Vec::new();
    for _ in 0..5 {
        told.push(mail.next().await.to_string());
    }
    sent(&two).await;
    assert!(mail.is_quiet());
    for pass in &passes {
        assert_eq!(told.iter().filter(|text| text.contains(pass)).count(), 1, "told once each");
    }
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn mail_is_in_the_language_of_its_reader_and_says_where_help_is() {
    let mut mail = MailServer::start(0).await;
    let app = app_with(&mail).await;
    ada(&app).await;
    let german = |user: &mut User| {
        user.profile.preferred_language = Some("de-CH".into());
        Ok(())
    };
    app.services.edit_user(&Caller::OPERATOR, "ada", None, german).await.unwrap();
    let branding = json!({
        "displayName": "Größe & Söhne",
        "helpDeskText": "Zimmer 7, von 7 bis 7.",
        "helpDeskPhone": "+49 30 1234",
        "helpDeskUrl": "mailto:hilfe@example.com",
    });
    app.policy("Branding", branding).await;
    // Another instance takes the change up with the next request.
    app.visitor().open("/device").await.page();
    let signature = "\n\nGröße & Söhne\nZimmer 7, von 7 bis 7.\n+49 30 1234\nhilfe@example.com";

    deliver(&app, "alternateEmail", true).await;
    let pass = app.pass("ada").await;
    let told = mail.next().await;
    assert_eq!(told["subject"], "Ihr befristeter Zugriffspass für Größe & Söhne");
    let letter = text(&told).replace("\r\n", "\n");
    assert!(letter.starts_with("Guten Tag Ada Example,\n\nfür Sie wurde"), "{letter}");
    assert!(letter.contains(&format!("Zugriffspass:   {pass}")), "{letter}");
    assert!(letter.contains(&format!("Anmeldung:      {}\n", app.issuer)), "{letter}");
    assert!(letter.trim_end().ends_with(signature), "{letter}");

    // Her manager reads English.
    deliver(&app, "manager", false).await;
    app.pass("ada").await;
    let told = mail.next().await;
    assert_eq!(told["subject"], "Ada Example's Temporary Access Pass for Größe & Söhne");
    assert!(text(&told).starts_with("Hello Grace Example,"), "{told}");

    deliver(&app, "none", false).await;
    let request = Request::of(&app.client("payroll").await);
    let pass = app.one_time_pass("ada").await;
    let mut key = SoftAuthenticator::new();
    app.one_method_is_enough().await;
    app.visitor().day_one(&request, "ada", &pass, &mut key).await.away();
    let told = mail.next().await;
    assert_eq!(told["subject"], "Eine Anmeldemethode wurde Ihrem Konto hinzugefügt");
    assert!(text(&told).contains("/security-info"), "{told}");
}
