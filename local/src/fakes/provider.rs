//! Fake payment provider. It accepts each payment, or declines all of them if set to, and reports the result
//! in a signed callback.

use std::collections::{HashMap, VecDeque};
use std::time::Duration;

use domain::Timestamp;
use domain::orders::{PaymentReport, ProviderOutcome};
use integrations::PaymentRequest;
use integrations::signature::{self, SIGNATURE, TIMESTAMP};
use reqwest::{Client, Url, header};
use serde::{Deserialize, Serialize};
use tokio::sync::watch;

use super::Fakes;
use super::settings::ProviderSettings;

/// Maximum number of payments, and of callbacks, that the fake keeps.
pub const PAYMENTS_MAX: usize = 10_000;

/// Maximum number of attempts to send one callback.
const TRIES_MAX: u32 = 5;
const PAUSE: Duration = Duration::from_millis(200);
const CALL_MAX: Duration = Duration::from_secs(10);

/// Callback of the fake payment provider, after its last attempt.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Callback {
    /// Payment report that was sent in the callback.
    #[serde(flatten)]
    pub report: PaymentReport,
    /// HTTP status of the response to the last attempt. `None` if there was no response.
    pub answered: Option<u16>,
    /// Time at which the last attempt ended, in UTC.
    pub at: Timestamp,
}

/// Settings, payments and callbacks of the fake payment provider.
#[derive(Default)]
pub(super) struct Provider {
    pub settings: ProviderSettings,
    payments: HashMap<String, (PaymentRequest, ProviderOutcome)>,
    references: VecDeque<String>,
    callbacks: VecDeque<Callback>,
}

impl Provider {
    /// Accepts a payment, and returns its outcome, which stays the same for the reference. Returns `None` if
    /// the reference was used for a different payment.
    pub fn take(&mut self, request: &PaymentRequest) -> Option<ProviderOutcome> {
        if let Some((known, outcome)) = self.payments.get(&request.reference) {
            return (known == request).then_some(*outcome);
        }
        let outcome =
            if self.settings.decline { ProviderOutcome::Failed } else { ProviderOutcome::Completed };
        self.payments.insert(request.reference.clone(), (request.clone(), outcome));
        self.references.push_back(request.reference.clone());
        if self.references.len() > PAYMENTS_MAX
            && let Some(oldest) = self.references.pop_front()
        {
            self.payments.remove(&oldest);
        }
        Some(outcome)
    }

    fn called(&mut self, callback: Callback) {
        self.callbacks.push_back(callback);
        if self.callbacks.len() > PAYMENTS_MAX {
            self.callbacks.pop_front();
        }
    }
}

/// Guard that counts one payment as having callbacks to be sent, until it is dropped.
struct Due(watch::Sender<usize>);

impl Due {
    fn new(count: &watch::Sender<usize>) -> Self {
        count.send_modify(|count| *count += 1);
        Self(count.clone())
    }
}

impl Drop for Due {
    fn drop(&mut self) {
        self.0.send_modify(|count| *count -= 1);
    }
}

impl Fakes {
    /// Replaces the settings of the payment provider.
    pub fn set_provider(&self, settings: ProviderSettings) {
        self.services().provider.settings = settings;
    }

    /// Returns the latest callbacks of the payment provider, at most [`PAYMENTS_MAX`], oldest first.
    pub fn callbacks(&self) -> Vec<Callback> {
        self.services().provider.callbacks.iter().cloned().collect()
    }

    /// Waits until all callbacks of all payments are sent or given up.
    pub async fn called_back(&self) {
        // The sender lives as long as the fakes do, so waiting cannot fail.
        drop(self.0.due.subscribe().wait_for(|count| *count == 0).await);
    }

    /// Starts a task that reports `status`, the outcome of the payment `request`, in as many callbacks as the
    /// settings say.
    pub(super) fn call_back(&self, request: PaymentRequest, status: ProviderOutcome) {
        let PaymentRequest { reference, order_id, amount, callback_url, .. } = request;
        let Some(url) = callback_url.and_then(|url| Url::parse(&url).ok()) else {
            tracing::warn!(reference, "the payment provider does not know where to call back");
            return;
        };
        let report = PaymentReport { reference, order_id, status, amount: amount.0 };
        let (calls, delay_ms) = {
            let settings = &self.services().provider.settings;
            (settings.callbacks, settings.callback_delay_ms)
        };
        let (due, provider) = (Due::new(&self.0.due), self.clone());
        tokio::spawn(async move {
            if delay_ms > 0 {
                tokio::time::sleep(Duration::from_millis(delay_ms)).await;
            }
            for _ in 0..calls {
                let answered = provider.tell(&url, &report).await;
                let at = (provider.0.clock)();
                provider.services().provider.called(Callback { report: report.clone(), answered, at });
            }
            drop(due);
        });
    }

    /// Sends `report` at most [`TRIES_MAX`] times, until the response has a status below 500 other than 429.
    /// Returns the status of the last attempt, or `None` if it had no response.
    async fn tell(&self, url: &Url, report: &PaymentReport) -> Option<u16> {
        let mut answered = None;
        for attempt in 0..TRIES_MAX {
            if attempt > 0 {
                tokio::time::sleep(PAUSE).await;
            }
            answered = self.tell_once(url, report).await;
            if answered.is_some_and(|status| status < 500 && status != 429) {
                break;
            }
        }
        answered
    }

    async fn tell_once(&self, url: &Url, report: &PaymentReport) -> Option<u16> {
        let body = serde_json::to_vec(report).ok()?;
        let timestamp = (self.0.clock)().as_seconds().to_string();
        let path =
            url.query().map_or_else(|| url.path().to_owned(), |query| format!("{}?{query}", url.path()));
        let signature = signature::sign(&self.0.secret, &timestamp, "POST", &path, &body);
        let client = self.0.http.get_or_init(|| Client::builder().no_proxy().build().unwrap_or_default());
        let call =
            client.post(url.clone()).timeout(CALL_MAX).header(header::CONTENT_TYPE, "application/json");
        let call = call.header(TIMESTAMP, timestamp).header(SIGNATURE, signature).body(body);
        call.send().await.ok().map(|answer| answer.status().as_u16())
    }
}
