//! Something to say, before it is known in which language.

use std::borrow::Cow;

use serde::{Deserialize, Serialize};

use super::Language;

/// A text for people: a message of the catalogue with what is filled into it, or words that are as
/// they are.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub enum Text {
    /// The same in every language.
    Plain(String),
    /// A message by its name in `locales/en/`.
    Message {
        /// The name.
        id: Cow<'static, str>,
        /// What is filled in.
        values: Vec<(Cow<'static, str>, Value)>,
    },
}

/// What is filled into a message.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub enum Value {
    /// A name, a date.
    Text(String),
    /// A number, which may decide between singular and plural.
    Number(u64),
    /// Names, each in bold: for messages with markup.
    Names(Vec<String>),
    /// Another message.
    Message(Box<Text>),
    /// Markup of ours, filled in as it is: for messages with markup.
    Markup(String),
}

/// What can be filled into a message.
pub trait ToValue {
    /// As it is filled in.
    fn to_value(&self) -> Value;
}

impl ToValue for str {
    fn to_value(&self) -> Value {
        Value::Text(self.to_owned())
    }
}

impl ToValue for String {
    fn to_value(&self) -> Value {
        Value::Text(self.clone())
    }
}

impl ToValue for [String] {
    fn to_value(&self) -> Value {
        Value::Names(self.to_vec())
    }
}

impl ToValue for Text {
    fn to_value(&self) -> Value {
        Value::Message(Box::new(self.clone()))
    }
}

impl ToValue for u64 {
    fn to_value(&self) -> Value {
        Value::Number(*self)
    }
}

impl ToValue for u32 {
    fn to_value(&self) -> Value {
        Value::Number((*self).into())
    }
}

impl ToValue for usize {
    fn to_value(&self) -> Value {
        Value::Number(*self as u64)
    }
}

impl<T: ToValue + ?Sized> ToValue for &T {
    fn to_value(&self) -> Value {
        (**self).to_value()
    }
}

impl Text {
    /// A message of the catalogue.
    pub fn of(id: impl Into<Cow<'static, str>>) -> Self {
        Self::Message { id: id.into(), values: Vec::new() }
    }

    /// With something filled in.
    #[must_use]
    pub fn with(mut self, name: &'static str, value: impl ToValue) -> Self {
        if let Self::Message { values, .. } = &mut self {
            values.push((name.into(), value.to_value()));
        }
        self
    }

    /// In English: for logs, and for developers.
    pub fn english(&self) -> String {
        Language::english().say(self)
    }
}

/// A message of the catalogue, by its name.
pub fn say(id: &'static str) -> Text {
    Text::of(id)
}

impl From<String> for Text {
    fn from(text: String) -> Self {
        Self::Plain(text)
    }
}

impl From<&str> for Text {
    fn from(text: &str) -> Self {
        Self::Plain(text.to_owned())
    }
}
