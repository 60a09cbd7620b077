//! Real authenticators' answers, and what their makers vouch for: see `answers.json`.

use serde::Deserialize;
use serde_json::Value;
use url::Url;
use webauthn_rs::WebauthnBuilder;
use webauthn_rs::prelude::PasskeyRegistration;

use super::*;
use crate::service::new_key::aaguid;

#[derive(Clone, Deserialize)]
#[serde(rename_all = "camelCase")]
struct Case {
    what: String,
    rp_id: String,
    origin: Url,
    challenge: String,
    at: String,
    level: Level,
    root: Option<String>,
    /// Why it reaches no further.
    trouble: Option<String>,
    answer: Value,
}

fn cases() -> Vec<Case> {
    let document: Value = serde_json::from_str(include_str!("answers.json")).unwrap();
    serde_json::from_value(document["answers"].clone()).unwrap()
}

fn case(what: &str) -> Case {
    cases().into_iter().find(|case| case.what.starts_with(what)).unwrap()
}

impl Case {
    fn at(&self) -> Timestamp {
        Timestamp::parse(&self.at).unwrap()
    }

    fn answer(&self) -> RegisterPublicKeyCredential {
        serde_json::from_value(self.answer.clone()).unwrap()
    }

    /// The key, if the library takes the answer.
    fn verified(&self, answer: &RegisterPublicKeyCredential) -> Result<VerifiedCredential, String> {
        let webauthn = WebauthnBuilder::new(&self.rp_id, &self.origin).unwrap().build().unwrap();
        let begun = webauthn.start_passkey_registration(Uuid::nil(), "ada", "Ada", None).unwrap();
        let mut state = serde_json::to_value(&begun.1).unwrap();
        state["rs"]["challenge"] = self.challenge.as_str().into();
        // Keys from before FIDO2 verify nobody.
        state["rs"]["policy"] = "preferred".into();
        let state: PasskeyRegistration = serde_json::from_value(state).unwrap();
        let key = webauthn.finish_passkey_registration(answer, &state);
        key.map(VerifiedCredential::from).map_err(|error| format!("{error:?}"))
    }

    /// What is made of it where nobody insists on an attestation.
    fn judged(&self, trust: &Trust, at: Timestamp) -> Judged {
        let answer = self.answer();
        let model = aaguid(answer.response.attestation_object.as_ref());
        match self.verified(&answer) {
            Ok(key) => judge(&key, model, trust, at),
            Err(trouble) => {
                let bare = without_statement(&answer).unwrap();
                let judged = judge(&self.verified(&bare).unwrap(), model, trust, at);
                Judged { trouble: Some(trouble), ..judged }
            }
        }
    }
}

fn trust() -> Trust {
    Trust { roots: roots::built_in(), compromised: Vec::new() }
}

#[test]
fn what_comes_with_the_program_can_be_read_and_has_not_expired() {
    let roots = roots::built_in();
    assert_eq!(roots.len(), 6);
    assert!(roots.iter().all(|root| root.trusted && !root.formats.is_empty()));
    let names: Vec<_> = roots.iter().map(|root| root.name.as_str()).collect();
    assert_eq!(names[0], "CN=Yubico U2F Root CA Serial 457200631");
    let at = Timestamp::parse("2026-12-01T00:00:00Z").unwrap();
    for (root, pem) in roots.iter().map(|root| (&root.name, root.certificate.as_str())) {
        let pem = x509_parser::pem::parse_x509_pem(pem.as_bytes()).unwrap().1;
        assert_eq!(in_time(&pem.contents, at), Ok(()), "{root}");
    }
    for pem in roots::METADATA_SIGNERS {
        roots::read(pem, &[], crate::domain::attestation::Source::Metadata).unwrap();
    }
}

#[test]
fn real_authenticators_lead_to_the_roots_of_their_makers() {
    let cases = cases();
    assert_eq!(cases.len(), 10);
    for case in cases {
        let Judged { attestation, trouble } = case.judged(&trust(), case.at());
        assert_eq!(attestation.level, case.level, "{}: {trouble:?}", case.what);
        match &case.root {
            Some(root) => {
                let found = attestation.root.unwrap();
                assert!(found.contains(root), "{}: {found}", case.what);
                assert_eq!(trouble, None, "{}", case.what);
                let format = attestation.format.unwrap().name();
                assert!(case.what.starts_with(format), "{}: {format}", case.what);
                assert_eq!(attestation.certificates[0].thumbprint.len(), 64);
            }
            None => assert_eq!(trouble, case.trouble, "{}", case.what),
        }
    }
}

#[test]
fn certificates_that_have_expired_vouch_for_nothing() {
    let late = Timestamp::parse("2060-01-01T00:00:00Z").unwrap();
    for case in cases().into_iter().filter(|case| case.level == Level::Attested) {
        let Judged { attestation, trouble } = case.judged(&trust(), late);
        assert_eq!(attestation.level, Level::Untrusted, "{}", case.what);
        assert!(trouble.unwrap().contains("NotAfter"), "{}", case.what);
    }
}

