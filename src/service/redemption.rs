//! Giving tokens for what is good once: an authorization code, or a device code that was allowed.

use super::authorization::{GrantError, wants_refresh_token};
use super::tokens::{Minting, TokenSet};
use super::{Origin, Services};
use crate::crypto::token::Token;
use crate::domain::client::Client;
use crate::domain::grant::{Grant, Terms, refresh_expiry};
use crate::domain::session::Session;
use crate::domain::user::User;
use crate::store::{device_codes, grants, users};

/// What is good for tokens, once.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum OneTime {
    /// An authorization code (RFC 6749 §4.1.2).
    Code,
    /// A device code (RFC 8628 §3.4).
    DeviceCode,
}

/// What an application presents: it is known to be its own, and to fit the request.
pub(super) struct Redeemed<'a> {
    /// What it is.
    pub(super) what: OneTime,
    /// The hash of its value.
    pub(super) hash: String,
    /// What it stands for.
    pub(super) grant: &'a Grant,
    /// Who gave it, and in which session: both still stand.
    pub(super) user: &'a User,
    pub(super) session: &'a Session,
}

impl Services {
    /// Mints the first tokens of a grant, bound to `key` where the request proved one, and takes
    /// for them what is presented. Nothing, where somebody else was faster: then what the grant gave
    /// is taken back (RFC 6749 §4.1.2).
    pub(super) async fn redeem(
        &self,
        client: &Client,
        presented: Redeemed<'_>,
        audience: Vec<String>,
        key: Option<&str>,
        origin: Origin,
    ) -> Result<Option<TokenSet>, GrantError> {
        let Redeemed { what, hash, grant, user, session } = presented;
        let now = self.now();
        self.must_be_strong_enough(client, session).await?;
        let refresh =
            wants_refresh_token(client, grant).then(|| Token::generate(self.random.as_ref()));
        let terms = Terms::from(client.settings.lifetimes);
        let expires_at = refresh_expiry(grant, &terms, session.hard_deadline(), now);
        let (id, refresh_hash) = (grant.id, refresh.as_ref().map(Token::hash));
        // A confidential client's refresh tokens are bound to what it authenticates with
        // (RFC 9449 §5), and its key may change.
        let bound = key.filter(|_| client.is_public()).map(str::to_owned);
        // Minted first: what cannot be minted now must not cost the code.
        let minting = Minting {
            client,
            grant,
            user,
            session,
            scopes: &grant.scopes,
            audience,
            key,
            nonce: grant.nonce.clone(),
        };
        let tokens = self.token_set(minting, refresh).await?;
        let newcomer = user.first_tokens_at.is_none().then_some(user.id);
        let first = self
            .store
            .write(move |conn| {
                Box::pin(async move {
                    let first = match what {
                        OneTime::Code => grants::redeem_code(conn, &hash, now).await?,
                        OneTime::DeviceCode => device_codes::redeem(conn, &hash, now).await?,
                    };
                    if !first {
                        return Ok(false);
                    }
                    if let Some(thumbprint) = bound {
                        grants::bind(conn, id, &thumbprint).await?;
                    }
                    if let Some(refresh) = refresh_hash {
                        grants::insert_refresh_token(conn, &refresh, id, None, now, expires_at)
                            .await?;
                        grants::extend(conn, id, expires_at).await?;
                    }
                    if let Some(newcomer) = newcomer {
                        users::first_tokens(conn, newcomer, now).await?;
                    }
                    Ok(true)
                })
            })
            .await?;
        if first {
            return Ok(Some(tokens));
        }
        let twice = match what {
            OneTime::Code => "a code was presented twice at once",
            OneTime::DeviceCode => "a device code was presented twice at once",
        };
        self.revoke_replayed(grant, twice, origin).await?;
        Ok(None)
    }
}
