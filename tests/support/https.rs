//! An authority for TLS, the certificates that it issues, and clients that trust it alone.

#![allow(dead_code, reason = "a toolbox: not every suite uses every tool")]

use std::path::{Path, PathBuf};
use std::sync::Arc;

use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;
use firstkey::config::TlsFiles;
use rcgen::{
    BasicConstraints, Certificate, CertificateParams, CertifiedIssuer, DnType, IsCa, KeyPair,
    KeyUsagePurpose,
};
use reqwest::tls::TlsInfo;
use time::{Duration, OffsetDateTime};
use tokio::net::TcpStream;
use tokio_rustls::TlsConnector;
use tokio_rustls::client::TlsStream;
use tokio_rustls::rustls::crypto::aws_lc_rs::default_provider;
use tokio_rustls::rustls::pki_types::ServerName;
use tokio_rustls::rustls::{ClientConfig, RootCertStore};

fn pem(kind: &str, der: &[u8]) -> String {
    format!("-----BEGIN {kind}-----\n{}\n-----END {kind}-----\n", STANDARD.encode(der))
}

/// Whom clients trust.
pub struct Authority(CertifiedIssuer<'static, KeyPair>);

/// A certificate and its key, in PEM.
#[derive(Clone)]
pub struct Issued {
    pub certificate: String,
    pub key: String,
    pub der: Vec<u8>,
}

impl Issued {
    /// Puts both where a server looks for them.
    pub fn write(&self, files: &TlsFiles) {
        std::fs::write(&files.certificate, &self.certificate).expect("a certificate");
        write_key(&files.key, &self.key);
    }
}

/// As whoever renews certificates does it.
pub fn write_key(path: &Path, key: &str) {
    use std::os::unix::fs::PermissionsExt as _;
    std::fs::write(path, key).expect("a key");
    std::fs::set_permissions(path, std::fs::Permissions::from_mode(0o600)).expect("its mode");
}

/// The two files in a folder.
pub fn files_in(folder: &Path) -> TlsFiles {
    TlsFiles { certificate: folder.join("fullchain.pem"), key: folder.join("privkey.pem") }
}

impl Authority {
    pub fn new() -> Self {
        let mut params = CertificateParams::default();
        params.distinguished_name.push(DnType::CommonName, "Authority of the tests");
        params.is_ca = IsCa::Ca(BasicConstraints::Unconstrained);
        params.key_usages = vec![KeyUsagePurpose::KeyCertSign, KeyUsagePurpose::CrlSign];
        let key = KeyPair::generate().expect("a key");
        Self(CertifiedIssuer::self_signed(params, key).expect("an authority"))
    }

    fn root(&self) -> &Certificate {
        self.0.as_ref()
    }

    /// A certificate for this name, for a year.
    pub fn issue(&self, name: &str) -> Issued {
        self.issue_for(name, 365)
    }

    /// The same, which ends in so many days.
    pub fn issue_for(&self, name: &str, days: i64) -> Issued {
        let mut params = CertificateParams::new([name.to_owned()]).expect("a name");
        // Half a day more: whole days are counted.
        let now = OffsetDateTime::now_utc() + Duration::hours(12);
        params.not_before = now + Duration::days(days.min(0) - 100);
        params.not_after = now + Duration::days(days);
        let key = KeyPair::generate().expect("a key");
        let certificate = params.signed_by(&key, &self.0).expect("a certificate");
        let chain = [certificate.der(), self.root().der()].map(|der| pem("CERTIFICATE", der));
        Issued {
            certificate: chain.concat(),
            key: pem("PRIVATE KEY", &key.serialize_der()),
            der: certificate.der().to_vec(),
        }
    }

    /// A client's settings that trust this authority and nobody else.
    pub fn trusted(&self, http: reqwest::ClientBuilder) -> reqwest::ClientBuilder {
        let root = reqwest::Certificate::from_der(self.root().der()).expect("a certificate");
        http.tls_certs_only([root]).tls_info(true)
    }

    /// A client that trusts this authority and nobody else.
    pub fn client(&self) -> reqwest::Client {
        self.trusted(reqwest::Client::builder()).build().expect("an HTTP client")
    }

    /// The same for whoever speaks TLS without HTTP.
    pub fn connector(&self, alpn: &[&[u8]]) -> TlsConnector {
        let mut roots = RootCertStore::empty();
        roots.add(self.root().der().clone()).expect("a root");
        let mut config = ClientConfig::builder_with_provider(Arc::new(default_provider()))
            .with_safe_default_protocol_versions()
            .expect("versions")
            .with_root_certificates(roots)
            .with_no_client_auth();
        config.alpn_protocols = alpn.iter().map(|name| name.to_vec()).collect();
        TlsConnector::from(Arc::new(config))
    }
}

/// A handshake with whoever listens on this machine as `localhost`.
pub async fn shake(connector: &TlsConnector, port: u16) -> std::io::Result<TlsStream<TcpStream>> {
    let stream = TcpStream::connect(("127.0.0.1", port)).await?;
    connector.connect(ServerName::try_from("localhost").expect("a name"), stream).await
}

/// The certificate that an answer came with.
pub fn certificate_of(answer: &reqwest::Response) -> Vec<u8> {
    let info = answer.extensions().get::<TlsInfo>().and_then(TlsInfo::peer_certificate);
    info.expect("it came by TLS").to_vec()
}

/// A file of the repository.
pub fn in_repository(path: &str) -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).join(path)
}
