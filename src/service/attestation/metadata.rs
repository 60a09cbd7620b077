//! The file of the FIDO Metadata Service (Metadata Service v3.0 §3.1): which roots vouch for which
//! models, and which models are not to be trusted any more. It is brought by the operator; nothing
//! is fetched.

use std::collections::BTreeMap;

use base64::Engine;
use base64::engine::general_purpose::STANDARD;
use jsonwebtoken::{Algorithm, DecodingKey, Validation};
use serde::{Deserialize, Serialize};
use uuid::Uuid;
use x509_parser::certificate::X509Certificate;
use x509_parser::extensions::GeneralName;
use x509_parser::prelude::FromDer;
use x509_parser::public_key::PublicKey;

use super::{roots, signed_by};
use crate::domain::attestation::{Root, Source};
use crate::domain::audit::Activity;
use crate::domain::authority::Action;
use crate::domain::error::Invalid;
use crate::domain::time::Timestamp;
use crate::service::caller::Caller;
use crate::service::{AdminError, Services};
use crate::store::attestation_roots::{self, Metadata};
use crate::store::audit;

/// Whom the signer's certificate must name, where it comes from a public authority.
const SIGNER: &str = "mds.fidoalliance.org";

/// Statuses after which a model is not trusted (§3.1.4). Of keys that only somebody who holds them
/// can copy, the operator decides.
const COMPROMISED: [&str; 4] = [
    "REVOKED",
    "ATTESTATION_KEY_COMPROMISE",
    "USER_VERIFICATION_BYPASS",
    "USER_KEY_REMOTE_COMPROMISE",
];

#[derive(Deserialize)]
#[serde(rename_all = "camelCase")]
struct Payload {
    no: i64,
    next_update: String,
    entries: Vec<Entry>,
}

#[derive(Deserialize)]
#[serde(rename_all = "camelCase")]
struct Entry {
    aaguid: Option<Uuid>,
    metadata_statement: Option<Statement>,
    #[serde(default)]
    status_reports: Vec<Report>,
}

#[derive(Deserialize)]
#[serde(rename_all = "camelCase")]
struct Statement {
    #[serde(default)]
    attestation_root_certificates: Vec<String>,
}

#[derive(Deserialize)]
struct Report {
    status: String,
}

/// What an import brought.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
#[serde(rename_all = "camelCase")]
pub struct Imported {
    /// The edition.
    pub serial: i64,
    /// The day by which there will be another.
    pub next_update: String,
    /// How many models have roots now.
    pub models: usize,
    /// How many roots there are for them.
    pub roots: usize,
    /// Models that are not trusted any more.
    pub compromised: Vec<Uuid>,
    /// Certificates that cannot be read, and are left out.
    pub unreadable: usize,
    /// Whether another edition should be there by now.
    pub is_outdated: bool,
}

impl Services {
    /// Takes the roots of the FIDO Metadata Service's file in place of those of an earlier one. It
    /// must be signed by a certificate that leads to `signer`, in PEM, or else by the service's own
    /// that leads to a root that it uses.
    pub async fn import_attestation_metadata(
        &self,
        caller: &Caller,
        blob: &str,
        signer: Option<&str>,
    ) -> Result<Imported, AdminError> {
        self.permit(caller, Action::ChangePolicies, Activity::PolicyChanged, None).await?;
        let now = self.now();
        let entry = self.entry_by(Activity::PolicyChanged, caller);
        let payload = match open(blob.trim(), signer, now) {
            Ok(payload) => payload,
            Err(invalid) => {
                let reason = format!("attestation metadata: {}", invalid.message.english());
                self.note(entry.refused(reason)).await?;
                return Err(invalid.into());
            }
        };
        let (roots, compromised, unreadable) = sort(payload.entries);
        let mut models: Vec<_> = roots.iter().flat_map(|root| &root.models).collect();
        models.sort();
        models.dedup();
        let imported = Imported {
            serial: payload.no,
            models: models.len(),
            roots: roots.len(),
            compromised: compromised.clone(),
            unreadable,
            is_outdated: Timestamp::parse(&format!("{}T23:59:59Z", payload.next_update))
                .is_none_or(|due| due < now),
            next_update: payload.next_update.clone(),
        };
        let metadata = Metadata {
            serial: payload.no,
            next_update: payload.next_update,
            compromised,
            imported_at: now,
        };
        let event =
            entry.detail(format!("attestation metadata: edition {}", metadata.serial)).done();
        let taken = self
            .store
            .write(move |conn| {
                Box::pin(async move {
                    let taken = attestation_roots::import(conn, &metadata, &roots).await?;
                    if taken {
                        audit::insert(conn, &event).await?;
                    }
                    Ok(taken)
                })
            })
            .await?;
        if taken {
            return Ok(imported);
        }
        Err(Invalid::new("file", "a newer edition than this one is in use").into())
    }
}

