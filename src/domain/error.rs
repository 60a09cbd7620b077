//! A value that a person or a script gave us and that we cannot take.

use std::borrow::Cow;

use super::language::Text;

/// A refused input: which field, and a sentence that says what would be accepted.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error("{field}: {}", message.english())]
pub struct Invalid {
    /// The field's name as the caller wrote it.
    pub field: Cow<'static, str>,
    /// What is wrong and what would be right, as a sentence without the value itself: in English to
    /// programs, in their own language to people.
    pub message: Text,
}

impl Invalid {
    /// A refusal of `field`.
    pub fn new(field: impl Into<Cow<'static, str>>, message: impl Into<Text>) -> Self {
        Self { field: field.into(), message: message.into() }
    }
}
