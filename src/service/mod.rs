//! Floor 3: what people do: issue a pass, redeem it, register a key, sign in, get tokens.
//!
//! Surfaces (pages, protocol endpoints, commands) parse, call one service, and render. Rules are
//! the domain's and SQL is the store's; a service brings them together in one transaction and
//! writes down what happened in the audit log.

pub mod accounts;
pub mod api;
mod assurance;
pub mod attestation;
pub mod audit;
pub mod authorization;
pub mod branding;
pub mod bulk;
pub mod caller;
pub mod client_assertion;
pub mod client_keys;
pub mod clients;
pub mod device;
pub mod devices;
pub mod directory;
pub mod dpop;
pub mod dynamic;
pub mod encryption;
pub mod external_hint;
pub mod finishing;
pub mod forward_auth;
pub mod groups;
pub mod journeys;
pub mod key_sign_in;
pub mod logout;
pub mod lookups;
pub mod mail;
pub mod members;
pub mod new_key;
pub mod new_method;
pub mod on_behalf;
mod opening;
pub mod outbound;
pub mod overview;
pub mod own;
pub mod own_tokens;
pub mod passes;
pub mod phone_decisions;
pub mod phone_pairing;
pub mod phone_sign_in;
pub mod phones;
pub mod policies;
mod policy_changes;
pub mod provisioning;
pub mod recovery;
pub mod recovery_codes;
mod redemption;
pub mod registration;
pub mod requests;
pub mod sessions;
pub mod setup;
pub mod sign_in;
pub mod signing_keys;
pub mod subjects;
pub mod token_reading;
pub mod token_status;
pub mod tokens;
mod tries;
mod upstream_arrival;
mod upstream_provider;
pub mod upstream_sign_in;
pub mod upstreams;
pub mod userinfo;
pub mod users;
pub mod watch;
pub mod web_push;

use std::fmt;
use std::net::IpAddr;
use std::ops::Deref;
use std::sync::Arc;

use ipnet::IpNet;
use tokio::sync::OnceCell;
use url::Url;
use webauthn_rs::{Webauthn, WebauthnBuilder};

use crate::crypto::master::MasterSecret;
use crate::crypto::nonce::Nonces;
use crate::crypto::pairwise::Subjects;
use crate::crypto::pass_hash::{Busy, PassHasher};
use crate::crypto::recovery_hash::RecoveryHasher;
use crate::crypto::web_push::VapidKey;
use crate::domain::agent::{Agent, Place};
use crate::domain::authority::Denied;
use crate::domain::error::Invalid;
use crate::domain::random::Random;
use crate::domain::time::{Clock, Timestamp};
use crate::store::{self, Store};

use self::client_keys::ClientKeys;
use self::lookups::Lookups;
use self::outbound::Outbound;
use self::own_tokens::OwnTokens;
use self::phones::Bell;
use self::signing_keys::Keys;
use self::upstream_provider::Providers;

/// Why a service could not do what was asked, through no fault of who asked.
#[derive(Debug, thiserror::Error)]
pub enum Failure {
    /// Too much is going on, or the database cannot be reached: try again in a moment.
    #[error("not available right now: {0}")]
    Unavailable(String),
    /// Something is wrong on our side.
    #[error("internal error: {0}")]
    Internal(String),
}

impl From<store::Error> for Failure {
    fn from(error: store::Error) -> Self {
        match error {
            store::Error::Unavailable(_) | store::Error::Conflict => {
                Self::Unavailable(error.to_string())
            }
            other => Self::Internal(other.to_string()),
        }
    }
}

impl From<Busy> for Failure {
    fn from(busy: Busy) -> Self {
        Self::Unavailable(busy.to_string())
    }
}

