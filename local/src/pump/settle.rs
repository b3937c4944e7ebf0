//! Waiting until all started work is done, so that tests need not sleep.

use std::time::{Duration, Instant};

use domain::{Error, Result};

use super::Pump;
use super::queues::Depth;

/// Maximum waiting time. Beyond it, work is stuck and the caller needs an error.
const SETTLE_MAX: Duration = Duration::from_secs(120);

/// Interval between two checks.
const LOOK_EVERY: Duration = Duration::from_millis(3);

impl Pump {
    /// Waits until every stream is read to its end and every queue is empty, messages in flight and delayed
    /// ones included. Dead-letter queues do not count. With an outside engine it takes two checks, and can
    /// miss a message that moves between them.
    ///
    /// # Errors
    /// Fails after two minutes, and names the remaining work.
    pub async fn settle(&self) -> Result<()> {
        self.settle_counting(Depth::all).await
    }

    /// Waits like [`Pump::settle`], but ignores messages whose delay has not ended.
    ///
    /// # Errors
    /// Fails after two minutes, and names the remaining work.
    pub async fn settle_due(&self) -> Result<()> {
        self.settle_counting(|depth| depth.visible + depth.in_flight).await
    }

    async fn settle_counting(&self, count: impl Fn(Depth) -> u64) -> Result<()> {
        let deadline = Instant::now() + SETTLE_MAX;
        let looks_needed = if self.changes().is_some() { 1 } else { 2 };
        let mut looks = 0;
        while looks < looks_needed {
            // Nothing may change between the first check and the last. Otherwise work could move from a queue
            // not yet checked to one already checked.
            let before = self.changes();
            match self.left(&count, deadline).await? {
                None if self.changes() == before => looks += 1,
                left => {
                    looks = 0;
                    if Instant::now() > deadline {
                        let left = left.unwrap_or_else(|| "nothing, but it never rests".to_owned());
                        return Err(Error::internal(format!("not settled after {SETTLE_MAX:?}: {left}")));
                    }
                    tokio::time::sleep(LOOK_EVERY).await;
                }
            }
        }
        Ok(())
    }

    // Returns a description of the remaining work, or `None`.
    async fn left(&self, count: impl Fn(Depth) -> u64, deadline: Instant) -> Result<Option<String>> {
        for relay in &self.relays {
            let turn = relay.turn();
            relay.pulse.nudge();
            while !relay.quiet_since(turn) {
                if Instant::now() > deadline {
                    return Ok(Some(format!("the stream of {} is not read to its end", relay.table)));
                }
                tokio::time::sleep(Duration::from_millis(1)).await;
            }
        }
        for queue in self.plant.deployed.queues() {
            let depth = Depth::of(&self.plant, self.plant.deployed.queue_url(queue)?).await?;
            if count(depth) > 0 {
                return Ok(Some(format!("the queue {} holds {depth:?}", queue.name)));
            }
        }
        Ok(None)
    }

    // Returns the change counts of the embedded engines, or `None` if an outside engine is used.
    fn changes(&self) -> Option<(u64, u64)> {
        let engines = &self.plant.engines;
        Some((engines.dynamo.as_ref()?.changes().beats(), engines.sqs.as_ref()?.changes().beats()))
    }
}
