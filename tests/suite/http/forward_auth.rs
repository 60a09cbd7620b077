//! Forward auth, as Traefik, Caddy and nginx ask.

use std::time::Duration;

use firstkey::domain::client::{ClientSettings, FORWARD_PATH, ForwardAuth, GrantType, Scope};
use firstkey::service::caller::Caller;
use reqwest::Response;
use reqwest::header::{LOCATION, SET_COOKIE};

use crate::support::app::App;
use crate::support::authenticator::SoftAuthenticator;
use crate::support::database::on_both_engines;
use crate::support::visitor::{Request, Visitor};

const WIKI: &str = "https://wiki.example.com";

fn protect(settings: &mut ClientSettings, origin: &str) {
    settings.client_name = "Wiki".into();
    settings.redirect_uris = vec![format!("{origin}{FORWARD_PATH}/callback")];
    settings.post_logout_redirect_uris = vec![format!("{origin}/")];
    settings.grant_types = vec![GrantType::AuthorizationCode];
    settings.scope = vec![Scope::OpenId];
    settings.forward_auth = Some(ForwardAuth { origin: origin.into(), groups: Vec::new() });
}

/// A proxy in front of `https://wiki.example.com` and others.
struct Proxy<'a> {
    app: &'a App,
    http: reqwest::Client,
    origin: &'a str,
}

impl<'a> Proxy<'a> {
    fn new(app: &'a App, origin: &'a str) -> Self {
        let http = reqwest::Client::builder().redirect(reqwest::redirect::Policy::none());
        Self { app, http: http.build().unwrap(), origin }
    }

    fn request(&self, path: &str, uri: &str, cookie: &str) -> reqwest::RequestBuilder {
        let (proto, host) = self.origin.split_once("://").unwrap();
        self.http
            .get(self.app.url(path))
            .header("x-forwarded-method", "GET")
            .header("x-forwarded-proto", proto)
            .header("x-forwarded-host", host)
            .header("x-forwarded-uri", uri)
            .header("x-forwarded-for", "198.51.100.7")
            .header("cookie", cookie)
    }

    /// What it asks before it lets `uri` through.
    async fn ask(&self, uri: &str, cookie: &str) -> Response {
        self.request("/forward-auth", uri, cookie).send().await.unwrap()
    }

    /// What it passes on.
    async fn pass(&self, path: &str, cookie: &str) -> Response {
        self.request(path, path, cookie).send().await.unwrap()
    }

    /// Begins a sign-in: the browser's cookie, and where it is sent.
    async fn start(&self, to: &str) -> (String, String) {
        let answer = self.pass(&format!("/.firstkey/start?to={to}"), "").await;
        assert_eq!(answer.status(), 303);
        (cookie(&answer), location(&answer).strip_prefix(&self.app.issuer).unwrap().to_owned())
    }

    /// A whole sign-in of somebody with a session; the cookie, and where it led.
    async fn sign_in(&self, ada: &mut Visitor, to: &str) -> (String, String) {
        let (held, authorize) = self.start(to).await;
        let back = ada.open(&authorize).await.away();
        assert!(back.as_str().starts_with(&format!("{}/.firstkey/callback?", self.origin)));
        let path = format!("/.firstkey/callback?{}", back.query().unwrap());
        let answer = self.pass(&path, &held).await;
        assert_eq!(answer.status(), 303, "{:?}", answer.text().await);
        (cookie(&answer), location(&answer))
    }
}

fn location(answer: &Response) -> String {
    answer.headers()[LOCATION].to_str().unwrap().to_owned()
}

/// The cookie that an answer sets, as it is sent back.
fn cookie(answer: &Response) -> String {
    let set = answer.headers()[SET_COOKIE].to_str().unwrap();
    for part in ["Path=/", "HttpOnly", "SameSite=Lax"] {
        assert!(set.contains(part), "{set}");
    }
    assert!(set.starts_with("__Host-firstkey-app") && set.ends_with("; Secure"), "{set}");
    assert!(!set.contains("Domain"));
    set.split(';').next().unwrap().to_owned()
}

/// Ada, signed in with her phone.
async fn ada(app: &App) -> Visitor {
    app.one_method_is_enough().await;
    app.person("ada").await;
    app.client_with("wiki", true, |settings| protect(settings, WIKI)).await;
    let client = app.client("payroll").await;
    let pass = app.one_time_pass("ada").await;
    let (mut ada, mut phone) = (app.visitor(), SoftAuthenticator::new());
    ada.day_one(&Request::of(&client), "ada", &pass, &mut phone).await.code();
    ada.open("/security-info").await;
    ada.authorize(&Request::of(&client).with("prompt", "login")).await.page();
    ada.use_passkey(&mut phone).await.code();
    ada
}

