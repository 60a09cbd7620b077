//! The API for people to read, made from its OpenAPI document.

use askama::Template;
use axum::response::Response;
use serde_json::Value;

use super::views::Chrome;
use super::{chrome, render};
use crate::http::AppState;
use crate::http::problem::Problem;

/// The page.
#[derive(Clone, Debug, Template)]
#[template(path = "api_docs.html")]
pub struct ApiDocsPage {
    /// Brand, assets, CSRF token.
    pub chrome: Chrome,
    /// What all addresses begin with.
    pub root: String,
    /// Where tokens come from.
    pub token_url: String,
    /// Operations that belong together.
    pub chapters: Vec<Chapter>,
    /// Objects.
    pub objects: Vec<Object>,
}

/// Operations that belong together.
#[derive(Clone, Debug)]
pub struct Chapter {
    /// What they are about.
    pub title: String,
    /// The operations.
    pub operations: Vec<Operation>,
}

/// One operation.
#[derive(Clone, Debug)]
pub struct Operation {
    /// In upper case.
    pub method: String,
    /// Below the root.
    pub path: String,
    /// In a sentence.
    pub about: String,
    /// Any of these will do.
    pub permissions: Vec<String>,
    /// Options and headers, each with what it means.
    pub options: Vec<(String, String)>,
    /// What may be sent.
    pub fields: Vec<String>,
    /// What is answered: a status and the names of objects.
    pub answers: Vec<(String, Vec<String>)>,
}

/// An object.
#[derive(Clone, Debug)]
pub struct Object {
    /// Its name in Graph.
    pub name: String,
    /// What it is.
    pub about: String,
    /// Everything about it.
    pub properties: Vec<Property>,
}

/// One thing about an object.
#[derive(Clone, Debug)]
pub struct Property {
    /// Its name.
    pub name: String,
    /// What its value is.
    pub kind: String,
    /// What it means.
    pub about: String,
    /// Whether callers cannot decide it.
    pub read_only: bool,
}

/// The page about this document.
pub fn show(state: &AppState, document: &Value) -> Result<Response, Problem> {
    render(&ApiDocsPage {
        chrome: chrome(state, ""),
        root: text(&document["servers"][0]["url"]),
        token_url: format!("{}/token", state.services.issuer_text()),
        chapters: chapters(document),
        objects: entries(&document["components"]["schemas"])
            .map(|(name, schema)| object(name, schema))
            .collect(),
    })
}

fn text(value: &Value) -> String {
    value.as_str().unwrap_or_default().to_owned()
}

fn entries(value: &Value) -> impl Iterator<Item = (&String, &Value)> {
    value.as_object().into_iter().flatten()
}

fn items(value: &Value) -> impl Iterator<Item = &Value> {
    value.as_array().into_iter().flatten()
}

fn chapters(document: &Value) -> Vec<Chapter> {
    const ORDER: [&str; 7] =
        ["Passes", "Methods", "Policies", "People", "Groups", "Devices", "Audit log"];
    let mut chapters =
        ORDER.map(|title| Chapter { title: title.to_owned(), operations: Vec::new() });
    for (path, methods) in entries(&document["paths"]) {
        for method in ["get", "post", "put", "patch", "delete"] {
            let Some(described) = methods.get(method) else { continue };
            let chapter = chapters.iter_mut().find(|known| described["tags"][0] == known.title);
            if let Some(chapter) = chapter {
                chapter.operations.push(operation(path, method, described));
            }
        }
    }
    chapters.into()
}

fn operation(path: &str, method: &str, described: &Value) -> Operation {
    let parameters = items(&described["parameters"]).filter(|one| one["in"] != "path");
    let body = &described["requestBody"]["content"]["application/json"]["schema"];
    let answers = entries(&described["responses"]).filter(|(status, _)| *status != "default");
    let alternatives = items(&body["anyOf"]).chain([body]);
    let mut fields: Vec<_> = alternatives
        .flat_map(|body| entries(&body["properties"]))
        .map(|(name, _)| name.clone())
        .collect();
    fields.sort();
    fields.dedup();
    Operation {
        method: method.to_ascii_uppercase(),
        path: path.to_owned(),
        about: text(&described["summary"]),
        permissions: items(&described["security"]).map(|one| text(&one["firstkey"][0])).collect(),
        options: parameters.map(|one| (text(&one["name"]), text(&one["description"]))).collect(),
        fields,
        answers: answers
            .map(|(status, answer)| {
                let mut names = Vec::new();
                referenced(&answer["content"], &mut names);
                (status.clone(), names)
            })
            .collect(),
    }
}

/// The names of the objects that a part of the document refers to.
fn referenced(part: &Value, names: &mut Vec<String>) {
    match part {
        Value::Object(fields) => {
            if let Some(target) = fields.get("$ref").and_then(Value::as_str) {
                names.extend(target.rsplit('/').next().map(str::to_owned));
            }
            for field in fields.values() {
                referenced(field, names);
            }
        }
        Value::Array(list) => {
            for item in list {
                referenced(item, names);
            }
        }
        _ => {}
    }
}

fn object(name: &str, schema: &Value) -> Object {
    let property = |(name, schema): (&String, &Value)| Property {
        name: name.clone(),
        kind: kind(schema),
        about: text(&schema["description"]),
        read_only: schema["readOnly"] == true,
    };
    Object {
        name: name.to_owned(),
        about: text(&schema["description"]),
        properties: entries(&schema["properties"]).map(property).collect(),
    }
}

/// What a value is, in words.
fn kind(schema: &Value) -> String {
    let optional = if schema["type"].is_array() { " or null" } else { "" };
    let plain = schema["type"].as_str().or(schema["type"][0].as_str()).unwrap_or_default();
    let words: Vec<_> = items(&schema["enum"]).filter_map(Value::as_str).collect();
    let kind = match (plain, schema["format"].as_str()) {
        _ if !words.is_empty() => words.join(", "),
        ("string", Some("date-time")) => "time".into(),
        ("string", Some("uuid")) => "id".into(),
        ("string", _) => "text".into(),
        ("integer", _) => {
            format!("whole number, {} to {}", schema["minimum"], schema["maximum"])
        }
        ("boolean", _) => "true or false".into(),
        ("array", _) => {
            let mut names = Vec::new();
            referenced(&schema["items"], &mut names);
            let of = if names.is_empty() { "text".into() } else { names.join(" or ") };
            format!("list of {of}")
        }
        _ => {
            let mut names = Vec::new();
            referenced(schema, &mut names);
            names.join(" or ")
        }
    };
    kind + optional
}
