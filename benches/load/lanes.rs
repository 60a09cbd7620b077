//! The work: what each kind of request looks like on the wire, to Firstkey and to `oidc-provider`
//! alike.

use std::cell::RefCell;
use std::rc::Rc;

use anyhow::{Context as _, bail, ensure};
use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;

use crate::generator::{Answer, Lane, Same, header};

pub const CLIENT_ID: &str = "bench";
pub const REDIRECT_URI: &str = "http://localhost:8081/callback";
/// The example of RFC 7636 appendix B.
pub const VERIFIER: &str = "dBjftJeZ4CVP-mB92K27uhbUJU1p1r_wW1gFWFOEjXk";
pub const CHALLENGE: &str = "E9Melhoa2OwvFrEMTJguCHaoeK1t8URWbuGJSstw-cM";

/// A kind of work.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub enum Work {
    Discovery,
    Jwks,
    ClientCredentials,
    Code,
    Refresh,
    Introspection,
    Userinfo,
}

impl Work {
    pub const ALL: [Self; 7] = [
        Self::Discovery,
        Self::Jwks,
        Self::ClientCredentials,
        Self::Code,
        Self::Refresh,
        Self::Introspection,
        Self::Userinfo,
    ];

    pub fn name(self) -> &'static str {
        match self {
            Self::Discovery => "discovery",
            Self::Jwks => "jwks",
            Self::ClientCredentials => "client_credentials",
            Self::Code => "code",
            Self::Refresh => "refresh",
            Self::Introspection => "introspection",
            Self::Userinfo => "userinfo",
        }
    }

    /// Whether the answer is the same for everybody.
    pub fn is_static(self) -> bool {
        matches!(self, Self::Discovery | Self::Jwks)
    }
}

/// Where a server has its endpoints, and the client's secret there.
#[derive(Clone, Debug)]
pub struct Place {
    pub discovery: &'static str,
    pub jwks: &'static str,
    pub authorize: &'static str,
    pub token: &'static str,
    pub introspection: &'static str,
    pub userinfo: &'static str,
    pub secret: String,
}

/// A person who is signed in, with a browser and an application that holds tokens of theirs.
#[derive(Clone, Debug)]
pub struct Person {
    pub cookie: String,
    pub refresh: String,
    pub access: String,
}

pub type People = Vec<Rc<RefCell<Person>>>;

/// So many connections that do this work.
pub fn lanes(
    work: Work,
    place: &Place,
    people: &[Rc<RefCell<Person>>],
    connections: usize,
) -> Vec<Box<dyn Lane>> {
    (0..connections).map(|number| lane(work, place, people, number, connections)).collect()
}

fn lane(
    work: Work,
    place: &Place,
    people: &[Rc<RefCell<Person>>],
    number: usize,
    connections: usize,
) -> Box<dyn Lane> {
    let of_this_lane: Vec<_> =
        people.iter().skip(number).step_by(connections).map(Rc::clone).collect();
    let person = || of_this_lane[0].borrow();
    match work {
        Work::Discovery => Box::new(Same(get(place.discovery, ""))),
        Work::Jwks => Box::new(Same(get(place.jwks, ""))),
        Work::ClientCredentials => {
            let form = "grant_type=client_credentials";
            Box::new(Same(post(place.token, &place.secret, form)))
        }
        Work::Introspection => {
            let form = format!("token={}", person().access);
            Box::new(Introspection(post(place.introspection, &place.secret, &form)))
        }
        Work::Userinfo => {
            let bearer = format!("authorization: Bearer {}\r\n", person().access);
            Box::new(Same(get(place.userinfo, &bearer)))
        }
        Work::Refresh => Box::new(Refresh {
            place: place.clone(),
            people: of_this_lane,
            at: 0,
            sent: Vec::new(),
        }),
        Work::Code => {
            Box::new(Code { place: place.clone(), people: of_this_lane, at: 0, sent: Vec::new() })
        }
    }
}

pub fn get(path: &str, headers: &str) -> Vec<u8> {
    format!("GET {path} HTTP/1.1\r\nhost: localhost\r\n{headers}\r\n").into_bytes()
}

