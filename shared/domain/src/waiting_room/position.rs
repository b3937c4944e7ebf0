//! Positions of users in a waiting room.

use std::fmt;

use serde::{Deserialize, Serialize};

use crate::ids::QueueId;

/// Position of a user in a waiting room, from 1, in order of arrival; 0 stands before the first one. A type
/// of its own, so that no number of a block and no count of users is taken for a position.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(transparent)]
pub struct QueuePosition(pub u64);

impl QueuePosition {
    /// Mark before the first position, at which an empty waiting room starts.
    pub const ZERO: Self = Self(0);

    /// Returns the position `count` places behind this one.
    #[must_use]
    pub const fn plus(self, count: u64) -> Self {
        Self(self.0 + count)
    }

    /// Returns the next position.
    #[must_use]
    pub const fn next(self) -> Self {
        self.plus(1)
    }

    /// Returns the previous position, or [`Self::ZERO`] for the first one.
    #[must_use]
    pub const fn previous(self) -> Self {
        Self(self.0.saturating_sub(1))
    }

    /// Returns the positions after this one up to `last`, inclusive.
    pub fn up_to(self, last: Self) -> impl DoubleEndedIterator<Item = Self> {
        (self.0 + 1..=last.0).map(Self)
    }

    /// Returns the number of positions after `earlier` up to this one; 0 if `earlier` is not before it.
    pub const fn count_after(self, earlier: Self) -> u64 {
        self.0.saturating_sub(earlier.0)
    }
}

impl fmt::Display for QueuePosition {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        self.0.fmt(f)
    }
}

impl PartialEq<u64> for QueuePosition {
    fn eq(&self, number: &u64) -> bool {
        self.0 == *number
    }
}

/// Waiting room and position in it. An order and a reservation record the one that admitted their user.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct PositionKey {
    /// Waiting room of the position.
    pub queue_id: QueueId,
    /// Position in the waiting room.
    #[serde(rename = "number")]
    pub position: QueuePosition,
}

#[cfg(test)]
mod tests {
    use super::*;
    use assertions::assert_each_eq;

    #[test]
    fn range_begins_after_its_mark_and_ends_with_its_last_position() {
        let (before, last) = (QueuePosition(3), QueuePosition(6));
        assert_eq!(before.up_to(last).collect::<Vec<_>>(), [4, 5, 6].map(QueuePosition));
        assert_each_eq!((last.count_after(before), 3), (before.count_after(last), 0));
        assert_each_eq!(
            (before.next(), QueuePosition(4)),
            (before.previous(), QueuePosition(2)),
            (QueuePosition::ZERO.previous(), QueuePosition::ZERO)
        );
        assert_eq!(last.up_to(before).count(), 0);
    }

    #[test]
    fn position_key_is_stored_as_the_number_of_its_position() {
        let key = PositionKey { queue_id: QueueId::new("doors"), position: QueuePosition(7) };
        let stored = serde_json::to_value(&key).unwrap();
        assert_eq!(stored["number"], 7);
        assert_eq!(serde_json::from_value::<PositionKey>(stored).unwrap(), key);
    }
}
