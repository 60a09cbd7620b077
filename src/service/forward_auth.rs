//! Forward auth: whether a proxy may let a request through to an application that knows no OpenID
//! Connect. For us such an application is a client like others; for the browser it has a cookie of
//! its own, on its own host, that rests on the session here.

use std::time::Duration;

use super::authorization::{Asked, GrantError, PresentedCode};
use super::lookups::stands;
use super::{Failure, Origin, Services};
use crate::crypto::token::{self, Token};
use crate::domain::assurance::Acr;
use crate::domain::audit::Activity;
use crate::domain::client::{Client, ForwardAuth};
use crate::domain::id::GroupId;
use crate::domain::session::Session;
use crate::domain::user::User;
use crate::store::forward_auth::{self, SignIn};
use crate::store::{clients, grants, users};

/// How long somebody may take to sign in.
const SIGN_IN_MAX: Duration = Duration::from_secs(60 * 60);

/// A protected application.
#[derive(Clone, Debug)]
pub struct Protected {
    /// The application.
    pub client: Client,
    /// How it is protected.
    pub rule: ForwardAuth,
}

/// Who may pass.
#[derive(Debug)]
pub struct Visitor {
    /// The person.
    pub user: User,
    /// Names of their groups.
    pub groups: Vec<String>,
}

/// What a proxy is told.
#[derive(Debug)]
pub enum Verdict {
    /// Let it through.
    Pass(Box<Visitor>),
    /// Nobody is signed in, or not strongly enough.
    SignIn,
    /// This person may not open it.
    Forbidden(Box<User>),
}

/// A sign-in that begins.
#[derive(Debug)]
pub struct Begun {
    /// The `state` of its request.
    pub state: Token,
    /// The PKCE challenge.
    pub challenge: String,
}

impl Services {
    /// The protected application that people reach at this origin.
    pub async fn protected_at(&self, origin: &str) -> Result<Option<Protected>, Failure> {
        let mut conn = self.store.reader().await?;
        let Some(id) = forward_auth::client_at(&mut conn, origin).await? else { return Ok(None) };
        let client = clients::by_id(&mut conn, &id).await?.filter(|client| client.enabled);
        Ok(client.and_then(|client| {
            let rule = client.settings.forward_auth.clone().filter(|it| it.origin == origin)?;
            Some(Protected { client, rule })
        }))
    }

    /// Whether a request of a browser that holds `held` may pass. Everything that it rests on is
    /// looked at each time: the session here, the person, their groups.
    pub async fn may_pass(
        &self,
        protected: &Protected,
        held: Option<&str>,
    ) -> Result<Verdict, Failure> {
        let Some(held) = held else { return Ok(Verdict::SignIn) };
        let grant = {
            let mut conn = self.store.reader().await?;
            let (hash, id) = (token::hash(held), &protected.client.id);
            match forward_auth::grant(&mut conn, &hash, id, self.now()).await? {
                Some(id) => grants::by_id(&mut conn, id).await?,
                None => None,
            }
        };
        let Some(grant) = grant else { return Ok(Verdict::SignIn) };
        let (user, session) = match self.still_stands(&grant).await {
            Ok(stands) => stands,
            Err(GrantError::Failure(failure)) => return Err(failure),
            Err(_) => return Ok(Verdict::SignIn),
        };
        let verdict = self.verdict(protected, user, &session).await?;
        if !matches!(verdict, Verdict::SignIn) {
            self.seen_by_proxy(&session).await?;
        }
        Ok(verdict)
    }

    async fn verdict(
        &self,
        protected: &Protected,
        user: User,
        session: &Session,
    ) -> Result<Verdict, Failure> {
        let settings = &protected.client.settings;
        let usual = Acr::demanded(&settings.default_acr_values.join(" "));
        if !session.is_live(self.now())
            || !self.is_strong_enough(settings.require_acr.max(usual), session).await?
        {
            return Ok(Verdict::SignIn);
        }
        let mut conn = self.store.reader().await?;
        let groups = users::all_groups_of(&mut conn, user.id).await?;
        let allowed = &protected.rule.groups;
        let inside = |(id, _): &(GroupId, String)| allowed.contains(id);
        if !allowed.is_empty() && !groups.iter().any(inside) {
            return Ok(Verdict::Forbidden(Box::new(user)));
        }
        let groups = groups.into_iter().map(|(_, name)| name).collect();
        Ok(Verdict::Pass(Box::new(Visitor { user, groups })))
    }

    /// Begins a sign-in in a browser that holds `browser`; it leads to `return_to`, which is known
    /// to be the application's.
    pub async fn begin_forward_sign_in(
        &self,
        protected: &Protected,
        browser: &str,
        return_to: String,
    ) -> Result<Begun, Failure> {
        let state = Token::generate(self.random.as_ref());
        let verifier = Token::generate(self.random.as_ref());
        let challenge = verifier.hash();
        let (hash, row) = (
            state.hash(),
            SignIn {
                client: protected.client.id.clone(),
                browser: token::hash(browser),
                verifier: verifier.reveal().to_owned(),
                return_to,
                expires_at: self.now().plus(SIGN_IN_MAX),
            },
        );
        self.store
            .write(move |conn| {
                Box::pin(async move { forward_auth::begin(conn, &hash, &row).await })
            })
            .await?;
        Ok(Begun { state, challenge })
    }

    /// Takes the sign-in that `state` stands for in this browser; nobody can take it again. Returns
    /// the PKCE verifier and where it leads.
    pub async fn take_forward_sign_in(
        &self,
        protected: &Protected,
        browser: &str,
        state: &str,
    ) -> Result<Option<(String, String)>, Failure> {
        let (hash, browser, now) = (token::hash(state), token::hash(browser), self.now());
        let id = protected.client.id.clone();
        Ok(self
            .store
            .write(move |conn| {
                Box::pin(async move { forward_auth::take(conn, &hash, &id, &browser, now).await })
            })
            .await?)
    }

    /// Redeems the code of a sign-in that was taken; returns what the browser holds from now on.
    pub async fn finish_forward_sign_in(
        &self,
        protected: &Protected,
        code: &str,
        verifier: &str,
        origin: Origin,
    ) -> Result<Token, GrantError> {
        let redirect_uri = protected.rule.redirect_uri();
        let presented =
            PresentedCode { code, redirect_uri: Some(&redirect_uri), verifier: Some(verifier) };
        let hash = token::hash(code);
        self.exchange_code(&protected.client, presented, Asked::default(), origin).await?;
        let found = self.standing_code(&hash).await?;
        let (_, _, standing) = found.ok_or(GrantError::Invalid("the code is unknown"))?;
        let (grant, user, session) = stands(standing, self.now())?;
        let expires_at = session.expires_at;
        if let Verdict::Forbidden(user) = self.verdict(protected, user, &session).await? {
            let entry = self.entry(Activity::Authorized, origin).by_user(user.id);
            let entry = entry.client(Some(&protected.client.id));
            self.note(entry.refused("the person is in none of the groups that may open it"))
                .await?;
        }
        let held = Token::generate(self.random.as_ref());
        let (hash, client, id) = (held.hash(), protected.client.id.clone(), grant.id);
        self.store
            .write(move |conn| {
                Box::pin(async move {
                    grants::extend(conn, id, expires_at).await?;
                    forward_auth::open(conn, &hash, &client, id, expires_at).await
                })
            })
            .await?;
        Ok(held)
    }
}
