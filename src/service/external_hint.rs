//! Hints of outside issuers: who is to sign in, as somebody says whom an application's operator
//! trusts with that.

use std::time::Duration;

use serde_json::Value;

use super::{Failure, Services};
use crate::crypto::jws::{self, Claims, JwsError, Signed};
use crate::crypto::token;
use crate::domain::client::{Client, ExternalHint, HintedBy, SigningAlgorithm};
use crate::domain::filter::{Condition, Filter, Test, UserField};
use crate::domain::time::Timestamp;
use crate::domain::user::{User, Username};
use crate::store::users;

/// How wrong the clock of an issuer may be: a minute, since the server is not ours and no profile says
/// more. It only bounds the future; how old a hint may be says [`AGE_MAX`].
const SKEW: Duration = Duration::from_secs(60);
/// How old a hint may be. Entra issues it expired, so that it is good for nothing else, and gives a
/// sign-in up after ten minutes: what counts is when it was issued.
pub const AGE_MAX: Duration = Duration::from_secs(10 * 60);

/// Whom a hint is about.
#[derive(Debug)]
pub struct Hinted {
    /// The person here.
    pub user: User,
    /// The issuer's name for them.
    pub subject: String,
    /// Hash of the hint.
    pub hash: String,
}

impl Services {
    /// Reads a hint that came with a request of `client`; the error is for the developer.
    pub async fn read_external_hint(
        &self,
        client: &Client,
        trust: &ExternalHint,
        hint: Option<&str>,
    ) -> Result<Result<Hinted, (&'static str, &'static str)>, Failure> {
        let refuse = |why| Ok(Err(("invalid_request", why)));
        let Some(hint) = hint else { return refuse("id_token_hint is missing") };
        let signed = match self.verify_hint(client, trust, hint).await {
            Ok(signed) => signed,
            Err(error) => {
                tracing::info!(client = %client.id, %error, "id_token_hint refused");
                return refuse("id_token_hint is not signed by the issuer that is trusted with it");
            }
        };
        let claims = &signed.claims;
        if let Err(why) = judge(trust, claims, self.now()) {
            tracing::info!(client = %client.id, reason = why, "id_token_hint refused");
            return refuse(why);
        }
        let subject = text(claims, "sub").filter(|sub| !sub.is_empty() && sub.len() <= 255);
        let Some(subject) = subject else { return refuse("id_token_hint has no sub") };
        let Some(name) = text(claims, trust.user_claim.name()) else {
            return refuse("id_token_hint lacks the claim by which people are found");
        };
        let Some(user) = self.hinted_person(trust.user_claim, name).await? else {
            tracing::info!(client = %client.id, "id_token_hint names nobody who may sign in");
            return Ok(Err(("access_denied", "whom id_token_hint names has no account here")));
        };
        let hash = token::hash(&format!("hint {} {hint}", client.id));
        Ok(Ok(Hinted { user, subject: subject.to_owned(), hash }))
    }

    async fn verify_hint(
        &self,
        client: &Client,
        trust: &ExternalHint,
        hint: &str,
    ) -> Result<Signed, JwsError> {
        let keys = self.keys_at(&client.id, &trust.jwks_uri, false).await;
        let verified = jws::verify(hint, &keys, &SigningAlgorithm::ALL);
        if verified != Err(JwsError::UnknownKey) {
            return verified;
        }
        let keys = self.keys_at(&client.id, &trust.jwks_uri, true).await;
        jws::verify(hint, &keys, &SigningAlgorithm::ALL)
    }

    /// The one person who may sign in and is known by this. Two of that name are nobody.
    async fn hinted_person(&self, by: HintedBy, name: &str) -> Result<Option<User>, Failure> {
        let mut conn = self.store.reader().await?;
        let field = match by {
            HintedBy::PreferredUsername => {
                let Ok(username) = Username::parse(name) else { return Ok(None) };
                let user = users::by_username(&mut conn, &username).await?;
                return Ok(user.filter(|user| user.enabled));
            }
            HintedBy::Oid => UserField::ExternalId,
            HintedBy::Email => UserField::Email,
        };
        let test = Test::Is(name.to_owned());
        let filter = Filter { any_of: vec![vec![Condition { field, test }]] };
        let mut found = users::search(&mut conn, &filter, "", 2).await?;
        let only = found.pop().filter(|user| user.enabled && found.is_empty());
        Ok(only)
    }
}

/// From whom it is, for whom, and whether it is of this moment.
fn judge(trust: &ExternalHint, claims: &Claims, now: Timestamp) -> Result<(), &'static str> {
    if text(claims, "iss") != Some(trust.issuer.as_str()) {
        return Err("iss of id_token_hint is not the issuer that is trusted with it");
    }
    if text(claims, "aud") != Some(trust.audience.as_str()) {
        return Err("aud of id_token_hint is not the audience that was agreed on");
    }
    if trust.tenant.is_some() && text(claims, "tid") != trust.tenant.as_deref() {
        return Err("tid of id_token_hint is not the tenant that is trusted with it");
    }
    let moment = |name| claims.get(name).and_then(Value::as_f64).map(Timestamp::from_seconds);
    let issued = moment("iat").ok_or("id_token_hint has no iat")?;
    let ends = moment("exp").ok_or("id_token_hint has no exp")?;
    let starts = moment("nbf").unwrap_or(issued);
    if issued > now.plus(SKEW) || starts > now.plus(SKEW) {
        return Err("iat or nbf of id_token_hint is in the future");
    }
    if issued.plus(AGE_MAX) <= now || ends.plus(AGE_MAX) <= now {
        return Err("id_token_hint has expired");
    }
    Ok(())
}

fn text<'a>(claims: &'a Claims, name: &str) -> Option<&'a str> {
    claims.get(name).and_then(Value::as_str)
}
