//! What an application is told about a person who signed in to it (OIDC Core §5.3).

use openidconnect::core::{
    CoreGenderClaim, CoreJweContentEncryptionAlgorithm, CoreJwsSigningAlgorithm,
};
use openidconnect::{
    AdditionalClaims, Audience, IssuerUrl, StandardClaims, SubjectIdentifier, UserInfoClaims,
    UserInfoJsonWebToken,
};
use serde::{Deserialize, Serialize};
use serde_json::{Map, Value};

use super::authorization::GrantError;
use super::dpop::Presented;
use super::lookups::stands;
use super::tokens::AccessClaims;
use super::{Failure, Services};
use crate::crypto::signing::jws_algorithm;
use crate::domain::client::{Client, Scope, SigningAlgorithm};
use crate::domain::user::User;

/// Claims about a person as userinfo signs them.
#[derive(Clone, Debug, Serialize, Deserialize)]
struct AboutClaims {
    #[serde(flatten)]
    about: Map<String, Value>,
}

impl AdditionalClaims for AboutClaims {}

type OurUserInfo = UserInfoJsonWebToken<
    AboutClaims,
    CoreGenderClaim,
    CoreJweContentEncryptionAlgorithm,
    CoreJwsSigningAlgorithm,
>;

/// What userinfo answers (OIDC Core §5.3.2).
#[derive(Debug)]
pub enum UserInfo {
    /// As JSON.
    Plain(Map<String, Value>),
    /// As a signed JWT, to an application that wants it so.
    Signed(String),
}

impl Services {
    /// What `/userinfo` answers to an access token (OIDC Core §5.3). The token must be ours, not
    /// expired, and what it rests on must still stand.
    pub async fn userinfo(&self, presented: Presented<'_>) -> Result<UserInfo, GrantError> {
        const REFUSED: GrantError =
            GrantError::Invalid("the access token is invalid, expired or revoked");
        let claims: AccessClaims = self.read_access_token(presented.token).ok_or(REFUSED)?;
        self.holds_key(presented, claims.key()).await?;
        let standing = self.standing(claims.gid).await?.ok_or(REFUSED)?;
        let (grant, user, _) = stands(standing, self.now()).map_err(|_| REFUSED)?;
        let scopes = Scope::parse_list(claims.scope());
        if !scopes.contains(&Scope::OpenId) {
            return Err(GrantError::Scope("the access token lacks the scope openid"));
        }
        let mut about = self.about(&user, &scopes, &grant.claims.userinfo).await?;
        let client = self.client(&grant.client_id).await?.ok_or(REFUSED)?;
        let Some(algorithm) = client.settings.userinfo_signed_response_alg else {
            about.insert("sub".into(), self.subject(&client, user.id).into());
            return Ok(UserInfo::Plain(about));
        };
        Ok(UserInfo::Signed(self.signed_userinfo(&client, &user, about, algorithm)?))
    }

    fn signed_userinfo(
        &self,
        client: &Client,
        user: &User,
        about: Map<String, Value>,
        algorithm: SigningAlgorithm,
    ) -> Result<String, Failure> {
        let internal = |error: String| Failure::Internal(error);
        let ring = self.keys.ring();
        let signer = ring
            .signer(algorithm)
            .ok_or_else(|| internal(format!("there is no current {} key", algorithm.name())))?;
        let issuer = IssuerUrl::new(self.issuer_text().to_owned());
        let standard = StandardClaims::new(SubjectIdentifier::new(self.subject(client, user.id)));
        let claims = UserInfoClaims::new(standard, AboutClaims { about })
            .set_issuer(Some(issuer.map_err(|error| internal(error.to_string()))?))
            .set_audiences(Some(vec![Audience::new(client.id.0.clone())]));
        let token = OurUserInfo::new(claims, signer.as_ref(), jws_algorithm(algorithm))
            .map_err(|error| internal(error.to_string()))?;
        match serde_json::to_value(&token) {
            Ok(Value::String(token)) => Ok(token),
            _ => Err(internal("a signed userinfo answer is no text".into())),
        }
    }
}
