//! The API as the crowd sees it: over HTTP, each call once, without a second try.

use std::sync::Arc;
use std::sync::atomic::{AtomicUsize, Ordering};
use std::time::Duration;

use domain::Result;
use edge::QUEUE_TOKEN_HEADER;
use reqwest::redirect::Policy;
use reqwest::{Client, Method};
use serde_json::Value;

use super::failure;

/// API Gateway gives up after this long, so whoever waits longer hears nothing more.
const TIMEOUT: Duration = Duration::from_secs(30);

/// A call.
#[derive(Clone, Debug, Default)]
pub struct Ask {
    /// `GET` without one.
    pub body: Option<Value>,
    /// Behind the base path.
    pub path: String,
    /// What stands in `X-Queue-Token`.
    pub ticket: Option<String>,
}

impl Ask {
    /// A GET.
    pub fn get(path: impl Into<String>) -> Self {
        Self { path: path.into(), ..Self::default() }
    }

    /// A POST; `Value::Null` for one without a body.
    pub fn post(path: impl Into<String>, body: Value) -> Self {
        Self { path: path.into(), body: Some(body), ..Self::default() }
    }
}

/// What came back: status and body, or why nothing did.
pub type Answer = std::result::Result<(u16, Value), String>;

/// Where the API is. Cheap to clone.
#[derive(Clone)]
pub struct Api {
    base: Arc<str>,
    client: Client,
    calls: Arc<AtomicUsize>,
}

impl Api {
    /// The API at `base` (`http://127.0.0.1:8080/api/v1`), with connections that are kept for `connections`
    /// callers at once.
    ///
    /// # Errors
    /// When `base` is no address, or the machine's certificates cannot be read.
    pub fn new(base: &str, connections: usize) -> Result<Self> {
        let base = base.trim_end_matches('/');
        reqwest::Url::parse(base).map_err(|error| failure(format!("{base} is no address: {error}")))?;
        let client = Client::builder()
            .user_agent(concat!("dibs-rush/", env!("CARGO_PKG_VERSION")))
            .redirect(Policy::none())
            .retry(reqwest::retry::never())
            .timeout(TIMEOUT)
            .pool_max_idle_per_host(connections)
            .build()
            .map_err(|error| failure(format!("no HTTP client: {}", causes(&error))))?;
        Ok(Self { base: base.into(), client, calls: Arc::default() })
    }

    /// How many calls were made.
    pub fn calls(&self) -> usize {
        self.calls.load(Ordering::Relaxed)
    }

    /// One call, one try.
    pub async fn call(&self, token: Option<&str>, ask: &Ask) -> Answer {
        self.calls.fetch_add(1, Ordering::Relaxed);
        let method = if ask.body.is_some() { Method::POST } else { Method::GET };
        let mut request = self.client.request(method, format!("{}{}", self.base, ask.path));
        if let Some(token) = token {
            request = request.bearer_auth(token);
        }
        if let Some(ticket) = &ask.ticket {
            request = request.header(QUEUE_TOKEN_HEADER, ticket);
        }
        if let Some(body) = ask.body.as_ref().filter(|body| !body.is_null()) {
            request = request.json(body);
        }
        let response = request.send().await.map_err(|error| why(&error))?;
        let status = response.status().as_u16();
        let body = response.bytes().await.map_err(|error| why(&error))?;
        Ok((status, serde_json::from_slice(&body).unwrap_or_default()))
    }

    /// The whole body of a success.
    ///
    /// # Errors
    /// What came instead.
    pub async fn expect(&self, token: Option<&str>, ask: Ask) -> Result<Value> {
        match self.call(token, &ask).await {
            Ok((200..=299, body)) => Ok(body),
            Ok((status, body)) => {
                Err(failure(format!("{}{} answered {status}: {body}", self.base, ask.path)))
            }
            Err(why) => Err(failure(format!("{}{} gave no answer: {why}", self.base, ask.path))),
        }
    }
}

/// The text in `value`, which the API promises to be one.
///
/// # Errors
/// When it is none.
pub fn text(value: &Value) -> Result<&str> {
    value.as_str().ok_or_else(|| failure("the API answered in a form that this dibs does not know"))
}

fn why(error: &reqwest::Error) -> String {
    if error.is_timeout() { format!("no answer within {TIMEOUT:?}") } else { causes(error) }
}

/// The error and what lies beneath, from the outside in.
fn causes(error: &dyn std::error::Error) -> String {
    let mut text = error.to_string();
    let mut next = error.source();
    while let Some(cause) = next {
        text = format!("{text}: {cause}");
        next = cause.source();
    }
    text
}
