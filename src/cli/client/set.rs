//! `firstkey client set`: what of an application changes.
// Comments on arguments are help texts, which a terminal shows as they are.
#![allow(clippy::doc_markdown, reason = "clap prints these comments as they are")]

use clap::Args;

use super::super::parse_as;
use super::metadata::{Metadata, metadata};
use crate::domain::client::{
    ClientSettings, GrantType, Profile, Requirement, Scope, SigningAlgorithm,
};
use crate::domain::error::Invalid;
use crate::domain::permission::Permission;

#[derive(Debug, Args)]
pub(in super::super) struct Set {
    /// Its client id
    pub(super) id: String,
    #[command(flatten)]
    pub(super) change: Change,
}

/// What is named is replaced; what is not named stays.
#[derive(Clone, Debug, Args)]
#[group(required = true, multiple = true)]
pub(in super::super) struct Change {
    /// The name that people see
    #[arg(long, value_name = "NAME")]
    name: Option<String>,
    /// Where codes may be sent from now on; may be given several times
    #[arg(long = "redirect-uri", value_name = "URI")]
    redirect_uris: Option<Vec<String>>,
    /// Where people may be sent after signing out from now on; may be given several times
    #[arg(long = "post-logout-redirect-uri", value_name = "URI")]
    post_logout_redirect_uris: Option<Vec<String>>,
    /// A grant that it may use from now on; may be given several times
    #[arg(long = "grant-type", value_name = "GRANT", value_parser = parse_as::<GrantType>)]
    grant_types: Option<Vec<GrantType>>,
    /// A scope that it may ask for from now on; may be given several times
    #[arg(long = "scope", value_name = "SCOPE", value_parser = parse_as::<Scope>)]
    scopes: Option<Vec<Scope>>,
    /// A permission that it has on its own from now on; may be given several times
    #[arg(long = "permission", value_name = "PERMISSION", value_parser = parse_as::<Permission>)]
    permissions: Option<Vec<Permission>>,
    /// How its ID tokens are signed: RS256, ES256, PS256 or EdDSA
    #[arg(long, value_name = "ALG", value_parser = parse_as::<SigningAlgorithm>)]
    alg: Option<SigningAlgorithm>,
    /// How strict the protocol is kept with it: default, fapi2 or legacy
    #[arg(long, value_name = "PROFILE", value_parser = parse_as::<Profile>)]
    profile: Option<Profile>,
    /// The least sign-in that opens it, whatever its requests ask for: mfa, phishing-resistant,
    /// attested-key or nothing
    #[arg(long, value_name = "SIGN-IN", value_parser = parse_as::<Requirement>)]
    require: Option<Requirement>,
    /// More settings, with the names of RFC 7591: a JSON object, or @FILE
    #[arg(long, value_name = "JSON", value_parser = metadata)]
    metadata: Option<Metadata>,
    /// Whether it is somebody else's, so that people are asked for consent
    #[arg(long, value_name = "BOOL")]
    third_party: Option<bool>,
    /// Whether it runs on the person's device
    #[arg(long, value_name = "BOOL")]
    native: Option<bool>,
    /// Let people sign in to it again
    #[arg(long, conflicts_with = "disable")]
    enable: bool,
    /// Give it nothing any more
    #[arg(long)]
    disable: bool,
}

fn put<T>(field: &mut T, new: Option<T>) {
    if let Some(new) = new {
        *field = new;
    }
}

fn in_order<T: Ord>(chosen: Option<Vec<T>>) -> Option<Vec<T>> {
    chosen.map(|mut values| {
        values.sort();
        values.dedup();
        values
    })
}

impl Change {
    /// Writes into an application what was given.
    pub(super) fn apply(
        self,
        settings: &mut ClientSettings,
        enabled: &mut bool,
    ) -> Result<(), Invalid> {
        if let Some(metadata) = self.metadata {
            *settings = metadata.over(settings)?;
        }
        put(&mut settings.client_name, self.name.map(|name| name.trim().to_owned()));
        put(&mut settings.redirect_uris, self.redirect_uris);
        put(&mut settings.post_logout_redirect_uris, self.post_logout_redirect_uris);
        put(&mut settings.grant_types, in_order(self.grant_types));
        put(&mut settings.scope, in_order(self.scopes));
        put(&mut settings.application_permissions, self.permissions);
        put(&mut settings.id_token_signed_response_alg, self.alg);
        put(&mut settings.profile, self.profile);
        put(&mut settings.require_acr, self.require.map(Requirement::class));
        put(&mut settings.third_party, self.third_party);
        put(&mut settings.native, self.native);
        if self.enable || self.disable {
            *enabled = self.enable;
        }
        Ok(())
    }
}
