//! What the maker of an authenticator vouches for (Web Authentication Level 3 §6.5).
//!
//! An authenticator may state its model, and that its private keys never leave it. It proves that by
//! a signature whose certificate leads to its maker's root, if at all. Where it does not, whatever it
//! says of itself is a claim.

use serde::{Deserialize, Serialize};
use uuid::Uuid;

use super::error::Invalid;
use super::time::Timestamp;

/// What Android's own passkeys say they are, on every phone.
const ANDROID: Uuid = Uuid::from_u128(0xb93f_d961_f2e6_462f_b122_8200_2247_de78);
/// What Apple's anonymously attested passkeys say they are.
const APPLE: Uuid = Uuid::from_u128(0xf24a_8e70_d0d3_f82c_2937_3252_3cc4_de5a);

/// How an attestation statement is made (Web Authentication Level 3 §8).
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum Format {
    /// §8.2: what security keys make.
    Packed,
    /// §8.3: a Trusted Platform Module, as with Windows Hello.
    Tpm,
    /// §8.4: the key store of Android.
    AndroidKey,
    /// §8.8: Apple's anonymous one.
    Apple,
    /// §8.6: keys from before FIDO2. It does not cover the model.
    FidoU2f,
}

impl Format {
    /// Every format.
    pub const ALL: [Self; 5] =
        [Self::Packed, Self::Tpm, Self::AndroidKey, Self::Apple, Self::FidoU2f];

    /// The name in the IANA registry (RFC 8809 §2.1).
    pub fn name(self) -> &'static str {
        match self {
            Self::Packed => "packed",
            Self::Tpm => "tpm",
            Self::AndroidKey => "android-key",
            Self::Apple => "apple",
            Self::FidoU2f => "fido-u2f",
        }
    }

    /// The one model that it may speak of, where its statement proves nothing of a model: what §8.4
    /// signs is signed by the new key itself, which any app on a phone may have had made, and the
    /// certificates of §8.4 and §8.8 name none. So whoever claims to be of another lies.
    pub fn only_model(self) -> Option<Uuid> {
        match self {
            Self::AndroidKey => Some(ANDROID),
            Self::Apple => Some(APPLE),
            Self::Packed | Self::Tpm | Self::FidoU2f => None,
        }
    }
}

impl std::str::FromStr for Format {
    type Err = Invalid;

    fn from_str(text: &str) -> Result<Self, Invalid> {
        Self::ALL.into_iter().find(|format| format.name() == text).ok_or_else(|| {
            let names = Self::ALL.map(Self::name).join(", ");
            Invalid::new("format", format!("the formats are {names}"))
        })
    }
}

/// How far an attestation reaches.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub enum Level {
    /// There is none, or none that holds.
    #[default]
    None,
    /// The new key vouches for itself: that proves nothing about its maker.
    SelfSigned,
    /// There are certificates, which lead to nobody who is trusted here.
    Untrusted,
    /// A trusted maker vouches for the model, and for the key staying where it was made.
    Attested,
}

/// A certificate of an attestation, as it is told to admins.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct CertificateName {
    /// Its subject.
    pub subject: String,
    /// Its thumbprint, SHA-256 in hexadecimal.
    pub thumbprint: String,
}

/// What was found out about the attestation of a key when it was registered.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub struct Attestation {
    /// How far it reaches.
    pub level: Level,
    /// How it was made; none where there was none.
    #[serde(default)]
    pub format: Option<Format>,
    /// The certificates that came with it, the authenticator's own first.
    #[serde(default)]
    pub certificates: Vec<CertificateName>,
    /// The trusted root that they lead to, by name.
    #[serde(default)]
    pub root: Option<String>,
}

impl Attestation {
    /// Whether a trusted maker vouches for the key.
    pub fn is_attested(&self) -> bool {
        self.level == Level::Attested
    }
}

/// Where a root comes from.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub enum Source {
    /// It comes with the program.
    BuiltIn,
    /// The operator added it.
    Operator,
    /// It was in the FIDO Metadata Service's file.
    Metadata,
}

impl Source {
    /// The name in the database and in JSON.
    pub fn name(self) -> &'static str {
        match self {
            Self::BuiltIn => "builtIn",
            Self::Operator => "operator",
            Self::Metadata => "metadata",
        }
    }
}

/// A maker's certificate that attestations may lead to.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
#[serde(rename_all = "camelCase")]
pub struct Root {
    /// Its thumbprint, SHA-256 in hexadecimal.
    pub id: String,
    /// Its subject.
    pub name: String,
    /// The certificate, in PEM.
    pub certificate: String,
    /// The formats that it vouches in; none: any. An Android phone may get certificates from
    /// Google's root for keys of its apps, which must not pass for a security key's.
    pub formats: Vec<Format>,
    /// The models that it vouches for; none: any.
    pub models: Vec<Uuid>,
    /// Where it comes from.
    pub source: Source,
    /// When it was added; none where it was there from the start.
    pub added_at: Option<Timestamp>,
    /// Whether it is heeded: what comes with the program may be put aside.
    pub trusted: bool,
}

impl Root {
    /// Whether it may vouch for a key of this model in this way.
    pub fn vouches(&self, format: Format, model: Option<Uuid>) -> bool {
        self.trusted
            && (self.formats.is_empty() || self.formats.contains(&format))
            && (self.models.is_empty() || model.is_some_and(|model| self.models.contains(&model)))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_root_vouches_for_what_it_is_there_for() {
        let model = Uuid::from_u128(7);
        let root = Root {
            id: "1".into(),
            name: "CN=Root".into(),
            certificate: String::new(),
            formats: vec![Format::Packed],
            models: vec![model],
            source: Source::Operator,
            added_at: None,
            trusted: true,
        };
        assert!(root.vouches(Format::Packed, Some(model)));
        assert!(!root.vouches(Format::FidoU2f, Some(model)));
        assert!(!root.vouches(Format::Packed, Some(Uuid::from_u128(8))));
        assert!(!root.vouches(Format::Packed, None));
        let any = Root { formats: vec![], models: vec![], ..root };
        assert!(any.vouches(Format::FidoU2f, None));
        assert!(!Root { trusted: false, ..any }.vouches(Format::FidoU2f, None));
    }

    #[test]
    fn formats_are_named_as_registered() {
        for format in Format::ALL {
            assert_eq!(format.name().parse(), Ok(format));
            assert_eq!(serde_json::to_value(format).unwrap(), format.name());
        }
        assert_eq!("android-safetynet".parse::<Format>().unwrap_err().field, "format");
    }
}
