use std::path::Path;

use super::*;

/// All that is in the files of a folder, by the ends of their names.
fn read_all(folder: &Path, end: &str, into: &mut String) {
    for entry in std::fs::read_dir(folder).unwrap() {
        let path = entry.unwrap().path();
        if path.is_dir() {
            read_all(&path, end, into);
        } else if path.to_string_lossy().ends_with(end) {
            into.push_str(&std::fs::read_to_string(path).unwrap());
        }
    }
}

/// Where messages are used: templates, code and scripts.
fn sources() -> String {
    let root = Path::new(env!("CARGO_MANIFEST_DIR"));
    let mut all = String::new();
    read_all(&root.join("templates"), ".html", &mut all);
    read_all(&root.join("src"), ".rs", &mut all);
    read_all(&root.join("static"), ".js", &mut all);
    all
}

fn ids(language: &Language) -> BTreeSet<&str> {
    language.ids().collect()
}

/// What a message fills in, and what markup it has.
fn shape(source: &str, id: &str) -> (BTreeSet<String>, Vec<String>) {
    let begin = format!("\n{id} =");
    let rest = &source[source.find(&begin).unwrap() + begin.len()..];
    let end = rest.match_indices('\n').find(|(at, _)| !rest[at + 1..].starts_with([' ', '}']));
    let text = &rest[..end.map_or(rest.len(), |(at, _)| at)];
    let variables = text
        .split('$')
        .skip(1)
        .map(|rest| rest.chars().take_while(|c| c.is_ascii_alphanumeric() || *c == '_').collect());
    let mut tags: Vec<String> =
        text.split('<').skip(1).map(|rest| rest.split('>').next().unwrap().to_owned()).collect();
    tags.sort();
    (variables.collect(), tags)
}

fn source(language: &Language) -> String {
    super::source(language.tag())
}

#[test]
fn every_folder_is_a_language() {
    let folders = tags().len();
    assert_eq!(Language::all().len(), folders, "a file cannot be read: see the log");
    assert!(Files::iter().all(|name| name.split('/').count() == 2 && name.ends_with(".ftl")));
    assert_eq!(Language::english().tag(), "en");
    let names: BTreeSet<_> = Language::all().iter().map(Language::name).collect();
    assert_eq!(names.len(), folders, "each has a name of its own");
}

#[test]
fn every_language_says_everything_and_nothing_else() {
    let english = ids(Language::english());
    let source_text = source(Language::english());
    for language in Language::all() {
        let these = ids(language);
        assert_eq!(language.ids().count(), these.len(), "{language:?} says something twice");
        let missing: Vec<_> = english.difference(&these).collect();
        let too_many: Vec<_> = these.difference(&english).collect();
        assert!(missing.is_empty(), "{language:?} has no words for {missing:?}");
        assert!(too_many.is_empty(), "{language:?} has words for what nobody says: {too_many:?}");
        let text = source(language);
        for id in &english {
            assert_eq!(shape(&text, id), shape(&source_text, id), "{id} in {language:?}");
        }
    }
}

#[test]
fn every_message_is_used_and_every_message_that_is_used_is_there() {
    let sources = sources();
    let english = ids(Language::english());
    for id in &english {
        let used = sources.contains(&format!("\"{id}\"")) || id.starts_with("permission-");
        assert!(used, "nobody says {id}");
    }
    for call in ["chrome.t(\"", "say(\"", "Text::of(\""] {
        for rest in sources.split(call).skip(1) {
            let id = rest.split('"').next().unwrap();
            // The catalogue's own tests, and scripts' local functions, have other arguments.
            if !id.is_empty() && !id.contains(char::is_whitespace) {
                assert!(english.contains(id), "{id} is said and is not in locales/en");
            }
        }
    }
}

