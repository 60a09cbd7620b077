//! Minting tokens: ID tokens (OIDC Core §2) and access tokens (RFC 9068).

use std::fmt;
use std::time::Duration;

use chrono::{DateTime, Utc};
use jsonwebtoken::Header;
use openidconnect::core::{
    CoreGenderClaim, CoreJweContentEncryptionAlgorithm, CoreJwsSigningAlgorithm,
};
use openidconnect::{
    AccessToken, AdditionalClaims, Audience, AuthenticationContextClass,
    AuthenticationMethodReference, IdToken, IdTokenClaims, IssuerUrl, Nonce, StandardClaims,
    SubjectIdentifier,
};
use serde::{Deserialize, Serialize};
use serde_json::{Map, Value};

use super::{Failure, Services};
use crate::crypto::signing::{jws_algorithm, jwt_algorithm};
use crate::crypto::token::Token;
use crate::domain::assurance::amr;
use crate::domain::claims::{self, Claim};
use crate::domain::client::{Client, Scope, SigningAlgorithm};
use crate::domain::grant::{Grant, Terms, token_expiry};
use crate::domain::id::{GrantId, SessionId, new_uuid};
use crate::domain::journey::AuthorizationRequest;
use crate::domain::session::Session;
use crate::domain::time::Timestamp;
use crate::domain::user::User;
use crate::store::users;

/// The longest that an ID token is good for that is itself the answer to a request.
const ANSWER_LIFETIME: Duration = Duration::from_secs(5 * 60);

/// What the token endpoint gives.
pub struct TokenSet {
    /// A JWT for resource servers.
    pub access_token: String,
    /// Seconds that it is good for.
    pub expires_in: u64,
    /// Who signed in, for the client.
    pub id_token: Option<String>,
    /// For new tokens.
    pub refresh_token: Option<Token>,
    /// What the access token covers.
    pub scopes: Vec<Scope>,
    /// Whether the access token is bound to a key (RFC 9449 §5).
    pub bound: bool,
}

impl fmt::Debug for TokenSet {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("TokenSet").field("scopes", &self.scopes).finish_non_exhaustive()
    }
}

/// What tokens are minted from.
pub(super) struct Minting<'a> {
    /// For whom.
    pub client: &'a Client,
    /// What was given.
    pub grant: &'a Grant,
    /// By whom.
    pub user: &'a User,
    /// In which session.
    pub session: &'a Session,
    /// What the tokens cover.
    pub scopes: &'a [Scope],
    /// Which resources the access token is for; none for our own endpoints.
    pub audience: Vec<String>,
    /// The thumbprint of the key that the access token is bound to.
    pub key: Option<&'a str>,
    /// What the ID token repeats.
    pub nonce: Option<String>,
}

/// How an ID token names the person and the sign-in.
pub(super) struct Said {
    /// Another `sub` than that by which the application knows the person.
    subject: Option<String>,
    acr: String,
    amr: Vec<String>,
}

impl Said {
    /// In our words.
    fn of_grant(grant: &Grant) -> Self {
        Self { subject: None, acr: grant.acr.name().to_owned(), amr: grant.amr.clone() }
    }

    /// In the words of the outside issuer that asked, where one did; else in ours.
    pub(super) fn of(
        request: &AuthorizationRequest,
        session: &Session,
    ) -> Result<Self, (&'static str, &'static str)> {
        let acr = request.acr_terms.told(session.acr()).name().to_owned();
        let amr = amr(&session.factors);
        let Some(external) = &request.external else {
            let amr = amr.into_iter().map(str::to_owned).collect();
            return Ok(Self { subject: None, acr, amr });
        };
        let Some(method) = external.wanted.method(&session.factors) else {
            let why = "the key that was used is none of the methods asked for";
            return Err(("unmet_authentication_requirements", why));
        };
        Ok(Self {
            subject: Some(external.subject.clone()),
            acr: external.wanted.acr.clone().unwrap_or(acr),
            amr: vec![method.to_owned()],
        })
    }
}

/// Claims of an ID token that the standard types leave out.
#[derive(Clone, Debug, Serialize, Deserialize)]
struct OurClaims {
    /// OpenID Connect Back-Channel Logout §2.1.
    sid: String,
    #[serde(flatten)]
    about: Map<String, Value>,
}

impl AdditionalClaims for OurClaims {}

type OurIdToken =
    IdToken<OurClaims, CoreGenderClaim, CoreJweContentEncryptionAlgorithm, CoreJwsSigningAlgorithm>;

