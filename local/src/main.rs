//! Command-line tool `dibs`, which runs the whole system on one machine.

use std::net::SocketAddr;
use std::path::PathBuf;
use std::time::Instant;

use clap::{Args, Parser, Subcommand};
use config::Settings;
use dibs::engine::{self, Engines};
use dibs::event_sources::redrive;
use dibs::functions::functions;
use dibs::hosts::{Hosts, answering_to, host_name};
use dibs::reindex::reindex_reviews;
use dibs::stack::PREFIX;
use dibs::{Options, Stack, admin, audit, crowd, demo, front, listen_addresses, load_test, routes, schema};
use domain::{Code, Error, Result};
use indicatif::{ProgressBar, ProgressStyle};
use store::schema::{QUEUES, TABLES};
use store::{Aws, Store};
use tokio::sync::watch;

/// Run dibs, which allocates scarce things to many users, on this machine in one process
#[derive(Parser)]
#[command(version, about)]
struct Command {
    #[command(subcommand)]
    what: Option<What>,
    #[command(flatten)]
    up: Up,
}

#[derive(Subcommand)]
enum What {
    /// Start the local stack (default command)
    Up(Up),
    /// Move the messages of a dead-letter queue back to their queue
    ///
    /// Example: `dibs redrive grants`. The stack must serve its engines (`dibs up --engines 127.0.0.1:8000`).
    Redrive(Redrive),
    /// Add requests in review from an earlier version to the operators' worklist
    ///
    /// Run it once after an upgrade, with the environment of a function: `AWS_REGION`, credentials and
    /// `TABLE_REWARDS`. A repeat is safe.
    ReindexReviews,
    /// Verify exports of the audit
    #[command(subcommand)]
    Audit(audit::Command),
    /// Create administrators of a deployment
    #[command(subcommand)]
    Admin(Admin),
    /// Run a load test over HTTP, and check that exactly the stock was given out
    #[command(long_about = load_test::ABOUT)]
    Rush(load_test::Options),
    /// Print the OpenAPI document that the routes define
    Openapi,
    /// Print all Lambda functions as a JSON list
    ///
    /// Each entry has the function's name and either its API Gateway routes with their access, or the queue,
    /// stream or schedule that calls it.
    Functions,
    /// Print the definitions of all tables and queues as JSON, from which Terraform creates them
    Schema,
}

#[derive(Subcommand)]
enum Admin {
    /// Create the account of the first administrator
    #[command(long_about = admin::ABOUT)]
    Create(admin::Create),
}

#[derive(Args)]
struct Up {
    /// Address to listen on for HTTP; an address that other machines can reach needs --expose
    #[arg(long, default_value = "127.0.0.1:8080")]
    listen: SocketAddr,
    /// Accept requests to this host name or IP address too (repeatable)
    ///
    /// Requests whose `Host` is neither a loopback name nor given here get 421.
    #[arg(long, value_name = "NAME", value_parser = host_name)]
    host: Vec<String>,
    /// Allow addresses that other machines can reach
    ///
    /// Other machines can then sign in as the demo administrator, control the fakes and report payments,
    /// because the passwords and secrets of a local stack are public.
    #[arg(long)]
    expose: bool,
    /// File that keeps the data between starts; without it, data is kept in memory
    #[arg(long, value_name = "FILE")]
    data: Option<PathBuf>,
    /// Write demo accounts and events into an empty store
    #[arg(long, default_value_t = true, action = clap::ArgAction::Set, num_args = 0..=1, default_missing_value = "true")]
    demo: bool,
    /// Address on which to serve the embedded DynamoDB and SQS, for the AWS CLI and `cargo lambda`; every
    /// client that reaches it has full access
    #[arg(long, value_name = "ADDRESS")]
    engines: Option<SocketAddr>,
    /// File to write the environment of functions outside this process to
    #[arg(long, value_name = "FILE", requires = "engines")]
    env_file: Option<PathBuf>,
    #[command(flatten)]
    outside: Outside,
}

/// Advice to the user when nothing answers at the given DynamoDB endpoint.
const DYNAMODB_WAY_OUT: &str = "start a DynamoDB there, name another by --dynamodb-endpoint, or leave out the option and \
    AWS_ENDPOINT_URL_DYNAMODB to use the embedded one";
