//! A policy in a few words, for the list of all of them.

use serde_json::Value;

use super::Input;
use super::forms::{Form, Kind, short_label};
use crate::domain::authenticators;
use crate::http::language::{Text, say};

/// A fact of a policy, in words.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) struct Fact {
    pub(super) label: String,
    pub(super) value: String,
    /// Whether it says that there is nothing.
    pub(super) quiet: bool,
}

/// Minutes as people say them.
fn span(minutes: u64) -> String {
    let text = match minutes {
        0 => say("settings-minutes").with("n", minutes),
        _ if minutes.is_multiple_of(24 * 60) => say("settings-days").with("n", minutes / (24 * 60)),
        _ if minutes.is_multiple_of(60) => say("settings-hours").with("n", minutes / 60),
        _ => say("settings-minutes").with("n", minutes),
    };
    text.spoken()
}

/// What a model is called, and its id.
fn model(aaguid: &str) -> String {
    let known = aaguid.parse().ok().and_then(authenticators::name_of);
    known.map_or_else(|| aaguid.to_owned(), |known| format!("{} ({aaguid})", known.name))
}

/// The profiles of a list, by name and id.
fn profiles(text: &str) -> Vec<String> {
    let list: Vec<Value> = serde_json::from_str(text).unwrap_or_default();
    let word = |profile: &Value, name: &str| {
        profile.get(name).and_then(Value::as_str).unwrap_or_default().to_owned()
    };
    list.iter().map(|it| format!("{} ({})", word(it, "name"), word(it, "id"))).collect()
}

/// Whom a line of targets means.
fn target(line: &str) -> String {
    match line {
        "all" => say("settings-everybody").spoken(),
        _ => line.to_owned(),
    }
}

/// The value of a field, in words; none where it says that there is nothing.
fn value(name: &str, of: Kind, input: &Input) -> Option<String> {
    let list = |words: Vec<String>| Some(words.join(", ")).filter(|text| !text.is_empty());
    match (of, input) {
        (_, Input::Switch(on)) => on.then(|| say("settings-yes").spoken()),
        (_, Input::Number(text)) if name.ends_with("InMinutes") => text.parse().ok().map(span),
        (_, Input::Number(text) | Input::Word(text)) => {
            Some(text.clone()).filter(|it| !it.is_empty())
        }
        (_, Input::Choice(choices, chosen)) => {
            let label = choices.iter().find(|(value, _)| value == chosen);
            Some(label.map_or(chosen.clone(), |(_, label)| say(label).spoken()))
        }
        (_, Input::Ticks(choices)) => {
            let ticked = choices.iter().filter(|choice| choice.chosen);
            list(ticked.map(|choice| choice.label.clone()).collect())
        }
        (Kind::Json, Input::Lines(text)) => list(profiles(text)),
        (Kind::Models, Input::Lines(text)) => list(text.lines().map(model).collect()),
        (Kind::Targets, Input::Lines(text)) => list(text.lines().map(target).collect()),
        (_, Input::Lines(text)) => list(text.lines().map(str::to_owned).collect()),
    }
}

/// What there is where there is nothing.
fn nothing(of: Kind) -> Text {
    say(match of {
        Kind::Switch => "settings-no",
        Kind::Perhaps => "settings-no-limit",
        Kind::Targets => "settings-nobody",
        Kind::Word => "settings-none-single",
        _ => "settings-none",
    })
}

/// The facts of a policy: what is in force, without what would only matter if something else were.
pub(super) fn facts(form: &Form, inputs: &[Input], rules: Option<usize>) -> Vec<Fact> {
    let fields = || form.fields.iter().zip(inputs);
    let restricted = fields().any(|((name, ..), input)| {
        *name == "keyRestrictions.isEnforced" && matches!(input, Input::Switch(true))
    });
    let mut facts: Vec<Fact> = fields()
        .filter(|((name, _, _, of), _)| {
            let of_models = name.starts_with("keyRestrictions.") && !name.ends_with(".isEnforced");
            !matches!(of, Kind::State) && (restricted || !of_models)
        })
        .map(|((name, label, _, of), input)| {
            let value = value(name, *of, input);
            Fact {
                label: say(short_label(label)).spoken(),
                quiet: value.is_none(),
                value: value.unwrap_or_else(|| nothing(*of).spoken()),
            }
        })
        .collect();
    if let Some(count) = rules {
        facts.push(Fact {
            label: say("settings-policy-rules").spoken(),
            value: if count == 0 { say("settings-none").spoken() } else { count.to_string() },
            quiet: count == 0,
        });
    }
    facts
}

#[cfg(test)]
mod tests {
    use super::super::forms::form;
    use super::*;

    #[test]
    fn minutes_are_said_as_people_say_them() {
        for (minutes, said) in [
            (1, "1 minute"),
            (90, "90 minutes"),
            (60, "1 hour"),
            (480, "8 hours"),
            (1440, "1 day"),
            (43200, "30 days"),
        ] {
            assert_eq!(span(minutes), said);
        }
    }

    #[test]
    fn what_is_not_in_force_is_not_told() {
        let fido2 = form("fido2").expect("a form");
        let told = |restricted| {
            let inputs = fido2.fields.iter().map(|(name, _, _, of)| match of {
                Kind::State | Kind::Switch => {
                    Input::Switch(restricted && *name == "keyRestrictions.isEnforced")
                }
                Kind::Choice(choices) => Input::Choice(choices.to_vec(), "allow".to_owned()),
                _ => Input::Lines("all".to_owned()),
            });
            facts(fido2, &inputs.collect::<Vec<_>>(), None)
        };
        assert!(told(true).iter().any(|fact| fact.value == "which are taken"));
        assert!(!told(false).iter().any(|fact| fact.label == "Models"));
        let who = told(false).into_iter().find(|fact| fact.label == "Who may have a key");
        assert_eq!(who.expect("a fact").value, "everybody");
    }
}
