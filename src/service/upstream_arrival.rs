//! Whom an upstream lets in, once it has said who somebody is (docs/upstream.md).

use std::time::Duration;

use super::audit::Entry;
use super::journeys::advance_within;
use super::opening::{Opening, open_session};
use super::upstream_sign_in::Outcome;
use super::{Origin, Services};
use crate::crypto::token;
use crate::domain::audit::{Activity, Event};
use crate::domain::client::Client;
use crate::domain::id::{AuditId, GroupId, JourneyId, SessionId, UserId};
use crate::domain::pass::{ONE_TIME_REGISTRATION, Usability};
use crate::domain::policy::{SessionPolicy, TapPolicy};
use crate::domain::random;
use crate::domain::session::{Session, UpstreamOrigin};
use crate::domain::time::Timestamp;
use crate::domain::upstream::{Identity, LinkBy, Refusal, UPSTREAM_SESSION, Upstream, UpstreamId};
use crate::domain::user::{User, Username};
use crate::store::{self, Conn, audit, once, passes, policies, upstreams, users};

/// How long a turn is remembered: longer than any transaction.
const TURN: Duration = Duration::from_secs(60);

/// What an upstream said, and what is to be made of it.
#[derive(Clone)]
pub(super) struct Arrival {
    pub(super) upstream: UpstreamId,
    pub(super) identity: Identity,
    pub(super) journey: JourneyId,
    pub(super) browser: String,
    /// The `sub` that the application expects.
    pub(super) expected: Option<(Client, String)>,
    pub(super) entry: Entry,
    pub(super) now: Timestamp,
}

/// Whom an account opens.
struct Found {
    user: User,
    /// Whether the account is to be linked to them first.
    unlinked: bool,
    /// Whether they are to be added first.
    unknown: bool,
}

impl Services {
    /// Lets somebody in of whom an upstream said who they are, or refuses: all of it, or nothing.
    pub(super) async fn arrive(&self, conn: &mut Conn, arrival: Arrival) -> store::Result<Outcome> {
        let Arrival { upstream: id, identity, journey, browser, expected, entry, now } = arrival;
        // It was asked a moment ago, in which the operator may have changed their mind. Held: who
        // disables or removes it now waits, and then ends the session that this opens.
        let Some(upstream) = upstreams::hold(conn, &id).await? else {
            let entry = entry.refused(format!("{id}: it is disabled"));
            audit::insert(conn, &entry.done()).await?;
            return Ok(Outcome::Refused);
        };
        let found = match self.whom(conn, &upstream, &identity).await? {
            Ok(found) => found,
            Err((refusal, user)) => {
                let entry = entry.on(user).refused(format!("{id}: {refusal}"));
                audit::insert(conn, &entry.done()).await?;
                return Ok(Outcome::Refused);
            }
        };
        let Found { user, unlinked, unknown } = found;
        let other = expected.is_some_and(|(client, sub)| self.subject(&client, user.id) != sub);
        let refusal = if other {
            Some((Refusal::WrongUser, Outcome::WrongUser))
        } else if !unknown && pass_is_open(conn, user.id, now).await? {
            Some((Refusal::PassOpen, Outcome::UsePass))
        } else {
            None
        };
        if let Some((refusal, outcome)) = refusal {
            if outcome == Outcome::UsePass {
                // The page asks them for their pass, whatever name they typed before.
                advance_within(conn, journey, &browser, now, |progress| {
                    progress.username = Some(user.username.as_str().to_owned());
                })
                .await?;
            }
            let entry = entry.on(Some(user.id)).refused(format!("{id}: {refusal}"));
            audit::insert(conn, &entry.done()).await?;
            return Ok(outcome);
        }
        let mut said = format!("{id}: signed in");
        if unknown {
            if !users::insert(conn, &user).await? {
                // Somebody took the name meanwhile: all of it is looked at anew.
                return Err(store::Error::Conflict);
            }
            let added = self.entry(Activity::UserAdded, Origin::default()).on(Some(user.id));
            let added = added.detail(format!("{} through {id}", user.username.as_str()));
            audit::insert(conn, &added.done()).await?;
        }
        if unlinked {
            if !upstreams::link(conn, &id, &identity.subject, user.id, now).await? {
                return Err(store::Error::Conflict);
            }
            let linked = entry.clone().by_user(user.id).done();
            let detail = format!("{id}: linked to {}", identity.subject);
            let linked = Event {
                id: AuditId::new(now, self.random.as_ref()),
                activity: Activity::UpstreamLinked,
                detail,
                ..linked
            };
            audit::insert(conn, &linked).await?;
            said.push_str(" for the first time");
        }
        if !upstreams::record_use(conn, &id, &identity.subject, user.id, now).await? {
            return Err(store::Error::Conflict);
        }
        let origin = UpstreamOrigin {
            id,
            deadline: now.plus(UPSTREAM_SESSION),
            register_until: now.plus(ONE_TIME_REGISTRATION),
        };
        let session = Session::from_upstream(
            SessionId::new(now, self.random.as_ref()),
            user.id,
            origin,
            identity.auth_time.unwrap_or(now),
            now,
        );
        let limits: SessionPolicy = policies::get(conn, super::policies::SESSION).await?;
        let session = session.within(&limits, now);
        let opened = session.id;
        open_session(conn, &Opening { session, journey, browser, username: None, now }).await?;
        audit::insert(conn, &entry.by_user(user.id).detail(said).done()).await?;
        Ok(Outcome::SignedIn(opened))
    }

