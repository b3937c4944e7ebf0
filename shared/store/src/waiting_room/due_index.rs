//! Storage of the due index: a list of the waiting rooms by the time at which the scheduled worker
//! `sweep_rooms` checks them.

use aws_sdk_dynamodb::types::AttributeValue;
use domain::ids::QueueId;
use domain::{Result, Timestamp};
use serde::{Deserialize, Serialize};

use crate::keys::{Key, ListKey, n};
use crate::list::{List, ListPosition, ListRange};
use crate::schema::{QUEUE, Table};
use crate::update::ConditionalUpdate;
use crate::{Entity, Store};

/// Time at which a waiting room is due, as the due index lists it. Once a minute the worker `sweep_rooms`
/// reads the index and sends a message for each room that the worker `run_rooms` should have handled by then.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct DueIndexEntry {
    /// Waiting room that is due.
    pub queue_id: QueueId,
    /// Time at which `sweep_rooms` checks the room. `None` while the room has nothing to do; the index then
    /// lacks it.
    #[serde(with = "domain::time::millis::option", default)]
    pub at: Option<Timestamp>,
}

impl Entity for DueIndexEntry {
    const TABLE: &'static Table = &QUEUE;

    fn key(&self) -> Key {
        due_index_key(&self.queue_id)
    }

    fn list_key(&self) -> Option<ListKey> {
        Some(due_index().key(self.at?, self.queue_id.as_str()))
    }
}

fn due_index_key(queue: &QueueId) -> Key {
    Key::new(format!("QUEUE#{queue}"), "WATCH")
}

/// Returns the list of waiting rooms by the time at which they are due (the due index).
fn due_index() -> List {
    List::sharded("WATCH")
}

impl Store {
    /// Lists up to `limit` waiting rooms of the due index that are due at or before `now`, latest time first.
    pub async fn list_due_rooms(&self, now: Timestamp, limit: usize) -> Result<Vec<DueIndexEntry>> {
        let part =
            ListRange { to: Some(Timestamp::from_millis(now.as_millis() + 1)), ..ListRange::default() };
        let found: Vec<(ListPosition, DueIndexEntry)> = self.list(&due_index(), &part, limit).await?;
        Ok(found.into_iter().map(|(_, watch)| watch).collect())
    }

    /// Sets the time at which a waiting room is due in the index that `sweep_rooms` reads.
    pub async fn set_due(&self, queue: &QueueId, at: Timestamp) -> Result<()> {
        self.write_due(queue, at, "attribute_not_exists(#at) OR #at <> :at", None).await
    }

    /// Moves the time at which a waiting room is due from `seen` to `at`, or takes the room out of the due
    /// index if `at` is `None`. Does nothing when the stored time is no longer `seen`.
    pub async fn move_due(&self, queue: &QueueId, seen: Timestamp, at: Option<Timestamp>) -> Result<()> {
        match at {
            Some(at) => self.write_due(queue, at, "#at = :seen", Some(seen)).await,
            None => {
                let change = ConditionalUpdate::new("REMOVE #at, list_pk, list_sk", "#at = :seen")
                    .name("#at", "at")
                    .value(":seen", n(seen.as_millis()));
                self.update(&QUEUE, &due_index_key(queue), change).await.map(drop)
            }
        }
    }

    async fn write_due(
        &self,
        queue: &QueueId,
        at: Timestamp,
        condition: &str,
        seen: Option<Timestamp>,
    ) -> Result<()> {
        let mut change = ConditionalUpdate::new(
            "SET #at = :at, queue_id = :queue, list_pk = :list_pk, list_sk = :list_sk",
            condition,
        )
        .name("#at", "at")
        .value(":at", n(at.as_millis()))
        .value(":queue", AttributeValue::S(queue.to_string()));
        for (name, value) in due_index().key(at, queue.as_str()).attributes() {
            change = change.value(format!(":{name}"), value);
        }
        if let Some(seen) = seen {
            change = change.value(":seen", n(seen.as_millis()));
        }
        self.update(&QUEUE, &due_index_key(queue), change).await.map(drop)
    }
}
