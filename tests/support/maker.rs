//! A maker of authenticators: a root of its own, and devices that it vouches for.

#![allow(dead_code, reason = "a toolbox: not every suite uses every tool")]

use std::sync::Arc;

use aws_lc_rs::rand::SystemRandom;
use aws_lc_rs::signature::{ECDSA_P256_SHA256_ASN1_SIGNING, EcdsaKeyPair};
use base64::Engine as _;
use base64::engine::general_purpose::{STANDARD, URL_SAFE_NO_PAD};
use rcgen::{
    BasicConstraints, CertificateParams, CustomExtension, DnType, IsCa, Issuer, KeyPair,
    KeyUsagePurpose, PKCS_ECDSA_P256_SHA256, date_time_ymd,
};
use serde_json::{Value, json};
use uuid::Uuid;

/// The extension that names the model (Web Authentication Level 3 §8.2.1).
const MODEL: [u64; 10] = [1, 3, 6, 1, 4, 1, 45724, 1, 1, 4];

fn pem(der: &[u8]) -> String {
    let body = STANDARD.encode(der);
    format!("-----BEGIN CERTIFICATE-----\n{body}\n-----END CERTIFICATE-----\n")
}

/// A maker, with one batch of devices.
#[derive(Clone)]
pub struct Maker {
    root: Arc<(CertificateParams, KeyPair)>,
    root_pem: String,
    root_der: Vec<u8>,
    /// The batch's certificate and its key.
    batch: Vec<u8>,
    batch_key: Arc<Vec<u8>>,
}

impl Maker {
    /// A maker whose batch names no model in its certificate.
    pub fn new(name: &str) -> Self {
        Self::with(name, None, 2050)
    }

    /// A maker whose batch is of this model.
    pub fn of_model(name: &str, model: Uuid) -> Self {
        Self::with(name, Some(model), 2050)
    }

    /// A maker whose batch has expired.
    pub fn expired(name: &str) -> Self {
        Self::with(name, None, 2021)
    }

    fn with(name: &str, model: Option<Uuid>, until: i32) -> Self {
        let key = KeyPair::generate_for(&PKCS_ECDSA_P256_SHA256).expect("a key");
        let mut root = CertificateParams::default();
        root.distinguished_name.push(DnType::CommonName, format!("{name} Root"));
        root.is_ca = IsCa::Ca(BasicConstraints::Unconstrained);
        root.key_usages = vec![KeyUsagePurpose::KeyCertSign, KeyUsagePurpose::CrlSign];
        root.not_before = date_time_ymd(2020, 1, 1);
        root.not_after = date_time_ymd(2060, 1, 1);
        let certificate = root.self_signed(&key).expect("a root");

        let batch_key = KeyPair::generate_for(&PKCS_ECDSA_P256_SHA256).expect("a key");
        let mut batch = CertificateParams::default();
        batch.distinguished_name.remove(DnType::CommonName);
        batch.distinguished_name.push(DnType::CountryName, "DE");
        batch.distinguished_name.push(DnType::OrganizationName, name);
        batch.distinguished_name.push(DnType::OrganizationalUnitName, "Authenticator Attestation");
        batch.distinguished_name.push(DnType::CommonName, format!("{name} Batch 1"));
        batch.is_ca = IsCa::ExplicitNoCa;
        batch.not_before = date_time_ymd(2020, 1, 1);
        batch.not_after = date_time_ymd(until, 1, 1);
        if let Some(model) = model {
            let mut content = vec![0x04, 0x10];
            content.extend_from_slice(model.as_bytes());
            batch.custom_extensions = vec![CustomExtension::from_oid_content(&MODEL, content)];
        }
        let issuer = Issuer::from_params(&root, &key);
        let batch = batch.signed_by(&batch_key, &issuer).expect("a certificate");
        Self {
            root_pem: pem(certificate.der()),
            root_der: certificate.der().to_vec(),
            root: Arc::new((root, key)),
            batch: batch.der().to_vec(),
            batch_key: Arc::new(batch_key.serialize_der()),
        }
    }

    /// The root, for whoever is to trust this maker.
    pub fn root(&self) -> &str {
        &self.root_pem
    }

    /// The root as metadata has it.
    pub fn root_base64(&self) -> String {
        STANDARD.encode(&self.root_der)
    }

    /// The certificates that go with what its devices sign.
    pub fn chain(&self) -> Vec<Vec<u8>> {
        vec![self.batch.clone()]
    }

    /// What a device of its signs.
    pub fn sign(&self, data: &[u8]) -> Vec<u8> {
        let key = EcdsaKeyPair::from_pkcs8(&ECDSA_P256_SHA256_ASN1_SIGNING, &self.batch_key);
        let signed = key.expect("a key").sign(&SystemRandom::new(), data).expect("a signature");
        signed.as_ref().to_vec()
    }

    /// The FIDO Metadata Service's file, signed for `host` by this maker, who plays the service.
    pub fn metadata(&self, host: &str, serial: i64, entries: &Value) -> String {
        let key = KeyPair::generate_for(&PKCS_ECDSA_P256_SHA256).expect("a key");
        let mut leaf = CertificateParams::new(vec![host.to_owned()]).expect("a name");
        leaf.is_ca = IsCa::ExplicitNoCa;
        leaf.not_before = date_time_ymd(2020, 1, 1);
        leaf.not_after = date_time_ymd(2050, 1, 1);
        let issuer = Issuer::from_params(&self.root.0, &self.root.1);
        let leaf = leaf.signed_by(&key, &issuer).expect("a certificate");
        let encode = |value: &Value| URL_SAFE_NO_PAD.encode(value.to_string());
        let header = json!({ "alg": "ES256", "typ": "JWT", "x5c": [STANDARD.encode(leaf.der())] });
        let payload = json!({
            "legalHeader": "For tests.", "no": serial, "nextUpdate": "2049-12-31",
            "entries": entries,
        });
        let signed = format!("{}.{}", encode(&header), encode(&payload));
        let fixed = &aws_lc_rs::signature::ECDSA_P256_SHA256_FIXED_SIGNING;
        let pair = EcdsaKeyPair::from_pkcs8(fixed, &key.serialize_der()).expect("a key");
        let signature = pair.sign(&SystemRandom::new(), signed.as_bytes()).expect("a signature");
        format!("{signed}.{}", URL_SAFE_NO_PAD.encode(signature.as_ref()))
    }
}
