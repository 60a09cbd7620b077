//! `firstkey policy`: reading and changing what the organisation decides.
// Comments on arguments are help texts, which a terminal shows as they are.
#![allow(clippy::doc_markdown, reason = "clap prints these comments as they are")]

use clap::Subcommand;
use serde_json::{Map, Value, json};

use super::output::{Reply, Table, fields};
use crate::domain::policy::{ALL_USERS, Warning, split_profiles, written_profiles};
use crate::service::Services;
use crate::service::caller::Caller;
use crate::service::policies;

#[derive(Debug, Subcommand)]
pub(super) enum Command {
    /// List policies
    List,
    /// Show a policy
    Show {
        /// Its name, such as TemporaryAccessPass
        name: String,
    },
    /// Change fields of a policy; refused whole where one value cannot be taken
    #[command(after_help = EXAMPLES)]
    Set {
        /// Its name, such as TemporaryAccessPass
        name: String,
        /// A field and its new value; may be given several times
        #[arg(value_name = "FIELD=VALUE", required = true, value_parser = parse_change)]
        changes: Vec<(String, String)>,
    },
    /// Say what the policies do together that may surprise, such as locking people out
    Check,
    /// Return a policy to its default
    Reset {
        /// Its name, such as TemporaryAccessPass
        name: String,
    },
}

const EXAMPLES: &str = "\
Values are JSON; a word needs no quotes. Lists may be written with commas:

  firstkey policy set TemporaryAccessPass defaultLength=12 isUsableOnce=true
  firstkey policy set TemporaryAccessPass includeTargets=group:Staff,user:ada
  firstkey policy set TemporaryAccessPass includeTargets=all excludeTargets=
  firstkey policy set Registration allowedKinds=securityKey
  firstkey policy set Fido2 isAttestationEnforced=true

With passkeyProfiles in Fido2, a target may name those that are for it, by their ids:

  firstkey policy set Fido2 'includeTargets=group:Admins=>hardware,all=>hardware+any'";

fn parse_change(text: &str) -> Result<(String, String), &'static str> {
    match text.split_once('=') {
        Some((field, value)) if !field.trim().is_empty() => {
            Ok((field.trim().to_owned(), value.trim().to_owned()))
        }
        _ => Err("FIELD=VALUE is needed"),
    }
}

pub(super) async fn run(services: &Services, command: Command) -> anyhow::Result<Reply> {
    match command {
        Command::List => {
            let mut table = Table::new(&["POLICY", "STATE"], "There are no policies.");
            let mut documents = Vec::new();
            for name in policies::ALL {
                let document = services.show_policy(name).await?;
                let state = document.get("state").and_then(Value::as_str).unwrap_or("–");
                table.row(vec![name.to_owned(), state.to_owned()]);
                documents.push(document);
            }
            Reply::list(documents, &table)
        }
        Command::Show { name } => {
            let document = services.show_policy(&name).await?;
            describe(services, document).await
        }
        Command::Set { name, changes } => {
            let mut document = Map::new();
            for (field, value) in changes {
                let value = read_value(services, &field, &value).await?;
                document.insert(field, value);
            }
            let document = services.change_policy(&Caller::OPERATOR, &name, document).await?;
            Ok(describe(services, document).await?.warn(warning(services).await?))
        }
        Command::Reset { name } => {
            let document = services.reset_policy(&Caller::OPERATOR, &name).await?;
            Ok(describe(services, document).await?.warn(warning(services).await?))
        }
        Command::Check => {
            let mut table = Table::new(&["CODE", "MEANING"], "Nothing surprising.");
            let mut found = Vec::new();
            for warning in services.policy_warnings().await? {
                table.row(vec![warning.code().to_owned(), warning.message().to_owned()]);
                found.push(json!({ "code": warning.code(), "message": warning.message() }));
            }
            Reply::list(found, &table)
        }
    }
}

/// What of the policies may surprise, in one line.
async fn warning(services: &Services) -> anyhow::Result<Option<String>> {
    let warnings = services.policy_warnings().await?;
    let messages: Vec<_> = warnings.into_iter().map(Warning::message).collect();
    Ok(Some(messages.join(" ")).filter(|text| !text.is_empty()))
}

