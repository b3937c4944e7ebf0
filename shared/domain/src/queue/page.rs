//! Arrival buckets: items that collect the queue entries of an arrival window.

use std::collections::{BTreeMap, BTreeSet};

use serde::{Deserialize, Serialize};

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
    pub page: u32,
}

impl From<(u64, u32, u32)> for ArrivalBucketKey {
    fn from((window, group, page): (u64, u32, u32)) -> Self {
        Self { window, group, page }
    }
}

impl From<ArrivalBucketKey> for (u64, u32, u32) {
    fn from(key: ArrivalBucketKey) -> Self {
        (key.window, key.group, key.page)
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
    pub fn again(queue: &QueueId, user: &UserId, times: u32) -> Self {
        if times == 0 {
            return Self::of(queue, user);
        }
        Self(fingerprint(&[queue.as_str(), user.as_str(), &times.to_string()]))
    }

    /// Returns the bucket of arrival window `window` that the user joins, where the window has `groups`
    /// groups of buckets.
    pub fn page(&self, window: u64, groups: u32) -> ArrivalBucketKey {
        let hash = self.0.bytes().fold(0u32, |hash, byte| hash.wrapping_mul(31).wrapping_add(byte.into()));
        let groups = groups.max(1);
        ArrivalBucketKey { window, group: hash % groups, page: hash / groups % BUCKETS_PER_GROUP }
    }
}

/// Arrival bucket of one window.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct ArrivalBucket {
    /// Arrival times by user. `None` in place of a time if the user left before the bucket was frozen.
    pub joiners: BTreeMap<EntryName, Option<Timestamp>>,
    /// Users who left after the bucket was frozen. They still get a position, which is ended at once.
    pub gone: BTreeSet<EntryName>,
    /// Whether the bucket accepts no more entries, because its entries are about to be ordered.
    pub frozen: bool,
    /// Positions of the entries, in the order of [`ArrivalBucket::in_order`]. `None` until they are assigned.
    pub places: Option<Vec<u64>>,
}

/// Whether a user is in an arrival bucket, and with which position.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum ArrivalStatus {
    /// The user is not in the bucket, which still accepts entries.
    NotYet,
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
    Placed(u64),
}

impl ArrivalBucket {
    /// Returns the users who did not leave before the bucket was frozen, by arrival time and then by name.
    pub fn in_order(&self) -> Vec<(Timestamp, &EntryName)> {
        let mut order: Vec<_> =
            self.joiners.iter().filter_map(|(joiner, at)| Some(((*at)?, joiner))).collect();
        order.sort_unstable();
        order
    }

    /// Returns the position of `joiner`, if it is assigned, even if the user has left.
    pub fn place_of(&self, joiner: &EntryName) -> Option<u64> {
        let rank = self.in_order().iter().position(|(_, one)| *one == joiner)?;
        self.places.as_ref()?.get(rank).copied()
    }

    /// Returns the positions of users who left after the bucket was frozen.
    pub fn gone_positions(&self) -> Vec<u64> {
        self.gone.iter().filter_map(|joiner| self.place_of(joiner)).collect()
    }

    /// Returns the status of `joiner` in the bucket.
    pub fn find(&self, joiner: &EntryName) -> ArrivalStatus {
        match (self.joiners.get(joiner), &self.places) {
            (None, _) if self.frozen => ArrivalStatus::TooLate,
            (None, _) => ArrivalStatus::NotYet,
            (Some(None), _) => ArrivalStatus::Left,
            (Some(Some(_)), _) if self.gone.contains(joiner) => ArrivalStatus::Left,
            (Some(Some(_)), None) => ArrivalStatus::Waiting { frozen: self.frozen },
            (Some(Some(_)), Some(_)) => {
                self.place_of(joiner).map_or(ArrivalStatus::Waiting { frozen: true }, ArrivalStatus::Placed)
            }
        }
    }
}

