//! What AWS does between the functions: it reads the tables' streams, polls the queues and keeps the
//! schedules, and calls the workers with what it finds, in the forms in which Lambda gives it to them.

mod checkpoint;
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
use edge::{App, Source, Worker};
use tokio::sync::watch;
use tokio::task::{JoinError, JoinSet};

use crate::engine::{Deployed, Engines};

use checkpoint::Checkpoints;
pub use redrive::redrive;
use relay::Relay;

/// How long work under way may take when the pump stops.
const STOP_MAX: Duration = Duration::from_secs(10);

/// How often work is looked for in an outside engine, which tells nobody of it.
const POLL: Duration = Duration::from_millis(250);

/// An embedded engine tells of every change, so this is only a net.
const REST: Duration = Duration::from_secs(5);

/// What everything in the pump needs.
struct Plant {
    engines: Engines,
    deployed: Deployed,
    app: App,
    stop: watch::Sender<bool>,
    // Messages whose chains were too long.
    dropped: AtomicU64,
}

/// The running pump. Dropping it ends everything at once, as a crash does; [`Pump::stop`] ends it in order.
pub struct Pump {
    plant: Arc<Plant>,
    relays: Vec<Arc<relay::Progress>>,
    checkpoints: Arc<Checkpoints>,
    tasks: JoinSet<()>,
}

impl Pump {
    /// Starts to call `workers`. Streams are read from where every earlier record is known to be finished, so
    /// some records come twice after a restart.
    ///
    /// # Errors
    /// When the engines refuse, or a worker's table has no stream or its queue was not created.
    pub async fn start(
        engines: Engines,
        deployed: Deployed,
        app: App,
        workers: &[&'static Worker],
    ) -> Result<Self> {
        let plant = Arc::new(Plant {
            engines,
            deployed,
            app,
            stop: watch::Sender::new(false),
            dropped: AtomicU64::new(0),
        });
        let checkpoints = Arc::new(Checkpoints::open(plant.clone()).await?);
        let mut tasks = JoinSet::new();
        let mut relays = Vec::new();
        for &worker in workers {
            match worker.source {
                Source::Stream(table, _) => {
                    let relay = Relay::open(plant.clone(), worker, table, &checkpoints).await?;
                    relays.push(relay.progress());
                    tasks.spawn(relay.run());
                }
                Source::Queue(queue, _) => queues::spawn(&mut tasks, &plant, worker, queue)?,
                Source::Schedule(every_s, _) => schedules::spawn(&mut tasks, &plant, worker, every_s),
            }
        }
        if let Some(dynamo) = plant.engines.dynamo.clone() {
            schedules::spawn_sweep(&mut tasks, &plant, dynamo);
        }
        tasks.spawn(checkpoints.clone().keep(relays.clone()));
        Ok(Self { plant, relays, checkpoints, tasks })
    }

    /// How many messages were dropped since their chains had more than sixteen hops, which Lambda takes for a loop without end.
    pub fn dropped(&self) -> u64 {
        self.plant.dropped.load(Ordering::Relaxed)
    }

    /// Takes nothing new, finishes what is under way, at most 10 s, and ends.
    pub async fn stop(mut self) {
        self.plant.stop.send_replace(true);
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

impl Plant {
    fn stopping(&self) -> bool {
        *self.stop.borrow()
    }

    // Returns when the pump stops.
    async fn stopped(&self) {
        // An error would mean that the sender is gone, and it lives in `self`.
        drop(self.stop.subscribe().wait_for(|stop| *stop).await);
    }
}

// Runs a worker in a task of its own: a panic ends the task and not the pump, and with the pump the task ends
// too.
async fn apart<T: Send + 'static>(work: impl Future<Output = T> + Send + 'static) -> Result<T, JoinError> {
    let mut task = JoinSet::new();
    task.spawn(work);
    match task.join_next().await {
        Some(outcome) => outcome,
        None => unreachable!("the set has the one task that was just spawned"),
    }
}
