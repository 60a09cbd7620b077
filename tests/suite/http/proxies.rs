//! Forward auth behind a real nginx and a real Caddy with two applications each, and requests that
//! no browser sends.

use std::net::SocketAddr;

use firstkey::domain::client::{ClientSettings, FORWARD_PATH, ForwardAuth, GrantType, Scope};
use firstkey::domain::id::GroupId;
use firstkey::service::caller::Caller;
use serde_json::{Value, json};

use crate::support::app::App;
use crate::support::authenticator::SoftAuthenticator;
use crate::support::caddy::Caddy;
use crate::support::nginx::Nginx;
use crate::support::protected::{Answer, free_address, raw};
use crate::support::visitor::{Request, Visitor};

/// Two applications at one address: everybody may open the wiki, only Staff the vault.
struct Scene {
    app: App,
    at: SocketAddr,
    wiki: String,
    vault: String,
    ada: Visitor,
}

fn protect(settings: &mut ClientSettings, name: &str, origin: &str, groups: Vec<GroupId>) {
    settings.client_name = name.into();
    settings.redirect_uris = vec![format!("{origin}{FORWARD_PATH}/callback")];
    settings.post_logout_redirect_uris = vec![format!("{origin}/")];
    settings.grant_types = vec![GrantType::AuthorizationCode];
    settings.scope = vec![Scope::OpenId];
    settings.forward_auth = Some(ForwardAuth { origin: origin.into(), groups });
}

impl Scene {
    async fn new() -> Self {
        let app = App::start().await;
        app.one_method_is_enough().await;
        app.person("ada").await;
        let at = free_address().await;
        // One machine and one port: only by the name do they differ.
        let (wiki, vault) = (format!("http://localhost:{}", at.port()), format!("http://{at}"));
        let staff = app.services.add_group(&Caller::OPERATOR, "Staff").await.unwrap();
        app.client_with("wiki", true, |it| protect(it, "Wiki", &wiki, Vec::new())).await;
        app.client_with("vault", true, |it| protect(it, "Vault", &vault, vec![staff.id])).await;
        let client = app.client("payroll").await;
        let (pass, mut phone) = (app.one_time_pass("ada").await, SoftAuthenticator::new());
        let mut ada = app.visitor();
        ada.day_one(&Request::of(&client), "ada", &pass, &mut phone).await.code();
        ada.authorize(&Request::of(&client).with("prompt", "login")).await.page();
        ada.use_passkey(&mut phone).await.code();
        Self { app, at, wiki, vault, ada }
    }

