//! TLS in the real binary, `firstkey health`, and what `firstkey doctor` says of a certificate.

use std::os::unix::fs::PermissionsExt as _;
use std::process::Command;
use std::time::{Duration, Instant};

use firstkey::domain::time::{Clock as _, SystemClock};
use serde_json::Value;

use super::machine::{Machine, Outcome, Running, free_port};
use crate::support::https::{Authority, Issued, certificate_of, files_in, write_key};

const PATIENCE: Duration = Duration::from_secs(60);

/// A machine with a certificate, whose server speaks TLS at this port.
struct Host {
    machine: Machine,
    authority: Authority,
    port: u16,
}

impl Host {
    async fn new() -> Self {
        let host =
            Self { machine: Machine::new().await, authority: Authority::new(), port: free_port() };
        host.holds(&host.authority.issue("localhost"));
        host
    }

    fn holds(&self, issued: &Issued) {
        issued.write(&files_in(self.machine.path(".").as_path()));
    }

    /// Starts a command with the configuration of the server.
    fn start(&self, more: &[(&str, &str)], arguments: &[&str]) -> Running {
        let (issuer, listen) =
            (format!("https://localhost:{}", self.port), format!("127.0.0.1:{}", self.port));
        let own = [
            ("FIRSTKEY_DATABASE", self.machine.database()),
            ("FIRSTKEY_ISSUER", &issuer),
            ("FIRSTKEY_LISTEN", &listen),
            ("FIRSTKEY_TLS_CERTIFICATE", "fullchain.pem"),
            ("FIRSTKEY_TLS_KEY", "privkey.pem"),
        ];
        self.machine.start_with(&[&own, more].concat(), arguments)
    }

    fn health(&self) -> Outcome {
        self.start(&[], &["health"]).wait()
    }

    /// A server that answers.
    fn serve(&self, more: &[(&str, &str)]) -> Running {
        let process = self.start(more, &["serve"]);
        let begun = Instant::now();
        while self.health().code != Some(0) {
            assert!(begun.elapsed() < PATIENCE, "no answer: {}", process.stderr());
        }
        process
    }

    /// The certificate that somebody new is shown.
    async fn shown(&self) -> Vec<u8> {
        let url = format!("https://localhost:{}/readyz", self.port);
        let answer = self.authority.client().get(url).send().await.unwrap();
        assert_eq!(answer.status(), 200);
        certificate_of(&answer)
    }
}

fn send(process: &Running, signal: &str) {
    let kill = format!("kill -{signal} {}", process.id());
    assert!(Command::new("sh").args(["-c", &kill]).status().unwrap().success());
}

/// Sends SIGHUP and waits for so many lines of the log with these words.
async fn hang_up(process: &Running, words: &str, times: usize) -> String {
    send(process, "HUP");
    let begun = Instant::now();
    loop {
        let log = process.stderr();
        if log.matches(words).count() >= times {
            return log;
        }
        assert!(begun.elapsed() < PATIENCE, "{words}: {log}");
        tokio::time::sleep(Duration::from_millis(20)).await;
    }
}

#[tokio::test]
async fn at_a_hangup_it_takes_up_a_renewed_certificate_and_says_what_is_wrong_with_others() {
    let host = Host::new().await;
    let numbers = format!("127.0.0.1:{}", free_port());
    let process = host.serve(&[("FIRSTKEY_METRICS_LISTEN", &numbers)]);
    hang_up(&process, "the certificate is the one that is in use", 1).await;

    let renewed = host.authority.issue("localhost");
    host.holds(&renewed);
    hang_up(&process, "the certificate was renewed", 1).await;
    assert_eq!(host.shown().await, renewed.der);

    let other = host.authority.issue("localhost");
    write_key(&host.machine.path("privkey.pem"), &other.key);
    let log = hang_up(&process, "the certificate stays the one that is in use", 1).await;
    assert!(log.contains("the key does not belong to the certificate in fullchain.pem"), "{log}");
    std::fs::remove_file(host.machine.path("privkey.pem")).unwrap();
    let log = hang_up(&process, "the certificate stays the one that is in use", 2).await;
    assert!(log.contains("tls_key privkey.pem: No such file"), "{log}");
    assert_eq!(host.shown().await, renewed.der);

    let soon = host.authority.issue_for("localhost", 3);
    host.holds(&soon);
    let log = hang_up(&process, "the certificate was renewed", 2).await;
    assert_eq!(host.shown().await, soon.der);
    let told = reqwest::get(format!("http://{numbers}/metrics")).await.unwrap().text().await;
    let told = told.unwrap();
    let end = told
        .lines()
        .find_map(|line| line.strip_prefix("firstkey_certificate_end_time_seconds{kind=\"tls\"} "));
    let left = end.expect("it is told").parse::<i64>().unwrap() - SystemClock.now().seconds();
    assert!((3 * 86_400..4 * 86_400).contains(&left), "{left}");
    assert!(!log.contains("PRIVATE") && !log.contains(&soon.key[30..60]), "{log}");
    let outcome = process.stop();
    assert_eq!(outcome.code, Some(0), "{outcome:?}");
    assert!(outcome.stderr.contains("runs out: renew it"), "{}", outcome.stderr);
}

