//! Presets: what an application wants of us, and what is to be written on its side.

use serde::Serialize;
use serde_json::{Value, json};

use super::super::output::{Reply, Table};
use crate::domain::client::Preset;
use crate::pages::presets::{Paste, snippet};

/// A preset in JSON.
#[derive(Debug, Serialize)]
struct PresetView {
    name: &'static str,
    title: &'static str,
    url: Option<&'static str>,
    redirect_uris: Vec<String>,
    public: bool,
    place: &'static str,
    notes: &'static [&'static str],
}

/// `firstkey client presets`.
pub(super) fn list() -> anyhow::Result<Reply> {
    let mut table = Table::new(&["PRESET", "APPLICATION", "--url, FOR EXAMPLE"], "");
    let mut views = Vec::new();
    for preset in Preset::ALL {
        let url = preset.address.unwrap_or("–").to_owned();
        table.row(vec![preset.name.to_owned(), preset.title.to_owned(), url]);
        views.push(PresetView {
            name: preset.name,
            title: preset.title,
            url: preset.address,
            redirect_uris: preset.settings(preset.title, preset.address)?.redirect_uris,
            public: preset.public,
            place: preset.place,
            notes: preset.notes,
        });
    }
    Reply::list(views, &table)
}

/// Reads the name of a preset.
pub(super) fn named(name: &str) -> Result<Preset, String> {
    Preset::named(name).map_err(|invalid| invalid.message.english())
}

/// What is to be written on the other side: for scripts and for people.
pub(super) fn paste(preset: &Preset, to: &Paste) -> anyhow::Result<(Value, String)> {
    let settings = snippet(preset, to)?;
    let json = json!({
        "preset": preset.name,
        "place": preset.place,
        "settings": settings,
        "notes": preset.notes,
    });
    let mut text = format!("\n\nFor {}:\n\n{settings}\n", preset.place);
    for note in preset.notes {
        text.push_str("\n* ");
        text.push_str(note);
    }
    Ok((json, text))
}