/// The claims of an access token (RFC 9068 §2.2).
#[derive(Clone, Debug, Serialize, Deserialize)]
pub struct AccessClaims {
    iss: String,
    sub: String,
    aud: OneOrMany,
    exp: i64,
    iat: i64,
    jti: String,
    pub(super) client_id: String,
    scope: String,
    auth_time: i64,
    acr: String,
    amr: Vec<String>,
    sid: SessionId,
    /// The grant that it belongs to, so that our own endpoints see a revocation at once.
    pub(super) gid: GrantId,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    cnf: Option<Confirmation>,
}

/// The key that a token is bound to (RFC 7800 §3.1, RFC 9449 §6.1).
#[derive(Clone, Debug, Serialize, Deserialize)]
pub(super) struct Confirmation {
    jkt: String,
}

impl Confirmation {
    /// The key with this thumbprint.
    pub(super) fn of(key: Option<&str>) -> Option<Self> {
        key.map(|jkt| Self { jkt: jkt.to_owned() })
    }

    /// The thumbprint.
    pub(super) fn thumbprint(cnf: Option<&Self>) -> Option<&str> {
        cnf.map(|cnf| cnf.jkt.as_str())
    }
}

impl AccessClaims {
    /// The thumbprint of the key that it is bound to.
    pub(super) fn key(&self) -> Option<&str> {
        Confirmation::thumbprint(self.cnf.as_ref())
    }

    /// What it covers, as a space-separated list.
    pub(super) fn scope(&self) -> &str {
        &self.scope
    }
}

/// A JWT audience: one string or a list (RFC 7519 §4.1.3).
#[derive(Clone, Debug, Serialize, Deserialize)]
#[serde(untagged)]
pub enum OneOrMany {
    /// One string.
    One(String),
    /// A list.
    Many(Vec<String>),
}

impl OneOrMany {
    /// The audience of a token for these resources; for our own endpoints where there are none.
    pub(super) fn audience(mut resources: Vec<String>, issuer: &str) -> Self {
        match resources.len() {
            0 => Self::One(issuer.to_owned()),
            1 => Self::One(resources.remove(0)),
            _ => Self::Many(resources),
        }
    }

    /// The first entry.
    pub fn first(&self) -> Option<&str> {
        match self {
            Self::One(one) => Some(one),
            Self::Many(many) => many.first().map(String::as_str),
        }
    }
}

fn datetime(moment: Timestamp) -> DateTime<Utc> {
    DateTime::from_timestamp(moment.seconds(), 0).unwrap_or_default()
}

impl Services {
    /// Mints the tokens of a grant.
    pub(super) async fn token_set(
        &self,
        minting: Minting<'_>,
        refresh_token: Option<Token>,
    ) -> Result<TokenSet, Failure> {
        let Minting { client, grant, user, session, scopes, .. } = minting;
        let now = self.now();
        let deadline = session.hard_deadline();
        let terms = Terms::from(client.settings.lifetimes);
        let expires_at = token_expiry(terms.access_token, deadline, now);
        let access_token = self.access_token(&minting, now, expires_at)?;
        let id_token = if scopes.contains(&Scope::OpenId) {
            let expires_at = token_expiry(terms.id_token, deadline, now);
            let about = self.about(user, scopes, &grant.claims.id_token).await?;
            let nonce = minting.nonce.clone();
            let (said, access_token) = (Said::of_grant(grant), Some(access_token.as_str()));
            let signed =
                self.id_token(client, grant, said, about, nonce, access_token, now, expires_at)?;
            Some(self.sealed_for(client, signed).await?)
        } else {
            None
        };
        Ok(TokenSet {
            access_token,
            expires_in: expires_at.since(now).as_secs(),
            id_token,
            refresh_token,
            scopes: scopes.to_vec(),
            bound: minting.key.is_some(),
        })
    }

    /// Mints the ID token that is itself the answer to a request (OIDC Core §3.2.2.10). It is read at
    /// once, and there is no userinfo to tell more.
    pub(super) async fn answer_token(
        &self,
        client: &Client,
        grant: &Grant,
        user: &User,
        session: &Session,
        said: Said,
    ) -> Result<String, Failure> {
        let now = self.now();
        let terms = Terms::from(client.settings.lifetimes);
        let lifetime = terms.id_token.min(ANSWER_LIFETIME);
        let expires_at = token_expiry(lifetime, session.hard_deadline(), now);
        let about = self.about(user, &grant.scopes, &grant.claims.id_token).await?;
        let nonce = grant.nonce.clone();
        let signed = self.id_token(client, grant, said, about, nonce, None, now, expires_at)?;
        self.sealed_for(client, signed).await
    }

