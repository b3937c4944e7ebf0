//! Waiting until all work that was caused is done, so that tests need not sleep.

use std::time::{Duration, Instant};

use domain::{Error, Result};

use super::EventSources;
use super::queues::Depth;

/// Maximum waiting time. Work that takes longer counts as stuck.
const SETTLE_MAX: Duration = Duration::from_secs(120);

/// Pause between two checks of streams and queues.
const LOOK_EVERY: Duration = Duration::from_millis(3);

impl EventSources {
    /// Waits until every stream is read to its end and every queue is empty, including messages in flight and
    /// delayed ones. Dead-letter queues do not count. With an outside engine, everything must be found idle
    /// twice in a row, and a message that moves between the checks can still be missed.
    ///
    /// # Errors
    /// Fails after two minutes, and names the remaining work.
    pub async fn settle(&self) -> Result<()> {
        self.settle_counting(Depth::all).await
    }

    /// Waits like [`EventSources::settle`], but leaves out messages whose delay has not ended.
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
            // Nothing may change between the first and the last part of a check. Otherwise work could move
            // from a queue that was still to be checked into one that already was.
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

    // Returns a description of the remaining work, or `None` if there is none.
    async fn left(&self, count: impl Fn(Depth) -> u64, deadline: Instant) -> Result<Option<String>> {
        for relay in &self.relays {
            let turn = relay.turn();
            relay.notifier.wake();
            while !relay.quiet_since(turn) {
                if Instant::now() > deadline {
                    return Ok(Some(format!("the stream of {} is not read to its end", relay.table)));
                }
                tokio::time::sleep(Duration::from_millis(1)).await;
            }
        }
        for queue in self.shared.deployed.queues() {
            let depth = Depth::of(&self.shared, self.shared.deployed.queue_url(queue)?).await?;
            if count(depth) > 0 {
                return Ok(Some(format!("the queue {} holds {depth:?}", queue.name)));
            }
        }
        Ok(None)
    }

    // Returns the numbers of changes of both embedded engines, or `None` if one of the engines is outside.
    fn changes(&self) -> Option<(u64, u64)> {
        let engines = &self.shared.engines;
        Some((
            engines.dynamo.as_ref()?.changes().changes_seen(),
            engines.sqs.as_ref()?.changes().changes_seen(),
        ))
    }
}