#[tokio::test]
async fn a_hangup_ends_no_server_without_a_certificate() {
    let machine = Machine::new().await;
    let served = machine.serve().await;
    hang_up(&served.process, "there is no certificate to look at", 1).await;
    let answer = reqwest::get(format!("{}/readyz", served.issuer)).await.unwrap();
    assert_eq!(answer.status(), 200);
    assert_eq!(served.process.stop().code, Some(0));
}

#[tokio::test]
async fn a_certificate_that_cannot_be_used_is_said_before_anything_is_made() {
    let host = Host::new().await;
    let good = host.authority.issue("localhost");
    let other = host.authority.issue("localhost");
    let locked = good.key.replace("PRIVATE KEY", "ENCRYPTED PRIVATE KEY");
    for (certificate, key, words) in [
        ("Dear diary", good.key.as_str(), "tls_certificate fullchain.pem: there is no certificate"),
        ("-----BEGIN CERTIFICATE-----\nAA", &good.key, "this is no PEM"),
        (
            "-----BEGIN CERTIFICATE-----\nQUFB\n-----END CERTIFICATE-----\n",
            &good.key,
            "its first certificate cannot be read",
        ),
        (&good.certificate, "", "tls_key privkey.pem: there is no private key"),
        (&good.certificate, &locked, "one with a password cannot be used"),
        (&good.certificate, &other.key, "does not belong to the certificate"),
        (
            &good.certificate,
            "-----BEGIN PRIVATE KEY-----\nQUFB\n-----END PRIVATE KEY-----\n",
            "this kind of key cannot be used",
        ),
    ] {
        std::fs::write(host.machine.path("fullchain.pem"), certificate).unwrap();
        write_key(&host.machine.path("privkey.pem"), key);
        let outcome = host.start(&[], &["serve"]).wait();
        assert_eq!((outcome.code, outcome.stdout.as_str()), (Some(1), ""), "{outcome:?}");
        let said = outcome.stderr.strip_prefix("firstkey: ").expect(&outcome.stderr);
        assert!(said.contains(words) && said.matches('\n').count() == 1, "{words}: {said}");
    }
    std::fs::remove_file(host.machine.path("fullchain.pem")).unwrap();
    let outcome = host.start(&[], &["serve"]).wait();
    assert!(outcome.stderr.contains("fullchain.pem: No such file"), "{outcome:?}");
    for (variable, words) in [
        ("FIRSTKEY_TLS_CERTIFICATE", "tls_key: tls_certificate is needed, too"),
        ("FIRSTKEY_TLS_KEY", "tls_certificate: tls_key is needed, too"),
    ] {
        let outcome = host.start(&[(variable, "")], &["serve"]).wait();
        assert!(outcome.stderr.contains(words), "{outcome:?}");
    }
    let plain = [("FIRSTKEY_ISSUER", "http://localhost:8080")];
    let outcome = host.start(&plain, &["serve"]).wait();
    assert!(outcome.stderr.contains("needs an issuer that is https"), "{outcome:?}");
    assert!(!host.machine.secret().exists(), "nothing was made for nothing");
}

