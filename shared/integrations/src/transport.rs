//! Transport of signed calls: HTTP, or a script in the simulation.

use std::pin::Pin;
use std::sync::{Arc, OnceLock};
use std::time::{Duration, Instant};

use reqwest::redirect::Policy;
use reqwest::{Client, Method, Response, Url};

use crate::ANSWER_BYTES_MAX;

/// HTTP method of every call but that to the archive of the audit.
pub const METHOD: &str = "POST";

/// Header in which services of AWS name the type of an error.
const AWS_ERROR: &str = "x-amzn-errortype";

/// Idle timeout of pooled connections, shorter than the 60 s after which common load balancers close them.
const POOL_IDLE: Duration = Duration::from_secs(20);

/// Maximum number of idle connections per service. A Lambda instance makes few calls at once, the local stack
/// more.
const POOL_IDLE_MAX: usize = 16;

/// Boxed future that asynchronous scripts return.
pub type BoxFuture<T> = Pin<Box<dyn Future<Output = T> + Send>>;

/// Script that plays the services: it receives each call as it would be sent, and returns the reply.
pub type Script = Arc<dyn Fn(ServiceCall) -> BoxFuture<ServiceReply> + Send + Sync>;

/// External service that dibs calls.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum ExternalService {
    /// Service that checks conditions.
    Condition,
    /// Service that fulfils rewards.
    Fulfilment,
    /// Provider that takes payments.
    Payment,
    /// Service that delivers mails.
    Mail,
    /// Endpoint of a webhook. The path of the call is its whole URL.
    Webhook,
    /// Bucket with the archive of the audit.
    Archive,
}

/// Signed call to a service.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct ServiceCall {
    /// Service that is called.
    pub service: ExternalService,
    /// HTTP method: `POST`, or `PUT` to the archive of the audit.
    pub method: &'static str,
    /// Path with its query.
    pub path: String,
    /// Headers as names in lower case and values.
    pub headers: Vec<(&'static str, String)>,
    /// Body of the call, in JSON.
    pub body: Vec<u8>,
}

impl ServiceCall {
    /// Returns the value of a header. `name` must be in lower case.
    pub fn header(&self, name: &str) -> Option<&str> {
        self.headers.iter().find(|(key, _)| *key == name).map(|(_, value)| value.as_str())
    }
}

/// Reply that a script returns.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum ServiceReply {
    /// Response of the service, or of a gateway before it.
    Answer {
        /// HTTP status of the response.
        status: u16,
        /// Body of the response.
        body: Vec<u8>,
    },
    /// No response within the timeout. The service may have acted.
    Timeout,
    /// Refused or broken connection. The service may have acted.
    Connection,
}

/// Result of sending a call.
pub enum Received {
    /// Response of the service, or of a gateway before it.
    Answer {
        /// HTTP status of the response.
        status: u16,
        /// Body of the response. `None` if it is longer than [`ANSWER_BYTES_MAX`].
        body: Option<Vec<u8>>,
        /// Type of the error, as services of AWS name it in a header.
        aws_error: Option<String>,
    },
    /// No response within the timeout.
    Timeout,
    /// Refused or broken connection.
    Connection,
}

/// Transport of calls to the services.
pub enum Transport {
    /// HTTP over the network. The first call builds the client, since loading the certificates of the machine
    /// takes longer than the rest of a function's start.
    Http { client: OnceLock<Client>, timeout: Duration },
    /// Script of the simulation.
    Scripted(Script),
}

impl Transport {
    pub const fn http(timeout_ms: u64) -> Self {
        Self::Http { client: OnceLock::new(), timeout: Duration::from_millis(timeout_ms) }
    }

    /// Returns the deadline of calls that begin now. `None` for a script, which controls the time itself.
    pub fn deadline(&self) -> Option<Instant> {
        match self {
            Self::Http { timeout, .. } => Instant::now().checked_add(*timeout),
            Self::Scripted(_) => None,
        }
    }

    /// Sends a call once, without retries.
    pub async fn send(&self, url: &Url, call: ServiceCall, deadline: Option<Instant>) -> Received {
        match self {
            Self::Http { client, timeout } => {
                let left = deadline.map_or(*timeout, |at| at.saturating_duration_since(Instant::now()));
                match connected(client) {
                    Some(client) => by_http(client, url, call, left).await,
                    None => Received::Connection,
                }
            }
            Self::Scripted(script) => match script(call).await {
                ServiceReply::Answer { status, body } => {
                    let body = Some(body).filter(|body| body.len() <= ANSWER_BYTES_MAX);
                    Received::Answer { status, body, aws_error: None }
                }
                ServiceReply::Timeout => Received::Timeout,
                ServiceReply::Connection => Received::Connection,
            },
        }
    }
}

/// Returns the shared client, which reuses connections. Two concurrent first calls may both build one; only
/// one is kept.
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
        // A redirect would send signature and grant to a host that is not configured.
        .redirect(Policy::none())
        .retry(reqwest::retry::never())
        // A proxy variable that is meant for other programs must not redirect the calls.
        .no_proxy()
        .pool_idle_timeout(POOL_IDLE)
        .pool_max_idle_per_host(POOL_IDLE_MAX)
        .build()
}

async fn by_http(client: &Client, url: &Url, call: ServiceCall, left: Duration) -> Received {
    let method = if call.method == METHOD { Method::POST } else { Method::PUT };
    let request = client.request(method, url.clone()).timeout(left).body(call.body);
    let request =
        call.headers.into_iter().fold(request, |request, (name, value)| request.header(name, value));
    match request.send().await {
        Ok(response) => received(response).await,
        Err(error) => nothing(&error),
    }
}

async fn received(mut response: Response) -> Received {
    let status = response.status().as_u16();
    let aws_error = response.headers().get(AWS_ERROR).and_then(|name| Some(name.to_str().ok()?.to_owned()));
    let mut body = Vec::new();
    loop {
        match response.chunk().await {
            Ok(Some(chunk)) if body.len() + chunk.len() > ANSWER_BYTES_MAX => {
                return Received::Answer { status, body: None, aws_error };
            }
            Ok(Some(chunk)) => body.extend_from_slice(&chunk),
            Ok(None) => return Received::Answer { status, body: Some(body), aws_error },
            Err(error) => return nothing(&error),
        }
    }
}

fn nothing(error: &reqwest::Error) -> Received {
    if error.is_timeout() { Received::Timeout } else { Received::Connection }
}
