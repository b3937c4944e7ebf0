//! Payment provider: it accepts or refuses payments, sometimes without a response, and sends callbacks,
//! sometimes late and repeatedly, until one is accepted.

use std::collections::BTreeMap;
use std::sync::atomic::Ordering;
use std::sync::{Arc, Mutex, PoisonError};

use integrations::ServiceReply;
use serde_json::{Value, json};
use tokio::sync::Notify;

use super::environment::Environment;
use super::faults::Fault;

/// Payment provider of a run.
pub struct PaymentProvider {
    env: Arc<Environment>,
    known: Mutex<Known>,
    due: Notify,
}

#[derive(Default)]
struct Known {
    asked: BTreeMap<String, Asked>,
    callbacks: Vec<Value>,
}

/// Payment that was requested under one reference.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Asked {
    /// Id of the order that is to be paid.
    pub order_id: String,
    /// Amount of the payment, in whole units of the currency.
    pub amount: u64,
    /// Outcome of the payment.
    pub outcome: Outcome,
    /// Number of callbacks about the payment that dibs accepted.
    pub heard: usize,
}

/// Outcome of a payment.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Outcome {
    /// The provider refused the request.
    Refused,
    /// The provider received the money.
    Completed,
    /// The provider could not receive the money.
    Failed,
}

impl PaymentProvider {
    /// Creates a provider without any payment.
    pub fn new(env: Arc<Environment>) -> Self {
        Self { env, known: Mutex::default(), due: Notify::new() }
    }

    /// Returns all requested payments, by reference.
    pub fn asked(&self) -> BTreeMap<String, Asked> {
        self.with(|known| known.asked.clone())
    }

    fn with<T>(&self, act: impl FnOnce(&mut Known) -> T) -> T {
        act(&mut self.known.lock().unwrap_or_else(PoisonError::into_inner))
    }
}

impl PaymentProvider {
    /// Handles a payment request of dibs, and returns the response.
    pub fn answer(&self, body: &Value) -> ServiceReply {
        let env = &self.env;
        let text = |name: &str| body[name].as_str().unwrap_or_default().to_owned();
        let (reference, often) = (text("reference"), env.faults.rates.outside);
        let answered =
            |status, body: Value| ServiceReply::Answer { status, body: body.to_string().into_bytes() };
        let outcome = if let Some(known) = self.with(|known| known.asked.get(&reference).cloned()) {
            env.fault("provider", Fault::PartyAnsweredTwice);
            known.outcome
        } else {
            let outcome = match env.prng.below(10) {
                0 | 1 => Outcome::Failed,
                _ if env.strikes(often / 2) => Outcome::Refused,
                _ => Outcome::Completed,
            };
            let amount = body["amount"].as_u64().unwrap_or_default();
            let asked = Asked { order_id: text("order_id"), amount, outcome, heard: 0 };
            self.with(|known| known.asked.insert(reference.clone(), asked));
            env.event("provider", format_args!("{reference} {amount} {outcome:?}"));
            if outcome != Outcome::Refused {
                self.call_back(&reference, body, outcome);
            }
            outcome
        };
        if outcome == Outcome::Refused {
            env.fault("provider", Fault::PartyRefused);
            return answered(402, json!({"reason": "not with this card"}));
        }
        if env.strikes(often) {
            env.fault("provider", Fault::PartyActedInSilence);
            return if env.prng.permille(500) { ServiceReply::Timeout } else { answered(503, Value::Null) };
        }
        answered(202, json!({"reference": reference}))
    }

    /// Schedules the callbacks that report `outcome` of a payment.
    fn call_back(&self, reference: &str, asked: &Value, outcome: Outcome) {
        let env = &self.env;
        let status = if outcome == Outcome::Completed { "completed" } else { "failed" };
        let report = json!({
            "reference": reference, "order_id": asked["order_id"], "status": status, "amount": asked["amount"],
        });
        let mut copies = 1;
        if env.strikes(env.faults.rates.outside) {
            env.fault("provider", Fault::CallbackRepeated);
            copies = env.prng.between(2, 3) as usize;
        }
        env.under_way.fetch_add(copies as u64, Ordering::Relaxed);
        self.with(|known| known.callbacks.extend(std::iter::repeat_n(report, copies)));
        self.due.notify_one();
    }

    /// Waits until callbacks are due, removes them, and returns them.
    pub async fn due(&self) -> Vec<Value> {
        loop {
            let due = self.with(|known| std::mem::take(&mut known.callbacks));
            if !due.is_empty() {
                return due;
            }
            self.due.notified().await;
        }
    }

    /// Notes that dibs accepted a callback about `reference`.
    pub fn heard(&self, reference: &str) {
        self.with(|known| {
            if let Some(asked) = known.asked.get_mut(reference) {
                asked.heard += 1;
            }
        });
    }
}
