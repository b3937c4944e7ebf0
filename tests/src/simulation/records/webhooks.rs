//! Record of the webhooks that operators created.

use std::sync::{Mutex, PoisonError};

/// Webhook that an operator created in the run.
#[derive(Clone, Debug)]
pub struct KnownWebhook {
    /// Id of the webhook.
    pub id: String,
    /// URL of its endpoint, which no other webhook has.
    pub url: String,
    /// Time of the response, in milliseconds of the run.
    pub since_ms: u64,
}

/// Webhooks that the operators of a run created.
#[derive(Debug, Default)]
pub struct KnownWebhooks(Mutex<Vec<KnownWebhook>>);

impl KnownWebhooks {
    /// Adds a webhook.
    pub fn add(&self, known: KnownWebhook) {
        self.0.lock().unwrap_or_else(PoisonError::into_inner).push(known);
    }

    /// Returns the webhooks created so far.
    pub fn all(&self) -> Vec<KnownWebhook> {
        self.0.lock().unwrap_or_else(PoisonError::into_inner).clone()
    }
}
