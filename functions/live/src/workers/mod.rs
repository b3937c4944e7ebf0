//! Functions behind the queue of changed topics and the WebSocket API.

pub mod broadcast_changes;
pub mod disconnect;
pub mod receive_message;

use runtime::Worker;

/// Every worker of this domain.
pub static WORKERS: &[&Worker] = &[&receive_message::WORKER, &disconnect::WORKER, &broadcast_changes::WORKER];
