//! What an application may change about itself (RFC 7592 §2.2), and what stays as the operator
//! wants it.

use super::super::assurance::Acr;
use super::{AuthMethod, ClientSettings, GrantType, SubjectType};

/// Grants that an application has from the operator alone.
const OPERATORS: [GrantType; 2] = [GrantType::ClientCredentials, GrantType::DeviceCode];

impl GrantType {
    /// Whether an application has it from the operator alone: `client_credentials` works without a
    /// person, and whoever can have people type a code has half of what phishing takes (RFC 8628
    /// §5.4).
    pub fn is_operators(self) -> bool {
        OPERATORS.contains(&self)
    }
}

impl ClientSettings {
    /// These settings after the application itself wants them to be `asked`. It may want less than
    /// it has, be stricter than it must, and say otherwise what it is; the rest is the operator's,
    /// and stays. Whose answers shall go somewhere new is nobody whom the operator knows: people
    /// are asked again before it is told anything.
    #[must_use]
    pub fn changed_by_itself(&self, asked: Self) -> Self {
        let elsewhere = asked.redirect_uris.iter().any(|uri| !self.redirect_uris.contains(uri))
            || (asked.native && !self.native);
        let grant_types = self.grant_types.iter().copied();
        let keeps = |grant: &GrantType| grant.is_operators() || asked.grant_types.contains(grant);
        let has_key = self.token_endpoint_auth_method == Some(AuthMethod::PrivateKeyJwt);
        Self {
            application_permissions: self.application_permissions.clone(),
            profile: self.profile,
            lifetimes: self.lifetimes,
            require_acr: self.require_acr,
            resources: self.resources.clone(),
            resource_server_for: self.resource_server_for.clone(),
            external_hint: self.external_hint.clone(),
            forward_auth: self.forward_auth.clone(),
            device_registration: self.device_registration,
            third_party: self.third_party || elsewhere,

            grant_types: grant_types.filter(keeps).collect(),
            response_types: Some(common(&self.response_types, &asked.response_types))
                .filter(|left| !left.is_empty())
                .unwrap_or_else(|| self.response_types.clone()),
            scope: common(&self.scope, &asked.scope),

            subject_type: match self.subject_type {
                SubjectType::Pairwise => SubjectType::Pairwise,
                SubjectType::Public => asked.subject_type,
            },
            require_signed_request_object: self.require_signed_request_object
                || asked.require_signed_request_object,
            require_pushed_authorization_requests: self.require_pushed_authorization_requests
                || asked.require_pushed_authorization_requests,
            dpop_bound_access_tokens: self.dpop_bound_access_tokens
                || asked.dpop_bound_access_tokens,
            default_max_age: match (self.default_max_age, asked.default_max_age) {
                (Some(before), Some(after)) => Some(before.min(after)),
                (before, after) => before.or(after),
            },
            default_acr_values: if demanded(&asked) < demanded(self) {
                self.default_acr_values.clone()
            } else {
                asked.default_acr_values
            },
            // It has no secret to come with instead.
            token_endpoint_auth_method: if has_key {
                self.token_endpoint_auth_method
            } else {
                asked.token_endpoint_auth_method
            },
            token_endpoint_auth_signing_alg: asked
                .token_endpoint_auth_signing_alg
                .or(self.token_endpoint_auth_signing_alg),
            request_object_signing_alg: asked
                .request_object_signing_alg
                .or(self.request_object_signing_alg),
            ..asked
        }
    }
}

fn demanded(settings: &ClientSettings) -> Option<Acr> {
    Acr::demanded(&settings.default_acr_values.join(" "))
}

fn common<T: Clone + PartialEq>(had: &[T], asked: &[T]) -> Vec<T> {
    had.iter().filter(|one| asked.contains(one)).cloned().collect()
}

#[cfg(test)]
mod tests {
    use super::super::{Profile, ResponseType, Scope, SigningAlgorithm};
    use super::*;
    use crate::domain::permission::Permission;

    fn registered() -> ClientSettings {
        ClientSettings {
            client_name: "Wiki".into(),
            redirect_uris: vec!["https://wiki.example/cb".into(), "https://wiki.example/b".into()],
            ..ClientSettings::default()
        }
    }

    #[test]
    fn what_the_operator_set_is_not_undone_by_leaving_it_out() {
        let wiki = ClientSettings {
            profile: Profile::Fapi2,
            grant_types: vec![GrantType::AuthorizationCode, GrantType::ClientCredentials],
            application_permissions: vec![Permission::UserReadAll],
            subject_type: SubjectType::Pairwise,
            require_signed_request_object: true,
            require_pushed_authorization_requests: true,
            dpop_bound_access_tokens: true,
            default_max_age: Some(300),
            default_acr_values: vec!["phr".into()],
            token_endpoint_auth_method: Some(AuthMethod::PrivateKeyJwt),
            token_endpoint_auth_signing_alg: Some(SigningAlgorithm::Es256),
            request_object_signing_alg: Some(SigningAlgorithm::Es256),
            ..registered()
        };
        let asked = ClientSettings { default_max_age: Some(3600), ..registered() };
        assert_eq!(wiki.changed_by_itself(asked), wiki);
        let asked = ClientSettings {
            default_acr_values: vec!["urn:firstkey:acr:bootstrap".into()],
            ..registered()
        };
        assert_eq!(wiki.changed_by_itself(asked).default_acr_values, ["phr"]);
    }

    #[test]
    fn it_may_be_stricter_and_say_otherwise_what_it_is() {
        let asked = ClientSettings {
            client_name: "Another wiki".into(),
            scope: vec![Scope::OpenId],
            grant_types: vec![GrantType::AuthorizationCode],
            subject_type: SubjectType::Pairwise,
            dpop_bound_access_tokens: true,
            default_max_age: Some(60),
            default_acr_values: vec!["phr".into()],
            redirect_uris: vec!["https://wiki.example/cb".into()],
            ..registered()
        };
        assert_eq!(registered().changed_by_itself(asked.clone()), asked);
    }

    #[test]
    fn it_gets_no_more_than_it_had() {
        let few = ClientSettings {
            scope: vec![Scope::OpenId, Scope::Api(Permission::UserRead)],
            grant_types: vec![GrantType::AuthorizationCode],
            ..registered()
        };
        let asked = ClientSettings {
            scope: Scope::all().collect(),
            grant_types: GrantType::ALL.to_vec(),
            response_types: vec![ResponseType::Code, ResponseType::IdToken],
            ..registered()
        };
        assert_eq!(few.changed_by_itself(asked), few);
    }

    #[test]
    fn whose_answers_go_somewhere_new_is_a_third_party() {
        let with = |uris: &[&str], native| ClientSettings {
            redirect_uris: uris.iter().map(|uri| (*uri).to_owned()).collect(),
            native,
            ..registered()
        };
        let (cb, b) = ("https://wiki.example/cb", "https://wiki.example/b");
        for (asked, third_party) in [
            (with(&[cb, b], false), false),
            (with(&[b], false), false),
            (with(&[cb, b, "https://evil.example/cb"], false), true),
            (with(&["https://evil.example/cb"], false), true),
            (with(&[cb, b], true), true),
        ] {
            let uris = asked.redirect_uris.clone();
            let after = registered().changed_by_itself(asked);
            assert_eq!((after.third_party, &after.redirect_uris), (third_party, &uris));
        }
        let theirs = ClientSettings { third_party: true, ..registered() };
        assert!(theirs.changed_by_itself(registered()).third_party, "and it stays one");
    }
}
