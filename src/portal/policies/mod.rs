//! `/admin/policies`: what the organisation decides, one form for each policy.

mod facts;
mod forms;

use askama::Template;
use axum::extract::{Path, State};
use axum::response::Response;
use serde_json::{Map, Value, json};

use self::facts::{Fact, facts};
use self::forms::{FORMS, Form, KINDS, Kind, form};
use super::access::{Admin, Change, Editor};
use super::frame::{self, Frame, Section, explain};
use super::refusal;
use crate::domain::authority::Action;
use crate::domain::policy::{ALL_USERS, Warning, split_profiles, written_profiles};
use crate::http::AppState;
use crate::http::language::{Text, say};
use crate::http::params::Params;
use crate::http::problem::Problem;
use crate::pages::render;
use crate::service::AdminError;

/// A policy as a card.
#[derive(Clone, Debug)]
struct PolicyCard {
    slug: &'static str,
    title: String,
    about: String,
    /// Whether what it is about may be used at all, where it says so.
    on: Option<bool>,
    facts: Vec<Fact>,
}

#[derive(Clone, Debug, Template)]
#[template(path = "admin/policies.html")]
struct PoliciesPage {
    frame: Frame,
    cards: Vec<PolicyCard>,
    warnings: Vec<String>,
    may_change: bool,
}

/// What a field of a form looks like.
#[derive(Clone, Debug)]
enum Input {
    Switch(bool),
    Number(String),
    /// A value and the message that is its label, for each choice; and the chosen one.
    Choice(Vec<(&'static str, &'static str)>, String),
    /// What may be ticked.
    Ticks(Vec<frame::Choice>),
    /// Names, one in each line.
    Lines(String),
    /// A word, or nothing.
    Word(String),
}

#[derive(Clone, Debug)]
struct FieldRow {
    name: &'static str,
    label: String,
    hint: String,
    input: Input,
}

#[derive(Clone, Debug, Template)]
#[template(path = "admin/policy.html")]
struct PolicyPage {
    frame: Frame,
    error: Option<String>,
    slug: &'static str,
    title: String,
    about: String,
    version: i64,
    fields: Vec<FieldRow>,
    /// Rules for some people, as JSON; none where the policy has none.
    rules: Option<String>,
}

/// The value at a path such as `keyRestrictions.aaGuids`.
fn at<'a>(document: &'a Value, path: &str) -> &'a Value {
    path.split('.').fold(document, |value, name| value.get(name).unwrap_or(&Value::Null))
}

async fn target_words(state: &AppState, targets: &Value) -> String {
    let mut lines = Vec::new();
    for target in targets.as_array().into_iter().flatten() {
        let id = target.get("id").and_then(Value::as_str).unwrap_or_default();
        let kind = target.get("targetType").and_then(Value::as_str).unwrap_or_default();
        let whom = if id.eq_ignore_ascii_case(ALL_USERS) {
            "all".to_owned()
        } else if kind == "user" {
            let user = state.services.find_user(id).await;
            format!("user:{}", user.map_or(id.to_owned(), |it| it.username.as_str().to_owned()))
        } else {
            let group = state.services.find_group(id).await;
            format!("group:{}", group.map_or(id.to_owned(), |it| it.name))
        };
        lines.push(format!("{whom}{}", written_profiles(target)));
    }
    lines.join("\n")
}

/// The kinds of methods, those ticked of which this says so.
fn kinds(ticked: impl Fn(&str) -> bool) -> Input {
    let kinds = KINDS.iter();
    let choice = |(kind, label): &(&'static str, &'static str)| {
        frame::Choice::new(kind, &say(label).spoken(), ticked(kind))
    };
    Input::Ticks(kinds.map(choice).collect())
}

fn strings(value: &Value) -> String {
    let texts = value.as_array().into_iter().flatten().filter_map(Value::as_str);
    texts.collect::<Vec<_>>().join("\n")
}

async fn input(state: &AppState, kind: Kind, value: &Value) -> Input {
    match kind {
        Kind::State => Input::Switch(value == "enabled"),
        Kind::Switch => Input::Switch(value.as_bool().unwrap_or_default()),
        Kind::Number | Kind::Perhaps => {
            Input::Number(if value.is_null() { String::new() } else { value.to_string() })
        }
        Kind::Choice(choices) => {
            Input::Choice(choices.to_vec(), value.as_str().unwrap_or_default().to_owned())
        }
        Kind::Targets => Input::Lines(target_words(state, value).await),
        Kind::Kinds => kinds(|kind| value.as_array().is_some_and(|all| all.contains(&kind.into()))),
        Kind::Models => Input::Lines(strings(value)),
        Kind::Json => Input::Lines(serde_json::to_string_pretty(value).unwrap_or_default()),
        Kind::Word => Input::Word(value.as_str().unwrap_or_default().to_owned()),
    }
}

