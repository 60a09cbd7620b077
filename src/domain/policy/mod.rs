//! What an organisation decides: who may use a pass and how, which keys it takes, and what people
//! must register.

mod fido2;
mod lockout;
mod portal;
mod registration;
mod session;
mod tap;
mod target;

pub use fido2::{EnforcementType, Fido2Policy, KeyRestrictions};
pub use lockout::{Warning, is_demand_unmet, warnings};
pub use portal::PortalPolicy;
pub use registration::{Loss, RegistrationPolicy, RegistrationRule, Requirements};
pub use session::SessionPolicy;
pub use tap::{DeliveryTarget, PassMultifactor, TapPolicy};
pub use target::{ALL_USERS, State, Target, TargetType};
