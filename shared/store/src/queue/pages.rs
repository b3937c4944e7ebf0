//! Storage of arrival buckets: an item with the attribute `j#<name>` for each queue entry. Its value is the
//! time of arrival, or 0 after the user has left. A user who leaves a frozen bucket gets `l#<name>` as well,
//! because their position is counted already.

use aws_sdk_dynamodb::types::AttributeValue;
use domain::ids::QueueId;
use domain::queue::{ArrivalBucket, ArrivalBucketKey, ArrivalStatus, EntryName};
use domain::{Error, Result, Timestamp};
use futures::future::try_join_all;

use super::kept_until;
use crate::Store;
use crate::item::PartitionRange;
use crate::keys::n;
use crate::keys::{Attributes, Key};
use crate::schema::{QUEUE, TTL_ATTRIBUTE};
use crate::update::ConditionalUpdate;

const JOINER: &str = "j#";
const GONE: &str = "l#";
const PAGE: &str = "PAGE#";

/// Outcome of adding a queue entry to an arrival bucket.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum JoinOutcome {
    /// The entry is in the bucket, added now or by an earlier try.
    There(ArrivalBucket),
    /// The bucket does not accept the entry: it is frozen, or the user left it before.
    Elsewhere,
}

fn partition(queue: &QueueId, window: u64, group: u32) -> String {
    format!("QUEUE#{queue}#SLICE#{window}#{group}")
}

fn page_key(queue: &QueueId, key: ArrivalBucketKey) -> Key {
    Key::new(partition(queue, key.window, key.group), format!("{PAGE}{}", key.page))
}

/// Parses the key of an arrival bucket. Returns `None` for other keys.
pub fn arrival_bucket_of(pk: &str, sk: &str) -> Option<(QueueId, ArrivalBucketKey)> {
    let page = sk.strip_prefix(PAGE)?.parse().ok()?;
    let (queue, place) = pk.strip_prefix("QUEUE#")?.split_once("#SLICE#")?;
    let (window, group) = place.split_once('#')?;
    Some((
        QueueId::parse(queue)?,
        ArrivalBucketKey { window: window.parse().ok()?, group: group.parse().ok()?, page },
    ))
}

fn page(item: &Attributes) -> ArrivalBucket {
    let number = |value: &AttributeValue| value.as_n().ok()?.parse::<i64>().ok();
    let joiners = item.iter().filter_map(|(name, value)| {
        let at = number(value).filter(|at| *at > 0).map(Timestamp::from_millis);
        Some((EntryName(name.strip_prefix(JOINER)?.to_owned()), at))
    });
    let gone = item.keys().filter_map(|name| Some(EntryName(name.strip_prefix(GONE)?.to_owned())));
    let places = item.get("places").and_then(|places| places.as_l().ok());
    ArrivalBucket {
        joiners: joiners.collect(),
        gone: gone.collect(),
        frozen: item.contains_key("frozen"),
        places: places.map(|all| {
            all.iter().filter_map(|place| number(place).and_then(|place| u64::try_from(place).ok())).collect()
        }),
    }
}

/// Outcome of leaving an arrival bucket.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum LeaveOutcome {
    /// The user gets no position.
    Unplaced,
    /// The bucket is frozen, and the user will get a position. The bucket records that the writer of the
    /// positions must end it.
    BeingPlaced,
    /// The user has this position, which the caller must end.
    At(u64),
}

impl Store {
    /// Reads an arrival bucket, eventually consistent, or returns an empty one when it does not exist.
    /// Positions in it never change.
    pub async fn get_bucket_eventual(&self, queue: &QueueId, key: ArrivalBucketKey) -> Result<ArrivalBucket> {
        Ok(self
            .get_buckets_eventual(queue, &[key])
            .await?
            .into_iter()
            .next()
            .map(|(_, page)| page)
            .unwrap_or_default())
    }

    /// Reads those of the arrival buckets that exist, eventually consistent.
    pub async fn get_buckets_eventual(
        &self,
        queue: &QueueId,
        keys: &[ArrivalBucketKey],
    ) -> Result<Vec<(ArrivalBucketKey, ArrivalBucket)>> {
        let keys: Vec<Key> = keys.iter().map(|key| page_key(queue, *key)).collect();
        Ok(self.get_all_eventual(&QUEUE, &keys).await?.iter().filter_map(keyed).collect())
    }

    /// Reads those of the arrival buckets that exist, strongly consistent.
    pub async fn pages(
        &self,
        queue: &QueueId,
        keys: &[ArrivalBucketKey],
    ) -> Result<Vec<(ArrivalBucketKey, ArrivalBucket)>> {
        let keys: Vec<Key> = keys.iter().map(|key| page_key(queue, *key)).collect();
        Ok(self.get_all(&QUEUE, &keys).await?.iter().filter_map(keyed).collect())
    }

