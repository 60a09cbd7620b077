//! A person at an HTTP client: cookies, redirects, forms and what the pages' scripts send. No
//! JavaScript runs, so this is also how somebody without it gets along.

#![allow(dead_code, reason = "a toolbox: not every suite uses every tool")]

use std::sync::Arc;
use std::sync::atomic::{AtomicU32, Ordering};

use openidconnect::PkceCodeChallenge;
use reqwest::cookie::{CookieStore as _, Jar};
use reqwest::header::{HeaderMap, LOCATION};
use serde_json::{Value, json};
use url::Url;

use super::app::Registered;
use super::authenticator::SoftAuthenticator;

/// An authorization request in the making.
#[derive(Clone, Debug)]
pub struct Request {
    pub params: Vec<(String, String)>,
    pub verifier: String,
    pub client: Registered,
}

impl Request {
    /// What a good client sends.
    pub fn of(client: &Registered) -> Self {
        let (challenge, verifier) = PkceCodeChallenge::new_random_sha256();
        let params = [
            ("client_id", client.id.as_str()),
            ("redirect_uri", client.redirect_uri.as_str()),
            ("response_type", "code"),
            ("scope", "openid profile email groups offline_access"),
            ("state", "a state"),
            ("nonce", "a nonce"),
            ("code_challenge", challenge.as_str()),
            ("code_challenge_method", "S256"),
        ];
        Self {
            params: params.map(|(name, value)| (name.into(), value.into())).to_vec(),
            verifier: verifier.secret().clone(),
            client: client.clone(),
        }
    }

    /// The same with a parameter set.
    pub fn with(mut self, name: &str, value: &str) -> Self {
        self.params.retain(|(known, _)| known != name);
        self.params.push((name.into(), value.into()));
        self
    }

    /// The same without a parameter.
    pub fn without(mut self, name: &str) -> Self {
        self.params.retain(|(known, _)| known != name);
        self
    }

    /// The address to open.
    pub fn path(&self) -> String {
        let query = url::form_urlencoded::Serializer::new(String::new())
            .extend_pairs(&self.params)
            .finish();
        format!("/authorize?{query}")
    }
}

/// A page of the server.
#[derive(Clone, Debug)]
pub struct Page {
    pub status: u16,
    pub path: String,
    pub headers: HeaderMap,
    pub body: String,
}

impl Page {
    /// The text of the first `<h1>`.
    pub fn heading(&self) -> String {
        unescape(between(&self.body, "<h1>", "</h1>").unwrap_or_default())
    }

    /// What went wrong, if the page says so.
    pub fn alert(&self) -> Option<String> {
        let text = between(&self.body, "data-alert-text>", "</p>")?;
        (!text.is_empty()).then(|| unescape(text))
    }

    /// The token that its forms repeat.
    pub fn csrf(&self) -> Option<&str> {
        between(&self.body, "<meta name=\"csrf\" content=\"", "\"")
            .or_else(|| between(&self.body, "name=\"csrf\" value=\"", "\""))
    }

    fn refresh(&self) -> Option<String> {
        between(&self.body, "<meta http-equiv=\"refresh\" content=\"0;url=", "\"").map(unescape)
    }

    /// The value of an input.
    pub fn value(&self, name: &str) -> Option<String> {
        let tag = between(&self.body, &format!("name=\"{name}\""), ">")?;
        between(tag, "value=\"", "\"").map(unescape)
    }
}

/// Where a request led.
#[derive(Clone, Debug)]
pub enum Landing {
    /// To a page of the server.
    Page(Page),
    /// To an application.
    Away(Url),
}

impl Landing {
    #[track_caller]
    pub fn page(self) -> Page {
        match self {
            Self::Page(page) => page,
            Self::Away(url) => panic!("left for {url}, where a page was expected"),
        }
    }

