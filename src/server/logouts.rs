//! Telling applications that sessions ended.

use std::time::Duration;

use futures::stream::{self, StreamExt as _};

use crate::service::{Failure, Services};

/// How often the queue is looked at.
const LOOK: Duration = Duration::from_secs(1);
/// How many applications are told at once.
const AT_ONCE: usize = 32;

/// Tells whom it is due to tell, for ever.
pub(super) async fn run(services: Services) {
    loop {
        tokio::time::sleep(LOOK).await;
        while match tell(&services).await {
            Ok(more) => more,
            Err(error) => {
                tracing::warn!(%error, "the queue of logout tokens cannot be worked off");
                false
            }
        } {}
    }
}

/// Tells some at once, so that one that is slow does not hold up the others; whether there were any.
async fn tell(services: &Services) -> Result<bool, Failure> {
    let due = services.due_logouts(AT_ONCE).await?;
    let some = !due.is_empty();
    stream::iter(due)
        .for_each_concurrent(AT_ONCE, async |claimed| {
            // Taken again later, where it cannot even be remembered what came of it.
            if let Err(error) = services.tell_logout(claimed).await {
                tracing::warn!(%error, "what came of a logout token cannot be kept");
            }
        })
        .await;
    Ok(some)
}
