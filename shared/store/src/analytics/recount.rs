//! Storage of recounts. A recount reads the tables item by item, in bounded steps, and adds the figures of
//! every item to items of its own, `RECOUNT#<pass>#<topic>#<span>`, which expire after three days. Tables are
//! read by Scan: no list contains the orders of a deal or the reservations of a date, and users of another
//! system have no account from which theirs could be found.

use std::collections::BTreeMap;

use aws_sdk_dynamodb::types::AttributeValue;
use domain::analytics::{Counters, Figures, SlotLength, TimeSlot, Topic};
use domain::time::millis;
use domain::{Result, Timestamp};
use futures::future::try_join_all;
use serde::{Deserialize, Serialize};

use super::days::topic_and_day;
use super::{COUNTER, WRITES_AT_ONCE, counters, span_and_day};
use crate::changes::figures_of;
use crate::failure::failed;
use crate::item::PartitionRange;
use crate::keys::{Attributes, Key, n};
use crate::schema::{ACCOUNTS, ANALYTICS, CONCERTS, DEALS, QUEUE, REWARDS, TTL_ATTRIBUTE, Table};
use crate::update::ConditionalUpdate;
use crate::{Entity, Saved, Store};

/// Tables from which figures are recounted, in the order in which they are read.
const COUNTED: [&Table; 5] = [&ACCOUNTS, &REWARDS, &QUEUE, &CONCERTS, &DEALS];
/// Time after which the items of a recount may be deleted, in seconds.
const KEPT_SECONDS: i64 = 3 * 24 * 60 * 60;

/// Place in the tables up to which a recount has read them.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct ScanPosition {
    /// Number of the table among those that are counted; after the last one, the recounted figures are
    /// compared.
    pub table: usize,
    /// Key of the last item that was read in the table, `None` at its beginning.
    #[serde(default)]
    pub after: Option<(String, String)>,
}

impl RecountStep {
    /// Returns a pass that begins at `now`, before its first step, in place of version `version`.
    pub fn begin(version: u64, now: Timestamp) -> Self {
        Self {
            started_at: now,
            position: ScanPosition::default(),
            begun: None,
            step: 0,
            read_at: None,
            compared: None,
            done_at: None,
            version,
        }
    }
}

impl ScanPosition {
    /// Returns whether every table was read.
    pub const fn is_at_end(&self) -> bool {
        self.table >= COUNTED.len()
    }
}

/// Progress of the present recount, or the end of the last one.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct RecountStep {
    /// Start of the recount, which also names its items.
    #[serde(with = "millis")]
    pub started_at: Timestamp,
    /// Place up to which figures were added.
    pub position: ScanPosition,
    /// End of the step that was begun from `position`. Its figures may be added in part: whoever continues
    /// reads exactly as far, and items that were added to skip the step by its number.
    #[serde(default)]
    pub begun: Option<ScanPosition>,
    /// Number of the step that was begun last.
    pub step: u64,
    /// Time at which the last table was read to its end.
    #[serde(with = "millis::option", default)]
    pub read_at: Option<Timestamp>,
    /// Key of the last item of analytics that was compared.
    #[serde(default)]
    pub compared: Option<(String, String)>,
    /// Time at which everything was compared.
    #[serde(with = "millis::option", default)]
    pub done_at: Option<Timestamp>,
    /// Version for optimistic locking; rises by one with every write.
    pub version: u64,
}

impl Entity for RecountStep {
    const TABLE: &'static Table = &ANALYTICS;

    fn key(&self) -> Key {
        state_key()
    }

    fn version(&self) -> Option<u64> {
        Some(self.version)
    }
}

fn state_key() -> Key {
    Key::new("RECOUNT", "STEP")
}

fn partition(started_at: Timestamp, topic: &Topic, span: &str) -> String {
    format!("RECOUNT#{}#{topic}#{span}", started_at.as_millis())
}

impl Store {
    /// Reads the progress of the recount, strongly consistent. Returns `None` before the first one.
    pub async fn get_recount_if_exists(&self) -> Result<Option<RecountStep>> {
        self.get(&state_key()).await
    }

    /// Writes the next version of a recount's progress. Returns `Saved::Conflict` with the stored one when
    /// another worker came first.
    pub async fn save_recount(&self, next: &RecountStep) -> Result<Saved<RecountStep>> {
        self.save(next).await
    }

    /// Reads up to `pages` pages, of 1 MB each, of the table at `from`, and returns the figures of their
    /// items with the place behind them. Stops exactly at `until`, if that is given.
    pub async fn read_figures(
        &self,
        from: &ScanPosition,
        until: Option<&ScanPosition>,
        pages: usize,
        length: SlotLength,
    ) -> Result<(Figures, ScanPosition)> {
        let (mut figures, mut after) = (Figures::default(), from.after.clone());
        let Some(table) = COUNTED.get(from.table) else { return Ok((figures, from.clone())) };
        let next_table = ScanPosition { table: from.table + 1, after: None };
        let last = until.and_then(|until| until.after.clone());
        // A step that is repeated reads as many pages as it takes, since pages may be divided otherwise now.
        let pages = if until.is_some() { usize::MAX } else { pages };
        for _ in 0..pages {
            let (items, next) = self.scan(table, after.take(), None).await?;
            for item in items {
                let key = Key::of(&item).map(|key| (key.pk, key.sk));
                figures.merge(figures_of(table, Attributes::new(), item, length)?);
                if key.is_some() && key == last {
                    return Ok((figures, ScanPosition { table: from.table, after: key }));
                }
            }
            after = next;
            if after.is_none() {
                return Ok((figures, next_table));
            }
        }
        Ok((figures, ScanPosition { table: from.table, after }))
    }