#[tokio::test]
async fn health_says_whether_the_server_of_this_configuration_can_answer() {
    let host = Host::new().await;
    let outcome = host.health();
    assert_eq!((outcome.code, outcome.stdout.as_str()), (Some(1), ""), "{outcome:?}");
    let refused = format!("firstkey: https://127.0.0.1:{}/readyz: ", host.port);
    assert!(outcome.stderr.starts_with(&refused), "{outcome:?}");
    assert!(!host.machine.secret().exists(), "asking makes nothing");

    let process = host.serve(&[("FIRSTKEY_DRAIN_SECONDS", "60")]);
    let outcome = host.health();
    let said = (outcome.code, outcome.stdout.as_str(), outcome.stderr.as_str());
    assert_eq!(said, (Some(0), "ready\n", ""));
    let everywhere = format!("0.0.0.0:{}", host.port);
    let outcome = host.start(&[("FIRSTKEY_LISTEN", &everywhere)], &["health", "--json"]).wait();
    let said: Value = serde_json::from_str(&outcome.stdout).unwrap();
    assert_eq!((outcome.code, &said["status"]), (Some(0), &"ready".into()));

    send(&process, "TERM");
    let begun = Instant::now();
    let outcome = loop {
        let outcome = host.health();
        if outcome.code != Some(0) || begun.elapsed() > PATIENCE {
            break outcome;
        }
    };
    let said = (outcome.code, outcome.stdout.as_str(), outcome.stderr.as_str());
    assert_eq!(said, (Some(1), "", "firstkey: not ready: the server is stopping\n"));
}

#[tokio::test]
async fn health_asks_by_plain_http_where_that_is_spoken() {
    let machine = Machine::new().await;
    let served = machine.serve().await;
    let address = served.issuer.replace("http://localhost", "127.0.0.1");
    let asked = |more: &[(&str, &str)]| {
        let own = [("FIRSTKEY_LISTEN", address.as_str()), ("FIRSTKEY_ISSUER", &served.issuer)];
        machine.start_with(&[&own[..], more].concat(), &["health"]).wait()
    };
    assert_eq!(asked(&[]).stdout, "ready\n");
    // Where a proxy that nobody here can reach is configured for everything else, too.
    assert_eq!(asked(&[("http_proxy", "http://127.0.0.1:1")]).stdout, "ready\n");
    let wrong = asked(&[("FIRSTKEY_LISTEN", "nowhere")]);
    assert_eq!(wrong.code, Some(1));
    assert!(wrong.stderr.contains("listen: nowhere is no address"), "{wrong:?}");
}

#[tokio::test]
async fn the_doctor_says_what_is_wrong_with_a_certificate() {
    let host = Host::new().await;
    let is = |status: &str, words: &str| {
        let outcome = host.start(&[], &["doctor", "--json"]).wait();
        let document: Value = serde_json::from_str(&outcome.stdout).unwrap();
        let found = document["value"].as_array().unwrap().iter().any(|it| {
            it["check"] == "certificate"
                && it["status"] == status
                && it.to_string().contains(words)
                && it["advice"].is_string() == (status != "ok")
        });
        assert!(found, "{status} {words}: {}", outcome.stdout);
        assert!(!outcome.stdout.contains("set trusted_proxies"), "{}", outcome.stdout);
    };
    is("ok", "is for localhost and holds for 365 days; 1 more certificates");
    let key = host.machine.path("privkey.pem");
    std::fs::set_permissions(&key, std::fs::Permissions::from_mode(0o644)).unwrap();
    is("warn", "run: chmod o= privkey.pem");
    std::fs::set_permissions(&key, std::fs::Permissions::from_mode(0o640)).unwrap();
    is("ok", "is for localhost");
    host.holds(&host.authority.issue("elsewhere.example"));
    is("fail", "for other names than localhost");
    host.holds(&host.authority.issue_for("localhost", 3));
    is("warn", "holds for 3 days");
    host.holds(&host.authority.issue_for("localhost", -1));
    is("fail", "has run out");
    host.holds(&host.authority.issue("localhost"));
    write_key(&key, &host.authority.issue("localhost").key);
    is("fail", "does not belong to the certificate");
    std::fs::remove_file(&key).unwrap();
    is("fail", "tls_key privkey.pem");
}
