//! The parts of the tests' toolbox that a journey needs.

#[path = "../../tests/support/authenticator.rs"]
pub mod authenticator;
#[path = "../../tests/support/maker.rs"]
pub mod maker;
#[path = "../../tests/support/visitor/mod.rs"]
pub mod visitor;

pub mod app {
    /// An application that was registered.
    #[derive(Clone, Debug)]
    pub struct Registered {
        pub id: String,
        pub secret: String,
        pub redirect_uri: String,
    }
}
