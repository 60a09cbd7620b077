//! A passkey in software, for protocol tests that need no browser.
//!
//! It is both halves of what stands before the server in real life: the browser that checks the
//! origin and writes the client data, and the authenticator that keeps the keys and signs. The work
//! is done by the `passkey` crate; here it is only dressed in the JSON that pages send.
//!
//! One [`SoftAuthenticator`] is one device. Cloning it clones the keys *and their counters*, which
//! is how a test plays somebody who copied a security key.

#![allow(dead_code, reason = "a toolbox: not every suite uses every tool")]

use std::collections::BTreeMap;

use async_trait::async_trait;
use aws_lc_rs::digest::{SHA256, digest};
use base64::Engine as _;
use base64::engine::general_purpose::URL_SAFE_NO_PAD;
use passkey::authenticator::{
    Authenticator, CredentialStore, DiscoverabilitySupport, StoreInfo, UiHint, UserCheck,
    UserValidationMethod,
};
use passkey::client::{Client, DefaultClientData, WebauthnError};
use passkey::crypto::rust_crypto::RustCryptoBackend;
use passkey::types::Passkey;
use passkey::types::ctap2::make_credential::{
    Options, PublicKeyCredentialRpEntity, PublicKeyCredentialUserEntity,
};
use passkey::types::ctap2::{Aaguid, Ctap2Error, StatusCode};
use passkey::types::webauthn::{
    CredentialCreationOptions, CredentialRequestOptions, PublicKeyCredentialDescriptor,
};
use serde_cbor_2::Value as Cbor;
use serde_json::{Value, json};
use url::Url;
use uuid::Uuid;

use super::maker::Maker;

/// A device that makes and uses passkeys: discoverable, user verified, backed up like a synced one.
#[derive(Clone)]
pub struct SoftAuthenticator {
    credentials: Vec<Passkey>,
    aaguid: Uuid,
    verifies_user: bool,
    counts_signatures: bool,
    device_bound: bool,
    statement: Statement,
}

/// What it says of itself when it makes a key.
#[derive(Clone)]
enum Statement {
    /// Nothing.
    None,
    /// What the new key signs.
    SelfSigned,
    /// What its maker vouches for (packed, Web Authentication Level 3 §8.2).
    Maker(Box<Maker>),
    /// The same, with a signature over something else.
    Broken(Box<Maker>),
}

impl SoftAuthenticator {
    /// A device that verifies its user, keeps discoverable keys and has no model (AAGUID zero).
    pub fn new() -> Self {
        Self {
            credentials: Vec::new(),
            aaguid: Uuid::nil(),
            verifies_user: true,
            counts_signatures: false,
            device_bound: false,
            statement: Statement::None,
        }
    }

    /// A device (and a browser) that ignores the wish for user verification and answers with the
    /// UV flag off: what a server that requires it must refuse.
    pub fn without_user_verification() -> Self {
        Self { verifies_user: false, ..Self::new() }
    }

    /// Whether it verifies its user from now on: a key registered with a fingerprint and later used
    /// without one.
    pub fn set_user_verification(&mut self, verifies: bool) {
        self.verifies_user = verifies;
    }

    /// Says that it is this model. The AAGUID is in the authenticator data whatever the server's
    /// attestation preference, as with real devices that answer `none`.
    #[must_use]
    pub fn with_aaguid(mut self, aaguid: Uuid) -> Self {
        self.aaguid = aaguid;
        self
    }

    /// Keeps its keys, as security keys do: they are not backed up.
    #[must_use]
    pub fn device_bound(mut self) -> Self {
        self.device_bound = true;
        self
    }

    /// A security key that its maker vouches for.
    #[must_use]
    pub fn made_by(mut self, maker: &Maker) -> Self {
        self.statement = Statement::Maker(Box::new(maker.clone()));
        self.device_bound()
    }

    /// The same, whose attestation does not hold.
    #[must_use]
    pub fn falsely_made_by(mut self, maker: &Maker) -> Self {
        self.statement = Statement::Broken(Box::new(maker.clone()));
        self.device_bound()
    }

