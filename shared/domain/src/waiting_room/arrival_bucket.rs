//! Arrival buckets: items that collect the queue entries of an arrival window.

use std::collections::{BTreeMap, BTreeSet};

use serde::{Deserialize, Serialize};

use super::QueuePosition;
use crate::Timestamp;
use crate::ids::{QueueId, UserId, fingerprint};

/// Number of arrival buckets in a group, which share a partition key.
pub const BUCKETS_PER_GROUP: u32 = 8;

/// Key of an arrival bucket. Buckets of one window and group share a partition key and are read together.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(from = "(u64, u32, u32)", into = "(u64, u32, u32)")]
pub struct ArrivalBucketKey {
    /// Number of the arrival window.
    pub window: u64,
    /// Number of the group within the window. Each group has a partition key of its own.
    pub group: u32,
    /// Number of the bucket within the group, below [`BUCKETS_PER_GROUP`].
    pub number: u32,
}

impl From<(u64, u32, u32)> for ArrivalBucketKey {
    fn from((window, group, number): (u64, u32, u32)) -> Self {
        Self { window, group, number }
    }
}

impl From<ArrivalBucketKey> for (u64, u32, u32) {
    fn from(key: ArrivalBucketKey) -> Self {
        (key.window, key.group, key.number)
    }
}

/// Name of a user in arrival buckets: an 11-character fingerprint of waiting room and user. Short names keep
/// the items small. If two users have the same name, it matters only if both are in the same bucket.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct EntryName(pub String);

impl EntryName {
    /// Returns the name of `user` in `queue` at the first join.
    pub fn of(queue: &QueueId, user: &UserId) -> Self {
        Self(fingerprint(&[queue.as_str(), user.as_str()]))
    }

    /// Returns the name of `user` in `queue` after rejoining `times` times.
    pub fn after_rejoins(queue: &QueueId, user: &UserId, times: u32) -> Self {
        if times == 0 {
            return Self::of(queue, user);
        }
        Self(fingerprint(&[queue.as_str(), user.as_str(), &times.to_string()]))
    }

    /// Returns the bucket of arrival window `window` that the user joins, where the window has `groups`
    /// groups of buckets.
    pub fn bucket(&self, window: u64, groups: u32) -> ArrivalBucketKey {
        let hash = self.0.bytes().fold(0u32, |hash, byte| hash.wrapping_mul(31).wrapping_add(byte.into()));
        let groups = groups.max(1);
        ArrivalBucketKey { window, group: hash % groups, number: hash / groups % BUCKETS_PER_GROUP }
    }
}

/// Arrival bucket of one window.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct ArrivalBucket {
    /// Arrival times by user. `None` in place of a time if the user left before the bucket was frozen.
    pub arrivals: BTreeMap<EntryName, Option<Timestamp>>,
    /// Users who left after the bucket was frozen. They still get a position, which is ended at once.
    pub departed: BTreeSet<EntryName>,
    /// Whether the bucket accepts no more entries, because its entries are about to be ordered.
    pub frozen: bool,
    /// Positions of the entries, in the order of [`ArrivalBucket::in_order`]. `None` until they are assigned.
    pub positions: Option<Vec<QueuePosition>>,
}

/// Whether a user is in an arrival bucket, and with which position.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum ArrivalStatus {
    /// The user is not in the bucket, which still accepts entries.
    Absent,
    /// The user is not in the bucket, which is frozen.
    TooLate,
    /// The user was in the bucket and left.
    Left,
    /// The user is in the bucket and has no position yet.
    Waiting {
        /// Whether the bucket is frozen. A user who leaves then still gets a position, which is ended at
        /// once.
        frozen: bool,
    },
    /// The user has this position.
    HasPosition(QueuePosition),
}

impl ArrivalBucket {
    /// Returns the users who did not leave before the bucket was frozen, by arrival time and then by name.
    pub fn in_order(&self) -> Vec<(Timestamp, &EntryName)> {
        let mut order: Vec<_> =
            self.arrivals.iter().filter_map(|(entry, at)| Some(((*at)?, entry))).collect();
        order.sort_unstable();
        order
    }

    /// Returns the position of `entry`, if it is assigned, even if the user has left.
    pub fn position_of(&self, entry: &EntryName) -> Option<QueuePosition> {
        let rank = self.in_order().iter().position(|(_, one)| *one == entry)?;
        self.positions.as_ref()?.get(rank).copied()
    }

    /// Returns the positions of users who left after the bucket was frozen.
    pub fn departed_positions(&self) -> Vec<QueuePosition> {
        self.departed.iter().filter_map(|entry| self.position_of(entry)).collect()
    }

