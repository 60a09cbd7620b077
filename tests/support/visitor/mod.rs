//! A person at an HTTP client: cookies, redirects, forms and what the pages' scripts send. No
//! JavaScript runs, so this is also how somebody without it gets along.

#![allow(dead_code, unused_imports, reason = "a toolbox: not every suite uses every tool")]

mod page;
mod request;
mod sign_in;
mod tokens;

use std::sync::Arc;
use std::sync::atomic::{AtomicU32, Ordering};

use reqwest::cookie::{CookieStore as _, Jar};
use reqwest::header::LOCATION;
use serde_json::Value;
use url::Url;

pub use page::{Landing, Page, param};
pub use request::Request;
pub use tokens::claims;

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

    /// A request without a cookie of this visitor's jar being followed: the bare answer.
    pub async fn raw(&self, method: reqwest::Method, path: &str) -> reqwest::Response {
        self.request(method, path).send().await.expect("an answer")
    }
}
