//! The outside services of whoever runs dibs, as signed HTTP calls: one answers whether a user meets a
//! condition, one hands a reward out, one takes payments and calls back.
//!
//! No answer of theirs, and no lack of one, is an error here. What is not understood is never a yes: a check
//! then is [`ConditionAnswer::Unavailable`], a fulfilment [`FulfilmentOutcome::Retry`], and of a payment
//! nothing is known until the provider calls: [`PaymentOutcome::Asked`].

#![warn(missing_docs)]

mod answer;
mod condition;
mod fulfilment;
mod payment;
pub mod signature;
mod transport;

use std::sync::Arc;

use config::{PartiesConfig, SECRET_BYTES_MIN, Secret};
use domain::Timestamp;
use reqwest::Url;
use signature::{Arrived, TOLERANCE_S, Untrusted};

pub use condition::{ConditionAnswer, ConditionRequest};
pub use fulfilment::{FulfilmentOutcome, FulfilmentRequest};
pub use payment::{PaymentOutcome, PaymentRequest};
pub use transport::{BoxFuture, Party, PartyCall, PartyReply, Script};

use transport::Transport;

/// The longest answer that is read, in bytes.
pub const ANSWER_BYTES_MAX: usize = 16 * 1024;

/// The longest reference of a fulfilment, in bytes: it is kept with the grant.
pub const REFERENCE_BYTES_MAX: usize = 256;

/// The longest reason that is kept from an answer, in characters; the rest is cut off.
pub const REASON_CHARS_MAX: usize = 200;

/// What signs the calls of [`Parties::scripted`], for a script that verifies them.
pub const SCRIPTED_SECRET: &str = "the secret of scripted parties";

/// The outside services. Making one is cheap: the HTTP client comes with the first call.
pub struct Parties {
    condition: Option<Endpoint>,
    fulfilment: Option<Endpoint>,
    provider: Option<Endpoint>,
    callback_url: Option<String>,
    secret: Secret,
    provider_secret: Secret,
    attempts_max: u32,
    transport: Transport,
}

/// One of the services, and the part of its URL that is signed.
struct Endpoint {
    url: Url,
    path: String,
}

impl Endpoint {
    /// The service at `text`; a text that is no URL counts as none, and [`PartiesConfig::from_env`] has
    /// refused it before.
    fn at(text: &str) -> Option<Self> {
        let url = Url::parse(text).ok().filter(|url| matches!(url.scheme(), "http" | "https"))?;
        let path = match url.query() {
            Some(query) => format!("{}?{query}", url.path()),
            None => url.path().to_owned(),
        };
        Some(Self { url, path })
    }
}

impl Parties {
    /// The services that `config` names. One without a URL answers `not_configured` to every call.
    pub fn new(config: PartiesConfig) -> Self {
        Self {
            condition: config.condition_url.as_deref().and_then(Endpoint::at),
            fulfilment: config.fulfilment_url.as_deref().and_then(Endpoint::at),
            provider: config.provider_url.as_deref().and_then(Endpoint::at),
            callback_url: config.callback_url,
            secret: config.secret,
            provider_secret: config.provider_secret,
            attempts_max: config.attempts_max.max(1),
            transport: Transport::http(config.timeout_ms),
        }
    }

    /// Services that `script` plays, in place of the network, without a timer of its own: the script says
    /// [`PartyReply::Timeout`]. Paths are `/condition`, `/fulfilment` and `/provider`, the secret is
    /// [`SCRIPTED_SECRET`], and the provider is not told where to call.
    pub fn scripted(script: Script) -> Self {
        // Why a seam in shipped code: the simulation has no sockets, and below this line nothing but sockets
        // is left out.
        Self {
            condition: Endpoint::at("http://scripted/condition"),
            fulfilment: Endpoint::at("http://scripted/fulfilment"),
            provider: Endpoint::at("http://scripted/provider"),
            callback_url: None,
            secret: Secret::new(SCRIPTED_SECRET),
            provider_secret: Secret::new(SCRIPTED_SECRET),
            attempts_max: config::ATTEMPTS_MAX_DEFAULT,
            transport: Transport::Scripted(script),
        }
    }

    /// That the payment provider has made `call`, a few minutes ago at most. Without a secret that is worth
    /// the name nobody is believed.
    ///
    /// # Errors
    /// Why it is not believed.
    pub fn believe_provider(&self, call: &Arrived<'_>, now: Timestamp) -> Result<(), Untrusted> {
        if self.provider_secret.expose().len() < SECRET_BYTES_MIN {
            return Err(Untrusted::Wrong);
        }
        signature::verify(&self.provider_secret, call, now, TOLERANCE_S)
    }

    fn signed(&self, party: Party, path: &str, now: Timestamp, request_id: &str, body: &[u8]) -> PartyCall {
        let timestamp = now.as_seconds().to_string();
        let secret = match party {
            Party::Condition | Party::Fulfilment => &self.secret,
            Party::Payment => &self.provider_secret,
        };
        let signature = signature::sign(secret, &timestamp, transport::METHOD, path, body);
        PartyCall {
            party,
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

/// An id for a call that follows from what it is about and when: a log line of dibs and one of the service
/// meet by it.
fn request_id(parts: &[&str], now: Timestamp) -> String {
    let at = now.as_millis().to_string();
    let parts: Vec<&str> = parts.iter().copied().chain([at.as_str()]).collect();
    format!("req_{}", domain::ids::derived(&parts))
}

/// A script from a closure.
pub fn script<F>(play: F) -> Script
where
    F: Fn(PartyCall) -> BoxFuture<PartyReply> + Send + Sync + 'static,
{
    Arc::new(play)
}
