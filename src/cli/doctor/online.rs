//! What can only be seen from outside: the issuer at its own address, through the proxy and its TLS,
//! and the mail server.

use std::time::Duration;

use chrono::DateTime;
use lettre::{AsyncSmtpTransport, Tokio1Executor};
use reqwest::Response;
use reqwest::header::{DATE, STRICT_TRANSPORT_SECURITY};
use reqwest::tls::TlsInfo;
use serde_json::Value;
use x509_parser::prelude::{FromDer as _, X509Certificate};

use super::Report;
use crate::cli::runtime;
use crate::config::Config;
use crate::domain::time::{Clock as _, SystemClock};
use crate::server::tls::RENEW_DAYS;

const PATIENCE: Duration = Duration::from_secs(10);
/// The largest document that is read.
const SIZE_MAX: u64 = 256 * 1024;

pub(super) async fn look(config: &Config, report: &mut Report) {
    issuer(config, report).await;
    if let Some(mail) = &config.mail {
        // The URL holds a password; what is said about it does not.
        let sender = AsyncSmtpTransport::<Tokio1Executor>::from_url(&mail.smtp_url);
        let tried = match sender {
            Ok(sender) => {
                let sender: AsyncSmtpTransport<Tokio1Executor> =
                    sender.timeout(Some(PATIENCE)).build();
                sender.test_connection().await
            }
            Err(error) => Err(error),
        };
        match tried {
            Ok(true) => report.ok("mail server", "takes our mail"),
            Ok(false) => report.fail("mail server", "does not answer NOOP", "look at its log"),
            Err(error) => {
                let advice = "check smtp_url: host, port, TLS, user and password";
                report.fail("mail server", error, advice);
            }
        }
    }
}

async fn issuer(config: &Config, report: &mut Report) {
    let issuer = config.issuer.as_str().trim_end_matches('/');
    let url = format!("{issuer}/.well-known/openid-configuration");
    let http = reqwest::Client::builder()
        .timeout(PATIENCE)
        .tls_info(true)
        .no_proxy()
        .redirect(reqwest::redirect::Policy::none())
        .build();
    let answer = match http {
        Ok(http) => http.get(&url).send().await,
        Err(error) => Err(error),
    };
    let answer = match answer {
        Ok(answer) => answer,
        Err(error) => {
            let advice = "check DNS, the proxy, its certificate, and that the server is running";
            return report.fail(
                "reachable",
                format!("{url}: {}", runtime::innermost(&error)),
                advice,
            );
        }
    };
    if !answer.status().is_success() {
        let found = format!("{url} answers {}", answer.status());
        let advice = "the proxy must hand every path on, and the server must be running";
        return report.fail("reachable", found, advice);
    }
    if config.is_https() {
        certificate(&answer, report);
        if !answer.headers().contains_key(STRICT_TRANSPORT_SECURITY) {
            let found = "the proxy takes Strict-Transport-Security away";
            report.warn("TLS", found, "let the proxy hand our headers on");
        }
    }
    date(&answer, report);
    if answer.content_length().is_some_and(|length| length > SIZE_MAX) {
        return report.fail("reachable", "something else answers there", "check the proxy");
    }
    let text = answer.bytes().await.unwrap_or_default();
    let document: Value = serde_json::from_slice(&text).unwrap_or_default();
    if document["issuer"] == *issuer {
        report.ok("reachable", url);
    } else {
        let found = format!("at {url} another server answers, with issuer {}", document["issuer"]);
        report.fail("reachable", found, "check issuer, DNS and the proxy");
    }
}

fn certificate(answer: &Response, report: &mut Report) {
    let der = answer.extensions().get::<TlsInfo>().and_then(TlsInfo::peer_certificate);
    let parsed = der.and_then(|der| X509Certificate::from_der(der).ok());
    let Some((_, certificate)) = parsed else { return };
    let until = certificate.validity().not_after.timestamp();
    let days = (until - SystemClock.now().seconds()) / (24 * 60 * 60);
    let found = format!("the certificate holds for {days} days");
    if days < RENEW_DAYS {
        report.warn("TLS", found, "renew it");
    } else {
        report.ok("TLS", found);
    }
}

fn date(answer: &Response, report: &mut Report) {
    let date = answer.headers().get(DATE).and_then(|date| date.to_str().ok());
    let date = date.and_then(|date| DateTime::parse_from_rfc2822(date).ok());
    let Some(date) = date else { return };
    let apart = (SystemClock.now().seconds() - date.timestamp()).abs();
    if apart > 5 {
        let found = format!("{apart} s apart from whoever answers at the issuer");
        report.warn("clock", found, "keep the clocks of all machines by NTP");
    }
}
