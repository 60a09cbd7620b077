//! Being the second factor of somebody else's sign-in: Microsoft Entra's *external authentication
//! method*. Entra has checked one factor, says in an `id_token_hint` who it is, and asks with the
//! `claims` parameter for a kind of factor (`acr`) and a method (`amr`), in words of its own.
//!
//! A key is something that one possesses, whatever unlocks it: whether that was a PIN or a finger
//! does not reach us. So those classes are met that possession is enough for, and a pass meets none:
//! it is what leads to the key.

use serde::{Deserialize, Serialize};
use serde_json::Value;

use super::assurance::Factor;

/// The classes that a possession is enough for.
const CLASSES: [&str; 4] = [
    "possessionorinherence",
    "possession",
    "knowledgeorpossession",
    "knowledgeorpossessionorinherence",
];

/// What may be said of a key (RFC 8176, and Entra's `fido`), the most telling first.
const METHODS: [&str; 4] = ["fido", "hwk", "swk", "pop"];

/// A person whom an outside issuer named, and what it wants to hear of them.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct ExternalMethod {
    /// The issuer's `sub` of that person, to be repeated.
    pub subject: String,
    /// The person's username here.
    pub username: String,
    /// Hash of the hint: it is answered once.
    pub hint: String,
    /// What is to be proved.
    pub wanted: Wanted,
}

/// What an outside issuer wants to be proved.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct Wanted {
    /// The class to be answered; none where none was asked for.
    pub acr: Option<String>,
    /// The methods that will do; empty where any will.
    pub amr: Vec<String>,
}

impl Wanted {
    /// Reads it from a `claims` parameter (OIDC Core §5.5). None where a key cannot be the answer.
    pub fn from_claims(text: Option<&str>) -> Option<Self> {
        let claims: Value =
            text.and_then(|text| serde_json::from_str(text).ok()).unwrap_or_default();
        let asked = |name: &str| -> Vec<String> {
            let claim = &claims["id_token"][name];
            let one = claim["value"].as_str().into_iter();
            let many = claim["values"].as_array().into_iter().flatten().filter_map(Value::as_str);
            one.chain(many).map(str::to_owned).collect()
        };
        let classes = asked("acr");
        let acr = classes.iter().find(|class| CLASSES.contains(&class.as_str())).cloned();
        let methods = asked("amr");
        let amr: Vec<String> =
            methods.iter().filter(|it| METHODS.contains(&it.as_str())).cloned().collect();
        let impossible =
            (acr.is_none() && !classes.is_empty()) || (amr.is_empty() && !methods.is_empty());
        (!impossible).then_some(Self { acr, amr })
    }

    /// The one method that these factors truthfully are, out of those wanted.
    pub fn method(&self, factors: &[Factor]) -> Option<&'static str> {
        let keys = || {
            factors.iter().filter_map(|factor| match factor {
                Factor::Key { device_bound, .. } => Some(*device_bound),
                Factor::TemporaryAccessPass
                | Factor::RecoveryCode
                | Factor::Upstream
                | Factor::Phone { .. } => None,
            })
        };
        let holds = |method: &str| match method {
            "hwk" => keys().count() > 0 && keys().all(|bound| bound),
            "swk" => keys().any(|bound| !bound),
            _ => keys().count() > 0,
        };
        let wanted = |method: &str| self.amr.is_empty() || self.amr.iter().any(|it| it == method);
        METHODS.into_iter().find(|method| wanted(method) && holds(method))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const PASS: Factor = Factor::TemporaryAccessPass;
    const SYNCED: Factor = Factor::Key { device_bound: false, attested: false };
    const BOUND: Factor = Factor::Key { device_bound: true, attested: false };

    fn wanted(acr: &str, amr: &str) -> Option<Wanted> {
        let text = format!(
            r#"{{"id_token":{{"acr":{{"essential":true,"values":{acr}}},
                              "amr":{{"essential":true,"values":{amr}}}}}}}"#
        );
        Wanted::from_claims(Some(&text))
    }

    #[test]
    fn a_key_is_a_possession_and_nothing_else() {
        for (acr, met) in [
            (r#"["possessionorinherence"]"#, true),
            (r#"["knowledge","possession"]"#, true),
            (r#"["knowledgeorpossession"]"#, true),
            (r#"["knowledgeorinherence"]"#, false),
            (r#"["inherence"]"#, false),
            (r#"["knowledge"]"#, false),
            (r#"["phr"]"#, false),
        ] {
            assert_eq!(wanted(acr, r#"["fido"]"#).is_some(), met, "{acr}");
        }
        assert!(wanted(r#"["possession"]"#, r#"["face","otp","sms"]"#).is_none());
    }

    #[test]
    fn one_method_is_named_that_was_asked_for_and_is_true() {
        let method = |amr: &str, factors: &[Factor]| {
            wanted(r#"["possessionorinherence"]"#, amr).unwrap().method(factors)
        };
        let all = r#"["face","fido","fpt","hwk","otp","pop","swk","tel"]"#;
        assert_eq!(method(all, &[BOUND]), Some("fido"));
        assert_eq!(method(r#"["otp","hwk"]"#, &[BOUND]), Some("hwk"));
        assert_eq!(method(r#"["hwk"]"#, &[SYNCED]), None);
        assert_eq!(method(r#"["hwk"]"#, &[BOUND, SYNCED]), None);
        assert_eq!(method(r#"["hwk","swk"]"#, &[PASS, SYNCED]), Some("swk"));
        assert_eq!(method(r#"["pop"]"#, &[PASS, BOUND]), Some("pop"));
        for amr in [all, r#"["otp","pop"]"#] {
            assert_eq!(method(amr, &[PASS]), None, "a pass is no second factor");
        }
        assert_eq!(Wanted::default().method(&[PASS]), None);
    }

    #[test]
    fn who_asks_for_nothing_gets_what_there_is() {
        assert_eq!(Wanted::from_claims(None), Some(Wanted::default()));
        assert_eq!(Wanted::from_claims(Some(r#"{"id_token":{}}"#)), Some(Wanted::default()));
        assert_eq!(Wanted::default().method(&[SYNCED]), Some("fido"));
    }
}
