//! Command `dibs admin create`, which makes the first administrator of a deployment.

use std::io::BufRead;
use std::path::PathBuf;

use accounts::services::first_administrator::{NewAdministrator, create_administrator};
use aws_config::{BehaviorVersion, Region};
use clap::Args;
use domain::accounts::{Email, Name, Password};
use domain::{Error, Result, Timestamp};
use store::schema::{QUEUES, TABLES};
use store::{Names, Store};

use crate::engine::{self, Engines};
use crate::stack::PREFIX;

/// Description of the command for its help.
pub const ABOUT: &str = "\
Create the account of the first administrator, and print a token with which its owner chooses a password

The token works once, within an hour, with `POST /api/v1/auth/password/reset`. Without --data and --dynamodb-endpoint the
command writes to the table <prefix>-accounts with the AWS credentials of the shell, which need `dynamodb:GetItem` and
`dynamodb:PutItem` on it. The audit of the account names the shell and the reason.";

/// Options of `dibs admin create`.
#[derive(Args)]
pub struct Create {
    /// E-mail address of the administrator; it counts as confirmed
    #[arg(long)]
    email: String,
    /// Name of the person, 2 to 100 characters
    #[arg(long, default_value = "Administrator")]
    name: String,
    /// Reason to record in the audit
    #[arg(long, default_value = "first administrator")]
    reason: String,
    /// Read the password from standard input, one line, in place of printing a token
    #[arg(long)]
    password_stdin: bool,
    /// Create the account although there are administrators
    #[arg(long)]
    force: bool,
    #[command(flatten)]
    target: Target,
}

#[derive(Args)]
struct Target {
    /// Data file of a local stack that is not running
    #[arg(long, value_name = "FILE", conflicts_with_all = ["dynamodb_endpoint", "prefix", "region"])]
    data: Option<PathBuf>,
    /// URL of the engines of a running local stack (`dibs up --engines 127.0.0.1:8000`)
    #[arg(long, value_name = "URL", conflicts_with_all = ["prefix", "region"])]
    dynamodb_endpoint: Option<String>,
    /// Prefix of the names of a deployment, such as `dibs-prod`
    #[arg(long, required_unless_present_any = ["data", "dynamodb_endpoint"])]
    prefix: Option<String>,
    /// AWS region of the deployment; without it that of the environment
    #[arg(long, requires = "prefix")]
    region: Option<String>,
}

impl Target {
    async fn store(&self) -> Result<Store> {
        let Some(prefix) = &self.prefix else {
            let engines = Engines::open(&engine::Options {
                dynamodb_endpoint: self.dynamodb_endpoint.clone(),
                sqs_endpoint: None,
                data: self.data.clone(),
            })
            .await?;
            let deployed = engines.create(PREFIX, TABLES, QUEUES).await?;
            return Ok(Store::new(engines.dynamo_client, engines.sqs_client, deployed.names()));
        };
        let tables = |variable: &str| {
            let table = TABLES.iter().find(|table| table.variable() == variable)?;
            Some(format!("{prefix}-{}", table.name))
        };
        let mut shell = aws_config::defaults(BehaviorVersion::latest());
        if let Some(region) = &self.region {
            shell = shell.region(Region::new(region.clone()));
        }
        let shell = shell.load().await;
        let (dynamo, sqs) = (aws_sdk_dynamodb::Client::new(&shell), aws_sdk_sqs::Client::new(&shell));
        Ok(Store::new(dynamo, sqs, Names::from_lookup(tables)))
    }
}

/// Creates the administrator and returns what to print.
///
/// # Errors
/// A sentence that names the option that is invalid; any error of [`create_administrator`].
pub async fn create(options: &Create, now: Timestamp) -> Result<String> {
    let invalid = |option: &'static str, what: &str| Error::invalid_field(option, what);
    let asked = NewAdministrator {
        email: Email::parse(&options.email).ok_or_else(|| invalid("--email", "is not an e-mail address"))?,
        name: Name::parse(&options.name).ok_or_else(|| invalid("--name", "must have 2 to 100 characters"))?,
        password: options.password_stdin.then(read_password).transpose()?,
        reason: options.reason.clone(),
        force: options.force,
    };
    let store = options.target.store().await?;
    let made = create_administrator(&store, &asked, now, rand::random::<u128>).await?;
    let account = format!("{} is an administrator: {}", options.email, made.id);
    Ok(match made.token {
        None => account,
        Some(token) => format!(
            "{account}\n\nSet its password within an hour:\n\n  curl <API>/auth/password/reset --json \
             '{{\"token\": \"{}\", \"password\": \"…\"}}'",
            token.expose()
        ),
    })
}

/// Reads one line, so that no password is among the arguments, which other users of a machine see.
fn read_password() -> Result<Password> {
    let mut line = String::new();
    std::io::stdin().lock().read_line(&mut line).map_err(Error::internal)?;
    let password = line.trim_end_matches(['\r', '\n']);
    Password::parse(password).ok_or_else(|| Error::invalid_field("password", "must have 8 to 100 characters"))
}