    fn access_token(
        &self,
        minting: &Minting<'_>,
        now: Timestamp,
        expires_at: Timestamp,
    ) -> Result<String, Failure> {
        let grant = minting.grant;
        let claims = AccessClaims {
            iss: self.issuer_text().to_owned(),
            sub: self.subject(minting.client, grant.user_id),
            aud: OneOrMany::audience(minting.audience.clone(), self.issuer_text()),
            exp: expires_at.seconds(),
            iat: now.seconds(),
            jti: new_uuid(now, self.random.as_ref()).to_string(),
            client_id: grant.client_id.0.clone(),
            scope: Scope::join(minting.scopes),
            auth_time: grant.auth_time.seconds(),
            acr: grant.acr.name().to_owned(),
            amr: grant.amr.clone(),
            sid: grant.session_id,
            gid: grant.id,
            cnf: Confirmation::of(minting.key),
        };
        self.sign_access_token(&claims)
    }

    /// Signs the claims of an access token (RFC 9068 §2.1).
    pub(super) fn sign_access_token(&self, claims: &impl Serialize) -> Result<String, Failure> {
        self.sign_jwt(SigningAlgorithm::Es256, "at+jwt", claims)
    }

    /// Signs claims as a JWT whose `typ` says what it is (RFC 8725 §3.11).
    pub(super) fn sign_jwt(
        &self,
        algorithm: SigningAlgorithm,
        typ: &str,
        claims: &impl Serialize,
    ) -> Result<String, Failure> {
        let ring = self.keys.ring();
        let signer = ring.signer(algorithm);
        let (Some(signer), Some(key)) = (signer, signer.and_then(|signer| signer.encoding()))
        else {
            return Err(Failure::Internal(format!("there is no current {} key", algorithm.name())));
        };
        let mut header = Header::new(jwt_algorithm(signer.algorithm()));
        header.typ = Some(typ.into());
        header.kid = Some(signer.id().to_owned());
        jsonwebtoken::encode(&header, claims, key)
            .map_err(|error| Failure::Internal(error.to_string()))
    }

    #[expect(clippy::too_many_arguments, reason = "two private call sites")]
    fn id_token(
        &self,
        client: &Client,
        grant: &Grant,
        said: Said,
        about: Map<String, Value>,
        nonce: Option<String>,
        access_token: Option<&str>,
        now: Timestamp,
        expires_at: Timestamp,
    ) -> Result<String, Failure> {
        let internal = |error: String| Failure::Internal(error);
        let algorithm = client.settings.id_token_signed_response_alg;
        let ring = self.keys.ring();
        let signer = ring
            .signer(algorithm)
            .ok_or_else(|| internal(format!("there is no current {} key", algorithm.name())))?;
        let standard = StandardClaims::new(SubjectIdentifier::new(
            said.subject.unwrap_or_else(|| self.subject(client, grant.user_id)),
        ));
        let amr = said.amr.into_iter().map(AuthenticationMethodReference::new).collect();
        let claims = IdTokenClaims::new(
            IssuerUrl::new(self.issuer_text().to_owned())
                .map_err(|error| internal(error.to_string()))?,
            vec![Audience::new(client.id.0.clone())],
            datetime(expires_at),
            datetime(now),
            standard,
            OurClaims { sid: grant.session_id.to_string(), about },
        )
        .set_auth_time(Some(datetime(grant.auth_time)))
        .set_nonce(nonce.map(Nonce::new))
        .set_auth_context_ref(Some(AuthenticationContextClass::new(said.acr)))
        .set_auth_method_refs(Some(amr));
        let token = OurIdToken::new(
            claims,
            signer.as_ref(),
            jws_algorithm(algorithm),
            access_token.map(|token| AccessToken::new(token.to_owned())).as_ref(),
            None,
        )
        .map_err(|error| internal(error.to_string()))?;
        Ok(token.to_string())
    }

    /// What an application with these scopes, and these claims asked for, is told about somebody.
    pub(super) async fn about(
        &self,
        user: &User,
        scopes: &[Scope],
        more: &[Claim],
    ) -> Result<Map<String, Value>, Failure> {
        let groups = if scopes.contains(&Scope::Groups) || more.contains(&Claim::Groups) {
            let mut conn = self.store.reader().await?;
            let groups = users::all_groups_of(&mut conn, user.id).await?;
            groups.into_iter().map(|(_, name)| name).collect()
        } else {
            Vec::new()
        };
        Ok(claims::about(user, &groups, scopes, more))
    }
}
