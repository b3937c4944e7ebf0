//! Clients of the outside services of a deployment, as signed HTTP calls: the condition service, the
//! fulfilment service, and the payment provider, which also calls back; and of the mail service, Amazon SES.
//!
//! Neither a bad response nor a missing one is an error here, and none of them counts as a yes: a check is
//! then [`ConditionAnswer::Unavailable`], a fulfilment [`FulfilmentOutcome::Retry`], and a payment stays open
//! as [`PaymentOutcome::Asked`] until the provider reports.

#![warn(missing_docs)]

mod answer;
mod archive;
mod condition;
mod fulfilment;
mod mail;
mod payment;
pub mod signature;
mod transport;
mod webhook;

use std::sync::Arc;

use config::{ExposeSecret, IntegrationsConfig, SECRET_BYTES_MIN, SecretString};
use domain::Timestamp;
use reqwest::Url;
use signature::{Arrived, TOLERANCE_S, Untrusted};

pub use condition::{ConditionAnswer, ConditionRequest};
pub use fulfilment::{FulfilmentOutcome, FulfilmentRequest};
pub use mail::{Mail, MailOutcome};
pub use payment::{PaymentOutcome, PaymentRequest};
pub use transport::{BoxFuture, ExternalService, Script, ServiceCall, ServiceReply};
pub use webhook::{Lookup, WebhookCall, WebhookReply, WebhookSender};

use transport::Transport;

/// Maximum size of a response body that is read, in bytes.
pub const ANSWER_BYTES_MAX: usize = 16 * 1024;

/// Maximum length of a fulfilment reference, in bytes. It is stored with the grant.
pub const REFERENCE_BYTES_MAX: usize = 256;

/// Maximum length of a stored reason, in characters. Longer reasons are truncated.
pub const REASON_CHARS_MAX: usize = 200;

/// Secret that signs the calls of [`Integrations::scripted`], for scripts that verify signatures.
pub const SCRIPTED_SECRET: &str = "the secret of scripted parties";

/// Clients of all outside services. Creation is cheap, since the HTTP client is built by the first call.
pub struct Integrations {
    condition: Option<Endpoint>,
    fulfilment: Option<Endpoint>,
    provider: Option<Endpoint>,
    callback_url: Option<String>,
    mail: Option<mail::Sender>,
    archive: Option<archive::Archive>,
    secret: SecretString,
    provider_secret: SecretString,
    attempts_max: u32,
    transport: Transport,
    webhooks: WebhookSender,
}

/// Endpoint of a service, with the part of its URL that is signed.
struct Endpoint {
    url: Url,
    path: String,
}

impl Endpoint {
    /// Parses a service URL. Returns `None` if it is not an HTTP(S) URL, which
    /// [`IntegrationsConfig::from_env`] has already excluded.
    fn at(text: &str) -> Option<Self> {
        let url = Url::parse(text).ok().filter(|url| matches!(url.scheme(), "http" | "https"))?;
        let path = match url.query() {
            Some(query) => format!("{}?{query}", url.path()),
            None => url.path().to_owned(),
        };
        Some(Self { url, path })
    }
}

impl Integrations {
    /// Creates clients for the services in `config`. A service without a URL is never called; its calls fail
    /// with the reason `not_configured`.
    pub fn new(config: IntegrationsConfig) -> Self {
        Self {
            condition: config.condition_url.as_deref().and_then(Endpoint::at),
            fulfilment: config.fulfilment_url.as_deref().and_then(Endpoint::at),
            provider: config.provider_url.as_deref().and_then(Endpoint::at),
            callback_url: config.callback_url,
            mail: config.mail.and_then(mail::Sender::new),
            archive: config.archive.map(archive::Archive::new),
            secret: config.secret,
            provider_secret: config.provider_secret,
            attempts_max: config.attempts_max.max(1),
            transport: Transport::http(config.timeout_ms),
            webhooks: WebhookSender::new(config.webhooks, webhook::system_lookup()),
        }
    }

    /// Creates clients whose calls `script` answers instead of the network. There is no timer: the script
    /// returns [`ServiceReply::Timeout`]. The paths are `/condition`, `/fulfilment`, `/provider`,
    /// that of SES and `/archive`, the secret is [`SCRIPTED_SECRET`], and no callback URL is sent.
    pub fn scripted(script: Script) -> Self {
        // This constructor is part of the shipped code, because the simulation has no sockets; everything
        // above the socket runs as in production.
        Self {
            condition: Endpoint::at("http://scripted/condition"),
            fulfilment: Endpoint::at("http://scripted/fulfilment"),
            provider: Endpoint::at("http://scripted/provider"),
            callback_url: None,
            mail: mail::Sender::scripted(),
            archive: Some(archive::Archive::scripted()),
            secret: SecretString::from(SCRIPTED_SECRET),
            provider_secret: SecretString::from(SCRIPTED_SECRET),
            attempts_max: config::ATTEMPTS_MAX_DEFAULT,
            transport: Transport::Scripted(script.clone()),
            webhooks: WebhookSender::scripted(script),
        }
    }

    /// Returns the sender of webhooks.
    pub const fn webhooks(&self) -> &WebhookSender {
        &self.webhooks
    }

    /// Verifies that the payment provider signed `call`, and that its signing time is within [`TOLERANCE_S`]
    /// seconds of `now`. All calls are rejected if the configured secret is shorter than
    /// [`SECRET_BYTES_MIN`].
    ///
    /// # Errors
    /// The reason why the call is not trusted.
    pub fn verify_provider_call(&self, call: &Arrived<'_>, now: Timestamp) -> Result<(), Untrusted> {
        if self.provider_secret.expose_secret().len() < SECRET_BYTES_MIN {
            return Err(Untrusted::Wrong);
        }
        signature::verify(&self.provider_secret, call, now, TOLERANCE_S)
    }

    fn signed(
        &self,
        service: ExternalService,
        path: &str,
        now: Timestamp,
        request_id: &str,
        body: &[u8],
    ) -> ServiceCall {
        let timestamp = now.as_seconds().to_string();
        let secret = match service {
            ExternalService::Condition | ExternalService::Fulfilment => &self.secret,
            ExternalService::Payment => &self.provider_secret,
            // Calls to SES and S3 are signed in AWS's way, by `mail.rs` and `archive.rs`, and those to webhooks
            // with secrets of their own, by `webhook.rs`.
            ExternalService::Mail | ExternalService::Webhook | ExternalService::Archive => &self.secret,
        };
        let signature = signature::sign(secret, &timestamp, transport::METHOD, path, body);
        ServiceCall {
            service,
            method: transport::METHOD,
            path: path.to_owned(),
            headers: vec![
                ("content-type", "application/json".to_owned()),
                (signature::TIMESTAMP, timestamp),
                (signature::SIGNATURE, signature),
                (signature::REQUEST_ID, request_id.to_owned()),
            ],
            body: body.to_vec(),
        }
    }
}

/// Returns the request id of a call, derived from its subject and time. It connects the log lines of dibs
/// with those of the service.
fn request_id(parts: &[&str], now: Timestamp) -> String {
    let at = now.as_millis().to_string();
    let parts: Vec<&str> = parts.iter().copied().chain([at.as_str()]).collect();
    format!("req_{}", domain::ids::derived(&parts))
}

/// Creates a script from a closure, which receives each call and returns the reply.
pub fn script<F>(play: F) -> Script
where
    F: Fn(ServiceCall) -> BoxFuture<ServiceReply> + Send + Sync + 'static,
{
    Arc::new(play)
}
