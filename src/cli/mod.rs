//! Floor 7: the command line. One file per command; each parses its arguments, calls one service
//! and says what came of it as an `output::Reply`, for people or as JSON.

mod attestation_root;
mod audit;
mod branding;
mod client;
mod db;
mod demo;
mod device;
mod doctor;
mod group;
mod health;
mod keys;
mod output;
mod pass;
mod policy;
mod runtime;
mod serve;
mod upstream;
mod user;

use std::process::ExitCode;
use std::str::FromStr;

use clap::{Parser, Subcommand};

use crate::config::{Config, Flags};
use crate::domain::error::Invalid;
use crate::version;

use self::output::{Output, Reply};

/// An OpenID Connect provider that turns a Temporary Access Pass into passkeys.
///
/// Without a command, runs the server. To see it all at once, run: firstkey demo
#[derive(Debug, Parser)]
#[command(name = "firstkey", version = version::text(), max_term_width = 100, after_help = ENVIRONMENT)]
pub struct Cli {
    /// Print one JSON document on standard output instead of text
    #[arg(long, global = true)]
    json: bool,
    #[command(flatten, next_help_heading = "Configuration")]
    flags: Flags,
    #[command(subcommand)]
    command: Option<Command>,
}

const ENVIRONMENT: &str = "\
Every option under Configuration can also be set in the environment, as FIRSTKEY_ISSUER,
FIRSTKEY_LISTEN, FIRSTKEY_DATABASE, FIRSTKEY_SECRET_FILE, FIRSTKEY_LOG, FIRSTKEY_TLS_CERTIFICATE,
FIRSTKEY_TLS_KEY, or in the file that FIRSTKEY_CONFIG names. Options win over the environment, the
environment over the file.

Exit status: 0 done, 1 failed (one line on standard error says why), 2 wrong usage.";

#[derive(Debug, Subcommand)]
enum Command {
    /// Run the server (the default)
    Serve,
    /// Try everything with throwaway data: a server, an application, people and passes
    Demo(demo::Args),
    /// People who can sign in
    #[command(subcommand)]
    User(user::Command),
    /// Groups of people
    #[command(subcommand)]
    Group(group::Command),
    /// Temporary Access Passes
    #[command(subcommand)]
    Pass(pass::Command),
    /// Applications that people sign in to
    #[command(subcommand)]
    Client(client::Command),
    /// Devices that people have set up, and the one that this runs on
    #[command(subcommand)]
    Device(device::Command),
    /// Providers that say who somebody is until they have a key
    #[command(subcommand)]
    Upstream(upstream::Command),
    /// What the organisation decides
    #[command(subcommand)]
    Policy(policy::Command),
    /// The logo; name, colour and help are fields of the policy Branding
    #[command(subcommand)]
    Branding(branding::Command),
    /// Makers that are trusted to vouch for passkeys and security keys
    #[command(subcommand)]
    AttestationRoot(attestation_root::Command),
    /// The keys that sign tokens
    #[command(subcommand)]
    Keys(keys::Command),
    /// Who did what to whom
    #[command(subcommand)]
    Audit(audit::Command),
    /// Copies of the database
    #[command(subcommand)]
    Db(db::Command),
    /// Check the set-up, and say what to do about what is wrong; changes nothing
    Doctor(doctor::Args),
    /// Ask the server on this machine whether it can answer; ends with 0 or 1
    Health,
}

/// Runs one command. A failure becomes one line on standard error.
pub async fn main(cli: Cli) -> ExitCode {
    match run(cli).await {
        Ok(()) => ExitCode::SUCCESS,
        Err(error) => {
            output::complain(&format!("{error:#}"));
            if error.is::<device::Usage>() { ExitCode::from(2) } else { ExitCode::FAILURE }
        }
    }
}

