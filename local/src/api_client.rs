//! HTTP client of the load test and of the crowd. Each call is sent once, without a retry.

use std::sync::Arc;
use std::sync::atomic::{AtomicUsize, Ordering};
use std::time::Duration;

use dibs_http::QUEUE_TOKEN_HEADER;
use domain::{Code, Error, Result};
use reqwest::redirect::Policy;
use reqwest::{Client, Method};
use serde_json::Value;

/// Timeout of a call: API Gateway's own limit, after which no response can arrive.
const TIMEOUT: Duration = Duration::from_secs(30);

/// HTTP request of the load test.
#[derive(Clone, Debug, Default)]
pub struct RequestSpec {
    /// JSON body of a POST request. `None` makes it a GET request.
    pub body: Option<Value>,
    /// Path after the API's base path, such as `/orders`.
    pub path: String,
    /// Queue token for the header `X-Queue-Token`.
    pub queue_token: Option<String>,
}

impl RequestSpec {
    /// Creates a GET request.
    pub fn get(path: impl Into<String>) -> Self {
        Self { path: path.into(), ..Self::default() }
    }

    /// Creates a POST request. `Value::Null` sends a POST request without a body.
    pub fn post(path: impl Into<String>, body: Value) -> Self {
        Self { path: path.into(), body: Some(body), ..Self::default() }
    }
}

/// Status and body of a response, or the reason why there was no response.
pub type HttpAnswer = std::result::Result<(u16, Value), String>;

/// Client of one API. Cheap to clone.
#[derive(Clone)]
pub struct Api {
    base: Arc<str>,
    client: Client,
    calls: Arc<AtomicUsize>,
}

impl Api {
    /// Creates a client of the API at `base` (`http://127.0.0.1:8080/api/v1`) that keeps up to `connections`
    /// connections open.
    ///
    /// # Errors
    /// Fails if `base` is not a URL, or if the machine's certificates cannot be read.
    pub fn new(base: &str, connections: usize) -> Result<Self> {
        let base = base.trim_end_matches('/');
        reqwest::Url::parse(base).map_err(|error| failure(format!("{base} is not a URL: {error}")))?;
        let client = Client::builder()
            .user_agent(concat!("dibs-rush/", env!("CARGO_PKG_VERSION")))
            .redirect(Policy::none())
            .retry(reqwest::retry::never())
            .timeout(TIMEOUT)
            .pool_max_idle_per_host(connections)
            .build()
            .map_err(|error| failure(format!("The HTTP client cannot be built: {}", causes(&error))))?;
        Ok(Self { base: base.into(), client, calls: Arc::default() })
    }

    /// Returns the number of requests sent so far, over all clones.
    pub fn calls(&self) -> usize {
        self.calls.load(Ordering::Relaxed)
    }

    /// Sends one request, with `token` as its access token. Errors are returned as they are, without a retry.
    pub async fn call(&self, token: Option<&str>, ask: &RequestSpec) -> HttpAnswer {
        self.calls.fetch_add(1, Ordering::Relaxed);
        let method = if ask.body.is_some() { Method::POST } else { Method::GET };
        let mut request = self.client.request(method, format!("{}{}", self.base, ask.path));
        if let Some(token) = token {
            request = request.bearer_auth(token);
        }
        if let Some(queue_token) = &ask.queue_token {
            request = request.header(QUEUE_TOKEN_HEADER, queue_token);
        }
        if let Some(body) = ask.body.as_ref().filter(|body| !body.is_null()) {
            request = request.json(body);
        }
        let response = request.send().await.map_err(|error| why(&error))?;
        let status = response.status().as_u16();
        let body = response.bytes().await.map_err(|error| why(&error))?;
        Ok((status, serde_json::from_slice(&body).unwrap_or_default()))
    }

    /// Sends one request and returns the body of the successful response.
    ///
    /// # Errors
    /// Fails with the status and body of any other response, or with the reason why there was none.
    pub async fn expect(&self, token: Option<&str>, ask: RequestSpec) -> Result<Value> {
        match self.call(token, &ask).await {
            Ok((200..=299, body)) => Ok(body),
            Ok((status, body)) => {
                Err(failure(format!("{}{} returned {status}: {body}", self.base, ask.path)))
            }
            Err(why) => Err(failure(format!("{}{} returned no response: {why}", self.base, ask.path))),
        }
    }
}

/// Returns the string in `value`.
///
/// # Errors
/// Fails if `value` is not a string.
pub fn text(value: &Value) -> Result<&str> {
    value.as_str().ok_or_else(|| failure("The API returned a response in an unknown form"))
}

fn why(error: &reqwest::Error) -> String {
    if error.is_timeout() { format!("no response within {TIMEOUT:?}") } else { causes(error) }
}

/// Returns the message of the error and of its causes, outermost first.
fn causes(error: &dyn std::error::Error) -> String {
    let mut text = error.to_string();
    let mut next = error.source();
    while let Some(cause) = next {
        text = format!("{text}: {cause}");
        next = cause.source();
    }
    text
}

/// Creates an error with a message for the terminal.
pub fn failure(message: impl Into<std::borrow::Cow<'static, str>>) -> Error {
    Error::refused(Code::InternalError, message)
}
