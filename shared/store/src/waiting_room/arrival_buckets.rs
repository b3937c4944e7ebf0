//! Storage of arrival buckets: an item with the attribute `j#<name>` for each queue entry. Its value is the
//! time of arrival, or 0 after the user has left. A user who leaves a frozen bucket gets `l#<name>` as well,
//! because their position is counted already.

use aws_sdk_dynamodb::types::AttributeValue;
use domain::ids::QueueId;
use domain::waiting_room::{ArrivalBucket, ArrivalBucketKey, ArrivalStatus, EntryName, QueuePosition};
use domain::{Error, Result, Timestamp};
use futures::future::try_join_all;

use super::kept_until;
use crate::Store;
use crate::item::PartitionRange;
use crate::keys::n;
use crate::keys::{Attributes, Key};
use crate::schema::{QUEUE, TTL_ATTRIBUTE};
use crate::update::ConditionalUpdate;

const ARRIVAL: &str = "j#";
const DEPARTED: &str = "l#";
const BUCKET: &str = "PAGE#";

/// Outcome of adding a queue entry to an arrival bucket.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum JoinOutcome {
    /// The entry is in the bucket, added now or by an earlier try.
    Joined(ArrivalBucket),
    /// The bucket does not accept the entry: it is frozen, or the user left it before.
    NotAccepted,
}

fn partition(queue: &QueueId, window: u64, group: u32) -> String {
    format!("QUEUE#{queue}#SLICE#{window}#{group}")
}

fn arrival_bucket_key(queue: &QueueId, key: ArrivalBucketKey) -> Key {
    Key::new(partition(queue, key.window, key.group), format!("{BUCKET}{}", key.number))
}

/// Parses the key of an arrival bucket. Returns `None` for other keys.
pub fn arrival_bucket_of(pk: &str, sk: &str) -> Option<(QueueId, ArrivalBucketKey)> {
    let number = sk.strip_prefix(BUCKET)?.parse().ok()?;
    let (queue, rest) = pk.strip_prefix("QUEUE#")?.split_once("#SLICE#")?;
    let (window, group) = rest.split_once('#')?;
    Some((
        QueueId::parse(queue)?,
        ArrivalBucketKey { window: window.parse().ok()?, group: group.parse().ok()?, number },
    ))
}

pub(crate) fn arrival_bucket(item: &Attributes) -> ArrivalBucket {
    let number = |value: &AttributeValue| value.as_n().ok()?.parse::<i64>().ok();
    let arrivals = item.iter().filter_map(|(name, value)| {
        let at = number(value).filter(|at| *at > 0).map(Timestamp::from_millis);
        Some((EntryName(name.strip_prefix(ARRIVAL)?.to_owned()), at))
    });
    let gone = item.keys().filter_map(|name| Some(EntryName(name.strip_prefix(DEPARTED)?.to_owned())));
    let positions = item.get("places").and_then(|positions| positions.as_l().ok());
    ArrivalBucket {
        arrivals: arrivals.collect(),
        departed: gone.collect(),
        frozen: item.contains_key("frozen"),
        positions: positions.map(|all| {
            all.iter()
                .filter_map(|position| {
                    number(position).and_then(|position| u64::try_from(position).ok().map(QueuePosition))
                })
                .collect()
        }),
    }
}

/// Outcome of leaving an arrival bucket.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum LeaveOutcome {
    /// The user gets no position.
    NoPosition,
    /// The bucket is frozen, and the user will get a position. The bucket records that the writer of the
    /// positions must end it.
    PositionPending,
    /// The user has this position, which the caller must end.
    HasPosition(QueuePosition),
}

impl Store {
    /// Reads an arrival bucket, eventually consistent, or returns an empty one when it does not exist.
    /// Positions in it never change.
    pub async fn get_arrival_bucket_eventual(
        &self,
        queue: &QueueId,
        key: ArrivalBucketKey,
    ) -> Result<ArrivalBucket> {
        Ok(self
            .get_arrival_buckets_eventual(queue, &[key])
            .await?
            .into_iter()
            .next()
            .map(|(_, bucket)| bucket)
            .unwrap_or_default())
    }

    /// Reads those of the arrival buckets that exist, eventually consistent.
    pub async fn get_arrival_buckets_eventual(
        &self,
        queue: &QueueId,
        keys: &[ArrivalBucketKey],
    ) -> Result<Vec<(ArrivalBucketKey, ArrivalBucket)>> {
        let keys: Vec<Key> = keys.iter().map(|key| arrival_bucket_key(queue, *key)).collect();
        Ok(self.get_all_eventual(&QUEUE, &keys).await?.iter().filter_map(keyed).collect())
    }

    /// Reads those of the arrival buckets that exist, strongly consistent.
    pub async fn get_arrival_buckets(
        &self,
        queue: &QueueId,
        keys: &[ArrivalBucketKey],
    ) -> Result<Vec<(ArrivalBucketKey, ArrivalBucket)>> {
        let keys: Vec<Key> = keys.iter().map(|key| arrival_bucket_key(queue, *key)).collect();
        Ok(self.get_all(&QUEUE, &keys).await?.iter().filter_map(keyed).collect())
    }