pub fn post(path: &str, secret: &str, form: &str) -> Vec<u8> {
    let basic = STANDARD.encode(format!("{CLIENT_ID}:{secret}"));
    format!(
        "POST {path} HTTP/1.1\r\nhost: localhost\r\nauthorization: Basic {basic}\r\n\
         content-type: application/x-www-form-urlencoded\r\ncontent-length: {}\r\n\r\n{form}",
        form.len()
    )
    .into_bytes()
}

/// A string in an answer of JSON, which holds no escapes where this is used.
fn text_of(answer: &Answer<'_>, name: &str) -> anyhow::Result<String> {
    let body = std::str::from_utf8(answer.body)?;
    let (_, rest) = body.split_once(&format!("\"{name}\":\"")).context(body.to_owned())?;
    Ok(rest.split_once('"').context(name.to_owned())?.0.to_owned())
}

/// Asks what a token is good for, and insists that it is good for something.
struct Introspection(Vec<u8>);

impl Lane for Introspection {
    fn request(&mut self) -> &[u8] {
        &self.0
    }

    fn answered(&mut self, answer: &Answer<'_>) -> anyhow::Result<bool> {
        let body = std::str::from_utf8(answer.body)?;
        ensure!(answer.status == 200 && body.contains("\"active\":true"), "{body}");
        Ok(true)
    }
}

/// Refreshes the tokens of one person after the other, each time with the newest token.
struct Refresh {
    place: Place,
    people: People,
    at: usize,
    sent: Vec<u8>,
}

impl Lane for Refresh {
    fn request(&mut self) -> &[u8] {
        let person = self.people[self.at].borrow();
        let form = format!("grant_type=refresh_token&refresh_token={}", person.refresh);
        drop(person);
        self.sent = post(self.place.token, &self.place.secret, &form);
        &self.sent
    }

    fn answered(&mut self, answer: &Answer<'_>) -> anyhow::Result<bool> {
        let refresh = text_of(answer, "refresh_token")?;
        let mut person = self.people[self.at].borrow_mut();
        ensure!(person.refresh != refresh, "a refresh token was not rotated");
        person.refresh = refresh;
        person.access = text_of(answer, "access_token")?;
        ensure!(!text_of(answer, "id_token")?.is_empty(), "an ID token");
        drop(person);
        self.at = (self.at + 1) % self.people.len();
        Ok(true)
    }
}

/// A browser that is signed in asks for a code, and the application redeems it.
struct Code {
    place: Place,
    people: People,
    at: usize,
    sent: Vec<u8>,
}

impl Lane for Code {
    fn request(&mut self) -> &[u8] {
        if self.sent.is_empty() {
            let person = self.people[self.at].borrow();
            let path = format!(
                "{}?client_id={CLIENT_ID}&response_type=code&scope=openid%20profile%20email\
                 &redirect_uri={}&state=a-state&nonce=a-nonce&code_challenge={CHALLENGE}\
                 &code_challenge_method=S256",
                self.place.authorize,
                REDIRECT_URI.replace(':', "%3A").replace('/', "%2F"),
            );
            let cookie = format!("cookie: {}\r\n", person.cookie);
            drop(person);
            self.sent = get(&path, &cookie);
        }
        &self.sent
    }

    fn answered(&mut self, answer: &Answer<'_>) -> anyhow::Result<bool> {
        if answer.status == 200 {
            ensure!(!text_of(answer, "id_token")?.is_empty(), "an ID token");
            self.sent.clear();
            self.at = (self.at + 1) % self.people.len();
            return Ok(true);
        }
        let Some(location) = header(answer.head, "location") else {
            bail!("{} {}", answer.status, String::from_utf8_lossy(answer.body));
        };
        let (_, rest) = location.split_once("code=").context(location.to_owned())?;
        let code = rest.split('&').next().unwrap_or_default();
        let form = format!(
            "grant_type=authorization_code&code={code}&redirect_uri={REDIRECT_URI}\
             &code_verifier={VERIFIER}"
        );
        self.sent = post(self.place.token, &self.place.secret, &form);
        Ok(false)
    }
}
