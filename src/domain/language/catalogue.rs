//! The words of each language, from one folder for each in `locales/`, in the binary.

use std::borrow::Cow;
use std::collections::BTreeSet;
use std::fmt;
use std::sync::LazyLock;

use askama::filters::{Escaper, Html};
use fluent_bundle::concurrent::FluentBundle;
use fluent_bundle::{FluentArgs, FluentResource, FluentValue};
use fluent_syntax::ast::Entry;
use rust_embed::RustEmbed;
use unic_langid::LanguageIdentifier;

use super::tags::lookup;
use super::text::{Text, Value, say};

#[derive(RustEmbed)]
#[folder = "locales/"]
struct Files;

/// The language that every message is in.
const SOURCE: &str = "en";

/// The tags of all folders, each once.
fn tags() -> BTreeSet<String> {
    let tag = |name: Cow<'static, str>| name.split_once('/').map(|(tag, _)| tag.to_owned());
    Files::iter().filter_map(tag).collect()
}

/// All that the files of a language say, one after another.
fn source(tag: &str) -> String {
    let mut names: Vec<_> = Files::iter()
        .filter(|name| name.split_once('/').is_some_and(|(folder, _)| folder == tag))
        .collect();
    names.sort();
    let texts = names.iter().filter_map(|name| Files::get(name));
    texts.fold(String::new(), |all, file| all + &String::from_utf8_lossy(&file.data) + "\n")
}

/// One language: what its files say.
pub struct Language {
    tag: String,
    name: String,
    right_to_left: bool,
    ids: Vec<String>,
    bundle: FluentBundle<FluentResource>,
}

impl fmt::Debug for Language {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.tag)
    }
}

/// Every language, English first and the others by their tags.
static LANGUAGES: LazyLock<Vec<Language>> = LazyLock::new(|| {
    let mut tags: Vec<_> = tags().into_iter().collect();
    tags.sort_by_key(|tag| tag != SOURCE);
    let read = |tag: &String| {
        Language::read(tag, source(tag))
            .inspect_err(|why| tracing::error!(tag, why, "a language is unusable"))
            .ok()
    };
    tags.iter().filter_map(read).collect()
});

/// Not among them, and never offered: what developers look at pages in.
#[cfg(debug_assertions)]
static PSEUDO: LazyLock<Option<Language>> = LazyLock::new(|| {
    Language::read(pseudo::TAG, pseudo::of_english(&source(SOURCE)))
        .inspect_err(|why| tracing::error!(why, "the pseudo-language is unusable"))
        .ok()
});

/// Every language that can be spoken, offered or not.
fn known() -> impl Iterator<Item = &'static Language> {
    #[cfg(debug_assertions)]
    return LANGUAGES.iter().chain(PSEUDO.as_ref());
    #[cfg(not(debug_assertions))]
    LANGUAGES.iter()
}

/// English where even that cannot be read; a test makes sure that it can.
static SPEECHLESS: LazyLock<Language> = LazyLock::new(|| Language {
    tag: SOURCE.to_owned(),
    name: String::new(),
    right_to_left: false,
    ids: Vec::new(),
    bundle: FluentBundle::new_concurrent(Vec::new()),
});

