//! `firstkey attestation-root`: which makers are trusted to vouch for keys.
// Comments on arguments are help texts, which a terminal shows as they are.
#![allow(clippy::doc_markdown, reason = "clap prints these comments as they are")]

use std::path::{Path, PathBuf};

use anyhow::Context;
use clap::Subcommand;
use uuid::Uuid;

use super::output::{Reply, Table, fields, or_dash};
use super::parse_as;
use crate::domain::attestation::{Format, Root, Source};
use crate::service::Services;
use crate::service::caller::Caller;

#[derive(Debug, Subcommand)]
pub(super) enum Command {
    /// List the makers' certificates that attestations may lead to
    List,
    /// Trust a maker's certificate
    Add {
        /// A file with one certificate in PEM
        file: PathBuf,
        /// A format that it vouches in, such as packed; may be given several times; none: any
        #[arg(long = "format", value_parser = parse_as::<Format>)]
        formats: Vec<Format>,
        /// The AAGUID of a model that it vouches for; may be given several times; none: any
        #[arg(long = "model", value_name = "AAGUID")]
        models: Vec<Uuid>,
    },
    /// Trust a certificate no more
    Rm {
        /// Its thumbprint, or the first 8 characters of it or more
        id: String,
    },
    /// Take makers' certificates from the file of the FIDO Metadata Service
    Import {
        /// The file, as mds3.fidoalliance.org gives it
        file: PathBuf,
        /// A certificate in PEM that the file's signer leads to, in place of the service's own
        #[arg(long)]
        root: Option<PathBuf>,
    },
}

fn read(file: &Path) -> anyhow::Result<String> {
    std::fs::read_to_string(file).with_context(|| file.display().to_string())
}

pub(super) async fn run(services: &Services, command: Command) -> anyhow::Result<Reply> {
    match command {
        Command::List => {
            let roots = services.list_attestation_roots().await?;
            let headings = ["THUMBPRINT", "NAME", "FORMATS", "MODELS", "FROM", "TRUSTED"];
            let mut table = Table::new(&headings, "There are no roots.");
            for listed in &roots {
                let root = &listed.root;
                let models = root.models.len();
                table.row(vec![
                    root.id[..16].to_owned(),
                    root.name.clone(),
                    formats(root),
                    if models == 0 { "any".to_owned() } else { models.to_string() },
                    from(root.source).to_owned(),
                    match (root.trusted, listed.in_time) {
                        (true, true) => "yes",
                        (true, false) => "no, expired",
                        (false, _) => "no",
                    }
                    .to_owned(),
                ]);
            }
            Reply::list(roots, &table)
        }
        Command::Add { file, formats, models } => {
            let pem = read(&file)?;
            let caller = &Caller::OPERATOR;
            let root = services.add_attestation_root(caller, &pem, &formats, models).await?;
            describe(&root)
        }
        Command::Rm { id } => {
            describe(&services.remove_attestation_root(&Caller::OPERATOR, &id).await?)
        }
        Command::Import { file, root } => {
            let (blob, root) = (read(&file)?, root.as_deref().map(read).transpose()?);
            let caller = &Caller::OPERATOR;
            let imported =
                services.import_attestation_metadata(caller, &blob, root.as_deref()).await?;
            let text = fields(&[
                ("edition", imported.serial.to_string()),
                ("next update", imported.next_update.clone()),
                ("models", imported.models.to_string()),
                ("roots", imported.roots.to_string()),
                ("not trusted", imported.compromised.len().to_string()),
                ("unreadable", imported.unreadable.to_string()),
            ]);
            let old =
                imported.is_outdated.then(|| "There should be a newer edition by now.".into());
            Ok(Reply::new(&imported, text)?.warn(old))
        }
    }
}

fn formats(root: &Root) -> String {
    let names: Vec<_> = root.formats.iter().map(|it| it.name().to_owned()).collect();
    if names.is_empty() { "any".into() } else { names.join(", ") }
}

fn from(source: Source) -> &'static str {
    match source {
        Source::BuiltIn => "Firstkey",
        Source::Operator => "operator",
        Source::Metadata => "metadata",
    }
}

fn describe(root: &Root) -> anyhow::Result<Reply> {
    let models: Vec<_> = root.models.iter().map(ToString::to_string).collect();
    let text = fields(&[
        ("thumbprint", root.id.clone()),
        ("name", root.name.clone()),
        ("formats", formats(root)),
        ("models", or_dash(&models)),
        ("from", from(root.source).to_owned()),
    ]);
    Reply::new(root, text)
}
