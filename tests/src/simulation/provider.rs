//! Payment provider: it accepts or refuses payments, sometimes without a response, and sends callbacks,
//! sometimes late and repeatedly, until one is accepted.

use std::collections::BTreeMap;
use std::sync::atomic::Ordering;
use std::sync::{Mutex, PoisonError};

use integrations::{PartyReply, SCRIPTED_SECRET};
use serde_json::{Value, json};
use tokio::sync::Notify;

use super::clients::Party;
use super::core::Core;
use super::faults::Fault;
use super::world::Answer;

/// Maximum number of attempts to send a callback.
const CALLS_MAX: usize = 200;

/// State of the payment provider.
#[derive(Default)]
pub struct Provider {
    known: Mutex<Known>,
    due: Notify,
}

#[derive(Default)]
struct Known {
    asked: BTreeMap<String, Asked>,
    callbacks: Vec<Value>,
}

/// Requested payment of one reference.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Asked {
    /// Order of the payment.
    pub order_id: String,
    /// Amount of the payment.
    pub amount: u64,
    /// Outcome of the payment.
    pub outcome: Outcome,
    /// Number of callbacks that dibs accepted.
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

impl Provider {
    /// Returns all requested payments, by reference.
    pub fn asked(&self) -> BTreeMap<String, Asked> {
        self.with(|known| known.asked.clone())
    }

    fn with<T>(&self, act: impl FnOnce(&mut Known) -> T) -> T {
        act(&mut self.known.lock().unwrap_or_else(PoisonError::into_inner))
    }
}

/// Handles a payment request of dibs.
pub fn ask(core: &Core, body: &Value) -> PartyReply {
    let strikes = |often: u64| core.faults.strikes(&core.dice, often);
    let text = |name: &str| body[name].as_str().unwrap_or_default().to_owned();
    let (reference, often) = (text("reference"), core.faults.rates.party);
    let answered = |status, body: Value| PartyReply::Answer { status, body: body.to_string().into_bytes() };
    let outcome = if let Some(known) = core.provider.with(|known| known.asked.get(&reference).cloned()) {
        core.fault("provider", Fault::PartyAnsweredTwice);
        known.outcome
    } else {
        let outcome = match core.dice.below(10) {
            0 | 1 => Outcome::Failed,
            _ if strikes(often / 2) => Outcome::Refused,
            _ => Outcome::Completed,
        };
        let amount = body["amount"].as_u64().unwrap_or_default();
        let asked = Asked { order_id: text("order_id"), amount, outcome, heard: 0 };
        core.provider.with(|known| known.asked.insert(reference.clone(), asked));
        core.event("provider", format_args!("{reference} {amount} {outcome:?}"));
        if outcome != Outcome::Refused {
            core.provider.call_back(core, &reference, body, outcome);
        }
        outcome
    };
    if outcome == Outcome::Refused {
        core.fault("provider", Fault::PartyRefused);
        return answered(402, json!({"reason": "not with this card"}));
    }
    if strikes(often) {
        core.fault("provider", Fault::PartyActedInSilence);
        return if core.dice.permille(500) { PartyReply::Timeout } else { answered(503, Value::Null) };
    }
    answered(202, json!({"reference": reference}))
}

impl Provider {
    /// Schedules the callbacks of a payment.
    fn call_back(&self, core: &Core, reference: &str, asked: &Value, outcome: Outcome) {
        let status = if outcome == Outcome::Completed { "completed" } else { "failed" };
        let told = json!({
            "reference": reference, "order_id": asked["order_id"], "status": status, "amount": asked["amount"],
        });
        let mut copies = 1;
        if core.faults.strikes(&core.dice, core.faults.rates.party) {
            core.fault("provider", Fault::CallbackRepeated);
            copies = core.dice.between(2, 3) as usize;
        }
        core.under_way.fetch_add(copies as u64, Ordering::Relaxed);
        self.with(|known| known.callbacks.extend(std::iter::repeat_n(told, copies)));
        self.due.notify_one();
    }
}

impl Party {
    /// Runs the provider, which sends all scheduled callbacks.
    pub async fn provider(self) {
        let core = self.world.core.clone();
        loop {
            for told in core.provider.with(|known| std::mem::take(&mut known.callbacks)) {
                tokio::spawn(self.clone().call_back(told));
            }
            core.provider.due.notified().await;
        }
    }

    async fn call_back(self, told: Value) {
        let (core, dice) = (&self.world.core, &self.world.core.dice);
        let late = core.faults.strikes(dice, core.faults.rates.party / 2);
        if late {
            core.fault("provider", Fault::CallbackLate);
        }
        tokio::time::sleep(if late { dice.millis(15_000, 90_000) } else { dice.millis(100, 6_000) }).await;
        let reference = told["reference"].as_str().unwrap_or_default();
        let mut answer = Answer::Gone;
        for _ in 0..CALLS_MAX {
            answer = self.world.report(told.to_string(), SCRIPTED_SECRET).await;
            if !answer.is_passing() {
                break;
            }
            tokio::time::sleep(dice.millis(500, 10_000)).await;
        }
        if answer.status() == 200 {
            core.provider.with(|known| {
                if let Some(asked) = known.asked.get_mut(reference) {
                    asked.heard += 1;
                }
            });
        } else {
            self.history.wrong(format!("the provider's {told} was answered with {answer:?}"));
        }
        core.under_way.fetch_sub(1, Ordering::Relaxed);
    }
}