impl Language {
    /// Every language.
    pub fn all() -> &'static [Self] {
        &LANGUAGES
    }

    /// The language of whoever asks for none.
    pub fn english() -> &'static Self {
        LANGUAGES.first().unwrap_or(&SPEECHLESS)
    }

    /// The first language that is asked for and available (RFC 4647 §3.4).
    pub fn of(asked: &[String]) -> Option<&'static Self> {
        let tags: Vec<_> = known().map(Self::tag).collect();
        lookup(asked, &tags).and_then(|found| known().nth(found))
    }

    /// The language of exactly this tag.
    pub fn by_tag(tag: &str) -> Option<&'static Self> {
        known().find(|language| language.tag == tag)
    }

    /// Reads a language from what its files say.
    fn read(tag: &str, text: String) -> Result<Self, String> {
        let id: LanguageIdentifier = tag.parse().map_err(|_| format!("{tag} is no language"))?;
        let resource =
            FluentResource::try_new(text).map_err(|(_, errors)| format!("{errors:?}"))?;
        let ids = resource.entries().filter_map(|entry| match entry {
            Entry::Message(message) => Some(message.id.name.to_owned()),
            _ => None,
        });
        let ids = ids.collect();
        let mut bundle = FluentBundle::new_concurrent(vec![id]);
        bundle.add_resource(resource).map_err(|errors| format!("{errors:?}"))?;
        let mut language =
            Self { tag: tag.to_owned(), name: String::new(), right_to_left: false, ids, bundle };
        language.name = language.say(&Text::of("language-name"));
        language.right_to_left = language.say(&Text::of("language-direction")) == "rtl";
        // A name in Latin letters must not turn a sentence in Arabic around. Where everything runs
        // one way, the invisible marks would only be in the way of who searches or copies.
        language.bundle.set_use_isolating(language.right_to_left);
        Ok(language)
    }

    /// Its tag (BCP 47), as in `lang` and `Content-Language`.
    pub fn tag(&self) -> &str {
        &self.tag
    }

    /// What it calls itself.
    pub fn name(&self) -> &str {
        &self.name
    }

    /// `ltr` or `rtl`.
    pub fn direction(&self) -> &'static str {
        if self.right_to_left { "rtl" } else { "ltr" }
    }

    /// The names of all its messages.
    pub fn ids(&self) -> impl Iterator<Item = &str> {
        self.ids.iter().map(String::as_str)
    }

    /// A text in this language; in English, where this one has no words for it.
    pub fn say(&self, text: &Text) -> String {
        self.fill(text, &|value| Cow::Borrowed(value))
    }

    /// A message whose own markup counts; whatever is filled in is escaped.
    pub fn markup(&self, text: &Text) -> String {
        self.fill(text, &|value| {
            let mut escaped = String::new();
            let _ = Html.write_escaped_str(&mut escaped, value);
            Cow::Owned(escaped)
        })
    }

    /// The same with everything that is filled in made ready by `escape`.
    fn fill(&self, text: &Text, escape: &dyn Fn(&str) -> Cow<'_, str>) -> String {
        let (id, values) = match text {
            Text::Plain(text) => return escape(text).into_owned(),
            Text::Message { id, values } => (id.as_ref(), values),
        };
        let mut args = FluentArgs::with_capacity(values.len());
        for (name, value) in values {
            let value = match value {
                Value::Text(text) => FluentValue::from(escape(text).into_owned()),
                Value::Number(number) => FluentValue::from(*number),
                Value::Names(names) => FluentValue::from(self.list(names, escape)),
                Value::Message(text) => FluentValue::from(self.fill(text, escape)),
                Value::Markup(markup) => FluentValue::from(markup.as_str()),
            };
            args.set(name.as_ref(), value);
        }
        self.format(id, &args).or_else(|| Self::english().format(id, &args)).unwrap_or_else(|| {
            tracing::error!(id, "there are no words for this");
            id.to_owned()
        })
    }

    /// "Ada, Ben and Eve", each in bold.
    fn list(&self, names: &[String], escape: &dyn Fn(&str) -> Cow<'_, str>) -> String {
        let mut list = String::new();
        for (at, name) in names.iter().enumerate() {
            let name = self.fill(&say("list-name").with("name", name), escape);
            let longer = match at {
                0 => {
                    list = name;
                    continue;
                }
                _ if at + 1 == names.len() => say("list-last"),
                _ => say("list-next"),
            };
            list =
                self.fill(&longer.with("list", list).with("name", name), &|it| Cow::Borrowed(it));
        }
        list
    }

    fn format(&self, id: &str, args: &FluentArgs<'_>) -> Option<String> {
        let pattern = self.bundle.get_message(id)?.value()?;
        let mut errors = Vec::new();
        let text = self.bundle.format_pattern(pattern, Some(args), &mut errors);
        if !errors.is_empty() {
            tracing::error!(id, language = self.tag, ?errors, "a message is wrong");
        }
        Some(text.into_owned())
    }
}

#[cfg(debug_assertions)]
mod pseudo;
#[cfg(test)]
mod tests;