    /// Returns the status of `entry` in the bucket.
    pub fn status_of(&self, entry: &EntryName) -> ArrivalStatus {
        match (self.arrivals.get(entry), &self.positions) {
            (None, _) if self.frozen => ArrivalStatus::TooLate,
            (None, _) => ArrivalStatus::Absent,
            (Some(None), _) => ArrivalStatus::Left,
            (Some(Some(_)), _) if self.departed.contains(entry) => ArrivalStatus::Left,
            (Some(Some(_)), None) => ArrivalStatus::Waiting { frozen: self.frozen },
            (Some(Some(_)), Some(_)) => self
                .position_of(entry)
                .map_or(ArrivalStatus::Waiting { frozen: true }, ArrivalStatus::HasPosition),
        }
    }
}

/// Assigns consecutive positions, beginning with the one after `base`, to all users of the frozen buckets
/// `buckets`, in order of arrival across the buckets. Returns the positions for each bucket, in the order of
/// [`ArrivalBucket::in_order`].
pub fn positions_in(
    buckets: &[(ArrivalBucketKey, ArrivalBucket)],
    base: QueuePosition,
) -> Vec<(ArrivalBucketKey, Vec<QueuePosition>)> {
    let mut everybody: Vec<(Timestamp, &EntryName, usize)> = buckets
        .iter()
        .enumerate()
        .flat_map(|(index, (_, bucket))| {
            bucket.in_order().into_iter().map(move |(at, entry)| (at, entry, index))
        })
        .collect();
    everybody.sort_unstable();
    let mut positions: Vec<(ArrivalBucketKey, Vec<QueuePosition>)> =
        buckets.iter().map(|(key, _)| (*key, Vec::new())).collect();
    for (number, (_, _, index)) in (base.0 + 1..).zip(everybody) {
        positions[index].1.push(QueuePosition(number));
    }
    positions
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    fn bucket(arrivals: &[(u64, i64)]) -> ArrivalBucket {
        let arrivals = arrivals
            .iter()
            .map(|(name, at)| (EntryName(format!("{name:011}")), Some(Timestamp::from_millis(*at))));
        ArrivalBucket { arrivals: arrivals.collect(), frozen: true, ..ArrivalBucket::default() }
    }

    proptest! {
        #[test]
        fn positions_are_consecutive_and_in_order_of_arrival(
            buckets in prop::collection::vec(prop::collection::vec((0..1_000_000u64, 0..50i64), 0..20), 1..6),
            base in 0..1000u64,
        ) {
            let buckets: Vec<_> = buckets.iter().enumerate()
                .map(|(index, arrivals)| (ArrivalBucketKey { window: 7, group: 0, number: index as u32 }, bucket(arrivals)))
                .collect();
            let mut told: Vec<(QueuePosition, Timestamp, EntryName)> = Vec::new();
            for ((key, positions), (of, mut bucket)) in positions_in(&buckets, QueuePosition(base)).into_iter().zip(buckets) {
                prop_assert_eq!(key, of);
                bucket.positions = Some(positions);
                for (entry, at) in &bucket.arrivals {
                    let ArrivalStatus::HasPosition(position) = bucket.status_of(entry) else { panic!("{entry:?} has no position") };
                    told.push((position, at.unwrap(), entry.clone()));
                }
            }
            told.sort();
            prop_assert!(told.iter().zip(base + 1..).all(|((position, ..), expected)| *position == QueuePosition(expected)));
            prop_assert!(told.windows(2).all(|pair| (pair[0].1, &pair[0].2) <= (pair[1].1, &pair[1].2)));
        }
    }

    #[test]
    fn departed_user_gets_no_position() {
        let mut one = bucket(&[(1, 10), (2, 20), (3, 30)]);
        one.arrivals.insert(EntryName("00000000002".into()), None);
        let key = ArrivalBucketKey { window: 1, group: 0, number: 0 };
        assert_eq!(
            positions_in(&[(key, one.clone())], QueuePosition(5)),
            [(key, vec![QueuePosition(6), QueuePosition(7)])]
        );
        one.positions = Some(vec![QueuePosition(6), QueuePosition(7)]);
        assert_eq!(one.status_of(&EntryName("00000000002".into())), ArrivalStatus::Left);
        assert_eq!(
            one.status_of(&EntryName("00000000003".into())),
            ArrivalStatus::HasPosition(QueuePosition(7))
        );
        assert_eq!(one.status_of(&EntryName("00000000004".into())), ArrivalStatus::TooLate);
    }

    #[test]
    fn users_are_spread_over_all_buckets() {
        let queue = QueueId::new("x");
        let mut buckets: BTreeMap<ArrivalBucketKey, u32> = BTreeMap::new();
        for user in 0..16_000 {
            *buckets.entry(EntryName::of(&queue, &UserId::new(user)).bucket(1, 20)).or_default() += 1;
        }
        assert_eq!(buckets.len(), 160);
        assert!(buckets.values().all(|users| (50..170).contains(users)), "{:?}", buckets.values());
    }
}
