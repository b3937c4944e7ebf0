//! Storage of figures.
//!
//! A relay counts into an item of its own stream shard, topic and time slot (`ShardFigures`). Items that
//! nothing was counted into for 26 hours are merged into the item of their topic and day (`DayFigures`), so
//! that a month of one topic stays small. A figure is the sum over both. The items of a topic and two months
//! share a partition key, `FIGURES#<topic>#<span>`; the sort key of a day's item is the day, as `11-05`, and
//! that of a shard's item follows it: `11-05#<quarter>#<shard>`.

mod days;
mod recount;

use std::collections::BTreeMap;

use aws_sdk_dynamodb::types::AttributeValue;
use domain::analytics::{Counters, Figures, Period, PeriodBucket, Series, SlotLength, TimeSlot, Topic};
use domain::deals::Sequence;
use domain::{BusyReason, Result, Timestamp};
use futures::future::try_join_all;

use crate::item::{PartitionRange, Updated};
use crate::keys::{Attributes, Key, n};
use crate::list::List;
use crate::schema::ANALYTICS;
use crate::update::ConditionalUpdate;
use crate::{Store, TryResult, retry};

pub use days::DayFigures;
pub use recount::{RecountStep, ScanPosition};

/// Prefix of the attributes that hold counters.
const COUNTER: &str = "n#";
/// Maximum number of items that one batch of records writes at the same time.
const WRITES_AT_ONCE: usize = 16;

/// Counters of one topic and time slot that one shard of a stream has counted.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct ShardFigures {
    /// Topic of the counters.
    pub topic: Topic,
    /// Time slot of the counters.
    pub slot: TimeSlot,
    /// Id of the stream shard, with the name of its table.
    pub shard: String,
    /// Sequence number of the last counted record.
    pub upto: String,
    /// Time at which the last record was counted, in UTC.
    pub at: Timestamp,
    /// Numbers by counter.
    pub counters: Counters,
}

fn partition(topic: &Topic, span: &str) -> String {
    format!("FIGURES#{topic}#{span}")
}

/// Splits a day, as `2026-12-05`, into the span of two months to which it belongs and the sort key of its
/// item: `2026-11` and `12-05`.
fn span_and_day(day: &str) -> (String, &str) {
    let span = TimeSlot::parse(day, "00").map_or_else(String::new, TimeSlot::span);
    (span, day.split_once('-').map_or("", |(_, day)| day))
}

/// Returns the day whose item has the sort key `day` in the span `span`: the inverse of [`span_and_day`].
fn day_in(span: &str, day: &str) -> String {
    let year = span.split('-').next().unwrap_or_default();
    format!("{year}-{day}")
}

fn shard_key(topic: &Topic, slot: TimeSlot, shard: &str) -> Key {
    let day = slot.day();
    let (span, day) = span_and_day(&day);
    Key::new(partition(topic, &span), format!("{day}#{}#{shard}", slot.quarter()))
}

/// Returns the list of counter items by the time at which they were created.
fn unmerged() -> List {
    List::sharded("UNMERGED")
}

impl ShardFigures {
    /// Parses the item of a shard. Returns `None` for other items.
    fn of(item: &Attributes) -> Option<Self> {
        let key = Key::of(item)?;
        let (topic, span) = key.pk.strip_prefix("FIGURES#")?.rsplit_once('#')?;
        let (day, rest) = key.sk.split_once('#')?;
        let (quarter, shard) = rest.split_once('#')?;
        Some(Self {
            topic: Topic::parse(topic)?,
            slot: TimeSlot::parse(&day_in(span, day), quarter)?,
            shard: shard.to_owned(),
            upto: item.get("upto")?.as_s().ok()?.clone(),
            at: time(item, "at")?,
            counters: counters(item, COUNTER),
        })
    }

    fn key(&self) -> Key {
        shard_key(&self.topic, self.slot, &self.shard)
    }
}

/// Returns the counters of `item` whose attributes begin with `prefix`.
fn counters(item: &Attributes, prefix: &str) -> Counters {
    let mut counters = Counters::default();
    for (name, value) in item {
        let number = value.as_n().ok().and_then(|number| number.parse().ok());
        if let (Some(counter), Some(number)) = (name.strip_prefix(prefix), number) {
            counters.add(counter, number);
        }
    }
    counters
}

fn time(item: &Attributes, name: &str) -> Option<Timestamp> {
    item.get(name)?.as_n().ok()?.parse().ok().map(Timestamp::from_millis)
}

/// Records of a batch that concern one counter item, each with its sequence number, in ascending order.
type Changes = Vec<(Sequence, Counters)>;

impl Store {
    /// Adds the figures of a batch of stream records to the counters of `shard`. `records` has ascending
    /// sequence numbers. Each counter item has the sequence number of its last record, and skips records at
    /// or below it, so each record is counted once, even if a batch is delivered again with other boundaries.
    /// A call that fails may have written some of the items; a repeat writes the rest.
    ///
    /// # Errors
    /// `BUSY` when another batch of the shard was counted first in each of eight tries.
    pub async fn count_figures(
        &self,
        shard: &str,
        records: Vec<(Sequence, Figures)>,
        now: Timestamp,
    ) -> Result<()> {
        let mut items: BTreeMap<(Topic, TimeSlot), Changes> = BTreeMap::new();
        for (sequence, figures) in records {
            for (key, counters) in figures {
                items.entry(key).or_default().push((sequence.clone(), counters));
            }
        }
        let items: Vec<_> = items.into_iter().collect();
        for chunk in items.chunks(WRITES_AT_ONCE) {
            let writes = chunk.iter().map(|((topic, slot), changes)| {
                self.count_slot(shard_key(topic, *slot, shard), changes, now)
            });
            try_join_all(writes).await?;
        }
        Ok(())
    }