async fn run(cli: Cli) -> anyhow::Result<()> {
    let Cli { flags, json, command } = cli;
    let output = Output::new(json);
    let command = match command.unwrap_or(Command::Serve) {
        Command::Serve => return serve::run(&flags, output).await,
        Command::Demo(args) => return demo::run(args, &flags, output).await,
        Command::Device(command) if command.is_of_device() => {
            runtime::start_log(flags.log.as_deref().unwrap_or("warn"))?;
            return device::run_on_device(command, &flags, output).await;
        }
        Command::Doctor(args) => {
            runtime::start_log(flags.log.as_deref().unwrap_or("off"))?;
            return doctor::run(&args, &flags, output).await;
        }
        Command::Health => {
            runtime::start_log(flags.log.as_deref().unwrap_or("off"))?;
            return health::run(&flags, output).await;
        }
        command => command,
    };
    let config = Config::load(&flags)?;
    // The server's log level would drown what a command has to say.
    runtime::start_log(flags.log.as_deref().unwrap_or("warn"))?;
    if let Command::Db(command) = command {
        return output.print(&db::run(&config, command).await?);
    }
    let services = runtime::open(&config).await?;
    let reply = match command {
        Command::User(command) => user::run(&services, command).await,
        Command::Group(command) => group::run(&services, command).await,
        Command::Pass(command) => pass::run(&services, command).await,
        Command::Client(command) => client::run(&services, command).await,
        Command::Device(command) => device::run(&services, command).await,
        Command::Upstream(command) => upstream::run(&services, command).await,
        Command::Policy(command) => policy::run(&services, command).await,
        Command::Branding(command) => branding::run(&services, command).await,
        Command::AttestationRoot(command) => attestation_root::run(&services, command).await,
        Command::Keys(command) => keys::run(&services, command).await,
        Command::Audit(command) => audit::run(&services, command).await,
        Command::Serve
        | Command::Demo(_)
        | Command::Db(_)
        | Command::Doctor(_)
        | Command::Health => Ok(Reply::empty()),
    };
    services.store.close().await;
    output.print(&reply?)
}

/// Reads an argument as the domain does; clap itself names the argument in its message.
fn parse_as<T: FromStr<Err = Invalid>>(text: &str) -> Result<T, String> {
    text.parse().map_err(|invalid: Invalid| invalid.message.english())
}

#[cfg(test)]
mod tests {
    use clap::CommandFactory;

    use super::*;

    #[test]
    fn the_command_line_is_consistent() {
        Cli::command().debug_assert();
    }

    #[test]
    fn wrong_usage_is_told_from_failure() {
        let parse = |line: &str| Cli::try_parse_from(line.split(' ')).map(|_| ());
        for good in [
            "firstkey",
            "firstkey --json --database sqlite:x.db",
            "firstkey user add ada --role globalAdministrator --role user-administrator",
            "firstkey user set ada --no-roles --disable",
            "firstkey group add-member Staff ada",
            "firstkey pass issue ada --lifetime 60 --multi --start 2030-01-01T00:00:00Z",
            "firstkey client add App --redirect-uri http://localhost/cb --public --alg ES256",
            "firstkey client add Laptops --device",
            "firstkey device join --issuer https://c.example --name X --state /tmp/x --json",
            "firstkey device token --url https://api.example/x --method POST",
            "firstkey policy set TemporaryAccessPass defaultLength=12 isUsableOnce=true",
            "firstkey upstream add contoso https://c.example --name C --client-id x --domain @c.example",
            "firstkey upstream set contoso --everybody --claim email --link-existing-by email",
            "firstkey db backup /var/backups/firstkey.db",
            "firstkey db restore firstkey.db --replace --as-is",
            "firstkey doctor --online --json",
            "firstkey health --listen [::]:8443",
            "firstkey serve --tls-certificate fullchain.pem --tls-key privkey.pem",
        ] {
            assert!(parse(good).is_ok(), "{good}");
        }
        for bad in [
            "firstkey user",
            "firstkey user add",
            "firstkey user add ada --role root",
            "firstkey user set ada",
            "firstkey user set ada --enable --disable",
            "firstkey user set ada --role globalReader --no-roles",
            "firstkey pass issue ada --once --multi",
            "firstkey pass issue ada --start tomorrow",
            "firstkey client add App --public --no-pkce",
            "firstkey client add App --id käse",
            "firstkey client add App --device --redirect-uri http://localhost/cb",
            "firstkey device token --method POST",
            "firstkey device join --client-id käse",
            "firstkey policy set TemporaryAccessPass",
            "firstkey policy set TemporaryAccessPass defaultLength",
            "firstkey upstream set contoso",
            "firstkey upstream add Contoso https://c.example --name C --client-id x --everybody",
            "firstkey upstream set contoso --domain c.example --everybody",
            "firstkey demo --port 0",
            "firstkey db backup",
            "firstkey audit list --limit 0",
        ] {
            let error = parse(bad).expect_err(bad);
            assert_eq!(error.exit_code(), 2, "{bad}");
        }
    }
}
