//! Which language a page is in, and that it is in that one alone.

use std::collections::BTreeSet;

use firstkey::http::language::{Language, Text};
use serde_json::{Value, json};

use crate::support::app::App;
use crate::support::authenticator::SoftAuthenticator;
use crate::support::visitor::{Page, Request, Visitor};

/// What can be seen or heard of a page: its text, without the words for its scripts.
fn plain(html: &str) -> String {
    let entities =
        [("&#39;", "'"), ("&#34;", "\""), ("&#60;", "<"), ("&#62;", ">"), ("&#38;", "&")];
    let mut text = html.to_owned();
    for (entity, letter) in entities {
        text = text.replace(entity, letter);
    }
    text
}

/// The parts of the sentences of a language that stand between what is filled in and markup.
fn sentences(language: &Language) -> BTreeSet<String> {
    let ids: Vec<_> = language.ids().map(str::to_owned).collect();
    let whole = ids.into_iter().map(|id| language.say(&Text::of(id)));
    whole
        .flat_map(|text| {
            let parts = text.split(['{', '}', '<', '>']).map(|part| part.trim().to_owned());
            parts.collect::<Vec<_>>()
        })
        .filter(|part| part.len() >= 9 && part.contains(' ') && !part.contains("=\""))
        .collect()
}

/// Makes sure that a page is in German from top to bottom.
#[track_caller]
pub(super) fn german(page: &Page) -> String {
    let name = page.heading();
    assert!(page.body.contains("<html lang=\"de\" dir=\"ltr\">"), "{name}");
    assert_eq!(page.headers["content-language"], "de", "{name}");
    let varies = page.headers.get_all("vary").iter();
    assert!(varies.into_iter().any(|it| it == "accept-language"), "{name}");
    let german = Language::by_tag("de").expect("German").name();
    assert!(!page.body.contains(&format!(">{german}</a>")), "{name} offers what it is in");
    let text = plain(&page.body);
    let (english, ours) =
        (sentences(Language::english()), sentences(Language::all().last().unwrap()));
    for sentence in english.difference(&ours) {
        assert!(!text.contains(sentence.as_str()), "{name} says {sentence:?}");
    }
    name
}

pub(super) fn lang(page: &Page) -> String {
    let rest = page.body.split("<html lang=\"").nth(1).expect("a language");
    rest.split('"').next().unwrap_or_default().to_owned()
}

async fn alert(visitor: &mut Visitor, pass: &str) -> String {
    visitor.submit("pass", &[("pass", pass)]).await.page().alert().expect("an alert")
}

#[tokio::test]
async fn a_whole_first_day_is_in_german() {
    let app = App::start().await;
    app.person("ada").await;
    let pass = app.pass("ada").await;
    let request = Request::of(&app.client("payroll").await).with("ui_locales", "fr-CA de-AT en");
    let (mut ada, mut phone) = (app.visitor(), SoftAuthenticator::new());

    let page = ada.authorize(&request).await.page();
    assert_eq!(german(&page), "Hallo. Wer meldet sich an?");
    let page = ada.identify("").await.page();
    german(&page);
    assert!(page.alert().unwrap().starts_with("Geben Sie Ihren Benutzernamen ein."));
    assert_eq!(german(&ada.identify("ada").await.page()), "Willkommen");
    let wrong = alert(&mut ada, "WRNG-PASS").await;
    assert!(wrong.starts_with("Das hat nicht geklappt."), "{wrong}");
    german(ada.page.as_ref().unwrap());
    let page = ada.submit("pass", &[("pass", &pass)]).await.page();
    assert_eq!(german(&page), "Willkommen, Ada Example.");
    assert!(
        page.body.contains("Befristeter Zugriffspass") || page.body.contains("Zugriffspass gilt")
    );

    // What a script is told: in German for the person, in English for the developer.
    let (status, answer) = ada.fetch("register/options", &json!({ "kind": "password" })).await;
    assert_eq!(status, 400);
    assert_eq!(answer["message"], "Diese Methode gibt es nicht.");
    assert_eq!(answer["error_description"], "There is no such method.");

    let page = ada.register(&mut phone).await.page();
    assert_eq!(german(&page), "Das hat geklappt, Ada Example.");
    assert!(page.body.contains("gerade eben hinzugefügt"));
    let page = ada.submit("continue", &[]).await.page();
    assert_eq!(german(&page), "Alles fertig");
    let code = ada.submit("finish", &[]).await.code();
    assert_eq!(german(ada.page.as_ref().unwrap()), "Weiter zu Payroll");
    assert_eq!(ada.redeem(&request, &code).await.0, 200);
    let page = ada.open(&ada.journey()).await.page();
    assert_eq!(german(&page), "Sie sind schon angemeldet");

    // The answer by a form, and a second sign-in.
    let again = request.clone().with("prompt", "login").with("response_mode", "form_post");
    let page = ada.authorize(&again).await.page();
    assert_eq!(german(&page), "Noch eine kurze Prüfung");
    assert!(page.body.contains("Payroll bittet Sie, sich noch einmal anzumelden."));
    let page = ada.use_passkey(&mut phone).await.page();
    assert_eq!(german(&page), "Weiter zu Payroll");
    assert!(page.body.contains("Schaltfläche"));
}

