//! Whom we trust: what comes with the program, and what the operator adds or puts aside.

use serde::Serialize;
use uuid::Uuid;
use x509_parser::prelude::{FromDer, Pem, X509Certificate};

use super::{in_time, thumbprint};
use crate::domain::attestation::{Format, Root, Source};
use crate::domain::audit::Activity;
use crate::domain::authority::Action;
use crate::domain::error::Invalid;
use crate::domain::language::{Text, say};
use crate::service::caller::Caller;
use crate::service::{AdminError, Failure, Services};
use crate::store::{self, Conn, attestation_roots, audit};

/// Makers' roots as they publish them; `roots/README.md` says where each is from. A root vouches in
/// the formats that its maker uses it for. Microsoft's for TPMs is not among them: the WebAuthn library
/// verifies no attestation of a TPM yet (it knows no hash for them but SHA-1, which it refuses).
const BUILT_IN: [(&str, &[Format]); 6] = [
    (include_str!("roots/yubico-u2f-457200631.pem"), &[Format::Packed, Format::FidoU2f]),
    (include_str!("roots/apple-webauthn.pem"), &[Format::Apple]),
    (include_str!("roots/google-hardware-2019.pem"), &[Format::AndroidKey]),
    (include_str!("roots/google-hardware-2021.pem"), &[Format::AndroidKey]),
    (include_str!("roots/google-hardware-2022.pem"), &[Format::AndroidKey]),
    (include_str!("roots/google-key-attestation-ca1.pem"), &[Format::AndroidKey]),
];

/// The roots that may sign the FIDO Metadata Service's file.
pub(super) const METADATA_SIGNERS: [&str; 2] =
    [include_str!("roots/globalsign-r3.pem"), include_str!("roots/globalsign-r46.pem")];

/// A root as it is listed.
#[derive(Clone, Debug, Serialize)]
#[serde(rename_all = "camelCase")]
pub struct ListedRoot {
    /// The root.
    #[serde(flatten)]
    pub root: Root,
    /// Whether the certificate is within its time.
    pub in_time: bool,
}

/// A certificate in PEM as a root.
pub(super) fn read(pem: &str, formats: &[Format], source: Source) -> Result<Root, Invalid> {
    let wrong = |why: Text| Invalid::new("certificate", why);
    let mut found = Pem::iter_from_buffer(pem.as_bytes());
    let Some(Ok(first)) = found.next() else {
        return Err(wrong(say("invalid-pem")));
    };
    if first.label != "CERTIFICATE" || found.next().is_some() {
        return Err(wrong(say("invalid-pem-one")));
    }
    of_der(&first.contents, formats, source)
}

/// A certificate in DER as a root.
pub(super) fn of_der(der: &[u8], formats: &[Format], source: Source) -> Result<Root, Invalid> {
    use base64::Engine;
    use base64::engine::general_purpose::STANDARD;
    let wrong = |why: Text| Invalid::new("certificate", why);
    let Ok((rest, certificate)) = X509Certificate::from_der(der) else {
        return Err(wrong(say("invalid-x509")));
    };
    if !rest.is_empty() {
        return Err(wrong(say("invalid-x509-more")));
    }
    let body = STANDARD.encode(der);
    let lines: Vec<_> = body.as_bytes().chunks(64).map(String::from_utf8_lossy).collect();
    Ok(Root {
        id: thumbprint(der),
        name: certificate.subject().to_string(),
        certificate: format!(
            "-----BEGIN CERTIFICATE-----\n{}\n-----END CERTIFICATE-----\n",
            lines.join("\n")
        ),
        formats: formats.to_vec(),
        models: Vec::new(),
        source,
        added_at: None,
        trusted: true,
    })
}

/// What comes with the program.
pub(crate) fn built_in() -> Vec<Root> {
    let roots = BUILT_IN.iter();
    roots.filter_map(|(pem, formats)| read(pem, formats, Source::BuiltIn).ok()).collect()
}