    /// Whom an account opens: the person it is linked to, whatever it is called by now; or, the
    /// first time, the one whom it names, as far as the operator lets it.
    async fn whom(
        &self,
        conn: &mut Conn,
        upstream: &Upstream,
        identity: &Identity,
    ) -> store::Result<Result<Found, (Refusal, Option<UserId>)>> {
        let settings = &upstream.settings;
        if let Some(link) = upstreams::linked(conn, &upstream.id, &identity.subject).await?
            && let Some(user) = users::by_id(conn, link.user_id).await?
        {
            return Ok(match settings.admits(&user) {
                Ok(()) => Ok(Found { user, unlinked: false, unknown: false }),
                Err(refusal) => Err((refusal, Some(user.id))),
            });
        }
        let name = match settings.name_of(identity) {
            Ok(name) => name,
            Err(refusal) => return Ok(Err((refusal, None))),
        };
        let mut named = match settings.link_existing_by {
            LinkBy::None => Vec::new(),
            LinkBy::Username => match Username::parse(name) {
                Ok(username) => users::by_username(conn, &username).await?.into_iter().collect(),
                Err(_) => Vec::new(),
            },
            LinkBy::Email => users::by_email(conn, name).await?,
            LinkBy::ExternalId => users::by_external_id(conn, name).await?,
        };
        if named.len() > 1 {
            return Ok(Err((Refusal::Ambiguous, None)));
        }
        let Some(user) = named.pop() else {
            return self.newcomer(conn, upstream, identity, name).await;
        };
        let refusal = if let Err(refusal) = settings.admits(&user) {
            Some(refusal)
        } else if upstreams::link_of(conn, &upstream.id, user.id).await?.is_some() {
            Some(Refusal::LinkedToAnother)
        } else if user.method_count > 0 {
            // A claim can be changed over there; it must not open what somebody has locked here.
            Some(Refusal::HasMethods)
        } else {
            None
        };
        Ok(match refusal {
            Some(refusal) => Err((refusal, Some(user.id))),
            None => Ok(Found { user, unlinked: true, unknown: false }),
        })
    }

    /// Somebody whom nobody here knows, where the operator has such people added.
    async fn newcomer(
        &self,
        conn: &mut Conn,
        upstream: &Upstream,
        identity: &Identity,
        name: &str,
    ) -> store::Result<Result<Found, (Refusal, Option<UserId>)>> {
        let settings = &upstream.settings;
        if !settings.provision {
            return Ok(Err((Refusal::Unknown, None)));
        }
        let Ok(username) = Username::parse(name) else {
            return Ok(Err((Refusal::Unusable, None)));
        };
        if let Some(taken) = users::by_username(conn, &username).await? {
            // Somebody else's, as far as the operator lets us know.
            return Ok(Err((Refusal::Unknown, Some(taken.id))));
        }
        let now = self.now();
        let handle = uuid::Builder::from_random_bytes(random::bytes(self.random.as_ref()));
        let id = UserId::new(now, self.random.as_ref());
        let mut user = User::new(id, handle.into_uuid(), username, now);
        if let Some(name) = &identity.name {
            user.display_name.clone_from(name);
        }
        user.email = match settings.address_of(identity) {
            Some(address) if self.is_nobodys(conn, &address).await? => Some(address),
            _ => None,
        };
        if user.tidy().is_err() {
            user.username.as_str().clone_into(&mut user.display_name);
        }
        Ok(match settings.admits(&user) {
            Ok(()) => Ok(Found { user, unlinked: true, unknown: true }),
            Err(refusal) => Err((refusal, None)),
        })
    }

    /// Whether nobody here goes by this address; of newcomers who bring the same one at once, from
    /// whichever upstream, it is the first one's.
    async fn is_nobodys(&self, conn: &mut Conn, address: &str) -> store::Result<bool> {
        let hash = token::hash(&format!("address {}", users::key(address)));
        once::take_turns(conn, &hash, self.now().plus(TURN)).await?;
        Ok(!users::goes_by(conn, address).await?)
    }
}

/// Whether a person has a pass that they could use now. It comes before any upstream, as it does in
/// Entra for federated domains: somebody here handed it out on purpose.
async fn pass_is_open(conn: &mut Conn, user: UserId, now: Timestamp) -> store::Result<bool> {
    let Some((pass, _)) = passes::by_user(conn, user).await? else { return Ok(false) };
    let policy: TapPolicy = policies::get(conn, super::policies::TAP).await?;
    let groups: Vec<GroupId> =
        users::all_groups_of(conn, user).await?.into_iter().map(|(id, _)| id).collect();
    let usability = pass.usability(&policy, policy.in_scope(user, &groups), now);
    Ok(usability == Usability::EnabledByPolicy)
}
