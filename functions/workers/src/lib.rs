//! Workers: what queues and streams set in motion after an answer has left.

#![warn(missing_docs)]

mod grant_rewards;
mod points;
mod record_activities;
mod relay_accounts;
mod relay_rewards;
mod settle_reservations;

pub use grant_rewards::WORKER as GRANT_REWARDS;
pub use record_activities::WORKER as RECORD_ACTIVITIES;
pub use relay_accounts::WORKER as RELAY_ACCOUNTS;
pub use relay_rewards::WORKER as RELAY_REWARDS;
pub use settle_reservations::WORKER as SETTLE_RESERVATIONS;

use edge::Worker;

/// Every worker: what it listens to and what it does.
pub static WORKERS: &[&Worker] =
    &[&RELAY_ACCOUNTS, &RELAY_REWARDS, &RECORD_ACTIVITIES, &GRANT_REWARDS, &SETTLE_RESERVATIONS];

/// A message's body as what it is. One that cannot be read stays for the dead-letter queue.
fn body<T: serde::de::DeserializeOwned>(message: &edge::Message) -> domain::Result<T> {
    serde_json::from_str(&message.body)
        .map_err(|error| domain::Error::internal(format!("a message cannot be read: {error}")))
}
