//! Schedules: workers that run periodically, and the deletion of expired items.

use std::sync::Arc;
use std::time::Duration;

use runtime::Worker;
use tokio::task::JoinSet;

use super::{Plant, apart};
use crate::engine::Dynamo;

/// Interval of deleting expired items. DynamoDB takes up to days; one minute shows on a laptop that items do
/// expire.
const SWEEP_EVERY: Duration = Duration::from_secs(60);

/// Calls `worker` every `every_s` seconds, the first time after that period. Calls do not overlap.
pub(super) fn spawn(tasks: &mut JoinSet<()>, plant: &Arc<Plant>, worker: &'static Worker, every_s: u32) {
    let plant = plant.clone();
    let every = Duration::from_secs(u64::from(every_s.max(1)));
    tasks.spawn(async move {
        while pause(&plant, every).await {
            let app = plant.app.clone();
            let tick = apart(async move { drop(worker.handle_tick(&app).await) });
            if let Err(error) = tick.await {
                tracing::error!(worker = worker.name, %error, "ended without an answer");
            }
        }
    });
}

/// Starts the task that deletes expired items every minute.
pub(super) fn spawn_sweep(tasks: &mut JoinSet<()>, plant: &Arc<Plant>, dynamo: Dynamo) {
    let plant = plant.clone();
    tasks.spawn(async move {
        while pause(&plant, SWEEP_EVERY).await {
            // The engine uses the machine's clock. If the functions' clock differs, items may not be expired
            // for them.
            let apart_ms = plant.app.now().as_millis() - jiff::Timestamp::now().as_millisecond();
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

// Waits for `length`. Returns `false` if the emulator stopped first.
async fn pause(plant: &Plant, length: Duration) -> bool {
    tokio::select! {
        () = tokio::time::sleep(length) => true,
        () = plant.stopped() => false,
    }
}
