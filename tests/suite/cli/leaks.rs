//! What must never be in a log: a whole sign-in against the real server at its most talkative, and
//! then a search for every secret that was used on the way.

use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;
use serde_json::json;

use super::machine::Machine;
use crate::support::app::{CALLBACK, Registered};
use crate::support::authenticator::SoftAuthenticator;
use crate::support::database::on_both_engines;
use crate::support::mail_server::MailServer;
use crate::support::visitor::{Request, Visitor, param};

const BACK: &str = "https://app.example/signed-out";

/// Secrets, each with what it is.
#[derive(Default)]
pub(super) struct Secrets(Vec<(&'static str, String)>);

impl Secrets {
    pub(super) fn keep(&mut self, what: &'static str, value: &str) {
        assert!(value.len() >= 8, "too short to search for: {what} {value:?}");
        self.0.push((what, value.to_owned()));
    }

    /// A pass in every form in which somebody may write it.
    pub(super) fn keep_pass(&mut self, what: &'static str, pass: &str) {
        let plain: String = pass.chars().filter(|c| *c != '-').collect();
        let grouped = format!("{}-{}", &plain[..4], &plain[4..]);
        for form in [&plain, &grouped, &plain.to_lowercase(), &grouped.to_lowercase()] {
            self.keep(what, form);
        }
    }

    pub(super) fn keep_cookies(&mut self, visitor: &Visitor) {
        let cookies = visitor.cookies();
        assert!(!cookies.is_empty(), "no cookie to search for");
        for cookie in cookies {
            self.keep("cookie", &cookie);
        }
    }

    /// What of all that a text holds.
    pub(super) fn found_in(&self, text: &str) -> Vec<&'static str> {
        self.0.iter().filter(|(_, value)| text.contains(value)).map(|(what, _)| *what).collect()
    }

    /// A text holds nothing of all that; of one that does, what stands around it is told.
    #[track_caller]
    pub(super) fn are_not_in(&self, text: &str) {
        let found = self.0.iter().filter_map(|(what, value)| {
            let (before, after) = text.split_once(value.as_str())?;
            let start = before.char_indices().rev().nth(200).map_or(0, |(at, _)| at);
            Some(format!("{what}: …{}{value}{after:.200}…", &before[start..]))
        });
        assert_eq!(found.collect::<Vec<_>>(), [""; 0]);
    }
}

/// Signs in to an application in every way there is, and out again; returns all that was secret.
pub(super) async fn everything_that_people_do(machine: &Machine, issuer: &str) -> Secrets {
    let mut secrets = Secrets::default();
    machine.ok(&["user", "add", "ada"]);
    machine.ok(&["policy", "set", "Registration", "recommendedMethods=1"]);
    let made = machine.json(&[
        "client",
        "add",
        "Payroll",
        "--redirect-uri",
        CALLBACK,
        "--post-logout-redirect-uri",
        BACK,
    ]);
    let text = |name: &str| made[name].as_str().unwrap().to_owned();
    let client = Registered {
        id: text("client_id"),
        secret: text("client_secret"),
        redirect_uri: CALLBACK.into(),
    };
    secrets.keep("client secret", &client.secret);
    secrets.keep("basic credentials", &STANDARD.encode(format!("{}:{}", client.id, client.secret)));
    let given = machine.json(&["pass", "issue", "ada"]);
    let pass = given["temporaryAccessPass"].as_str().unwrap().to_owned();
    secrets.keep_pass("pass", &pass);
    secrets.keep_pass("wrong pass", "WRNG2345");

    let request =
        Request::of(&client).with("state", "state-of-ours").with("nonce", "nonce-of-ours");
    secrets.keep("state", "state-of-ours");
    secrets.keep("nonce", "nonce-of-ours");
    secrets.keep("PKCE verifier", &request.verifier);
    let challenge = request.params.iter().find(|(name, _)| name == "code_challenge").unwrap();
    secrets.keep("PKCE challenge", &challenge.1);
    let (mut ada, mut phone) = (Visitor::new(issuer), SoftAuthenticator::new());
    ada.authorize(&request).await.page();
    secrets.keep_cookies(&ada);
    assert!(ada.sign_in("ada", "wrng-2345").await.page().alert().is_some());
    secrets.keep("CSRF token", ada.page.as_ref().and_then(|page| page.csrf()).unwrap());
    ada.submit("pass", &[("pass", &pass)]).await.page();
    secrets.keep_cookies(&ada);

    let (status, begun) = ada.fetch("register/options", &json!({ "kind": "passkey" })).await;
    assert_eq!(status, 200, "{begun}");
    secrets.keep("challenge", begun["options"]["publicKey"]["challenge"].as_str().unwrap());
    let credential = phone.create(issuer, begun["options"].clone()).await;
    secrets.keep("client data", credential["response"]["clientDataJSON"].as_str().unwrap());
    let answer = json!({ "ceremony": begun["ceremony"], "credential": credential });
    assert_eq!(ada.fetch("register", &answer).await.0, 200);
    // Once more: a refusal is logged, too.
    assert_ne!(ada.fetch("register", &answer).await.0, 200);
    let journey = ada.journey();
    ada.open(&journey).await.page();
    let landing = ada.submit("finish", &[]).await.away();
    let code = param(&landing, "code").unwrap();
    secrets.keep("code", &code);
    secrets.keep_cookies(&ada);

    let (status, tokens) = ada.redeem(&request, &code).await;
    assert_eq!(status, 200, "{tokens}");
    let (status, fresh) = ada.refresh(&client, tokens["refresh_token"].as_str().unwrap()).await;
    assert_eq!(status, 200, "{fresh}");
    for name in ["access_token", "refresh_token", "id_token"] {
        secrets.keep(name, tokens[name].as_str().unwrap());
        secrets.keep(name, fresh[name].as_str().unwrap());
    }
    assert_eq!(ada.userinfo(fresh["access_token"].as_str().unwrap()).await.0, 200);
    assert_eq!(ada.userinfo("a token that nobody made").await.0, 401);
    secrets.keep("made-up token", "a token that nobody made");

    // The passkey, in another browser.
    let mut later = Visitor::new(issuer);
    later.authorize(&request).await.page();
    let (_, begun) = later.fetch("passkey/options", &json!({})).await;
    secrets.keep("challenge", begun["options"]["publicKey"]["challenge"].as_str().unwrap());
    let credential = phone.get(issuer, begun["options"].clone()).await;
    secrets.keep("signature", credential["response"]["signature"].as_str().unwrap());
    let answer = json!({ "ceremony": begun["ceremony"], "credential": credential });
    let (status, answer) = later.fetch("passkey", &answer).await;
    assert_eq!(status, 200, "{answer}");
    let code = later.open(answer["location"].as_str().unwrap()).await.code();
    secrets.keep("code", &code);
    secrets.keep_cookies(&later);
    let http = reqwest::Client::new();
    let form = [
        ("grant_type", "authorization_code"),
        ("code", &code),
        ("redirect_uri", CALLBACK),
        ("code_verifier", &request.verifier),
    ];
    let token = http.post(format!("{issuer}/token")).basic_auth(&client.id, Some(&client.secret));
    assert_eq!(token.form(&form).send().await.unwrap().status(), 200);

    a_script_signs_in(machine, &ada, &mut secrets).await;
    a_device_is_allowed(machine, issuer, &mut later, &mut secrets).await;

    // A code that comes twice, and an honest sign-out.
    assert_eq!(later.redeem(&request, &code).await.0, 400);
    let hint = fresh["id_token"].as_str().unwrap();
    let query = url::form_urlencoded::Serializer::new(String::new())
        .extend_pairs([("id_token_hint", hint), ("post_logout_redirect_uri", BACK)])
        .finish();
    assert_eq!(ada.open(&format!("/end_session?{query}")).await.away().as_str(), BACK);
    let page = ada.open("/nowhere?code=query-of-ours").await.page();
    assert_eq!(page.status, 404);
    secrets.keep("query", "query-of-ours");
    secrets
}

/// An application on its own.
async fn a_script_signs_in(machine: &Machine, visitor: &Visitor, secrets: &mut Secrets) {
    let permission = ["--grant-type", "client_credentials", "--permission", "User.Read.All"];
    let made = machine.json(&[&["client", "add", "Bot"], &permission[..]].concat());
    let text = |name: &str| made[name].as_str().unwrap().to_owned();
    let (id, secret) = (text("client_id"), text("client_secret"));
    secrets.keep("client secret", &secret);
    let grant = ("grant_type", "client_credentials");
    let (status, answer) =
        visitor.token_raw(&[grant, ("client_id", &id), ("client_secret", &secret)]).await;
    assert_eq!(status, 200, "{answer}");
    secrets.keep("access_token", answer["access_token"].as_str().unwrap());
}

/// A device without a browser, and whoever is signed in in one.
async fn a_device_is_allowed(
    machine: &Machine,
    issuer: &str,
    visitor: &mut Visitor,
    secrets: &mut Secrets,
) {
    let grant = "urn:ietf:params:oauth:grant-type:device_code";
    let made = machine.json(&["client", "add", "TV", "--public", "--grant-type", grant]);
    let id = made["client_id"].as_str().unwrap();
    let http = reqwest::Client::new().post(format!("{issuer}/device_authorization"));
    let form = [("client_id", id), ("scope", "openid")];
    let asked: serde_json::Value = http.form(&form).send().await.unwrap().json().await.unwrap();
    let text = |name: &str| asked[name].as_str().unwrap();
    let (code, shown) = (text("device_code"), text("user_code"));
    secrets.keep("device code", code);
    secrets.keep("user code", shown);
    secrets.keep("user code", &shown.replace('-', ""));
    let poll = [("grant_type", grant), ("client_id", id), ("device_code", code)];
    assert_eq!(visitor.token_raw(&poll).await.0, 400);
    visitor.open(&text("verification_uri_complete").replace(issuer, "")).await.page();
    visitor.submit_to("/device", &[("user_code", "BBBB-BBBB")]).await.page();
    visitor.submit_to("/device", &[("user_code", shown)]).await.page();
    visitor.submit("device", &[("decision", "continue")]).await.page();
    let page = visitor.submit("consent", &[("decision", "allow")]).await.page();
    assert_eq!(page.heading(), "You can go back to your device");
    let (status, tokens) = visitor.token_raw(&poll).await;
    assert_eq!(status, 200, "{tokens}");
    secrets.keep("access_token", tokens["access_token"].as_str().unwrap());
    secrets.keep("id_token", tokens["id_token"].as_str().unwrap());
}

on_both_engines! {
    /// [Attacks] OWASP ASVS §7 · secrets in the log
    async fn no_secret_is_in_the_log_of_everything_that_people_do(machine: Machine) {
        let served = machine.serve_with(&[("FIRSTKEY_LOG", "trace")], &["serve"]).await;
        let mut secrets = everything_that_people_do(&machine, &served.issuer).await;
        let master = std::fs::read_to_string(machine.secret()).unwrap();
        secrets.keep("master secret", master.trim());
        let said = served.process.stdout();
        let first = said.lines().find_map(|line| line.trim().strip_prefix("Pass ")).unwrap();
        secrets.keep_pass("first pass", first.trim());

        let outcome = served.process.stop();
        assert_eq!(outcome.code, Some(0));
        secrets.are_not_in(&outcome.stderr);
        // The search finds what is there: the first pass, on standard output alone.
        assert_eq!(secrets.found_in(&outcome.stdout), ["first pass"]);
        // And the log told of it all.
        for part in [
            "TRACE",
            "DEBUG",
            "listening",
            "/authorize",
            "/token",
            "/userinfo",
            "/end_session",
            "passSignIn",
            "wrong pass",
            "methodRegistered",
            "keySignIn",
            "replayDetected",
            "stopped",
        ] {
            assert!(outcome.stderr.contains(part), "{part}: {}", outcome.stderr);
        }
    }
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_pass_that_is_mailed_is_in_the_mail_and_in_no_log() {
    let machine = Machine::new().await;
    let mut mail = MailServer::start(1).await;
    let (smtp, from) = (mail.url(), "Firstkey <no-reply@login.example>");
    let mails = [("FIRSTKEY_SMTP_URL", smtp.as_str()), ("FIRSTKEY_MAIL_FROM", from)];
    machine.ok(&["user", "add", "ada", "--alternate-email", "ada@home.example"]);
    let told = ["deliveryTarget=alternateEmail", "isValueMailed=true"];
    let set = machine.warned(&[&["policy", "set", "TemporaryAccessPass"], &told[..]].concat());
    assert!(set.1.contains("no mail server"), "{set:?}");
    let variables = [&mails[..], &[("FIRSTKEY_LOG", "trace")]].concat();
    let served = machine.serve_with(&variables, &["serve"]).await;
    let own = [&mails[..], &[("FIRSTKEY_DATABASE", machine.database())]].concat();
    let mut secrets = Secrets::default();
    let mut pass = || {
        let issued = machine.start_with(&own, &["pass", "issue", "ada", "--json"]).wait();
        assert_eq!(issued.code, Some(0), "{issued:?}");
        let issued: serde_json::Value = serde_json::from_str(&issued.stdout).unwrap();
        secrets.keep_pass("pass", issued["temporaryAccessPass"].as_str().unwrap());
    };
    pass();
    assert_eq!(mail.next().await["turnedAway"], "ada@home.example");
    pass();
    let told = mail.next().await;
    assert!(!secrets.found_in(told["text"].as_str().unwrap()).is_empty(), "{told}");

    let log = served.process.stop().stderr;
    assert!(log.contains("a mail could not be sent"), "{log}");
    secrets.are_not_in(&log);
    secrets.are_not_in(&machine.everything().to_string());
}