    /// Reads all arrival buckets of the arrival windows `windows`, which have `groups` partitions each,
    /// strongly consistent.
    pub async fn pages_of(
        &self,
        queue: &QueueId,
        windows: std::ops::Range<u64>,
        groups: u32,
    ) -> Result<Vec<(ArrivalBucketKey, ArrivalBucket)>> {
        let parts = windows.flat_map(|window| (0..groups).map(move |group| (window, group)));
        let reads = parts.map(|(window, group)| async move {
            let pk = partition(queue, window, group);
            self.query_attributes(
                &QUEUE,
                &PartitionRange { consistent: true, ..PartitionRange::of(&pk, PAGE) },
            )
            .await
        });
        Ok(try_join_all(reads).await?.iter().flatten().filter_map(keyed).collect())
    }

    /// Adds `joiner`, who arrived `at`, to an arrival bucket. Returns `JoinOutcome::Elsewhere` when the
    /// bucket is frozen or the user left it before. A repeat changes nothing.
    pub async fn join_bucket(
        &self,
        queue: &QueueId,
        key: ArrivalBucketKey,
        joiner: &EntryName,
        at: Timestamp,
    ) -> Result<JoinOutcome> {
        let change = ConditionalUpdate::new(
            format!("SET #j = :at, {TTL_ATTRIBUTE} = if_not_exists({TTL_ATTRIBUTE}, :expires)"),
            "attribute_not_exists(#j) AND attribute_not_exists(frozen)",
        );
        let change = change
            .name("#j", format!("{JOINER}{}", joiner.0))
            .value(":at", n(at.as_millis()))
            .value(":expires", n(kept_until(at)));
        let there = page(&self.update(&QUEUE, &page_key(queue, key), change).await?.item());
        Ok(match there.find(joiner) {
            ArrivalStatus::Waiting { .. } | ArrivalStatus::Placed(_) => JoinOutcome::There(there),
            ArrivalStatus::NotYet | ArrivalStatus::TooLate | ArrivalStatus::Left => JoinOutcome::Elsewhere,
        })
    }

    /// Records in an arrival bucket that `joiner` has left. In an open bucket the user loses the entry. In a
    /// frozen bucket the user has a position or will get one; whoever writes the positions finds this record
    /// and ends that position.
    pub async fn leave_bucket(
        &self,
        queue: &QueueId,
        key: ArrivalBucketKey,
        joiner: &EntryName,
        joined_at: Timestamp,
    ) -> Result<LeaveOutcome> {
        let change = ConditionalUpdate::new(
            format!("SET #j = :left, {TTL_ATTRIBUTE} = if_not_exists({TTL_ATTRIBUTE}, :expires)"),
            "attribute_not_exists(frozen)",
        );
        let change = change
            .name("#j", format!("{JOINER}{}", joiner.0))
            .value(":left", n(0))
            .value(":expires", n(kept_until(joined_at)));
        let there = page(&self.update(&QUEUE, &page_key(queue, key), change).await?.item());
        // A user who is not in the bucket cannot be added any more.
        if there.joiners.get(joiner).is_none_or(Option::is_none) {
            return Ok(LeaveOutcome::Unplaced);
        }
        let change = ConditionalUpdate::new("SET #l = :yes", "attribute_exists(frozen)")
            .name("#l", format!("{GONE}{}", joiner.0))
            .value(":yes", n(1));
        let there = page(&self.update(&QUEUE, &page_key(queue, key), change).await?.item());
        Ok(there.place_of(joiner).map_or(LeaveOutcome::BeingPlaced, LeaveOutcome::At))
    }

    /// Freezes an arrival bucket, which accepts no entries from then on, and returns it. Does nothing to a
    /// bucket that is frozen or does not exist.
    pub async fn freeze_bucket(&self, queue: &QueueId, key: ArrivalBucketKey) -> Result<ArrivalBucket> {
        let change = ConditionalUpdate::new(
            "SET frozen = :yes",
            "attribute_exists(pk) AND attribute_not_exists(frozen)",
        )
        .value(":yes", n(1));
        Ok(page(&self.update(&QUEUE, &page_key(queue, key), change).await?.item()))
    }

    /// Writes the positions of the entries into a frozen arrival bucket, in order of arrival. They follow
    /// from the room's latest batch, so every writer writes the same ones. Returns the positions of users who
    /// left after the bucket was frozen, which the caller must end.
    ///
    /// # Errors
    /// `INTERNAL_ERROR` when the bucket is not frozen.
    pub async fn assign_positions(
        &self,
        queue: &QueueId,
        key: ArrivalBucketKey,
        places: &[u64],
    ) -> Result<Vec<u64>> {
        let places = places.iter().map(n).collect();
        let change = ConditionalUpdate::new(
            "SET places = :places",
            "attribute_exists(frozen) AND attribute_not_exists(places)",
        )
        .value(":places", AttributeValue::L(places));
        let there = page(&self.update(&QUEUE, &page_key(queue, key), change).await?.item());
        if there.places.is_none() {
            return Err(Error::internal("a page that is in order is not frozen"));
        }
        Ok(there.gone_positions())
    }
}

fn keyed(item: &Attributes) -> Option<(ArrivalBucketKey, ArrivalBucket)> {
    let key = Key::of(item)?;
    Some((arrival_bucket_of(&key.pk, &key.sk)?.1, page(item)))
}
