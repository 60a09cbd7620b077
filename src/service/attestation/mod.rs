//! Judging what makers vouch for (Web Authentication Level 3 §7.1 steps 21 to 25): whether an
//! attestation leads to a root that is trusted here. The statements and the chains of certificates
//! are the WebAuthn library's to check; here it is said whom we trust with what.

mod metadata;
pub(crate) mod roots;

use std::time::{Duration, SystemTime};

use aws_lc_rs::digest::{SHA256, digest};
use uuid::Uuid;
use webauthn_rs::prelude::{
    AttestationCaList, AttestationFormat, AttestationMetadata, Credential as VerifiedCredential,
    ParsedAttestationData, RegisterPublicKeyCredential,
};
use webauthn_rs_core::attestation::verify_attestation_ca_chain;
use webauthn_rs_core::proto::SerialisableAttestationData;
use x509_parser::prelude::{FromDer, X509Certificate};

use super::{Failure, Services};
use crate::domain::attestation::{Attestation, CertificateName, Format, Level, Root};
use crate::domain::credential::Credential;
use crate::domain::time::Timestamp;
use crate::store::{self, Conn, attestation_roots};

pub use metadata::Imported;
pub use roots::ListedRoot;

/// Whom we trust.
pub(crate) struct Trust {
    pub(crate) roots: Vec<Root>,
    /// Models that the FIDO Metadata Service warns of.
    pub(crate) compromised: Vec<Uuid>,
}

/// What became of an attestation.
#[derive(Debug)]
pub(crate) struct Judged {
    pub(crate) attestation: Attestation,
    /// Why it does not reach further.
    pub(crate) trouble: Option<String>,
}

impl Services {
    /// Whom we trust at present.
    pub(super) async fn trust(&self) -> Result<Trust, Failure> {
        let mut conn = self.store.reader().await?;
        let roots = roots::known(&mut conn).await?;
        let metadata = attestation_roots::metadata(&mut conn).await?;
        Ok(Trust { roots, compromised: metadata.map(|it| it.compromised).unwrap_or_default() })
    }
}

/// Takes from keys the word of their maker where the FIDO Metadata Service warns of their model by
/// now. What was found out when they were registered stays stored: an edition that warns no longer
/// gives it back.
pub(super) async fn heed_warnings(
    conn: &mut Conn,
    methods: &mut [Credential],
) -> store::Result<()> {
    if !methods.iter().any(|method| method.attestation.is_attested()) {
        return Ok(());
    }
    let Some(metadata) = attestation_roots::metadata(conn).await? else { return Ok(()) };
    for method in methods.iter_mut().filter(|method| method.attestation.is_attested()) {
        if method.aaguid.is_some_and(|model| metadata.compromised.contains(&model)) {
            method.attestation.level = Level::Untrusted;
        }
    }
    Ok(())
}

/// Judges the attestation of a credential whose statement the library has verified. `aaguid` is what
/// its authenticator data says, none where that is all zeros.
pub(crate) fn judge(
    key: &VerifiedCredential,
    aaguid: Option<Uuid>,
    trust: &Trust,
    now: Timestamp,
) -> Judged {
    let data = &key.attestation.data;
    if matches!(data, ParsedAttestationData::Self_) {
        let attestation = Attestation {
            level: Level::SelfSigned,
            format: format(&key.attestation_format),
            ..Attestation::default()
        };
        let trouble = Some("the key vouches for itself alone".to_owned());
        return Judged { attestation, trouble };
    }
    let chain = chain(data);
    let Some(format) = format(&key.attestation_format).filter(|_| !chain.is_empty()) else {
        let trouble = Some("there is no attestation".to_owned());
        return Judged { attestation: Attestation::default(), trouble };
    };
    let mut attestation = Attestation {
        level: Level::Untrusted,
        format: Some(format),
        certificates: chain.iter().map(|der| name(der)).collect(),
        root: None,
    };
    let trouble = match unfit(key, format, aaguid, trust) {
        Some(reason) => Some(reason.to_owned()),
        None => match leads_to(&chain, format, aaguid, trust, now) {
            Ok(root) => {
                attestation.level = Level::Attested;
                attestation.root = Some(root.name.clone());
                None
            }
            Err(reason) => Some(reason),
        },
    };
    Judged { attestation, trouble }
}

/// What no chain of certificates mends.
fn unfit(
    key: &VerifiedCredential,
    format: Format,
    aaguid: Option<Uuid>,
    trust: &Trust,
) -> Option<&'static str> {
    // What §8.6 signs does not cover the model, so whoever claims one lies. Nor do the certificates
    // of a phone: each has one model for all of its kind. That holds whoever added the root.
    let another = format.only_model().is_some_and(|only| aaguid != Some(only));
    if another || (format == Format::FidoU2f && aaguid.is_some()) {
        return Some("its attestation does not cover the model that it claims");
    }
    if let AttestationMetadata::AndroidKey { is_km_tee, is_attest_tee } = key.attestation.metadata
        && !(is_km_tee && is_attest_tee)
    {
        return Some("the phone keeps the key in software");
    }
    if aaguid.is_some_and(|aaguid| trust.compromised.contains(&aaguid)) {
        return Some("the FIDO Metadata Service warns of this model");
    }
    None
}

