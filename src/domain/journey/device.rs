//! What brings somebody here who has a device in front of them that wants to be signed in.

use serde::{Deserialize, Serialize};

use super::super::assurance::Acr;
use super::super::device::DeviceRequest;

/// Somebody typed the code of a device (RFC 8628 §3.3).
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct DeviceVisit {
    /// The hash of the device code, by which the request is found.
    pub code: String,
    /// What the device asked for.
    pub request: DeviceRequest,
    /// How old, in seconds, the sign-in may be: a setting of the application.
    pub max_age: Option<u64>,
    /// The class of sign-in that the application wants.
    pub acr: Option<Acr>,
}