    #[track_caller]
    pub fn away(self) -> Url {
        match self {
            Self::Away(url) => url,
            Self::Page(page) => panic!(
                "{} {} ({}) where an application was expected: {:?}",
                page.status,
                page.path,
                page.heading(),
                page.alert()
            ),
        }
    }

    /// The code that an application was given.
    #[track_caller]
    pub fn code(self) -> String {
        let url = self.away();
        param(&url, "code").unwrap_or_else(|| panic!("no code in {url}"))
    }

    /// The error that an application was given.
    #[track_caller]
    pub fn error(self) -> String {
        let url = self.away();
        param(&url, "error").unwrap_or_else(|| panic!("no error in {url}"))
    }
}

/// A parameter of an address.
pub fn param(url: &Url, name: &str) -> Option<String> {
    url.query_pairs().find(|(known, _)| known == name).map(|(_, value)| value.into_owned())
}

/// A person with a cookie jar and a network address of their own.
#[derive(Clone)]
pub struct Visitor {
    issuer: String,
    address: String,
    http: reqwest::Client,
    jar: Arc<Jar>,
    /// What the browser sends as `Accept-Language`.
    languages: Option<String>,
    /// The page that was seen last.
    pub page: Option<Page>,
}

impl Visitor {
    pub fn new(issuer: &str) -> Self {
        Self::by(issuer, |http| http)
    }

    /// The same with an HTTP client that is changed first: whom it trusts, where it comes from.
    pub fn by(
        issuer: &str,
        change: impl FnOnce(reqwest::ClientBuilder) -> reqwest::ClientBuilder,
    ) -> Self {
        static NEXT: AtomicU32 = AtomicU32::new(1);
        let number = NEXT.fetch_add(1, Ordering::Relaxed);
        let [_, a, b, c] = number.to_be_bytes();
        let jar = Arc::new(Jar::default());
        let http = reqwest::Client::builder()
            .cookie_provider(Arc::clone(&jar))
            .redirect(reqwest::redirect::Policy::none());
        let http = change(http).build().expect("an HTTP client");
        Self {
            issuer: issuer.into(),
            address: format!("10.{a}.{b}.{c}"),
            http,
            jar,
            languages: None,
            page: None,
        }
    }

    /// Somebody else behind the same address.
    pub fn neighbour(&self) -> Self {
        Self { address: self.address.clone(), ..Self::new(&self.issuer) }
    }

    /// Somebody who has a copy of this browser's cookies, as they are now, and sees the same page.
    pub fn with_the_same_cookies(&self) -> Self {
        let issuer = Url::parse(&self.issuer).expect("an address");
        let twin = Self { page: self.page.clone(), ..Self::new(&self.issuer) };
        let header = self.jar.cookies(&issuer);
        let text = header.as_ref().and_then(|header| header.to_str().ok()).unwrap_or_default();
        text.split("; ").for_each(|cookie| twin.keep_cookie(cookie));
        twin
    }

    /// The same person, at another address from now on.
    pub fn moves(&mut self) {
        self.address = Self::new(&self.issuer).address;
    }

    /// The same person, whose browser asks for these languages from now on.
    pub fn speaks(&mut self, accept_language: &str) {
        self.languages = Some(accept_language.into());
    }

    /// Keeps a cookie that the server did not set.
    pub fn keep_cookie(&self, cookie: &str) {
        self.jar.add_cookie_str(cookie, &Url::parse(&self.issuer).expect("an address"));
    }

    /// The values of the cookies at hand.
    pub fn cookies(&self) -> Vec<String> {
        let issuer = Url::parse(&self.issuer).expect("an address");
        let header = self.jar.cookies(&issuer);
        let text = header.as_ref().and_then(|header| header.to_str().ok()).unwrap_or_default();
        text.split("; ").filter_map(|pair| pair.split_once('=')).map(|(_, v)| v.into()).collect()
    }

    fn absolute(&self, path: &str) -> String {
        if path.starts_with('/') { format!("{}{path}", self.issuer) } else { path.to_owned() }
    }