#[tokio::test]
async fn so_are_consent_ones_own_page_signing_out_and_what_goes_wrong() {
    let app = App::start().await;
    app.one_method_is_enough().await;
    app.person("ada").await;
    let pass = app.pass("ada").await;
    let own = Request::of(&app.client("own").await);
    let (mut ada, mut phone) = (app.visitor(), SoftAuthenticator::new());
    ada.speaks("de-CH, de;q=0.9, en;q=0.1");
    ada.authorize(&own).await.page();
    ada.sign_in("ada", &pass).await.page();
    assert_eq!(german(&ada.register(&mut phone).await.page()), "Alles fertig");
    ada.submit("finish", &[]).await.code();
    let theirs = app.client_with("theirs", false, |settings| settings.third_party = true).await;
    let page = ada.authorize(&Request::of(&theirs)).await.page();
    assert!(page.body.contains("Verwenden Sie den Passkey oder Sicherheitsschlüssel"));
    assert_eq!(german(&page), "Noch eine kurze Prüfung");
    let page = ada.use_passkey(&mut phone).await.page();
    assert_eq!(german(&page), "Diese Angaben mit Payroll teilen?");
    assert!(page.body.contains("Ihre E-Mail-Adresse"));
    let page = ada.submit("consent", &[]).await.page();
    assert_eq!(
        (page.status, german(&page).as_str()),
        (400, "Diese Anfrage lässt sich nicht beantworten")
    );

    let page = ada.open("/security-info").await.page();
    assert_eq!(german(&page), "Meine Sicherheitsinfos");
    assert!(page.body.contains("Kann verwendet werden"), "the pass");
    assert!(page.body.contains(" Uhr (UTC) bis zum "));
    app.wait(std::time::Duration::from_secs(3 * 24 * 60 * 60));
    let page = ada.open("/nowhere").await.page();
    assert_eq!((page.status, german(&page).as_str()), (404, "Diese Seite gibt es nicht"));
    let page = ada.open("/authorize?client_id=nobody").await.page();
    assert_eq!(page.status, 400);
    assert!(german(&page).starts_with("Die App hat eine Anfrage gesendet"));
    let page = ada.open("/end_session?post_logout_redirect_uri=https://evil.example").await.page();
    assert_eq!(page.status, 400);
    assert!(german(&page).starts_with("Die App hat eine Abmeldung gesendet"));
    let gone = format!("/journey/{}", uuid::Uuid::new_v4());
    let page = ada.open(&gone).await.page();
    assert_eq!((page.status, german(&page).as_str()), (410, "Diese Anmeldung ist vorbei"));
}