/// What was filled in, as it was, for the form that is shown again.
fn typed(kind: Kind, name: &str, params: &Params) -> Input {
    let sent = params.get(name);
    let text = sent.unwrap_or_default().to_owned();
    match kind {
        Kind::Kinds => kinds(|kind| params.get(&format!("{name}.{kind}")).is_some()),
        Kind::State | Kind::Switch => Input::Switch(sent.is_some()),
        Kind::Number | Kind::Perhaps => Input::Number(text),
        Kind::Choice(choices) => Input::Choice(choices.to_vec(), text),
        Kind::Targets | Kind::Models | Kind::Json => Input::Lines(text),
        Kind::Word => Input::Word(text),
    }
}

/// `GET /admin/policies`
pub(super) async fn list(
    State(state): State<AppState>,
    mut admin: Admin,
) -> Result<Response, Problem> {
    if !admin.may(Action::SeePolicies, None) {
        return Err(Problem::not_found());
    }
    let mut cards = Vec::new();
    for form in &FORMS {
        let document = state.services.show_policy(form.id).await?;
        let mut inputs = Vec::new();
        for (name, _, _, kind) in form.fields {
            inputs.push(input(&state, *kind, at(&document, name)).await);
        }
        let rules = document.get("rules").and_then(Value::as_array).map(Vec::len);
        cards.push(PolicyCard {
            slug: form.slug,
            title: say(form.title).spoken(),
            about: say(form.about).spoken(),
            on: document.get("state").map(|state| state == "enabled"),
            facts: facts(form, &inputs, rules),
        });
    }
    let warnings = state.services.policy_warnings().await?;
    let page = PoliciesPage {
        cards,
        warnings: warnings.into_iter().map(|it| warning(it).spoken()).collect(),
        may_change: admin.may(Action::ChangePolicies, None),
        frame: admin.frame(&state, Section::Policies).await?,
    };
    render(&page)
}

/// What follows from how the policies are: the words of [`Warning`], in every language.
fn warning(warning: Warning) -> Text {
    say(match warning {
        Warning::PassesAreOff => "settings-warning-passes-off",
        Warning::KeysAreOff => "settings-warning-keys-off",
        Warning::SelfServiceIsOff => "settings-warning-self-service-off",
        Warning::LostMethodsMustBeRemoved => "settings-warning-lost-methods",
        Warning::DemandIsUnmet => "settings-warning-demand-unmet",
        Warning::OnlyAttestedKeys => "settings-warning-only-attested",
        Warning::ModelsAreClaims => "settings-warning-models-claims",
        Warning::MailIsOff => "settings-warning-mail-off",
    })
}

async fn policy_page(
    state: &AppState,
    admin: &mut Admin,
    form: &'static Form,
    sent: Option<(&Params, String)>,
) -> Result<PolicyPage, Problem> {
    let document = state.services.show_policy(form.id).await?;
    let mut fields = Vec::new();
    for (name, label, hint, kind) in form.fields {
        let input = match &sent {
            Some((params, _)) => typed(*kind, name, params),
            None => input(state, *kind, at(&document, name)).await,
        };
        let hint = if hint.is_empty() { String::new() } else { say(hint).spoken() };
        fields.push(FieldRow { name, label: say(label).spoken(), hint, input });
    }
    let rules = document.get("rules").map(|rules| match &sent {
        Some((params, _)) => params.get("rules").unwrap_or("[]").to_owned(),
        None => serde_json::to_string_pretty(rules).unwrap_or_default(),
    });
    let seen = sent.as_ref().and_then(|(params, _)| params.get("version")?.parse().ok());
    let version = match seen {
        Some(version) => version,
        None => state.services.policy_version(form.id).await?,
    };
    Ok(PolicyPage {
        error: sent.map(|(_, error)| error),
        slug: form.slug,
        title: say(form.title).spoken(),
        about: say(form.about).spoken(),
        version,
        fields,
        rules,
        frame: admin.frame(state, Section::Policies).await?,
    })
}

/// `GET /admin/policies/{slug}`
pub(super) async fn edit(
    State(state): State<AppState>,
    Editor(mut admin): Editor,
    Path(slug): Path<String>,
) -> Result<Response, Problem> {
    if !admin.may(Action::ChangePolicies, None) {
        return Err(Problem::not_found());
    }
    render(&policy_page(&state, &mut admin, form(&slug)?, None).await?)
}

fn lines(text: &str) -> impl Iterator<Item = &str> {
    text.lines().map(str::trim).filter(|line| !line.is_empty())
}

/// Why what was filled in cannot be taken.
fn wrong(label: &str, why: &str) -> String {
    say("settings-wrong").with("label", label).with("why", why).spoken()
}

