//! Items of a day: the merged counters of a topic, and their corrections. The attribute
//! `n#<quarter>#<counter>` is the number of a counter in the slot that begins with that quarter of the day.

use std::collections::BTreeMap;

use aws_sdk_dynamodb::types::AttributeValue;
use domain::analytics::{Counters, TimeSlot, Topic};
use domain::{Result, Timestamp};

use super::{COUNTER, ShardFigures, counters, day_in, partition, span_and_day, unmerged};
use crate::Store;
use crate::item::PartitionRange;
use crate::keys::{Attributes, Key, n};
use crate::list::ListRange;
use crate::schema::ANALYTICS;
use crate::transaction::Committed;
use crate::update::ConditionalUpdate;

/// Maximum number of items that are merged in one transaction. DynamoDB allows 100 writes in one.
const MERGED_MAX: usize = 50;
/// Maximum number of counters that one update adds to. DynamoDB allows an expression of 4 KB.
const NUMBERS_MAX: usize = 150;

/// Counters of one topic and UTC day that no open shard has: merged ones, and corrections by recounts.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct DayFigures {
    /// Topic of the counters.
    pub topic: Topic,
    /// UTC day of the counters, as `2026-11-05`.
    pub day: String,
    /// Counters by time slot.
    pub slots: BTreeMap<TimeSlot, Counters>,
    /// Version for optimistic locking; rises by one with every write. 0 if no item is stored.
    pub version: u64,
}

impl DayFigures {
    /// Parses the item of a day. Returns `None` for other items.
    pub(super) fn of(item: &Attributes) -> Option<Self> {
        let key = Key::of(item)?;
        let (topic, span) = key.pk.strip_prefix("FIGURES#")?.rsplit_once('#')?;
        let day = day_in(span, &key.sk);
        let slots = slots(item, &day);
        let version = item.get("version")?.as_n().ok()?.parse().ok()?;
        Some(Self { topic: Topic::parse(topic)?, day, slots, version })
    }

    fn empty(topic: &Topic, day: &str) -> Self {
        Self { topic: topic.clone(), day: day.to_owned(), slots: BTreeMap::new(), version: 0 }
    }

    fn key(&self) -> Key {
        let (span, day) = span_and_day(&self.day);
        Key::new(partition(&self.topic, &span), day)
    }

    /// Builds the update that adds `slots` to the stored counters and raises the version by one.
    fn addition(&self, slots: &BTreeMap<TimeSlot, Counters>) -> ConditionalUpdate {
        let mut adds = Vec::new();
        let condition =
            if self.version == 0 { "attribute_not_exists(version)" } else { "version = :version" };
        let mut change = ConditionalUpdate::new("", condition).value(":next", n(self.version + 1));
        if self.version > 0 {
            change = change.value(":version", n(self.version));
        }
        let numbers = slots
            .iter()
            .flat_map(|(slot, counters)| counters.iter().map(move |(counter, by)| (*slot, counter, by)));
        for (index, (slot, counter, by)) in numbers.enumerate() {
            adds.push(format!("#n{index} :n{index}"));
            change = change.name(format!("#n{index}"), format!("{COUNTER}{}#{counter}", slot.quarter()));
            change = change.value(format!(":n{index}"), n(by));
        }
        let add = if adds.is_empty() { String::new() } else { format!(" ADD {}", adds.join(", ")) };
        ConditionalUpdate { expression: format!("SET version = :next{add}"), ..change }.without_item()
    }
}

/// Returns topic and UTC day of the item under `key`, of a day, of a shard, or of a recount.
pub(super) fn topic_and_day(key: &Key) -> Option<(Topic, String)> {
    let text = match key.pk.strip_prefix("RECOUNT#") {
        Some(rest) => rest.split_once('#')?.1,
        None => key.pk.strip_prefix("FIGURES#")?,
    };
    let (topic, span) = text.rsplit_once('#')?;
    let day = key.sk.split('#').next()?;
    Some((Topic::parse(topic)?, day_in(span, day)))
}