/// Advice to the user when nothing answers at the given SQS endpoint.
const SQS_WAY_OUT: &str = "start an SQS there, name another by --sqs-endpoint, or leave out the option and \
    AWS_ENDPOINT_URL_SQS to use the embedded one";

#[derive(Args)]
struct Outside {
    /// URL of an outside DynamoDB, in place of the embedded one
    #[arg(long, env = "AWS_ENDPOINT_URL_DYNAMODB", value_name = "URL")]
    dynamodb_endpoint: Option<String>,
    /// URL of an outside SQS, in place of the embedded one
    #[arg(long, env = "AWS_ENDPOINT_URL_SQS", value_name = "URL")]
    sqs_endpoint: Option<String>,
}

impl Outside {
    /// Returns the given endpoints, each with the name of its service and the advice for when nothing answers
    /// there.
    fn given(&self) -> impl Iterator<Item = (&'static str, &str, &'static str)> {
        let dynamodb = self.dynamodb_endpoint.as_deref().map(|url| ("a DynamoDB", url, DYNAMODB_WAY_OUT));
        let sqs = self.sqs_endpoint.as_deref().map(|url| ("an SQS", url, SQS_WAY_OUT));
        dynamodb.into_iter().chain(sqs)
    }

    /// Checks that each given endpoint accepts connections.
    async fn check(&self) -> Result<()> {
        for (service, url, way_out) in self.given() {
            listen_addresses::check_answers(service, url, way_out).await?;
        }
        Ok(())
    }

    /// Returns the error message for the case that tables and queues could not be created at the given
    /// endpoints. With the embedded engines alone, this is `error` itself.
    fn explain(&self, error: Error) -> Error {
        let given: Vec<String> =
            self.given().map(|(service, url, _)| format!("{url} as {service}")).collect();
        if given.is_empty() {
            return error;
        }
        tracing::info!(cause = error.cause(), "tables and queues cannot be made");
        let ways_out: Vec<&str> = self.given().map(|(_, _, way_out)| way_out).collect();
        Error::internal(format!(
            "Tables and queues cannot be made with {}: {}. DIBS_LOG=info shows what was answered.",
            given.join(" and "),
            ways_out.join("; ")
        ))
    }
}

#[derive(Args)]
struct Redrive {
    /// Queue to redrive: grants, activities, reservations, rooms, holds, orders or outbox
    queue: String,
    /// URL of the engines that the stack serves (`dibs up --engines 127.0.0.1:8000`)
    #[arg(long, env = "AWS_ENDPOINT_URL_SQS", default_value = "http://127.0.0.1:8000", value_name = "URL")]
    sqs_endpoint: String,
}

#[tokio::main]
async fn main() -> std::process::ExitCode {
    let filter = tracing_subscriber::EnvFilter::try_from_env("DIBS_LOG").unwrap_or_else(|_| "warn".into());
    tracing_subscriber::fmt().with_env_filter(filter).with_writer(std::io::stderr).init();
    let command = Command::parse();
    let outcome = match command.what {
        None => up(command.up).await,
        Some(What::Up(options)) => up(options).await,
        Some(What::Redrive(options)) => send_again(&options).await,
        Some(What::ReindexReviews) => reindex().await,
        Some(What::Audit(audit::Command::Verify(options))) => options.run().map(|report| say(&report)),
        Some(What::Admin(Admin::Create(options))) => create_administrator(&options).await,
        Some(What::Rush(options)) => race(&options).await,
        Some(What::Openapi) => {
            say(routes::document().trim_end());
            Ok(())
        }
        Some(What::Schema) => {
            say(schema::document().trim_end());
            Ok(())
        }
        Some(What::Functions) => {
            serde_json::to_string_pretty(&functions()).map(|list| say(&list)).map_err(Error::internal)
        }
    };
    match outcome {
        Ok(()) => std::process::ExitCode::SUCCESS,
        Err(error) => {
            eprintln!("dibs: {}", message_of(&error));
            std::process::ExitCode::FAILURE
        }
    }
}

