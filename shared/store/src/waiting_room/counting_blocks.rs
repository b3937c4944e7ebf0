//! Storage of counting blocks. A counting block is an item for 64 admission blocks, with the attribute
//! `g#<number of the admission block>` as a bit mask of the positions that the room has counted as ended.

use std::collections::BTreeMap;

use domain::ids::QueueId;
use domain::waiting_room::{CountingBlock, Departed, PositionMask};
use domain::{Result, Timestamp};

use super::{FRESH_FOR_MS, number};
use crate::Store;
use crate::keys::n;
use crate::keys::{Attributes, Key};
use crate::schema::QUEUE;
use crate::update::ConditionalUpdate;

const COUNTED: &str = "COUNTED";
const MASK: &str = "g#";
fn counting_block_key(queue: &QueueId, block: u64) -> Key {
    Key::new(format!("QUEUE#{queue}#BLOCK#{block}"), COUNTED)
}

fn counting_block(item: &Attributes) -> CountingBlock {
    let masks = item.iter().filter_map(|(name, value)| {
        Some((name.strip_prefix(MASK)?.parse().ok()?, value.as_n().ok()?.parse().ok()?))
    });
    CountingBlock { masks: masks.collect(), version: number(item, "v").unwrap_or_default() }
}

impl Store {
    /// Reads the counting blocks `numbers`, strongly consistent. Missing ones are returned empty.
    pub async fn get_counting_blocks(
        &self,
        queue: &QueueId,
        numbers: &[u64],
    ) -> Result<BTreeMap<u64, CountingBlock>> {
        let keys: Vec<Key> = numbers.iter().map(|number| counting_block_key(queue, *number)).collect();
        let items = self.get_all(&QUEUE, &keys).await?;
        let mut blocks: BTreeMap<u64, CountingBlock> =
            numbers.iter().map(|number| (*number, CountingBlock::default())).collect();
        for item in &items {
            let name = Key::of(item).and_then(|key| key.pk.rsplit('#').next()?.parse().ok());
            if let Some(number) = name {
                blocks.insert(number, counting_block(item));
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
            let items = self.get_all_eventual(&QUEUE, &[counting_block_key(queue, number)]).await?;
            Ok(Some(items.first().map(counting_block).unwrap_or_default()))
        };
        let found = self.cache.counting_blocks.get_or_read(&key, now, FRESH_FOR_MS, read).await?;
        let masks = found.map(|block| block.masks.clone()).unwrap_or_default();
        Ok(Departed { blocks: [number].into(), masks })
    }

    /// Writes `masks`, the ended positions that version `version` of the waiting room counted, into counting
    /// block `number`. Does nothing when the block was already written for this or a newer version.
    pub async fn write_counted_ends(
        &self,
        queue: &QueueId,
        number: u64,
        masks: &BTreeMap<u64, PositionMask>,
        version: u64,
    ) -> Result<()> {
        let set: Vec<String> = masks
            .keys()
            .map(|admission_block| format!("#g{admission_block} = :g{admission_block}"))
            .collect();
        let mut change = ConditionalUpdate::new(
            format!("SET v = :v, {}", set.join(", ")),
            "attribute_not_exists(v) OR v < :v",
        )
        .value(":v", n(version));
        for (admission_block, mask) in masks {
            change = change.name(format!("#g{admission_block}"), format!("{MASK}{admission_block}"));
            change = change.value(format!(":g{admission_block}"), n(mask));
        }
        self.update(&QUEUE, &counting_block_key(queue, number), change).await.map(drop)
    }
}