/// Returns the first slots of `numbers` that fit into one update; at least one.
pub(super) fn first_update(numbers: &BTreeMap<TimeSlot, Counters>) -> BTreeMap<TimeSlot, Counters> {
    let mut count = 0;
    let fits = |(_, counters): &(&TimeSlot, &Counters)| {
        let before = count;
        count += counters.iter().count();
        before == 0 || count <= NUMBERS_MAX
    };
    numbers.iter().take_while(fits).map(|(slot, counters)| (*slot, counters.clone())).collect()
}

/// Returns the counters of a day's `item` by time slot.
fn slots(item: &Attributes, day: &str) -> BTreeMap<TimeSlot, Counters> {
    let mut slots: BTreeMap<TimeSlot, Counters> = BTreeMap::new();
    for (name, by) in counters(item, COUNTER).iter() {
        let Some((quarter, counter)) = name.split_once('#') else { continue };
        if let Some(slot) = TimeSlot::parse(day, quarter) {
            slots.entry(slot).or_default().add(counter, by);
        }
    }
    slots
}

impl Store {
    /// Reads all items of `topic` and the UTC day `day`, strongly consistent: that of the day, and those of
    /// the shards.
    pub async fn get_day_figures(&self, topic: &Topic, day: &str) -> Result<(DayFigures, Vec<ShardFigures>)> {
        let (span, prefix) = span_and_day(day);
        let pk = partition(topic, &span);
        let range = PartitionRange { consistent: true, ..PartitionRange::of(&pk, prefix) };
        let items = self.query_attributes(&ANALYTICS, &range).await?;
        let stored = items.iter().find_map(DayFigures::of);
        let shards = items.iter().filter_map(ShardFigures::of).collect();
        Ok((stored.unwrap_or_else(|| DayFigures::empty(topic, day)), shards))
    }

    /// Lists the topics and UTC days of up to `limit` items of shards that were created before `before`.
    pub async fn list_unmerged_days(&self, before: Timestamp, limit: usize) -> Result<Vec<(Topic, String)>> {
        let part = ListRange { to: Some(before), ..ListRange::default() };
        let found = self.newest_index_entries_in(&ANALYTICS, &unmerged(), &part, limit).await?;
        let mut days: Vec<(Topic, String)> = found.iter().filter_map(|(_, key)| topic_and_day(key)).collect();
        days.sort();
        days.dedup();
        Ok(days)
    }

    /// Adds the counters of the first of `shards`, items of `day`, to the item of the day and deletes them, in
    /// one transaction of 50 items at most. Returns `false`, with nothing written, when one of the items has
    /// changed since it was read, and when an earlier try of this call succeeded.
    pub async fn merge_figures(&self, day: &DayFigures, shards: &[ShardFigures]) -> Result<bool> {
        let mut numbers = 0;
        let fits = |shard: &&ShardFigures| {
            let before = numbers;
            numbers += shard.counters.iter().count();
            before == 0 || numbers <= NUMBERS_MAX
        };
        let shards: Vec<&ShardFigures> = shards.iter().take(MERGED_MAX).take_while(fits).collect();
        let mut slots: BTreeMap<TimeSlot, Counters> = BTreeMap::new();
        for shard in &shards {
            slots.entry(shard.slot).or_default().merge(&shard.counters);
        }
        let mut transaction = self.transaction().update(&ANALYTICS, &day.key(), day.addition(&slots))?;
        for shard in shards {
            let upto = AttributeValue::S(shard.upto.clone());
            transaction = transaction.remove(&ANALYTICS, &shard.key(), "upto", upto)?;
        }
        Ok(matches!(transaction.commit().await?, Committed::Done))
    }

    /// Adds the first slots of `difference` to the counters of a day, 150 numbers at most. Returns `false`,
    /// with nothing written, when the item of the day has changed since it was read.
    pub async fn correct_figures(
        &self,
        day: &DayFigures,
        difference: &BTreeMap<TimeSlot, Counters>,
    ) -> Result<bool> {
        Ok(self.update(&ANALYTICS, &day.key(), day.addition(&first_update(difference))).await?.is_done())
    }
}
