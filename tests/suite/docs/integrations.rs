//! `docs/integrations` shows what the command prints for a preset. `FIRSTKEY_WRITE_DOCS=1` writes the
//! command and the settings into each page; what stands around them is written by people.

use std::fs;

use firstkey::domain::client::Preset;
use firstkey::pages::presets::{Paste, snippet};

use super::page::{Page, root};

/// The values of the pages.
fn example(preset: &Preset) -> Paste {
    Paste {
        issuer: "https://login.example.com".into(),
        client_id: preset.name.into(),
        secret: (!preset.public).then(|| "CLIENT-SECRET".into()),
        url: preset.base(preset.address).unwrap(),
    }
}

/// The command of a page.
fn command(preset: &Preset) -> String {
    let url = preset.address.map(|url| format!(" --url {url}")).unwrap_or_default();
    let name = match preset.title {
        title if title.contains(' ') => format!("\"{title}\""),
        title => title.to_owned(),
    };
    let name_of = preset.name;
    format!("firstkey client add {name} --preset {name_of}{url} --id {name_of}")
}

/// The page with something else in the first block below a heading.
fn with_block(page: &Page, heading: &str, block: &str) -> String {
    let parts = || {
        let (before, rest) = page.text.split_once(&format!("\n## {heading}\n"))?;
        let (between, rest) = rest.split_once("\n```")?;
        let (language, rest) = rest.split_once('\n')?;
        let (_, after) = rest.split_once("\n```\n")?;
        Some(format!("{before}\n## {heading}\n{between}\n```{language}\n{block}\n```\n{after}"))
    };
    parts().unwrap_or_else(|| panic!("{}: no block below ## {heading}", page.path))
}

#[test]
fn each_preset_has_a_page_that_shows_what_the_command_prints() {
    let index = Page::read("docs/integrations/README.md").text;
    for preset in Preset::ALL {
        let mut page = Page::read(&format!("docs/integrations/{}.md", preset.name));
        let found = page.text.clone();
        page.text = with_block(&page, "Here", &command(&preset));
        page.text = with_block(&page, "There", &snippet(&preset, &example(&preset)).unwrap());
        if std::env::var_os("FIRSTKEY_WRITE_DOCS").is_some() {
            fs::write(root().join(&page.path), &page.text).unwrap();
        } else {
            let changed = page.text.lines().find(|line| !found.lines().any(|it| it == *line));
            assert!(
                found == page.text,
                "{} is not what the command prints ({changed:?}): refresh it with \
                 FIRSTKEY_WRITE_DOCS=1 cargo test --test suite docs::integrations",
                page.path
            );
        }
        let entry = format!("[{}]({}.md)", preset.title, preset.name);
        assert!(index.contains(&entry), "the index has no {entry}");
    }
}

#[test]
fn what_is_shown_is_filled_in() {
    for preset in Preset::ALL {
        let to = example(&preset);
        let text = snippet(&preset, &to).unwrap();
        assert!(text.contains(&to.issuer) && text.contains(&to.client_id), "{text}");
        assert_eq!(text.matches("CLIENT-SECRET").count(), usize::from(!preset.public), "{text}");
        // Where the other side is told its redirect URI, it is the one that we know.
        if matches!(preset.name, "apache" | "gitlab" | "oauth2-proxy") {
            assert!(text.contains(&format!("{}{}", to.url, preset.redirects[0])), "{text}");
        }
        assert!(!text.contains("to.") && !text.contains("&amp;"), "{text}");
    }
    let keycloak = Preset::named("keycloak").unwrap();
    let json = snippet(&keycloak, &example(&keycloak)).unwrap();
    let json: serde_json::Value = serde_json::from_str(&json).unwrap();
    assert_eq!(json["config"]["issuer"], "https://login.example.com");
}
