//! Real `dibs` binary as a separate process, on a data file in a temporary folder, and clients of it.

use std::collections::BTreeSet;
use std::path::{Path, PathBuf};
use std::process::Stdio;
use std::time::{Duration, Instant};

use domain::Timestamp;
use domain::accounts::Role;
use domain::ids::UserId;
use reqwest::{Client, Method};
use runtime::Tokens;
use serde_json::{Value, json};
use tokio::io::{AsyncBufReadExt, BufReader};
use tokio::process::{Child, Command};
use tokio::sync::OnceCell;

/// Maximum waiting time. A process that takes longer counts as hung.
const STUCK: Duration = Duration::from_secs(30);
const LOOK_EVERY: Duration = Duration::from_millis(20);

static BINARY: OnceCell<PathBuf> = OnceCell::const_new();

/// Builds `dibs` once, and returns the path of the binary.
async fn binary() -> &'static Path {
    BINARY.get_or_init(build).await
}

async fn build() -> PathBuf {
    let mut command = Command::new(env!("CARGO"));
    command.args(["build", "--package", "dibs", "--bin", "dibs", "--message-format", "json"]);
    command.current_dir(env!("CARGO_MANIFEST_DIR")).stderr(Stdio::null());
    let output = command.output().await.expect("cargo runs");
    assert!(
        output.status.success(),
        "cargo build -p dibs failed: {}",
        String::from_utf8_lossy(&output.stdout)
    );
    let messages = String::from_utf8(output.stdout).expect("UTF-8");
    let executable = |line: &str| {
        let message: Value = serde_json::from_str(line).ok()?;
        (message["target"]["name"] == "dibs").then(|| message["executable"].as_str().map(PathBuf::from))?
    };
    messages.lines().filter_map(executable).next_back().expect("cargo names the executable")
}

/// Temporary folder, deleted on drop.
pub struct Folder(PathBuf);

impl Folder {
    /// Creates an empty folder.
    pub fn new(name: &str) -> Self {
        let path = std::env::temp_dir().join(format!("dibs-{name}-{:08x}", rand::random::<u32>()));
        std::fs::create_dir_all(&path).expect("a folder");
        Self(path)
    }

    /// Returns the path of the data file.
    pub fn data(&self) -> PathBuf {
        self.0.join("dibs.db")
    }
}

impl Drop for Folder {
    fn drop(&mut self) {
        drop(std::fs::remove_dir_all(&self.0));
    }
}

/// Starts `dibs` with `arguments` that must prevent the start, and returns its error output.
pub async fn refused_start(arguments: &[&str]) -> String {
    let mut command = Command::new(binary().await);
    command.args(arguments).stdin(Stdio::null()).kill_on_drop(true);
    let output =
        tokio::time::timeout(STUCK, command.output()).await.expect("it ends in time").expect("dibs starts");
    assert_eq!(output.status.code(), Some(1), "{}", String::from_utf8_lossy(&output.stdout));
    String::from_utf8(output.stderr).expect("UTF-8")
}

/// Runs `dibs` with these arguments and this standard input, and returns what it prints. It must succeed.
pub async fn run(arguments: &[&str], input: &str) -> String {
    let mut command = Command::new(binary().await);
    command.args(arguments).stdin(Stdio::piped()).stdout(Stdio::piped()).kill_on_drop(true);
    let mut child = command.spawn().expect("dibs starts");
    let mut stdin = child.stdin.take().expect("its input");
    tokio::io::AsyncWriteExt::write_all(&mut stdin, input.as_bytes()).await.expect("it reads");
    drop(stdin);
    let output = tokio::time::timeout(STUCK, child.wait_with_output()).await.expect("it ends in time");
    let output = output.expect("a status");
    assert!(output.status.success(), "{arguments:?}");
    String::from_utf8(output.stdout).expect("UTF-8")
}

/// Running `dibs` process. Dropping it kills the process.
pub struct Dibs {
    /// Time from start to readiness in milliseconds, as the process itself reports it.
    pub ready_ms: u64,
    /// Time from start to the report of readiness, as the test measures it.
    pub ready: Duration,
    child: Child,
    server: Server,
    engines: Option<String>,
}

/// Base URL of a running process, and the key that signs its tokens.
#[derive(Clone)]
pub struct Server {
    base: String,
    signing_key: String,
    client: Client,
}