    /// Vouches for itself with each new key.
    #[must_use]
    pub fn self_attested(mut self) -> Self {
        self.statement = Statement::SelfSigned;
        self
    }

    /// Counts signatures, as security keys do and synced passkeys do not.
    #[must_use]
    pub fn with_counter(mut self) -> Self {
        self.counts_signatures = true;
        self
    }

    /// Ids of the credentials on the device, newest first, base64url as on the wire.
    pub fn credential_ids(&self) -> Vec<String> {
        self.credentials.iter().map(|c| URL_SAFE_NO_PAD.encode(&*c.credential_id)).collect()
    }

    /// Loses every key on it.
    pub fn wipe(&mut self) {
        self.credentials.clear();
    }

    /// `navigator.credentials.create(options)` on a page of `origin`, as JSON to post.
    pub async fn create(&mut self, origin: &str, options: Value) -> Value {
        self.try_create(origin, options).await.expect("the authenticator makes a credential")
    }

    /// `navigator.credentials.get(options)` on a page of `origin`, as JSON to post.
    ///
    /// Without `allowCredentials` the newest credential of the RP ID answers.
    pub async fn get(&mut self, origin: &str, options: Value) -> Value {
        self.try_get(origin, options).await.expect("the authenticator signs")
    }

    /// Like [`create`](Self::create), with a refusal named as a browser names it:
    /// `InvalidStateError` (already registered: `excludeCredentials`), `SecurityError` (RP ID does
    /// not fit the origin) or `NotAllowedError: …`.
    pub async fn try_create(&mut self, origin: &str, options: Value) -> Result<Value, String> {
        let mut options = options;
        if !self.verifies_user {
            options["publicKey"]["authenticatorSelection"]["userVerification"] =
                json!("discouraged");
        }
        let options: CredentialCreationOptions =
            serde_json::from_value(options).expect("creation options in the browser's form");
        let origin = Url::parse(origin).expect("an origin");
        may_claim(&origin, options.public_key.rp.id.as_deref())?;

        let mut client = Client::new(self.device()).allows_insecure_localhost(true);
        let answer = client.register(&origin, options, DefaultClientData).await;
        self.credentials = std::mem::take(&mut client.authenticator_mut().store_mut().0);

        let made = answer.map_err(|e| name_of(&e))?;
        let hash = digest(&SHA256, &made.response.client_data_json);
        let object = self.attested(&made.response.attestation_object, hash.as_ref());
        Ok(json!({
            "id": made.id,
            "rawId": URL_SAFE_NO_PAD.encode(&*made.raw_id),
            "type": "public-key",
            "authenticatorAttachment": "platform",
            "response": {
                "attestationObject": URL_SAFE_NO_PAD.encode(object),
                "clientDataJSON": URL_SAFE_NO_PAD.encode(&*made.response.client_data_json),
                "authenticatorData": URL_SAFE_NO_PAD.encode(&*made.response.authenticator_data),
                "publicKey": made.response.public_key.as_ref().map(|k| URL_SAFE_NO_PAD.encode(&**k)),
                "publicKeyAlgorithm": made.response.public_key_algorithm,
                "transports": ["internal", "hybrid"],
            },
            "clientExtensionResults": {},
        }))
    }