/// Returns the error message for the terminal. Unlike the API, the tool shows internal causes, because the
/// system belongs to its user.
fn message_of(error: &Error) -> String {
    match error.cause() {
        Some(cause) if error.code == Code::InternalError => cause.to_string(),
        Some(cause) => format!("{} ({cause})", error.message),
        None => error.message.to_string(),
    }
}

async fn up(options: Up) -> Result<()> {
    let began = Instant::now();
    listen_addresses::check_reach("--listen", options.listen, options.expose)?;
    if let Some(address) = options.engines {
        listen_addresses::check_reach("--engines", address, options.expose)?;
    }
    let progress = ProgressBar::new_spinner().with_style(ProgressStyle::default_spinner());
    progress.set_message("starting the engines, the tables and the queues");
    let listener = listen_addresses::bind("--listen", options.listen).await?;
    let bound = listener.local_addr().map_err(Error::internal)?;
    let address = format!("http://{}", listen_addresses::own(bound));
    options.outside.check().await?;
    let stack = Stack::start(&Options {
        engines: engine::Options {
            dynamodb_endpoint: options.outside.dynamodb_endpoint.clone(),
            sqs_endpoint: options.outside.sqs_endpoint.clone(),
            data: options.data.clone(),
        },
        fakes_at: address.clone(),
        // Browsers call a local stack over plain HTTP, and some of them drop secure cookies then.
        settings: Settings { plain_cookies: true, ..Settings::default() },
        ..Options::default()
    })
    .await
    .map_err(|error| options.outside.explain(error))?;
    if options.demo && demo::is_wanted(&stack.app).await? {
        progress.set_message("putting the demo in");
        demo::seed(&stack.app).await?;
    }
    if options.data.is_some() {
        // An earlier version without a worklist of reviews may have written the data file.
        reindex_reviews(stack.app.store()).await?;
    }
    let (stop, stopping) = watch::channel(false);
    let engines = serve_engines(&stack, &options, &stopping).await?;
    if let (Some(file), Some(engines)) = (&options.env_file, &engines) {
        write_environment(&stack, file, engines, &address)?;
    }
    progress.finish_and_clear();
    announce(&options, &address, engines.as_deref(), began);
    let router = answering_to(Hosts::new(bound, &options.host), stack.router());
    let front = tokio::spawn(front::serve(listener, router, stopped(stopping)));
    tokio::signal::ctrl_c().await.map_err(Error::internal)?;
    eprintln!("finishing what is in flight");
    stop.send_replace(true);
    front.await.map_err(Error::internal)??;
    stack.stop().await;
    Ok(())
}

async fn reindex() -> Result<()> {
    let count = reindex_reviews(&Store::from_env(&Aws::from_env())).await?;
    say(&format!("{count} requests in review are in the worklist"));
    Ok(())
}

async fn create_administrator(options: &admin::Create) -> Result<()> {
    let now = domain::Timestamp::from_millis(jiff::Timestamp::now().as_millisecond());
    say(&admin::create(options, now).await?);
    Ok(())
}

async fn stopped(mut stopping: watch::Receiver<bool>) {
    // The sender is dropped only when the process ends, which is a reason to stop too.
    drop(stopping.wait_for(|stop| *stop).await);
}

async fn serve_engines(
    stack: &Stack,
    options: &Up,
    stopping: &watch::Receiver<bool>,
) -> Result<Option<String>> {
    let engines = &stack.engines;
    let (Some(address), Some(dynamo), Some(sqs)) = (options.engines, &engines.dynamo, &engines.sqs) else {
        return Ok(None);
    };
    let listener = listen_addresses::bind("--engines", address).await?;
    let bound = listener.local_addr().map_err(Error::internal)?;
    let hosts = Hosts::new(bound, &options.host);
    tokio::spawn(engine::serve(listener, dynamo.clone(), sqs.clone(), hosts, stopped(stopping.clone())));
    Ok(Some(format!("http://{}", listen_addresses::own(bound))))
}

