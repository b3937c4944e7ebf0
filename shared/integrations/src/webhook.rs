//! Delivery of events to the endpoints of webhooks, signed by [Standard Webhooks](https://www.standardwebhooks.com).
//!
//! The endpoint's address is resolved and checked for each connection, and the connection goes to the address that
//! was checked, so a name that leads into the own network, or does so at its second resolution, gets nothing.

use std::error::Error;
use std::fmt;
use std::net::{IpAddr, SocketAddr};
use std::sync::{Arc, OnceLock};
use std::time::Duration;

use base64::Engine;
use base64::engine::general_purpose::STANDARD;
use config::{ExposeSecret, SecretString, WebhooksConfig};
use domain::Timestamp;
use domain::webhooks::{TryFailure, check_url, is_public, key_of_secret};
use hmac::{Hmac, KeyInit, Mac};
use reqwest::dns::{Addrs, Name, Resolve, Resolving};
use reqwest::header::{HeaderMap, RETRY_AFTER};
use reqwest::redirect::Policy;
use reqwest::{Client, Response};
use sha2::Sha256;
use url::Host;

use crate::transport::{BoxFuture, ExternalService, METHOD, Script, ServiceCall, ServiceReply};

/// Maximum time to connect to an endpoint.
const CONNECT_TIMEOUT: Duration = Duration::from_secs(5);
/// Part of the configured time limit that a brief call has.
const BRIEF_PART: u64 = 5;
/// Timeout of the resolution that the creation of a webhook waits for.
const LOOKUP_TIMEOUT: Duration = Duration::from_secs(2);
/// Maximum size of a response body that is read, in bytes. Its content is ignored.
const BODY_BYTES_MAX: usize = 64 * 1024;
/// Content type of every call. A CloudEvent in JSON could be declared as `application/cloudevents+json`, but common
/// web frameworks hand only this type to the application.
const CONTENT_TYPE: &str = "application/json";
/// Message for an endpoint whose name leads to an address that is refused.
const REFUSED: &str =
    "must be a host on the public internet: its name has a private, local or reserved address";

/// Function that resolves a host name.
pub type Lookup = Arc<dyn Fn(String) -> BoxFuture<std::io::Result<Vec<IpAddr>>> + Send + Sync>;

/// Call to the endpoint of a webhook.
#[derive(Clone, Debug)]
pub struct WebhookCall {
    /// URL of the endpoint.
    pub url: String,
    /// Id of the message, the same for each attempt.
    pub message_id: String,
    /// Time of the attempt, which is signed.
    pub now: Timestamp,
    /// Event in JSON.
    pub body: String,
    /// Secrets that sign, in the form `whsec_…`.
    pub secrets: Vec<SecretString>,
    /// Whether to wait for the answer only a fifth of the configured time.
    pub is_brief: bool,
}

/// Result of a call to the endpoint of a webhook.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum WebhookReply {
    /// The endpoint answered.
    Answer {
        /// HTTP status of the answer.
        status: u16,
        /// Seconds that the endpoint asks to wait for.
        retry_after_s: Option<u32>,
    },
    /// The endpoint did not answer.
    Failed(TryFailure),
}

/// Sender of webhooks. Creation is cheap, since the HTTP client is built by the first call.
pub struct WebhookSender(Way);

enum Way {
    Http { client: OnceLock<Client>, config: WebhooksConfig, lookup: Lookup },
    Scripted(Script),
}

impl WebhookSender {
    /// Creates a sender that resolves names by `lookup`.
    pub fn new(config: WebhooksConfig, lookup: Lookup) -> Self {
        Self(Way::Http { client: OnceLock::new(), config, lookup })
    }

    /// Creates a sender whose calls `script` answers instead of the network.
    pub(crate) const fn scripted(script: Script) -> Self {
        Self(Way::Scripted(script))
    }