/// Every root, with whether it is trusted.
pub(super) async fn known(conn: &mut Conn) -> store::Result<Vec<Root>> {
    let mut roots = built_in();
    roots.extend(attestation_roots::all(conn).await?);
    let distrusted = attestation_roots::distrusted(conn).await?;
    for root in &mut roots {
        root.trusted = !distrusted.contains(&root.id);
    }
    Ok(roots)
}

impl Services {
    /// Whom we trust to vouch for keys.
    pub async fn list_attestation_roots(&self) -> Result<Vec<ListedRoot>, Failure> {
        let (now, mut conn) = (self.now(), self.store.reader().await?);
        let listed = known(&mut conn).await?.into_iter().map(|root| {
            let der = Pem::iter_from_buffer(root.certificate.as_bytes()).next();
            let in_time = matches!(der, Some(Ok(pem)) if in_time(&pem.contents, now).is_ok());
            ListedRoot { root, in_time }
        });
        Ok(listed.collect())
    }

    /// Trusts a maker's certificate: to vouch in these formats, for these models; none: any.
    pub async fn add_attestation_root(
        &self,
        caller: &Caller,
        pem: &str,
        formats: &[Format],
        models: Vec<Uuid>,
    ) -> Result<Root, AdminError> {
        self.permit(caller, Action::ChangePolicies, Activity::PolicyChanged, None).await?;
        let mut root = read(pem, formats, Source::Operator)?;
        root.models = models;
        let now = self.now();
        root.added_at = Some(now);
        let entry = self.entry_by(Activity::PolicyChanged, caller);
        let event = entry.detail(format!("attestation root added: {}", root.name)).done();
        // What comes with the program needs no second row: it is trusted again.
        let built_in = built_in().into_iter().find(|known| known.id == root.id);
        let root =
            built_in.filter(|_| formats.is_empty() && root.models.is_empty()).unwrap_or(root);
        let stored = root.clone();
        self.store
            .write(move |conn| {
                Box::pin(async move {
                    attestation_roots::trust(conn, &stored.id, true, now).await?;
                    if stored.source == Source::Operator {
                        attestation_roots::put(conn, &stored, now).await?;
                    }
                    audit::insert(conn, &event).await
                })
            })
            .await?;
        Ok(root)
    }

    /// Trusts a certificate no more, by its thumbprint or the beginning of it. Keys that it vouched
    /// for keep what was found out when they were registered.
    pub async fn remove_attestation_root(
        &self,
        caller: &Caller,
        id: &str,
    ) -> Result<Root, AdminError> {
        self.permit(caller, Action::ChangePolicies, Activity::PolicyChanged, None).await?;
        let id = id.to_ascii_lowercase();
        let known = known(&mut *self.store.reader().await?).await?;
        let mut found: Vec<_> = known.into_iter().filter(|root| root.id.starts_with(&id)).collect();
        found.dedup_by(|one, other| one.id == other.id);
        let root = match found.len() {
            1 if id.len() >= 8 => found.remove(0),
            0 | 1 => return Err(AdminError::NotFound(format!("attestation root {id}"))),
            _ => return Err(Invalid::new("id", "several roots begin like this").into()),
        };
        let entry = self.entry_by(Activity::PolicyChanged, caller);
        let event = entry.detail(format!("attestation root removed: {}", root.name)).done();
        let (id, now) = (root.id.clone(), self.now());
        self.store
            .write(move |conn| {
                Box::pin(async move {
                    let removed = attestation_roots::remove(conn, &id).await?;
                    // It may also come from elsewhere.
                    if !removed || self::known(conn).await?.iter().any(|root| root.id == id) {
                        attestation_roots::trust(conn, &id, false, now).await?;
                    }
                    audit::insert(conn, &event).await
                })
            })
            .await?;
        Ok(root)
    }
}
