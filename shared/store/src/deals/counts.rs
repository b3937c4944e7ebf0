//! Storage of unit counts of a deal: one item for each shard of the stream, and one (`CountBase`) for the
//! rest of the sum. All are in the deal's own partition, so one query reads them with the deal.

use aws_sdk_dynamodb::types::AttributeValue;
use domain::deals::{CountBase, Deal, Sequence, ShardCount, UnitCounts, UnitsMoved};
use domain::ids::DealId;
use domain::{BusyReason, Result, Timestamp};

use super::{SUMMARY, partition};
use crate::item::{PartitionRange, Updated, entity};
use crate::keys::n;
use crate::keys::{Attributes, Key};
use crate::schema::{DEALS, Table};
use crate::transaction::Committed;
use crate::update::ConditionalUpdate;
use crate::{Entity, Saved, Store, TryResult, retry};

/// Time, in milliseconds, for which an instance caches whether the previous version of dibs counted a deal.
const COUNTED_BEFORE_FOR_MS: i64 = 60_000;

/// Items whose sum is the number of reserved and sold units of a deal.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct DealCounts {
    /// Part of the sum that belongs to no shard; `None` before the first recount.
    pub base: Option<CountBase>,
    /// Parts of the sum that the stream shards have counted.
    pub shards: Vec<ShardCount>,
}

impl DealCounts {
    /// Returns the number of reserved and sold units of `deal`.
    pub fn summary(&self, deal: &Deal) -> UnitCounts {
        UnitCounts::of(&self.base_of(deal), &self.shards)
    }

    /// Returns the stored `CountBase`, or an empty one if `deal` was never recounted.
    pub fn base_of(&self, deal: &Deal) -> CountBase {
        self.base.clone().unwrap_or_else(|| CountBase::new(deal.id.clone(), deal.created_at))
    }

    /// Adds `item`, from the deal's partition, if it is the `CountBase` or the count of a shard. Ignores
    /// items of other kinds.
    pub(super) fn add_item(&mut self, item: Attributes) -> Result<()> {
        let Some(key) = Key::of(&item) else { return Ok(()) };
        if key.sk == SUMMARY {
            self.base = Some(entity(item)?);
        } else if key.sk.starts_with(SUMMARY) {
            self.shards.push(entity(item)?);
        }
        Ok(())
    }
}

impl Entity for CountBase {
    const TABLE: &'static Table = &DEALS;

    fn key(&self) -> Key {
        Key::new(partition(&self.deal_id), SUMMARY)
    }

    fn version(&self) -> Option<u64> {
        Some(self.version)
    }
}

fn shard_key(deal: &DealId, shard: &str) -> Key {
    Key::new(partition(deal), format!("{SUMMARY}#{shard}"))
}

impl Store {
    /// Reads the counts of a deal, strongly consistent.
    pub async fn get_deal_counts(&self, id: &DealId) -> Result<DealCounts> {
        self.read_counts(id, true).await
    }

    /// Reads the numbers of reserved and sold units of a deal, strongly consistent. Returns `None` when
    /// nothing has been counted yet.
    pub async fn get_unit_counts_if_exists(&self, id: &DealId) -> Result<Option<UnitCounts>> {
        let counts = self.get_deal_counts(id).await?;
        if counts == DealCounts::default() {
            return Ok(None);
        }
        let base = counts.base.unwrap_or_else(|| CountBase::new(id.clone(), Timestamp::from_millis(0)));
        Ok(Some(UnitCounts::of(&base, &counts.shards)))
    }

    /// Reads the counts of a deal, eventually consistent.
    pub(super) async fn get_counts_eventual(&self, id: &DealId) -> Result<DealCounts> {
        self.read_counts(id, false).await
    }

    async fn read_counts(&self, id: &DealId, consistent: bool) -> Result<DealCounts> {
        let (pk, mut counts) = (partition(id), DealCounts::default());
        let range = PartitionRange { consistent, ..PartitionRange::of(&pk, SUMMARY) };
        for item in self.query_attributes(&DEALS, &range).await? {
            counts.add_item(item)?;
        }
        Ok(counts)
    }

