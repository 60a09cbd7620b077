//! Languages: which one somebody asks for, and what is said in it, on pages and in mail. One folder
//! in `locales/` is one language.

mod catalogue;
mod tags;
mod text;

pub use self::catalogue::Language;
pub use self::tags::{accept_language, lookup, ui_locales};
pub use self::text::{Text, ToValue, Value, say};