    fn request(&self, method: reqwest::Method, path: &str) -> reqwest::RequestBuilder {
        let request = self
            .http
            .request(method, self.absolute(path))
            .header("accept", "text/html,application/xhtml+xml,*/*;q=0.8")
            .header("x-forwarded-for", &self.address);
        match &self.languages {
            Some(languages) => request.header("accept-language", languages),
            None => request,
        }
    }

    /// Opens an address and goes where it leads.
    pub async fn open(&mut self, path: &str) -> Landing {
        let request = self.request(reqwest::Method::GET, path);
        self.follow(request, path).await
    }

    /// Begins a sign-in.
    pub async fn authorize(&mut self, request: &Request) -> Landing {
        self.open(&request.path()).await
    }

    /// Sends a form to an address, with what else is on the page.
    pub async fn submit_to(&mut self, path: &str, fields: &[(&str, &str)]) -> Landing {
        let page = self.page.as_ref().expect("a page with a form");
        let csrf = page.csrf().unwrap_or_default().to_owned();
        let mut form = vec![("csrf", csrf.as_str())];
        form.extend_from_slice(fields);
        let request = self.request(reqwest::Method::POST, path).form(&form);
        self.follow(request, path).await
    }

    /// Sends a form with files, as browsers do (RFC 7578).
    pub async fn upload_to(
        &mut self,
        path: &str,
        fields: &[(&str, &str)],
        files: &[(&str, &[u8])],
    ) -> Landing {
        let page = self.page.as_ref().expect("a page with a form");
        let csrf = page.csrf().unwrap_or_default().to_owned();
        let mut body = Vec::new();
        for (name, value) in [("csrf", csrf.as_str())].iter().chain(fields) {
            let head = format!("--cut\r\nContent-Disposition: form-data; name=\"{name}\"\r\n\r\n");
            body.extend([head.as_bytes(), value.as_bytes(), b"\r\n"].concat());
        }
        for (name, content) in files {
            let head = format!(
                "--cut\r\nContent-Disposition: form-data; name=\"{name}\"; \
                 filename=\"logo.png\"\r\nContent-Type: image/png\r\n\r\n"
            );
            body.extend([head.as_bytes(), content, b"\r\n"].concat());
        }
        body.extend(b"--cut--\r\n");
        let request = self
            .request(reqwest::Method::POST, path)
            .header("content-type", "multipart/form-data; boundary=cut")
            .body(body);
        self.follow(request, path).await
    }

    /// Sends a form of a journey's page.
    pub async fn submit(&mut self, action: &str, fields: &[(&str, &str)]) -> Landing {
        let path = format!("{}/{action}", self.journey());
        self.submit_to(&path, fields).await
    }

    /// The path of the journey at hand.
    #[track_caller]
    pub fn journey(&self) -> String {
        let page = self.page.as_ref().expect("a page");
        assert!(page.path.starts_with("/journey/"), "no journey: {} {}", page.status, page.path);
        page.path.split('/').take(3).collect::<Vec<_>>().join("/")
    }

    /// Sends what a script of a journey's page sends.
    pub async fn fetch(&mut self, action: &str, body: &Value) -> (u16, Value) {
        self.try_fetch(action, body).await.expect("an answer")
    }

    /// The same to a server that may not answer.
    pub async fn try_fetch(&mut self, action: &str, body: &Value) -> reqwest::Result<(u16, Value)> {
        let path = format!("{}/{action}", self.journey());
        let csrf = self.page.as_ref().and_then(Page::csrf).unwrap_or_default();
        let request = self
            .http
            .post(self.absolute(&path))
            .header("accept", "application/json")
            .header("x-forwarded-for", &self.address)
            .header("x-csrf-token", csrf)
            .json(body);
        let response = request.send().await?;
        let status = response.status().as_u16();
        Ok((status, response.json().await.unwrap_or(Value::Null)))
    }

    async fn follow(&mut self, request: reqwest::RequestBuilder, path: &str) -> Landing {
        self.try_follow(request, path).await.expect("an answer")
    }

