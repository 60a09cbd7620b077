//! Telling applications that a session ended (OpenID Connect Back-Channel Logout 1.0): queued in
//! the transaction that ends it, sent by the server, which nobody waits for.

use std::time::Duration;

use serde_json::json;
use url::Url;
use url::form_urlencoded::Serializer;

use super::outbound::FetchError;
use super::{Failure, Origin, Services};
use crate::domain::audit::Activity;
use crate::domain::client::Client;
use crate::domain::id::new_uuid;
use crate::domain::logout::{EVENT, GIVE_UP, TOKEN_LIFETIME, TOKEN_TYPE, Verdict, pause, verdict};
use crate::store::logouts::{self, Claimed};
use crate::store::{audit, clients};

/// How long whoever took one has for it: longer than an answer may take.
const LEASE: Duration = Duration::from_secs(30);

/// What became of a try.
enum Outcome {
    /// Nothing is left to do.
    Done,
    /// It may work later.
    Again(String),
    /// Nobody answered: others who wait for the same need not find that out, too.
    Unreachable(String),
    /// It never will.
    Never(String),
}

impl Services {
    /// Takes applications that are due to be told, `most` of them, for one try each.
    pub async fn due_logouts(&self, most: usize) -> Result<Vec<Claimed>, Failure> {
        let now = self.now();
        let mut due = Vec::new();
        while due.len() < most {
            if !logouts::is_due(&mut *self.store.reader().await?, now).await? {
                break;
            }
            let until = now.plus(LEASE);
            let claimed = self
                .store
                .write(move |conn| Box::pin(async move { logouts::claim(conn, now, until).await }))
                .await?;
            let Some(claimed) = claimed else { break };
            due.push(claimed);
        }
        Ok(due)
    }

    /// Tries to tell an application, and remembers what came of it.
    pub async fn tell_logout(&self, claimed: Claimed) -> Result<(), Failure> {
        let now = self.now();
        // Whatever goes wrong, the line does not stay in the queue for ever.
        let tried = self.try_logout(&claimed).await;
        let outcome = tried.unwrap_or_else(|error| Outcome::Again(error.to_string()));
        let waits = now.since(claimed.created_at) < GIVE_UP;
        let reason = match outcome {
            Outcome::Done => {
                self.store.metrics().logout("told");
                let id = claimed.id;
                return Ok(self
                    .store
                    .write(move |conn| Box::pin(async move { logouts::delete(conn, &id).await }))
                    .await?);
            }
            Outcome::Again(_) | Outcome::Unreachable(_) if waits => {
                self.store.metrics().logout("postponed");
                let all = matches!(outcome, Outcome::Unreachable(_)).then_some(claimed.client_id);
                let (id, next_at) = (claimed.id, now.plus(pause(claimed.attempts)));
                return Ok(self
                    .store
                    .write(move |conn| {
                        Box::pin(async move {
                            logouts::postpone(conn, &id, next_at).await?;
                            if let Some(client) = all {
                                logouts::postpone_due(conn, &client, now, next_at).await?;
                            }
                            Ok(())
                        })
                    })
                    .await?);
            }
            Outcome::Again(reason) | Outcome::Unreachable(reason) | Outcome::Never(reason) => {
                reason
            }
        };
        self.store.metrics().logout("given_up");
        let entry = self.entry(Activity::LogoutNotTold, Origin::default());
        let entry = entry.on(Some(claimed.user_id)).client(Some(&claimed.client_id));
        let (id, event) = (claimed.id, entry.refused(reason).done());
        Ok(self
            .store
            .write(move |conn| {
                Box::pin(async move {
                    logouts::delete(conn, &id).await?;
                    audit::insert(conn, &event).await
                })
            })
            .await?)
    }

    async fn try_logout(&self, claimed: &Claimed) -> Result<Outcome, Failure> {
        let client = clients::by_id(&mut *self.store.reader().await?, &claimed.client_id).await?;
        // What an application no longer wants to know, or may no longer, it is not told.
        let Some(client) = client.filter(|client| client.enabled) else {
            return Ok(Outcome::Done);
        };
        let uri = client.settings.backchannel_logout_uri.as_deref();
        let Some(uri) = uri.and_then(|uri| Url::parse(uri).ok()) else {
            return Ok(Outcome::Done);
        };
        let token = self.logout_token(&client, claimed)?;
        let form = Serializer::new(String::new()).append_pair("logout_token", &token).finish();
        Ok(match self.outbound.post_form(&uri, form).await {
            Ok(status) => match verdict(status) {
                Verdict::Told => Outcome::Done,
                Verdict::Refused => Outcome::Never(format!("the answer was {status}")),
                Verdict::Again => Outcome::Again(format!("the answer was {status}")),
            },
            Err(error @ FetchError::Private) => Outcome::Never(error.to_string()),
            Err(error) => Outcome::Unreachable(error.to_string()),
        })
    }

    /// A logout token (§2.4), made anew for each try: it is good for a moment only. Both ways of
    /// naming what ended are in it, so that `backchannel_logout_session_required` always holds.
    fn logout_token(&self, client: &Client, claimed: &Claimed) -> Result<String, Failure> {
        let now = self.now();
        let claims = json!({
            "iss": self.issuer_text(),
            "sub": self.subject(client, claimed.user_id),
            "aud": client.id.0,
            "iat": now.seconds(),
            "exp": now.plus(TOKEN_LIFETIME).seconds(),
            "jti": new_uuid(now, self.random.as_ref()).to_string(),
            "sid": claimed.session_id.to_string(),
            "events": { EVENT: {} },
        });
        self.sign_jwt(client.settings.id_token_signed_response_alg, TOKEN_TYPE, &claims)
    }
}