impl Dibs {
    /// Starts `dibs` on the data file in `folder`, with the demo data, and waits until it is ready.
    pub async fn start(folder: &Folder) -> Self {
        Self::start_with(folder, &[]).await
    }

    /// Starts `dibs` with the additional arguments `more`, and waits until it is ready.
    pub async fn start_with(folder: &Folder, more: &[&str]) -> Self {
        let data = folder.data();
        let mut command = Command::new("sh");
        // The signal SIGXFSZ is ignored, so that a write beyond the file size limit fails and does not end
        // the process.
        command.args(["-c", "trap '' XFSZ; exec \"$0\" \"$@\""]).arg(binary().await);
        command.args(["--listen", "127.0.0.1:0"]).args(more).arg("--data").arg(&data);
        command.stdout(Stdio::piped()).stdin(Stdio::null()).kill_on_drop(true);
        let began = Instant::now();
        let mut child = command.spawn().expect("dibs starts");
        let mut lines = BufReader::new(child.stdout.take().expect("its output")).lines();
        let (mut ready_ms, mut base, mut engines) = (None, None, None);
        let serves_engines = more.contains(&"--engines");
        let read = async {
            while base.is_none() || serves_engines && engines.is_none() {
                let line = lines.next_line().await.expect("UTF-8").expect("it ended before it was ready");
                if let Some(ms) = line.strip_prefix("dibs is ready after ") {
                    ready_ms = ms.trim_end_matches(" ms").parse().ok();
                }
                if let Some(address) = line.trim().strip_prefix("API") {
                    base = Some(address.trim().to_owned());
                }
                if let Some(address) = line.trim().strip_prefix("engines") {
                    engines = address.split_whitespace().next().map(str::to_owned);
                }
            }
        };
        tokio::time::timeout(STUCK, read).await.expect("it is ready in time");
        let ready = began.elapsed();
        // The output is read to the end, because a closed pipe would make the next line fail.
        tokio::spawn(async move { while let Ok(Some(_)) = lines.next_line().await {} });
        let mut key = data.into_os_string();
        key.push(".signing-key.pem");
        let signing_key = std::fs::read_to_string(key).expect("its signing key");
        let server = Server { base: base.expect("an address"), signing_key, client: Client::new() };
        Self { ready_ms: ready_ms.expect("how long it took"), ready, child, server, engines }
    }

    /// Returns the URL of the served engines.
    pub fn engines(&self) -> Option<&str> {
        self.engines.as_deref()
    }

    /// Returns the id of the process.
    pub fn process_id(&self) -> u32 {
        self.child.id().expect("it runs")
    }

    /// Returns the base URL and the signing key of the process.
    pub fn address(&self) -> Server {
        self.server.clone()
    }

    /// Returns the resident memory of the process in bytes, as the kernel counts it.
    pub fn resident_bytes(&self) -> u64 {
        let status = format!("/proc/{}/status", self.child.id().expect("it runs"));
        let status = std::fs::read_to_string(status).expect("its status");
        let line = status.lines().find_map(|line| line.strip_prefix("VmRSS:")).expect("VmRSS");
        line.trim().trim_end_matches(" kB").parse::<u64>().expect("a number") * 1024
    }

    /// Kills the process with SIGKILL.
    pub async fn kill(mut self) {
        self.child.kill().await.expect("it can be killed");
    }

    /// Interrupts the process with SIGINT, and checks that it exits successfully.
    pub async fn interrupt(mut self) {
        let id = self.child.id().expect("it runs").to_string();
        let sent = Command::new("kill").args(["-INT", &id]).status().await.expect("kill runs");
        assert!(sent.success());
        let ended = tokio::time::timeout(STUCK, self.child.wait()).await.expect("it ends in time");
        assert!(ended.expect("a status").success(), "it did not end well");
    }
}

impl AsRef<Server> for Dibs {
    fn as_ref(&self) -> &Server {
        &self.server
    }
}

impl AsRef<Self> for Server {
    fn as_ref(&self) -> &Self {
        self
    }
}

impl Server {
    /// Returns scheme, host and port of the process: `http://127.0.0.1:…`.
    pub fn origin(&self) -> &str {
        self.base.strip_suffix("/api/v1").unwrap_or(&self.base)
    }

