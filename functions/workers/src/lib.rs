//! Workers: functions behind SQS queues, DynamoDB streams and schedules.

#![warn(missing_docs)]

mod advance_deals;
mod close_orders;
mod expire_holds;
mod grant_rewards;
mod points;
mod publishing;
mod record_activities;
mod relay_accounts;
mod relay_concerts;
mod relay_deals;
mod relay_queue;
mod relay_rewards;
mod relay_wallet;
mod run_rooms;
mod settle_reservations;
mod sweep_holds;
mod sweep_rooms;

pub use advance_deals::WORKER as ADVANCE_DEALS;
pub use close_orders::WORKER as CLOSE_ORDERS;
pub use expire_holds::WORKER as EXPIRE_HOLDS;
pub use grant_rewards::WORKER as GRANT_REWARDS;
pub use record_activities::WORKER as RECORD_ACTIVITIES;
pub use relay_accounts::WORKER as RELAY_ACCOUNTS;
pub use relay_concerts::WORKER as RELAY_CONCERTS;
pub use relay_deals::WORKER as RELAY_DEALS;
pub use relay_queue::WORKER as RELAY_QUEUE;
pub use relay_rewards::WORKER as RELAY_REWARDS;
pub use relay_wallet::WORKER as RELAY_WALLET;
pub use run_rooms::WORKER as RUN_ROOMS;
pub use settle_reservations::WORKER as SETTLE_RESERVATIONS;
pub use sweep_holds::WORKER as SWEEP_HOLDS;
pub use sweep_rooms::WORKER as SWEEP_ROOMS;

use edge::Worker;

/// All workers with their event sources.
pub static WORKERS: &[&Worker] = &[
    &RELAY_ACCOUNTS,
    &RELAY_REWARDS,
    &RELAY_QUEUE,
    &RELAY_CONCERTS,
    &RELAY_WALLET,
    &RELAY_DEALS,
    &RECORD_ACTIVITIES,
    &GRANT_REWARDS,
    &SETTLE_RESERVATIONS,
    &RUN_ROOMS,
    &EXPIRE_HOLDS,
    &SWEEP_HOLDS,
    &CLOSE_ORDERS,
    &ADVANCE_DEALS,
    &SWEEP_ROOMS,
];

/// Parses the body of a message. A malformed message ends in the dead-letter queue.
fn body<T: serde::de::DeserializeOwned>(message: &edge::Message) -> domain::Result<T> {
    serde_json::from_str(&message.body)
        .map_err(|error| domain::Error::internal(format!("a message cannot be read: {error}")))
}

/// Maximum delay of an SQS message, in seconds.
const DELAY_SECONDS_MAX: i64 = 900;

/// Returns the delay in seconds, rounded up, of a message that is due `at`, within the limit of SQS.
fn seconds_until(at: domain::Timestamp, now: domain::Timestamp) -> u32 {
    let seconds = (at.as_millis() - now.as_millis() + 999).div_euclid(1000);
    u32::try_from(seconds.clamp(0, DELAY_SECONDS_MAX)).unwrap_or(0)
}
