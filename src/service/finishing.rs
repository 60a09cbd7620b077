//! What a finished journey has earned: a code, or an ID token, for the application that began it.

use super::external_hint::AGE_MAX;
use super::journeys::{self as journeys_service, JourneyError, Position};
use super::tokens::Said;
use super::{Origin, Services};
use crate::crypto::token::Token;
use crate::domain::audit::{Activity, Event};
use crate::domain::client::{ResponseType, Scope};
use crate::domain::grant::{Code, Grant, Terms};
use crate::domain::id::GrantId;
use crate::domain::journey::{AuthorizationRequest, Journey, Step, fresh_since};
use crate::domain::session::Session;
use crate::domain::time::Timestamp;
use crate::store::{self, Conn, audit, grants, journeys, once, sessions, users};

/// What the transaction that finishes a journey came to.
enum Given {
    Answer,
    Already,
    MovedOn,
    /// The hint of an outside issuer was answered before.
    Replayed,
}

/// What the transaction that finishes a journey does.
#[derive(Clone)]
struct Giving {
    grant: Grant,
    /// Where it is in the database.
    journey: Option<Journey>,
    /// The hash of a pushed request, which is answered once.
    pushed: Option<String>,
    /// The hint of an outside issuer, and until when it is known to have been answered.
    hint: Option<(String, Timestamp)>,
    /// What is written down where it was answered before.
    replayed: Event,
    /// The hash of the code, and the code; none where the answer is an ID token.
    code: Option<(String, Code)>,
    /// When the grant may be forgotten.
    forgotten: Timestamp,
    event: Event,
    now: Timestamp,
}

impl Giving {
    async fn done(self, conn: &mut Conn) -> store::Result<Given> {
        let Self { grant, now, .. } = &self;
        // Whoever ends the session knows to whom something was given under it.
        if !sessions::hold(conn, grant.session_id).await? {
            return Ok(Given::MovedOn);
        }
        let mut first = true;
        if let Some(journey) = &self.journey {
            first = journey.finished_at.is_none() && journeys::finish(conn, journey, *now).await?;
            // Only a code can be taken back.
            let again =
                first || (self.code.is_some() && grants::withdraw_codes(conn, journey.id).await?);
            if !again {
                let found = journeys::of_browser(conn, journey.id, &journey.browser, *now).await?;
                let finished = found.is_none_or(|it| it.finished_at.is_some());
                return Ok(if finished { Given::Already } else { Given::MovedOn });
            }
        }
        if let Some(hash) = &self.pushed
            && first
            && !once::answer_pushed(conn, hash).await?
        {
            return Ok(Given::Already);
        }
        if let Some((hint, kept)) = &self.hint
            && !once::first(conn, hint, *kept).await?
        {
            audit::insert(conn, &self.replayed).await?;
            return Ok(Given::Replayed);
        }
        grants::insert(conn, grant, self.forgotten).await?;
        match &self.code {
            Some((hash, code)) => grants::insert_code(conn, hash, code).await?,
            None => users::first_tokens(conn, grant.user_id, *now).await?,
        }
        audit::insert(conn, &self.event).await?;
        Ok(Given::Answer)
    }
}

/// What finishing a journey gave.
#[derive(Debug)]
pub enum Finished {
    /// A code, to be sent to the application.
    Code(Token),
    /// An ID token, to be sent to the application.
    IdToken(String),
    /// An error for the application: what was proved is not what it asked for.
    Refused((&'static str, &'static str)),
    /// Nothing: the application has redeemed the code of this journey already.
    Already,
}

impl Services {
    /// Gives the code that a finished journey has earned. Asked again before the application has
    /// redeemed it (a double click, a crash, the back button), withdraws it and gives another. An ID
    /// token as the answer is given once, whatever happens to it.
    ///
    /// `stored` says whether the journey is in the database; a request that needed no page is not.
    pub async fn finish(
        &self,
        position: &Position,
        stored: bool,
        origin: Origin,
    ) -> Result<Finished, JourneyError> {
        let (Step::Finish, Some(request), Some(session), Some(user)) =
            (&position.step, position.journey.purpose.request(), &position.session, &position.user)
        else {
            return Err(JourneyError::MovedOn);
        };
        let now = self.now();
        let code = Token::generate(self.random.as_ref());
        let client = self.client(&request.client_id).await?.ok_or(JourneyError::MovedOn)?;
        let terms = Terms::from(client.settings.lifetimes);
        // Whoever wants a fresh sign-in is told of what is fresh alone.
        let fresh = fresh_since(&position.journey, now).map(|since| session.proved_since(since));
        let grant = self.grant(request, fresh.as_ref().unwrap_or(session));
        let journey = stored.then(|| position.journey.clone());
        let id_token = match request.response_type {
            ResponseType::Code => None,
            ResponseType::IdToken => {
                let said = match Said::of(request, session) {
                    Ok(said) => said,
                    Err(why) => {
                        self.end_journey(position).await?;
                        return Ok(Finished::Refused(why));
                    }
                };
                Some(self.answer_token(&client, &grant, user, session, said).await?)
            }
        };
        let hint = request.external.as_ref().map(|external| {
            (external.hint.clone(), now.plus(journeys_service::JOURNEY_LIFETIME).plus(AGE_MAX))
        });
        let has_code = id_token.is_none();
        let replayed = self.entry(Activity::ReplayDetected, origin).on(Some(grant.user_id));
        let replayed = replayed.client(Some(&grant.client_id));
        let replayed = replayed.refused("an id_token_hint was answered twice").done();
        let row = Code {
            grant_id: grant.id,
            journey_id: journey.as_ref().map(|journey| journey.id),
            redirect_uri: request.redirect_uri.clone(),
            code_challenge: request.code_challenge.clone(),
            expires_at: now.plus(terms.code),
        };
        let entry = self.entry(Activity::Authorized, origin).by_user(grant.user_id);
        let event = entry.client(Some(&grant.client_id)).detail(Scope::join(&grant.scopes)).done();
        let forgotten = row.expires_at.plus(terms.access_token);
        let giving = Giving {
            journey,
            pushed: request.pushed.clone(),
            hint,
            replayed,
            code: has_code.then(|| (code.hash(), row)),
            forgotten,
            grant,
            event,
            now,
        };
        let given = self.store.write(move |conn| Box::pin(giving.done(conn))).await?;
        match given {
            Given::Answer => Ok(match id_token {
                Some(token) => Finished::IdToken(token),
                None => Finished::Code(code),
            }),
            Given::Replayed => {
                let why = "this id_token_hint was answered before";
                Ok(Finished::Refused(("invalid_request", why)))
            }
            Given::Already => Ok(Finished::Already),
            Given::MovedOn => Err(JourneyError::MovedOn),
        }
    }

    fn grant(&self, request: &AuthorizationRequest, session: &Session) -> Grant {
        let now = self.now();
        let acr = request.acr_terms.told(session.acr());
        let id = GrantId::new(now, self.random.as_ref());
        Grant {
            scopes: request.scopes.clone(),
            resources: request.resources.clone(),
            claims: request.claims.clone(),
            dpop_jkt: request.dpop_jkt.clone(),
            nonce: request.nonce.clone(),
            acr,
            // When that was proved which is told, not something weaker after it.
            auth_time: session.proved_at(acr).unwrap_or(session.auth_time),
            ..Grant::within(id, request.client_id.clone(), session, now)
        }
    }
}
