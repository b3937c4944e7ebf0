//! Functions as Lambda runs them: the real binaries, built by cargo. Each polls its own runtime API on this
//! machine for events.

use std::collections::{BTreeMap, HashMap};
use std::path::{Path, PathBuf};
use std::process::{ExitStatus, Stdio};
use std::sync::atomic::{AtomicU64, Ordering};
use std::sync::{Arc, Mutex, PoisonError};
use std::time::{Duration, SystemTime, UNIX_EPOCH};

use axum::Router;
use axum::body::Bytes;
use axum::extract::{self, State};
use axum::http::{HeaderMap, StatusCode};
use axum::routing::{get, post};
use tokio::io::{AsyncBufReadExt, AsyncRead, BufReader};
use tokio::net::TcpListener;
use tokio::process::{Child, Command};
use tokio::sync::{OnceCell, mpsc, oneshot};
use tokio::task::JoinHandle;

/// Binaries of the domains whose functions the tests start.
const BINARIES: [&str; 5] = ["accounts", "deals", "platform", "rewards", "wallet"];

/// Maximum waiting time for a response. It is much longer than any function takes, so that a function that
/// hangs fails its test.
const ANSWER_MAX: Duration = Duration::from_secs(30);
/// Timeout of an invocation, as reported to the function.
const FUNCTION_MAX: Duration = Duration::from_secs(30);

/// Outcome of an event.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Outcome {
    /// Response of the function, as JSON.
    Answer(String),
    /// Error that the function reported.
    Failure(String),
}

/// Running process of one function, with its runtime API.
pub struct Function {
    name: String,
    child: Child,
    events: mpsc::UnboundedSender<Event>,
    log: Log,
    readers: [JoinHandle<()>; 2],
    serving: JoinHandle<()>,
}

/// Output that a function has written so far.
#[derive(Clone, Default)]
struct Log(Arc<Mutex<String>>);

struct Event {
    payload: String,
    outcome: oneshot::Sender<Outcome>,
}

impl Function {
    /// Starts the binary `name`, with `environment` as its only environment variables.
    pub async fn start(name: &str, environment: &BTreeMap<String, String>) -> Self {
        let directory = built().await;
        let listener = TcpListener::bind("127.0.0.1:0").await.expect("a free port");
        let address = listener.local_addr().expect("the port's number");
        let (events, incoming) = mpsc::unbounded_channel();
        let serving = tokio::spawn(serve(listener, incoming));
        let mut command = Command::new(directory.join(binary(name)));
        command.env_clear();
        if name != binary(name) {
            command.env("_HANDLER", name);
        }
        let mut child = command
            .envs(environment)
            .env("AWS_LAMBDA_RUNTIME_API", address.to_string())
            .env("AWS_LAMBDA_FUNCTION_NAME", name)
            .env("AWS_LAMBDA_FUNCTION_VERSION", "$LATEST")
            .env("AWS_LAMBDA_FUNCTION_MEMORY_SIZE", "128")
            .stdin(Stdio::null())
            .stdout(Stdio::piped())
            .stderr(Stdio::piped())
            .kill_on_drop(true)
            .spawn()
            .unwrap_or_else(|error| panic!("{name} does not start: {error}"));
        let log = Log::default();
        let readers = [
            log.follow(child.stdout.take().expect("a pipe")),
            log.follow(child.stderr.take().expect("a pipe")),
        ];
        Self { name: name.to_owned(), child, events, log, readers, serving }
    }

    /// Sends an event to the function, and waits for the outcome.
    pub async fn invoke(&mut self, event: impl ToString) -> Outcome {
        let (outcome, answered) = oneshot::channel();
        self.events.send(Event { payload: event.to_string(), outcome }).expect("the runtime API is up");
        let name = &self.name;
        tokio::select! {
            // A response that was sent before the process ended counts.
            biased;
            outcome = answered => outcome.unwrap_or_else(|_| panic!("{name} gave no answer:\n{}", self.log.text())),
            ended = self.child.wait() => panic!("{name} ended ({ended:?}) over an event:\n{}", self.log.text()),
            () = tokio::time::sleep(ANSWER_MAX) => panic!("{name} gives no answer:\n{}", self.log.text()),
        }
    }

    /// Waits until the function exits by itself, and returns its exit status and its output.
    pub async fn ended(mut self) -> (ExitStatus, String) {
        let status = tokio::time::timeout(ANSWER_MAX, self.child.wait()).await;
        let status = status.unwrap_or_else(|_| panic!("{} goes on:\n{}", self.name, self.log.text()));
        for reader in &mut self.readers {
            reader.await.expect("its output is read to the end");
        }
        (status.expect("its status"), self.log.text())
    }

    /// Kills the function, and returns its output.
    pub async fn stopped(mut self) -> String {
        self.child.start_kill().expect("it can be ended");
        self.ended().await.1
    }

    /// Returns the output of the function so far.
    pub fn log(&self) -> String {
        self.log.text()
    }
}

impl Drop for Function {
    fn drop(&mut self) {
        self.serving.abort();
    }
}

impl Log {
    fn text(&self) -> String {
        self.0.lock().unwrap_or_else(PoisonError::into_inner).clone()
    }

