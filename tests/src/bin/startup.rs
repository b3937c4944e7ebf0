//! Measures the startup time of functions: `cargo run -p dibs-tests --bin startup -- rewards-claim-reward`.
//! It is the time from the start of the process to the first request for an event from Lambda's runtime API.
//! The baseline is a function that does nothing (tests/hello), built in the same way. Secrets come from the
//! environment here; on AWS, a function with a secret waits for one call of Secrets Manager as well.
//! Where valgrind is installed, its tool callgrind counts the instructions of a start, which other load of the
//! machine does not change.

use std::collections::BTreeMap;
use std::io::{Error, Read, Result};
use std::net::{TcpListener, TcpStream};
use std::path::{Path, PathBuf};
use std::process::{Child, Command, ExitCode, Stdio};
use std::time::{Duration, Instant};

use clap::Parser;
use local::routes::DOMAINS;
use local::{Options, Stack};
use serde_json::Value;

/// Baseline function of the comparison.
const HELLO: &str = "hello";
/// Maximum ratio between the startup times of a function and of the baseline.
const RATIO_MAX: f64 = 3.0;
/// Maximum waiting time for the first request.
const START_MAX: Duration = Duration::from_secs(10);
/// Maximum waiting time for the first request under callgrind, which runs a program some fifty times slower.
const COUNTED_START_MAX: Duration = Duration::from_secs(120);
/// Number of starts of which the median of the instructions is taken. Schemas are compiled on a second thread,
/// so a single start may end before or after that is done.
const COUNTED_STARTS: usize = 5;
/// First bytes of the request with which a function asks Lambda's runtime API for its next event.
const ASKS: &[u8] = b"GET /2018-06-01/runtime/invocation/next";

/// Measure the startup time of functions
#[derive(Parser)]
struct Arguments {
    /// Functions to measure, by the names of their binaries
    #[arg(default_value = "rewards-claim-reward")]
    functions: Vec<String>,
    /// Cargo profile to build them with
    #[arg(long, default_value = "dist")]
    profile: String,
    /// Number of starts per function
    #[arg(long, default_value_t = 20, value_parser = clap::value_parser!(u32).range(1..))]
    runs: u32,
}

#[tokio::main]
async fn main() -> ExitCode {
    match measure(&Arguments::parse()).await {
        Ok(true) => ExitCode::SUCCESS,
        Ok(false) => ExitCode::FAILURE,
        Err(error) => {
            eprintln!("startup: {error}");
            ExitCode::FAILURE
        }
    }
}

/// Measures each function. Returns `true` if every median is less than [`RATIO_MAX`] times that of the
/// baseline.
async fn measure(arguments: &Arguments) -> Result<bool> {
    let binaries = build(arguments)?;
    let environment = environment().await?;
    let mut enough = true;
    let counts = has_valgrind();
    if !counts {
        println!("valgrind is not installed: instructions are not counted");
    }
    println!(
        "{:<32} {:>10} {:>8} {:>16} {:>12}",
        "median of the starts", "ms", "ratio", "instructions", "bytes"
    );
    for function in &arguments.functions {
        let (hello, binary) = (find(&binaries, HELLO)?, find(&binaries, binary_of(function))?);
        let (mut base, mut own) = (Vec::new(), Vec::new());
        for _ in 0..arguments.runs {
            // The starts alternate, so that other load of the machine affects both functions equally.
            base.push(start(hello, HELLO, &environment)?);
            own.push(start(binary, function, &environment)?);
        }
        let (base, own) = (median(base), median(own));
        let ratio = own.as_secs_f64() / base.as_secs_f64();
        let count = |binary: &Path, name: &str| match counts {
            true => {
                let starts = (0..COUNTED_STARTS).map(|_| count_instructions(binary, name, &environment));
                starts.collect::<Result<Vec<_>>>().map(|counts| Some(median(counts)))
            }
            false => Ok(None),
        };
        print_row(HELLO, base, 1.0, count(hello, HELLO)?, hello)?;
        print_row(function, own, ratio, count(binary, function)?, binary)?;
        enough &= ratio < RATIO_MAX;
    }
    if !enough {
        println!("a function takes {RATIO_MAX} times as long as {HELLO}, or longer");
    }
    Ok(enough)
}

/// Prints the row of a function. `instructions` is `None` where they are not counted.
fn print_row(name: &str, took: Duration, ratio: f64, instructions: Option<u64>, binary: &Path) -> Result<()> {
    let bytes = std::fs::metadata(binary)?.len();
    let instructions = instructions.map_or_else(|| "-".to_owned(), |count| count.to_string());
    println!("{name:<32} {:>10.2} {ratio:>8.2} {instructions:>16} {bytes:>12}", took.as_secs_f64() * 1000.0);
    Ok(())
}

/// Returns `true` if valgrind can be started.
fn has_valgrind() -> bool {
    let mut version = Command::new("valgrind");
    version.arg("--version").stdout(Stdio::null()).stderr(Stdio::null());
    version.status().is_ok_and(|status| status.success())
}

/// Builds the functions and the baseline as they are deployed, with the features that the functions' crates
/// select.
fn build(arguments: &Arguments) -> Result<BTreeMap<String, PathBuf>> {
    let mut cargo = Command::new(env!("CARGO"));
    cargo.args(["build", "--profile", &arguments.profile, "--message-format", "json-render-diagnostics"]);
    cargo.current_dir(env!("CARGO_MANIFEST_DIR")).stderr(Stdio::inherit());
    for package in ["dibs-hello".to_owned()].into_iter().chain(packages()?) {
        cargo.args(["--package", &package]);
    }
    for binary in arguments.functions.iter().map(|function| binary_of(function)).chain([HELLO]) {
        cargo.args(["--bin", binary]);
    }
    let output = cargo.output()?;
    if !output.status.success() {
        return Err(Error::other("the functions do not build"));
    }
    let messages = String::from_utf8_lossy(&output.stdout);
    let executable = |line: &str| {
        let message: Value = serde_json::from_str(line).ok()?;
        let path = PathBuf::from(message["executable"].as_str()?);
        Some((message["target"]["name"].as_str()?.to_owned(), path))
    };
    Ok(messages.lines().filter_map(executable).collect())
}