    fn applications(&self) -> [(&str, &'static str); 2] {
        [(&self.wiki, "Wiki"), (&self.vault, "Vault")]
    }

    async fn nginx(&self, more: &str) -> Nginx {
        Nginx::start_for(self.at, &self.applications(), &self.app.issuer, more).await
    }

    async fn caddy(&self) -> Caddy {
        Caddy::start_for(self.at, &self.applications(), &self.app.issuer, |text| text).await
    }

    async fn get(&self, origin: &str, path: &str, headers: &[(&str, &str)]) -> Answer {
        let host = origin.trim_start_matches("http://");
        let always = [("Host", host), ("Connection", "close")];
        raw(self.at, &format!("GET {path} HTTP/1.1"), &[&always[..], headers].concat()).await
    }

    /// A whole sign-in through the proxy: the cookie that the browser has afterwards.
    async fn sign_in(&mut self, origin: &str) -> String {
        let begun = self.get(origin, "/.firstkey/start?to=/page", &[]).await;
        assert_eq!(begun.status, 303, "{}", begun.text);
        let authorize = begun.location().unwrap().strip_prefix(&self.app.issuer).unwrap();
        let back = self.ada.open(authorize).await.away();
        assert!(back.as_str().starts_with(&format!("{origin}/.firstkey/callback?")), "{back}");
        let path = format!("{}?{}", back.path(), back.query().unwrap());
        let done = self.get(origin, &path, &[("Cookie", &cookie(&begun))]).await;
        assert_eq!(done.status, 303, "{}", done.text);
        assert_eq!(done.location(), Some(format!("{origin}/page").as_str()));
        cookie(&done)
    }

    /// Whoever asks for something in whatever way: no application is reached but the one that the
    /// cookie is for, and that one with the person's name.
    async fn nobody_gets_into_the_other_application(&mut self) {
        let (wiki, vault) = (self.wiki.clone(), self.vault.clone());
        let for_wiki = self.sign_in(&wiki).await;
        let page = self.get(&wiki, "/page", &[("Cookie", &for_wiki)]).await;
        assert_eq!(page.told().unwrap()["user"], json!(["ada"]), "{}", page.text);
        assert!(page.text.contains("<h1>Wiki</h1>"));
        // The two rules are two: here ada may not, however she signs in.
        let refused = self.sign_in(&vault).await;
        assert_eq!(self.get(&vault, "/page", &[("Cookie", &refused)]).await.status, 403);
        for cookie in ["", for_wiki.as_str()] {
            for answer in self.oddly_asked(cookie).await {
                assert!(!answer.text.contains("<h1>Vault</h1>"), "{}", answer.text);
                match answer.told() {
                    Some(told) => {
                        assert!(!cookie.is_empty(), "{}", answer.text);
                        assert_eq!(told["user"], json!(["ada"]), "{}", answer.text);
                    }
                    None => assert!(answer.status != 200 || !answer.text.contains("<h1>")),
                }
                let known = [&wiki, &vault].map(|origin| format!("{origin}/.firstkey/start?to="));
                let leads = answer.location();
                let inside = |to: &str| known.iter().any(|start| to.starts_with(start.as_str()));
                assert!(leads.is_none_or(inside), "{leads:?}");
            }
        }
        // And the other way round, once she may open the vault.
        self.app.services.set_membership(&Caller::OPERATOR, "Staff", "ada", true).await.unwrap();
        let for_vault = self.sign_in(&vault).await;
        let page = self.get(&vault, "/page", &[("Cookie", &for_vault)]).await;
        assert_eq!(page.told().unwrap()["groups"], json!(["Staff"]), "{}", page.text);
        assert!(page.text.contains("<h1>Vault</h1>"));
        for answer in self.oddly_asked(&for_vault).await {
            assert!(!answer.text.contains("<h1>Wiki</h1>"), "{}", answer.text);
            assert!(answer.told().is_none_or(|told| told["user"] == json!(["ada"])));
        }
    }

    /// What proxies answer to requests that name two places at once, or none, or a strange one.
    async fn oddly_asked(&self, cookie: &str) -> Vec<Answer> {
        let (wiki, vault) = (self.wiki.as_str(), self.vault.as_str());
        let (wiki_host, vault_host) = (&wiki[7..], &vault[7..]);
        let mut answers = Vec::new();
        for (target, host) in [
            // RFC 9112 §3.2.2: what is in the target counts, and the Host does not.
            (format!("{vault}/page"), wiki_host),
            (format!("{wiki}/page"), vault_host),
            (vault.to_owned(), wiki_host),
            (format!("{vault}?a=b"), wiki_host),
            (format!("HTTP://{vault_host}/page"), wiki_host),
            (format!("http://wiki@{vault_host}/page"), wiki_host),
            ("http://elsewhere.example/page".to_owned(), wiki_host),
            ("http://elsewhere.example/page".to_owned(), vault_host),
            (format!("//{vault_host}/page"), wiki_host),
            (format!("/{vault}/page"), wiki_host),
            ("/page".to_owned(), vault_host),
            ("/page".to_owned(), "elsewhere.example"),
            ("/page".to_owned(), ""),
            ("/.firstkey/../page".to_owned(), vault_host),
            ("/.firstkey/%2e%2e/page".to_owned(), vault_host),
            ("/.firstkey/..%2fpage".to_owned(), vault_host),
            ("/.firstkey/ask".to_owned(), vault_host),
            ("/page/../.firstkey/denied".to_owned(), vault_host),
        ] {
            let line = format!("GET {target} HTTP/1.1");
            let named = [("Host", host), ("Connection", "close"), ("Cookie", cookie)];
            answers.push(raw(self.at, &line, &named).await);
            let forwarded = [
                ("X-Forwarded-Host", wiki_host),
                ("X-Forwarded-Proto", "http"),
                ("X-Forwarded-Uri", "/.firstkey/denied"),
                ("X-Forwarded-Method", "GET"),
                ("X-Forwarded-Server", wiki_host),
                ("X-Original-URL", wiki),
                ("X-Original-Uri", "/.firstkey/denied"),
                ("Forwarded", "host=localhost"),
            ];
            answers.push(raw(self.at, &line, &[&named[..], &forwarded[..]].concat()).await);
        }
        let two = [("Host", wiki_host), ("Host", vault_host), ("Cookie", cookie)];
        let closing = [("Connection", "close")];
        answers.push(raw(self.at, "GET /page HTTP/1.1", &[&two[..], &closing].concat()).await);
        answers.push(raw(self.at, "GET /page HTTP/1.0", &[("Cookie", cookie)]).await);
        answers
    }
}

/// The cookie that an answer sets, as it is sent back.
fn cookie(answer: &Answer) -> String {
    let lower = answer.text.to_lowercase();
    let at = lower.find("\r\nset-cookie: ").expect("a cookie") + 14;
    answer.text[at..].split([';', '\r']).next().unwrap().to_owned()
}

/// Names of headers that an application could take for ours, of those that reached it.
fn identity(told: &Value) -> Vec<String> {
    let names = told["names"].as_array().unwrap().iter().map(|name| name.as_str().unwrap());
    names.filter(|name| name.starts_with("remote")).map(str::to_owned).collect()
}

/// Every way in which somebody might say who they are.
const POSES: [&str; 7] = [
    "Remote-User",
    "remote-groups",
    "Remote-Email",
    "Remote_User",
    "Remote.User",
    "REMOTE_GROUPS",
    "Remote~Groups",
];

/// [Attacks] RFC 9112 §3.2.2 · another application named in the request's target, or in Host (nginx)
#[tokio::test]
async fn nginx_asks_about_the_application_that_it_then_opens() {
    let mut scene = Scene::new().await;
    let _nginx = scene.nginx("").await;
    scene.nobody_gets_into_the_other_application().await;
}

/// [Attacks] RFC 9112 §3.2.2 · another application named in the request's target, or in Host (Caddy)
#[tokio::test]
async fn caddy_asks_about_the_application_that_it_then_opens() {
    let mut scene = Scene::new().await;
    let _caddy = scene.caddy().await;
    scene.nobody_gets_into_the_other_application().await;
}

/// [Attacks] RFC 9110 §17.10 · identity headers sent by the browser, under any name (nginx)
#[tokio::test]
async fn behind_nginx_nobody_says_who_they_are_in_any_location() {
    let mut scene = Scene::new().await;
    let _nginx = scene
        .nginx(
            "location /files/ { proxy_pass http://UPSTREAM; }
             location ~ \\.php$ { proxy_pass http://UPSTREAM; }
             location /bare/ { proxy_set_header X-Own 1; proxy_pass http://UPSTREAM; }
             underscores_in_headers on; ignore_invalid_headers off;",
        )
        .await;
    let wiki = scene.wiki.clone();
    let held = scene.sign_in(&wiki).await;
    for path in ["/", "/files/a", "/a.php", "/.firstkey/a.php", "/bare/a"] {
        let stranger = scene.get(&wiki, path, &[]).await;
        assert!(stranger.told().is_none() && stranger.status != 200, "{path}");
        for pose in POSES {
            let posing = [("Cookie", held.as_str()), (pose, "root")];
            let answer = scene.get(&wiki, path, &posing).await;
            assert!(answer.told().is_none(), "{path} {pose}: {}", answer.text);
        }
    }
    for path in ["/", "/files/a", "/a.php"] {
        let told = scene.get(&wiki, path, &[("Cookie", &held)]).await.told().unwrap();
        assert_eq!((&told["user"], &told["name"]), (&json!(["ada"]), &json!(["Ada Example"])));
        assert_eq!(told["host"], json!([&wiki[7..]]));
    }
    // With headers of its own a location tells the application nobody's name, as the page says.
    let told = scene.get(&wiki, "/bare/a", &[("Cookie", &held)]).await.told().unwrap();
    assert_eq!(identity(&told), [""; 0]);
}

/// [Attacks] GHSA-7r4p-vjf4-gxv4, GHSA-f59h-q822-g45g · identity headers sent by the browser, under any name (Caddy)
#[tokio::test]
async fn behind_caddy_nobody_says_who_they_are() {
    let mut scene = Scene::new().await;
    let caddy = scene.caddy().await;
    let wiki = scene.wiki.clone();
    let held = scene.sign_in(&wiki).await;
    let told = scene.get(&wiki, "/", &[("Cookie", &held)]).await.told().unwrap();
    assert_eq!((&told["email"], &told["groups"]), (&json!(["ada@example.com"]), &json!([""])));
    for pose in POSES {
        let posing = [("Cookie", held.as_str()), (pose, "root")];
        let told = scene.get(&wiki, "/", &posing).await.told().unwrap();
        assert_eq!((&told["user"], &told["name"]), (&json!(["ada"]), &json!(["Ada Example"])));
        assert!(!told.to_string().contains("root"), "{pose}: {told}");
        for name in identity(&told) {
            let ours = ["remote-user", "remote-name", "remote-email", "remote-groups"];
            assert!(ours.contains(&name.as_str()), "{pose}: {name}");
        }
        assert_eq!(scene.get(&wiki, "/", &posing[1..]).await.status, 302, "{pose}");
    }
    // Nor takes away what we said: what `Connection` names goes no further (RFC 9110 §7.6.1).
    for name in ["Remote-User", "Remote-Name", "X-Forwarded-Host", "X-Forwarded-Uri"] {
        let hop = [("Cookie", held.as_str()), ("Connection", name)];
        let answer = scene.get(&wiki, "/", &hop).await;
        let told = answer.told().unwrap_or_else(|| panic!("{name}: {}", answer.text));
        assert_eq!((&told["user"], &told["name"]), (&json!(["ada"]), &json!(["Ada Example"])));
    }
    let hop = [("Cookie", held.as_str()), ("Connection", "Cookie")];
    assert_eq!(scene.get(&wiki, "/", &hop).await.status, 302);
    drop(caddy);

    // A Caddy that is told to delete nothing asks us, and is told no.
    let careless = |text: String| text.replace("request_header -Remote*", "");
    let at = free_address().await;
    scene.at = at;
    let origin = format!("http://127.0.0.2:{}", at.port());
    scene.app.client_with("bare", true, |it| protect(it, "Bare", &origin, Vec::new())).await;
    let there = [(origin.as_str(), "Bare")];
    let _caddy = Caddy::start_for(at, &there, &scene.app.issuer, careless).await;
    let held = scene.sign_in(&origin).await;
    for pose in POSES {
        let posing = [("Cookie", held.as_str()), (pose, "root")];
        let answer = scene.get(&origin, "/", &posing).await;
        assert!(!answer.text.contains("root"), "{pose}: {}", answer.text);
        if let Some(told) = answer.told() {
            // This Caddy dropped it by itself.
            assert_eq!(told["user"], json!(["ada"]), "{pose}");
        }
    }
}

#[tokio::test]
async fn an_application_sees_its_own_cookies_and_never_ours() {
    let mut scene = Scene::new().await;
    let wiki = scene.wiki.clone();
    let large = format!("large={}", "x".repeat(7000));
    for proxy in ["nginx", "caddy"] {
        let (mut nginx, mut caddy) = (None, None);
        match proxy {
            "nginx" => nginx = Some(scene.nginx("").await),
            _ => caddy = Some(scene.caddy().await),
        }
        let held = scene.sign_in(&wiki).await;
        assert!(held.starts_with("firstkey-app="));
        let sign_in = format!("firstkey-app-sign-in={}", "A".repeat(43));
        for (sent, kept) in [
            (format!("a=b; {held}; c=d=e"), "a=b; c=d=e"),
            (format!("{held}; a=b"), "a=b"),
            (format!("a=b; xfirstkey-app=1; {held}"), "a=b; xfirstkey-app=1"),
            (format!("{held}; {sign_in}; myfirstkey-app=1; {sign_in}; {held}"), "myfirstkey-app=1"),
            (format!("{held}; {sign_in}"), ""),
            (format!("{large}; {held}"), large.as_str()),
        ] {
            let answer = scene.get(&wiki, "/", &[("Cookie", &sent)]).await;
            let told = answer.told().unwrap_or_else(|| panic!("{proxy}: {sent}: {}", answer.text));
            let cookies = told["cookie"].as_array().unwrap().iter();
            let cookies = cookies.filter_map(|it| it.as_str()).flat_map(|line| line.split("; "));
            // Caddy leaves the names, with nothing in them.
            let empty = ["firstkey-app=", "firstkey-app-sign-in="];
            let nothing = |it: &&str| proxy == "caddy" && empty.contains(it);
            let cookies: Vec<&str> = cookies.filter(|it| !nothing(it)).collect();
            assert_eq!(cookies.join("; "), kept, "{proxy}: {sent}");
        }
        drop((nginx, caddy));
        scene.at = free_again(scene.at).await;
    }
}

/// Waits until nothing listens at an address any more.
async fn free_again(at: SocketAddr) -> SocketAddr {
    while tokio::net::TcpStream::connect(at).await.is_ok() {
        tokio::task::yield_now().await;
    }
    at
}

#[test]
fn the_page_tells_each_proxy_of_each_header() {
    let page = include_str!("../../../docs/forward-auth.md");
    let names = ["Remote-User", "Remote-Name", "Remote-Email", "Remote-Groups"];
    assert!(page.contains(&format!("authResponseHeaders: [{}, Cookie]", names.join(", "))));
    assert!(page.contains(&format!("copy_headers {}\n", names.join(" "))));
    for name in names {
        assert!(page.contains(&format!("proxy_set_header {name} $firstkey_")), "{name}");
        let variable = name.to_lowercase().replace('-', "_");
        assert!(page.contains(&format!("$upstream_http_{variable};")), "{name}");
    }
}