    fn follow(&self, pipe: impl AsyncRead + Send + Unpin + 'static) -> JoinHandle<()> {
        let log = self.clone();
        tokio::spawn(async move {
            let mut lines = BufReader::new(pipe).lines();
            while let Ok(Some(line)) = lines.next_line().await {
                let mut text = log.0.lock().unwrap_or_else(PoisonError::into_inner);
                text.push_str(&line);
                text.push('\n');
            }
        })
    }
}

/// Returns the directory of the binaries, all built from the present sources.
///
/// Cargo releases its lock on the target directory before it starts a test, so a test may call cargo. The
/// whole workspace is selected, because the selection determines the features of the dependencies. These
/// features are the same as in the builds that already exist.
async fn built() -> &'static Path {
    static DIRECTORY: OnceCell<PathBuf> = OnceCell::const_new();
    DIRECTORY.get_or_init(build).await
}

async fn build() -> PathBuf {
    let test = std::env::current_exe().expect("the path of the test");
    // The path of the test is `target/<profile>/deps/<test>`.
    let directory = test.ancestors().nth(2).expect("the directory of the profile").to_owned();
    let profile = directory.file_name().and_then(|name| name.to_str()).expect("its name");
    let mut cargo = Command::new(env!("CARGO"));
    cargo.args(["build", "--offline", "--workspace", "--manifest-path"]);
    cargo.arg(Path::new(env!("CARGO_MANIFEST_DIR")).join("../Cargo.toml"));
    cargo.arg("--target-dir").arg(directory.parent().expect("the target directory"));
    cargo.args(["--profile", if profile == "debug" { "dev" } else { profile }]);
    cargo.args(BINARIES.iter().flat_map(|name| ["--bin", name]));
    let output = cargo.output().await.expect("cargo runs");
    assert!(
        output.status.success(),
        "the functions do not build:\n{}",
        String::from_utf8_lossy(&output.stderr)
    );
    directory
}

/// Returns the binary that serves the function `name`: the one whose name begins it.
fn binary(name: &str) -> &'static str {
    let serves = |binary: &&&str| name.starts_with(**binary);
    BINARIES.iter().find(serves).copied().unwrap_or_else(|| panic!("no binary of the tests serves {name}"))
}

#[derive(Clone)]
struct Api {
    incoming: Arc<tokio::sync::Mutex<mpsc::UnboundedReceiver<Event>>>,
    waiting: Arc<Mutex<HashMap<String, oneshot::Sender<Outcome>>>>,
    given: Arc<AtomicU64>,
}

async fn serve(listener: TcpListener, incoming: mpsc::UnboundedReceiver<Event>) {
    let api = Api {
        incoming: Arc::new(tokio::sync::Mutex::new(incoming)),
        waiting: Arc::default(),
        given: Arc::default(),
    };
    let router = Router::new()
        .route("/2018-06-01/runtime/invocation/next", get(next))
        .route("/2018-06-01/runtime/invocation/{request_id}/response", post(response))
        .route("/2018-06-01/runtime/invocation/{request_id}/error", post(error))
        .with_state(api);
    axum::serve(listener, router).await.expect("the runtime API serves");
}

/// Returns the next event. A function waits here until it is invoked.
async fn next(State(api): State<Api>) -> (HeaderMap, String) {
    let Some(event) = api.incoming.lock().await.recv().await else {
        // The test has ended, so no event will come.
        return std::future::pending().await;
    };
    let mut waiting = api.waiting.lock().unwrap_or_else(PoisonError::into_inner);
    let request_id = format!("8476a536-e9f4-11e8-9739-{:012}", api.given.fetch_add(1, Ordering::Relaxed));
    waiting.insert(request_id.clone(), event.outcome);
    let deadline = (SystemTime::now() + FUNCTION_MAX).duration_since(UNIX_EPOCH).expect("a time after 1970");
    let mut headers = HeaderMap::new();
    for (name, value) in [
        ("lambda-runtime-aws-request-id", request_id),
        ("lambda-runtime-deadline-ms", deadline.as_millis().to_string()),
        (
            "lambda-runtime-invoked-function-arn",
            "arn:aws:lambda:us-east-1:123456789012:function:dibs".to_owned(),
        ),
        ("lambda-runtime-trace-id", "Root=1-5bef4de7-ad49b0e87f6ef6c87fc2e700;Sampled=0".to_owned()),
        ("content-type", "application/json".to_owned()),
    ] {
        headers.insert(name, value.parse().expect("a header's value"));
    }
    (headers, event.payload)
}

async fn response(State(api): State<Api>, id: extract::Path<String>, body: Bytes) -> StatusCode {
    api.settle(&id, Outcome::Answer(String::from_utf8_lossy(&body).into_owned()))
}

async fn error(State(api): State<Api>, id: extract::Path<String>, body: Bytes) -> StatusCode {
    api.settle(&id, Outcome::Failure(String::from_utf8_lossy(&body).into_owned()))
}

impl Api {
    fn settle(&self, request_id: &str, outcome: Outcome) -> StatusCode {
        let waiting = self.waiting.lock().unwrap_or_else(PoisonError::into_inner).remove(request_id);
        match waiting {
            // The test may have stopped waiting. The function's response is still valid.
            Some(waiting) => waiting.send(outcome).map_or(StatusCode::ACCEPTED, |()| StatusCode::ACCEPTED),
            None => StatusCode::BAD_REQUEST,
        }
    }
}