#[tokio::test]
async fn signing_out_is_in_the_language_that_the_application_asks_for() {
    let app = App::start().await;
    app.one_method_is_enough().await;
    app.person("ada").await;
    let pass = app.pass("ada").await;
    let own = Request::of(&app.client("own").await);
    let mut ada = app.visitor();
    ada.day_one(&own, "ada", &pass, &mut SoftAuthenticator::new()).await.code();
    let page = ada.open("/end_session?client_id=own&ui_locales=de").await.page();
    assert_eq!(german(&page), "Abmelden?");
    assert!(page.body.contains("<strong>Payroll</strong> möchte Sie abmelden."));
    // Who chooses another language there has heard what the application asked for.
    assert!(page.body.contains("href=\"?client_id=own&#38;language=en\""));
    let request = page.value("request").unwrap();
    let fields = [("request", request.as_str()), ("decision", "sign_out")];
    let page = ada.submit_to("/end_session/confirm", &fields).await.page();
    assert_eq!(german(&page), "Sie sind abgemeldet");
}

#[tokio::test]
async fn the_application_counts_before_the_choice_and_the_choice_before_the_browser() {
    let app = App::start().await;
    let request = Request::of(&app.client("payroll").await);
    let table = [
        // ui_locales, chosen before, Accept-Language: the language
        (None, None, None, "en"),
        (None, None, Some("de"), "de"),
        (None, None, Some("de-AT;q=0.8, fr, en;q=0.7"), "de"),
        (None, None, Some("en;q=0.7, de;q=0.8"), "de"),
        (None, None, Some("de;q=0.7, en-GB;q=0.8"), "en"),
        (None, None, Some("de;q=0, fr"), "en"),
        (None, None, Some("*"), "en"),
        (None, None, Some("fr, it"), "en"),
        (None, Some("de"), None, "de"),
        (None, Some("de"), Some("en"), "de"),
        (None, Some("en"), Some("de"), "en"),
        (Some("de"), None, None, "de"),
        (Some("de"), Some("en"), Some("en"), "de"),
        (Some("en"), Some("de"), Some("de"), "en"),
        (Some("fr it"), Some("de"), Some("en"), "de"),
        (Some("fr it"), None, Some("de"), "de"),
        (Some("xx DE-1996 en"), None, Some("en"), "de"),
        (Some("deutsch"), None, None, "en"),
    ];
    for (ui_locales, chosen, accepted, expected) in table {
        let mut somebody = app.visitor();
        if let Some(accepted) = accepted {
            somebody.speaks(accepted);
        }
        if let Some(chosen) = chosen {
            somebody.open(&format!("/nowhere?language={chosen}")).await.page();
            app.wait(std::time::Duration::from_secs(1));
        }
        let request = match ui_locales {
            Some(tags) => request.clone().with("ui_locales", tags),
            None => request.clone(),
        };
        let page = somebody.authorize(&request).await.page();
        assert_eq!(lang(&page), expected, "{ui_locales:?} {chosen:?} {accepted:?}");
        assert_eq!(page.headers["content-language"], expected);
        // And so are the pages after it.
        assert_eq!(lang(&somebody.identify("ada").await.page()), expected);
    }
}

#[tokio::test]
async fn whoever_chooses_on_a_journey_loses_nothing_of_it_and_is_heard_there() {
    let app = App::start().await;
    app.person("ada").await;
    let pass = app.pass("ada").await;
    let request = Request::of(&app.client("payroll").await).with("ui_locales", "de");
    let mut ada = app.visitor();
    german(&ada.authorize(&request).await.page());
    let page = ada.identify("ada").await.page();
    assert!(page.body.contains("<a href=\"?language=en\" lang=\"en\" hreflang=\"en\">English</a>"));
    let journey = ada.journey();
    app.wait(std::time::Duration::from_secs(1));
    let page = ada.open(&format!("{journey}?language=en")).await.page();
    assert_eq!((lang(&page).as_str(), page.heading().as_str()), ("en", "Welcome"));
    assert!(page.body.contains("<span class=\"who-name\">ada</span>"));
    let cookie = page.headers["set-cookie"].to_str().unwrap().to_owned();
    assert!(cookie.starts_with("firstkey-language=en."), "{cookie}");
    for part in ["HttpOnly", "SameSite=Lax", "Path=/", "Max-Age="] {
        assert!(cookie.contains(part), "{cookie}");
    }
    assert_eq!(lang(&ada.open(&journey).await.page()), "en", "from now on");
    // The later word counts on this journey, also in the answers to its forms.
    assert!(alert(&mut ada, "WRNG-PASS").await.starts_with("That did not work."));
    let page = ada.submit("pass", &[("pass", &pass)]).await.page();
    assert_eq!(page.heading(), "Welcome, Ada Example.");
    // The answer to a form is not at the address of a page: its links are to the journey.
    let page = ada.submit_to(&format!("{journey}/skip"), &[]).await.page();
    assert_eq!(lang(&page), "en");
    // What the application asks for next is a new word.
    app.wait(std::time::Duration::from_secs(1));
    let again = ada.authorize(&request.with("prompt", "login")).await.page();
    assert_eq!(lang(&again), "de");
}