/// Why an admin's request was not carried out.
#[derive(Debug, thiserror::Error)]
pub enum AdminError {
    /// A value cannot be taken.
    #[error(transparent)]
    Invalid(#[from] Invalid),
    /// There is no such thing.
    #[error("there is no {0}")]
    NotFound(String),
    /// The name is taken.
    #[error("{0} exists already")]
    Exists(String),
    /// It is not what the caller thinks it is: somebody changed it since.
    #[error("somebody else changed this in the meantime; look at it again")]
    Changed,
    /// The caller may not do this.
    #[error(transparent)]
    Denied(#[from] Denied),
    /// It could not be done.
    #[error(transparent)]
    Failure(#[from] Failure),
}

impl From<store::Error> for AdminError {
    fn from(error: store::Error) -> Self {
        Self::Failure(error.into())
    }
}

/// Where a request came from, for limits and the audit log.
#[derive(Clone, Copy, Debug, Default)]
pub struct Origin {
    /// The client's address; none for commands.
    pub address: Option<IpAddr>,
    /// The browser that it says it is.
    pub agent: Option<Agent>,
}

impl Origin {
    /// The address as text.
    pub fn text(&self) -> Option<String> {
        self.address.map(|address| address.to_string())
    }

    /// The same for what is kept with sessions and methods.
    pub fn place(&self) -> Place {
        Place { address: self.text(), agent: self.agent }
    }

    /// What is limited together: an IPv4 address, or an IPv6 network of 64 bits, which one
    /// household has to itself.
    pub fn limit_key(&self) -> String {
        match self.address {
            None => "local".into(),
            Some(IpAddr::V4(address)) => address.to_string(),
            Some(IpAddr::V6(address)) => {
                let [a, b, c, d, ..] = address.segments();
                format!("{a:x}:{b:x}:{c:x}:{d:x}::/64")
            }
        }
    }
}

/// Everything that services work with. Cheap to clone.
#[derive(Clone, Debug)]
pub struct Services(Arc<Parts>);

/// The parts of [`Services`].
pub struct Parts {
    /// The database.
    pub store: Store,
    /// Where "now" comes from.
    pub clock: Arc<dyn Clock>,
    /// Where random bytes come from.
    pub random: Arc<dyn Random>,
    /// The master secret.
    pub master: MasterSecret,
    /// Hashes passes.
    pub hasher: PassHasher,
    /// Hashes recovery codes.
    pub recovery_hasher: RecoveryHasher,
    /// Signs tokens.
    pub keys: Keys,
    /// Looks up what every request needs.
    pub lookups: Lookups,
    /// Counts the tokens that applications get for themselves.
    pub own_tokens: OwnTokens,
    /// Nonces for proofs of possession.
    pub dpop_nonces: Nonces,
    /// Subjects that differ from sector to sector.
    pub subjects: Subjects,
    /// Checks WebAuthn ceremonies.
    pub webauthn: Webauthn,
    /// The issuer: the one URL that everything public is built from.
    pub issuer: Url,
    /// The name that people see unless the policy of branding has another.
    pub default_brand: String,
    /// How pages looked last.
    pub(super) shown: branding::Shown,
    /// Whether mail is sent from here.
    pub sends_mail: bool,
    /// Fetches what applications name.
    pub outbound: Outbound,
    /// The same, to push services.
    pub push: Outbound,
    /// Public keys of applications that were fetched.
    pub client_keys: ClientKeys,
    /// What those listen to who wait for phones.
    pub bell: Arc<Bell>,
    /// What upstreams say about themselves.
    pub(super) providers: Providers,
    /// The key by which push services know us again; read when it is first needed.
    pub(super) vapid: OnceCell<VapidKey>,
}

impl fmt::Debug for Parts {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Services").field("issuer", &self.issuer.as_str()).finish_non_exhaustive()
    }
}

impl Deref for Services {
    type Target = Parts;
    fn deref(&self) -> &Parts {
        &self.0
    }
}

/// What [`Services::start`] needs to know.
#[derive(Debug)]
pub struct Setup {
    /// The database.
    pub store: Store,
    /// Where "now" comes from.
    pub clock: Arc<dyn Clock>,
    /// Where random bytes come from.
    pub random: Arc<dyn Random>,
    /// The master secret.
    pub master: MasterSecret,
    /// The issuer.
    pub issuer: Url,
    /// The name that people see.
    pub brand: String,
    /// Whether mail is sent from here.
    pub sends_mail: bool,
    /// Networks that are not public, and that applications' addresses may be in all the same.
    pub outbound_networks: Vec<IpNet>,
    /// The same for push services, whose addresses everybody with a phone can name.
    pub push_networks: Vec<IpNet>,
}

impl Services {
    /// Makes the services ready: loads the signing keys, and makes them on the first start.
    pub async fn start(setup: Setup) -> Result<Self, Failure> {
        let Setup { store, clock, random, master, issuer, brand, sends_mail, .. } = setup;
        let rp_id = issuer.host_str().unwrap_or_default().to_owned();
        let webauthn = WebauthnBuilder::new(&rp_id, &issuer)
            .map(|builder| builder.rp_name(&brand))
            .and_then(WebauthnBuilder::build)
            .map_err(|error| Failure::Internal(format!("WebAuthn: {error}")))?;
        let hasher = PassHasher::new(&master, random.as_ref());
        let recovery_hasher = RecoveryHasher::new(&master);
        let keys = Keys::load_or_create(&store, &master, clock.now(), random.as_ref()).await?;
        let shown = branding::Shown::load(&store).await?;
        let subjects = Subjects::new(&master);
        let dpop_nonces = Nonces::new(&master, "dpop nonces");
        Ok(Self(Arc::new(Parts {
            lookups: Lookups::new(&store),
            own_tokens: OwnTokens::default(),
            dpop_nonces,
            subjects,
            store,
            clock,
            random,
            master,
            hasher,
            recovery_hasher,
            keys,
            webauthn,
            issuer,
            default_brand: brand,
            shown,
            sends_mail,
            outbound: Outbound::new(setup.outbound_networks)?,
            push: Outbound::new(setup.push_networks)?,
            client_keys: ClientKeys::default(),
            bell: Arc::default(),
            providers: Providers::default(),
            vapid: OnceCell::new(),
        })))
    }

    /// The present moment.
    pub fn now(&self) -> Timestamp {
        self.clock.now()
    }

    /// The issuer as it is written in tokens and metadata: without a trailing slash.
    pub fn issuer_text(&self) -> &str {
        self.issuer.as_str().trim_end_matches('/')
    }
}