    /// Checks that `url` may be an endpoint, and that its name, if it can be resolved at present, has no address
    /// that is refused.
    ///
    /// # Errors
    /// A sentence that says what is wrong.
    pub async fn check(&self, url: &str) -> Result<(), &'static str> {
        let Way::Http { config, lookup, .. } = &self.0 else { return check_url(url, false).map(drop) };
        let url = check_url(url, config.allows_local)?;
        let Some(Host::Domain(host)) = url.host() else { return Ok(()) };
        let found = permitted(lookup, host.to_owned(), config.allows_local);
        match tokio::time::timeout(LOOKUP_TIMEOUT, found).await {
            Ok(Err(ResolveError::Refused(_))) => Err(REFUSED),
            // A name that does not exist yet is checked again by each attempt.
            Ok(Err(ResolveError::Unknown) | Ok(_)) | Err(_) => Ok(()),
        }
    }

    /// Sends a call once. Follows no redirect, and ends within the configured timeout.
    pub async fn send(&self, call: &WebhookCall) -> WebhookReply {
        match &self.0 {
            Way::Http { client, config, lookup } => {
                let Ok(url) = check_url(&call.url, config.allows_local) else {
                    return WebhookReply::Failed(TryFailure::AddressRefused);
                };
                if client.get().is_none() {
                    match build(*config, lookup.clone()) {
                        Ok(built) => drop(client.set(built)),
                        Err(error) => tracing::error!(%error, "the HTTP client for webhooks cannot be built"),
                    }
                }
                let Some(client) = client.get() else { return WebhookReply::Failed(TryFailure::Connection) };
                let request = client.post(url).body(call.body.clone());
                let request = headers(call)
                    .into_iter()
                    .fold(request, |request, (name, value)| request.header(name, value));
                let limit_ms = if call.is_brief { config.timeout_ms / BRIEF_PART } else { config.timeout_ms };
                let request = request.timeout(Duration::from_millis(limit_ms));
                match request.send().await {
                    Ok(response) => answer(response).await,
                    Err(error) => WebhookReply::Failed(failure(&error)),
                }
            }
            Way::Scripted(script) => by_script(script, call).await,
        }
    }
}

/// Returns the lookup of the machine.
pub fn system_lookup() -> Lookup {
    Arc::new(|host| {
        Box::pin(async move {
            Ok(tokio::net::lookup_host((host, 0)).await?.map(|address| address.ip()).collect())
        })
    })
}

fn build(config: WebhooksConfig, lookup: Lookup) -> reqwest::Result<Client> {
    Client::builder()
        .user_agent(concat!("dibs/", env!("CARGO_PKG_VERSION")))
        .dns_resolver(Guard { lookup, allows_local: config.allows_local })
        .https_only(!config.allows_local)
        // A redirect would lead to an address that nobody checked.
        .redirect(Policy::none())
        .retry(reqwest::retry::never())
        .no_proxy()
        .connect_timeout(CONNECT_TIMEOUT)
        .build()
}

/// Returns the headers of a call, in lower case.
fn headers(call: &WebhookCall) -> Vec<(&'static str, String)> {
    let timestamp = call.now.as_seconds().to_string();
    let signatures: Vec<String> = call
        .secrets
        .iter()
        .filter_map(|secret| sign(secret, &call.message_id, &timestamp, &call.body))
        .collect();
    vec![
        ("content-type", CONTENT_TYPE.to_owned()),
        ("webhook-id", call.message_id.clone()),
        ("webhook-timestamp", timestamp),
        ("webhook-signature", signatures.join(" ")),
    ]
}

/// Returns the signature of a message. `None` if `secret` has no key.
fn sign(secret: &SecretString, id: &str, timestamp: &str, body: &str) -> Option<String> {
    let key = key_of_secret(secret.expose_secret())?;
    let mut code = <Hmac<Sha256> as KeyInit>::new_from_slice(&key).ok()?;
    for part in [id, ".", timestamp, ".", body] {
        code.update(part.as_bytes());
    }
    Some(format!("v1,{}", STANDARD.encode(code.finalize().into_bytes())))
}

/// Reads the answer. Its status decides; of its body as much is read as lets the connection be used again.
async fn answer(mut response: Response) -> WebhookReply {
    let status = response.status().as_u16();
    let retry_after_s = retry_after(response.headers());
    let mut bytes = 0;
    while let Ok(Some(chunk)) = response.chunk().await {
        bytes += chunk.len();
        if bytes > BODY_BYTES_MAX {
            break;
        }
    }
    WebhookReply::Answer { status, retry_after_s }
}

/// Returns the seconds of `Retry-After`. A date, its other form, counts as none.
fn retry_after(headers: &HeaderMap) -> Option<u32> {
    headers.get(RETRY_AFTER)?.to_str().ok()?.trim().parse().ok()
}

