//! Storage of the sold-out index (`SoldOutIndex`): the empty buckets of a stock, in items of 64 buckets each.

use aws_sdk_dynamodb::types::AttributeValue;
use domain::Result;
use domain::stock::{BUCKETS_PER_PAGE, BucketState, SoldOutIndex, Stock, emptied_in};

use super::bucket::table_of;
use crate::Store;
use crate::failure::failed;
use crate::keys::n;
use crate::keys::{Attributes, Key};
use crate::update::ConditionalUpdate;

/// Maximum age, in milliseconds, of a cached sold-out index for which a request may be refused as sold out.
pub const FRESH_FOR_MS: i64 = 1000;
const STATE: &str = "m#";

fn partition(stock: &Stock) -> String {
    format!("STOCK#{}", stock.id)
}

fn page_key(stock: &Stock, bucket: u32) -> Key {
    Key::new(partition(stock), format!("HINT#{:04}", bucket / BUCKETS_PER_PAGE))
}

impl Store {
    pub(super) async fn read_sold_out_index(&self, stock: &Stock, consistent: bool) -> Result<SoldOutIndex> {
        let mut index = SoldOutIndex::default();
        let mut start: Option<Attributes> = None;
        loop {
            let page = self
                .dynamo
                .query()
                .table_name(self.names.table(table_of(stock))?)
                .key_condition_expression("pk = :pk AND begins_with(sk, :prefix)")
                .expression_attribute_values(":pk", AttributeValue::S(partition(stock)))
                .expression_attribute_values(":prefix", AttributeValue::S("HINT#".to_owned()))
                .consistent_read(consistent)
                .set_exclusive_start_key(start)
                .send()
                .await
                .map_err(failed)?;
            for (bucket, state) in page.items.iter().flatten().flatten().filter_map(state_of) {
                index.note(bucket, state);
            }
            start = page.last_evaluated_key;
            if start.is_none() {
                return Ok(index);
            }
        }
    }

    /// Marks `bucket` as empty in this instance's cache.
    pub(super) fn remember_empty(&self, stock: &Stock, bucket: u32, generation: u64) {
        self.cache.sold_out_indexes.change(&stock.name(), |index| index.note(bucket, emptied_in(generation)));
    }

    /// Marks `bucket` as empty in the sold-out index. A failed write is only logged: a later request that
    /// finds the bucket empty, and no unit in the other buckets that it tries, writes it again.
    pub(super) async fn note_empty(&self, stock: &Stock, bucket: u32, generation: u64) {
        self.remember_empty(stock, bucket, generation);
        if let Err(error) = self.note_state(stock, bucket, emptied_in(generation)).await {
            tracing::debug!(stock = stock.id, bucket, %error, "the sold-out index was not written");
        }
    }

    /// Writes `state` as the state of `bucket` into the sold-out index, unless a newer state is stored.
    pub(super) async fn note_state(&self, stock: &Stock, bucket: u32, state: BucketState) -> Result<()> {
        let change =
            ConditionalUpdate::new("SET #mark = :mark", "attribute_not_exists(#mark) OR #mark < :mark")
                .name("#mark", format!("{STATE}{bucket}"))
                .value(":mark", n(state))
                .without_item();
        let _ = self.update(table_of(stock), &page_key(stock, bucket), change).await?;
        Ok(())
    }
}

fn state_of((name, value): (&String, &AttributeValue)) -> Option<(u32, BucketState)> {
    Some((name.strip_prefix(STATE)?.parse().ok()?, value.as_n().ok()?.parse().ok()?))
}
