//! Checkpoints of the streams, from which reading continues after a restart. The embedded SQS is in memory,
//! so a stream record is finished only when the messages that it caused are handled: the checkpoints move
//! only while every queue and every dead-letter queue is empty.

use std::collections::HashMap;
use std::sync::Arc;
use std::time::Duration;

use aws_sdk_dynamodb::types::AttributeValue;
use domain::Result;
use store::schema::Table;
use tokio::sync::Mutex;

use super::SharedContext;
use super::progress::{Positions, Progress};
use super::queues::Depth;
use crate::engine::failed;

/// Table in which the event-source emulator keeps its checkpoints. No function accesses it.
const LOCAL: Table = Table { name: "local", stream: false, list_index: false };

/// Interval at which the checkpoints are saved.
const EVERY: Duration = Duration::from_secs(1);

/// Saved positions in all streams.
pub(super) struct Checkpoints {
    shared: Arc<SharedContext>,
    table: String,
    saved: Mutex<HashMap<String, Positions>>,
}

impl Checkpoints {
    /// Opens the checkpoints, and creates their table if it is missing.
    pub(super) async fn open(shared: Arc<SharedContext>) -> Result<Self> {
        let table = shared.deployed.name(LOCAL.name);
        shared.engines.create_table(&table, &LOCAL).await?;
        Ok(Self { shared, table, saved: Mutex::default() })
    }

    /// Returns the saved positions in the stream of the deployed `table`, which are empty if none were saved.
    pub(super) async fn load(&self, table: &str) -> Result<Positions> {
        let call = self.shared.engines.dynamo_client.get_item().table_name(&self.table).consistent_read(true);
        let found = call.set_key(Some(key(table))).send().await.map_err(failed)?.item.unwrap_or_default();
        let positions = match found.get("positions") {
            Some(AttributeValue::M(positions)) => positions.iter().filter_map(position).collect(),
            _ => Positions::new(),
        };
        self.saved.lock().await.insert(table.to_owned(), positions.clone());
        Ok(positions)
    }

    /// Saves the checkpoints of `relays` every second until the emulator stops.
    pub(super) async fn keep(self: Arc<Self>, relays: Vec<Arc<Progress>>) {
        loop {
            tokio::select! {
                () = tokio::time::sleep(EVERY) => {}
                () = self.shared.stopped() => return,
            }
            if let Err(error) = self.save(&relays).await {
                tracing::warn!(%error, cause = ?error.cause(), "checkpoint not saved");
            }
        }
    }

    /// Saves the positions that `relays` have handled, and trims the streams up to them, if no queue holds a
    /// message.
    pub(super) async fn save(&self, relays: &[Arc<Progress>]) -> Result<()> {
        let mut saved = self.saved.lock().await;
        // The positions are read before the queues are counted, so that every message that these records
        // caused has been sent by then.
        let handled: Vec<_> = relays.iter().map(|relay| (relay.table.clone(), relay.handled())).collect();
        if handled.iter().all(|(table, positions)| saved.get(table) == Some(positions)) {
            return Ok(());
        }
        if !self.queues_empty().await? {
            return Ok(());
        }
        for (table, positions) in handled {
            if saved.get(&table) == Some(&positions) {
                continue;
            }
            self.put(&table, &positions).await?;
            if let Some(dynamo) = &self.shared.engines.dynamo {
                for sequence in positions.values() {
                    dynamo.trim(&table, sequence)?;
                }
            }
            saved.insert(table, positions);
        }
        Ok(())
    }

    async fn queues_empty(&self) -> Result<bool> {
        let changes = || self.shared.engines.sqs.as_ref().map(|sqs| sqs.changes().changes_seen());
        let before = changes();
        // The dead-letter queues are counted last: a message can move into one during the count, but leaves
        // it only by a send, which the embedded SQS counts as a change.
        for queue in self.shared.deployed.queues() {
            if Depth::of(&self.shared, self.shared.deployed.queue_url(queue)?).await?.all() > 0 {
                return Ok(false);
            }
        }
        for queue in self.shared.deployed.queues() {
            if Depth::of(&self.shared, self.shared.deployed.dead_letter_url(queue)?).await?.all() > 0 {
                return Ok(false);
            }
        }
        // The embedded SQS counted no change, so no message moved from a queue that was still to be counted
        // into one that already was.
        Ok(changes() == before)
    }

    async fn put(&self, table: &str, positions: &Positions) -> Result<()> {
        let positions = positions.iter().map(|(shard, at)| (shard.clone(), AttributeValue::S(at.clone())));
        let call =
            self.shared.engines.dynamo_client.put_item().table_name(&self.table).set_item(Some(key(table)));
        call.item("positions", AttributeValue::M(positions.collect())).send().await.map(drop).map_err(failed)
    }
}

fn key(table: &str) -> HashMap<String, AttributeValue> {
    [("pk", format!("STREAM#{table}")), ("sk", "CHECKPOINT".to_owned())]
        .map(|(name, value)| (name.to_owned(), AttributeValue::S(value)))
        .into()
}

fn position((shard, at): (&String, &AttributeValue)) -> Option<(String, String)> {
    Some((shard.clone(), at.as_s().ok()?.clone()))
}