#[test]
fn markup_is_that_of_the_catalogue_alone() {
    let text = say("signing-in-to").with("app", "<script>alert(1)</script> & Co");
    let html = Language::english().markup(&text);
    assert_eq!(
        html,
        "Signing in to <strong>&#60;script&#62;alert(1)&#60;/script&#62; &#38; Co</strong>"
    );
    let Text::Message { id, mut values } = say("info-pass-from-until").with("starts", "<b>") else {
        unreachable!()
    };
    values.push(("expires".into(), Value::Markup("<time>later</time>".into())));
    let html = Language::english().markup(&Text::Message { id, values });
    assert_eq!(html, "From &#60;b&#62; until <time>later</time>");
    let hostile = say("signing-in-to").with("app", "{ $app } { -term } \u{0} \"");
    assert!(Language::english().markup(&hostile).contains("{ $app } { -term } \u{0} &#34;"));
}

#[test]
fn what_runs_from_right_to_left_keeps_names_as_they_are() {
    let file = "language-name = עברית\nlanguage-direction = rtl\npromise = { $brand }!\n";
    let hebrew = Language::read("he", file.into()).unwrap();
    assert_eq!((hebrew.direction(), hebrew.name()), ("rtl", "עברית"));
    let promise = say("promise").with("brand", "Firstkey");
    assert_eq!(hebrew.say(&promise), "\u{2068}Firstkey\u{2069}!");
    // What it has no words for is said in English.
    assert_eq!(hebrew.say(&say("cancel")), "Cancel");
    assert!(Language::read("he", "language-name".into()).is_err());
    assert!(Language::read("../x", String::new()).is_err());
}

#[test]
fn one_more_language_is_one_more_folder() {
    let pretended = pseudo::of_english(&source(Language::english()));
    let third = Language::read("en-XB", pretended.clone()).unwrap();
    assert_eq!((third.direction(), third.name()), ("rtl", "Pseudo"));
    assert_eq!(ids(&third), ids(Language::english()), "it says everything");
    let english = source(Language::english());
    for id in third.ids() {
        assert_eq!(shape(&pretended, id), shape(&english, id), "{id}");
    }
    let (mut long, mut short) = (0, 0);
    for id in third.ids().filter(|id| !id.starts_with("language-")) {
        let text = Text::of(id.to_owned());
        let (said, plain) = (third.say(&text), Language::english().say(&text));
        long += said.chars().count();
        short += plain.chars().count();
    }
    assert!(long * 10 > short * 13, "it is longer: {long} to {short}");
    let hello = say("first-heading").with("name", "Ada <b>");
    let said = third.say(&hello);
    assert!(said.starts_with('\u{200f}') && said.contains("\u{2068}Ada <b>\u{2069}"), "{said}");
}

#[test]
fn the_pseudo_language_is_offered_to_nobody() {
    assert!(Language::all().iter().all(|language| language.tag() != "en-XB"));
    let ask = |tag: &str| Language::of(&[tag.to_owned()]).map(Language::tag);
    assert_eq!(ask("en-XB"), Some("en-XB"));
    assert_eq!((ask("en"), ask("en-GB"), ask("en-XA")), (Some("en"), Some("en"), Some("en")));
}

/// What a style sheet says of left and right would be wrong from right to left.
#[test]
fn style_sheets_know_beginning_and_end_and_not_left_and_right() {
    let folder = Path::new(env!("CARGO_MANIFEST_DIR")).join("static");
    for entry in std::fs::read_dir(folder).unwrap() {
        let path = entry.unwrap().path();
        if path.extension().is_none_or(|end| end != "css") {
            continue;
        }
        for line in std::fs::read_to_string(&path).unwrap().lines() {
            let Some((property, value)) = line.trim().split_once(':') else { continue };
            let sided = property.split('-').any(|word| ["left", "right"].contains(&word))
                || (["text-align", "float", "clear"].contains(&property)
                    && (value.contains("left") || value.contains("right")));
            assert!(!sided, "{}: {line}", path.display());
        }
    }
}
