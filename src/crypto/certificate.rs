//! The public half of a signing key in an X.509 certificate, for those who read keys from there
//! only (`x5c`, RFC 7517 §4.7). It is self-signed and proves nothing that the JWK does not.

use rcgen::{CertificateParams, DnType, KeyPair, date_time_ymd};
use rcgen::{PKCS_RSA_SHA256, SerialNumber};

/// A certificate of the RSA key in this PKCS #8 document, in DER. Nothing in it depends on the
/// moment or on chance, so that every instance publishes the same.
pub(super) fn of_rsa(id: &str, pkcs8: &[u8]) -> Result<Vec<u8>, rcgen::Error> {
    let document = pkcs8.into();
    let pair = KeyPair::from_pkcs8_der_and_sign_algo(&document, &PKCS_RSA_SHA256)?;
    let mut params = CertificateParams::default();
    params.distinguished_name.remove(DnType::CommonName);
    params.distinguished_name.push(DnType::CommonName, format!("Signing key {id}"));
    params.serial_number = Some(SerialNumber::from(1_u64));
    params.not_before = date_time_ymd(2020, 1, 1);
    // No well-defined end (RFC 5280 §4.1.2.5): keys end when they leave the JWK Set.
    params.not_after = date_time_ymd(9999, 12, 31);
    Ok(params.self_signed(&pair)?.der().to_vec())
}
