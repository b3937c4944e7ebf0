//! Event-source emulator: it reads the tables' streams, polls the queues and runs the schedules as AWS does,
//! and calls the workers with events in Lambda's form.

mod checkpoint;
mod progress;
mod queues;
mod record;
mod redrive;
mod relay;
mod schedules;
mod settle;

use std::sync::Arc;
use std::sync::atomic::{AtomicU64, Ordering};
use std::time::Duration;

use domain::Result;
use runtime::{App, Source, Worker};
use tokio::sync::watch;
use tokio::task::{JoinError, JoinSet};

use crate::engine::{Deployed, Engines};

use checkpoint::Checkpoints;
pub use redrive::redrive;
use relay::Relay;

/// Maximum time that work in progress may take when the emulator stops.
const STOP_MAX: Duration = Duration::from_secs(10);

/// Interval at which an outside engine is polled, because it signals nothing.
const POLL: Duration = Duration::from_millis(250);

/// Interval at which an embedded engine is polled although it signals every change, as a safety net.
const REST: Duration = Duration::from_secs(5);

/// Context that all tasks of the emulator share.
struct SharedContext {
    engines: Engines,
    deployed: Deployed,
    app: App,
    stop: watch::Sender<bool>,
    // Number of messages that were dropped because their chain had too many hops.
    dropped: AtomicU64,
}

/// Running event-source emulator. Dropping it ends all tasks at once, as a crash does; [`EventSources::stop`] lets
/// work in progress finish.
pub struct EventSources {
    shared: Arc<SharedContext>,
    relays: Vec<Arc<progress::Progress>>,
    checkpoints: Arc<Checkpoints>,
    tasks: JoinSet<()>,
}

impl EventSources {
    /// Starts the emulator, which calls `workers`. Streams are read from the last checkpoint, so some records
    /// are delivered again after a restart.
    ///
    /// # Errors
    /// Fails if the engines refuse a call, or if a worker's table has no stream or its queue was not created.
    pub async fn start(
        engines: Engines,
        deployed: Deployed,
        app: App,
        workers: &[&'static Worker],
    ) -> Result<Self> {
        let shared = Arc::new(SharedContext {
            engines,
            deployed,
            app,
            stop: watch::Sender::new(false),
            dropped: AtomicU64::new(0),
        });
        let checkpoints = Arc::new(Checkpoints::open(shared.clone()).await?);
        let mut tasks = JoinSet::new();
        let mut relays = Vec::new();
        for &worker in workers {
            match worker.source {
                Source::Stream(table, _) => {
                    let relay = Relay::open(shared.clone(), worker, table, &checkpoints).await?;
                    relays.push(relay.progress());
                    tasks.spawn(relay.run());
                }
                Source::Queue(queue, _) => queues::spawn(&mut tasks, &shared, worker, queue)?,
                Source::Schedule(every_s, _) => schedules::spawn(&mut tasks, &shared, worker, every_s),
                // The front end calls these.
                Source::Socket(..) => {}
            }
        }
        if let Some(dynamo) = shared.engines.dynamo.clone() {
            schedules::spawn_sweep(&mut tasks, &shared, dynamo);
        }
        tasks.spawn(checkpoints.clone().keep(relays.clone()));
        Ok(Self { shared, relays, checkpoints, tasks })
    }

    /// Returns the number of messages dropped because 16 messages of their chain were handled before them.
    /// Lambda stops such a chain as a recursive loop.
    pub fn dropped(&self) -> u64 {
        self.shared.dropped.load(Ordering::Relaxed)
    }

    /// Takes no new work, waits at most 10 s for work in progress, saves the checkpoints and releases the
    /// engines.
    pub async fn stop(mut self) {
        self.suspend().await;
    }

    /// Takes no new work, waits at most 10 s for work in progress, and saves the checkpoints. The value can
    /// still be used, but calls no worker any more.
    pub async fn suspend(&mut self) {
        self.shared.stop.send_replace(true);
        let finished = async { while self.tasks.join_next().await.is_some() {} };
        if tokio::time::timeout(STOP_MAX, finished).await.is_err() {
            tracing::warn!("work under way took longer than {STOP_MAX:?} and was cut off");
            self.tasks.shutdown().await;
        }
        if let Err(error) = self.checkpoints.save(&self.relays).await {
            tracing::warn!(%error, "no checkpoint: the streams are read again from the one before");
        }
    }
}

impl SharedContext {
    fn stopping(&self) -> bool {
        *self.stop.borrow()
    }

    // Waits until the emulator stops.
    async fn stopped(&self) {
        // An error would mean that the sender is dropped, but `self` holds it.
        drop(self.stop.subscribe().wait_for(|stop| *stop).await);
    }
}

// Runs `work` in a task of its own. A panic ends that task and not the emulator, and dropping the emulator
// ends the task.
async fn spawn_isolated<T: Send + 'static>(
    work: impl Future<Output = T> + Send + 'static,
) -> Result<T, JoinError> {
    let mut task = JoinSet::new();
    task.spawn(work);
    match task.join_next().await {
        Some(outcome) => outcome,
        None => unreachable!("the set has the one task that was just spawned"),
    }
}