    fn token(&self, id: &UserId, role: Role) -> String {
        let since = std::time::SystemTime::now().duration_since(std::time::UNIX_EPOCH).unwrap_or_default();
        let now = Timestamp::from_millis(i64::try_from(since.as_millis()).unwrap_or(i64::MAX));
        let tokens = Tokens::new(None, Some(&self.signing_key)).expect("keys");
        tokens.issue(id, &BTreeSet::from([role]), now).expect("a token")
    }

    /// Sends one request, and returns status and body of the response, or `None` if the connection broke.
    async fn call(
        &self,
        method: Method,
        path: &str,
        token: &str,
        body: Option<&Value>,
    ) -> Option<(u16, Value)> {
        let mut request = self.client.request(method, format!("{}{path}", self.base)).bearer_auth(token);
        if let Some(body) = body {
            request = request.json(body);
        }
        let response = request.send().await.ok()?;
        let status = response.status().as_u16();
        Some((status, response.json().await.ok()?))
    }
}

/// Ids of a campaign and of its reward.
pub struct CampaignIds {
    campaign: String,
    reward: String,
}

/// Operator that creates campaigns.
pub struct Operator {
    server: Server,
    token: String,
}

impl Operator {
    /// Returns an operator with an access token that the key of `dibs` signs.
    pub fn of(dibs: &Dibs) -> Self {
        let token = dibs.server.token(&UserId::new("operator"), Role::Operator);
        Self { server: dibs.address(), token }
    }

    /// Creates an active campaign without a condition, which gives 100 points to each user.
    pub async fn campaign(&self) -> CampaignIds {
        let period = json!({
            "name": "spring", "status": "active",
            "starts_at": "2020-01-01T00:00:00Z", "ends_at": "2100-01-01T00:00:00Z",
        });
        let campaign = self.create("/events", &period).await;
        let reward = self.create("/rewards/point", &json!({"name": "points", "points": 100})).await;
        self.create(&format!("/events/{campaign}/rewards"), &json!({"reward_id": reward})).await;
        CampaignIds { campaign, reward }
    }

    async fn create(&self, path: &str, body: &Value) -> String {
        let answer = self.server.call(Method::POST, path, &self.token, Some(body)).await;
        let (status, body) = answer.expect("an answer");
        assert_eq!(status, 201, "{path}: {body}");
        body["data"]["id"].as_str().unwrap_or_default().to_owned()
    }
}

/// User that claims rewards.
#[derive(Clone)]
pub struct Player {
    id: UserId,
    token: String,
}

impl std::fmt::Debug for Player {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        write!(f, "{}", self.id)
    }
}

impl Player {
    /// Returns a user with the id `name` and an access token that the key of `dibs` signs.
    pub fn new(dibs: &Dibs, name: &str) -> Self {
        let id = UserId::new(name);
        let token = dibs.server.token(&id, Role::User);
        Self { id, token }
    }

    /// Claims the reward, and returns the status of the response, or `None` if the connection broke.
    pub async fn claim(&self, server: &impl AsRef<Server>, ids: &CampaignIds) -> Option<u16> {
        let path = format!("/events/{}/requests/{}", ids.campaign, ids.reward);
        server.as_ref().call(Method::POST, &path, &self.token, None).await.map(|(status, _)| status)
    }

    /// Waits until the user's claim is fully granted. Panics after 30 s.
    pub async fn wait_for_the_grant(&self, server: &impl AsRef<Server>, ids: &CampaignIds) {
        let path = format!("/events/requests/{}:{}", self.id, ids.campaign);
        let deadline = Instant::now() + STUCK;
        loop {
            let answer = server.as_ref().call(Method::GET, &path, &self.token, None).await;
            let (status, body) = answer.expect("an answer");
            assert_eq!(status, 200, "{self:?} was accepted, and now: {body}");
            if body["data"]["fully_granted"] == true {
                return;
            }
            assert!(Instant::now() < deadline, "{self:?} waits in vain: {body}");
            tokio::time::sleep(LOOK_EVERY).await;
        }
    }

    /// Returns the points of each entry of the user's points ledger.
    pub async fn ledger(&self, server: &impl AsRef<Server>) -> Vec<u64> {
        let answer = server.as_ref().call(Method::GET, "/points/ledger", &self.token, None).await;
        let (status, body) = answer.expect("an answer");
        assert_eq!(status, 200, "{body}");
        let entries = body["data"].as_array().cloned().unwrap_or_default();
        entries.iter().filter_map(|entry| entry["points"].as_u64()).collect()
    }
}
