//! `firstkey keys`: the keys that sign tokens.

use clap::Subcommand;

use super::output::{Reply, Table, moment};
use crate::service::Services;
use crate::service::caller::Caller;

#[derive(Debug, Subcommand)]
pub(super) enum Command {
    /// List the published keys
    List,
    /// Sign with the next keys from now on; breaks nobody, as they are published already
    Rotate,
    /// Take a compromised key out of use at once: what it signed is worth nothing from now on
    Revoke {
        /// The kid of the key
        #[arg(value_name = "KID")]
        kid: String,
    },
}

pub(super) async fn run(services: &Services, command: Command) -> anyhow::Result<Reply> {
    let keys = match command {
        Command::List => services.list_keys().await?,
        Command::Rotate => services.rotate_keys(&Caller::OPERATOR).await?,
        Command::Revoke { kid } => services.revoke_key(&Caller::OPERATOR, &kid).await?,
    };
    let headings = ["KEY", "ALGORITHM", "STATE", "MADE", "PUBLISHED UNTIL"];
    let mut table = Table::new(&headings, "There are no keys.");
    for key in &keys {
        table.row(vec![
            key.kid.clone(),
            key.alg.to_owned(),
            key.state.to_owned(),
            moment(key.created),
            key.published_until.map_or("–".into(), moment),
        ]);
    }
    Reply::list(keys, &table)
}
