//! The `firstkey` command.

use std::process::ExitCode;

use clap::Parser;
use firstkey::cli::{self, Cli};

#[tokio::main]
async fn main() -> ExitCode {
    cli::main(Cli::parse()).await
}
