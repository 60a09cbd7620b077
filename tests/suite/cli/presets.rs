//! `firstkey client add --preset`.

use serde_json::{Value, json};

use super::machine::Machine;

/// The arguments that add an application by a preset of the list.
fn add(preset: &Value) -> Vec<&str> {
    let of = |name: &str| preset[name].as_str();
    let mut arguments =
        vec!["client", "add", of("title").unwrap(), "--preset", of("name").unwrap()];
    arguments.extend(of("url").map(|url| ["--url", url]).into_iter().flatten());
    arguments
}

#[tokio::test]
async fn every_preset_makes_an_application_and_says_what_to_write_on_its_side() {
    let machine = Machine::new().await;
    let presets = machine.list(&["client", "presets"]);
    assert_eq!(presets.len(), 10);
    for preset in &presets {
        let made = machine.json(&add(preset));
        let settings = made["paste"]["settings"].as_str().unwrap();
        let id = made["client_id"].as_str().unwrap();
        assert!(settings.contains(id), "{settings}");
        assert!(settings.contains("http://localhost:8080"), "the issuer: {settings}");
        match made["client_secret"].as_str() {
            Some(secret) => assert!(settings.contains(secret) && preset["public"] == false),
            None => assert_eq!(preset["public"], true),
        }
        assert_eq!(made["redirect_uris"], preset["redirect_uris"]);
        assert_eq!(made["paste"]["preset"], preset["name"]);
        assert_eq!(made["paste"]["place"], preset["place"]);
        assert!(!preset["notes"].as_array().unwrap().is_empty());

        // It is an application like any other, and its secret is not shown again.
        let mut expected = made.clone();
        for gone in ["client_secret", "paste"] {
            expected.as_object_mut().unwrap().remove(gone);
        }
        assert_eq!(machine.json(&["client", "show", id]), expected);
    }
    let table = machine.ok(&["client", "presets"]);
    assert!(table.contains("home-assistant  Home Assistant"), "{table}");
}

#[tokio::test]
async fn people_read_the_settings_as_they_are_pasted() {
    let machine = Machine::new().await;
    let grafana = ["client", "add", "Dashboards", "--preset", "grafana"];
    let text =
        machine.ok(&[&grafana[..], &["--url", "https://grafana.example", "--id", "g"]].concat());
    assert!(text.starts_with("Registered Dashboards.\n"), "{text}");
    let secret = text.lines().find_map(|line| line.strip_prefix("client_secret = ")).unwrap();
    assert_eq!(text.matches(secret).count(), 2, "by itself, and in the settings");
    for line in ["For grafana.ini:", "[auth.generic_oauth]", "client_id = g", "use_pkce = true"] {
        assert!(text.lines().any(|each| each == line), "{line}: {text}");
    }
    let after = "post_logout_redirect_uri=https%3A%2F%2Fgrafana.example%2Flogin";
    assert!(text.contains(after), "{text}");

    // What is said besides holds, too.
    let more = ["--url", "https://g.example", "--third-party", "--scope", "openid"];
    let made = machine.json(&[&grafana[..], &more].concat());
    assert_eq!((&made["third_party"], &made["scope"]), (&json!(true), &json!("openid")));
}

#[tokio::test]
async fn what_does_not_go_with_a_preset_is_refused() {
    let machine = Machine::new().await;
    let grafana = ["client", "add", "Dashboards", "--preset", "grafana"];
    let with = |more: &[&'static str]| [&grafana[..], more].concat();
    let url = "https://grafana.example";
    for (arguments, word) in [
        (with(&[]), "such as https://grafana.example.com"),
        (with(&["--url", "grafana.example"]), "absolute URI"),
        (with(&["--url", "https://grafana.example?a=b"]), "bare address"),
        (with(&["--url", "http://grafana.example"]), "https"),
    ] {
        let told = machine.refused(&arguments);
        assert!(told.contains(word), "{arguments:?}: {told}");
    }
    for arguments in [
        with(&["--url", url, "--redirect-uri", url]),
        with(&["--url", url, "--public"]),
        with(&["--url", url, "--alg", "ES256"]),
        with(&["--url", url, "--id", "a\"b"]),
        with(&["--url", url, "--id", "a'$(id)"]),
        vec!["client", "add", "Dashboards", "--preset", "jenkins", "--url", url],
        vec!["client", "add", "Dashboards", "--url", url],
    ] {
        assert_eq!(machine.run(&arguments).code, Some(2), "{arguments:?}");
    }
    assert_eq!(machine.ok(&["client", "list"]), "There are no applications.\n");
}