/// Assigns consecutive positions, beginning with `base + 1`, to all users of the frozen buckets `pages`, in
/// order of arrival across the buckets. Returns the positions for each bucket, in the order of
/// [`ArrivalBucket::in_order`].
pub fn positions_in(
    pages: &[(ArrivalBucketKey, ArrivalBucket)],
    base: u64,
) -> Vec<(ArrivalBucketKey, Vec<u64>)> {
    let mut everybody: Vec<(Timestamp, &EntryName, usize)> = pages
        .iter()
        .enumerate()
        .flat_map(|(index, (_, page))| {
            page.in_order().into_iter().map(move |(at, joiner)| (at, joiner, index))
        })
        .collect();
    everybody.sort_unstable();
    let mut places: Vec<(ArrivalBucketKey, Vec<u64>)> =
        pages.iter().map(|(key, _)| (*key, Vec::new())).collect();
    for (position, (_, _, index)) in (base + 1..).zip(everybody) {
        places[index].1.push(position);
    }
    places
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    fn page(joiners: &[(u64, i64)]) -> ArrivalBucket {
        let joiners = joiners
            .iter()
            .map(|(name, at)| (EntryName(format!("{name:011}")), Some(Timestamp::from_millis(*at))));
        ArrivalBucket { joiners: joiners.collect(), frozen: true, ..ArrivalBucket::default() }
    }

    proptest! {
        #[test]
        fn positions_are_consecutive_and_in_order_of_arrival(
            pages in prop::collection::vec(prop::collection::vec((0..1_000_000u64, 0..50i64), 0..20), 1..6),
            base in 0..1000u64,
        ) {
            let pages: Vec<_> = pages.iter().enumerate()
                .map(|(index, joiners)| (ArrivalBucketKey { window: 7, group: 0, page: index as u32 }, page(joiners)))
                .collect();
            let mut told: Vec<(u64, Timestamp, EntryName)> = Vec::new();
            for ((key, places), (of, mut page)) in positions_in(&pages, base).into_iter().zip(pages) {
                prop_assert_eq!(key, of);
                page.places = Some(places);
                for (joiner, at) in &page.joiners {
                    let ArrivalStatus::Placed(place) = page.find(joiner) else { panic!("{joiner:?} has no place") };
                    told.push((place, at.unwrap(), joiner.clone()));
                }
            }
            told.sort();
            prop_assert!(told.iter().zip(base + 1..).all(|((place, ..), expected)| *place == expected));
            prop_assert!(told.windows(2).all(|pair| (pair[0].1, &pair[0].2) <= (pair[1].1, &pair[1].2)));
        }
    }

    #[test]
    fn who_has_left_gets_no_position() {
        let mut one = page(&[(1, 10), (2, 20), (3, 30)]);
        one.joiners.insert(EntryName("00000000002".into()), None);
        let key = ArrivalBucketKey { window: 1, group: 0, page: 0 };
        assert_eq!(positions_in(&[(key, one.clone())], 5), [(key, vec![6, 7])]);
        one.places = Some(vec![6, 7]);
        assert_eq!(one.find(&EntryName("00000000002".into())), ArrivalStatus::Left);
        assert_eq!(one.find(&EntryName("00000000003".into())), ArrivalStatus::Placed(7));
        assert_eq!(one.find(&EntryName("00000000004".into())), ArrivalStatus::TooLate);
    }

    #[test]
    fn users_are_spread_over_all_pages() {
        let queue = QueueId::new("x");
        let mut pages: BTreeMap<ArrivalBucketKey, u32> = BTreeMap::new();
        for user in 0..16_000 {
            *pages.entry(EntryName::of(&queue, &UserId::new(user)).page(1, 20)).or_default() += 1;
        }
        assert_eq!(pages.len(), 160);
        assert!(pages.values().all(|users| (50..170).contains(users)), "{:?}", pages.values());
    }
}
