//! Storage of a stock bucket, the item that decides who holds its units.

use std::collections::BTreeMap;
use std::str::FromStr;

use aws_sdk_dynamodb::types::AttributeValue;
use domain::ids::{CampaignId, UserId};
use domain::messages::CheckReservation;
use domain::stock::{Stock, StockKind, StockLayout};
use domain::{BusyReason, Error, Quantity, Result};

use super::Holder;
use crate::Store;
use crate::failure::failed;
use crate::item::Updated;
use crate::keys::{Attributes, Key, n};
use crate::schema::{DEALS, REWARDS, Table};
use crate::update::ConditionalUpdate;

pub const HOLD: &str = "h#";
const CODE: &str = "c#";

/// Condition that the bucket is still in the generation that was read. A bucket without the attribute is in
/// generation 0, and the attribute is never removed.
pub const SAME_GENERATION: &str = "(attribute_not_exists(epoch) OR epoch = :epoch)";

/// Outcome of trying to take a unit from a bucket.
pub enum TakeOutcome {
    /// The holder has a unit, taken now or by an earlier try.
    Taken {
        /// Code of the unit, for a pool of codes.
        code: Option<String>,
        /// Number of units left.
        left: Quantity,
        /// Generation of the bucket.
        generation: u64,
    },
    /// The bucket has no unit left.
    Empty {
        /// Generation of the bucket.
        generation: u64,
    },
}

/// Stock bucket as it was read.
#[derive(Debug, Default)]
pub struct Bucket {
    pub left: Quantity,
    pub generation: u64,
    /// Fencing value of each holder, by holder name; in a bucket of a deal, the text of the order's
    /// [`domain::stock::BucketHold`].
    pub holds: BTreeMap<String, String>,
    /// Codes without a holder, in the order in which they will be issued.
    pub codes: Vec<String>,
    pub codes_held: BTreeMap<String, String>,
}

impl Bucket {
    pub fn of(item: &Attributes) -> Self {
        let named = |prefix: &str| {
            item.iter()
                .filter_map(|(name, value)| {
                    Some((name.strip_prefix(prefix)?.to_owned(), value.as_s().ok()?.clone()))
                })
                .collect()
        };
        let codes = item.get("codes").and_then(|codes| codes.as_l().ok());
        Self {
            left: Quantity(number(item, "left")),
            generation: number(item, "epoch"),
            holds: named(HOLD),
            codes: codes.into_iter().flatten().filter_map(|code| code.as_s().ok().cloned()).collect(),
            codes_held: named(CODE),
        }
    }
}

/// Returns the number in the attribute `name`, or 0 when `item` has none.
fn number<T: FromStr + Default>(item: &Attributes, name: &str) -> T {
    item.get(name).and_then(|value| value.as_n().ok()?.parse().ok()).unwrap_or_default()
}

/// Returns the table that stores `stock`.
pub const fn table_of(stock: &Stock) -> &'static Table {
    match stock.kind {
        StockKind::Rewards => &REWARDS,
        StockKind::Deals => &DEALS,
    }
}

/// Returns `text` as an attribute value.
pub const fn s(text: String) -> AttributeValue {
    AttributeValue::S(text)
}

pub fn key(stock: &Stock, bucket: u32) -> Key {
    Key::new(format!("STOCK#{}#{bucket}", stock.id), "BUCKET")
}

impl Store {
    pub(super) async fn get_bucket(&self, stock: &Stock, bucket: u32) -> Result<Option<Bucket>> {
        let call =
            self.dynamo.get_item().table_name(self.names.table(table_of(stock))?).consistent_read(true);
        let output = call.set_key(Some(key(stock, bucket).attributes())).send().await.map_err(failed)?;
        Ok(output.item.as_ref().map(Bucket::of))
    }

    pub(super) async fn take_from(&self, stock: &Stock, bucket: u32, holder: &Holder) -> Result<TakeOutcome> {
        let (set, exists) = match stock.layout {
            StockLayout::Units(_) => (
                "SET #h = :value, #left = if_not_exists(#left, :units) - :one",
                "(attribute_not_exists(#left) OR #left >= :one)",
            ),
            StockLayout::Codes { .. } => {
                ("SET #h = :value, #c = codes[0], #left = #left - :one REMOVE codes[0]", "#left >= :one")
            }
        };
        let take = ConditionalUpdate::new(set, format!("attribute_not_exists(#h) AND {exists}"))
            .name("#h", format!("{HOLD}{}", holder.name))
            .name("#left", "left")
            .value(":value", s(holder.value()))
            .value(":one", n(1));
        let take = match stock.layout {
            StockLayout::Units(_) => take.value(":units", n(stock.units_of(bucket))),
            StockLayout::Codes { .. } => take.name("#c", format!("{CODE}{}", holder.name)),
        };
        let seen = match self.update(table_of(stock), &key(stock, bucket), take).await? {
            Updated::Done(item) => return Ok(taken(&Bucket::of(&item), holder)),
            Updated::ConditionFailed(item) => Bucket::of(&item.unwrap_or_default()),
        };
        match seen.holds.get(&holder.name) {
            Some(value) if *value == holder.value() => Ok(taken(&seen, holder)),
            Some(value) => self.replace_fencing_value(stock, bucket, holder, value).await,
            None => Ok(TakeOutcome::Empty { generation: seen.generation }),
        }
    }