on_both_engines! {
    async fn a_proxy_hears_who_it_is_for_as_long_as_the_session_stands(app: App) {
        let mut ada = ada(&app).await;
        let proxy = Proxy::new(&app, WIKI);
        let asked = proxy.ask("/a?b=c&d=e", "").await;
        assert_eq!((asked.status().as_u16(), location(&asked)), (
            302,
            format!("{WIKI}/.firstkey/start?to=/a?b=c&d=e"),
        ));
        let (held, led) = proxy.sign_in(&mut ada, "/a?b=c&d=e").await;
        assert_eq!(led, format!("{WIKI}/a?b=c&d=e"));
        let passed = proxy.ask("/a", &held).await;
        assert_eq!(passed.status(), 200);
        for (name, value) in [
            ("remote-user", "ada"),
            ("remote-name", "Ada Example"),
            ("remote-email", "ada@example.com"),
            ("remote-groups", ""),
        ] {
            assert_eq!(passed.headers()[name], value);
        }
        let nginx = |url: &str| {
            let request = proxy.http.get(app.url("/forward-auth/nginx"));
            request.header("x-original-url", url).header("cookie", &held).send()
        };
        assert_eq!(nginx(&format!("{WIKI}/a?b")).await.unwrap().status(), 200);

        // Groups count at once, and in the headers.
        let staff = app.services.add_group(&Caller::OPERATOR, "Staff").await.unwrap();
        let edit = move |settings: &mut ClientSettings, _: &mut bool| {
            settings.forward_auth.as_mut().unwrap().groups = vec![staff.id];
            Ok(())
        };
        app.services.edit_client(&Caller::OPERATOR, "wiki", None, edit).await.unwrap();
        let forbidden = proxy.ask("/a", &held).await;
        assert_eq!(forbidden.status(), 403);
        assert!(!forbidden.headers().contains_key("remote-user"));
        assert!(forbidden.text().await.unwrap().contains("You may not open Wiki"));
        assert_eq!(nginx(WIKI).await.unwrap().status(), 403);
        app.services.set_membership(&Caller::OPERATOR, "Staff", "ada", true).await.unwrap();
        assert_eq!(proxy.ask("/a", &held).await.headers()["remote-groups"], "Staff");

        // A disabled person is nobody.
        app.disable("ada").await;
        assert_eq!(proxy.ask("/a", &held).await.status(), 302);
        assert_eq!(nginx(WIKI).await.unwrap().status(), 401);
    }

    /// [Attacks] RFC 9700 §4.7 · login CSRF behind a reverse proxy
    async fn a_sign_in_is_good_once_and_in_its_own_browser(app: App) {
        let mut ada = ada(&app).await;
        let proxy = Proxy::new(&app, WIKI);
        let (held, authorize) = proxy.start("/").await;
        let back = ada.open(&authorize).await.away();
        let path = format!("/.firstkey/callback?{}", back.query().unwrap());
        // Somebody else's browser, which an attacker sent there with a code of their own.
        let (other, _) = proxy.start("/").await;
        for stranger in ["", other.as_str()] {
            let answer = proxy.pass(&path, stranger).await;
            assert_eq!(answer.status(), 400);
            assert!(!answer.headers().contains_key(SET_COOKIE));
        }
        for wrong in [
            path.replace("iss=", "iss=https%3A%2F%2Fevil.example&was="),
            path.replace("state=", "was="),
            path.replace("state=", "state=x"),
        ] {
            assert_eq!(proxy.pass(&wrong, &held).await.status(), 400, "{wrong}");
        }
        let tries = (0..6).map(|_| proxy.pass(&path, &held));
        let answers = futures::future::join_all(tries).await;
        assert_eq!(answers.iter().filter(|it| it.status() == 303).count(), 1);
        assert_eq!(proxy.pass(&path, &held).await.status(), 400);
    }
}

/// [Attacks] RFC 9700 §4.14 · a cookie of one application at another, or after sign-out
#[tokio::test]
async fn what_a_browser_holds_is_for_one_application_and_dies_with_the_session() {
    let app = App::start().await;
    let mut ada = ada(&app).await;
    let other = "https://other.example.com";
    app.client_with("other", true, |settings| protect(settings, other)).await;
    let proxy = Proxy::new(&app, WIKI);
    let (held, _) = proxy.sign_in(&mut ada, "/").await;
    assert_eq!(Proxy::new(&app, other).ask("/", &held).await.status(), 302);
    assert_eq!(Proxy::new(&app, "https://unknown.example").ask("/", &held).await.status(), 403);
    assert_eq!(Proxy::new(&app, "http://wiki.example.com").ask("/", &held).await.status(), 403);
    // A form is not sent away with what was typed into it.
    let form = proxy.request("/forward-auth", "/", "").header("x-forwarded-method", "POST");
    assert!(form.send().await.unwrap().status().is_client_error());

    let again = proxy.pass("/.firstkey/sign-out", &held).await;
    let out = location(&again).strip_prefix(&app.issuer).unwrap().to_owned();
    let page = ada.open(&out).await.page();
    let request = page.value("request").unwrap_or_default();
    let fields = [("decision", "sign_out"), ("request", request.as_str())];
    let left = ada.submit_to("/end_session/confirm", &fields).await.away();
    assert_eq!(left.as_str(), format!("{WIKI}/"));
    assert_eq!(proxy.ask("/", &held).await.status(), 302);
}

