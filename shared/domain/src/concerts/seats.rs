//! Occupancy of seats. The seats of a date are stored in blocks of twelve. A block is one DynamoDB item with
//! an attribute for each seat that is or was held or sold, so adjacent seats are updated with one write.
//!
//! The stored text of a seat begins with the expiry of its hold, followed by the reservation id. One string
//! comparison with the current time therefore tells whether the hold has expired and the seat is free, so an
//! expired hold needs no cleanup. Sold seats begin with `S`, which sorts after every digit, so they are never
//! free.

use std::collections::BTreeMap;
use std::fmt;

use crate::Timestamp;
use crate::ids::ReservationId;

/// Number of seats per seat block. An item with twelve occupied seats stays within 1 KiB, one write unit.
pub const BLOCK_SEATS: u32 = 12;

/// Number of digits of a time in milliseconds, sufficient until the year 2286.
const UNTIL_DIGITS: usize = 13;

/// State of a seat that is or was held or sold.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum SeatState {
    /// Held by a reservation.
    Held {
        /// Expiry of the hold, in UTC.
        until: Timestamp,
        /// Reservation that holds the seat.
        by: ReservationId,
    },
    /// Sold to a reservation.
    Sold {
        /// Reservation that owns the seat.
        to: ReservationId,
    },
}

/// Seat states by index in the layout, of one seat block or of several. Seats that were never held are
/// absent.
pub type SeatBlock = BTreeMap<u32, SeatState>;

impl SeatState {
    /// Parses the stored text of a seat. Returns `None` if it is invalid.
    pub fn parse(text: &str) -> Option<Self> {
        if let Some(to) = text.strip_prefix('S') {
            return Some(Self::Sold { to: ReservationId::parse(to)? });
        }
        let (until, by) = text.split_at_checked(UNTIL_DIGITS)?;
        let until = Timestamp::from_millis(until.parse().ok()?);
        Some(Self::Held { until, by: ReservationId::parse(by)? })
    }

    /// Returns `true` if the seat can be taken at `now` because its hold has expired.
    pub fn is_free_at(&self, now: Timestamp) -> bool {
        matches!(self, Self::Held { until, .. } if *until <= now)
    }

    /// Returns the expiry of the hold, or `None` if the seat is sold.
    pub const fn until(&self) -> Option<Timestamp> {
        match self {
            Self::Held { until, .. } => Some(*until),
            Self::Sold { .. } => None,
        }
    }

    /// Returns the reservation that the seat is or was held for, or that it is sold to.
    pub const fn reservation(&self) -> &ReservationId {
        match self {
            Self::Held { by, .. } => by,
            Self::Sold { to } => to,
        }
    }
}

impl fmt::Display for SeatState {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Held { until, by } => write!(f, "{:013}{by}", until.as_millis().max(0)),
            Self::Sold { to } => write!(f, "S{to}"),
        }
    }
}

/// Returns the text that separates free seats from taken ones: the stored text of a seat is less than it
/// exactly if the seat is held and the hold has expired at `now`.
pub fn free_below(now: Timestamp) -> String {
    format!("{:013}", now.as_millis().max(0) + 1)
}

/// Returns the number of the seat block that contains the seat at `index`.
pub const fn block_of(index: u32) -> u32 {
    index / BLOCK_SEATS
}

/// Groups seat indexes by the number of their seat block.
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
            assert_eq!(SeatState::parse(wrong), None, "{wrong}");
        }
    }

    proptest! {
        #[test]
        fn a_mark_sorts_as_it_means(
            until in 0..4_000_000_000_000i64, away in -2..=2i64, name in "[0-9A-Z]{1,26}"
        ) {
            let now = Timestamp::from_millis((until + away).max(0));
            let held = SeatState::Held { until: Timestamp::from_millis(until), by: by(&name) };
            let sold = SeatState::Sold { to: by(&name) };
            prop_assert_eq!(held.is_free_at(now), held.to_string() < free_below(now));
            prop_assert_eq!(held.is_free_at(now), until <= now.as_millis());
            prop_assert!(!sold.is_free_at(now) && sold.to_string() >= free_below(now));
            prop_assert_eq!(SeatState::parse(&held.to_string()), Some(held));
            prop_assert_eq!(SeatState::parse(&sold.to_string()), Some(sold));
        }
    }
}