    /// Replaces the fencing value `before`, an older version of the holder's claim, by the version of
    /// `holder`, so that no worker returns the unit because the older version does not need it.
    async fn replace_fencing_value(
        &self,
        stock: &Stock,
        bucket: u32,
        holder: &Holder,
        before: &str,
    ) -> Result<TakeOutcome> {
        let replace_fencing_value = ConditionalUpdate::new("SET #h = :value", "#h IN (:before, :value)")
            .name("#h", format!("{HOLD}{}", holder.name))
            .value(":value", s(holder.value()))
            .value(":before", s(before.to_owned()));
        match self.update(table_of(stock), &key(stock, bucket), replace_fencing_value).await? {
            Updated::Done(item) => Ok(taken(&Bucket::of(&item), holder)),
            // The unit was returned while it was taken again.
            Updated::ConditionFailed(_) => Err(Error::busy(BusyReason::Stock)),
        }
    }

    /// Begins the generation after `generation` in a bucket that is still empty. Returns `false`, with
    /// nothing written, when the bucket has a unit again or is in another generation.
    pub(super) async fn start_generation(&self, stock: &Stock, bucket: u32, generation: u64) -> Result<bool> {
        let begin = ConditionalUpdate::new(
            "SET epoch = :next",
            format!("{SAME_GENERATION} AND (attribute_not_exists(#left) OR #left = :zero)"),
        )
        .name("#left", "left")
        .value(":epoch", n(generation))
        .value(":next", n(generation + 1))
        .value(":zero", n(0))
        .without_item();
        Ok(self.update(table_of(stock), &key(stock, bucket), begin).await?.is_done())
    }

    /// Returns the unit of the holder `name` to a bucket, if its fencing value is still `value` and the
    /// bucket's generation is that of `seen`. Returns `true` also when the unit was already returned, and
    /// `false` when the fencing value is another one.
    ///
    /// # Errors
    /// `BUSY` when the unit is still held, but the bucket is in another generation.
    pub(super) async fn put_back(
        &self,
        stock: &Stock,
        bucket: u32,
        seen: &Bucket,
        name: &str,
        value: &str,
    ) -> Result<bool> {
        let code = seen.codes_held.get(name);
        let set = match code {
            Some(_) => {
                "SET #left = #left + :one, epoch = :next, codes = list_append(codes, :code) REMOVE #h, #c"
            }
            None => "SET #left = #left + :one, epoch = :next REMOVE #h",
        };
        let mut back = ConditionalUpdate::new(set, format!("#h = :value AND {SAME_GENERATION}"))
            .name("#h", format!("{HOLD}{name}"))
            .name("#left", "left")
            .value(":value", s(value.to_owned()))
            .value(":one", n(1))
            .value(":epoch", n(seen.generation))
            .value(":next", n(seen.generation + 1))
            .without_item();
        if let Some(code) = code {
            let returned = AttributeValue::L(vec![s(code.clone())]);
            back = back.name("#c", format!("{CODE}{name}")).value(":code", returned);
        }
        let now = match self.update(table_of(stock), &key(stock, bucket), back).await? {
            Updated::Done(_) => return Ok(true),
            Updated::ConditionFailed(item) => Bucket::of(&item.unwrap_or_default()),
        };
        match now.holds.get(name) {
            // The unit has been returned, by an earlier try of this write or by another worker.
            None => Ok(true),
            Some(there) if there != value => Ok(false),
            // The bucket is in a later generation than the one that was read.
            Some(_) => Err(Error::busy(BusyReason::Stock)),
        }
    }
}

fn taken(bucket: &Bucket, holder: &Holder) -> TakeOutcome {
    TakeOutcome::Taken {
        code: bucket.codes_held.get(&holder.name).cloned(),
        left: bucket.left,
        generation: bucket.generation,
    }
}

/// Returns a message for each unit that a change of the bucket under partition key `pk` shows as taken, or
/// taken again for a later version of its claim: holds in `after` that are not in `before`.
pub fn taken_in(pk: &str, before: &[(String, String)], after: &[(String, String)]) -> Vec<CheckReservation> {
    let news = after.iter().filter(|hold| !before.contains(hold));
    news.filter_map(|(name, value)| {
        let (stock, bucket) = pk.strip_prefix("STOCK#")?.rsplit_once('#')?;
        let (user, rest) = name.split_once('#')?;
        let (number, campaign) = match rest.split_once('#') {
            Some((number, campaign)) => (number, Some(campaign)),
            None => (rest, None),
        };
        Some(CheckReservation {
            stock: stock.to_owned(),
            codes: campaign.is_some(),
            bucket: bucket.parse().ok()?,
            user_id: UserId::parse(user)?,
            number: number.parse().ok()?,
            // The id of a stock that is not a pool begins with the id of its event.
            campaign_id: CampaignId::parse(campaign.or_else(|| Some(stock.split_once('.')?.0))?)?,
            version: value.parse().ok()?,
        })
    })
    .collect()
}