    /// Adds the changes that a batch of stream records shows to the counts of `shard`. `moves` has ascending
    /// sequence numbers. Records at or below the stored sequence number are skipped, so each record is
    /// counted once, even if a batch is delivered again with other boundaries.
    ///
    /// # Errors
    /// `BUSY` when another batch of the shard was counted first in each of eight tries.
    pub async fn count_moves(
        &self,
        deal: &DealId,
        shard: &str,
        moves: &[(Sequence, UnitsMoved)],
        now: Timestamp,
    ) -> Result<()> {
        let attempt = async |(rest, seen): (&[(Sequence, UnitsMoved)], Option<Sequence>)| {
            let (Some((first, _)), Some((last, _))) = (rest.first(), rest.last()) else {
                return Ok(TryResult::Done(()));
            };
            let change = add(deal, shard, rest.iter().map(|(_, moved)| *moved).sum(), last, now);
            let change = match &seen {
                None => change.only_if("attribute_not_exists(upto) OR upto < :first", ":first", first),
                Some(seen) => change.only_if("upto = :seen", ":seen", seen),
            };
            let found = match self.update(&DEALS, &shard_key(deal, shard), change).await? {
                Updated::Done(_) => {
                    self.cache.deals.forget(deal);
                    return Ok(TryResult::Done(()));
                }
                Updated::ConditionFailed(found) => found.unwrap_or_default(),
            };
            let count: ShardCount = entity(found)?;
            let rest = &moves[moves.partition_point(|(sequence, _)| *sequence <= count.upto)..];
            Ok(TryResult::Conflict((rest, Some(count.upto))))
        };
        retry(BusyReason::DealCounts, (moves, None), attempt).await
    }

    /// Returns the time up to which the previous version of dibs, which kept one item and none for each
    /// shard, has counted the units of a deal. That item, now the base (`CountBase`), includes the stream
    /// records up to that time. Returns `None` once a recount has written the base, or if that version never
    /// counted the deal. Cached for a minute.
    pub async fn counted_before(&self, id: &DealId, now: Timestamp) -> Result<Option<Timestamp>> {
        if let Some(known) = self.cache.counted_before.get(id, now, COUNTED_BEFORE_FOR_MS) {
            return Ok(known);
        }
        let base = self.read_counts(id, false).await?.base;
        let before = base.filter(|base| base.verified_at.is_none()).map(|base| base.at);
        self.cache.counted_before.put(id.clone(), now, before);
        Ok(before)
    }

    /// Writes the next version of a deal's `CountBase`. Returns `Saved::Conflict` with the stored one when
    /// another write came first.
    pub async fn save_count_base(&self, base: &CountBase) -> Result<Saved<CountBase>> {
        let saved = self.save(base).await;
        self.cache.deals.forget(&base.deal_id);
        saved
    }

    /// Writes `base`, the next version of the `CountBase` with the counts of `shard` added, and deletes the
    /// item of the shard, in one transaction. Returns `false`, with nothing written, when either item has
    /// changed since it was read.
    pub async fn merge_shard(&self, base: &CountBase, shard: &ShardCount) -> Result<bool> {
        let key = shard_key(&shard.deal_id, &shard.shard);
        let transaction = self.transaction();
        let transaction =
            if base.version == 1 { transaction.create(base)? } else { transaction.save(base)? };
        let upto = AttributeValue::S(shard.upto.as_str().to_owned());
        let committed = transaction.remove(&DEALS, &key, "upto", upto)?.commit().await?;
        Ok(matches!(committed, Committed::Done))
    }
}

fn add(deal: &DealId, shard: &str, moved: UnitsMoved, last: &Sequence, now: Timestamp) -> ConditionalUpdate {
    ConditionalUpdate::new(
        "SET upto = :last, #at = :now, deal_id = :deal, #shard = :shard ADD #reserved :reserved, #sold :sold",
        String::new(),
    )
    .name("#at", "at")
    .name("#shard", "shard")
    .name("#reserved", "reserved")
    .name("#sold", "sold")
    .value(":last", AttributeValue::S(last.as_str().to_owned()))
    .value(":now", n(now.as_millis()))
    .value(":deal", AttributeValue::S(deal.to_string()))
    .value(":shard", AttributeValue::S(shard.to_owned()))
    .value(":reserved", n(moved.reserved))
    .value(":sold", n(moved.sold))
}

impl ConditionalUpdate {
    fn only_if(self, condition: &str, name: &str, sequence: &Sequence) -> Self {
        let condition = condition.to_owned();
        Self { condition, ..self }.value(name, AttributeValue::S(sequence.as_str().to_owned()))
    }
}
