//! How things stand: who has not finished onboarding, which passes are open, what was refused.

use std::time::Duration;

use super::caller::Caller;
use super::passes::PassStatus;
use super::{AdminError, Services};
use crate::domain::authority::Action;
use crate::domain::time::Timestamp;
use crate::domain::user::User;
use crate::store::{overview, users};

/// How far back refused sign-ins are counted.
const A_DAY: Duration = Duration::from_secs(24 * 60 * 60);

/// How things stand, in numbers.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Overview {
    /// People.
    pub people: u32,
    /// People who may sign in and have registered nothing yet.
    pub waiting: u32,
    /// Passes that have not ended.
    pub open_passes: u32,
    /// Sign-ins that were refused in the last 24 hours.
    pub refused: u32,
}

impl Services {
    /// How things stand, for whoever may see people.
    pub async fn overview(&self, caller: &Caller) -> Result<Overview, AdminError> {
        Self::permit_seeing(caller, Action::SeePeople, None)?;
        let now = self.now();
        let mut conn = self.store.reader().await?;
        let (people, waiting) = overview::people(&mut conn).await?;
        let open_passes = overview::passes(&mut conn, now).await?;
        let refused = overview::refused_sign_ins(&mut conn, now.minus(A_DAY)).await?;
        Ok(Overview { people, waiting, open_passes, refused })
    }

    /// People whose pass has not ended, the one that ends first at the head; `after` is where the
    /// page before ended.
    pub async fn open_passes(
        &self,
        caller: &Caller,
        after: Option<(Timestamp, &str)>,
        limit: u32,
    ) -> Result<Vec<(User, PassStatus)>, AdminError> {
        Self::permit_seeing(caller, Action::SeePeople, None)?;
        let start = after.unwrap_or((self.now(), ""));
        let found = {
            let mut conn = self.store.reader().await?;
            let ids = overview::open_passes(&mut conn, start, limit).await?;
            let mut found = Vec::new();
            for id in ids {
                found.extend(users::by_id(&mut conn, id).await?);
            }
            found
        };
        self.with_passes(found).await.map(|people| {
            people.into_iter().filter_map(|(user, pass)| Some((user, pass?))).collect()
        })
    }

    /// People with their passes.
    pub async fn with_passes(
        &self,
        people: Vec<User>,
    ) -> Result<Vec<(User, Option<PassStatus>)>, AdminError> {
        let mut passes = self.show_passes(&people).await?;
        let found = people.into_iter().map(|user| {
            let pass = passes.remove(&user.id);
            (user, pass)
        });
        Ok(found.collect())
    }
}
