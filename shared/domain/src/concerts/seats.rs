//! Who has which seat. The seats of a date lie in blocks of twelve; a block is one item with an attribute for
//! each seat that somebody has or had, so that neighbours are held, sold and given back with one write.
//!
//! What stands for a seat sorts by time: until when it is held, then by which reservation. So "nobody has it"
//! is one comparison, and a seat whose hold is over is free without anybody's doing. `S` sorts behind every
//! time: what is sold is never free.

use std::collections::BTreeMap;
use std::fmt;

use crate::Timestamp;
use crate::ids::ReservationId;

/// How many seats are in a block: twelve that are taken stay within a KiB, one write unit.
pub const BLOCK_SEATS: u32 = 12;

/// How many digits the milliseconds have, until the year 2286.
const UNTIL_DIGITS: usize = 13;

/// What stands in a block for a seat.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Mark {
    /// It is held.
    Held {
        /// Until this.
        until: Timestamp,
        /// By this reservation.
        by: ReservationId,
    },
    /// It is sold.
    Sold {
        /// To this reservation.
        to: ReservationId,
    },
}

/// The seats of a block that somebody has or had, by their place in the layout.
pub type Block = BTreeMap<u32, Mark>;

impl Mark {
    /// What `text` says, or `None` when it is no mark.
    pub fn parse(text: &str) -> Option<Self> {
        if let Some(to) = text.strip_prefix('S') {
            return Some(Self::Sold { to: ReservationId::parse(to)? });
        }
        let (until, by) = text.split_at_checked(UNTIL_DIGITS)?;
        let until = Timestamp::from_millis(until.parse().ok()?);
        Some(Self::Held { until, by: ReservationId::parse(by)? })
    }

    /// Whether the seat can be taken all the same: its hold is over.
    pub fn is_free_at(&self, now: Timestamp) -> bool {
        matches!(self, Self::Held { until, .. } if *until <= now)
    }

    /// Which reservation has it or had it.
    pub const fn reservation(&self) -> &ReservationId {
        match self {
            Self::Held { by, .. } => by,
            Self::Sold { to } => to,
        }
    }
}

impl fmt::Display for Mark {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Held { until, by } => write!(f, "{:013}{by}", until.as_millis().max(0)),
            Self::Sold { to } => write!(f, "S{to}"),
        }
    }
}

/// Marks below this are of holds that are over at `now`.
pub fn free_below(now: Timestamp) -> String {
    format!("{:013}", now.as_millis().max(0) + 1)
}

/// In which block the seat at `index` is.
pub const fn block_of(index: u32) -> u32 {
    index / BLOCK_SEATS
}

/// The seats at `indexes`, block by block.
pub fn blocks_of(indexes: impl IntoIterator<Item = u32>) -> BTreeMap<u32, Vec<u32>> {
    let mut blocks: BTreeMap<u32, Vec<u32>> = BTreeMap::new();
    for index in indexes {
        blocks.entry(block_of(index)).or_default().push(index);
    }
    blocks
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::ids::UserId;
    use proptest::prelude::*;

    fn by(name: &str) -> ReservationId {
        ReservationId::new(UserId::new("1"), name)
    }

    #[test]
    fn seats_lie_in_blocks() {
        let blocks = blocks_of([0, 11, 12, 25]);
        assert_eq!(blocks.into_iter().collect::<Vec<_>>(), [(0, vec![0, 11]), (1, vec![12]), (2, vec![25])]);
    }

    #[test]
    fn what_is_no_mark_is_none() {
        for wrong in ["", "S", "Susr_1", "12345", "00000000x0000usr_1:1", "0000000000000"] {
            assert_eq!(Mark::parse(wrong), None, "{wrong}");
        }
    }

    proptest! {
        #[test]
        fn a_mark_sorts_as_it_means(
            until in 0..4_000_000_000_000i64, away in -2..=2i64, name in "[0-9A-Z]{1,26}"
        ) {
            let now = Timestamp::from_millis((until + away).max(0));
            let held = Mark::Held { until: Timestamp::from_millis(until), by: by(&name) };
            let sold = Mark::Sold { to: by(&name) };
            prop_assert_eq!(held.is_free_at(now), held.to_string() < free_below(now));
            prop_assert_eq!(held.is_free_at(now), until <= now.as_millis());
            prop_assert!(!sold.is_free_at(now) && sold.to_string() >= free_below(now));
            prop_assert_eq!(Mark::parse(&held.to_string()), Some(held));
            prop_assert_eq!(Mark::parse(&sold.to_string()), Some(sold));
        }
    }
}