    /// Like [`get`](Self::get), with a refusal named as a browser names it.
    pub async fn try_get(&mut self, origin: &str, options: Value) -> Result<Value, String> {
        let mut options = options;
        if !self.verifies_user {
            options["publicKey"]["userVerification"] = json!("discouraged");
        }
        let options: CredentialRequestOptions =
            serde_json::from_value(options).expect("request options in the browser's form");
        let origin = Url::parse(origin).expect("an origin");
        may_claim(&origin, options.public_key.rp_id.as_deref())?;

        let mut client = Client::new(self.device()).allows_insecure_localhost(true);
        let answer = client.authenticate(&origin, options, DefaultClientData).await;
        self.credentials = std::mem::take(&mut client.authenticator_mut().store_mut().0);

        let mut signed = answer.map_err(|e| name_of(&e))?;
        if self.device_bound {
            let mut data = signed.response.authenticator_data.to_vec();
            data[FLAGS] &= !BACKED_UP;
            let hash = digest(&SHA256, &signed.response.client_data_json);
            let key = self.credentials.iter().find(|it| it.credential_id == signed.raw_id);
            let over = [&*data, hash.as_ref()].concat();
            signed.response.signature = sign(key.expect("the key that signed"), &over).into();
            signed.response.authenticator_data = data.into();
        }
        Ok(json!({
            "id": signed.id,
            "rawId": URL_SAFE_NO_PAD.encode(&*signed.raw_id),
            "type": "public-key",
            "authenticatorAttachment": "platform",
            "response": {
                "authenticatorData": URL_SAFE_NO_PAD.encode(&*signed.response.authenticator_data),
                "clientDataJSON": URL_SAFE_NO_PAD.encode(&*signed.response.client_data_json),
                "signature": URL_SAFE_NO_PAD.encode(&*signed.response.signature),
                "userHandle": signed.response.user_handle.as_ref().map(|h| URL_SAFE_NO_PAD.encode(&**h)),
            },
            "clientExtensionResults": {},
        }))
    }

    /// The attestation object as this device makes it: the crate's says nothing.
    fn attested(&self, object: &[u8], client_data_hash: &[u8]) -> Vec<u8> {
        let Ok(Cbor::Map(mut fields)) = serde_cbor_2::from_slice(object) else {
            panic!("an attestation object")
        };
        let text = |text: &str| Cbor::Text(text.to_owned());
        let Some(Cbor::Bytes(data)) = fields.get_mut(&text("authData")) else {
            panic!("authenticator data")
        };
        if self.device_bound {
            data[FLAGS] &= !BACKED_UP;
        }
        let over = [&**data, client_data_hash].concat();
        let newest = self.credentials.first().expect("the key that was made");
        let (signature, chain) = match &self.statement {
            Statement::None => return serde_cbor_2::to_vec(&Cbor::Map(fields)).expect("CBOR"),
            Statement::SelfSigned => (sign(newest, &over), Vec::new()),
            Statement::Maker(maker) => (maker.sign(&over), maker.chain()),
            Statement::Broken(maker) => (maker.sign(b"something else"), maker.chain()),
        };
        let mut statement = BTreeMap::from([
            (text("alg"), Cbor::Integer(-7)),
            (text("sig"), Cbor::Bytes(signature)),
        ]);
        if !chain.is_empty() {
            let chain = chain.into_iter().map(Cbor::Bytes).collect();
            statement.insert(text("x5c"), Cbor::Array(chain));
        }
        fields.insert(text("fmt"), text("packed"));
        fields.insert(text("attStmt"), Cbor::Map(statement));
        serde_cbor_2::to_vec(&Cbor::Map(fields)).expect("CBOR")
    }

    /// The device as the `passkey` crate models it, holding our keys for one ceremony.
    ///
    /// Take the keys back after it, with what the ceremony added or counted.
    fn device(&mut self) -> Authenticator<Store, User, RustCryptoBackend> {
        let store = Store(std::mem::take(&mut self.credentials));
        let user = User { verifies: self.verifies_user };
        let aaguid = Aaguid::from(*self.aaguid.as_bytes());
        let mut device = Authenticator::new(aaguid, store, user, RustCryptoBackend);
        device.set_make_credentials_with_signature_counter(self.counts_signatures);
        device
    }
}

/// Where authenticator data has its flags, and which of them say that a key is backed up (Web
/// Authentication Level 3 §6.1).
const FLAGS: usize = 32;
const BACKED_UP: u8 = 0b0001_1000;

/// What a key of the device signs.
fn sign(key: &Passkey, data: &[u8]) -> Vec<u8> {
    use aws_lc_rs::rand::SystemRandom;
    use aws_lc_rs::signature::{ECDSA_P256_SHA256_ASN1_SIGNING, EcdsaKeyPair};
    // RFC 9053 §7.1.1: x, y and d of an elliptic curve key.
    let part = |label: i64| {
        let label = format!("Int({label})");
        let found = key.key.params.iter().find(|(name, _)| format!("{name:?}") == label);
        found.and_then(|(_, value)| value.as_bytes()).expect("a part of the key").clone()
    };
    let public = [&[0x04][..], &part(-2), &part(-3)].concat();
    let pair = EcdsaKeyPair::from_private_key_and_public_key(
        &ECDSA_P256_SHA256_ASN1_SIGNING,
        &part(-4),
        &public,
    );
    let signed = pair.expect("a key").sign(&SystemRandom::new(), data).expect("a signature");
    signed.as_ref().to_vec()
}