fn failure(error: &reqwest::Error) -> TryFailure {
    let mut source: Option<&(dyn Error + 'static)> = Some(error);
    while let Some(error) = source {
        match error.downcast_ref::<ResolveError>() {
            Some(ResolveError::Refused(_)) => return TryFailure::AddressRefused,
            Some(ResolveError::Unknown) => return TryFailure::UnknownHost,
            // rustls names the certificate in each of its errors about one.
            None if error.to_string().contains("certificate") => return TryFailure::Certificate,
            None => source = error.source(),
        }
    }
    if error.is_timeout() { TryFailure::Timeout } else { TryFailure::Connection }
}

async fn by_script(script: &Script, call: &WebhookCall) -> WebhookReply {
    let call = ServiceCall {
        service: ExternalService::Webhook,
        method: METHOD,
        path: call.url.clone(),
        headers: headers(call),
        body: call.body.clone().into_bytes(),
    };
    match script(call).await {
        ServiceReply::Answer { status, .. } => WebhookReply::Answer { status, retry_after_s: None },
        ServiceReply::Timeout => WebhookReply::Failed(TryFailure::Timeout),
        ServiceReply::Connection => WebhookReply::Failed(TryFailure::Connection),
    }
}

/// Resolver of the client, which returns only addresses that may be called.
struct Guard {
    lookup: Lookup,
    allows_local: bool,
}

impl Resolve for Guard {
    fn resolve(&self, name: Name) -> Resolving {
        let found = permitted(&self.lookup, name.as_str().to_owned(), self.allows_local);
        Box::pin(async move {
            let addresses = found.await?.into_iter().map(|address| SocketAddr::new(address, 0));
            Ok(Box::new(addresses) as Addrs)
        })
    }
}

/// Resolves `host`. One address that is refused spoils all, since a name with a public and a private address has
/// no honest use.
fn permitted(
    lookup: &Lookup,
    host: String,
    allows_local: bool,
) -> impl Future<Output = Result<Vec<IpAddr>, ResolveError>> + Send + use<> {
    let found = lookup(host);
    async move {
        let addresses = found.await.unwrap_or_default();
        let is_open = |address: &IpAddr| is_public(*address) || (allows_local && address.is_loopback());
        match addresses.iter().find(|address| !is_open(address)) {
            Some(closed) => Err(ResolveError::Refused(*closed)),
            None if addresses.is_empty() => Err(ResolveError::Unknown),
            None => Ok(addresses),
        }
    }
}

/// Failure of the resolution of a host name.
#[derive(Debug)]
enum ResolveError {
    Refused(IpAddr),
    Unknown,
}

impl fmt::Display for ResolveError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Refused(address) => write!(f, "the address {address} is refused"),
            Self::Unknown => f.write_str("the host name has no address"),
        }
    }
}

impl Error for ResolveError {}

#[cfg(test)]
mod tests {
    use super::*;

    /// Test vector of the specification's reference implementations.
    #[test]
    fn signature_is_that_of_standard_webhooks() {
        let secret = SecretString::from("whsec_MfKQ9r8GKYqrTwjUPD8ILPZIo2LaLaSw");
        let signature =
            sign(&secret, "msg_p5jXN8AQM9LWM0D4loKWxJek", "1614265330", r#"{"test": 2432232314}"#);
        assert_eq!(signature.as_deref(), Some("v1,g0hM9SsE+OTPJTGt/tmIKtSyZlE3uFJELVlNIOLJ1OE="));
    }

    #[test]
    fn each_secret_adds_a_signature() {
        let secrets = [1, 2].map(|key| SecretString::from(domain::webhooks::new_secret(key, key)));
        let call = WebhookCall {
            url: String::new(),
            message_id: "msg_1".to_owned(),
            now: Timestamp::from_millis(1_614_265_330_999),
            body: "{}".to_owned(),
            secrets: secrets.to_vec(),
            is_brief: false,
        };
        let sent = headers(&call);
        let value =
            |name| sent.iter().find(|(key, _)| *key == name).map(|(_, value)| value.as_str()).unwrap();
        assert_eq!(value("webhook-timestamp"), "1614265330");
        let signatures: Vec<&str> = value("webhook-signature").split(' ').collect();
        let wanted = secrets.iter().map(|secret| sign(secret, "msg_1", "1614265330", "{}").unwrap());
        assert_eq!(signatures, wanted.collect::<Vec<_>>());
    }
}