async fn read_targets(state: &AppState, label: &str, text: &str) -> Result<Value, String> {
    let mut targets = Vec::new();
    for line in lines(text) {
        let (line, profiles) = split_profiles(line);
        let (kind, id) = match line.split_once(':') {
            None if line.eq_ignore_ascii_case("all") => ("group", ALL_USERS.to_owned()),
            Some(("group", name)) => {
                let group = state.services.find_group(name).await;
                (
                    "group",
                    group
                        .map_err(|_| {
                            say("settings-wrong-group")
                                .with("label", label)
                                .with("name", name)
                                .spoken()
                        })?
                        .id
                        .to_string(),
                )
            }
            Some(("user", name)) => {
                let user = state.services.find_user(name).await;
                (
                    "user",
                    user.map_err(|_| {
                        say("settings-wrong-user").with("label", label).with("name", name).spoken()
                    })?
                    .id
                    .to_string(),
                )
            }
            _ => {
                let wrong = say("settings-wrong-target").with("label", label).with("line", line);
                return Err(wrong.spoken());
            }
        };
        let mut target = json!({ "targetType": kind, "id": id });
        if let Some(profiles) = profiles {
            target["allowedPasskeyProfiles"] = json!(profiles);
        }
        targets.push(target);
    }
    Ok(targets.into())
}

async fn read_value(
    state: &AppState,
    label: &str,
    kind: Kind,
    name: &str,
    params: &Params,
) -> Result<Value, String> {
    let sent = params.get(name);
    let text = sent.unwrap_or_default().trim();
    let ticked = |kind: &str| params.get(&format!("{name}.{kind}")).is_some();
    Ok(match kind {
        Kind::State => if sent.is_some() { "enabled" } else { "disabled" }.into(),
        Kind::Switch => sent.is_some().into(),
        Kind::Perhaps | Kind::Word if text.is_empty() => Value::Null,
        Kind::Number | Kind::Perhaps => text
            .parse::<u32>()
            .map_err(|_| say("settings-wrong-number").with("label", label).spoken())?
            .into(),
        Kind::Choice(_) | Kind::Word => text.into(),
        Kind::Targets => read_targets(state, label, text).await?,
        Kind::Kinds => KINDS.iter().map(|(kind, _)| *kind).filter(|kind| ticked(kind)).collect(),
        Kind::Models => lines(text).map(Value::from).collect(),
        Kind::Json if text.is_empty() => json!([]),
        Kind::Json => {
            serde_json::from_str(text).map_err(|error| wrong(label, &error.to_string()))?
        }
    })
}

/// What was filled in, as changes of the policy.
async fn changes(
    state: &AppState,
    form: &Form,
    sent: &Params,
) -> Result<Map<String, Value>, String> {
    let mut changes = Map::new();
    for (name, label, _, kind) in form.fields {
        let value = read_value(state, &say(label).spoken(), *kind, name, sent).await?;
        match name.split_once('.') {
            None => {
                changes.insert((*name).to_owned(), value);
            }
            Some((outer, inner)) => {
                let object = changes.entry(outer).or_insert_with(|| json!({}));
                if let Value::Object(object) = object {
                    object.insert(inner.to_owned(), value);
                }
            }
        }
    }
    if let Some(text) = sent.get("rules") {
        let rules = serde_json::from_str(text);
        let rules: Value = rules.map_err(|error: serde_json::Error| {
            say("settings-wrong-rules").with("why", error.to_string()).spoken()
        })?;
        changes.insert("rules".to_owned(), rules);
    }
    Ok(changes)
}

/// `POST /admin/policies/{slug}`
pub(super) async fn save(
    State(state): State<AppState>,
    Path(slug): Path<String>,
    change: Change,
) -> Result<Response, Problem> {
    let Change { mut admin, fields } = change;
    let form = form(&slug)?;
    if fields.get("reset").is_some() {
        state.services.reset_policy(&admin.caller, form.id).await?;
        let name = say(form.title).spoken();
        let notice = say("settings-policy-was-reset").with("name", name).spoken();
        return admin.done(&notice, "/admin/policies").await;
    }
    let version = fields.get("version").and_then(|text| text.parse().ok());
    let message = match changes(&state, form, &fields).await {
        Err(message) => message,
        Ok(changes) => {
            let services = &state.services;
            match services.change_policy_at(&admin.caller, form.id, version, changes).await {
                Ok(_) => {
                    let name = say(form.title).spoken();
                    let notice = say("settings-policy-saved").with("name", name).spoken();
                    return admin.done(&notice, "/admin/policies").await;
                }
                Err(AdminError::Invalid(invalid)) => {
                    let known = form.fields.iter().find(|(name, ..)| *name == invalid.field);
                    let label = known.map(|(_, label, ..)| say(label).spoken());
                    wrong(label.as_deref().unwrap_or(&invalid.field), &invalid.message.spoken())
                }
                Err(other) => explain(other)?,
            }
        }
    };
    refusal(&policy_page(&state, &mut admin, form, Some((&fields, message))).await?)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn english_warns_as_the_command_line_does() {
        for each in [
            Warning::PassesAreOff,
            Warning::KeysAreOff,
            Warning::SelfServiceIsOff,
            Warning::LostMethodsMustBeRemoved,
            Warning::DemandIsUnmet,
            Warning::OnlyAttestedKeys,
            Warning::ModelsAreClaims,
            Warning::MailIsOff,
        ] {
            assert_eq!(warning(each).english(), each.message());
        }
    }
}