    /// Reads all arrival buckets of the arrival windows `windows`, which have `groups` partitions each,
    /// strongly consistent.
    pub async fn get_arrival_buckets_of_windows(
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
                &PartitionRange { consistent: true, ..PartitionRange::of(&pk, BUCKET) },
            )
            .await
        });
        Ok(try_join_all(reads).await?.iter().flatten().filter_map(keyed).collect())
    }

    /// Adds `entry_name`, who arrived `at`, to an arrival bucket. Returns `JoinOutcome::NotAccepted` when the
    /// bucket is frozen or the user left it before. A repeat changes nothing.
    pub async fn join_bucket(
        &self,
        queue: &QueueId,
        key: ArrivalBucketKey,
        entry: &EntryName,
        at: Timestamp,
    ) -> Result<JoinOutcome> {
        let change = ConditionalUpdate::new(
            format!("SET #j = :at, {TTL_ATTRIBUTE} = if_not_exists({TTL_ATTRIBUTE}, :expires)"),
            "attribute_not_exists(#j) AND attribute_not_exists(frozen)",
        );
        let change = change
            .name("#j", format!("{ARRIVAL}{}", entry.0))
            .value(":at", n(at.as_millis()))
            .value(":expires", n(kept_until(at)));
        let found =
            arrival_bucket(&self.update(&QUEUE, &arrival_bucket_key(queue, key), change).await?.item());
        Ok(match found.status_of(entry) {
            ArrivalStatus::Waiting { .. } | ArrivalStatus::HasPosition(_) => JoinOutcome::Joined(found),
            ArrivalStatus::Absent | ArrivalStatus::TooLate | ArrivalStatus::Left => JoinOutcome::NotAccepted,
        })
    }

    /// Records in an arrival bucket that `entry_name` has left. In an open bucket the user loses the entry.
    /// In a frozen bucket the user has a position or will get one; whoever writes the positions finds this
    /// record and ends that position.
    pub async fn leave_bucket(
        &self,
        queue: &QueueId,
        key: ArrivalBucketKey,
        entry: &EntryName,
        joined_at: Timestamp,
    ) -> Result<LeaveOutcome> {
        let change = ConditionalUpdate::new(
            format!("SET #j = :left, {TTL_ATTRIBUTE} = if_not_exists({TTL_ATTRIBUTE}, :expires)"),
            "attribute_not_exists(frozen)",
        );
        let change = change
            .name("#j", format!("{ARRIVAL}{}", entry.0))
            .value(":left", n(0))
            .value(":expires", n(kept_until(joined_at)));
        let found =
            arrival_bucket(&self.update(&QUEUE, &arrival_bucket_key(queue, key), change).await?.item());
        // A user who is not in the bucket cannot be added any more.
        if found.arrivals.get(entry).is_none_or(Option::is_none) {
            return Ok(LeaveOutcome::NoPosition);
        }
        let change = ConditionalUpdate::new("SET #l = :yes", "attribute_exists(frozen)")
            .name("#l", format!("{DEPARTED}{}", entry.0))
            .value(":yes", n(1));
        let found =
            arrival_bucket(&self.update(&QUEUE, &arrival_bucket_key(queue, key), change).await?.item());
        Ok(found.position_of(entry).map_or(LeaveOutcome::PositionPending, LeaveOutcome::HasPosition))
    }

    /// Freezes an arrival bucket, which accepts no entries from then on, and returns it. Does nothing to a
    /// bucket that is frozen or does not exist.
    pub async fn freeze_bucket(&self, queue: &QueueId, key: ArrivalBucketKey) -> Result<ArrivalBucket> {
        let change = ConditionalUpdate::new(
            "SET frozen = :yes",
            "attribute_exists(pk) AND attribute_not_exists(frozen)",
        )
        .value(":yes", n(1));
        Ok(arrival_bucket(&self.update(&QUEUE, &arrival_bucket_key(queue, key), change).await?.item()))
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
        positions: &[QueuePosition],
    ) -> Result<Vec<QueuePosition>> {
        let positions = positions.iter().map(n).collect();
        let change = ConditionalUpdate::new(
            "SET places = :places",
            "attribute_exists(frozen) AND attribute_not_exists(places)",
        )
        .value(":places", AttributeValue::L(positions));
        let found =
            arrival_bucket(&self.update(&QUEUE, &arrival_bucket_key(queue, key), change).await?.item());
        if found.positions.is_none() {
            return Err(Error::internal("an arrival bucket with positions is not frozen"));
        }
        Ok(found.departed_positions())
    }
}

fn keyed(item: &Attributes) -> Option<(ArrivalBucketKey, ArrivalBucket)> {
    let key = Key::of(item)?;
    Some((arrival_bucket_of(&key.pk, &key.sk)?.1, arrival_bucket(item)))
}