fn write_environment(stack: &Stack, file: &PathBuf, engines: &str, address: &str) -> Result<()> {
    use std::io::Write;
    use std::os::unix::fs::{OpenOptionsExt, PermissionsExt};
    // Quoted, so that a shell can read the file. No value contains a single quote.
    let lines: String = stack
        .environment(engines, address)
        .iter()
        .map(|(name, value)| format!("{name}='{value}'\n"))
        .collect();
    let failed = |error: std::io::Error| {
        Error::internal(format!("The environment cannot be written to {}: {error}.", file.display()))
    };
    if let Some(directory) = file.parent() {
        std::fs::create_dir_all(directory).map_err(failed)?;
    }
    let mut options = std::fs::OpenOptions::new();
    let opened = options.write(true).create(true).truncate(true).mode(0o600).open(file);
    let written = opened.and_then(|mut file| {
        // A file that existed before would otherwise keep its mode.
        file.set_permissions(std::fs::Permissions::from_mode(0o600))?;
        file.write_all(lines.as_bytes())
    });
    written.map_err(failed)
}

fn announce(options: &Up, address: &str, engines: Option<&str>, began: Instant) {
    let data =
        options.data.as_ref().map_or_else(|| "in memory".to_owned(), |file| file.display().to_string());
    let mut lines = vec![
        format!("dibs is ready after {} ms", began.elapsed().as_millis()),
        String::new(),
        format!("  shop       {address}/"),
        format!("  console    {address}/console"),
        format!("  API        {address}/api/v1"),
        format!("  live       {}/ws", address.replacen("http", "ws", 1)),
        format!("  try it     {address}/api/v1/docs"),
        format!("  health     {address}/api/v1/health"),
        format!(
            "  fakes      {address}/_standins/{{condition,fulfilment,provider,platform,events,mails,crowd}}"
        ),
    ];
    lines.extend(engines.map(|engines| format!("  engines    {engines} (DynamoDB and SQS)")));
    lines.push(format!("  data       {data}"));
    if options.demo {
        lines.push(format!("\n  sign in as, with the password {}:", demo::PASSWORD));
        lines.extend(demo::ACCOUNTS.map(|(_, email, _, role)| format!("    {email:<20} {}", role.as_ref())));
    }
    if options.expose {
        lines.push(format!("\n  {}", listen_addresses::WHAT_IS_OPEN));
    }
    lines.push("\n  Ctrl-C finishes what is in flight and ends.".to_owned());
    say(&lines.join("\n"));
}

/// Prints `text` to standard output. A closed pipe is ignored.
fn say(text: &str) {
    use std::io::Write;
    drop(writeln!(std::io::stdout(), "{text}"));
}

async fn race(options: &load_test::Options) -> Result<()> {
    let style = ProgressStyle::with_template("{msg:<20} {wide_bar} {pos}/{len}").map_err(Error::internal)?;
    let progress = ProgressBar::new(options.buyers.into()).with_style(style);
    if options.demo {
        let summary = crowd::follow::run(options.running.url.as_deref(), &progress).await;
        progress.finish_and_clear();
        say(&summary?);
        return Ok(());
    }
    let report = load_test::run(options, &progress).await;
    progress.finish_and_clear();
    let report = report?;
    say(report.to_string().trim_end());
    report.verdict()
}

async fn send_again(options: &Redrive) -> Result<()> {
    let queue = QUEUES.iter().find(|queue| queue.name == options.queue).ok_or_else(|| {
        let known: Vec<&str> = QUEUES.iter().map(|queue| queue.name).collect();
        let name = &options.queue;
        Error::refused(Code::NotFound, format!("There is no queue {name:?}; there are {}.", known.join(", ")))
    })?;
    let start =
        "start the stack with `dibs --engines 127.0.0.1:8000`, or name another with --sqs-endpoint URL";
    listen_addresses::check_answers("an SQS", &options.sqs_endpoint, start).await?;
    let endpoint = Some(options.sqs_endpoint.clone());
    let engines = Engines::open(&engine::Options {
        dynamodb_endpoint: endpoint.clone(),
        sqs_endpoint: endpoint,
        data: None,
    })
    .await?;
    let deployed = engines.create(PREFIX, &TABLES[..0], &[queue]).await?;
    let moved = redrive(&engines, &deployed, queue).await?;
    say(&format!("{moved} sent again from {PREFIX}-{}-dlq", queue.name));
    Ok(())
}