#[test]
fn a_maker_vouches_in_its_own_way_and_for_its_own_models_alone() {
    let yubico = case("packed, a YubiKey");
    let level = |change: &dyn Fn(&mut Root)| {
        let mut trust = trust();
        trust.roots.iter_mut().for_each(change);
        let judged = yubico.judged(&trust, yubico.at());
        (judged.attestation.level, judged.trouble.unwrap_or_default())
    };
    assert_eq!(level(&|_| ()).0, Level::Attested);
    let (found, why) = level(&|root| root.formats = vec![Format::AndroidKey]);
    assert_eq!(found, Level::Untrusted);
    assert!(why.contains("nobody trusted here: CN=Yubico U2F Root"), "{why}");
    assert_eq!(level(&|root| root.models = vec![Uuid::from_u128(7)]).0, Level::Untrusted);
    assert_eq!(level(&|root| root.trusted = false).0, Level::Untrusted);
    let model = Uuid::parse_str("6d44ba9b-f6ec-2e49-b930-0c8fe920cb73").unwrap();
    assert_eq!(level(&|root| root.models = vec![model]).0, Level::Attested);
    let warned = Trust { compromised: vec![model], ..trust() };
    let judged = yubico.judged(&warned, yubico.at());
    assert_eq!(judged.attestation.level, Level::Untrusted);
    assert!(judged.trouble.unwrap().contains("warns of this model"));
}

/// [Attacks] WebAuthn §8.6 · a U2F attestation that claims to be of a model
#[test]
fn a_key_from_before_fido2_cannot_claim_to_be_of_a_model() {
    let case = case("fido-u2f");
    let mut answer = case.answer();
    let object: &[u8] = answer.response.attestation_object.as_ref();
    let mut object = object.to_vec();
    // In the authenticator data, after the name and the length of that, the model follows the hash
    // of the RP id, the flags and the counter, and is all zeros.
    let data = object.windows(8).position(|window| window == b"authData").unwrap() + 8;
    let at = data + if object[data] == 0x58 { 2 } else { 3 } + 37;
    assert_eq!(object[at..at + 16], [0; 16]);
    object[at..at + 16].copy_from_slice(&[7; 16]);
    answer.response.attestation_object = object;
    // What it signs does not cover that, so that the library finds nothing wrong.
    let key = case.verified(&answer).unwrap();
    let model = aaguid(answer.response.attestation_object.as_ref());
    assert_eq!(model, Some(Uuid::from_bytes([7; 16])));
    let judged = judge(&key, model, &trust(), case.at());
    assert_eq!(judged.attestation.level, Level::Untrusted);
    assert!(judged.trouble.unwrap().contains("does not cover the model"));
}

/// [Attacks] WebAuthn §8.4 · a phone's attestation that claims to be of a security key
#[test]
fn a_phone_cannot_claim_to_be_of_another_model() {
    const YUBIKEY: Uuid = Uuid::from_u128(0xcb69_481e_8ff7_4039_93ec_0a27_29a1_54a8);
    let anybody = |root: &mut Root| (root.formats, root.models) = (Vec::new(), Vec::new());
    // The same roots as an operator or the metadata may have added them: for anything, and for the
    // model that is claimed.
    let mut open = trust();
    open.roots.iter_mut().for_each(anybody);
    let mut of_model = trust();
    of_model.roots.iter_mut().for_each(|root| root.models = vec![YUBIKEY]);
    let phones = ["android-key, a Pixel 8a", "android-key, a phone of 2026", "apple, an iPhone"];
    for phone in phones.map(case) {
        let key = phone.verified(&phone.answer()).unwrap();
        let model = aaguid(phone.answer().response.attestation_object.as_ref());
        for trust in [&trust(), &open] {
            let judged = judge(&key, model, trust, phone.at());
            assert_eq!(judged.attestation.level, Level::Attested, "{}", phone.what);
        }
        for trust in [&trust(), &open, &of_model] {
            for claimed in [Some(YUBIKEY), None] {
                let judged = judge(&key, claimed, trust, phone.at());
                assert_eq!(judged.attestation.level, Level::Untrusted, "{}", phone.what);
                let why = judged.trouble.unwrap();
                assert!(why.contains("does not cover the model"), "{}: {why}", phone.what);
            }
        }
    }
}

/// [Attacks] WebAuthn §7.1 step 21 · an attestation whose signature does not hold
#[test]
fn a_statement_that_was_tampered_with_is_none() {
    for case in cases().into_iter().filter(|case| case.level != Level::None) {
        let mut answer = case.answer();
        let object: &[u8] = answer.response.attestation_object.as_ref();
        let mut object = object.to_vec();
        // The last byte of the credential's public key, or what is signed over it.
        *object.last_mut().unwrap() ^= 1;
        answer.response.attestation_object = object;
        assert!(case.verified(&answer).is_err(), "{}", case.what);
    }
    // What a TPM says is no word of a maker: the library verifies none of them.
    let tpm = case("tpm, Windows Hello on a Surface").judged(&trust(), Timestamp::from_micros(0));
    assert_eq!(tpm.trouble.as_deref(), Some("CredentialInsecureCryptography"));
    // Without its statement, the untouched answer is good, and nobody vouches for it.
    let case = case("packed, a YubiKey");
    let bare = without_statement(&case.answer()).unwrap();
    let judged = judge(&case.verified(&bare).unwrap(), None, &trust(), case.at());
    assert_eq!(judged.attestation, Attestation::default());
}