/// A value as it was typed: JSON, a list with commas where the field holds one, or a word.
async fn read_value(services: &Services, field: &str, text: &str) -> anyhow::Result<Value> {
    let is_list = !text.starts_with('[');
    match field {
        "includeTargets" | "excludeTargets" if is_list => {
            let mut targets = Vec::new();
            for word in words(text) {
                targets.push(read_target(services, field, word).await?);
            }
            Ok(targets.into())
        }
        // What looks like a number may be one to call.
        "displayName" | "helpDeskText" | "helpDeskPhone" if text != "null" => Ok(text.into()),
        "allowedKinds" if is_list => Ok(words(text).map(Value::from).collect()),
        _ => Ok(serde_json::from_str(text).unwrap_or_else(|_| text.into())),
    }
}

fn words(text: &str) -> impl Iterator<Item = &str> {
    text.split(',').map(str::trim).filter(|word| !word.is_empty())
}

async fn read_target(services: &Services, field: &str, word: &str) -> anyhow::Result<Value> {
    let (word, profiles) = split_profiles(word);
    let (kind, id) = match word.split_once(':') {
        _ if word.eq_ignore_ascii_case("all") || word.eq_ignore_ascii_case(ALL_USERS) => {
            ("group", ALL_USERS.to_owned())
        }
        Some(("group", name)) => ("group", services.find_group(name).await?.id.to_string()),
        Some(("user", name)) => ("user", services.find_user(name).await?.id.to_string()),
        _ => anyhow::bail!("{field}: group:NAME, user:NAME or all is needed, not {word}"),
    };
    let mut target = json!({ "targetType": kind, "id": id });
    if let Some(profiles) = profiles {
        target["allowedPasskeyProfiles"] = json!(profiles);
    }
    Ok(target)
}

async fn describe(services: &Services, document: Value) -> anyhow::Result<Reply> {
    let mut pairs = Vec::new();
    for (field, value) in document.as_object().into_iter().flatten() {
        let text = match value {
            Value::String(text) => text.clone(),
            Value::Array(entries) => {
                let mut words = Vec::new();
                for entry in entries {
                    words.push(show_entry(services, entry).await);
                }
                match (words.is_empty(), field.as_str()) {
                    (true, "passkeyProfiles") => "(none)".to_owned(),
                    (true, _) => "(nobody)".to_owned(),
                    (false, _) => words.join(","),
                }
            }
            other => other.to_string(),
        };
        // The name comes first.
        let at = if field == "id" { 0 } else { pairs.len() };
        pairs.insert(at, (field.as_str(), text));
    }
    let text = fields(&pairs);
    Reply::new(&document, text)
}

/// An entry of a list, in the form in which `set` takes it.
async fn show_entry(services: &Services, entry: &Value) -> String {
    let whom = show_target(services, entry).await;
    format!("{whom}{}", written_profiles(entry))
}

async fn show_target(services: &Services, entry: &Value) -> String {
    let text = |name| entry.get(name).and_then(Value::as_str);
    match (text("targetType"), text("id")) {
        (_, Some(id)) if id.eq_ignore_ascii_case(ALL_USERS) => "all".into(),
        (Some("group"), Some(id)) => {
            let name = services.find_group(id).await.map(|group| group.name);
            format!("group:{}", name.unwrap_or_else(|_| id.to_owned()))
        }
        (Some("user"), Some(id)) => {
            let name = services.find_user(id).await.map(|user| user.username.as_str().to_owned());
            format!("user:{}", name.unwrap_or_else(|_| id.to_owned()))
        }
        _ => entry.as_str().map_or_else(|| entry.to_string(), ToOwned::to_owned),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn changes_are_split_at_the_first_equals_sign() {
        assert_eq!(parse_change("a = b=c ").unwrap(), ("a".into(), "b=c".into()));
        assert_eq!(parse_change("a=").unwrap(), ("a".into(), String::new()));
        assert!(parse_change("=b").is_err());
        assert!(parse_change("a").is_err());
    }

    #[test]
    fn lists_are_read_with_commas() {
        assert_eq!(words(" a, b,,c").collect::<Vec<_>>(), ["a", "b", "c"]);
        assert_eq!(words("").count(), 0);
    }
}
