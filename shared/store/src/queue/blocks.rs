//! Storage of counting blocks and scheduled checks. A counting block is an item for 64 admission blocks, with
//! the attribute `g#<gate>` as a bit mask of the positions that the room has counted as ended. A scheduled
//! check (`ScheduledCheck`) names a range of positions to inspect at a given time; the checks of one waiting
//! room share a partition.

use std::collections::BTreeMap;

use aws_sdk_dynamodb::types::AttributeValue;
use domain::ids::QueueId;
use domain::queue::{AdmissionBlock, CountingBlock, Departed, PositionMask, ScheduledCheck, WaitingRoom};
use domain::{Result, Timestamp};
use futures::future::try_join_all;

use super::FRESH_FOR_MS;
use crate::Store;
use crate::item::PartitionRange;
use crate::keys::n;
use crate::keys::{Attributes, Key};
use crate::schema::{QUEUE, TTL_ATTRIBUTE};
use crate::update::ConditionalUpdate;

const COUNTED: &str = "COUNTED";
const GATE: &str = "g#";
/// Retention of a scheduled check after the time at which it is due, in seconds.
const DUES_KEPT_SECONDS: i64 = 7 * 24 * 60 * 60;

fn block_key(queue: &QueueId, block: u64) -> Key {
    Key::new(format!("QUEUE#{queue}#BLOCK#{block}"), COUNTED)
}

fn dues(queue: &QueueId) -> String {
    format!("QUEUE#{queue}#DUE")
}

fn number<T: std::str::FromStr>(item: &Attributes, name: &str) -> Option<T> {
    item.get(name)?.as_n().ok()?.parse().ok()
}

fn block(item: &Attributes) -> CountingBlock {
    let masks = item.iter().filter_map(|(name, value)| {
        Some((name.strip_prefix(GATE)?.parse().ok()?, value.as_n().ok()?.parse().ok()?))
    });
    CountingBlock { masks: masks.collect(), version: number(item, "v").unwrap_or_default() }
}

fn due(item: &Attributes) -> Option<ScheduledCheck> {
    let at = Timestamp::from_millis(number(item, "at")?);
    Some(ScheduledCheck { at, after: number(item, "after")?, upto: number(item, "upto")? })
}

impl Store {
    /// Reads the counting blocks `numbers`, strongly consistent. Missing ones are returned empty.
    pub async fn blocks(&self, queue: &QueueId, numbers: &[u64]) -> Result<BTreeMap<u64, CountingBlock>> {
        let keys: Vec<Key> = numbers.iter().map(|number| block_key(queue, *number)).collect();
        let items = self.get_all(&QUEUE, &keys).await?;
        let mut blocks: BTreeMap<u64, CountingBlock> =
            numbers.iter().map(|number| (*number, CountingBlock::default())).collect();
        for item in &items {
            let name = Key::of(item).and_then(|key| key.pk.rsplit('#').next()?.parse().ok());
            if let Some(number) = name {
                blocks.insert(number, block(item));
            }
        }
        Ok(blocks)
    }

    /// Returns the positions whose end counting block `number` records, from the cache, at most a second old.
    pub async fn get_departed_cached(
        &self,
        queue: &QueueId,
        number: u64,
        now: Timestamp,
    ) -> Result<Departed> {
        let key = (queue.clone(), number);
        let read = || async {
            let items = self.get_all_eventual(&QUEUE, &[block_key(queue, number)]).await?;
            Ok(Some(items.first().map(block).unwrap_or_default()))
        };
        let found = self.recent.line_blocks.get_or_read(&key, now, FRESH_FOR_MS, read).await?;
        let masks = found.map(|block| block.masks.clone()).unwrap_or_default();
        Ok(Departed { blocks: [number].into(), masks })
    }

    /// Writes `masks`, the ended positions that version `version` of the waiting room counted, into counting
    /// block `number`. Does nothing when the block was already written for this or a newer version.
    pub async fn count_block(
        &self,
        queue: &QueueId,
        number: u64,
        masks: &BTreeMap<u64, PositionMask>,
        version: u64,
    ) -> Result<()> {
        let set: Vec<String> = masks.keys().map(|gate| format!("#g{gate} = :g{gate}")).collect();
        let mut change = ConditionalUpdate::new(
            format!("SET v = :v, {}", set.join(", ")),
            "attribute_not_exists(v) OR v < :v",
        )
        .value(":v", n(version));
        for (gate, mask) in masks {
            change = change.name(format!("#g{gate}"), format!("{GATE}{gate}"));
            change = change.value(format!(":g{gate}"), n(mask));
        }
        self.update(&QUEUE, &block_key(queue, number), change).await.map(drop)
    }

