//! The certificate, where this server speaks TLS itself.

use super::Report;
use crate::config::{Config, TlsFiles};
use crate::domain::time::Timestamp;
use crate::server::tls::{Certificate, RENEW_DAYS};

pub(super) fn look(config: &Config, now: Timestamp, report: &mut Report) {
    let Some(files) = &config.tls else { return };
    let certificate = match Certificate::load(files) {
        Ok(certificate) => certificate,
        Err(error) => {
            let advice = "name files in PEM that the user of the server can read and that belong \
                          together";
            return report.fail("certificate", error, advice);
        }
    };
    key(files, report);
    let shown = files.certificate.display();
    let host = config.issuer.host_str().unwrap_or_default();
    if !certificate.is_for(host) {
        let found = format!("{shown} is for other names than {host}, and no browser takes it");
        let advice = format!("get one whose subject alternative names have {host}");
        return report.fail("certificate", found, advice);
    }
    let (from, until) = certificate.validity();
    let days = (until - now.seconds()).div_euclid(24 * 60 * 60);
    if now.seconds() < from {
        let found = format!("{shown} does not hold yet");
        report.fail("certificate", found, "check the clock, or wait");
    } else if days < 0 {
        report.fail("certificate", format!("{shown} has run out"), "renew it");
    } else if days < RENEW_DAYS {
        report.warn("certificate", format!("{shown} holds for {days} days"), "renew it");
    } else {
        let others = certificate.length() - 1;
        let found = format!(
            "{shown} is for {host} and holds for {days} days; {others} more certificates lead to \
             its root"
        );
        report.ok("certificate", found);
    }
}

/// Its group may be one for keys, as Debian has it; everybody is too many.
fn key(files: &TlsFiles, report: &mut Report) {
    #[cfg(unix)]
    {
        use std::os::unix::fs::PermissionsExt as _;
        let mode = files.key.metadata().map(|file| file.permissions().mode());
        if mode.is_ok_and(|mode| mode & 0o007 != 0) {
            let shown = files.key.display();
            let found = format!("everybody on this machine can read {shown}");
            report.warn("certificate", found, format!("run: chmod o= {shown}"));
        }
    }
    #[cfg(not(unix))]
    let _ = (files, report);
}
