//! The `firstkey` command.

use std::process::ExitCode;

use clap::Parser;
use firstkey::cli::{self, Cli};
use mimalloc::MiMalloc;

/// Gives back what Argon2 took, 19 MiB each time; the C library's keeps it, once for each thread.
#[global_allocator]
static ALLOCATOR: MiMalloc = MiMalloc;

#[tokio::main]
async fn main() -> ExitCode {
    cli::main(Cli::parse()).await
}
