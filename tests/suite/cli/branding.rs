//! `firstkey branding` and the policy `Branding`.

use std::fs;

use serde_json::{Value, json};

use super::machine::Machine;
use crate::support::database::on_both_engines;
use crate::support::images::png;

on_both_engines! {
    async fn a_logo_comes_from_a_file_and_words_from_the_policy(machine: Machine) {
        fs::write(machine.path("logo.png"), png(64, 32, [200, 0, 0])).unwrap();
        fs::write(machine.path("dark.png"), png(64, 32, [250, 200, 200])).unwrap();
        fs::write(machine.path("logo.svg"), "<svg onload='alert(1)'></svg>").unwrap();
        let said = machine.refused(&["branding", "logo", "logo.svg"]);
        assert!(said.contains("a PNG, JPEG or WebP image is needed"), "{said}");
        let said = machine.refused(&["branding", "logo", "gone.png"]);
        assert!(said.contains("gone.png"), "{said}");
        let said = machine.refused(&["branding", "logo", "dark.png", "--dark"]);
        assert!(said.starts_with("darkLogo: a logo for light pages is needed"), "{said}");
        let set = machine.json(&["branding", "logo", "logo.png"]);
        let name = set["logo"].as_str().unwrap().to_owned();
        assert!(name.strip_suffix(".png").is_some_and(|stem| stem.len() == 24), "{name}");
        let set = machine.json(&["branding", "logo", "dark.png", "--dark"]);
        assert!(set["logo"] == name && set["darkLogo"] != name && set["darkLogo"].is_string());
        machine.misused(&["branding", "logo"]);

        let changed = machine.json(&[
            "policy", "set", "Branding", "displayName=Contoso", "accentColor=#1F4FD8",
            "helpDeskPhone=112", "helpDeskText=Room 7", "privacyUrl=https://example.com/privacy",
        ]);
        assert_eq!(changed["logo"], name, "what is not named stays");
        assert_eq!((&changed["accentColor"], &changed["helpDeskPhone"]), (&json!("#1f4fd8"), &json!("112")));
        for (change, field) in [
            ("accentColor=red", "accentColor"),
            ("privacyUrl=javascript:alert(1)", "privacyUrl"),
            ("termsUrl=http://example.com", "termsUrl"),
            ("logo=https://example.com/logo.png", "logo"),
            ("logo=AAAAAAAAAAAAAAAAAAAAAAAA.png", "logo: this image is not here"),
            ("displayName=", "displayName"),
            ("logo=null", "darkLogo: a logo for light pages"),
        ] {
            let said = machine.refused(&["policy", "set", "Branding", change]);
            assert!(said.starts_with(field), "{change}: {said}");
        }
        assert_eq!(machine.json(&["policy", "show", "branding"]), changed);
        let none = machine.json(&["branding", "logo", "--none"]);
        assert_eq!((&none["logo"], &none["darkLogo"]), (&Value::Null, &Value::Null));
        let reset = machine.json(&["policy", "reset", "Branding"]);
        assert_eq!((&reset["displayName"], &reset["isNameShown"]), (&Value::Null, &json!(true)));
        let lines = machine.list(&["audit", "list", "--activity", "policyChanged"]);
        assert!(lines.iter().all(|line| line["detail"].as_str().unwrap().starts_with("Branding: ")));
        assert!(lines.len() >= 5, "{lines:?}");
    }
}
