//! Pages: who came in a slice of time.

use std::collections::{BTreeMap, BTreeSet};

use serde::{Deserialize, Serialize};

use crate::Timestamp;
use crate::ids::{QueueId, UserId, fingerprint};

/// How many pages share a partition key.
pub const PAGES_PER_GROUP: u32 = 8;

/// Which page: those of one slice and group share a partition key, and are read together.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(from = "(u64, u32, u32)", into = "(u64, u32, u32)")]
pub struct PageKey {
    /// The slice of time.
    pub slice: u64,
    /// The group.
    pub group: u32,
    /// The page in it.
    pub page: u32,
}

impl From<(u64, u32, u32)> for PageKey {
    fn from((slice, group, page): (u64, u32, u32)) -> Self {
        Self { slice, group, page }
    }
}

impl From<PageKey> for (u64, u32, u32) {
    fn from(key: PageKey) -> Self {
        (key.slice, key.group, key.page)
    }
}

/// What a user is called on the pages of a queue: eleven characters that follow from both. Short names keep a
/// page small, and two users of one name would have to come to the same page of a hundred.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct Joiner(pub String);

impl Joiner {
    /// The name of `user` in `queue`.
    pub fn of(queue: &QueueId, user: &UserId) -> Self {
        Self(fingerprint(&[queue.as_str(), user.as_str()]))
    }

    /// The name of `user` in `queue` when they have come again so often.
    pub fn again(queue: &QueueId, user: &UserId, times: u32) -> Self {
        if times == 0 {
            return Self::of(queue, user);
        }
        Self(fingerprint(&[queue.as_str(), user.as_str(), &times.to_string()]))
    }

    /// The page of `slice` that they join, when there are so many `groups`.
    pub fn page(&self, slice: u64, groups: u32) -> PageKey {
        let hash = self.0.bytes().fold(0u32, |hash, byte| hash.wrapping_mul(31).wrapping_add(byte.into()));
        let groups = groups.max(1);
        PageKey { slice, group: hash % groups, page: hash / groups % PAGES_PER_GROUP }
    }
}

/// A page.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Page {
    /// Who came, and when; no time for somebody who has left again.
    pub joiners: BTreeMap<Joiner, Option<Timestamp>>,
    /// Who has left when it was frozen already: they are given a position, which has ended.
    pub gone: BTreeSet<Joiner>,
    /// Whether it takes nobody any more.
    pub frozen: bool,
    /// The positions, in the order of [`Page::in_order`], once they are known.
    pub places: Option<Vec<u64>>,
}

/// What a page says about a joiner.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Found {
    /// They are not on it; it takes them.
    NotYet,
    /// They are not on it, and it takes nobody any more.
    TooLate,
    /// They were on it, and left.
    Left,
    /// They are on it, and have no position yet; whether it may still be left without a trace.
    Waiting {
        /// It may not.
        frozen: bool,
    },
    /// They have this position.
    Placed(u64),
}

impl Page {
    /// Those who stay, in order of arrival; what came in the same millisecond in the order of names.
    pub fn in_order(&self) -> Vec<(Timestamp, &Joiner)> {
        let mut order: Vec<_> =
            self.joiners.iter().filter_map(|(joiner, at)| Some(((*at)?, joiner))).collect();
        order.sort_unstable();
        order
    }

    /// Returns the position of `joiner`, once it is known, whether or not they have left.
    pub fn place_of(&self, joiner: &Joiner) -> Option<u64> {
        let rank = self.in_order().iter().position(|(_, one)| *one == joiner)?;
        self.places.as_ref()?.get(rank).copied()
    }

    /// Returns the positions of those who have left it when it was frozen already.
    pub fn gone_places(&self) -> Vec<u64> {
        self.gone.iter().filter_map(|joiner| self.place_of(joiner)).collect()
    }

    /// What it says about `joiner`.
    pub fn find(&self, joiner: &Joiner) -> Found {
        match (self.joiners.get(joiner), &self.places) {
            (None, _) if self.frozen => Found::TooLate,
            (None, _) => Found::NotYet,
            (Some(None), _) => Found::Left,
            (Some(Some(_)), _) if self.gone.contains(joiner) => Found::Left,
            (Some(Some(_)), None) => Found::Waiting { frozen: self.frozen },
            (Some(Some(_)), Some(_)) => {
                self.place_of(joiner).map_or(Found::Waiting { frozen: true }, Found::Placed)
            }
        }
    }
}

/// The positions behind `base` of everybody on the frozen `pages`, page by page: all of them in order of
/// arrival.
pub fn places_in(pages: &[(PageKey, Page)], base: u64) -> Vec<(PageKey, Vec<u64>)> {
    let mut everybody: Vec<(Timestamp, &Joiner, usize)> = pages
        .iter()
        .enumerate()
        .flat_map(|(index, (_, page))| {
            page.in_order().into_iter().map(move |(at, joiner)| (at, joiner, index))
        })
        .collect();
    everybody.sort_unstable();
    let mut places: Vec<(PageKey, Vec<u64>)> = pages.iter().map(|(key, _)| (*key, Vec::new())).collect();
    for (position, (_, _, index)) in (base + 1..).zip(everybody) {
        places[index].1.push(position);
    }
    places
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    fn page(joiners: &[(u64, i64)]) -> Page {
        let joiners = joiners
            .iter()
            .map(|(name, at)| (Joiner(format!("{name:011}")), Some(Timestamp::from_millis(*at))));
        Page { joiners: joiners.collect(), frozen: true, ..Page::default() }
    }

    proptest! {
        #[test]
        fn positions_are_consecutive_and_in_order_of_arrival(
            pages in prop::collection::vec(prop::collection::vec((0..1_000_000u64, 0..50i64), 0..20), 1..6),
            base in 0..1000u64,
        ) {
            let pages: Vec<_> = pages.iter().enumerate()
                .map(|(index, joiners)| (PageKey { slice: 7, group: 0, page: index as u32 }, page(joiners)))
                .collect();
            let mut told: Vec<(u64, Timestamp, Joiner)> = Vec::new();
            for ((key, places), (of, mut page)) in places_in(&pages, base).into_iter().zip(pages) {
                prop_assert_eq!(key, of);
                page.places = Some(places);
                for (joiner, at) in &page.joiners {
                    let Found::Placed(place) = page.find(joiner) else { panic!("{joiner:?} has no place") };
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
        one.joiners.insert(Joiner("00000000002".into()), None);
        let key = PageKey { slice: 1, group: 0, page: 0 };
        assert_eq!(places_in(&[(key, one.clone())], 5), [(key, vec![6, 7])]);
        one.places = Some(vec![6, 7]);
        assert_eq!(one.find(&Joiner("00000000002".into())), Found::Left);
        assert_eq!(one.find(&Joiner("00000000003".into())), Found::Placed(7));
        assert_eq!(one.find(&Joiner("00000000004".into())), Found::TooLate);
    }

    #[test]
    fn users_are_spread_over_all_pages() {
        let queue = QueueId::new("x");
        let mut pages: BTreeMap<PageKey, u32> = BTreeMap::new();
        for user in 0..16_000 {
            *pages.entry(Joiner::of(&queue, &UserId::new(user)).page(1, 20)).or_default() += 1;
        }
        assert_eq!(pages.len(), 160);
        assert!(pages.values().all(|users| (50..170).contains(users)), "{:?}", pages.values());
    }
}