#[tokio::test]
async fn twelve_hours_later_somebody_must_sign_in_again() {
    let app = App::start().await;
    let mut ada = ada(&app).await;
    let proxy = Proxy::new(&app, WIKI);
    let (held, _) = proxy.sign_in(&mut ada, "/").await;
    app.wait(Duration::from_secs(11 * 60 * 60));
    assert_eq!(proxy.ask("/", &held).await.status(), 200);
    app.wait(Duration::from_secs(2 * 60 * 60));
    assert_eq!(proxy.ask("/", &held).await.status(), 302);
}

/// [Attacks] RFC 9700 §4.11 · open redirect by a return address, X-Forwarded-* from anyone
#[tokio::test]
async fn nobody_is_led_out_of_the_application_and_only_its_proxy_may_ask() {
    let app = App::start().await;
    ada(&app).await;
    let proxy = Proxy::new(&app, WIKI);
    for hostile in
        ["//evil.example/", "https://evil.example/", "/\\evil.example", "evil", "/%00/../.."]
    {
        let answer = proxy.pass(&format!("/.firstkey/start?to={hostile}"), "").await;
        let status = answer.status().as_u16();
        assert!(status == 400 || hostile.starts_with("/%00"), "{hostile} {status}");
    }
    // What the proxy itself is told to have been asked for leads nowhere else, either.
    let asked = proxy.ask("//evil.example/", "").await;
    assert_eq!(location(&asked), format!("{WIKI}/.firstkey/start?to=/"));
    for (name, value) in [("x-forwarded-host", "evil.example"), ("x-forwarded-proto", "http")] {
        let twice = proxy.request("/forward-auth", "/", "").header(name, value);
        assert_eq!(twice.send().await.unwrap().status(), 403, "{name}");
    }
    for host in ["wiki.example.com/x", "wiki.example.com, evil.example", "u@wiki.example.com#", ""]
    {
        let (http, url) = (&proxy.http, app.url("/forward-auth"));
        let asked =
            http.get(url).header("x-forwarded-proto", "https").header("x-forwarded-host", host);
        assert_eq!(asked.send().await.unwrap().status(), 403, "{host}");
    }

    let strict = App::start_with(|config| config.trusted_proxies.clear()).await;
    strict.client_with("wiki", true, |settings| protect(settings, WIKI)).await;
    let stranger = Proxy::new(&strict, WIKI);
    for path in ["/forward-auth", "/forward-auth/nginx", "/.firstkey/start", "/.firstkey/callback"]
    {
        assert_eq!(stranger.pass(path, "").await.status(), 403, "{path}");
    }
}

#[tokio::test]
async fn pages_on_the_applications_host_are_in_the_persons_language() {
    let app = App::start().await;
    let mut ada = ada(&app).await;
    let proxy = Proxy::new(&app, WIKI);
    let (held, _) = proxy.sign_in(&mut ada, "/").await;
    let staff = app.services.add_group(&Caller::OPERATOR, "Staff").await.unwrap();
    let edit = move |settings: &mut ClientSettings, _: &mut bool| {
        settings.forward_auth.as_mut().unwrap().groups = vec![staff.id];
        Ok(())
    };
    app.services.edit_client(&Caller::OPERATOR, "wiki", None, edit).await.unwrap();
    for (language, title, says) in [
        ("de", "Sie dürfen Wiki nicht öffnen", "Sie sind angemeldet als ada."),
        ("en", "You may not open Wiki", "You are signed in as ada."),
    ] {
        let asked = proxy.request("/forward-auth", "/", &held).header("accept-language", language);
        let answer = asked.send().await.unwrap();
        assert_eq!(
            (answer.status().as_u16(), &answer.headers()["content-language"]),
            (403, &language.parse().unwrap())
        );
        let page = answer.text().await.unwrap();
        for part in [&format!("<html lang=\"{language}\" dir=\"ltr\">"), title, says] {
            assert!(page.contains(part), "{part}: {page}");
        }
    }
    let asked = proxy.request("/.firstkey/callback?x=y", "/", "").header("accept-language", "de");
    let page = asked.send().await.unwrap().text().await.unwrap();
    assert!(page.contains("<h1>Diese Anmeldung ist vorbei</h1>"), "{page}");
}
