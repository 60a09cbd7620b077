//! What the operator demands of sign-ins to an application, where no page is shown: at the token
//! endpoint and where a proxy asks.

use super::authorization::GrantError;
use super::journeys::{JourneyError, Position};
use super::{Failure, Origin, Services};
use crate::domain::assurance::Acr;
use crate::domain::audit::Activity;
use crate::domain::client::Client;
use crate::domain::journey::{AuthorizationRequest, Demand};
use crate::domain::policy::TapPolicy;
use crate::domain::session::Session;
use crate::store::policies;

impl Services {
    /// Whether a session is as strong as the operator's rule wants it.
    pub(super) async fn is_strong_enough(
        &self,
        minimum: Option<Acr>,
        session: &Session,
    ) -> Result<bool, Failure> {
        // Asked only where it matters.
        if minimum.is_none_or(|minimum| session.acr() >= minimum && minimum != Acr::MultiFactor) {
            return Ok(true);
        }
        let mut conn = self.store.reader().await?;
        let tap: TapPolicy = policies::get(&mut conn, super::policies::TAP).await?;
        let demand = Demand::by_rule(minimum, tap.multifactor_use);
        Ok(demand.is_none_or(|demand| demand.met_by(&session.factors)))
    }

    /// Ends a journey whose demand its person cannot meet.
    pub async fn refuse_unmet(
        &self,
        position: &Position,
        request: &AuthorizationRequest,
        origin: Origin,
    ) -> Result<(), JourneyError> {
        self.end_journey(position).await?;
        self.refused(request).await?;
        let class = position.demand.map_or("", |demand| demand.class.name());
        let mut entry = self.entry(Activity::Authorized, origin).client(Some(&request.client_id));
        if let Some(user) = &position.user {
            entry = entry.by_user(user.id);
        }
        let why = format!("{class} is demanded, and this person cannot have it");
        Ok(self.note(entry.refused(why)).await?)
    }

    /// Gives nothing for a sign-in that is weaker than the rule of the application, however strong
    /// one it was given for: the rule may be younger. The application sends the person to sign in
    /// again (RFC 6749 §5.2), and they add what is missing.
    pub(super) async fn must_be_strong_enough(
        &self,
        client: &Client,
        session: &Session,
    ) -> Result<(), GrantError> {
        if self.is_strong_enough(client.settings.require_acr, session).await? {
            return Ok(());
        }
        Err(GrantError::Invalid(
            "this client needs a stronger sign-in than the grant rests on: authorize again",
        ))
    }
}
