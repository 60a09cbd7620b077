//! What an organisation decides: who may use a pass and how, which keys it takes, and what people
//! must register.

mod fido2;
mod lockout;
mod portal;
mod profile;
mod registration;
mod session;
mod tap;
mod target;

pub use fido2::Fido2Policy;
pub use lockout::{Warning, is_demand_unmet, warnings};
pub use portal::PortalPolicy;
pub use profile::{
    AttestationEnforcement, EnforcementType, KeyRefusal, KeyRestrictions, PasskeyProfile,
    PasskeyTypes,
};
pub use registration::{Loss, RegistrationPolicy, RegistrationRule, Requirements};
pub use session::SessionPolicy;
pub use tap::{DeliveryTarget, PassMultifactor, TapPolicy};
pub use target::{ALL_USERS, State, Target, TargetType, split_profiles, written_profiles};
