//! How a signed call gets to a service: by HTTP, or by a script in the simulation.

use std::pin::Pin;
use std::sync::{Arc, OnceLock};
use std::time::{Duration, Instant};

use reqwest::redirect::Policy;
use reqwest::{Client, Response, Url};

use crate::ANSWER_BYTES_MAX;

/// Every call is a POST.
pub const METHOD: &str = "POST";

/// Shorter than the 60 s after which common load balancers close an idle connection.
const POOL_IDLE: Duration = Duration::from_secs(20);

/// Idle connections kept for each service: a Lambda instance makes few calls at once, the local stack some
/// more.
const POOL_IDLE_MAX: usize = 16;

/// What asynchronous scripts return.
pub type BoxFuture<T> = Pin<Box<dyn Future<Output = T> + Send>>;

/// Plays the services: gets each call as it would go onto the wire, and says what comes back.
pub type Script = Arc<dyn Fn(PartyCall) -> BoxFuture<PartyReply> + Send + Sync>;

/// One of the services.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum Party {
    /// Checks conditions.
    Condition,
    /// Fulfils rewards.
    Fulfilment,
    /// Takes payments.
    Payment,
}

/// A signed call.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct PartyCall {
    /// Who is called.
    pub party: Party,
    /// `POST`.
    pub method: &'static str,
    /// The path with its query.
    pub path: String,
    /// Names in lower case, and values.
    pub headers: Vec<(&'static str, String)>,
    /// JSON.
    pub body: Vec<u8>,
}

impl PartyCall {
    /// The value of a header; `name` in lower case.
    pub fn header(&self, name: &str) -> Option<&str> {
        self.headers.iter().find(|(key, _)| *key == name).map(|(_, value)| value.as_str())
    }
}

/// What a script lets come back.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum PartyReply {
    /// An answer of the service, or of something on the way to it.
    Answer {
        /// The HTTP status.
        status: u16,
        /// Whatever it says.
        body: Vec<u8>,
    },
    /// Nothing came in time; the service may have acted.
    Timeout,
    /// The connection was refused, or broke; the service may have acted.
    Connection,
}

/// What came back.
pub enum Received {
    /// An answer; without a body when that is longer than [`ANSWER_BYTES_MAX`].
    Answer(u16, Option<Vec<u8>>),
    /// Nothing in time.
    Timeout,
    /// No connection, or one that broke.
    Connection,
}

/// The way to the services.
pub enum Transport {
    /// The network. The client is built by the first call: loading the machine's certificates takes longer
    /// than everything else that a function does to start.
    Http { client: OnceLock<Client>, timeout: Duration },
    /// A script.
    Scripted(Script),
}

impl Transport {
    pub const fn http(timeout_ms: u64) -> Self {
        Self::Http { client: OnceLock::new(), timeout: Duration::from_millis(timeout_ms) }
    }

    /// When calls that begin now must be over; a script keeps the time itself.
    pub fn deadline(&self) -> Option<Instant> {
        match self {
            Self::Http { timeout, .. } => Instant::now().checked_add(*timeout),
            Self::Scripted(_) => None,
        }
    }

    /// One call, one try.
    pub async fn send(&self, url: &Url, call: PartyCall, deadline: Option<Instant>) -> Received {
        match self {
            Self::Http { client, timeout } => {
                let left = deadline.map_or(*timeout, |at| at.saturating_duration_since(Instant::now()));
                match connected(client) {
                    Some(client) => by_http(client, url, call, left).await,
                    None => Received::Connection,
                }
            }
            Self::Scripted(script) => match script(call).await {
                PartyReply::Answer { status, body } => {
                    Received::Answer(status, Some(body).filter(|body| body.len() <= ANSWER_BYTES_MAX))
                }
                PartyReply::Timeout => Received::Timeout,
                PartyReply::Connection => Received::Connection,
            },
        }
    }
}

/// The one client, so that connections are used again. Two first calls at once may both build it; one is
/// kept.
fn connected(client: &OnceLock<Client>) -> Option<&Client> {
    if client.get().is_none() {
        match build() {
            Ok(built) => drop(client.set(built)),
            Err(error) => {
                tracing::error!(error = %error, "the HTTP client for outside services cannot be built");
                return None;
            }
        }
    }
    client.get()
}

fn build() -> reqwest::Result<Client> {
    Client::builder()
        .user_agent(concat!("dibs/", env!("CARGO_PKG_VERSION")))
        // A redirect would carry a signature, and a grant, to somebody who was not configured.
        .redirect(Policy::none())
        .retry(reqwest::retry::never())
        // Nor does a variable that was set for other programs choose who sees the calls.
        .no_proxy()
        .pool_idle_timeout(POOL_IDLE)
        .pool_max_idle_per_host(POOL_IDLE_MAX)
        .build()
}

async fn by_http(client: &Client, url: &Url, call: PartyCall, left: Duration) -> Received {
    let request = client.post(url.clone()).timeout(left).body(call.body);
    let request =
        call.headers.into_iter().fold(request, |request, (name, value)| request.header(name, value));
    match request.send().await {
        Ok(response) => received(response).await,
        Err(error) => nothing(&error),
    }
}

async fn received(mut response: Response) -> Received {
    let status = response.status().as_u16();
    let mut body = Vec::new();
    loop {
        match response.chunk().await {
            Ok(Some(chunk)) if body.len() + chunk.len() > ANSWER_BYTES_MAX => {
                return Received::Answer(status, None);
            }
            Ok(Some(chunk)) => body.extend_from_slice(&chunk),
            Ok(None) => return Received::Answer(status, Some(body)),
            Err(error) => return nothing(&error),
        }
    }
}

fn nothing(error: &reqwest::Error) -> Received {
    if error.is_timeout() { Received::Timeout } else { Received::Connection }
}