    /// Opens an address of a server that may not answer.
    pub async fn try_open(&mut self, path: &str) -> reqwest::Result<Landing> {
        let request = self.request(reqwest::Method::GET, path);
        self.try_follow(request, path).await
    }

    /// Sends a form of a journey's page to a server that may not answer.
    pub async fn try_submit(
        &mut self,
        action: &str,
        fields: &[(&str, &str)],
    ) -> reqwest::Result<Landing> {
        let path = format!("{}/{action}", self.journey());
        let page = self.page.as_ref().expect("a page with a form");
        let csrf = page.csrf().unwrap_or_default().to_owned();
        let mut form = vec![("csrf", csrf.as_str())];
        form.extend_from_slice(fields);
        let request = self.request(reqwest::Method::POST, &path).form(&form);
        self.try_follow(request, &path).await
    }

    async fn try_follow(
        &mut self,
        request: reqwest::RequestBuilder,
        path: &str,
    ) -> reqwest::Result<Landing> {
        let mut path = path.to_owned();
        let mut request = request;
        for _ in 0..10 {
            let response = request.send().await?;
            let status = response.status().as_u16();
            let headers = response.headers().clone();
            let onward = if response.status().is_redirection() {
                let target = headers.get(LOCATION).expect("a redirect names its target");
                target.to_str().expect("a readable target").to_owned()
            } else {
                let body = response.text().await?;
                let page = Page { status, path: path.clone(), headers, body };
                self.page = Some(page.clone());
                match page.refresh() {
                    Some(target) => target,
                    None => return Ok(Landing::Page(page)),
                }
            };
            let ours = onward.starts_with('/') || onward.starts_with(&format!("{}/", self.issuer));
            if !ours {
                return Ok(Landing::Away(Url::parse(&onward).expect("an address")));
            }
            path = onward.trim_start_matches(&self.issuer).to_owned();
            request = self.request(reqwest::Method::GET, &path);
        }
        panic!("redirected in a circle: {path}");
    }

    /// Says who they are.
    pub async fn identify(&mut self, username: &str) -> Landing {
        self.submit("identify", &[("username", username)]).await
    }

    /// Says who they are and types a pass.
    pub async fn sign_in(&mut self, username: &str, pass: &str) -> Landing {
        self.identify(username).await.page();
        self.submit("pass", &[("pass", pass)]).await
    }

    /// Presses "Add a passkey", and sees where that led.
    pub async fn register(&mut self, device: &mut SoftAuthenticator) -> Landing {
        let (status, answer) = self.try_register(device, "passkey").await;
        assert_eq!(status, 200, "{answer}");
        let location = answer["location"].as_str().expect("a location").to_owned();
        self.open(&location).await
    }

    /// Registers what the device makes; returns the server's answer.
    pub async fn try_register(
        &mut self,
        device: &mut SoftAuthenticator,
        kind: &str,
    ) -> (u16, Value) {
        let (status, begun) = self.fetch("register/options", &json!({ "kind": kind })).await;
        if status != 200 {
            return (status, begun);
        }
        let credential = device.create(&self.issuer, begun["options"].clone()).await;
        let answer = json!({ "ceremony": begun["ceremony"], "credential": credential });
        self.fetch("register", &answer).await
    }

    /// Presses "Use a passkey", and sees where that led.
    pub async fn use_passkey(&mut self, device: &mut SoftAuthenticator) -> Landing {
        let (status, answer) = self.try_passkey(device).await;
        assert_eq!(status, 200, "{answer}");
        let location = answer["location"].as_str().expect("a location").to_owned();
        self.open(&location).await
    }

    /// Signs in with what the device has; returns the server's answer.
    pub async fn try_passkey(&mut self, device: &mut SoftAuthenticator) -> (u16, Value) {
        let (status, begun) = self.fetch("passkey/options", &json!({})).await;
        if status != 200 {
            return (status, begun);
        }
        let credential = device.get(&self.issuer, begun["options"].clone()).await;
        let answer = json!({ "ceremony": begun["ceremony"], "credential": credential });
        self.fetch("passkey", &answer).await
    }

