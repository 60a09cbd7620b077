//! What people are told about their recovery codes: by mail, and in German.

use firstkey::service::caller::Caller;
use serde_json::Value;

use super::{PAGE, ada_with_codes, allowed, at_home, make, recover};
use crate::support::app::App;
use crate::support::authenticator::SoftAuthenticator;
use crate::support::mail_server::MailServer;
use crate::support::visitor::Request;

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn each_step_is_told_by_mail() {
    let mut mail = MailServer::start(0).await;
    let app = App::start_with(|config| mail.configure(config)).await;
    let request = Request::of(&app.client("payroll").await);
    allowed(&app).await;
    let (mut ada, _) = at_home(&app, "ada", &request).await;
    let subject = |told: &Value| told["subject"].as_str().unwrap_or_default().to_owned();
    assert_eq!(subject(&mail.next().await), "A sign-in method was added to your account");
    let codes = make(&mut ada).await;
    let told = mail.next().await;
    assert_eq!(subject(&told), "New recovery codes were made for your account");
    assert!(codes.iter().all(|code| !told.to_string().contains(code.as_str())));
    let mut back = app.visitor();
    for (number, code) in codes.iter().enumerate() {
        back = app.visitor();
        let page = recover(&mut back, &request, "ada", code).await;
        assert!(page.heading().starts_with("Welcome back"), "{number}: {:?}", page.alert());
        let told = mail.next().await;
        assert_eq!(subject(&told), "A recovery code was used for your account");
        let words = match 9 - number {
            0 => "the last one".to_owned(),
            1 => "One is left".to_owned(),
            left => format!("{left} are left"),
        };
        assert!(told["text"].as_str().unwrap().contains(&words), "{told}");
        assert!(!told.to_string().contains(code.as_str()));
    }
    // The page says so, too.
    back.register(&mut SoftAuthenticator::new()).await.page();
    mail.next().await;
    let page = back.submit("review", &[("decision", "keep")]).await.page();
    assert_eq!(page.heading(), "You're all set");
    assert!(page.body.contains("No code is left."), "{}", page.body);
}

#[tokio::test]
async fn all_of_it_is_in_german() {
    let app = App::start().await;
    let request = Request::of(&app.client("payroll").await);
    let (codes, mut device) = ada_with_codes(&app, &request).await;
    let mut ada = app.visitor();
    ada.speaks("de");
    let page = ada.authorize(&request).await.page();
    assert!(page.body.contains("Wiederherstellungscode verwenden"));
    let path = format!("{}/recovery", ada.journey());
    let page = ada.open(&path).await.page();
    assert_eq!(page.heading(), "Wiederherstellungscode verwenden");
    let wrong = [("username", "ada"), ("code", "falsch")];
    let page = ada.submit("recovery", &wrong).await.page();
    assert!(page.alert().is_some_and(|alert| alert.starts_with("Das hat nicht geklappt.")));
    ada.submit("recovery", &[("username", "ada"), ("code", &codes[0])]).await.page();
    let page = ada.register(&mut SoftAuthenticator::new()).await.page();
    assert!(page.body.contains("Ich habe alles noch") && page.body.contains("Passkey entfernen"));
    ada.submit("review", &[("decision", "keep")]).await.page();
    let mut ada = app.visitor();
    ada.speaks("de");
    ada.authorize(&request).await.page();
    ada.use_passkey(&mut device).await.away();
    let page = ada.open("/security-info").await.page();
    assert!(page.body.contains("9 Codes sind noch übrig."), "{}", page.body);
    let page = ada.open(PAGE).await.page();
    let seen = page.value("seen").unwrap();
    let page = ada.submit_to(PAGE, &[("seen", &seen)]).await.page();
    assert_eq!(page.heading(), "Speichern Sie diese Codes");
    assert!(page.body.contains("Wiederherstellungscodes für Firstkey"));
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn the_mail_about_a_removed_method_says_what_became_of_the_codes() {
    let mut mail = MailServer::start(0).await;
    let app = App::start_with(|config| mail.configure(config)).await;
    let request = Request::of(&app.client("payroll").await);
    ada_with_codes(&app, &request).await;
    let user = app.services.find_user("ada").await.unwrap();
    let mut told = Vec::new();
    for subject in ["A sign-in method was added", "New recovery codes were made"] {
        assert!(mail.next().await["subject"].as_str().unwrap().starts_with(subject));
    }
    let key = app.services.show_user("ada").await.unwrap().methods[0].id;
    app.services.remove_method(&Caller::OPERATOR, &user, key).await.unwrap();
    told.push(mail.next().await["text"].as_str().unwrap().to_owned());
    app.person("bob").await;
    let pass = app.pass("bob").await;
    let mut device = SoftAuthenticator::new();
    app.visitor().day_one(&request, "bob", &pass, &mut device).await.away();
    mail.next().await;
    let user = app.services.find_user("bob").await.unwrap();
    let key = app.services.show_user("bob").await.unwrap().methods[0].id;
    app.services.remove_method(&Caller::OPERATOR, &user, key).await.unwrap();
    told.push(mail.next().await["text"].as_str().unwrap().to_owned());
    let said = told.iter().map(|text| text.contains("Your recovery codes open nothing any more"));
    assert_eq!(said.collect::<Vec<_>>(), [true, false], "{told:?}");
}