/// The payload of a file whose signature holds.
fn open(blob: &str, signer: Option<&str>, now: Timestamp) -> Result<Payload, Invalid> {
    let wrong = |why: &str| Invalid::new("file", why.to_owned());
    let header = jsonwebtoken::decode_header(blob)
        .map_err(|_| wrong("it is not the signed file of the FIDO Metadata Service (a JWT)"))?;
    if !matches!(header.alg, Algorithm::RS256 | Algorithm::ES256) {
        return Err(wrong("it is signed in a way that is not taken here: RS256 and ES256 are"));
    }
    let chain = header.x5c.unwrap_or_default();
    let chain: Result<Vec<_>, _> = chain.iter().map(|text| STANDARD.decode(text)).collect();
    let chain = chain.ok().filter(|chain| !chain.is_empty());
    let chain = chain.ok_or_else(|| wrong("it carries no certificate that can be read (x5c)"))?;
    let Ok((_, leaf)) = X509Certificate::from_der(&chain[0]) else {
        return Err(wrong("it carries no certificate that can be read (x5c)"));
    };
    let own: Vec<&str> = signer.map_or_else(|| roots::METADATA_SIGNERS.to_vec(), |own| vec![own]);
    let mut trouble = String::new();
    let trusted = own.into_iter().any(|pem| {
        let verdict = roots::read(pem, &[], Source::Metadata)
            .map_err(|invalid| invalid.message.english())
            .and_then(|root| signed_by(&chain, &root, now));
        verdict.map_err(|why| trouble = why).is_ok()
    });
    if !trusted {
        return Err(wrong(&format!(
            "its certificates lead to no root that may sign it: {trouble}"
        )));
    }
    // A public authority signs for anybody; the operator's own signs for the operator.
    if signer.is_none() && !names(&leaf, SIGNER) {
        return Err(wrong(&format!("it is not signed by {SIGNER}")));
    }
    let spki = leaf.public_key();
    let key = match (spki.parsed(), header.alg) {
        (Ok(PublicKey::RSA(_)), Algorithm::RS256) => {
            DecodingKey::from_rsa_der(&spki.subject_public_key.data)
        }
        (Ok(PublicKey::EC(_)), Algorithm::ES256) => {
            DecodingKey::from_ec_der(&spki.subject_public_key.data)
        }
        _ => return Err(wrong("its signature is not of the kind of its certificate")),
    };
    let mut validation = Validation::new(header.alg);
    validation.required_spec_claims.clear();
    validation.validate_exp = false;
    validation.validate_aud = false;
    let opened = jsonwebtoken::decode::<Payload>(blob, &key, &validation);
    Ok(opened.map_err(|error| wrong(&format!("it does not hold: {error}")))?.claims)
}

/// Whether a certificate is for this host.
fn names(certificate: &X509Certificate<'_>, host: &str) -> bool {
    let Ok(Some(alternative)) = certificate.subject_alternative_name() else { return false };
    let is_host = |name: &GeneralName<'_>| matches!(name, GeneralName::DNSName(it) if *it == host);
    alternative.value.general_names.iter().any(is_host)
}

/// The roots and the models that they vouch for, the models not to be trusted, and the number of
/// certificates that cannot be read.
fn sort(entries: Vec<Entry>) -> (Vec<Root>, Vec<Uuid>, usize) {
    let mut roots: BTreeMap<String, Root> = BTreeMap::new();
    let (mut compromised, mut unreadable) = (Vec::new(), 0);
    for entry in entries {
        // What has no AAGUID is no FIDO2 authenticator.
        let (Some(model), Some(statement)) = (entry.aaguid, entry.metadata_statement) else {
            continue;
        };
        if entry.status_reports.iter().any(|it| COMPROMISED.contains(&it.status.as_str())) {
            compromised.push(model);
            continue;
        }
        for text in statement.attestation_root_certificates {
            let text: String = text.split_whitespace().collect();
            let der = STANDARD.decode(text).ok();
            let root = der.and_then(|der| roots::of_der(&der, &[], Source::Metadata).ok());
            match root {
                Some(root) => {
                    let models = &mut roots.entry(root.id.clone()).or_insert(root).models;
                    if !models.contains(&model) {
                        models.push(model);
                    }
                }
                None => unreadable += 1,
            }
        }
    }
    (roots.into_values().collect(), compromised, unreadable)
}