    /// The whole first day: pass, one passkey, no second one, back to the application.
    pub async fn day_one(
        &mut self,
        request: &Request,
        username: &str,
        pass: &str,
        device: &mut SoftAuthenticator,
    ) -> Landing {
        self.authorize(request).await.page();
        let page = self.sign_in(username, pass).await.page();
        assert!(page.heading().starts_with("Welcome"), "{} {:?}", page.heading(), page.alert());
        let page = self.register(device).await.page();
        if page.heading() != "You're all set" {
            let page = self.submit("continue", &[]).await.page();
            assert_eq!(page.heading(), "You're all set");
        }
        self.submit("finish", &[]).await
    }

    /// Posts to the token endpoint with the secret in the form.
    pub async fn token(&self, client: &Registered, fields: &[(&str, &str)]) -> (u16, Value) {
        let mut form = vec![("client_id", client.id.as_str())];
        if !client.secret.is_empty() {
            form.push(("client_secret", client.secret.as_str()));
        }
        form.extend_from_slice(fields);
        self.token_raw(&form).await
    }

    /// Posts just these fields to the token endpoint.
    pub async fn token_raw(&self, form: &[(&str, &str)]) -> (u16, Value) {
        let response = self
            .http
            .post(self.absolute("/token"))
            .header("x-forwarded-for", &self.address)
            .form(form)
            .send()
            .await
            .expect("an answer");
        assert_eq!(response.headers()["cache-control"], "no-store");
        let status = response.status().as_u16();
        (status, response.json().await.expect("JSON"))
    }

    /// Redeems the code of a request.
    pub async fn redeem(&self, request: &Request, code: &str) -> (u16, Value) {
        let fields = [
            ("grant_type", "authorization_code"),
            ("code", code),
            ("redirect_uri", request.client.redirect_uri.as_str()),
            ("code_verifier", request.verifier.as_str()),
        ];
        self.token(&request.client, &fields).await
    }

    /// Uses a refresh token.
    pub async fn refresh(&self, client: &Registered, token: &str) -> (u16, Value) {
        self.token(client, &[("grant_type", "refresh_token"), ("refresh_token", token)]).await
    }

    /// What `/userinfo` says to the bearer of a token.
    pub async fn userinfo(&self, token: &str) -> (u16, Value) {
        let response = self
            .http
            .get(self.absolute("/userinfo"))
            .bearer_auth(token)
            .send()
            .await
            .expect("an answer");
        let status = response.status().as_u16();
        (status, response.json().await.unwrap_or(Value::Null))
    }

    /// A request without a cookie of this visitor's jar being followed: the bare answer.
    pub async fn raw(&self, method: reqwest::Method, path: &str) -> reqwest::Response {
        self.request(method, path).send().await.expect("an answer")
    }
}

/// The claims of a JWT, unverified.
pub fn claims(jwt: &Value) -> Value {
    use base64::Engine as _;
    let text = jwt.as_str().expect("a JWT");
    let payload = text.split('.').nth(1).expect("a payload");
    let bytes =
        base64::engine::general_purpose::URL_SAFE_NO_PAD.decode(payload).expect("base64url");
    serde_json::from_slice(&bytes).expect("claims")
}

fn between<'a>(text: &'a str, start: &str, end: &str) -> Option<&'a str> {
    let (_, rest) = text.split_once(start)?;
    rest.split_once(end).map(|(found, _)| found)
}

fn unescape(text: &str) -> String {
    [("&#38;", "&"), ("&#60;", "<"), ("&#62;", ">"), ("&#34;", "\""), ("&#39;", "'")]
        .iter()
        .fold(text.to_owned(), |text, (escaped, plain)| text.replace(escaped, plain))
}