    /// Adds `changes` to one counter item. Writes it even if the changes add up to nothing, so that its
    /// sequence number covers them.
    async fn count_slot(&self, key: Key, changes: &[(Sequence, Counters)], now: Timestamp) -> Result<()> {
        let attempt = async |(rest, seen): (&[(Sequence, Counters)], Option<String>)| {
            let (Some((first, _)), Some((last, _))) = (rest.first(), rest.last()) else {
                return Ok(TryResult::Done(()));
            };
            let mut sum = Counters::default();
            rest.iter().for_each(|(_, counters)| sum.merge(counters));
            let (condition, name, upto) = match &seen {
                None => ("attribute_not_exists(upto) OR upto < :first", ":first", first.as_str()),
                Some(seen) => ("upto = :seen", ":seen", seen.as_str()),
            };
            let change = addition(&key, &sum, last, now, condition);
            let change = change.value(name, AttributeValue::S(upto.to_owned()));
            let found = match self.update(&ANALYTICS, &key, change.without_item()).await? {
                Updated::Done(_) => return Ok(TryResult::Done(())),
                Updated::ConditionFailed(found) => found.unwrap_or_default(),
            };
            let upto = found.get("upto").and_then(|upto| upto.as_s().ok()).cloned().unwrap_or_default();
            let counted = changes.partition_point(|(sequence, _)| sequence.as_str() <= upto.as_str());
            Ok(TryResult::Conflict((&changes[counted..], Some(upto))))
        };
        retry(BusyReason::Figures, (changes, None), attempt).await
    }

    /// Reads the figures of `topic` in `period`, eventually consistent, with one query for each span of two
    /// months that the period touches.
    pub async fn get_figures_eventual(&self, topic: &Topic, period: &PeriodBucket) -> Result<Series> {
        let day = |at: Timestamp| TimeSlot::of(at, SlotLength::Quarter).day();
        let (first, last) = (day(period.start), day(Timestamp::from_millis(period.end.as_millis() - 1)));
        let ((first_span, first), (last_span, last)) = (span_and_day(&first), span_and_day(&last));
        let reads = Period::spans(period).into_iter().map(|span| {
            let low = if span == first_span { first } else { "0" };
            // "~" sorts behind every sort key of the day.
            let high = if span == last_span { format!("{last}~") } else { "~".to_owned() };
            async move {
                let pk = partition(topic, &span);
                let range = PartitionRange { between: Some((low, &high)), ..PartitionRange::of(&pk, "") };
                self.query_attributes(&ANALYTICS, &range).await
            }
        });
        let mut series = Series::default();
        for item in try_join_all(reads).await?.iter().flatten() {
            add_item(&mut series, item);
        }
        Ok(series)
    }

    /// Reads the number of all accounts, closed ones included, eventually consistent.
    pub async fn count_accounts_eventual(&self) -> Result<i64> {
        let start = TimeSlot::ALL_TIME.start();
        let all_time = start..start.plus_seconds(1);
        Ok(self.get_figures_eventual(&Topic::Users, &all_time).await?.new_users(&all_time))
    }
}

/// Adds the counters of `item`, of a shard or of a day, to `series`.
fn add_item(series: &mut Series, item: &Attributes) {
    if let Some(shard) = ShardFigures::of(item) {
        series.add(shard.slot, &shard.counters);
    } else if let Some(day) = DayFigures::of(item) {
        day.slots.iter().for_each(|(slot, counters)| series.add(*slot, counters));
    }
}

/// Builds the update that adds `sum` to the counter item under `key`, if `condition` holds.
fn addition(
    key: &Key,
    sum: &Counters,
    last: &Sequence,
    now: Timestamp,
    condition: &str,
) -> ConditionalUpdate {
    let added: Vec<(&str, i64)> = sum.iter().collect();
    let adds: Vec<String> = (0..added.len()).map(|index| format!("#n{index} :n{index}")).collect();
    let set = "SET upto = :last, #at = :now, list_pk = if_not_exists(list_pk, :list_pk), \
               list_sk = if_not_exists(list_sk, :list_sk)";
    let expression = if adds.is_empty() { set.to_owned() } else { format!("{set} ADD {}", adds.join(", ")) };
    let mut change = ConditionalUpdate::new(expression, condition)
        .name("#at", "at")
        .value(":last", AttributeValue::S(last.as_str().to_owned()))
        .value(":now", n(now.as_millis()));
    for (name, value) in unmerged().key(now, &format!("{}#{}", key.pk, key.sk)).attributes() {
        change = change.value(format!(":{name}"), value);
    }
    for (index, (counter, by)) in added.into_iter().enumerate() {
        change = change.name(format!("#n{index}"), format!("{COUNTER}{counter}"));
        change = change.value(format!(":n{index}"), n(by));
    }
    change
}
