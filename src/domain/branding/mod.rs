//! What makes the pages an organisation's own: its name, its logo, its colour, whom to ask for help.

pub mod accent;
mod colour;
pub mod logo;
pub mod policy;

pub use self::accent::Palette;
pub use self::colour::Colour;
pub use self::policy::BrandingPolicy;