/// The root that signed the chain, or why there is none.
fn leads_to<'a>(
    chain: &[Vec<u8>],
    format: Format,
    aaguid: Option<Uuid>,
    trust: &'a Trust,
    now: Timestamp,
) -> Result<&'a Root, String> {
    let mut reason = None;
    for root in trust.roots.iter().filter(|root| root.vouches(format, aaguid)) {
        match signed_by(chain, root, now) {
            Ok(()) => return Ok(root),
            Err(why) if why.contains("NoMatchingIssuer") => {}
            Err(why) => reason = Some(format!("{}: {why}", root.name)),
        }
    }
    let issuer = chain.last().and_then(|der| X509Certificate::from_der(der).ok());
    let issuer = issuer.map(|(_, last)| last.issuer().to_string()).unwrap_or_default();
    Err(reason.unwrap_or_else(|| format!("its certificates lead to nobody trusted here: {issuer}")))
}

/// Whether a root signed a chain, at a moment. Each root is tried on its own: makers have several of
/// one name.
pub(super) fn signed_by(chain: &[Vec<u8>], root: &Root, now: Timestamp) -> Result<(), String> {
    let list = AttestationCaList::try_from(root.certificate.as_bytes())
        .map_err(|error| format!("the root is unreadable: {error:?}"))?;
    let is_root = |der: &Vec<u8>| thumbprint(der) == root.id;
    // The authenticator's own certificate may be the one that is trusted (§7.1 step 25).
    if chain.first().is_some_and(is_root) {
        return in_time(&chain[0], now);
    }
    // Some send the root along; it is not to be counted as one that it signed.
    let own = chain.len() - usize::from(chain.len() > 1 && chain.last().is_some_and(is_root));
    let chain = SerialisableAttestationData::Basic(chain[..own].to_vec());
    let chain = ParsedAttestationData::try_from(chain).map_err(|error| format!("{error:?}"))?;
    let micros = u64::try_from(now.micros()).unwrap_or_default();
    let now = SystemTime::UNIX_EPOCH + Duration::from_micros(micros);
    match verify_attestation_ca_chain(&chain, &list, now) {
        Ok(Some(_)) => Ok(()),
        Ok(None) => Err("there is no chain".into()),
        Err(error) => Err(format!("{error:?}")),
    }
}

fn in_time(der: &[u8], now: Timestamp) -> Result<(), String> {
    let (_, certificate) = X509Certificate::from_der(der).map_err(|error| error.to_string())?;
    let validity = certificate.validity();
    let at = now.seconds();
    if (validity.not_before.timestamp()..=validity.not_after.timestamp()).contains(&at) {
        Ok(())
    } else {
        Err("it has expired".into())
    }
}

fn format(format: &AttestationFormat) -> Option<Format> {
    match format {
        AttestationFormat::Packed => Some(Format::Packed),
        AttestationFormat::Tpm => Some(Format::Tpm),
        AttestationFormat::AndroidKey => Some(Format::AndroidKey),
        AttestationFormat::AppleAnonymous => Some(Format::Apple),
        AttestationFormat::FIDOU2F => Some(Format::FidoU2f),
        AttestationFormat::AndroidSafetyNet | AttestationFormat::None => None,
    }
}

/// The certificates of an attestation, in DER.
fn chain(data: &ParsedAttestationData) -> Vec<Vec<u8>> {
    match data.clone().into() {
        SerialisableAttestationData::Basic(chain)
        | SerialisableAttestationData::AttCa(chain)
        | SerialisableAttestationData::AnonCa(chain) => chain,
        _ => Vec::new(),
    }
}

/// A certificate's thumbprint.
pub(super) fn thumbprint(der: &[u8]) -> String {
    use std::fmt::Write;
    digest(&SHA256, der).as_ref().iter().fold(String::new(), |mut text, byte| {
        let _ = write!(text, "{byte:02x}");
        text
    })
}

fn name(der: &[u8]) -> CertificateName {
    let subject = X509Certificate::from_der(der).map(|(_, it)| it.subject().to_string());
    CertificateName { subject: subject.unwrap_or_default(), thumbprint: thumbprint(der) }
}

/// The answer without its attestation statement, as a browser hands it on where none is wanted (Web
/// Authentication Level 3 §5.1.3): so that a statement that does not hold is no hindrance where
/// nobody asked for one.
pub(crate) fn without_statement(
    answer: &RegisterPublicKeyCredential,
) -> Option<RegisterPublicKeyCredential> {
    use serde_cbor_2::Value;
    let object = serde_cbor_2::from_slice(answer.response.attestation_object.as_ref()).ok()?;
    let Value::Map(mut fields) = object else { return None };
    fields.insert(Value::Text("fmt".into()), Value::Text("none".into()));
    fields.insert(Value::Text("attStmt".into()), Value::Map(std::collections::BTreeMap::new()));
    let mut answer = answer.clone();
    answer.response.attestation_object = serde_cbor_2::to_vec(&Value::Map(fields)).ok()?;
    Some(answer)
}

#[cfg(test)]
mod tests;
