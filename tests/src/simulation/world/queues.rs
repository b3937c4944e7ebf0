//! SQS on the simulated clock: standard queues with at-least-once delivery in any order, delays, visibility
//! timeouts and dead-letter queues.

use std::collections::BTreeMap;
use std::sync::{Mutex, MutexGuard, PoisonError};
use std::time::Duration;

use runtime::hops::HOPS_MAX;
use store::schema::Queue;
use tokio::sync::Notify;

use super::environment::Environment;
use super::faults::Fault;

/// All queues of the run, by name.
#[derive(Default)]
pub struct Queues {
    inner: Mutex<Inner>,
    sent: Notify,
    // Messages that were dropped because Lambda would stop their chains as recursive loops.
    too_long: Mutex<Vec<String>>,
}

#[derive(Default)]
struct Inner {
    queues: BTreeMap<String, Messages>,
    sent: u64,
}

#[derive(Default)]
struct Messages {
    live: Vec<Message>,
    dead: Vec<Message>,
}

#[derive(Clone)]
struct Message {
    number: u64,
    body: String,
    visible_ms: u64,
    receives: u32,
    // Number of handlers that are processing the message now.
    working: u32,
    // Number of messages of the chain that were handled before this one.
    hops: u32,
}

/// Message as it is delivered to a handler.
#[derive(Clone, Debug)]
pub struct Delivery {
    /// Number of the message.
    pub number: u64,
    /// Body of the message.
    pub body: String,
    /// Number of times that the message was received, including this one.
    pub receives: u32,
    /// Number of messages of the chain that were handled before this one.
    pub hops: u32,
}

impl Queues {
    /// Adds a message to `queue`, visible after `delay_s` seconds and a random delay, and returns its id.
    pub fn send(&self, env: &Environment, queue: &str, body: &str, delay_s: u64) -> String {
        let late = env.strikes(env.faults.rates.delayed);
        let extra_ms = if late { env.prng.between(1_000, 90_000) } else { env.prng.between(0, 300) };
        if late {
            env.fault(queue, Fault::MessageDelayed);
        }
        let mut inner = self.lock();
        inner.sent += 1;
        let number = inner.sent;
        let visible_ms = env.now_ms() + delay_s * 1000 + extra_ms;
        let hops = runtime::hops::hops();
        if hops >= HOPS_MAX {
            self.too_long.lock().unwrap_or_else(PoisonError::into_inner).push(format!("{queue} {body}"));
            return number.to_string();
        }
        let message = Message { number, body: body.to_owned(), visible_ms, receives: 0, working: 0, hops };
        inner.queues.entry(queue.to_owned()).or_default().live.push(message);
        self.sent.notify_waiters();
        number.to_string()
    }

    /// Waits until `queue` may have a visible message.
    pub async fn wait(&self, env: &Environment, queue: &Queue) {
        let next_ms = {
            let mut inner = self.lock();
            let messages = inner.queues.entry(queue.name.to_owned()).or_default();
            messages.live.iter().map(|message| message.visible_ms).min()
        };
        let sent = self.sent.notified();
        match next_ms {
            None => sent.await,
            Some(next_ms) => {
                let wait = Duration::from_millis(next_ms.saturating_sub(env.now_ms()));
                // The wait ends with a message or with the timeout.
                let _ = tokio::time::timeout(wait, sent).await;
            }
        }
    }

    /// Returns up to `most` visible messages of `queue` in random order, and hides them for the queue's
    /// visibility timeout.
    pub fn receive(&self, env: &Environment, queue: &Queue, most: usize) -> Vec<Delivery> {
        let (now_ms, mut deliveries) = (env.now_ms(), Vec::new());
        let mut inner = self.lock();
        let messages = inner.queues.entry(queue.name.to_owned()).or_default();
        while deliveries.len() < most {
            let visible: Vec<usize> =
                (0..messages.live.len()).filter(|index| messages.live[*index].visible_ms <= now_ms).collect();
            if visible.is_empty() {
                break;
            }
            let index = if env.faults.on() { *env.prng.pick(&visible) } else { visible[0] };
            if index != visible[0] {
                env.fault(queue.name, Fault::MessagesReordered);
            }
            let message = &mut messages.live[index];
            if message.receives >= queue.receives_max {
                env.fault(queue.name, Fault::DeadLettered);
                env.event(queue.name, format_args!("dead letter {}", message.body));
                let message = messages.live.remove(index);
                messages.dead.push(message);
                continue;
            }
            if message.working > 0 {
                env.fault(queue.name, Fault::VisibilityExpired);
            }
            message.receives += 1;
            message.working += 1;
            message.visible_ms = now_ms + u64::from(queue.visibility_s) * 1000;
            if env.strikes(env.faults.rates.duplicated) {
                env.fault(queue.name, Fault::MessageDuplicated);
                message.visible_ms = now_ms + env.prng.between(1, 3_000);
            }
            let Message { number, body, receives, hops, .. } = message.clone();
            deliveries.push(Delivery { number, body, receives, hops });
        }
        deliveries
    }

    /// Ends the processing of a message by one handler, and deletes the message if `done`.
    pub fn finish(&self, env: &Environment, queue: &Queue, number: u64, done: bool) {
        let mut inner = self.lock();
        let messages = inner.queues.entry(queue.name.to_owned()).or_default();
        let Some(index) = messages.live.iter().position(|message| message.number == number) else { return };
        messages.live[index].working = messages.live[index].working.saturating_sub(1);
        if !done {
            return;
        }
        if env.strikes(env.faults.rates.delete_lost) {
            env.fault(queue.name, Fault::DeleteLost);
            return;
        }
        messages.live.remove(index);
    }

    /// Returns the number of messages in all queues, including delayed and hidden ones, and the number of
    /// dead letters.
    pub fn left(&self) -> (usize, usize) {
        let inner = self.lock();
        let sum = |of: fn(&Messages) -> usize| inner.queues.values().map(of).sum();
        (sum(|messages| messages.live.len()), sum(|messages| messages.dead.len()))
    }

    /// Moves all dead letters back to their queues, and returns their number.
    pub fn redrive(&self, env: &Environment) -> usize {
        let mut moved = 0;
        for messages in self.lock().queues.values_mut() {
            for message in messages.dead.drain(..) {
                moved += 1;
                messages.live.push(Message { visible_ms: env.now_ms(), receives: 0, working: 0, ..message });
            }
        }
        self.sent.notify_waiters();
        moved
    }

    /// Returns the messages that were dropped because Lambda would stop their chains as recursive loops. dibs
    /// must not send any.
    pub fn too_long(&self) -> Vec<String> {
        self.too_long.lock().unwrap_or_else(PoisonError::into_inner).clone()
    }

    /// Returns the remaining messages as text, for the report about a run that does not settle.
    pub fn bodies(&self) -> Vec<String> {
        let inner = self.lock();
        let each = |(name, messages): (&String, &Messages)| {
            let text = |message: &Message| format!("{name} x{} {}", message.receives, message.body);
            messages.live.iter().chain(&messages.dead).map(text).collect::<Vec<_>>()
        };
        inner.queues.iter().flat_map(each).collect()
    }

    fn lock(&self) -> MutexGuard<'_, Inner> {
        self.inner.lock().unwrap_or_else(PoisonError::into_inner)
    }
}
