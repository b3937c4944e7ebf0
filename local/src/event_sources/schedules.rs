//! Schedules: workers that run periodically, and the deletion of expired items.

use std::sync::Arc;
use std::time::Duration;

use runtime::Worker;
use tokio::task::JoinSet;

use super::{SharedContext, spawn_isolated};
use crate::engine::Dynamo;

/// Interval at which expired items are deleted. DynamoDB takes up to days; one minute makes expiry visible in
/// a local stack.
const SWEEP_EVERY: Duration = Duration::from_secs(60);

/// Starts a task that calls `worker` every `every_s` seconds, first after that time. Calls do not overlap.
pub(super) fn spawn(
    tasks: &mut JoinSet<()>,
    shared: &Arc<SharedContext>,
    worker: &'static Worker,
    every_s: u32,
) {
    let shared = shared.clone();
    let every = Duration::from_secs(u64::from(every_s.max(1)));
    tasks.spawn(async move {
        while pause(&shared, every).await {
            let app = shared.app.clone();
            let tick = spawn_isolated(async move { drop(worker.handle_tick(&app).await) });
            if let Err(error) = tick.await {
                tracing::error!(worker = worker.name, %error, "ended without an answer");
            }
        }
    });
}

/// Starts a task that deletes expired items every minute.
pub(super) fn spawn_sweep(tasks: &mut JoinSet<()>, shared: &Arc<SharedContext>, dynamo: Dynamo) {
    let shared = shared.clone();
    tasks.spawn(async move {
        while pause(&shared, SWEEP_EVERY).await {
            // The engine expires items by the machine's clock. If the functions' clock differs, they may
            // still need an item.
            let apart_ms = shared.app.now().as_millis() - jiff::Timestamp::now().as_millisecond();
            if apart_ms.unsigned_abs() > SWEEP_EVERY.as_millis() as u64 {
                continue;
            }
            let dynamo = dynamo.clone();
            match tokio::task::spawn_blocking(move || dynamo.sweep_expired()).await {
                Ok(Ok(_)) => {}
                Ok(Err(error)) => tracing::warn!(%error, cause = ?error.cause(), "expired items not swept"),
                Err(error) => tracing::error!(%error, "the sweep ended without an answer"),
            }
        }
    });
}

// Waits for the time `length`. Returns `false` if the emulator stopped meanwhile.
async fn pause(shared: &SharedContext, length: Duration) -> bool {
    tokio::select! {
        () = tokio::time::sleep(length) => true,
        () = shared.stopped() => false,
    }
}
