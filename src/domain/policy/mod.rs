//! What an organisation decides: who may use a pass and how, which keys it takes, and what people
//! must register.

mod fido2;
mod lockout;
mod portal;
mod recovery_codes;
mod registration;
mod tap;
mod target;

pub use fido2::{EnforcementType, Fido2Policy, KeyRestrictions};
pub use lockout::{Warning, warnings};
pub use portal::PortalPolicy;
pub use recovery_codes::RecoveryCodesPolicy;
pub use registration::{RegistrationPolicy, RegistrationRule, Requirements};
pub use tap::{DeliveryTarget, TapPolicy};
pub use target::{ALL_USERS, State, Target, TargetType};
