//! What makes the pages an organisation's own. Every page that is asked for looks it up, so that a
//! change is seen by the next one on every instance; where the database does not answer, pages look
//! as they did last.

use std::fmt;
use std::sync::atomic::{AtomicU64, Ordering};
use std::sync::{Arc, PoisonError, RwLock};
use std::time::Duration;

use aws_lc_rs::digest::{SHA256, digest};
use base64::Engine;
use base64::engine::general_purpose::URL_SAFE_NO_PAD;
use serde::{Deserialize, Serialize};
use serde_json::{Map, Value};
use tokio::sync::Mutex;

use super::caller::Caller;
use super::policies::BRANDING;
use super::policy_changes::merge;
use super::{AdminError, Failure, Services};
use crate::domain::audit::Activity;
use crate::domain::authority::Action;
use crate::domain::branding::{BrandingPolicy, logo};
use crate::domain::error::Invalid;
use crate::store::{Store, branding, policies};

/// How long an image is kept that no policy names: drafts, and what open pages still show.
pub(super) const IMAGE_KEPT: Duration = Duration::from_secs(24 * 60 * 60);
/// How long a page waits to learn how it looks. Without it, it still says what it has to say.
const PATIENCE: Duration = Duration::from_millis(500);

/// How pages looked when that was last looked up. However many ask, one looks at a time.
pub struct Shown {
    policy: RwLock<Arc<BrandingPolicy>>,
    /// Held by who looks.
    turn: Mutex<()>,
    /// How often somebody began to.
    begun: AtomicU64,
    /// Which of them was the last to learn something, if only that the database does not answer.
    done: AtomicU64,
}

impl fmt::Debug for Shown {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("Shown")
    }
}

impl Shown {
    /// As the database has it.
    pub(super) async fn load(store: &Store) -> Result<Self, Failure> {
        let policy = policies::get(&mut *store.reader().await?, BRANDING).await?;
        let policy = RwLock::new(Arc::new(policy));
        Ok(Self {
            policy,
            turn: Mutex::default(),
            begun: AtomicU64::new(0),
            done: AtomicU64::new(0),
        })
    }

    fn get(&self) -> Arc<BrandingPolicy> {
        self.policy.read().unwrap_or_else(PoisonError::into_inner).clone()
    }

    fn set(&self, policy: BrandingPolicy) {
        *self.policy.write().unwrap_or_else(PoisonError::into_inner) = Arc::new(policy);
    }
}

/// A draft that is looked at before it is saved.
#[derive(Clone, Debug, Serialize, Deserialize)]
pub struct Draft {
    /// How pages would look.
    pub policy: BrandingPolicy,
    /// Whether it is looked at by night.
    pub dark: bool,
}

impl Services {
    /// The policy of branding.
    pub async fn branding_policy(&self) -> Result<BrandingPolicy, Failure> {
        Ok(policies::get(&mut *self.store.reader().await?, BRANDING).await?)
    }

    /// Looks up how pages look.
    pub async fn look_up_branding(&self) {
        match tokio::time::timeout(PATIENCE, self.look_up_in_turn()).await {
            Ok(Ok(())) => {}
            Ok(Err(error)) => tracing::warn!(%error, "how pages look cannot be looked up"),
            Err(_) => tracing::warn!("how pages look cannot be looked up in time"),
        }
    }

    async fn look_up_in_turn(&self) -> Result<(), Failure> {
        let arrived = self.shown.begun.load(Ordering::SeqCst);
        let _turn = self.shown.turn.lock().await;
        if self.shown.done.load(Ordering::SeqCst) > arrived {
            // Somebody began after we came, and is done: what they saw is new enough.
            return Ok(());
        }
        let this = self.shown.begun.fetch_add(1, Ordering::SeqCst) + 1;
        let policy = self.branding_policy().await;
        // Not where we were given up in between: whoever waits looks for themselves then.
        self.shown.done.store(this, Ordering::SeqCst);
        let policy = policy?;
        if policy != *self.shown.get() {
            self.shown.set(policy);
        }
        Ok(())
    }

    /// How pages looked when that was last looked up.
    pub fn branding(&self) -> Arc<BrandingPolicy> {
        self.shown.get()
    }

    /// The name that people see.
    pub fn brand(&self) -> String {
        self.shown.get().display_name.clone().unwrap_or_else(|| self.default_brand.clone())
    }

    /// The policy as it would be with these changes, or why it cannot be.
    pub async fn branding_with(
        &self,
        changes: Map<String, Value>,
    ) -> Result<BrandingPolicy, AdminError> {
        let policy: BrandingPolicy = merge(self.branding_policy().await?, changes)?;
        policy.validate()?;
        Ok(policy)
    }

    /// Takes an image that is to be a logo; the name under which it is served. It stays for a day
    /// unless the policy names it.
    pub async fn add_branding_image(
        &self,
        caller: &Caller,
        field: &'static str,
        content: &[u8],
    ) -> Result<String, AdminError> {
        self.permit(caller, Action::ChangePolicies, Activity::PolicyChanged, None).await?;
        let kind = logo::inspect(content).map_err(|message| Invalid::new(field, message))?;
        let hash = URL_SAFE_NO_PAD.encode(&digest(&SHA256, content).as_ref()[..18]);
        let name = format!("{hash}.{}", kind.extension());
        let (key, content, until) = (name.clone(), content.to_vec(), self.now().plus(IMAGE_KEPT));
        self.store
            .write(move |conn| {
                Box::pin(async move { branding::add(conn, &key, &content, until).await })
            })
            .await?;
        Ok(name)
    }

    /// An image, by the name under which it is served.
    pub async fn branding_image(&self, name: &str) -> Result<Option<Vec<u8>>, Failure> {
        Ok(branding::get(&mut *self.store.reader().await?, name).await?)
    }

    /// A draft as an address can hold it, for this admin alone: nobody else makes a page of ours say
    /// what was never saved.
    pub fn seal_draft(&self, caller: &Caller, draft: &Draft) -> Result<String, Failure> {
        let text =
            serde_json::to_vec(draft).map_err(|error| Failure::Internal(error.to_string()))?;
        Ok(self.master.seal(&draft_of(caller), &text))
    }

    /// A draft that this admin was given.
    pub fn open_draft(&self, caller: &Caller, sealed: &str) -> Option<Draft> {
        let text = self.master.open(&draft_of(caller), sealed).ok()?;
        serde_json::from_slice(&text).ok()
    }
}

fn draft_of(caller: &Caller) -> String {
    format!("branding draft of {}", caller.actor.name())
}
