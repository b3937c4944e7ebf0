//! Units of one order. They come from one bucket if one has enough, and from several in one transaction
//! otherwise. A bucket stores the holder of units until the units are returned, and forever once they are
//! sold, so that a late repeat of the request finds its units instead of taking others.

use std::collections::BTreeMap;
use std::fmt;

use serde::{Deserialize, Serialize};

use crate::{Quantity, Timestamp};

/// Units of an order in one bucket.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct OrderPart {
    /// Bucket that the units belong to.
    pub bucket: u32,
    /// Number of units in that bucket.
    pub quantity: Quantity,
}

/// Entry of an order in a stock bucket: how many units it holds, and whether they are sold.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum BucketHold {
    /// Units are held for the order.
    Held {
        /// Number of held units.
        quantity: Quantity,
        /// Expiry of the hold. It only schedules a check: whether the units are kept, sold or returned
        /// follows from the order.
        until: Timestamp,
    },
    /// Units are sold to the order.
    Sold {
        /// Number of sold units.
        quantity: Quantity,
    },
}

/// Numbers of units of a stock or a bucket by state. They add up to its size.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct StockCounts {
    /// Units without a holder.
    pub left: Quantity,
    /// Units held for orders.
    pub reserved: Quantity,
    /// Units that are sold.
    pub sold: Quantity,
}

impl StockCounts {
    /// Returns the sums of the numbers by state, such as those of two buckets.
    #[must_use]
    pub const fn plus(self, other: Self) -> Self {
        Self {
            left: self.left.saturating_add(other.left),
            reserved: self.reserved.saturating_add(other.reserved),
            sold: self.sold.saturating_add(other.sold),
        }
    }
}

impl BucketHold {
    /// Parses the stored text of a hold. Returns `None` if it is invalid.
    pub fn parse(text: &str) -> Option<Self> {
        if let Some(quantity) = text.strip_prefix('S') {
            return Some(Self::Sold { quantity: Quantity(quantity.parse().ok()?) });
        }
        let (quantity, until) = text.split_once('|')?;
        let until = Timestamp::from_millis(until.parse().ok()?);
        Some(Self::Held { quantity: Quantity(quantity.parse().ok()?), until })
    }

    /// Returns the prefix of the stored text of a hold of `quantity` units, without its expiry.
    pub fn held_prefix(quantity: Quantity) -> String {
        format!("{quantity}|")
    }

    /// Returns the number of held or sold units.
    pub const fn quantity(&self) -> Quantity {
        match self {
            Self::Held { quantity, .. } | Self::Sold { quantity } => *quantity,
        }
    }

    /// Returns the expiry of the hold, or `None` if the units are sold.
    pub const fn until(&self) -> Option<Timestamp> {
        match self {
            Self::Held { until, .. } => Some(*until),
            Self::Sold { .. } => None,
        }
    }
}

impl fmt::Display for BucketHold {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Held { quantity, until } => write!(f, "{quantity}|{}", until.as_millis()),
            Self::Sold { quantity } => write!(f, "S{quantity}"),
        }
    }
}

/// Selects `quantity` units from the buckets in `left`, each given as its number and the number of its units:
/// all from the first bucket that has enough, or else from as few buckets as possible. Returns `None` if all
/// buckets together have too few.
pub fn fewest(left: &[(u32, Quantity)], quantity: Quantity) -> Option<Vec<OrderPart>> {
    if let Some((bucket, _)) = left.iter().find(|(_, left)| *left >= quantity) {
        return Some(vec![OrderPart { bucket: *bucket, quantity }]);
    }
    let mut largest_first: Vec<(u32, Quantity)> =
        left.iter().copied().filter(|(_, left)| *left > Quantity::ZERO).collect();
    largest_first.sort_by_key(|(_, left)| std::cmp::Reverse(*left));
    let (mut parts, mut missing) = (Vec::new(), quantity);
    for (bucket, left) in largest_first {
        if missing == Quantity::ZERO {
            break;
        }
        let quantity = left.min(missing);
        parts.push(OrderPart { bucket, quantity });
        missing = missing.saturating_sub(quantity);
    }
    (missing == Quantity::ZERO).then_some(parts)
}