/// Refuses an RP ID that is not the origin's host or a domain above it, as browsers do.
///
/// The crate does so too, but lets every origin claim `localhost` once localhost is allowed at all.
fn may_claim(origin: &Url, rp_id: Option<&str>) -> Result<(), String> {
    let host = origin.host_str().unwrap_or_default();
    let fits = rp_id.is_none_or(|rp_id| {
        host.strip_suffix(rp_id).is_some_and(|rest| rest.is_empty() || rest.ends_with('.'))
    });
    if fits { Ok(()) } else { Err("SecurityError".to_owned()) }
}

/// The name a page would see for a failure.
fn name_of(error: &WebauthnError) -> String {
    match error {
        WebauthnError::AuthenticatorError(code)
            if *code == u8::from(Ctap2Error::CredentialExcluded) =>
        {
            "InvalidStateError".to_owned()
        }
        WebauthnError::OriginRpMissmatch
        | WebauthnError::InvalidRpId
        | WebauthnError::UnprotectedOrigin
        | WebauthnError::OriginMissingDomain => "SecurityError".to_owned(),
        other => format!("NotAllowedError: {other:?}"),
    }
}

/// The memory of the device, newest credential first, as CTAP2 orders them.
struct Store(Vec<Passkey>);

#[async_trait]
impl CredentialStore for Store {
    type PasskeyItem = Passkey;

    async fn find_credentials(
        &self,
        ids: Option<&[PublicKeyCredentialDescriptor]>,
        rp_id: &str,
        _user_handle: Option<&[u8]>,
    ) -> Result<Vec<Passkey>, StatusCode> {
        let wanted = |c: &&Passkey| {
            c.rp_id == rp_id && ids.is_none_or(|ids| ids.iter().any(|id| id.id == c.credential_id))
        };
        let found: Vec<Passkey> = self.0.iter().filter(wanted).cloned().collect();
        if found.is_empty() { Err(Ctap2Error::NoCredentials.into()) } else { Ok(found) }
    }

    async fn save_credential(
        &mut self,
        credential: Passkey,
        _user: PublicKeyCredentialUserEntity,
        _rp: PublicKeyCredentialRpEntity,
        _options: Options,
    ) -> Result<(), StatusCode> {
        // A second discoverable credential for the same account replaces the first (CTAP2 6.1.2).
        self.0.retain(|c| {
            c.rp_id != credential.rp_id
                || c.user_handle.is_none()
                || c.user_handle != credential.user_handle
        });
        self.0.insert(0, credential);
        Ok(())
    }

    async fn update_credential(&mut self, credential: &Passkey) -> Result<(), StatusCode> {
        for kept in &mut self.0 {
            if kept.credential_id == credential.credential_id {
                *kept = credential.clone();
            }
        }
        Ok(())
    }

    async fn get_info(&self) -> StoreInfo {
        StoreInfo { discoverability: DiscoverabilitySupport::Full }
    }
}

/// The person at the device, who always agrees, and proves who they are where the device can ask.
struct User {
    verifies: bool,
}

#[async_trait]
impl UserValidationMethod for User {
    type PasskeyItem = Passkey;

    async fn check_user<'a>(
        &self,
        hint: UiHint<'a, Passkey>,
        presence: bool,
        verification: bool,
    ) -> Result<UserCheck, Ctap2Error> {
        // The crate leaves it to the device to stop here.
        if matches!(hint, UiHint::InformExcludedCredentialFound(_)) {
            return Err(Ctap2Error::CredentialExcluded);
        }
        Ok(UserCheck { presence, verification: verification && self.verifies })
    }

    fn is_presence_enabled(&self) -> bool {
        true
    }

    fn is_verification_enabled(&self) -> Option<bool> {
        self.verifies.then_some(true)
    }
}
