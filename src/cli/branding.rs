//! `firstkey branding`: what of the policy `Branding` is a file.
// Comments on arguments are help texts, which a terminal shows as they are.
#![allow(clippy::doc_markdown, reason = "clap prints these comments as they are")]

use std::path::PathBuf;

use anyhow::Context;
use clap::Subcommand;
use serde_json::{Map, Value};

use super::output::{Reply, fields, or_dash};
use crate::service::Services;
use crate::service::caller::Caller;
use crate::service::policies::BRANDING;

#[derive(Debug, Subcommand)]
pub(super) enum Command {
    /// Put a logo on every page, or take it away
    Logo {
        /// A PNG, JPEG or WebP file of at most 100 KiB
        #[arg(required_unless_present = "none")]
        file: Option<PathBuf>,
        /// It is for dark pages; the other one is on them otherwise
        #[arg(long)]
        dark: bool,
        /// Take it away
        #[arg(long, conflicts_with = "file")]
        none: bool,
    },
}

pub(super) async fn run(services: &Services, command: Command) -> anyhow::Result<Reply> {
    let Command::Logo { file, dark, .. } = command;
    let field = if dark { "darkLogo" } else { "logo" };
    let mut changes = Map::new();
    if let Some(file) = file {
        let content = std::fs::read(&file).with_context(|| file.display().to_string())?;
        let name = services.add_branding_image(&Caller::OPERATOR, field, &content).await?;
        changes.insert(field.into(), name.into());
    } else {
        changes.insert(field.into(), Value::Null);
        if !dark {
            changes.insert("darkLogo".into(), Value::Null);
        }
    }
    let document = services.change_policy(&Caller::OPERATOR, BRANDING, changes).await?;
    let logo = |field: &str| {
        let name = document.get(field).and_then(Value::as_str);
        or_dash(&name.map(|name| format!("/branding/{name}")).into_iter().collect::<Vec<_>>())
    };
    let text = fields(&[("logo", logo("logo")), ("dark logo", logo("darkLogo"))]);
    Reply::new(&document, text)
}