/// Returns the units that one earlier attempt of an order for `quantity` units took, with the expiry of its
/// hold, which is `None` if they are sold. Attempts are distinguished by that expiry. Returns `None` if no
/// attempt took exactly `quantity` units.
pub fn earlier(
    holds: &[(u32, BucketHold)],
    quantity: Quantity,
) -> Option<(Vec<OrderPart>, Option<Timestamp>)> {
    let mut tries: BTreeMap<Option<Timestamp>, Vec<OrderPart>> = BTreeMap::new();
    for (bucket, hold) in holds {
        let part = OrderPart { bucket: *bucket, quantity: hold.quantity() };
        tries.entry(hold.until()).or_default().push(part);
    }
    let sum = |parts: &[OrderPart]| parts.iter().map(|part| part.quantity).sum::<Quantity>();
    tries.into_iter().find(|(_, parts)| sum(parts) == quantity).map(|(until, parts)| (parts, until))
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    fn at(ms: i64) -> Timestamp {
        Timestamp::from_millis(ms)
    }

    #[test]
    fn what_is_no_hold_is_none() {
        for wrong in ["", "S", "|", "1|", "|1", "x|1", "1", "-1|5"] {
            assert_eq!(BucketHold::parse(wrong), None, "{wrong}");
        }
    }

    #[test]
    fn one_bucket_is_better_than_several() {
        let parts = |left: &[(u32, u32)], quantity| {
            let left: Vec<_> = left.iter().map(|(bucket, left)| (*bucket, Quantity(*left))).collect();
            let parts = fewest(&left, Quantity(quantity))?;
            Some(parts.into_iter().map(|part| (part.bucket, part.quantity.0)).collect::<Vec<_>>())
        };
        assert_eq!(parts(&[(7, 1), (3, 5), (4, 9)], 5), Some(vec![(3, 5)]));
        assert_eq!(parts(&[(7, 1), (3, 2), (4, 3)], 5), Some(vec![(4, 3), (3, 2)]));
        assert_eq!(parts(&[(7, 1), (3, 2), (4, 3)], 7), None);
        assert_eq!(parts(&[], 1), None);
    }

    #[test]
    fn what_was_taken_before_is_found_whole_or_not_at_all() {
        let held = |quantity, ms| BucketHold::Held { quantity: Quantity(quantity), until: at(ms) };
        let holds = [
            (1, held(2, 10)),
            (2, held(3, 20)),
            (3, held(1, 10)),
            (4, BucketHold::Sold { quantity: Quantity(4) }),
        ];
        let part = |bucket, quantity| OrderPart { bucket, quantity: Quantity(quantity) };
        let earlier = |holds: &[(u32, BucketHold)], quantity| earlier(holds, Quantity(quantity));
        assert_eq!(earlier(&holds, 3), Some((vec![part(1, 2), part(3, 1)], Some(at(10)))));
        assert_eq!(earlier(&holds, 4), Some((vec![part(4, 4)], None)));
        assert_eq!(earlier(&holds, 5), None);
        assert_eq!(earlier(&[], 1), None);
    }

    proptest! {
        #[test]
        fn a_hold_reads_as_it_was_written(quantity in 1..=10u32, ms in 0..4_000_000_000_000i64) {
            let quantity = Quantity(quantity);
            for hold in [BucketHold::Held { quantity, until: at(ms) }, BucketHold::Sold { quantity }] {
                prop_assert_eq!(BucketHold::parse(&hold.to_string()), Some(hold));
                let is_held = hold.until().is_some();
                prop_assert_eq!(hold.to_string().starts_with(&BucketHold::held_prefix(quantity)), is_held);
            }
        }

        #[test]
        fn parts_are_there_and_no_more_than_needed(
            left in prop::collection::vec(0..=12u32, 0..12), quantity in 1..=10u32,
        ) {
            let left: Vec<(u32, Quantity)> = (0..).zip(left.into_iter().map(Quantity)).collect();
            let (sum, quantity): (Quantity, _) = (left.iter().map(|(_, left)| *left).sum(), Quantity(quantity));
            match fewest(&left, quantity) {
                None => prop_assert!(sum < quantity),
                Some(parts) => {
                    prop_assert_eq!(parts.iter().map(|part| part.quantity).sum::<Quantity>(), quantity);
                    for part in &parts {
                        prop_assert!((Quantity::ONE..=left[part.bucket as usize].1).contains(&part.quantity));
                    }
                    let mut largest: Vec<Quantity> = left.iter().map(|(_, left)| *left).collect();
                    largest.sort_unstable_by(|one, other| other.cmp(one));
                    prop_assert!(largest.iter().copied().take(parts.len() - 1).sum::<Quantity>() < quantity);
                }
            }
        }
    }
}
