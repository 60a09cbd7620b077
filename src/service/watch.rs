//! What is looked up for whoever watches the server: whether it can answer, what waits, how old the
//! keys are.

use std::time::Duration;

use tokio::time::timeout;

use super::{Failure, Services};
use crate::metrics::People;
use crate::store::{self, depths, overview};

/// How long the database may take to say how it is.
const PATIENCE: Duration = Duration::from_secs(2);

/// Why requests cannot be answered.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub enum NotReady {
    /// The database does not answer.
    #[error("the database does not answer: {0}")]
    Database(String),
    /// The database lacks what this version needs of it, such as after an older backup came back.
    #[error(
        "the database is behind this version: migration {0} is missing; restart to bring it up"
    )]
    Behind(i64),
}

/// How many connections may turn out to be lost before the database counts as away.
const LOST: u32 = 4;

impl Services {
    /// Whether requests can be answered: the database is there and has the schema that we need.
    pub async fn readiness(&self) -> Result<(), NotReady> {
        let asked = async {
            let mut lost = 0;
            loop {
                match self.store.missing_migration().await {
                    // A connection of before an outage says nothing about now.
                    Err(store::Error::Unavailable(_)) if lost < LOST => lost += 1,
                    answer => return answer,
                }
            }
        };
        match timeout(PATIENCE, asked).await {
            Ok(Ok(None)) => Ok(()),
            Ok(Ok(Some(version))) => Err(NotReady::Behind(version)),
            Ok(Err(error)) => Err(NotReady::Database(error.to_string())),
            Err(_) => Err(NotReady::Database(format!("no answer in {PATIENCE:?}"))),
        }
    }

    /// Brings the numbers up to date that are looked up rather than counted; those about people only
    /// where they are asked for, as there may be millions.
    pub async fn measure(&self, rotation: Duration, people: bool) {
        let metrics = self.store.metrics();
        metrics.set_pool(self.store.connections());
        let hashing = u32::try_from(self.hasher.waiting()).unwrap_or(u32::MAX);
        metrics.set_hashing(hashing, self.hasher.sent_away());
        metrics.set_keys(self.signing_key_age(), rotation);
        let looked = timeout(PATIENCE, self.look_up(people)).await;
        let looked = looked.unwrap_or_else(|_| Err(Failure::Unavailable("no answer".into())));
        if let Err(error) = &looked {
            tracing::debug!(%error, "the database does not say what waits");
        }
        if let Ok((_, Some(people))) = &looked {
            metrics.set_people(*people);
        }
        metrics.set_stored(looked.ok().map(|(stored, _)| stored));
    }

    async fn look_up(
        &self,
        people: bool,
    ) -> Result<(crate::metrics::Stored, Option<People>), Failure> {
        let now = self.now();
        let mut conn = self.store.reader().await?;
        let stored = depths::all(&mut conn, now).await?;
        let people = if people {
            let (all, without_method) = overview::people(&mut conn).await?;
            Some(People {
                all,
                without_method,
                open_passes: overview::passes(&mut conn, now).await?,
            })
        } else {
            None
        };
        Ok::<_, store::Error>((stored, people)).map_err(Failure::from)
    }
}
