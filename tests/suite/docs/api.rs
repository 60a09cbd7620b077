//! docs/api.md is the OpenAPI document in words. `FIRSTKEY_WRITE_DOCS=1` writes it.

use std::fmt::Write as _;
use std::fs;

use firstkey::graph::openapi;
use serde_json::Value;

use super::page::{Page, root};

const HEAD: &str = "\
# API reference

Every operation and object of the API in the shape of Microsoft Graph, for whoever writes a script. \
Made from the OpenAPI document by a test; do not edit.

All addresses begin with `https://login.example.com/v1.0` or `/beta`, which answer alike. A Graph SDK \
works once its base URL is changed. A running server shows this page at `/docs/api`, and the OpenAPI \
document at `/openapi.json`. `{user}` is an id or a username; only what a line says may be sent.

**A token** is that of an application with one of the permissions on the right, by client \
credentials, or of a signed-in admin through an application that was given it: then what both may \
do. How to get one: [provisioning.md](provisioning.md), [application-guide.md](application-guide.md#with-curl).

**Errors** are Graph's: `{\"error\": {\"code\": …, \"message\": …, \"innerError\": {…}}}`, with the \
`request-id` that the log has, too. 401 no token or one that is over, 403 not yours to do, 404 not \
there, 409 changed meanwhile, 429 too many (see `Retry-After`), 503 the database is away.

SCIM 2.0 is apart from it: [provisioning.md](provisioning.md).
";

fn text(value: &Value) -> &str {
    value.as_str().unwrap_or_default()
}

fn entries(value: &Value) -> impl Iterator<Item = (&String, &Value)> {
    value.as_object().into_iter().flatten()
}

fn items(value: &Value) -> impl Iterator<Item = &Value> {
    value.as_array().into_iter().flatten()
}

/// Text in a cell of a table.
fn cell(text: &str) -> String {
    text.replace('|', "\\|").replace('\n', " ")
}

/// What a value is, in words.
fn kind(schema: &Value) -> String {
    if let Some(target) = schema["$ref"].as_str() {
        return target.rsplit('/').next().unwrap_or_default().to_owned();
    }
    let words: Vec<&str> = items(&schema["enum"]).filter_map(Value::as_str).collect();
    let alternatives: Vec<String> =
        items(&schema["anyOf"]).chain(items(&schema["oneOf"])).map(kind).collect();
    let plain = schema["type"].as_str().or(schema["type"][0].as_str()).unwrap_or_default();
    match (plain, schema["format"].as_str()) {
        _ if !words.is_empty() => words.join(", "),
        _ if !alternatives.is_empty() => alternatives.join(" or "),
        ("array", _) => format!("list of {}", kind(&schema["items"])),
        ("string", Some("date-time")) => "time".into(),
        ("string", Some("uuid")) => "id".into(),
        ("string", _) => "text".into(),
        ("boolean", _) => "true or false".into(),
        ("integer", _) => {
            format!("whole number, {} to {}", schema["minimum"], schema["maximum"])
        }
        (other, _) => other.into(),
    }
}

fn operation(page: &mut String, method: &str, path: &str, described: &Value) {
    let permissions: Vec<String> =
        items(&described["security"]).map(|it| format!("`{}`", text(&it["firstkey"][0]))).collect();
    let body = &described["requestBody"]["content"]["application/json"]["schema"];
    let alternatives = items(&body["anyOf"]).chain([body]);
    let mut fields: Vec<String> = alternatives
        .flat_map(|it| entries(&it["properties"]))
        .map(|it| format!("`{}`", it.0))
        .collect();
    fields.sort();
    fields.dedup();
    let sent =
        if fields.is_empty() { String::new() } else { format!(" Body: {}.", fields.join(", ")) };
    let options: Vec<String> = items(&described["parameters"])
        .filter(|it| it["in"] == "query")
        .map(|it| format!("`{}`", text(&it["name"])))
        .collect();
    let options = if options.is_empty() {
        String::new()
    } else {
        format!(" Options: {}.", options.join(", "))
    };
    let about = cell(text(&described["summary"]));
    let permissions = permissions.join(", ");
    writeln!(page, "| `{method} {path}` | {about}{sent}{options} | {permissions} |").unwrap();
}

fn rendered(document: &Value) -> String {
    let mut page = HEAD.to_owned();
    let mut chapters: Vec<&str> = Vec::new();
    for (_, described) in entries(&document["paths"]).flat_map(|(_, methods)| entries(methods)) {
        let tag = text(&described["tags"][0]);
        if !chapters.contains(&tag) {
            chapters.push(tag);
        }
    }
    for chapter in chapters {
        write!(
            page,
            "\n## {chapter}\n\n| call | what it does | permission, any of |\n|---|---|---|\n"
        )
        .unwrap();
        for (path, methods) in entries(&document["paths"]) {
            for (method, described) in entries(methods) {
                if described["tags"][0] == chapter {
                    operation(&mut page, &method.to_ascii_uppercase(), path, described);
                }
            }
        }
    }
    page += "\n## Objects\n\nWhat is marked ○ is told and cannot be sent.\n";
    for (name, schema) in entries(&document["components"]["schemas"]) {
        let about = text(&schema["description"]);
        write!(page, "\n### {name}\n\n{about}\n\n| property | is | meaning |\n|---|---|---|\n")
            .unwrap();
        for (property, schema) in entries(&schema["properties"]) {
            let told = if schema["readOnly"] == true { " ○" } else { "" };
            let (kind, about) = (cell(&kind(schema)), cell(text(&schema["description"])));
            writeln!(page, "| `{property}`{told} | {kind} | {about} |").unwrap();
        }
    }
    page
}

#[test]
fn the_reference_is_what_the_openapi_document_says() {
    let document = openapi::document("https://login.example.com");
    let rendered = rendered(&document);
    if std::env::var_os("FIRSTKEY_WRITE_DOCS").is_some() {
        fs::write(root().join("docs/api.md"), &rendered).unwrap();
    }
    assert!(rendered.contains("temporaryAccessPassMethods"));
    let page = Page::read("docs/api.md");
    assert!(
        page.text == rendered,
        "docs/api.md is not what the API says: refresh it with FIRSTKEY_WRITE_DOCS=1 cargo test \
         --test suite docs::api"
    );
}