/// Returns the names of the functions' crates.
fn packages() -> Result<Vec<String>> {
    let folder = Path::new(concat!(env!("CARGO_MANIFEST_DIR"), "/../functions"));
    let domains = std::fs::read_dir(folder)?.collect::<Result<Vec<_>>>()?;
    Ok(domains
        .iter()
        .map(|domain| format!("dibs-{}", domain.file_name().to_string_lossy().replace('_', "-")))
        .collect())
}

/// Returns the binary that serves `function`: the one of its domain.
fn binary_of(function: &str) -> &str {
    let domain = DOMAINS.iter().find(|domain| function.starts_with(&format!("{}-", domain.name)));
    domain.map_or(function, |domain| domain.name)
}

fn find<'a>(binaries: &'a BTreeMap<String, PathBuf>, name: &str) -> Result<&'a PathBuf> {
    binaries.get(name).ok_or_else(|| Error::other(format!("there is no binary {name}")))
}

/// Returns the environment variables of a function on Lambda.
async fn environment() -> Result<BTreeMap<String, String>> {
    let stack = Stack::start(&Options::default()).await.map_err(Error::other)?;
    let mut environment = stack.environment("http://127.0.0.1:9", "http://127.0.0.1:9");
    stack.stop().await;
    environment.retain(|name, _| !name.starts_with("AWS_ENDPOINT_URL"));
    environment.insert("AWS_LAMBDA_FUNCTION_VERSION".to_owned(), "1".to_owned());
    environment.insert("AWS_LAMBDA_FUNCTION_MEMORY_SIZE".to_owned(), "256".to_owned());
    Ok(environment)
}

/// Starts `binary`, kills it at its first request for an event, and returns the time between start and
/// request.
fn start(binary: &Path, function: &str, environment: &BTreeMap<String, String>) -> Result<Duration> {
    let listener = TcpListener::bind("127.0.0.1:0")?;
    let mut command = command(Command::new(binary), function, environment, &listener)?;
    let began = Instant::now();
    let mut child = command.spawn()?;
    let connection = wait_for_request(&listener, &mut child, START_MAX);
    let took = began.elapsed();
    child.kill()?;
    child.wait()?;
    connection.map(|_| took)
}

/// Returns the number of instructions that `binary` takes from its start to its first request for an event.
fn count_instructions(binary: &Path, function: &str, environment: &BTreeMap<String, String>) -> Result<u64> {
    let listener = TcpListener::bind("127.0.0.1:0")?;
    let mut callgrind = Command::new("valgrind");
    callgrind.args(["--tool=callgrind", "--callgrind-out-file=/dev/null"]).arg(binary);
    let mut child = command(callgrind, function, environment, &listener)?.stderr(Stdio::piped()).spawn()?;
    let connection = wait_for_request(&listener, &mut child, COUNTED_START_MAX);
    // Callgrind prints its count when the program ends, but not when it is killed.
    Command::new("kill").arg(child.id().to_string()).status()?;
    let output = child.wait_with_output()?;
    connection?;
    let printed = String::from_utf8_lossy(&output.stderr);
    let count = printed.lines().find_map(|line| line.split_once("Collected : ")?.1.trim().parse().ok());
    count.ok_or_else(|| Error::other(format!("callgrind printed no count: {printed}")))
}

/// Returns `program` with the environment of `function`, whose runtime API is `listener`.
fn command(
    mut program: Command,
    function: &str,
    environment: &BTreeMap<String, String>,
    listener: &TcpListener,
) -> Result<Command> {
    program.env_clear().envs(environment).stdin(Stdio::null()).stdout(Stdio::null());
    program.env("AWS_LAMBDA_RUNTIME_API", listener.local_addr()?.to_string());
    program.env("AWS_LAMBDA_FUNCTION_NAME", function).env("_HANDLER", function);
    Ok(program)
}

/// Waits until the function asks for its first event, and returns the connection on which it waits for the answer.
/// Fails after `patience`, or if it exits before.
#[expect(
    clippy::disallowed_methods,
    reason = "no runtime waits for this thread, and what is measured needs the rest"
)]
fn wait_for_request(listener: &TcpListener, child: &mut Child, patience: Duration) -> Result<TcpStream> {
    listener.set_nonblocking(true)?;
    let began = Instant::now();
    let mut connection = loop {
        match listener.accept() {
            Ok((connection, _)) => break connection,
            Err(error) if error.kind() != std::io::ErrorKind::WouldBlock => return Err(error),
            Err(_) => {}
        }
        if let Some(status) = child.try_wait()? {
            return Err(Error::other(format!("it ended by itself: {status}")));
        }
        if began.elapsed() > patience {
            return Err(Error::other("it asks for no event"));
        }
        std::thread::sleep(Duration::from_micros(50));
    };
    connection.set_nonblocking(false)?;
    connection.set_read_timeout(Some(patience))?;
    let mut head = [0; ASKS.len()];
    connection.read_exact(&mut head)?;
    if head == ASKS { Ok(connection) } else { Err(Error::other("it asked for something else than an event")) }
}

fn median<T: Copy + Ord>(mut values: Vec<T>) -> T {
    values.sort_unstable();
    values[values.len() / 2]
}