    /// Adds the figures of step `step` to the items of a recount. Items that have the step already are left
    /// as they are.
    pub async fn add_recounted(&self, recount: &RecountStep, figures: Figures) -> Result<()> {
        let figures: Vec<_> = figures.into_iter().filter(|(_, counters)| !counters.is_zero()).collect();
        for chunk in figures.chunks(WRITES_AT_ONCE) {
            let writes = chunk
                .iter()
                .map(|((topic, slot), counters)| self.add_recounted_slot(recount, topic, *slot, counters));
            try_join_all(writes).await?;
        }
        Ok(())
    }

    async fn add_recounted_slot(
        &self,
        recount: &RecountStep,
        topic: &Topic,
        slot: TimeSlot,
        counters: &Counters,
    ) -> Result<()> {
        let day = slot.day();
        let (span, day) = span_and_day(&day);
        let pk = partition(recount.started_at, topic, &span);
        let key = Key::new(pk, format!("{day}#{}", slot.quarter()));
        let adds: Vec<String> =
            (0..counters.iter().count()).map(|index| format!("#n{index} :n{index}")).collect();
        let expression = format!("SET step = :step, {TTL_ATTRIBUTE} = :expires ADD {}", adds.join(", "));
        let mut change = ConditionalUpdate::new(expression, "attribute_not_exists(step) OR step < :step")
            .value(":step", n(recount.step))
            .value(":expires", n(recount.started_at.as_seconds() + KEPT_SECONDS));
        for (index, (counter, by)) in counters.iter().enumerate() {
            change = change.name(format!("#n{index}"), format!("{COUNTER}{counter}"));
            change = change.value(format!(":n{index}"), n(by));
        }
        self.update(&ANALYTICS, &key, change.without_item()).await.map(drop)
    }

    /// Reads the recounted figures of `topic` and the UTC day `day`, strongly consistent.
    pub async fn get_recounted(
        &self,
        recount: &RecountStep,
        topic: &Topic,
        day: &str,
    ) -> Result<BTreeMap<TimeSlot, Counters>> {
        let (span, prefix) = span_and_day(day);
        let pk = partition(recount.started_at, topic, &span);
        let range = PartitionRange { consistent: true, ..PartitionRange::of(&pk, prefix) };
        let items = self.query_attributes(&ANALYTICS, &range).await?;
        let slots = items.iter().filter_map(|item| {
            let key = Key::of(item)?;
            let slot = TimeSlot::parse(day, key.sk.split_once('#')?.1)?;
            Some((slot, counters(item, COUNTER)))
        });
        Ok(slots.collect())
    }

    /// Returns the topics and UTC days of up to `limit` items of analytics behind `after`, counted ones and
    /// those of the recount `recount`, with the key of the last one; `None` when no item follows.
    pub async fn list_counted_days(
        &self,
        recount: &RecountStep,
        after: Option<(String, String)>,
        limit: i32,
    ) -> Result<(Vec<(Topic, String)>, Option<(String, String)>)> {
        let (items, next) = self.scan(&ANALYTICS, after, Some(limit)).await?;
        let present = format!("RECOUNT#{}#", recount.started_at.as_millis());
        let is_compared = |key: &Key| key.pk.starts_with(&present) || key.pk.starts_with("FIGURES#");
        let keys = items.iter().filter_map(Key::of).filter(is_compared);
        let mut days: Vec<(Topic, String)> = keys.filter_map(|key| topic_and_day(&key)).collect();
        days.sort();
        days.dedup();
        Ok((days, next))
    }

    /// Reads one page of `table`, strongly consistent, with the key of its last item if others follow.
    pub(crate) async fn scan(
        &self,
        table: &Table,
        after: Option<(String, String)>,
        limit: Option<i32>,
    ) -> Result<(Vec<Attributes>, Option<(String, String)>)> {
        let start = after.map(|(pk, sk)| Key::new(pk, sk).attributes());
        let call = self.dynamo.scan().table_name(self.names.table(table)?).consistent_read(true);
        let page = call.set_limit(limit).set_exclusive_start_key(start).send().await.map_err(failed)?;
        let text = |key: &Attributes, name: &str| {
            key.get(name).and_then(|value: &AttributeValue| value.as_s().ok()).cloned()
        };
        let next = page.last_evaluated_key.and_then(|key| Some((text(&key, "pk")?, text(&key, "sk")?)));
        Ok((page.items.unwrap_or_default(), next))
    }
}