    /// Writes scheduled checks. The last one of `stretches` is written after all others are stored, so its
    /// presence ([`Self::is_noted`]) proves that all of them are. A repeat changes nothing.
    pub async fn schedule_checks(&self, queue: &QueueId, stretches: &[ScheduledCheck]) -> Result<()> {
        let Some((last, others)) = stretches.split_last() else { return Ok(()) };
        try_join_all(others.iter().map(|due| self.schedule_check(queue, due))).await?;
        self.schedule_check(queue, last).await
    }

    async fn schedule_check(&self, queue: &QueueId, due: &ScheduledCheck) -> Result<()> {
        let change = ConditionalUpdate::new(
            format!("SET #at = :at, #after = :after, upto = :upto, {TTL_ATTRIBUTE} = :expires"),
            "attribute_not_exists(pk)",
        )
        .name("#at", "at")
        .name("#after", "after")
        .value(":at", n(due.at.as_millis()))
        .value(":after", n(due.after))
        .value(":upto", n(due.upto))
        .value(":expires", n(due.at.as_seconds() + DUES_KEPT_SECONDS));
        self.update(&QUEUE, &Key::new(dues(queue), due.name()), change).await.map(drop)
    }

    /// Returns whether a scheduled check is stored, strongly consistent.
    pub async fn is_noted(&self, queue: &QueueId, due: &ScheduledCheck) -> Result<bool> {
        Ok(!self.get_all(&QUEUE, &[Key::new(dues(queue), due.name())]).await?.is_empty())
    }

    /// Lists up to `limit` scheduled checks that follow the last handled one (`WaitingRoom::handled`), in
    /// order of time, due or not, strongly consistent.
    pub async fn dues(&self, room: &WaitingRoom, limit: usize) -> Result<Vec<ScheduledCheck>> {
        let pk = dues(&room.id);
        let range = PartitionRange {
            after: room.handled.as_deref(),
            limit,
            consistent: true,
            ..PartitionRange::of(&pk, "")
        };
        Ok(self.query_attributes(&QUEUE, &range).await?.iter().filter_map(due).collect())
    }

    /// Reads the admission blocks `numbers`, strongly consistent. Missing ones are returned empty.
    pub async fn gates(&self, queue: &QueueId, numbers: &[u64]) -> Result<BTreeMap<u64, AdmissionBlock>> {
        let keys: Vec<Key> = numbers.iter().map(|number| super::gates::gate_key(queue, *number)).collect();
        let items = self.get_all(&QUEUE, &keys).await?;
        let mut gates: BTreeMap<u64, AdmissionBlock> =
            numbers.iter().map(|number| (*number, AdmissionBlock::default())).collect();
        for item in &items {
            let name = Key::of(item).and_then(|key| key.pk.rsplit('#').next()?.parse().ok());
            if let Some(number) = name {
                gates.insert(number, super::gates::gate(item));
            }
        }
        Ok(gates)
    }

    /// Sets the time at which a waiting room is due in the index that `sweep_rooms` reads.
    pub async fn watch_room(&self, queue: &QueueId, at: Timestamp) -> Result<()> {
        self.note_watch(queue, at, "attribute_not_exists(#at) OR #at <> :at", None).await
    }

    /// Moves the time at which a waiting room is due from `seen` to `at`, or takes the room out of the due
    /// index if `at` is `None`. Does nothing when the stored time is no longer `seen`.
    pub async fn watch_on(&self, queue: &QueueId, seen: Timestamp, at: Option<Timestamp>) -> Result<()> {
        match at {
            Some(at) => self.note_watch(queue, at, "#at = :seen", Some(seen)).await,
            None => {
                let change = ConditionalUpdate::new("REMOVE #at, list_pk, list_sk", "#at = :seen")
                    .name("#at", "at")
                    .value(":seen", n(seen.as_millis()));
                self.update(&QUEUE, &super::watch_key(queue), change).await.map(drop)
            }
        }
    }

    async fn note_watch(
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
        for (name, value) in super::watches().key(at, queue.as_str()).attributes() {
            change = change.value(format!(":{name}"), value);
        }
        if let Some(seen) = seen {
            change = change.value(":seen", n(seen.as_millis()));
        }
        self.update(&QUEUE, &super::watch_key(queue), change).await.map(drop)
    }
}