#[tokio::test]
async fn hostile_values_are_ignored() {
    let app = App::start().await;
    let request = Request::of(&app.client("payroll").await);
    let long = "de ".repeat(2_600);
    let values = [
        "<script>alert(1)</script>",
        "\"><img src=x onerror=alert(1)>",
        "../../etc/passwd",
        "de_DE",
        "\r\nSet-Cookie: a=b",
        "\u{7}\u{202e}",
        "e\u{301}n-\u{130}",
        long.as_str(),
    ];
    for value in values {
        let mut eve = app.visitor();
        let page = eve.authorize(&request.clone().with("ui_locales", value)).await.page();
        assert_eq!((page.status, lang(&page).as_str()), (200, "en"), "{value:?}");
        let query = url::form_urlencoded::byte_serialize(value.as_bytes()).collect::<String>();
        let page = eve.open(&format!("{}?language={query}", eve.journey())).await.page();
        assert_eq!((page.status, lang(&page).as_str()), (200, "en"), "{value:?}");
        assert!(
            !page.headers.contains_key("set-cookie")
                || !page.headers["set-cookie"].to_str().unwrap().contains("language")
        );
        assert!(!page.body.contains("alert(1)") && !page.body.contains("passwd"), "{value:?}");
        // What is on no page of ours is repeated in its links only as it can do no harm.
        let page = eve.open(&format!("/nowhere?x={query}")).await.page();
        assert!(!page.body.contains("<script>alert") && !page.body.contains("<img"), "{value:?}");
    }
    for header in ["de;q=NaN", ",,,;;;", &"de,".repeat(3_500), "<script>", "de;q=1e9"] {
        let mut eve = app.visitor();
        eve.speaks(header);
        let page = eve.open("/nowhere").await.page();
        assert_eq!((page.status, lang(&page).as_str()), (404, "en"), "{header:.20}");
    }
    let mut eve = app.visitor();
    for cookie in ["de", "xx.1", "de.x", "<b>.1", "de.99999999999999999999999", "../de.1"] {
        eve.keep_cookie(&format!("firstkey-language={cookie}"));
        assert_eq!(lang(&eve.open("/nowhere").await.page()), "en", "{cookie}");
    }
    // A path that looks like another host is in no link.
    let page = eve.open("//evil.example/?a=b").await.page();
    assert!(page.body.contains("href=\"?a=b&#38;language=de\"") && !page.body.contains("evil"));
}

#[tokio::test]
async fn discovery_says_which_languages_there_are_and_the_page_of_the_api_is_in_english() {
    let app = App::start().await;
    let mut somebody = app.visitor();
    somebody.speaks("de");
    let page = somebody.open("/.well-known/openid-configuration").await.page();
    let document: Value = serde_json::from_str(&page.body).unwrap();
    assert_eq!(document["ui_locales_supported"], json!(["en", "de"]));
    assert!(!page.headers.contains_key("content-language"));
    let page = somebody.open("/docs/api").await.page();
    let spoken = (lang(&page), page.headers["content-language"].clone());
    assert_eq!(spoken, ("en".to_owned(), "en".parse().unwrap()));
    assert!(!page.body.contains("Deutsch"));
    let page = somebody.open("/admin/nowhere").await.page();
    assert_eq!(lang(&page), "de", "the portal speaks the reader's language");
    // Claims are in the one language in which they are on record.
    let request = Request::of(&app.client("payroll").await).with("claims_locales", "de en <x>");
    assert_eq!(somebody.authorize(&request).await.page().status, 200);
}
