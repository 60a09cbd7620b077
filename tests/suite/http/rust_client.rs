//! The `openidconnect` crate as a foreign relying party: discovery, the code flow, refreshing and
//! userinfo, with all the checks that it makes.

use openidconnect::core::{
    CoreAuthenticationFlow, CoreClient, CoreProviderMetadata, CoreUserInfoClaims,
};
use openidconnect::reqwest;
use openidconnect::{
    AuthorizationCode, ClientId, ClientSecret, CsrfToken, IssuerUrl, Nonce, OAuth2TokenResponse,
    PkceCodeChallenge, RedirectUrl, Scope, TokenResponse,
};

use crate::support::app::{App, CALLBACK};
use crate::support::authenticator::SoftAuthenticator;
use crate::support::database::on_both_engines;
use crate::support::visitor::param;

on_both_engines! {
    async fn the_openidconnect_crate_completes_the_whole_thing(app: App) {
        app.person("ada").await;
        app.one_method_is_enough().await;
        let pass = app.one_time_pass("ada").await;
        let registered = app.client("payroll").await;
        let http = reqwest::Client::builder()
            .redirect(reqwest::redirect::Policy::none())
            .build()
            .unwrap();
        let issuer = IssuerUrl::new(app.issuer.clone()).unwrap();
        let provider = CoreProviderMetadata::discover_async(issuer, &http).await.unwrap();
        let client = CoreClient::from_provider_metadata(
            provider,
            ClientId::new(registered.id),
            Some(ClientSecret::new(registered.secret)),
        )
        .set_redirect_uri(RedirectUrl::new(CALLBACK.into()).unwrap());
        let (challenge, verifier) = PkceCodeChallenge::new_random_sha256();
        let (url, state, nonce) = client
            .authorize_url(CoreAuthenticationFlow::AuthorizationCode, CsrfToken::new_random, Nonce::new_random)
            .add_scopes(["profile", "email", "offline_access"].map(|scope| Scope::new(scope.into())))
            .set_pkce_challenge(challenge)
            .url();

        let (mut ada, mut phone) = (app.visitor(), SoftAuthenticator::new());
        ada.open(url.as_str()).await.page();
        ada.sign_in("ada", &pass).await.page();
        ada.register(&mut phone).await.page();
        let landing = ada.submit("finish", &[]).await.away();
        assert_eq!(param(&landing, "state").as_ref(), Some(state.secret()));

        let code = AuthorizationCode::new(param(&landing, "code").unwrap());
        let tokens = client
            .exchange_code(code)
            .unwrap()
            .set_pkce_verifier(verifier)
            .request_async(&http)
            .await
            .unwrap();
        let verifier = client.id_token_verifier();
        let id_token = tokens.id_token().unwrap();
        let claims = id_token.claims(&verifier, &nonce).unwrap();
        assert_eq!(claims.email().unwrap().as_str(), "ada@example.com");
        let hash = openidconnect::AccessTokenHash::from_token(
            tokens.access_token(),
            id_token.signing_alg().unwrap(),
            id_token.signing_key(&verifier).unwrap(),
        )
        .unwrap();
        assert_eq!(claims.access_token_hash(), Some(&hash));

        let userinfo: CoreUserInfoClaims = client
            .user_info(tokens.access_token().clone(), Some(claims.subject().clone()))
            .unwrap()
            .request_async(&http)
            .await
            .unwrap();
        assert_eq!(userinfo.preferred_username().unwrap().as_str(), "ada");
        let fresh = client
            .exchange_refresh_token(tokens.refresh_token().unwrap())
            .unwrap()
            .request_async(&http)
            .await
            .unwrap();
        let again = fresh.id_token().unwrap().claims(&verifier, |_: Option<&Nonce>| Ok(())).unwrap();
        assert_eq!(again.subject(), claims.subject());
    }
}
